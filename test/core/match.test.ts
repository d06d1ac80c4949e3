/** Which record is the counterpart, and when that is a person's question. */
import { describe, expect, test } from "vitest";
import type { Aliases, Fields } from "../../shared/record.ts";
import { type Config, configure } from "../../worker/core/configure.ts";
import { likenessOf, similarity } from "../../worker/core/likeness.ts";
import {
  type Candidate,
  type Described,
  isAnonymous,
  match,
  propose,
  together,
  twins,
} from "../../worker/core/match.ts";
import type { ObjectRules } from "../../worker/core/rules.ts";
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
const objectOf = (identity: string[], similar: string[] = []) =>
  thing(
    configure({
      ...config,
      objects: { thing: { ...config.objects.thing!, identity, similar } },
    } as Config),
  );
const company = objectOf(["email", "domain"], ["name"]);

const free = (recordId: string, held: Fields, rest: Partial<Candidate> = {}): Candidate => ({
  recordId,
  fields: held,
  linked: false,
  ...rest,
});
const newcomer = (held: Fields, aliases: Aliases = {}): Described => ({
  recordId: "0",
  fields: held,
  aliases,
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
      { ...link("1"), byAlias: true },
    ],
    [
      "a record that holds the address and one that is only known by it",
      [
        free("1", { email: "b@x.com" }, { aliases: { email: ["a@x.com"] } }),
        free("2", { email: "a@x.com" }),
      ],
      link("2"),
    ],
    [
      "a record known by another domain only, where one field hits by what is held",
      [free("1", {}, { aliases: { email: ["a@x.com"] } }), free("2", { domain: "x.com" })],
      { ...link("2"), by: "domain" },
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
    expect(match(company, newcomer(held), candidates)).toEqual(wanted);
  });

  test("the next identity field is tried where the first says nothing", () => {
    const candidates = [free("1", { domain: "x.com" })];
    expect(match(company, newcomer({ email: null, domain: "x.com" }), candidates)).toEqual({
      ...link("1"),
      by: "domain",
    });
  });

  test("the record itself may be known by further values", () => {
    const candidates = [free("1", { email: "old@x.com" })];
    const found = match(
      company,
      newcomer({ email: "a@x.com" }, { email: ["old@x.com"] }),
      candidates,
    );
    expect(found).toEqual({ ...link("1"), byAlias: true });
  });

  test("a mail provider's domain identifies nobody", () => {
    const shared = { domain: "gmail.com" };
    const further = { aliases: { domain: ["gmail.com"] } };
    const candidates = [free("1", shared), free("2", {}, further)];
    const one = newcomer(shared, further.aliases);
    expect(match(company, one, candidates)).toEqual({ kind: "none" });
  });

  test("an object without identity fields matches nothing", () => {
    const bare = objectOf([]);
    expect(match(bare, newcomer({ email: "a@x.com" }), [free("1", { email: "a@x.com" })])).toEqual({
      kind: "none",
    });
  });

  test("says how much each candidate is like it, best first, ten at most", () => {
    const held = { email: "a@x.com", name: "Acme GmbH", country: "DE" };
    const twelve = Array.from({ length: 12 }, (_, index) =>
      free(String(50 - index), { email: "a@x.com", name: "Zenith" }),
    );
    const alike = [
      free("99", { email: "a@x.com", name: "Acme", country: "FR" }),
      free("98", { email: "a@x.com", name: "ACME, Inc.", country: "DE" }),
    ];
    const found = match(company, newcomer(held), [...twelve, ...alike]);
    const candidates = found.kind === "ambiguous" ? found.candidates : [];
    expect(candidates).toHaveLength(10);
    expect(candidates.slice(0, 3)).toEqual([
      { recordId: "98", score: 100, because: "Alike in name, email and country." },
      { recordId: "99", score: 67, because: "Alike in name and email." },
      { recordId: "39", score: 50, because: "Alike in email." },
    ]);
  });
});

function link(recordId: string) {
  return { kind: "link", recordId, by: "email", byAlias: false } as const;
}

function doubt(ids: readonly string[], reason: string) {
  const candidates = ids.map((recordId) => expect.objectContaining({ recordId }));
  return { kind: "ambiguous", by: "email", candidates, reason } as const;
}

describe("twins", () => {
  const held = { email: "a@x.com", domain: "x.com" };

  test.each([
    ["nobody else", [], null],
    ["somebody else", [free("1", { email: "b@x.com", domain: "y.com" })], null],
    [
      "one with the same address, linked or not",
      [free("1", { email: "a@x.com" }, { linked: true })],
      doubt(["1"], "2 records have the same email."),
    ],
    [
      "two with the same domain",
      [free("2", { domain: "x.com" }), free("1", { domain: "x.com" })],
      { ...doubt(["1", "2"], "3 records have the same domain."), by: "domain" },
    ],
    [
      "one that is also known by the address",
      [free("1", { email: "b@x.com" }, { aliases: { email: ["a@x.com"] } })],
      doubt(["1"], "2 records have the same email."),
    ],
  ] as const)("%s", (_, others, wanted) => {
    expect(twins(company, newcomer(held), others)).toEqual(wanted);
  });

  test("of two that are taken as one are those of either", () => {
    const other = free("9", { email: "b@x.com" }, { aliases: { domain: ["z.com"] } });
    const one = together(company, newcomer({ email: "a@x.com" }, { email: ["c@x.com"] }), other);
    for (const shared of [
      { email: "a@x.com" },
      { email: "b@x.com" },
      { email: "c@x.com" },
      { domain: "z.com" },
    ]) {
      expect(twins(company, one, [free("1", shared)])).not.toBeNull();
    }
    expect(twins(company, one, [free("1", { email: "d@x.com" })])).toBeNull();
  });
});

describe("propose", () => {
  const held: Fields = { name: "Acme GmbH", country: "DE", amount: "5", domain: "gmail.com" };
  const proposed = (object: ObjectRules, fields: Fields, candidates: readonly Candidate[]) =>
    propose(object, newcomer(fields), candidates)?.candidates.map(({ recordId }) => recordId);

  test("names free records of the same name that look alike, best first", () => {
    const candidates = [
      free("5", { name: "Acme GmbH", country: "FR" }),
      free("4", { name: "Acme GmbH", country: "FR", domain: "gmail.com" }),
      free("3", { name: "Acme GmbH", country: "DE" }),
      free("2", { name: "Acme GmbH" }, { linked: true }),
      free("1", { name: "Acme", country: "DE" }),
      free("6", { name: null, country: "DE" }),
    ];
    expect(propose(company, newcomer(held), candidates)).toEqual({
      kind: "ambiguous",
      by: "email",
      reason: "It has no email and no domain, and a record looks like it.",
      candidates: [{ recordId: "3", score: 100, because: "Alike in name and country." }],
    });
  });

  test("says nothing of who has an identity, nor where no field is named", () => {
    const candidates = [free("1", { name: "Acme GmbH" })];
    expect(proposed(company, held, candidates)).toEqual(["1"]);
    expect(proposed(company, { ...held, email: "a@x.com" }, candidates)).toBeUndefined();
    expect(proposed(objectOf(["email"]), held, candidates)).toBeUndefined();
    expect(proposed(objectOf([]), held, candidates)).toBeUndefined();
    expect(proposed(company, { country: "DE" }, [free("1", { country: "DE" })])).toBeUndefined();
    const known = newcomer(held, { email: ["a@x.com"] });
    expect(propose(company, known, candidates)).toBeNull();
    expect(isAnonymous(company, known)).toBe(false);
    expect(isAnonymous(company, newcomer(held))).toBe(true);
  });

  test("draws the line at a score of 60, and names only what is alike", () => {
    const fields = { name: "Acme GmbH", note: "abcd" };
    const other = free("1", { name: "Acme GmbH", note: "axyz" });
    expect(propose(company, newcomer(fields), [other])?.candidates).toEqual([
      { recordId: "1", score: 60, because: "Alike in name." },
    ]);
  });

  test("counts those it found", () => {
    const candidates = [free("1", { name: "Acme GmbH" }), free("2", { name: "Acme GmbH" })];
    expect(propose(company, newcomer({ name: "Acme GmbH" }), candidates)?.reason).toBe(
      "It has no email and no domain, and 2 records look like it.",
    );
  });
});

describe("likeness", () => {
  const contact = thing(
    rulesOf({ ...fields, url: { type: { kind: "url" } }, phone: { type: { kind: "phone" } } }),
  );

  test("weighs what reaches or names somebody, and nothing else", () => {
    const all = {
      email: "a@x.com",
      phone: "+14155550132",
      domain: "x.com",
      url: "https://x.com",
      note: "A longer note",
      amount: "5",
    };
    const other = { recordId: "1", fields: { ...all, phone: "+1", amount: "6" } };
    expect(likenessOf(contact, all, other)).toEqual({
      recordId: "1",
      score: 80,
      because: "Alike in email, domain, note and url.",
    });
    expect(likenessOf(contact, other.fields, { recordId: "1", fields: all }).score).toBe(80);
  });

  test("of records that share no field is none", () => {
    const none = { recordId: "1", score: 0, because: "No other field is alike." };
    expect(
      likenessOf(contact, { amount: "5" }, { recordId: "1", fields: { amount: "5" } }),
    ).toEqual(none);
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
