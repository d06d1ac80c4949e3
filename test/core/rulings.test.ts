/** What a decision tells people, and what their answers do. */
import { describe, expect, test } from "vitest";
import type { FieldPolicy } from "../../shared/policy.ts";
import { fingerprint } from "../../worker/core/explain.ts";
import { ask, askedOfHubspot, early, late, ownedByHubspot } from "./cases.ts";
import { automation, decide, held, invalid, now, person, type Scene } from "./fixtures.ts";

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
