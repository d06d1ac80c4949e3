/**
 * The canonical form of every field type: the only form in which values are compared, stored and
 * sent between systems. Invariant: `canonical` is idempotent, and everything that means the same
 * has one form, so that equality is enough to know that nothing happened.
 */
import type { CanonicalValue, FieldType, Held } from "../../shared/record.ts";
import { assert, unreachable } from "./assert.ts";
import { addressParts, country } from "./forms/address.ts";
import { domain, email, phone, url } from "./forms/contact.ts";
import {
  compareDecimals,
  decimal,
  hasBlankAmount,
  money,
  moneyParts,
  plainNumber,
} from "./forms/number.ts";
import { collapsed, plain } from "./forms/text.ts";
import { date, datetime } from "./forms/time.ts";

/**
 * What a connector hands in: a system's quirks taken off, its meaning untouched. Option, stage and
 * boolean names are ours already. Money is "1234.5", "1234.5 EUR" or { amount, currency }; a date
 * is "2026-12-01"; a time is ISO 8601 with its offset or zone, or epoch milliseconds.
 */
export type Neutral =
  | string
  | number
  | boolean
  | null
  | readonly string[]
  | Readonly<Record<string, string | number | null>>;

export type Canonical =
  | { readonly kind: "held"; readonly value: Held }
  /** The reason is for people and never repeats the value: values stay out of logs. */
  | { readonly kind: "invalid"; readonly reason: string };

/** The canonical form of what a system holds. Unknown never comes in: it is an absent key. */
export function canonical(type: FieldType, raw: unknown): Canonical {
  if (isBlank(raw)) return { kind: "held", value: null };
  const form = formOf(type, raw);
  return form.ok ? { kind: "held", value: form.value } : { kind: "invalid", reason: form.reason };
}

/** The canonical form of what a person typed; kinder than `canonical`, never guessing. */
export function typed(type: FieldType, text: string): Canonical {
  switch (type.kind) {
    case "option":
    case "stage":
      return canonical(type, chosen(type.kind === "option" ? type.options : type.order, text));
    case "options":
      return canonical(
        type,
        text.split(/[,;\n]/).map((part) => chosen(type.options, part)),
      );
    case "references":
      return canonical(type, text.split(/[,;\n]/));
    case "decimal":
    case "money":
      return canonical(type, plainNumber(text));
    case "address":
      return canonical(type, addressLines(text));
    default:
      return canonical(type, text);
  }
}

/** A canonical value in neutral form, for a connector to write. Inverse of `canonical`. */
export function neutral(type: FieldType, value: Held): Neutral {
  if (value === null) return null;
  switch (type.kind) {
    case "boolean":
      return value === "true";
    case "money":
      return { ...moneyParts(text(value)) };
    default:
      return value;
  }
}

/** A money value taken apart: an exact decimal and an ISO 4217 code. */
export function splitMoney(value: CanonicalValue): { amount: string; currency: string } {
  return moneyParts(text(value));
}

export function equal(a: Held, b: Held): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a === "string" || typeof b === "string") return false;
  return isSet(a) === isSet(b) && sameParts(a, b);
}

/** Part by part: as exact as comparing keys, without building two strings for each comparison. */
function sameParts(a: object, b: object): boolean {
  const parts = Object.entries(a);
  return (
    parts.length === Object.keys(b).length &&
    parts.every(([key, part]) => (b as Record<string, string>)[key] === part)
  );
}

/** One string per value: equal keys mean equal values, across all shapes. */
export function heldKey(value: Held): string {
  if (value === null) return "-";
  if (typeof value === "string") return `=${value}`;
  if (isSet(value)) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => byCodeUnit(a, b));
  return JSON.stringify(Object.fromEntries(entries));
}

/** Whether values of the type have an order that means something (`max`, `min`). */
export function isOrdered(type: FieldType): boolean {
  switch (type.kind) {
    case "decimal":
    case "money":
    case "date":
    case "datetime":
    case "stage":
    case "boolean":
      return true;
    default:
      return false;
  }
}

/** Whether a field of the type holds several values at once (`union`). */
export function isSetType(type: FieldType): boolean {
  return type.kind === "options" || type.kind === "references";
}

/** A total order over the canonical values of an ordered type; money goes by currency first. */
export function compare(type: FieldType, a: CanonicalValue, b: CanonicalValue): number {
  const [left, right] = [text(a), text(b)];
  switch (type.kind) {
    case "decimal":
      return compareDecimals(left, right);
    case "money": {
      const [one, other] = [moneyParts(left), moneyParts(right)];
      return byCodeUnit(one.currency, other.currency) || compareDecimals(one.amount, other.amount);
    }
    case "stage":
      return Math.sign(type.order.indexOf(left) - type.order.indexOf(right));
    default:
      // ISO dates and times, and "false" before "true", are in order as strings.
      return byCodeUnit(left, right);
  }
}

type Form =
  | { readonly ok: true; readonly value: Held }
  | { readonly ok: false; readonly reason: string };

function formOf(type: FieldType, raw: unknown): Form {
  switch (type.kind) {
    case "text": {
      const value = plain(raw);
      if (value === null) return no("This is not a text.");
      if (type.lengthMax !== undefined && value.length > type.lengthMax) {
        return no(`This is longer than ${type.lengthMax} characters.`);
      }
      return yes(value);
    }
    case "name":
      return orNo(collapsed(raw), "This is not a name.");
    case "email":
    case "owner":
      return orNo(email(raw), "This is not an e-mail address.");
    case "phone":
      return orNo(
        phone(raw, type.region),
        type.region === undefined
          ? "This is not a phone number with its country code, like +49 30 123456."
          : "This is not a complete phone number.",
      );
    case "url":
      return orNo(url(raw), "This is not a web address.");
    case "domain":
      return orNo(domain(raw), "This is not a domain, like example.com.");
    case "address":
      return addressForm(raw);
    case "country":
      return orNo(country(raw), "This is not a country by its English name or ISO 3166 code.");
    case "decimal":
      return orNo(decimal(raw, type.scale), "This is not a number, like 1234.5.");
    case "money":
      if (hasBlankAmount(raw)) return yes(null);
      return orNo(
        money(raw, type.currency),
        `This is not an amount with an ISO 4217 currency, like 1234.5 ${type.currency}.`,
      );
    case "date":
      return orNo(date(raw), "This is not a date, like 2026-01-31.");
    case "datetime":
      return orNo(
        datetime(raw, type.precisionMs ?? 1),
        "This is not a time with its offset or zone, like 2026-01-31T09:30Z.",
      );
    case "boolean":
      return orNo(truth(raw), "This is neither yes nor no.");
    case "option":
      return oneOf(type.options, raw, "option");
    case "stage":
      return oneOf(type.order, raw, "stage");
    case "options":
      return everyOf(type.options, raw);
    case "reference":
      return orNo(plain(raw), "This is not a record's id.");
    case "references":
      return set(raw);
    default:
      return unreachable(type);
  }
}

function isBlank(raw: unknown): boolean {
  if (raw === null) return true;
  if (typeof raw === "string") return raw.trim() === "";
  if (Array.isArray(raw)) return raw.every(isBlank);
  return typeof raw === "object" && Object.values(raw as object).every(isBlank);
}

function addressForm(raw: unknown): Form {
  const parts = addressParts(raw);
  if (parts.kind === "invalid") return no(parts.reason);
  return yes(parts.value);
}

/** "city: Berlin" line by line; lines that name no part are streets. */
function addressLines(typedText: string): Record<string, string> {
  const parts: Record<string, string> = {};
  for (const line of typedText.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    const key = line.slice(0, Math.max(colon, 0)).trim().toLowerCase().replaceAll(" ", "_");
    if (key !== "") parts[key] = line.slice(colon + 1);
    else if (line.trim() !== "") parts[parts.street === undefined ? "street" : "street2"] = line;
  }
  return parts;
}

const truths: ReadonlyMap<string, "true" | "false"> = new Map([
  ["true", "true"],
  ["yes", "true"],
  ["1", "true"],
  ["false", "false"],
  ["no", "false"],
  ["0", "false"],
]);

function truth(raw: unknown): string | null {
  return truths.get(plain(raw)?.toLowerCase() ?? "") ?? null;
}

function oneOf(names: readonly string[], raw: unknown, word: string): Form {
  const name = plain(raw);
  return name !== null && names.includes(name)
    ? yes(name)
    : no(`This is not a known ${word}. Known: ${names.join(", ")}.`);
}

function everyOf(names: readonly string[], raw: unknown): Form {
  const parts = set(raw);
  if (!parts.ok) return parts;
  return (parts.value as readonly string[]).every((part) => names.includes(part))
    ? parts
    : no(`This holds an unknown option. Known: ${names.join(", ")}.`);
}

function set(raw: unknown): Form {
  const parts = typeof raw === "string" ? raw.split(";") : raw;
  if (!Array.isArray(parts)) return no("This is not a list.");
  const names = new Set<string>();
  for (const part of parts) {
    const name = plain(part);
    if (name === null) return no("This is not a list of names.");
    if (name !== "") names.add(name);
  }
  return yes([...names].sort(byCodeUnit));
}

/** The option a person meant, whatever capitals and separators they typed. */
function chosen(names: readonly string[], typedText: string): string {
  const loose = (name: string) =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s_-]+/g, " ");
  const exact = typedText.trim();
  if (names.includes(exact)) return exact;
  const meant = names.filter((name) => loose(name) === loose(typedText));
  const [only, ...others] = meant;
  return only === undefined || others.length > 0 ? exact : only;
}

function yes(value: Held): Form {
  return { ok: true, value };
}

function no(reason: string): Form {
  return { ok: false, reason };
}

function orNo(value: string | null, reason: string): Form {
  return value === null ? no(reason) : yes(value);
}

function text(value: CanonicalValue): string {
  assert(typeof value === "string", "this type's values are strings");
  return value;
}

function isSet(value: CanonicalValue): value is readonly string[] {
  return Array.isArray(value);
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
