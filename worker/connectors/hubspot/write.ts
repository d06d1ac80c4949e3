/**
 * Writing in batches: updates by id, creates by our unique key, then associations. The invariant:
 * every operation has exactly one outcome, matched by what names it and never by its position, and
 * `failed` is said only where nothing of it was applied. Where nobody knows, it is `unknown`.
 */
import type { ObjectMapping } from "../../core/rules.ts";
import type { WriteOperation, WriteOutcome } from "../connector.ts";
import { ConnectorError } from "../connector.ts";
import type { Granted } from "./associate.ts";
import { associate, referencesIn } from "./associate.ts";
import { chunksOf } from "./chunks.ts";
import type { Context } from "./context.ts";
import { portalFor } from "./context.ts";
import { archiveRecords, eraseRecords } from "./end.ts";
import { sendBatches } from "./isolate.ts";
import { limits } from "./limits.ts";
import { systemRecord } from "./record.ts";
import { keyMissing, propertyGone, refusedRow } from "./refusal.ts";
import type { Change, Outcomes, Row, RowOutcome } from "./rows.ts";
import { failed, rowsOf, unknown } from "./rows.ts";
import type { BatchAnswer, WireRecord } from "./wire.ts";
import { batchAnswerSchema, namedBy } from "./wire.ts";

export async function writeRecords(
  context: Context,
  mapping: ObjectMapping,
  operations: readonly WriteOperation[],
): Promise<readonly WriteOutcome[]> {
  const changes = operations.filter((each) => each.kind === "update" || each.kind === "create");
  const outcomes: Outcomes = new Map();
  const rows = await rowsOf(context, mapping, changes, outcomes);
  // Of an update that sets associations only there is nothing to send here.
  const telling = rows.filter((row) => row.kind === "create" || sets(row));
  for (const kind of ["update", "create"] as const) {
    const some = telling.filter((row) => row.kind === kind);
    await writeRows(context, mapping, some, outcomes);
  }
  const backwards = telling.filter((row) => isStuck(row, outcomes.get(row.operationId)));
  if (backwards.length > 0) await moveBackwards(context, mapping, backwards, outcomes);
  for (const row of rows.filter((each) => each.kind === "update" && !sets(each))) {
    outcomes.set(row.operationId, { kind: "done", id: row.id, wire: null });
  }
  const granted = await associateAll(context, mapping, changes, outcomes);
  return [
    ...(await outcomesOf(context, mapping, { changes, outcomes, granted })),
    ...(await archiveRecords(context, mapping, operations)),
    ...(await eraseRecords(context, mapping, operations)),
  ];
}

const sets = (row: Row) => Object.keys(row.properties).length > 0;

async function writeRows(
  context: Context,
  mapping: ObjectMapping,
  rows: readonly Row[],
  outcomes: Outcomes,
): Promise<void> {
  const each = (some: readonly Row[], outcome: RowOutcome) => {
    for (const row of some) outcomes.set(row.operationId, outcome);
  };
  await sendBatches(batchesOf(rows), {
    send: (some) => send(context, mapping, some),
    answered: (some, answer) => matchRows(context, mapping, { rows: some, answer }, outcomes),
    unanswered: (some, error) => each(some, unknown(error)),
    refused: (some, error, why) => {
      const keyless = why && keyMissing(context.system, context.keyProperty, why);
      const ofRow = why !== null && keyless === null && error.kind === "skip_record";
      const outcome = ofRow ? refusedRow(context.system, mapping, why, error.status) : null;
      each(some, outcome ?? failed(keyless ?? error));
    },
    guilty: (some, why) => {
      if (keyMissing(context.system, context.keyProperty, why) !== null) return some;
      const gone = propertyGone(why);
      return gone === null ? [] : some.filter((row) => gone in row.properties);
    },
    later: () => {
      const message = "HubSpot refused the batch, and the record to blame was not found in time.";
      return new ConnectorError("retry", context.system, message);
    },
  });
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
  { rows, answer }: { readonly rows: readonly Row[]; readonly answer: BatchAnswer },
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
  const message = "HubSpot's answer leaves the record out.";
  const leftOut = unknown(new ConnectorError("retry", context.system, message));
  for (const row of rows) {
    const wire = results.get(row.operationId) ?? results.get(row.id);
    const error = errors.get(row.operationId) ?? errors.get(row.id);
    const refused = error && refusedRow(context.system, mapping, error);
    const done = wire === undefined ? null : doneWith(row, wire);
    outcomes.set(row.operationId, done ?? refused ?? leftOut);
  }
}

/** An answer may leave out a property just because the write cleared it. */
function doneWith(row: Row, wire: WireRecord): RowOutcome {
  const cleared = Object.entries(row.properties).filter(([, value]) => value === "");
  const blanks = Object.fromEntries(cleared.map(([name]) => [name, null]));
  const properties = { ...blanks, ...wire.properties };
  return { kind: "done", id: wire.id, wire: { ...wire, properties } };
}

/**
 * A lifecycle stage only ever moves forward, unless it is cleared first; a write that would move
 * it back is ignored in silence or refused
 * (https://developers.hubspot.com/docs/api/crm/contacts). A crash between the two
 * calls leaves a blank, which the intent brings back to notice.
 */
async function moveBackwards(
  context: Context,
  mapping: ObjectMapping,
  rows: readonly Row[],
  outcomes: Outcomes,
): Promise<void> {
  const before = new Map(outcomes);
  const byRecord = rows.map((row): Row => {
    const outcome = before.get(row.operationId);
    if (outcome?.kind !== "done") return { ...row, kind: "update" };
    // The rest of it stands already.
    const properties = { [lifecycle]: row.properties[lifecycle] ?? "" };
    return { ...row, kind: "update", id: outcome.id, properties };
  });
  const cleared: Outcomes = new Map();
  const clearing = byRecord.map((row) => ({ ...row, properties: { [lifecycle]: "" } }));
  await writeRows(context, mapping, clearing, cleared);
  const setting = byRecord.filter((row) => cleared.get(row.operationId)?.kind === "done");
  await writeRows(context, mapping, setting, outcomes);
  for (const row of rows) {
    const { operationId } = row;
    const outcome = leftBy(row, cleared.get(operationId), outcomes.get(operationId));
    const whole = together(before.get(operationId), outcome);
    if (whole !== undefined) outcomes.set(operationId, whole);
  }
}

/** What two answers say of one record; the later one knows better. */
function together(
  first: RowOutcome | undefined,
  last: RowOutcome | undefined,
): RowOutcome | undefined {
  if (first?.kind !== "done" || last?.kind !== "done" || !first.wire || !last.wire) return last;
  const properties = { ...first.wire.properties, ...last.wire.properties };
  return { ...last, wire: { ...last.wire, properties } };
}

/** A stage that was cleared, or may have been, is something of it that was applied. */
function leftBy(
  row: Row,
  cleared: RowOutcome | undefined,
  outcome: RowOutcome | undefined,
): RowOutcome | undefined {
  if (cleared?.kind === "unknown") return cleared;
  if (cleared?.kind === "failed") {
    // It stands where it stood. What else was set may be applied, so that is not said of the whole.
    const isWhole = outcome?.kind === "failed" || isStageAlone(row);
    return isWhole ? cleared : unknown(cleared.error);
  }
  const isLeftOut = cleared?.kind === "done" && outcome !== undefined && outcome.kind !== "done";
  return isLeftOut ? unknown(outcome.error) : outcome;
}

const lifecycle = "lifecyclestage";

/** A record that was made is something that was applied, too. */
const isStageAlone = ({ kind, properties }: Row): boolean =>
  kind === "update" && Object.keys(properties).every((name) => name === lifecycle);

function isStuck(row: Row, outcome: RowOutcome | undefined): boolean {
  const wanted = row.properties[lifecycle];
  if (!wanted || outcome === undefined) return false;
  if (outcome.kind === "done") {
    const held = outcome.wire?.properties[lifecycle];
    return held !== undefined && held !== wanted;
  }
  return row.kind === "update" && outcome.kind === "failed" && outcome.movesBack;
}

/** Associations need the record's id, so they come after the record. */
async function associateAll(
  context: Context,
  mapping: ObjectMapping,
  changes: readonly Change[],
  outcomes: Outcomes,
): Promise<ReadonlyMap<string, Granted>> {
  const wishes = changes.flatMap(({ operationId, set }) => {
    const outcome = outcomes.get(operationId);
    const wanted = referencesIn(mapping, set);
    if (outcome?.kind !== "done" || Object.keys(wanted).length === 0) return [];
    return [{ operationId, recordId: outcome.id, set: wanted }];
  });
  return await associate(context, mapping, wishes);
}

interface Results {
  readonly changes: readonly Change[];
  readonly outcomes: Outcomes;
  readonly granted: ReadonlyMap<string, Granted>;
}

async function outcomesOf(
  context: Context,
  mapping: ObjectMapping,
  { changes, outcomes, granted }: Results,
): Promise<readonly WriteOutcome[]> {
  const wires = [...outcomes.values()].flatMap((each) =>
    each.kind === "done" && each.wire !== null ? [each.wire] : [],
  );
  const portal = await portalFor(context, mapping, wires);
  return changes.map(({ operationId, set }): WriteOutcome => {
    const outcome = outcomes.get(operationId)!;
    if (outcome.kind === "failed") return { kind: "failed", operationId, error: outcome.error };
    if (outcome.kind !== "done") return { ...outcome, operationId };
    const { error = null, applied = false } = granted.get(operationId) ?? {};
    if (error !== null) {
      const partly = applied || outcome.wire !== null;
      return { kind: partly ? "unknown" : "failed", operationId, error };
    }
    const references = Object.fromEntries(
      Object.entries(referencesIn(mapping, set)).map(([name, value]) => [
        name,
        { kind: "held" as const, value },
      ]),
    );
    const wire = outcome.wire ?? { id: outcome.id, properties: {} };
    return { kind: "done", operationId, record: systemRecord(mapping, wire, portal, references) };
  });
}
