/** What holds in every world, ten thousand worlds a law. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FieldPolicy } from "../../shared/policy.ts";
import type { Fields, FieldType, Held, Observation } from "../../shared/record.ts";
import {
  canonical,
  compare,
  equal,
  heldKey,
  isOrdered,
  neutral,
  typed,
} from "../../worker/core/canonical.ts";
import type { EntityView, FieldDecision, Plan } from "../../worker/core/decision.ts";
import { fingerprint } from "../../worker/core/explain.ts";
import { plan, settle } from "../../worker/core/plan.ts";
import { reconcile } from "../../worker/core/reconcile.ts";
import type { Rules } from "../../worker/core/rules.ts";
import { precedence } from "../../worker/core/words.ts";
import { heldOf, type World, world } from "./arbitrary.ts";
import { now, person, rulesOf, thing } from "./fixtures.ts";

const law = { numRuns: 10_000, seed: 20261123 };

const decideAll = (rules: Rules, view: EntityView): FieldDecision[] =>
  reconcile(rules, thing(rules), view);
const planAll = (rules: Rules, view: EntityView): Plan =>
  plan(thing(rules), view, decideAll(rules, view));
const isEmpty = ({ writes }: Plan): boolean => Object.keys(writes).length === 0;

/** What every system holds, where it was read and is valid. */
function heldIn(view: EntityView): Record<string, Fields> {
  return Object.fromEntries(
    Object.entries(view.systems).map(([system, fields]) => [
      system,
      Object.fromEntries(
        Object.entries(fields).flatMap(([field, seen]) =>
          seen.kind === "held" ? [[field, seen.value]] : [],
        ),
      ),
    ]),
  );
}

/** The world after all writes arrived; base is left alone, as after a crash. */
function written(view: EntityView, { writes }: Plan): EntityView {
  const systems = Object.fromEntries(
    Object.entries(view.systems).map(([system, fields]) => [
      system,
      {
        ...fields,
        ...Object.fromEntries(
          Object.entries(writes[system] ?? {}).map(([field, value]): [string, Observation] => [
            field,
            { kind: "held", value, at: view.now, actor: { kind: "self" } },
          ]),
        ),
      },
    ]),
  );
  return { ...view, systems };
}

function settled(rules: Rules, view: EntityView): EntityView {
  return { ...view, base: settle(thing(rules), view.base, heldIn(view)) };
}

describe("deciding", () => {
  test("a record that is the same everywhere gives an empty plan", () => {
    const same = world({ clear: true }).map(({ rules, view }) => {
      const [first] = Object.values(view.systems);
      const systems = Object.fromEntries(Object.keys(view.systems).map((name) => [name, first!]));
      return { rules, view: { ...view, systems } };
    });
    fc.assert(
      fc.property(same, ({ rules, view }) => {
        expect(isEmpty(planAll(rules, view))).toBe(true);
        const base = heldIn(view).hubspot!;
        const again = decideAll(rules, { ...view, base });
        expect(again.every(({ verdict }) => verdict.kind === "unchanged")).toBe(true);
      }),
      law,
    );
  });

  test("what was planned and done needs no doing again, base moved or not", () => {
    fc.assert(
      fc.property(world(), ({ rules, view }) => {
        const planned = planAll(rules, view);
        const done = written(view, planned);
        expect(planAll(rules, done).writes).toEqual({});
        // A field that was held back may be decided now, by a policy that looks at another's base.
        const decided = planned.decisions.filter(({ verdict }) => "value" in verdict);
        const again = decideAll(rules, settled(rules, done));
        for (const { field } of decided) {
          expect(again.find((one) => one.field === field)?.writes).toEqual([]);
        }
      }),
      law,
    );
  });

  test("where all can be heard, what was decided is agreed on afterwards", () => {
    fc.assert(
      fc.property(world({ clear: true }), ({ rules, view }) => {
        const planned = planAll(rules, view);
        const { base } = settled(rules, written(view, planned));
        for (const { field, verdict } of planned.decisions) {
          if ("value" in verdict) expect(base[field]).toEqual(verdict.value);
        }
      }),
      law,
    );
  });

  test("no value appears that no system held and no person entered", () => {
    const ruled = world().chain(({ rules, view }) =>
      heldOf({ kind: "stage", order: ["a"] }).map((value) => {
        const { inputs } = decideAll(rules, view)[0]!.because;
        const ruling = { exceptionId: "e", value, shown: fingerprint(inputs), person, at: now };
        const rulings: EntityView["rulings"] = { f: ruling };
        return { rules, view: { ...view, rulings } };
      }),
    );
    fc.assert(
      fc.property(ruled, ({ rules, view }) => {
        for (const { field, verdict } of decideAll(rules, view)) {
          if (!("value" in verdict)) continue;
          const known: Held[] = [
            ...Object.values(heldIn(view)).flatMap((fields) =>
              fields[field] === undefined ? [] : [fields[field]],
            ),
            view.base[field] ?? null,
            view.rulings[field]?.value ?? null,
          ];
          const parts = known.flatMap((value) => value ?? []);
          for (const part of [verdict.value].flat()) {
            expect(part === null || parts.includes(part)).toBe(true);
          }
          if (!Array.isArray(verdict.value)) expect(known).toContainEqual(verdict.value);
        }
      }),
      law,
    );
  });

  test("everything that is overwritten is base, blank, or named among the losers", () => {
    fc.assert(
      fc.property(world(), ({ rules, view }) => {
        for (const { field, writes, because } of decideAll(rules, view)) {
          for (const system of writes) {
            const seen = view.systems[system]?.[field];
            const before = seen?.kind === "held" ? seen.value : "??";
            const harmless = equal(before, view.base[field] ?? null);
            expect(harmless || because.losers.includes(system)).toBe(true);
          }
        }
      }),
      law,
    );
  });

  test("nothing is written where nothing was read, nor twice what is there", () => {
    fc.assert(
      fc.property(world(), ({ rules, view }) => {
        for (const { field, writes, verdict } of decideAll(rules, view)) {
          for (const system of writes) {
            const seen = view.systems[system]?.[field];
            expect(seen).toBeDefined();
            expect(
              "value" in verdict && seen?.kind === "held" && equal(seen.value, verdict.value),
            ).toBe(false);
          }
        }
      }),
      law,
    );
  });

  test("a blank never overwrites a value where it must not", () => {
    fc.assert(
      fc.property(world(), ({ rules, view }) => {
        for (const { field, writes, verdict } of decideAll(rules, view)) {
          const { rejectBlank } = thing(rules).fields[field]!.guards;
          if (rejectBlank && writes.length > 0 && "value" in verdict) {
            expect(verdict.value).not.toBeNull();
          }
        }
      }),
      law,
    );
  });

  test("what is decided of one field depends on nothing but the others' base", () => {
    fc.assert(
      fc.property(world(), ({ rules, view }) => {
        const [f] = decideAll(rules, view);
        const systems = Object.fromEntries(
          Object.entries(view.systems).map(([system, { f: seen }]) => [
            system,
            seen === undefined ? {} : { f: seen },
          ]),
        );
        expect(decideAll(rules, { ...view, systems })[0]).toEqual(f);
      }),
      law,
    );
  });

  test("permuting systems changes nothing but names", () => {
    fc.assert(
      fc.property(world(), fc.nat(), (given, turn) => {
        const names = given.systems;
        const renamed = (name: string) =>
          names[(names.indexOf(name) + turn) % names.length] ?? name;
        const there = rename(given, renamed);
        const decided = decideAll(given.rules, given.view).map((one) => anonymous(one, renamed));
        const wanted = decideAll(there.rules, there.view).map((one) => anonymous(one, (x) => x));
        expect(decided).toEqual(wanted);
      }),
      law,
    );
  });

  test("the order in which systems answered does not matter", () => {
    fc.assert(
      fc.property(world(), ({ rules, view }) => {
        const systems = Object.fromEntries(Object.entries(view.systems).toReversed());
        expect(decideAll(rules, { ...view, systems })).toEqual(decideAll(rules, view));
      }),
      law,
    );
  });

  test("every decision says why, by a rule that is written down", () => {
    const policies = ["newest", "prefer", "owned", "fill_blank", "union", "max", "min"];
    const known = new Set([
      ...policies,
      ...["forward_only", "ask", "when"],
      ...precedence.map(({ rule }) => rule),
    ]);
    fc.assert(
      fc.property(world(), ({ rules, view }) => {
        for (const { because } of decideAll(rules, view)) {
          expect(known).toContain(because.rule);
          expect(because.sentence).toMatch(/^[A-Z].*\.$/);
          expect(because.policyVersion).toBe(7);
        }
      }),
      law,
    );
  });
});

function rename({ fields, systems, view }: World, renamed: (name: string) => string) {
  const swap = (policy: FieldPolicy): FieldPolicy =>
    JSON.parse(JSON.stringify(policy), (key, value) => (key === "system" ? renamed(value) : value));
  const setups = Object.fromEntries(
    Object.entries(fields).map(([name, setup]) => [
      name,
      { ...setup, policy: swap(setup.policy ?? { rule: "newest" }) },
    ]),
  );
  return {
    rules: rulesOf(setups, systems.map(renamed)),
    view: {
      ...view,
      systems: Object.fromEntries(
        Object.entries(view.systems).map(([system, seen]) => [renamed(system), seen]),
      ),
    },
  };
}

/** A decision without its words, under other names. */
function anonymous(
  { field, verdict, writes, because }: FieldDecision,
  renamed: (x: string) => string,
) {
  return {
    field,
    kind: verdict.kind,
    value: "value" in verdict ? verdict.value : undefined,
    from: "from" in verdict && verdict.from !== null ? renamed(verdict.from) : null,
    writes: writes.map(renamed),
    losers: because.losers.map(renamed),
    rule: because.rule,
    recommended: because.recommended === null ? null : renamed(because.recommended.system),
  };
}

describe("syncing between edits or after them all ends the same", () => {
  const edit = fc.record({
    place: fc.nat({ max: 2 }),
    value: fc.constantFrom("a", "b", "c"),
    syncs: fc.boolean(),
  });
  const edits = fc.array(edit, { minLength: 1, maxLength: 5 });
  const names = ["hubspot", "ops", "bill"];
  const letters: FieldType = { kind: "stage", order: ["a", "b", "c"] };
  const tags: FieldType = { kind: "options", options: ["a", "b", "c"] };

  type Edit = { readonly place: number; readonly value: Held; readonly syncs: boolean };

  function outcome(rules: Rules, start: Held, list: readonly Edit[]): Held {
    let view: EntityView = {
      base: { f: start },
      systems: Object.fromEntries(
        names.map((name) => [name, { f: { kind: "held", value: start, at: 0, actor: null } }]),
      ),
      rulings: {},
      now,
    };
    for (const [index, { place, value, syncs }] of list.entries()) {
      const at = now + index * 10_000;
      const name = names[place]!;
      const f: Observation = { kind: "held", value, at, actor: person };
      view = { ...view, now: at, systems: { ...view.systems, [name]: { f } } };
      if (!syncs && index < list.length - 1) continue;
      view = settled(rules, written({ ...view, now: at + 5_000 }, planAll(rules, view)));
    }
    return view.base.f ?? null;
  }

  test.each<[FieldPolicy, FieldType]>([
    [{ rule: "max" }, letters],
    [{ rule: "min" }, letters],
    [{ rule: "forward_only" }, letters],
  ])("with %j, where edits only go one way", (policy, type) => {
    const sign = policy.rule === "min" ? -1 : 1;
    const rules = rulesOf({ f: { type, policy } }, names);
    fc.assert(
      fc.property(edits, (list) => {
        const ordered = list.toSorted((a, b) => sign * a.value.localeCompare(b.value));
        const together = ordered.map((one) => ({ ...one, syncs: false }));
        const start = sign === 1 ? "a" : "c";
        expect(outcome(rules, start, ordered)).toEqual(outcome(rules, start, together));
      }),
      law,
    );
  });

  test("with newest, where every edit is later than the one before", () => {
    const rules = rulesOf({ f: {} }, names);
    fc.assert(
      fc.property(edits, (list) => {
        const fresh = list.map((one, index) => ({ ...one, value: `edit ${index}` }));
        expect(outcome(rules, "start", fresh)).toBe(`edit ${list.length - 1}`);
      }),
      law,
    );
  });

  test("with union, where edits only add", () => {
    const rules = rulesOf({ f: { type: tags, policy: { rule: "union" } } }, names);
    fc.assert(
      fc.property(edits, (list) => {
        const held = new Map<number, Set<string>>();
        const growing = list.map((one) => {
          const mine = held.get(one.place) ?? new Set<string>();
          held.set(one.place, mine.add(one.value));
          return { ...one, value: [...mine].sort(), syncs: false };
        });
        const all = [...new Set(list.map(({ value }) => value))].sort();
        expect(outcome(rules, null, growing)).toEqual(all);
      }),
      law,
    );
  });
});

describe("canonical forms", () => {
  const word = fc.string({ unit: "grapheme", maxLength: 12 });
  const number = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.integer().map((cents) => `${cents / 100}`),
    fc.stringMatching(/^[+-]?[0-9]{1,6}[.,]?[0-9]{0,6}(e[+-]?[0-9])?$/),
  );
  const letters = fc.stringMatching(/^[A-Za-z]{1,8}$/);
  const host = fc
    .tuple(fc.domain(), fc.constantFrom("com", "co.uk", "de", "github.io"))
    .map(([name, ending]) => name.replace(/[a-z]+$/, ending));
  const instant = fc
    .date({ min: new Date(0), max: new Date("9999-12-30"), noInvalidDate: true })
    .map((at) => at.toISOString());
  const choice = fc.constantFrom("Hot lead", "cold", " cold ", "hot", "");
  const cases: readonly [FieldType, fc.Arbitrary<unknown>][] = [
    [{ kind: "text" }, fc.oneof(word, fc.string({ unit: "binary" }))],
    [{ kind: "text", lengthMax: 5 }, word],
    [{ kind: "name" }, fc.oneof(word, fc.string({ unit: "binary" }))],
    [{ kind: "email" }, fc.oneof(fc.emailAddress(), word)],
    [{ kind: "owner" }, fc.emailAddress()],
    [
      { kind: "phone", region: "US" },
      fc.stringMatching(/^(\+1 ?)?\(?[2-9][0-9]{2}\)? ?[2-9][0-9]{2}-?[0-9]{4}( ?x ?[0-9]{1,4})?$/),
    ],
    [{ kind: "phone" }, fc.stringMatching(/^\+(1|33|44|49) ?[2-9][0-9]{9}(;ext=[0-9]{1,5})?$/)],
    [{ kind: "url" }, fc.oneof(fc.webUrl({ withFragments: true }), host, word)],
    [
      { kind: "domain" },
      fc.oneof(
        host,
        fc.webUrl(),
        word,
        host.map((name) => `www.${name}`),
      ),
    ],
    [
      { kind: "address" },
      fc.record(
        { street: word, city: word, country: fc.constantFrom("Germany", "de", "", null, "US") },
        { requiredKeys: [] },
      ),
    ],
    [{ kind: "country" }, fc.oneof(fc.stringMatching(/^[A-Za-z]{2,3}$/), fc.constant("France"))],
    [{ kind: "decimal", scale: 3 }, number],
    [
      { kind: "money", currency: "USD" },
      fc.oneof(
        number,
        fc.tuple(number, fc.constantFrom("EUR", "usd", "", null)).map(([amount, currency]) => ({
          amount,
          currency,
        })),
        number.map((amount) => `${amount} eur`),
      ),
    ],
    [
      { kind: "date" },
      fc.oneof(
        instant,
        instant.map((at) => at.slice(0, 10)),
        fc.integer(),
      ),
    ],
    [{ kind: "datetime", precisionMs: 1_000 }, fc.oneof(instant, fc.integer())],
    [{ kind: "boolean" }, fc.oneof(fc.boolean(), letters, fc.constantFrom("yes", "0", 1))],
    [{ kind: "option", options: ["Hot lead", "cold"] }, choice],
    [{ kind: "stage", order: ["Hot lead", "cold"] }, choice],
    [{ kind: "options", options: ["Hot lead", "cold"] }, fc.array(choice)],
    [{ kind: "reference", object: "company" }, fc.oneof(fc.nat(), word)],
    [{ kind: "references", object: "company" }, fc.array(fc.oneof(fc.nat(), letters))],
  ];

  test.each(cases)(
    "of %j are stable, survive a round trip, and take part in one order",
    (type, raw) => {
      let values = 0;
      fc.assert(
        fc.property(raw, raw, (one, other) => {
          const form = canonical(type, one);
          if (form.kind === "invalid") return;
          const { value } = form;
          if (value !== null) values++;
          expect(canonical(type, value)).toEqual(form);
          const wire = JSON.parse(JSON.stringify(neutral(type, value)));
          expect(canonical(type, wire)).toEqual(form);
          if (typeof value === "string") expect(typed(type, value)).toEqual(form);
          const second = canonical(type, other);
          if (second.kind === "invalid") return;
          expect(equal(value, second.value)).toBe(heldKey(value) === heldKey(second.value));
          if (!isOrdered(type) || value === null || second.value === null) return;
          const order = compare(type, value, second.value);
          expect(order).toBe(0 - compare(type, second.value, value) + 0);
          expect(order === 0).toBe(equal(value, second.value));
        }),
        law,
      );
      // The law says nothing of what is refused: enough must be accepted for it to mean much.
      expect(values).toBeGreaterThan(2_000);
    },
  );
});

test("fingerprints tell apart what differs", () => {
  const input = fc.record({
    system: fc.constantFrom("hubspot", "ops", "bill"),
    value: fc.option(fc.oneof(fc.string(), fc.array(fc.string()))),
    valid: fc.boolean(),
    changed: fc.constant(true),
    at: fc.constant(null),
    actor: fc.constant(null),
  });
  const inputs = fc.uniqueArray(input, { selector: ({ system }) => system });
  const mark = (list: readonly { system: string; value: Held; valid: boolean }[]) =>
    JSON.stringify(
      list.map(({ system, value, valid }) => [system, heldKey(value), valid]).toSorted(),
    );
  fc.assert(
    fc.property(inputs, inputs, (one, other) => {
      expect(fingerprint(one) === fingerprint(other)).toBe(mark(one) === mark(other));
      expect(fingerprint(one.toReversed())).toBe(fingerprint(one));
      expect(fingerprint(one).length).toBeLessThanOrEqual(128);
    }),
    law,
  );
});
