/**
 * Which records of other systems belong to newcomers. Invariant: nobody is linked while a record
 * that could be seen has as good a claim, and the cost is one call a field and system, however many
 * come together.
 */
import type { CanonicalValue, FieldName, SystemId, SystemRecord } from "../../shared/record.ts";
import { type Connector, ConnectorError } from "../connectors/connector.ts";
import { heldKey } from "../core/canonical.ts";
import {
  type Ambiguous,
  type Candidate,
  type Described,
  isAnonymous,
  type Match,
  match,
  propose,
  together,
  twins,
} from "../core/match.ts";
import type { ObjectMapping, ObjectRules } from "../core/rules.ts";
import type { LoadedPoke, Told } from "../store/load.ts";
import { keyText, type RecordKey } from "../store/mailbox.ts";
import { connectorOf, type JobContext, objectOf } from "./context.ts";
import { heldFields, readAll, type Wanted, want } from "./gather.ts";

/** A record that belongs to no entity yet, as it was read. */
export interface Newcomer extends Described {
  readonly poke: LoadedPoke;
  readonly record: SystemRecord;
}

/**
 * Asks every system for records with the same identity: one call per field and system. In their own
 * system newcomers may have twins.
 */
export async function counterparts(
  context: JobContext,
  newcomers: readonly Newcomer[],
  where: "everywhere" | "own" = "everywhere",
) {
  const candidates = new Map<string, SystemRecord[]>();
  const unanswered = new Map<string, ConnectorError>();
  const byObject = Map.groupBy(newcomers, ({ poke }) => poke.object);
  await Promise.all(
    [...byObject].flatMap(([object, group]) =>
      Object.entries(objectOf(context, object).mappings).map(async ([system, mapping]) => {
        const asking = group.filter(({ poke }) => where !== "own" || poke.system === system);
        const questions = questionsFor(context, objectOf(context, object), system, asking);
        try {
          const found = await findAll(connectorOf(context, system), mapping, questions);
          candidates.set(groupOf(system, object), found);
        } catch (error) {
          if (!(error instanceof ConnectorError)) throw error;
          const waiting = questions.flatMap((question) => question.asking);
          for (const { poke } of waiting) unanswered.set(keyText(poke), error);
        }
      }),
    ),
  );
  return { candidates, unanswered };
}

/**
 * Who was found by an alias only may belong to another record of the newcomer's own system, which
 * holds what it holds. Costs calls only where there is such a one.
 */
export async function addRivals(
  context: JobContext,
  newcomers: readonly Newcomer[],
  candidates: Map<string, SystemRecord[]>,
  unanswered: Map<string, ConnectorError>,
): Promise<void> {
  const asking = newcomers.flatMap((newcomer) => {
    const one = suitor(context, newcomer, candidates);
    return one === newcomer ? [] : [one];
  });
  const more = await counterparts(context, asking, "own");
  for (const [group, records] of more.candidates) {
    const all = [...(candidates.get(group) ?? []), ...records];
    candidates.set(group, [...new Map(all.map((record) => [record.id, record])).values()]);
  }
  for (const [key, error] of more.unanswered) unanswered.set(key, error);
}

/** A newcomer that goes by what its counterparts go by as well, where an alias found them. */
function suitor(
  context: JobContext,
  newcomer: Newcomer,
  candidates: ReadonlyMap<string, readonly SystemRecord[]>,
): Newcomer {
  const { poke } = newcomer;
  const object = objectOf(context, poke.object);
  let all = newcomer;
  for (const system of Object.keys(object.mappings)) {
    if (system === poke.system) continue;
    const records = (candidates.get(groupOf(system, poke.object)) ?? []).map((record) => {
      return { ...described(record), linked: false };
    });
    const found = match(object, newcomer, records);
    const other = records.find(
      ({ recordId }) => found.kind === "link" && found.byAlias && recordId === found.recordId,
    );
    if (other !== undefined) all = { ...all, ...together(object, all, other) };
  }
  return all;
}

/** Records that a person said are the same as a newcomer, whatever they are known by. */
export async function addTold(
  context: JobContext,
  newcomers: readonly Newcomer[],
  candidates: Map<string, SystemRecord[]>,
  told: ReadonlyMap<string, readonly Told[]>,
): Promise<void> {
  const wanted: Wanted = new Map();
  for (const { poke } of newcomers) {
    for (const { other, same } of told.get(keyText(poke)) ?? []) {
      if (same) want(wanted, other.object, other.system, other.recordId);
    }
  }
  if (wanted.size === 0) return;
  for (const [key, answer] of await readAll(context, wanted)) {
    const [system = "", object = ""] = key.split("/");
    const group = groupOf(system, object);
    const there = candidates.get(group) ?? [];
    if (answer.kind !== "found" || answer.record.archived) continue;
    if (there.some(({ id }) => id === answer.record.id)) continue;
    candidates.set(group, [...there, answer.record]);
  }
}

interface Question {
  readonly field: FieldName;
  readonly values: readonly CanonicalValue[];
  readonly asking: readonly Newcomer[];
}

/** By which fields a system is asked, and for whom: look-alikes only for who has no identity. */
function questionsFor(
  context: JobContext,
  object: ObjectRules,
  system: SystemId,
  newcomers: readonly Newcomer[],
): Question[] {
  const mapping = object.mappings[system];
  if (mapping === undefined) return [];
  const connector = connectorOf(context, system);
  return [...new Set([...object.identity, ...object.similar])].flatMap((field) => {
    if (!mapping.fields.some((mapped) => mapped.field === field)) return [];
    const isIdentity = object.identity.includes(field);
    const isUnique = connector.keepsUnique?.(mapping, field) ?? false;
    const asking = newcomers.filter((one) => {
      const isOwn = one.poke.system === system;
      return isIdentity ? !(isOwn && isUnique) : !isOwn && isAnonymous(object, one);
    });
    const values = asking.flatMap(({ fields, aliases }): CanonicalValue[] => {
      const [held = null, further = []] = [fields[field], isIdentity ? aliases?.[field] : []];
      return held === null ? [...further] : [held, ...further];
    });
    const distinct = new Map(values.map((value) => [heldKey(value), value]));
    return distinct.size === 0 ? [] : [{ field, values: [...distinct.values()], asking }];
  });
}

async function findAll(
  connector: Connector,
  mapping: ObjectMapping,
  questions: readonly Question[],
): Promise<SystemRecord[]> {
  const found = new Map<string, SystemRecord>();
  for (const { field, values } of questions) {
    for (const record of await connector.find(mapping, field, values)) {
      if (!record.archived) found.set(record.id, record);
    }
  }
  return [...found.values()];
}

export interface Linking {
  readonly newcomer: Newcomer;
  /** The counterpart in each other system that has one. */
  readonly counterparts: ReadonlyMap<SystemId, string>;
  readonly by: FieldName | null;
}

/** Records of one system, and what of them may be a newcomer's counterpart or twin. */
interface Place {
  readonly system: SystemId;
  readonly records: readonly Claimed[];
}

/** `isTold`: a person said that it is the newcomer's. */
type Claimed = Candidate & { readonly isTold?: boolean };

export interface Doubt {
  readonly newcomer: Newcomer;
  /** Where the candidates are. */
  readonly system: SystemId;
  readonly found: Ambiguous;
}

export function matchAll(
  context: JobContext,
  newcomers: readonly Newcomer[],
  candidates: ReadonlyMap<string, readonly SystemRecord[]>,
  what: {
    /** The entities that candidates are linked to, by key. */
    readonly known: ReadonlyMap<string, string>;
    /** What people said of newcomers and others, by key. */
    readonly told: ReadonlyMap<string, readonly Told[]>;
  },
) {
  const taken = new Set<string>();
  const links: Linking[] = [];
  const doubts: Doubt[] = [];
  const place = (system: SystemId, object: string): Place => ({
    system,
    records: (candidates.get(groupOf(system, object)) ?? []).map((record) => {
      const keys = namesOf(record).map((recordId) => keyText({ system, object, recordId }));
      const linked = keys.some((key) => what.known.has(key) || taken.has(key));
      return { ...described(record), linked };
    }),
  });
  for (const newcomer of newcomers) {
    const { poke } = newcomer;
    if (taken.has(keyText(poke))) continue;
    const object = objectOf(context, poke.object);
    const others = Object.keys(object.mappings)
      .filter((system) => system !== poke.system)
      .map((system) => place(system, poke.object))
      .map((one) => asTold(one, what.told.get(keyText(poke)) ?? []));
    const peers = withPeers(place(poke.system, poke.object), newcomer, newcomers);
    const own = asTold(peers, what.told.get(keyText(poke)) ?? []);
    const doubt = doubtOf(object, newcomer, suitor(context, newcomer, candidates), own, others);
    if (doubt !== undefined) {
      doubts.push(doubt);
      continue;
    }
    const counterparts = new Map<SystemId, string>();
    let by: FieldName | null = null;
    for (const { system, records } of others) {
      const found = matchOf(object, newcomer, records);
      if (found.kind !== "link") continue;
      counterparts.set(system, found.recordId);
      taken.add(keyText({ system, object: poke.object, recordId: found.recordId }));
      by ??= found.by;
    }
    links.push({ newcomer, counterparts, by });
  }
  return { links, doubts };
}

/** Without what a person said is another; if they said which it is, that one alone. */
function asTold(place: Place, told: readonly Told[]): Place {
  const here = told.filter(({ other }) => other.system === place.system);
  const said = (same: boolean) =>
    here.flatMap((one) => (one.same === same ? [one.other.recordId] : []));
  const [ones, others] = [said(true), said(false)];
  const only = place.records.filter(({ recordId }) => ones.includes(recordId));
  const records =
    only.length > 0
      ? only.map((record) => ({ ...record, isTold: true }))
      : place.records.filter(({ recordId }) => !others.includes(recordId));
  return { ...place, records };
}

/** A person's word goes before what records are known by, unless the record is taken. */
const matchOf: typeof match = (object, newcomer, records) => {
  const one = records.find((record: Claimed) => record.isTold);
  if (one === undefined) return match(object, newcomer, records);
  if (one.linked) {
    const reason = "Somebody said which record it is, but that one is linked to another by now.";
    const candidates = [{ recordId: one.recordId, score: 100, because: reason }];
    return { kind: "ambiguous", by: object.identity[0] ?? byPerson, candidates, reason };
  }
  return { kind: "link", recordId: one.recordId, by: byPerson, byAlias: false };
};

/** In place of the field that two records have in common. */
const byPerson = "person";

/** Its own system without itself, and with who came together with it: an index may lag. */
function withPeers(own: Place, newcomer: Newcomer, newcomers: readonly Newcomer[]): Place {
  const { poke, record } = newcomer;
  const peers = newcomers.filter(
    (one) => one.poke.system === poke.system && one.poke.object === poke.object,
  );
  const byId = new Map(
    [...own.records, ...peers.map((one) => ({ ...described(one.record), linked: false }))].map(
      (one) => [one.recordId, one],
    ),
  );
  for (const id of namesOf(record)) byId.delete(id);
  return { system: own.system, records: [...byId.values()] };
}

type Judge = (
  object: ObjectRules,
  newcomer: Described,
  records: readonly Candidate[],
) => Match | null;

/** What makes a link a guess: a twin, several counterparts, or one that only looks like it. */
function doubtOf(
  object: ObjectRules,
  newcomer: Newcomer,
  asLinked: Described,
  own: Place,
  others: readonly Place[],
): Doubt | undefined {
  const judged = (judge: Judge, one: Described, places: readonly Place[]) =>
    places.flatMap(({ system, records }) => {
      const found = judge(object, one, records);
      return found?.kind === "ambiguous" ? [{ newcomer, system, found }] : [];
    });
  const [first] = [
    ...judged(twins, asLinked, [own]),
    ...judged(matchOf, newcomer, others),
    ...judged(propose, newcomer, others.filter(isUntold)),
  ];
  return first;
}

/** Where a person said which it is, nothing else is proposed. */
const isUntold = ({ records }: Place): boolean => records.every(({ isTold }) => !isTold);

export const described = (record: SystemRecord): Described => ({
  recordId: record.id,
  fields: heldFields(record),
  ...(record.aliases === undefined ? {} : { aliases: record.aliases }),
});

/** A record that swallowed a linked one is linked, even if nobody has moved the link yet. */
export const namesOf = ({ id, formerIds = [] }: SystemRecord): string[] => [id, ...formerIds];

export const groupOf = (system: SystemId, object: string): string => `${system}/${object}`;
export const keyOfGroup = (group: string): Omit<RecordKey, "recordId"> => {
  const [system = "", object = ""] = group.split("/");
  return { system, object };
};
