/** What a scan asks of the store, a page at a time: one round trip, and nothing is written. */
import * as z from "zod";
import {
  type EntityId,
  type Fields,
  fieldsSchema,
  type ObjectName,
  type SystemId,
} from "../../shared/record.ts";
import { lastId, type Stretch } from "../core/id-order.ts";
import { type Database, type Row, regrouped, statementsFor } from "./database.ts";
import {
  exceptionOfRow,
  type Loaded,
  loadedOf,
  loadGroups,
  loadStatements,
  type OpenException,
} from "./load.ts";
import { keyText, type RecordKey } from "./mailbox.ts";

export interface Known {
  readonly entityId: EntityId;
  readonly base: Fields;
  readonly seen: Readonly<Record<SystemId, Fields>>;
  /** Whether the record, or all of its entity, was found to be gone. */
  readonly isGone: boolean;
  /** Whether any exception of the entity is open. */
  readonly isHeld: boolean;
}

export interface PageKnown {
  /** By record id: those that an entity knows. */
  readonly known: ReadonlyMap<string, Known>;
  /** Ids of linked records in the stretches, in their order; at most `limit` a stretch. */
  readonly linked: readonly (readonly string[])[];
}

/** What is known of the records of a page, and which links lie in the same stretches of ids. */
export async function knownOfPage(
  db: Database,
  { system, object }: { readonly system: SystemId; readonly object: ObjectName },
  ids: readonly string[],
  linked: { readonly stretches: readonly Stretch[]; readonly limit: number },
): Promise<PageKnown> {
  const groups = [
    statementsFor(db, knownSql, ids, system, object),
    ...linked.stretches.map(({ after, upTo, lengthMin, lengthMax }) => [
      db.prepare(linkedSql).bind(system, object, after, upTo, lengthMin, lengthMax, linked.limit),
    ]),
  ];
  const [known = [], ...found] = regrouped(groups, await db.batch(groups.flat()));
  return {
    known: new Map(known.map((row) => [String(row.record_id), knownOfRow(row)])),
    linked: found.map((rows) => rows.map((row) => String(row.record_id))),
  };
}

// The values are compared in the Worker: a stored fingerprint would be one more row written for
// every change, to save bytes that cost nothing.
const knownSql = `
  SELECT l.record_id, e.id, e.base, e.seen, e.gone_at IS NOT NULL OR EXISTS (
    SELECT 1 FROM exceptions x
    WHERE x.entity_id = e.id AND x.status <> 'settled' AND x.kind = 'gone' AND x.system = ?2
  ) AS is_gone, EXISTS (
    SELECT 1 FROM exceptions x WHERE x.entity_id = e.id AND x.status <> 'settled'
  ) AS is_held
  FROM json_each(?1) k CROSS JOIN links l CROSS JOIN entities e
  WHERE l.system = ?2 AND l.object = ?3 AND l.record_id = k.value AND e.id = l.entity_id`;

const linkedSql = `
  SELECT record_id FROM links
  WHERE system = ?1 AND object = ?2 AND record_id > ?3 AND record_id <= ?4
    AND length(record_id) BETWEEN ?5 AND ?6 AND alias = 0
  ORDER BY record_id LIMIT ?7`;

/** Ids of the records that are linked in a system, in text order, from after one on. */
export async function linksAfter(
  db: Database,
  { system, object }: { readonly system: SystemId; readonly object: ObjectName },
  after: string | null,
  limit: number,
): Promise<readonly string[]> {
  const [rows = []] = await db.batch([
    db.prepare(linkedSql).bind(system, object, after ?? "", lastId, 0, 1_000_000, limit),
  ]);
  return rows.map((row) => String(row.record_id));
}

const seenSchema = z.record(z.string(), fieldsSchema);
const knownOfRow = (row: Row): Known => ({
  entityId: String(row.id),
  base: fieldsSchema.parse(JSON.parse(String(row.base))),
  seen: seenSchema.parse(JSON.parse(String(row.seen))),
  isGone: row.is_gone === 1,
  isHeld: row.is_held === 1,
});

/** All that bears on records which look as if something were the matter with them. */
export interface Closely extends Loaded {
  /** Open exceptions of records that no entity knows, by key. */
  readonly own: ReadonlyMap<string, { readonly kind: string; readonly changedAt: number }>;
}

export async function lookClosely(db: Database, keys: readonly RecordKey[]): Promise<Closely> {
  const groups = [...loadStatements(db, keys), statementsFor(db, ownSql, keys.map(keyText))];
  const rows = regrouped(groups, await db.batch(groups.flat()));
  const own = rows[loadGroups] ?? [];
  return {
    ...loadedOf(rows.slice(0, loadGroups)),
    own: new Map(
      own.map((row) => [
        String(row.subject),
        { kind: String(row.kind), changedAt: Number(row.changed_at) },
      ]),
    ),
  };
}

export interface HeldEntity {
  readonly entityId: EntityId;
  readonly seen: Readonly<Record<SystemId, Fields>>;
  /** Oldest first. */
  readonly exceptions: readonly OpenException[];
}

/** Entities of which an exception is open, the longest open first. */
export async function heldEntities(
  db: Database,
  object: ObjectName,
  limit: number,
): Promise<readonly HeldEntity[]> {
  const [rows = []] = await db.batch([db.prepare(heldSql).bind(object, limit)]);
  return [...Map.groupBy(rows, (row) => String(row.entity_id))].map(([entityId, group]) => ({
    entityId,
    seen: seenSchema.parse(JSON.parse(String(group[0]?.seen))),
    exceptions: group.map(exceptionOfRow),
  }));
}

const heldSql = `
  SELECT x.*, e.seen FROM exceptions x CROSS JOIN entities e
  WHERE x.object = ?1 AND x.status <> 'settled' AND e.id = x.entity_id
  ORDER BY x.opened_at LIMIT ?2`;

const ownSql = `
  SELECT x.subject, x.kind, x.changed_at FROM json_each(?1) k CROSS JOIN exceptions x
  WHERE x.subject = k.value AND x.status <> 'settled'`;
