/** Entities found by what people know of them: an id, a link, a value, a part of a name. */
import { type Fields, fieldsSchema } from "../../shared/record.ts";
import { type Database, type Row, statementsFor } from "./database.ts";
import type { LinkedRecord } from "./load.ts";
import type { RecordKey } from "./mailbox.ts";
import { holdsAny, needlesOf } from "./needles.ts";

export interface FoundEntity {
  readonly entityId: string;
  readonly object: string;
  readonly base: Fields;
  readonly isErased: boolean;
  /** Of live links, by system. */
  readonly links: Readonly<Record<string, LinkedRecord>>;
}

/** Entities by id, in the order of the ids. */
export async function entitiesById(
  db: Database,
  ids: readonly string[],
): Promise<readonly FoundEntity[]> {
  if (ids.length === 0) return [];
  const [entities = [], links = []] = await Promise.all([
    db.batch(statementsFor(db, entitiesSql, ids)).then((rows) => rows.flat()),
    db.batch(statementsFor(db, linksSql, ids)).then((rows) => rows.flat()),
  ]);
  const linksOf = Map.groupBy(links, (row) => String(row.entity_id));
  const byId = new Map(
    entities.map((row) => [String(row.id), foundOf(row, linksOf.get(String(row.id)) ?? [])]),
  );
  return ids.flatMap((id) => byId.get(id) ?? []);
}

const entitiesSql = `
  SELECT e.* FROM json_each(?1) i CROSS JOIN entities e WHERE e.id = i.value`;
const linksSql = `
  SELECT l.* FROM json_each(?1) i CROSS JOIN links l WHERE l.entity_id = i.value AND l.alias = 0`;

const foundOf = (row: Row, links: readonly Row[]): FoundEntity => ({
  entityId: String(row.id),
  object: String(row.object),
  base: fieldsSchema.parse(JSON.parse(String(row.base))),
  isErased: row.erased_at !== null,
  links: Object.fromEntries(
    links.map((link) => [
      String(link.system),
      { recordId: String(link.record_id), url: link.url === null ? null : String(link.url) },
    ]),
  ),
});

/** Entities that any of these records is linked to, also by an id that a merge retired. */
export async function entitiesOfKeys(
  db: Database,
  keys: readonly RecordKey[],
): Promise<readonly { readonly key: RecordKey; readonly entityId: string }[]> {
  if (keys.length === 0) return [];
  const rows = (await db.batch(statementsFor(db, keysSql, keys))).flat();
  return rows.map((row) => ({
    key: {
      system: String(row.system),
      object: String(row.object),
      recordId: String(row.record_id),
    },
    entityId: String(row.entity_id),
  }));
}

const keysSql = `
  SELECT l.* FROM json_each(?1) k CROSS JOIN links l
  WHERE l.system = k.value->>'system' AND l.object = k.value->>'object'
    AND l.record_id = k.value->>'recordId'`;

/**
 * Entities whose agreed values hold one of the texts, in the order of their ids: at most `scanned`
 * of them are looked through, and the last of those is where to go on.
 */
export async function entitiesHolding(
  db: Database,
  texts: readonly string[],
  after: string,
  { limit, scanned }: { readonly limit: number; readonly scanned: number },
): Promise<{ readonly ids: readonly string[]; readonly next: string | null }> {
  const [rows = [], ends = []] = await db.batch([
    db
      .prepare(
        `SELECT id FROM (SELECT id, base FROM entities WHERE id > ?1 ORDER BY id LIMIT ?2)
         WHERE ${holdsAny("base", "?3")} ORDER BY id LIMIT ?4`,
      )
      .bind(after, scanned, JSON.stringify(texts.flatMap(needlesOf)), limit),
    db
      .prepare(`SELECT id FROM entities WHERE id > ?1 ORDER BY id LIMIT 1 OFFSET ?2`)
      .bind(after, scanned - 1),
  ]);
  const ids = rows.map((row) => String(row.id));
  const end = ends[0] === undefined ? null : String(ends[0].id);
  return { ids, next: ids.length === limit ? (ids.at(-1) ?? null) : end };
}
