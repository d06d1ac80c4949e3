/** Values that refer to other records, written as what those are called. */
import type { Format } from "crm-sync-common/format.ts";
import { listed } from "crm-sync-common/words.ts";

const namesShown = 3;

/** A record that is not known any more is told as one, never by an id. */
export function withNames(format: Format, names: Readonly<Record<string, string>>): Format {
  return {
    ...format,
    value: (type, value) => {
      if (type?.kind !== "reference" && type?.kind !== "references") {
        return format.value(type, value);
      }
      const ids = typeof value === "string" ? [value] : Array.isArray(value) ? value : [];
      if (ids.length === 0) return format.value(type, null);
      const known = ids.map((id: string) => names[id] ?? "a record that is gone").sort();
      const more = known.length - namesShown;
      return more > 0 ? `${known.slice(0, namesShown).join(", ")} and ${more} more` : listed(known);
    },
  };
}
