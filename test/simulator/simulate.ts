/**
 * `npm run simulate`: runs seeds through the deterministic simulator, several processes at once.
 * On a failure: the seed, the shortest schedule that still fails, and how to see it again.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Edition, latestEdition } from "./habits.ts";
import { add, emptyTally, merge, printed, type Tally, uncovered } from "./report.ts";
import { type RunResult, runSeed } from "./run.ts";
import { knownSeeds } from "./seeds.ts";
import { shrunk } from "./shrink.ts";
import { type Step, stepsOf } from "./steps.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    from: { type: "string", default: "1" },
    steps: { type: "string", default: "200" },
    edition: { type: "string", default: String(latestEdition) },
    seed: { type: "string" },
    only: { type: "string" },
    workers: { type: "string", default: "2" },
    json: { type: "boolean", default: false },
    child: { type: "boolean", default: false },
    /** Each seed once more: its trace must be the same. */
    twice: { type: "boolean", default: false },
    /** The seeds that once failed, instead of fresh ones. */
    known: { type: "boolean", default: false },
    mutants: { type: "boolean", default: false },
    baseline: { type: "string" },
  },
});

/** Runs spent on making one failing schedule shorter. */
const shrinkRunsMax = 150;
/** Seeds a process is given at a time: slow ones are shared. */
const batchSize = 4;
/** After so many seeds a line says how far it is. */
const progressEvery = 1_000;

interface Task {
  readonly seed: number;
  readonly steps: number;
  readonly edition: Edition;
  readonly twice: boolean;
}

const taskOf = (seed: number): Task => ({
  seed,
  steps: Number(values.steps),
  edition: Number(values.edition) as Edition,
  twice: values.twice,
});

if (values.child) child();
else if (values.seed !== undefined) await replay(taskOf(Number(values.seed)));
else if (values.mutants) await (await import("./mutate.ts")).hunt(Number(values.workers));
else if (values.baseline !== undefined) {
  const { compare } = await import("./baseline.ts");
  await compare(Number(values.seeds), Number(values.steps), values.json);
} else await all(values.known ? known() : fresh());

function fresh(): Task[] {
  const from = Number(values.from);
  return Array.from({ length: Number(values.seeds) }, (_, index) => taskOf(from + index));
}

function known(): Task[] {
  return knownSeeds.map(({ seed, steps, edition = 1 }) => ({ ...taskOf(seed), steps, edition }));
}

async function all(tasks: readonly Task[]): Promise<void> {
  const startedAt = performance.now();
  const secondsSoFar = () => (performance.now() - startedAt) / 1_000;
  const tally = await spread(tasks, secondsSoFar);
  const missing = values.known ? [] : uncovered(tally);
  if (values.json) console.log(JSON.stringify({ ...tally, seconds: secondsSoFar(), missing }));
  else console.log(printed(tally, secondsSoFar()));
  for (const line of missing) console.error(`not covered: ${line}`);
  const [first] = tally.failures;
  const failed = tasks.find(({ seed }) => seed === first?.seed);
  if (failed !== undefined && !values.json) await explain(failed);
  if (tally.failures.length > 0 || missing.length > 0) process.exitCode = 1;
}

/** Processes come for more seeds whenever they have done theirs. */
async function spread(tasks: readonly Task[], seconds: () => number): Promise<Tally> {
  const whole = emptyTally();
  const waiting = [...tasks];
  const done = (tally: Tally) => {
    const before = Math.floor(whole.seeds / progressEvery);
    merge(whole, tally);
    if (values.json) return;
    for (const { seed, violations } of tally.failures) {
      console.error(`seed ${seed}: ${violations[0]?.invariant}: ${violations[0]?.message}`);
    }
    if (Math.floor(whole.seeds / progressEvery) > before) {
      const failed = whole.failures.length;
      console.error(`${whole.seeds} seeds, ${failed} failed, ${seconds().toFixed(0)} s`);
    }
  };
  const workers = Array.from({ length: Number(values.workers) }, () =>
    inChild(() => waiting.splice(0, batchSize), done),
  );
  await Promise.all(workers);
  whole.failures.sort((a, b) => a.seed - b.seed);
  return whole;
}

function inChild(next: () => readonly Task[], done: (tally: Tally) => void): Promise<void> {
  const process_ = fork(fileURLToPath(import.meta.url), ["--child"], {
    execArgv: [...process.execArgv, "--disable-warning=ExperimentalWarning"],
  });
  process_.send(next());
  return new Promise((resolve, reject) => {
    process_.on("message", (tally) => {
      done(tally as Tally);
      const more = next();
      if (more.length > 0) process_.send(more);
      else process_.kill();
    });
    process_.on("exit", (code, signal) => {
      if (signal !== null) resolve();
      else reject(new Error(`a simulator process ended with ${code}`));
    });
  });
}

function child(): void {
  // Thousands of expected refusals a run: nobody reads where each was made.
  Error.stackTraceLimit = 0;
  process.on("message", async (tasks) => {
    const tally = emptyTally();
    for (const task of tasks as readonly Task[]) add(tally, await judged(task));
    process.send?.(tally);
  });
}

/** I30: the same seed is the same run. */
async function judged(task: Task): Promise<RunResult> {
  const result = await run(task);
  if (!task.twice) return result;
  const again = await run(task);
  if (again.trace === result.trace) return result;
  const at = result.tail.findIndex((line, index) => line !== again.tail[index]);
  const message = `the same seed went otherwise at line ${at}: ${again.tail[at]}`;
  return { ...result, violations: [...result.violations, { invariant: "I30", message }] };
}

function run({ seed, steps, edition }: Task): Promise<RunResult> {
  return runSeed({ seed, edition, steps: stepsOf(seed, steps, edition) });
}

async function explain(task: Task): Promise<void> {
  const { seed, edition } = task;
  const steps = stepsOf(seed, task.steps, edition);
  const whole = await run(task);
  const invariants = new Set(whole.violations.map(({ invariant }) => invariant));
  const fails = async (fewer: readonly Step[]) => {
    const { violations } = await runSeed({ seed, edition, steps: fewer });
    return violations.some(({ invariant }) => invariants.has(invariant));
  };
  const short = await shrunk(steps, fails, shrinkRunsMax);
  const lines: string[] = [];
  const tell = (line: string) => lines.push(line);
  const { violations } = await runSeed({ seed, edition, steps: short, tell });
  const kept = short.map((step) => steps.indexOf(step)).join(",");
  console.log(`\nseed ${seed}, ${short.length} of ${steps.length} steps still fail:`);
  console.log(lines.join("\n"));
  for (const { invariant, message } of violations) console.log(`${invariant}: ${message}`);
  const replayed = `--seed ${seed} --steps ${task.steps} --edition ${edition} --only ${kept}`;
  console.log(`\nagain: npm run simulate -- ${replayed}`);
}

/** One seed, told step by step; `--only` keeps some of its steps. */
async function replay({ seed, steps: count, edition }: Task): Promise<void> {
  const every = stepsOf(seed, count, edition);
  const kept = values.only?.split(",").map(Number);
  const steps = kept === undefined ? every : every.filter((_, index) => kept.includes(index));
  const lines: string[] = [];
  const result = await runSeed({ seed, edition, steps, tell: (line) => lines.push(line) });
  const { tail, ...rest } = result;
  if (values.json) console.log(JSON.stringify(rest));
  else {
    console.log(lines.join("\n"));
    if (result.violations.length > 0) console.log(`\nlast turns:\n${tail.slice(-60).join("\n")}`);
    console.log(rest);
  }
  if (result.violations.length > 0) process.exitCode = 1;
}
