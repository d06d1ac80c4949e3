/**
 * What is to be said of the records of one page. Invariant: whatever differs from what was last
 * seen is found, whenever it changed; it is called drift only if nothing that is on its way can
 * explain it.
 *
 * Something may be on its way if the record waits in the mailbox, is being written, was committed
 * after the page was asked for, or was changed within the time that events take.
 */
import type { FieldName, SystemId, SystemRecord } from "../../shared/record.ts";
import type { Explanation } from "../core/decision.ts";
import { combined, differing, seenWith, type Tally, tallyOf, unsettled } from "../core/parity.ts";
import type { Database } from "../store/database.ts";
import type { Entity } from "../store/load.ts";
import { keyText } from "../store/mailbox.ts";
import type { Finding, Run } from "../store/runs.ts";
import { type Closely, type Known, lookClosely } from "../store/scan.ts";
import { type JobContext, objectOf } from "./context.ts";
import { heldFields } from "./gather.ts";

/** How long an event may take from the change to our mailbox, the clocks' difference included. */
const lateMs = 5 * 60_000;

/** A page, or records read by their links, as compared with what is known of them. */
export interface Walked {
  readonly run: Run;
  readonly system: SystemId;
  readonly records: readonly SystemRecord[];
  readonly known: ReadonlyMap<string, Known>;
  /** When the page was asked for. */
  readonly listedAt: number;
}

/** Only records that look different cost a second look, with all that may explain them. */
export async function judgeAll(
  context: JobContext,
  db: Database,
  walked: Walked,
): Promise<Finding[]> {
  const { run, system, records, known } = walked;
  const striking = records.filter((record) => {
    const entity = known.get(record.id);
    if (entity === undefined || entity.isGone) return true;
    if (differing(record.fields, entity.seen[system] ?? {}).length > 0) return true;
    if (!isTurn(context, walked, entity, record)) return false;
    return unsettledOf(context, walked, entity, record).length > 0;
  });
  if (striking.length === 0) return [];
  const keys = striking.map(({ id }) => ({ system, object: run.object, recordId: id }));
  const close = await lookClosely(db, keys);
  return striking.flatMap((record) => judge(context, walked, record, close) ?? []);
}

/**
 * How far the systems hold the same, as this page shows it: an entity counts when its first system
 * is walked, and is corrected by what the others are found with later.
 */
export function tallyAfter(context: JobContext, { run, system, records, known }: Walked): Tally {
  const object = objectOf(context, run.object);
  let { tally } = run.checkpoint;
  for (const record of records) {
    const entity = known.get(record.id);
    if (entity === undefined) continue;
    const { seen, isHeld } = entity;
    const isFirst = isHome(context, entity, system);
    if (!isFirst && differing(record.fields, seen[system] ?? {}).length === 0) continue;
    if (!isFirst) tally = combined(tally, -1, tallyOf(object, seen, isHeld));
    tally = combined(tally, 1, tallyOf(object, seenWith(seen, system, record.fields), isHeld));
  }
  return tally;
}

/** The system in whose walk an entity is looked at as a whole: once, not once in each. */
const isHome = (context: JobContext, { seen }: Pick<Known, "seen">, system: SystemId): boolean =>
  context.rules.rank.find((one) => one in seen) === system;

/** As a whole, too, where the page holds a blank that nobody has noted. */
const isTurn = (
  context: JobContext,
  { system }: Walked,
  entity: Pick<Known, "seen">,
  { fields }: SystemRecord,
): boolean =>
  isHome(context, entity, system) ||
  Object.keys(fields).some((field) => !(field in (entity.seen[system] ?? {})));

const unsettledOf = (
  context: JobContext,
  { run, system }: Walked,
  { base, seen }: Pick<Known, "base" | "seen">,
  record: SystemRecord,
) => {
  // What the others hold and this one never did is as different as any other two values.
  const whole = { ...seen, [system]: { ...heldFields(record), ...seen[system] } };
  const entity = { base, seen: whole };
  return unsettled(context.rules, objectOf(context, run.object), entity, context.now());
};

function judge(
  context: JobContext,
  walked: Walked,
  record: SystemRecord,
  close: Closely,
): Finding | null {
  const { run, system, listedAt } = walked;
  const name = keyText({ system, object: run.object, recordId: record.id });
  const poke = close.pokes.get(name);
  // Who waits for a person is looked at again when let go; a poke would let it go now.
  if (poke !== undefined && poke.heldBy !== null) return null;
  const found = { system, recordId: record.id };
  const isLate = record.modifiedAt !== null && record.modifiedAt > listedAt - lateMs;
  const entity = close.entities.get(close.entityOf.get(name) ?? "");
  if (entity === undefined) {
    const told = close.own.get(name);
    // Somebody was asked whether a forgotten person may come back; until then it stays out.
    if (told?.kind === "erased") return null;
    if (told?.kind === "ambiguous" && (record.modifiedAt ?? 0) <= told.changedAt) return null;
    const kind = isLate || poke !== undefined ? "moving" : "extra";
    return { ...found, kind, entityId: null, fields: [] };
  }
  if (isBack(entity, system)) return { ...found, kind: "back", entityId: entity.id, fields: [] };
  const isMoving = poke !== undefined || entity.intent !== null || (entity.seenAt ?? 0) >= listedAt;
  const seen = entity.seen[system] ?? {};
  const fields = differing(record.fields, seen).filter(
    (field) => !isKnownInvalid(entity, system, field, record),
  );
  if (fields.length > 0) {
    // A field that is new to the configuration was never seen: that is no drift either.
    const isNew = fields.every((field) => !(field in seen));
    const kind = isMoving || isLate || isNew ? "moving" : "drift";
    return { ...found, kind, entityId: entity.id, fields };
  }
  if (isMoving || !isTurn(context, walked, entity, record)) return null;
  const { fields: rules } = objectOf(context, run.object);
  const open = unsettledOf(context, walked, entity, record).filter(
    (field) => !isExplained(entity, field) && !close.paused.has(`field:${run.object}.${field}`),
  );
  if (open.length === 0) return null;
  const isPlanned = open.every((field) => rules[field]?.guards.cadence === "scheduled");
  const kind = isPlanned ? "scheduled" : "drift";
  return { ...found, kind, entityId: entity.id, fields: open };
}

/** Of an entity that is gone everywhere, a person may have been asked already about the rest. */
function isBack({ exceptions, goneAt }: Entity, system: SystemId): boolean {
  const told = exceptions.filter(({ kind }) => kind === "gone");
  return told.length > 0 ? told.some((one) => one.system === system) : goneAt !== null;
}

/** An open exception says already what this field waits for. */
const isExplained = ({ exceptions }: Entity, field: FieldName): boolean =>
  exceptions.some((one) => one.field === field || one.kind === "refused" || one.kind === "gone");

/** A value without a canonical form is never "seen"; its exception remembers it. */
function isKnownInvalid(
  { exceptions }: Entity,
  system: SystemId,
  field: FieldName,
  record: SystemRecord,
): boolean {
  const observation = record.fields[field];
  if (observation?.kind !== "invalid") return false;
  return exceptions.some((one) => {
    if (one.kind !== "invalid" || one.field !== field) return false;
    const { because } = one.detail as { because: Explanation };
    return because.inputs.some(
      (input) => input.system === system && !input.valid && input.value === observation.raw,
    );
  });
}
