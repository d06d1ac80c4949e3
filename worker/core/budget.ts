/**
 * A system's API budget, shared by all who call it. Invariant: in no window are more calls let
 * through than the system allows, and whoever a person waits for is never kept back by bulk work.
 *
 * What the more urgent lanes leave unused is lent to bulk work, and comes back when they ask: if
 * one has to wait, bulk work stands back until their whole share is free again. Bulk work never
 * takes all that it may at once, so that calls leave the window, and make room, all the time.
 */

/** Who is waiting, most urgent first. */
export type BudgetLane = "person" | "event" | "scan" | "backfill";

export interface BudgetRules {
  readonly windowMs: number;
  readonly windowMax: number;
  /** Null: the system has no daily limit. */
  readonly dailyMax: number | null;
  /** Searches have a limit of their own; null: they do not. */
  readonly searchesPerSecond: number | null;
}

export interface BudgetState {
  /** Times of the calls in the current window, oldest first, epoch milliseconds. */
  readonly calls: readonly number[];
  /** Times of the searches in the current second. */
  readonly searches: readonly number[];
  /** When each lane was let through lately, oldest first. */
  readonly taken: Readonly<Record<BudgetLane, readonly number[]>>;
  /** When each lane last had to wait for the window. */
  readonly keptWaiting: Readonly<Record<BudgetLane, number>>;
  /** The UTC day that `used` counts. */
  readonly day: number;
  readonly used: number;
  /** Calls by minute of the last hour, for the forecast: [minute, calls]. */
  readonly minutes: readonly (readonly [number, number])[];
  /** Until when the system told us to hold off. */
  readonly closedUntil: number;
}

export const freshBudget: BudgetState = {
  calls: [],
  searches: [],
  taken: { person: [], event: [], scan: [], backfill: [] },
  keptWaiting: { person: 0, event: 0, scan: 0, backfill: 0 },
  day: 0,
  used: 0,
  minutes: [],
  closedUntil: 0,
};

/**
 * How much of the window and of the day a lane may use up: what is left above its share is kept
 * for the lanes before it. `lent` is its share of the window while they do not ask: a person finds
 * 4 % free at any time.
 */
const shares: Readonly<
  Record<BudgetLane, { readonly window: number; readonly lent: number; readonly day: number }>
> = {
  person: { window: 1, lent: 1, day: 1 },
  event: { window: 0.96, lent: 0.96, day: 0.98 },
  scan: { window: 0.7, lent: 0.96, day: 0.9 },
  backfill: { window: 0.5, lent: 0.96, day: 0.8 },
};
const byUrgency = ["person", "event", "scan", "backfill"] as const satisfies readonly BudgetLane[];

/** As much as a lane took in so many windows is kept free for it. */
const lookBack = 3;
/** Bulk work takes no more than this part of its share in a tenth of a window. */
const bulkPart = 0.12;

/** No system is left alone for longer, whatever it, or a clock that was off, says. */
const closedMsMax = 3_600_000;

const dayMs = 86_400_000;
const minuteMs = 60_000;
const secondMs = 1_000;

export type Grant =
  | { readonly kind: "go" }
  | { readonly kind: "wait"; readonly ms: number; readonly reason: "window" | "search" | "day" };

export interface Ask {
  readonly lane: BudgetLane;
  readonly search: boolean;
}

/** Asks for one call. A call that is let through is counted, whatever becomes of it. */
export function take(
  rules: BudgetRules,
  before: BudgetState,
  ask: Ask,
  now: number,
): { readonly state: BudgetState; readonly grant: Grant } {
  const state = current(rules, before, now);
  const wait = (ms: number, reason: "window" | "search" | "day") => ({
    state,
    grant: { kind: "wait", ms: Math.max(1, Math.ceil(ms)), reason } as const,
  });
  if (now < state.closedUntil) return wait(state.closedUntil - now, "window");
  if (rules.dailyMax !== null && state.used >= Math.floor(rules.dailyMax * shares[ask.lane].day)) {
    return wait((state.day + 1) * dayMs - now, "day");
  }
  const waitMs = windowWait(rules, state, ask.lane, now);
  if (waitMs > 0) {
    const keptWaiting = { ...state.keptWaiting, [ask.lane]: now };
    return { ...wait(waitMs, "window"), state: { ...state, keptWaiting } };
  }
  if (ask.search && rules.searchesPerSecond !== null) {
    if (state.searches.length >= rules.searchesPerSecond) {
      return wait((state.searches[0] as number) + secondMs - now, "search");
    }
  }
  return { state: counted(state, ask, now), grant: { kind: "go" } };
}

/** How long until the window, and for bulk work its tenth, holds one call fewer than it may. */
function windowWait(rules: BudgetRules, state: BudgetState, lane: BudgetLane, now: number): number {
  const { calls } = state;
  const most = windowMax(rules, state, lane, now);
  const leaving = calls.length < most ? now : (calls.at(-most) as number) + rules.windowMs;
  if (lane === "person" || lane === "event") return leaving - now;
  const part = Math.ceil(most * bulkPart);
  const before = calls.at(-part);
  return Math.max(leaving, before === undefined ? now : before + rules.windowMs / 10) - now;
}

/** Calls that a window may hold for one more of this lane to come in. */
function windowMax(rules: BudgetRules, state: BudgetState, lane: BudgetLane, now: number): number {
  const { window, lent } = shares[lane];
  const before = byUrgency.slice(0, byUrgency.indexOf(lane));
  const isWaiting = before.some((one) => state.keptWaiting[one] > now - rules.windowMs);
  const taken = before.reduce((sum, one) => sum + state.taken[one].length, 0);
  const share = rules.windowMax * (1 - window);
  const kept = isWaiting ? share : Math.max(rules.windowMax * (1 - lent), Math.min(share, taken));
  return Math.max(1, Math.floor(rules.windowMax - kept));
}

/** What an answer's headers told of the budget, which others may be using too. */
export interface Told {
  readonly windowRemaining: number | null;
  readonly dailyRemaining: number | null;
  readonly dailyMax: number | null;
  /** The system refused for its budget and named, or implied, a wait. */
  readonly closedForMs: number | null;
}

/** Learns from an answer: what others used is used for us as well. */
export function learn(
  rules: BudgetRules,
  before: BudgetState,
  told: Told,
  now: number,
): BudgetState {
  const state = current(rules, before, now);
  const max = told.dailyMax ?? rules.dailyMax;
  const usedByAll =
    max === null || told.dailyRemaining === null ? state.used : max - told.dailyRemaining;
  const spent =
    told.windowRemaining === null ? 0 : rules.windowMax - told.windowRemaining - state.calls.length;
  return {
    ...state,
    used: Math.max(state.used, usedByAll),
    // Calls of others in this window are ours to make room for, as if made just now.
    calls: [...state.calls, ...Array.from({ length: Math.max(0, spent) }, () => now)],
    closedUntil: Math.max(state.closedUntil, now + (told.closedForMs ?? 0)),
  };
}

export interface Forecast {
  readonly used: number;
  readonly max: number | null;
  /** Calls an hour, over the last one. */
  readonly perHour: number;
  /** When the day's budget ends at this rate; null: not before the day does. */
  readonly endsAt: number | null;
}

export function forecast(rules: BudgetRules, before: BudgetState, now: number): Forecast {
  const state = current(rules, before, now);
  const perHour = state.minutes.reduce((sum, [, calls]) => sum + calls, 0);
  const max = rules.dailyMax;
  const left = max === null ? Number.POSITIVE_INFINITY : Math.max(0, max - state.used);
  const hoursLeft = left === 0 ? 0 : left / perHour;
  const endsAt = now + hoursLeft * 60 * minuteMs;
  const midnight = (state.day + 1) * dayMs;
  return { used: state.used, max, perHour, endsAt: endsAt < midnight ? Math.round(endsAt) : null };
}

/** The state with what has run out of its windows taken away. */
function current(rules: BudgetRules, state: BudgetState, now: number): BudgetState {
  const day = Math.floor(now / dayMs);
  const hourAgo = Math.floor(now / minuteMs) - 60;
  const since = now - lookBack * rules.windowMs;
  // A clock that is set back must not leave calls in its future, where they would never run out.
  const after = (from: number, times: readonly number[]) =>
    times.filter((at) => at > from).map((at) => Math.min(at, now));
  const lately = (times: readonly number[]) => after(since, times);
  return {
    ...state,
    calls: after(now - rules.windowMs, state.calls),
    searches: after(now - secondMs, state.searches),
    taken: {
      person: lately(state.taken.person),
      event: lately(state.taken.event),
      scan: lately(state.taken.scan),
      backfill: [],
    },
    minutes: state.minutes.filter(([minute]) => minute > hourAgo),
    closedUntil: Math.min(state.closedUntil, now + closedMsMax),
    day,
    used: day === state.day ? state.used : 0,
  };
}

function counted(state: BudgetState, { lane, search }: Ask, now: number): BudgetState {
  const minute = Math.floor(now / minuteMs);
  const [latest, calls] = state.minutes.at(-1) ?? [-1, 0];
  const minutes =
    latest === minute
      ? [...state.minutes.slice(0, -1), [minute, calls + 1] as const]
      : [...state.minutes, [minute, 1] as const];
  return {
    ...state,
    calls: [...state.calls, now],
    searches: search ? [...state.searches, now] : state.searches,
    taken: { ...state.taken, [lane]: [...state.taken[lane], now] },
    used: state.used + 1,
    minutes,
  };
}
