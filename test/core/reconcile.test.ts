/** What is decided, case by case, for one field of one entity. */
import { describe, expect, test } from "vitest";
import type { FieldPolicy } from "../../shared/policy.ts";
import { fingerprint } from "../../worker/core/explain.ts";
import {
  decide,
  type FieldSetup,
  held,
  invalid,
  minute,
  now,
  person,
  type Scene,
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
