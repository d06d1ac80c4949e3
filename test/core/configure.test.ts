/** A configuration that contradicts itself is refused with the object, the field and the reason. */
import { describe, expect, test } from "vitest";
import type { Config } from "../../worker/core/configure.ts";
import { ConfigurationError, configure } from "../../worker/core/configure.ts";
import { config as shipped } from "../../worker/sync.config.ts";

/** A sound configuration with one field of most kinds. */
function sound() {
  return {
    version: 3,
    systems: {
      ops: { label: "Operations", connector: "rest" },
      hubspot: { label: "HubSpot", connector: "hubspot" },
      bill: { label: "Billing", connector: "rest" },
    },
    rank: ["hubspot", "ops", "bill"],
    skewToleranceMs: 2_000,
    objects: {
      deal: {
        label: "Deal",
        in: { hubspot: "deals", ops: "orders", bill: "invoices" },
        identity: ["number"],
        fields: {
          number: field({ kind: "text" }, { rule: "newest" }),
          amount: field({ kind: "money", currency: "EUR" }, { rule: "max" }),
          stage: field({ kind: "stage", order: ["open", "won"] }, { rule: "forward_only" }),
          tags: field({ kind: "options", options: ["a", "b"] }, { rule: "union" }),
          mood: field({ kind: "option", options: ["glad", "sad"] }, { rule: "newest" }),
          paid: field({ kind: "boolean" }, { rule: "ask" }),
          phone: field({ kind: "phone", region: "DE" }, { rule: "newest" }),
          customer: field({ kind: "reference", object: "deal" }, { rule: "newest" }),
        } as Record<string, ReturnType<typeof field>>,
      },
    } as Record<string, Record<string, unknown>>,
  };
}

let counter = 0;
function field(type: object, policy: object) {
  const property = `p${++counter}`;
  return {
    label: "Field",
    type: type as Record<string, unknown>,
    policy: policy as Record<string, unknown>,
    guards: {} as Record<string, unknown>,
    in: { hubspot: property, ops: property } as Record<string, unknown>,
  };
}

type Draft = ReturnType<typeof sound>;
type DraftField = ReturnType<typeof field>;
const fieldsOf = (draft: Draft) =>
  draft.objects.deal!.fields as unknown as Record<string, DraftField>;
const one = (draft: Draft, name: string): DraftField => fieldsOf(draft)[name]!;

function refusals(spoil: (draft: Draft) => void): string[] {
  const draft = sound();
  spoil(draft);
  try {
    configure(draft as unknown as Config);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.contradictions.map((each) =>
      [each.object, each.field, each.reason].filter((part) => part !== null).join(": "),
    );
  }
  return [];
}

const change = (name: string, part: Partial<DraftField>) => (draft: Draft) => {
  Object.assign(one(draft, name), part);
};
const ask = { rule: "ask" };
const named = (names: object) => ({ property: "x", names });

const contradictions: readonly [string, (draft: Draft) => void, string][] = [
  [
    "one system only",
    (draft) => {
      draft.systems = { ops: draft.systems.ops } as never;
      draft.rank = ["ops"];
      draft.objects = {};
    },
    "there are fewer than two systems",
  ],
  [
    "a system left out of rank",
    (draft) => void draft.rank.pop(),
    "rank names bill 0 times, not once",
  ],
  [
    "a system ranked twice",
    (draft) => void draft.rank.push("ops"),
    "rank names ops 2 times, not once",
  ],
  [
    "an unknown system in rank",
    (draft) => void draft.rank.push("toString"),
    "rank names an unknown system: toString",
  ],
  [
    "an object in an unknown system",
    (draft) => {
      draft.objects.deal!.in = { hubspot: "deals", ops: "orders", bill: "invoices", crm: "x" };
    },
    "deal: in names an unknown system: crm",
  ],
  [
    "an unknown identity field",
    (draft) => {
      draft.objects.deal!.identity = ["valueOf"];
    },
    "deal: identity names an unknown field: valueOf",
  ],
  [
    "a set as identity",
    (draft) => {
      draft.objects.deal!.identity = ["tags"];
    },
    "deal: identity names tags, whose type (options) identifies nothing",
  ],
  [
    "an unknown field of likeness",
    (draft) => {
      draft.objects.deal!.similar = ["valueOf"];
    },
    "deal: similar names an unknown field: valueOf",
  ],
  [
    "likeness without any identity",
    (draft) => {
      draft.objects.deal!.identity = [];
      draft.objects.deal!.similar = ["number"];
    },
    "deal: similar needs an identity beside it",
  ],
  [
    "an address as identity",
    (draft) => {
      one(draft, "number").type = { kind: "address" };
    },
    "deal: identity names number, whose type (address) identifies nothing",
  ],
  [
    "two fields on one property",
    (draft) => {
      one(draft, "paid").in = { hubspot: "shared", ops: "a" };
      one(draft, "phone").in = { hubspot: "shared", ops: "b" };
    },
    "deal: paid and phone are both held in hubspot's shared",
  ],
  [
    "a property that is another field's currency",
    (draft) => {
      one(draft, "amount").in = { hubspot: { property: "x", currencyProperty: "cur" }, ops: "x" };
      one(draft, "phone").in = { hubspot: "cur", ops: "b" };
    },
    "deal: amount and phone are both held in hubspot's cur",
  ],
  [
    "a field in one system",
    change("paid", { in: { hubspot: "a" } }),
    "deal: paid: it is held by fewer than two systems",
  ],
  [
    "a field in an unknown system",
    change("paid", { in: { hubspot: "a", ops: "b", crm: "c" } }),
    "deal: paid: in names an unknown system: crm",
  ],
  [
    "a field in a system without the object",
    (draft) => {
      draft.objects.deal!.in = { hubspot: "deals", ops: "orders" };
      one(draft, "paid").in = { hubspot: "a", bill: "b" };
    },
    "deal: paid: bill does not hold this object",
  ],
  [
    "a currency for what is no money",
    change("paid", {
      in: {
        hubspot: "a",
        ops: { property: "b", currencyProperty: "c" },
      },
    }),
    "deal: paid: ops has a currencyProperty, but the type is boolean",
  ],
  [
    "names for a type without any",
    change("phone", { in: { hubspot: "a", ops: named({ a: "b" }) } }),
    "deal: phone: ops has names, but a phone has none",
  ],
  [
    "an option left out of the names",
    change("tags", { in: { hubspot: "a", ops: named({ a: "1" }) } }),
    "deal: tags: ops's names leave out b",
  ],
  [
    "a name for an unknown stage",
    change("stage", {
      in: {
        hubspot: "a",
        ops: named({ open: "1", won: "2", lost: "3" }),
      },
    }),
    "deal: stage: ops's names have lost, which the type does not",
  ],
  [
    "an option named by a word of another type",
    change("mood", { in: { hubspot: "a", ops: named({ glad: "1", sad: "2", open: "3" }) } }),
    "deal: mood: ops's names have open, which the type does not",
  ],
  [
    "a name used twice",
    change("paid", { in: { hubspot: "a", ops: named({ true: "1", false: "1" }) } }),
    "deal: paid: ops's names use 1 twice",
  ],
  [
    "an option named twice",
    change("tags", { type: { kind: "options", options: ["a", "b", "a"] } }),
    "deal: tags: its type names a twice",
  ],
  [
    "an unknown currency",
    change("amount", { type: { kind: "money", currency: "ZZZ" } }),
    "deal: amount: ZZZ is not an ISO 4217 currency",
  ],
  [
    "an unknown region",
    change("phone", { type: { kind: "phone", region: "ZZ" } }),
    "deal: phone: ZZ is not an ISO 3166 region with phone numbers",
  ],
  [
    "a reference to an unknown object",
    change("customer", { type: { kind: "reference", object: "person" } }),
    "deal: customer: it refers to an unknown object: person",
  ],
  [
    "a reference to an object that one of its systems does not hold",
    (draft) => {
      const person = { label: "Person", in: { hubspot: "contacts" }, identity: [], fields: {} };
      draft.objects.person = person;
      one(draft, "customer").type = { kind: "reference", object: "person" };
    },
    "deal: customer: ops holds no person that it could refer to",
  ],
  [
    "references to an unknown object",
    change("customer", { type: { kind: "references", object: "person" } }),
    "deal: customer: it refers to an unknown object: person",
  ],
  [
    "a preferred system that does not hold the field",
    change("paid", { policy: { rule: "prefer", system: "bill" } }),
    "deal: paid: prefer names bill, which does not hold the field",
  ],
  [
    "an owner that does not hold the field",
    change("paid", { policy: { rule: "owned", system: "bill", elsewhere: "ask" } }),
    "deal: paid: owned names bill, which does not hold the field",
  ],
  [
    "a union of scalars",
    change("paid", { policy: { rule: "union" } }),
    "deal: paid: union needs a set, and a boolean is none",
  ],
  [
    "a highest phone number",
    change("phone", { policy: { rule: "max" } }),
    "deal: phone: max needs an order, and a phone has none",
  ],
  [
    "a lowest set",
    change("tags", { policy: { rule: "min" } }),
    "deal: tags: min needs an order, and a options has none",
  ],
  [
    "forward without stages",
    change("amount", { policy: { rule: "forward_only" } }),
    "deal: amount: forward_only needs a stage, and a money is none",
  ],
  [
    "a case without a condition",
    change("paid", { policy: when({}, { rule: "ask" }) }),
    "deal: paid: a case of when has no condition",
  ],
  [
    "a condition on an unknown field",
    change("paid", { policy: when({ field: { name: "valueOf", in: ["x"] } }, ask) }),
    "deal: paid: when names an unknown field: valueOf",
  ],
  [
    "a condition that cannot be",
    change("paid", { policy: when({ field: { name: "stage", in: ["lost"] } }, ask) }),
    "deal: paid: when asks for stage lost, which cannot be",
  ],
  [
    "a contradiction inside a case",
    change("paid", { policy: when({ actor: "person" }, { rule: "union" }) }),
    "deal: paid: union needs a set, and a boolean is none",
  ],
  [
    "a contradiction after all cases",
    change("paid", {
      policy: {
        ...when({ actor: "person" }, ask),
        otherwise: { rule: "union" },
      },
    }),
    "deal: paid: union needs a set, and a boolean is none",
  ],
  [
    "a read-only system that must follow",
    change("paid", { in: { hubspot: "a", ops: { property: "b", readOnly: true } } }),
    "deal: paid: it is read-only in ops, so only owned by ops can hold",
  ],
  [
    "a read-only system that another one owns",
    (draft) => {
      one(draft, "paid").in = { hubspot: "a", ops: { property: "b", readOnly: true } };
      one(draft, "paid").policy = { rule: "owned", system: "hubspot", elsewhere: "revert" };
    },
    "deal: paid: it is read-only in ops, so only owned by ops can hold",
  ],
  [
    "a pattern that is none",
    change("paid", { guards: { pattern: { matches: "(", message: "No." } } }),
    "deal: paid: its pattern is not a regular expression",
  ],
];

function when(condition: object, use: object) {
  return { rule: "when", cases: [{ if: condition, use }], otherwise: { rule: "newest" } };
}

const malformed: readonly [string, (draft: Draft) => void, string][] = [
  [
    "a mistyped key",
    (draft) => {
      Object.assign(draft, { ranks: [] });
    },
    "Unrecognized",
  ],
  [
    "a mistyped key of a type",
    change("number", { type: { kind: "text", lenghtMax: 3 } }),
    "deal: number: type: Unrecognized",
  ],
  [
    "a mistyped guard",
    change("number", { guards: { rejectBlanks: true } }),
    "deal: number: guards: Unrecognized",
  ],
  [
    "no objects",
    (draft) => {
      Object.assign(draft, { objects: undefined });
    },
    "objects: Invalid input",
  ],
  [
    "an object without fields",
    (draft) => {
      Object.assign(draft.objects.deal!, { fields: undefined });
    },
    "deal: fields: Invalid input",
  ],
  [
    "an unknown rule",
    change("number", { policy: { rule: "loudest" } }),
    "deal: number: policy.rule: Invalid",
  ],
  [
    "an object without a label",
    (draft) => {
      draft.objects.deal!.label = "";
    },
    "deal: label: Too small",
  ],
  [
    "a name that the language has taken",
    (draft) => {
      Object.assign(draft.objects, { constructor: draft.objects.deal });
    },
    "constructor: this name is taken by the language",
  ],
  [
    "a field name in capitals",
    (draft) => {
      fieldsOf(draft).Paid = one(draft, "paid");
    },
    "deal: Paid: Invalid",
  ],
];

describe("configure", () => {
  test("accepts what does not contradict itself", () => {
    expect(refusals(() => {})).toEqual([]);
  });

  test.each(contradictions)("refuses %s, and says only that", (_, spoil, wanted) => {
    expect(refusals(spoil)).toEqual([wanted]);
  });

  test.each(malformed)("refuses %s", (_, spoil, wanted) => {
    expect(refusals(spoil).join("\n")).toContain(wanted);
  });

  test("tells all contradictions at once", () => {
    const two = refusals((draft) => {
      one(draft, "paid").policy = { rule: "union" };
      one(draft, "phone").policy = { rule: "max" };
    });
    expect(two).toHaveLength(2);
  });

  test("allows a read-only system that owns the field", () => {
    const spoil = (draft: Draft) => {
      one(draft, "paid").in = { hubspot: "a", ops: { property: "b", readOnly: true } };
      one(draft, "paid").policy = { rule: "owned", system: "ops", elsewhere: "revert" };
    };
    expect(refusals(spoil)).toEqual([]);
  });

  test("asks a system what changed as often as it is told to, else never", () => {
    const draft = sound();
    Object.assign(draft.systems.ops!, { pollEveryMinutes: 5 });
    const { systems } = configure(draft as unknown as Config);
    expect(systems.ops?.pollEveryMs).toBe(300_000);
    expect(systems.hubspot?.pollEveryMs).toBeNull();
  });

  test("compiles fields with systems in rank order and mappings by system", () => {
    const draft = sound();
    one(draft, "paid").in = {
      ops: { property: "b", readOnly: true, names: { true: "Y", false: "N" } },
      hubspot: { property: "a", readOnly: false },
    };
    one(draft, "paid").policy = { rule: "owned", system: "ops", elsewhere: "revert" };
    one(draft, "amount").in = {
      hubspot: { property: "amt", currencyProperty: "cur" },
      bill: "total",
    };
    const rules = configure(draft as unknown as Config);
    expect(rules).toMatchObject({
      version: 3,
      rank: ["hubspot", "ops", "bill"],
      skewToleranceMs: 2_000,
    });
    expect(rules.systems.ops).toMatchObject({
      system: "ops",
      label: "Operations",
      connector: "rest",
    });
    const { fields, mappings, identity } = rules.objects.deal!;
    expect(identity).toEqual(["number"]);
    expect(fields.paid).toEqual({
      field: "paid",
      label: "Field",
      type: { kind: "boolean" },
      policy: { rule: "owned", system: "ops", elsewhere: "revert" },
      guards: { rejectBlank: true, cadence: "realtime", critical: false },
      systems: ["hubspot", "ops"],
      readOnly: ["ops"],
    });
    expect(fields.amount?.systems).toEqual(["hubspot", "bill"]);
    expect(mappings.bill).toEqual({
      object: "deal",
      systemObject: "invoices",
      fields: [{ field: "amount", type: { kind: "money", currency: "EUR" }, property: "total" }],
    });
    expect(mappings.hubspot?.fields.find(({ field }) => field === "amount")).toEqual({
      field: "amount",
      type: { kind: "money", currency: "EUR" },
      property: "amt",
      currencyProperty: "cur",
    });
    expect(mappings.ops?.fields.find(({ field }) => field === "paid")).toEqual({
      field: "paid",
      type: { kind: "boolean" },
      property: "b",
      names: { true: "Y", false: "N" },
      readOnly: true,
    });
  });

  test("the shipped configuration holds", () => {
    expect(Object.keys(shipped.objects)).toEqual(["company", "contact", "deal"]);
  });

  test("the error names every contradiction on a line of its own", () => {
    const error = new ConfigurationError([
      { object: "deal", field: "paid", reason: "no" },
      { object: null, field: null, reason: "never" },
    ]);
    expect(error.message).toBe("The configuration cannot be used:\n- deal: paid: no\n- never");
    expect(error.name).toBe("ConfigurationError");
  });
});
