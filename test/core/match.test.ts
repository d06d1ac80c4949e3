/** Which record is the counterpart, and when that is a person's question. */
import { describe, expect, test } from "vitest";
import type { Fields } from "../../shared/record.ts";
import { type Config, configure } from "../../worker/core/configure.ts";
import { type Candidate, match, propose, similarity } from "../../worker/core/match.ts";
import { configOf, rulesOf, thing } from "./fixtures.ts";

const fields = {
  name: { type: { kind: "name" } },
  email: { type: { kind: "email" } },
  domain: { type: { kind: "domain" } },
  note: { type: { kind: "text" } },
  country: { type: { kind: "country" } },
  amount: { type: { kind: "decimal", scale: 2 } },
} as const;
const config = configOf(fields);
const company = thing(
  configure({
    ...config,
    objects: { thing: { ...config.objects.thing!, identity: ["email", "domain"] } },
  } as Config),
);

const contact = thing(
  rulesOf({ ...fields, url: { type: { kind: "url" } }, phone: { type: { kind: "phone" } } }),
);

const free = (recordId: string, held: Fields, rest: Partial<Candidate> = {}): Candidate => ({
  recordId,
  fields: held,
  linked: false,
  ...rest,
});

describe("match", () => {
  test.each([
    ["one free record with the same identity", [free("1", { email: "a@x.com" })], link("1")],
    ["a record that differs", [free("1", { email: "b@x.com" })], { kind: "none" }],
    ["a record whose identity is blank", [free("1", { email: null })], { kind: "none" }],
    ["a record whose identity is unknown", [free("1", {})], { kind: "none" }],
    ["no record", [], { kind: "none" }],
    [
      "a record known by a secondary address",
      [free("1", { email: "b@x.com" }, { aliases: { email: ["a@x.com"] } })],
      link("1"),
    ],
    [
      "a record that is linked already",
      [free("1", { email: "a@x.com" }, { linked: true })],
      doubt(["1"], "The only record with the same email is already linked to another one."),
    ],
    [
      "two records with the same identity",
      [free("2", { email: "a@x.com" }), free("1", { email: "a@x.com" })],
      doubt(["1", "2"], "2 records have the same email."),
    ],
    [
      "two identity fields that point at different records",
      [free("1", { email: "a@x.com" }), free("2", { domain: "x.com" })],
      doubt(["1", "2"], "email and domain point at different records."),
    ],
    [
      "two identity fields of which one points at several records",
      [free("1", { email: "a@x.com", domain: "x.com" }), free("2", { domain: "x.com" })],
      link("1"),
    ],
  ] as const)("%s", (_, candidates, wanted) => {
    const held = { email: "a@x.com", domain: "x.com" };
    expect(match(company, held, candidates)).toEqual(wanted);
  });

  test("the next identity field is tried where the first says nothing", () => {
    const candidates = [free("1", { domain: "x.com" })];
    expect(match(company, { email: null, domain: "x.com" }, candidates)).toEqual({
      ...link("1"),
      by: "domain",
    });
  });

  test("the record itself may be known by further values", () => {
    const candidates = [free("1", { email: "old@x.com" })];
    const aliases = { email: ["old@x.com"] };
    expect(match(company, { email: "a@x.com" }, candidates, aliases)).toEqual(link("1"));
  });

  test("a mail provider's domain identifies nobody", () => {
    const candidates = [free("1", { domain: "gmail.com" })];
    expect(match(company, { domain: "gmail.com" }, candidates)).toEqual({ kind: "none" });
  });

  test("an object without identity fields matches nothing", () => {
    expect(match(thing(rulesOf(fields)), {}, [free("1", {})])).toEqual({ kind: "none" });
  });
});

function link(recordId: string) {
  return { kind: "link", recordId, by: "email" } as const;
}

function doubt(candidates: readonly string[], reason: string) {
  return { kind: "ambiguous", by: "email", candidates, reason } as const;
}

describe("propose", () => {
  const held: Fields = {
    name: "Acme GmbH",
    email: "info@acme.de",
    country: "DE",
    amount: "5",
    domain: "gmail.com",
  };

  test("lists free records that look alike, best first, with what speaks for them", () => {
    const candidates = [
      free("4", { name: "Acme", country: "FR" }),
      free("3", { name: "ACME, Inc.", country: "DE" }),
      free("2", { name: "Acme", country: "DE" }),
      free("1", { name: "Acme", country: "DE" }, { linked: true }),
      free("5", { name: "Zenith", country: "DE" }),
      free("6", { amount: "5", domain: "gmail.com" }),
      free("7", { email: null }),
      free("0", { name: "Acmee", country: "DE" }),
    ];
    expect(propose(company, held, candidates)).toEqual([
      { recordId: "2", score: 1, because: ["name", "country"] },
      { recordId: "3", score: 1, because: ["name", "country"] },
      { recordId: "0", score: expect.closeTo(0.95, 1), because: ["name", "country"] },
    ]);
  });

  test("weighs what reaches or names somebody, and nothing else", () => {
    const all = {
      email: "a@x.com",
      phone: "+14155550132",
      domain: "x.com",
      url: "https://x.com",
      note: "A longer note",
      amount: "5",
    };
    const [found] = propose(contact, all, [free("1", { ...all, phone: "+1", amount: "6" })]);
    expect(found).toEqual({
      recordId: "1",
      score: 0.8,
      because: ["email", "domain", "note", "url"],
    });
  });

  test("lists at most five", () => {
    const candidates = ["1", "6", "5", "4", "3", "2", "7"].map((id) => free(id, { name: "Acme" }));
    for (const order of [candidates, candidates.toReversed()]) {
      const ids = propose(company, held, order).map(({ recordId }) => recordId);
      expect(ids).toEqual(["1", "2", "3", "4", "5"]);
    }
  });
});

describe("similarity", () => {
  test.each([
    ["Müller & Söhne GmbH", "muller sohne", 1],
    ["Acme", "Zenith", 0],
    ["", "", 0],
    ["GmbH", "Inc", 0],
    ["aaaa", "aa", 0.75],
    ["night", "nacht", 0.5],
  ])("of %j and %j is %d", (a, b, wanted) => {
    expect(similarity(a, b)).toBeCloseTo(wanted, 10);
    expect(similarity(b, a)).toBeCloseTo(wanted, 10);
  });
});
