/**
 * What a commit does to links: new ones, and what merges did to old ones. A record stays linked to
 * one entity; of two that claim it, the first keeps it.
 */
import type { D1PreparedStatement } from "@cloudflare/workers-types";
import { filled, moved } from "./commit-guards.ts";
import type { EntityCommit, Relink } from "./commit-types.ts";
import type { Database } from "./database.ts";

/** Merges first: an id that an entity gives up is another's before anything new is linked. */
export const linkings = (
  db: Database,
  entities: readonly EntityCommit[],
  commitId: string,
): D1PreparedStatement[][] => [
  filled(db, loseSql, relinked(entities, "lost"), commitId),
  filled(db, moveSql, relinked(entities, "moved"), commitId),
  filled(db, aliasSql, relinked(entities, "moved"), commitId),
  filled(db, linkSql, linked(entities), commitId),
];

const relinked = (entities: readonly EntityCommit[], kind: Relink["kind"]) =>
  entities.flatMap(({ entityId, relinks }) =>
    relinks.flatMap((one) => (one.kind === kind ? [{ ...one, entityId }] : [])),
  );

const linked = (entities: readonly EntityCommit[]) =>
  entities.flatMap(({ entityId, links }) => links.map((link) => ({ ...link, entityId })));

const linkSql = `
  INSERT INTO links (system, object, record_id, entity_id, url)
  SELECT j.value->>'system', j.value->>'object', j.value->>'recordId', j.value->>'entityId',
         j.value->>'url'
  FROM json_each(?1) j WHERE ${moved} ON CONFLICT DO NOTHING`;

const relinkKey = `links.system = j.value->>'system' AND links.object = j.value->>'object'
    AND links.record_id = j.value->>'recordId' AND links.entity_id = j.value->>'entityId'
    AND links.alias = 0`;

const loseSql = `
  UPDATE links SET alias = 1, url = NULL, entity_id = j.value->>'keeper'
  FROM json_each(?1) j WHERE ${relinkKey} AND ${moved}`;

const moveSql = `
  UPDATE links SET record_id = j.value->>'to', url = j.value->>'url'
  FROM json_each(?1) j WHERE ${relinkKey} AND ${moved}
    AND NOT EXISTS (
      SELECT 1 FROM links x
      WHERE x.system = j.value->>'system' AND x.object = j.value->>'object'
        AND x.record_id = j.value->>'to')`;

// Ids that are linked to another entity still are that one's to give up.
const aliasSql = `
  INSERT INTO links (system, object, record_id, entity_id, url, alias)
  SELECT j.value->>'system', j.value->>'object', a.value, j.value->>'entityId', NULL, 1
  FROM json_each(?1) j CROSS JOIN json_each(j.value->'aliases') a
  WHERE ${moved} AND EXISTS (
    SELECT 1 FROM links x
    WHERE x.system = j.value->>'system' AND x.object = j.value->>'object'
      AND x.record_id = j.value->>'to' AND x.entity_id = j.value->>'entityId')
  ON CONFLICT DO NOTHING`;
