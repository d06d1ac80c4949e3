/**
 * What a commit asks people, what it has answered, and which questions are asked again because a
 * record they name has changed. One subject has at most one exception that is not settled.
 */
import type { D1PreparedStatement } from "@cloudflare/workers-types";
import { filled, moved, stillStrange } from "./commit-guards.ts";
import type { Commit, EntityCommit } from "./commit-types.ts";
import type { Database } from "./database.ts";
import { keyText } from "./mailbox.ts";

/** Before links change, which settles what is asked of the records that they name. */
export const raisings = (
  db: Database,
  work: Pick<Commit, "entities" | "raise" | "strangers">,
  commitId: string,
  now: number,
): D1PreparedStatement[] => filled(db, raiseSql, raisedBy(work), commitId, now);

/** What is answered by this commit, or open again. */
export const settlements = (
  db: Database,
  { entities, answered }: Pick<Commit, "entities" | "answered">,
  commitId: string,
  now: number,
): D1PreparedStatement[][] => [
  filled(db, settleSql, settled(entities), commitId, now),
  filled(db, linkedSql, entities.filter(isBorn), commitId, now),
  filled(db, reopenSql, reopened(entities), commitId, now),
  filled(db, answeredSql, answered.map(answeredItem), now),
];

/** Each answers with the records that are to be looked at again, and pokes them. */
export const doubts = (
  db: Database,
  work: Pick<Commit, "entities" | "raise" | "strangers" | "answered">,
  commitId: string,
  now: number,
): D1PreparedStatement[][] => {
  const asked = raisedBy(work).filter(({ kind }) => kind === "ambiguous");
  return [
    filled(db, againSql(changedDoubt), asked, now),
    filled(db, againSql("true"), work.answered.map(answeredItem), now),
    filled(db, againSql(moved, "links"), work.entities, commitId, now),
    filled(db, doubtsSql, asked),
  ];
};

const raisedBy = ({
  entities,
  raise,
  strangers,
}: Pick<Commit, "entities" | "raise" | "strangers">) => [
  ...raise.map((one) => ({ ...one, guarded: false })),
  ...entities.flatMap((entity) => entity.raise.map((one) => ({ ...one, guarded: true }))),
  ...strangers.raise.map((one) => ({ ...one, guarded: false, stranger: true })),
];

const settled = (entities: readonly EntityCommit[]) =>
  entities.flatMap(({ entityId, settle }) => settle.map((one) => ({ ...one, entityId })));

/** This is the first commit of its life. */
const isBorn = ({ version }: EntityCommit): boolean => version === 0;

const reopened = (entities: readonly EntityCommit[]) =>
  entities.flatMap(({ entityId, reopen }) => reopen.map((id) => ({ id, entityId })));

const answeredItem = ({ key, resolution }: Commit["answered"][number]) => ({
  ...key,
  subject: keyText(key),
  resolution,
});

// One exception per subject: the same conflict with other values replaces what is shown, drops a
// ruling made on the old values, and is announced again only if it had been ruled.
const raiseSql = `
  INSERT INTO exceptions (id, kind, subject, object, entity_id, system, record_id, field, status,
                          detail, shown, ruling, opened_at, changed_at)
  SELECT j.value->>'id', j.value->>'kind', j.value->>'subject', j.value->>'object',
         j.value->>'entityId', j.value->>'system', j.value->>'recordId', j.value->>'field', 'open',
         j.value->'detail', j.value->>'shown', NULL, ?3, ?3
  FROM json_each(?1) j WHERE (NOT j.value->>'guarded' OR ${moved}) AND ${stillStrange}
  ON CONFLICT (subject) WHERE status <> 'settled' DO UPDATE SET
    kind = excluded.kind, detail = excluded.detail, shown = excluded.shown,
    status = 'open', ruling = NULL, undo = NULL, answer = NULL, changed_at = excluded.changed_at
  WHERE exceptions.shown IS NOT excluded.shown OR exceptions.kind <> excluded.kind
    OR exceptions.answer IS NOT NULL
  RETURNING id`;

const settleSql = `
  UPDATE exceptions SET status = 'settled', settled_at = ?3, resolution = j.value->>'resolution'
  FROM json_each(?1) j
  WHERE exceptions.id = j.value->>'id' AND exceptions.status <> 'settled' AND ${moved}`;

// What was asked about a record while it belonged to nobody is answered by its link.
const linkedSql = `
  UPDATE exceptions SET status = 'settled', settled_at = ?3, resolution = 'linked'
  WHERE entity_id IS NULL AND status <> 'settled' AND subject IN (
    SELECT l.system || '/' || l.object || '/' || l.record_id
    FROM json_each(?1) j CROSS JOIN links l
    WHERE l.entity_id = j.value->>'entityId' AND ${moved})`;

const answeredSql = `
  UPDATE exceptions SET status = 'settled', settled_at = ?2, resolution = j.value->>'resolution'
  FROM json_each(?1) j
  WHERE exceptions.subject = j.value->>'subject' AND exceptions.status <> 'settled'
    AND exceptions.entity_id IS NULL`;

const reopenSql = `
  UPDATE exceptions SET status = 'open', ruling = NULL, answer = NULL, changed_at = ?3
  FROM json_each(?1) j
  WHERE exceptions.id = j.value->>'id' AND exceptions.status = 'ruled' AND ${moved}`;

// What a question names as a candidate, so that it is asked again when that one changes.
const doubtsSql = `
  INSERT INTO doubts (object, system, record_id, asking_system, asking_id)
  SELECT j.value->>'object', c.value->>'system', c.value->>'recordId', j.value->>'system',
         j.value->>'recordId'
  FROM json_each(?1) j CROSS JOIN json_each(j.value->'detail'->'candidates') c
  WHERE c.value->>'recordId' IS NOT NULL AND ${stillStrange}
  ON CONFLICT DO NOTHING`;

/** A question that is new, or names others than before: of two that name each other, both end. */
const changedDoubt = `EXISTS (
    SELECT 1 FROM exceptions x
    WHERE x.subject = j.value->>'subject' AND x.status <> 'settled' AND x.changed_at = ?2)`;

/** Pokes the records that ask about these, or about the links of these entities. */
const againSql = (where: string, of: "records" | "links" = "records") => {
  const now = of === "links" ? "?3" : "?2";
  const key = of === "links" ? ["l.object", "l.system", "l.record_id"] : fromItem;
  const links = of === "links" ? "CROSS JOIN links l" : "";
  const own = of === "links" ? "l.entity_id = j.value->>'entityId' AND l.alias = 0" : "true";
  return `
  INSERT INTO pokes (system, object, record_id, arrivals, first_at, last_at, due_at, attempt, lane,
                     echo)
  SELECT DISTINCT d.asking_system, d.object, d.asking_id, 1, ${now}, ${now}, ${now}, 0, 'event',
         NULL
  FROM json_each(?1) j ${links} CROSS JOIN doubts d
  WHERE EXISTS (SELECT 1 FROM doubts) AND ${own} AND ${where}
    AND (d.object, d.system, d.record_id) = (${key.join(", ")})
    AND EXISTS (
      SELECT 1 FROM exceptions y WHERE y.status <> 'settled' AND y.kind = 'ambiguous'
        AND y.subject = d.asking_system || '/' || d.object || '/' || d.asking_id)
  ON CONFLICT (system, object, record_id) DO UPDATE SET
    arrivals = arrivals + 1, last_at = excluded.last_at, due_at = min(due_at, excluded.due_at),
    echo = NULL
  RETURNING system, object, record_id`;
};

const fromItem = ["j.value->>'object'", "j.value->>'system'", "j.value->>'recordId'"];
