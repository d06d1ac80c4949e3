/**
 * What is sent back to work by a person: records of which an exception is open. A replay changes
 * no exception by itself; what the job then finds settles it or leaves it open.
 */
import * as z from "zod";
import { type Act, acted } from "./acts.ts";
import { type Database, statementsFor } from "./database.ts";
import { keyOfRow, pokeStatements, type RecordKey } from "./mailbox.ts";

/** Kinds that are about one record, which can be looked at again. */
export const replayableKinds = [
  "ambiguous",
  "dead_letter",
  "duplicate",
  "erased",
  "erasure",
  "gone",
  "invalid",
  "refused",
  "waiting",
] as const;

export const replayFilterSchema = z.strictObject({
  exceptionIds: z.optional(z.array(z.string().min(1).max(64)).min(1).max(1_000)),
  /** By default what was given up or refused, or with ids whatever they are. */
  kinds: z.optional(z.array(z.enum(replayableKinds)).min(1)),
  object: z.optional(z.string().min(1).max(64)),
  system: z.optional(z.string().min(1).max(64)),
  field: z.optional(z.string().min(1).max(128)),
  /** Part of what the system, or we, said about it. */
  cause: z.optional(z.string().min(1).max(200)),
  /** Epoch milliseconds; from inclusive, until exclusive. */
  openedFrom: z.optional(z.int()),
  openedUntil: z.optional(z.int()),
});
export type ReplayFilter = z.infer<typeof replayFilterSchema>;

const kindsOf = ({ kinds, exceptionIds }: ReplayFilter): readonly string[] =>
  kinds ?? (exceptionIds === undefined ? ["dead_letter", "refused"] : replayableKinds);

// With the kind and the status named as the index has them, the settled ones are never read.
const matching = `
  FROM json_each(?2) k CROSS JOIN exceptions x
  WHERE x.kind = k.value AND x.status <> 'settled' AND x.id > ?3
    AND (?1 ->> 'exceptionIds' IS NULL
         OR x.id IN (SELECT value FROM json_each(?1, '$.exceptionIds')))
    AND x.object = coalesce(?1 ->> 'object', x.object)
    AND (?1 ->> 'system' IS NULL OR x.system = ?1 ->> 'system')
    AND (?1 ->> 'field' IS NULL OR x.field = ?1 ->> 'field')
    AND (?1 ->> 'cause' IS NULL OR instr(lower(x.detail ->> 'message'), lower(?1 ->> 'cause')) > 0)
    AND x.opened_at >= coalesce(?1 ->> 'openedFrom', x.opened_at)
    AND (?1 ->> 'openedUntil' IS NULL OR x.opened_at < ?1 ->> 'openedUntil')`;

/** How many exceptions a filter names, by kind. */
export async function countReplayable(
  db: Database,
  filter: ReplayFilter,
): Promise<Readonly<Record<string, number>>> {
  const [rows = []] = await db.batch([
    db
      .prepare(`SELECT x.kind, count(*) AS exceptions ${matching} GROUP BY x.kind`)
      .bind(JSON.stringify(filter), JSON.stringify(kindsOf(filter)), ""),
  ]);
  return Object.fromEntries(rows.map((row) => [String(row.kind), Number(row.exceptions)]));
}

export interface Replayable {
  readonly exceptionId: string;
  /** Null for an entity that has no record left to look at. */
  readonly key: RecordKey | null;
}

/** Open exceptions in the order of their ids, from after one on, each with a record of its own. */
export async function replayable(
  db: Database,
  filter: ReplayFilter,
  after: string,
  limit: number,
): Promise<readonly Replayable[]> {
  const [rows = []] = await db.batch([
    db
      .prepare(
        `WITH found AS (
           SELECT x.id, x.object, x.system, x.record_id, x.entity_id ${matching}
           ORDER BY x.id LIMIT ?4)
         SELECT f.id, f.object, coalesce(l.system, f.system) AS system,
                CASE WHEN f.entity_id IS NULL THEN f.record_id ELSE l.record_id END AS record_id
         FROM found f LEFT JOIN links l ON l.entity_id = f.entity_id AND l.alias = 0
           AND l.system = (SELECT min(o.system) FROM links o
                           WHERE o.entity_id = f.entity_id AND o.alias = 0)
         ORDER BY f.id`,
      )
      .bind(JSON.stringify(filter), JSON.stringify(kindsOf(filter)), after, limit),
  ]);
  return rows.map((row) => ({
    exceptionId: String(row.id),
    key: row.system === null || row.record_id === null ? null : keyOfRow(row),
  }));
}

/**
 * Puts the records into the mailbox and the act into the audit: one batch. A value that a system
 * refused is forgotten, because it is left out of every write as long as it is known.
 */
export async function putReplays(
  db: Database,
  found: readonly Replayable[],
  filter: ReplayFilter,
  act: Act,
): Promise<void> {
  const { exceptionIds: _ids, ...rest } = filter;
  const ids = found.map(({ exceptionId }) => exceptionId);
  const detail = { act: "replay", by: act.by, filter: rest, exceptions: ids };
  const pokes = found.flatMap(({ key }) =>
    key === null ? [] : [{ ...key, lane: "event" as const, echo: null }],
  );
  await acted(db, detail, act, [
    ...statementsFor(db, forgetSql, ids),
    ...pokeStatements(db, pokes, act.at),
  ]);
}

const forgetSql = `
  UPDATE exceptions SET shown = NULL
  WHERE id IN (SELECT value FROM json_each(?1)) AND kind = 'refused' AND status = 'open'`;
