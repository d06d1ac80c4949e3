/** A person's word that records are to be looked at again, stored with the pokes that follow. */
import { type Act, acted } from "./acts.ts";
import type { Database } from "./database.ts";
import { pokeStatements, type RecordKey } from "./mailbox.ts";

export async function putRepair(
  db: Database,
  keys: readonly RecordKey[],
  about: { readonly object: string; readonly entityId: string | null },
  act: Act,
): Promise<void> {
  // As a scan would: fields that only scans keep the same are repaired as well.
  const pokes = keys.map((key) => ({ ...key, lane: "scan" as const, echo: null }));
  const detail = { act: "repair", by: act.by, ...about };
  await acted(db, detail, act, pokeStatements(db, pokes, act.at));
}
