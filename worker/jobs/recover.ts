/**
 * What an abandoned intent became is settled by reading, never by repeating it: a value that is
 * found where it was to be written has arrived, a record found under our key was created. No record
 * is made for an entity that may have had one before it was looked for by that key.
 */
import type { FieldName, Fields, SystemId } from "../../shared/record.ts";
import { ConnectorError, type ReadAnswer } from "../connectors/connector.ts";
import { arrived } from "../core/overwritten.ts";
import type { NewLink, Unsalted } from "../store/commit-types.ts";
import type { Database } from "../store/database.ts";
import type { IntendedWrite, WrittenOver } from "../store/load.ts";
import { type Contest, contestsFor, isAsked } from "./contest.ts";
import { connectorOf, type JobContext } from "./context.ts";
import { heldFields } from "./gather.ts";
import { isGone } from "./gone.ts";
import { baseAfterJoining } from "./join.ts";
import { inEntities } from "./references.ts";
import type { Subject } from "./subject.ts";

export interface Recovered {
  readonly subject: Subject;
  /** Records that turned out to have been created. */
  readonly links: readonly NewLink[];
  /** Records under its key that are another entity's. */
  readonly contests: readonly Contest[];
  readonly audit: readonly Unsalted[];
  /** Writes whose system could not be read: nobody knows yet, so the intent keeps them. */
  readonly unsettled: readonly IntendedWrite[];
}

/** Looks for the records that earlier creates may have made: one call per system and object. */
export async function recover(
  context: JobContext,
  db: Database,
  subjects: readonly Subject[],
): Promise<readonly Recovered[]> {
  const lost = subjects.flatMap((subject) =>
    missing(subject).map((system) => ({ subject, system, object: subject.object })),
  );
  const found = new Map<string, ReadAnswer>();
  const groups = Map.groupBy(lost, ({ system, object }) => `${system}/${object.object}`);
  await Promise.all(
    [...groups.values()].map(async (group) => {
      const [first] = group;
      const mapping = first?.object.mappings[first.system];
      if (first === undefined || mapping === undefined) return;
      const keys = group.map(({ subject }) => subject.entityId);
      for (const [key, answer] of await findCreated(context, first.system, mapping, keys)) {
        found.set(`${key}/${first.system}`, answer);
      }
    }),
  );
  const met = lost.flatMap(({ subject, system }) => {
    const answer = found.get(`${subject.entityId}/${system}`);
    return answer === undefined ? [] : [{ subject, system, answer }];
  });
  const contests = await contestsFor(db, met);
  return subjects.map((subject) => {
    const own = met.filter((one) => one.subject === subject);
    return recovered(context, subject, own, contests.get(subject.entityId) ?? []);
  });
}

/** Systems where a record of it may exist that it is not linked to. */
function missing({ object, links, birth, exceptions, without }: Subject): SystemId[] {
  if (birth !== null) return [];
  return Object.keys(object.mappings).filter(
    (system) => !(system in links) && !without.includes(system) && !isAsked(exceptions, system),
  );
}

async function findCreated(
  context: JobContext,
  system: SystemId,
  mapping: Subject["object"]["mappings"][string],
  keys: readonly string[],
): Promise<ReadonlyMap<string, ReadAnswer>> {
  try {
    const records = [...(await connectorOf(context, system).findByKey(mapping, keys))];
    const { object } = mapping;
    const told = await inEntities(
      context,
      records.map(([, record]) => {
        return { key: { system, object, recordId: record.id }, answer: { kind: "found", record } };
      }),
    );
    return new Map(records.flatMap(([key], at) => (told[at] ? [[key, told[at].answer]] : [])));
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return new Map(keys.map((key) => [key, { kind: "unknown", error }]));
  }
}

interface Met {
  readonly system: SystemId;
  readonly answer: ReadAnswer;
}

function recovered(
  context: JobContext,
  subject: Subject,
  met: readonly Met[],
  contests: readonly Contest[],
): Recovered {
  const free = met.filter(({ system }) => !contests.some((one) => one.system === system));
  const now = context.now();
  const joined = withFound(subject, free);
  const { links, answers, newLinks } = joined;
  let { base } = joined;
  let written = subject.written;
  const unsettled: IntendedWrite[] = [];
  const audit: Unsalted[] = newLinks.flatMap((link) => {
    const isAwaited = createsIn(subject).includes(link.system);
    return isAwaited ? [] : [foundEntry(link, now)];
  });
  for (const write of subject.abandoned?.writes ?? []) {
    const { system } = write;
    if (answers[system]?.kind === "unknown") {
      unsettled.push(write);
      continue;
    }
    if (write.operation === "archive" && isGone(answers[system])) {
      audit.push({ kind: "archived", at: now, detail: { ...write, foundByReading: true } });
    }
    const landed = landedFields(write, answers[system]);
    base = { ...base, ...agreedByLanding(subject, landed, answers) };
    written = withLanded(context, written, write, landed);
    audit.push(...entriesOf(write, landed, now));
  }
  const told = { ...subject, base, links, answers, written };
  return { subject: told, links: newLinks, contests, audit, unsettled };
}

const createsIn = ({ abandoned }: Subject): SystemId[] =>
  (abandoned?.writes ?? []).flatMap(({ operation, system }) =>
    operation === "create" ? [system] : [],
  );

/** With the records that were found under its key. */
function withFound(subject: Subject, met: readonly Met[]) {
  const links = { ...subject.links };
  const answers = { ...subject.answers };
  const newLinks: NewLink[] = [];
  let { base } = subject;
  for (const { system, answer } of met) {
    answers[system] = answer;
    if (answer.kind !== "found") continue;
    const { id: recordId, url } = answer.record;
    links[system] = { recordId, url };
    newLinks.push({ system, object: subject.object.object, recordId, url });
    base = baseAfterJoining(subject.object, base, system, heldFields(answer.record));
  }
  return { links, answers, newLinks, base };
}

const foundEntry = ({ system, recordId }: NewLink, now: number): Unsalted => ({
  kind: "linked",
  at: now,
  detail: { by: "key", records: { [system]: recordId } },
});

/** One entry for what has arrived, and one for what was not found: it may have come and gone. */
function entriesOf(write: IntendedWrite, landed: Fields, now: number): Unsalted[] {
  const detail = (which: (field: FieldName) => boolean) => ({
    ...write,
    fields: Object.fromEntries(Object.entries(write.fields).filter(([field]) => which(field))),
    foundByReading: true,
  });
  const kind = write.operation === "create" ? "created" : "wrote";
  const [here, not] = [detail((field) => field in landed), detail((field) => !(field in landed))];
  return [
    ...(Object.keys(here.fields).length > 0 ? [{ kind, at: now, detail: here } as const] : []),
    ...(Object.keys(not.fields).length > 0
      ? [{ kind: "unconfirmed", at: now, detail: not } as const]
      : []),
  ];
}

/** What has arrived in a system without compare-and-set may have overwritten an unseen edit. */
function withLanded(
  context: JobContext,
  written: WrittenOver,
  write: IntendedWrite,
  landed: Fields,
): WrittenOver {
  const { system, operation, fields } = write;
  const { compareAndSet } = connectorOf(context, system).capabilities;
  if (compareAndSet || operation === "create" || Object.keys(landed).length === 0) return written;
  return { ...written, [system]: { ...written[system], ...pick(fields, landed) } };
}

/** The fields of an intended write that are found to have arrived. */
function landedFields(write: IntendedWrite, answer: ReadAnswer | undefined): Fields {
  if (answer?.kind !== "found") return {};
  return Object.fromEntries(
    Object.entries(write.fields).flatMap(([field, change]) =>
      arrived(answer.record.fields[field], change) ? [[field, change.to]] : [],
    ),
  );
}

/**
 * A landed value was what its source held when the write was decided: with it, all systems agreed
 * for a moment, unless the write of another system is still open.
 */
function agreedByLanding(
  subject: Subject,
  landed: Fields,
  answers: Readonly<Record<SystemId, ReadAnswer>>,
): Fields {
  const writes = subject.abandoned?.writes ?? [];
  return Object.fromEntries(
    Object.entries(landed).filter(([field]) =>
      writes.every(
        (write) => !(field in write.fields) || field in landedFields(write, answers[write.system]),
      ),
    ),
  );
}

const pick = (fields: IntendedWrite["fields"], keep: Fields): IntendedWrite["fields"] =>
  Object.fromEntries(Object.entries(fields).filter(([field]) => field in keep));
