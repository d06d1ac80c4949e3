/**
 * Writes to a REST tool in batches: exactly one outcome per operation. *Failed* means that the tool
 * positively did not do it; whatever is not answered, or answered short, is unknown.
 */
import type { ObjectMapping } from "../../core/rules.ts";
import { ConnectorError, type WriteOperation, type WriteOutcome } from "../connector.ts";
import { chunked, halves, stopsAll } from "./batches.ts";
import { type Context, call, refusedError } from "./client.ts";
import { toProperties, toSystemRecord } from "./fields.ts";
import { findCreated } from "./find.ts";
import { limits } from "./limits.ts";
import type { RowRefusal, RowResult } from "./profile.ts";

type Kind = WriteOperation["kind"];

/** An operation in the tool's own words. */
interface Task {
  readonly operation: WriteOperation;
  /** What its answer is matched by. */
  readonly ref: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

interface Batch {
  readonly kind: Kind;
  readonly tasks: readonly Task[];
}

export async function writeAll(
  context: Context,
  mapping: ObjectMapping,
  operations: readonly WriteOperation[],
): Promise<readonly WriteOutcome[]> {
  const outcomes = new Map<string, WriteOutcome>();
  const settle = (outcome: WriteOutcome) => outcomes.set(outcome.operationId, outcome);
  const tasks: Task[] = [];
  for (const operation of operations) {
    const task = toTask(context, mapping, operation);
    if (task instanceof ConnectorError) settle(failed(operation, task));
    else tasks.push(task);
  }
  const batches = toBatches(tasks, context.profile.capabilities.writeBatch);
  let bisectCalls = limits.bisectCallsMax;
  for (let batch = batches.shift(); batch; batch = batches.shift()) {
    const answer = await send(context, mapping, batch);
    if (answer.kind === "ok") {
      const results = new Map(answer.value.map((result) => [result.ref, result]));
      for (const task of batch.tasks) {
        settle(toOutcome(context, mapping, task, results.get(task.ref)));
      }
      continue;
    }
    const { error } = answer;
    const { kind } = batch;
    if (answer.kind === "unanswered") {
      for (const { operation } of batch.tasks) settle(unknown(operation, error));
      continue;
    }
    // A tool that refuses a whole batch for one row did nothing: the others go again without it.
    if (error.kind === "skip_record" && batch.tasks.length > 1 && bisectCalls > 0) {
      bisectCalls -= 2;
      batches.unshift(...halves([...batch.tasks]).map((half) => ({ kind, tasks: half })));
      continue;
    }
    if (stopsAll(error)) {
      const left = [batch, ...batches.splice(0)].flatMap(({ tasks }) => tasks);
      for (const { operation } of left) settle(failed(operation, error));
      continue;
    }
    const [task, ...others] = batch.tasks;
    if (task && others.length === 0) {
      settle(await refusedOutcome(context, mapping, task, answer));
    } else {
      for (const { operation } of batch.tasks) settle(failed(operation, error));
    }
  }
  return operations.map(
    ({ operationId }) => outcomes.get(operationId) ?? unreachableOutcome(operationId),
  );
}

/** What it means that a tool refused a call for this one row. */
async function refusedOutcome(
  context: Context,
  mapping: ObjectMapping,
  { operation }: Task,
  { error, refusal }: { readonly error: ConnectorError; readonly refusal: RowRefusal },
): Promise<WriteOutcome> {
  const { operationId } = operation;
  const field = fieldOf(mapping, refusal.property);
  const told = field === null ? error : refusedError(context, refusal, null, field);
  if (refusal.stale) return { kind: "stale", operationId };
  if (operation.kind !== "create" || !refusal.taken) return failed(operation, told);
  if (refusal.property !== context.profile.keyProperty) {
    return { kind: "exists", operationId, recordId: null, error: told };
  }
  // Our own key is taken: this very creation was done before.
  try {
    const record = (await findCreated(context, mapping, [operation.key])).get(operation.key);
    return record ? { kind: "done", operationId, record } : unknown(operation, error);
  } catch {
    return unknown(operation, error);
  }
}

/** The operation made ready, or why it cannot be sent. */
function toTask(
  { system, label, profile }: Context,
  mapping: ObjectMapping,
  operation: WriteOperation,
): Task | ConnectorError {
  if (operation.kind === "archive" || operation.kind === "erase") {
    if (profile[operation.kind]) return { operation, ref: operation.recordId, properties: {} };
    return new ConnectorError("give_up", system, `${label} cannot do this: ${operation.kind}.`);
  }
  const written = toProperties(mapping, operation.set, profile.blank);
  if (!written.ok) {
    const { field, reason } = written;
    return new ConnectorError("skip_record", system, `${label}: ${reason}`, { field });
  }
  const ref = operation.kind === "create" ? operation.key : operation.recordId;
  return { operation, ref, properties: written.properties };
}

/** Batches of one kind in which no record occurs twice, in the order asked for. */
function toBatches(tasks: readonly Task[], size: number): Batch[] {
  const runs: { kind: Kind; tasks: Task[]; refs: Set<string> }[] = [];
  for (const task of tasks) {
    const { kind } = task.operation;
    let run = runs.findLast((each) => each.kind === kind);
    if (!run || run.refs.has(task.ref)) {
      run = { kind, tasks: [], refs: new Set() };
      runs.push(run);
    }
    run.tasks.push(task);
    run.refs.add(task.ref);
  }
  return runs.flatMap(({ kind, tasks }) =>
    chunked(tasks, size).map((chunk) => ({ kind, tasks: chunk })),
  );
}

function send(context: Context, mapping: ObjectMapping, { kind, tasks }: Batch) {
  const { profile } = context;
  const object = mapping.systemObject;
  switch (kind) {
    case "update": {
      const rows = tasks.map(({ ref, properties, operation }) => ({
        id: ref,
        version: (operation.kind === "update" ? operation.expectedVersion : null) ?? null,
        set: properties,
      }));
      return call(context, profile.update, object, rows);
    }
    case "create": {
      const rows = tasks.map(({ ref, properties }) => ({ key: ref, set: properties }));
      return call(context, profile.create, object, rows);
    }
    case "archive":
    case "erase": {
      const exchange = profile[kind];
      if (!exchange) throw new Error(`a profile without ${kind} got one`);
      const ids = tasks.map(({ ref }) => ref);
      return call(context, exchange, object, ids);
    }
    default:
      return kind satisfies never;
  }
}

function toOutcome(
  context: Context,
  mapping: ObjectMapping,
  { operation, ref }: Task,
  result: RowResult | undefined,
): WriteOutcome {
  const { system, label } = context;
  const { operationId } = operation;
  if (!result) {
    const message = `${label} did not answer for this record.`;
    return unknown(operation, new ConnectorError("retry", system, message));
  }
  switch (result.kind) {
    case "done": {
      const record = toSystemRecord(context.reader(mapping), result.row);
      return { kind: "done", operationId, record };
    }
    case "gone":
      return { kind: "done", operationId, record: { ...nothing, id: ref } };
    case "stale":
      return { kind: "stale", operationId };
    case "missing": {
      if (operation.kind === "erase") {
        return { kind: "done", operationId, record: { ...nothing, id: ref } };
      }
      const message = `${label} has no such record any more.`;
      return failed(operation, new ConnectorError("skip_record", system, message, { status: 404 }));
    }
    case "taken": {
      const refusal = { status: 409, code: "taken", property: result.property };
      const error = refusedError(context, refusal, null, fieldOf(mapping, result.property));
      return operation.kind === "create"
        ? { kind: "exists", operationId, recordId: result.by, error }
        : failed(operation, error);
    }
    case "refused": {
      const field = fieldOf(mapping, result.refusal.property);
      return failed(operation, refusedError(context, result.refusal, null, field));
    }
    default:
      return result satisfies never;
  }
}

const nothing = { fields: {}, modifiedAt: null, archived: true, url: null } as const;

function fieldOf(mapping: ObjectMapping, property: string | null): string | null {
  if (property === null) return null;
  const mapped = mapping.fields.find((each) =>
    [each.property, each.currencyProperty].includes(property),
  );
  return mapped?.field ?? null;
}

function failed({ operationId }: WriteOperation, error: ConnectorError): WriteOutcome {
  return { kind: "failed", operationId, error };
}

function unknown({ operationId }: WriteOperation, error: ConnectorError): WriteOutcome {
  return { kind: "unknown", operationId, error };
}

function unreachableOutcome(operationId: string): never {
  throw new Error(`operation ${operationId} has no outcome`);
}
