/**
 * Records that were merged in their own system. The survivor takes the place of the record that an
 * entity was linked to, and nothing is written to an id that is dead. Where two entities met in one
 * survivor, one keeps it; the other's counterpart is neither deleted nor given a second record: a
 * person decides.
 */
import type { EntityId, SystemId, SystemRecord } from "../../shared/record.ts";
import { ConnectorError, type ReadAnswer } from "../connectors/connector.ts";
import { equal } from "../core/canonical.ts";
import type { ObjectRules } from "../core/rules.ts";
import type { Database } from "../store/database.ts";
import { type Entity, type LoadedPoke, linkedEntities, load } from "../store/load.ts";
import { keyText, type RecordKey } from "../store/mailbox.ts";
import { rivalsOf } from "./contest.ts";
import type { Recovered } from "./recover.ts";
import type { Merge, Subject } from "./subject.ts";

export interface Merged {
  readonly recovered: readonly Recovered[];
  /** Records of other entities that have to look at the same merge. */
  readonly poke: readonly RecordKey[];
}

/** Costs a round trip only where a linked record was merged away. */
export async function followMerges(db: Database, recovered: readonly Recovered[]): Promise<Merged> {
  const met = recovered.flatMap(({ subject }) => survivorsOf(subject));
  if (met.length === 0) return { recovered, poke: [] };
  const keys = met.flatMap(({ subject, system, record }) => namesOf(subject, system, record));
  const entities = [...(await load(db, keys)).entities.values()];
  const here = new Set(recovered.map(({ subject }) => subject.entityId));
  const poke = met.flatMap(({ subject, system, record }) =>
    contendersFor(entities, subject, system, record).flatMap(({ id, links }): RecordKey[] => {
      const recordId = links[system]?.recordId;
      if (here.has(id) || recordId === undefined || recordId === record.id) return [];
      return [{ system, object: subject.object.object, recordId }];
    }),
  );
  return { recovered: recovered.map((one) => followed(one, entities)), poke };
}

const survivorsOf = (subject: Subject) =>
  Object.entries(subject.answers).flatMap(([system, answer]) =>
    answer.kind === "found" && answer.mergedInto !== undefined
      ? [{ subject, system, record: answer.record }]
      : [],
  );

function followed(one: Recovered, entities: readonly Entity[]): Recovered {
  let { subject } = one;
  for (const { system, record } of survivorsOf(one.subject)) {
    const contenders = contendersFor(entities, one.subject, system, record);
    const merge = mergeOf(one.subject, system, record, contenders);
    subject =
      merge.kind === "lost" && one.unsettled.length > 0
        ? outOfSight(subject, system)
        : after(subject, system, record, merge);
  }
  return { ...one, subject };
}

/** It must not lose its record while a write of its own may have made another one. */
const outOfSight = (subject: Subject, system: SystemId): Subject => {
  const message = "It was merged with another record; an earlier write has to be settled first.";
  const error = new ConnectorError("retry", system, message);
  return { ...subject, answers: { ...subject.answers, [system]: { kind: "unknown", error } } };
};

/** All ids that one record goes by. */
const namesOf = (
  { object, links }: Pick<Subject, "object" | "links">,
  system: SystemId,
  record: SystemRecord,
): RecordKey[] =>
  [...new Set([record.id, ...(record.formerIds ?? []), links[system]?.recordId ?? record.id])].map(
    (recordId) => ({ system, object: object.object, recordId }),
  );

/** Entities that are linked to the survivor, or to a record that it swallowed. Only of its object:
 *  ids are unique among the records of one object, not among all. */
function contendersFor(
  entities: readonly Entity[],
  subject: Subject,
  system: SystemId,
  record: SystemRecord,
): Entity[] {
  const names = new Set(namesOf(subject, system, record).map(({ recordId }) => recordId));
  return entities.filter(
    ({ object, links }) =>
      object === subject.object.object && names.has(links[system]?.recordId ?? ""),
  );
}

function mergeOf(
  subject: Subject,
  system: SystemId,
  record: SystemRecord,
  contenders: readonly Entity[],
): Merge {
  const { object, links, entityId } = subject;
  const keeper = keeperOf(object, system, record, contenders);
  const recordId = links[system]?.recordId ?? "";
  const key = { system, object: object.object, recordId };
  if (keeper === undefined || keeper.id === entityId) {
    const aliases = namesOf(subject, system, record).flatMap((name) =>
      name.recordId === record.id ? [] : [name.recordId],
    );
    return { ...key, kind: "moved", to: record.id, url: record.url, aliases, rivals: [] };
  }
  return { ...key, kind: "lost", keeper: keeper.id, rivals: rivalsOf(keeper, system) };
}

/**
 * Who keeps the survivor: whoever is linked to it; else who is about to be and writes to it, which
 * may change whom it looks like; else the entity that it looks like by identity, because that one's
 * counterpart needs no new address; else the older one. Every job decides alike.
 */
function keeperOf(
  object: ObjectRules,
  system: SystemId,
  record: SystemRecord,
  contenders: readonly Entity[],
): Entity | undefined {
  const rank = (entity: Entity): number => {
    if (entity.links[system]?.recordId === record.id) return 0;
    if (writesTo(entity, system, record)) return 1;
    return object.identity.some((field) => holdsSame(record, field, entity)) ? 2 : 3;
  };
  const [first] = contenders.toSorted((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
  return first;
}

const writesTo = ({ intent }: Entity, system: SystemId, { id }: SystemRecord): boolean =>
  (intent?.writes ?? []).some((write) => write.system === system && write.recordId === id);

const holdsSame = (record: SystemRecord, field: string, { base }: Entity): boolean => {
  const [observation, agreed] = [record.fields[field], base[field] ?? null];
  return observation?.kind === "held" && agreed !== null && equal(observation.value, agreed);
};

function after(subject: Subject, system: SystemId, record: SystemRecord, merge: Merge): Subject {
  const merges = [...subject.merges, merge];
  const { [system]: _link, ...links } = subject.links;
  const { [system]: _answer, ...answers } = subject.answers;
  if (merge.kind === "lost") {
    // What was seen of the record is the keeper's now: it may not outlive the person there.
    const { [system]: _seen, ...seen } = subject.seen;
    const { [system]: _written, ...written } = subject.written;
    return { ...subject, links, answers, seen, written, merges };
  }
  return {
    ...subject,
    links: { ...links, [system]: { recordId: record.id, url: record.url } },
    answers: { ...answers, [system]: { kind: "found", record } },
    merges,
  };
}

export interface Redirected {
  /** Records that are really nobody's yet. */
  readonly strangers: readonly LoadedPoke[];
  /** Pokes whose matter is another record's. */
  readonly done: readonly LoadedPoke[];
  readonly poke: readonly RecordKey[];
}

/**
 * A survivor that nobody linked yet belongs to the entities of the records it swallowed; an id that
 * was merged away is looked at under the survivor's. Costs a round trip only where there is one.
 * Entities that are `here`, in this very job, look at it without being asked.
 */
export async function redirectMerged(
  db: Database,
  strangers: readonly LoadedPoke[],
  answers: ReadonlyMap<string, ReadAnswer>,
  here: ReadonlySet<EntityId>,
): Promise<Redirected> {
  const merged = strangers.flatMap((poke) => {
    const answer = answers.get(keyText(poke));
    if (answer?.kind !== "found") return [];
    const { id, formerIds = [] } = answer.record;
    const others = [id, ...formerIds].filter((name) => name !== poke.recordId);
    return others.length === 0 ? [] : [{ poke, survivor: id, others }];
  });
  const keyOf = (poke: LoadedPoke, recordId: string): RecordKey => ({
    system: poke.system,
    object: poke.object,
    recordId,
  });
  const owners = await linkedEntities(
    db,
    merged.flatMap(({ poke, others }) => others.map((id) => keyOf(poke, id))),
  );
  const done: LoadedPoke[] = [];
  const poke: RecordKey[] = [];
  for (const one of merged) {
    const known = new Map(
      one.others.flatMap((id) => {
        const owner = owners.get(keyText(keyOf(one.poke, id)));
        return owner === undefined ? [] : [[owner, keyOf(one.poke, id)] as const];
      }),
    );
    const isSurvivor = one.survivor === one.poke.recordId;
    if (isSurvivor && known.size === 0) continue;
    done.push(one.poke);
    for (const [owner, key] of known) if (!here.has(owner)) poke.push(key);
    if (known.size === 0) poke.push(keyOf(one.poke, one.survivor));
  }
  return { strangers: strangers.filter((one) => !done.includes(one)), done, poke };
}
