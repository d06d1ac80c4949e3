/**
 * One thread, many tasks: every call that leaves the Worker is a turn that waits to be given, and
 * the seed says which goes next. Between two turns a task runs undisturbed; at a turn it can be
 * ended for ever, as a crash ends it, with or without the effect of the call it was making.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Random, Trace } from "./random.ts";

export type Ending = "done" | "failed" | "crashed";

export interface Task {
  readonly id: number;
  readonly name: string;
  /** Which running copy of the Worker it is part of; null for the outside world. */
  readonly isolate: number | null;
}

/** Something that can happen next besides a turn. */
export interface Happening {
  readonly label: string;
  readonly happen: () => void;
}

/** What is to happen to a turn of the Worker instead of being given. */
export interface Plan {
  /** Turns of the Worker that still pass. */
  after: number;
  /** The task ends for ever, or its call fails. */
  readonly kind: "crash" | "fail";
  /** Whether what the call asked for is done all the same. */
  readonly effect: boolean;
  /** Of a crash: the whole isolate goes, not the one invocation. */
  readonly whole: boolean;
}

/** How a call goes: as it should, or it fails before or after it is carried out. */
export type Given = "go" | "before" | "after";

export interface Scheduler {
  start(
    name: string,
    isolate: number | null,
    work: () => Promise<unknown>,
    ended: (ending: Ending, value: unknown) => void,
  ): void;
  /** Resolves when the scheduler says so. `effect` is done even if the task ends here, if told. */
  turn(label: string, effect?: () => unknown, dueAt?: number): Promise<Given>;
  /** When the first turn that waits for its time is due; null if none does. */
  nextDueAt(): number | null;
  /** Gives turns until `most` were given or there is nothing to do at this time. */
  run(most: number, random: Random): Promise<number>;
  /** The id of the task that runs just now; 0 outside of all. */
  current(): number;
  readonly plans: Plan[];
  readonly live: ReadonlySet<Task>;
  /** Turns that tasks of the Worker were given so far. */
  readonly turnsGiven: number;
}

interface Waiting {
  readonly task: Task;
  readonly label: string;
  readonly give: (given: Given) => void;
  readonly effect: (() => unknown) | undefined;
  /** Not to be given before. */
  readonly dueAt: number;
}

export interface SchedulerOptions {
  readonly trace: Trace;
  readonly now: () => number;
  /** What the outside world could do right now. */
  readonly happenings: () => readonly Happening[];
  /** After every turn. */
  readonly turned: (random: Random) => void;
  /** A crash took these tasks. */
  readonly crashed: (plan: Plan) => void;
}

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { trace } = options;
  const tasks = createTasks(trace);
  const plans: Plan[] = [];
  let waiting: Waiting[] = [];
  let turnsGiven = 0;

  const giveTurn = async (entry: Waiting): Promise<void> => {
    const { task, label } = entry;
    const isOurs = task.isolate !== null;
    const plan = isOurs ? duePlan(plans) : undefined;
    if (isOurs) turnsGiven += 1;
    const how = plan === undefined ? "" : ` ${plan.kind}${plan.effect ? " with effect" : ""}`;
    trace.add(`${task.id} ${label}${how}`);
    if (plan?.kind !== "crash") {
      entry.give(plan === undefined ? "go" : plan.effect ? "after" : "before");
      return;
    }
    if (plan.effect) await entry.effect?.();
    const victims = plan.whole
      ? [...tasks.live].filter((one) => one.isolate === task.isolate)
      : [task];
    options.crashed(plan);
    waiting = waiting.filter((one) => !victims.includes(one.task));
    for (const victim of victims) tasks.end(victim, "crashed", undefined);
  };

  return {
    plans,
    live: tasks.live,
    get turnsGiven() {
      return turnsGiven;
    },
    start: tasks.start,
    turn(label, effect, dueAt = 0) {
      const task = tasks.current();
      return new Promise((give) => {
        waiting.push({ task, label, give, effect, dueAt });
      });
    },
    nextDueAt: () => (waiting.length === 0 ? null : Math.min(...waiting.map(({ dueAt }) => dueAt))),
    async run(most, random) {
      let given = 0;
      // What was just started runs up to its first turn.
      await drained();
      for (; given < most; given += 1) {
        const now = options.now();
        const due = waiting.filter(({ dueAt }) => dueAt <= now);
        const happenings = options.happenings();
        if (due.length + happenings.length === 0) return given;
        const chosen = random.below(due.length + happenings.length);
        const entry = due[chosen];
        if (entry !== undefined) {
          waiting.splice(waiting.indexOf(entry), 1);
          await giveTurn(entry);
        } else {
          const happening = happenings[chosen - due.length];
          trace.add(happening?.label ?? "");
          happening?.happen();
        }
        await drained();
        options.turned(random);
      }
      return given;
    },
    current: () => tasks.current().id,
  };
}

/** What is due to happen instead of a turn, if anything. */
function duePlan(plans: Plan[]): Plan | undefined {
  for (const plan of plans) plan.after -= 1;
  const index = plans.findIndex(({ after }) => after < 0);
  return index < 0 ? undefined : plans.splice(index, 1)[0];
}

/** Tasks that were started and have not ended; each ends once. */
function createTasks(trace: Trace) {
  const store = new AsyncLocalStorage<Task>();
  const outside: Task = { id: 0, name: "outside", isolate: null };
  const live = new Set<Task>();
  const endings = new Map<Task, (ending: Ending, value: unknown) => void>();
  let count = 0;
  const end = (task: Task, ending: Ending, value: unknown) => {
    if (!live.delete(task)) return;
    const ended = endings.get(task);
    endings.delete(task);
    trace.add(`${task.id} ${task.name} ${ending}`);
    ended?.(ending, value);
  };
  const start: Scheduler["start"] = (name, isolate, work, ended) => {
    count += 1;
    const task: Task = { id: count, name, isolate };
    live.add(task);
    endings.set(task, ended);
    trace.add(`${task.id} ${name} starts`);
    store.run(task, () => {
      work().then(
        (value) => end(task, "done", value),
        (error: unknown) => end(task, "failed", error),
      );
    });
  };
  return { live, start, end, current: () => store.getStore() ?? outside };
}

/**
 * Everything that can go on without a turn has gone on: ticks run only once no promise is left to
 * settle. Twice, because a stream's tick may settle further ones.
 */
const drained = (): Promise<void> =>
  new Promise((resolve) => process.nextTick(() => process.nextTick(resolve)));
