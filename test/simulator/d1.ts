/**
 * D1 in this process: its shape over real SQLite, with the real migrations. A batch is one
 * transaction; whoever constructs it decides when a call is carried out and whether it fails
 * before the commit, or after it with the answer lost.
 * https://developers.cloudflare.com/d1/worker-api/d1-database/
 */
import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import type { D1Database, D1Result } from "@cloudflare/workers-types";

type Row = Record<string, string | number | null>;

/** Carries a call out when its turn comes; see world.ts. */
export type Gate = (label: string, run: () => readonly D1Result<Row>[]) => Promise<D1Result<Row>[]>;

export interface SimulatedD1 {
  /** What a Worker is bound to. */
  bind(gate: Gate): D1Database;
  /** How many rows were changed so far, by anybody. */
  changes(): number;
  /** Straight into the tables, for whoever looks at them from outside. */
  all(sql: string, ...values: SQLInputValue[]): Row[];
  close(): void;
}

interface Bound {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

const migrations = loadMigrations();

/** In memory, or in a file where it would not fit; that one need not outlive a crash. */
export function createD1(file?: string): SimulatedD1 {
  const sqlite = new DatabaseSync(file ?? ":memory:");
  if (file !== undefined) sqlite.exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
  for (const sql of migrations) sqlite.exec(sql);
  const prepared = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    const known = prepared.get(sql) ?? sqlite.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
  return {
    bind: (gate) => bound(gate, (batch) => runBatch(sqlite, statement, batch)),
    changes: () => Number(statement("SELECT total_changes() AS n").get()?.n),
    all: (sql, ...values) => statement(sql).all(...values) as Row[],
    close: () => sqlite.close(),
  };
}

function loadMigrations(): readonly string[] {
  const folder = fileURLToPath(new URL("../../worker/migrations", import.meta.url));
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  return names.sort().map((name) => readFileSync(`${folder}/${name}`, "utf8"));
}

function bound(gate: Gate, run: (batch: readonly Bound[]) => D1Result<Row>[]): D1Database {
  const statement = (sql: string, values: readonly SQLInputValue[]) => ({
    sql,
    values,
    bind: (...given: SQLInputValue[]) => statement(sql, given.map(storable)),
    all: async () => (await gate(labelOf([{ sql, values }]), () => run([{ sql, values }])))[0],
    run: async () => (await gate(labelOf([{ sql, values }]), () => run([{ sql, values }])))[0],
    first: async (column?: string) => {
      const [result] = await gate(labelOf([{ sql, values }]), () => run([{ sql, values }]));
      const row = result?.results[0] ?? null;
      return row === null || column === undefined ? row : row[column];
    },
  });
  const database = {
    prepare: (sql: string) => statement(sql, []),
    batch: (batch: readonly Bound[]) => gate(labelOf(batch), () => run(batch)),
  };
  return database as unknown as D1Database;
}

/** D1 refuses `undefined`, and so must this. */
function storable(value: unknown): SQLInputValue {
  if (value === undefined) throw new Error("D1_TYPE_ERROR: Type 'undefined' not supported");
  return typeof value === "boolean" ? Number(value) : (value as SQLInputValue);
}

const labelOf = (batch: readonly Bound[]): string =>
  `d1 ${batch.map(({ sql }) => verbOf(sql)).join(",")}`;

const verbs = new Map<string, string>();
function verbOf(sql: string): string {
  const known = verbs.get(sql);
  if (known !== undefined) return known;
  const found = /^\s*(INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)/i.exec(sql);
  const [verb = "", table = ""] = found === null ? ["read"] : found.slice(1);
  const word = table === "" ? verb : `${verb.split(" ")[0]?.toLowerCase()} ${table}`;
  verbs.set(sql, word);
  return word;
}

const returnings = new Map<string, boolean>();
function returning(sql: string): boolean {
  const known = returnings.get(sql);
  if (known !== undefined) return known;
  const found = /^\s*(WITH|SELECT)\b|\bRETURNING\b/i.test(sql);
  returnings.set(sql, found);
  return found;
}

function runBatch(
  sqlite: DatabaseSync,
  statement: (sql: string) => StatementSync,
  batch: readonly Bound[],
): D1Result<Row>[] {
  // One statement is a transaction of its own.
  const together = batch.length > 1;
  if (together) statement("BEGIN").run();
  try {
    const results = batch.map(({ sql, values }) => runOne(statement(sql), sql, values));
    if (together) statement("COMMIT").run();
    return results;
  } catch (error) {
    if (together) sqlite.exec("ROLLBACK");
    throw new Error(`D1_ERROR: ${error instanceof Error ? error.message : "unknown"}`);
  }
}

function runOne(statement: StatementSync, sql: string, values: readonly SQLInputValue[]) {
  const returns = returning(sql);
  const results = returns ? (statement.all(...values) as Row[]) : [];
  const changes = returns ? 0 : Number(statement.run(...values).changes);
  const meta = {
    duration: 0,
    size_after: 0,
    rows_read: results.length,
    rows_written: changes,
    last_row_id: 0,
    changed_db: changes > 0,
    changes,
  };
  return { success: true as const, results, meta };
}
