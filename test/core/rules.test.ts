/** When a change of the configuration is one that records have to be looked at again for. */
import { describe, expect, test } from "vitest";
import { meaningOf, type ObjectRules } from "../../worker/core/rules.ts";
import { rulesOf, thing } from "./fixtures.ts";

const object = thing(rulesOf({ name: {}, paid: { type: { kind: "boolean" } } }));
const field = object.fields.name!;
const withField = (change: object): ObjectRules => ({
  ...object,
  fields: { ...object.fields, name: { ...field, ...change } },
});

describe("what rules mean", () => {
  test.each([
    ["another label", { ...object, label: "Things" }],
    ["another label of a field", withField({ label: "What it is called" })],
    ["keys in another order", Object.fromEntries(Object.entries(object).reverse()) as never],
  ])("is the same with %s", (_, changed) => {
    expect(meaningOf(changed)).toBe(meaningOf(object));
  });

  test.each([
    ["policy", withField({ policy: { rule: "ask" } })],
    ["guard", withField({ guards: { ...field.guards, critical: true } })],
    ["type", withField({ type: { kind: "name" } })],
    ["identity", { ...object, identity: ["name"] }],
    ["fate of what is deleted", { ...object, deletes: "archive" as const }],
    ["pipeline", { ...object, pipeline: { amount: "name", stage: "paid", closed: [] } }],
  ])("is another with another %s", (_, changed) => {
    expect(meaningOf(changed)).not.toBe(meaningOf(object));
  });

  test("tells a field that is called label", () => {
    const named = { ...object, fields: { label: field } };
    expect(meaningOf(named)).not.toBe(meaningOf({ ...object, fields: {} }));
  });
});
