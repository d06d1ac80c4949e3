/**
 * What every statement of a commit is guarded by: the commit that just moved its entity, because a
 * D1 batch rolls back on error, not on "no row matched".
 */
import type { D1PreparedStatement } from "@cloudflare/workers-types";
import { type Database, statementsFor } from "./database.ts";

/** Holds for entities that the first statement of this very batch moved. */
export const moved =
  "EXISTS (SELECT 1 FROM entities e WHERE e.id = j.value->>'entityId' \
AND e.commit_id = ?2 AND e.version > 0)";

/** Holds for what is not about a stranger, or about one that nobody has linked since. */
export const stillStrange = `(j.value->>'stranger' IS NULL OR NOT EXISTS (
    SELECT 1 FROM links l
    WHERE l.system = j.value->>'system' AND l.object = j.value->>'object'
      AND l.record_id = j.value->>'recordId'))`;

export const filled = (
  db: Database,
  sql: string,
  items: readonly unknown[],
  ...more: readonly (string | number | null)[]
): D1PreparedStatement[] => (items.length === 0 ? [] : statementsFor(db, sql, items, ...more));
