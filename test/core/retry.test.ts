/** When a failed job comes back, and when it does not. */
import { describe, expect, test } from "vitest";
import { nextAttempt, type Recovery, schedules } from "../../worker/core/retry.ts";

const hour = 3_600_000;

describe("nextAttempt", () => {
  test.each([
    ["retry", 1, 1, null, 2_000],
    ["retry", 1, 0, null, 1_000],
    ["retry", 2, 0.5, null, 7_500],
    ["retry", 15, 1, null, 12 * hour],
    ["retry", 1, 1, 30_000, 31_000],
    ["rate_limited", 1, 0, 10_000, 10_250],
    ["rate_limited", 99, 1, null, 60_000],
    ["reauthorize", 99, 1, null, hour],
    ["rate_limited", 1, 1, 24 * hour, 12 * hour],
  ] as const)(
    "%s after attempt %d, random %d, asked for %s: %d ms",
    (kind, attempt, random, asked, delayMs) => {
      expect(nextAttempt(kind, attempt, random, asked)).toEqual({ kind: "retry", delayMs });
    },
  );

  test.each([
    ["retry", 16],
    ["skip_record", 1],
    ["give_up", 1],
  ] as const)("%s after attempt %d is a dead letter", (kind, attempt) => {
    expect(nextAttempt(kind, attempt, 0, 5_000)).toEqual({ kind: "dead_letter" });
  });

  test.each(["rate_limited", "reauthorize"] as const)("%s never ends", (kind) => {
    for (let attempt = 1; attempt < 1_000; attempt++) {
      expect(nextAttempt(kind, attempt, 0.5, null).kind).toBe("retry");
    }
  });

  test("delays never shrink from one attempt to the next, and fit in the queue", () => {
    for (const { delaysMs } of Object.values(schedules)) {
      expect([...delaysMs].sort((a, b) => a - b)).toEqual(delaysMs);
      expect(Math.max(0, ...delaysMs)).toBeLessThanOrEqual(12 * hour);
    }
  });

  test("after an outage it comes back within a minute and twice what the outage took", () => {
    let failingMs = 0;
    for (let attempt = 1; attempt <= schedules.retry.delaysMs.length; attempt++) {
      const [soonest, latest] = [0, 1].map((random) => {
        const next = nextAttempt("retry", attempt, random, null);
        return next.kind === "retry" ? next.delayMs : Number.POSITIVE_INFINITY;
      });
      expect(latest).toBeLessThanOrEqual(60_000 + 2 * failingMs);
      failingMs += soonest ?? 0;
    }
    expect(failingMs).toBeGreaterThan(12 * hour);
  });

  test("a wait that was asked for is never cut short", () => {
    for (const kind of ["retry", "rate_limited", "reauthorize"] satisfies Recovery[]) {
      for (const random of [0, 0.5, 1]) {
        const next = nextAttempt(kind, 1, random, 90_000);
        expect(next).toMatchObject({ kind: "retry" });
        if (next.kind === "retry") expect(next.delayMs).toBeGreaterThanOrEqual(90_000);
      }
    }
  });
});
