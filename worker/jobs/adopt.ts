/**
 * Records that belong to no entity yet: each finds its counterparts by identity field, or is
 * created elsewhere, or becomes an exception where that would be a guess.
 */
import type {
  CanonicalValue,
  FieldName,
  Fields,
  SystemId,
  SystemRecord,
} from "../../shared/record.ts";
import { ConnectorError, type ReadAnswer } from "../connectors/connector.ts";
import { emptyHead } from "../core/audit-chain.ts";
import { heldKey } from "../core/canonical.ts";
import { type Match, match } from "../core/match.ts";
import type { ObjectRules } from "../core/rules.ts";
import { tombstonesOf } from "../core/tombstone.ts";
import type { NewException } from "../store/commit.ts";
import type { Database } from "../store/database.ts";
import { type Creation, type LoadedPoke, linkedEntities, recognise } from "../store/load.ts";
import { keyText, type RecordKey } from "../store/mailbox.ts";
import { connectorOf, type JobContext, objectOf } from "./context.ts";
import { readAll, type Subject, type Wanted, want } from "./gather.ts";

export interface Adopted {
  readonly births: readonly Subject[];
  readonly raise: readonly NewException[];
  /** Records that are not there any more: nothing is asked about them. */
  readonly gone: readonly LoadedPoke[];
  readonly done: readonly LoadedPoke[];
  /** Records that another job is creating right now; they will belong to its entity. */
  readonly busy: readonly LoadedPoke[];
  /** Pokes that must wait, and for what. */
  readonly failed: readonly { readonly poke: LoadedPoke; readonly error: ConnectorError }[];
}

interface Newcomer {
  readonly poke: LoadedPoke;
  readonly record: SystemRecord;
  readonly fields: Fields;
}

export async function adopt(
  context: JobContext,
  db: Database,
  strangers: readonly LoadedPoke[],
  answers: ReadonlyMap<string, ReadAnswer>,
): Promise<Adopted> {
  const { arrived, gone, failed } = arrivals(strangers, answers);
  const hashes = await hashesOf(context, arrived);
  const creations = arrived.flatMap(creationOf);
  const { own, buried } = await recognise(db, creations, [...hashes.values()].flat());
  const isBuried = ({ poke }: Newcomer) =>
    (hashes.get(keyText(poke)) ?? []).some((hash) => buried.has(hash));
  const strange = arrived.filter(({ poke }) => !own.has(keyText(poke)));
  const newcomers = strange.filter((one) => !isBuried(one));
  const erased = strange.filter(isBuried);
  const { candidates, unanswered } = await counterparts(context, newcomers);
  const known = await linkedEntities(
    db,
    [...candidates].flatMap(([group, records]) =>
      records.flatMap(namesOf).map((recordId) => ({ ...keyOfGroup(group), recordId })),
    ),
  );
  const answered = newcomers.filter(({ poke }) => !unanswered.has(keyText(poke)));
  const matched = matchAll(context, answered, candidates, known);
  const births = await born(context, matched.links, answered, answers);
  return {
    births,
    busy: arrived.flatMap(({ poke }) => (own.has(keyText(poke)) ? [poke] : [])),
    raise: [
      ...matched.ambiguous.map(({ newcomer, found }) => exceptionOf(context, newcomer, found)),
      ...erased.map((newcomer) => buriedOne(context, newcomer)),
    ],
    gone,
    done: [
      ...gone,
      ...[...matched.ambiguous.map(({ newcomer }) => newcomer), ...erased].map(({ poke }) => poke),
    ],
    failed: [
      ...failed,
      ...newcomers.flatMap(({ poke }) => {
        const error = unanswered.get(keyText(poke));
        return error === undefined ? [] : [{ poke, error }];
      }),
    ],
  };
}

/** By key: what each would be known by, if it were an erased person's. */
async function hashesOf(
  context: JobContext,
  arrived: readonly Newcomer[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const entries = arrived.map(async ({ poke, fields }) => {
    const object = objectOf(context, poke.object);
    return [keyText(poke), await tombstonesOf(context.erasureKey, object, fields)] as const;
  });
  return new Map(await Promise.all(entries));
}

/** What was read of the records themselves. One that is gone has nothing to sync. */
function arrivals(strangers: readonly LoadedPoke[], answers: ReadonlyMap<string, ReadAnswer>) {
  const arrived: Newcomer[] = [];
  const gone: LoadedPoke[] = [];
  const failed: { poke: LoadedPoke; error: ConnectorError }[] = [];
  for (const poke of strangers) {
    const answer = answers.get(keyText(poke));
    if (answer?.kind === "found" && !answer.record.archived) {
      arrived.push({ poke, record: answer.record, fields: heldFields(answer.record) });
    } else if (answer?.kind === "unknown") {
      failed.push({ poke, error: answer.error });
    } else if (answer === undefined) {
      const message = "The system gave no answer for this record.";
      failed.push({ poke, error: new ConnectorError("retry", poke.system, message) });
    } else {
      gone.push(poke);
    }
  }
  return { arrived, gone, failed };
}

/** What says of a stranger that it is none: a job made it, and has not stored the link yet. */
const creationOf = ({ poke, record }: Newcomer): Creation[] => {
  const { system, object, recordId } = poke;
  return record.key === undefined ? [] : [{ system, object, recordId, entityId: record.key }];
};

/** The canonical values a record holds; invalid and unread fields are left out. */
export const heldFields = (record: SystemRecord): Fields =>
  Object.fromEntries(
    Object.entries(record.fields).flatMap(([field, observation]) =>
      observation.kind === "held" ? [[field, observation.value]] : [],
    ),
  );

/** A record that swallowed a linked one is linked, even if nobody has moved the link yet. */
const namesOf = ({ id, formerIds = [] }: SystemRecord): string[] => [id, ...formerIds];

const groupOf = (system: SystemId, object: string): string => `${system}/${object}`;
const keyOfGroup = (group: string): Omit<RecordKey, "recordId"> => {
  const [system = "", object = ""] = group.split("/");
  return { system, object };
};

/** Asks every other system for records with the same identity: one call per field and system. */
async function counterparts(context: JobContext, newcomers: readonly Newcomer[]) {
  const candidates = new Map<string, SystemRecord[]>();
  const unanswered = new Map<string, ConnectorError>();
  const byObject = Map.groupBy(newcomers, ({ poke }) => poke.object);
  await Promise.all(
    [...byObject].flatMap(([object, group]) =>
      Object.keys(objectOf(context, object).mappings).map(async (system) => {
        const asking = group.filter(({ poke }) => poke.system !== system);
        try {
          const found = await findAll(context, objectOf(context, object), system, asking);
          candidates.set(groupOf(system, object), found);
        } catch (error) {
          if (!(error instanceof ConnectorError)) throw error;
          for (const { poke } of asking) unanswered.set(keyText(poke), error);
        }
      }),
    ),
  );
  return { candidates, unanswered };
}

async function findAll(
  context: JobContext,
  object: ObjectRules,
  system: SystemId,
  asking: readonly Newcomer[],
): Promise<SystemRecord[]> {
  const mapping = object.mappings[system];
  if (mapping === undefined) return [];
  const found = new Map<string, SystemRecord>();
  for (const field of object.identity) {
    if (!mapping.fields.some((mapped) => mapped.field === field)) continue;
    const values = identityValues(field, asking);
    if (values.length === 0) continue;
    for (const record of await connectorOf(context, system).find(mapping, field, values)) {
      if (!record.archived) found.set(record.id, record);
    }
  }
  return [...found.values()];
}

const identityValues = (field: FieldName, asking: readonly Newcomer[]): CanonicalValue[] => {
  const values = asking.flatMap(({ fields }) => {
    const value = fields[field];
    return value === undefined || value === null ? [] : [[heldKey(value), value] as const];
  });
  return [...new Map(values).values()];
};

interface Linking {
  readonly newcomer: Newcomer;
  /** The counterpart in each other system that has one. */
  readonly counterparts: ReadonlyMap<SystemId, string>;
  readonly by: FieldName | null;
}

type Ambiguity = Extract<Match, { kind: "ambiguous" }> & { readonly system: SystemId };

function matchAll(
  context: JobContext,
  newcomers: readonly Newcomer[],
  candidates: ReadonlyMap<string, readonly SystemRecord[]>,
  known: ReadonlyMap<string, string>,
) {
  const taken = new Set<string>();
  const links: Linking[] = [];
  const ambiguous: { newcomer: Newcomer; found: Ambiguity }[] = [];
  for (const newcomer of newcomers) {
    const { poke, fields } = newcomer;
    if (taken.has(keyText(poke))) continue;
    const object = objectOf(context, poke.object);
    const twin = twinOf(object, newcomer, newcomers);
    const found = Object.keys(object.mappings)
      .filter((system) => system !== poke.system)
      .map((system) => {
        const records = candidates.get(groupOf(system, poke.object)) ?? [];
        const free = records.map((record) => {
          const keys = namesOf(record).map((recordId) =>
            keyText({ system, object: poke.object, recordId }),
          );
          return {
            recordId: record.id,
            fields: heldFields(record),
            linked: keys.some((key) => known.has(key) || taken.has(key)),
          };
        });
        return { system, ...match(object, fields, free) };
      });
    const doubt = twin ?? found.find((one): one is Ambiguity => one.kind === "ambiguous");
    if (doubt !== undefined) {
      ambiguous.push({ newcomer, found: doubt });
      continue;
    }
    const hits = found.flatMap((one) => (one.kind === "link" ? [one] : []));
    for (const { system, recordId } of hits) {
      taken.add(keyText({ system, object: poke.object, recordId }));
    }
    links.push({
      newcomer,
      counterparts: new Map(hits.map(({ system, recordId }) => [system, recordId])),
      by: hits[0]?.by ?? null,
    });
  }
  return { links, ambiguous };
}

/** Another newcomer of the same system and identity, that came first: both at once is a guess. */
function twinOf(
  object: ObjectRules,
  newcomer: Newcomer,
  newcomers: readonly Newcomer[],
): Ambiguity | undefined {
  const earlier = newcomers.slice(0, newcomers.indexOf(newcomer));
  const same = earlier.filter(
    ({ poke }) => poke.system === newcomer.poke.system && poke.object === newcomer.poke.object,
  );
  const found = match(
    object,
    newcomer.fields,
    same.map(({ record, fields }) => ({ recordId: record.id, fields, linked: true })),
  );
  return found.kind === "ambiguous" ? { ...found, system: newcomer.poke.system } : undefined;
}

/** Entities to be born: counterparts are read properly first, with times and history. */
async function born(
  context: JobContext,
  links: readonly Linking[],
  newcomers: readonly Newcomer[],
  answers: ReadonlyMap<string, ReadAnswer>,
): Promise<Subject[]> {
  const wanted: Wanted = new Map();
  for (const { newcomer, counterparts: others } of links) {
    for (const [system, id] of others) {
      const key = { system, object: newcomer.poke.object, recordId: id };
      if (!answers.has(keyText(key))) want(wanted, newcomer.poke.object, system, id);
    }
  }
  const more = await readAll(context, wanted);
  const answerOf = (key: string) => answers.get(key) ?? more.get(key);
  return links.map(({ newcomer, counterparts: others, by }) => {
    const { poke, record } = newcomer;
    const object = objectOf(context, poke.object);
    const ids = new Map([[poke.system, record.id], ...others]);
    const keys = [...ids].map(([system, recordId]) =>
      keyText({ system, object: poke.object, recordId }),
    );
    const entries = [...ids].map(([system, recordId], index) => {
      const answer = answerOf(keys[index] ?? "");
      const url = answer?.kind === "found" ? answer.record.url : null;
      return { system, recordId, url, answer };
    });
    return {
      entityId: context.newId(),
      object,
      version: 0,
      base: {},
      seen: {},
      seenAt: null,
      written: {},
      goneAt: null,
      erasedAt: null,
      auditEntries: 0,
      auditHead: emptyHead,
      links: Object.fromEntries(
        entries.map(({ system, recordId, url }) => [system, { recordId, url }]),
      ),
      exceptions: [],
      pokes: newcomers.filter(({ poke: one }) => keys.includes(keyText(one))).map((n) => n.poke),
      abandoned: null,
      birth: { matchedBy: by },
      merges: [],
      answers: Object.fromEntries(
        entries.flatMap(({ system, answer }) => (answer === undefined ? [] : [[system, answer]])),
      ),
    };
  });
}

const about = (context: JobContext, { poke, record }: Newcomer) => ({
  id: context.newId(),
  subject: keyText(poke),
  object: poke.object,
  entityId: null,
  system: poke.system,
  recordId: record.id,
});

/** Whoever was erased is not brought back by a record that came from somewhere. */
const buriedOne = (context: JobContext, newcomer: Newcomer): NewException => ({
  ...about(context, newcomer),
  kind: "erased",
  field: null,
  detail: {},
  shown: "erased",
});

function exceptionOf(context: JobContext, newcomer: Newcomer, found: Ambiguity): NewException {
  return {
    ...about(context, newcomer),
    kind: "ambiguous",
    field: found.by,
    detail: {
      reason: found.reason,
      candidates: found.candidates.map((recordId) => ({ system: found.system, recordId })),
    },
    shown: found.candidates.join(","),
  };
}
