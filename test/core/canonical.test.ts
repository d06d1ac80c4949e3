/** Canonical forms, case by case: what systems and people write, and the one form it has. */
import { describe, expect, test } from "vitest";
import type { FieldType, Held } from "../../shared/record.ts";
import {
  canonical,
  compare,
  equal,
  heldKey,
  isOrdered,
  neutral,
  splitMoney,
  typed,
} from "../../worker/core/canonical.ts";

const types = {
  text: { kind: "text" },
  short: { kind: "text", lengthMax: 3 },
  name: { kind: "name" },
  email: { kind: "email" },
  owner: { kind: "owner" },
  phone: { kind: "phone" },
  phoneUs: { kind: "phone", region: "US" },
  phoneDe: { kind: "phone", region: "DE" },
  url: { kind: "url" },
  domain: { kind: "domain" },
  address: { kind: "address" },
  country: { kind: "country" },
  decimal: { kind: "decimal", scale: 2 },
  money: { kind: "money", currency: "USD" },
  date: { kind: "date" },
  datetime: { kind: "datetime" },
  seconds: { kind: "datetime", precisionMs: 1_000 },
  boolean: { kind: "boolean" },
  option: { kind: "option", options: ["Hot lead", "cold"] },
  options: { kind: "options", options: ["red", "green", "blue"] },
  stage: { kind: "stage", order: ["open", "won", "lost"] },
  reference: { kind: "reference", object: "company" },
  references: { kind: "references", object: "company" },
} as const satisfies Record<string, FieldType>;
type TypeName = keyof typeof types;

const refused = Symbol("refused");

const held: readonly [TypeName, unknown, Held | typeof refused][] = [
  ["text", "  a\r\nb\rc ", "a\nb\nc"],
  ["text", "e\u0301", "\u00e9"],
  ["text", 12, "12"],
  ["text", true, "true"],
  ["text", Number.NaN, refused],
  ["text", ["a"], refused],
  ["text", " \n ", null],
  ["text", null, null],
  ["text", [], null],
  ["text", {}, null],
  ["text", "&amp; <b>", "&amp; <b>"],
  ["short", "abc", "abc"],
  ["short", "abcd", refused],
  ["name", " Ada\u00a0 \t Lovelace ", "Ada Lovelace"],
  ["name", { a: "b" }, refused],
  ["email", " Ada@Example.COM ", "ada@example.com"],
  ["email", "ada+crm@mail.example.com", "ada+crm@mail.example.com"],
  ["email", "ada@localhost", refused],
  ["email", "a b@example.com", refused],
  ["email", "ada@@example.com", refused],
  ["email", "ada@example.com, bob@example.com", refused],
  ["email", ["ada@example.com"], refused],
  ["owner", "Ada@Example.com", "ada@example.com"],
  ["phone", "+1 (415) 555-0132", "+14155550132"],
  ["phone", "+14155550132 ext. 12", "+14155550132;ext=12"],
  ["phone", "+14155550132;ext=12", "+14155550132;ext=12"],
  ["phone", "415 555 0132", refused],
  ["phone", "call +14155550132 after five", refused],
  ["phone", ["+14155550132"], refused],
  ["phoneUs", "(415) 555-0132 x12", "+14155550132;ext=12"],
  ["phoneUs", "555-0132", refused],
  ["phoneUs", "+49 30 901820", "+4930901820"],
  ["phoneDe", "030 901820", "+4930901820"],
  ["url", "Example.COM", "https://example.com"],
  ["url", "HTTP://Example.com/", "http://example.com"],
  ["url", "https://example.com/A?q=1#x", "https://example.com/A?q=1#x"],
  ["url", "https://example.com/?q=1", "https://example.com/?q=1"],
  ["url", "https://example.com/?q=/", "https://example.com/?q=/"],
  ["url", "https://example.com/#top", "https://example.com/#top"],
  ["url", "example.com:8080", "https://example.com:8080"],
  ["url", "ftp://example.com", refused],
  ["url", "https://exa mple.com", refused],
  ["url", "https://example.com/a b", refused],
  ["url", "localhost", refused],
  ["url", "https://", refused],
  ["url", ["https://example.com"], refused],
  ["domain", "https://WWW.Example.co.uk/x?y", "example.co.uk"],
  ["domain", "www.shop.example.com", "shop.example.com"],
  ["domain", "www.www.example.com", "example.com"],
  ["domain", "shop.www.example.com", "shop.www.example.com"],
  ["domain", "wwwshop.example.com", "wwwshop.example.com"],
  ["domain", "münchen.de", "xn--mnchen-3ya.de"],
  ["domain", "ada@example.com", "example.com"],
  ["domain", "me.github.io", "me.github.io"],
  ["domain", "a\u200db.com", refused],
  ["domain", "\u00ad.com", refused],
  ["domain", "co.uk", refused],
  ["domain", "127.0.0.1", refused],
  ["domain", "example.notatld", refused],
  ["domain", ["example.com"], refused],
  [
    "address",
    {
      country: "Germany",
      street: " Unter  den Linden 1",
      city: "Berlin",
      state: "",
      street2: null,
    },
    { street: "Unter den Linden 1", city: "Berlin", country: "DE" },
  ],
  ["address", { street: "", city: null }, null],
  ["address", { street: "Main St", country: "Atlantis" }, refused],
  ["address", { street: "Main St", planet: "Mars" }, refused],
  ["address", "Main St", refused],
  ["address", ["Main St"], refused],
  ["country", "de", "DE"],
  ["country", "DEU", "DE"],
  ["country", "276", "DE"],
  ["country", "germany", "DE"],
  ["country", "UK", "GB"],
  ["country", "el", "GR"],
  ["country", "United States", "US"],
  ["country", "ZZ", refused],
  ["country", "Atlantis", refused],
  ["country", ["DE"], refused],
  ["decimal", "25.875", "25.88"],
  ["decimal", "-25.875", "-25.88"],
  ["decimal", "1234.50", "1234.5"],
  ["decimal", "100", "100"],
  ["decimal", 1e21, "1000000000000000000000"],
  ["decimal", 0.1 + 0.2, "0.3"],
  ["decimal", "-0.001", "0"],
  ["decimal", "+.5", "0.5"],
  ["decimal", "5.", "5"],
  ["decimal", "1e3", "1000"],
  ["decimal", "1e9999", refused],
  ["decimal", "1,5", refused],
  ["decimal", "abc", refused],
  ["decimal", ["1"], refused],
  ["money", "1234.50", "1234.5 USD"],
  ["money", 99, "99 USD"],
  ["money", "1234.50 eur", "1234.5 EUR"],
  ["money", "EUR 1234.50", "1234.5 EUR"],
  ["money", "EUR-3", "-3 EUR"],
  ["money", "5.EUR", "5 EUR"],
  ["money", { amount: "10.10", currency: "gbp" }, "10.1 GBP"],
  ["money", { amount: 10, currency: "" }, "10 USD"],
  ["money", { amount: 10, currency: null }, "10 USD"],
  ["money", { amount: 10 }, "10 USD"],
  ["money", { amount: null, currency: "EUR" }, null],
  ["money", { amount: "", currency: "EUR" }, null],
  ["money", { currency: "EUR" }, refused],
  ["money", { amount: 10, currency: "ZZZ" }, refused],
  ["money", "10 XYZ1", refused],
  ["money", "ten USD", refused],
  ["money", ["10"], refused],
  ["date", "2026-12-01", "2026-12-01"],
  ["date", "2026-12-01T00:00:00Z", "2026-12-01"],
  ["date", "2026-12-01T23:30:00-05:00", "2026-12-01"],
  ["date", Date.UTC(2026, 11, 1), "2026-12-01"],
  ["date", "2026-02-29", refused],
  ["date", "2024-02-29", "2024-02-29"],
  ["date", "01.12.2026", refused],
  ["date", "2026-12-01 at noon", refused],
  ["date", 9e15, refused],
  ["date", -9e13, refused],
  ["date", ["2026-12-01"], refused],
  ["datetime", "2026-12-01T09:30:00Z", "2026-12-01T09:30:00.000Z"],
  ["datetime", "2026-12-01 09:30Z", "2026-12-01T09:30:00.000Z"],
  ["datetime", "2026-12-01T09:30:00.1239+01:00", "2026-12-01T08:30:00.123Z"],
  ["datetime", Date.UTC(2026, 11, 1, 9), "2026-12-01T09:00:00.000Z"],
  ["datetime", "2026-03-28T02:30:00[Europe/Berlin]", "2026-03-28T01:30:00.000Z"],
  ["datetime", "2026-03-30T02:30:00[Europe/Berlin]", "2026-03-30T00:30:00.000Z"],
  ["datetime", "2026-03-29T02:30:00[Europe/Berlin]", "2026-03-29T01:30:00.000Z"],
  ["datetime", "2026-10-25T02:30:00[Europe/Berlin]", "2026-10-25T00:30:00.000Z"],
  ["datetime", "2026-10-25T02:30:00+01:00[Europe/Berlin]", "2026-10-25T01:30:00.000Z"],
  ["datetime", "2026-03-30T02:30:00[Mars/Base]", refused],
  ["datetime", "2026-12-01T09:30:00+05:00[Europe/Berlin]", refused],
  ["datetime", "2026-12-01T09:30:00", refused],
  ["datetime", "2026-12-01T25:30:00Z", refused],
  ["datetime", "2026-02-30T09:30:00Z", refused],
  ["datetime", "2026-12-01", refused],
  ["datetime", 1e300, refused],
  ["datetime", Date.UTC(10_000, 0, 1), refused],
  ["datetime", Date.UTC(9_999, 11, 31), "9999-12-31T00:00:00.000Z"],
  ["datetime", ["2026-12-01T09:30:00Z"], refused],
  ["seconds", "2026-12-01T09:30:00.999Z", "2026-12-01T09:30:00.000Z"],
  ["seconds", -1, "1969-12-31T23:59:59.000Z"],
  ["boolean", true, "true"],
  ["boolean", false, "false"],
  ["boolean", "Yes", "true"],
  ["boolean", 0, "false"],
  ["boolean", "constructor", refused],
  ["boolean", ["true"], refused],
  ["option", " cold ", "cold"],
  ["option", "Cold", refused],
  ["option", ["cold"], refused],
  ["stage", "won", "won"],
  ["stage", "win", refused],
  ["options", "red;blue;red", ["blue", "red"]],
  ["options", ["red", " ", "green"], ["green", "red"]],
  ["options", ["red", "pink"], refused],
  ["options", [["red"]], refused],
  ["options", 5, refused],
  ["options", ["", null], null],
  ["reference", " 42 ", "42"],
  ["reference", 42, "42"],
  ["reference", ["42"], refused],
  ["references", ["9", 10, "9"], ["10", "9"]],
];

describe("canonical", () => {
  test.each(held)("%s of %j is %j", (name, raw, wanted) => {
    const given = canonical(types[name], raw);
    if (wanted === refused) expect(given).toEqual({ kind: "invalid", reason: expect.any(String) });
    else expect(given).toEqual({ kind: "held", value: wanted });
  });

  test("keeps an address's parts in one order", () => {
    const given = canonical(types.address, { country: "DE", city: "Berlin", street: "A 1" });
    expect(JSON.stringify(given)).toContain('{"street":"A 1","city":"Berlin","country":"DE"}');
  });

  test("tells people what is wrong without repeating the value", () => {
    for (const [name, raw, wanted] of held) {
      const given = canonical(types[name], raw);
      if (wanted !== refused || given.kind !== "invalid") continue;
      expect(given.reason).toMatch(/^[A-Z].*\.$/);
      if (typeof raw === "string" && raw.length > 4) expect(given.reason).not.toContain(raw);
    }
  });

  test("says what is missing from a phone number, by whether a region is known", () => {
    expect(canonical(types.phone, "x")).toMatchObject({
      reason: "This is not a phone number with its country code, like +49 30 123456.",
    });
    expect(canonical(types.phoneUs, "x")).toMatchObject({
      reason: "This is not a complete phone number.",
    });
  });
});

const typings: readonly [TypeName, string, Held | typeof refused][] = [
  ["option", "hot-LEAD", "Hot lead"],
  ["option", "hot lea", refused],
  ["stage", "Won", "won"],
  ["options", "Red, green\nblue", ["blue", "green", "red"]],
  ["options", "red; ", ["red"]],
  ["references", "9, 10", ["10", "9"]],
  ["decimal", "1,234.50", "1234.5"],
  ["decimal", "1.234,50", "1234.5"],
  ["decimal", "1,234,567", "1234567"],
  ["decimal", "1.234.567", "1234567"],
  ["decimal", "1 234.5", "1234.5"],
  ["decimal", "1’234.5", "1234.5"],
  ["decimal", "1,234", refused],
  ["decimal", "1.234", "1.23"],
  ["decimal", "12", "12"],
  ["money", "EUR 1.234,50", "1234.5 EUR"],
  ["money", "1,234.50 eur", "1234.5 EUR"],
  ["money", "7", "7 USD"],
  ["address", "Main St 1\ncity: Boston\nPostal code: 02108\nSuite 5", null],
  ["address", "planet: Mars", refused],
  ["address", " ", null],
  ["address", ": Main", { street: ": Main" }],
  ["text", " hello ", "hello"],
  ["email", "", null],
];

describe("typed", () => {
  test.each(typings)("%s of %j is %j", (name, text, wanted) => {
    const given = typed(types[name], text);
    if (wanted === refused) expect(given.kind).toBe("invalid");
    else if (text.startsWith("Main")) {
      const value = {
        street: "Main St 1",
        street2: "Suite 5",
        city: "Boston",
        postal_code: "02108",
      };
      expect(given).toEqual({ kind: "held", value });
    } else expect(given).toEqual({ kind: "held", value: wanted });
  });

  test("refuses a choice that could mean two options", () => {
    const type: FieldType = { kind: "option", options: ["a b", "a-b"] };
    expect(typed(type, "A B").kind).toBe("invalid");
    expect(typed(type, "a-b")).toEqual({ kind: "held", value: "a-b" });
  });
});

describe("an unknown type", () => {
  test("is a broken invariant", () => {
    expect(() => canonical({ kind: "mood" } as never, "x")).toThrow("Broken invariant");
  });
});

describe("neutral", () => {
  test.each([
    ["boolean", "true", true],
    ["boolean", "false", false],
    ["money", "1234.5 EUR", { amount: "1234.5", currency: "EUR" }],
    ["text", "a", "a"],
    ["options", ["a", "b"], ["a", "b"]],
    ["text", null, null],
  ] as const)("of %s %j is %j", (name, value, wanted) => {
    expect(neutral(types[name], value)).toEqual(wanted);
  });

  test("refuses what is no money", () => {
    expect(() => splitMoney(["1 USD"])).toThrow("Broken invariant");
  });
});

describe("compare", () => {
  test.each([
    ["decimal", "9", "10"],
    ["decimal", "-2", "-1.5"],
    ["money", "9 USD", "10 USD"],
    ["money", "10 EUR", "9 USD"],
    ["date", "2026-01-31", "2026-02-01"],
    ["datetime", "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.001Z"],
    ["stage", "open", "won"],
    ["stage", "won", "lost"],
    ["boolean", "false", "true"],
  ] as const)("%s: %s comes before %s", (name, low, high) => {
    expect(isOrdered(types[name])).toBe(true);
    expect(compare(types[name], low, high)).toBe(-1);
    expect(compare(types[name], high, low)).toBe(1);
    expect(compare(types[name], low, low)).toBe(0);
  });

  test("has no meaning for texts", () => {
    expect(isOrdered(types.text)).toBe(false);
  });
});

describe("equality", () => {
  const values: readonly Held[] = [
    null,
    "-",
    "=",
    "",
    "[]",
    '["a"]',
    ["a"],
    ["a", "b"],
    ["a,b"],
    { a: "b" },
    { a: "b", c: "d" },
    { a: "b", c: "e" },
    { "0": "a" },
    '{"a":"b"}',
  ];

  test("tells every two different values apart, and their keys too", () => {
    for (const [one, a] of values.entries()) {
      for (const [other, b] of values.entries()) {
        expect(equal(a, b)).toBe(one === other);
        expect(heldKey(a) === heldKey(b)).toBe(one === other);
      }
    }
  });

  test("ignores the order of an address's parts, and whose object it is", () => {
    expect(equal({ a: "b", c: "d" }, { c: "d", a: "b" })).toBe(true);
    expect(equal(["a"], ["a"])).toBe(true);
  });
});
