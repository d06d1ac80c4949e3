/** What systems say of their objects, held against the configuration: kept, told, settled. */
import type { FieldName, ObjectName, SystemId } from "../../shared/record.ts";
import { type Database, type Row, statementsFor } from "./database.ts";

export interface SchemaPlace {
  readonly system: SystemId;
  readonly object: ObjectName;
}

export interface DriftedField extends SchemaPlace {
  readonly field: FieldName;
}

export interface NewDrift extends DriftedField {
  /** Of its exception, if it is new. */
  readonly exceptionId: string;
  readonly subject: string;
  readonly detail: unknown;
  readonly shown: string;
}

export const driftedOf = (row: Row): DriftedField => ({
  system: String(row.system),
  object: String(row.object),
  field: String(row.field),
});

/** Takes the places whose last check is older than this; of two that ask at once, one gets them. */
export async function takeChecks(
  db: Database,
  places: readonly SchemaPlace[],
  olderThan: number,
  now: number,
): Promise<readonly SchemaPlace[]> {
  if (places.length === 0) return [];
  const rows = (await db.batch(statementsFor(db, takeSql, places, olderThan, now))).flat();
  return rows.map((row) => ({ system: String(row.system), object: String(row.object) }));
}

// A time still to come was written by a clock that jumped, and says nothing.
const takeSql = `
  INSERT INTO schema_checks (system, object, at)
  SELECT value->>'system', value->>'object', ?3 FROM json_each(?1) WHERE true
  ON CONFLICT (system, object) DO UPDATE SET at = excluded.at 
    WHERE schema_checks.at <= ?2 OR schema_checks.at > ?3
  RETURNING system, object`;

/**
 * Replaces what is known of a place; answers with the exceptions that were opened. Entities that
 * were looked at while a field was held, or `sinceMs` before that was noticed, are poked when it is
 * mended.
 */
export async function keepDrifts(
  db: Database,
  { system, object }: SchemaPlace,
  drifts: readonly NewDrift[],
  sinceMs: number,
  now: number,
): Promise<readonly string[]> {
  const items = JSON.stringify(drifts);
  const place = [system, object] as const;
  const results = await db.batch([
    db.prepare(lookAgainSql).bind(items, ...place, now, sinceMs),
    db.prepare(mendedSql).bind(items, ...place),
    db.prepare(settleSql).bind(items, ...place, now),
    db.prepare(insertSql).bind(items, now),
    db.prepare(raiseSql).bind(items, now),
  ]);
  return (results[4] ?? []).map((row) => String(row.id));
}

const lookAgainSql = `
  INSERT INTO pokes (system, object, record_id, arrivals, first_at, last_at, due_at, attempt, lane,
                     echo)
  SELECT DISTINCT l.system, l.object, l.record_id, 1, ?4, ?4, ?4, 0, 'scan', NULL
  FROM drifts d CROSS JOIN entities e CROSS JOIN links l
  WHERE d.system = ?2 AND d.object = ?3
    AND d.field NOT IN (SELECT value->>'field' FROM json_each(?1))
    AND e.object = ?3 AND (e.seen_at >= d.since - ?5 OR d.since > ?4)
    AND l.entity_id = e.id AND l.alias = 0 AND l.system = ?2
  ON CONFLICT (system, object, record_id) DO UPDATE SET
    arrivals = arrivals + 1, last_at = excluded.last_at, due_at = min(due_at, excluded.due_at),
    echo = NULL`;

const mendedSql = `
  DELETE FROM drifts WHERE system = ?2 AND object = ?3
    AND field NOT IN (SELECT value->>'field' FROM json_each(?1))`;

const settleSql = `
  UPDATE exceptions SET status = 'settled', settled_at = ?4, resolution = 'mended'
  WHERE kind = 'schema' AND status <> 'settled' AND system = ?2 AND object = ?3
    AND subject NOT IN (SELECT value->>'subject' FROM json_each(?1))`;

const insertSql = `
  INSERT INTO drifts (system, object, field, since)
  SELECT value->>'system', value->>'object', value->>'field', ?2 FROM json_each(?1) WHERE true
  ON CONFLICT DO NOTHING`;

const raiseSql = `
  INSERT INTO exceptions (id, kind, subject, object, entity_id, system, record_id, field, status,
                          detail, shown, ruling, opened_at, changed_at)
  SELECT value->>'exceptionId', 'schema', value->>'subject', value->>'object', NULL,
         value->>'system', NULL, value->>'field', 'open', value->'detail', value->>'shown', NULL,
         ?2, ?2
  FROM json_each(?1) WHERE true
  ON CONFLICT (subject) WHERE status <> 'settled' DO UPDATE SET
    detail = excluded.detail, shown = excluded.shown, changed_at = excluded.changed_at
  WHERE exceptions.shown IS NOT excluded.shown
  RETURNING id`;
