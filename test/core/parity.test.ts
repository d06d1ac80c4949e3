import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Held, Observation } from "../../shared/record.ts";
import { configure } from "../../worker/core/configure.ts";
import {
  combined,
  confidence,
  differing,
  emptyTally,
  isShared,
  otherSegments,
  seenWith,
  segmentFields,
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

  it("counts a field that a person is to decide on", () => {
    const asked = rulesOf({ f: { policy: { rule: "ask" } } });
    const seen = { hubspot: { f: "b" }, ops: { f: "c" } };
    const base = { f: "a" };
    expect(unsettled(asked, asked.objects.thing!, { base, seen }, now)).toEqual(["f"]);
  });

  it("counts a field of one system, or of none, as shared", () => {
    expect(isShared(object, "f", { hubspot: { f: "a" } })).toBe(true);
    expect(isShared(object, "gone", { hubspot: { gone: "a" }, ops: { gone: "b" } })).toBe(true);
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

  it("has no pipeline where the object has none, or its fields were taken out", () => {
    const seen = { hubspot: open("10 EUR"), ops: open("10 EUR") };
    expect(tallyOf({ ...deal, pipeline: null }, seen, false).pipeline).toEqual({});
    const { amount: _amount, ...fields } = deal.fields;
    expect(tallyOf({ ...deal, fields }, seen, false).pipeline).toEqual({});
  });

  it("adds up from nothing, by field and by currency", () => {
    const [euro, dollar] = [open("10 EUR"), open("7 USD")];
    const one = of(euro, euro);
    expect(combined(emptyTally, 1, one)).toEqual(one);
    const both = combined(one, 1, of(dollar, { ...dollar, name: "B" }, true));
    expect(both.pipeline).toEqual({
      EUR: { open: "10", confident: "10" },
      USD: { open: "7", confident: "0" },
    });
    expect(both.fields.amount).toEqual({ equal: 2, different: 0 });
  });

  it("counts a field only where two systems were seen with it", () => {
    const { fields } = of({ name: "A", amount: "1 EUR" }, { name: "B" });
    expect(fields).toEqual({ name: { equal: 0, different: 1 } });
  });

  it("takes a value without a canonical form for different from every other", () => {
    const raw = { kind: "invalid", raw: "A", reason: "", at: null, actor: null } as const;
    const seen = seenWith({ hubspot: { name: "A" }, ops: { name: "A" } }, "ops", { name: raw });
    expect(tallyOf(deal, seen, false).fields.name).toEqual({ equal: 0, different: 1 });
    const read = seenWith(seen, "ops", { name: held("A") });
    expect(tallyOf(deal, read, false).fields.name).toEqual({ equal: 1, different: 0 });
  });

  it("counts an entity once, and by the values that tell entities apart", () => {
    const one = of(open("10 EUR", { owner: "ada@example.com" }), open("10 EUR"));
    const two = of(open("10 EUR"), open("20 EUR", { owner: "ada@example.com" }));
    const { entities, segments } = combined(one, 1, two);
    expect(entities).toEqual({ equal: 1, different: 1 });
    expect(segments).toMatchObject({
      stage: { qualified: { equal: 1, different: 1 } },
      owner: { "ada@example.com": { equal: 1, different: 1 } },
    });
    expect(of(open("10 EUR"), null)).toMatchObject({ entities: emptyTally.entities, segments: {} });
    expect(segmentFields(deal)).toContain("stage");
  });

  it("tells no more values apart than fit, and loses no entity", () => {
    const all = Array.from({ length: 300 }, (_, n) => {
      const owned = open("10 EUR", { owner: `p${n}@example.com` });
      return of(owned, owned);
    });
    const { segments } = all.reduce((sum, one) => combined(sum, 1, one), emptyTally);
    const counts = Object.values(segments.owner ?? {}).map(({ equal }) => equal);
    expect(counts.reduce((sum, equal) => sum + equal, 0)).toBe(300);
    expect(counts).toHaveLength(201);
    expect(segments.owner?.[otherSegments]).toEqual({ equal: 100, different: 0 });
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
    ["deals worth nothing", scanned("0", "0"), {}, null, "high"],
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
