/**
 * What all parts of a world stand on: one clock, one order of turns, one database, two queues, and
 * the faults that lie in wait. Nothing in it knows of the Worker or of the systems beside it.
 */
import { createD1, type SimulatedD1 } from "./d1.ts";
import { count, type FaultCounts } from "./faults.ts";
import type { Habits } from "./habits.ts";
import { createQueues, type Queues } from "./queue.ts";
import { createRandom, createTrace, type Trace } from "./random.ts";
import { createScheduler, type Given, type Happening, type Scheduler } from "./scheduler.ts";

/** Who watches from outside. */
export interface WorldHooks {
  /** A request is about to be carried out by a system. */
  readonly requested: (call: Call) => void;
  /** It was; `ok` says whether the system did what it was asked. */
  readonly carriedOut: (call: Call, ok: boolean) => void;
  readonly committed: () => void;
  readonly logged: (line: string) => void;
}

/** A request that reaches a system. */
export interface Call {
  readonly system: string;
  readonly path: string;
  readonly body: unknown;
  /** Which task of the Worker makes it. */
  readonly task: number;
}

export type CallFault = "before" | "after";

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

/** What the world outside of the Worker does by itself. */
export interface Outside {
  /** What could happen right now. */
  happenings(): readonly Happening[];
  /** When something happens next, if nothing can now; null if nothing is under way any more. */
  nextAt(): number | null;
}

export interface Ground {
  readonly seed: number;
  readonly habits: Habits;
  readonly hooks: WorldHooks;
  readonly clock: { time: number };
  readonly counts: FaultCounts;
  readonly faults: PlatformFaults;
  readonly trace: Trace;
  readonly d1: SimulatedD1;
  readonly queues: Queues;
  readonly scheduler: Scheduler;
  outside: Outside;
}

const startAt = Date.UTC(2026, 10, 2, 9);
const traceLinesKept = 100_000;

export function createGround(options: Pick<Ground, "seed" | "habits" | "hooks">): Ground {
  const { seed, habits } = options;
  const clock = { time: startAt };
  const now = () => clock.time;
  const counts: FaultCounts = {};
  const trace = createTrace(traceLinesKept);
  const scheduler = createScheduler({
    trace,
    now,
    happenings: () => ground.outside.happenings(),
    turned: (by) => {
      clock.time += by.below(40);
    },
    crashed: ({ whole }) => {
      count(counts, "F25");
      if (whole) count(counts, "F33");
    },
  });
  const ground: Ground = {
    ...options,
    clock,
    counts,
    trace,
    scheduler,
    faults: noFaults(habits),
    d1: createD1(),
    queues: createQueues(now, createRandom(seed ^ 0x9e0e)),
    outside: { happenings: () => [], nextAt: () => null },
  };
  return ground;
}

const noFaults = ({ skewMs }: Habits): PlatformFaults => ({
  d1: [],
  d1DownUntil: 0,
  network: { hubspot: [], ops: [], slack: [] },
  send: [],
  cronSkips: 0,
  cronTwice: 0,
  skewMs: { ...skewMs },
});

/** What befalls a call: what the scheduler says, or the first plan whose time has come. */
export function faultOf<Kind>(
  given: Given,
  plans: { kind: Kind; after: number }[],
): Kind | CallFault | null {
  if (given !== "go") return given;
  for (const plan of plans) plan.after -= 1;
  const index = plans.findIndex(({ after }) => after < 0);
  return index < 0 ? null : (plans.splice(index, 1)[0]?.kind ?? null);
}
