/** Many runs put together: what happened, what never did, and what must have happened. */
import type { Counts } from "./auditor.ts";
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
    writeCalls: 0,
    writesDue: 0,
    fieldsSent: 0,
    fieldsRepeated: 0,
    creates: 0,
    rulings: 0,
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

/** Runs that never met these prove nothing; few seeds are not asked for all of it. */
export function uncovered({ seeds, counts, faults }: Tally): readonly string[] {
  if (seeds < 20) return [];
  const events = { conflicts: "conflict", unknownOutcomes: "unknown outcome", braked: "brake" };
  const missing = Object.entries(events).flatMap(([name, what]) =>
    counts[name as keyof typeof events] === 0 ? [`no ${what} occurred`] : [],
  );
  return seeds < 100 ? missing : [...missing, ...silent(faults).map((id) => `${id} never fired`)];
}

export function printed(tally: Tally, seconds: number): string {
  const { counts, cycles } = tally;
  const faults = (Object.keys(faultTable) as FaultId[]).map((id) => {
    const entry = faultTable[id];
    const times = "later" in entry ? `later: ${entry.later}` : String(tally.faults[id] ?? 0);
    return `  ${id.padEnd(4)}${entry.what.padEnd(64)}${times.padStart(8)}`;
  });
  const agreed = Object.entries(cycles).map(([cycle, runs]) => `${runs} after ${cycle}`);
  return [
    `${tally.seeds} seeds in ${seconds.toFixed(1)} s, ${tally.failures.length} failed`,
    ...faults,
    `  edits ${counts.edits}, conflicts ${counts.conflicts}, rulings ${counts.rulings},` +
      ` exceptions ${counts.exceptions}, braked ${counts.braked}`,
    `  writes ${counts.writeCalls}, fields sent ${counts.fieldsSent},` +
      ` of which stood already ${counts.fieldsRepeated}`,
    `  unknown outcomes ${counts.unknownOutcomes}, found by reading ${counts.foundByReading},` +
      ` turns ${counts.turns}`,
    `  cycles to agree: ${agreed.join(", ")}`,
  ].join("\n");
}
