/**
 * The card's door: the state of a record, a person's answer to a conflict, "sync now". Every
 * request is proven by HubSpot's signature and may be repeated: HubSpot itself sends once more
 * after a 5xx or a failed connection.
 */
import {
  type CardAnswer,
  type FieldsAnswer,
  type HistoryAnswer,
  historyQuerySchema,
  recordQuerySchema,
  syncRequestSchema,
} from "../../shared/contract.ts";
import { sync } from "../jobs/sync.ts";
import { database } from "../store/database.ts";
import { putPokes } from "../store/mailbox.ts";
import { answerProblem } from "./card-answer.ts";
import { asked, lookOf, mayOnlyLook, ownerAt, readerOf } from "./card-ask.ts";
import { cardFields, cardHistory } from "./card-fields.ts";
import { pauseRecord, resumeRecord } from "./card-pause.ts";
import { propose } from "./card-propose.ts";
import { resolve } from "./card-resolve.ts";
import { undo } from "./card-undo.ts";
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
  "POST undo": undo,
  "POST answer": answerProblem,
  "POST propose": propose,
  "POST pause": pauseRecord,
  "POST resume": resumeRecord,
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

async function showRecord(doors: Doors, caller: Caller, input: unknown): Promise<CardAnswer> {
  const question = asked(doors, recordQuerySchema, input);
  if (question.kind === "wrong") return question.answer;
  const reader = await readerOf(doors, caller);
  return { ok: true, record: await lookOf(doors, question.key, reader)() };
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
  const reader = await readerOf(doors, caller);
  const look = lookOf(doors, question.key, reader);
  if (!reader.may("sync_record", await ownerAt(doors, question.key))) {
    return refusedWith("forbidden", mayOnlyLook, await look());
  }
  await putPokes(database(jobs.d1), [{ ...question.key, lane: "person", echo: null }], jobs.now());
  await sync(jobs, [question.key]);
  return { ok: true, record: await look() };
}
