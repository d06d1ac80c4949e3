/**
 * Reading by id, by our key and by a unique property, in batches. The invariant: every id asked
 * for gets its own answer, and only HubSpot's own word makes a record `missing`.
 *
 * A batch does not say what became of an id it does not find. Such ids are looked for among the
 * archived, then one by one, because only a single read follows the id of a merged record
 * (https://developers.hubspot.com/changelog/updated-merge-functionality-for-contacts-and-companies).
 */
import type { SystemRecord } from "../../../shared/record.ts";
import type { ObjectMapping } from "../../core/rules.ts";
import { ConnectorError, type ReadAnswer } from "../connector.ts";
import { chunksOf } from "./chunks.ts";
import type { Answer } from "./client.ts";
import type { Context } from "./context.ts";
import { portalFor } from "./context.ts";
import { limits } from "./limits.ts";
import { formerIdsProperty, furtherProperty, propertiesOf } from "./mapping.ts";
import { mergedIds, systemRecord } from "./record.ts";
import type { References } from "./references.ts";
import { readReferences } from "./references.ts";
import type { BatchAnswer, WireRecord } from "./wire.ts";
import { batchAnswerSchema, namedBy, wireRecordSchema } from "./wire.ts";

/** What a batch says of one id. */
type Place =
  | { readonly kind: "found"; readonly wire: WireRecord }
  /** The batch does not find it: archived, merged away, destroyed, or never there. */
  | { readonly kind: "elsewhere" }
  /** It is to be read under this id. */
  | { readonly kind: "under"; readonly id: string }
  | { readonly kind: "missing" }
  | { readonly kind: "unknown"; readonly error: ConnectorError };

export async function readRecords(
  context: Context,
  mapping: ObjectMapping,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ReadAnswer>> {
  const places = new Map<string, Place>();
  const askable = [...new Set(ids)].filter((id) => {
    if (/^\d{1,20}$/.test(id)) return true;
    places.set(id, { kind: "missing" });
    return false;
  });
  await locate(places, context, mapping, { ids: askable });
  const elsewhere = () => askable.filter((id) => places.get(id)?.kind === "elsewhere");
  await locate(places, context, mapping, { ids: elsewhere(), archived: true });
  for (const chunk of chunksOf(elsewhere(), limits.singlesAtOnce)) {
    const singles = await Promise.all(chunk.map((id) => lookUp(context, mapping, id)));
    for (const [index, id] of chunk.entries()) places.set(id, singles[index]!);
  }
  await follow(places, context, mapping);
  return await answersOf(context, mapping, places);
}

/** Reads the records that others turned out to be. */
async function follow(
  places: Map<string, Place>,
  context: Context,
  mapping: ObjectMapping,
): Promise<void> {
  const moved = [...places].flatMap(([id, place]) =>
    place.kind === "under" ? [{ id, to: place.id }] : [],
  );
  const found = new Map<string, Place>();
  await locate(found, context, mapping, { ids: [...new Set(moved.map(({ to }) => to))] });
  for (const { id, to } of moved) places.set(id, found.get(to)!);
}

/** Records by the value of a property that HubSpot keeps unique; absent ones do not exist. */
export async function readByUnique(
  context: Context,
  mapping: ObjectMapping,
  property: string,
  values: readonly string[],
  withHistory: boolean,
): Promise<Answer<readonly WireRecord[]>> {
  const found: WireRecord[] = [];
  const size = withHistory ? limits.historyBatch : limits.batch;
  for (const chunk of chunksOf([...new Set(values)], size)) {
    const read = { ids: chunk, idProperty: property, withHistory };
    const answer = await readBatch(context, mapping, read);
    if (answer.kind !== "ok") return answer;
    const { results, errors } = answer.value;
    const other = errors.find((error) => !isNotFound(error));
    if (other !== undefined) return { kind: "unanswered", error: unsaid(context, other.category) };
    const told = new Set([
      ...errors.flatMap(namedBy),
      ...results.flatMap((wire) => valuesOf(wire, property)),
    ]);
    const untold = chunk.some((value) => !told.has(value.toLowerCase()) && !told.has(value));
    if (untold) return { kind: "unanswered", error: unsaid(context, "short answer") };
    found.push(...results);
  }
  return { kind: "ok", status: 200, value: found };
}

/** Records as they are, without history; throws if any answer is missing. */
export async function readWires(
  context: Context,
  mapping: ObjectMapping,
  ids: readonly string[],
): Promise<readonly WireRecord[]> {
  const wires: WireRecord[] = [];
  for (const chunk of chunksOf(ids, limits.batch)) {
    const read = { ids: chunk, withHistory: false };
    const places = placesOf(context, await readBatch(context, mapping, read), chunk);
    for (const place of places.values()) {
      if (place.kind === "unknown") throw place.error;
      // A record may be gone since it was listed.
      if (place.kind === "found") wires.push(place.wire);
    }
  }
  return wires;
}

export async function recordsOf(
  context: Context,
  mapping: ObjectMapping,
  wires: readonly WireRecord[],
): Promise<SystemRecord[]> {
  const portal = await portalFor(context, mapping, wires);
  const references = await referencesOf(context, mapping, wires);
  return wires.map((wire) => systemRecord(mapping, wire, portal, references.get(wire.id)));
}

/** Of live records: what HubSpot says of an archived one's associations is that it has none. */
async function referencesOf(
  context: Context,
  mapping: ObjectMapping,
  wires: readonly WireRecord[],
): Promise<ReadonlyMap<string, References>> {
  const live = wires.filter((wire) => !wire.archived).map((wire) => wire.id);
  return await readReferences(context, mapping, [...new Set(live)]);
}

interface BatchRead {
  readonly ids: readonly string[];
  readonly idProperty?: string;
  readonly archived?: boolean;
  readonly withHistory?: boolean;
}

async function locate(
  places: Map<string, Place>,
  context: Context,
  mapping: ObjectMapping,
  read: BatchRead,
): Promise<void> {
  let stopped: Answer<BatchAnswer> | null = null;
  for (const ids of chunksOf(read.ids, limits.historyBatch)) {
    const answer: Answer<BatchAnswer> =
      stopped ?? (await readBatch(context, mapping, { ...read, ids }));
    // What concerns the connection or the token concerns the next page as well.
    if (answer.kind !== "ok" && answer.error.kind !== "skip_record") stopped = answer;
    for (const [id, found] of placesOf(context, answer, ids)) places.set(id, found);
  }
}

function placesOf(
  context: Context,
  answer: Answer<BatchAnswer>,
  ids: readonly string[],
): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const id of ids) {
    const error = answer.kind === "ok" ? unsaid(context, "no answer") : answer.error;
    places.set(id, { kind: "unknown", error });
  }
  if (answer.kind !== "ok") return places;
  for (const error of answer.value.errors) {
    for (const id of namedBy(error).filter((named) => places.has(named))) {
      const notFound = isNotFound(error);
      places.set(
        id,
        notFound
          ? { kind: "elsewhere" }
          : { kind: "unknown", error: unsaid(context, error.category) },
      );
    }
  }
  let strangers = false;
  for (const wire of answer.value.results) {
    // A merged record may answer under its survivor's id and lists the ids it stands for.
    const asked = [wire.id, ...mergedIds(wire)].filter((id) => places.has(id));
    for (const id of asked) places.set(id, { kind: "found", wire });
    strangers ||= asked.length === 0;
  }
  // A survivor that does not list them: some of the unanswered ids stand for it.
  if (strangers) {
    for (const [id, place] of places) {
      if (place.kind === "unknown") places.set(id, { kind: "elsewhere" });
    }
  }
  return places;
}

function readBatch(context: Context, mapping: ObjectMapping, read: BatchRead) {
  const properties = mapping.fields.flatMap(propertiesOf);
  const { idProperty, archived } = read;
  return context.client.call({
    method: "POST",
    path: `/crm/objects/{version}/${mapping.systemObject}/batch/read`,
    query: archived ? { archived: "true" } : {},
    body: {
      properties: [...properties, ...alwaysRead(context, mapping)],
      propertiesWithHistory: read.withHistory === false ? [] : properties,
      inputs: read.ids.map((id) => ({ id })),
      ...(idProperty === undefined ? {} : { idProperty }),
    },
    answer: batchAnswerSchema,
    effect: "read",
  });
}

/**
 * What became of a record that no batch finds. One batch may be wrong about one that is archived,
 * and a read of live records never finds that: only who is in neither place is missing.
 */
async function lookUp(context: Context, mapping: ObjectMapping, id: string): Promise<Place> {
  const live = await readSingle(context, mapping, id, {});
  if (live.kind === "ok") return { kind: "under", id: live.value.id };
  if (!isNotThere(live)) return { kind: "unknown", error: live.error };
  const archived = await readSingle(context, mapping, id, { archived: "true" });
  if (archived.kind === "ok") {
    // Who was merged into an archived record is in neither place under their own id.
    const isItself = archived.value.id === id;
    return isItself ? { kind: "unknown", error: unsaid(context, "archived") } : { kind: "missing" };
  }
  return isNotThere(archived) ? { kind: "missing" } : { kind: "unknown", error: archived.error };
}

const isNotThere = (answer: Exclude<Answer<unknown>, { kind: "ok" }>): boolean =>
  answer.kind === "refused" && answer.error.status === 404;

/** Without its other properties: with all of them the URL could get too long. */
const readSingle = (
  context: Context,
  mapping: ObjectMapping,
  id: string,
  query: { readonly archived?: "true" },
): Promise<Answer<WireRecord>> =>
  context.client.call({
    method: "GET",
    path: `/crm/objects/{version}/${mapping.systemObject}/${id}`,
    query: { properties: "hs_object_id", ...query },
    answer: wireRecordSchema,
    effect: "read",
  });

async function answersOf(
  context: Context,
  mapping: ObjectMapping,
  places: ReadonlyMap<string, Place>,
): Promise<ReadonlyMap<string, ReadAnswer>> {
  const wires = [...places.values()].flatMap((place) =>
    place.kind === "found" ? [place.wire] : [],
  );
  const records = await recordsOf(context, mapping, wires);
  const recordOf = new Map(wires.map((wire, index) => [wire, records[index]!]));
  const answers = new Map<string, ReadAnswer>();
  for (const [id, place] of places) {
    switch (place.kind) {
      case "found": {
        const record = recordOf.get(place.wire)!;
        const merged = record.id === id ? {} : { mergedInto: record.id };
        answers.set(id, { kind: "found", record, ...merged });
        break;
      }
      case "missing":
      case "unknown":
        answers.set(id, place);
        break;
      case "elsewhere":
      case "under":
        answers.set(id, { kind: "unknown", error: unsaid(context, "moving") });
    }
  }
  return answers;
}

/** A contact is found by its second e-mail addresses, too. */
function valuesOf(wire: WireRecord, property: string): readonly string[] {
  const also = property === "email" ? (wire.properties.hs_additional_emails ?? "").split(";") : [];
  return [wire.properties[property] ?? "", ...also].map((value) => value.toLowerCase());
}

function alwaysRead(context: Context, mapping: ObjectMapping): readonly string[] {
  const further = mapping.fields.flatMap((field) => furtherProperty(mapping, field) ?? []);
  return [...new Set([context.keyProperty, formerIdsProperty, ...further])];
}

function isNotFound(error: BatchAnswer["errors"][number]): boolean {
  return error.category === "OBJECT_NOT_FOUND";
}

function unsaid(context: Context, what: string): ConnectorError {
  const message = `HubSpot's answer leaves the record out (${what}).`;
  return new ConnectorError("retry", context.system, message);
}
