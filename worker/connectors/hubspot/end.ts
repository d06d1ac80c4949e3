/** The end of records: archived, to be restored within ninety days, or destroyed for privacy. */
import * as z from "zod";
import type { ObjectMapping } from "../../core/rules.ts";
import type { WriteOperation, WriteOutcome } from "../connector.ts";
import { ConnectorError } from "../connector.ts";
import { chunksOf } from "./chunks.ts";
import type { Answer } from "./client.ts";
import type { Context } from "./context.ts";
import { limits } from "./limits.ts";
import { bareRecord } from "./record.ts";

interface End {
  readonly operationId: string;
  readonly recordId: string;
}

/** Both are answered with 204 and no body; anything else does not say that it was done. */
const nothing = z.null();

/** HubSpot answers 204 also for ids that are archived or were never there. */
export async function archiveRecords(
  context: Context,
  mapping: ObjectMapping,
  operations: readonly WriteOperation[],
): Promise<readonly WriteOutcome[]> {
  const ends = operations.filter((each) => each.kind === "archive");
  const outcomes: WriteOutcome[] = [];
  for (const chunk of chunksOf(ends, limits.batch)) {
    const answer = await context.client.call({
      method: "POST",
      path: `/crm/objects/{version}/${mapping.systemObject}/batch/archive`,
      body: { inputs: chunk.map(({ recordId }) => ({ id: recordId })) },
      answer: nothing,
      effect: "write",
    });
    outcomes.push(...chunk.map((end) => outcomeOf(context, mapping, end, answer)));
  }
  return outcomes;
}

/**
 * HubSpot destroys contacts only. Other objects are no persons; destroying them is left to its own
 * screen. What is not found is not taken for destroyed: who asks for it makes sure by reading.
 */
export async function eraseRecords(
  context: Context,
  mapping: ObjectMapping,
  operations: readonly WriteOperation[],
): Promise<readonly WriteOutcome[]> {
  const outcomes: WriteOutcome[] = [];
  for (const end of operations.filter((each) => each.kind === "erase")) {
    if (mapping.systemObject !== "contacts") {
      const message = "HubSpot destroys contacts only. Delete the record in HubSpot.";
      const error = new ConnectorError("give_up", context.system, message);
      outcomes.push({ kind: "failed", operationId: end.operationId, error });
      continue;
    }
    const answer = await context.client.call({
      method: "POST",
      path: "/crm/objects/{version}/contacts/gdpr-delete",
      body: { objectId: end.recordId },
      answer: nothing,
      effect: "write",
    });
    outcomes.push(outcomeOf(context, mapping, end, answer));
  }
  return outcomes;
}

function outcomeOf(
  context: Context,
  mapping: ObjectMapping,
  { operationId, recordId }: End,
  answer: Answer<unknown>,
): WriteOutcome {
  const account = context.account.known();
  const portal = { ...context, account, timeZone: account?.timeZone ?? null, owners: null };
  const done = {
    kind: "done" as const,
    record: bareRecord(mapping, { id: recordId, archived: true }, portal),
  };
  switch (answer.kind) {
    case "ok":
      return { ...done, operationId };
    case "refused":
      return { kind: "failed", operationId, error: answer.error };
    case "unanswered":
      return { kind: "unknown", operationId, error: answer.error };
  }
}
