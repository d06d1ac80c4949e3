/** "Always do this": what a person just chose becomes a proposed rule, which changes none yet. */
import { type CardAnswer, proposeRequestSchema } from "../../shared/contract.ts";
import { objectOf } from "../jobs/context.ts";
import { database } from "../store/database.ts";
import { propose as keepProposal } from "../store/proposals.ts";
import { asked, lookOf, mayOnlyLook, ownerAt, readerOf } from "./card-ask.ts";
import { alwaysFor } from "./card-record.ts";
import { conflictById } from "./card-resolve.ts";
import type { Doors } from "./doors.ts";
import { refusedWith } from "./errors.ts";
import type { Caller } from "./proof.ts";

export async function propose(doors: Doors, caller: Caller, input: unknown): Promise<CardAnswer> {
  const question = asked(doors, proposeRequestSchema, input);
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
  const { field, ruling } = exception;
  const policy = alwaysFor(objectOf(jobs, key.object), exception);
  if (field === null || policy === null || ruling?.person.id !== reader.person.id) {
    return refusedWith("changed", nothingToPropose, await look());
  }
  await keepProposal(database(jobs.d1), {
    id: jobs.newId(),
    object: key.object,
    field,
    policy,
    rulesVersion: jobs.rules.version,
    entityId: exception.entityId,
    person: { id: reader.person.id, name: reader.person.name ?? reader.person.id },
    at: jobs.now(),
  });
  return { ok: true, record: await look() };
}

const nothingToPropose = "There is no choice of yours here that a rule could repeat.";
