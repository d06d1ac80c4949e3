/**
 * Who waits in sight for another record is looked at as soon as that one has come, and not when its
 * turn is: whatever else holds it back goes on holding it.
 */
import type { EntityId } from "../../shared/record.ts";
import { type Database, statementsFor } from "./database.ts";
import { keyOfRow, type RecordKey } from "./mailbox.ts";

/** Whom of those that waited for these entities to ring for: one round trip, or none. */
export async function wakeWaiting(
  db: Database,
  entityIds: readonly EntityId[],
  now: number,
): Promise<readonly RecordKey[]> {
  if (entityIds.length === 0) return [];
  const results = await db.batch(statementsFor(db, wakeSql, entityIds, now));
  return results.flat().map(keyOfRow);
}

const wakeSql = `
  UPDATE pokes SET due_at = ?2
  WHERE held_by IS NULL AND due_at > ?2 AND (system, object, record_id) IN (
    SELECT o.system, o.object, o.record_id
    FROM exceptions x CROSS JOIN json_each(x.detail, '$.parents') p
      CROSS JOIN links l CROSS JOIN links o
    WHERE x.kind = 'waiting' AND x.status <> 'settled'
      AND l.system = p.value->>'system' AND l.object = p.value->>'object'
      AND l.record_id = p.value->>'recordId'
      AND l.entity_id IN (SELECT value FROM json_each(?1))
      AND o.entity_id = x.entity_id AND o.alias = 0)
  RETURNING system, object, record_id`;
