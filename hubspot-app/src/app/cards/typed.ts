/**
 * A value typed in by the reader: how it starts, and what can be said against it before asking.
 * The service has the last word on what a field accepts.
 */

import { formatPhone, splitMoney } from "crm-sync-common/format.ts";
import type { CardConflict } from "crm-sync-shared/contract.ts";
import type { FieldType, Held } from "crm-sync-shared/record.ts";

/** Fields whose value is more than one text are settled by keeping one system's. */
export function isTypable(type: FieldType): boolean {
  return !["address", "reference", "references", "datetime"].includes(type.kind);
}

/** The value a reader most likely wants to mend. */
export function startText(conflict: CardConflict): string {
  const { recommended, values } = conflict;
  const first = values.find((each) => each.system === recommended?.system) ?? values[0];
  const value = [first, ...values].find((each) => each?.value)?.value;
  if (isSet(value)) return value.join(";");
  if (typeof value !== "string") return "";
  return conflict.type.kind === "phone" ? formatPhone(value) : value;
}

/** The currency a typed amount is in: the one the systems agree on, or the field's own. */
export function currencyOf(type: FieldType, values: readonly Held[]): string {
  const assumed = type.kind === "money" ? type.currency : "USD";
  const used = new Set(
    values
      .filter((value) => typeof value === "string")
      .map((value) => splitMoney(value, assumed).currency),
  );
  const [only] = used;
  return used.size === 1 && only ? only : assumed;
}

/** What is wrong with it, with what to do; null if it can be sent. */
export function typedProblem(type: FieldType, text: string): string | null {
  const value = text.trim();
  if (value === "") return "Enter a value first.";
  switch (type.kind) {
    case "email":
    case "owner":
      return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)
        ? null
        : "Enter a whole e-mail address, like name@example.com.";
    case "phone":
      return (value.match(/\d/g) ?? []).length >= 5
        ? null
        : "Enter a phone number with its area code, like +1 415 555 0132.";
    case "text":
      return type.lengthMax && value.length > type.lengthMax
        ? `Shorten this to ${type.lengthMax} characters or fewer.`
        : null;
    case "date":
      return /^\d{4}-\d{2}-\d{2}$/.test(value) ? null : "Choose a date.";
    default:
      return null;
  }
}

const isSet = (value: Held | undefined): value is readonly string[] => Array.isArray(value);
