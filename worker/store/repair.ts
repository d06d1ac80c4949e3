/** A person's word that records are to be looked at again, stored with the pokes that follow. */
import type { Database } from "./database.ts";
import { type Act, audited } from "./holds.ts";
import { pokeStatements, type RecordKey } from "./mailbox.ts";

export async function putRepair(
  db: Database,
  keys: readonly RecordKey[],
  about: { readonly object: string; readonly entityId: string | null },
  act: Act,
): Promise<void> {
  const entry = await audited(db, { act: "repair", by: act.by, ...about }, act);
  // As a scan would: fields that only scans keep the same are repaired as well.
  const pokes = keys.map((key) => ({ ...key, lane: "scan" as const, echo: null }));
  await db.batch([...pokeStatements(db, pokes, act.at), entry]);
}
