/**
 * How many records a second the core decides on one core, and how that grows with fields and
 * systems. Observations are canonical already, as connectors hand them over.
 */
import type { FieldPolicy } from "../../shared/policy.ts";
import type { FieldType, Held, Observation } from "../../shared/record.ts";
import { assert } from "../../worker/core/assert.ts";
import { type Config, configure } from "../../worker/core/configure.ts";
import type { EntityView } from "../../worker/core/decision.ts";
import { plan } from "../../worker/core/plan.ts";
import { reconcile } from "../../worker/core/reconcile.ts";
import type { ObjectRules, Rules } from "../../worker/core/rules.ts";

interface Point {
  readonly fields: number;
  readonly systems: number;
  readonly recordsPerSecond: number;
  /** The time of one field in one system: level where growth is linear. */
  readonly nanosecondsPerCell: number;
}

export async function bench(): Promise<object> {
  measure(20, 3, 500);
  const { recordsPerSecond } = measure(20, 3, 3_000);
  const byFields = [10, 20, 40, 80].map((fields) => measure(fields, 3, 1_000));
  const bySystems = [2, 3, 4, 5, 6].map((systems) => measure(20, systems, 1_000));
  return { recordsPerSecond, curve: [...byFields, ...bySystems] };
}

/** Decides and plans the same thousand records again and again for a while. */
function measure(fields: number, systems: number, durationMs: number): Point {
  const rules = rulesFor(fields, systems);
  const object = rules.objects.record;
  assert(object !== undefined, "the configuration has one object");
  const views = Array.from({ length: 1_000 }, (_, index) => viewFor(rules, object, index));
  let records = 0;
  let writes = 0;
  const start = performance.now();
  let elapsedMs = 0;
  while (elapsedMs < durationMs) {
    for (const view of views) {
      const planned = plan(object, view, reconcile(rules, object, view));
      writes += Object.keys(planned.writes).length;
    }
    records += views.length;
    elapsedMs = performance.now() - start;
  }
  assert(writes > 0, "some records differ");
  const nanoseconds = (elapsedMs * 1e6) / records;
  return {
    fields,
    systems,
    recordsPerSecond: Math.round(records / (elapsedMs / 1_000)),
    nanosecondsPerCell: Math.round(nanoseconds / (fields * systems)),
  };
}

const kinds: readonly { readonly type: FieldType; readonly policy: FieldPolicy }[] = [
  { type: { kind: "text" }, policy: { rule: "newest" } },
  { type: { kind: "email" }, policy: { rule: "ask" } },
  { type: { kind: "phone" }, policy: { rule: "prefer", system: "system_1" } },
  {
    type: { kind: "owner" },
    policy: { rule: "owned", system: "system_0", elsewhere: "revert" },
  },
  { type: { kind: "options", options: ["a", "b", "c"] }, policy: { rule: "union" } },
  { type: { kind: "money", currency: "USD" }, policy: { rule: "max" } },
  { type: { kind: "stage", order: ["a", "b", "c"] }, policy: { rule: "forward_only" } },
  { type: { kind: "address" }, policy: { rule: "fill_blank" } },
  {
    type: { kind: "date" },
    policy: {
      rule: "when",
      cases: [{ if: { actor: "person", withinHours: 24 }, use: { rule: "newest" } }],
      otherwise: { rule: "newest" },
    },
  },
  { type: { kind: "text" }, policy: { rule: "newest" } },
];

function rulesFor(fieldCount: number, systemCount: number): Rules {
  const systems = Array.from({ length: systemCount }, (_, index) => `system_${index}`);
  const every = <Value>(value: Value) =>
    Object.fromEntries(systems.map((system) => [system, value]));
  const fields = Array.from({ length: fieldCount }, (_, index) => [
    `field_${index}`,
    {
      label: `Field ${index}`,
      ...(kinds[index % kinds.length] as (typeof kinds)[number]),
      in: every(`property_${index}`),
    },
  ]);
  return configure({
    version: 1,
    systems: every({ label: "System", connector: "rest" }),
    rank: systems,
    skewToleranceMs: 2_000,
    objects: {
      record: {
        label: "Record",
        in: every("records"),
        identity: [],
        fields: Object.fromEntries(fields),
      },
    },
  } as Config);
}

const now = Date.UTC(2026, 10, 23);

/** One record in three has a change, one in ten has two that compete. */
function viewFor(rules: Rules, object: ObjectRules, index: number): EntityView {
  const names = Object.keys(object.fields);
  const agreed = (name: string) => heldBy(object.fields[name]?.type, index, 0);
  const seen = (name: string, place: number): Observation => {
    const isChanged =
      name === names[index % names.length] &&
      ((place === 0 && index % 3 === 0) || (place === 1 && index % 10 === 0));
    const value = isChanged ? heldBy(object.fields[name]?.type, index, place + 1) : agreed(name);
    const actor = { kind: "person", id: "7" } as const;
    return { kind: "held", value, at: now - index * 1_000 - place, actor };
  };
  return {
    base: Object.fromEntries(names.map((name) => [name, agreed(name)])),
    systems: Object.fromEntries(
      rules.rank.map((system, place) => [
        system,
        Object.fromEntries(names.map((name) => [name, seen(name, place)])),
      ]),
    ),
    rulings: {},
    now,
  };
}

function heldBy(type: FieldType | undefined, index: number, step: number): Held {
  const letter = "abc"[step % 3] ?? "a";
  switch (type?.kind) {
    case "options":
      return step === 0 ? ["a"] : ["a", letter];
    case "money":
      return `${index + step}.5 USD`;
    case "stage":
      return letter;
    case "address":
      return { street: `${index} Main St`, city: `City ${step}`, country: "US" };
    case "date":
      return `2026-11-1${step}`;
    default:
      return `value ${index} ${step}`;
  }
}

if (process.argv[1] === import.meta.filename) console.log(JSON.stringify(await bench(), null, 2));
