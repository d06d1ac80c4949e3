/**
 * What an abandoned intent became is settled by reading, never by repeating it: a value that is
 * found where it was to be written has arrived, a record found under our key was created.
 */
import type { Fields, SystemId } from "../../shared/record.ts";
import { ConnectorError, type ReadAnswer } from "../connectors/connector.ts";
import { equal } from "../core/canonical.ts";
import type { NewLink, Unsalted } from "../store/commit.ts";
import type { IntendedWrite } from "../store/load.ts";
import { heldFields } from "./adopt.ts";
import { connectorOf, type JobContext } from "./context.ts";
import type { Subject } from "./gather.ts";

export interface Recovered {
  readonly subject: Subject;
  /** Records that turned out to have been created. */
  readonly links: readonly NewLink[];
  readonly audit: readonly Unsalted[];
}

/** Looks for the records that abandoned creates may have made: one call per system and object. */
export async function recover(
  context: JobContext,
  subjects: readonly Subject[],
): Promise<readonly Recovered[]> {
  const lost = subjects.flatMap((subject) =>
    (subject.abandoned?.writes ?? [])
      .filter(({ operation, system }) => operation === "create" && !(system in subject.links))
      .map(({ system }) => ({ subject, system, object: subject.object })),
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
  return subjects.map((subject) => recovered(context, subject, found));
}

async function findCreated(
  context: JobContext,
  system: SystemId,
  mapping: Subject["object"]["mappings"][string],
  keys: readonly string[],
): Promise<ReadonlyMap<string, ReadAnswer>> {
  try {
    const records = await connectorOf(context, system).findByKey(mapping, keys);
    return new Map([...records].map(([key, record]) => [key, { kind: "found", record }]));
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return new Map(keys.map((key) => [key, { kind: "unknown", error }]));
  }
}

function recovered(
  context: JobContext,
  subject: Subject,
  found: ReadonlyMap<string, ReadAnswer>,
): Recovered {
  if (subject.abandoned === null) return { subject, links: [], audit: [] };
  const now = context.now();
  const links = { ...subject.links };
  const answers = { ...subject.answers };
  const newLinks: NewLink[] = [];
  const audit: Unsalted[] = [];
  let base = subject.base;
  for (const write of subject.abandoned.writes) {
    const { system } = write;
    const created = found.get(`${subject.entityId}/${system}`);
    if (created !== undefined && !(system in links)) {
      answers[system] = created;
      if (created.kind === "found") {
        const { id: recordId, url } = created.record;
        links[system] = { recordId, url };
        newLinks.push({ system, object: subject.object.object, recordId, url });
      }
    }
    const landed = landedFields(write, answers[system]);
    base = { ...base, ...agreedByLanding(subject, landed, answers) };
    if (Object.keys(landed).length > 0) {
      const detail = { ...write, fields: pick(write.fields, landed), foundByReading: true };
      audit.push({ kind: write.operation === "create" ? "created" : "wrote", at: now, detail });
    }
  }
  return { subject: { ...subject, base, links, answers }, links: newLinks, audit };
}

/** The fields of an intended write that the system is found to hold. */
function landedFields(write: IntendedWrite, answer: ReadAnswer | undefined): Fields {
  if (answer?.kind !== "found") return {};
  const held = heldFields(answer.record);
  return Object.fromEntries(
    Object.entries(write.fields).flatMap(([field, { to }]) => {
      const value = held[field];
      return value !== undefined && equal(value, to) ? [[field, to]] : [];
    }),
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
