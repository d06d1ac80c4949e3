/**
 * The operations tool's outgoing webhooks: signed as Standard Webhooks asks, sent in batches,
 * retried by the tool's own clock with the same id and body until somebody answers 2xx.
 */
import { createHmac } from "node:crypto";
import type { OpsWebhookFaults } from "./faults.ts";
import { models, opsObjects } from "./model.ts";
import { iso, type OpsEvent } from "./wire.ts";

/** Waits after the first, second ... failure, milliseconds; after the last it gives up. */
export const retryDelaysMs = [1_000, 5_000, 30_000, 120_000, 600_000, 3_600_000, 21_600_000];
const eventsPerDelivery = 100;
const logMax = 10_000;

export interface WebhookOptions {
  readonly targetUrl: string;
  readonly send: (request: Request) => Promise<Response>;
  /** How long events gather before they are sent, milliseconds. */
  readonly gatherMs?: number;
}

export interface OpsDelivery {
  readonly id: string;
  readonly body: string;
  readonly attempt: number;
  readonly dueAt: number;
}

export interface DeliveryLog {
  readonly at: number;
  readonly id: string;
  readonly attempt: number;
  /** The receiver's status; null if the request failed. */
  readonly status: number | null;
}

export interface OutboxSnapshot {
  readonly waiting: readonly { readonly event: OpsEvent; readonly dueAt: number }[];
  readonly deliveries: readonly OpsDelivery[];
  readonly count: number;
}

export interface Outbox {
  add(event: OpsEvent): void;
  /** Sends everything due now; answers how many requests were made. */
  pump(): Promise<number>;
  nextDueAt(): number | null;
  readonly log: DeliveryLog[];
  snapshot(): OutboxSnapshot;
  restore(snapshot: OutboxSnapshot): void;
}

interface OutboxOptions {
  readonly webhook: WebhookOptions;
  /** Each signs; several while one is being replaced. */
  readonly secrets: readonly string[];
  readonly faults: OpsWebhookFaults;
  readonly now: () => number;
  readonly random: () => number;
}

interface OutboxState {
  waiting: { event: OpsEvent; dueAt: number }[];
  deliveries: OpsDelivery[];
  count: number;
}

export function createOutbox(options: OutboxOptions): Outbox {
  const state: OutboxState = { waiting: [], deliveries: [], count: 0 };
  const log: DeliveryLog[] = [];
  /** Still due until they are answered, so that nothing is lost if the tool stops meanwhile. */
  const underWay = new Set<string>();
  const { webhook, faults, now, random } = options;
  return {
    log,
    add: (event) => state.waiting.push({ event, dueAt: now() + (webhook.gatherMs ?? 0) }),
    pump: async () => {
      const at = now();
      gather(state, faults, at);
      const due = state.deliveries.filter((each) => each.dueAt <= at && !underWay.has(each.id));
      for (const { id } of due) underWay.add(id);
      let sent = 0;
      for (const delivery of faults.shuffle ? shuffled(due, random) : due) {
        const copies = random() < faults.dropShare ? 0 : faults.copies;
        const tries = Array.from({ length: copies }, () => attempt(options, delivery, log));
        const taken = (await Promise.all(tries)).some(Boolean);
        sent += copies;
        underWay.delete(delivery.id);
        settle(state, delivery, { again: copies > 0 && !taken, options });
      }
      return sent;
    },
    nextDueAt: () => {
      const times = [...state.waiting, ...state.deliveries].map((each) => each.dueAt);
      return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b));
    },
    snapshot: () => structuredClone(state),
    restore: (snapshot) => {
      Object.assign(state, structuredClone(snapshot));
    },
  };
}

/** Makes deliveries of the events whose time has come. */
function gather(state: OutboxState, faults: OpsWebhookFaults, at: number): void {
  const ready = state.waiting.filter((each) => each.dueAt <= at).map((each) => each.event);
  state.waiting = state.waiting.filter((each) => each.dueAt > at);
  if (faults.phantoms && ready[0]) ready.push(phantomOf(ready[0]));
  for (let start = 0; start < ready.length; start += eventsPerDelivery) {
    const events = ready.slice(start, start + eventsPerDelivery);
    const [only, ...others] = events;
    const whole =
      others.length === 0 ? only : { type: "events", timestamp: iso(at), data: { events } };
    state.count += 1;
    const id = `msg_${String(state.count).padStart(8, "0")}`;
    state.deliveries.push({ id, body: JSON.stringify(whole), attempt: 0, dueAt: at });
  }
}

/** Whether the receiver took it. */
async function attempt(
  { webhook, secrets, now }: OutboxOptions,
  delivery: OpsDelivery,
  log: DeliveryLog[],
): Promise<boolean> {
  const at = now();
  const content = `${delivery.id}.${Math.floor(at / 1_000)}.${delivery.body}`;
  const request = new Request(webhook.targetUrl, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": delivery.id,
      "webhook-timestamp": String(Math.floor(at / 1_000)),
      "webhook-signature": secrets.map((secret) => signature(secret, content)).join(" "),
    },
    body: delivery.body,
  });
  const status = await webhook.send(request).then(
    (response) => response.status,
    () => null,
  );
  log.push({ at, id: delivery.id, attempt: delivery.attempt, status });
  if (log.length > logMax) log.shift();
  return status !== null && status >= 200 && status < 300;
}

/** Takes a delivery out, or puts it off for as long as its attempts say. */
function settle(
  state: OutboxState,
  delivery: OpsDelivery,
  { again, options }: { again: boolean; options: OutboxOptions },
): void {
  state.deliveries = state.deliveries.filter((each) => each.id !== delivery.id);
  const delayMs = retryDelaysMs[delivery.attempt];
  if (!again || delayMs === undefined) return;
  const dueAt = options.now() + Math.round(delayMs * (0.9 + 0.2 * options.random()));
  state.deliveries.push({ ...delivery, attempt: delivery.attempt + 1, dueAt });
}

/** By node:crypto on purpose: the Worker's own signing code must not vouch for itself. */
function signature(secret: string, content: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return `v1,${createHmac("sha256", key).update(content).digest("base64")}`;
}

function phantomOf(event: OpsEvent): OpsEvent {
  const object = opsObjects.find((each) => each === event.data.object)!;
  const id = `${models[object].idPrefix}00000`;
  return { ...event, data: { ...event.data, id } };
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let index = result.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [result[index], result[other]] = [result[other]!, result[index]!];
  }
  return result;
}
