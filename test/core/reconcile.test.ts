/** What is decided, case by case, for one field of one entity. */
import { describe, expect, test } from "vitest";
import type { FieldPolicy } from "../../shared/policy.ts";
import type { FieldType } from "../../shared/record.ts";
import { fingerprint } from "../../worker/core/explain.ts";
import { reconcile } from "../../worker/core/reconcile.ts";
import {
  absent,
  automation,
  decide,
  type FieldSetup,
  held,
  hour,
  invalid,
  minute,
  now,
  person,
  rulesOf,
  type Scene,
  thing,
  viewOf,
} from "./fixtures.ts";

const newest: FieldPolicy = { rule: "newest" };
const ask: FieldPolicy = { rule: "ask" };
const ownedByHubspot: FieldPolicy = { rule: "owned", system: "hubspot", elsewhere: "revert" };
const askedOfHubspot: FieldPolicy = { rule: "owned", system: "hubspot", elsewhere: "ask" };

interface Case {
  readonly name: string;
  readonly setup?: FieldSetup;
  readonly scene: Scene;
  readonly verdict: object;
  readonly writes?: readonly string[];
  readonly rule: string;
  readonly sentence?: string;
  readonly losers?: readonly string[];
}

const early = now - 10 * minute;
const late = now - 7 * minute;

const cases: readonly Case[] = [
  {
    name: "nothing changed",
    scene: { base: "a", systems: { hubspot: "a", ops: "a" } },
    verdict: { kind: "unchanged" },
    rule: "agreement",
  },
  {
    name: "all changed to the same",
    scene: { base: "a", systems: { hubspot: "b", ops: "b" } },
    verdict: { kind: "converged", value: "b" },
    rule: "agreement",
  },
  {
    name: "one changed",
    scene: { base: "a", systems: { hubspot: "a", ops: "b" } },
    verdict: { kind: "take", from: "ops", value: "b" },
    writes: ["hubspot"],
    rule: "only_change",
    sentence: "Only Operations changed it.",
  },
  {
    name: "two of three made the same change",
    scene: { base: "a", systems: { hubspot: "a", ops: "b", bill: "b" } },
    verdict: { kind: "take", from: "ops", value: "b" },
    writes: ["hubspot"],
    rule: "only_change",
    sentence: "Operations and Billing made the same change.",
  },
  {
    name: "newest: the later change wins",
    scene: { base: "a", systems: { hubspot: held("b", early), ops: held("c", late) } },
    verdict: { kind: "take", from: "ops", value: "c" },
    writes: ["hubspot"],
    rule: "newest",
    sentence: "Operations changed it 3 minutes after HubSpot, and the latest change wins.",
    losers: ["hubspot"],
  },
  {
    name: "newest: within the tolerance rank wins",
    scene: { base: "a", systems: { hubspot: held("b", late - 2_000), ops: held("c", late) } },
    verdict: { kind: "take", from: "hubspot", value: "b" },
    writes: ["ops"],
    rule: "newest",
    sentence: "The changes were made at about the same time, and HubSpot ranks first.",
    losers: ["ops"],
  },
  {
    name: "newest: just outside the tolerance time wins",
    scene: { base: "a", systems: { hubspot: held("b", late - 2_001), ops: held("c", late) } },
    verdict: { kind: "take", from: "ops", value: "c" },
    writes: ["hubspot"],
    rule: "newest",
    losers: ["hubspot"],
  },
  {
    name: "newest: an unknown time is a tie",
    scene: { base: "a", systems: { hubspot: held("b"), ops: held("c", late) } },
    verdict: { kind: "take", from: "hubspot", value: "b" },
    writes: ["ops"],
    rule: "newest",
    sentence: "It is not known which change came last, and HubSpot ranks first.",
    losers: ["ops"],
  },
  {
    name: "newest: a time in the future says nothing",
    scene: { base: "a", systems: { hubspot: held("b", late), ops: held("c", now + minute) } },
    verdict: { kind: "take", from: "hubspot", value: "b" },
    writes: ["ops"],
    rule: "newest",
    losers: ["ops"],
  },
  {
    name: "newest: a copy makes a value no newer",
    scene: {
      base: "a",
      systems: { hubspot: held("b", early), ops: held("c", late), bill: held("b", now) },
    },
    verdict: { kind: "take", from: "ops", value: "c" },
    writes: ["hubspot", "bill"],
    rule: "newest",
    losers: ["hubspot", "bill"],
  },
  {
    name: "prefer: the preferred system wins over a later change",
    setup: { policy: { rule: "prefer", system: "hubspot" } },
    scene: { base: "a", systems: { hubspot: held("b", early), ops: held("c", late) } },
    verdict: { kind: "take", from: "hubspot", value: "b" },
    writes: ["ops"],
    rule: "prefer",
    losers: ["ops"],
  },
  {
    name: "prefer: where the preferred did not change it, the latest wins",
    setup: { policy: { rule: "prefer", system: "hubspot" } },
    scene: { base: "a", systems: { hubspot: "a", ops: held("b", early), bill: held("c", late) } },
    verdict: { kind: "take", from: "bill", value: "c" },
    writes: ["hubspot", "ops"],
    rule: "newest",
    losers: ["ops"],
  },
  {
    name: "owned: the owner's change goes out",
    setup: { policy: ownedByHubspot },
    scene: { base: "a", systems: { hubspot: "b", ops: "a" } },
    verdict: { kind: "take", from: "hubspot", value: "b" },
    writes: ["ops"],
    rule: "owned",
  },
  {
    name: "owned: a change elsewhere goes back",
    setup: { policy: ownedByHubspot },
    scene: { base: "a", systems: { hubspot: "a", ops: "b" } },
    verdict: { kind: "heal", value: "a" },
    writes: ["ops"],
    rule: "owned",
    sentence: "HubSpot owns it; what Operations changed goes back.",
    losers: ["ops"],
  },
  {
    name: "owned: both changed, the owner's value goes everywhere",
    setup: { policy: ownedByHubspot },
    scene: { base: "a", systems: { hubspot: "b", ops: "c" } },
    verdict: { kind: "take", from: "hubspot", value: "b" },
    writes: ["ops"],
    rule: "owned",
    losers: ["ops"],
  },
  {
    name: "owned, ask: a change elsewhere is asked about",
    setup: { policy: askedOfHubspot },
    scene: { base: "a", systems: { hubspot: "a", ops: "b" } },
    verdict: {
      kind: "conflict",
      reason: "HubSpot owns it, but Operations changed it, and a person decides.",
    },
    rule: "owned",
  },
  {
    name: "fill_blank: a blank is filled",
    setup: { policy: { rule: "fill_blank" } },
    scene: { base: null, systems: { hubspot: null, ops: "b" } },
    verdict: { kind: "take", from: "ops", value: "b" },
    writes: ["hubspot"],
    rule: "fill_blank",
  },
  {
    name: "fill_blank: two values are a conflict",
    setup: { policy: { rule: "fill_blank" } },
    scene: { base: "a", systems: { hubspot: "b", ops: "c" } },
    verdict: {
      kind: "conflict",
      reason: "It is only ever filled where it is blank, and here are two different values.",
    },
    rule: "fill_blank",
  },
  {
    name: "ask: two changes are a conflict",
    setup: { policy: ask },
    scene: { base: "a", systems: { hubspot: "b", ops: "c" } },
    verdict: {
      kind: "conflict",
      reason: "HubSpot and Operations changed it differently, and a person decides.",
    },
    rule: "ask",
  },
  {
    name: "a cleared value goes back",
    scene: { base: "a", systems: { hubspot: "a", ops: null } },
    verdict: { kind: "heal", value: "a" },
    writes: ["ops"],
    rule: "reject_blank",
    sentence: "Operations cleared it, but a blank never overwrites a value: it goes back.",
    losers: ["ops"],
  },
  {
    name: "a cleared value is cleared everywhere where blanks count",
    setup: { guards: { rejectBlank: false } },
    scene: { base: "a", systems: { hubspot: "a", ops: null } },
    verdict: { kind: "take", from: "ops", value: null },
    writes: ["hubspot"],
    rule: "only_change",
  },
  {
    name: "a change wins over a later blank",
    scene: { base: "a", systems: { hubspot: held("b", early), ops: held(null, late) } },
    verdict: { kind: "take", from: "hubspot", value: "b" },
    writes: ["ops"],
    rule: "only_change",
    losers: ["ops"],
  },
  {
    name: "first match: the same value converges",
    scene: { systems: { hubspot: "a", ops: "a" } },
    verdict: { kind: "converged", value: "a" },
    rule: "agreement",
  },
  {
    name: "first match: a value survives a blank, whoever owns the field",
    setup: { policy: ownedByHubspot },
    scene: { systems: { hubspot: null, ops: "b" } },
    verdict: { kind: "take", from: "ops", value: "b" },
    writes: ["hubspot"],
    rule: "survivorship",
  },
  {
    name: "first match: the policy decides between values",
    scene: { systems: { hubspot: held("b", early), ops: held("c", late) } },
    verdict: { kind: "take", from: "ops", value: "c" },
    writes: ["hubspot"],
    rule: "newest",
    losers: ["hubspot"],
  },
  {
    name: "first match: all blank is agreed on too",
    scene: { systems: { hubspot: null, ops: null } },
    verdict: { kind: "converged", value: null },
    rule: "agreement",
    sentence: "All hold the same already.",
  },
  {
    name: "first match: a blank is no value, even where blanks count",
    setup: { guards: { rejectBlank: false } },
    scene: { systems: { hubspot: held(null, late), ops: held("b", early) } },
    verdict: { kind: "take", from: "ops", value: "b" },
    writes: ["hubspot"],
    rule: "survivorship",
    sentence: "Operations has a value and the others are blank.",
  },
  {
    name: "newest: the sentence names the change it came after",
    scene: {
      base: "a",
      systems: {
        hubspot: held("b", early - hour),
        ops: held("c", late),
        bill: held("d", early),
      },
    },
    verdict: { kind: "take", from: "ops", value: "c" },
    writes: ["hubspot", "bill"],
    rule: "newest",
    sentence: "Operations changed it 3 minutes after Billing, and the latest change wins.",
    losers: ["hubspot", "bill"],
  },
  {
    name: "the same invalid value everywhere is no agreement",
    scene: { base: "a", systems: { hubspot: invalid, ops: invalid } },
    verdict: { kind: "invalid", reason: "This is not a date.", system: "hubspot" },
    rule: "invalid",
    sentence: "HubSpot holds something that cannot be used. This is not a date.",
  },
  {
    name: "an invalid value holds the field",
    scene: { base: "a", systems: { hubspot: invalid, ops: "b" } },
    verdict: { kind: "invalid", reason: "This is not a date.", system: "hubspot" },
    rule: "invalid",
  },
  {
    name: "one system in sight: it waits",
    scene: { base: "a", systems: { hubspot: "b", ops: undefined } },
    verdict: { kind: "unchanged" },
    rule: "waiting",
    sentence: "Operations could not be read; it waits.",
  },
  {
    name: "one of three out of sight: a lone change goes on",
    scene: { base: "a", systems: { hubspot: "b", ops: "a", bill: undefined } },
    verdict: { kind: "take", from: "hubspot", value: "b" },
    writes: ["ops"],
    rule: "only_change",
  },
  {
    name: "one of three out of sight: what would discard a change waits",
    scene: { base: "a", systems: { hubspot: "b", ops: "c", bill: undefined } },
    verdict: { kind: "unchanged" },
    rule: "waiting",
  },
  {
    name: "the owner is out of sight: a change elsewhere waits",
    setup: { policy: ownedByHubspot },
    scene: { base: "a", systems: { hubspot: undefined, ops: "b", bill: "a" } },
    verdict: { kind: "unchanged" },
    rule: "waiting",
  },
];

describe("reconcile", () => {
  test.each(cases)("$name", ({ setup = {}, scene, verdict, writes, rule, sentence, losers }) => {
    const decision = decide({ policy: newest, ...setup }, scene);
    expect(decision.verdict).toEqual(verdict);
    expect(decision.writes).toEqual(writes ?? []);
    expect(decision.because.rule).toBe(rule);
    expect(decision.because.losers).toEqual(losers ?? []);
    if (sentence !== undefined) expect(decision.because.sentence).toBe(sentence);
  });
});

const stage: FieldType = { kind: "stage", order: ["open", "won", "lost"] };
const tags: FieldType = { kind: "options", options: ["x", "y", "z"] };
const money: FieldType = { kind: "money", currency: "USD" };
const day = 24 * hour;

/** "Sales owns it until closed-won, then success." */
const salesUntilWon: FieldPolicy = {
  rule: "when",
  cases: [
    {
      if: { field: { name: "stage", in: ["won"] } },
      use: { rule: "owned", system: "ops", elsewhere: "revert" },
    },
  ],
  otherwise: ownedByHubspot,
};

/** "A person's edit beats an automation's for 24 hours." */
const personFirst: FieldPolicy = {
  rule: "when",
  cases: [{ if: { actor: "person", withinHours: 24 }, use: newest }],
  otherwise: newest,
};

const composed: readonly Case[] = [
  {
    name: "when: before closed-won sales owns it",
    setup: { policy: salesUntilWon },
    scene: { base: "a", agreed: { stage: "open" }, systems: { hubspot: "a", ops: "b" } },
    verdict: { kind: "heal", value: "a" },
    writes: ["ops"],
    rule: "owned",
    losers: ["ops"],
  },
  {
    name: "when: after closed-won success owns it",
    setup: { policy: salesUntilWon },
    scene: { base: "a", agreed: { stage: "won" }, systems: { hubspot: "a", ops: "b" } },
    verdict: { kind: "take", from: "ops", value: "b" },
    writes: ["hubspot"],
    rule: "owned",
    sentence: "Operations owns it.",
  },
  {
    name: "when: a set holds one of the values asked for",
    setup: {
      policy: {
        rule: "when",
        cases: [{ if: { field: { name: "tags", in: ["x", "z"] } }, use: ownedByHubspot }],
        otherwise: newest,
      },
    },
    scene: { base: "a", agreed: { tags: ["x", "y"] }, systems: { hubspot: "a", ops: "b" } },
    verdict: { kind: "heal", value: "a" },
    writes: ["ops"],
    rule: "owned",
    losers: ["ops"],
  },
  {
    name: "when: an address has one of the parts asked for",
    setup: {
      policy: {
        rule: "when",
        cases: [{ if: { field: { name: "site", in: ["DE"] } }, use: ownedByHubspot }],
        otherwise: newest,
      },
    },
    scene: { base: "a", agreed: { site: { country: "DE" } }, systems: { hubspot: "a", ops: "b" } },
    verdict: { kind: "heal", value: "a" },
    writes: ["ops"],
    rule: "owned",
    losers: ["ops"],
  },
  {
    name: "when: a person's edit beats a later one by an automation",
    setup: { policy: personFirst },
    scene: {
      base: "a",
      systems: { hubspot: held("b", now - hour, person), ops: held("c", now, automation) },
    },
    verdict: { kind: "take", from: "hubspot", value: "b" },
    writes: ["ops"],
    rule: "when",
    sentence: "A change by a person in the last 24 hours comes first: the one in HubSpot.",
    losers: ["ops"],
  },
  {
    name: "when: it does so up to the last moment",
    setup: { policy: personFirst },
    scene: {
      base: "a",
      systems: { hubspot: held("b", now - day, person), ops: held("c", now, automation) },
    },
    verdict: { kind: "take", from: "hubspot", value: "b" },
    writes: ["ops"],
    rule: "when",
    losers: ["ops"],
  },
  {
    name: "when: after 24 hours it does not",
    setup: { policy: personFirst },
    scene: {
      base: "a",
      systems: { hubspot: held("b", now - day - 1, person), ops: held("c", now, automation) },
    },
    verdict: { kind: "take", from: "ops", value: "c" },
    writes: ["hubspot"],
    rule: "newest",
    sentence: "Operations changed it 1 day after HubSpot, and the latest change wins.",
    losers: ["hubspot"],
  },
  {
    name: "when: a person's edit that was agreed on stands against an automation",
    setup: { policy: personFirst },
    scene: {
      base: "a",
      systems: { hubspot: held("a", now - hour, person), ops: held("c", now, automation) },
    },
    verdict: { kind: "heal", value: "a" },
    writes: ["ops"],
    rule: "when",
    sentence: "A change by a person in the last 24 hours stands.",
    losers: ["ops"],
  },
  {
    name: "when: so it does if only the history remembers it",
    setup: { policy: personFirst },
    scene: {
      base: "a",
      systems: {
        hubspot: {
          ...held("c", now, automation),
          earlier: [
            { value: "x", at: now - 1, actor: automation },
            { value: "a", at: now - hour, actor: person },
          ],
        },
        ops: held("a", now - minute, { kind: "self" }),
      },
    },
    verdict: { kind: "heal", value: "a" },
    writes: ["hubspot"],
    rule: "when",
    losers: ["hubspot"],
  },
  {
    name: "when: the last time it was set counts, not an earlier one",
    setup: { policy: personFirst },
    scene: {
      base: "a",
      systems: {
        hubspot: {
          ...held("c", now, automation),
          earlier: [
            { value: "a", at: now - hour, actor: automation },
            { value: "a", at: now - 2 * hour, actor: person },
          ],
        },
        ops: held("a", now - minute, { kind: "self" }),
      },
    },
    verdict: { kind: "take", from: "hubspot", value: "c" },
    writes: ["ops"],
    rule: "only_change",
  },
  {
    name: "when: a time in the future meets no age",
    setup: { policy: personFirst },
    scene: {
      base: "a",
      systems: { hubspot: held("b", now + day, person), ops: held("c", now - hour, person) },
    },
    verdict: { kind: "take", from: "ops", value: "c" },
    writes: ["hubspot"],
    rule: "when",
    losers: ["hubspot"],
  },
  {
    name: "when: among several that come first the inner policy decides",
    setup: { policy: personFirst },
    scene: {
      base: "a",
      systems: {
        hubspot: held("b", early, person),
        ops: held("c", late, person),
        bill: held("d", now, automation),
      },
    },
    verdict: { kind: "take", from: "ops", value: "c" },
    writes: ["hubspot", "bill"],
    rule: "newest",
    sentence:
      "A change by a person in the last 24 hours comes first. " +
      "Operations changed it 3 minutes after HubSpot, and the latest change wins.",
    losers: ["hubspot", "bill"],
  },
  {
    name: "when: actor alone, and it narrows",
    setup: {
      policy: {
        rule: "when",
        cases: [{ if: { actor: "automation" }, use: newest }],
        otherwise: ask,
      },
    },
    scene: { base: "a", systems: { hubspot: held("b", null, automation), ops: "c" } },
    verdict: { kind: "take", from: "hubspot", value: "b" },
    writes: ["ops"],
    rule: "when",
    sentence: "A change by an automation comes first: the one in HubSpot.",
    losers: ["ops"],
  },
  {
    name: "when: age alone, and it narrows",
    setup: {
      policy: { rule: "when", cases: [{ if: { withinHours: 1 }, use: newest }], otherwise: ask },
    },
    scene: { base: "a", systems: { hubspot: held("b", late), ops: "c" } },
    verdict: { kind: "take", from: "hubspot", value: "b" },
    writes: ["ops"],
    rule: "when",
    sentence: "A change in the last hour comes first: the one in HubSpot.",
    losers: ["ops"],
  },
  {
    name: "when: actor alone",
    setup: {
      policy: {
        rule: "when",
        cases: [{ if: { actor: "automation" }, use: ask }],
        otherwise: newest,
      },
    },
    scene: {
      base: "a",
      systems: { hubspot: held("b", null, automation), ops: held("c", null, automation) },
    },
    verdict: {
      kind: "conflict",
      reason: "HubSpot and Operations changed it differently, and a person decides.",
    },
    rule: "ask",
  },
  {
    name: "union: additions and removals are put together",
    setup: { type: tags, policy: { rule: "union" } },
    scene: { base: ["x"], systems: { hubspot: ["x", "y"], ops: ["z"] } },
    verdict: { kind: "take", from: null, value: ["y", "z"] },
    writes: ["hubspot", "ops"],
    rule: "union",
    sentence: "What HubSpot and Operations added and removed is put together.",
    losers: ["hubspot", "ops"],
  },
  {
    name: "union: what one holds whole is taken from it",
    setup: { type: tags, policy: { rule: "union" } },
    scene: { base: ["x"], systems: { hubspot: ["x", "y"], ops: ["x", "y", "z"] } },
    verdict: { kind: "take", from: "ops", value: ["x", "y", "z"] },
    writes: ["hubspot"],
    rule: "union",
    losers: ["hubspot"],
  },
  {
    name: "union: removals that leave nothing are a conflict",
    setup: { type: tags, policy: { rule: "union" } },
    scene: { base: ["x", "y"], systems: { hubspot: ["x"], ops: ["y"] } },
    verdict: {
      kind: "conflict",
      reason: "It would end up blank, and a blank never overwrites a value.",
    },
    rule: "reject_blank",
  },
  {
    name: "max: the highest value wins",
    setup: { type: money, policy: { rule: "max" } },
    scene: { base: "5 USD", systems: { hubspot: "9 USD", ops: "10 USD" } },
    verdict: { kind: "take", from: "ops", value: "10 USD" },
    writes: ["hubspot"],
    rule: "max",
    sentence: "The highest value wins, and Operations holds it.",
    losers: ["hubspot"],
  },
  {
    name: "max: a lower value goes back",
    setup: { type: money, policy: { rule: "max" } },
    scene: { base: "5 USD", systems: { hubspot: "4 USD", ops: "5 USD" } },
    verdict: { kind: "heal", value: "5 USD" },
    writes: ["hubspot"],
    rule: "max",
    sentence: "The highest value wins; the agreed value stays.",
    losers: ["hubspot"],
  },
  {
    name: "max: a blank is lower than any value, even where blanks count",
    setup: { type: money, policy: { rule: "max" }, guards: { rejectBlank: false } },
    scene: { base: "5 USD", systems: { hubspot: null, ops: "5 USD" } },
    verdict: { kind: "heal", value: "5 USD" },
    writes: ["hubspot"],
    rule: "max",
    losers: ["hubspot"],
  },
  {
    name: "max: currencies are never compared",
    setup: { type: money, policy: { rule: "max" } },
    scene: { base: "5 USD", systems: { hubspot: "9 EUR", ops: "5 USD" } },
    verdict: {
      kind: "conflict",
      reason: "The amounts are in different currencies, and cannot be compared.",
    },
    rule: "max",
  },
  {
    name: "min: the lowest value wins",
    setup: { type: { kind: "date" }, policy: { rule: "min" } },
    scene: { base: "2026-03-01", systems: { hubspot: "2026-02-01", ops: "2026-02-02" } },
    verdict: { kind: "take", from: "hubspot", value: "2026-02-01" },
    writes: ["ops"],
    rule: "min",
    sentence: "The lowest value wins, and HubSpot holds it.",
    losers: ["ops"],
  },
  {
    name: "forward_only: a stage moves forward",
    setup: { type: stage, policy: { rule: "forward_only" } },
    scene: { base: "open", systems: { hubspot: "won", ops: "open" } },
    verdict: { kind: "take", from: "hubspot", value: "won" },
    writes: ["ops"],
    rule: "forward_only",
    sentence: "A stage only moves forward, and HubSpot holds it.",
  },
  {
    name: "forward_only: a stage that moved back is put forward",
    setup: { type: stage, policy: { rule: "forward_only" } },
    scene: { base: "won", systems: { hubspot: "open", ops: "won" } },
    verdict: { kind: "heal", value: "won" },
    writes: ["hubspot"],
    rule: "forward_only",
    losers: ["hubspot"],
  },
  {
    name: "fill_blank: a change of what was filled is a conflict",
    setup: { policy: { rule: "fill_blank" } },
    scene: { base: "a", systems: { hubspot: "b", ops: "a" } },
    verdict: {
      kind: "conflict",
      reason: "It is only ever filled where it is blank, and here are two different values.",
    },
    rule: "fill_blank",
  },
  {
    name: "fill_blank: a blank goes back, even where blanks count",
    setup: { policy: { rule: "fill_blank" }, guards: { rejectBlank: false } },
    scene: { base: "a", systems: { hubspot: null, ops: "a" } },
    verdict: { kind: "heal", value: "a" },
    writes: ["hubspot"],
    rule: "fill_blank",
    losers: ["hubspot"],
  },
  {
    name: "owned: the owner has no record yet",
    setup: { policy: { ...ownedByHubspot, system: "bill" } },
    scene: {
      base: "a",
      systems: { hubspot: held("b", early), ops: held("c", late), bill: absent },
    },
    verdict: { kind: "take", from: "ops", value: "c" },
    writes: ["hubspot"],
    rule: "newest",
    sentence:
      "Billing owns it but has no record yet. " +
      "Operations changed it 3 minutes after HubSpot, and the latest change wins.",
    losers: ["hubspot"],
  },
  {
    name: "owned: the owner is blank and another one fills it",
    setup: { policy: ownedByHubspot },
    scene: { base: null, systems: { hubspot: null, ops: "b" } },
    verdict: {
      kind: "conflict",
      reason: "It would end up blank, and a blank never overwrites a value.",
    },
    rule: "reject_blank",
  },
  {
    name: "owned: first match, the owner is blank and the others differ",
    setup: { policy: ownedByHubspot },
    scene: { systems: { hubspot: null, ops: "b", bill: "c" } },
    verdict: {
      kind: "conflict",
      reason: "HubSpot owns it but holds nothing, and the others differ.",
    },
    rule: "owned",
  },
  {
    name: "owned, ask: the owner's own change alone goes out",
    setup: { policy: askedOfHubspot },
    scene: { base: "a", systems: { hubspot: "b", ops: "a" } },
    verdict: { kind: "take", from: "hubspot", value: "b" },
    writes: ["ops"],
    rule: "owned",
  },
  {
    name: "read-only: its value goes out",
    setup: { policy: ownedByHubspot, readOnly: ["hubspot"] },
    scene: { base: "a", systems: { hubspot: "b", ops: "c" } },
    verdict: { kind: "take", from: "hubspot", value: "b" },
    writes: ["ops"],
    rule: "owned",
    losers: ["ops"],
  },
  {
    name: "read-only: what would have to be written there is a conflict",
    setup: { policy: ownedByHubspot, readOnly: ["hubspot"] },
    scene: { base: "a", systems: { hubspot: null, ops: "a" } },
    verdict: { kind: "conflict", reason: "HubSpot is read-only here and holds something else." },
    rule: "read_only",
  },
  {
    name: "pattern: a refused value is not taken",
    setup: { guards: { pattern: { matches: "^\\d+$", message: "Digits only." } } },
    scene: { base: "1", systems: { hubspot: "1", ops: "x" } },
    verdict: { kind: "invalid", reason: "Digits only.", system: "ops" },
    rule: "pattern",
    sentence: "Operations holds what is not accepted. Digits only.",
  },
  {
    name: "pattern: a refused value that loses does no harm",
    setup: { guards: { pattern: { matches: "^\\d+$", message: "Digits only." } } },
    scene: { base: "1", systems: { hubspot: held("x", early), ops: held("2", late) } },
    verdict: { kind: "take", from: "ops", value: "2" },
    writes: ["hubspot"],
    rule: "newest",
    losers: ["hubspot"],
  },
  {
    name: "pattern: every part of a set is checked, a blank is not",
    setup: {
      type: tags,
      guards: { pattern: { matches: "[xy]", message: "No z." }, rejectBlank: false },
    },
    scene: { base: ["x"], systems: { hubspot: ["x"], ops: ["x", "z"] } },
    verdict: { kind: "invalid", reason: "No z.", system: "ops" },
    rule: "pattern",
  },
  {
    name: "pattern: a blank where blanks count is taken",
    setup: { guards: { pattern: { matches: "x", message: "No." }, rejectBlank: false } },
    scene: { base: "x", systems: { hubspot: "x", ops: null } },
    verdict: { kind: "take", from: "ops", value: null },
    writes: ["hubspot"],
    rule: "only_change",
  },
  {
    name: "pattern: what goes back is not checked again",
    setup: {
      policy: ownedByHubspot,
      guards: { pattern: { matches: "^\\d+$", message: "Digits only." } },
    },
    scene: { base: "old", systems: { hubspot: "old", ops: "1" } },
    verdict: { kind: "heal", value: "old" },
    writes: ["ops"],
    rule: "owned",
    losers: ["ops"],
  },
  {
    name: "scheduled: between scans it waits",
    setup: { guards: { cadence: "scheduled" } },
    scene: { base: "a", systems: { hubspot: "a", ops: "b" } },
    verdict: { kind: "unchanged" },
    rule: "waiting",
    sentence: "It is only kept the same by scheduled scans.",
  },
  {
    name: "scheduled: a scan decides it",
    setup: { guards: { cadence: "scheduled" } },
    scene: { base: "a", systems: { hubspot: "a", ops: "b" }, scan: true },
    verdict: { kind: "take", from: "ops", value: "b" },
    writes: ["hubspot"],
    rule: "only_change",
  },
  {
    name: "no two systems hold it",
    scene: { base: "a", systems: { hubspot: "b", ops: absent } },
    verdict: { kind: "unchanged" },
    rule: "waiting",
    sentence: "No two systems hold it yet.",
  },
  {
    name: "out of sight, and everything agrees",
    scene: { base: "a", systems: { hubspot: "b", ops: "b", bill: undefined } },
    verdict: { kind: "converged", value: "b" },
    rule: "agreement",
    sentence: "All were changed to the same value.",
  },
  {
    name: "out of sight, and a person is asked meanwhile",
    setup: { policy: ask },
    scene: { base: "a", systems: { hubspot: "b", ops: "c", bill: undefined } },
    verdict: {
      kind: "conflict",
      reason: "HubSpot and Operations changed it differently, and a person decides.",
    },
    rule: "ask",
  },
  {
    name: "out of sight, and a cleared value is not put back yet",
    scene: { base: "a", systems: { hubspot: null, ops: "a", bill: undefined } },
    verdict: { kind: "unchanged" },
    rule: "waiting",
    sentence: "Billing could not be read, and may have changed it too.",
  },
];

describe("reconcile", () => {
  const extras = {
    stage: { type: stage },
    tags: { type: tags },
    site: { type: { kind: "address" } },
  } as const;
  test.each(composed)("$name", ({ setup = {}, scene, verdict, writes, rule, sentence, losers }) => {
    const decision = decide({ policy: newest, ...setup }, scene, extras);
    expect(decision.verdict).toEqual(verdict);
    expect(decision.writes).toEqual(writes ?? []);
    expect(decision.because.rule).toBe(rule);
    expect(decision.because.losers).toEqual(losers ?? []);
    if (sentence !== undefined) expect(decision.because.sentence).toBe(sentence);
  });
});

describe("a conflict recommends", () => {
  const recommended = (policy: FieldPolicy, systems: Scene["systems"]) =>
    decide({ policy }, { base: "a", systems }).because.recommended;

  test("the latest change made by a person", () => {
    const because = "It is the latest change made by a person.";
    const systems = { hubspot: held("b", early, person), ops: held("c", late, person) };
    expect(recommended(ask, systems)).toEqual({ system: "ops", because });
    const older = { hubspot: held("b", late, person), ops: held("c", early, person) };
    expect(recommended(ask, older)).toEqual({ system: "hubspot", because });
    const automated = { hubspot: held("b", late, automation), ops: held("c", early, person) };
    expect(recommended(ask, automated)).toEqual({ system: "ops", because });
  });

  test("the first in rank where no person's change is dated", () => {
    const systems = { hubspot: held("b", late, automation), ops: held("c", null, person) };
    const because = "HubSpot ranks first.";
    expect(recommended(ask, systems)).toEqual({ system: "hubspot", because });
  });

  test("the owner", () => {
    const systems = { hubspot: "b", ops: held("c", late, person) };
    const because = "HubSpot owns it.";
    expect(recommended(askedOfHubspot, systems)).toEqual({ system: "hubspot", because });
  });

  test("nobody where nothing changed that could be taken", () => {
    const setup = { policy: ownedByHubspot, readOnly: ["hubspot"] };
    const scene: Scene = { base: "a", systems: { hubspot: null, ops: "a" } };
    expect(decide(setup, scene).because.recommended).toBeNull();
  });
});

test("a rule nobody knows is a broken invariant", () => {
  const rules = rulesOf({ f: {} });
  const object = thing(rules);
  const field = { ...object.fields.f!, policy: { rule: "loudest" } as never };
  const view = viewOf({ base: "a", systems: { hubspot: "a", ops: "b" } });
  expect(() => reconcile(rules, { ...object, fields: { f: field } }, view)).toThrow(
    "Broken invariant",
  );
});

describe("an explanation", () => {
  test("carries the rule, the version, base, every input and the losers", () => {
    const systems = { hubspot: held("b", early, person), ops: held("c", late), bill: "a" };
    expect(decide({}, { base: "a", systems }).because).toEqual({
      rule: "newest",
      policyVersion: 7,
      base: "a",
      inputs: [
        { system: "hubspot", value: "b", valid: true, changed: true, at: early, actor: person },
        { system: "ops", value: "c", valid: true, changed: true, at: late, actor: null },
        { system: "bill", value: "a", valid: true, changed: false, at: null, actor: null },
      ],
      losers: ["hubspot"],
      sentence: "Operations changed it 3 minutes after HubSpot, and the latest change wins.",
      recommended: null,
    });
  });

  test("of an invalid value shows it raw", () => {
    const { inputs } = decide({}, { base: "a", systems: { hubspot: "a", ops: invalid } }).because;
    expect(inputs[1]).toMatchObject({ system: "ops", value: "??", valid: false, changed: true });
  });
});

describe("a ruling", () => {
  const scene: Scene = { base: "a", systems: { hubspot: "b", ops: "c" } };
  const shown = fingerprint(decide({ policy: ask }, scene).because.inputs);
  const ruling = { exceptionId: "e1", value: "c", shown, person, at: now };

  test("is applied while the values shown still hold", () => {
    const decision = decide({ policy: ask }, { ...scene, ruling });
    expect(decision.verdict).toEqual({ kind: "take", from: "ops", value: "c" });
    expect(decision.writes).toEqual(["hubspot"]);
    expect(decision.because).toMatchObject({ rule: "person", sentence: "Kim chose Operations." });
  });

  test("may be a value nobody held", () => {
    const decision = decide({ policy: ask }, { ...scene, ruling: { ...ruling, value: "d" } });
    expect(decision.verdict).toEqual({ kind: "take", from: null, value: "d" });
    expect(decision.writes).toEqual(["hubspot", "ops"]);
    expect(decision.because.losers).toEqual(["hubspot", "ops"]);
  });

  test("by somebody without a name is still a person's", () => {
    const nameless = { ...ruling, person: { kind: "person" } as const, value: "d" };
    const { sentence } = decide({ policy: ask }, { ...scene, ruling: nameless }).because;
    expect(sentence).toBe("A person entered a value.");
  });

  test("may clear a value that blanks do not overwrite", () => {
    const decision = decide({ policy: ask }, { ...scene, ruling: { ...ruling, value: null } });
    expect(decision.verdict).toEqual({ kind: "take", from: null, value: null });
  });

  test("mends an invalid value", () => {
    const broken: Scene = { base: "a", systems: { hubspot: invalid, ops: "c" } };
    const seen = fingerprint(decide({}, broken).because.inputs);
    const decision = decide({}, { ...broken, ruling: { ...ruling, shown: seen } });
    expect(decision.verdict).toEqual({ kind: "take", from: "ops", value: "c" });
    expect(decision.writes).toEqual(["hubspot"]);
    expect(decision.because.losers).toEqual(["hubspot"]);
  });

  test("is written over an invalid value that reads the same", () => {
    const broken: Scene = { base: "a", systems: { hubspot: invalid, ops: "c" } };
    const seen = fingerprint(decide({}, broken).because.inputs);
    const decision = decide({}, { ...broken, ruling: { ...ruling, value: "??", shown: seen } });
    expect(decision.verdict).toEqual({ kind: "take", from: null, value: "??" });
    expect(decision.writes).toEqual(["hubspot", "ops"]);
  });

  test("is not a way around a field's check", () => {
    const guards = { pattern: { matches: "^\\d+$", message: "Digits only." } };
    const decision = decide({ policy: ask, guards }, { ...scene, ruling });
    expect(decision.verdict).toEqual({ kind: "conflict", reason: "Digits only." });
    expect(decision.because.rule).toBe("pattern");
  });

  test("does not write where it is read-only", () => {
    const policy = askedOfHubspot;
    const decision = decide({ policy, readOnly: ["hubspot"] }, { ...scene, ruling });
    expect(decision.because.rule).toBe("read_only");
    expect(decision.writes).toEqual([]);
  });

  test("is over once all systems hold the same", () => {
    const same: Scene = { base: "a", systems: { hubspot: "c", ops: "c" }, ruling };
    expect(decide({ policy: ask }, same).verdict).toEqual({ kind: "converged", value: "c" });
  });

  test("is not applied once a value moved, and the reason says so", () => {
    const moved: Scene = { base: "a", systems: { hubspot: "x", ops: "c" }, ruling };
    expect(decide({ policy: ask }, moved).verdict).toEqual({
      kind: "conflict",
      reason:
        "The values changed after somebody decided. " +
        "HubSpot and Operations changed it differently, and a person decides.",
    });
  });
});
