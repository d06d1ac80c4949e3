/**
 * Systems speak of their own records, the core of entities: fields of references are translated by
 * the links, on the way in and on the way out. Where the other record belongs to no entity yet, or
 * its entity has no record there, that one field waits, and the other record is looked at first.
 */
import type {
  EntityId,
  FieldName,
  Held,
  ObjectName,
  Observation,
  SystemId,
  SystemRecord,
} from "../../shared/record.ts";
import type { ReadAnswer } from "../connectors/connector.ts";
import type { ObjectRules } from "../core/rules.ts";
import { type Database, database } from "../store/database.ts";
import { type IntendedWrite, type Neighbour, neighbours } from "../store/load.ts";
import { keyText, type RecordKey } from "../store/mailbox.ts";
import { type JobContext, objectOf } from "./context.ts";
import type { Decided } from "./decide.ts";

/** A field that cannot be translated yet, and the record that has to come first. */
export interface Wait {
  readonly field: FieldName;
  readonly system: SystemId;
  readonly parent: RecordKey;
}

/** What one job has learned of links. Made anew for each: links move. */
export interface References {
  readonly db: Database;
  /** By record; null: it belongs to nobody. */
  readonly owners: Map<string, EntityId | null>;
  /** The records of an entity, by system. */
  readonly records: Map<EntityId, ReadonlyMap<SystemId, RecordKey>>;
  /** Of a record as it was read: what could not be translated. */
  readonly waits: Map<SystemRecord, readonly Wait[]>;
  /** Records that were found to be deleted: no reference to them can be set in their system. */
  readonly gone: Set<string>;
}

/** Begins with what came with the records: as a rule that is all there is to know. */
export function createReferences(db: Database, loaded: readonly Neighbour[] = []): References {
  const owners = new Map(loaded.map(({ key, entityId }) => [keyText(key), entityId] as const));
  return { db, owners, records: recordsOf(loaded), waits: new Map(), gone: new Set() };
}

const recordsOf = (found: readonly Neighbour[]): References["records"] =>
  new Map(
    [...Map.groupBy(found, ({ entityId }) => entityId)].map(([id, group]) => [
      id,
      new Map(group.map(({ key }) => [key.system, key])),
    ]),
  );

export const referencesOf = (context: JobContext): References =>
  context.references ?? createReferences(database(context.d1));

const targetOf = (object: ObjectRules, field: FieldName): ObjectName | null => {
  const type = object.fields[field]?.type;
  return type?.kind === "reference" || type?.kind === "references" ? type.object : null;
};

export const referringFields = (object: ObjectRules): readonly FieldName[] =>
  Object.keys(object.fields).filter((field) => targetOf(object, field) !== null);

export const hasReferences = (object: ObjectRules): boolean => referringFields(object).length > 0;

export const idsIn = (value: Held | undefined): readonly string[] => {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? (value as readonly string[]) : [];
};

/** One read record, asked for under a key. */
export interface Read {
  readonly key: RecordKey;
  readonly answer: ReadAnswer;
}

/** Costs a round trip only where a record refers to one that it did not when last agreed. */
export async function inEntities(
  context: JobContext,
  reads: readonly Read[],
): Promise<readonly Read[]> {
  const concerned = reads.filter(({ key }) => hasReferences(objectOf(context, key.object)));
  if (concerned.length === 0) return reads;
  const references = referencesOf(context);
  const asked = concerned.flatMap(({ key, answer }) =>
    answer.kind === "found" ? mentioned(objectOf(context, key.object), key.system, answer) : [],
  );
  await learn(references, { keys: asked, entityIds: [] });
  return reads.map((read) => {
    const { key, answer } = read;
    if (answer.kind !== "found" || !concerned.includes(read)) return read;
    const object = objectOf(context, key.object);
    const record = translated(references, object, key.system, answer.record);
    return { key, answer: { ...answer, record } };
  });
}

const mentioned = (
  object: ObjectRules,
  system: SystemId,
  { record }: Extract<ReadAnswer, { kind: "found" }>,
): RecordKey[] =>
  Object.entries(record.fields).flatMap(([field, observation]) => {
    const target = targetOf(object, field);
    if (target === null || observation.kind !== "held") return [];
    return idsIn(observation.value).map((recordId) => ({ system, object: target, recordId }));
  });

/** A record in terms of entities; a field with a stranger in it is unknown for now. */
export function translated(
  references: References,
  object: ObjectRules,
  system: SystemId,
  record: SystemRecord,
): SystemRecord {
  const waits: Wait[] = [];
  const fields = Object.entries(record.fields).flatMap(([field, seen]): [string, Observation][] => {
    const target = targetOf(object, field);
    if (target === null || seen.kind !== "held" || seen.value === null) return [[field, seen]];
    const keys = idsIn(seen.value).map((recordId) => ({ system, object: target, recordId }));
    const owners = keys.map((key) => references.owners.get(keyText(key)) ?? null);
    const strange = keys.filter((_, index) => owners[index] === null);
    waits.push(...strange.map((parent) => ({ field, system, parent })));
    if (strange.length > 0) return [];
    const { at, actor } = seen;
    return [[field, { kind: "held", value: shaped(seen.value, owners), at, actor }]];
  });
  const told = { ...record, fields: Object.fromEntries(fields) };
  if (waits.length > 0) references.waits.set(told, waits);
  return told;
}

/** Ids in the shape of the value they stand for: one, or a sorted set. */
const shaped = (like: Held, ids: readonly (string | null)[]): Held => {
  const known = ids.filter((id) => id !== null);
  if (known.length === 0) return null;
  return typeof like === "string" ? known[0]! : [...new Set(known)].sort();
};

/** Looks up what is not known yet: one round trip, or none. */
export async function learn(
  references: References,
  asked: { readonly keys: readonly RecordKey[]; readonly entityIds: readonly EntityId[] },
): Promise<void> {
  const unasked = asked.keys.filter((key) => !references.owners.has(keyText(key)));
  const keys = [...new Map(unasked.map((key) => [keyText(key), key])).values()];
  const entityIds = asked.entityIds.filter((id) => !references.records.has(id));
  const found = await neighbours(references.db, keys, [...new Set(entityIds)]);
  for (const key of keys) references.owners.set(keyText(key), null);
  for (const id of entityIds) references.records.set(id, new Map());
  for (const { asked: key, entityId } of found) {
    if (key !== null) references.owners.set(keyText(key), entityId);
  }
  for (const [id, records] of recordsOf(found)) references.records.set(id, records);
}

/** What a subject's records hold that could not be translated. */
export const waitsOf = (
  context: JobContext,
  answers: Readonly<Record<SystemId, ReadAnswer>>,
): readonly Wait[] =>
  Object.values(answers).flatMap((answer) =>
    answer.kind === "found" ? (context.references?.waits.get(answer.record) ?? []) : [],
  );

/**
 * Takes out of the writes what cannot be said in their system's terms yet. Costs a round trip only
 * where an entity is to be named that no read record named.
 */
export async function placeReferences(
  context: JobContext,
  decided: readonly Decided[],
): Promise<readonly Decided[]> {
  const references = referencesOf(context);
  const entityIds = decided.flatMap(({ subject, writes }) =>
    writes.flatMap((write) => namedIn(subject.object, write).flatMap(({ ids }) => ids)),
  );
  if (entityIds.length === 0) return decided;
  await learn(references, { keys: [], entityIds });
  return decided.map((one) => placed(references, one));
}

const namedIn = (object: ObjectRules, { fields }: IntendedWrite) =>
  Object.entries(fields).flatMap(([field, { to }]) =>
    targetOf(object, field) === null ? [] : [{ field, ids: idsIn(to) }],
  );

function placed(references: References, decided: Decided): Decided {
  const { object } = decided.subject;
  const waits: Wait[] = [];
  const writes = decided.writes.flatMap((write) => {
    const missing = namedIn(object, write).flatMap(({ field, ids }) =>
      ids.flatMap((id) => {
        const records = references.records.get(id);
        if (records?.has(write.system)) return [];
        return [{ field, system: write.system, parent: [...(records?.values() ?? [])][0] }];
      }),
    );
    for (const { parent, ...rest } of missing) if (parent) waits.push({ ...rest, parent });
    const late = new Set(missing.map(({ field }) => field));
    const entries = Object.entries(write.fields).filter(([field]) => !late.has(field));
    const empty = write.operation === "update" && entries.length === 0;
    return empty ? [] : [{ ...write, fields: Object.fromEntries(entries) }];
  });
  return { ...decided, writes, waits: [...decided.waits, ...waits] };
}

/** Values as a system is told them: its own record ids in place of entities. */
export function inRecords(
  context: JobContext,
  object: ObjectRules,
  system: SystemId,
  set: Readonly<Record<FieldName, Held>>,
): Readonly<Record<FieldName, Held>> {
  const entries = Object.entries(set).map(([field, value]) => {
    if (value === null || targetOf(object, field) === null) return [field, value] as const;
    const { records, gone } = referencesOf(context);
    const ids = idsIn(value).map((id) => {
      const key = records.get(id)?.get(system);
      return key === undefined || gone.has(keyText(key)) ? null : key.recordId;
    });
    return [field, shaped(value, ids)] as const;
  });
  return Object.fromEntries(entries);
}

/** What a system answered to a write of ours, in terms of entities. */
export function answered(
  context: JobContext,
  object: ObjectRules,
  system: SystemId,
  record: SystemRecord,
): SystemRecord {
  if (!hasReferences(object)) return record;
  const references = referencesOf(context);
  for (const [entityId, records] of references.records) {
    const key = records.get(system);
    if (key !== undefined) references.owners.set(keyText(key), entityId);
  }
  return translated(references, object, system, record);
}
