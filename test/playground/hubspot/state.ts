/**
 * What the HubSpot double remembers: one plain JSON value, so that the playground can keep it and
 * a simulator can wind it back. Whatever is derived from it (the index of unique values) is not
 * part of it and is rebuilt.
 */
import type { Faults } from "./faults.ts";
import type { ObjectDefinition } from "./schema.ts";

/** One value a property has had. */
export interface Version {
  readonly value: string;
  readonly timestamp: number;
  readonly sourceType: string;
  readonly sourceId: string;
  readonly sourceLabel?: string;
  readonly updatedByUserId?: number;
}

export interface StoredRecord {
  readonly id: string;
  readonly objectTypeId: string;
  createdAt: number;
  updatedAt: number;
  /** When search first knows of it; a merge makes an old record under a new id. */
  readonly bornAt: number;
  archivedAt: number | null;
  /** By property, newest first. A property never set is absent. */
  readonly history: Record<string, Version[]>;
}

export interface StoredAssociation {
  readonly toTypeId: string;
  readonly toId: string;
  types: AssociationType[];
}

export interface AssociationType {
  readonly category: "HUBSPOT_DEFINED" | "USER_DEFINED";
  readonly typeId: number;
}

export interface AssociationDefinition extends AssociationType {
  readonly fromTypeId: string;
  readonly toTypeId: string;
  readonly label: string | null;
  readonly inverseTypeId: number;
  /** At most one per record, and it implies the unlabeled type. */
  readonly primary: boolean;
}

export interface Owner {
  readonly id: string;
  readonly userId: number;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  /** Absent in accounts without teams. */
  readonly teams?: readonly { readonly id: string; readonly name: string }[];
  archived: boolean;
}

/** A webhook event as HubSpot sends it, less the attempt number. */
export type WebhookEvent = Readonly<Record<string, unknown>>;

export interface Batch {
  readonly events: readonly WebhookEvent[];
  readonly attempt: number;
  readonly dueAt: number;
}

export interface State {
  /** Ids are counted per object type, so the same id may name a contact and a deal. */
  nextId: Record<string, number>;
  objects: Record<string, ObjectDefinition>;
  records: Record<string, Record<string, StoredRecord>>;
  /** By object type, the id of the record a merged id now stands for. */
  aliases: Record<string, Record<string, string>>;
  /** Addresses of contacts deleted for privacy. */
  blockedEmails: string[];
  /** By "typeId/recordId". Every association is here twice, once from each end. */
  associations: Record<string, StoredAssociation[]>;
  associationDefinitions: AssociationDefinition[];
  owners: Owner[];
  /** Times of calls in the rolling windows, and the calls of the day. */
  usage: {
    rolling: number[];
    associations: number[];
    search: number[];
    day: string;
    daily: number;
  };
  pending: { readonly event: WebhookEvent; readonly dueAt: number }[];
  batches: Batch[];
  /** Sent and not answered yet; taken up again after a restart. */
  inFlight: Batch[];
  /** Batches given up after the last retry. */
  lost: number;
}

/** Who does something, as property history and webhooks tell it. */
export interface Source {
  readonly changeSource: string;
  readonly sourceType: string;
  readonly sourceId: string;
  readonly sourceLabel?: string;
  readonly userId?: number;
}

export interface Portal {
  readonly state: State;
  readonly portalId: number;
  readonly appId: number;
  /** Of the account: people see days in it. */
  readonly timeZone: string;
  readonly now: () => number;
  readonly random: () => number;
  /** What a write that would move the lifecycle stage back does. */
  readonly lifecycleBackwards: "ignored" | "refused";
  /** Whether a new contact gets a company by the domain of its address. */
  readonly autoCompanies: boolean;
  /**
   * Whether the account's own rules hold for this caller: for people in HubSpot's screens, and for
   * API versions from 2026-09 on, which also take dates that are not at midnight.
   * https://developers.hubspot.com/changelog/crm-api-write-validation-enforcement
   */
  readonly enforcesRules: boolean;
  /** What the answer to a write says of a property it cleared. */
  readonly clearedInAnswers: "blank" | "omitted";
  readonly faults: Faults;
  /** "typeId/property/value" of live records -> id; derived from state. */
  readonly unique: Map<string, string>;
  readonly announce: (change: Change, source: Source) => void;
}

/** Something that happened to a record, before it is made into webhook events. */
export type Change =
  | { readonly kind: "creation"; readonly typeId: string; readonly id: string }
  | { readonly kind: "deletion"; readonly typeId: string; readonly id: string }
  | { readonly kind: "restore"; readonly typeId: string; readonly id: string }
  | { readonly kind: "privacyDeletion"; readonly typeId: string; readonly id: string }
  | {
      readonly kind: "propertyChange";
      readonly typeId: string;
      readonly id: string;
      readonly property: string;
      readonly value: string;
    }
  | {
      readonly kind: "merge";
      readonly typeId: string;
      readonly id: string;
      readonly primaryId: string;
      readonly mergedIds: readonly string[];
      readonly moved: number;
    }
  | {
      readonly kind: "associationChange";
      readonly typeId: string;
      readonly id: string;
      readonly toTypeId: string;
      readonly toId: string;
      readonly type: AssociationType;
      readonly removed: boolean;
      readonly primary: boolean;
    };

export const firstId = 151;

export function mintId(portal: Portal, typeId: string): string {
  const id = portal.state.nextId[typeId] ?? firstId;
  portal.state.nextId[typeId] = id + 1 + Math.floor(portal.random() * 40);
  return String(id);
}

/** Every name HubSpot takes for an object type in a path or a subscription. */
export function resolveType(portal: Portal, name: string): ObjectDefinition | null {
  const wanted = name.toLowerCase();
  for (const object of Object.values(portal.state.objects)) {
    if (object.archived) continue;
    if (object.objectTypeId === wanted || object.name.toLowerCase() === wanted) return object;
    if (object.plural.toLowerCase() === wanted) return object;
    if (object.fullyQualifiedName.toLowerCase() === wanted) return object;
  }
  return null;
}

/** For callers inside this process, to whom a wrong name is a mistake in the code. */
export function requireType(portal: Portal, name: string): ObjectDefinition {
  const object = resolveType(portal, name);
  if (object === null) throw new Error(`no such object: ${name}`);
  return object;
}

/** The live record an id stands for, merged ids included. */
export function liveRecord(portal: Portal, typeId: string, id: string): StoredRecord | null {
  const record = storedRecord(portal, typeId, id);
  return record !== null && record.archivedAt === null ? record : null;
}

/** The record an id stands for, archived or not. */
export function storedRecord(portal: Portal, typeId: string, id: string): StoredRecord | null {
  const current = portal.state.aliases[typeId]?.[id] ?? id;
  return portal.state.records[typeId]?.[current] ?? null;
}

/** The value a record holds now; null for blank. */
export function heldValue(record: StoredRecord, property: string): string | null {
  return record.history[property]?.[0]?.value || null;
}

/** Ids of live records by a unique value; e-mail addresses include the secondary ones. */
export function holderOf(
  portal: Portal,
  typeId: string,
  property: string,
  value: string,
): string | null {
  return portal.unique.get(uniqueKey(typeId, property, value)) ?? null;
}

export function reindex(portal: Portal): void {
  portal.unique.clear();
  for (const records of Object.values(portal.state.records)) {
    for (const record of Object.values(records)) {
      if (record.archivedAt === null) indexRecord(portal, record);
    }
  }
}

export function indexRecord(portal: Portal, record: StoredRecord): void {
  for (const [property, value] of uniqueValues(portal, record)) {
    portal.unique.set(uniqueKey(record.objectTypeId, property, value), record.id);
  }
}

export function unindexRecord(portal: Portal, record: StoredRecord): void {
  for (const [property, value] of uniqueValues(portal, record)) {
    const key = uniqueKey(record.objectTypeId, property, value);
    if (portal.unique.get(key) === record.id) portal.unique.delete(key);
  }
}

function uniqueValues(portal: Portal, record: StoredRecord): [string, string][] {
  const object = portal.state.objects[record.objectTypeId]!;
  const found: [string, string][] = [];
  for (const property of object.uniqueProperties) {
    const value = heldValue(record, property);
    if (value !== null) found.push([property, value]);
  }
  if (record.objectTypeId === "0-1") {
    for (const email of (heldValue(record, "hs_additional_emails") ?? "").split(";")) {
      if (email !== "") found.push(["email", email]);
    }
  }
  return found;
}

function uniqueKey(typeId: string, property: string, value: string): string {
  return `${typeId}/${property}/${value.toLowerCase()}`;
}
