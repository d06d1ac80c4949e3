/**
 * Queues as Cloudflare's are: at least once, in no order, late, and a batch whose handler
 * throws comes back whole. https://developers.cloudflare.com/queues/reference/delivery-guarantees/
 */
import type { Random } from "./random.ts";

export type QueueName = "crm-sync-work" | "crm-sync-runs" | "crm-sync-exceptions";

export interface Message {
  readonly id: number;
  readonly queue: QueueName;
  readonly body: unknown;
  readonly attempts: number;
  readonly dueAt: number;
}

export interface QueueFaults {
  /** Each as a share of messages. */
  duplicate: number;
  lose: number;
  delay: number;
}

export interface Queues {
  send(queue: QueueName, body: unknown, delayMs: number): void;
  /** Queues with something due. */
  due(): readonly QueueName[];
  /** Some of what is due, in an order of its own; gone unless given back. */
  take(queue: QueueName): readonly Message[];
  giveBack(messages: readonly Message[], delayMs: number): void;
  nextDueAt(): number | null;
  readonly faults: QueueFaults;
  readonly counts: Record<"duplicated" | "lost" | "delayed" | "deadLettered", number>;
}

const batchMax: Readonly<Record<QueueName, number>> = {
  "crm-sync-work": 100,
  "crm-sync-runs": 1,
  "crm-sync-exceptions": 25,
};
/** As wrangler.toml has it. */
const retriesMax = 100;

export function createQueues(now: () => number, random: Random): Queues {
  let messages: Message[] = [];
  let count = 0;
  const faults: QueueFaults = { duplicate: 0, lose: 0, delay: 0 };
  const counts = { duplicated: 0, lost: 0, delayed: 0, deadLettered: 0 };
  const put = (message: Omit<Message, "id">) => {
    count += 1;
    messages.push({ ...message, id: count });
  };
  return {
    faults,
    counts,
    send(queue, body, delayMs) {
      if (random.chance(faults.lose)) {
        counts.lost += 1;
        return;
      }
      const late = random.chance(faults.delay) ? random.below(120_000) : 0;
      if (late > 0) counts.delayed += 1;
      put({ queue, body, attempts: 1, dueAt: now() + delayMs + late });
      if (!random.chance(faults.duplicate)) return;
      counts.duplicated += 1;
      put({ queue, body, attempts: 1, dueAt: now() + delayMs + late + random.below(90_000) });
    },
    due() {
      const at = now();
      return [...new Set(messages.filter(({ dueAt }) => dueAt <= at).map(({ queue }) => queue))];
    },
    take(queue) {
      const due = messages.filter((one) => one.queue === queue && one.dueAt <= now());
      const taken: Message[] = [];
      const most = 1 + random.below(Math.min(due.length, batchMax[queue]));
      while (taken.length < most) taken.push(...due.splice(random.below(due.length), 1));
      messages = messages.filter((one) => !taken.includes(one));
      return taken;
    },
    giveBack(given, delayMs) {
      for (const { queue, body, attempts } of given) {
        if (attempts > retriesMax) counts.deadLettered += 1;
        else put({ queue, body, attempts: attempts + 1, dueAt: now() + delayMs });
      }
    },
    nextDueAt: () =>
      messages.length === 0 ? null : Math.min(...messages.map(({ dueAt }) => dueAt)),
  };
}
