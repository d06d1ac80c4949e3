/**
 * The running copies of the Worker: requests, queue batches and cron runs go to any of them. A copy
 * that crashes or is deployed anew forgets all that it held in memory; what an old copy was still
 * doing goes on beside the new one, as it does on the platform.
 */
import { createHash } from "node:crypto";
import { identity, publicUrl } from "../playground/addresses.ts";
import { createGate, createSend } from "./calls.ts";
import { count } from "./faults.ts";
import { governors } from "./governors.ts";
import type { Ground } from "./ground.ts";
import type { QueueName } from "./queue.ts";
import { createRandom } from "./random.ts";
import type { Ending } from "./scheduler.ts";
import type { Deployed } from "./versions.ts";

/** What is deployed to one copy. */
export interface Release {
  readonly version: Deployed;
  /** Secrets that are being replaced: HubSpot and the tool still sign with the old ones. */
  readonly isReplacing: boolean;
}

export interface Fleet {
  /** A request that comes in from outside; rejects if the Worker crashes over it. */
  inbound(name: string, request: Request): Promise<Response>;
  consume(queue: QueueName): void;
  cron(): void;
  /** To all copies, one after the other, or to one of them. */
  deploy(release: Release, copy?: number): void;
  /** Queue batches being worked on. */
  readonly consumers: number;
}

const isolatesMax = 2;
const retryDelayMs: Readonly<Record<QueueName, number>> = {
  "crm-sync-work": 5_000,
  "crm-sync-runs": 5_000,
  "crm-sync-exceptions": 10_000,
};
const taskName: Readonly<Record<QueueName, string>> = {
  "crm-sync-work": "work",
  "crm-sync-runs": "run",
  "crm-sync-exceptions": "announce",
};
export const slackPath = "/services/T000/B000/simulator";
export const operatorToken = "operator-of-the-simulator";

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

/** The new one first, as an operator sets it; nobody signs with it yet. */
const replacing = {
  HUBSPOT_CLIENT_SECRETS: `${"n".repeat(36)},${bindings.HUBSPOT_CLIENT_SECRETS}`,
  OPS_WEBHOOK_SECRETS: `whsec_${"bmV3".repeat(11)},${bindings.OPS_WEBHOOK_SECRETS}`,
};

interface Copy {
  readonly release: Release;
  /** Its bindings; the Worker keeps what it built by them. */
  readonly environment: object;
}

export function createFleet(ground: Ground, first: Deployed): Fleet {
  const { clock, queues } = ground;
  const { copies, deploy, start } = createCopies(ground, first);
  let consumers = 0;
  return {
    get consumers() {
      return consumers;
    },
    deploy(release, copy) {
      const chosen = copy === undefined ? [...copies.keys()] : [copy % isolatesMax];
      for (const one of chosen) deploy(one, release);
    },
    inbound(name, request) {
      const { promise, resolve, reject } = Promise.withResolvers<Response>();
      const work: Work = (version, ...rest) => version.fetch(request, ...rest);
      start(name, work, (ending, value) => {
        if (ending === "done") resolve(value as Response);
        else reject(ending === "failed" ? value : new TypeError("the connection breaks"));
      });
      return promise;
    },
    consume(queue) {
      const messages = queues.take(queue);
      const { batch, again } = batchOf(queue, messages, clock.time);
      const name = `${taskName[queue]} ${messages.map(({ id }) => id).join(",")}`;
      consumers += 1;
      const work: Work = (version, ...rest) => version.queue(batch, ...rest);
      start(name, work, (ending) => {
        consumers -= 1;
        const back = ending === "done" ? messages.filter((one) => again.has(one)) : messages;
        queues.giveBack(back, retryDelayMs[queue]);
      });
    },
    cron() {
      const event = { cron: "* * * * *", scheduledTime: clock.time };
      const work: Work = (version, ...rest) => version.scheduled(event, ...rest);
      for (let run = cronTimes(ground); run > 0; run -= 1) start("cron", work, () => {});
    },
  };
}

/** What a copy is asked to do, with its bindings and the platform's context. */
type Work = (version: Deployed, environment: object, context: object) => Promise<unknown>;

/** The copies themselves: whoever starts something meets any of them. */
function createCopies(ground: Ground, first: Deployed) {
  const { hooks, scheduler } = ground;
  const random = createRandom(ground.seed);
  const environmentOf = environments(ground);
  const copies: Copy[] = [];
  const deploy = (copy: number, release: Release) => {
    copies[copy] = { release, environment: environmentOf(release) };
  };
  for (let copy = 0; copy < isolatesMax; copy += 1) {
    deploy(copy, { version: first, isReplacing: false });
  }
  const context = {
    passThroughOnException: () => {},
    waitUntil: () => hooks.logged(`{"event":"assert","reason":"assert: something was left"}`),
  };
  const start = (
    name: string,
    work: Work,
    ended: (ending: Ending, value: unknown) => void,
  ): void => {
    const copy = random.below(isolatesMax);
    const begin = () => {
      const { release, environment } = copies[copy]!;
      return work(release.version, environment, context);
    };
    scheduler.start(name, copy, begin, (ending, value) => {
      const before = copies[copy];
      if (ending === "crashed" && before !== undefined) deploy(copy, before.release);
      ended(ending, value);
    });
  };
  return { copies, deploy, start };
}

/** Cron comes once, or not at all, or twice. */
function cronTimes({ counts, faults }: Ground): number {
  if (faults.cronSkips > 0) {
    faults.cronSkips -= 1;
    count(counts, "F28");
    return 0;
  }
  if (faults.cronTwice === 0) return 1;
  faults.cronTwice -= 1;
  count(counts, "F28");
  return 2;
}

/** Bindings for a copy: an object of its own each time, as each isolate has one. */
function environments(ground: Ground): (release: Release) => object {
  const gate = createGate(ground);
  const send = createSend(ground);
  const budgets = governors();
  return ({ isReplacing }) => ({
    ...bindings,
    ...(isReplacing ? replacing : {}),
    DB: ground.d1.bind(gate),
    WORK: {
      send: (body: unknown, { delaySeconds = 0 } = {}) => send("crm-sync-work", body, delaySeconds),
    },
    RUNS: {
      send: (body: unknown, { delaySeconds = 0 } = {}) => send("crm-sync-runs", body, delaySeconds),
    },
    EXCEPTIONS: { send: (body: unknown) => send("crm-sync-exceptions", body, 0) },
    GOVERNOR: budgets,
  });
}

function batchOf(queue: QueueName, messages: ReturnType<Ground["queues"]["take"]>, time: number) {
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
  return { batch, again };
}
