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
