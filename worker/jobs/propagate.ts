/** Sends the writes of a batch: one call per system, object and hundred; outcomes by entity. */
import type { EntityId, Fields, SystemId } from "../../shared/record.ts";
import type { WriteOperation, WriteOutcome } from "../connectors/connector.ts";
import { assert } from "../core/assert.ts";
import type { IntendedWrite } from "../store/load.ts";
import { connectorOf, type JobContext, limits } from "./context.ts";
import type { Decided } from "./decide.ts";
import { answered, inRecords } from "./references.ts";

/** One entity, and what is to be written of it. */
type Sending = Pick<Decided, "subject" | "writes">;

export type Outcomes = ReadonlyMap<EntityId, SystemOutcomes>;

export type SystemOutcomes = ReadonlyMap<SystemId, WriteOutcome>;

/** `plannedAt`: when the intents were made durable; nothing is sent after their lease. */
export async function propagate(
  context: JobContext,
  { commitId, plannedAt }: { readonly commitId: string; readonly plannedAt: number },
  decided: readonly Sending[],
): Promise<Outcomes> {
  const by = plannedAt + limits.intentWriteMs;
  const sends = decided.flatMap((one) => one.writes.map((write) => ({ one, write })));
  const groups = Map.groupBy(
    sends,
    ({ one, write }) => `${write.system}/${one.subject.object.object}`,
  );
  const outcomes = new Map<EntityId, Map<SystemId, WriteOutcome>>();
  await Promise.all(
    [...groups.values()].map(async (group) => {
      const [first] = group;
      const mapping = first?.one.subject.object.mappings[first.write.system];
      if (first === undefined || mapping === undefined) return;
      const connector = connectorOf(context, first.write.system);
      const operations = group.map(({ one, write }) => operationOf(context, commitId, one, write));
      const answers = new Map(
        (await connector.write(mapping, operations, by)).map((one) => [one.operationId, one]),
      );
      for (const { one, write } of group) {
        const { entityId } = one.subject;
        const answer = answers.get(operationId(commitId, entityId));
        assert(answer !== undefined, "a connector gives one outcome per operation");
        const bySystem = outcomes.get(entityId) ?? new Map();
        outcomes.set(entityId, bySystem.set(write.system, toldOf(context, one, write, answer)));
      }
    }),
  );
  return outcomes;
}

const toldOf = (
  context: JobContext,
  { subject }: Sending,
  { system }: IntendedWrite,
  outcome: WriteOutcome,
): WriteOutcome =>
  outcome.kind === "done"
    ? { ...outcome, record: answered(context, subject.object, system, outcome.record) }
    : outcome;

const operationId = (commitId: string, entityId: EntityId): string => `${commitId}.${entityId}`;

function operationOf(
  context: JobContext,
  commitId: string,
  one: Sending,
  write: IntendedWrite,
): WriteOperation {
  const { subject } = one;
  const values: Fields = Object.fromEntries(
    Object.entries(write.fields).map(([field, { to }]) => [field, to]),
  );
  const set = inRecords(context, subject.object, write.system, values);
  const id = operationId(commitId, subject.entityId);
  if (write.operation === "create") {
    return { kind: "create", operationId: id, key: subject.entityId, set };
  }
  assert(write.recordId !== null, "an update names its record");
  if (write.operation === "archive" || write.operation === "erase") {
    return { kind: write.operation, operationId: id, recordId: write.recordId };
  }
  const answer = subject.answers[write.system];
  const version = answer?.kind === "found" ? answer.record.version : undefined;
  return {
    kind: "update",
    operationId: id,
    recordId: write.recordId,
    set,
    ...(version === undefined ? {} : { expectedVersion: version }),
  };
}
