/** The control center's labels: what kinds of exceptions and audit entries are called. */
import type { Rules } from "../core/rules.ts";

const exceptionKinds: Readonly<Record<string, string>> = {
  conflict: "Values differ",
  invalid: "Value cannot be used",
  refused: "Change refused",
  ambiguous: "Several records fit",
  duplicate: "Merged on one side",
  gone: "Deleted on one side",
  waiting: "Waits for another record",
  dead_letter: "Given up",
  brake: "On hold: many changes",
  run: "A run needs a person",
  schema: "Property changed",
  erasure: "To be erased by hand",
  erased: "Asked to be forgotten",
};

const auditKinds: Readonly<Record<string, string>> = {
  wrote: "Changed",
  created: "Created",
  archived: "Deleted",
  erased: "Erased",
  unconfirmed: "Not confirmed",
  linked: "Linked",
  relinked: "Followed a merge",
  discarded: "Not taken",
  ruled: "Decided by a person",
  undone: "Taken back",
  parted: "Taken apart",
  operated: "Done in the control center",
};

/** A kind that has no name of its own reads as it is stored. */
const plain = (kind: string): string =>
  kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll("_", " ");

export const exceptionKindLabel = (kind: string): string => exceptionKinds[kind] ?? plain(kind);
export const auditKindLabel = (kind: string): string => auditKinds[kind] ?? plain(kind);

const namedOf = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels).map(([key, label]) => ({ key, label }));
export const exceptionKindsNamed = namedOf(exceptionKinds);
export const auditKindsNamed = namedOf(auditKinds);

export const systemLabel = (rules: Rules, system: string): string =>
  rules.systems[system]?.label ?? system;
export const objectLabel = (rules: Rules, object: string): string =>
  rules.objects[object]?.label ?? object;
export const fieldLabel = (rules: Rules, object: string, field: string): string =>
  rules.objects[object]?.fields[field]?.label ?? field;

/** A pause's scope as people call it. */
export function scopeLabel(rules: Rules, scope: string): string {
  const [kind = "", name = ""] = scope.split(/:(.*)/s);
  switch (kind) {
    case "all":
      return "Everything";
    case "system":
      return systemLabel(rules, name);
    case "object":
      return `All records: ${objectLabel(rules, name)}`;
    case "field": {
      const [object = "", field = ""] = name.split(".");
      return `${objectLabel(rules, object)}: ${fieldLabel(rules, object, field)}`;
    }
    default:
      return "One record";
  }
}

export const ageLabels: Readonly<Record<string, string>> = {
  hour: "Under an hour",
  day: "Under a day",
  week: "Under a week",
  older: "Over a week",
};

/** A moment for a spreadsheet, which knows no time zone of the reader: always UTC. */
export const utc = (at: number): string => new Date(at).toISOString();

export const percent = (share: number): string => `${Math.round(share * 1_000) / 10} %`;
