/** Which exceptions are ticked: some by name, or all that the filter lets through. */
import type { Asked, ExceptionFilter } from "crm-sync-shared/control.ts";

export type Selected =
  | { readonly kind: "some"; readonly ids: ReadonlySet<string> }
  | { readonly kind: "all" };

export const noneSelected: Selected = { kind: "some", ids: new Set() };

export const isSelected = (selected: Selected, id: string): boolean =>
  selected.kind === "all" || selected.ids.has(id);

export const countOf = (selected: Selected, total: number): number =>
  selected.kind === "all" ? total : selected.ids.size;

/** One more or one less. Of all, one less means those that are shown without it. */
export function toggled(selected: Selected, id: string, shown: readonly string[]): Selected {
  const ids = new Set(selected.kind === "all" ? shown : selected.ids);
  if (!ids.delete(id)) ids.add(id);
  return { kind: "some", ids };
}

type Selection = Asked<"settle-preview">["selection"];

/** At most this many can be named; more are chosen by the filter. */
export const namedMax = 200;

export const selectionOf = (selected: Selected, filter: Partial<ExceptionFilter>): Selection =>
  selected.kind === "all"
    ? { kind: "filter", filter }
    : { kind: "ids", ids: [...selected.ids].slice(0, namedMax) };
