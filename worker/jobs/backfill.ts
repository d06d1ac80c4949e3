/**
 * What a backfill would do, told before it does anything, and how far systems agree that nobody
 * linked yet: the records of a page that no entity knows go the way of a real one, matched and
 * decided by the same code, up to where the first intent would be stored.
 */
import type { FieldName, SystemId, SystemRecord } from "../../shared/record.ts";
import type { ReadAnswer } from "../connectors/connector.ts";
import type { NewException } from "../store/commit-types.ts";
import type { Database } from "../store/database.ts";
import type { LoadedPoke } from "../store/load.ts";
import { keyText } from "../store/mailbox.ts";
import type { Forecast, Run } from "../store/runs.ts";
import { adopt } from "./adopt.ts";
import { connectorOf, type JobContext, objectOf } from "./context.ts";
import { type Decided, decide } from "./decide.ts";
import { readAll, type Wanted, want } from "./gather.ts";
import { recover } from "./recover.ts";
import type { Subject } from "./subject.ts";

export interface Foretold {
  readonly counts: Forecast;
  /**
   * By id, the strangers that there is something to tell about: those nobody knows what to do with
   * and those without a counterpart, and of pairs the fields in which they differ.
   */
  readonly striking: ReadonlyMap<string, readonly FieldName[]>;
}

/** What the records of one page would come to. Throws ConnectorError if that cannot be told now. */
export async function forecast(
  context: JobContext,
  db: Database,
  run: Run,
  { system, strangers }: { readonly system: SystemId; readonly strangers: readonly SystemRecord[] },
): Promise<Foretold> {
  const pokes = strangers.map((record) => pokeOf(context, run, system, record));
  const answers = strangers.map((record): [string, ReadAnswer] => [
    keyText({ system, object: run.object, recordId: record.id }),
    { kind: "found", record },
  ]);
  const { births, raise, failed } = await adopt(context, db, pokes, new Map(answers));
  const [unread] = failed;
  if (unread !== undefined) throw unread.error;
  // One that has a counterpart in a system walked before was told there.
  const rank = Object.keys(objectOf(context, run.object).mappings).sort(
    (a, b) => context.rules.rank.indexOf(a) - context.rules.rank.indexOf(b),
  );
  const walked = new Set(rank.slice(0, rank.indexOf(system)));
  const fresh = births.filter(({ links }) => !Object.keys(links).some((one) => walked.has(one)));
  const read = await readProperly(context, system, fresh);
  const decided = (await recover(context, db, read)).map((one) => decide(context, one, new Set()));
  const counts: Record<string, number> = {
    ambiguous: raise.length,
    [`duplicate.${system}`]: raise.filter((one) => isTwin(one.detail, system)).length,
    [`read.${system}`]: fresh.length,
  };
  for (const one of rank) {
    if (one !== system || hasTwins(context, run, system)) counts[`find.${one}`] = fresh.length;
    if (one !== system) counts[`read.${one}`] = fresh.filter(({ links }) => one in links).length;
  }
  return {
    counts: decided.map(told).reduce(summed, counts),
    striking: strikingOf(system, raise, decided),
  };
}

function strikingOf(
  system: SystemId,
  raise: readonly NewException[],
  decided: readonly Decided[],
): Foretold["striking"] {
  const striking = new Map<string, readonly FieldName[]>();
  for (const { recordId, field } of raise) {
    if (recordId !== null) striking.set(recordId, field === null ? [] : [field]);
  }
  for (const one of decided) {
    const recordId = one.subject.links[system]?.recordId;
    const fields = isPair(one) ? differs(one) : [];
    if (recordId === undefined || (isPair(one) && fields.length === 0)) continue;
    striking.set(recordId, fields);
  }
  return striking;
}

const isPair = ({ subject }: Decided): boolean => Object.keys(subject.links).length > 1;

/** Whether the candidates of a doubt are of the record's own system. */
const isTwin = (detail: unknown, system: SystemId): boolean => {
  const { candidates = [] } = detail as { candidates?: readonly { readonly system: SystemId }[] };
  return candidates.some((one) => one.system === system);
};

/** Whether a system may hold several records of one identity, so that it is asked for them. */
function hasTwins(context: JobContext, { object }: Run, system: SystemId): boolean {
  const { identity, mappings } = objectOf(context, object);
  const connector = connectorOf(context, system);
  const mapping = mappings[system];
  if (mapping === undefined) return false;
  return !identity.every((field) => connector.keepsUnique?.(mapping, field));
}

/** Fields in which the records of a pair would have to be made the same, by us or by a person. */
function differs({ subject, writes, plan }: Decided): FieldName[] {
  const updated = writes.flatMap(({ system, operation, fields }) =>
    operation === "update" && system in subject.links ? Object.keys(fields) : [],
  );
  return [...new Set([...updated, ...plan.held.map(({ field }) => field)])];
}

export const summed = (one: Forecast, other: Forecast): Forecast => {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...names].map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]),
  );
};

const pokeOf = (
  context: JobContext,
  { object }: Run,
  system: SystemId,
  { id }: SystemRecord,
): LoadedPoke => ({
  system,
  object,
  recordId: id,
  arrivals: 0,
  attempt: 0,
  dueAt: context.now(),
  firstAt: context.now(),
  lane: "backfill",
  echo: null,
  erased: false,
  heldBy: null,
});

/** Pages come without times; where two systems have a value each, the times may decide. */
async function readProperly(
  context: JobContext,
  system: SystemId,
  births: readonly Subject[],
): Promise<Subject[]> {
  const wanted: Wanted = new Map();
  for (const { object, links } of births.filter((one) => Object.keys(one.links).length > 1)) {
    want(wanted, object.object, system, links[system]?.recordId ?? "");
  }
  const answers = await readAll(context, wanted);
  return births.map((subject) => {
    const recordId = subject.links[system]?.recordId ?? "";
    const answer = answers.get(keyText({ system, object: subject.object.object, recordId }));
    if (answer === undefined) return subject;
    return { ...subject, answers: { ...subject.answers, [system]: answer } };
  });
}

/** What one entity comes to. */
function told(decided: Decided): Forecast {
  const { writes, plan } = decided;
  const fields = isPair(decided) ? differs(decided) : [];
  const counts: Record<string, number> = {
    link: isPair(decided) ? 1 : 0,
    differing: fields.length > 0 ? 1 : 0,
    ...Object.fromEntries(fields.map((field) => [`differs.${field}`, 1])),
    conflict: plan.held.filter(({ verdict }) => verdict.kind === "conflict").length,
    invalid: plan.held.filter(({ verdict }) => verdict.kind === "invalid").length,
  };
  for (const { system, operation, fields } of writes) {
    const name = `${operation === "create" ? "create" : "change"}.${system}`;
    counts[name] = (counts[name] ?? 0) + 1;
    const blanked = Object.values(fields).filter(({ from, to }) => to === null && from != null);
    if (blanked.length > 0) counts[`blank.${system}`] = blanked.length;
  }
  return counts;
}

/** The API calls that the backfill itself will cost each system, as far as can be told. */
export function callsOf(context: JobContext, run: Run): Readonly<Record<SystemId, number>> {
  const pages = Math.ceil(run.counters.read / 100);
  const { identity, mappings } = objectOf(context, run.object);
  return Object.fromEntries(
    Object.keys(mappings).map((system) => {
      const { readBatch, writeBatch } = connectorOf(context, system).capabilities;
      const count = (what: string) => run.checkpoint.forecast[`${what}.${system}`] ?? 0;
      const reads = Math.ceil(count("read") / readBatch);
      const finds = Math.ceil((count("find") * identity.length) / 100);
      const writes =
        Math.ceil(count("create") / writeBatch) + Math.ceil(count("change") / writeBatch);
      return [system, Math.ceil(pages / Object.keys(mappings).length) + reads + finds + writes];
    }),
  );
}

/** How far systems agree before, or beside, anything of ours: what a baseline is run for. */
export function baselineOf({ counters, checkpoint }: Run) {
  const { tally, forecast } = checkpoint;
  const count = (what: string) => forecast[what] ?? 0;
  const under = (prefix: string) =>
    Object.fromEntries(
      Object.entries(forecast).flatMap(([name, counted]) =>
        name.startsWith(prefix) && counted > 0 ? [[name.slice(prefix.length), counted]] : [],
      ),
    );
  const equal = tally.entities.equal + count("link") - count("differing");
  const different = tally.entities.different + count("differing");
  const both = equal + different;
  const differing = under("differs.");
  for (const [field, counted] of Object.entries(tally.fields)) {
    if (counted.different > 0) differing[field] = (differing[field] ?? 0) + counted.different;
  }
  return {
    /** Linked by us, or by identity: the same everywhere, or not. */
    equal,
    different,
    errorRate: both === 0 ? null : different / both,
    /** By field, how many of them differ in it. */
    fields: differing,
    /** By system, records that share their identity with another one there. */
    duplicates: under("duplicate."),
    ambiguous: count("ambiguous"),
    /** Differences that the rules would leave to a person. */
    conflicts: count("conflict"),
    invalid: count("invalid"),
    /** By system, records that have their counterpart elsewhere only. */
    absent: under("create."),
    /** Of what is linked: changed without our having heard of it, and gone. */
    drift: counters.differing,
    missing: counters.missing,
  };
}
