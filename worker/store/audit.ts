/** The audit read back: page by page for whoever verifies it, and the daily root over its heads. */
import { type ChainedEntry, merkleRoot } from "../core/audit-chain.ts";
import type { Database, Row } from "./database.ts";

export interface AuditPosition {
  readonly entityId: string;
  readonly entry: number;
}

/** Entries after a position, in the order of entities and entries. */
export async function auditRows(
  db: Database,
  after: AuditPosition,
  limit: number,
): Promise<readonly ChainedEntry[]> {
  const [rows = []] = await db.batch([
    db
      .prepare(
        `SELECT * FROM audit WHERE (entity_id, entry) > (?1, ?2)
         ORDER BY entity_id, entry LIMIT ?3`,
      )
      .bind(after.entityId, after.entry, limit),
  ]);
  return rows.map(entryOf);
}

/** All entries of one chain, from its first on. */
export async function chainOf(
  db: Database,
  entityId: string,
  limit: number,
): Promise<readonly ChainedEntry[]> {
  const [rows = []] = await db.batch([
    db
      .prepare(`SELECT * FROM audit WHERE entity_id = ?1 ORDER BY entry LIMIT ?2`)
      .bind(entityId, limit),
  ]);
  return rows.map(entryOf);
}

const entryOf = (row: Row): ChainedEntry => ({
  entityId: String(row.entity_id),
  entry: Number(row.entry),
  at: Number(row.at),
  kind: String(row.kind),
  detail: row.detail === null ? null : String(row.detail),
  salt: row.salt === null ? null : String(row.salt),
  commitment: String(row.commitment),
  chain: String(row.chain),
});

export interface AuditRoot {
  readonly day: string;
  readonly root: string;
  readonly chains: number;
  /** The moment whose heads it is over, epoch milliseconds. */
  readonly at: number;
}

const headsPerPage = 5_000;

/** The root over all chain heads as they stood at a moment, in the order of entity ids. */
export async function rootAt(db: Database, at: number): Promise<AuditRoot> {
  const heads: string[] = [];
  for (let after = ""; ; ) {
    const [rows = []] = await db.batch([
      db
        .prepare(
          `SELECT e.id, (SELECT a.chain FROM audit a WHERE a.entity_id = e.id AND a.at <= ?3
                         ORDER BY a.entry DESC LIMIT 1) AS head
           FROM entities e WHERE e.id > ?1 ORDER BY e.id LIMIT ?2`,
        )
        .bind(after, headsPerPage, at),
    ]);
    heads.push(...rows.flatMap(({ head }) => (head === null ? [] : [String(head)])));
    const last = rows.at(-1);
    if (last === undefined || rows.length < headsPerPage) break;
    after = String(last.id);
  }
  return { day: dayOf(at), root: await merkleRoot(heads), chains: heads.length, at };
}

/** Keeps the root of a day, once; false if that day has one. */
export async function keepRoot(db: Database, root: AuditRoot): Promise<boolean> {
  const [kept = []] = await db.batch([
    db
      .prepare(
        `INSERT INTO audit_roots (day, root, chains, at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (day) DO NOTHING RETURNING day`,
      )
      .bind(root.day, root.root, root.chains, root.at),
  ]);
  return kept.length > 0;
}

/** The latest roots, or those that nobody outside was told of yet; oldest first. */
export async function roots(db: Database, only: "all" | "unsent"): Promise<readonly AuditRoot[]> {
  const where = only === "unsent" ? "WHERE sent_at IS NULL" : "";
  const [rows = []] = await db.batch([
    db.prepare(`SELECT * FROM audit_roots ${where} ORDER BY day DESC LIMIT 400`),
  ]);
  return rows
    .map((row) => ({
      day: String(row.day),
      root: String(row.root),
      chains: Number(row.chains),
      at: Number(row.at),
    }))
    .reverse();
}

/** The last daily root, and when it was sent outside; null: there is none yet. */
export async function latestRoot(
  db: Database,
): Promise<(Omit<AuditRoot, "at"> & { readonly sentAt: number | null }) | null> {
  const [rows = []] = await db.batch([
    db.prepare(`SELECT * FROM audit_roots ORDER BY day DESC LIMIT 1`),
  ]);
  const [row] = rows;
  if (row === undefined) return null;
  return {
    day: String(row.day),
    root: String(row.root),
    chains: Number(row.chains),
    sentAt: row.sent_at === null ? null : Number(row.sent_at),
  };
}

export async function markSent(db: Database, day: string, now: number): Promise<void> {
  await db.batch([db.prepare(`UPDATE audit_roots SET sent_at = ?2 WHERE day = ?1`).bind(day, now)]);
}

export const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10);

/** Whether a day has its root. */
export async function hasRoot(db: Database, day: string): Promise<boolean> {
  const [rows = []] = await db.batch([
    db.prepare(`SELECT day FROM audit_roots WHERE day = ?1`).bind(day),
  ]);
  return rows.length > 0;
}
