/**
 * Records that belong to no entity yet: each finds its counterparts by identity field, or is
 * created elsewhere, or becomes an exception where that would be a guess.
 */
import { ConnectorError, type ReadAnswer } from "../connectors/connector.ts";
import { emptyHead } from "../core/audit-chain.ts";
import { isAnonymous } from "../core/match.ts";
import { tombstonesOf } from "../core/tombstone.ts";
import type { NewException } from "../store/commit-types.ts";
import type { Database } from "../store/database.ts";
import { type Creation, type LoadedPoke, linkedEntities, recognise } from "../store/load.ts";
import { keyText } from "../store/mailbox.ts";
import { type JobContext, objectOf } from "./context.ts";
import {
  addRivals,
  addTold,
  counterparts,
  type Doubt,
  described,
  keyOfGroup,
  type Linking,
  matchAll,
  type Newcomer,
  namesOf,
} from "./counterparts.ts";
import { readAll, type Wanted, want } from "./gather.ts";
import type { Subject } from "./subject.ts";

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

export async function adopt(
  context: JobContext,
  db: Database,
  strangers: readonly LoadedPoke[],
  answers: ReadonlyMap<string, ReadAnswer>,
): Promise<Adopted> {
  const { arrived, gone, failed } = arrivals(strangers, answers);
  const hashes = await hashesOf(context, arrived);
  const creations = arrived.flatMap(creationOf);
  const keys = arrived.map(({ poke: { system, object, recordId } }) => {
    return { system, object, recordId };
  });
  const recognised = await recognise(db, creations, [...hashes.values()].flat(), keys);
  const { own, buried, told } = recognised;
  const isBuried = ({ poke }: Newcomer) =>
    (hashes.get(keyText(poke)) ?? []).some((hash) => buried.has(hash));
  const strange = arrived.filter(({ poke }) => !own.has(keyText(poke)));
  const newcomers = strange.filter((one) => !isBuried(one));
  const erased = strange.filter(isBuried);
  const { candidates, unanswered } = await counterparts(context, newcomers);
  await addRivals(context, newcomers, candidates, unanswered);
  await addTold(context, newcomers, candidates, told);
  const known = await linkedEntities(
    db,
    [...candidates].flatMap(([group, records]) =>
      records.flatMap(namesOf).map((recordId) => ({ ...keyOfGroup(group), recordId })),
    ),
  );
  const answered = newcomers.filter(({ poke }) => !unanswered.has(keyText(poke)));
  const matched = matchAll(context, answered, candidates, { known, told });
  const births = await born(context, matched.links, answered, answers);
  return {
    births,
    busy: arrived.flatMap(({ poke }) => (own.has(keyText(poke)) ? [poke] : [])),
    raise: [
      ...matched.doubts.map((doubt) => exceptionOf(context, doubt)),
      ...erased.map((newcomer) => buriedOne(context, newcomer)),
    ],
    gone,
    done: [
      ...gone,
      ...[...matched.doubts.map(({ newcomer }) => newcomer), ...erased].map(({ poke }) => poke),
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
  const entries = arrived.map(async ({ poke, fields, aliases }) => {
    const object = objectOf(context, poke.object);
    const hashes = await tombstonesOf(context.erasureKey, object, fields, aliases);
    return [keyText(poke), hashes] as const;
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
      arrived.push({ poke, record: answer.record, ...described(answer.record) });
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
      without: [],
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

const exceptionOf = (context: JobContext, { newcomer, system, found }: Doubt): NewException => ({
  ...about(context, newcomer),
  kind: "ambiguous",
  field: found.by,
  detail: {
    reason: found.reason,
    candidates: found.candidates.map((candidate) => ({ system, ...candidate })),
    isAnonymous: isAnonymous(objectOf(context, newcomer.poke.object), newcomer),
  },
  shown: found.candidates
    .map(({ recordId }) => recordId)
    .sort()
    .join(","),
});
