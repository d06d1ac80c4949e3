/** What people call a record: its name, or else what identifies it. */
import type { Fields, Held } from "../../shared/record.ts";
import type { ObjectRules } from "./rules.ts";

const lengthMax = 120;

/** Null if nothing it holds would tell it from others. */
export function titleOf(object: ObjectRules, values: Fields): string | null {
  const fields = Object.values(object.fields);
  const named = fields
    .filter(({ type }) => type.kind === "name")
    .flatMap(({ field }) => wordOf(values[field]));
  const name = named.length > 0 ? named.join(" ") : null;
  const identity = object.identity.flatMap((field) => wordOf(values[field]))[0];
  const title = name ?? wordOf(values.name)[0] ?? wordOf(values.title)[0] ?? identity;
  return title === undefined ? null : shortened(title, lengthMax);
}

const wordOf = (value: Held | undefined): string[] =>
  typeof value === "string" && value !== "" ? [value] : [];

/** Cut to so many characters at most, the sign of it included. */
export const shortened = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;

/** A held value, each of its texts cut for a list. */
export function shortHeld(value: Held, max: number): Held {
  if (value === null) return null;
  if (typeof value === "string") return shortened(value, max);
  if (isList(value)) {
    const shown = value.slice(0, 20).map((one) => shortened(one, max));
    return value.length > shown.length ? [...shown, "…"] : shown;
  }
  return Object.fromEntries(
    Object.entries(value).map(([part, one]) => [part, shortened(one, max)]),
  );
}

const isList = (value: NonNullable<Held>): value is readonly string[] => Array.isArray(value);
