/**
 * Truth tables: every small world there is, for two and three systems, decided by the core and by
 * the oracle. The field condition of `when` looks at the field itself, so that base drives it.
 */
import { describe, expect, test } from "vitest";
import type { FieldPolicy, Guards } from "../../shared/policy.ts";
import type { FieldType, Observation } from "../../shared/record.ts";
import type { EntityView } from "../../worker/core/decision.ts";
import { reconcile } from "../../worker/core/reconcile.ts";
import { hour, invalid, now, rulesOf, systemNames, thing } from "./fixtures.ts";
import { type Answer, answer, type Cell, type Question, type Value } from "./oracle.ts";

const stage: FieldType = { kind: "stage", order: ["a", "b", "c"] };
const options: FieldType = { kind: "options", options: ["x", "y", "z"] };
const hubspotOwns: FieldPolicy = { rule: "owned", system: "hubspot", elsewhere: "revert" };
const opsOwns: FieldPolicy = { rule: "owned", system: "ops", elsewhere: "revert" };

/** Policies that look at values and rank alone. */
const timeless: readonly FieldPolicy[] = [
  hubspotOwns,
  opsOwns,
  { rule: "owned", system: "hubspot", elsewhere: "ask" },
  { rule: "owned", system: "ops", elsewhere: "ask" },
  { rule: "fill_blank" },
  { rule: "max" },
  { rule: "min" },
  { rule: "forward_only" },
  { rule: "ask" },
  {
    rule: "when",
    cases: [{ if: { field: { name: "f", in: ["b", "c"] } }, use: hubspotOwns }],
    otherwise: opsOwns,
  },
];

const timed: readonly FieldPolicy[] = [
  { rule: "newest" },
  { rule: "prefer", system: "hubspot" },
  { rule: "prefer", system: "ops" },
  hubspotOwns,
];

const personFirst: FieldPolicy = {
  rule: "when",
  cases: [{ if: { actor: "person", withinHours: 24 }, use: { rule: "newest" } }],
  otherwise: { rule: "newest" },
};

const conditional: readonly FieldPolicy[] = [
  personFirst,
  {
    rule: "when",
    cases: [
      { if: { actor: "automation" }, use: { rule: "ask" } },
      { if: { field: { name: "f", in: ["b"] }, withinHours: 24 }, use: hubspotOwns },
    ],
    otherwise: personFirst,
  },
];

const bases: readonly (Value | undefined)[] = [undefined, null, "b"];
const values: readonly Value[] = [null, "a", "b", "c"];
const setBases: readonly (Value | undefined)[] = [undefined, null, ["x"], ["x", "y"]];
const sets: readonly Value[] = [null, ["x"], ["y"], ["x", "y"], ["x", "z"]];

const outside: readonly Cell[] = [{ is: "absent" }, { is: "unseen" }, { is: "invalid" }];
const undated = (list: readonly Value[]): Cell[] => [
  ...outside,
  ...list.map((value) => ({ is: "held", value, at: null, actor: null }) as const),
];
const times = [null, now - 10_000, now - 2_000, now, now + 60_000];
const dated: readonly Cell[] = [
  ...outside.slice(0, 2),
  ...values.flatMap((value) =>
    times.map((at) => ({ is: "held", value, at, actor: null }) as const),
  ),
];
const acted: readonly Cell[] = [
  { is: "unseen" },
  ...values.flatMap((value) =>
    (["person", "automation", null] as const).flatMap((actor) =>
      [null, now - 24 * hour, now - 25 * hour].map(
        (at) => ({ is: "held", value, at, actor }) as const,
      ),
    ),
  ),
];

interface Guarding {
  readonly guards: Partial<Guards>;
  readonly scan: boolean;
}
const plainGuards: readonly Guarding[] = [
  { guards: { rejectBlank: true }, scan: false },
  { guards: { rejectBlank: false }, scan: false },
];
const pattern = { matches: "^[^cz]$", message: "Neither c nor z." };
const allGuards: readonly Guarding[] = [
  ...plainGuards,
  { guards: { rejectBlank: true, pattern }, scan: false },
  { guards: { rejectBlank: false, pattern }, scan: true },
  { guards: { rejectBlank: true, cadence: "scheduled" }, scan: false },
  { guards: { rejectBlank: true, cadence: "scheduled" }, scan: true },
];

const simple = [...timeless, ...timed];
const union: readonly FieldPolicy[] = [{ rule: "union" }];
const lists = [
  { name: "values", type: stage, policies: simple, bases, cells: undated(values) },
  { name: "sets", type: options, policies: union, bases: setBases, cells: undated(sets) },
].map((table) => ({ ...table, guardings: allGuards }));
const histories = [
  { name: "times", type: stage, policies: timed, bases, cells: dated },
  { name: "actors", type: stage, policies: conditional, bases, cells: acted },
].map((table) => ({ ...table, guardings: plainGuards }));
const tables: readonly Table[] = [...lists, ...histories];

interface Table {
  readonly name: string;
  readonly type: FieldType;
  readonly policies: readonly FieldPolicy[];
  readonly guardings: readonly Guarding[];
  readonly bases: readonly (Value | undefined)[];
  readonly cells: readonly Cell[];
}

describe("truth table", () => {
  for (const count of [2, 3]) {
    test.each(tables)(`of $name, ${count} systems`, (table) => {
      const { policies, guardings, bases, cells } = table;
      let decided = 0;
      for (const policy of policies) {
        for (const guarding of guardings) decided += compareAll(count, table, policy, guarding);
      }
      const combinations = policies.length * guardings.length * bases.length;
      expect(decided).toBe(combinations * cells.length ** count);
    });
  }
});

/** Stops at the first cell of the table that the core and the oracle see differently. */
function compareAll(
  count: number,
  { type, bases: allBases, cells }: Table,
  policy: FieldPolicy,
  { guards, scan }: Guarding,
): number {
  const names = systemNames.slice(0, count);
  const rules = rulesOf({ f: { type, policy, guards } }, names);
  const observed = cells.map(observationOf);
  let decided = 0;
  for (const base of allBases) {
    for (const row of rows(cells.length, count)) {
      const question: Question = {
        cells: row.map((index) => cells[index]!),
        names,
        base,
        policy,
        rejectBlank: guards.rejectBlank ?? true,
        refused: guards.pattern === undefined ? "" : "cz",
        postponed: guards.cadence === "scheduled" && !scan,
        toleranceMs: rules.skewToleranceMs,
        now,
      };
      const view: EntityView = {
        base: base === undefined ? {} : { f: base },
        systems: Object.fromEntries(
          row.flatMap((index, place) =>
            cells[index]!.is === "absent" ? [] : [[names[place]!, observed[index]!]],
          ),
        ),
        rulings: {},
        now,
        scan,
      };
      const wanted = answer(question);
      const given = decidedBy(rules, view);
      if (JSON.stringify(given) !== JSON.stringify(wanted)) {
        expect({ question, given }).toEqual({ question, given: wanted });
      }
      decided++;
    }
  }
  return decided;
}

function decidedBy(rules: ReturnType<typeof rulesOf>, view: EntityView): Answer {
  const { verdict, writes } = reconcile(rules, thing(rules), view)[0]!;
  switch (verdict.kind) {
    case "take":
      return { kind: "take", value: verdict.value as Value, from: verdict.from, writes };
    case "converged":
    case "heal":
      return { kind: verdict.kind, value: verdict.value as Value, writes };
    default:
      return { kind: verdict.kind, writes };
  }
}

function observationOf(cell: Cell): Record<string, Observation> {
  switch (cell.is) {
    case "held": {
      const actor = cell.actor === null ? null : { kind: cell.actor };
      return { f: { kind: "held", value: cell.value, at: cell.at, actor } };
    }
    case "invalid":
      return { f: invalid };
    default:
      return {};
  }
}

/** Every choice of one of `size` for each of `count` places. */
function* rows(size: number, count: number): Generator<readonly number[]> {
  for (let number = 0; number < size ** count; number++) {
    yield Array.from({ length: count }, (_, place) => Math.floor(number / size ** place) % size);
  }
}
