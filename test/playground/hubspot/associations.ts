/**
 * Associations between records, with their types and labels. Each is kept at both ends; making or
 * breaking one does not move the modified date of either record.
 */
import { badInput, Refused } from "./errors.ts";
import type {
  AssociationDefinition,
  AssociationType,
  Portal,
  Source,
  StoredAssociation,
} from "./state.ts";
import { liveRecord } from "./state.ts";

type Pair = readonly [from: string, to: string, label: string | null, there: number, back: number];

/** https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide */
const defined: readonly Pair[] = [
  ["0-1", "0-2", null, 279, 280],
  ["0-1", "0-2", "Primary", 1, 2],
  ["0-1", "0-3", null, 4, 3],
  ["0-3", "0-2", null, 341, 342],
  ["0-3", "0-2", "Primary", 5, 6],
  ["0-1", "0-1", null, 449, 449],
  ["0-2", "0-2", null, 450, 450],
  ["0-2", "0-2", "Child Company", 13, 14],
  ["0-3", "0-3", null, 451, 451],
  ["0-1", "0-5", null, 15, 16],
  ["0-2", "0-5", null, 340, 339],
  ["0-3", "0-5", null, 27, 28],
  ["0-3", "0-8", null, 19, 20],
];

export function standardAssociations(): AssociationDefinition[] {
  return defined.flatMap(([from, to, label, there, back]) =>
    definePair(from, to, label, there, back, "HUBSPOT_DEFINED"),
  );
}

/** A definition and its inverse; one of its own kind if both ends are the same. */
function definePair(
  from: string,
  to: string,
  label: string | null,
  there: number,
  back: number,
  category: AssociationType["category"],
): AssociationDefinition[] {
  const primary = label === "Primary";
  const forth = { fromTypeId: from, toTypeId: to, typeId: there, inverseTypeId: back };
  const inverse = { fromTypeId: to, toTypeId: from, typeId: back, inverseTypeId: there };
  const inverseLabel = label === "Child Company" ? "Parent Company" : label;
  const all = [{ ...forth, category, label, primary }];
  return there === back ? all : [...all, { ...inverse, category, label: inverseLabel, primary }];
}

/** A type of the account's own, with a label or without, and its inverse. */
export function addType(
  portal: Portal,
  [from, to]: readonly [string, string],
  label: string | null,
  inverseLabel = label,
): readonly AssociationDefinition[] {
  const own = portal.state.associationDefinitions.filter(
    (each) => each.category === "USER_DEFINED",
  );
  const typeId = Math.max(100, ...own.map((each) => each.typeId)) + 1;
  const pair = definePair(from, to, label, typeId, typeId + 1, "USER_DEFINED");
  const made = pair.map((each, index) => (index === 0 ? each : { ...each, label: inverseLabel }));
  portal.state.associationDefinitions.push(...made);
  return made;
}

export interface End {
  readonly typeId: string;
  readonly id: string;
}

export function associationsOf(portal: Portal, end: End, toTypeId: string): StoredAssociation[] {
  const all = portal.state.associations[`${end.typeId}/${end.id}`] ?? [];
  return all.filter(
    (each) => each.toTypeId === toTypeId && liveRecord(portal, toTypeId, each.toId) !== null,
  );
}

export function definitionOf(
  portal: Portal,
  fromTypeId: string,
  toTypeId: string,
  type: AssociationType,
): AssociationDefinition {
  const found = portal.state.associationDefinitions.find(
    (each) =>
      each.fromTypeId === fromTypeId &&
      each.toTypeId === toTypeId &&
      each.typeId === type.typeId &&
      each.category === type.category,
  );
  if (found !== undefined) return found;
  const anywhere = portal.state.associationDefinitions.find((each) => each.typeId === type.typeId);
  throw badInput(
    anywhere === undefined
      ? `association type id ${type.typeId} doesn't exist`
      : `invalid from object type ${fromTypeId} for associations to be created. ` +
          `expected: ${anywhere.fromTypeId}`,
  );
}

export function defaultType(portal: Portal, fromTypeId: string, toTypeId: string): AssociationType {
  const found = portal.state.associationDefinitions.find(
    (each) => each.fromTypeId === fromTypeId && each.toTypeId === toTypeId && each.label === null,
  );
  if (found === undefined) {
    throw badInput(`No default association type between ${fromTypeId} and ${toTypeId}`);
  }
  return { category: found.category, typeId: found.typeId };
}

export function requireEnd(portal: Portal, end: End): void {
  if (liveRecord(portal, end.typeId, end.id) !== null) return;
  const name = portal.state.objects[end.typeId]!.name.toUpperCase();
  throw new Refused(400, "VALIDATION_ERROR", "One or more associations are invalid", {
    context: { INVALID_OBJECT_IDS: [`${name}=${end.id} is not valid`] },
  });
}

/** Adds types to the pair; the unlabeled type always comes with a labeled one. */
export function associate(
  portal: Portal,
  from: End,
  to: End,
  types: readonly AssociationType[],
  source: Source,
): AssociationType[] {
  for (const end of [from, to]) requireEnd(portal, end);
  const definitions = types.map((type) => definitionOf(portal, from.typeId, to.typeId, type));
  const plain = defaultType(portal, from.typeId, to.typeId);
  const wanted = [definitionOf(portal, from.typeId, to.typeId, plain), ...definitions];
  for (const definition of wanted) {
    if (definition.primary) dropOtherPrimary(portal, from, to, definition, source);
    link(portal, from, to, definition, source);
  }
  return wanted.map(({ category, typeId }) => ({ category, typeId }));
}

/** Removes the pair, or only some of its labels. */
export function dissociate(
  portal: Portal,
  from: End,
  to: End,
  types: readonly AssociationType[] | "all",
  source: Source,
): void {
  const held = find(portal, from, to);
  if (held === null) return;
  const removed = types === "all" ? held.types : types;
  for (const type of [...removed]) {
    const definition = definitionOf(portal, from.typeId, to.typeId, type);
    unlink(portal, from, to, definition, source);
  }
}

/** Both ends of every association of the record go. */
export function removeAssociationsOf(portal: Portal, typeId: string, id: string): void {
  const key = `${typeId}/${id}`;
  for (const each of portal.state.associations[key] ?? []) {
    const back = `${each.toTypeId}/${each.toId}`;
    const rest = (portal.state.associations[back] ?? []).filter(
      (there) => there.toTypeId !== typeId || there.toId !== id,
    );
    portal.state.associations[back] = rest;
  }
  delete portal.state.associations[key];
}

/** To the record a merge made. The losing record's "primary" labels are dropped. */
export function moveAssociations(
  portal: Portal,
  typeId: string,
  fromId: string,
  toId: string,
  options: { readonly keepPrimary: boolean },
): void {
  const moving = structuredClone(portal.state.associations[`${typeId}/${fromId}`] ?? []);
  removeAssociationsOf(portal, typeId, fromId);
  for (const each of moving) {
    const from = { typeId, id: toId };
    const to = { typeId: each.toTypeId, id: each.toId };
    if (to.typeId === typeId && to.id === toId) continue;
    for (const type of each.types) {
      const definition = definitionOf(portal, typeId, each.toTypeId, type);
      if (definition.primary && !options.keepPrimary) continue;
      put(portal, from, to, definition);
      put(portal, to, from, inverseOf(definition));
    }
  }
}

function link(
  portal: Portal,
  from: End,
  to: End,
  definition: AssociationDefinition,
  source: Source,
): void {
  if (!put(portal, from, to, definition)) return;
  put(portal, to, from, inverseOf(definition));
  announceBoth(portal, from, to, definition, false, source);
}

function unlink(
  portal: Portal,
  from: End,
  to: End,
  definition: AssociationDefinition,
  source: Source,
): void {
  if (!take(portal, from, to, definition)) return;
  take(portal, to, from, inverseOf(definition));
  announceBoth(portal, from, to, definition, true, source);
}

/** HubSpot tells of an association twice, once from each end. */
function announceBoth(
  portal: Portal,
  from: End,
  to: End,
  definition: AssociationDefinition,
  removed: boolean,
  source: Source,
): void {
  for (const [one, two, type] of [
    [from, to, definition],
    [to, from, inverseOf(definition)],
  ] as const) {
    const ends = { typeId: one.typeId, id: one.id, toTypeId: two.typeId, toId: two.id };
    const primary = definition.primary;
    portal.announce({ kind: "associationChange", ...ends, type, removed, primary }, source);
  }
}

function dropOtherPrimary(
  portal: Portal,
  from: End,
  to: End,
  definition: AssociationDefinition,
  source: Source,
): void {
  // A contact or deal has one primary company; a company is primary of many.
  const [one, type] = to.typeId === "0-2" ? [from, definition] : [to, inverseOf(definition)];
  const other = one === from ? to : from;
  for (const each of associationsOf(portal, one, other.typeId)) {
    if (each.toId === other.id || !each.types.some((held) => same(held, type))) continue;
    unlink(portal, one, { typeId: each.toTypeId, id: each.toId }, type, source);
  }
}

function inverseOf(definition: AssociationDefinition): AssociationDefinition {
  return {
    ...definition,
    fromTypeId: definition.toTypeId,
    toTypeId: definition.fromTypeId,
    typeId: definition.inverseTypeId,
    inverseTypeId: definition.typeId,
  };
}

function put(portal: Portal, from: End, to: End, definition: AssociationDefinition): boolean {
  const key = `${from.typeId}/${from.id}`;
  portal.state.associations[key] ??= [];
  const list = portal.state.associations[key];
  const type = { category: definition.category, typeId: definition.typeId };
  const held = find(portal, from, to);
  if (held === null) {
    list.push({ toTypeId: to.typeId, toId: to.id, types: [type] });
    return true;
  }
  if (held.types.some((each) => same(each, type))) return false;
  held.types.push(type);
  return true;
}

function take(portal: Portal, from: End, to: End, definition: AssociationDefinition): boolean {
  const held = find(portal, from, to);
  if (held === null || !held.types.some((each) => same(each, definition))) return false;
  held.types = held.types.filter((each) => !same(each, definition));
  if (held.types.length > 0) return true;
  const key = `${from.typeId}/${from.id}`;
  portal.state.associations[key] = portal.state.associations[key]!.filter((each) => each !== held);
  return true;
}

function find(portal: Portal, from: End, to: End): StoredAssociation | null {
  const list = portal.state.associations[`${from.typeId}/${from.id}`] ?? [];
  return list.find((each) => each.toTypeId === to.typeId && each.toId === to.id) ?? null;
}

function same(a: AssociationType, b: AssociationType): boolean {
  return a.typeId === b.typeId && a.category === b.category;
}
