/**
 * The Worker's three doors: fetch, queue, scheduled. The only place that constructs things, and
 * the only one that touches the clock, randomness and the network.
 */
import type { ExportedHandler, MessageBatch } from "@cloudflare/workers-types";
import type { Outside } from "./connectors/connector.ts";
import {
  type HubSpotOptions,
  hubspotConnector,
  objectForTypeId,
} from "./connectors/hubspot/connector.ts";
import { hubspotPeople } from "./connectors/hubspot/people.ts";
import { verifySignatureV3 } from "./connectors/hubspot/signature.ts";
import { typeIdOf } from "./connectors/hubspot/wire.ts";
import { restConnector } from "./connectors/rest/connector.ts";
import { operations } from "./connectors/rest/profiles/operations.ts";
import { signedHeaders } from "./connectors/rest/standard-webhooks.ts";
import type { BudgetLane, Forecast, Told } from "./core/budget.ts";
import {
  type AnnounceMessage,
  announceMessageSchema,
  type Bindings,
  type RingMessage,
  type RunMessage,
  ringMessageSchema,
  runMessageSchema,
  type Settings,
  settingsOf,
} from "./env.ts";
import { governed } from "./governed.ts";
import { governorOf } from "./governor.ts";
import { app } from "./http/app.ts";
import type { Doors } from "./http/doors.ts";
import { announce } from "./jobs/announce.ts";
import { auditRoot } from "./jobs/audit-root.ts";
import type { JobContext } from "./jobs/context.ts";
import { poll } from "./jobs/poll.ts";
import { offerScans } from "./jobs/rules-change.ts";
import { startDue, takeUp, workRun } from "./jobs/scan.ts";
import { checkSchemas } from "./jobs/schema.ts";
import { sweep } from "./jobs/sweep.ts";
import { sync } from "./jobs/sync.ts";
import { network } from "./network.ts";
import { slackNotifier } from "./notify/slack.ts";
import { telegramNotifier } from "./notify/telegram.ts";
import { webhookNotifier } from "./notify/webhook.ts";
import { database } from "./store/database.ts";
import { keepHealth, type Outcome } from "./store/health.ts";
import type { RecordKey } from "./store/mailbox.ts";
import { config } from "./sync.config.ts";
import { watched } from "./watched.ts";

interface House {
  /** By who waits: a person in front of a screen never queues behind bulk work. */
  readonly jobs: Readonly<Record<BudgetLane, JobContext>>;
  readonly routes: ReturnType<typeof app>;
  readonly channels: Doors["channels"];
}

/** Built once per isolate and environment: connectors keep small caches (owners). */
const houses = new WeakMap<object, House>();

function houseOf(env: Bindings): House {
  const built = houses.get(env) ?? build(env, settingsOf(env));
  houses.set(env, built);
  return built;
}

function build(env: Bindings, settings: Settings): House {
  const told: Told[] = [];
  const jobsOf = (lane: BudgetLane): JobContext => ({
    rules: config,
    connectors: connectorsOf(env, settings, lane, told),
    d1: env.DB,
    erasureKey: settings.ERASURE_KEY,
    newId,
    now: Date.now,
    random: Math.random,
    ring: (keys, delayMs) => ring(env, keys, delayMs),
    announce: (exceptionIds) => askToAnnounce(env, exceptionIds),
    log,
  });
  const jobs = {
    person: jobsOf("person"),
    event: jobsOf("event"),
    scan: jobsOf("scan"),
    backfill: jobsOf("backfill"),
  };
  const doors: Doors = {
    jobs: jobs.person,
    publicUrl: settings.PUBLIC_URL,
    verifyHubSpot: (request) => verifySignatureV3(request, settings.HUBSPOT_CLIENT_SECRETS),
    portalId: settings.HUBSPOT_PORTAL_ID,
    appId: settings.HUBSPOT_APP_ID,
    cardSystem: "hubspot",
    wait: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
    operatorTokenHash: settings.OPERATOR_TOKEN_SHA256 ?? null,
    objectForTypeId: (id) => objectForTypeId(mappingsOf("hubspot"), id),
    budgets: () => budgetsOf(env),
    ringRun: (runId) => ringRun(env, runId, 0),
    typeIdOf: (object) => {
      const mapping = mappingsOf("hubspot")[object];
      return mapping === undefined ? null : typeIdOf(mapping.systemObject);
    },
    fixedAdmins: settings.ADMINS,
    people: hubspotPeople(hubspotOptions(env, settings, "person", told)),
    channels: channelsOf(settings),
  };
  return { jobs, routes: app(doors), channels: doors.channels };
}

/** Where people are told of exceptions: the channels whose address and secrets are there. */
const channelsOf = (settings: Settings): Doors["channels"] => {
  const { SLACK_WEBHOOK_URL, TELEGRAM_BOT_TOKEN, TELEGRAM_CHAT_ID } = settings;
  const { ALERT_WEBHOOK_URL, ALERT_WEBHOOK_SECRETS } = settings;
  return {
    ...(SLACK_WEBHOOK_URL === undefined
      ? {}
      : {
          slack: slackNotifier({
            webhookUrl: SLACK_WEBHOOK_URL,
            linkHosts: linkHosts(settings),
            outside,
          }),
        }),
    ...(TELEGRAM_BOT_TOKEN === undefined || TELEGRAM_CHAT_ID === undefined
      ? {}
      : {
          telegram: telegramNotifier({
            token: TELEGRAM_BOT_TOKEN,
            chatId: TELEGRAM_CHAT_ID,
            outside,
          }),
        }),
    ...(ALERT_WEBHOOK_URL === undefined || ALERT_WEBHOOK_SECRETS === undefined
      ? {}
      : {
          webhook: webhookNotifier({
            url: ALERT_WEBHOOK_URL,
            outside,
            sign: (webhook) => signedHeaders({ ...webhook, secrets: ALERT_WEBHOOK_SECRETS }),
          }),
        }),
  };
};

/** Where a message may link to: the systems that people open. */
const linkHosts = ({ OPS_PAGES_URL: pages }: Settings): readonly string[] => [
  ".hubspot.com",
  ...(pages === undefined ? [] : [new URL(pages).host]),
];

const outside: Outside = network(
  (request, init) => fetch(request, init),
  () => Date.now(),
);

/** The network as one system may be called in one lane: under its governor, if it has limits. */
function outsideFor(env: Bindings, system: string, lane: BudgetLane, told: Told[]): Outside {
  const rules = config.systems[system]?.budget ?? null;
  const seen = watched(outside, (outcome) => noteHealth(env, system, outcome));
  if (rules === null) return seen;
  return {
    ...seen,
    fetch: governed({
      rules,
      lane,
      told,
      fetch: seen.fetch,
      take: governorOf(env.GOVERNOR, system).take,
      isSearch: (request) => new URL(request.url).pathname.endsWith("/search"),
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    }),
  };
}

/** What a screen shows must not fail what it shows: a note that cannot be kept is let go. */
async function noteHealth(env: Bindings, system: string, outcome: Outcome): Promise<void> {
  try {
    await keepHealth(database(env.DB), system, outcome, Date.now());
  } catch (error) {
    log({ event: "health.unkept", system, reason: reasonOf(error) });
  }
}

/** How much of each system's budget is used, and when it ends at this rate. */
async function budgetsOf(env: Bindings): Promise<Record<string, Forecast>> {
  const limited = Object.values(config.systems).flatMap(({ system, budget }) =>
    budget === null ? [] : [{ system, budget }],
  );
  const forecasts = await Promise.all(
    limited.map(async ({ system, budget }) => {
      return [system, await governorOf(env.GOVERNOR, system).forecast(budget)] as const;
    }),
  );
  return Object.fromEntries(forecasts);
}

const mappingsOf = (system: string) =>
  Object.fromEntries(
    Object.values(config.objects).flatMap(({ object, mappings }) => {
      const mapping = mappings[system];
      return mapping === undefined ? [] : [[object, mapping]];
    }),
  );

const hubspotOptions = (
  env: Bindings,
  settings: Settings,
  lane: BudgetLane,
  told: Told[],
): HubSpotOptions => ({
  system: "hubspot",
  baseUrl: settings.HUBSPOT_BASE_URL,
  token: settings.HUBSPOT_ACCESS_TOKEN,
  clientSecrets: settings.HUBSPOT_CLIENT_SECRETS,
  publicUrl: settings.PUBLIC_URL,
  portalId: settings.HUBSPOT_PORTAL_ID,
  appId: settings.HUBSPOT_APP_ID,
  mappings: mappingsOf("hubspot"),
  keyProperty: "crm_sync_key",
  outside: outsideFor(env, "hubspot", lane, told),
  onBudget: ({ intervalRemaining, dailyRemaining, dailyMax }) => {
    if (intervalRemaining === null && dailyRemaining === null) return;
    const latest = { windowRemaining: intervalRemaining, dailyRemaining, dailyMax };
    told.push({ ...latest, closedForMs: null });
  },
});

const connectorsOf = (
  env: Bindings,
  settings: Settings,
  lane: BudgetLane,
  told: Told[],
): JobContext["connectors"] => ({
  hubspot: hubspotConnector(hubspotOptions(env, settings, lane, told)),
  ops: restConnector({
    system: "ops",
    label: config.systems.ops?.label ?? "Operations",
    baseUrl: settings.OPS_BASE_URL,
    token: settings.OPS_TOKEN,
    webhookSecrets: settings.OPS_WEBHOOK_SECRETS,
    publicUrl: settings.PUBLIC_URL,
    pagesUrl: settings.OPS_PAGES_URL ?? null,
    mappings: Object.values(mappingsOf("ops")),
    clientId: settings.OPS_CLIENT_ID,
    profile: operations,
    outside: outsideFor(env, "ops", lane, told),
  }),
});

/** Keys of one queue message: well under the 128 KB a message may hold. */
const keysPerMessage = 100;

async function ring(env: Bindings, keys: readonly RecordKey[], delayMs: number): Promise<void> {
  const tuples = keys.map(({ system, object, recordId }): [string, string, string] => [
    system,
    object,
    recordId,
  ]);
  try {
    for (let at = 0; at < tuples.length; at += keysPerMessage) {
      const message = { keys: tuples.slice(at, at + keysPerMessage) };
      await env.WORK.send(message, { delaySeconds: Math.ceil(delayMs / 1_000) });
    }
  } catch (error) {
    log({ event: "ring.failed", keys: keys.length, reason: String(error) });
  }
}

async function ringRun(env: Bindings, runId: string, delayMs: number): Promise<void> {
  try {
    await env.RUNS.send({ run: runId }, { delaySeconds: Math.ceil(delayMs / 1_000) });
  } catch (error) {
    log({ event: "ring.failed", run: runId, reason: String(error) });
  }
}

/** Works at runs for a while each. */
async function workRuns(env: Bindings, house: House, runIds: readonly string[]): Promise<void> {
  for (const runId of runIds) {
    const slice = await workRun(house.jobs, runId);
    if (slice.kind === "again") await ringRun(env, runId, slice.delayMs);
  }
}

async function askToAnnounce(env: Bindings, exceptionIds: readonly string[]): Promise<void> {
  try {
    for (let at = 0; at < exceptionIds.length; at += keysPerMessage) {
      await env.EXCEPTIONS.send({
        exceptionIds: exceptionIds.slice(at, at + keysPerMessage),
      });
    }
  } catch (error) {
    log({ event: "announce.failed", exceptions: exceptionIds.length, reason: String(error) });
  }
}

/** Sorted by time, 26 characters, as ULIDs are: new rows land beside each other. */
function newId(): string {
  const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  let time = Date.now();
  let head = "";
  for (let digit = 0; digit < 10; digit += 1) {
    head = `${alphabet[time % 32]}${head}`;
    time = Math.floor(time / 32);
  }
  const tail = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => alphabet[byte % 32]);
  return head + tail.join("");
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : "unknown";

function log(line: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify(line));
}

export { Governor } from "./governor.ts";

export default {
  async fetch(request, env) {
    return houseOf(env).routes.fetch(request as unknown as Request) as never;
  },

  async queue(batch, env) {
    const house = houseOf(env);
    try {
      if (batch.queue.endsWith("exceptions")) {
        await announce(house.jobs.event, house.channels, announcedIn(batch));
      } else if (batch.queue.endsWith("runs")) {
        await workRuns(env, house, runsIn(batch));
      } else {
        await sync(house.jobs.event, workIn(batch));
      }
    } catch (error) {
      log({ event: "queue.failed", queue: batch.queue, reason: reasonOf(error) });
      throw error;
    }
    // Returning acknowledges every message; a throw brings the whole batch again.
  },

  async scheduled(_event, env) {
    const house = houseOf(env);
    await sweep(house.jobs.event);
    await checkSchemas(house.jobs.scan);
    await offerScans(house.jobs.scan);
    await poll(house.jobs.event);
    const { scan } = house.jobs;
    for (const runId of [...(await takeUp(scan)), ...(await startDue(scan))]) {
      await ringRun(env, runId, 0);
    }
    await auditRoot(house.jobs.event, Object.values(house.channels));
  },
} satisfies ExportedHandler<Bindings, RingMessage | RunMessage | AnnounceMessage>;

function workIn(batch: MessageBatch<unknown>): RecordKey[] {
  return batch.messages.flatMap(({ body }) => {
    const rung = ringMessageSchema.safeParse(body);
    if (!rung.success) log({ event: "queue.malformed", queue: batch.queue });
    const tuples = rung.data?.keys ?? [];
    return tuples.map(([system, object, recordId]) => ({ system, object, recordId }));
  });
}

function runsIn(batch: MessageBatch<unknown>): string[] {
  const runIds = batch.messages.flatMap(({ body }) => {
    const message = runMessageSchema.safeParse(body);
    if (!message.success) log({ event: "queue.malformed", queue: batch.queue });
    return message.success ? [message.data.run] : [];
  });
  return [...new Set(runIds)];
}

const announcedIn = (batch: MessageBatch<unknown>): string[] =>
  batch.messages.flatMap(({ body }) => {
    const message = announceMessageSchema.safeParse(body);
    return message.success ? message.data.exceptionIds : [];
  });
