/**
 * The guarded batch at the end of a job: it records what became of what `intend` made durable, all
 * of it or nothing. Every statement is guarded by the entity's version, or by the commit that just
 * moved it (commit-guards.ts).
 */
import type { D1PreparedStatement } from "@cloudflare/workers-types";
import { type ChainedEntry, chained } from "../core/audit-chain.ts";
import { doubts, raisings, settlements } from "./commit-exceptions.ts";
import { filled, moved } from "./commit-guards.ts";
import { linkings } from "./commit-links.ts";
import { mendedMeanwhile, pokeFates } from "./commit-pokes.ts";
import type { Commit, Committed, EntityCommit } from "./commit-types.ts";
import { type Database, regrouped } from "./database.ts";
import { endings } from "./intents.ts";
import { keyOfRow } from "./mailbox.ts";

export async function commit(
  db: Database,
  commitId: string,
  work: Commit,
  now: number,
): Promise<Committed> {
  const { entities } = work;
  const chains = new Map(
    await Promise.all(entities.map(async (one) => [one.entityId, await chainOf(one)] as const)),
  );
  const advances = entities.map((one) => ({
    ...one,
    auditHead: chains.get(one.entityId)?.at(-1)?.chain ?? one.auditHead,
  }));
  const groups: D1PreparedStatement[][] = [
    filled(db, advanceSql, advances, commitId, now),
    ...erasures(db, entities, commitId, now),
    raisings(db, work, commitId, now),
    ...linkings(db, entities, commitId),
    filled(db, auditSql, [...chains.values()].flat(), commitId),
    ...settlements(db, work, commitId, now),
    ...endings(db, work, commitId),
    ...pokeFates(db, work, commitId, now),
  ];
  const again = [
    ...doubts(db, work, commitId, now),
    mendedMeanwhile(db, work.drifted, commitId, now),
  ];
  const statements = [...groups, ...again].flat();
  if (statements.length === 0) return { entities: new Set(), raised: [], again: [] };
  const rows = regrouped([...groups, ...again], await db.batch(statements));
  const [advanced = [], raised = []] = [rows[0], rows[1 + erasureGroups]];
  return {
    entities: new Set(advanced.map((row) => String(row.id))),
    raised: raised.map((row) => String(row.id)),
    again: rows.slice(groups.length).flat().map(keyOfRow),
  };
}

/** The new entries of an entity, each chained to the one before. */
async function chainOf(entity: EntityCommit): Promise<ChainedEntry[]> {
  const { entityId, auditEntries, audit } = entity;
  const entries: ChainedEntry[] = [];
  for (const { kind, at, detail, salt } of audit) {
    const entry = auditEntries + entries.length;
    const head = entries.at(-1)?.chain ?? entity.auditHead;
    const added = { entityId, entry, at, kind, detail: JSON.stringify(detail), salt };
    entries.push(await chained(added, head));
  }
  return entries;
}

// No other job's intent may be pending: its writes are decided on the version this would move.
const advanceSql = `
  UPDATE entities SET
    version = entities.version + 1,
    commit_id = ?2,
    base = j.value->'base',
    seen = j.value->'seen',
    seen_at = j.value->>'seenAt',
    written = j.value->'written',
    gone_at = j.value->>'goneAt',
    erased_at = CASE WHEN j.value->>'erase' IS NULL THEN entities.erased_at
                ELSE coalesce(entities.erased_at, ?3) END,
    audit_entries = entities.audit_entries + json_array_length(j.value->'audit'),
    audit_head = j.value->>'auditHead'
  FROM json_each(?1) j
  WHERE entities.id = j.value->>'entityId' AND entities.version = j.value->>'version'
    AND NOT EXISTS (SELECT 1 FROM intents i
                    WHERE i.entity_id = entities.id AND i.commit_id <> ?2)
  RETURNING entities.id AS id`;

const auditSql = `
  INSERT INTO audit (entity_id, entry, at, kind, detail, salt, commitment, chain)
  SELECT j.value->>'entityId', j.value->>'entry', j.value->>'at', j.value->>'kind',
         j.value->>'detail', j.value->>'salt', j.value->>'commitment', j.value->>'chain'
  FROM json_each(?1) j WHERE ${moved}`;

const erasureGroups = 4;

/** Values go everywhere they are kept, before anything new is stored about the entity. */
function erasures(
  db: Database,
  entities: readonly EntityCommit[],
  commitId: string,
  now: number,
): D1PreparedStatement[][] {
  const wiped = entities.flatMap(({ entityId, erase }) => (erase?.values ? [{ entityId }] : []));
  const buried = entities.flatMap(({ entityId, erase }) =>
    (erase?.tombstones ?? []).map((hash) => ({ entityId, hash })),
  );
  return [
    filled(db, wipeAuditSql, wiped, commitId),
    filled(db, wipeExceptionsSql, wiped, commitId, now),
    filled(db, wipeEchoesSql, wiped, commitId),
    filled(db, burySql, buried, commitId, now),
  ];
}

const wipeAuditSql = `
  UPDATE audit SET detail = NULL, salt = NULL
  WHERE entity_id IN (SELECT j.value->>'entityId' FROM json_each(?1) j WHERE ${moved})`;

// Settled ones hold values too, and no index leads to them: erasing is rare enough to look through.
const wipeExceptionsSql = `
  UPDATE exceptions SET detail = '{}', shown = NULL, ruling = NULL, undo = NULL, answer = NULL,
    status = 'settled',
    settled_at = coalesce(settled_at, ?3), resolution = coalesce(resolution, 'erased')
  WHERE entity_id IN (SELECT j.value->>'entityId' FROM json_each(?1) j WHERE ${moved})`;

const wipeEchoesSql = `
  UPDATE pokes SET echo = NULL
  WHERE (system, object, record_id) IN (
    SELECT l.system, l.object, l.record_id FROM json_each(?1) j CROSS JOIN links l
    WHERE l.entity_id = j.value->>'entityId' AND l.alias = 0 AND ${moved})`;

const burySql = `
  INSERT INTO tombstones (hash, entity_id, at)
  SELECT j.value->>'hash', j.value->>'entityId', ?3 FROM json_each(?1) j WHERE ${moved}
  ON CONFLICT DO NOTHING`;
