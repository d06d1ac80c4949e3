/** Any record: found, shown in every system as it is right now, synced, repaired. */
import { type Given, type Verb, verbs } from "../../shared/control.ts";
import type { SystemId } from "../../shared/record.ts";
import { ConnectorError } from "../connectors/connector.ts";
import { typed } from "../core/canonical.ts";
import type { FieldRules, ObjectRules } from "../core/rules.ts";
import { titleOf } from "../core/title.ts";
import { connectorOf, objectOf } from "../jobs/context.ts";
import { repair as repairRecord } from "../jobs/repair.ts";
import { sync } from "../jobs/sync.ts";
import {
  entitiesById,
  entitiesHolding,
  entitiesOfKeys,
  type FoundEntity,
} from "../store/explore.ts";
import { holds } from "../store/holds.ts";
import { putPokes, type RecordKey } from "../store/mailbox.ts";
import { mayOn, ownerOf } from "./access.ts";
import { readerBy } from "./card-ask.ts";
import { cardFields } from "./card-fields.ts";
import { cardRecord } from "./card-record.ts";
import {
  type Asking,
  actOf,
  cursorOf,
  fitted,
  forbidden,
  given,
  positionOf,
  refused,
} from "./control-ask.ts";
import { objectLabel, scopeLabel, systemLabel } from "./control-words.ts";

const perPage = 20;
/** Entities looked through for one answer. */
const scannedMax = 30_000;

interface Hit {
  readonly entityId: string;
  readonly because: string;
}

export async function find(asking: Asking, input: Given<"find">) {
  const { db } = asking;
  const [after = "", ...more] = input.cursor === null ? [] : (positionOf(input.cursor) ?? [0]);
  if (typeof after !== "string" || more.length > 0) {
    return refused("bad_request", "cursor: not one of ours");
  }
  const exact = input.cursor === null ? await exactly(asking, input.text) : [];
  // What names one record leaves nothing to look for.
  const isNamed = exact.some(({ isOne }) => isOne);
  const found = isNamed
    ? { ids: [], next: null }
    : await entitiesHolding(db, spellings(asking, input.text), after, {
        limit: perPage,
        scanned: scannedMax,
      });
  const holding = found.ids.map((entityId) => ({ entityId, because: "" }));
  const hits = [...new Map([...holding, ...exact].map((hit) => [hit.entityId, hit])).values()];
  const entities = await entitiesById(
    db,
    hits.map(({ entityId }) => entityId),
  );
  const matches = entities.map((entity) => {
    const because = hits.find(({ entityId }) => entityId === entity.entityId)?.because ?? "";
    return matchOf(asking, entity, because === "" ? heldIn(asking, entity, input.text) : because);
  });
  const { shown } = fitted(matches, 2 * perPage);
  return given<"find">({
    matches: shown,
    cursor: found.next === null ? null : cursorOf([found.next]),
  });
}

function matchOf({ doors }: Asking, entity: FoundEntity, because: string) {
  const { rules } = doors.jobs;
  const object = rules.objects[entity.object];
  const label = objectLabel(rules, entity.object);
  const title = object === undefined ? null : titleOf(object, entity.base);
  return {
    entityId: entity.entityId,
    object: entity.object,
    objectLabel: label,
    title: title ?? (entity.isErased ? `${label}, erased` : label),
    records: Object.entries(entity.links).map(([system, { recordId, url }]) => {
      return { system, label: systemLabel(rules, system), recordId, url };
    }),
    because,
  };
}

/** As typed, and as a phone number is stored that people write in many ways. */
function spellings({ doors }: Asking, text: string): readonly string[] {
  const phones = Object.values(doors.jobs.rules.objects)
    .flatMap(({ fields }) => Object.values(fields))
    .filter(({ type }) => type.kind === "phone")
    .map(({ type }) => typed(type, text))
    .flatMap((form) => (form.kind === "held" && typeof form.value === "string" ? form.value : []));
  return [...new Set([text, ...phones])];
}

/** The label of the first field that holds the text. */
function heldIn(asking: Asking, entity: FoundEntity, text: string): string {
  const fields = asking.doors.jobs.rules.objects[entity.object]?.fields ?? {};
  const wanted = spellings(asking, text).map((one) => one.toLowerCase());
  const field = Object.entries(entity.base).find(([, value]) =>
    wanted.some((one) => JSON.stringify(value).toLowerCase().includes(one)),
  );
  return fields[field?.[0] ?? ""]?.label ?? "";
}

/** By id, by link, by identity: what names a record rather than describing it. */
async function exactly(
  asking: Asking,
  text: string,
): Promise<readonly (Hit & { readonly isOne: boolean })[]> {
  const { db, doors } = asking;
  const { rules } = doors.jobs;
  const keys = keysNamed(asking, text);
  const [linked, own, identified] = await Promise.all([
    entitiesOfKeys(db, keys),
    entitiesById(db, [text]),
    identifiedBy(asking, text),
  ]);
  return [
    ...own.map(({ entityId }) => ({ entityId, because: "Id", isOne: true })),
    ...linked.map(({ key, entityId }) => ({
      entityId,
      because: `Id in ${systemLabel(rules, key.system)}`,
      isOne: linked.length === 1,
    })),
    ...identified.map((hit) => ({ ...hit, isOne: false })),
  ];
}

/** The records that an id, or an address of a page, can stand for. */
function keysNamed({ doors }: Asking, text: string): RecordKey[] {
  const places = Object.values(doors.jobs.rules.objects).flatMap(({ object, mappings }) =>
    Object.keys(mappings).map((system) => ({ system, object })),
  );
  const everywhere = (ids: readonly string[]) =>
    places.flatMap((place) => ids.map((recordId) => ({ ...place, recordId })));
  const url = /^https?:/i.test(text) ? URL.parse(text) : null;
  if (url === null) return everywhere(idsIn(text));
  // https://app.hubspot.com/contacts/<account>/record/<object type>/<id>
  const hubspot = /\/record\/(\d+-\d+)\/(\d+)/.exec(url.pathname);
  const object = hubspot?.[1] === undefined ? null : doors.objectForTypeId(hubspot[1]);
  if (object !== null && hubspot?.[2] !== undefined) {
    return [{ system: doors.cardSystem, object, recordId: hubspot[2] }];
  }
  const parts = [...url.pathname.split("/"), ...url.hash.split("/"), ...url.searchParams.values()];
  return everywhere(parts.flatMap(idsIn));
}

/** Ids have no blanks and are not long. */
const idsIn = (text: string): string[] => (/^[\w.:-]{1,64}$/.test(text) ? [text] : []);

/** Asks one system by an identity: an address that was just changed is found too. */
async function identifiedBy(asking: Asking, text: string): Promise<readonly Hit[]> {
  const { db, doors } = asking;
  const { jobs } = doors;
  const askable = Object.values(jobs.rules.objects).flatMap((object) =>
    object.identity.flatMap((name) => {
      const field = object.fields[name];
      return field?.type.kind === "email" ? [{ object, field }] : [];
    }),
  );
  const hits: Hit[] = [];
  for (const { object, field } of text.includes("@") ? askable : []) {
    const keys = await found(asking, object, field, text);
    for (const { entityId } of await entitiesOfKeys(db, keys)) {
      hits.push({ entityId, because: field.label });
    }
  }
  return hits;
}

async function found(
  { doors }: Asking,
  { object, mappings }: ObjectRules,
  { field, type }: FieldRules,
  text: string,
): Promise<RecordKey[]> {
  const system: SystemId = doors.cardSystem;
  const mapping = mappings[system];
  const value = typed(type, text);
  if (mapping === undefined || value.kind === "invalid" || value.value === null) return [];
  try {
    const records = await connectorOf(doors.jobs, system).find(mapping, field, [value.value]);
    return records.map(({ id }) => ({ system, object, recordId: id }));
  } catch (error) {
    // What is stored is searched all the same.
    if (!(error instanceof ConnectorError)) throw error;
    return [];
  }
}

interface Opened {
  readonly entity: FoundEntity;
  readonly key: RecordKey;
  readonly owner: string | null;
}

/** The entity, and one of its records to look at it by: HubSpot's, if it has one there. */
async function opened(asking: Asking, entityId: string): Promise<Opened | null> {
  const { db, doors } = asking;
  const [entity] = await entitiesById(db, [entityId]);
  const object = doors.jobs.rules.objects[entity?.object ?? ""];
  if (entity === undefined || object === undefined) return null;
  const system = doors.cardSystem in entity.links ? doors.cardSystem : Object.keys(entity.links)[0];
  const recordId = entity.links[system ?? ""]?.recordId;
  if (system === undefined || recordId === undefined) return null;
  const owner = ownerOf(object, entity.base);
  return { entity, key: { system, object: entity.object, recordId }, owner };
}

const gone = () =>
  refused("not_found", "This record is linked nowhere any more. Its history is in the audit.");

export async function record(asking: Asking, input: Given<"record">) {
  const { access, db, doors } = asking;
  const { jobs } = doors;
  const found = await opened(asking, input.entityId);
  if (found === null) return gone();
  const { entity, key, owner } = found;
  const [seen, compared, { pauses }] = await Promise.all([
    cardRecord(jobs, key, readerBy(access)),
    cardFields(jobs, key),
    holds(db, 0),
  ]);
  const hubspotId = entity.links[doors.cardSystem]?.recordId;
  const objectTypeId = doors.typeIdOf(entity.object);
  const may = (verb: Verb) => mayOn(access, verb, owner);
  const { objectLabel: label, title } = matchOf(asking, entity, "");
  return given<"record">({
    entityId: entity.entityId,
    title,
    objectLabel: label,
    owner,
    record: seen,
    fields: compared.ok ? compared.fields : [],
    pauses: pauses
      .filter(({ scope }) => isHeldBy(asking, entity, scope))
      .map((one) => ({ ...one, label: scopeLabel(jobs.rules, one.scope) })),
    hubspot:
      hubspotId === undefined || objectTypeId === null
        ? null
        : { objectTypeId, objectId: hubspotId },
    may: verbs.filter(may),
  });
}

function isHeldBy({ doors }: Asking, { entityId, object, links }: FoundEntity, scope: string) {
  const systems = Object.keys(links).map((system) => `system:${system}`);
  const fields = Object.keys(objectOf(doors.jobs, object).fields);
  const scopes = ["all", `object:${object}`, `record:${entityId}`, ...systems];
  return [...scopes, ...fields.map((field) => `field:${object}.${field}`)].includes(scope);
}

export async function recordSync(asking: Asking, input: Given<"record-sync">) {
  const { access, db, doors, now } = asking;
  const found = await opened(asking, input.entityId);
  if (found === null) return gone();
  if (!mayOn(access, "sync_record", found.owner)) return forbidden();
  await putPokes(db, [{ ...found.key, lane: "person", echo: null }], now);
  await sync(doors.jobs, [found.key]);
  const record = await cardRecord(doors.jobs, found.key, readerBy(access));
  return given<"record-sync">({ record });
}

export async function repair(asking: Asking, input: Given<"repair">) {
  const { access, doors } = asking;
  const found = await opened(asking, input.entityId);
  if (found === null) return gone();
  await repairRecord(doors.jobs, { entityId: input.entityId }, actOf(asking));
  const record = await cardRecord(doors.jobs, found.key, readerBy(access));
  return given<"repair">({ record });
}

/** Whose record an entity is, for whoever pauses it. */
export async function ownerOfEntity(
  asking: Asking,
  entityId: string,
): Promise<{ readonly owner: string | null } | null> {
  const [entity] = await entitiesById(asking.db, [entityId]);
  const object = asking.doors.jobs.rules.objects[entity?.object ?? ""];
  if (entity === undefined || object === undefined) return null;
  return { owner: ownerOf(object, entity.base) };
}
