/**
 * One D1 database as the store uses it: every round trip is a batch, and each is counted, because
 * round trips are the latency and rows written are the bill.
 * D1 limits: https://developers.cloudflare.com/d1/platform/limits/
 */
import type { D1Database, D1PreparedStatement } from "@cloudflare/workers-types";

/** What we use of it. */
export type D1 = Pick<D1Database, "prepare" | "batch">;

export interface Database {
  prepare(sql: string): D1PreparedStatement;
  /** One transaction, one round trip. Rolls back on error, not on "no row matched". */
  batch(statements: readonly D1PreparedStatement[]): Promise<readonly Row[][]>;
  readonly count: { roundTrips: number; rowsRead: number; rowsWritten: number };
}

/**
 * The database failed, not the work: whatever was under way is tried again as it is. A batch that
 * was sent may have been committed; every statement is guarded, so that sending it again is safe.
 */
export class StoreError extends Error {
  override readonly name = "StoreError";
}

export type Row = Readonly<Record<string, string | number | null>>;

/** The same database, and how many queries it was asked: an invocation may ask a thousand. */
export function counting(d1: D1): { readonly d1: D1; readonly asked: () => number } {
  let asked = 0;
  const batch = <Row>(statements: D1PreparedStatement[]) => {
    asked += statements.length;
    return d1.batch<Row>(statements);
  };
  return { d1: { prepare: (sql) => d1.prepare(sql), batch }, asked: () => asked };
}

export function database(d1: D1): Database {
  const count = { roundTrips: 0, rowsRead: 0, rowsWritten: 0 };
  return {
    count,
    prepare: (sql) => d1.prepare(sql),
    async batch(statements) {
      count.roundTrips += 1;
      const results = await d1.batch<Row>([...statements]).catch((cause: unknown) => {
        throw new StoreError("The database did not answer, or refused.", { cause });
      });
      for (const { meta } of results) {
        count.rowsRead += meta.rows_read;
        count.rowsWritten += meta.rows_written;
      }
      return results.map((result) => result.results);
    },
  };
}

/** A bound value may hold 2 MB; we stay well below, counting UTF-16 units times the worst case. */
const boundUnitsMax = 500_000;

/**
 * One statement per chunk of items, each bound as one JSON array for json_each(?1): three
 * statements instead of three hundred, and none over the limit of 100 bound parameters.
 */
export function statementsFor(
  db: Database,
  sql: string,
  items: readonly unknown[],
  ...more: readonly (string | number | null)[]
): D1PreparedStatement[] {
  return chunks(items.map((item) => JSON.stringify(item))).map((chunk) =>
    db.prepare(sql).bind(`[${chunk.join(",")}]`, ...more),
  );
}

/** The rows of each group of statements, from the results of the one batch they went in. */
export function regrouped(
  groups: readonly (readonly D1PreparedStatement[])[],
  results: readonly Row[][],
): Row[][] {
  const left = [...results];
  return groups.map((group) => left.splice(0, group.length).flat());
}

function chunks(texts: readonly string[]): string[][] {
  const all: string[][] = [];
  let units = boundUnitsMax;
  for (const text of texts) {
    if (units + text.length > boundUnitsMax) {
      all.push([]);
      units = 0;
    }
    all.at(-1)?.push(text);
    units += text.length + 1;
  }
  return all;
}
