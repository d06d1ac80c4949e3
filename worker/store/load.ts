/** Everything a job must know about a batch of records, in one round trip. */
import type { D1PreparedStatement } from "@cloudflare/workers-types";
import * as z from "zod";
import { type AnswerVerb, answerVerbSchema } from "../../shared/contract.ts";
import {
  type Actor,
  actorSchema,
  type EntityId,
  type FieldName,
  type Fields,
  fieldsSchema,
  heldSchema,
  type ObjectName,
  type SystemId,
} from "../../shared/record.ts";
import type { BrakeState } from "../core/brake.ts";
import type { Ruling } from "../core/decision.ts";
import type { Written } from "../core/overwritten.ts";
import { type Database, type Row, regrouped, statementsFor } from "./database.ts";
import { type DriftedField, driftedOf } from "./drifts.ts";
import { keyOfRow, keyText, type Lane, type RecordKey } from "./mailbox.ts";

export interface LoadedPoke extends RecordKey {
  /** What the row counted when it was read; the commit removes it only if it still does. */
  readonly arrivals: number;
  readonly attempt: number;
  readonly dueAt: number;
  readonly firstAt: number;
  readonly lane: Lane;
  readonly echo: Fields | null;
  readonly erased: boolean;
  /** Why it waits for a person, or null. */
  readonly heldBy: string | null;
}

export interface Entity {
  readonly id: EntityId;
  readonly object: ObjectName;
  readonly version: number;
  readonly base: Fields;
  readonly seen: Readonly<Record<SystemId, Fields>>;
  readonly seenAt: number | null;
  /** What we last wrote over, by system without compare-and-set, until a read proved it clean. */
  readonly written: WrittenOver;
  /** Since when it is gone in every system it was in; null: it is not, or all came back. */
  readonly goneAt: number | null;
  /** Systems that a person said it goes on without. */
  readonly without: readonly SystemId[];
  /** Since when it holds no values, because a person asked to be forgotten. */
  readonly erasedAt: number | null;
  readonly auditEntries: number;
  /** The last hash of its audit chain. */
  readonly auditHead: string;
  /** The linked record of each system. */
  readonly links: Readonly<Record<SystemId, LinkedRecord>>;
  readonly intent: Intent | null;
  readonly exceptions: readonly OpenException[];
}

export type WrittenOver = Readonly<Record<SystemId, Readonly<Record<FieldName, Written>>>>;

const writtenOverSchema: z.ZodType<WrittenOver> = z.record(
  z.string(),
  z.record(
    z.string(),
    z.object({
      from: z.optional(heldSchema),
      to: heldSchema,
      told: z.optional(z.literal(true)),
    }),
  ),
);

export interface LinkedRecord {
  readonly recordId: string;
  readonly url: string | null;
}

/** Writes that were decided and made durable, and whose outcome is not known yet. */
export interface Intent {
  readonly commitId: string;
  readonly version: number;
  readonly plannedAt: number;
  readonly writes: readonly IntendedWrite[];
}

export const intendedWriteSchema = z.object({
  system: z.string(),
  operation: z.enum(["update", "create", "archive", "erase"]),
  /** Null for a create. */
  recordId: z.nullable(z.string()),
  fields: z.record(z.string(), z.object({ from: z.optional(heldSchema), to: heldSchema })),
});
export type IntendedWrite = z.infer<typeof intendedWriteSchema>;

/** What a person answered to a question that is not a choice between values. */
export interface Answer {
  readonly verb: AnswerVerb;
  readonly person: Actor;
  readonly at: number;
  /** The record it is about, where there were several. */
  readonly candidate: { readonly system: SystemId; readonly recordId: string } | null;
}

export interface OpenException {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly field: FieldName | null;
  readonly system: SystemId | null;
  readonly status: "open" | "ruled";
  readonly shown: string | null;
  readonly detail: unknown;
  readonly ruling: Ruling | null;
  /** Who takes the ruling back, or has taken the last one back. */
  readonly undo: Undo | null;
  readonly answer: Answer | null;
  readonly openedAt: number;
}

/** A person's word that their answer shall not stand. */
export interface Undo {
  readonly person: Actor;
  readonly at: number;
}

export interface Loaded {
  /** By key; keys without a row were worked on already. */
  readonly pokes: ReadonlyMap<string, LoadedPoke>;
  readonly entities: ReadonlyMap<EntityId, Entity>;
  /** The entity each record is linked to, by key. */
  readonly entityOf: ReadonlyMap<string, EntityId>;
  /** What people have paused. */
  readonly paused: ReadonlySet<string>;
  readonly brakes: readonly BrakeState[];
  /** Fields that are not what they are taken for in a system. */
  readonly drifted: readonly DriftedField[];
  /** The links of entities that the loaded ones refer to, as last agreed. */
  readonly neighbours: readonly Neighbour[];
}

/** `referring`: the fields whose values are other entities; of these the links come along. */
export async function load(
  db: Database,
  keys: readonly RecordKey[],
  referring: readonly FieldName[] = [],
): Promise<Loaded> {
  const fields = JSON.stringify(referring);
  const groups = [
    ...loadStatements(db, keys),
    referring.length === 0 ? [] : statementsFor(db, referredSql, keys, fields),
  ];
  return loadedOf(regrouped(groups, await db.batch(groups.flat())));
}

/** The statements of a load, for callers who ask for more in the same round trip. */
export const loadStatements = (
  db: Database,
  keys: readonly RecordKey[],
): D1PreparedStatement[][] => [
  ...[pokesSql, linksSql, entitiesSql, intentsSql, exceptionsSql].map((sql) =>
    statementsFor(db, sql, keys),
  ),
  [db.prepare(`SELECT scope FROM pauses`)],
  [db.prepare(brakesSql)],
  [db.prepare(`SELECT system, object, field FROM drifts`)],
];

/** How many groups of rows a load answers with. */
export const loadGroups = 8;

export function loadedOf(groups: readonly (readonly Row[])[]): Loaded {
  const [pokes = [], links = [], entities = [], intents = [], exceptions = [], paused = []] =
    groups;
  const linksOf = Map.groupBy(links, (row) => String(row.entity_id));
  const intentOf = new Map(intents.map((row) => [String(row.entity_id), intentOfRow(row)]));
  const exceptionsOf = Map.groupBy(exceptions, (row) => String(row.entity_id));
  return {
    pokes: new Map(pokes.map(pokeOfRow).map((poke) => [keyText(poke), poke])),
    entities: new Map(
      entities.map((row) => {
        const id = String(row.id);
        return [
          id,
          {
            ...entityOfRow(row),
            links: Object.fromEntries((linksOf.get(id) ?? []).map(linkOfRow)),
            intent: intentOf.get(id) ?? null,
            exceptions: (exceptionsOf.get(id) ?? []).map(exceptionOfRow),
          },
        ];
      }),
    ),
    entityOf: new Map(links.flatMap(entityOfLink)),
    paused: new Set(paused.map((row) => String(row.scope))),
    brakes: (groups[6] ?? []).map(brakeOfRow),
    drifted: (groups[7] ?? []).map(driftedOf),
    neighbours: (groups[loadGroups] ?? []).map(neighbourOf),
  };
}

/** A link, and the key that was asked for: an alias names the entity, but is none of its links. */
const entityOfLink = (row: Row): [string, EntityId][] => {
  const key = keyOfRow(row);
  const asked = { ...key, system: String(row.asked_system), recordId: String(row.asked_id) };
  return [key, asked].map((one) => [keyText(one), String(row.entity_id)]);
};

/** The entities that records are linked to, by key: one round trip. */
export async function linkedEntities(
  db: Database,
  keys: readonly RecordKey[],
): Promise<ReadonlyMap<string, EntityId>> {
  if (keys.length === 0) return new Map();
  const results = await db.batch(statementsFor(db, linkedSql, keys));
  return new Map(results.flat().map((row) => [keyText(keyOfRow(row)), String(row.entity_id)]));
}

/** A live link of an entity that was asked for, by one of its records or by its id. */
export interface Neighbour {
  readonly asked: RecordKey | null;
  readonly entityId: EntityId;
  readonly key: RecordKey;
}

/** The links of the entities that records belong to, and of entities: one round trip. */
export async function neighbours(
  db: Database,
  keys: readonly RecordKey[],
  entityIds: readonly EntityId[],
): Promise<readonly Neighbour[]> {
  const statements = [
    ...(keys.length === 0 ? [] : statementsFor(db, linksSql, keys)),
    ...(entityIds.length === 0 ? [] : statementsFor(db, entityLinksSql, entityIds)),
  ];
  if (statements.length === 0) return [];
  return (await db.batch(statements)).flat().map(neighbourOf);
}

const neighbourOf = (row: Row): Neighbour => {
  const key = keyOfRow(row);
  const { asked_system: system, asked_id: recordId } = row;
  const asked = { object: key.object, system: String(system), recordId: String(recordId) };
  return { asked: recordId == null ? null : asked, entityId: String(row.entity_id), key };
};

const entityLinksSql = `
  SELECT o.* FROM json_each(?1) i CROSS JOIN links o WHERE o.entity_id = i.value AND o.alias = 0`;

/** A record that carries an entity's id as our key. */
export interface Creation extends RecordKey {
  readonly entityId: EntityId;
}

/** What a person said of a record and another one: that they are the same, or two. */
export interface Told {
  readonly other: RecordKey;
  readonly same: boolean;
}

/** What is already known of records that nobody is linked to. */
export interface Recognised {
  /** Those that a job is creating right now, or has linked since they were loaded, by key. */
  readonly own: ReadonlySet<string>;
  /** Hashes that belong to an erased person. */
  readonly buried: ReadonlySet<string>;
  /** By key, what people said of them and others. */
  readonly told: ReadonlyMap<string, readonly Told[]>;
}

/**
 * One round trip, to be made after the records were seen: the intent of a creation was durable
 * before its record was.
 */
export async function recognise(
  db: Database,
  creations: readonly Creation[],
  hashes: readonly string[],
  keys: readonly RecordKey[],
): Promise<Recognised> {
  const groups = [
    creations.length === 0 ? [] : statementsFor(db, creationsSql, creations),
    hashes.length === 0 ? [] : statementsFor(db, tombstonesSql, hashes),
    keys.length === 0 ? [] : statementsFor(db, judgementsSql, keys),
  ];
  const statements = groups.flat();
  if (statements.length === 0) return { own: new Set(), buried: new Set(), told: new Map() };
  const [own = [], buried = [], told = []] = regrouped(groups, await db.batch(statements));
  return {
    own: new Set(own.map((row) => keyText(keyOfRow(row)))),
    buried: new Set(buried.map((row) => String(row.hash))),
    told: new Map(
      [...Map.groupBy(told, (row) => keyText(keyOfRow(row)))].map(([key, group]) => [
        key,
        group.map(toldOfRow),
      ]),
    ),
  };
}

const toldOfRow = (row: Row): Told => ({
  other: {
    system: String(row.other_system),
    object: String(row.object),
    recordId: String(row.other_id),
  },
  same: row.same === 1,
});

const judgementsSql = `
  SELECT t.* FROM json_each(?1) k CROSS JOIN judgements t
  WHERE t.object = k.value->>'object' AND t.system = k.value->>'system'
    AND t.record_id = k.value->>'recordId'`;

const tombstonesSql = `
  SELECT t.hash FROM json_each(?1) h CROSS JOIN tombstones t WHERE t.hash = h.value`;

const creationsSql = `
  SELECT k.value->>'system' AS system, k.value->>'object' AS object,
         k.value->>'recordId' AS record_id
  FROM json_each(?1) k
  WHERE EXISTS (SELECT 1 FROM intents i WHERE i.entity_id = k.value->>'entityId')
    OR EXISTS (SELECT 1 FROM links l
               WHERE l.system = k.value->>'system' AND l.object = k.value->>'object'
                 AND l.record_id = k.value->>'recordId')`;

// CROSS JOIN pins the order of the loops: a plain JOIN lets the planner start from the wrong
// index and read every row (measured: a million rows for a hundred keys).
const pokesSql = `
  SELECT p.* FROM json_each(?1) k CROSS JOIN pokes p
  WHERE p.system = k.value->>'system' AND p.object = k.value->>'object'
    AND p.record_id = k.value->>'recordId'`;

const linkedSql = `
  SELECT l.* FROM json_each(?1) k CROSS JOIN links l
  WHERE l.system = k.value->>'system' AND l.object = k.value->>'object'
    AND l.record_id = k.value->>'recordId'`;

const linksSql = `
  SELECT DISTINCT o.*, l.system AS asked_system, l.record_id AS asked_id
  FROM (${linkedSql}) l CROSS JOIN links o WHERE o.entity_id = l.entity_id AND o.alias = 0`;

const referredSql = `
  SELECT DISTINCT o.*
  FROM (${linkedSql}) l CROSS JOIN entities e CROSS JOIN json_each(?2) f
    CROSS JOIN json_tree(e.base, '$."' || f.value || '"') v CROSS JOIN links o
  WHERE e.id = l.entity_id AND v.type = 'text' AND o.entity_id = v.atom AND o.alias = 0`;

const entitiesSql = `
  SELECT DISTINCT e.* FROM (${linkedSql}) l CROSS JOIN entities e WHERE e.id = l.entity_id`;

const intentsSql = `
  SELECT DISTINCT i.* FROM (${linkedSql}) l CROSS JOIN intents i WHERE i.entity_id = l.entity_id`;

const exceptionsSql = `
  SELECT DISTINCT x.* FROM (${linkedSql}) l CROSS JOIN exceptions x
  WHERE x.entity_id = l.entity_id AND x.status <> 'settled'`;

const brakesSql = `
  SELECT b.*, EXISTS (
    SELECT 1 FROM exceptions x
    WHERE x.subject = 'brake:' || b.system || '/' || b.object AND x.status <> 'settled') AS engaged
  FROM brakes b`;

const brakeOfRow = (row: Row): BrakeState => ({
  system: String(row.system),
  object: String(row.object),
  windowAt: Number(row.window_at),
  writes: Number(row.writes),
  blanks: Number(row.blanks),
  deletes: Number(row.deletes),
  released: Number(row.released),
  on: row.engaged === 1,
});

const pokeOfRow = (row: Row): LoadedPoke => ({
  ...keyOfRow(row),
  arrivals: Number(row.arrivals),
  attempt: Number(row.attempt),
  dueAt: Number(row.due_at),
  firstAt: Number(row.first_at),
  lane: laneSchema.parse(row.lane),
  echo: row.echo === null ? null : unwrapped(String(row.echo)),
  erased: row.erased === 1,
  heldBy: row.held_by === null ? null : String(row.held_by),
});

const laneSchema = z.enum(["person", "event", "scan", "backfill"]);
const echoSchema = z.record(z.string(), z.tuple([heldSchema]));
const unwrapped = (text: string): Fields =>
  Object.fromEntries(
    Object.entries(echoSchema.parse(JSON.parse(text))).map(([field, [value]]) => [field, value]),
  );

const entityOfRow = (row: Row): Omit<Entity, "links" | "intent" | "exceptions"> => ({
  id: String(row.id),
  object: String(row.object),
  version: Number(row.version),
  base: fieldsSchema.parse(JSON.parse(String(row.base))),
  seen: z.record(z.string(), fieldsSchema).parse(JSON.parse(String(row.seen))),
  seenAt: row.seen_at === null ? null : Number(row.seen_at),
  written: writtenOverSchema.parse(JSON.parse(String(row.written))),
  goneAt: row.gone_at === null ? null : Number(row.gone_at),
  without: z.array(z.string()).parse(JSON.parse(String(row.without))),
  erasedAt: row.erased_at === null ? null : Number(row.erased_at),
  auditEntries: Number(row.audit_entries),
  auditHead: String(row.audit_head),
});

const linkOfRow = (row: Row): [SystemId, LinkedRecord] => [
  String(row.system),
  { recordId: String(row.record_id), url: row.url === null ? null : String(row.url) },
];

const intentOfRow = (row: Row): Intent => ({
  commitId: String(row.commit_id),
  version: Number(row.version),
  plannedAt: Number(row.planned_at),
  writes: z.array(intendedWriteSchema).parse(JSON.parse(String(row.writes))),
});

export const rulingSchema: z.ZodType<Ruling> = z.object({
  exceptionId: z.string(),
  value: heldSchema,
  shown: z.string(),
  person: actorSchema as z.ZodType<Actor>,
  at: z.number(),
});

const undoSchema: z.ZodType<Undo> = z.object({
  person: actorSchema as z.ZodType<Actor>,
  at: z.number(),
});

const answerSchema: z.ZodType<Answer> = z.object({
  verb: answerVerbSchema,
  person: actorSchema as z.ZodType<Actor>,
  at: z.number(),
  candidate: z.nullable(z.object({ system: z.string(), recordId: z.string() })),
});

export const exceptionOfRow = (row: Row): OpenException => ({
  id: String(row.id),
  kind: String(row.kind),
  subject: String(row.subject),
  field: row.field === null ? null : String(row.field),
  system: row.system === null ? null : String(row.system),
  status: row.status === "ruled" ? "ruled" : "open",
  shown: row.shown === null ? null : String(row.shown),
  detail: JSON.parse(String(row.detail)),
  ruling: row.ruling === null ? null : rulingSchema.parse(JSON.parse(String(row.ruling))),
  undo: row.undo === null ? null : undoSchema.parse(JSON.parse(String(row.undo))),
  answer: row.answer === null ? null : answerSchema.parse(JSON.parse(String(row.answer))),
  openedAt: Number(row.opened_at),
});
