/** Many runs put together: what happened, what never did, and what must have happened. */
import { laterInvariants } from "./auditor.ts";
import { type Counts, noCounts } from "./case.ts";
import { type FaultCounts, type FaultId, faultTable, silent } from "./faults.ts";
import type { Coverage, RunResult } from "./run.ts";

export interface Failure {
  readonly seed: number;
  readonly violations: RunResult["violations"];
}

export interface Tally {
  seeds: number;
  readonly failures: Failure[];
  readonly faults: FaultCounts;
  readonly counts: Record<keyof (Counts & Coverage), number>;
  /** Runs by the cycles they needed to agree. */
  readonly cycles: Record<number, number>;
}

export const emptyTally = (): Tally => ({
  seeds: 0,
  failures: [],
  faults: {},
  counts: {
    ...noCounts(),
    edits: 0,
    conflicts: 0,
    exceptions: 0,
    braked: 0,
    unknownOutcomes: 0,
    foundByReading: 0,
    turns: 0,
  },
  cycles: {},
});

export function add(tally: Tally, result: Omit<RunResult, "tail">): void {
  tally.seeds += 1;
  const { seed, violations } = result;
  if (violations.length > 0) tally.failures.push({ seed, violations });
  addUp(tally.faults, result.faults);
  addUp(tally.counts, { ...result.counts });
  tally.cycles[result.cycles] = (tally.cycles[result.cycles] ?? 0) + 1;
}

export function merge(into: Tally, from: Tally): void {
  into.seeds += from.seeds;
  into.failures.push(...from.failures);
  addUp(into.faults, from.faults);
  addUp(into.counts, from.counts);
  for (const [cycles, runs] of Object.entries(from.cycles)) {
    into.cycles[Number(cycles)] = (into.cycles[Number(cycles)] ?? 0) + runs;
  }
}

function addUp(into: Partial<Record<string, number>>, from: Partial<Record<string, number>>): void {
  for (const [name, value] of Object.entries(from)) into[name] = (into[name] ?? 0) + (value ?? 0);
}

/** From so many seeds on a run must have met these, and every fault. */
const eventsAskedFrom = 40;
const faultsAskedFrom = 200;

/** Runs that never met these prove nothing; few seeds are not asked for all of it. */
export function uncovered({ seeds, counts, faults }: Tally): readonly string[] {
  if (seeds < eventsAskedFrom) return [];
  const events = { conflicts: "conflict", unknownOutcomes: "unknown outcome", braked: "brake" };
  const missing = Object.entries(events).flatMap(([name, what]) =>
    counts[name as keyof typeof events] === 0 ? [`no ${what} occurred`] : [],
  );
  if (seeds < faultsAskedFrom) return missing;
  return [...missing, ...silent(faults).map((id) => `${id} never fired`)];
}

export function printed(tally: Tally, seconds: number): string {
  const { counts } = tally;
  const faults = (Object.keys(faultTable) as FaultId[]).map((id) => {
    const entry = faultTable[id];
    const times = "later" in entry ? "-" : String(tally.faults[id] ?? 0);
    const why = "later" in entry ? `  ${entry.later}` : "";
    return `  ${id.padEnd(4)}${entry.what.padEnd(64)}${times.padStart(8)}${why}`;
  });
  const agreed = Object.entries(tally.cycles).map(([cycle, runs]) => `${runs} after ${cycle}`);
  const unjudged = Object.entries(laterInvariants).map(
    ([id, why]) => `  not judged here: ${id}, ${why}`,
  );
  return [
    `${tally.seeds} seeds in ${seconds.toFixed(1)} s, ${tally.failures.length} failed`,
    ...faults,
    ...unjudged,
    `  edits ${counts.edits}, conflicts ${counts.conflicts}, rulings ${counts.rulings},` +
      ` exceptions ${counts.exceptions}, braked ${counts.braked}`,
    ...amplification(counts),
    `  unknown outcomes ${counts.unknownOutcomes}, found by reading ${counts.foundByReading},` +
      ` turns ${counts.turns}`,
    `  archived for a counterpart ${counts.archives}, forgotten ${counts.erased},` +
      ` scans to their end ${counts.scans}`,
    `  worlds with wrong clocks ${counts.clocksOff}, worlds that are polled ${counts.polled}`,
    `  cycles to agree: ${agreed.join(", ")}`,
  ].join("\n");
}

/** What was sent beyond what had to be: only what an unknown outcome or a race explains. */
function amplification(counts: Tally["counts"]): string[] {
  const { fieldsSent, fieldsResent, fieldsRaced } = counts;
  const due = fieldsSent - fieldsResent - fieldsRaced;
  const without = counts.fieldsUnexplained;
  return [
    `  writes ${counts.writeCalls}, fields sent ${fieldsSent}: ${fieldsResent} again after an` +
      ` unknown outcome, ${fieldsRaced} set alike by somebody meanwhile`,
    `  write amplification without these ${((due + without) / Math.max(1, due)).toFixed(4)}`,
  ];
}
