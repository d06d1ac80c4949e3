/**
 * Acts of operators: each takes effect in one batch with its audit entry, or not at all. Entries
 * are numbered and chained, so of two acts at the same moment one finds its number taken: its batch
 * was rolled back whole, and it goes after the other.
 */
import type { D1PreparedStatement } from "@cloudflare/workers-types";
import { chained, emptyHead } from "../core/audit-chain.ts";
import { type Database, type Row, StoreError } from "./database.ts";

/** Acts of operators are audited under this name instead of an entity's. */
export const operatorsEntity = "@operators";

/** An act of an operator: who, when, and a salt for its audit entry. */
export interface Act {
  readonly by: string;
  readonly at: number;
  readonly salt: string;
}

/** Of so many acts at the same moment the last one still gets through. */
const attemptsMax = 20;

/** Does it, and audits it: the rows of the statements. `detail` is what the audit says of it. */
export async function acted(
  db: Database,
  detail: unknown,
  act: Act,
  statements: readonly D1PreparedStatement[],
): Promise<readonly Row[][]> {
  for (let attempt = 1; ; attempt += 1) {
    const entry = await nextEntry(db, detail, act);
    try {
      return await db.batch([...statements, entry]);
    } catch (error) {
      if (attempt >= attemptsMax || !isTaken(error)) throw error;
    }
  }
}

/** Positively refused: after any other error nobody knows whether the act took effect. */
const isTaken = (error: unknown): boolean =>
  error instanceof StoreError &&
  error.cause instanceof Error &&
  /UNIQUE constraint failed: audit\./.test(error.cause.message);

async function nextEntry(db: Database, detail: unknown, act: Act): Promise<D1PreparedStatement> {
  const [rows = []] = await db.batch([
    db
      .prepare(`SELECT entry, chain FROM audit WHERE entity_id = ?1 ORDER BY entry DESC LIMIT 1`)
      .bind(operatorsEntity),
  ]);
  const [last] = rows;
  const added = {
    entityId: operatorsEntity,
    entry: last === undefined ? 0 : Number(last.entry) + 1,
    at: act.at,
    kind: "operated",
    detail: JSON.stringify(detail),
    salt: act.salt,
  };
  const chain = await chained(added, last === undefined ? emptyHead : String(last.chain));
  const { entityId, entry, at, kind, detail: text, salt } = chain;
  return db
    .prepare(
      `INSERT INTO audit (entity_id, entry, at, kind, detail, salt, commitment, chain)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
    )
    .bind(entityId, entry, at, kind, text, salt, chain.commitment, chain.chain);
}
