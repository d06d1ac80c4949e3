/** How systems last answered: one row each, so that a screen can tell without asking them. */
import type { Database } from "./database.ts";

export interface Health {
  readonly system: string;
  readonly okAt: number | null;
  readonly failedAt: number | null;
  /** Of the last failure: its HTTP status; null if there was no answer. */
  readonly status: number | null;
}

export type Outcome =
  | { readonly kind: "ok" }
  | { readonly kind: "failed"; readonly status: number | null };

export async function keepHealth(
  db: Database,
  system: string,
  outcome: Outcome,
  now: number,
): Promise<void> {
  const ok = outcome.kind === "ok";
  await db.batch([
    db
      .prepare(
        `INSERT INTO system_health (system, ok_at, failed_at, status) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (system) DO UPDATE SET
           ok_at = max(coalesce(ok_at, 0), coalesce(excluded.ok_at, ok_at, 0)),
           status = CASE WHEN excluded.failed_at IS NULL THEN status ELSE excluded.status END,
           failed_at = coalesce(excluded.failed_at, failed_at)`,
      )
      .bind(system, ok ? now : null, ok ? null : now, ok ? null : outcome.status),
  ]);
}

export async function health(db: Database): Promise<readonly Health[]> {
  const [rows = []] = await db.batch([db.prepare(`SELECT * FROM system_health`)]);
  const time = (value: string | number | null | undefined) =>
    value == null || value === 0 ? null : Number(value);
  return rows.map((row) => ({
    system: String(row.system),
    okAt: time(row.ok_at),
    failedAt: time(row.failed_at),
    status: row.status === null || row.status === undefined ? null : Number(row.status),
  }));
}
