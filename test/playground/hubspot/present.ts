/** Records and definitions in the shapes of HubSpot's answers. */
import { associationsOf } from "./associations.ts";
import type { ObjectDefinition, Pipeline, PropertyDefinition, Stage } from "./schema.ts";
import {
  type AssociationType,
  type Owner,
  type Portal,
  resolveType,
  type StoredRecord,
  type Version,
} from "./state.ts";
import { instant, normalizedWarnings } from "./values.ts";

export interface Wanted {
  /** Null: the defaults of the object. */
  readonly properties: readonly string[] | null;
  readonly withHistory: readonly string[];
  readonly associations: readonly string[];
}

export const defaultsOnly: Wanted = { properties: null, withHistory: [], associations: [] };

export type PresentedRecord = Readonly<Record<string, unknown>> & {
  readonly properties: Readonly<Record<string, string | null>>;
};

/** Properties in the order of their names; unknown ones are left out, unset ones are null. */
export function presentRecord(
  portal: Portal,
  object: ObjectDefinition,
  record: StoredRecord,
  wanted: Wanted,
  asOf = Number.POSITIVE_INFINITY,
): PresentedRecord {
  const always = [object.createdProperty, object.modifiedProperty, "hs_object_id"];
  const names =
    wanted.properties === null ? object.defaultProperties : [...wanted.properties, ...always];
  const known = [...new Set(names)].filter((name) => definedProperty(object, name)).sort();
  const associations = presentAssociations(portal, object, record, wanted.associations);
  const histories = wanted.withHistory
    .filter((name) => definedProperty(object, name))
    .map((name) => [name, versionsOf(object, record, name, asOf).map(presentVersion)]);
  return {
    id: record.id,
    properties: Object.fromEntries(
      known.map((name) => [name, propertyValue(object, record, name, asOf)]),
    ),
    ...(histories.length === 0 ? {} : { propertiesWithHistory: Object.fromEntries(histories) }),
    createdAt: instant(record.createdAt),
    updatedAt: instant(modifiedAt(record, asOf)),
    archived: record.archivedAt !== null,
    ...(record.archivedAt === null ? {} : { archivedAt: instant(record.archivedAt) }),
    ...(associations === null ? {} : { associations }),
  };
}

/**
 * A write answers with everything set, and more than was asked. What it says of a property it
 * cleared is not documented: an option decides between an empty string and nothing.
 */
export function presentWritten(
  portal: Portal,
  object: ObjectDefinition,
  record: StoredRecord,
  written: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const set = Object.keys(record.history).filter((name) => record.history[name]![0]!.value !== "");
  const wanted = { properties: set, withHistory: [], associations: [] };
  const warnings = portal.enforcesRules
    ? normalizedWarnings(object, written, (name) => propertyValue(object, record, name))
    : [];
  const presented = {
    ...presentRecord(portal, object, record, wanted),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
  if (portal.clearedInAnswers === "omitted") return presented;
  const cleared = Object.keys(written).filter((name) => written[name] === "");
  const blanks = Object.fromEntries(cleared.map((name) => [name, ""]));
  return { ...presented, properties: { ...presented.properties, ...blanks } };
}

/** The value at a moment; null if blank then. */
export function propertyValue(
  object: ObjectDefinition,
  record: StoredRecord,
  name: string,
  asOf = Number.POSITIVE_INFINITY,
): string | null {
  if (name === "hs_object_id") return record.id;
  if (name === object.createdProperty) return instant(record.createdAt);
  if (name === object.modifiedProperty) return instant(modifiedAt(record, asOf));
  const versions = record.history[name];
  if (versions === undefined) return null;
  // Without a lag the newest version counts, whatever time it carries.
  if (record.updatedAt <= asOf) return versions[0]?.value || null;
  return versions.find((version) => version.timestamp <= asOf)?.value || null;
}

export function definedProperty(object: ObjectDefinition, name: string): PropertyDefinition | null {
  const definition = Object.hasOwn(object.properties, name) ? object.properties[name] : undefined;
  return definition === undefined || definition.archivedAt !== null ? null : definition;
}

export function presentProperty(definition: PropertyDefinition): Record<string, unknown> {
  return {
    name: definition.name,
    label: definition.label,
    type: definition.type,
    fieldType: definition.fieldType,
    description: definition.description,
    groupName: definition.groupName,
    options: definition.options.map((option, displayOrder) => ({ ...option, displayOrder })),
    displayOrder: -1,
    calculated: definition.calculated,
    externalOptions: definition.externalOptions,
    // Portals say false of a contact's e-mail address, though it is unique.
    hasUniqueValue: definition.hasUniqueValue && definition.name !== "email",
    hidden: false,
    hubspotDefined: definition.hubspotDefined,
    formField: !definition.readOnlyValue,
    modificationMetadata: {
      archivable: !definition.hubspotDefined,
      readOnlyDefinition: definition.hubspotDefined,
      readOnlyValue: definition.readOnlyValue,
    },
    archived: definition.archivedAt !== null,
    ...(definition.archivedAt === null ? {} : { archivedAt: instant(definition.archivedAt) }),
    createdAt: instant(definition.createdAt),
    updatedAt: instant(definition.updatedAt),
  };
}

export function presentPipeline(pipeline: Pipeline, at: number): Record<string, unknown> {
  return {
    id: pipeline.id,
    label: pipeline.label,
    displayOrder: pipeline.displayOrder,
    stages: pipeline.stages.map((stage) => presentStage(stage, at)),
    createdAt: instant(at),
    updatedAt: instant(at),
    archived: false,
  };
}

export function presentStage(stage: Stage, at: number): Record<string, unknown> {
  return {
    id: stage.id,
    label: stage.label,
    displayOrder: stage.displayOrder,
    metadata: stage.metadata,
    createdAt: instant(at),
    updatedAt: instant(at),
    archived: false,
    writePermissions: "CRM_PERMISSIONS_ENFORCEMENT",
  };
}

/** An archived owner has no userId any more, only userIdIncludingInactive. */
export function presentOwner(owner: Owner): Record<string, unknown> {
  return {
    id: owner.id,
    email: owner.email,
    type: "PERSON",
    firstName: owner.firstName,
    lastName: owner.lastName,
    ...(owner.archived ? {} : { userId: owner.userId }),
    userIdIncludingInactive: owner.userId,
    createdAt: "2024-01-08T09:00:00Z",
    updatedAt: "2024-01-08T09:00:00Z",
    archived: owner.archived,
    ...(owner.teams === undefined
      ? {}
      : { teams: owner.teams.map((team, index) => ({ ...team, primary: index === 0 })) }),
  };
}

function presentAssociations(
  portal: Portal,
  object: ObjectDefinition,
  record: StoredRecord,
  names: readonly string[],
): Record<string, unknown> | null {
  const end = { typeId: object.objectTypeId, id: record.id };
  const entries = names.flatMap((name) => {
    const to = resolveType(portal, name);
    if (to === null) return [];
    const results = associationsOf(portal, end, to.objectTypeId).flatMap((each) =>
      each.types.map((type) => ({
        id: each.toId,
        type: associationName(portal, object, to, type),
      })),
    );
    return results.length === 0 ? [] : [[to.plural, { results }]];
  });
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/**
 * A read names each type of a pair in a row of its own. Where a pair of objects has a primary type,
 * that one bears the plain name and the other is "unlabeled".
 */
function associationName(
  portal: Portal,
  from: ObjectDefinition,
  to: ObjectDefinition,
  type: AssociationType,
): string {
  const all = portal.state.associationDefinitions.filter(
    (each) => each.fromTypeId === from.objectTypeId && each.toTypeId === to.objectTypeId,
  );
  const plain = `${from.name}_to_${to.name}`;
  const definition = all.find((each) => each.typeId === type.typeId);
  if (definition?.primary) return plain;
  if (definition?.label) return definition.label.toLowerCase().replaceAll(/\W+/g, "_");
  return all.some((each) => each.primary) ? `${plain}_unlabeled` : plain;
}

function versionsOf(
  object: ObjectDefinition,
  record: StoredRecord,
  name: string,
  asOf: number,
): Version[] {
  const kept = record.history[name];
  if (kept !== undefined) return kept.filter((version) => version.timestamp <= asOf);
  const value = propertyValue(object, record, name, asOf);
  if (value === null) return [];
  const timestamp = record.createdAt;
  return [{ value, timestamp, sourceType: "CALCULATED", sourceId: "CALCULATED" }];
}

function presentVersion(version: Version): Record<string, unknown> {
  return { ...version, timestamp: instant(version.timestamp) };
}

function modifiedAt(record: StoredRecord, asOf: number): number {
  if (record.updatedAt <= asOf) return record.updatedAt;
  const times = Object.values(record.history)
    .flat()
    .map((version) => version.timestamp)
    .filter((timestamp) => timestamp <= asOf);
  return Math.max(record.createdAt, ...times);
}
