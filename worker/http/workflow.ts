/**
 * The workflow action "Sync this record now". HubSpot's call becomes a poke like any other, in the
 * lane of people, and is answered as soon as that is stored. A call that comes again, because its
 * answer was lost, is the same row of the mailbox: it has no second effect.
 *
 * HubSpot repeats a call after a 5xx for days and after a 4xx never, and goes on with the workflow
 * whatever the outcome says.
 * https://developers.hubspot.com/docs/api-reference/automation-actions-v4-v4/custom-action-guide
 */
import * as z from "zod";
import type { ObjectName } from "../../shared/record.ts";
import { typeIdOfClassic } from "../connectors/hubspot/wire.ts";
import { database } from "../store/database.ts";
import { putPokes, type RecordKey } from "../store/mailbox.ts";
import { recordState } from "../store/records.ts";
import { boundedBody, type Doors, publicUrlOf } from "./doors.ts";

/** Further keys are HubSpot's to add. */
const callSchema = z.object({
  callbackId: z.string().min(1).max(256),
  origin: z.object({ portalId: z.int() }),
  object: z.object({
    objectId: z.union([z.int().positive(), z.string().regex(/^\d{1,20}$/)]).transform(String),
    objectType: z.string().min(1).max(128),
  }),
});
type WorkflowCall = z.infer<typeof callSchema>;

/** What the action promises in its metadata to hand on to the steps behind it. */
export type WorkflowOutputs =
  | {
      readonly hs_execution_state: "SUCCESS";
      readonly sync_result: "asked";
      /** Exceptions open on the record when it was asked. */
      readonly open_questions: number;
    }
  | { readonly hs_execution_state: "FAIL_CONTINUE"; readonly sync_result: "not_synced" };

export async function workflow(doors: Doors, request: Request): Promise<Response> {
  const { jobs } = doors;
  const startedAt = jobs.now();
  const body = await boundedBody(request);
  if (body === null) return refused(doors, 413, "the body is larger than 1 MB");
  // Only this app's secret makes such a signature, and it covers the address of this very action.
  const refusal = await doors.verifyHubSpot({
    method: request.method,
    url: publicUrlOf(doors.publicUrl, request),
    headers: request.headers,
    body,
    now: startedAt,
  });
  if (refusal !== null) return refused(doors, 401, refusal);
  const call = parsed(body);
  if (call === null) return refused(doors, 400, "the body is not a call of a workflow");
  if (call.origin.portalId !== doors.portalId) return refused(doors, 403, "another portal");
  const outputs = await asked(doors, call);
  if (outputs === null) return refused(doors, 503, "not stored, send it again");
  jobs.log({
    event: "workflow.answered",
    callbackId: call.callbackId,
    outcome: outputs.sync_result,
    durationMs: jobs.now() - startedAt,
  });
  return answer(200, { outputFields: outputs });
}

/** Null if it could not be stored. */
async function asked(doors: Doors, { object }: WorkflowCall): Promise<WorkflowOutputs | null> {
  const { jobs } = doors;
  const name = objectNamed(doors, object.objectType);
  if (name === null) return { hs_execution_state: "FAIL_CONTINUE", sync_result: "not_synced" };
  const key: RecordKey = { system: doors.cardSystem, object: name, recordId: object.objectId };
  try {
    const db = database(jobs.d1);
    await putPokes(db, [{ ...key, lane: "person", echo: null }], jobs.now());
    const { entity, ownExceptions } = await recordState(db, key, nothingOlder);
    await jobs.ring([key], 0);
    const open = (entity?.exceptions ?? ownExceptions).length;
    return { hs_execution_state: "SUCCESS", sync_result: "asked", open_questions: open };
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown";
    jobs.log({ event: "workflow.not_stored", reason });
    return null;
  }
}

const nothingOlder = { auditEntries: 0, settledSince: null };

/** Workflows name an object as "CONTACT", or by its type id. */
function objectNamed(doors: Doors, objectType: string): ObjectName | null {
  return doors.objectForTypeId(typeIdOfClassic[objectType.toLowerCase()] ?? objectType);
}

function parsed(body: Uint8Array): WorkflowCall | null {
  try {
    return callSchema.parse(JSON.parse(new TextDecoder().decode(body)));
  } catch {
    return null;
  }
}

function refused(doors: Doors, status: number, reason: string): Response {
  doors.jobs.log({ event: "workflow.refused", status, reason });
  return answer(status, { message: reason });
}

const answer = (status: number, body: unknown): Response =>
  Response.json(body, { status, headers: { "cache-control": "no-store" } });
