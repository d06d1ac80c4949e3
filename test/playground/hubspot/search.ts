/**
 * Search, with its limits: it sees a record some time after the record changed, never sees
 * archived ones, gives at most 10,000 results and keeps no order among equal sort values.
 */
import * as z from "zod";
import { associationsOf } from "./associations.ts";
import { badInput, invalidValues } from "./errors.ts";
import { definedProperty, propertyValue } from "./present.ts";
import type { ObjectDefinition } from "./schema.ts";
import type { Portal, StoredRecord } from "./state.ts";

const operators = [
  "EQ",
  "NEQ",
  "LT",
  "LTE",
  "GT",
  "GTE",
  "BETWEEN",
  "IN",
  "NOT_IN",
  "HAS_PROPERTY",
  "NOT_HAS_PROPERTY",
  "CONTAINS_TOKEN",
  "NOT_CONTAINS_TOKEN",
] as const;

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const filterSchema = z.object({
  propertyName: z.string(),
  operator: z.enum(operators),
  value: z.optional(scalar),
  highValue: z.optional(scalar),
  values: z.optional(z.array(scalar)),
});
type Filter = z.infer<typeof filterSchema>;

export const searchSchema = z.object({
  filterGroups: z.optional(z.array(z.object({ filters: z.array(filterSchema) }))),
  filters: z.optional(z.array(filterSchema)),
  sorts: z.optional(
    z.array(
      z.union([
        z.string(),
        z.object({ propertyName: z.string(), direction: z.optional(z.string()) }),
      ]),
    ),
  ),
  query: z.optional(z.string()),
  properties: z.optional(z.array(z.string())),
  limit: z.optional(z.coerce.number().int()),
  after: z.optional(z.union([z.string(), z.number()]).transform(String)),
});
export type SearchRequest = z.infer<typeof searchSchema>;

export const searchLimits = {
  groups: 5,
  filtersPerGroup: 6,
  filters: 18,
  bodyLength: 3_000,
  page: 200,
  pageDefault: 10,
  results: 10_000,
} as const;

export interface SearchPage {
  readonly total: number;
  readonly records: readonly StoredRecord[];
  readonly after: string | null;
  /** What the index knew: values younger than this are not in it. */
  readonly knownAt: number;
}

export function search(
  portal: Portal,
  object: ObjectDefinition,
  request: SearchRequest,
  lagMs: number,
  shuffleTies: boolean,
): SearchPage {
  const groups = checkedGroups(object, request);
  const limit = request.limit ?? searchLimits.pageDefault;
  if (limit < 1 || limit > searchLimits.page) {
    throw badInput(`limit must be between 1 and ${searchLimits.page}`);
  }
  const offset = request.after === undefined ? 0 : Number(request.after);
  if (!Number.isInteger(offset) || offset < 0) throw badInput("after must be an integer");
  if (offset + limit > searchLimits.results) {
    throw badInput(`Search results are limited to ${searchLimits.results} records`);
  }
  const knownAt = portal.now() - lagMs;
  const found = Object.values(portal.state.records[object.objectTypeId] ?? {})
    .filter((record) => record.bornAt <= knownAt)
    .filter((record) => record.archivedAt === null || record.archivedAt > knownAt)
    .filter((record) => matchesQuery(object, record, request.query, knownAt))
    .filter(
      (record) =>
        groups.length === 0 ||
        groups.some((group) => group.every((each) => fits(portal, object, record, each, knownAt))),
    );
  const sorted = sortRecords(portal, object, found, request, knownAt, shuffleTies);
  const records = sorted.slice(offset, offset + limit);
  const more = offset + limit < found.length;
  return {
    total: found.length,
    records,
    after: more ? String(offset + limit) : null,
    knownAt,
  };
}

function checkedGroups(object: ObjectDefinition, request: SearchRequest): Filter[][] {
  const groups = (request.filterGroups ?? []).map((group) => group.filters);
  if (request.filters !== undefined) groups.push(request.filters);
  const all = groups.flat();
  if (groups.length > searchLimits.groups) {
    throw badInput(`At most ${searchLimits.groups} filterGroups are allowed`);
  }
  if (groups.some((group) => group.length > searchLimits.filtersPerGroup)) {
    throw badInput(`At most ${searchLimits.filtersPerGroup} filters per group are allowed`);
  }
  if (all.length > searchLimits.filters) {
    throw badInput(`At most ${searchLimits.filters} filters are allowed`);
  }
  for (const filter of all) checkFilter(object, filter);
  return groups;
}

function checkFilter(object: ObjectDefinition, filter: Filter): void {
  const { propertyName: name, operator } = filter;
  if (!name.startsWith("associations.") && definedProperty(object, name) === null) {
    const message = `Property "${name}" does not exist`;
    throw invalidValues(0, [{ code: "PROPERTY_DOESNT_EXIST", message, property: name }]);
  }
  const many = operator === "IN" || operator === "NOT_IN";
  if (many && filter.values === undefined) throw badInput(`operator ${operator} requires values`);
  const presence = operator === "HAS_PROPERTY" || operator === "NOT_HAS_PROPERTY";
  if (!many && !presence && filter.value === undefined) {
    throw badInput(`operator ${operator} requires a value`);
  }
  if (operator === "BETWEEN" && filter.highValue === undefined) {
    throw badInput("operator BETWEEN requires a value and highValue");
  }
}

function fits(
  portal: Portal,
  object: ObjectDefinition,
  record: StoredRecord,
  filter: Filter,
  knownAt: number,
): boolean {
  const { propertyName: name, operator } = filter;
  if (name.startsWith("associations.")) return associatedWith(portal, record, filter);
  const held = propertyValue(object, record, name, knownAt);
  switch (operator) {
    case "HAS_PROPERTY":
      return held !== null;
    case "NOT_HAS_PROPERTY":
      return held === null;
    case "NEQ":
      return held === null || compare(object, name, held, filter.value!) !== 0;
    case "NOT_IN":
      return held !== null && !filter.values!.includes(held.toLowerCase());
    case "NOT_CONTAINS_TOKEN":
      return held !== null && !containsToken(held, filter.value!);
    default:
      return held !== null && fitsHeld(object, held, filter);
  }
}

function fitsHeld(object: ObjectDefinition, held: string, filter: Filter): boolean {
  const against = (value: string) => compare(object, filter.propertyName, held, value);
  switch (filter.operator) {
    case "EQ":
      return choicesOf(object, filter, held).some(
        (one) => compare(object, filter.propertyName, one, filter.value!) === 0,
      );
    case "LT":
      return against(filter.value!) < 0;
    case "LTE":
      return against(filter.value!) <= 0;
    case "GT":
      return against(filter.value!) > 0;
    case "GTE":
      return against(filter.value!) >= 0;
    case "BETWEEN":
      return against(filter.value!) >= 0 && against(filter.highValue!) <= 0;
    case "IN":
      // The stored value is lower-cased, the values asked for are not.
      return choicesOf(object, filter, held).some((one) =>
        filter.values!.includes(one.toLowerCase()),
      );
    default:
      return containsToken(held, filter.value!);
  }
}

/** Several choices are indexed one by one; the text that lists them all is not. */
function choicesOf(object: ObjectDefinition, filter: Filter, held: string): readonly string[] {
  const isMany = definedProperty(object, filter.propertyName)?.fieldType === "checkbox";
  return isMany ? held.split(";") : [held];
}

function associatedWith(portal: Portal, record: StoredRecord, filter: Filter): boolean {
  const [, name = ""] = filter.propertyName.split(".");
  const to = Object.values(portal.state.objects).find(
    (each) => each.name === name || each.plural === name || each.objectTypeId === name,
  );
  if (to === undefined) throw badInput(`Unknown association ${filter.propertyName}`);
  const end = { typeId: record.objectTypeId, id: record.id };
  const held = associationsOf(portal, end, to.objectTypeId).map((each) => each.toId);
  const wanted = filter.values ?? [filter.value ?? ""];
  switch (filter.operator) {
    case "HAS_PROPERTY":
      return held.length > 0;
    case "NOT_HAS_PROPERTY":
      return held.length === 0;
    case "NEQ":
    case "NOT_IN":
      return !wanted.some((id) => held.includes(id));
    default:
      return wanted.some((id) => held.includes(id));
  }
}

/** Numbers and times by size, everything else as text without regard to case. */
function compare(object: ObjectDefinition, name: string, held: string, value: string): number {
  const [a, b] = [comparable(object, name, held)!, comparable(object, name, value)!];
  return a === b ? 0 : a < b ? -1 : 1;
}

function comparable(
  object: ObjectDefinition,
  name: string,
  value: string | null,
): string | number | null {
  if (value === null) return null;
  const type = definedProperty(object, name)?.type;
  if (type === "number") return Number(value);
  return type === "date" || type === "datetime" ? time(value) : value.toLowerCase();
}

function time(text: string): number {
  return /^-?\d+$/.test(text) ? Number(text) : Date.parse(text);
}

function containsToken(held: string, pattern: string): boolean {
  const expression = pattern
    .toLowerCase()
    .split("*")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  const whole = new RegExp(`^${expression}$`);
  return [held, ...held.split(/[\s@.,;+-]+/)].some((token) => whole.test(token.toLowerCase()));
}

function matchesQuery(
  object: ObjectDefinition,
  record: StoredRecord,
  query: string | undefined,
  knownAt: number,
): boolean {
  if (query === undefined || query === "") return true;
  const words = query.toLowerCase().split(/\s+/);
  const texts = object.searchableProperties
    .map((name) => propertyValue(object, record, name, knownAt)?.toLowerCase())
    .filter((text) => text !== undefined);
  return words.every((word) => texts.some((text) => text.includes(word)));
}

function sortRecords(
  portal: Portal,
  object: ObjectDefinition,
  found: readonly StoredRecord[],
  request: SearchRequest,
  knownAt: number,
  shuffleTies: boolean,
): StoredRecord[] {
  const [first] = request.sorts ?? [];
  const given = typeof first === "string" ? parsedSort(first) : first;
  const name = given?.propertyName ?? object.createdProperty;
  const descending = given?.direction?.toUpperCase().startsWith("DESC") ?? false;
  if (definedProperty(object, name) === null) throw badInput(`Property "${name}" does not exist`);
  const keyed = found.map((record) => ({
    record,
    value: comparable(object, name, propertyValue(object, record, name, knownAt)),
    tie: shuffleTies ? portal.random() : Number(record.id),
  }));
  const sign = descending ? -1 : 1;
  keyed.sort((a, b) => {
    if (a.value === b.value) return a.tie - b.tie;
    // Blanks come last either way.
    if (a.value === null) return 1;
    if (b.value === null) return -1;
    return a.value < b.value ? -sign : sign;
  });
  return keyed.map((each) => each.record);
}

function parsedSort(text: string): { propertyName: string; direction: string } {
  const descending = text.startsWith("-");
  return {
    propertyName: descending ? text.slice(1) : text,
    direction: descending ? "DESCENDING" : "ASCENDING",
  };
}
