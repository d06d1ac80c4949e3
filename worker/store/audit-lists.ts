/**
 * The audit as people search it. Invariant: no question looks through more than a slice of it, and
 * every answer says how far it looked, so that a year of entries is never read for one page.
 */
import type { Database, Row } from "./database.ts";
import { holdsAny, needlesOf } from "./needles.ts";

export interface ListedEntry {
  readonly entityId: string;
  readonly entry: number;
  readonly at: number;
  readonly kind: string;
  /** Null once its values were erased. */
  readonly detail: unknown;
  /** Of the entity it is about; null where it is about none. */
  readonly object: string | null;
  readonly base: unknown;
}

/** An entity's entries, newest first, from before one on. */
export async function entriesOf(
  db: Database,
  entityId: string,
  before: number | null,
  limit: number,
): Promise<readonly ListedEntry[]> {
  const [rows = []] = await db.batch([
    db
      .prepare(
        `SELECT a.*, e.object, e.base FROM audit a LEFT JOIN entities e ON e.id = a.entity_id
         WHERE a.entity_id = ?1 AND a.entry < ?2 ORDER BY a.entry DESC LIMIT ?3`,
      )
      .bind(entityId, before ?? Number.MAX_SAFE_INTEGER, limit),
  ]);
  return rows.map(listedOf);
}

/** [at, entity, entry] of the last one looked at. */
export type AuditPlace = readonly [number, string, number];

export interface AuditQuestion {
  readonly from: number;
  readonly to: number;
  readonly kind: string | null;
  readonly object: string | null;
  /** Texts that the stored values must hold, case aside; a coarse sieve before the exact one. */
  readonly holding: readonly string[];
  readonly after: AuditPlace | null;
}

export interface AuditSlice {
  readonly entries: readonly ListedEntry[];
  /** Where to go on; null: all was looked through. */
  readonly next: AuditPlace | null;
}

/** Newest first; looks through at most `scanned` entries for at most `limit`. */
export async function auditSlice(
  db: Database,
  question: AuditQuestion,
  { limit, scanned }: { readonly limit: number; readonly scanned: number },
): Promise<AuditSlice> {
  const { from, to, kind, object, holding, after } = question;
  const place = after ?? [to, lastText, 0];
  const looked = [from, ...place, kind] as const;
  const [rows = [], ends = []] = await db.batch([
    db
      .prepare(sliceSql)
      .bind(...looked, scanned, object, JSON.stringify(holding.map(needlesOf)), limit + 1),
    db.prepare(endSql).bind(...looked, scanned - 1),
  ]);
  const entries = rows.slice(0, limit).map(listedOf);
  const last = entries.at(-1);
  if (rows.length > limit && last !== undefined) {
    return { entries, next: [last.at, last.entityId, last.entry] };
  }
  const [end] = ends;
  return {
    entries,
    next: end === undefined ? null : [Number(end.at), String(end.entity_id), Number(end.entry)],
  };
}

/** After every id of ours. */
const lastText = "\u{10ffff}";

const lookedSql = `
  FROM audit
  WHERE at >= ?1 AND at <= ?2 AND (at, entity_id, entry) < (?2, ?3, ?4)
    AND (?5 IS NULL OR kind = ?5)
  ORDER BY at DESC, entity_id DESC, entry DESC`;

// The slice is chosen from the index alone; only its rows are then looked at in full.
const sliceSql = `
  SELECT a.*, e.object, e.base
  FROM (SELECT entity_id, entry ${lookedSql} LIMIT ?6) s
  CROSS JOIN audit a ON a.entity_id = s.entity_id AND a.entry = s.entry
  LEFT JOIN entities e ON e.id = a.entity_id
  WHERE (?7 IS NULL OR e.object = ?7)
    AND NOT EXISTS (SELECT 1 FROM json_each(?8) t WHERE NOT ${holdsAny("a.detail", "t.value")})
  ORDER BY a.at DESC, a.entity_id DESC, a.entry DESC LIMIT ?9`;

const endSql = `SELECT at, entity_id, entry ${lookedSql} LIMIT 1 OFFSET ?6`;

const listedOf = (row: Row): ListedEntry => ({
  entityId: String(row.entity_id),
  entry: Number(row.entry),
  at: Number(row.at),
  kind: String(row.kind),
  detail: row.detail === null ? null : JSON.parse(String(row.detail)),
  object: row.object == null ? null : String(row.object),
  base: row.base == null ? {} : JSON.parse(String(row.base)),
});
