/**
 * A world in one process: the Worker as it is deployed, a HubSpot, an operations tool and a Slack
 * double, D1, queues, cron, and one clock. Whatever leaves the Worker waits for its turn, and one
 * seed orders all turns, so that the same seed and steps give the same trace.
 */
import { createHash } from "node:crypto";
import type { D1Result } from "@cloudflare/workers-types";
import { limits } from "../../worker/jobs/context.ts";
import { config } from "../../worker/sync.config.ts";
import { identity, publicUrl } from "../playground/addresses.ts";
import { createHubSpotDouble, type HubSpotDouble } from "../playground/hubspot/double.ts";
import { createOpsDouble, type OpsDouble } from "../playground/ops/double.ts";
import { createSlackDouble, type SlackDouble } from "../playground/slack/double.ts";
import { createD1, type SimulatedD1 } from "./d1.ts";
import { count, type FaultId } from "./faults.ts";
import { governors } from "./governors.ts";
import { install } from "./platform.ts";
import { createQueues, type QueueName, type Queues } from "./queue.ts";
import { createRandom, createTrace, type Random, type Trace } from "./random.ts";
import { createScheduler, type Given, type Happening, type Scheduler } from "./scheduler.ts";
import { webhookConfig } from "./webhook-config.ts";

/** What is deployed: worker/index.ts, or something to compare it with. */
export interface Deployed {
  fetch(request: Request, env: unknown, ctx: unknown): Promise<Response>;
  queue(batch: unknown, env: unknown, ctx: unknown): Promise<void>;
  scheduled(event: unknown, env: unknown, ctx: unknown): Promise<void>;
}

export interface WorldOptions {
  readonly seed: number;
  readonly worker: Deployed;
  readonly hooks: WorldHooks;
}

/** Who watches from outside. */
export interface WorldHooks {
  /** A request is about to be carried out by a system. */
  readonly requested: (system: string, path: string, body: unknown) => void;
  /** It was. */
  readonly carriedOut: (system: string) => void;
  readonly committed: () => void;
  readonly logged: (line: string) => void;
}

export type CallFault = "before" | "after";

export interface World {
  readonly hubspot: HubSpotDouble;
  readonly ops: OpsDouble;
  readonly slack: SlackDouble;
  readonly d1: SimulatedD1;
  readonly queues: Queues;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly counts: Partial<Record<FaultId, number>>;
  readonly faults: PlatformFaults;
  /** True time, epoch milliseconds. */
  now(): number;
  advance(ms: number): void;
  /** Gives at most so many turns. */
  run(most: number, random: Random): Promise<number>;
  /** Until nothing can happen at this time, or too much did. */
  settle(random: Random): Promise<void>;
  /** Until nothing is under way, however long that takes on the clock; false if it never ends. */
  quiet(random: Random): Promise<boolean>;
  /** A request that comes in from outside; rejects if the Worker crashes over it. */
  request(name: string, request: Request): Promise<Response>;
  /** Starts something that is not part of the Worker. */
  outside(name: string, work: () => Promise<unknown>): void;
  heal(): void;
  end(): void;
}

export interface PlatformFaults {
  /** D1 calls to fail, each after so many that pass. */
  readonly d1: { kind: CallFault | "overloaded"; after: number }[];
  d1DownUntil: number;
  /** Calls to a system to fail. */
  readonly network: Readonly<Record<string, { kind: CallFault; after: number }[]>>;
  /** Sends to a queue to fail. */
  readonly send: { kind: CallFault; after: number }[];
  /** Cron runs to leave out, and to run twice. */
  cronSkips: number;
  cronTwice: number;
  /** What each clock is off by. */
  readonly skewMs: Record<"worker" | "hubspot" | "ops", number>;
}

const startAt = Date.UTC(2026, 10, 2, 9);
const slackPath = "/services/T000/B000/simulator";
const minuteMs = 60_000;
const consumersMax = 3;
const isolatesMax = 2;
/** More turns than any sound run needs between two quiet moments. */
const turnsMax = 20_000;
const taskName: Readonly<Record<QueueName, string>> = {
  "crm-sync-work": "work",
  "crm-sync-runs": "run",
  "crm-sync-exceptions": "announce",
};
const retryDelayMs: Readonly<Record<QueueName, number>> = {
  "crm-sync-work": 5_000,
  "crm-sync-runs": 5_000,
  "crm-sync-exceptions": 10_000,
};

/** One world in four has a brake that a handful of records can set off. */
const calmBrake = { ...config.brake };
const touchyBrake = { windowMs: 60_000, writesMax: 12, blanksMax: 2 };

export const operatorToken = "operator-of-the-simulator";

export const owners = [
  { id: "7001", userId: 501, email: "ana@seller.example", firstName: "Ana", lastName: "Ruiz" },
  { id: "7002", userId: 502, email: "ben@seller.example", firstName: "Ben", lastName: "Okoye" },
  { id: "7003", userId: 503, email: "cho@seller.example", firstName: "Cho", lastName: "Park" },
] as const;

export function createWorld(options: WorldOptions): World {
  const { seed, worker, hooks } = options;
  const random = createRandom(seed);
  const platformRandom = createRandom(seed ^ 0x5eed);
  const trace = createTrace(100_000);
  const counts: Partial<Record<FaultId, number>> = {};
  let time = startAt;
  const now = () => time;
  const faults: PlatformFaults = {
    d1: [],
    d1DownUntil: 0,
    network: { hubspot: [], ops: [], slack: [] },
    send: [],
    cronSkips: 0,
    cronTwice: 0,
    skewMs: { worker: 0, hubspot: 0, ops: 0 },
  };
  const d1 = createD1();
  const queues = createQueues(now, createRandom(seed ^ 0x9e0e));
  const doubles = createDoubles(seed, now, faults, (request) => inbound("webhook", request));
  const { hubspot, ops, slack } = doubles;
  Object.assign(config.brake, seed % 4 === 0 ? touchyBrake : calmBrake);
  let nextCronAt = startAt + minuteMs;
  let consumers = 0;
  const pumping = { hubspot: false, ops: false };
  let changesSeen = 0;

  const scheduler: Scheduler = createScheduler({
    trace,
    now,
    happenings: () => happenings(),
    turned: (by) => {
      time += by.below(40);
    },
    crashed: ({ whole }) => {
      count(counts, "F25");
      if (whole) count(counts, "F33");
    },
  });

  const struck = <Kind>(plans: { kind: Kind; after: number }[]): Kind | null => {
    for (const plan of plans) plan.after -= 1;
    const index = plans.findIndex(({ after }) => after < 0);
    return index < 0 ? null : (plans.splice(index, 1)[0]?.kind ?? null);
  };

  const faultOf = <Kind>(given: Given, plans: { kind: Kind; after: number }[]) =>
    given === "go" ? struck(plans) : given;

  const gate = async (
    label: string,
    run: () => readonly D1Result<Row>[],
  ): Promise<D1Result<Row>[]> => {
    const commit = () => {
      const results = run();
      const changes = d1.changes();
      if (changes !== changesSeen) hooks.committed();
      changesSeen = changes;
      return [...results];
    };
    const given = await scheduler.turn(label, commit);
    const fault = time < faults.d1DownUntil ? "overloaded" : faultOf(given, faults.d1);
    if (fault !== null) count(counts, "F26");
    if (fault === "before") throw new Error("D1_ERROR: Network connection lost.");
    if (fault === "overloaded") {
      throw new Error("D1_ERROR: D1 DB is overloaded. Requests queued for too long.");
    }
    const results = commit();
    if (fault === "after") throw new Error("D1_ERROR: Network connection lost.");
    return results;
  };

  const send = async (queue: QueueName, body: unknown, delaySeconds: number): Promise<void> => {
    const put = () => queues.send(queue, body, delaySeconds * 1_000);
    const fault = faultOf(await scheduler.turn(`send ${queue}`, put), faults.send);
    if (fault !== null) count(counts, "F27");
    if (fault === "before") throw new Error("Queue is overloaded. Please back off.");
    put();
    if (fault === "after") throw new Error("Internal Server Error");
  };

  const budgets = governors();
  const isolates: object[] = [];
  const deploy = (index: number) => {
    isolates[index] = {
      ...bindings,
      DB: d1.bind(gate),
      WORK: {
        send: (body: unknown, { delaySeconds = 0 } = {}) =>
          send("crm-sync-work", body, delaySeconds),
      },
      RUNS: {
        send: (body: unknown, { delaySeconds = 0 } = {}) =>
          send("crm-sync-runs", body, delaySeconds),
      },
      EXCEPTIONS: { send: (body: unknown) => send("crm-sync-exceptions", body, 0) },
      GOVERNOR: budgets,
    };
  };
  for (let index = 0; index < isolatesMax; index += 1) deploy(index);

  const fetchOutside = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const system = url.hostname.split(".")[0] ?? "";
    const double = { hubspot, ops, slack }[system];
    if (double === undefined) throw new TypeError(`fetch failed: nobody at ${url.host}`);
    const text = request.method === "GET" ? "" : await request.text();
    const carryOut = async () => {
      const body = text === "" ? null : text;
      const { method, headers } = request;
      hooks.requested(system, url.pathname, text === "" ? null : JSON.parse(text));
      try {
        return await double.fetch(new Request(request.url, { method, headers, body }));
      } finally {
        hooks.carriedOut(system);
      }
    };
    const label = `${system} ${request.method} ${url.pathname}`;
    const given = await scheduler.turn(label, () => carryOut().catch(() => undefined));
    const fault = faultOf(given, faults.network[system] ?? []);
    if (fault === "before") {
      count(counts, "F12");
      throw new TypeError("fetch failed");
    }
    const response = await carryOut();
    const back = await scheduler.turn(`${label} ${response.status}`);
    if (fault === "after" || back !== "go") {
      count(counts, "F13");
      throw new TypeError("fetch failed");
    }
    return response;
  };

  const uninstall = install({
    now: () => time + faults.skewMs.worker,
    random: platformRandom.next,
    fetch: fetchOutside,
    log: hooks.logged,
    wait: async (ms) => void (await scheduler.turn("waits", undefined, time + ms)),
  });

  const context = { waitUntil: () => {}, passThroughOnException: () => {} };
  const onSomeIsolate = () => random.below(isolatesMax);

  function inbound(name: string, request: Request): Promise<Response> {
    const isolate = onSomeIsolate();
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    scheduler.start(
      name,
      isolate,
      () => worker.fetch(request, isolates[isolate], context),
      (ending, value) => {
        if (ending === "done") resolve(value as Response);
        else {
          if (ending === "crashed") deploy(isolate);
          reject(ending === "failed" ? value : new TypeError("the connection breaks"));
        }
      },
    );
    return promise;
  }

  function consume(queue: QueueName): void {
    const messages = queues.take(queue);
    const isolate = onSomeIsolate();
    const again = new Set<unknown>();
    const batch = {
      queue,
      messages: messages.map((message) => ({
        id: String(message.id),
        body: message.body,
        attempts: message.attempts,
        timestamp: new Date(time),
        ack: () => {},
        retry: () => again.add(message),
      })),
      ackAll: () => {},
      retryAll: () => {
        for (const message of messages) again.add(message);
      },
    };
    consumers += 1;
    scheduler.start(
      `${taskName[queue]} ${messages.map(({ id }) => id).join(",")}`,
      isolate,
      () => worker.queue(batch, isolates[isolate], context),
      (ending) => {
        consumers -= 1;
        if (ending === "crashed") deploy(isolate);
        const back = ending === "done" ? messages.filter((one) => again.has(one)) : messages;
        queues.giveBack(back, retryDelayMs[queue]);
      },
    );
  }

  function cron(): void {
    nextCronAt = Math.max(nextCronAt + minuteMs, time - (time % minuteMs) + minuteMs);
    if (faults.cronSkips > 0) {
      faults.cronSkips -= 1;
      count(counts, "F28");
      return;
    }
    const twice = faults.cronTwice > 0;
    if (twice) {
      faults.cronTwice -= 1;
      count(counts, "F28");
    }
    for (let run = 0; run < (twice ? 2 : 1); run += 1) {
      const isolate = onSomeIsolate();
      const event = { cron: "* * * * *", scheduledTime: time };
      scheduler.start(
        "cron",
        isolate,
        () => worker.scheduled(event, isolates[isolate], context),
        (ending) => {
          if (ending === "crashed") deploy(isolate);
        },
      );
    }
  }

  function pump(system: "hubspot" | "ops"): void {
    pumping[system] = true;
    scheduler.start(
      `${system} webhooks`,
      null,
      () => doubles[system].pump(),
      () => {
        pumping[system] = false;
      },
    );
  }

  function happenings(): Happening[] {
    const found: Happening[] = [];
    for (const system of ["hubspot", "ops"] as const) {
      const due = doubles[system].nextDueAt();
      if (due === null || due > time + faults.skewMs[system] || pumping[system]) continue;
      found.push({ label: `pump ${system}`, happen: () => pump(system) });
    }
    if (consumers < consumersMax) {
      for (const queue of queues.due()) {
        found.push({ label: `deliver ${queue}`, happen: () => consume(queue) });
      }
    }
    if (nextCronAt <= time) found.push({ label: "cron", happen: cron });
    return found;
  }

  /** When something happens next, if nothing can now; null if nothing is under way any more. */
  function nextAt(): number | null {
    const webhooks = (["hubspot", "ops"] as const).flatMap((system) => {
      const due = doubles[system].nextDueAt();
      return due === null ? [] : [due - faults.skewMs[system]];
    });
    const messages = queues.nextDueAt();
    const [poke] = d1.all("SELECT min(due_at) AS at FROM pokes WHERE held_by IS NULL");
    const untold = d1.all(
      "SELECT 1 FROM exceptions WHERE notified_at IS NULL AND status = 'open' LIMIT 1",
    );
    const swept = [
      ...(typeof poke?.at === "number" ? [poke.at - faults.skewMs.worker + 16_000] : []),
      ...(untold.length > 0 ? [time] : []),
    ].map((at) => Math.max(nextCronAt, at - (at % minuteMs) + minuteMs));
    const waits = scheduler.nextDueAt();
    const times = [
      ...webhooks,
      ...(messages === null ? [] : [messages]),
      ...(waits === null ? [] : [waits]),
      ...swept,
    ];
    if (times.length === 0) return null;
    // What is due already waits for a consumer, and that for something later.
    const later = times.filter((at) => at > time);
    const next = Math.min(...(later.length === 0 ? times : later));
    // Cron runs in between have nothing to do.
    if (next > nextCronAt + minuteMs) nextCronAt = next - (next % minuteMs);
    return next;
  }

  const run = (most: number, by: Random) => scheduler.run(most, by);

  return {
    hubspot,
    ops,
    slack,
    d1,
    queues,
    scheduler,
    trace,
    counts,
    faults,
    now,
    advance: (ms) => {
      time += ms;
    },
    run,
    async settle(by) {
      await run(turnsMax, by);
    },
    async quiet(by) {
      let left = turnsMax;
      while (left > 0) {
        left -= await run(left, by);
        const next = nextAt();
        if (scheduler.live.size > 0 && scheduler.nextDueAt() === null) return false;
        if (next === null) return true;
        time = Math.max(time, next);
        left -= 1;
      }
      return false;
    },
    request: inbound,
    outside: (name, work) => scheduler.start(name, null, work, () => {}),
    heal() {
      Object.assign(config.brake, calmBrake);
      faults.d1.length = 0;
      faults.d1DownUntil = 0;
      for (const plans of Object.values(faults.network)) plans.length = 0;
      faults.send.length = 0;
      faults.cronSkips = 0;
      faults.cronTwice = 0;
      scheduler.plans.length = 0;
      Object.assign(faults.skewMs, { worker: 0, hubspot: 0, ops: 0 });
      Object.assign(queues.faults, { duplicate: 0, lose: 0, delay: 0 });
      for (const name of ["jobtitle", "phone"]) {
        hubspot.admin.unarchiveProperty("contacts", name);
      }
      // By then the Worker has asked again what objects look like.
      time += limits.schemaEveryMs;
      hubspot.faults.clear();
      ops.faults.heal();
      slack.faults.next.length = 0;
      slack.faults.gone = null;
    },
    end() {
      uninstall();
      d1.close();
    },
  };
}

type Row = Record<string, string | number | null>;

const bindings = {
  PUBLIC_URL: publicUrl,
  HUBSPOT_BASE_URL: "https://hubspot.example",
  HUBSPOT_PORTAL_ID: String(identity.portalId),
  HUBSPOT_APP_ID: String(identity.appId),
  HUBSPOT_ACCESS_TOKEN: identity.hubspotToken,
  HUBSPOT_CLIENT_SECRETS: identity.hubspotClientSecret,
  OPS_BASE_URL: "https://ops.example",
  OPS_TOKEN: identity.opsToken,
  OPS_CLIENT_ID: identity.opsClientId,
  ERASURE_KEY: identity.erasureKey,
  OPS_WEBHOOK_SECRETS: identity.opsWebhookSecret,
  OPERATOR_TOKEN_SHA256: createHash("sha256").update(operatorToken).digest("hex"),
  SLACK_WEBHOOK_URL: `https://slack.example${slackPath}`,
};

function createDoubles(
  seed: number,
  now: () => number,
  faults: PlatformFaults,
  send: (request: Request) => Promise<Response>,
) {
  const hubspot = createHubSpotDouble({
    portalId: identity.portalId,
    appId: identity.appId,
    token: identity.hubspotToken,
    clientSecret: identity.hubspotClientSecret,
    now: () => now() + faults.skewMs.hubspot,
    random: createRandom(seed ^ 0x4b5).next,
    webhook: { targetUrl: `${publicUrl}/webhooks/hubspot`, send },
    subscriptions: webhookConfig,
    owners,
  });
  const ops = createOpsDouble({
    token: identity.opsToken,
    clientId: identity.opsClientId,
    webhookSecret: identity.opsWebhookSecret,
    now: () => now() + faults.skewMs.ops,
    random: createRandom(seed ^ 0x095).next,
    webhook: { targetUrl: `${publicUrl}/webhooks/ops`, send },
  });
  const slack = createSlackDouble({ path: slackPath, now });
  return { hubspot, ops, slack };
}
