/** Policies that depend on the record, on who made a change, and on how long ago. */
import { describe } from "vitest";
import type { FieldPolicy } from "../../shared/policy.ts";
import { ask, decides, early, late, newest, ownedByHubspot } from "./cases.ts";
import { automation, held, hour, minute, now, person } from "./fixtures.ts";

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

describe("when", () => {
  decides([
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
      scene: {
        base: "a",
        agreed: { site: { country: "DE" } },
        systems: { hubspot: "a", ops: "b" },
      },
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
  ]);
});
