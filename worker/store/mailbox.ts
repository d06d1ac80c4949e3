/**
 * The mailbox: pokes waiting to be worked on, one row per record. A poke is durable before its
 * delivery is answered, and is removed only by a commit (commit.ts) that saw its last arrival.
 */
import type { D1PreparedStatement } from "@cloudflare/workers-types";
import type { Fields, ObjectName, SystemId } from "../../shared/record.ts";
import { type Database, type Row, statementsFor } from "./database.ts";

export interface RecordKey {
  readonly system: SystemId;
  readonly object: ObjectName;
  readonly recordId: string;
}

/** Who is waiting: a person in front of a screen, an event, a scan, a backfill. */
export type Lane = "person" | "event" | "scan" | "backfill";

export interface NewPoke extends RecordKey {
  readonly lane: Lane;
  /** What our own write is said to have set; null: no claim, look properly. */
  readonly echo: Fields | null;
  /** The system destroyed the record because a person asked to be forgotten. */
  readonly erased?: true;
}

export const keyOfRow = (row: Row): RecordKey => ({
  system: String(row.system),
  object: String(row.object),
  recordId: String(row.record_id),
});

export const keyText = (key: RecordKey): string => `${key.system}/${key.object}/${key.recordId}`;

/** Puts pokes into the mailbox: one round trip. A record that waits already is due at once. */
export async function putPokes(
  db: Database,
  pokes: readonly NewPoke[],
  now: number,
): Promise<void> {
  if (pokes.length > 0) await db.batch(pokeStatements(db, pokes, now));
}

/** The same, for whoever stores more in the same batch. */
export function pokeStatements(
  db: Database,
  pokes: readonly NewPoke[],
  now: number,
): D1PreparedStatement[] {
  const items = pokes.map(({ echo, ...poke }) => ({ ...poke, echo: echo && wrapped(echo) }));
  return items.length === 0 ? [] : statementsFor(db, putSql, items, now);
}

const putSql = `
  INSERT INTO pokes (system, object, record_id, arrivals, first_at, last_at, due_at, attempt, lane,
                     echo, erased)
  SELECT value->>'system', value->>'object', value->>'recordId', 1, ?2, ?2, ?2, 0, value->>'lane',
         value->>'echo', coalesce(value->>'erased', 0)
  FROM json_each(?1) WHERE true
  ON CONFLICT (system, object, record_id) DO UPDATE SET
    arrivals = arrivals + 1,
    last_at = excluded.last_at,
    due_at = min(due_at, excluded.due_at),
    held_by = NULL,
    erased = max(erased, excluded.erased),
    lane = CASE WHEN excluded.lane = 'person' THEN 'person' ELSE lane END,
    echo = CASE WHEN echo IS NULL OR excluded.echo IS NULL THEN NULL
                ELSE json_patch(echo, excluded.echo) END`;

/** Values sit in one-element arrays, because json_patch would drop a plain null. */
const wrapped = (fields: Fields) =>
  Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, [value]]));

/** The pokes that are due and were not rung for a while: what the sweep rings again. */
export async function duePokes(
  db: Database,
  rungBefore: number,
  limit: number,
): Promise<readonly RecordKey[]> {
  const [rows] = await db.batch([
    db
      .prepare(
        `SELECT system, object, record_id FROM pokes WHERE due_at <= ?1 AND held_by IS NULL
         ORDER BY due_at LIMIT ?2`,
      )
      .bind(rungBefore, limit),
  ]);
  return (rows ?? []).map(keyOfRow);
}
