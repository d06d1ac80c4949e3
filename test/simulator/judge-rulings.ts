/** I23: an answer is done once, by what was shown, and every system holds it when it says so. */
import type { Held } from "../../shared/record.ts";
import type { Case } from "./case.ts";
import { recordKey } from "./ledger.ts";
import { same } from "./values.ts";

export interface Ruled {
  /** What the person was shown. */
  readonly shown: string;
  readonly exceptionId: string;
  readonly field: string;
  readonly entityId: string;
  readonly value: Held;
  readonly order: number;
}

export interface RulingJudge {
  asked(ruling: Ruled): void;
  ruled(ruling: Ruled): void;
}

export function createRulingJudge(on: Case): RulingJudge {
  const settledFor = new Map<string, Ruled>();
  const asked = new Map<string, Ruled>();
  return {
    asked(ruling) {
      if (!asked.has(askedKey(ruling))) asked.set(askedKey(ruling), ruling);
    },
    ruled(ruling) {
      on.counts.rulings += 1;
      // Who repeats an answer is told that it is done, whatever was changed since.
      const first = asked.get(askedKey(ruling)) ?? ruling;
      judgeRuling(on, { ...ruling, order: first.order });
      const earlier = settledFor.get(ruling.exceptionId);
      if (earlier !== undefined && !same(earlier.value, ruling.value)) {
        on.violate("I23", `exception ${ruling.exceptionId} was settled twice, differently`);
      }
      settledFor.set(ruling.exceptionId, ruling);
    },
  };
}

const askedKey = ({ exceptionId, value }: Ruled): string =>
  `${exceptionId}/${JSON.stringify(value)}`;

/** Told it is done, so every system held it, unless somebody changed it since. */
function judgeRuling({ world, ledger, violate }: Case, ruling: Ruled): void {
  const [exception] = world.d1.all(
    "SELECT ruling FROM exceptions WHERE id = ?1",
    ruling.exceptionId,
  );
  const kept = JSON.parse(String(exception?.ruling ?? null)) as { shown: string } | null;
  if (kept !== null && kept.shown !== ruling.shown) {
    violate("I23", "an answer to other values than those shown was taken as done");
  }
  const links = world.d1.all(
    "SELECT * FROM links WHERE alias = 0 AND entity_id = ?1",
    ruling.entityId,
  );
  for (const { system, object, record_id: recordId } of links) {
    const [name, id] = [String(system), String(recordId)];
    const record = ledger.records.get(recordKey(name, String(object), id));
    // It may have been merged or deleted while the answer was on its way.
    if (record === undefined || same(record.fields[ruling.field], ruling.value)) continue;
    const changedSince = ledger.changes.some(
      (change) =>
        change.order >= ruling.order && change.field === ruling.field && change.by !== "us",
    );
    if (changedSince) continue;
    violate("I23", `${name} ${id} ${ruling.field} was said to be settled and is not`);
  }
}
