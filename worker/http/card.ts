/**
 * The card's door: the state of a record, a person's answer to a conflict, "sync now". Every
 * request is proven by HubSpot's signature and may be repeated: HubSpot itself sends once more
 * after a 5xx or a failed connection.
 */
import type * as z from "zod";
import {
  type CardAnswer,
  type CardRecord,
  type Choice,
  type FieldsAnswer,
  type HistoryAnswer,
  historyQuerySchema,
  recordQuerySchema,
  resolveRequestSchema,
  syncRequestSchema,
} from "../../shared/contract.ts";
import type { Verb } from "../../shared/control.ts";
import type { Actor, Held } from "../../shared/record.ts";
import { equal, typed } from "../core/canonical.ts";
import type { Explanation, Ruling } from "../core/decision.ts";
import { limits, objectOf } from "../jobs/context.ts";
import { sync } from "../jobs/sync.ts";
import { rule } from "../store/commit.ts";
import { database } from "../store/database.ts";
import { type ExceptionRecord, exceptionsById } from "../store/exceptions.ts";
import { putPokes, type RecordKey } from "../store/mailbox.ts";
import { recordState } from "../store/records.ts";
import { accessOf, mayOn, ownerOf } from "./access.ts";
import { cardFields, cardHistory } from "./card-fields.ts";
import { cardRecord } from "./card-record.ts";
import { boundedBody, type Doors } from "./doors.ts";
import { refused, refusedWith } from "./errors.ts";
import { type Caller, prove } from "./proof.ts";

type Reply = CardAnswer | FieldsAnswer | HistoryAnswer;
type Handler = (doors: Doors, caller: Caller, input: unknown) => Promise<Reply>;

const handlers: Readonly<Record<string, Handler>> = {
  "GET record": showRecord,
  "GET fields": showFields,
  "GET history": showHistory,
  "POST resolve": resolve,
  "POST sync": syncNow,
};

export async function card(doors: Doors, request: Request, action: string): Promise<Response> {
  const handler = handlers[`${request.method} ${action}`];
  if (handler === undefined) return answer(refused("not_found", "There is no such action."), 404);
  const body = await boundedBody(request);
  if (body === null) return answer(refused("bad_request", "The request is too large."), 413);
  const proof = await prove(doors, request, body);
  if (proof.kind === "refused") {
    doors.jobs.log({ event: "card.refused", action, reason: proof.reason });
    return answer(refused("forbidden", "This request is not signed by HubSpot."), proof.status);
  }
  const startedAt = doors.jobs.now();
  const given = await answerOf(doors, proof.caller, handler, inputOf(request, body));
  doors.jobs.log({
    event: "card.answered",
    action,
    userId: proof.caller.userId,
    outcome: given.ok ? "ok" : given.error.code,
    durationMs: doors.jobs.now() - startedAt,
  });
  return answer(given, 200);
}

/** A fault of ours is said as one, so that the card can say that nothing is lost. */
async function answerOf(
  doors: Doors,
  caller: Caller,
  handler: Handler,
  input: unknown,
): Promise<Reply> {
  try {
    return await handler(doors, caller, input);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown";
    doors.jobs.log({ event: "card.failed", reason });
    return refused("unavailable", "Sync could not be reached just now. Nothing was changed here.");
  }
}

const answer = (given: Reply, status: number): Response =>
  Response.json(given, { status, headers: { "cache-control": "no-store" } });

/** What the caller sent: the query of a GET, the JSON of a POST; undefined if it is not JSON. */
function inputOf(request: Request, body: Uint8Array): unknown {
  if (request.method === "GET") return Object.fromEntries(new URL(request.url).searchParams);
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

type Asked<T> =
  | { readonly kind: "asked"; readonly input: T; readonly key: RecordKey }
  | { readonly kind: "wrong"; readonly answer: CardAnswer };

function asked<T extends z.infer<typeof recordQuerySchema>>(
  doors: Doors,
  schema: z.ZodType<T>,
  input: unknown,
): Asked<T> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const message = `${issue?.path.join(".") ?? "request"}: ${issue?.message ?? "malformed"}`;
    return { kind: "wrong", answer: refused("bad_request", message) };
  }
  const object = doors.objectForTypeId(parsed.data.objectTypeId);
  if (object === null) {
    const message = "Records of this kind are not synced.";
    return { kind: "wrong", answer: refused("not_found", message) };
  }
  const key = { system: doors.cardSystem, object, recordId: parsed.data.objectId };
  return { kind: "asked", input: parsed.data, key };
}

async function showRecord(doors: Doors, caller: Caller, input: unknown): Promise<CardAnswer> {
  const question = asked(doors, recordQuerySchema, input);
  if (question.kind === "wrong") return question.answer;
  const { maySettle } = await rightsOf(doors, caller);
  return { ok: true, record: await cardRecord(doors.jobs, question.key, maySettle) };
}

/** What the caller may do to a record, by its owner. */
async function rightsOf(doors: Doors, caller: Caller) {
  const access = await accessOf(doors, caller);
  const may = (verb: Verb) => (owner: string | null) => mayOn(access, verb, owner);
  return { maySettle: may("settle"), maySync: may("sync_record") };
}

async function showFields(doors: Doors, _caller: Caller, input: unknown): Promise<Reply> {
  const question = asked(doors, recordQuerySchema, input);
  if (question.kind === "wrong") return question.answer;
  return cardFields(doors.jobs, question.key);
}

async function showHistory(doors: Doors, _caller: Caller, input: unknown): Promise<Reply> {
  const question = asked(doors, historyQuerySchema, input);
  if (question.kind === "wrong") return question.answer;
  return cardHistory(doors.jobs, question.key, question.input.field);
}

async function syncNow(doors: Doors, caller: Caller, input: unknown): Promise<CardAnswer> {
  const question = asked(doors, syncRequestSchema, input);
  if (question.kind === "wrong") return question.answer;
  const { jobs } = doors;
  const { maySettle, maySync } = await rightsOf(doors, caller);
  const look = () => cardRecord(jobs, question.key, maySettle);
  if (!maySync(await ownerAt(doors, question.key))) {
    return refusedWith("forbidden", mayOnlyLook, await look());
  }
  await putPokes(database(jobs.d1), [{ ...question.key, lane: "person", echo: null }], jobs.now());
  await sync(jobs, [question.key]);
  return { ok: true, record: await look() };
}

const mayOnlyLook = "You may look at this record, but your role does not let you change it.";

export async function resolve(doors: Doors, caller: Caller, input: unknown): Promise<CardAnswer> {
  const question = asked(doors, resolveRequestSchema, input);
  if (question.kind === "wrong") return question.answer;
  const { key, input: request } = question;
  const { jobs } = doors;
  const { maySettle } = await rightsOf(doors, caller);
  const look = () => cardRecord(jobs, key, maySettle);
  const exception = await exceptionOf(doors, request.exceptionId);
  if (exception === null || exception.links[key.system]?.recordId !== key.recordId) {
    return refusedWith("not_found", "This question does not belong to this record.", await look());
  }
  if (!maySettle(await ownerAt(doors, key))) {
    return refusedWith("forbidden", mayOnlyLook, await look());
  }
  const chosen = chosenValue(doors, exception, request.choice);
  if (chosen.kind === "invalid") return refused("invalid", chosen.reason);
  const person: Actor = { kind: "person", id: caller.userId, name: caller.userEmail };
  const now = jobs.now();
  const { id: exceptionId } = exception;
  const ruling: Ruling = {
    exceptionId,
    value: chosen.value,
    shown: request.shown,
    person,
    at: now,
  };
  if (exception.status !== "open" && !isRepeat(exception, ruling)) {
    return refusedWith("settled", settledBy(exception), await look());
  }
  if (exception.status === "open") {
    if (exception.shown !== request.shown) {
      return refusedWith("changed", changedMessage, await look());
    }
    await rule(database(jobs.d1), exceptionId, ruling, key, now);
  }
  return confirmed(doors, key, ruling, look);
}

async function ownerAt({ jobs }: Doors, key: RecordKey): Promise<string | null> {
  const { entity } = await recordState(database(jobs.d1), key, 0);
  return ownerOf(objectOf(jobs, key.object), entity?.base ?? {});
}

const changedMessage = "The values changed since you looked. Please look again.";

/** Carries a person's answer out and says so only once every system was read back. */
async function confirmed(
  doors: Doors,
  key: RecordKey,
  ruling: Ruling,
  look: () => Promise<CardRecord>,
): Promise<CardAnswer> {
  const { jobs } = doors;
  for (let attempt = 1; ; attempt += 1) {
    const exception = await exceptionOf(doors, ruling.exceptionId);
    if (exception === null || exception.status === "open") {
      return refusedWith("changed", changedMessage, await look());
    }
    if (!isRepeat(exception, ruling)) {
      return refusedWith("settled", settledBy(exception), await look());
    }
    if (exception.status === "settled") {
      return exception.resolution === "ruled"
        ? { ok: true, record: await look() }
        : refusedWith("changed", changedMessage, await look());
    }
    if (attempt > limits.personAttempts) return refusedWith("pending", keptMessage, await look());
    // Another job may be writing this very record, for the other click of two; it is soon through.
    if (attempt > 1) await doors.wait(limits.personWaitMs);
    await sync(jobs, [key]);
  }
}

const keptMessage =
  "Your choice is kept. A system does not answer right now; it is written as soon as it does.";

async function exceptionOf(doors: Doors, id: string): Promise<ExceptionRecord | null> {
  const [exception] = await exceptionsById(database(doors.jobs.d1), [id]);
  return exception?.kind === "conflict" ? exception : null;
}

/** The same person giving the same answer again: a double click, or HubSpot's own retry. */
const isRepeat = (exception: ExceptionRecord, ruling: Ruling): boolean =>
  exception.ruling !== null &&
  exception.ruling.person.id === ruling.person.id &&
  exception.ruling.shown === ruling.shown &&
  equal(exception.ruling.value, ruling.value);

const settledBy = ({ ruling }: ExceptionRecord): string =>
  ruling?.person.name === undefined
    ? "This was settled meanwhile."
    : `${ruling.person.name} settled this meanwhile.`;

type Chosen =
  | { readonly kind: "value"; readonly value: Held }
  | { readonly kind: "invalid"; readonly reason: string };

/** The value a choice stands for: one that was shown, or a typed one made canonical. */
function chosenValue(doors: Doors, exception: ExceptionRecord, choice: Choice): Chosen {
  const { because } = exception.detail as { because: Explanation };
  if (choice.kind === "keep") {
    const input = because.inputs.find(({ system, valid }) => valid && system === choice.system);
    return input === undefined
      ? { kind: "invalid", reason: "That system has no value to keep." }
      : { kind: "value", value: input.value };
  }
  const field = objectOf(doors.jobs, exception.object).fields[exception.field ?? ""];
  if (field === undefined) return { kind: "invalid", reason: "This field is not synced any more." };
  const form = typed(field.type, choice.text);
  if (form.kind === "invalid") return form;
  return form.value === null
    ? { kind: "invalid", reason: "Type a value." }
    : { kind: "value", value: form.value };
}
