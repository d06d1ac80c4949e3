/**
 * One run: a company is founded and synced in peace; then steps under faults, with safety judged
 * at every commit and call; then everything heals, and the world must come to rest, agree within
 * three cycles, and do nothing at all in one more.
 */

import { database } from "../../worker/store/database.ts";
import { putPokes } from "../../worker/store/mailbox.ts";
import { createAuditor } from "./auditor.ts";
import type { Counts, Violation } from "./case.ts";
import type { FaultCounts } from "./faults.ts";
import { type Edition, habitsOf, isClockOff, latestEdition } from "./habits.ts";
import { countStruck } from "./inject.ts";
import { createRandom, type Random } from "./random.ts";
import type { Task } from "./scheduler.ts";
import type { Step } from "./steps.ts";
import { type Deployed, thisVersion } from "./versions.ts";
import { found, letGo, perform, type Stage, startScans } from "./workload.ts";
import { createWorld, type World } from "./world.ts";

export interface RunOptions {
  readonly seed: number;
  readonly steps: readonly Step[];
  readonly edition?: Edition;
  readonly worker?: Deployed;
  /** Past the first violation. */
  readonly goOn?: boolean;
  /** Told what each step did. */
  readonly tell?: (line: string) => void;
}

export interface RunResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly trace: string;
  readonly tail: readonly string[];
  readonly faults: FaultCounts;
  readonly counts: Counts & Coverage;
  readonly cycles: number;
}

/** What a run went through: a run that meets nothing proves nothing. */
export interface Coverage {
  readonly edits: number;
  readonly conflicts: number;
  readonly exceptions: number;
  /** Brakes that went on. */
  readonly braked: number;
  readonly unknownOutcomes: number;
  readonly foundByReading: number;
  readonly turns: number;
}

const cyclesMax = 3;
const hourMs = 61 * 60_000;

export async function runSeed(options: RunOptions): Promise<RunResult> {
  return onStage(options, async (stage) => {
    const peace = createRandom(options.seed);
    found(stage);
    if (!(await stage.world.quiet(peace))) {
      stage.auditor.violate("I7", "the founding never comes to rest");
      return 0;
    }
    const whole = await play(stage, options);
    return whole ? await recover(stage, peace) : 0;
  });
}

/** Sets up a world with its auditor, lets something happen in it, and takes it down. */
export async function onStage(
  { seed, worker, edition = latestEdition }: Omit<RunOptions, "steps">,
  happen: (stage: Stage) => Promise<number>,
): Promise<RunResult> {
  const auditor = createAuditor();
  const seen = { unknownOutcomes: 0 };
  const world = createWorld({
    seed,
    habits: habitsOf(seed, edition),
    worker: worker ?? thisVersion,
    hooks: {
      ...auditor.hooks,
      logged(line) {
        auditor.hooks.logged(line);
        for (const [, times] of line.matchAll(/\.unknown":(\d+)/g)) {
          seen.unknownOutcomes += Number(times);
        }
      },
    },
  });
  auditor.attach(world);
  const stage: Stage = { seed, world, auditor, shown: [], edits: { count: 0 } };
  try {
    const cycles = await happen(stage);
    countStruck(world);
    return {
      seed,
      violations: auditor.violations,
      trace: world.trace.hash,
      tail: [...world.trace.tail],
      faults: world.counts,
      counts: { ...auditor.counts, ...coverage(stage, seen.unknownOutcomes) },
      cycles,
    };
  } finally {
    world.end();
  }
}

/** Whether all steps were played: the first violation ends a run. */
export async function play(stage: Stage, { steps, tell, goOn }: RunOptions): Promise<boolean> {
  const { world, auditor } = stage;
  const isJob = ({ isolate }: Task) => isolate !== null;
  for (const [index, step] of steps.entries()) {
    if (mustNotMeetJobs(step)) await finish(world, createRandom(step.seed), isJob);
    const did = perform(stage, step);
    tell?.(`${String(index).padStart(3)} ${did}`);
    world.trace.add(`--- ${index} ${did}`);
    await world.run(step.turns, createRandom(step.seed));
    auditor.observe();
    if (auditor.violations.length > 0 && !goOn) return false;
  }
  return true;
}

/** No call lasts for minutes: the platform ends it long before. */
const mustNotMeetJobs = (step: Step): boolean => step.kind === "wait" && step.ms > 10_000;

async function finish(
  world: World,
  random: Random,
  isMeant: (task: Task) => boolean,
): Promise<void> {
  for (let turns = 0; turns < 2_000; turns += 1) {
    if (![...world.scheduler.live].some(isMeant)) return;
    if ((await world.run(1, random)) === 0) world.advance(1_000);
  }
}

/** Heals everything, lets go of what people held; false if it never comes to rest then. */
export async function letGoAndRest({ world }: Stage, random: Random): Promise<boolean> {
  world.heal();
  // A pause that was asked for and not answered yet would outlast its end.
  await finish(world, random, ({ name }) => name.startsWith("operate "));
  await letGo(world, random);
  return world.quiet(random);
}

/** Heals everything and answers with the cycles it took to agree. */
export async function recover(stage: Stage, random: Random): Promise<number> {
  const { auditor } = stage;
  if (!(await letGoAndRest(stage, random))) {
    auditor.violate("I7", "it never comes to rest after everything healed");
    return 0;
  }
  if (stage.world.habits.heard) {
    for (const difference of auditor.judgeConvergence()) {
      auditor.violate("I7", `${difference}, though every event was delivered`);
    }
  }
  let cycles = 0;
  let differences: readonly string[] = ["not looked yet"];
  while (differences.length > 0 && cycles < cyclesMax) {
    cycles += 1;
    if (!(await lookAtAll(stage, random))) {
      auditor.violate("I7", "a full cycle never comes to rest");
      return cycles;
    }
    differences = auditor.judgeConvergence();
  }
  for (const difference of differences) auditor.violate("I7", difference);
  const before = auditor.counts.writesDue;
  const earlier = runsOf(stage);
  await lookAtAll(stage, random);
  const more = auditor.counts.writesDue - before;
  if (more > 0) auditor.violate("I4", `one more full cycle writes ${more} times`);
  judgeScans(stage, earlier);
  auditor.judgeEnd();
  return cycles;
}

const runsOf = ({ world }: Stage): ReadonlySet<string> =>
  new Set(world.d1.all("SELECT id FROM runs").map(({ id }) => String(id)));

/** I7: of systems that agree, a scan finds nothing, and it comes to its end. */
function judgeScans({ world, auditor }: Stage, earlier: ReadonlySet<string>): void {
  const { counts, habits } = world;
  // What was changed tomorrow by its system's clock seems to be changing still.
  const isTimely = counts.F9 === undefined && counts.F31 === undefined && !isClockOff(habits);
  for (const row of world.d1.all("SELECT id, object, state, counters FROM runs")) {
    const { id, object, state } = row;
    if (state === "running" || state === "paused") {
      auditor.violate("I25", `run ${id} is ${state} for ever`);
    }
    if (state === "done") auditor.counts.scans += 1;
    if (earlier.has(String(id)) || !isTimely) continue;
    const counters = JSON.parse(String(row.counters)) as Counters;
    const { differing, moving, missing, back } = counters;
    const extra = counters.extra - askedAbout(world, String(id));
    const found = { differing, moving, missing, extra, back };
    if (Object.values(found).every((times) => times === 0)) continue;
    auditor.violate("I7", `a scan of ${object} that agrees finds ${JSON.stringify(found)}`);
  }
}

/** Records that belong to nobody, because a person has not answered whose they are. */
const askedAbout = (world: World, runId: string): number =>
  world.d1.all(
    `SELECT 1 FROM findings f JOIN runs r ON r.id = f.run_id
     JOIN exceptions x ON x.subject = f.system || '/' || r.object || '/' || f.record_id
     WHERE f.run_id = ?1 AND f.kind = 'extra' AND x.status <> 'settled'`,
    runId,
  ).length;

type Counters = Readonly<Record<"differing" | "moving" | "missing" | "extra" | "back", number>>;

/** Every record of every system is looked at again: by a scan, as it is done every day. */
export async function lookAtAll(stage: Stage, random: Random): Promise<boolean> {
  const { world } = stage;
  // What is checked by the hour is checked.
  world.advance(hourMs);
  if (!(await world.quiet(random))) return false;
  if (world.habits.edition === 1) return pokeAll(stage, random);
  startScans(world);
  return world.quiet(random);
}

/** As scans did before there were any. */
async function pokeAll({ world, auditor }: Stage, random: Random): Promise<boolean> {
  const direct = world.d1.bind(async (_label, run) => [...run()]);
  const keys = [...auditor.ledger.records.values()]
    .filter(({ archived }) => !archived)
    .map(({ system, object, id }) => ({ system, object, recordId: id }));
  await putPokes(
    database(direct),
    keys.map((key) => ({ ...key, lane: "scan" as const, echo: null })),
    world.now(),
  );
  for (let at = 0; at < keys.length; at += 100) {
    const tuples = keys.slice(at, at + 100).map((key) => Object.values(key));
    world.queues.send("crm-sync-work", { keys: tuples }, 0);
  }
  return world.quiet(random);
}

function coverage({ world, edits }: Stage, unknownOutcomes: number): Coverage {
  const number = (sql: string) => Number(world.d1.all(sql)[0]?.n ?? 0);
  return {
    edits: edits.count,
    conflicts: number("SELECT count(*) AS n FROM exceptions WHERE kind = 'conflict'"),
    exceptions: number("SELECT count(*) AS n FROM exceptions"),
    braked: number("SELECT count(*) AS n FROM exceptions WHERE kind = 'brake'"),
    unknownOutcomes,
    foundByReading: number(
      "SELECT count(*) AS n FROM audit WHERE detail->>'foundByReading' IS NOT NULL",
    ),
    turns: world.scheduler.turnsGiven,
  };
}
