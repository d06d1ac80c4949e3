/**
 * What a backfill would do, told before it does anything: the records of a page that no entity
 * knows go the way of a real one, matched and decided by the same code, up to where the first
 * intent would be stored. Two records of one identity on different pages are told apart only by
 * the backfill itself, which then finds the first one linked.
 */
import type { SystemId, SystemRecord } from "../../shared/record.ts";
import type { ReadAnswer } from "../connectors/connector.ts";
import type { Database } from "../store/database.ts";
import type { LoadedPoke } from "../store/load.ts";
import { keyText } from "../store/mailbox.ts";
import type { Forecast, Run } from "../store/runs.ts";
import { adopt } from "./adopt.ts";
import { connectorOf, type JobContext, objectOf } from "./context.ts";
import { type Decided, decide } from "./decide.ts";
import { readAll, type Subject, type Wanted, want } from "./gather.ts";
import { recover } from "./recover.ts";

/** What the records of one page would come to. Throws ConnectorError if that cannot be told now. */
export async function forecast(
  context: JobContext,
  db: Database,
  run: Run,
  { system, strangers }: { readonly system: SystemId; readonly strangers: readonly SystemRecord[] },
): Promise<Forecast> {
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
    [`read.${system}`]: fresh.length,
  };
  for (const one of rank.filter((each) => each !== system)) {
    counts[`find.${one}`] = fresh.length;
    counts[`read.${one}`] = fresh.filter(({ links }) => one in links).length;
  }
  return decided.map(told).reduce(summed, counts);
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
function told({ subject, writes, plan }: Decided): Forecast {
  const counts: Record<string, number> = {
    link: Object.keys(subject.links).length > 1 ? 1 : 0,
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
