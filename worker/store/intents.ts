/**
 * Writes are durable before they are sent: an intent belongs to the one job that holds the entity
 * at the version it decided on, and ends only with the commit that says what became of it.
 */
import type { D1PreparedStatement } from "@cloudflare/workers-types";
import type { EntityId, ObjectName, SystemId } from "../../shared/record.ts";
import { filled, moved } from "./commit-guards.ts";
import type { Commit, NewLink } from "./commit-types.ts";
import { type Database, statementsFor } from "./database.ts";
import type { IntendedWrite } from "./load.ts";

export interface EntityIntent {
  readonly entityId: EntityId;
  /** The version the decision was made at. */
  readonly version: number;
  /** For an entity that does not exist yet: what it is born with. All of its links, or nothing. */
  readonly birth: { readonly object: ObjectName; readonly links: readonly NewLink[] } | null;
  /** Empty for an entity that is only born. */
  readonly writes: readonly IntendedWrite[];
  /** The commit id of an abandoned intent that this one takes over. */
  readonly takesOver: string | null;
}

/** What a job writes to one object of one system: counted before it is sent. */
export interface BrakeCount {
  readonly system: SystemId;
  readonly object: ObjectName;
  readonly writes: number;
  readonly blanks: number;
  readonly deletes: number;
  /** How many of a person's releases this uses up. */
  readonly released: number;
}

/**
 * Makes entities and intents durable; answers with the entities that may be written. Of two jobs
 * that race for one entity, one is not in the answer and must look again.
 */
export async function intend(
  db: Database,
  commitId: string,
  intents: readonly EntityIntent[],
  counts: { readonly brakes: readonly BrakeCount[]; readonly windowMs: number },
  now: number,
): Promise<ReadonlySet<EntityId>> {
  if (intents.length === 0) return new Set();
  const births = intents.filter(({ birth }) => birth !== null);
  const writing = intents.filter(takesIntent);
  const statements = [
    ...(births.length > 0
      ? [
          ...statementsFor(db, bearLinksSql, births),
          ...statementsFor(db, bearEntitiesSql, births, commitId, now),
        ]
      : []),
    ...statementsFor(db, intendSql, writing, commitId, now),
    ...statementsFor(db, brakeSql, counts.brakes, now, counts.windowMs),
  ];
  const held = await db.batch([
    ...statements,
    ...statementsFor(db, heldSql, intents.map(heldItem), commitId),
  ]);
  return new Set(
    held
      .slice(statements.length)
      .flat()
      .map((row) => String(row.id)),
  );
}

/** Also where nothing is left to write: an abandoned intent is ended only by its new owner. */
const takesIntent = ({ writes, takesOver }: EntityIntent): boolean =>
  writes.length > 0 || takesOver !== null;

const heldItem = (intent: EntityIntent) => ({
  entityId: intent.entityId,
  version: intent.version,
  born: intent.birth !== null,
  writing: takesIntent(intent),
});

const bearLinksSql = `
  INSERT INTO links (system, object, record_id, entity_id, url)
  SELECT l.value->>'system', l.value->>'object', l.value->>'recordId', e.value->>'entityId',
         l.value->>'url'
  FROM json_each(?1) e CROSS JOIN json_each(e.value->'birth'->'links') l
  WHERE NOT EXISTS (
    SELECT 1 FROM json_each(e.value->'birth'->'links') o CROSS JOIN links x
    WHERE x.system = o.value->>'system' AND x.object = o.value->>'object'
      AND x.record_id = o.value->>'recordId')
  ON CONFLICT DO NOTHING`;

const bearEntitiesSql = `
  INSERT INTO entities (id, object, version, commit_id, base, seen, seen_at, audit_entries,
                        created_at)
  SELECT e.value->>'entityId', e.value->'birth'->>'object', 0, ?2, '{}', '{}', NULL, 0, ?3
  FROM json_each(?1) e
  WHERE EXISTS (SELECT 1 FROM links x WHERE x.entity_id = e.value->>'entityId'
                                             AND x.alias = 0)
  ON CONFLICT DO NOTHING`;

const intendSql = `
  INSERT INTO intents (entity_id, version, commit_id, planned_at, writes)
  SELECT e.id, e.version, ?2, ?3, i.value->'writes'
  FROM json_each(?1) i CROSS JOIN entities e
  WHERE e.id = i.value->>'entityId' AND e.version = i.value->>'version'
  ON CONFLICT (entity_id) DO UPDATE SET
    version = excluded.version, commit_id = excluded.commit_id,
    planned_at = excluded.planned_at, writes = excluded.writes
  WHERE intents.commit_id = (
    SELECT i.value->>'takesOver' FROM json_each(?1) i
    WHERE i.value->>'entityId' = intents.entity_id)`;

const brakeSql = `
  INSERT INTO brakes (system, object, window_at, writes, blanks, deletes, released)
  SELECT j.value->>'system', j.value->>'object', ?2, j.value->>'writes', j.value->>'blanks',
         j.value->>'deletes', 0
  FROM json_each(?1) j WHERE true
  ON CONFLICT (system, object) DO UPDATE SET
    writes = CASE WHEN ?2 < window_at + ?3 THEN writes ELSE 0 END + excluded.writes,
    blanks = CASE WHEN ?2 < window_at + ?3 THEN blanks ELSE 0 END + excluded.blanks,
    deletes = CASE WHEN ?2 < window_at + ?3 THEN deletes ELSE 0 END + excluded.deletes,
    window_at = CASE WHEN ?2 < window_at + ?3 THEN window_at ELSE ?2 END,
    released = max(0, released - (
      SELECT j.value->>'released' FROM json_each(?1) j
      WHERE j.value->>'system' = brakes.system AND j.value->>'object' = brakes.object))`;

const heldSql = `
  SELECT e.id FROM json_each(?1) i CROSS JOIN entities e
  WHERE e.id = i.value->>'entityId' AND e.version = i.value->>'version'
    AND (NOT i.value->>'born' OR e.commit_id = ?2)
    AND (NOT i.value->>'writing'
      OR EXISTS (SELECT 1 FROM intents t WHERE t.entity_id = e.id AND t.commit_id = ?2))`;

/** Ends the intents of what is committed; what is not settled stays, free to be taken over. */
export const endings = (
  db: Database,
  { entities, abandon }: Pick<Commit, "entities" | "abandon">,
  commitId: string,
): D1PreparedStatement[][] => [
  filled(
    db,
    endIntentSql,
    entities.filter(({ unsettled }) => unsettled.length === 0),
    commitId,
  ),
  filled(
    db,
    keepIntentSql,
    entities.filter(({ unsettled }) => unsettled.length > 0),
    commitId,
  ),
  filled(db, abandonSql, abandon, commitId),
];

const endIntentSql = `
  DELETE FROM intents WHERE commit_id = ?2
    AND entity_id IN (SELECT j.value->>'entityId' FROM json_each(?1) j WHERE ${moved})`;

const keepIntentSql = `
  UPDATE intents SET planned_at = 0, writes = j.value->'unsettled'
  FROM json_each(?1) j
  WHERE intents.commit_id = ?2 AND intents.entity_id = j.value->>'entityId' AND ${moved}`;

const abandonSql = `
  UPDATE intents SET planned_at = 0
  WHERE commit_id = ?2 AND entity_id IN (SELECT value FROM json_each(?1))`;
