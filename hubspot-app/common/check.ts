/**
 * Checks of what came back, for the answers of every door. The contract's own schemas would bring
 * the whole of zod, 90 KB, into every page; these checks are 2 KB. `Check<T>` makes the compiler
 * hold them to the contract, and tests hold them to the schemas.
 */
import type { Actor, FieldType, Held } from "crm-sync-shared/record.ts";

export type Check<T> = (value: unknown) => value is T;
type Shape<T> = { readonly [K in keyof Required<T>]: Check<T[K]> };

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const text: Check<string> = (value) => typeof value === "string";
export const number: Check<number> = (value): value is number =>
  typeof value === "number" && Number.isFinite(value);
export const yesOrNo: Check<boolean> = (value) => typeof value === "boolean";
export const textMap: Check<Record<string, string>> = (value): value is Record<string, string> =>
  isObject(value) && Object.values(value).every(text);

export function oneOf<const T extends string>(...names: readonly T[]): Check<T> {
  return (value): value is T => names.includes(value as T);
}
export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value): value is T | null => value === null || check(value);
}
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value): value is T | undefined => value === undefined || check(value);
}
export function list<T>(check: Check<T>): Check<T[]> {
  return (value): value is T[] => Array.isArray(value) && value.every(check);
}
export function shape<T extends object>(parts: Shape<T>): Check<T> {
  const checks = Object.entries(parts) as [string, Check<unknown>][];
  return (value): value is T =>
    isObject(value) && checks.every(([name, check]) => check(value[name]));
}

export const held: Check<Held> = (value): value is Held =>
  value === null || text(value) || list(text)(value) || textMap(value);

/** A kind added to the contract later is shown as plain text rather than refused. */
export const fieldType: Check<FieldType> = (value): value is FieldType => {
  if (!isObject(value) || !text(value.kind)) return false;
  if (value.kind === "stage") return list(text)(value.order);
  if (value.kind === "option" || value.kind === "options") return list(text)(value.options);
  if (value.kind === "money") return text(value.currency);
  if (value.kind === "decimal") return number(value.scale);
  return true;
};

export const actor = shape<Actor>({
  kind: oneOf("person", "automation", "self", "unknown"),
  id: optional(text),
  name: optional(text),
});
