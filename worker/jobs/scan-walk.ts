/**
 * One page of a run: its records are held against what was last seen of them, and our links in the
 * same stretch of ids against its records. Invariant: whatever differs is found, whenever it
 * changed; it is called drift only if nothing that is on its way can explain it.
 *
 * Something may be on its way if the record waits in the mailbox, is being written, was committed
 * after the page was asked for, or was changed within the time that events take.
 */
import type { FieldName, SystemId, SystemRecord } from "../../shared/record.ts";
import { ConnectorError, type Page } from "../connectors/connector.ts";
import { assert } from "../core/assert.ts";
import type { Explanation } from "../core/decision.ts";
import { type IdOrder, orderOf, stretches } from "../core/id-order.ts";
import { combined, differing, seenWith, type Tally, tallyOf, unsettled } from "../core/parity.ts";
import type { ObjectMapping } from "../core/rules.ts";
import type { Database } from "../store/database.ts";
import type { Entity } from "../store/load.ts";
import { keyText } from "../store/mailbox.ts";
import type { Checkpoint, Finding, FindingKind, Found, Run, Walk } from "../store/runs.ts";
import { type Closely, type Known, knownOfPage, linksAfter, lookClosely } from "../store/scan.ts";
import { type Foretold, forecast, summed } from "./backfill.ts";
import { connectorOf, type JobContext, objectOf } from "./context.ts";
import { keptFor } from "./dropped.ts";
import { inEntities } from "./references.ts";
import type { Step } from "./scan.ts";
import type { Pages } from "./scan-pages.ts";

/** How long an event may take from the change to our mailbox, the clocks' difference included. */
const lateMs = 5 * 60_000;
/** Links looked at beside one page: more than a page only where many records are gone. */
const linksPerPage = 500;
/** Links read at once where a system's pages have no order. */
const linksPerRead = 100;

export async function walkPage(
  context: JobContext,
  db: Database,
  run: Run,
  { walk, pages }: { readonly walk: Walk; readonly pages: Pages },
): Promise<Step> {
  const { checkpoint, object } = run;
  const { system, cursor } = walk;
  if (connectorOf(context, system).list === undefined) {
    const links = moved(checkpoint, { ...walk, stage: "links" });
    return { checkpoint: links, counts: {}, findings: [] };
  }
  const mapping = mappingOf(context, run, system);
  const { page, listedAt } = await pages.at({ system, mapping, cursor });
  if (page.more) pages.ahead({ system, mapping, cursor: page.cursor });
  const live = page.items.filter(({ archived }) => !archived);
  const records = await inOurTerms(context, run, system, live);
  const ids = records.map(({ id }) => id);
  const order = orderAfter(walk, page, ids);
  const upTo = page.more ? (ids.at(-1) ?? walk.after) : null;
  const isMerged = (order === "number" || order === "text") && !(page.more && ids.length === 0);
  const { known, linked } = await knownOfPage(db, { system, object }, ids, {
    stretches: isMerged ? stretches(order, walk.after, upTo) : [],
    limit: linksPerPage,
  });
  // Too many links for one step: the page is asked for again from where they go on.
  const full = linked.findIndex((stretch) => stretch.length === linksPerPage);
  const links = linked.slice(0, full < 0 ? undefined : full + 1).flat();
  const suspects = links
    .filter((id) => !known.has(id) && !ids.includes(id))
    .map((recordId): Found => ({ system, recordId, suspect: true }));
  if (full >= 0) {
    const after = links.at(-1) ?? null;
    const next = adding(context, moved(checkpoint, { ...walk, order, after }), suspects);
    return { checkpoint: next, counts: { calls: 1 + pages.forget(system) }, findings: [] };
  }
  const shown = await withDeleted(context, run, system, { records, known });
  const walked = { run, system, records: shown, known, listedAt };
  const foretold = await foretell(context, db, walked);
  const judged = await judgeAll(context, db, walked);
  const findings = judged.flatMap(toldOf(run, foretold));
  const tallied = {
    ...checkpoint,
    tally: tallyAfter(context, walked),
    forecast: summed(checkpoint.forecast, foretold?.counts ?? {}),
  };
  const next = page.more
    ? moved(tallied, { ...walk, order, cursor: page.cursor, after: isMerged ? upTo : walk.after })
    : afterLastPage(tallied, { ...walk, order });
  return {
    checkpoint: adding(context, next, [...suspects, ...toPoke(run, judged)]),
    counts: { calls: 1, read: records.length, pages: 1, ...countsOf(judged) },
    findings,
  };
}

/** A walk that is one page long, or empty, has every order. */
function orderAfter({ order, after }: Walk, page: Page<unknown>, ids: readonly string[]): IdOrder {
  const found = orderOf(order, after, ids);
  return found === "unknown" && !page.more ? "text" : found;
}

/** Without an order nothing tells what is missing: every link is asked for by itself. */
const afterLastPage = (checkpoint: Checkpoint, walk: Walk): Checkpoint =>
  walk.order === "none"
    ? moved(checkpoint, { ...walk, stage: "links", cursor: null, after: null })
    : ended(checkpoint, walk);

const moved = (checkpoint: Checkpoint, walk: Walk): Checkpoint => ({
  ...checkpoint,
  walks: checkpoint.walks.map((one) => (one.system === walk.system ? walk : one)),
});

const ended = (checkpoint: Checkpoint, { system }: Walk): Checkpoint => ({
  ...checkpoint,
  walks: checkpoint.walks.filter((one) => one.system !== system),
});

/**
 * The same by our links instead of the system's pages: for what is missing where the pages had no
 * order, and for all that can be known where there are none.
 */
export async function walkLinks(
  context: JobContext,
  db: Database,
  run: Run,
  walk: Walk,
): Promise<Step> {
  const { checkpoint, object } = run;
  const { system } = walk;
  const ids = await linksAfter(db, { system, object }, walk.after, linksPerRead);
  const after = ids.at(-1);
  if (after === undefined) {
    return { checkpoint: ended(checkpoint, walk), counts: {}, findings: [] };
  }
  const connector = connectorOf(context, system);
  const listedAt = context.now();
  const answers = await connector.read(mappingOf(context, run, system), ids);
  const records: SystemRecord[] = [];
  const suspects: Found[] = [];
  for (const recordId of ids) {
    const answer = answers.get(recordId);
    if (answer === undefined || answer.kind === "unknown") {
      const message = "The system gave no answer for a record.";
      throw answer?.error ?? new ConnectorError("retry", system, message);
    }
    const isHere = answer.kind === "found" && !answer.record.archived && !answer.mergedInto;
    if (isHere) records.push(answer.record);
    else suspects.push({ system, recordId, suspect: true });
  }
  const calls = Math.ceil(ids.length / connector.capabilities.readBatch);
  if (connector.list !== undefined) {
    const next = adding(context, moved(checkpoint, { ...walk, after }), suspects);
    return { checkpoint: next, counts: { calls }, findings: [] };
  }
  const { known } = await knownOfPage(db, { system, object }, ids, { stretches: [], limit: 0 });
  const told = await inOurTerms(context, run, system, records);
  const shown = await withDeleted(context, run, system, { records: told, known });
  const walked = { run, system, records: shown, known, listedAt };
  const findings = await judgeAll(context, db, walked);
  const tally = tallyAfter(context, walked);
  const next = { ...moved(checkpoint, { ...walk, after }), tally };
  return {
    checkpoint: adding(context, next, [...suspects, ...toPoke(run, findings)]),
    counts: { calls, read: records.length, pages: 1, ...countsOf(findings) },
    findings,
  };
}

/** References name entities in all that is stored, and the system's own records in what it says. */
async function inOurTerms(
  context: JobContext,
  { object }: Run,
  system: SystemId,
  records: readonly SystemRecord[],
): Promise<SystemRecord[]> {
  const reads = records.map((record) => ({
    key: { system, object, recordId: record.id },
    answer: { kind: "found", record } as const,
  }));
  const told = await inEntities(context, reads);
  return told.flatMap(({ answer }) => (answer.kind === "found" ? [answer.record] : []));
}

/** A reference to what is deleted there is not shown any more, and that is no drift. */
async function withDeleted(
  context: JobContext,
  run: Run,
  system: SystemId,
  { records, known }: Pick<Walked, "records" | "known">,
): Promise<readonly SystemRecord[]> {
  const object = objectOf(context, run.object);
  const shown = records.flatMap((record) => {
    const { [system]: agreed = {}, ...others } = known.get(record.id)?.seen ?? {};
    return [{ object, system, record, agreed, others }];
  });
  const kept = await keptFor(context, shown);
  return records.map((record) => kept.get(record) ?? record);
}

export function mappingOf(context: JobContext, { object }: Run, system: SystemId): ObjectMapping {
  const mapping = objectOf(context, object).mappings[system];
  assert(mapping !== undefined, "a run walks only systems that hold its object");
  return mapping;
}

function adding(context: JobContext, checkpoint: Checkpoint, more: readonly Found[]): Checkpoint {
  const { found, foundAt } = checkpoint;
  if (more.length === 0) return checkpoint;
  return { ...checkpoint, found: [...found, ...more], foundAt: foundAt ?? context.now() };
}

const toPoke = ({ dry }: Run, findings: readonly Finding[]): Found[] =>
  dry ? [] : findings.map(({ system, recordId }) => ({ system, recordId, suspect: false }));

function countsOf(findings: readonly Finding[]) {
  const count = (kind: FindingKind) => findings.filter((one) => one.kind === kind).length;
  return {
    differing: count("drift"),
    moving: count("moving"),
    scheduled: count("scheduled"),
    extra: count("extra"),
    back: count("back"),
  };
}

interface Walked {
  readonly run: Run;
  readonly system: SystemId;
  readonly records: readonly SystemRecord[];
  readonly known: ReadonlyMap<string, Known>;
  /** When the page was asked for. */
  readonly listedAt: number;
}

/** Only records that look different cost a second look, with all that may explain them. */
async function judgeAll(context: JobContext, db: Database, walked: Walked): Promise<Finding[]> {
  const { run, system, records, known } = walked;
  const striking = records.filter((record) => {
    const entity = known.get(record.id);
    if (entity === undefined || entity.isGone) return true;
    if (differing(record.fields, entity.seen[system] ?? {}).length > 0) return true;
    return isHome(context, entity, system) && unsettledOf(context, run, entity).length > 0;
  });
  if (striking.length === 0) return [];
  const keys = striking.map(({ id }) => ({ system, object: run.object, recordId: id }));
  const close = await lookClosely(db, keys);
  return striking.flatMap((record) => judge(context, walked, record, close) ?? []);
}

/** A scan that only reports has no use for what this costs in calls. */
async function foretell(
  context: JobContext,
  db: Database,
  { run, system, records, known }: Walked,
): Promise<Foretold | null> {
  const strangers = records.filter(({ id }) => !known.has(id));
  if (run.kind === "scan" || !run.dry || strangers.length === 0) return null;
  return forecast(context, db, run, { system, strangers });
}

/**
 * What is kept of a finding. To a backfill every record is a stranger, and counting them is enough:
 * dry, those are kept that it would not simply link; the others have their birth in the audit.
 */
const toldOf =
  ({ kind }: Run, foretold: Foretold | null) =>
  (finding: Finding): Finding[] => {
    if (finding.kind !== "extra") return [finding];
    if (foretold === null) return kind === "backfill" ? [] : [finding];
    const fields = foretold.striking.get(finding.recordId);
    return fields === undefined ? [] : [{ ...finding, fields }];
  };

/**
 * How far the systems hold the same, as this page shows it: an entity counts when its first system
 * is walked, and is corrected by what the others are found with later.
 */
function tallyAfter(context: JobContext, { run, system, records, known }: Walked): Tally {
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

const unsettledOf = (context: JobContext, run: Run, entity: Pick<Known, "base" | "seen">) =>
  unsettled(context.rules, objectOf(context, run.object), entity, context.now());

function judge(
  context: JobContext,
  { run, system, listedAt }: Walked,
  record: SystemRecord,
  close: Closely,
): Finding | null {
  const name = keyText({ system, object: run.object, recordId: record.id });
  const poke = close.pokes.get(name);
  // Who waits for a person is looked at again when let go; a poke would let it go now.
  if (poke !== undefined && poke.heldBy !== null) return null;
  const found = { system, recordId: record.id };
  const isLate = record.modifiedAt !== null && record.modifiedAt > listedAt - lateMs;
  const entity = close.entities.get(close.entityOf.get(name) ?? "");
  if (entity === undefined) {
    const told = close.own.get(name);
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
  if (isMoving || !isHome(context, entity, system)) return null;
  const { fields: rules } = objectOf(context, run.object);
  const open = unsettledOf(context, run, entity).filter(
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
