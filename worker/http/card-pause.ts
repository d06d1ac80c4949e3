/** A person stops syncing one record, with a reason that everybody sees, and lets it go on. */
import { type CardAnswer, pauseRequestSchema, resumeRequestSchema } from "../../shared/contract.ts";
import { sync } from "../jobs/sync.ts";
import { database } from "../store/database.ts";
import { pause, resume } from "../store/holds.ts";
import type { RecordKey } from "../store/mailbox.ts";
import { recordState } from "../store/records.ts";
import { asked, lookOf, mayOnlyLook, ownerAt, readerOf } from "./card-ask.ts";
import type { Doors } from "./doors.ts";
import { refusedWith } from "./errors.ts";
import type { Caller } from "./proof.ts";

export async function pauseRecord(
  doors: Doors,
  caller: Caller,
  input: unknown,
): Promise<CardAnswer> {
  const question = asked(doors, pauseRequestSchema, input);
  if (question.kind === "wrong") return question.answer;
  return turn(doors, caller, question.key, question.input.reason);
}

export async function resumeRecord(
  doors: Doors,
  caller: Caller,
  input: unknown,
): Promise<CardAnswer> {
  const question = asked(doors, resumeRequestSchema, input);
  if (question.kind === "wrong") return question.answer;
  return turn(doors, caller, question.key, null);
}

/** A reason pauses, null resumes. What is so already is left as it is: a request may come twice. */
async function turn(
  doors: Doors,
  caller: Caller,
  key: RecordKey,
  reason: string | null,
): Promise<CardAnswer> {
  const { jobs } = doors;
  const db = database(jobs.d1);
  const reader = await readerOf(doors, caller);
  const look = lookOf(doors, key, reader);
  const state = await recordState(db, key, { auditEntries: 0, settledSince: null });
  if (state.entity === null) return refusedWith("not_found", unlinked, await look());
  if (!reader.may("pause_record", await ownerAt(doors, key))) {
    return refusedWith("forbidden", mayOnlyLook, await look());
  }
  const scope = `record:${state.entity.id}`;
  const paused = state.pauses.find((one) => one.scope === scope);
  const by = reader.person.name ?? reader.person.id;
  const act = { by, at: jobs.now(), salt: jobs.newId() };
  if (reason !== null && paused === undefined) await pause(db, { scope, reason }, act);
  if (reason !== null && paused !== undefined && paused.by !== by) {
    return refusedWith("settled", `${paused.by} paused this already.`, await look());
  }
  if (reason === null && paused !== undefined) {
    const freed = await resume(db, scope, act);
    await sync(jobs, freed);
  }
  return { ok: true, record: await look() };
}

const unlinked = "This record is linked to no other yet, so there is nothing to pause.";
