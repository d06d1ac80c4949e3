/**
 * Which exceptions are listed and how, as it stands in the page's address: a list that was found
 * can be sent to a colleague.
 */
import type { Asked, ExceptionFilter } from "crm-sync-shared/control.ts";

/** Each is one choice; absent or empty where there is none. */
export interface ListParams {
  readonly kind?: string;
  readonly object?: string;
  /** "<object>.<field>" */
  readonly field?: string;
  readonly system?: string;
  readonly age?: string;
  readonly assignee?: string;
  readonly owner?: string;
  readonly text?: string;
  readonly sort?: string;
  readonly group?: string;
}

const names = [
  "kind",
  "object",
  "field",
  "system",
  "age",
  "assignee",
  "owner",
  "text",
  "sort",
  "group",
] as const satisfies readonly (keyof ListParams)[];

/** Those that narrow the list. */
const narrowing = names.filter((name) => name !== "sort" && name !== "group");

/** The address has no word for an empty text. */
export const nobody = "nobody";

const hourMs = 3_600_000;
export const ages = [
  { key: "hour", label: "Under an hour", from: 0, to: hourMs },
  { key: "day", label: "An hour to a day", from: hourMs, to: 24 * hourMs },
  { key: "week", label: "A day to a week", from: 24 * hourMs, to: 7 * 24 * hourMs },
  { key: "older", label: "Over a week", from: 7 * 24 * hourMs, to: null },
] as const;

/** For an address: without what is not chosen. */
export function paramsOf(list: ListParams): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = list[name];
      return value === undefined || value === "" ? [] : [[name, value]];
    }),
  );
}

/** How the key of a count stands in an address. */
export const ofKey = (key: string): string => (key === "" ? nobody : key);

export function listOf(params: Readonly<Record<string, string>>): ListParams {
  return Object.fromEntries(names.flatMap((name) => (params[name] ? [[name, params[name]]] : [])));
}

export const isNarrowed = (list: ListParams): boolean =>
  narrowing.some((name) => list[name] !== undefined);

export function filterOf(list: ListParams): Partial<ExceptionFilter> {
  const [object, field] = list.field?.split(".") ?? [list.object];
  const age = ages.find(({ key }) => key === list.age);
  const person = (key: string) => [key === nobody ? "" : key];
  return {
    ...(list.kind === undefined ? {} : { kinds: [list.kind] }),
    ...(object === undefined ? {} : { objects: [object] }),
    ...(field === undefined ? {} : { fields: [field] }),
    ...(list.system === undefined ? {} : { systems: [list.system] }),
    ...(age === undefined ? {} : { olderThanMs: age.from, youngerThanMs: age.to }),
    ...(list.assignee === undefined ? {} : { assignees: person(list.assignee) }),
    ...(list.owner === undefined ? {} : { owners: person(list.owner) }),
    ...(list.text === undefined ? {} : { text: list.text }),
  };
}

type Sort = NonNullable<Asked<"exceptions">["sort"]>;
export const sorts: readonly { readonly value: Sort; readonly label: string }[] = [
  { value: "oldest", label: "Oldest first" },
  { value: "newest", label: "Newest first" },
  { value: "critical", label: "Important fields first" },
];

export const sortOf = (list: ListParams): Sort =>
  sorts.find(({ value }) => value === list.sort)?.value ?? "oldest";

type Grouping = Asked<"exception-groups">["by"];
export const groupings: readonly { readonly value: Grouping; readonly label: string }[] = [
  { value: "kind", label: "Kind" },
  { value: "object", label: "Object" },
  { value: "field", label: "Field" },
  { value: "system", label: "System" },
  { value: "age", label: "Age" },
  { value: "owner", label: "Record owner" },
  { value: "assignee", label: "Assigned to" },
];

export const groupingOf = (list: ListParams): Grouping | null =>
  groupings.find(({ value }) => value === list.group)?.value ?? null;
