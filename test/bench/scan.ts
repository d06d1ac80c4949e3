/**
 * What a scan costs and finds: three systems that agree on many records, two hundred of which were
 * edited behind our back. The Worker's jobs and connectors run in this process between the doubles,
 * on a virtual clock, under the budget that HubSpot allows.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Run } from "../../worker/store/runs.ts";
import {
  budget,
  createScanWorld,
  type Ids,
  type ScanWorld,
  type SystemName,
  scanShare,
  systems,
} from "../worker/scan-world.ts";

const sizes = [10_000, 100_000];
const differences = 200;
const kills = 20;
/** Collecting a large heap takes long; so often, while one scan runs. */
const memorySamples = 20;
const hourMs = 3_600_000;
const latency = { callMs: 50, d1Ms: 5, hopMs: 1_000 } as const;
const pageSize = 100;

export async function bench() {
  const results: Record<string, Awaited<ReturnType<typeof measure>>> = {};
  for (const records of sizes) results[records] = await measure(records);
  return { latency, budget, sizes: results };
}

/** Also by itself, for sizes that take too long for every day. */
export async function measure(records: number) {
  const world = createScanWorld({ entities: records, ...latency });
  const all = world.seed();
  world.advance(hourMs);
  const edited = disturb(world, all);
  world.advance(hourMs);
  const first = await timed(world, records);
  const truth = judged(world, first.run, edited);
  world.advance(hourMs);
  const second = await timed(world, records);
  const killed = await underKills(world, all);
  world.end();
  return {
    records: records * systems.length,
    ...truth,
    callsOverFloor: ratio(second.lists, second.floorCalls),
    // With what confirming and repairing cost; the first scan reads owners and account, too.
    callsOverFloorWithRepairs: ratio(first.calls, first.floorCalls),
    wallOverFloor: ratio(second.wallMs, second.floorMs),
    // The scan's share of the budget leaves the rest to people and events.
    wallOverWholeBudgetFloor: ratio(second.wallMs, second.floorMs * scanShare),
    wallMinutes: Math.round(second.wallMs / 60_000),
    rowsWrittenPerDifference: ratio(first.rowsWritten, edited.length),
    rowsWrittenBySecondScan: second.rowsWritten,
    checkpoints: second.checkpoints,
    peakMemoryMiB: Math.max(first.peakMemoryMiB, second.peakMemoryMiB),
    killed,
  };
}

interface Edited {
  readonly key: string;
  readonly ids: Ids;
  readonly title: string;
}

/** Direct edits, each of another entity, spread over the systems. */
function disturb(world: ScanWorld, all: readonly Ids[]): Edited[] {
  const step = Math.floor(all.length / differences);
  return Array.from({ length: differences }, (_, index) => {
    const ids = all[index * step + world.random.below(step)]!;
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
async function timed(world: ScanWorld, records: number) {
  const { figures, hooks, doubles } = world;
  const before = { at: world.now(), calls: sum(figures.calls), lists: figures.lists };
  figures.rowsWritten = 0;
  figures.checkpoints = 0;
  let peakMemoryMiB = 0;
  let pages = 0;
  let memory = 0;
  const every = Math.ceil((systems.length * records) / pageSize / memorySamples);
  hooks.listed = async () => {
    pages += 1;
    // From the first page on: by then the doubles have sorted what they list.
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
    rowsWritten: figures.rowsWritten,
    checkpoints: figures.checkpoints,
    peakMemoryMiB: Math.max(0, round(peakMemoryMiB)),
  };
}

/** No walk takes fewer calls, nor less time: pages come one after the other, each under budget. */
function floorOf({ counters }: Run) {
  const perSystem = Math.ceil(counters.read / systems.length / pageSize);
  const callMs = budget.windowMs / Math.floor(budget.windowMax * scanShare);
  return {
    floorCalls: perSystem * systems.length,
    floorMs: systems.length * perSystem * Math.max(latency.callMs, callMs),
  };
}

/** The same once more, its worker killed again and again. */
async function underKills(world: ScanWorld, all: readonly Ids[]) {
  const edited = disturb(world, all);
  world.advance(hourMs);
  let left = kills;
  const killAgain = () => {
    if (left === 0) return;
    left -= 1;
    world.killAfter(world.random.below(Math.min(400, Math.floor(all.length / 60))));
  };
  world.hooks.died = killAgain;
  killAgain();
  const { run, lists, floorCalls } = await timed(world, all.length);
  world.hooks.died = () => {};
  return {
    kills: run.resumed,
    ...judged(world, run, edited),
    pagesRepeated: lists - floorCalls,
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
