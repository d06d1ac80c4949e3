/** What is decided for one field of one entity before, and beside, its policy. */
import { describe, expect, test } from "vitest";
import { reconcile } from "../../worker/core/reconcile.ts";
import { ask, decides, early, late, ownedByHubspot } from "./cases.ts";
import { absent, held, invalid, rulesOf, thing, viewOf } from "./fixtures.ts";

describe("reconcile", () => {
  decides([
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
  ]);
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
