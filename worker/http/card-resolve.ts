/**
 * A person's answer to a conflict: believed while the values they saw still stand, carried out in
 * every system, and said to be done only once each was read back. It may be sent twice.
 */
import { type CardAnswer, type Choice, resolveRequestSchema } from "../../shared/contract.ts";
import type { Held } from "../../shared/record.ts";
import { equal, typed } from "../core/canonical.ts";
import type { Explanation, Ruling } from "../core/decision.ts";
import { limits, objectOf } from "../jobs/context.ts";
import { sync } from "../jobs/sync.ts";
import { database } from "../store/database.ts";
import { type ExceptionRecord, exceptionsById } from "../store/exceptions.ts";
import type { RecordKey } from "../store/mailbox.ts";
import { rule } from "../store/rulings.ts";
import { asked, kept, lookOf, mayOnlyLook, ownerAt, type Reader, readerOf } from "./card-ask.ts";
import type { Doors } from "./doors.ts";
import { refused, refusedWith } from "./errors.ts";
import type { Caller } from "./proof.ts";

export async function resolve(doors: Doors, caller: Caller, input: unknown): Promise<CardAnswer> {
  const question = asked(doors, resolveRequestSchema, input);
  if (question.kind === "wrong") return question.answer;
  const { key, input: request } = question;
  const { jobs } = doors;
  const reader = await readerOf(doors, caller);
  const look = lookOf(doors, key, reader);
  const exception = await conflictById(doors, request.exceptionId);
  if (exception === null || exception.links[key.system]?.recordId !== key.recordId) {
    return refusedWith("not_found", "This question does not belong to this record.", await look());
  }
  if (!reader.may("settle", await ownerAt(doors, key))) {
    return refusedWith("forbidden", mayOnlyLook, await look());
  }
  const chosen = chosenValue(doors, exception, request.choice);
  if (chosen.kind === "invalid") return refused("invalid", chosen.reason);
  const now = jobs.now();
  const { id: exceptionId } = exception;
  const ruling: Ruling = {
    exceptionId,
    value: chosen.value,
    shown: request.shown,
    person: reader.person,
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
  return confirmed(doors, key, ruling, reader);
}

const changedMessage = "The values changed since you looked. Please look again.";

/** Carries a person's answer out and says so only once every system was read back. */
async function confirmed(
  doors: Doors,
  key: RecordKey,
  ruling: Ruling,
  reader: Reader,
): Promise<CardAnswer> {
  const { jobs } = doors;
  const look = lookOf(doors, key, reader);
  for (let attempt = 1; ; attempt += 1) {
    const exception = await conflictById(doors, ruling.exceptionId);
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
    if (attempt > limits.personAttempts) return kept("Your choice", look);
    // Another job may be writing this very record, for the other click of two; it is soon through.
    if (attempt > 1) await doors.wait(limits.personWaitMs);
    await sync(jobs, [key]);
  }
}

export async function conflictById(doors: Doors, id: string): Promise<ExceptionRecord | null> {
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
  // Of somebody who was forgotten meanwhile no value is left.
  const { because } = exception.detail as { because?: Explanation };
  if (choice.kind === "keep") {
    const input = because?.inputs.find(({ system, valid }) => valid && system === choice.system);
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
