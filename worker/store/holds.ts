/** What operators do about pauses and the brake; each act is in the audit in the same batch. */
import { type Act, acted } from "./acts.ts";
import type { Database, Row } from "./database.ts";
import { keyOfRow, type RecordKey } from "./mailbox.ts";

export interface Pause {
  readonly scope: string;
  readonly reason: string;
  readonly by: string;
  readonly at: number;
}

export const pauseOfRow = (row: Row): Pause => ({
  scope: String(row.scope),
  reason: String(row.reason),
  by: String(row.by),
  at: Number(row.at),
});

export interface HeldPoke extends RecordKey {
  readonly heldBy: string;
  readonly since: number;
}

export async function pause(
  db: Database,
  { scope, reason }: Pick<Pause, "scope" | "reason">,
  act: Act,
): Promise<void> {
  const { by, at } = act;
  await acted(db, { act: "pause", scope, reason, by }, act, [
    db
      .prepare(
        `INSERT INTO pauses (scope, reason, by, at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (scope) DO UPDATE SET reason = excluded.reason`,
      )
      .bind(scope, reason, by, at),
  ]);
}

/** Lets go of everything that waited for this pause; answers with the records that did. */
export async function resume(db: Database, scope: string, act: Act): Promise<readonly RecordKey[]> {
  const [, freed = []] = await acted(db, { act: "resume", scope, by: act.by }, act, [
    db.prepare(`DELETE FROM pauses WHERE scope = ?1`).bind(scope),
    db
      .prepare(
        `UPDATE pokes SET held_by = NULL, due_at = ?2 WHERE held_by = ?1 RETURNING ${keyColumns}`,
      )
      .bind(`pause:${scope}`, act.at),
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
  const detail = { act: "release", system, object, count, by };
  const [freed = []] = await acted(db, detail, act, [slice, ...allowance]);
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
    pauses: pauses.map(pauseOfRow),
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
