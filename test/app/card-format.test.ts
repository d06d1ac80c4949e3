/** Values as a reader writes them, and two values that never look the same. */
import { describe, expect, it } from "vitest";
import { createFormat, distinctTexts } from "../../hubspot-app/common/format.ts";
import { listed, who } from "../../hubspot-app/common/words.ts";
import type { FieldType, Held } from "../../shared/record.ts";

const american = createFormat({ locale: "en-us", timeZone: "US/Eastern" });
const german = createFormat({ locale: "de_DE", timeZone: "Europe/Berlin" });

const money: FieldType = { kind: "money", currency: "USD" };
const phone: FieldType = { kind: "phone" };

describe("a value", () => {
  it.each<[FieldType, Held, string, string]>([
    [money, "12900.5 USD", "$12,900.50", "12.900,50 $"],
    [money, "12900.5 EUR", "€12,900.50", "12.900,50 €"],
    [money, "0.125 USD", "$0.125", "0,125 $"],
    [money, "1000 JPY", "¥1,000", "1.000 ¥"],
    [money, "-3", "-$3.00", "-3,00 $"],
    [
      money,
      "12345678901234567890.12 USD",
      "$12,345,678,901,234,567,890.12",
      "12.345.678.901.234.567.890,12 $",
    ],
    [money, "soon", "soon", "soon"],
    [{ kind: "decimal", scale: 3 }, "1234.50", "1,234.5", "1.234,5"],
    [{ kind: "date" }, "2026-12-04", "Dec 4, 2026", "04.12.2026"],
    [{ kind: "date" }, "someday", "someday", "someday"],
    [{ kind: "datetime" }, "2026-12-04T17:30:00Z", "Dec 4, 2026, 12:30 PM", "04.12.2026, 18:30"],
    [{ kind: "country" }, "DE", "Germany", "Deutschland"],
    [{ kind: "boolean" }, "true", "Yes", "Yes"],
    [{ kind: "stage", order: ["in_talks"] }, "in_talks", "In talks", "In talks"],
    [{ kind: "options", options: ["a_b"] }, ["a_b", "c"], "A b, C", "A b, C"],
    [{ kind: "address" }, { street: "1 Pier", city: "Hull" }, "1 Pier, Hull", "1 Pier, Hull"],
    [{ kind: "references", object: "contact" }, ["e1", "e2"], "2 records", "2 records"],
    [phone, "+14155550132", "+1 415 555 0132", "+1 415 555 0132"],
    [phone, "+14155550132;ext=12", "+1 415 555 0132 ext. 12", "+1 415 555 0132 ext. 12"],
    [phone, "+493012345678", "+49 301 234 5678", "+49 301 234 5678"],
    [phone, "+358401234567", "+358 401 234 567", "+358 401 234 567"],
    [phone, "call me", "call me", "call me"],
    [{ kind: "text" }, null, "Empty", "Empty"],
    [{ kind: "options", options: ["a"] }, [], "Empty", "Empty"],
  ])("%j %j reads %s, and %s in German", (type, value, english, other) => {
    const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");
    expect(plain(american.value(type, value))).toBe(english);
    expect(plain(german.value(type, value))).toBe(other);
  });

  it("that differs never looks the same as the other", () => {
    const texts = distinctTexts(american, { kind: "stage", order: [] }, ["in_talks", "In talks"]);
    expect(texts).toEqual(['"in_talks"', '"In talks"']);
    expect(distinctTexts(american, { kind: "text" }, ["Empty", null])).toEqual([
      '"Empty"',
      "Empty",
    ]);
  });
});

describe("a time", () => {
  const at = Date.parse("2026-11-23T19:02:00Z");
  const minute = 60_000;
  it.each([
    [0, "just now"],
    [44_000, "just now"],
    [50_000, "1 minute ago"],
    [3 * minute, "3 minutes ago"],
    [59.4 * minute, "59 minutes ago"],
    [59.6 * minute, "1 hour ago"],
    [23 * 60 * minute, "23 hours ago"],
    [24 * 60 * minute, "yesterday"],
    [6 * 24 * 60 * minute, "6 days ago"],
    [8 * 24 * 60 * minute, "Nov 23, 2026"],
  ])("%d ms old reads %s", (age, words) => expect(american.ago(age, at)).toBe(words));

  it("in full names its zone", () => {
    expect(american.moment(at)).toBe("Nov 23, 2026, 2:02 PM EST");
    expect(german.moment(at)).toBe("23.11.2026, 20:02 MEZ");
  });

  it("in an unknown zone or locale is told in UTC and English", () => {
    const odd = createFormat({ locale: "not a locale", timeZone: "Mars/Olympus" });
    expect(odd.moment(at)).toBe("Nov 23, 2026, 7:02 PM UTC");
  });
});

describe("words", () => {
  it("are listed as people say them", () => {
    expect(listed(["HubSpot", "Operations", "Billing"])).toBe("HubSpot, Operations and Billing");
  });
  it.each([
    [null, null],
    [{ kind: "person", name: "Maria Lopez" }, "Maria Lopez"],
    [{ kind: "person" }, "A person"],
    [{ kind: "automation", name: "Nightly import" }, "Nightly import"],
    [{ kind: "automation" }, "An automation"],
    [{ kind: "self" }, "This sync"],
    [{ kind: "unknown" }, null],
  ] as const)("%j is %j", (actor, words) => expect(who(actor)).toBe(words));
});
