import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Held, Observation } from "../../shared/record.ts";
import { configure } from "../../worker/core/configure.ts";
import { type IdOrder, orderOf, stretches } from "../../worker/core/id-order.ts";
import {
  combined,
  confidence,
  differing,
  emptyTally,
  isShared,
  seenWith,
  type Tally,
  tallyOf,
  unsettled,
} from "../../worker/core/parity.ts";
import { config } from "../../worker/sync.config.ts";
import { configOf, type FieldSetup, hour, now, rulesOf } from "./fixtures.ts";

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

describe("the tally", () => {
  const deal = config.objects.deal!;
  const open = (amount: string, more: object = {}) => ({
    stage: "qualified",
    amount,
    close_date: "2026-12-01",
    ...more,
  });
  const of = (hubspot: object, ops: object | null, isHeld = false) =>
    tallyOf(deal, { hubspot, ...(ops === null ? {} : { ops }) } as never, isHeld);

  it.each<[string, Tally, object]>([
    ["a deal that agrees", of(open("10 EUR"), open("10 EUR")), { open: "10", confident: "10" }],
    ["an exception", of(open("10 EUR"), open("10 EUR"), true), { open: "10", confident: "0" }],
    ["one system alone", of(open("10 EUR"), null), { open: "10", confident: "0" }],
    [
      "another critical field that differs",
      of(open("10 EUR", { close_date: "2027-01-01" }), open("10 EUR")),
      { open: "10", confident: "0" },
    ],
    [
      "a field that differs and is not critical",
      of(open("10 EUR", { name: "A" }), open("10 EUR", { name: "B" })),
      { open: "10", confident: "10" },
    ],
  ])("of the pipeline, with %s", (_what, tally, eur) => {
    expect(tally.pipeline).toEqual({ EUR: eur });
  });

  it("leaves out what is closed, and what has no amount", () => {
    const won = open("10 EUR", { stage: "won" });
    expect(of(won, won).pipeline).toEqual({});
    expect(of({ stage: "qualified", amount: null }, { stage: "qualified" }).pipeline).toEqual({});
  });

  it("counts a field only where two systems were seen with it", () => {
    const { fields } = of({ name: "A", amount: "1 EUR" }, { name: "B" });
    expect(fields).toEqual({ name: { equal: 0, different: 1 } });
  });

  it("takes a value without a canonical form for different from every other", () => {
    const raw = { kind: "invalid", raw: "A", reason: "", at: null, actor: null } as const;
    const seen = seenWith({ hubspot: { name: "A" }, ops: { name: "A" } }, "ops", { name: raw });
    expect(tallyOf(deal, seen, false).fields.name).toEqual({ equal: 0, different: 1 });
  });

  it("is what it was after something was added and taken away", () => {
    const amounts = fc.array(fc.tuple(fc.integer({ min: 0, max: 99_999 }), fc.boolean()));
    fc.assert(
      fc.property(amounts, (all) => {
        const tallies = all.map(([cents, agrees]) => {
          const amount = `${cents / 100} EUR`;
          return of(open(amount), open(agrees ? amount : "0.001 EUR"));
        });
        const zero = of(open("0 EUR"), open("0 EUR"));
        const sum = tallies.reduce((total, one) => combined(total, 1, one), zero);
        expect(tallies.reduce((total, one) => combined(total, -1, one), sum)).toEqual(zero);
      }),
    );
  });
});

describe("a pipeline in the configuration", () => {
  const fields: Readonly<Record<string, FieldSetup>> = {
    value: { type: { kind: "money", currency: "EUR" } },
    stage: { type: { kind: "stage", order: ["open", "won"] } },
  };
  const refusal = (pipeline: object) => {
    const { objects, ...rest } = configOf(fields);
    const named = Object.entries(objects).map(([name, one]) => [name, { ...one, pipeline }]);
    return () => configure({ ...rest, objects: Object.fromEntries(named) });
  };

  it.each([
    [{ amount: "stage", stage: "stage", closed: ["won"] }, "stage, which is no field of money"],
    [{ amount: "value", stage: "value", closed: ["won"] }, "value, which is no field of stages"],
    [{ amount: "value", stage: "stage", closed: ["lost"] }, "an unknown stage: lost"],
  ])("%j is refused", (pipeline, reason) => {
    expect(refusal(pipeline)).toThrow(`pipeline names ${reason}`);
  });

  it("names fields that there are", () => {
    expect(refusal({ amount: "value", stage: "stage", closed: ["won"] })).not.toThrow();
  });
});

describe("pipeline confidence", () => {
  const scanned = (openAmount: string, confident: string, ageMs = 0) => ({
    pipeline: { EUR: { open: openAmount, confident } },
    startedAt: now - ageMs,
  });
  const since = (amount: string) => ({ EUR: { open: amount, confident: "0" } });

  it.each([
    ["all of it", scanned("100", "100"), {}, 1, "high"],
    ["nearly all", scanned("100", "95"), {}, 0.95, "medium"],
    ["less", scanned("100", "50"), {}, 0.5, "low"],
    ["what became doubtful since", scanned("100", "100"), since("40"), 0.6, "low"],
    ["more doubt than there was", scanned("100", "10"), since("40"), 0, "low"],
    ["a share that is not quite whole", scanned("3", "2.9999999"), {}, 0.9999, "high"],
    ["an empty pipeline", { pipeline: {}, startedAt: now }, {}, null, "high"],
    ["no scan", null, {}, null, "unverified"],
    ["a scan of yesterday", scanned("100", "100", 25 * hour), {}, null, "unverified"],
  ])("with %s", (_what, scan, doubt, share, level) => {
    expect(confidence(scan, doubt, now)).toMatchObject({ share, level });
  });

  it("is that of the worst currency", () => {
    const pipeline = { EUR: { open: "10", confident: "10" }, USD: { open: "10", confident: "4" } };
    const found = confidence({ pipeline, startedAt: now }, emptyTally.pipeline, now);
    expect(found).toMatchObject({ shares: { EUR: 1, USD: 0.4 }, share: 0.4, level: "low" });
  });
});
