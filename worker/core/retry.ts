/**
 * The one place that turns a failed attempt into a delay or a dead letter. Invariant: only a
 * schedule that says so ends; being rate limited or locked out never loses a job.
 */

/** What to do about a failure; connectors class their errors by it. */
export type Recovery = "retry" | "rate_limited" | "reauthorize" | "skip_record" | "give_up";

export type NextAttempt =
  | { readonly kind: "retry"; readonly delayMs: number }
  | { readonly kind: "dead_letter" };

interface Schedule {
  readonly delaysMs: readonly number[];
  /** What follows the last delay. */
  readonly afterwards: "repeat_last" | "dead_letter";
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** Cloudflare Queues holds a message back at most 12 hours
 *  (https://developers.cloudflare.com/queues/configuration/batching-retries/). */
export const delayMaxMs = 12 * hour;

export const schedules: Readonly<Record<Recovery, Schedule>> = {
  /**
   * After an outage a job comes back within a minute and twice the time that the outage took: no
   * step is longer. It ends after a day.
   */
  retry: {
    delaysMs: [
      2 * second,
      10 * second,
      30 * second,
      minute,
      minute,
      2 * minute,
      5 * minute,
      10 * minute,
      15 * minute,
      30 * minute,
      hour,
      2 * hour,
      4 * hour,
      8 * hour,
      12 * hour,
    ],
    afterwards: "dead_letter",
  },
  rate_limited: { delaysMs: [second, 5 * second, 10 * second, minute], afterwards: "repeat_last" },
  /** Waits for a person to mend the credentials. */
  reauthorize: { delaysMs: [minute, 5 * minute, 15 * minute, hour], afterwards: "repeat_last" },
  skip_record: { delaysMs: [], afterwards: "dead_letter" },
  give_up: { delaysMs: [], afterwards: "dead_letter" },
};

/**
 * `attempt` counts the attempts made so far, the failed one included. `random01` spreads delays
 * over their upper half, so that jobs which failed together do not come back together.
 */
export function nextAttempt(
  recovery: Recovery,
  attempt: number,
  random01: number,
  retryAfterMs: number | null,
): NextAttempt {
  const { delaysMs, afterwards } = schedules[recovery];
  const planned =
    delaysMs[attempt - 1] ?? (afterwards === "repeat_last" ? delaysMs.at(-1) : undefined);
  if (planned === undefined) return { kind: "dead_letter" };
  const spreadMs = planned * (0.5 + random01 / 2);
  // A wait the system asked for is a floor; jitter is added to it, never taken from it.
  const delayMs =
    retryAfterMs === null ? spreadMs : Math.max(spreadMs, retryAfterMs + spreadMs / 2);
  return { kind: "retry", delayMs: Math.min(Math.round(delayMs), delayMaxMs) };
}
