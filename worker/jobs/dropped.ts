/**
 * A system stops showing a reference also when the other record was deleted there: HubSpot lists no
 * association with an archived record, and a tool blanks what leads nowhere. Nobody took the
 * reference away, so it stands as agreed while another system holds it; what follows from the
 * deletion is decided for the deleted record alone.
 */
import type {
  EntityId,
  FieldName,
  Fields,
  Held,
  SystemId,
  SystemRecord,
} from "../../shared/record.ts";
import type { ReadAnswer } from "../connectors/connector.ts";
import type { ObjectRules } from "../core/rules.ts";
import { keyText, type RecordKey } from "../store/mailbox.ts";
import { connectorOf, type JobContext, objectOf } from "./context.ts";
import { heldFields } from "./gather.ts";
import { isGone } from "./gone.ts";
import type { Recovered } from "./recover.ts";
import {
  idsIn,
  learn,
  type References,
  referencesOf,
  referringFields,
  type Wait,
} from "./references.ts";
import type { Subject } from "./subject.ts";

/** What one system shows of an entity just now, in terms of entities. */
export interface Shown {
  readonly object: ObjectRules;
  readonly system: SystemId;
  readonly record: SystemRecord;
  /** What it held when that was last agreed on. */
  readonly agreed: Fields;
  /** What the other linked systems hold; an absent field is unknown. */
  readonly others: Readonly<Record<SystemId, Fields>>;
}

/** A reference that was agreed on, that another system holds, and this one does not any more. */
interface Dropped {
  readonly shown: Shown;
  readonly field: FieldName;
  readonly entityId: EntityId;
}

/**
 * By record as it was read, the record as if it still showed what is deleted. Costs one call per
 * system and object, and only where a reference was dropped.
 */
export async function keptFor(
  context: JobContext,
  shown: readonly Shown[],
): Promise<ReadonlyMap<SystemRecord, SystemRecord>> {
  const dropped = shown.flatMap(droppedFrom);
  if (dropped.length === 0) return new Map();
  const references = referencesOf(context);
  await learn(references, { keys: [], entityIds: dropped.map(({ entityId }) => entityId) });
  const led = dropped.flatMap((one) => {
    const key = references.records.get(one.entityId)?.get(one.shown.system);
    return key === undefined ? [] : [{ ...one, key }];
  });
  const answers = await read(
    context,
    led.map(({ key }) => key),
  );
  for (const [key, answer] of answers) if (isGone(answer)) references.gone.add(key);
  const kept = led.filter(({ key }) => {
    const answer = answers.get(keyText(key));
    return answer?.kind !== "found" || answer.record.archived;
  });
  return new Map(
    [...Map.groupBy(kept, (one) => one.shown)].map(([{ record }, group]) => [
      record,
      recordWith(references, record, group),
    ]),
  );
}

/** The same for the records that a job has read. */
export async function keepDeleted(
  context: JobContext,
  recovered: readonly Recovered[],
): Promise<readonly Recovered[]> {
  const kept = await keptFor(
    context,
    recovered.flatMap(({ subject }) => shownOf(subject)),
  );
  if (kept.size === 0) return recovered;
  return recovered.map((one) => {
    const answers = Object.entries(one.subject.answers).map(([system, answer]) => {
      const record = answer.kind === "found" ? kept.get(answer.record) : undefined;
      return [system, record === undefined ? answer : { ...answer, record }] as const;
    });
    return { ...one, subject: { ...one.subject, answers: Object.fromEntries(answers) } };
  });
}

/** The same for one entity that somebody looks at; answers by `keyText`. */
export async function withDeleted(
  context: JobContext,
  entity: Pick<Subject, "object" | "base" | "links">,
  answers: ReadonlyMap<string, ReadAnswer>,
): Promise<ReadonlyMap<string, ReadAnswer>> {
  const { object } = entity.object;
  const own = Object.entries(entity.links).flatMap(([system, { recordId }]) => {
    const answer = answers.get(keyText({ system, object, recordId }));
    return answer === undefined ? [] : [[system, answer] as const];
  });
  const kept = await keptFor(context, shownOf({ ...entity, answers: Object.fromEntries(own) }));
  return new Map(
    [...answers].map(([key, answer]) => {
      const record = answer.kind === "found" ? kept.get(answer.record) : undefined;
      return [key, record === undefined ? answer : { ...answer, record }];
    }),
  );
}

type Looked = Pick<Subject, "object" | "answers" | "base" | "links">;

function shownOf({ object, answers, base, links }: Looked): Shown[] {
  if (referringFields(object).length === 0) return [];
  const held = Object.keys(links).map((system): [SystemId, Fields] => {
    const answer = answers[system];
    return [system, answer?.kind === "found" ? heldFields(answer.record) : {}];
  });
  return Object.entries(answers).flatMap(([system, answer]) => {
    if (answer.kind !== "found" || answer.record.archived) return [];
    const others = Object.fromEntries(held.filter(([other]) => other !== system));
    return [{ object, system, record: answer.record, agreed: base, others }];
  });
}

function droppedFrom(shown: Shown): Dropped[] {
  const { object, system, record, agreed, others } = shown;
  return referringFields(object).flatMap((field) => {
    const seen = record.fields[field];
    // One in place of another is somebody's choice, and so is what is gone from all.
    if (seen?.kind !== "held" || typeof seen.value === "string") return [];
    const holders = object.fields[field]?.systems.filter((one) => one !== system && one in others);
    return idsIn(agreed[field])
      .filter((id) => !idsIn(seen.value).includes(id))
      .filter((id) =>
        holders?.some((one) => {
          const value = others[one]?.[field];
          return value === undefined || idsIn(value).includes(id);
        }),
      )
      .map((entityId) => ({ shown, field, entityId }));
  });
}

async function read(
  context: JobContext,
  keys: readonly RecordKey[],
): Promise<ReadonlyMap<string, ReadAnswer>> {
  const groups = Map.groupBy(keys, ({ system, object }) => `${system}/${object}`);
  const answers = await Promise.all(
    [...groups.values()].map(async ([first, ...more]) => {
      if (first === undefined) return [];
      const { system, object } = first;
      const mapping = objectOf(context, object).mappings[system];
      if (mapping === undefined) return [];
      const ids = new Set([first, ...more].map(({ recordId }) => recordId));
      const found = await connectorOf(context, system).read(mapping, [...ids]);
      return [...found].map(
        ([recordId, answer]) => [keyText({ system, object, recordId }), answer] as const,
      );
    }),
  );
  return new Map(answers.flat());
}

/** Unknown where nobody could say whether the other record is deleted: the field waits for it. */
function recordWith(
  { gone, waits }: References,
  record: SystemRecord,
  kept: readonly (Dropped & { readonly key: RecordKey })[],
): SystemRecord {
  const fields = { ...record.fields };
  for (const { shown, field, entityId } of kept) {
    const seen = fields[field];
    if (seen?.kind !== "held") continue;
    const isSet = shown.object.fields[field]?.type.kind === "references";
    const value: Held = isSet ? [...new Set([...idsIn(seen.value), entityId])].sort() : entityId;
    fields[field] = { ...seen, value };
  }
  const unsure = kept.filter(({ key }) => !gone.has(keyText(key)));
  for (const { field } of unsure) delete fields[field];
  const told = { ...record, fields };
  const later = unsure.map(({ field, key }): Wait => ({ field, system: key.system, parent: key }));
  waits.set(told, [...(waits.get(record) ?? []), ...later]);
  return told;
}
