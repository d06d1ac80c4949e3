/**
 * One answer of a person to many conflicts. Invariant: the answer to each is kept only if it still
 * shows what the person saw, and a step that was taken once is not taken again.
 */

import type { Ruling } from "../core/decision.ts";
import { type Act, acted } from "./acts.ts";
import { type Database, type Row, statementsFor } from "./database.ts";
import { type NewPoke, pokeStatements } from "./mailbox.ts";

export interface BulkRuling {
  readonly fingerprint: string;
  readonly personId: string;
  readonly by: string;
  readonly at: number;
  readonly exceptionIds: readonly string[];
}

export async function bulkRuling(db: Database, fingerprint: string): Promise<BulkRuling | null> {
  const [rows = []] = await db.batch([
    db.prepare(`SELECT * FROM bulk_rulings WHERE fingerprint = ?1`).bind(fingerprint),
  ]);
  return rows[0] === undefined ? null : bulkOfRow(rows[0]);
}

const bulkOfRow = (row: Row): BulkRuling => ({
  fingerprint: String(row.fingerprint),
  personId: String(row.by_id),
  by: String(row.by_name),
  at: Number(row.at),
  exceptionIds: JSON.parse(String(row.exceptions)) as string[],
});

/** All of it in one batch, guarded by the row that says that this step was taken. */
export async function ruleMany(
  db: Database,
  bulk: BulkRuling,
  rulings: readonly Ruling[],
  pokes: readonly NewPoke[],
  act: Act,
): Promise<void> {
  const { fingerprint, personId, by, at, exceptionIds } = bulk;
  const detail = { act: "settle_many", count: rulings.length, by, exceptions: exceptionIds };
  await acted(db, detail, act, [
    // Not "on conflict do nothing": of two that are sent at once, one fails whole and asks again.
    db
      .prepare(
        `INSERT INTO bulk_rulings (fingerprint, by_id, by_name, at, exceptions)
         VALUES (?1, ?2, ?3, ?4, ?5)`,
      )
      .bind(fingerprint, personId, by, at, JSON.stringify(exceptionIds)),
    ...statementsFor(db, ruleSql, rulings, at),
    ...pokeStatements(db, pokes, at),
  ]);
}

const ruleSql = `
  UPDATE exceptions SET status = 'ruled', ruling = j.value, undo = NULL, changed_at = ?2
  FROM json_each(?1) j
  WHERE exceptions.id = j.value->>'exceptionId' AND exceptions.status = 'open'
    AND exceptions.shown = j.value->>'shown'`;

/** How far such a step is: exceptions by what became of them. */
export async function bulkProgress(
  db: Database,
  exceptionIds: readonly string[],
): Promise<Readonly<Record<"open" | "ruled" | "settled", number>>> {
  const rows = (
    await db.batch(
      statementsFor(
        db,
        `SELECT x.status, count(*) AS count FROM json_each(?1) i CROSS JOIN exceptions x
         WHERE x.id = i.value GROUP BY x.status`,
        exceptionIds,
      ),
    )
  ).flat();
  const of = (status: string) => Number(rows.find((row) => row.status === status)?.count ?? 0);
  return { open: of("open"), ruled: of("ruled"), settled: of("settled") };
}
