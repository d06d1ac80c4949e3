/** A person takes their answer back: made durable here, carried out by the ordinary job. */

import type { Database } from "./database.ts";
import type { Undo } from "./load.ts";
import type { RecordKey } from "./mailbox.ts";
import { pokeIfRuled } from "./rulings.ts";

/** How long an answer may be taken back. */
export const undoableMs = 10 * 60_000;

/**
 * False if it is too late, if it was taken back before, or if the field was asked about anew since:
 * what would come back then is not what stood before this answer.
 */
export async function undo(
  db: Database,
  exceptionId: string,
  wish: Undo,
  key: RecordKey,
): Promise<boolean> {
  const [undone = []] = await db.batch([
    db
      .prepare(
        `UPDATE exceptions SET status = 'ruled', undo = ?2, changed_at = ?3, settled_at = NULL,
           resolution = NULL
         WHERE id = ?1 AND status = 'settled' AND resolution = 'ruled' AND undo IS NULL
           AND settled_at >= ?4 AND NOT EXISTS (
             SELECT 1 FROM exceptions o
             WHERE o.subject = exceptions.subject AND o.status <> 'settled')
           AND NOT EXISTS (
             SELECT 1 FROM exceptions o
             WHERE o.entity_id = exceptions.entity_id AND o.status = 'settled'
               AND o.resolution = 'ruled' AND o.settled_at >= exceptions.settled_at
               AND o.subject = exceptions.subject AND o.id <> exceptions.id)
         RETURNING id`,
      )
      .bind(exceptionId, JSON.stringify(wish), wish.at, wish.at - undoableMs),
    pokeIfRuled(db, exceptionId, key, wish.at),
  ]);
  return undone.length > 0;
}
