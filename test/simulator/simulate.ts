/**
 * `npm run simulate`: runs seeds through the deterministic simulator, several processes at once.
 * On a failure: the seed, the shortest schedule that still fails, and how to see it again.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { add, emptyTally, merge, printed, type Tally, uncovered } from "./report.ts";
import { runSeed } from "./run.ts";
import { shrunk } from "./shrink.ts";
import { type Step, stepsOf } from "./steps.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    from: { type: "string", default: "1" },
    steps: { type: "string", default: "200" },
    seed: { type: "string" },
    only: { type: "string" },
    workers: { type: "string", default: "2" },
    json: { type: "boolean", default: false },
    child: { type: "boolean", default: false },
    mutants: { type: "boolean", default: false },
    baseline: { type: "string" },
  },
});

const stepCount = Number(values.steps);
/** Runs spent on making one failing schedule shorter. */
const shrinkRunsMax = 150;

if (values.child) await child();
else if (values.seed !== undefined) await replay(Number(values.seed));
else if (values.mutants) await (await import("./mutate.ts")).hunt(Number(values.workers));
else if (values.baseline !== undefined) {
  await (await import("./baseline.ts")).compare(Number(values.seeds), stepCount, values.json);
} else await all();

async function all(): Promise<void> {
  const startedAt = performance.now();
  const tally = await spread(Number(values.from), Number(values.seeds), Number(values.workers));
  const seconds = (performance.now() - startedAt) / 1_000;
  const missing = uncovered(tally);
  if (values.json) console.log(JSON.stringify({ ...tally, seconds, missing }));
  else console.log(printed(tally, seconds));
  for (const line of missing) console.error(`not covered: ${line}`);
  const [first] = tally.failures;
  if (first !== undefined && !values.json) await explain(first.seed);
  if (tally.failures.length > 0 || missing.length > 0) process.exitCode = 1;
}

/** Seeds go round the processes, so that slow ones are shared. */
async function spread(from: number, count: number, workers: number): Promise<Tally> {
  const whole = emptyTally();
  const seeds = Array.from({ length: count }, (_, index) => from + index);
  await Promise.all(
    Array.from({ length: workers }, (_, worker) => {
      const share = seeds.filter((_seed, index) => index % workers === worker);
      return inChild(share).then((tally) => merge(whole, tally));
    }),
  );
  whole.failures.sort((a, b) => a.seed - b.seed);
  return whole;
}

function inChild(seeds: readonly number[]): Promise<Tally> {
  const path = fileURLToPath(import.meta.url);
  const process_ = fork(path, ["--child", "--steps", String(stepCount)], {
    execArgv: [...process.execArgv, "--disable-warning=ExperimentalWarning"],
  });
  process_.send(seeds);
  return new Promise((resolve, reject) => {
    process_.on("message", (tally) => resolve(tally as Tally));
    process_.on("exit", (code) => reject(new Error(`a simulator process ended with ${code}`)));
  });
}

async function child(): Promise<void> {
  // Thousands of expected refusals a run: nobody reads where each was made.
  Error.stackTraceLimit = 0;
  const seeds = await new Promise<readonly number[]>((resolve) => {
    process.once("message", (message) => resolve(message as readonly number[]));
  });
  const tally = emptyTally();
  for (const seed of seeds) add(tally, await runSeed({ seed, steps: stepsOf(seed, stepCount) }));
  process.send?.(tally, () => process.exit(0));
}

async function explain(seed: number): Promise<void> {
  const steps = stepsOf(seed, stepCount);
  const whole = await runSeed({ seed, steps });
  const invariants = new Set(whole.violations.map(({ invariant }) => invariant));
  const fails = async (fewer: readonly Step[]) => {
    const { violations } = await runSeed({ seed, steps: fewer });
    return violations.some(({ invariant }) => invariants.has(invariant));
  };
  const short = await shrunk(steps, fails, shrinkRunsMax);
  const lines: string[] = [];
  const { violations } = await runSeed({ seed, steps: short, tell: (line) => lines.push(line) });
  const kept = short.map((step) => steps.indexOf(step)).join(",");
  console.log(`\nseed ${seed}, ${short.length} of ${steps.length} steps still fail:`);
  console.log(lines.join("\n"));
  for (const { invariant, message } of violations) console.log(`${invariant}: ${message}`);
  console.log(`\nagain: npm run simulate -- --seed ${seed} --steps ${stepCount} --only ${kept}`);
}

/** One seed, told step by step; `--only` keeps some of its steps. */
async function replay(seed: number): Promise<void> {
  const all = stepsOf(seed, stepCount);
  const kept = values.only?.split(",").map(Number);
  const steps = kept === undefined ? all : all.filter((_, index) => kept.includes(index));
  const lines: string[] = [];
  const result = await runSeed({ seed, steps, tell: (line) => lines.push(line) });
  const { tail, ...rest } = result;
  if (values.json) console.log(JSON.stringify(rest));
  else {
    console.log(lines.join("\n"));
    if (result.violations.length > 0) console.log(`\nlast turns:\n${tail.slice(-60).join("\n")}`);
    console.log(rest);
  }
  if (result.violations.length > 0) process.exitCode = 1;
}
