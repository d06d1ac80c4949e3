/**
 * What holds a record back other than a choice between values, with what can be answered to it.
 * Records that may be the same are read now, so that they are judged by what they are.
 */
import * as z from "zod";
import type { AnswerVerb, CardCandidate, CardProblem } from "../../shared/contract.ts";
import type { Fields, Held, SystemRecord } from "../../shared/record.ts";
import type { ReadAnswer } from "../connectors/connector.ts";
import { heldKey } from "../core/canonical.ts";
import type { ObjectRules } from "../core/rules.ts";
import { titleOf } from "../core/title.ts";
import { type JobContext, objectOf } from "../jobs/context.ts";
import { heldFields, readAll, type Wanted, want } from "../jobs/gather.ts";
import { problemWords } from "../jobs/words.ts";
import { database } from "../store/database.ts";
import { exceptionOfRow, linkedEntities, type OpenException } from "../store/load.ts";
import { keyText, type RecordKey } from "../store/mailbox.ts";
import type { AskedElsewhere, RecordState } from "../store/records.ts";

export async function problemsOf(
  context: JobContext,
  key: RecordKey,
  state: RecordState,
  answers: ReadonlyMap<string, ReadAnswer>,
): Promise<CardProblem[]> {
  const own = state.entity?.exceptions ?? state.ownExceptions.map(exceptionOfRow);
  const asked = [
    ...own.filter(({ kind }) => kind !== "conflict").map((one) => askedOf(key, state, one)),
    ...state.elsewhere
      .filter(({ id }) => !own.some((one) => one.id === id))
      .map((one) => askedElsewhere(key, state, one)),
  ];
  const seen = await readCandidates(context, key, asked, answers);
  return asked.map((one) => problemOf(context, key, one, seen));
}

/** A question as this record's reader meets it. */
export interface Asked {
  readonly exception: OpenException;
  readonly verbs: readonly AnswerVerb[];
  readonly candidates: readonly RecordKey[];
  /** By candidate, unless it turns out to be taken. */
  readonly candidateVerbs: readonly AnswerVerb[];
  /** The record that the question is about, and that is looked at once it is answered. */
  readonly about: RecordKey;
}

const candidatesSchema = z.object({
  candidates: z.array(z.object({ system: z.string(), recordId: z.string() })),
});

export const candidatesIn = (
  exception: Pick<OpenException, "detail">,
  object: string,
): RecordKey[] =>
  (candidatesSchema.safeParse(exception.detail).data?.candidates ?? []).map((one) => ({
    system: one.system,
    object,
    recordId: one.recordId,
  }));

export function askedOf(key: RecordKey, state: RecordState, exception: OpenException): Asked {
  const nothing = { exception, verbs: [], candidates: [], candidateVerbs: [], about: key };
  switch (exception.kind) {
    case "gone":
      // On the page of the record that is gone there is nothing to do it from.
      return exception.system === key.system
        ? nothing
        : { ...nothing, verbs: ["restore", "delete", "keep"] };
    case "ambiguous": {
      if (state.entity !== null) return nothing;
      const candidates = candidatesIn(exception, key.object);
      const isTwin = candidates.every(({ system }) => system === key.system);
      return {
        ...nothing,
        candidates,
        candidateVerbs: isTwin ? ["apart"] : ["link", "apart"],
        verbs: candidates.length > 1 ? ["create"] : [],
      };
    }
    default:
      return nothing;
  }
}

/** What is asked about another record, seen from one that it names. */
export function askedElsewhere(
  key: RecordKey,
  state: RecordState,
  exception: AskedElsewhere,
): Asked {
  const about = { system: exception.system ?? "", object: key.object };
  if (exception.kind === "duplicate") {
    const links = Object.entries(state.entity?.links ?? {});
    const others = candidatesIn(exception, key.object).filter(
      ({ system, recordId }) =>
        !links.some(([own, link]) => own === system && link.recordId === recordId),
    );
    const [first] = others;
    return {
      exception,
      verbs: [],
      candidates: others,
      candidateVerbs: ["apart", "delete"],
      about: first ?? key,
    };
  }
  const asker = { ...about, recordId: exception.recordId ?? "" };
  const isFree = state.entity === null && asker.system !== key.system;
  return {
    exception,
    verbs: [],
    candidates: [asker],
    candidateVerbs: isFree ? ["link", "apart"] : ["apart"],
    about: asker,
  };
}

interface Seen {
  readonly records: ReadonlyMap<string, SystemRecord>;
  readonly linked: ReadonlySet<string>;
}

async function readCandidates(
  context: JobContext,
  key: RecordKey,
  asked: readonly Asked[],
  known: ReadonlyMap<string, ReadAnswer>,
): Promise<Seen> {
  const candidates = asked.flatMap((one) => one.candidates);
  if (candidates.length === 0) return { records: new Map(), linked: new Set() };
  const wanted: Wanted = new Map();
  for (const one of [key, ...candidates]) {
    if (!known.has(keyText(one))) want(wanted, one.object, one.system, one.recordId);
  }
  const [answers, linked] = await Promise.all([
    readAll(context, wanted),
    linkedEntities(database(context.d1), candidates),
  ]);
  const records = [...known, ...answers].flatMap(([name, answer]) =>
    answer.kind === "found" ? [[name, answer.record] as const] : [],
  );
  return { records: new Map(records), linked: new Set(linked.keys()) };
}

function problemOf(context: JobContext, key: RecordKey, asked: Asked, seen: Seen): CardProblem {
  const { exception, candidates } = asked;
  const object = objectOf(context, key.object);
  const field = exception.field === null ? undefined : object.fields[exception.field];
  const system = context.rules.systems[exception.system ?? ""]?.label ?? null;
  const isOpen = exception.status === "open";
  return {
    exceptionId: exception.id,
    kind: exception.kind,
    // A question about which record it is, is about the whole of it.
    label: exception.kind === "ambiguous" ? null : (field?.label ?? null),
    ...problemWords(exception, system ?? ""),
    system,
    shown: exception.shown ?? "",
    verbs: isOpen ? [...asked.verbs] : [],
    candidates: candidates.map((one) => candidateOf(context, key, one, asked, seen)),
    openedAt: exception.openedAt,
  };
}

function candidateOf(
  context: JobContext,
  key: RecordKey,
  candidate: RecordKey,
  { candidateVerbs, exception }: Asked,
  { records, linked }: Seen,
): CardCandidate {
  const object = objectOf(context, key.object);
  const record = records.get(keyText(candidate));
  const [here, there] = [fieldsOf(records.get(keyText(key))), fieldsOf(record)];
  const isLinked = linked.has(keyText(candidate));
  const verbs = candidateVerbs.filter((verb) => verb !== "link" || !isLinked);
  return {
    system: candidate.system,
    label: context.rules.systems[candidate.system]?.label ?? candidate.system,
    recordId: candidate.recordId,
    url: record?.url ?? null,
    title: record === undefined ? null : titleOf(object, there),
    isLinked,
    changedAt: record?.modifiedAt ?? null,
    fields: comparedFields(object, here, there),
    verbs: exception.status === "open" && record !== undefined ? verbs : [],
  };
}

const fieldsOf = (record: SystemRecord | undefined): Fields =>
  record === undefined ? {} : heldFields(record);

const fieldsShown = 6;

/** What identifies the two first, then what tells them apart. */
function comparedFields(object: ObjectRules, here: Fields, there: Fields) {
  const rank = ({ field, isSame }: { readonly field: string; readonly isSame: boolean }) =>
    object.identity.includes(field) ? 0 : isSame ? 2 : 1;
  return Object.values(object.fields)
    .flatMap(({ field, label, type }) => {
      const [one, other] = [here[field] ?? null, there[field] ?? null];
      if (one === null && other === null) return [];
      return [{ field, label, type, here: one, there: other, isSame: same(one, other) }];
    })
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, fieldsShown);
}

const same = (one: Held, other: Held): boolean => heldKey(one) === heldKey(other);
