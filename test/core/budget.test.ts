import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BudgetLane,
  type BudgetRules,
  type BudgetState,
  forecast,
  freshBudget,
  learn,
  take,
} from "../../worker/core/budget.ts";

const rules: BudgetRules = {
  windowMs: 10_000,
  windowMax: 20,
  dailyMax: 1_000,
  searchesPerSecond: 5,
};
const lanes: readonly BudgetLane[] = ["person", "event", "scan", "backfill"];
const noon = Date.UTC(2026, 10, 23, 12);
const nothing = { windowRemaining: null, dailyRemaining: null, dailyMax: null, closedForMs: null };

/** Asks as often as given; answers with the times of calls that were let through. */
function run(asks: readonly { lane: BudgetLane; search: boolean; after: number }[]) {
  let state = freshBudget;
  let now = noon;
  const calls: { at: number; search: boolean }[] = [];
  for (const { lane, search, after } of asks) {
    now += after;
    const { state: next, grant } = take(rules, state, { lane, search }, now);
    state = next;
    if (grant.kind === "go") calls.push({ at: now, search });
    else expect(grant.ms).toBeGreaterThan(0);
  }
  return { calls, state, now };
}

const ask = fc.record({
  lane: fc.constantFrom(...lanes),
  search: fc.boolean(),
  after: fc.nat({ max: 900 }),
});
const person = { lane: "person", search: false } as const;
const spent = (lane: BudgetLane, count: number): BudgetState => {
  let state = freshBudget;
  for (let n = 0; n < count; n += 1)
    state = take(rules, state, { lane, search: false }, noon).state;
  return state;
};

describe("a budget", () => {
  it("never lets more through than the window and the second allow", () => {
    fc.assert(
      fc.property(fc.array(ask, { maxLength: 300 }), (asks) => {
        const { calls } = run(asks);
        for (const { at } of calls) {
          const window = calls.filter((one) => one.at > at - rules.windowMs && one.at <= at);
          expect(window.length).toBeLessThanOrEqual(rules.windowMax);
          const second = calls.filter((one) => one.search && one.at > at - 1_000 && one.at <= at);
          expect(second.length).toBeLessThanOrEqual(rules.searchesPerSecond ?? 0);
        }
      }),
    );
  });

  it("lets a call through once the wait it named is over, if nobody else came", () => {
    fc.assert(
      fc.property(fc.array(ask, { maxLength: 60 }), ask, (asks, last) => {
        const { state, now } = run(asks);
        const first = take(rules, state, last, now);
        if (first.grant.kind === "go") return;
        const later = take(rules, first.state, last, now + first.grant.ms);
        expect(later.grant.kind).toBe("go");
      }),
    );
  });

  it("keeps room for a person whatever bulk work asks for", () => {
    for (const lane of ["event", "scan", "backfill"] as const) {
      const { grant } = take(rules, spent(lane, 500), person, noon);
      expect([lane, grant.kind]).toEqual([lane, "go"]);
    }
  });

  it("is closed for everybody while the system asks to hold off", () => {
    const state = learn(rules, freshBudget, { ...nothing, closedForMs: 4_000 }, noon);
    expect(take(rules, state, person, noon + 3_999).grant).toMatchObject({ kind: "wait", ms: 1 });
    expect(take(rules, state, person, noon + 4_000).grant.kind).toBe("go");
  });

  it("makes room for what others used in the window and in the day", () => {
    const crowded = learn(rules, freshBudget, { ...nothing, windowRemaining: 0 }, noon);
    expect(take(rules, crowded, person, noon).grant).toMatchObject({ reason: "window" });
    const used = learn(rules, freshBudget, { ...nothing, dailyRemaining: 0 }, noon);
    expect(take(rules, used, person, noon).grant).toMatchObject({ reason: "day", ms: 43_200_000 });
  });

  it("counts what others use beside our own calls of this window, not of an earlier one", () => {
    const later = noon + rules.windowMs;
    const told = { ...nothing, windowRemaining: 0 };
    const crowded = learn(rules, spent("person", 20), told, later);
    expect(take(rules, crowded, person, later).grant).toMatchObject({ reason: "window" });
  });

  it("is never told that less was used, or that it opens sooner", () => {
    const used = learn(rules, spent("person", 3), { ...nothing, dailyRemaining: 1_000 }, noon);
    expect(used.used).toBe(3);
    const closed = learn(rules, freshBudget, { ...nothing, closedForMs: 4_000 }, noon);
    const again = learn(rules, closed, { ...nothing, closedForMs: 1_000 }, noon);
    expect(again.closedUntil).toBe(noon + 4_000);
  });

  it("begins a new day with a full budget", () => {
    const used = learn(rules, freshBudget, { ...nothing, dailyRemaining: 0 }, noon);
    expect(take(rules, used, person, noon + 43_200_000).grant.kind).toBe("go");
  });

  it("knows no day and no searches where the system names no limit for them", () => {
    const open: BudgetRules = { ...rules, dailyMax: null, searchesPerSecond: null };
    let state = learn(open, freshBudget, { ...nothing, dailyRemaining: 0 }, noon);
    for (let n = 0; n < 6; n += 1) {
      const { state: next, grant } = take(open, state, { lane: "person", search: true }, noon);
      state = next;
      expect(grant.kind).toBe("go");
    }
    expect(forecast(open, state, noon)).toEqual({ used: 6, max: null, perHour: 6, endsAt: null });
  });

  it("believes a daily limit that the system tells over the one it was configured with", () => {
    const told = { ...nothing, dailyRemaining: 400, dailyMax: 2_000 };
    expect(learn(rules, freshBudget, told, noon).used).toBe(1_600);
  });

  it("waits for the second to end where searches are used up", () => {
    let state = freshBudget;
    const search = { lane: "person", search: true } as const;
    for (let n = 0; n < 5; n += 1) state = take(rules, state, search, noon + n).state;
    expect(take(rules, state, search, noon + 10).grant).toMatchObject({
      reason: "search",
      ms: 990,
    });
    expect(take(rules, state, person, noon + 10).grant.kind).toBe("go");
  });

  it("counts the calls of an hour by minutes, and forgets older ones", () => {
    let state = freshBudget;
    for (const at of [0, 1, 60_000]) state = take(rules, state, person, noon + at).state;
    expect(forecast(rules, state, noon + 60_000).perHour).toBe(3);
    expect(forecast(rules, state, noon + 60 * 60_000).perHour).toBe(1);
  });

  it("is at its end at once when nothing of the day is left", () => {
    const used = learn(rules, freshBudget, { ...nothing, dailyRemaining: 0 }, noon);
    expect(forecast(rules, used, noon).endsAt).toBe(noon);
  });

  it("tells when the day's budget ends at this rate, if it does", () => {
    const state = spent("person", 20);
    expect(forecast(rules, state, noon)).toEqual({
      used: 20,
      max: 1_000,
      perHour: 20,
      endsAt: null,
    });
    const low = learn(rules, state, { ...nothing, dailyRemaining: 10 }, noon);
    expect(forecast(rules, low, noon).endsAt).toBe(noon + 1_800_000);
  });
});

/** What HubSpot allows: https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines */
const wide: BudgetRules = { ...rules, windowMax: 190, dailyMax: null, searchesPerSecond: null };

/** Everybody asks again when told to; answers with when each call was let through. */
function busy(
  callers: readonly { lane: BudgetLane; at: number; calls: number }[],
  untilMs: number,
) {
  let state = freshBudget;
  const due = callers.map((caller) => ({ ...caller, nextAt: caller.at, askedAt: caller.at }));
  const calls: { lane: BudgetLane; at: number; waitedMs: number }[] = [];
  for (;;) {
    const [next] = due.filter(({ calls: left }) => left > 0).sort((a, b) => a.nextAt - b.nextAt);
    if (next === undefined || next.nextAt > untilMs) return calls;
    const { nextAt: at, lane } = next;
    const { state: after, grant } = take(wide, state, { lane, search: false }, noon + at);
    state = after;
    if (grant.kind === "wait") next.nextAt += grant.ms;
    else {
      calls.push({ lane, at, waitedMs: at - next.askedAt });
      next.calls -= 1;
      next.nextAt += 50;
      next.askedAt = next.nextAt;
    }
  }
}

const forever = Number.POSITIVE_INFINITY;
const caller = fc.record({
  lane: fc.constantFrom(...lanes),
  at: fc.nat({ max: 30_000 }),
  calls: fc.nat({ max: 400 }),
});

describe("a budget that is lent", () => {
  it.each(["scan", "backfill"] as const)(
    "gives all but a twenty-fifth of it to a %s alone",
    (lane) => {
      const untilMs = 600_000;
      const calls = busy(
        [0, 1, 2].map((at) => ({ lane, at, calls: forever })),
        untilMs,
      );
      expect(calls.length).toBeGreaterThanOrEqual((182 * untilMs) / wide.windowMs);
      expect((190 * untilMs) / wide.windowMs / calls.length).toBeLessThan(1.045);
    },
  );

  it("is never overdrawn, whoever asks when", () => {
    fc.assert(
      fc.property(fc.array(caller, { maxLength: 8 }), (callers) => {
        const calls = busy(callers, 60_000);
        for (const { at } of calls) {
          const window = calls.filter((one) => one.at > at - wide.windowMs && one.at <= at);
          expect(window.length).toBeLessThanOrEqual(wide.windowMax);
        }
      }),
    );
  });

  it("lets a person in at once, up to seven times a window, whatever runs", () => {
    fc.assert(
      fc.property(fc.array(caller, { maxLength: 6 }), fc.nat(50_000), (callers, at) => {
        const bulk = callers.filter(({ lane }) => lane !== "person");
        const calls = busy([...bulk, { lane: "person", at, calls: 7 }], 70_000);
        const persons = calls.filter(({ lane }) => lane === "person");
        expect(persons).toHaveLength(7);
        for (const { waitedMs } of persons) expect(waitedMs).toBe(0);
      }),
    );
  });

  it("comes back within a window when events ask, at the cost of the scan", () => {
    const scans = [0, 1, 2].map((at) => ({ lane: "scan" as const, at, calls: forever }));
    const events = [0, 1, 2, 3].map((n) => ({
      lane: "event" as const,
      at: 60_000 + n,
      calls: forever,
    }));
    const calls = busy([...scans, ...events], 120_000);
    const waits = calls.flatMap(({ lane, waitedMs }) => (lane === "event" ? [waitedMs] : []));
    const first = calls.find(({ lane }) => lane === "event");
    expect(first?.waitedMs).toBeLessThan(2_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(wide.windowMs);
    const scansAfter = calls.filter(({ lane, at }) => lane === "scan" && at > 61_000);
    expect(scansAfter).toHaveLength(0);
  });

  it("keeps three times free of what events take, and all of it again once they are gone", () => {
    const scans = [0, 1, 2].map((at) => ({ lane: "scan" as const, at, calls: forever }));
    const events = Array.from({ length: 120 }, (_, n) => ({
      lane: "event" as const,
      at: n * 1_000,
      calls: 1,
    }));
    const calls = busy([...scans, ...events], 240_000);
    const inWindow = (lane: BudgetLane, from: number) =>
      calls.filter((one) => one.lane === lane && one.at >= from && one.at < from + 10_000).length;
    expect(inWindow("event", 80_000)).toBe(10);
    expect(inWindow("scan", 80_000)).toBeGreaterThan(145);
    expect(inWindow("scan", 80_000)).toBeLessThan(155);
    expect(inWindow("scan", 200_000)).toBe(182);
    for (const { lane, waitedMs } of calls) {
      if (lane === "event") expect(waitedMs).toBeLessThan(2_000);
    }
  });

  it("is never taken up at once by bulk work", () => {
    const scans = Array.from({ length: 50 }, (_, at) => ({
      lane: "scan" as const,
      at,
      calls: 1e3,
    }));
    const calls = busy(scans, 60_000);
    for (const { at } of calls) {
      const tenth = calls.filter((one) => one.at > at - 1_000 && one.at <= at);
      expect(tenth.length).toBeLessThanOrEqual(22);
    }
  });
});

describe("a clock that is set back by a day", () => {
  const { state: full } = run(
    Array.from({ length: 20 }, () => ({ lane: "person" as const, search: true, after: 300 })),
  );
  const yesterday = noon - 86_400_000;

  it("leaves no call in its future: the window is free again when it is over", () => {
    const first = take(rules, full, { lane: "person", search: true }, yesterday);
    const later = take(rules, first.state, { lane: "person", search: true }, yesterday + 10_001);
    expect(later.grant).toEqual({ kind: "go" });
  });

  it("keeps nobody out for longer than an hour", () => {
    const closed = learn(rules, freshBudget, { ...nothing, closedForMs: 1_000 }, noon);
    const { grant } = take(rules, closed, { lane: "person", search: false }, yesterday);
    expect(grant).toEqual({ kind: "wait", ms: 3_600_000, reason: "window" });
  });
});
