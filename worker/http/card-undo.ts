/** A person takes an answer back: theirs, or as an operator anybody's. It may be sent twice. */
import { type CardAnswer, undoRequestSchema } from "../../shared/contract.ts";
import { limits } from "../jobs/context.ts";
import { sync } from "../jobs/sync.ts";
import { database } from "../store/database.ts";
import type { RecordKey } from "../store/mailbox.ts";
import { undo as keepUndo } from "../store/undo.ts";
import { asked, kept, lookOf, ownerAt, type Reader, readerOf } from "./card-ask.ts";
import { conflictById } from "./card-resolve.ts";
import type { Doors } from "./doors.ts";
import { refusedWith } from "./errors.ts";
import type { Caller } from "./proof.ts";

export async function undo(doors: Doors, caller: Caller, input: unknown): Promise<CardAnswer> {
  const question = asked(doors, undoRequestSchema, input);
  if (question.kind === "wrong") return question.answer;
  const { key, input: request } = question;
  const reader = await readerOf(doors, caller);
  const look = lookOf(doors, key, reader);
  const exception = await conflictById(doors, request.exceptionId);
  if (exception === null || exception.links[key.system]?.recordId !== key.recordId) {
    return refusedWith("not_found", "This question does not belong to this record.", await look());
  }
  if (exception.undo === null) {
    const owner = await ownerAt(doors, key);
    const isOwn = exception.ruling?.person.id === reader.person.id;
    if (!reader.may("settle", owner) || !(isOwn || reader.may("repair", owner))) {
      return refusedWith("forbidden", othersAnswer, await look());
    }
    const wish = { person: reader.person, at: doors.jobs.now() };
    await keepUndo(database(doors.jobs.d1), request.exceptionId, wish, key);
  }
  return takenBack(doors, key, request.exceptionId, reader);
}

/** Carries it out, and says so only once every system was read back. */
async function takenBack(
  doors: Doors,
  key: RecordKey,
  exceptionId: string,
  reader: Reader,
): Promise<CardAnswer> {
  const look = lookOf(doors, key, reader);
  for (let attempt = 1; ; attempt += 1) {
    const exception = await conflictById(doors, exceptionId);
    const wish = exception?.undo ?? null;
    if (exception === null || wish === null) return refusedWith("changed", tooLate, await look());
    if (wish.person.id !== reader.person.id) {
      const name = wish.person.name ?? "Somebody";
      return refusedWith("settled", `${name} took this back already.`, await look());
    }
    if (exception.status === "open") return { ok: true, record: await look() };
    if (exception.status === "settled") {
      return refusedWith("changed", editedSince, await look());
    }
    if (attempt > limits.personAttempts) return kept("That you take it back", look);
    // Another job may be writing this very record; it is soon through.
    if (attempt > 1) await doors.wait(limits.personWaitMs);
    await sync(doors.jobs, [key]);
  }
}

const othersAnswer = "Only whoever settled this, or an operator, can take it back.";
const tooLate = "This can't be taken back any more: it is too old, or was asked again since.";
const editedSince = "Somebody changed it since, so nothing was taken back.";
