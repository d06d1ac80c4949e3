/**
 * What the rules meant when they were last looked at. Invariant: a change is remembered in the same
 * batch that tells people of it, so that it is told once and never forgotten.
 */
import type { ObjectName } from "../../shared/record.ts";
import { type Database, statementsFor } from "./database.ts";

export interface RulesNow {
  readonly object: ObjectName;
  readonly hash: string;
  /** Of the exception, if they changed. */
  readonly exceptionId: string;
  readonly detail: { readonly message: string; readonly mend: string };
}

/** Answers with the exceptions that were opened, for objects whose rules changed since. */
export async function seeRules(
  db: Database,
  rules: readonly RulesNow[],
  now: number,
): Promise<readonly string[]> {
  const [opened = []] = await db.batch([
    ...statementsFor(db, tellSql, rules, now),
    ...statementsFor(db, keepSql, rules, now),
  ]);
  return opened.map((row) => String(row.id));
}

const subjectOf = (object: string): string => `'rules:' || ${object}`;

const tellSql = `
  INSERT INTO exceptions (id, kind, subject, object, entity_id, system, record_id, field, status,
                          detail, shown, ruling, opened_at, changed_at)
  SELECT j.value->>'exceptionId', 'run', ${subjectOf("s.object")}, s.object, NULL, NULL, NULL, NULL,
         'open', j.value->'detail', NULL, NULL, ?2, ?2
  FROM json_each(?1) j CROSS JOIN rules_seen s
  WHERE s.object = j.value->>'object' AND s.hash <> j.value->>'hash'
  ON CONFLICT DO NOTHING RETURNING id`;

const keepSql = `
  INSERT INTO rules_seen (object, hash, seen_at)
  SELECT value->>'object', value->>'hash', ?2 FROM json_each(?1) WHERE true
  ON CONFLICT (object) DO UPDATE SET hash = excluded.hash, seen_at = excluded.seen_at
  WHERE rules_seen.hash <> excluded.hash`;

/** For the batch in which a run ends: all it walked was held against the rules of its start. */
export const scannedSql = `
  UPDATE exceptions SET status = 'settled', settled_at = ?2, resolution = 'scanned'
  WHERE status <> 'settled' AND subject = (
    SELECT ${subjectOf("r.object")} FROM runs r
    WHERE r.id = ?1 AND r.state = 'done' AND r.dry = 0 AND r.started_at >= exceptions.opened_at)`;
