/** Arbitrary worlds for the laws: rules over two to five systems, and entities in any state. */
import * as fc from "fast-check";
import type { Condition, FieldPolicy } from "../../shared/policy.ts";
import type { Actor, Fields, FieldType, Held, Observation } from "../../shared/record.ts";
import type { EntityView } from "../../worker/core/decision.ts";
import type { Rules } from "../../worker/core/rules.ts";
import { type FieldSetup, hour, now, rulesOf, systemNames } from "./fixtures.ts";

export interface World {
  readonly systems: readonly string[];
  readonly fields: Readonly<Record<string, FieldSetup>>;
  readonly rules: Rules;
  readonly view: EntityView;
}

const stage: FieldType = { kind: "stage", order: ["a", "b", "c"] };
const tags: FieldType = { kind: "options", options: ["a", "b", "c"] };

const scalar = fc.constantFrom("a", "b", "c");
const set = fc.subarray(["a", "b", "c"], { minLength: 1 });
export const heldOf = (type: FieldType): fc.Arbitrary<Held> =>
  fc.option<Held>(type.kind === "options" ? set : scalar, { freq: 5 });

const actor: fc.Arbitrary<Actor | null> = fc.constantFrom(
  null,
  { kind: "person", id: "7" },
  { kind: "automation" },
  { kind: "self" },
);

/** Close enough for ties, far enough for ages, and sometimes wrong. */
const at = fc.oneof(
  fc.constant(null),
  fc.integer({ min: now - 10_000, max: now }),
  fc.integer({ min: now - 48 * hour, max: now }),
  fc.constant(now + hour),
);

function leafOf(systems: readonly string[], type: FieldType): fc.Arbitrary<FieldPolicy> {
  const system = fc.constantFrom(...systems);
  const any: fc.Arbitrary<FieldPolicy>[] = [
    fc.constant({ rule: "newest" }),
    fc.constant({ rule: "ask" }),
    fc.constant({ rule: "fill_blank" }),
    system.map((name) => ({ rule: "prefer", system: name })),
    fc
      .tuple(system, fc.constantFrom("revert", "ask"))
      .map(([name, elsewhere]) => ({ rule: "owned", system: name, elsewhere })),
  ];
  const own: FieldPolicy[] =
    type.kind === "stage"
      ? [{ rule: "max" }, { rule: "min" }, { rule: "forward_only" }]
      : [{ rule: "union" }];
  return fc.oneof(...any, fc.constantFrom(...own));
}

function policyOf(systems: readonly string[], type: FieldType): fc.Arbitrary<FieldPolicy> {
  const leaf = leafOf(systems, type);
  const condition = fc.constantFrom<Condition[]>(
    { field: { name: "f", in: ["a", "b"] } },
    { actor: "person" },
    { actor: "automation", withinHours: 24 },
    { withinHours: 1, field: { name: "f", in: ["a"] } },
  );
  const cases = fc.array(fc.record({ if: condition, use: leaf }), { minLength: 1, maxLength: 2 });
  return fc.oneof(
    { weight: 3, arbitrary: leaf },
    {
      weight: 1,
      arbitrary: fc
        .tuple(cases, leaf)
        .map(([list, otherwise]): FieldPolicy => ({ rule: "when", cases: list, otherwise })),
    },
  );
}

function setupOf(systems: readonly string[]): fc.Arbitrary<FieldSetup> {
  return fc.constantFrom(stage, tags).chain((type) =>
    fc
      .tuple(policyOf(systems, type), fc.boolean(), fc.boolean())
      .map(([policy, rejectBlank, checked]) => ({
        type,
        policy,
        guards: {
          rejectBlank,
          ...(checked ? { pattern: { matches: "[ab]", message: "No c." } } : {}),
        },
      })),
  );
}

const observationOf = (type: FieldType): fc.Arbitrary<Observation> =>
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({
        kind: fc.constant("held" as const),
        value: heldOf(type),
        at,
        actor,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("invalid" as const),
        raw: fc.constant("??"),
        reason: fc.constant("No."),
        at,
        actor,
      }),
    },
  );

interface Options {
  /** All systems linked, all fields read, all values valid. */
  readonly clear?: boolean;
}

function viewOf(
  systems: readonly string[],
  fields: Readonly<Record<string, FieldSetup>>,
  { clear = false }: Options,
): fc.Arbitrary<EntityView> {
  const names = Object.keys(fields);
  const typeOf = (name: string) => fields[name]?.type ?? stage;
  const base = fc.record(
    Object.fromEntries(names.map((name) => [name, heldOf(typeOf(name))])),
    clear ? {} : { requiredKeys: [] },
  );
  const seen = (name: string) =>
    observationOf(typeOf(name)).filter(({ kind }) => !clear || kind === "held");
  const record = fc.record(
    Object.fromEntries(names.map((name) => [name, seen(name)])),
    clear ? {} : { requiredKeys: [] },
  );
  return fc
    .tuple(
      fc.oneof(base, fc.constant({})),
      fc.record(
        Object.fromEntries(systems.map((system) => [system, record])),
        clear ? {} : { requiredKeys: [] },
      ),
    )
    .map(([agreed, records]) => ({
      base: agreed as Fields,
      systems: records as EntityView["systems"],
      rulings: {},
      now,
    }));
}

export const world = (options: Options = {}): fc.Arbitrary<World> =>
  fc.integer({ min: 2, max: 5 }).chain((count) => {
    const systems = systemNames.slice(0, count);
    return fc.tuple(setupOf(systems), setupOf(systems)).chain(([f, g]) =>
      viewOf(systems, { f, g }, options).map((view) => ({
        systems,
        fields: { f, g },
        rules: rulesOf({ f, g }, systems),
        view,
      })),
    );
  });
