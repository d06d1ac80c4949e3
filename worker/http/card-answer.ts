/**
 * A person answers a question about records: the same, two, none of these; restore, delete, go on
 * without. Taken once, while the question is the one they saw, and said to be done only when the
 * job has carried it out.
 */
import { type AnswerRequest, answerRequestSchema, type CardAnswer } from "../../shared/contract.ts";
import { limits } from "../jobs/context.ts";
import { sync } from "../jobs/sync.ts";
import { type Answering, type Judgement, keepAnswer, part } from "../store/answers.ts";
import { type Database, database } from "../store/database.ts";
import { type ExceptionRecord, exceptionsById } from "../store/exceptions.ts";
import { type Answer, exceptionOfRow } from "../store/load.ts";
import { keyText, type RecordKey } from "../store/mailbox.ts";
import { type RecordState, recordState } from "../store/records.ts";
import { ownerOf } from "./access.ts";
import { asked, kept, lookOf, mayOnlyLook, readerOf } from "./card-ask.ts";
import { type Asked, askedElsewhere, askedOf, candidatesIn } from "./card-problems.ts";
import type { Doors } from "./doors.ts";
import { refused, refusedWith } from "./errors.ts";
import type { Caller } from "./proof.ts";

export async function answerProblem(
  doors: Doors,
  caller: Caller,
  input: unknown,
): Promise<CardAnswer> {
  const question = asked(doors, answerRequestSchema, input);
  if (question.kind === "wrong") return question.answer;
  const { key, input: request } = question;
  const { jobs } = doors;
  const reader = await readerOf(doors, caller);
  const look = lookOf(doors, key, reader);
  const db = database(jobs.d1);
  const state = await recordState(db, key, { auditEntries: 0, settledSince: null });
  const exception = await exceptionById(db, request.exceptionId);
  if (exception === null) return refused("not_found", "There is no such question.");
  const rules = jobs.rules.objects[key.object];
  const owner = rules === undefined ? null : ownerOf(rules, state.entity?.base ?? {});
  if (!reader.may("settle", owner)) return refusedWith("forbidden", mayOnlyLook, await look());
  const answer: Answer = {
    verb: request.verb,
    person: reader.person,
    at: jobs.now(),
    candidate: request.candidate,
  };
  let about = key;
  if (!isRepeat(exception, answer)) {
    if (exception.status !== "open") {
      return refusedWith("settled", answeredBy(exception), await look());
    }
    const found = questionOf(key, state, exception.id);
    if (found === null) {
      return refusedWith(
        "not_found",
        "This question does not belong to this record.",
        await look(),
      );
    }
    if (!fits(found, request)) return refused("bad_request", "This cannot be answered so.");
    if (exception.shown !== request.shown) {
      return refusedWith("changed", changedMessage, await look());
    }
    about = found.about;
    await take(doors, db, { key, state, found, request, answer });
  }
  return carriedOut(doors, { key, about, answer, exceptionId: exception.id }, look);
}

const changedMessage = "This changed since you looked. Please look again.";

async function exceptionById(db: Database, id: string): Promise<ExceptionRecord | null> {
  const [exception] = await exceptionsById(db, [id]);
  return exception ?? null;
}

const isRepeat = ({ answer: given, status }: ExceptionRecord, answer: Answer): boolean =>
  status !== "open" &&
  given !== null &&
  given.person.id === answer.person.id &&
  given.verb === answer.verb &&
  given.candidate?.recordId === answer.candidate?.recordId;

const answeredBy = ({ answer }: ExceptionRecord): string =>
  answer?.person.name === undefined
    ? "This was settled meanwhile."
    : `${answer.person.name} answered this meanwhile.`;

/** The question as the record's reader was shown it; null if it is none of theirs. */
function questionOf(key: RecordKey, state: RecordState, exceptionId: string): Asked | null {
  const own = state.entity?.exceptions ?? state.ownExceptions.map(exceptionOfRow);
  const one = own.find(({ id }) => id === exceptionId);
  if (one !== undefined) return askedOf(key, state, one);
  const other = state.elsewhere.find(({ id }) => id === exceptionId);
  return other === undefined ? null : askedElsewhere(key, state, other);
}

const fits = (
  { verbs, candidateVerbs, candidates }: Asked,
  { verb, candidate }: AnswerRequest,
): boolean =>
  candidate === null
    ? verbs.includes(verb)
    : candidateVerbs.includes(verb) &&
      candidates.some(
        ({ system, recordId }) => system === candidate.system && recordId === candidate.recordId,
      );

interface Taking {
  readonly key: RecordKey;
  readonly state: RecordState;
  readonly found: Asked;
  readonly request: AnswerRequest;
  readonly answer: Answer;
}

/** Makes the answer durable: whether it was this one is seen by what the question holds then. */
async function take(doors: Doors, db: Database, taking: Taking): Promise<void> {
  const { key, state, found, request, answer } = taking;
  const { exceptionId, shown } = request;
  const asking: Answering = { exceptionId, shown, answer };
  const judgements = judgementsOf(taking);
  const { kind, system } = found.exception;
  if (kind === "gone" && request.verb !== "delete") {
    const { entity } = state;
    if (entity === null) return;
    const keyIn = (one: string): RecordKey => ({
      system: one,
      object: key.object,
      recordId: entity.links[one]?.recordId ?? "",
    });
    const gone = system ?? "";
    const others = Object.keys(entity.links).filter((one) => one !== gone);
    const parting =
      request.verb === "restore"
        ? { free: others.map(keyIn), retire: [], without: [] }
        : { free: [], retire: [keyIn(gone)], without: [gone] };
    await part(db, asking, { ...parting, ...idsOf(doors), entity }, []);
    return;
  }
  if (kind === "duplicate" && request.verb === "apart") {
    const entityId = state.elsewhere.find(({ id }) => id === exceptionId)?.entityId ?? "";
    const other = await recordState(db, found.about, { auditEntries: 0, settledSince: null });
    if (other.entity?.id !== entityId) return;
    const parting = { free: found.candidates, retire: [], without: [], entity: other.entity };
    await part(db, asking, { ...parting, ...idsOf(doors) }, judgements);
    return;
  }
  await keepAnswer(db, asking, judgements, [found.about]);
}

const idsOf = ({ jobs }: Doors) => ({ commitId: jobs.newId(), salt: jobs.newId() });

/** What the answer says of pairs of records. */
function judgementsOf({ key, state, found, request }: Taking): Judgement[] {
  const { verb, candidate } = request;
  const named = found.candidates.filter(
    ({ system, recordId }) =>
      candidate === null || (system === candidate.system && recordId === candidate.recordId),
  );
  // Whatever the record is linked to is just as much not the other.
  const own = Object.entries(state.entity?.links ?? {}).map(([system, { recordId }]) => {
    return { system, object: key.object, recordId };
  });
  const ones = own.length === 0 ? [key] : own;
  switch (verb) {
    case "link":
      return named.map((other) => ({ one: key, other, same: true }));
    case "apart":
    case "create":
      return named.flatMap((other) => ones.map((one) => ({ one, other, same: false })));
    default:
      return [];
  }
}

/** Says that it is done once the question is settled by what was answered. */
async function carriedOut(
  doors: Doors,
  given: {
    readonly key: RecordKey;
    readonly about: RecordKey;
    readonly answer: Answer;
    readonly exceptionId: string;
  },
  look: ReturnType<typeof lookOf>,
): Promise<CardAnswer> {
  const db = database(doors.jobs.d1);
  const keys = keyText(given.key) === keyText(given.about) ? [given.key] : [given.about, given.key];
  for (let attempt = 1; ; attempt += 1) {
    const exception = await exceptionById(db, given.exceptionId);
    if (exception === null) return refusedWith("changed", changedMessage, await look());
    if (exception.status === "open") {
      return isRuledOut(exception, given)
        ? { ok: true, record: await look() }
        : refusedWith("changed", changedMessage, await look());
    }
    if (!isRepeat(exception, given.answer)) {
      return refusedWith("settled", answeredBy(exception), await look());
    }
    if (exception.status === "settled") {
      // What was parted is linked or made anew by the job that this rings for.
      if (attempt === 1) await sync(doors.jobs, keys);
      return { ok: true, record: await look() };
    }
    if (attempt > limits.personAttempts) return kept("Your answer", look);
    if (attempt > 1) await doors.wait(limits.personWaitMs);
    await sync(doors.jobs, keys);
  }
}

/** What was said to be another is no candidate any more: it is still asked about others. */
const isRuledOut = (
  exception: ExceptionRecord,
  { answer, key }: { readonly answer: Answer; readonly key: RecordKey },
): boolean =>
  answer.verb === "apart" &&
  answer.candidate !== null &&
  !candidatesIn(exception, key.object).some(
    ({ system, recordId }) =>
      system === answer.candidate?.system && recordId === answer.candidate.recordId,
  );
