/**
 * The verbs on records: create, update, archive, restore, merge, delete for privacy. Each checks
 * everything first and then applies everything, or throws Refused and has changed nothing.
 */
import { associate, moveAssociations, removeAssociationsOf } from "./associations.ts";
import {
  badInput,
  contactExists,
  type InvalidValue,
  invalidValues,
  notFound,
  nothingToUpdate,
  Refused,
  requiredMissing,
  rulesBroken,
  type TakenValue,
  valueTaken,
} from "./errors.ts";
import type { ObjectDefinition } from "./schema.ts";
import {
  firstId,
  heldValue,
  holderOf,
  indexRecord,
  liveRecord,
  mintId,
  type Portal,
  type Source,
  type StoredRecord,
  storedRecord,
  unindexRecord,
} from "./state.ts";
import { checkStage, checkValue, instant, movesBack } from "./values.ts";

export type Properties = Readonly<Record<string, unknown>>;

/** What a portal computes by itself. */
const calculated: Source = {
  changeSource: "CALCULATED",
  sourceType: "CALCULATED",
  sourceId: "CALCULATED",
};

/** Versions kept of a property: 45 for contacts, 20 elsewhere. */
const versionsMax = { contact: 45, other: 20 } as const;

/** Records merged into one, at most. */
const mergesMax = 250;

export function createRecord(
  portal: Portal,
  object: ObjectDefinition,
  properties: Properties,
  source: Source,
  createdAt = portal.now(),
): StoredRecord {
  const values = checkCreate(portal, object, properties);
  const id = mintId(portal, object.objectTypeId);
  const record: StoredRecord = {
    id,
    objectTypeId: object.objectTypeId,
    createdAt,
    updatedAt: createdAt,
    bornAt: createdAt,
    archivedAt: null,
    history: {},
  };
  portal.state.records[object.objectTypeId] ??= {};
  portal.state.records[object.objectTypeId]![id] = record;
  portal.announce({ kind: "creation", typeId: object.objectTypeId, id }, source);
  setValue(portal, record, "hs_object_source", source.sourceType, source, createdAt);
  setValue(portal, record, "hs_object_source_label", source.sourceType, source, createdAt);
  applyAll(portal, object, record, values, source, createdAt);
  if (portal.autoCompanies && object.objectTypeId === "0-1") adoptCompany(portal, record);
  return record;
}

const byDomain: Source = {
  changeSource: "AUTO_ASSOCIATE_BY_DOMAIN",
  sourceType: "AUTO_ASSOCIATE_BY_DOMAIN",
  sourceId: "AUTO_ASSOCIATE_BY_DOMAIN",
};

/** The company of the address's domain, made if there is none, becomes the primary one. */
function adoptCompany(portal: Portal, contact: StoredRecord): void {
  const domain = heldValue(contact, "hs_email_domain");
  if (domain === null) return;
  const companies = Object.values(portal.state.records["0-2"] ?? {});
  const company =
    companies.find((each) => each.archivedAt === null && heldValue(each, "domain") === domain) ??
    createRecord(portal, portal.state.objects["0-2"]!, { domain }, byDomain);
  const ends = [
    { typeId: "0-1", id: contact.id },
    { typeId: "0-2", id: company.id },
  ] as const;
  associate(portal, ...ends, [{ category: "HUBSPOT_DEFINED", typeId: 1 }], byDomain);
}

/** What a create would set; throws what it would be refused with. */
export function checkCreate(
  portal: Portal,
  object: ObjectDefinition,
  properties: Properties,
): Map<string, string> {
  const values = checkAll(portal, object, withDefaults(object, properties), null);
  refuseMissing(object, values);
  return values;
}

/** What an update would set; throws what it would be refused with. */
export function checkUpdate(
  portal: Portal,
  object: ObjectDefinition,
  record: StoredRecord,
  properties: Properties,
): Map<string, string> {
  if (Object.keys(properties).length === 0) throw nothingToUpdate();
  return checkAll(portal, object, properties, record);
}

/** A write of values already held changes no history; the modified date moves all the same. */
export function updateRecord(
  portal: Portal,
  object: ObjectDefinition,
  record: StoredRecord,
  properties: Properties,
  source: Source,
): StoredRecord {
  const values = checkUpdate(portal, object, record, properties);
  const at = portal.now();
  record.updatedAt = Math.max(record.updatedAt, at);
  unindexRecord(portal, record);
  applyAll(portal, object, record, values, source, at);
  return record;
}

/** Into the recycle bin. The modified date stays as it was. */
export function archiveRecord(portal: Portal, record: StoredRecord, source: Source): void {
  if (record.archivedAt !== null) return;
  unindexRecord(portal, record);
  record.archivedAt = portal.now();
  portal.announce({ kind: "deletion", typeId: record.objectTypeId, id: record.id }, source);
}

/** Out of the recycle bin, within 90 days, unless a live record has taken a unique value. */
export function restoreRecord(portal: Portal, record: StoredRecord, source: Source): void {
  if (record.archivedAt === null) return;
  if (portal.now() - record.archivedAt > 90 * 86_400_000) throw notFound(record.id);
  const object = portal.state.objects[record.objectTypeId]!;
  for (const property of object.uniqueProperties) {
    const value = heldValue(record, property);
    if (value === null) continue;
    const holder = holderOf(portal, record.objectTypeId, property, value);
    if (holder === null) continue;
    throw taken(portal, object, { property, value, targetId: record.id, holderId: holder });
  }
  record.archivedAt = null;
  indexRecord(portal, record);
  portal.announce({ kind: "restore", typeId: record.objectTypeId, id: record.id }, source);
}

/**
 * Two records become a third with a new id; both old ids stand for it from now on. The primary's
 * values win, the other's fill its blanks.
 * https://developers.hubspot.com/changelog/updated-merge-functionality-for-contacts-and-companies
 */
export function mergeRecords(
  portal: Portal,
  object: ObjectDefinition,
  primary: StoredRecord,
  other: StoredRecord,
  source: Source,
): StoredRecord {
  if (primary.id === other.id) throw badInput("Cannot merge a record into itself.");
  const typeId = object.objectTypeId;
  portal.state.aliases[typeId] ??= {};
  const aliases = portal.state.aliases[typeId];
  const mergedIds = [primary, other].flatMap((each) => [...formerIds(each), each.id]);
  if (mergedIds.length > mergesMax) throw badInput(`At most ${mergesMax} merges per record.`);
  const at = portal.now();
  const { history, moved } = mergedHistory(primary, other);
  const id = mintId(portal, typeId);
  const merged: StoredRecord = {
    id,
    objectTypeId: typeId,
    createdAt: Math.min(primary.createdAt, other.createdAt),
    updatedAt: at,
    bornAt: at,
    archivedAt: null,
    history,
  };
  for (const each of [primary, other]) {
    unindexRecord(portal, each);
    delete portal.state.records[typeId]![each.id];
  }
  for (const old of mergedIds) aliases[old] = id;
  portal.state.records[typeId]![id] = merged;
  setValue(portal, merged, "hs_merged_object_ids", mergedIds.join(";"), source, at);
  if (typeId === "0-1") mergeContactDetails(portal, merged, [primary, other], source);
  moveAssociations(portal, typeId, primary.id, id, { keepPrimary: true });
  moveAssociations(portal, typeId, other.id, id, { keepPrimary: false });
  indexRecord(portal, merged);
  const merge = { primaryId: primary.id, mergedIds: [other.id], moved };
  portal.announce({ kind: "merge", typeId, id, ...merge }, source);
  return merged;
}

/** Gone for good, history and all; the address is never let in again. */
export function erase(portal: Portal, record: StoredRecord, source: Source): void {
  const { objectTypeId: typeId, id } = record;
  unindexRecord(portal, record);
  for (const email of allEmails(record)) {
    if (!portal.state.blockedEmails.includes(email)) portal.state.blockedEmails.push(email);
  }
  removeAssociationsOf(portal, typeId, id);
  delete portal.state.records[typeId]![id];
  const both = ["privacyDeletion", "deletion"] as const;
  const order = portal.random() < 0.5 ? both : both.toReversed();
  for (const kind of order) portal.announce({ kind, typeId, id }, source);
}

export function requireLive(portal: Portal, object: ObjectDefinition, id: string): StoredRecord {
  const record = liveRecord(portal, object.objectTypeId, id);
  if (record === null) throw notFound(id);
  return record;
}

export function requireStored(portal: Portal, object: ObjectDefinition, id: string): StoredRecord {
  const record = storedRecord(portal, object.objectTypeId, id);
  if (record === null) throw notFound(id);
  return record;
}

export function formerIds(record: StoredRecord): string[] {
  return (heldValue(record, "hs_merged_object_ids") ?? "").split(";").filter((id) => id !== "");
}

function withDefaults(object: ObjectDefinition, properties: Properties): Properties {
  const stage = object.stageProperties;
  // An account with one pipeline may leave it out; contacts and companies start as leads.
  const pipeline =
    stage !== null && object.pipelines.length === 1
      ? { [stage.pipeline]: object.pipelines[0]!.id }
      : {};
  const lifecycle = "lifecyclestage" in object.properties ? { lifecyclestage: "lead" } : {};
  const given = Object.entries(properties).filter(([, value]) => value !== null && value !== "");
  return { ...pipeline, ...lifecycle, ...Object.fromEntries(given) };
}

/** Values to set, checked one by one and against each other. `null` means "leave it". */
function checkAll(
  portal: Portal,
  object: ObjectDefinition,
  properties: Properties,
  record: StoredRecord | null,
): Map<string, string> {
  const values = new Map<string, string>();
  const invalid: InvalidValue[] = [];
  for (const [name, raw] of Object.entries(properties)) {
    if (raw === null || raw === undefined) continue;
    const definition = object.properties[name];
    if (definition === undefined || definition.archivedAt !== null) {
      const message = `Property "${name}" does not exist`;
      invalid.push({ code: "PROPERTY_DOESNT_EXIST", message, property: name });
      continue;
    }
    if (definition.readOnlyValue) {
      const message = definition.calculated
        ? `"${name}" is a calculated property; its value cannot be set.`
        : `"${name}" is a read only property; its value cannot be set.`;
      invalid.push({ code: "READ_ONLY_VALUE", message, property: name });
      continue;
    }
    const current = record === null ? null : heldValue(record, name);
    const checked = checkValue(portal, definition, raw, current);
    if (checked.ok) values.set(name, checked.value);
    else invalid.push(checked.invalid);
  }
  const held = (name: string) => values.get(name) ?? (record && heldValue(record, name)) ?? null;
  const stage = object.stageProperties;
  if (stage !== null && (values.has(stage.stage) || values.has(stage.pipeline))) {
    const wrong = checkStage(object, held(stage.pipeline), held(stage.stage) ?? "");
    if (wrong !== null && held(stage.stage) !== null) invalid.push(wrong);
  }
  checkLifecycle(portal, record, values, invalid);
  if (invalid.length > 0) throw invalidValues(portal.portalId, invalid);
  if (portal.enforcesRules) refuseBrokenRules(object, held, record === null);
  refuseTaken(portal, object, record, values);
  return values;
}

function refuseBrokenRules(
  object: ObjectDefinition,
  held: (name: string) => string | null,
  isNew: boolean,
): void {
  const error = (code: string, property: string, message: string) => ({
    code,
    message,
    context: { propertyName: [property] },
  });
  const conditional = object.conditionalRules
    .filter((rule) => held(rule.property) === rule.is && !held(rule.requires))
    .map(({ property, requires }) => {
      const why = `required because of a conditional property rule based on [${property}]`;
      return error("MISSING_CONDITIONAL_REQUIRED_PROPERTY", requires, `${requires} is ${why}`);
    });
  const onCreate = (isNew ? object.createRules : [])
    .filter((name) => !held(name))
    .map((name) =>
      error("MISSING_REQUIRED_PROPERTY", name, `A value for ${name} must be provided`),
    );
  const errors = [...onCreate, ...conditional];
  if (errors.length > 0) throw rulesBroken(errors);
}

function checkLifecycle(
  portal: Portal,
  record: StoredRecord | null,
  values: Map<string, string>,
  invalid: InvalidValue[],
): void {
  const to = values.get("lifecyclestage");
  if (record === null || to === undefined) return;
  if (!movesBack(heldValue(record, "lifecyclestage"), to)) return;
  // Documented: the stage only moves forward. What the answer says of it is not.
  values.delete("lifecyclestage");
  if (portal.lifecycleBackwards === "ignored") return;
  const message = "Lifecycle stage cannot be moved backwards; clear it first.";
  invalid.push({ code: "INVALID_LIFECYCLE_STAGE", message, property: "lifecyclestage" });
}

function refuseTaken(
  portal: Portal,
  object: ObjectDefinition,
  record: StoredRecord | null,
  values: Map<string, string>,
): void {
  for (const property of object.uniqueProperties) {
    const value = values.get(property);
    if (value === undefined || value === "") continue;
    if (property === "email" && portal.state.blockedEmails.includes(value)) {
      throw badInput(`The email address of a contact that was permanently deleted is blocked.`);
    }
    const holder = holderOf(portal, object.objectTypeId, property, value);
    if (holder === null || holder === record?.id) continue;
    // Of a new record the message names the id it would have got.
    const targetId = record?.id ?? String(portal.state.nextId[object.objectTypeId] ?? firstId);
    throw taken(portal, object, { property, value, targetId, holderId: holder });
  }
}

function taken(
  portal: Portal,
  object: ObjectDefinition,
  what: Pick<TakenValue, "property" | "value" | "targetId" | "holderId">,
): Refused {
  if (what.property === "email") return contactExists(what.holderId);
  return valueTaken({ ...what, portalId: portal.portalId, typeName: object.name });
}

function refuseMissing(object: ObjectDefinition, values: Map<string, string>): void {
  const missing = object.requiredProperties.filter((name) => !values.get(name));
  if (missing.length > 0) throw requiredMissing(object.name, missing);
  const oneOf = { "0-1": ["email", "firstname", "lastname"], "0-2": ["name", "domain"] };
  const needed = oneOf[object.objectTypeId as keyof typeof oneOf];
  if (needed !== undefined && !needed.some((name) => values.get(name))) {
    throw requiredMissing(object.name, needed);
  }
}

function applyAll(
  portal: Portal,
  object: ObjectDefinition,
  record: StoredRecord,
  values: ReadonlyMap<string, string>,
  source: Source,
  at: number,
): void {
  for (const [name, value] of values) setValue(portal, record, name, value, source, at);
  derive(portal, object, record, values, at);
  indexRecord(portal, record);
}

/** What a portal sets by itself when something else is set. */
function derive(
  portal: Portal,
  object: ObjectDefinition,
  record: StoredRecord,
  values: ReadonlyMap<string, string>,
  at: number,
): void {
  const set = (name: string, value: string) =>
    setValue(portal, record, name, value, calculated, at);
  const email = values.get("email");
  if (object.objectTypeId === "0-1" && email !== undefined) {
    set("hs_email_domain", email.split("@")[1] ?? "");
  }
  if (object.objectTypeId !== "0-3" || !values.has("dealstage")) return;
  const stages = object.pipelines.flatMap((pipeline) => pipeline.stages);
  const stage = stages.find((each) => each.id === values.get("dealstage"));
  const closed = stage?.metadata.isClosed === "true";
  set("hs_is_closed_won", String(closed && stage?.metadata.probability === "1.0"));
  const wasClosed = heldValue(record, "hs_is_closed") === "true";
  set("hs_is_closed", String(closed));
  // Closing a deal sets its close date, unless the same write does.
  if (closed && !wasClosed && !values.has("closedate")) set("closedate", instant(at));
}

function setValue(
  portal: Portal,
  record: StoredRecord,
  name: string,
  value: string,
  source: Source,
  at: number,
): void {
  if ((record.history[name]?.[0]?.value ?? "") === value) return;
  record.history[name] ??= [];
  const versions = record.history[name];
  versions.unshift({
    value,
    timestamp: at,
    sourceType: source.sourceType,
    sourceId: source.sourceId,
    ...(source.sourceLabel === undefined ? {} : { sourceLabel: source.sourceLabel }),
    ...(source.userId === undefined ? {} : { updatedByUserId: source.userId }),
  });
  const max = record.objectTypeId === "0-1" ? versionsMax.contact : versionsMax.other;
  if (versions.length > max) versions.length = max;
  const { objectTypeId: typeId, id } = record;
  portal.announce({ kind: "propertyChange", typeId, id, property: name, value }, source);
}

function mergedHistory(
  primary: StoredRecord,
  other: StoredRecord,
): { history: StoredRecord["history"]; moved: number } {
  const history = structuredClone(primary.history);
  let moved = 0;
  for (const [name, versions] of Object.entries(other.history)) {
    if (heldValue(primary, name) !== null || heldValue(other, name) === null) continue;
    history[name] = structuredClone(versions);
    moved += 1;
  }
  return { history, moved };
}

/** The other contact's addresses become secondary ones of the merged contact. */
function mergeContactDetails(
  portal: Portal,
  merged: StoredRecord,
  from: readonly StoredRecord[],
  source: Source,
): void {
  const at = portal.now();
  const main = heldValue(merged, "email");
  const extra = new Set(from.flatMap(allEmails).filter((email) => email !== main));
  setValue(portal, merged, "hs_additional_emails", [...extra].join(";"), source, at);
  const earlier = heldValue(merged, "hs_calculated_merged_vids");
  const vids = [earlier, ...from.map((each) => `${each.id}:${at}`)].filter(Boolean).join(";");
  setValue(portal, merged, "hs_calculated_merged_vids", vids, calculated, at);
}

function allEmails(record: StoredRecord): string[] {
  const extra = (heldValue(record, "hs_additional_emails") ?? "").split(";");
  return [heldValue(record, "email") ?? "", ...extra].filter((email) => email !== "");
}

/** Makes an address of a contact secondary: only people can, not the API. */
export function addEmail(
  portal: Portal,
  record: StoredRecord,
  address: string,
  source: Source,
): void {
  const email = address.trim().toLowerCase();
  const holder = holderOf(portal, record.objectTypeId, "email", email);
  if (holder === record.id) return;
  if (holder !== null) throw contactExists(holder);
  if (portal.state.blockedEmails.includes(email)) throw new Refused(400, null, "Blocked address.");
  const at = portal.now();
  const earlier = heldValue(record, "hs_additional_emails");
  const value = earlier === null ? email : `${earlier};${email}`;
  setValue(portal, record, "hs_additional_emails", value, source, at);
  record.updatedAt = Math.max(record.updatedAt, at);
  indexRecord(portal, record);
}

/** Gives a company a further domain: only people can, not the API. */
export function addDomain(
  portal: Portal,
  record: StoredRecord,
  domain: string,
  source: Source,
): void {
  const at = portal.now();
  const earlier = heldValue(record, "hs_additional_domains");
  const value = earlier === null ? domain : `${earlier};${domain}`;
  setValue(portal, record, "hs_additional_domains", value, source, at);
  record.updatedAt = Math.max(record.updatedAt, at);
}
