/**
 * The playground: the real Worker in workerd between a HubSpot double, an operations double and a
 * Slack double, each on a port of this machine. `npm start`, the demo, the benchmarks and the
 * browser tests all run this same one.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { webhooksFor } from "../../worker/cli/hubspot-webhooks.ts";
import type { Rules } from "../../worker/core/rules.ts";
import { database } from "../../worker/store/database.ts";
import { putPokes } from "../../worker/store/mailbox.ts";
import { config } from "../../worker/sync.config.ts";
import { identity, publicUrl } from "./addresses.ts";
import { createHubSpotDouble, type HubSpotDouble } from "./hubspot/double.ts";
import { seedHubSpot } from "./hubspot/seed.ts";
import type { WorkflowAction } from "./hubspot/workflow.ts";
import { createOpsDouble, type OpsDouble, type OpsSnapshot } from "./ops/double.ts";
import { opsIdOf, seedOps } from "./ops/seed.ts";
import { type Served, serve } from "./serve.ts";
import { createSlackDouble, type SlackDouble } from "./slack/double.ts";
import { forget, readState, writeState } from "./state.ts";
import { type RunningWorker, startWorker } from "./worker.ts";
import { type World, world } from "./world.ts";

export interface PlaygroundOptions {
  /** Ports by part; 0 takes free ones, so that several playgrounds run side by side. */
  readonly ports: { hubspot: number; ops: number; slack: number; worker: number };
  /** Where state is kept between starts; absent: nowhere. */
  readonly folder?: string;
  /** Begin anew even if there is state. */
  readonly fresh?: boolean;
  /** Nobody in it: no seeds, no first match. */
  readonly empty?: boolean;
  /** How long queues gather a batch; absent: as long as in production. */
  readonly batchWaitMs?: number;
  /** A module that stands in for worker/sync.config.ts. */
  readonly configFile?: string;
  /** Where the operations pages are opened, for links. */
  readonly pagesUrl?: string;
}

export interface Playground {
  readonly hubspot: HubSpotDouble;
  readonly ops: OpsDouble;
  readonly slack: SlackDouble;
  readonly urls: Readonly<Record<"hubspot" | "ops" | "slack" | "worker", string>>;
  readonly worker: RunningWorker;
  /** What the Worker logged, newest last. */
  readonly log: readonly LogLine[];
  /** Ends the Worker as a crash does, and starts another on the same state. */
  crashWorker(): Promise<void>;
  /** Resolves once nothing is under way any more; rejects after the time. */
  quiet(timeoutMs?: number): Promise<void>;
  /** Resolves once the condition holds; rejects after the time. */
  until(condition: () => boolean, timeoutMs?: number): Promise<void>;
  /** On a playground that began anew: two people then change one e-mail address. */
  applyLaterEdits(): void;
  save(): void;
  stop(): Promise<void>;
}

export interface LogLine {
  readonly at: number;
  readonly line: Readonly<Record<string, unknown>>;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const slackPath = "/services/T000/B000/playground";
const logLinesMax = 2_000;
/** A production cron runs once a minute; here nobody wants to wait that long. */
const cronEveryMs = 5_000;
const pumpEveryMs = 25;

export async function startPlayground(options: PlaygroundOptions): Promise<Playground> {
  const { folder } = options;
  if (folder !== undefined && options.fresh) forget(folder);
  const log: LogLine[] = [];
  let workerUrl = "";
  const send = (request: Request): Promise<Response> => toWorker(request, workerUrl);
  const doubles = await serveDoubles(options, await subscriptions(options), send);
  const { hubspot, ops, slack } = doubles;
  const seeded = restore(options, doubles);

  const launch = () =>
    startWorker({
      port: options.ports.worker,
      ...(folder === undefined ? {} : { persistTo: join(folder, "worker") }),
      bindings: bindings(doubles.urls, options.pagesUrl),
      batchWaitMs: options.batchWaitMs,
      configFile: options.configFile,
      onLog: (line) => {
        log.push({ at: Date.now(), line });
        if (log.length > logLinesMax) log.shift();
      },
    });
  let worker = await launch();
  workerUrl = worker.url;
  if (seeded !== null) await firstPokes(worker, hubspot, ops);

  const timers = [
    every(pumpEveryMs, () => hubspot.pump()),
    every(pumpEveryMs, () => ops.pump()),
    every(cronEveryMs, () => worker.scheduled()),
  ];
  const save = () => {
    if (folder === undefined) return;
    writeState(folder, "hubspot", hubspot.snapshot());
    writeState(folder, "ops", ops.snapshot());
  };
  return {
    hubspot,
    ops,
    slack,
    log,
    save,
    urls: {
      ...doubles.urls,
      get worker() {
        return workerUrl;
      },
    },
    get worker() {
      return worker;
    },
    async crashWorker() {
      await worker.kill();
      worker = await launch();
      workerUrl = worker.url;
    },
    quiet: (timeoutMs = 30_000) => quiet(() => worker, hubspot, ops, timeoutMs),
    until,
    applyLaterEdits() {
      if (seeded === null) return;
      for (const edit of seeded.world.later) applyLater(hubspot, ops, seeded, edit);
    },
    async stop() {
      for (const timer of timers) timer.end();
      save();
      await worker.kill();
      await Promise.all(doubles.servers.map((server) => server.close()));
    },
  };
}

/** Webhooks go to the public URL, which is only a name here: the Worker is on this machine. */
async function toWorker(request: Request, workerUrl: string): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  return fetch(`${workerUrl}${pathname}${search}`, {
    method: request.method,
    headers: request.headers,
    body: await request.arrayBuffer(),
    signal: AbortSignal.timeout(5_000),
  });
}

interface Doubles {
  readonly hubspot: HubSpotDouble;
  readonly ops: OpsDouble;
  readonly slack: SlackDouble;
  readonly servers: readonly Served[];
  readonly urls: Readonly<Record<"hubspot" | "ops" | "slack", string>>;
}

async function serveDoubles(
  options: PlaygroundOptions,
  subscriptions: WebhookConfig,
  send: (request: Request) => Promise<Response>,
): Promise<Doubles> {
  const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const hubspot = createHubSpotDouble({
    portalId: identity.portalId,
    appId: identity.appId,
    token: identity.hubspotToken,
    clientSecret: identity.hubspotClientSecret,
    now: Date.now,
    random: Math.random,
    webhook: { targetUrl: `${publicUrl}/webhooks/hubspot`, send },
    subscriptions,
    actions: [workflowAction()],
    timeZone: identity.timeZone,
    wait,
  });
  const ops = createOpsDouble({
    token: identity.opsToken,
    clientId: identity.opsClientId,
    webhookSecret: identity.opsWebhookSecret,
    now: Date.now,
    random: Math.random,
    webhook: { targetUrl: `${publicUrl}/webhooks/ops`, send },
    wait,
  });
  const slack = createSlackDouble({ path: slackPath, now: Date.now });
  const [one, two, three] = await Promise.all([
    serve(hubspot.fetch, options.ports.hubspot),
    serve(ops.fetch, options.ports.ops),
    serve(slack.fetch, options.ports.slack),
  ]);
  return {
    hubspot,
    ops,
    slack,
    servers: [one, two, three],
    urls: { hubspot: one.url, ops: two.url, slack: three.url },
  };
}

const bindings = (urls: Doubles["urls"], pagesUrl: string | undefined): Record<string, string> => ({
  PUBLIC_URL: publicUrl,
  HUBSPOT_BASE_URL: urls.hubspot,
  HUBSPOT_PORTAL_ID: String(identity.portalId),
  HUBSPOT_APP_ID: String(identity.appId),
  HUBSPOT_ACCESS_TOKEN: identity.hubspotToken,
  HUBSPOT_CLIENT_SECRETS: identity.hubspotClientSecret,
  OPS_BASE_URL: urls.ops,
  OPS_TOKEN: identity.opsToken,
  OPERATOR_TOKEN_SHA256: createHash("sha256").update(identity.operatorToken).digest("hex"),
  ERASURE_KEY: identity.erasureKey,
  ADMINS: identity.admins,
  OPS_CLIENT_ID: identity.opsClientId,
  OPS_WEBHOOK_SECRETS: identity.opsWebhookSecret,
  ...(pagesUrl === undefined ? {} : { OPS_PAGES_URL: `${pagesUrl}/ops` }),
  SLACK_WEBHOOK_URL: `${urls.slack}${slackPath}`,
});

interface Seeded {
  readonly world: World;
  /** HubSpot's id by the world's key. */
  readonly hubspotIds: ReadonlyMap<string, string>;
}

/** Brings back what was saved, or seeds anew; null if nothing was seeded. */
function restore(options: PlaygroundOptions, { hubspot, ops }: Doubles): Seeded | null {
  const { folder } = options;
  const [savedHubSpot, savedOps] =
    folder === undefined ? [] : [readState(folder, "hubspot"), readState(folder, "ops")];
  if (savedHubSpot !== undefined && savedOps !== undefined) {
    hubspot.restore(savedHubSpot);
    ops.restore(savedOps as OpsSnapshot);
    return null;
  }
  if (options.empty) return null;
  const seeds = world(Date.now());
  const hubspotIds = seedHubSpot(hubspot, seeds);
  seedOps(ops, seeds);
  return { world: seeds, hubspotIds };
}

function applyLater(
  hubspot: HubSpotDouble,
  ops: OpsDouble,
  { world: { people }, hubspotIds }: Seeded,
  edit: World["later"][number],
): void {
  const who = people.find(({ key }) => key === edit.by);
  if (who === undefined) return;
  const value = String(edit.value);
  if (edit.system === "hubspot") {
    const id = hubspotIds.get(edit.record) ?? "";
    hubspot.person(who.hubspotUserId).update("contacts", id, { [edit.field]: value });
  } else {
    const { object, id } = opsIdOf(edit.record);
    ops.person(`${who.firstName} ${who.lastName}`).update(object, id, { [edit.field]: value });
  }
}

/** Nobody tells the Worker of records that were there before it: each is poked once. */
async function firstPokes(worker: RunningWorker, hubspot: HubSpotDouble, ops: OpsDouble) {
  const idsOf = (system: string, systemObject: string): string[] =>
    system === "hubspot"
      ? hubspot.records(systemObject).map(({ id }) => id)
      : ops.records(systemObject as "customers").map(({ id }) => id);
  const pokes = Object.values(config.objects).flatMap(({ object, mappings }) =>
    Object.entries(mappings).flatMap(([system, { systemObject }]) =>
      idsOf(system, systemObject).map(
        (recordId) => ({ system, object, recordId, lane: "backfill", echo: null }) as const,
      ),
    ),
  );
  await putPokes(database(worker.d1), pokes, Date.now() - 60_000);
  await worker.scheduled();
}

/** Runs again only after it ended, and lets errors of a dying Worker pass. */
function every(ms: number, work: () => Promise<unknown>): { end(): void } {
  let running = false;
  const timer = setInterval(() => {
    if (running) return;
    running = true;
    work()
      .catch(() => undefined)
      .finally(() => {
        running = false;
      });
  }, ms);
  return { end: () => clearInterval(timer) };
}

async function quiet(
  worker: () => RunningWorker,
  hubspot: HubSpotDouble,
  ops: OpsDouble,
  timeoutMs: number,
): Promise<void> {
  const until = Date.now() + timeoutMs;
  for (let calm = 0; calm < 3; ) {
    if (Date.now() > until) throw new Error(`still not quiet after ${timeoutMs} ms`);
    const { results } = await worker().d1.prepare(underWaySql).all<{ under_way: number }>();
    const told = hubspot.portal.state.inFlight.length === 0 && hubspot.nextDueAt() === null;
    const idle = told && ops.nextDueAt() === null && results[0]?.under_way === 0;
    calm = idle ? calm + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function until(condition: () => boolean, timeoutMs = 15_000): Promise<void> {
  const latest = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > latest) throw new Error(`it did not come about within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const underWaySql =
  "SELECT (SELECT count(*) FROM pokes) + (SELECT count(*) FROM intents) AS under_way";

type WebhookConfig = Parameters<typeof createHubSpotDouble>[0]["subscriptions"];

/** The workflow action the app is uploaded with, its address filled in as by a profile. */
function workflowAction(): WorkflowAction {
  const folder = join(root, "hubspot-app/src/app/workflow-actions");
  const { config } = readState(folder, "sync-record-hsmeta") as { config: WorkflowAction };
  return { ...config, actionUrl: config.actionUrl.replace(/^\$\{\w+\}/, publicUrl) };
}

/** The subscriptions the app is uploaded with, so that the double sends what HubSpot would. */
async function subscriptions({ configFile }: PlaygroundOptions): Promise<WebhookConfig> {
  if (configFile === undefined) {
    const folder = join(root, "hubspot-app/src/app/webhooks");
    return (readState(folder, "webhooks-hsmeta") as { config: WebhookConfig }).config;
  }
  const { config: rules } = (await import(configFile)) as { config: Rules };
  return webhooksFor(rules, null).config as WebhookConfig;
}
