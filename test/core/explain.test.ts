/** Words and marks: fingerprints of what people saw, labels, durations, and rules in words. */
import { describe, expect, test } from "vitest";
import type { Held } from "../../shared/record.ts";
import { assert, unreachable } from "../../worker/core/assert.ts";
import type { Input } from "../../worker/core/decision.ts";
import { isEcho } from "../../worker/core/echo.ts";
import {
  duration,
  fingerprint,
  label,
  labels,
  listed,
  stillFits,
} from "../../worker/core/explain.ts";
import { inWords, policyInWords, precedence } from "../../worker/core/words.ts";
import { now, person, rulesOf, thing } from "./fixtures.ts";

const input = (system: string, value: Held, valid = true): Input => ({
  system,
  value,
  valid,
  changed: true,
  at: null,
  actor: null,
});

describe("fingerprint", () => {
  const shown = [input("hubspot", "b"), input("ops", "c")];

  test("is the same in any order, at any time", () => {
    expect(fingerprint(shown.toReversed())).toBe(fingerprint(shown));
    expect(fingerprint(shown.map((one) => ({ ...one, at: 5, changed: false })))).toBe(
      fingerprint(shown),
    );
  });

  test.each<[string, Input[]]>([
    ["another value", [input("hubspot", "b"), input("ops", "d")]],
    ["values swapped", [input("hubspot", "c"), input("ops", "b")]],
    ["another system", [input("hubspot", "b"), input("bill", "c")]],
    ["a system more", [...shown, input("bill", "c")]],
    ["a system less", [input("hubspot", "b")]],
    ["a blank", [input("hubspot", "b"), input("ops", null)]],
    ["a set", [input("hubspot", "b"), input("ops", ["c"])]],
    ["an invalid value of the same text", [input("hubspot", "b"), input("ops", "c", false)]],
  ])("differs for %s", (_, other) => {
    expect(fingerprint(other)).not.toBe(fingerprint(shown));
  });

  test("is what it was in every version before: rulings that wait depend on it", () => {
    expect(fingerprint(shown)).toMatchInlineSnapshot(`"15ovx4g2ctz.1kgv3xuzmkh"`);
  });

  test("fits in 128 characters, however many systems there are", () => {
    for (const count of [1, 10, 11, 50]) {
      const many = Array.from({ length: count }, (_, index) => input(`system_${index}`, "x"));
      expect(fingerprint(many).length).toBeLessThanOrEqual(128);
      expect(fingerprint(many.toReversed())).toBe(fingerprint(many));
    }
  });
});

describe("a ruling still fits", () => {
  const shown = [input("hubspot", "b"), input("ops", "c"), input("bill", "d")];
  const ruling = {
    exceptionId: "e",
    value: "c",
    shown: fingerprint(shown),
    person,
    at: now,
  };
  const rest = shown.slice(1);

  test.each<[string, Input[], boolean]>([
    ["while nothing moved", shown, true],
    ["where an attempt wrote one system already", [input("hubspot", "c"), ...rest], true],
    ["where a system cannot be read now", rest, true],
    ["not once a value moved elsewhere", [input("hubspot", "x"), ...rest], false],
    ["not for an invalid value of the same text", [input("hubspot", "c", false), ...rest], false],
    ["not with a further system", [...shown, input("crm", "x")], false],
  ])("%s", (_, inputs, wanted) => {
    expect(stillFits(ruling, inputs)).toBe(wanted);
  });

  test("with many systems, exactly while nothing moved", () => {
    const many = Array.from({ length: 12 }, (_, index) => input(`system_${index}`, "x"));
    const wide = { ...ruling, value: "y", shown: fingerprint(many) };
    expect(stillFits(wide, many)).toBe(true);
    expect(stillFits(wide, [...many.slice(1), input("system_0", "z")])).toBe(false);
  });
});

describe("words", () => {
  const rules = rulesOf({ f: {} });

  test("name systems by label, and unknown ones by id", () => {
    expect(label(rules, "ops")).toBe("Operations");
    expect(label(rules, "crm")).toBe("crm");
    expect(labels(rules, ["hubspot", "ops"])).toBe("HubSpot and Operations");
  });

  test("list", () => {
    expect(listed([])).toBe("");
    expect(listed(["a"])).toBe("a");
    expect(listed(["a", "b", "c"])).toBe("a, b and c");
  });

  test.each([
    [0, "1 second"],
    [1_999, "1 second"],
    [2_000, "2 seconds"],
    [60_000, "1 minute"],
    [119_999, "1 minute"],
    [3_600_000, "1 hour"],
    [172_800_000, "2 days"],
  ])("%d milliseconds are %s", (ms, wanted) => {
    expect(duration(ms)).toBe(wanted);
  });
});

describe("rules in words", () => {
  const owned = { rule: "owned", system: "ops", elsewhere: "revert" } as const;
  const text = inWords(
    rulesOf({
      newest: { policy: { rule: "newest" } },
      prefer: { policy: { rule: "prefer", system: "ops" } },
      owned: { policy: owned, readOnly: ["ops"] },
      asked: { policy: { ...owned, elsewhere: "ask" }, guards: { critical: true } },
      fill: { policy: { rule: "fill_blank" }, guards: { rejectBlank: false } },
      union: { policy: { rule: "union" }, type: { kind: "options", options: ["a"] } },
      max: { policy: { rule: "max" }, type: { kind: "date" } },
      min: { policy: { rule: "min" }, type: { kind: "date" }, guards: { cadence: "scheduled" } },
      stage: { policy: { rule: "forward_only" }, type: { kind: "stage", order: ["open", "won"] } },
      ask: {
        policy: { rule: "ask" },
        guards: { pattern: { matches: "^\\d+$", message: "Digits only." } },
      },
      when: {
        policy: {
          rule: "when",
          cases: [
            { if: { field: { name: "stage", in: ["open", "won"] } }, use: owned },
            { if: { actor: "person", withinHours: 24 }, use: { rule: "newest" } },
            { if: { actor: "automation" }, use: { rule: "ask" } },
          ],
          otherwise: { rule: "newest" },
        },
      },
    }),
  );

  test.each([
    "Version 7. Rank, which breaks ties: HubSpot, then Operations.",
    "Changes within 2 seconds are a tie.",
    "newest: The latest change wins.",
    "prefer: Operations wins where it changed too, else the latest change.",
    "owned: Operations owns it; changes elsewhere go back. Read-only in Operations.",
    "asked: Operations owns it; a person decides on changes elsewhere. Critical.",
    "fill: Only blanks are filled; a person decides before a value is overwritten. " +
      "A blank counts as a change.",
    "union: What anybody adds is added, what anybody removes is removed.",
    "max: The highest value wins.",
    "min: The lowest value wins. Only by scheduled scans.",
    "stage: It only moves forward, to the furthest stage.",
    "ask: A person decides between changes. Checked: Digits only.",
    "when: Where stage is open or won: Operations owns it; changes elsewhere go back. " +
      "Where the change was made by a person and it is at most 24 hours old: " +
      "The latest change wins. Where the change was made by an automation: " +
      "A person decides between changes. Otherwise: The latest change wins.",
  ])("say: %s", (line) => {
    const lines = text.split("\n").map((each) => each.trim());
    expect(lines).toContain(line);
  });

  test.each([
    [[], [], "No two records are ever taken for one."],
    [["email", "code"], [], "Two records are one by E-mail, then Code."],
    [
      ["email"],
      ["name"],
      "Two records are one by E-mail. " +
        "One without any of these, of the same Name as another, is asked about.",
    ],
  ])("say when records are one: %j, %j", (identity, similar, line) => {
    const rules = rulesOf({ email: {}, code: {}, name: {} });
    const object = thing(rules);
    const fields = Object.fromEntries(
      Object.entries({ email: "E-mail", code: "Code", name: "Name" }).map(([name, label]) => [
        name,
        { ...object.fields[name]!, label },
      ]),
    );
    const changed = { ...rules, objects: { thing: { ...object, fields, identity, similar } } };
    expect(inWords(changed).split("\n")).toContain(`  ${line}`);
  });

  test("know every rule", () => {
    const strange = { rule: "loudest" } as never;
    expect(() => policyInWords(rulesOf({ f: {} }), strange)).toThrow("Broken invariant");
  });

  test("number the precedence", () => {
    expect(text).toContain(" 1. It waits while fewer than two systems can be heard.");
    expect(text).toContain(`${precedence.length}. A system that is read-only`);
  });
});

describe("broken invariants", () => {
  test("stop at once", () => {
    expect(() => assert(false, "two is one")).toThrow("Broken invariant: two is one");
    expect(() => assert(1, "one is one")).not.toThrow();
    expect(() => unreachable("x" as never)).toThrow('Broken invariant: unexpected "x"');
  });
});

describe("an echo", () => {
  test.each([
    ["is what was seen and agreed", { f: "a" }, { f: "a" }, { f: "a" }, true],
    ["claims nothing", {}, {}, {}, true],
    ["is not what was seen", { f: "a" }, { f: "b" }, { f: "a" }, false],
    ["is not what was agreed", { f: "a" }, { f: "a" }, { f: "b" }, false],
    ["was never seen", { f: "a" }, {}, { f: "a" }, false],
    ["was never agreed", { f: "a" }, { f: "a" }, {}, false],
    ["comes from a system never seen", { f: "a" }, undefined, { f: "a" }, false],
  ])("%s", (_, claimed, seen, base, wanted) => {
    expect(isEcho(claimed as never, seen as never, base as never)).toBe(wanted);
  });
});
