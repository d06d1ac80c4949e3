/** What no policy may do: blanks, checks, cadence, and systems that are never written. */
import { describe } from "vitest";
import { decides, early, late, ownedByHubspot, tags } from "./cases.ts";
import { held } from "./fixtures.ts";

describe("a guard", () => {
  decides([
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
  ]);
});
