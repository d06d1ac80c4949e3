/** What people call a record, and how long values are cut for lists. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FieldType, Held } from "../../shared/record.ts";
import type { ObjectRules } from "../../worker/core/rules.ts";
import { shortened, shortHeld, titleOf } from "../../worker/core/title.ts";

const objectOf = (types: Record<string, FieldType["kind"]>, identity: string[] = []): ObjectRules =>
  ({
    object: "thing",
    identity,
    fields: Object.fromEntries(
      Object.entries(types).map(([field, kind]) => [field, { field, type: { kind } }]),
    ),
  }) as unknown as ObjectRules;

const person = objectOf({ email: "email", first: "name", last: "name" }, ["email"]);
const deal = objectOf({ number: "text", name: "text" }, ["number"]);
const ticket = objectOf({ title: "text" });

describe("a title", () => {
  it.each<[string, ObjectRules, Record<string, Held>, string | null]>([
    ["is the names", person, { first: "Nora", last: "Lind", email: "n@x.io" }, "Nora Lind"],
    ["is the one name there is", person, { first: "", last: "Lind" }, "Lind"],
    ["is else what identifies it", person, { first: null, email: "n@x.io" }, "n@x.io"],
    ["is a name whatever its type", deal, { name: "Pump", number: "D-1" }, "Pump"],
    ["is else a title", ticket, { title: "Leak" }, "Leak"],
    ["is else the first identity", deal, { number: "D-1" }, "D-1"],
    ["is nothing where nothing tells", deal, { name: ["a", "set"] }, null],
  ])("%s", (_says, object, values, title) => {
    expect(titleOf(object, values)).toBe(title);
  });

  it("is cut before it fills a list", () => {
    expect(titleOf(deal, { name: "x".repeat(500) })).toHaveLength(120);
  });
});

describe("a shortened value", () => {
  it("is never longer, never ends within a character, and is itself where there is room", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 30 }), (text, max) => {
        const short = shortened(text, max);
        expect(short.length).toBeLessThanOrEqual(max);
        expect(short.isWellFormed() || !text.isWellFormed()).toBe(true);
        if (text.length <= max) expect(short).toBe(text);
      }),
    );
  });

  it.each<[Held, Held]>([
    [null, null],
    ["abcdef", "ab…"],
    [
      ["abcdef", "a"],
      ["ab…", "a"],
    ],
    [{ city: "Berlin" }, { city: "Be…" }],
  ])("keeps the form of %o", (value, short) => {
    expect(shortHeld(value, 3)).toEqual(short);
  });

  it("shows the first of a long set, and that there are more", () => {
    const set = Array.from({ length: 30 }, (_, index) => String(index));
    expect(shortHeld(set, 3)).toEqual([...set.slice(0, 20), "…"]);
  });
});
