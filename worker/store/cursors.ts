/**
 * How far the changes of each system were followed. Invariant: a cursor passes no change that is
 * not in the mailbox, because both are stored in one batch; and it never goes back.
 */
import type { ObjectName, SystemId } from "../../shared/record.ts";
import type { Database } from "./database.ts";
import { type NewPoke, pokeStatements } from "./mailbox.ts";

export interface Cursor {
  readonly system: SystemId;
  readonly object: ObjectName;
  /** Null: never asked with success. */
  readonly cursor: string | null;
  readonly version: number;
  readonly dueAt: number;
  readonly failures: number;
}

export async function loadCursors(db: Database): Promise<readonly Cursor[]> {
  const [rows = []] = await db.batch([db.prepare(`SELECT * FROM cursors`)]);
  return rows.map((row) => ({
    system: String(row.system),
    object: String(row.object),
    cursor: row.cursor === null ? null : String(row.cursor),
    version: Number(row.version),
    dueAt: Number(row.due_at),
    failures: Number(row.failures),
  }));
}

/** Stores pokes, and that the cursor is past them; false if somebody else moved it meanwhile. */
export async function moveCursor(
  db: Database,
  to: Cursor,
  pokes: readonly NewPoke[],
  now: number,
): Promise<boolean> {
  const { system, object, cursor, version, dueAt, failures } = to;
  const results = await db.batch([
    ...pokeStatements(db, pokes, now),
    db.prepare(moveSql).bind(system, object, cursor, version, dueAt, failures),
  ]);
  return (results.at(-1) ?? []).length > 0;
}

const moveSql = `
  INSERT INTO cursors (system, object, cursor, version, due_at, failures)
  VALUES (?1, ?2, ?3, ?4 + 1, ?5, ?6)
  ON CONFLICT (system, object) DO UPDATE SET
    cursor = excluded.cursor, version = excluded.version, due_at = excluded.due_at,
    failures = excluded.failures
  WHERE version = ?4 RETURNING version`;
