/**
 * What a scan costs and finds: three systems that agree on many records, two hundred of which were
 * edited behind our back. The Worker's jobs and connectors run in this process between the doubles,
 * on a virtual clock, each system under a budget of 190 calls per 10 s.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Run } from "../../worker/store/runs.ts";
import {
  budget,
  createScanWorld,
  type Ids,
  type ScanWorld,
  type SystemName,
  systems,
} from "../worker/scan-world.ts";

const sizes = [10_000, 100_000, 1_000_000];
const differences = 200;
const kills = 20;
/** Collecting a large heap takes long; so often, while one scan runs. */
const memorySamples = 20;
const hourMs = 3_600_000;
/** Messages about runs wait for no others; a hop is what Cloudflare takes to hand one over. */
const latency = { callMs: 50, d1Ms: 5, hopMs: 100 } as const;
const pageSize = 100;

/** Of other sizes than every day's, if any are named. */
export async function bench(words: readonly string[] = []) {
  const named = words.map(Number).filter((size) => size > 0);
  const results: Record<string, Awaited<ReturnType<typeof measure>>> = {};
  for (const size of named.length > 0 ? named : sizes) {
    results[size] = await inFile((file) => measure(size, file));
  }
  return { latency, budget, sizes: results };
}

async function inFile<T>(use: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "scan-"));
  try {
    return await use(join(folder, "d1.sqlite"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(perSystem: number, crowdFile: string) {
  const startedAt = performance.now();
  const world = createScanWorld({ entities: perSystem, crowdFile, ...latency });
  world.plant();
  world.advance(hourMs);
  const edited = disturb(world, perSystem);
  world.advance(hourMs);
  const first = await timed(world, perSystem);
  const truth = judged(world, first.run, edited);
  world.advance(hourMs);
  const second = await timed(world, perSystem);
  const killed = await underKills(world, perSystem);
  const { queriesMax } = world.figures;
  world.end();
  return {
    records: perSystem * systems.length,
    ...truth,
    callsOverFloor: ratio(second.lists, second.floorCalls),
    // With what confirming and repairing cost; the first scan reads owners and account, too.
    callsOverFloorWithRepairs: ratio(first.calls, first.floorCalls),
    wallOverFloor: ratio(second.wallMs, second.floorMs),
    wallOverFloorWithRepairs: ratio(first.wallMs, first.floorMs),
    wallMinutes: Math.round(second.wallMs / 60_000),
    // Of everything but the row that says where the run stands.
    rowsWrittenPerDifference: ratio(first.rowsWritten, edited.length),
    rowsWrittenBySecondScan: second.rowsWritten,
    checkpointsPerPage: ratio(second.checkpoints, second.floorCalls),
    queriesPerInvocationMax: queriesMax,
    peakMemoryMiB: Math.max(first.peakMemoryMiB, second.peakMemoryMiB),
    killed,
    tookSeconds: Math.round((performance.now() - startedAt) / 1_000),
  };
}

interface Edited {
  readonly key: string;
  readonly ids: Ids;
  readonly title: string;
}

/** Direct edits, each of another entity, spread over the systems. */
function disturb(world: ScanWorld, perSystem: number): Edited[] {
  const step = Math.floor(perSystem / differences);
  return Array.from({ length: differences }, (_, index) => {
    const ids = world.ids(index * step + world.random.below(step));
    const system: SystemName = systems[index % systems.length]!;
    const title = `Title ${index} ${world.now()}`;
    world.edit(system, ids[system], title);
    return { key: `${system}/${ids[system]}`, ids, title };
  });
}

function isEverywhere({ doubles }: ScanWorld, ids: Ids, title: string): boolean {
  const contact = doubles.hubspot.portal.state.records["0-1"]?.[ids.hubspot];
  return (
    contact?.history.jobtitle?.[0]?.value === title &&
    doubles.ops.record("customers", ids.ops)?.role === title &&
    doubles.desk.record("customers", ids.desk)?.role === title
  );
}

/** One scan, by what it costs outside of the Worker. */
async function timed(world: ScanWorld, perSystem: number) {
  const { figures, hooks, doubles } = world;
  const before = { ...figures, calls: sum(figures.calls), at: world.now() };
  let peakMemoryMiB = 0;
  let pages = 0;
  let memory = 0;
  const every = Math.ceil((systems.length * perSystem) / pageSize / memorySamples);
  hooks.listed = async () => {
    pages += 1;
    if (pages === 1) memory = heapMiB();
    if (pages % every !== 0) return;
    // The doubles' logs of calls are theirs, not the Worker's.
    doubles.ops.calls.length = 0;
    doubles.desk.calls.length = 0;
    peakMemoryMiB = Math.max(peakMemoryMiB, heapMiB() - memory);
  };
  const run = await world.run();
  hooks.listed = async () => {};
  return {
    run,
    ...floorOf(run),
    wallMs: world.now() - before.at,
    calls: sum(figures.calls) - before.calls,
    lists: figures.lists - before.lists,
    compared: figures.compared - before.compared,
    rowsWritten: figures.rowsWritten - before.rowsWritten,
    checkpoints: figures.checkpoints - before.checkpoints,
    peakMemoryMiB: Math.max(0, round(peakMemoryMiB)),
  };
}

/** No walk takes fewer calls, nor less time than one system's take that may use all its budget. */
function floorOf({ counters }: Run) {
  const perSystem = Math.ceil(counters.read / systems.length / pageSize);
  const floorMs = (perSystem * budget.windowMs) / budget.windowMax;
  return { floorCalls: systems.length * perSystem, floorMs };
}

/** The same once more, its worker killed again and again. */
async function underKills(world: ScanWorld, perSystem: number) {
  const edited = disturb(world, perSystem);
  world.advance(hourMs);
  let left = kills;
  const killAgain = () => {
    if (left === 0) return;
    left -= 1;
    world.killAfter(world.random.below(Math.floor((perSystem * systems.length) / pageSize / 7)));
  };
  world.hooks.died = killAgain;
  killAgain();
  const { run, lists, compared, floorCalls } = await timed(world, perSystem);
  world.hooks.died = () => {};
  return {
    kills: run.resumed,
    ...judged(world, run, edited),
    // Compared twice; and calls that a kill, or a repair, made good for nothing.
    pagesRepeated: compared - floorCalls,
    callsRepeated: lists - floorCalls,
  };
}

/** What is being repaired while the run is killed is on its way: found, and not called drift. */
function judged(world: ScanWorld, run: Run, edited: readonly Edited[]) {
  const findings = world.findings(run.id).map((row) => ({
    key: `${row.system}/${row.record_id}`,
    isClaimed: row.kind !== "moving",
  }));
  const found = new Set(findings.map(({ key }) => key));
  const keys = new Set(edited.map(({ key }) => key));
  return {
    missed: edited.filter(({ key }) => !found.has(key)).length,
    invented: findings.filter(({ key, isClaimed }) => isClaimed && !keys.has(key)).length,
    repaired: edited.filter(({ ids, title }) => isEverywhere(world, ids, title)).length,
  };
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heapMiB(): number {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);
const round = (figure: number): number => Math.round(figure * 1_000) / 1_000;
const ratio = (figure: number, floor: number): number => round(figure / floor);
