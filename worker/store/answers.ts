/**
 * What people answer to questions about records: made durable here, once, while the question is
 * still the one that they saw. What follows is the ordinary job's.
 */
import type { D1PreparedStatement } from "@cloudflare/workers-types";
import type { SystemId } from "../../shared/record.ts";
import { chained } from "../core/audit-chain.ts";
import { type Database, statementsFor } from "./database.ts";
import type { Answer, Entity } from "./load.ts";
import { type NewPoke, pokeStatements, type RecordKey } from "./mailbox.ts";
import { pokeIfRuled } from "./rulings.ts";

/** What a person says of two records. */
export interface Judgement {
  readonly one: RecordKey;
  readonly other: RecordKey;
  readonly same: boolean;
}

/** The answer is taken only while the question is open as it was shown. */
export interface Answering {
  readonly exceptionId: string;
  readonly shown: string;
  readonly answer: Answer;
}

/**
 * Keeps an answer that a job carries out, with what it says of records. The keys are looked at; of
 * two answers given at once one is kept. False if it was not this one.
 */
export async function keepAnswer(
  db: Database,
  asked: Answering,
  judgements: readonly Judgement[],
  look: readonly RecordKey[],
): Promise<boolean> {
  const { exceptionId, answer } = asked;
  const [kept = []] = await db.batch([
    ruled(db, asked, "ruled"),
    ...judged(db, judgements, asked),
    ...look.map((key) => pokeIfRuled(db, exceptionId, key, answer.at)),
  ]);
  return kept.length > 0;
}

const ruled = (
  db: Database,
  { exceptionId, shown, answer }: Answering,
  status: "ruled" | "settled",
): D1PreparedStatement =>
  db
    .prepare(
      `UPDATE exceptions SET status = ?4, answer = ?3, changed_at = ?5,
         settled_at = CASE WHEN ?4 = 'settled' THEN ?5 END,
         resolution = CASE WHEN ?4 = 'settled' THEN ?3 ->> 'verb' END
       WHERE id = ?1 AND status = 'open' AND shown = ?2 RETURNING id`,
    )
    .bind(exceptionId, shown, JSON.stringify(answer), status, answer.at);

/** Only where the answer of this batch was taken: what is written names it. */
function judged(
  db: Database,
  judgements: readonly Judgement[],
  { exceptionId, answer }: Answering,
): D1PreparedStatement[] {
  const ends = judgements.flatMap(({ one, other, same }) => [
    { ...one, other, same },
    { ...other, other: one, same },
  ]);
  if (ends.length === 0) return [];
  const by = answer.person.name ?? answer.person.id ?? "";
  return statementsFor(db, judgeSql, ends, by, answer.at, exceptionId, JSON.stringify(answer));
}

const judgeSql = `
  INSERT INTO judgements (object, system, record_id, other_system, other_id, same, by, at)
  SELECT j.value->>'object', j.value->>'system', j.value->>'recordId',
         j.value->'other'->>'system', j.value->'other'->>'recordId', j.value->>'same', ?2, ?3
  FROM json_each(?1) j
  WHERE EXISTS (SELECT 1 FROM exceptions x WHERE x.id = ?4 AND x.answer = ?5)
  ON CONFLICT DO UPDATE SET same = excluded.same, by = excluded.by, at = excluded.at`;

/** What a person changes of the links of an entity themselves, without a write to any system. */
export interface Parting {
  readonly entity: Pick<Entity, "id" | "version" | "auditEntries" | "auditHead" | "without">;
  readonly commitId: string;
  readonly salt: string;
  /** Records that belong to nobody from now on, and are looked at as such. */
  readonly free: readonly RecordKey[];
  /** Records that only still name the entity. */
  readonly retire: readonly RecordKey[];
  /** Systems that it goes on without. */
  readonly without: readonly SystemId[];
}

/**
 * Parts records from their entity, and settles the question. Guarded by the entity's version, and
 * only while no write is under way. False if the question or the entity moved.
 */
export async function part(
  db: Database,
  asked: Answering,
  parting: Parting,
  judgements: readonly Judgement[],
): Promise<boolean> {
  const { entity, commitId, free, retire } = parting;
  const { at, person, verb } = asked.answer;
  const detail = JSON.stringify({ verb, person, free, retire, without: parting.without });
  const { id: entityId, version } = entity;
  const entry = { entityId, entry: entity.auditEntries, at, kind: "parted", detail };
  const told = await chained({ ...entry, salt: parting.salt }, entity.auditHead);
  const without = [...new Set([...entity.without, ...parting.without])];
  const [, taken = []] = await db.batch([
    db
      .prepare(
        `UPDATE entities SET version = version + 1, commit_id = ?3, audit_head = ?4,
           audit_entries = audit_entries + 1, without = ?5
         WHERE id = ?1 AND version = ?2
           AND NOT EXISTS (SELECT 1 FROM intents i WHERE i.entity_id = ?1)
           AND EXISTS (SELECT 1 FROM exceptions x
                       WHERE x.id = ?6 AND x.status = 'open' AND x.shown = ?7)`,
      )
      .bind(
        entityId,
        version,
        commitId,
        told.chain,
        JSON.stringify(without),
        asked.exceptionId,
        asked.shown,
      ),
    db
      .prepare(
        `UPDATE exceptions SET status = 'settled', answer = ?2, changed_at = ?3, settled_at = ?3,
           resolution = ?4
         WHERE id = ?1 AND status = 'open'
           AND EXISTS (SELECT 1 FROM entities e WHERE e.id = ?5 AND e.commit_id = ?6)
         RETURNING id`,
      )
      .bind(asked.exceptionId, JSON.stringify(asked.answer), at, verb, entityId, commitId),
    ...[...free, ...retire].map(({ system, object, recordId }, index) =>
      db
        .prepare(index < free.length ? freeSql : retireSql)
        .bind(system, object, recordId, entityId, commitId),
    ),
    // What else is asked about the entity is about records that it may not have any more.
    ...(free.length === 0 ? [] : [db.prepare(othersSql).bind(entityId, at, commitId)]),
    ...judged(db, judgements, asked),
    db
      .prepare(
        `INSERT INTO audit (entity_id, entry, at, kind, detail, salt, commitment, chain)
         SELECT ?1, ?2, ?3, 'parted', ?4, ?5, ?6, ?7
         WHERE EXISTS (SELECT 1 FROM entities e WHERE e.id = ?1 AND e.commit_id = ?8)`,
      )
      .bind(entityId, entry.entry, at, detail, told.salt, told.commitment, told.chain, commitId),
    ...pokeStatements(db, free.map(byPerson), at),
  ]);
  return taken.length > 0;
}

const byPerson = (key: RecordKey): NewPoke => ({ ...key, lane: "person", echo: null });

const partedNow = "EXISTS (SELECT 1 FROM entities e WHERE e.id = ?4 AND e.commit_id = ?5)";
const freeSql = `
  DELETE FROM links WHERE system = ?1 AND object = ?2 AND record_id = ?3 AND entity_id = ?4
    AND ${partedNow}`;
const retireSql = `
  UPDATE links SET alias = 1, url = NULL
  WHERE system = ?1 AND object = ?2 AND record_id = ?3 AND entity_id = ?4 AND ${partedNow}`;
const othersSql = `
  UPDATE exceptions SET status = 'settled', settled_at = ?2, resolution = 'parted'
  WHERE entity_id = ?1 AND status <> 'settled'
    AND EXISTS (SELECT 1 FROM entities e WHERE e.id = ?1 AND e.commit_id = ?3)`;

/** Questions about records that nobody is linked to, for one that they name as a candidate. */
export const doubtedSql = `
  SELECT x.* FROM json_each(?1) k CROSS JOIN doubts d CROSS JOIN exceptions x
  WHERE d.object = k.value->>'object' AND d.system = k.value->>'system'
    AND d.record_id = k.value->>'recordId' AND x.status <> 'settled' AND x.kind = 'ambiguous'
    AND x.subject = d.asking_system || '/' || d.object || '/' || d.asking_id`;

/** Duplicates that met the record of an entity. */
export const keptSql = `
  SELECT x.* FROM exceptions x
  WHERE x.kind = 'duplicate' AND x.status <> 'settled' AND x.detail ->> 'keeper' IN (
    SELECT l.entity_id FROM json_each(?1) k CROSS JOIN links l
    WHERE l.system = k.value->>'system' AND l.object = k.value->>'object'
      AND l.record_id = k.value->>'recordId')`;
