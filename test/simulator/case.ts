/** What the judges of a run share: the world, what happened in it, and the counts. */
import type { Held } from "../../shared/record.ts";
import type { Ledger } from "./ledger.ts";
import type { World } from "./world.ts";

export interface Violation {
  readonly invariant: string;
  readonly message: string;
}

export const noCounts = () => ({
  writeCalls: 0,
  /** Rows written, but for those that are refused over and over and have an exception. */
  writesDue: 0,
  fieldsSent: 0,
  /** Values that took effect. */
  fieldsChanged: 0,
  /** Values that stood already, because an outcome of ours had been unknown. */
  fieldsResent: 0,
  /** Values that stood already, because somebody set the same between our read and our write. */
  fieldsRaced: 0,
  /** Values that stood already, without any such reason. */
  fieldsUnexplained: 0,
  creates: 0,
  rulings: 0,
  /** People who were forgotten, and runs over all records that came to their end. */
  erased: 0,
  scans: 0,
  /** Records archived because their counterpart was deleted. */
  archives: 0,
  /** Worlds whose clocks were off for the whole run, and worlds where a system was polled. */
  clocksOff: 0,
  polled: 0,
});

export type Counts = ReturnType<typeof noCounts>;

export interface Case {
  readonly world: World;
  readonly ledger: Ledger;
  readonly counts: Counts;
  readonly violate: (invariant: string, message: string) => void;
  /** By entity, the keys of all records it was ever linked to. */
  readonly linked: Map<string, Set<string>>;
}

/** Entity and object of a live link. */
export function entityOf(
  world: World,
  record: { readonly system: string; readonly object: string; readonly id: string },
): string | null {
  const [row] = world.d1.all(
    `SELECT entity_id FROM links
     WHERE alias = 0 AND system = ?1 AND object = ?2 AND record_id = ?3`,
    record.system,
    record.object,
    record.id,
  );
  return row === undefined ? null : String(row.entity_id);
}

export function baseOf(world: World, entityId: string): Readonly<Record<string, Held>> {
  const [row] = world.d1.all("SELECT base FROM entities WHERE id = ?1", entityId);
  return JSON.parse(String(row?.base ?? "{}")) as Record<string, Held>;
}
