/**
 * Writing in batches: updates by id, creates by our unique key. The invariant: every operation has
 * exactly one outcome, matched by what names it and never by its position, and `failed` is said
 * only where HubSpot said so itself. Where nobody knows, the outcome is `unknown`.
 */
import type { FieldName, Held } from "../../../shared/record.ts";
import type { ObjectMapping } from "../../core/rules.ts";
import type { WriteOperation, WriteOutcome } from "../connector.ts";
import { ConnectorError } from "../connector.ts";
import { chunksOf } from "./chunks.ts";
import type { Context } from "./context.ts";
import { ownersOrNull } from "./context.ts";
import { archiveRecords, eraseRecords } from "./end.ts";
import { limits } from "./limits.ts";
import type { Conversion } from "./mapping.ts";
import { fieldNamed, toWire } from "./mapping.ts";
import { recordsOf } from "./read.ts";
import type { Complaint, RowRefusal } from "./refusal.ts";
import { propertyGone, refusedRow } from "./refusal.ts";
import type { BatchAnswer, WireRecord } from "./wire.ts";
import { batchAnswerSchema, namedBy } from "./wire.ts";

type Change = Extract<WriteOperation, { readonly kind: "update" | "create" }>;

/** One input of a batch. */
interface Row {
  readonly operationId: string;
  readonly kind: Change["kind"];
  /** The record's id, or our key. */
  readonly id: string;
  readonly properties: Readonly<Record<string, string>>;
}

type RowOutcome =
  | { readonly kind: "done"; readonly wire: WireRecord }
  | RowRefusal
  | { readonly kind: "unknown"; readonly error: ConnectorError };

type Outcomes = Map<string, RowOutcome>;

export async function writeRecords(
  context: Context,
  mapping: ObjectMapping,
  operations: readonly WriteOperation[],
): Promise<readonly WriteOutcome[]> {
  const changes = operations.filter((each) => each.kind === "update" || each.kind === "create");
  const outcomes: Outcomes = new Map();
  const rows = await rowsOf(context, mapping, changes, outcomes);
  const batches = [
    ...batchesOf(rows.filter((row) => row.kind === "update")),
    ...batchesOf(rows.filter((row) => row.kind === "create")),
  ];
  await writeBatches(context, mapping, batches, outcomes);
  const backwards = rows.filter((row) => isStuck(row, outcomes.get(row.operationId)));
  if (backwards.length > 0) await moveBackwards(context, mapping, backwards, outcomes);

  const ended = [
    ...(await archiveRecords(context, mapping, operations)),
    ...(await eraseRecords(context, mapping, operations)),
  ];
  return [...(await outcomesOf(context, mapping, outcomes)), ...ended];
}

/** The inputs to send; what cannot even be said in HubSpot's words fails here. */
async function rowsOf(
  context: Context,
  mapping: ObjectMapping,
  changes: readonly Change[],
  outcomes: Outcomes,
): Promise<readonly Row[]> {
  const emails = changes.flatMap((change) =>
    mapping.fields
      .filter((field) => field.type.kind === "owner")
      .flatMap((field) => change.set[field.field] ?? []),
  );
  const owners =
    emails.length === 0
      ? null
      : await ownersOrNull(context, (list) =>
          emails.some((email) => !list.idByEmail.has(String(email))),
        );
  const account = changes.length === 0 ? null : await context.account.get();
  const conversion = { timeZone: account?.timeZone ?? null, owners };
  return changes.flatMap((change) => {
    const properties = propertiesFor(context, mapping, change.set, conversion);
    if (properties instanceof ConnectorError) {
      outcomes.set(change.operationId, failed(properties));
      return [];
    }
    const id = change.kind === "update" ? change.recordId : change.key;
    return [{ operationId: change.operationId, kind: change.kind, id, properties }];
  });
}

function propertiesFor(
  context: Context,
  mapping: ObjectMapping,
  set: Readonly<Record<FieldName, Held>>,
  conversion: Conversion,
): Readonly<Record<string, string>> | ConnectorError {
  const properties: Record<string, string> = {};
  for (const [name, value] of Object.entries(set)) {
    const field = fieldNamed(mapping, name);
    const refuse = (kind: "retry" | "skip_record" | "give_up", message: string) =>
      new ConnectorError(kind, context.system, message, { field: name });
    if (field === undefined) return refuse("give_up", `${name} is not mapped to HubSpot.`);
    if (field.readOnly) return refuse("give_up", `${name} is never written to HubSpot.`);
    const wire = toWire(field, value, conversion);
    if (wire.kind === "unready") return refuse("retry", wire.reason);
    if (wire.kind === "refused") return refuse("skip_record", wire.reason);
    Object.assign(properties, wire.properties);
  }
  return properties;
}

/** HubSpot refuses a batch that names a record twice, so a second one waits for the next. */
function batchesOf(rows: readonly Row[]): readonly (readonly Row[])[] {
  const rounds: Row[][] = [];
  const times = new Map<string, number>();
  for (const row of rows) {
    const round = times.get(row.id) ?? 0;
    times.set(row.id, round + 1);
    rounds[round] ??= [];
    rounds[round].push(row);
  }
  return rounds.flatMap((round) => chunksOf(round, limits.batch));
}

/** Sends batches until the connection or the token fails; the rest is then not sent at all. */
async function writeBatches(
  context: Context,
  mapping: ObjectMapping,
  batches: readonly (readonly Row[])[],
  outcomes: Outcomes,
): Promise<void> {
  let stopped: ConnectorError | null = null;
  for (const batch of batches) {
    if (stopped === null) stopped = await writeBatch(context, mapping, batch, outcomes);
    else for (const row of batch) outcomes.set(row.operationId, failed(stopped));
  }
}

/**
 * Sends a batch. If HubSpot refuses it whole because of a record in it, halves are sent, and so on
 * down to the record: one bad record never stops the others.
 */
async function writeBatch(
  context: Context,
  mapping: ObjectMapping,
  batch: readonly Row[],
  outcomes: Outcomes,
): Promise<ConnectorError | null> {
  let stopped: ConnectorError | null = null;
  let callsLeft = limits.bisectCallsMax;
  const waiting: (readonly Row[])[] = [batch];
  for (let rows = waiting.shift(); rows !== undefined; rows = waiting.shift()) {
    if (stopped !== null) {
      for (const row of rows) outcomes.set(row.operationId, failed(stopped));
      continue;
    }
    const answer = await send(context, mapping, rows);
    if (answer.kind !== "ok" && answer.error.kind !== "skip_record") stopped = answer.error;
    if (answer.kind === "ok") {
      matchRows(context, mapping, rows, answer.value, outcomes);
      continue;
    }
    if (answer.kind === "unanswered") {
      for (const row of rows) outcomes.set(row.operationId, unknown(answer.error));
      continue;
    }
    const outcome =
      answer.error.kind === "skip_record"
        ? refusedRow(context.system, mapping, answer.refusal, answer.error.status)
        : failed(answer.error);
    const guilty = guiltyOf(rows, answer.error, answer.refusal);
    for (const row of guilty) outcomes.set(row.operationId, outcome);
    const rest = rows.filter((row) => !guilty.includes(row));
    for (const part of guilty.length > 0 ? [rest] : halves(rest)) {
      if (part.length === 0) continue;
      if (callsLeft-- > 0) waiting.push(part);
      else for (const row of part) outcomes.set(row.operationId, later(context));
    }
  }
  return stopped;
}

/** The rows a refusal of the whole batch is surely about; none if that is still to be found. */
function guiltyOf(
  rows: readonly Row[],
  error: ConnectorError,
  complaint: Complaint,
): readonly Row[] {
  if (error.kind !== "skip_record" || rows.length === 1) return rows;
  const gone = propertyGone(complaint);
  return gone === null ? [] : rows.filter((row) => gone in row.properties);
}

function send(context: Context, mapping: ObjectMapping, rows: readonly Row[]) {
  const creating = rows[0]?.kind === "create";
  return context.client.call({
    method: "POST",
    path: `/crm/objects/{version}/${mapping.systemObject}/batch/${creating ? "upsert" : "update"}`,
    body: {
      inputs: rows.map((row) => ({
        id: row.id,
        properties: row.properties,
        objectWriteTraceId: row.operationId,
        ...(creating ? { idProperty: context.keyProperty } : {}),
      })),
    },
    answer: batchAnswerSchema,
    effect: "write",
  });
}

function matchRows(
  context: Context,
  mapping: ObjectMapping,
  rows: readonly Row[],
  answer: BatchAnswer,
  outcomes: Outcomes,
): void {
  const results = new Map<string, WireRecord>();
  for (const wire of answer.results) {
    const key = rows[0]?.kind === "create" ? wire.properties[context.keyProperty] : wire.id;
    if (key) results.set(key, wire);
    if (wire.objectWriteTraceId) results.set(wire.objectWriteTraceId, wire);
  }
  const errors = new Map(
    answer.errors.flatMap((error) => namedBy(error).map((name) => [name, error] as const)),
  );
  for (const row of rows) {
    const wire = results.get(row.operationId) ?? results.get(row.id);
    const error = errors.get(row.operationId) ?? errors.get(row.id);
    if (wire !== undefined) outcomes.set(row.operationId, { kind: "done", wire });
    else if (error !== undefined) {
      outcomes.set(row.operationId, refusedRow(context.system, mapping, error));
    } else outcomes.set(row.operationId, unknown(leftOut(context)));
  }
}

/**
 * A lifecycle stage only ever moves forward, unless it is cleared first; a write that would move
 * it back is ignored in silence or refused
 * (https://developers.hubspot.com/docs/guides/api/crm/objects/contacts). A crash between the two
 * calls leaves a blank, which the intent brings back to notice.
 */
async function moveBackwards(
  context: Context,
  mapping: ObjectMapping,
  rows: readonly Row[],
  outcomes: Outcomes,
): Promise<void> {
  const byRecord = rows.map((row): Row => {
    const outcome = outcomes.get(row.operationId);
    const id = outcome?.kind === "done" ? outcome.wire.id : row.id;
    return { ...row, kind: "update", id };
  });
  const cleared: Outcomes = new Map();
  const clearing = byRecord.map((row) => ({ ...row, properties: { [lifecycle]: "" } }));
  await writeBatches(context, mapping, batchesOf(clearing), cleared);
  const setting = byRecord.filter((row) => cleared.get(row.operationId)?.kind === "done");
  await writeBatches(context, mapping, batchesOf(setting), outcomes);
}

const lifecycle = "lifecyclestage";

function isStuck(row: Row, outcome: RowOutcome | undefined): boolean {
  const wanted = row.properties[lifecycle];
  if (!wanted || outcome === undefined) return false;
  if (outcome.kind === "done") {
    const held = outcome.wire.properties[lifecycle];
    return held !== undefined && held !== wanted;
  }
  return row.kind === "update" && outcome.kind === "failed" && outcome.movesBack;
}

async function outcomesOf(
  context: Context,
  mapping: ObjectMapping,
  outcomes: Outcomes,
): Promise<readonly WriteOutcome[]> {
  const wires = [...outcomes.values()].flatMap((each) => (each.kind === "done" ? [each.wire] : []));
  const records = await recordsOf(context, mapping, wires);
  const recordOf = new Map(wires.map((wire, index) => [wire, records[index]!]));
  return [...outcomes].map(([operationId, outcome]): WriteOutcome => {
    if (outcome.kind === "done") {
      return { kind: "done", operationId, record: recordOf.get(outcome.wire)! };
    }
    return outcome.kind === "failed"
      ? { kind: "failed", operationId, error: outcome.error }
      : { ...outcome, operationId };
  });
}

function halves(rows: readonly Row[]): readonly (readonly Row[])[] {
  const middle = Math.ceil(rows.length / 2);
  return [rows.slice(0, middle), rows.slice(middle)];
}

const unknown = (error: ConnectorError): RowOutcome => ({ kind: "unknown", error });
const failed = (error: ConnectorError): RowOutcome => ({ kind: "failed", error, movesBack: false });

function later(context: Context): RowOutcome {
  const message = "HubSpot refused the batch, and the record to blame was not found in time.";
  return failed(new ConnectorError("retry", context.system, message));
}

function leftOut(context: Context): ConnectorError {
  return new ConnectorError("retry", context.system, "HubSpot's answer leaves the record out.");
}
