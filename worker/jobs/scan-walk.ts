/**
 * One step of a walk over a system: a page of its records, or a stretch of our links. What the page
 * holds is judged, and our links in the same stretch of ids are held against it. Invariant: every
 * record and every link is looked at once, wherever the walk was ended and taken up again.
 */
import type { SystemId, SystemRecord } from "../../shared/record.ts";
import { ConnectorError, type Page } from "../connectors/connector.ts";
import { assert } from "../core/assert.ts";
import { type IdOrder, orderOf, stretches } from "../core/id-order.ts";
import type { ObjectMapping } from "../core/rules.ts";
import type { Database } from "../store/database.ts";
import type { Checkpoint, Finding, FindingKind, Found, Run, Walk } from "../store/runs.ts";
import { knownOfPage, linksAfter } from "../store/scan.ts";
import { type Foretold, forecast, summed } from "./backfill.ts";
import { connectorOf, type JobContext, objectOf } from "./context.ts";
import { keptFor } from "./dropped.ts";
import { inEntities } from "./references.ts";
import type { Step } from "./scan.ts";
import { judgeAll, tallyAfter, type Walked } from "./scan-judge.ts";
import type { Pages } from "./scan-pages.ts";

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
