/**
 * What to make of a write that met another record with the same unique value. A record about to be
 * created may simply be that other one, if it belongs to nobody yet; everything else is refused
 * until somebody changes one of the two. Sending it again at once would never end.
 */
import type { WriteOutcome } from "../connectors/connector.ts";
import type { Database } from "../store/database.ts";
import { linkedEntities } from "../store/load.ts";
import { keyText, type RecordKey } from "../store/mailbox.ts";
import type { Decided } from "./decide.ts";
import type { Outcomes } from "./propagate.ts";

/** Costs a round trip only where a create met a rival. */
export async function judgeRivals(
  db: Database,
  decided: readonly Decided[],
  outcomes: Outcomes,
): Promise<Outcomes> {
  const met = decided.flatMap(({ subject }) =>
    [...(outcomes.get(subject.entityId) ?? [])].flatMap(([system, outcome]) =>
      outcome.kind === "exists" ? [{ subject, system, outcome }] : [],
    ),
  );
  const rivals = met.flatMap(({ subject, system, outcome }): RecordKey[] =>
    system in subject.links || outcome.recordId === null
      ? []
      : [{ system, object: subject.object.object, recordId: outcome.recordId }],
  );
  const taken = await linkedEntities(db, rivals);
  const judged = new Map([...outcomes].map(([id, bySystem]) => [id, new Map(bySystem)]));
  for (const { subject, system, outcome } of met) {
    const { operationId, recordId, error } = outcome;
    const key = { system, object: subject.object.object, recordId: recordId ?? "" };
    const isFree = recordId !== null && !(system in subject.links) && !taken.has(keyText(key));
    const refused: WriteOutcome = { kind: "failed", operationId, error };
    if (!isFree) judged.get(subject.entityId)?.set(system, refused);
  }
  return judged;
}
