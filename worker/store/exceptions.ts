/** Exceptions as people meet them: announced once, looked at, ruled. */
import type { Row } from "./database.ts";
import { type Database, statementsFor } from "./database.ts";
import { exceptionOfRow, type LinkedRecord, type OpenException } from "./load.ts";

export interface ExceptionRecord extends Omit<OpenException, "status"> {
  readonly status: "open" | "ruled" | "settled";
  readonly object: string;
  readonly entityId: string | null;
  readonly recordId: string | null;
  readonly resolution: string | null;
  /** The entity's links, by system; empty if it belongs to none. */
  readonly links: Readonly<Record<string, LinkedRecord>>;
}

/** Exceptions by id, with the links of their entities: one round trip. */
export async function exceptionsById(
  db: Database,
  ids: readonly string[],
): Promise<readonly ExceptionRecord[]> {
  if (ids.length === 0) return [];
  const [rows = [], links = []] = await db.batch([
    ...statementsFor(db, byIdSql, ids),
    ...statementsFor(db, linksSql, ids),
  ]);
  const linksOf = Map.groupBy(links, (row) => String(row.entity_id));
  return rows.map((row) => exceptionRecordOf(row, linksOf.get(String(row.entity_id)) ?? []));
}

const byIdSql = `
  SELECT x.* FROM json_each(?1) i CROSS JOIN exceptions x WHERE x.id = i.value`;

const linksSql = `
  SELECT DISTINCT l.* FROM json_each(?1) i CROSS JOIN exceptions x CROSS JOIN links l
  WHERE x.id = i.value AND l.entity_id = x.entity_id AND l.alias = 0`;

const exceptionRecordOf = (row: Row, links: readonly Row[]): ExceptionRecord => ({
  ...exceptionOfRow(row),
  status: row.status === "settled" ? "settled" : exceptionOfRow(row).status,
  object: String(row.object),
  entityId: row.entity_id === null ? null : String(row.entity_id),
  recordId: row.record_id === null ? null : String(row.record_id),
  resolution: row.resolution === null ? null : String(row.resolution),
  links: Object.fromEntries(
    links.map((link) => [
      String(link.system),
      { recordId: String(link.record_id), url: link.url === null ? null : String(link.url) },
    ]),
  ),
});

/**
 * Open exceptions nobody was told of yet, oldest first. One that was opened in the future was so by
 * a clock that was set back since: people are told now.
 */
export async function unannounced(
  db: Database,
  { openedBefore, now }: { readonly openedBefore: number; readonly now: number },
  limit: number,
): Promise<readonly string[]> {
  const [rows = []] = await db.batch([
    db
      .prepare(
        `SELECT id FROM exceptions
         WHERE notified_at IS NULL AND status = 'open' AND (opened_at <= ?1 OR opened_at > ?2)
         ORDER BY opened_at LIMIT ?3`,
      )
      .bind(openedBefore, now, limit),
  ]);
  return rows.map((row) => String(row.id));
}

export async function markAnnounced(
  db: Database,
  ids: readonly string[],
  now: number,
): Promise<void> {
  if (ids.length === 0) return;
  await db.batch(
    statementsFor(
      db,
      `UPDATE exceptions SET notified_at = ?2
       WHERE id IN (SELECT value FROM json_each(?1)) AND notified_at IS NULL`,
      ids,
      now,
    ),
  );
}
