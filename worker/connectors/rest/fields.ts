/**
 * Between a REST tool's properties and canonical fields. Vendor shapes stop here: what leaves is
 * canonical, and a value without a canonical form holds back only its own field.
 */
import type { Actor, FieldName, Held, Observation, SystemRecord } from "../../../shared/record.ts";
import { canonical, type Neutral, neutral, splitMoney } from "../../core/canonical.ts";
import type { MappedField, ObjectMapping } from "../../core/rules.ts";
import type { RestActor, RestRow } from "./profile.ts";

export interface Reader {
  readonly mapping: ObjectMapping;
  /** Which API client is us. */
  readonly clientId: string;
  readonly urlOf: (object: string, id: string) => string | null;
}

export function toSystemRecord(reader: Reader, row: RestRow): SystemRecord {
  const fields: Record<FieldName, Observation> = {};
  for (const mapped of reader.mapping.fields) {
    const observation = observe(reader, mapped, row);
    if (observation) fields[mapped.field] = observation;
  }
  return {
    id: row.id,
    ...(row.key === null ? {} : { key: row.key }),
    fields,
    modifiedAt: row.modifiedAt,
    archived: row.archived,
    url: reader.urlOf(reader.mapping.systemObject, row.id),
    ...(row.version === null ? {} : { version: row.version }),
  };
}

/** Null: the answer does not say, so the field is unknown. */
function observe(reader: Reader, mapped: MappedField, row: RestRow): Observation | null {
  const raw = rawOf(mapped, row.properties);
  if (raw === undefined) return null;
  const changes = [mapped.property, mapped.currencyProperty ?? mapped.property]
    .map((property) => row.changed[property])
    .filter((each) => each !== undefined)
    .toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0));
  const at = changes[0]?.at ?? null;
  const actor = toActor(reader.clientId, changes[0]?.actor ?? null);
  const read = canonicalOf(mapped, raw);
  return read.kind === "held"
    ? { kind: "held", value: read.value, at, actor }
    : { kind: "invalid", raw: printable(raw), reason: read.reason, at, actor };
}

/** What an event's values mean, by field; null if any of them cannot be told. */
export function toFields(
  mapping: ObjectMapping,
  properties: Readonly<Record<string, unknown>>,
): Readonly<Record<FieldName, Held>> | null {
  const fields: Record<FieldName, Held> = {};
  for (const mapped of mapping.fields) {
    const own = [mapped.property, mapped.currencyProperty].filter((each) => each !== undefined);
    if (!own.some((property) => Object.hasOwn(properties, property))) continue;
    const raw = rawOf(mapped, properties);
    const read = raw === undefined ? null : canonicalOf(mapped, raw);
    if (read?.kind !== "held") return null;
    fields[mapped.field] = read.value;
  }
  return fields;
}

export type Written =
  | { readonly ok: true; readonly properties: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly field: FieldName; readonly reason: string };

/** Canonical values as the tool's properties. */
export function toProperties(
  mapping: ObjectMapping,
  set: Readonly<Record<FieldName, Held>>,
  blank: null | "",
): Written {
  const properties: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(set)) {
    const mapped = mapping.fields.find((each) => each.field === field);
    if (!mapped) return { ok: false, field, reason: "This field is not kept there." };
    if (mapped.readOnly) return { ok: false, field, reason: "This field is never written there." };
    const written = toProperty(mapped, value, blank);
    if (!written.ok) return written;
    Object.assign(properties, written.properties);
  }
  return { ok: true, properties };
}

export function toActor(clientId: string, actor: RestActor | null): Actor | null {
  if (!actor) return null;
  const { kind, ...who } = actor;
  if (actor.id === clientId) return { kind: "self", ...who };
  return { kind: kind === "client" ? "automation" : kind, ...who };
}

/** A property's value in neutral form; undefined if it is not there. */
function rawOf(mapped: MappedField, properties: Readonly<Record<string, unknown>>): unknown {
  const raw = Object.hasOwn(properties, mapped.property) ? properties[mapped.property] : undefined;
  if (raw === undefined || mapped.type.kind !== "money" || !mapped.currencyProperty) return raw;
  const currency = properties[mapped.currencyProperty];
  if (currency === undefined) return undefined;
  return raw === null || raw === "" ? null : { amount: raw, currency: currency || null };
}

function canonicalOf(mapped: MappedField, raw: unknown) {
  const { names } = mapped;
  if (!names || raw === null || raw === "") return canonical(mapped.type, raw);
  const ours = (theirs: unknown) =>
    Object.keys(names).find((name) => names[name] === String(theirs)) ?? null;
  const read = Array.isArray(raw) ? raw.map(ours) : ours(raw);
  const known = Array.isArray(read) ? !read.includes(null) : read !== null;
  if (known) return canonical(mapped.type, read);
  return { kind: "invalid" as const, reason: "This choice has no counterpart elsewhere." };
}

function toProperty(mapped: MappedField, value: Held, blank: null | ""): Written {
  const { field, property, currencyProperty, names } = mapped;
  if (value === null) {
    const empty = mapped.type.kind === "references" ? [] : blank;
    return { ok: true, properties: { [property]: empty } };
  }
  if (mapped.type.kind === "money") {
    const { amount, currency } = splitMoney(value);
    if (currencyProperty) {
      return { ok: true, properties: { [property]: amount, [currencyProperty]: currency } };
    }
    if (currency === mapped.type.currency) return { ok: true, properties: { [property]: amount } };
    return { ok: false, field, reason: "Only one currency can be kept there." };
  }
  const plain = neutral(mapped.type, value);
  if (!names) return { ok: true, properties: { [property]: plain } };
  const named = Array.isArray(plain) ? plain.map((each) => names[each]) : names[String(plain)];
  const known = Array.isArray(named) ? !named.includes(undefined) : named !== undefined;
  if (!known) return { ok: false, field, reason: "This choice does not exist there." };
  return { ok: true, properties: { [property]: named } };
}

function printable(raw: unknown): string {
  return typeof raw === "string" ? raw : JSON.stringify(raw);
}

/** How a searched value is written. */
export function toSearchValue(mapped: MappedField, value: Held): string | null {
  const written = toProperty(mapped, value, null);
  const found: unknown = written.ok ? written.properties[mapped.property] : null;
  return found === null ? null : String(found as Neutral);
}
