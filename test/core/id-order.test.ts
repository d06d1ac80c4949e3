/** In which order a system walks its records, and the same walk over our links. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type IdOrder, orderOf, stretches } from "../../worker/core/id-order.ts";

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
