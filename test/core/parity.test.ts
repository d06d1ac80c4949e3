import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Held, Observation } from "../../shared/record.ts";
import { type IdOrder, orderOf, stretches } from "../../worker/core/id-order.ts";
import { differing, isShared, unsettled } from "../../worker/core/parity.ts";
import { now, rulesOf } from "./fixtures.ts";

const held = (value: Held): Observation => ({ kind: "held", value, at: null, actor: null });

describe("differing", () => {
  it.each<[string, Observation, Held | undefined, boolean]>([
    ["the same value", held("a"), "a", false],
    ["another value", held("a"), "b", true],
    ["a blank that was a value", held(null), "a", true],
    ["a value that was a blank", held("a"), null, true],
    ["a value never seen", held("a"), undefined, true],
    ["a blank never seen", held(null), undefined, false],
    [
      "no canonical form",
      { kind: "invalid", raw: "?", reason: "", at: null, actor: null },
      "a",
      true,
    ],
  ])("of %s", (_what, observation, seen, differs) => {
    const fields = differing({ f: observation }, seen === undefined ? {} : { f: seen });
    expect(fields).toEqual(differs ? ["f"] : []);
  });

  it("says nothing of a field that was not read", () => {
    expect(differing({}, { f: "a" })).toEqual([]);
  });
});

describe("unsettled", () => {
  const rules = rulesOf({ f: {}, g: {} });
  const object = Object.values(rules.objects)[0]!;
  const of = (base: Record<string, Held>, hubspot: object, ops: object) =>
    unsettled(rules, object, { base, seen: { hubspot, ops } as never }, now);

  it.each<[string, object, object, string[]]>([
    ["systems that agree", { f: "a", g: "a" }, { f: "a", g: "a" }, []],
    ["a field in which they differ", { f: "a", g: "a" }, { f: "b", g: "a" }, ["f"]],
    ["a field that one was not read for", { f: "a", g: "a" }, { g: "a" }, []],
  ])("of %s", (_what, hubspot, ops, fields) => {
    expect(of({ f: "a", g: "a" }, hubspot, ops)).toEqual(fields);
  });

  it("counts a field of one system as shared", () => {
    expect(isShared(object, "f", { hubspot: { f: "a" } })).toBe(true);
  });
});

describe("the order of ids", () => {
  it.each<[string, IdOrder, string | null, string[], IdOrder]>([
    ["whole numbers by size", "unknown", null, ["9", "10", "101"], "number"],
    ["padded ids", "unknown", null, ["c_01", "c_02"], "text"],
    ["numbers as texts", "unknown", null, ["10", "100", "11"], "text"],
    ["no order", "unknown", null, ["b", "a"], "none"],
    ["one id", "unknown", null, ["a"], "unknown"],
    ["numbers that go on", "number", "99", ["100", "101"], "number"],
    ["numbers that go back", "number", "101", ["100", "102"], "none"],
    ["texts that go on", "text", "a", ["b"], "text"],
    ["an id that comes again", "text", "a", ["a"], "none"],
    ["an order that was given up", "none", null, ["a", "b"], "none"],
    ["an empty page", "number", "5", [], "number"],
  ])("of %s", (_what, before, last, ids, after) => {
    expect(orderOf(before, last, ids)).toBe(after);
  });

  const bySize = (a: string, b: string) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
  const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

  it.each([
    ["number" as const, fc.nat(20_000).map(String), bySize],
    ["text" as const, fc.string({ minLength: 1, maxLength: 4, unit: "binary-ascii" }), byText],
  ])("by %s: the stretches of a walk cover every id once, in their order", (order, id, compare) => {
    const ids = fc.uniqueArray(id, { maxLength: 60 }).map((all) => all.toSorted(compare));
    fc.assert(
      fc.property(ids, fc.array(fc.nat(59)), (all, cuts) => {
        const ends = [...new Set(cuts)].sort((a, b) => a - b).flatMap((at) => all[at] ?? []);
        const walked = [...ends, null].flatMap((upTo, index) =>
          stretches(order, ends[index - 1] ?? null, upTo).flatMap((one) =>
            all
              .filter(({ length }) => length >= one.lengthMin && length <= one.lengthMax)
              .filter((each) => each > one.after && each <= one.upTo)
              .sort(byText),
          ),
        );
        // Between two lengths a stretch may hold several, in the order of texts.
        expect(walked.toSorted(compare)).toEqual(all);
        expect(new Set(walked).size).toBe(all.length);
      }),
    );
  });
});
