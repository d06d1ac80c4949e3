/**
 * The two guarded batches of a job. `intend` makes writes durable before they are sent; `commit`
 * records what became of them. Every statement is guarded by the entity's version (or by the
 * commit that just moved it), because a D1 batch rolls back on error, not on "no row matched".
 */
import type { D1PreparedStatement } from "@cloudflare/workers-types";
import type { EntityId, Fields, ObjectName, SystemId } from "../../shared/record.ts";
import { type ChainedEntry, chained } from "../core/audit-chain.ts";
import type { Ruling } from "../core/decision.ts";
import { type Database, regrouped, statementsFor } from "./database.ts";
import type { IntendedWrite, LoadedPoke, WrittenOver } from "./load.ts";
import { keyOfRow, keyText, type RecordKey } from "./mailbox.ts";

export interface NewLink extends RecordKey {
  readonly url: string | null;
}

export interface EntityIntent {
  readonly entityId: EntityId;
  /** The version the decision was made at. */
  readonly version: number;
  /** For an entity that does not exist yet: what it is born with. All of its links, or nothing. */
  readonly birth: { readonly object: ObjectName; readonly links: readonly NewLink[] } | null;
  /** Empty for an entity that is only born. */
  readonly writes: readonly IntendedWrite[];
  /** The commit id of an abandoned intent that this one takes over. */
  readonly takesOver: string | null;
}

/** What a job writes to one object of one system: counted before it is sent. */
export interface BrakeCount {
  readonly system: SystemId;
  readonly object: ObjectName;
  readonly writes: number;
  readonly blanks: number;
  readonly deletes: number;
  /** How many of a person's releases this uses up. */
  readonly released: number;
}

/**
 * Makes entities and intents durable; answers with the entities that may be written. Of two jobs
 * that race for one entity, one is not in the answer and must look again.
 */
export async function intend(
  db: Database,
  commitId: string,
  intents: readonly EntityIntent[],
  counts: { readonly brakes: readonly BrakeCount[]; readonly windowMs: number },
  now: number,
): Promise<ReadonlySet<EntityId>> {
  if (intents.length === 0) return new Set();
  const births = intents.filter(({ birth }) => birth !== null);
  const writing = intents.filter(takesIntent);
  const statements = [
    ...(births.length > 0
      ? [
          ...statementsFor(db, bearLinksSql, births),
          ...statementsFor(db, bearEntitiesSql, births, commitId, now),
        ]
      : []),
    ...statementsFor(db, intendSql, writing, commitId, now),
    ...statementsFor(db, brakeSql, counts.brakes, now, counts.windowMs),
  ];
  const held = await db.batch([
    ...statements,
    ...statementsFor(db, heldSql, intents.map(heldItem), commitId),
  ]);
  return new Set(
    held
      .slice(statements.length)
      .flat()
      .map((row) => String(row.id)),
  );
}

/** Also where nothing is left to write: an abandoned intent is ended only by its new owner. */
const takesIntent = ({ writes, takesOver }: EntityIntent): boolean =>
  writes.length > 0 || takesOver !== null;

const heldItem = (intent: EntityIntent) => ({
  entityId: intent.entityId,
  version: intent.version,
  born: intent.birth !== null,
  writing: takesIntent(intent),
});

const bearLinksSql = `
  INSERT INTO links (system, object, record_id, entity_id, url)
  SELECT l.value->>'system', l.value->>'object', l.value->>'recordId', e.value->>'entityId',
         l.value->>'url'
  FROM json_each(?1) e CROSS JOIN json_each(e.value->'birth'->'links') l
  WHERE NOT EXISTS (
    SELECT 1 FROM json_each(e.value->'birth'->'links') o CROSS JOIN links x
    WHERE x.system = o.value->>'system' AND x.object = o.value->>'object'
      AND x.record_id = o.value->>'recordId')
  ON CONFLICT DO NOTHING`;

const bearEntitiesSql = `
  INSERT INTO entities (id, object, version, commit_id, base, seen, seen_at, audit_entries,
                        created_at)
  SELECT e.value->>'entityId', e.value->'birth'->>'object', 0, ?2, '{}', '{}', NULL, 0, ?3
  FROM json_each(?1) e
  WHERE EXISTS (SELECT 1 FROM links x WHERE x.entity_id = e.value->>'entityId'
                                             AND x.alias = 0)
  ON CONFLICT DO NOTHING`;

const intendSql = `
  INSERT INTO intents (entity_id, version, commit_id, planned_at, writes)
  SELECT e.id, e.version, ?2, ?3, i.value->'writes'
  FROM json_each(?1) i CROSS JOIN entities e
  WHERE e.id = i.value->>'entityId' AND e.version = i.value->>'version'
  ON CONFLICT (entity_id) DO UPDATE SET
    version = excluded.version, commit_id = excluded.commit_id,
    planned_at = excluded.planned_at, writes = excluded.writes
  WHERE intents.commit_id = (
    SELECT i.value->>'takesOver' FROM json_each(?1) i
    WHERE i.value->>'entityId' = intents.entity_id)`;

const brakeSql = `
  INSERT INTO brakes (system, object, window_at, writes, blanks, deletes, released)
  SELECT j.value->>'system', j.value->>'object', ?2, j.value->>'writes', j.value->>'blanks',
         j.value->>'deletes', 0
  FROM json_each(?1) j WHERE true
  ON CONFLICT (system, object) DO UPDATE SET
    writes = CASE WHEN ?2 < window_at + ?3 THEN writes ELSE 0 END + excluded.writes,
    blanks = CASE WHEN ?2 < window_at + ?3 THEN blanks ELSE 0 END + excluded.blanks,
    deletes = CASE WHEN ?2 < window_at + ?3 THEN deletes ELSE 0 END + excluded.deletes,
    window_at = CASE WHEN ?2 < window_at + ?3 THEN window_at ELSE ?2 END,
    released = max(0, released - (
      SELECT j.value->>'released' FROM json_each(?1) j
      WHERE j.value->>'system' = brakes.system AND j.value->>'object' = brakes.object))`;

const heldSql = `
  SELECT e.id FROM json_each(?1) i CROSS JOIN entities e
  WHERE e.id = i.value->>'entityId' AND e.version = i.value->>'version'
    AND (NOT i.value->>'born' OR e.commit_id = ?2)
    AND (NOT i.value->>'writing'
      OR EXISTS (SELECT 1 FROM intents t WHERE t.entity_id = e.id AND t.commit_id = ?2))`;

/** What a merge in one system does to an entity's link there. */
export type Relink = RecordKey &
  (
    | {
        /** The survivor takes the place of the linked record, unless it is linked already. */
        readonly kind: "moved";
        readonly to: string;
        readonly url: string | null;
        /** Ids that stand for the survivor from now on. */
        readonly aliases: readonly string[];
      }
    /** The survivor belongs to another entity: the id is that one's alias from now on. */
    | { readonly kind: "lost"; readonly keeper: EntityId }
  );

export interface EntityCommit {
  readonly entityId: EntityId;
  readonly version: number;
  readonly base: Fields;
  readonly seen: Readonly<Record<SystemId, Fields>>;
  readonly seenAt: number | null;
  readonly written: WrittenOver;
  readonly goneAt: number | null;
  /** A person asked to be forgotten: what is buried, and whether our values go now. */
  readonly erase: { readonly tombstones: readonly string[]; readonly values: boolean } | null;
  /** How many entries the audit of this entity holds already. */
  readonly auditEntries: number;
  readonly auditHead: string;
  readonly links: readonly NewLink[];
  readonly relinks: readonly Relink[];
  readonly audit: readonly AuditEntry[];
  readonly raise: readonly NewException[];
  /** Ids of exceptions that are settled now, and how. */
  readonly settle: readonly { readonly id: string; readonly resolution: string }[];
  /** Exceptions whose ruling did not hold any more: open again. */
  readonly reopen: readonly string[];
  /** Writes of earlier jobs that could not be settled either; empty ends the intent. */
  readonly unsettled: readonly IntendedWrite[];
}

export interface AuditEntry {
  readonly kind:
    | "wrote"
    | "created"
    | "archived"
    | "erased"
    | "unconfirmed"
    | "linked"
    | "relinked"
    | "discarded"
    | "ruled"
    | "undone"
    | "parted";
  readonly at: number;
  readonly detail: unknown;
  /** Random: keeps an erased value from being guessed from its commitment. */
  readonly salt: string;
}

/** As jobs make it; the salt is added where randomness is at hand. */
export type Unsalted = Omit<AuditEntry, "salt">;

export interface NewException {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly object: ObjectName;
  readonly entityId: EntityId | null;
  readonly system: SystemId | null;
  readonly recordId: string | null;
  readonly field: string | null;
  readonly detail: unknown;
  readonly shown: string | null;
}

export interface Commit {
  readonly entities: readonly EntityCommit[];
  /** Exceptions that hang on no commit of an entity. */
  readonly raise: readonly NewException[];
  /** Records that belong to no entity and are no matter any more, and why. */
  readonly answered: readonly { readonly key: RecordKey; readonly resolution: string }[];
  /** Pokes that are done with; `entityId` names the commit they depend on. */
  readonly done: readonly { readonly poke: LoadedPoke; readonly entityId: EntityId | null }[];
  /**
   * What is asked and done about records that nobody was linked to when they were looked at. Void
   * where another job has linked one since: then its poke stays, to be looked at properly.
   */
  readonly strangers: {
    readonly raise: readonly NewException[];
    readonly done: readonly LoadedPoke[];
  };
  /** Entities whose writes have an unknown outcome: their intent is free to be taken over. */
  readonly abandon: readonly EntityId[];
  /** Pokes that wait for a person; \`by\` says for what. */
  readonly hold: readonly { readonly poke: LoadedPoke; readonly by: string }[];
  /** Pokes that must wait. */
  readonly defer: readonly {
    readonly poke: LoadedPoke;
    readonly dueAt: number;
    /** Whether this was an attempt that failed, or only waiting for somebody else. */
    readonly attempted: boolean;
  }[];
}

export interface Committed {
  /** Entities whose commit took hold; the others lost a race and must look again. */
  readonly entities: ReadonlySet<EntityId>;
  /** Exceptions that were opened, or reopened with other values. */
  readonly raised: readonly string[];
  /** Records whose question names one that changed: they are to be looked at again. */
  readonly again: readonly RecordKey[];
}

export async function commit(
  db: Database,
  commitId: string,
  work: Commit,
  now: number,
): Promise<Committed> {
  const { entities } = work;
  const raise = [
    ...work.raise.map((one) => ({ ...one, guarded: false })),
    ...entities.flatMap((entity) => entity.raise.map((one) => ({ ...one, guarded: true }))),
    ...work.strangers.raise.map((one) => ({ ...one, guarded: false, stranger: true })),
  ];
  const asked = raise.filter(({ kind }) => kind === "ambiguous");
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
    filled(db, raiseSql, raise, commitId, now),
    filled(db, loseSql, relinked(entities, "lost"), commitId),
    filled(db, moveSql, relinked(entities, "moved"), commitId),
    filled(db, aliasSql, relinked(entities, "moved"), commitId),
    filled(db, linkSql, tagged(entities, "links"), commitId),
    filled(db, auditSql, [...chains.values()].flat(), commitId),
    filled(db, settleSql, tagged(entities, "settle"), commitId, now),
    filled(db, linkedSql, entities.filter(isBorn), commitId, now),
    filled(db, reopenSql, reopened(entities), commitId, now),
    filled(db, answeredSql, work.answered.map(answeredItem), now),
    filled(
      db,
      endIntentSql,
      entities.filter(({ unsettled }) => unsettled.length === 0),
      commitId,
    ),
    filled(
      db,
      keepIntentSql,
      entities.filter(({ unsettled }) => unsettled.length > 0),
      commitId,
    ),
    filled(db, abandonSql, work.abandon, commitId),
    filled(db, doneSql, work.done.map(doneItem), commitId),
    filled(db, doneSql, work.strangers.done.map(strangerItem), commitId),
    filled(db, deferSql, work.defer.map(deferItem)),
    filled(db, holdSql, work.hold.map(holdItem), now),
  ];
  const doubting = [
    filled(db, againSql(changedDoubt), asked, now),
    filled(db, againSql("true"), work.answered.map(answeredItem), now),
    filled(db, againSql(moved, "links"), advances, commitId, now),
    filled(db, doubtsSql, asked),
  ];
  const statements = [...groups, ...doubting].flat();
  if (statements.length === 0) return { entities: new Set(), raised: [], again: [] };
  const rows = regrouped([...groups, ...doubting], await db.batch(statements));
  const [advanced = [], raised = []] = [rows[0], rows[1 + erasureGroups]];
  return {
    entities: new Set(advanced.map((row) => String(row.id))),
    raised: raised.map((row) => String(row.id)),
    again: rows.slice(groups.length).flat().map(keyOfRow),
  };
}

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

const filled = (
  db: Database,
  sql: string,
  items: readonly unknown[],
  ...more: readonly (string | number | null)[]
): D1PreparedStatement[] => (items.length === 0 ? [] : statementsFor(db, sql, items, ...more));

const tagged = (entities: readonly EntityCommit[], part: "links" | "settle") =>
  entities.flatMap((entity) =>
    entity[part].map((item) => ({ ...item, entityId: entity.entityId })),
  );

const relinked = (entities: readonly EntityCommit[], kind: Relink["kind"]) =>
  entities.flatMap(({ entityId, relinks }) =>
    relinks.flatMap((one) => (one.kind === kind ? [{ ...one, entityId }] : [])),
  );

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

/** This is the first commit of its life. */
const isBorn = ({ version }: EntityCommit): boolean => version === 0;

const reopened = (entities: readonly EntityCommit[]) =>
  entities.flatMap(({ entityId, reopen }) => reopen.map((id) => ({ id, entityId })));

const doneItem = ({ poke, entityId }: Commit["done"][number]) => ({
  system: poke.system,
  object: poke.object,
  recordId: poke.recordId,
  arrivals: poke.arrivals,
  firstAt: poke.firstAt,
  entityId,
});

const strangerItem = (poke: LoadedPoke) => ({
  ...doneItem({ poke, entityId: null }),
  stranger: true,
});

const answeredItem = ({ key, resolution }: Commit["answered"][number]) => ({
  ...key,
  subject: keyText(key),
  resolution,
});

const deferItem = ({ poke, dueAt, attempted }: Commit["defer"][number]) => ({
  system: poke.system,
  object: poke.object,
  recordId: poke.recordId,
  arrivals: poke.arrivals,
  firstAt: poke.firstAt,
  dueAt,
  attempted: attempted ? 1 : 0,
});

const holdItem = ({ poke, by }: Commit["hold"][number]) => ({
  system: poke.system,
  object: poke.object,
  recordId: poke.recordId,
  arrivals: poke.arrivals,
  firstAt: poke.firstAt,
  by,
});

/** Holds for entities that the first statement of this very batch moved. */
const moved =
  "EXISTS (SELECT 1 FROM entities e WHERE e.id = j.value->>'entityId' \
AND e.commit_id = ?2 AND e.version > 0)";

/** Holds for what is not about a stranger, or about one that nobody has linked since. */
const stillStrange = `(j.value->>'stranger' IS NULL OR NOT EXISTS (
    SELECT 1 FROM links l
    WHERE l.system = j.value->>'system' AND l.object = j.value->>'object'
      AND l.record_id = j.value->>'recordId'))`;

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

const auditSql = `
  INSERT INTO audit (entity_id, entry, at, kind, detail, salt, commitment, chain)
  SELECT j.value->>'entityId', j.value->>'entry', j.value->>'at', j.value->>'kind',
         j.value->>'detail', j.value->>'salt', j.value->>'commitment', j.value->>'chain'
  FROM json_each(?1) j WHERE ${moved}`;

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

const endIntentSql = `
  DELETE FROM intents WHERE commit_id = ?2
    AND entity_id IN (SELECT j.value->>'entityId' FROM json_each(?1) j WHERE ${moved})`;

const keepIntentSql = `
  UPDATE intents SET planned_at = 0, writes = j.value->'unsettled'
  FROM json_each(?1) j
  WHERE intents.commit_id = ?2 AND intents.entity_id = j.value->>'entityId' AND ${moved}`;

const abandonSql = `
  UPDATE intents SET planned_at = 0
  WHERE commit_id = ?2 AND entity_id IN (SELECT value FROM json_each(?1))`;

// A row that was removed and came again counts from one again. When it first arrived tells whether
// it is the row that was read, or one that came while this job was at it.
const doneSql = `
  DELETE FROM pokes WHERE (system, object, record_id, arrivals, first_at) IN (
    SELECT j.value->>'system', j.value->>'object', j.value->>'recordId', j.value->>'arrivals',
           j.value->>'firstAt'
    FROM json_each(?1) j
    WHERE (j.value->>'entityId' IS NULL OR ${moved}) AND ${stillStrange})`;

const deferSql = `
  UPDATE pokes SET due_at = j.value->>'dueAt', attempt = attempt + (j.value->>'attempted')
  FROM json_each(?1) j
  WHERE pokes.system = j.value->>'system' AND pokes.object = j.value->>'object'
    AND pokes.record_id = j.value->>'recordId' AND pokes.arrivals = j.value->>'arrivals'
    AND pokes.first_at = j.value->>'firstAt'`;

// What it waits for may have been resumed or released since the job loaded it: then nobody would
// ever let it go, so it stays due. What arrived meanwhile may be none of the pause's business.
const holdSql = `
  UPDATE pokes SET held_by = j.value->>'by', due_at = ?2
  FROM json_each(?1) j
  WHERE pokes.system = j.value->>'system' AND pokes.object = j.value->>'object'
    AND pokes.record_id = j.value->>'recordId' AND pokes.arrivals = j.value->>'arrivals'
    AND pokes.first_at = j.value->>'firstAt'
    AND (EXISTS (SELECT 1 FROM pauses p WHERE 'pause:' || p.scope = j.value->>'by')
      OR EXISTS (SELECT 1 FROM exceptions x
                 WHERE x.subject = j.value->>'by' AND x.status <> 'settled'))`;

/** Records a person's answer, if the exception still shows what the person saw. */
export async function rule(
  db: Database,
  exceptionId: string,
  ruling: Ruling,
  key: RecordKey,
  now: number,
): Promise<boolean> {
  const [ruled] = await db.batch([
    db
      .prepare(
        `UPDATE exceptions SET status = 'ruled', ruling = ?3, undo = NULL, changed_at = ?4
         WHERE id = ?1 AND status = 'open' AND shown = ?2 RETURNING id`,
      )
      .bind(exceptionId, ruling.shown, JSON.stringify(ruling), now),
    pokeIfRuled(db, exceptionId, key, now),
  ]);
  return (ruled?.length ?? 0) > 0;
}

/** A person waits for what they answered: the record is looked at, if the answer was taken. */
export const pokeIfRuled = (
  db: Database,
  exceptionId: string,
  key: RecordKey,
  now: number,
): D1PreparedStatement =>
  db
    .prepare(
      `INSERT INTO pokes (system, object, record_id, arrivals, first_at, last_at, due_at, attempt,
                          lane, echo)
       SELECT ?1, ?2, ?3, 1, ?4, ?4, ?4, 0, 'person', NULL
       WHERE EXISTS (SELECT 1 FROM exceptions WHERE id = ?5 AND status = 'ruled')
       ON CONFLICT DO UPDATE SET arrivals = arrivals + 1, due_at = ?4, lane = 'person',
         echo = NULL`,
    )
    .bind(key.system, key.object, key.recordId, now, exceptionId);
