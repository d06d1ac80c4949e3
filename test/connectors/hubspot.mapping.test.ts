/** HubSpot's values: what is written is read back as the same, and oddities are named. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FieldType, Held } from "../../shared/record.ts";
import { fromWire, propertiesOf, toWire } from "../../worker/connectors/hubspot/mapping.ts";
import type { OwnerList } from "../../worker/connectors/hubspot/owners.ts";
import { canonical } from "../../worker/core/canonical.ts";
import type { MappedField } from "../../worker/core/rules.ts";

const owners: OwnerList = {
  emailById: new Map([
    ["501", "dana@example.com"],
    ["502", "kim@example.com"],
    ["400", "gone@example.com"],
  ]),
  idByEmail: new Map([
    ["dana@example.com", "501"],
    ["kim@example.com", "502"],
  ]),
  nameByUserId: new Map(),
  members: [],
};
const conversion = { timeZone: "America/New_York", owners };
const colours = { red: "r", green: "opt 2", blue: "b_lue" };

const fieldOf = (type: FieldType, parts: Partial<MappedField> = {}): MappedField => ({
  field: "f",
  type,
  property: "p",
  ...parts,
});
const named = { names: colours };
const order = Object.keys(colours);
const money = fieldOf({ kind: "money", currency: "USD" }, { currencyProperty: "c" });
const closeDate = fieldOf({ kind: "date" }, { property: "closedate" });

describe("a value written to HubSpot", () => {
  const kinds: readonly (readonly [string, MappedField, fc.Arbitrary<Held>])[] = [
    ["text", fieldOf({ kind: "text" }), fc.string()],
    ["name", fieldOf({ kind: "name" }), fc.string({ unit: "grapheme" })],
    ["decimal", fieldOf({ kind: "decimal", scale: 4 }), decimals()],
    ["money", money, fc.tuple(decimals(), fc.constantFrom("USD", "EUR", "JPY")).map(join)],
    ["date", fieldOf({ kind: "date" }), days()],
    ["a day kept as a time", closeDate, days()],
    ["datetime", fieldOf({ kind: "datetime" }), times()],
    ["boolean", fieldOf({ kind: "boolean" }), fc.constantFrom("true", "false")],
    ["boolean with names", yesNo(), fc.constantFrom("true", "false")],
    ["option", fieldOf({ kind: "option", options: order }, named), fc.constantFrom(...order)],
    ["stage", fieldOf({ kind: "stage", order }, named), fc.constantFrom(...order)],
    ["options", fieldOf({ kind: "options", options: order }, named), fc.subarray(order)],
    ["owner", fieldOf({ kind: "owner" }), fc.constantFrom(...owners.idByEmail.keys())],
    ["address", address(), addresses()],
  ];
  it.each(kinds)("comes back as it was: %s", (_, field, values) => {
    fc.assert(
      fc.property(fc.option(values), (raw) => {
        const form = canonical(field.type, raw);
        fc.pre(form.kind === "held");
        const wire = toWire(field, form.value, conversion);
        expect(wire.kind).toBe("properties");
        if (wire.kind !== "properties") return;
        const written = Object.keys(wire.properties);
        expect(propertiesOf(field)).toEqual(expect.arrayContaining(written));
        const blank = Object.fromEntries(propertiesOf(field).map((name) => [name, null]));
        expect(fromWire(field, { ...blank, ...wire.properties }, conversion)).toEqual(form);
      }),
    );
  });
});

describe("a value read from HubSpot", () => {
  const cases: readonly (readonly [string, MappedField, Record<string, string>, unknown])[] = [
    ["a date", fieldOf({ kind: "date" }), { p: "2026-12-01" }, "2026-12-01"],
    ["a date of a webhook", fieldOf({ kind: "date" }), { p: "1796083200000" }, "2026-12-01"],
    ["a day before 1970", fieldOf({ kind: "date" }), { p: "-86400000" }, "1969-12-31"],
    ["the evening before", closeDate, { closedate: "2026-12-02T04:59:59Z" }, "2026-12-01"],
    ["midnight there", closeDate, { closedate: "2026-12-02T05:00:00Z" }, "2026-12-02"],
    ["midnight UTC", closeDate, { closedate: "2026-12-02T00:00:00Z" }, "2026-12-01"],
    ["a webhook's time", closeDate, { closedate: "1796187600000" }, "2026-12-02"],
    ["spring forward", closeDate, { closedate: "2026-03-08T06:30:00Z" }, "2026-03-08"],
    ["a number", fieldOf({ kind: "decimal", scale: 2 }), { p: "1500.00" }, "1500"],
    ["money", money, { p: "10.5", c: "EUR" }, "10.5 EUR"],
    ["money without a currency", money, { p: "10.5", c: "" }, "10.5 USD"],
    ["a currency without money", money, { p: "", c: "EUR" }, null],
    ["appended options", options(), { p: ";b_lue;r" }, ["blue", "red"]],
    ["an owner who left", fieldOf({ kind: "owner" }), { p: "400" }, "gone@example.com"],
  ];
  it.each(cases)("is canonical: %s", (_, field, properties, value) => {
    expect(fromWire(field, properties, conversion)).toEqual({ kind: "held", value });
  });

  it("names the option that has no counterpart, and only that", () => {
    const reading = fromWire(options(), { p: "r;mauve" }, conversion);
    expect(reading).toMatchObject({ kind: "invalid", reason: expect.stringContaining("mauve") });
  });

  it("is unknown where HubSpot does not answer the property, or lists are missing", () => {
    const without = { timeZone: null, owners: null };
    expect(fromWire(options(), {}, conversion)).toBeNull();
    expect(fromWire(fieldOf({ kind: "owner" }), { p: "501" }, without)).toBeNull();
    expect(fromWire(closeDate, { closedate: "2026-12-02T04:59:59Z" }, without)).toBeNull();
    expect(fromWire(closeDate, { closedate: "" }, without)).toEqual({ kind: "held", value: null });
  });

  it("holds back an owner nobody knows", () => {
    const owner = fieldOf({ kind: "owner" });
    expect(fromWire(owner, { p: "777" }, conversion)).toMatchObject({ kind: "invalid" });
  });
});

describe("a value HubSpot cannot hold", () => {
  it.each([
    ["an owner who is none", fieldOf({ kind: "owner" }), "stranger@example.com", "refused"],
    ["an owner who left", fieldOf({ kind: "owner" }), "gone@example.com", "refused"],
    ["another currency", fieldOf({ kind: "money", currency: "USD" }), "5 EUR", "refused"],
    ["a second street line", address(), { street: "a", street2: "b" }, "refused"],
  ] as const)("is refused with a reason: %s", (_, field, value, kind) => {
    expect(toWire(field, value, conversion).kind).toBe(kind);
  });

  it("waits while what it takes to say it could not be read", () => {
    const without = { timeZone: null, owners: null };
    expect(toWire(fieldOf({ kind: "owner" }), "dana@example.com", without).kind).toBe("unready");
    expect(toWire(closeDate, "2026-12-01", without).kind).toBe("unready");
  });
});

function options(): MappedField {
  return fieldOf({ kind: "options", options: order }, named);
}

function yesNo(): MappedField {
  return fieldOf({ kind: "boolean" }, { names: { true: "Yes", false: "No" } });
}

function address(): MappedField {
  return fieldOf({ kind: "address" }, { property: "address" });
}

function addresses() {
  const part = fc.option(fc.string(), { nil: undefined });
  return fc
    .record({ street: part, city: part, state: part, postal_code: part })
    .map((parts) => JSON.parse(JSON.stringify(parts)) as Record<string, string>);
}

function decimals() {
  return fc
    .tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.integer({ min: 0, max: 9_999 }))
    .map(([whole, part]) => `${whole}.${String(part).padStart(4, "0")}`);
}

function days() {
  return times().map((time) => time.slice(0, 10));
}

function times() {
  const min = new Date("1950-01-01T00:00:00Z");
  const max = new Date("2099-12-31T00:00:00Z");
  return fc.date({ min, max, noInvalidDate: true }).map((date) => date.toISOString());
}

function join([amount, currency]: readonly [string, string]): string {
  return `${amount} ${currency}`;
}
