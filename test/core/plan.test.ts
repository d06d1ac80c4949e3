/** From decisions to writes, and from read-back to the next base. */
import { describe, expect, test } from "vitest";
import type { Fields } from "../../shared/record.ts";
import { plan, settle } from "../../worker/core/plan.ts";
import { reconcile } from "../../worker/core/reconcile.ts";
import { held, invalid, now, rulesOf, thing } from "./fixtures.ts";

const names = ["hubspot", "ops", "bill"];
const ask = { policy: { rule: "ask" } } as const;
const rules = rulesOf(
  { changed: ask, same: ask, torn: ask, broken: ask, cleared: ask, late: ask },
  names,
);
const object = thing(rules);

describe("plan", () => {
  const view = {
    base: { changed: "a", same: "a", torn: "a", broken: "a", cleared: "a", late: "a" },
    systems: {
      hubspot: row("b", "a", "b", null, "a"),
      ops: row("a", "a", "c", "a", "a"),
      bill: { ...row("a", "a", "a", "a", "a"), broken: invalid, late: held("b") },
    },
    rulings: {},
    now,
  };

  function row(...values: readonly (string | null)[]) {
    const [changed, same, torn, cleared, broken] = values.map((value) => held(value ?? null));
    return { changed: changed!, same: same!, torn: torn!, cleared: cleared!, broken: broken! };
  }

  const decisions = reconcile(rules, object, view);
  const planned = plan(object, view, decisions);

  test("collects what each system is to be written", () => {
    expect(planned.writes).toEqual({
      hubspot: { cleared: "a" },
      ops: { changed: "b" },
      bill: { changed: "b" },
    });
  });

  test("holds conflicts and invalid values, and nothing else", () => {
    expect(planned.held.map(({ field }) => field)).toEqual(["torn", "broken"]);
    expect(planned.decisions).toBe(decisions);
  });

  test("settles what was decided in full sight", () => {
    expect(planned.settled).toEqual(["changed", "same", "cleared"]);
  });

  test("settles nothing while a linked system is out of sight", () => {
    const blind = { ...view, systems: { ...view.systems, bill: {} } };
    const settled = plan(object, blind, reconcile(rules, object, blind)).settled;
    expect(settled).toEqual([]);
  });

  test("settles nothing that was put off", () => {
    const slow = rulesOf({ changed: { guards: { cadence: "scheduled" } } }, names);
    const decided = reconcile(slow, thing(slow), view);
    expect(plan(thing(slow), view, decided).settled).toEqual([]);
  });

  test("settles what all linked systems agree on, where one is not linked", () => {
    const { hubspot, ops } = view.systems;
    const two = { ...view, systems: { hubspot, ops } };
    expect(plan(object, two, reconcile(rules, object, two)).settled).toEqual([
      "changed",
      "same",
      "broken",
      "cleared",
    ]);
  });
});

describe("settle", () => {
  const base: Fields = { changed: "a", retired: "x" };
  test.each([
    ["all hold it", { hubspot: one("b"), ops: one("b"), bill: one("b") }, "b"],
    ["all hold a blank", { hubspot: one(null), ops: one(null), bill: one(null) }, null],
    ["two linked systems hold it", { hubspot: one("b"), ops: one("b") }, "b"],
    ["they differ", { hubspot: one("b"), ops: one("b"), bill: one("a") }, "a"],
    ["one is out of sight", { hubspot: one("b"), ops: one("b"), bill: {} }, "a"],
    ["the first is out of sight", { hubspot: {}, ops: one("b"), bill: one("b") }, "a"],
    ["only one is linked", { hubspot: one("b") }, "a"],
    ["none is linked", {}, "a"],
  ])("%s: base is %s", (_, seen: Record<string, Fields>, wanted) => {
    expect(settle(object, base, seen)).toEqual({ changed: wanted, retired: "x" });
  });

  function one(value: string | null): Fields {
    return { changed: value };
  }

  test("a field that was never agreed on stays so until it is", () => {
    expect(settle(object, {}, { hubspot: one("b"), ops: one("c") })).toEqual({});
    expect(settle(object, {}, { hubspot: one("b"), ops: one("b") })).toEqual({ changed: "b" });
  });
});
