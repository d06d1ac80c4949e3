/**
 * Judges a run by what people did, what the systems hold and what our own tables say; it knows
 * nothing of how the Worker works. A broken invariant is a violation with its number.
 */
import { type Case, type Counts, noCounts, type Violation } from "./case.ts";
import type { WorldHooks } from "./ground.ts";
import { isClockOff } from "./habits.ts";
import { differences } from "./judge-convergence.ts";
import { judgeEnd } from "./judge-end.ts";
import { createErasureJudge, type ErasureJudge } from "./judge-erasure.ts";
import { createRulingJudge, type Ruled, type RulingJudge } from "./judge-rulings.ts";
import { createTableJudge, type TableJudge } from "./judge-tables.ts";
import { createWriteJudge, type WriteJudge } from "./judge-writes.ts";
import { createLedger, type HeldRecord, type Ledger } from "./ledger.ts";
import type { World } from "./world.ts";

/** Invariants that no run can judge; all others are judged. */
export const laterInvariants: Readonly<Record<string, string>> = {
  I17: "one deployment serves one account; what comes from another (F6) is refused",
  I22: "canonical forms are laws of the core's own tests",
  I26: "companies and associations are in the tests of the jobs",
};

export interface Auditor {
  readonly hooks: WorldHooks;
  readonly ledger: Ledger;
  readonly violations: readonly Violation[];
  readonly counts: Counts;
  attach(world: World): void;
  /** People did something: look. */
  observe(): void;
  violate(invariant: string, message: string): void;
  /** Of a quiet world whose faults are healed. */
  judgeConvergence(): readonly string[];
  judgeEnd(): void;
  /** A person makes a choice at the card. */
  asked(ruling: Ruled): void;
  /** The card said that it is done. */
  ruled(ruling: Ruled): void;
  /** Somebody is about to be forgotten. */
  erasing(record: HeldRecord): void;
}

interface Court {
  readonly on: Case;
  readonly writes: WriteJudge;
  readonly tables: TableJudge;
  readonly rulings: RulingJudge;
  readonly erasure: ErasureJudge;
}

const violationsMax = 20;

export function createAuditor(): Auditor {
  const violations: Violation[] = [];
  const counts = noCounts();
  const violate = (invariant: string, message: string) => {
    if (violations.length < violationsMax) violations.push({ invariant, message });
  };
  let court: Court;
  return {
    violations,
    counts,
    violate,
    hooks: {
      requested: (call) => court.writes.requested(call),
      carriedOut: (call, ok) => court.writes.carriedOut(call, ok),
      committed() {
        court.writes.committed();
        court.tables.committed();
        court.erasure.committed();
      },
      logged: (line) => judgeLine(line, violate),
    },
    get ledger() {
      return court.on.ledger;
    },
    attach(world) {
      const linked = new Map<string, Set<string>>();
      court = courtOf({ world, ledger: createLedger(world), counts, violate, linked });
      counts.clocksOff += Number(isClockOff(world.habits));
      counts.polled += Number(world.habits.polled !== "nobody");
    },
    observe: () => court.writes.observe(),
    judgeConvergence: () => differences(court.on),
    judgeEnd() {
      judgeEnd(court.on);
      court.erasure.judgeEnd();
    },
    asked(ruling) {
      court.rulings.asked(ruling);
      court.writes.chosen(objectOfEntity(court.on, ruling.entityId), ruling.field, ruling.value);
    },
    ruled: (ruling) => court.rulings.ruled(ruling),
    erasing: (record) => court.erasure.erasing(record),
  };
}

const courtOf = (on: Case): Court => ({
  on,
  writes: createWriteJudge(on),
  tables: createTableJudge(on),
  rulings: createRulingJudge(on),
  erasure: createErasureJudge(on),
});

const objectOfEntity = ({ world }: Case, entityId: string): string =>
  String(world.d1.all("SELECT object FROM entities WHERE id = ?1", entityId)[0]?.object);

/** I29: no line of a log holds a value; and no line tells of a broken invariant of the Worker. */
function judgeLine(line: string, violate: Case["violate"]): void {
  if (/canary|\+1415200/i.test(line)) {
    violate("I29", `a log line carries a value: ${line.slice(0, 300)}`);
  }
  if (/"reason":"assert|Cannot read prop|is not a function|is not iterable/i.test(line)) {
    violate("assert", line.slice(0, 300));
  }
}
