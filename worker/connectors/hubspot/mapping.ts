/**
 * HubSpot's values to canonical ones and back. Everything HubSpot stores is a string; `""` clears.
 * The invariant: what `toWire` writes, `fromWire` reads back as the same canonical value.
 */
import { Temporal } from "temporal-polyfill";
import type { FieldName, Held } from "../../../shared/record.ts";
import type { Canonical } from "../../core/canonical.ts";
import { canonical, splitMoney } from "../../core/canonical.ts";
import type { MappedField, ObjectMapping } from "../../core/rules.ts";
import type { OwnerList } from "./owners.ts";

export interface Conversion {
  /** The portal's, where days of date-times are counted. Null: not known, and days neither. */
  readonly timeZone: string | null;
  /** Null while the list could not be read: then owners are unknown. */
  readonly owners: OwnerList | null;
}

/** A field's properties as HubSpot holds them; a property HubSpot did not answer is absent. */
export type Properties = Readonly<Record<string, string | null>>;

export type WireWrite =
  | { readonly kind: "properties"; readonly properties: Readonly<Record<string, string>> }
  /** It cannot be said in HubSpot's words. */
  | { readonly kind: "refused"; readonly reason: string }
  /** What it takes to say it could not be read just now. */
  | { readonly kind: "unready"; readonly reason: string };

/** Every property that holds a part of the field. */
export function propertiesOf(field: MappedField): readonly string[] {
  if (isReference(field)) return [];
  if (isStandardAddress(field)) return Object.values(addressProperties);
  return field.currencyProperty === undefined
    ? [field.property]
    : [field.property, field.currencyProperty];
}

/** Where HubSpot lists, between semicolons, the ids that were merged into a record. */
export const formerIdsProperty = "hs_merged_object_ids";

/** By object and property, where HubSpot lists further values; people add them, the API cannot. */
const furtherProperties: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  contacts: { email: "hs_additional_emails" },
  companies: { domain: "hs_additional_domains" },
};

/** The property that lists what a record is also known by in this field, or null. */
export function furtherProperty(
  { systemObject }: ObjectMapping,
  { property }: MappedField,
): string | null {
  if (property === "hs_object_id") return formerIdsProperty;
  return furtherProperties[systemObject]?.[property] ?? null;
}

/** Fields that are associations, not properties. */
export function isReference(field: MappedField): boolean {
  return field.type.kind === "reference" || field.type.kind === "references";
}

export function fieldsByProperty(mapping: ObjectMapping): ReadonlyMap<string, MappedField> {
  return new Map(
    mapping.fields.flatMap((field) => propertiesOf(field).map((name) => [name, field] as const)),
  );
}

export function fieldNamed(mapping: ObjectMapping, name: FieldName): MappedField | undefined {
  return mapping.fields.find((field) => field.field === name);
}

/** The canonical value of a field, or null if HubSpot did not answer its property. */
export function fromWire(
  field: MappedField,
  properties: Properties,
  conversion: Conversion,
): Canonical | null {
  if (isStandardAddress(field)) return addressFromWire(field, properties);
  const wire = properties[field.property];
  if (wire === undefined) return null;
  if (wire === null || wire === "") return held(null);
  switch (field.type.kind) {
    case "boolean":
    case "option":
    case "stage":
      return named(field, wire, (name) => name);
    case "options":
      return optionsFromWire(field, wire);
    case "money": {
      const currency = properties[field.currencyProperty ?? ""];
      return canonical(field.type, currency ? `${wire} ${currency}` : wire);
    }
    case "date": {
      const day = dayOf(field.property, wire, conversion.timeZone);
      return day === null ? null : canonical(field.type, day);
    }
    case "datetime": {
      const ms = wireTime(wire);
      return canonical(field.type, ms ?? wire);
    }
    case "owner": {
      if (conversion.owners === null) return null;
      const email = conversion.owners.emailById.get(wire);
      return email === undefined
        ? invalid(`HubSpot's owner ${wire} is not on its list of owners.`)
        : canonical(field.type, email);
    }
    default:
      return canonical(field.type, wire);
  }
}

/** The properties to write so that HubSpot holds the value. */
export function toWire(field: MappedField, value: Held, conversion: Conversion): WireWrite {
  if (isStandardAddress(field)) return addressToWire(value);
  if (value === null) return write(field.property, "");
  switch (field.type.kind) {
    case "boolean":
    case "option":
    case "stage":
      return write(field.property, field.names?.[String(value)] ?? String(value));
    case "options": {
      const names = (value as readonly string[]).map((name) => field.names?.[name] ?? name);
      return write(field.property, names.join(";"));
    }
    case "money":
      return moneyToWire(field, field.type.currency, value);
    case "date": {
      const day = dayToWire(field.property, String(value), conversion.timeZone);
      return day === null ? unready("time zone") : write(field.property, day);
    }
    case "owner": {
      if (conversion.owners === null) return unready("list of owners");
      const id = conversion.owners.idByEmail.get(String(value));
      return id === undefined
        ? refuse("Nobody with this e-mail address can own records in HubSpot.")
        : write(field.property, id);
    }
    default:
      return typeof value === "string"
        ? write(field.property, value)
        : refuse("HubSpot cannot hold this value in one property.");
  }
}

/**
 * Standard properties that hold a time although people mean a day. HubSpot shows the day in the
 * reader's own zone, so days are written as noon: the same day from Hawaii to Tokyo.
 */
const timesMeantAsDays: ReadonlySet<string> = new Set(["closedate"]);

function dayToWire(property: string, day: string, timeZone: string | null): string | null {
  if (!timesMeantAsDays.has(property)) return day;
  if (timeZone === null) return null;
  const noon = Temporal.PlainDate.from(day).toZonedDateTime({ timeZone, plainTime: "12:00" });
  return noon.toInstant().toString({ fractionalSecondDigits: 3 });
}

/**
 * A date property is answered as "2026-12-01" and sent in webhooks as the epoch milliseconds of
 * its UTC midnight; a time is the day it falls on in the portal.
 */
function dayOf(property: string, wire: string, timeZone: string | null): string | null {
  const ms = wireTime(wire);
  if (ms === null) return wire;
  const isDate = !timesMeantAsDays.has(property) && ms % 86_400_000 === 0;
  const zone = isDate ? "UTC" : timeZone;
  if (zone === null) return null;
  return Temporal.Instant.fromEpochMilliseconds(ms)
    .toZonedDateTimeISO(zone)
    .toPlainDate()
    .toString();
}

/** Epoch milliseconds of a time as HubSpot writes it; null if it is no time. */
export function wireTime(wire: string): number | null {
  if (/^-?\d{1,15}$/.test(wire)) return Number(wire);
  if (!/^\d{4}-\d{2}-\d{2}T/.test(wire)) return null;
  const ms = Date.parse(wire);
  return Number.isNaN(ms) ? null : ms;
}

function moneyToWire(field: MappedField, assumed: string, value: Held): WireWrite {
  const { amount, currency } = splitMoney(String(value));
  if (field.currencyProperty !== undefined) {
    const properties = { [field.property]: amount, [field.currencyProperty]: currency };
    return { kind: "properties", properties };
  }
  return currency === assumed
    ? write(field.property, amount)
    : refuse(`HubSpot holds this amount in ${assumed} only, not in ${currency}.`);
}

function named(field: MappedField, wire: string, wrap: (name: string) => unknown): Canonical {
  const name = nameOf(field, wire);
  return name === null ? unknownName(field, wire) : canonical(field.type, wrap(name));
}

function optionsFromWire(field: MappedField, wire: string): Canonical {
  const names: string[] = [];
  for (const part of wire.split(";").map((text) => text.trim())) {
    if (part === "") continue;
    const name = nameOf(field, part);
    if (name === null) return unknownName(field, part);
    names.push(name);
  }
  return canonical(field.type, names);
}

function nameOf(field: MappedField, wire: string): string | null {
  if (field.names === undefined) return wire;
  return Object.entries(field.names).find(([, theirs]) => theirs === wire)?.[0] ?? null;
}

function unknownName(field: MappedField, wire: string): Canonical {
  const word = field.type.kind === "stage" ? "stage" : "option";
  return invalid(`HubSpot's ${word} "${wire.slice(0, 80)}" of ${field.property} is not mapped.`);
}

/** An address in HubSpot is five properties; a field is mapped to the first. */
const addressProperties: Readonly<Record<string, string>> = {
  street: "address",
  city: "city",
  state: "state",
  postal_code: "zip",
  country: "country",
};

function isStandardAddress(field: MappedField): boolean {
  return field.type.kind === "address" && field.property === addressProperties.street;
}

function addressFromWire(field: MappedField, properties: Properties): Canonical | null {
  const parts: Record<string, string | null> = {};
  for (const [part, property] of Object.entries(addressProperties)) {
    const wire = properties[property];
    if (wire === undefined) return null;
    parts[part] = wire;
  }
  return canonical(field.type, parts);
}

function addressToWire(value: Held): WireWrite {
  const parts = (value ?? {}) as Readonly<Record<string, string>>;
  const properties: Record<string, string> = {};
  for (const [part, property] of Object.entries(addressProperties)) {
    properties[property] = parts[part] ?? "";
  }
  return Object.keys(parts).every((part) => part in addressProperties)
    ? { kind: "properties", properties }
    : refuse("HubSpot holds one line of street only.");
}

const held = (value: Held): Canonical => ({ kind: "held", value });
const invalid = (reason: string): Canonical => ({ kind: "invalid", reason });
const refuse = (reason: string): WireWrite => ({ kind: "refused", reason });
const unready = (what: string): WireWrite => ({
  kind: "unready",
  reason: `HubSpot's ${what} could not be read.`,
});
const write = (property: string, value: string): WireWrite => ({
  kind: "properties",
  properties: { [property]: value },
});
