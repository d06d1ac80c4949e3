/**
 * A person's choice between values: made durable here, once, while the exception still shows what
 * the person saw. What follows is the ordinary job's.
 */
import type { D1PreparedStatement } from "@cloudflare/workers-types";
import type { Ruling } from "../core/decision.ts";
import type { Database } from "./database.ts";
import type { RecordKey } from "./mailbox.ts";

/** Records a person's answer, if the exception still shows what the person saw. */
export async function rule(
  db: Database,
  exceptionId: string,
  ruling: Ruling,
  key: RecordKey,
  now: number,
): Promise<boolean> {
  const [ruled] = await db.batch([
    db
      .prepare(
        `UPDATE exceptions SET status = 'ruled', ruling = ?3, undo = NULL, changed_at = ?4
         WHERE id = ?1 AND status = 'open' AND shown = ?2 RETURNING id`,
      )
      .bind(exceptionId, ruling.shown, JSON.stringify(ruling), now),
    pokeIfRuled(db, exceptionId, key, now),
  ]);
  return (ruled?.length ?? 0) > 0;
}

/** A person waits for what they answered: the record is looked at, if the answer was taken. */
export const pokeIfRuled = (
  db: Database,
  exceptionId: string,
  key: RecordKey,
  now: number,
): D1PreparedStatement =>
  db
    .prepare(
      `INSERT INTO pokes (system, object, record_id, arrivals, first_at, last_at, due_at, attempt,
                          lane, echo)
       SELECT ?1, ?2, ?3, 1, ?4, ?4, ?4, 0, 'person', NULL
       WHERE EXISTS (SELECT 1 FROM exceptions WHERE id = ?5 AND status = 'ruled')
       ON CONFLICT DO UPDATE SET arrivals = arrivals + 1, due_at = ?4, lane = 'person',
         echo = NULL`,
    )
    .bind(key.system, key.object, key.recordId, now, exceptionId);
