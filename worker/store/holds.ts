/** What operators do about pauses and the brake; each act is in the audit in the same batch. */
import type { D1PreparedStatement } from "@cloudflare/workers-types";
import { chained, emptyHead } from "../core/audit-chain.ts";
import type { Database } from "./database.ts";
import { keyOfRow, type RecordKey } from "./mailbox.ts";

/** Acts of operators are audited under this name instead of an entity's. */
export const operatorsEntity = "@operators";

export interface Pause {
  readonly scope: string;
  readonly reason: string;
  readonly by: string;
  readonly at: number;
}

export interface HeldPoke extends RecordKey {
  readonly heldBy: string;
  readonly since: number;
}

/** An act of an operator: who, when, and a salt for its audit entry. */
export interface Act {
  readonly by: string;
  readonly at: number;
  readonly salt: string;
}

export async function pause(
  db: Database,
  { scope, reason }: Pick<Pause, "scope" | "reason">,
  act: Act,
): Promise<void> {
  const { by, at } = act;
  const entry = await audited(db, { act: "pause", scope, reason, by }, act);
  await db.batch([
    db
      .prepare(
        `INSERT INTO pauses (scope, reason, by, at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (scope) DO UPDATE SET reason = excluded.reason`,
      )
      .bind(scope, reason, by, at),
    entry,
  ]);
}

/** Lets go of everything that waited for this pause; answers with the records that did. */
export async function resume(db: Database, scope: string, act: Act): Promise<readonly RecordKey[]> {
  const entry = await audited(db, { act: "resume", scope, by: act.by }, act);
  const [, freed = []] = await db.batch([
    db.prepare(`DELETE FROM pauses WHERE scope = ?1`).bind(scope),
    db
      .prepare(
        `UPDATE pokes SET held_by = NULL, due_at = ?2 WHERE held_by = ?1 RETURNING ${keyColumns}`,
      )
      .bind(`pause:${scope}`, act.at),
    entry,
  ]);
  return freed.map(keyOfRow);
}

/**
 * Releases a slice of what the brake holds, oldest first. Null releases everything and takes the
 * brake off.
 */
export async function release(
  db: Database,
  target: { readonly system: string; readonly object: string; readonly count: number | null },
  act: Act,
): Promise<readonly RecordKey[]> {
  const { system, object, count } = target;
  const { by, at: now } = act;
  const entry = await audited(db, { act: "release", system, object, count, by }, act);
  const subject = `brake:${system}/${object}`;
  const slice = db
    .prepare(
      `UPDATE pokes SET held_by = NULL, due_at = ?3
       WHERE (system, object, record_id) IN (
         SELECT system, object, record_id FROM pokes WHERE held_by = ?1
         ORDER BY first_at LIMIT ?2)
       RETURNING ${keyColumns}`,
    )
    .bind(subject, count ?? -1, now);
  const allowance =
    count === null
      ? [
          db
            .prepare(
              `UPDATE exceptions SET status = 'settled', settled_at = ?2, resolution = 'released'
               WHERE subject = ?1 AND status <> 'settled'`,
            )
            .bind(subject, now),
          db
            .prepare(
              `UPDATE brakes SET window_at = ?3, writes = 0, blanks = 0, deletes = 0, released = 0
               WHERE system = ?1 AND object = ?2`,
            )
            .bind(system, object, now),
        ]
      : [
          db
            .prepare(`UPDATE brakes SET released = released + ?3 WHERE system = ?1 AND object = ?2`)
            .bind(system, object, count),
        ];
  const [freed = []] = await db.batch([slice, ...allowance, entry]);
  return freed.map(keyOfRow);
}

export async function holds(
  db: Database,
  limit: number,
): Promise<{ readonly pauses: readonly Pause[]; readonly held: readonly HeldPoke[] }> {
  const [pauses = [], held = []] = await db.batch([
    db.prepare(`SELECT * FROM pauses ORDER BY at`),
    db
      .prepare(
        `SELECT system, object, record_id, held_by, first_at FROM pokes
         WHERE held_by IS NOT NULL ORDER BY first_at LIMIT ?1`,
      )
      .bind(limit),
  ]);
  return {
    pauses: pauses.map((row) => ({
      scope: String(row.scope),
      reason: String(row.reason),
      by: String(row.by),
      at: Number(row.at),
    })),
    held: held.map((row) => ({
      system: String(row.system),
      object: String(row.object),
      recordId: String(row.record_id),
      heldBy: String(row.held_by),
      since: Number(row.first_at),
    })),
  };
}

const keyColumns = "system, object, record_id";

/** Of two acts at the same moment one fails on the entry's number and is asked for again. */
export async function audited(
  db: Database,
  detail: unknown,
  act: Act,
): Promise<D1PreparedStatement> {
  const [rows = []] = await db.batch([
    db
      .prepare(`SELECT entry, chain FROM audit WHERE entity_id = ?1 ORDER BY entry DESC LIMIT 1`)
      .bind(operatorsEntity),
  ]);
  const [last] = rows;
  const {
    entityId,
    entry,
    at,
    kind,
    detail: text,
    salt,
    commitment,
    chain,
  } = await chained(
    {
      entityId: operatorsEntity,
      entry: last === undefined ? 0 : Number(last.entry) + 1,
      at: act.at,
      kind: "operated",
      detail: JSON.stringify(detail),
      salt: act.salt,
    },
    last === undefined ? emptyHead : String(last.chain),
  );
  return db
    .prepare(
      `INSERT INTO audit (entity_id, entry, at, kind, detail, salt, commitment, chain)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
    )
    .bind(entityId, entry, at, kind, text, salt, commitment, chain);
}
