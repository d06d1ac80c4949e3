/** Rules and views for tests of the core, said in few words. */
import type { FieldPolicy, Guards } from "../../shared/policy.ts";
import type { Actor, FieldType, Held, Observation } from "../../shared/record.ts";
import { assert } from "../../worker/core/assert.ts";
import { type Config, configure } from "../../worker/core/configure.ts";
import type { EntityView, FieldDecision, Ruling } from "../../worker/core/decision.ts";
import { reconcile } from "../../worker/core/reconcile.ts";
import type { ObjectRules, Rules } from "../../worker/core/rules.ts";

export const now = Date.UTC(2026, 10, 23, 12);
export const minute = 60_000;
export const hour = 60 * minute;

const labels: Readonly<Record<string, string>> = {
  hubspot: "HubSpot",
  ops: "Operations",
  bill: "Billing",
  desk: "Help desk",
  shop: "Shop",
};
export const systemNames = Object.keys(labels);

export interface FieldSetup {
  readonly type?: FieldType;
  readonly policy?: FieldPolicy;
  readonly guards?: Partial<Guards>;
  readonly readOnly?: readonly string[];
}

export function rulesOf(
  fields: Readonly<Record<string, FieldSetup>>,
  systems: readonly string[] = ["hubspot", "ops"],
): Rules {
  return configure(configOf(fields, systems));
}

export function configOf(
  fields: Readonly<Record<string, FieldSetup>>,
  systems: readonly string[] = ["hubspot", "ops"],
): Config {
  const every = <Value>(value: (system: string) => Value) =>
    Object.fromEntries(systems.map((system) => [system, value(system)]));
  return {
    version: 7,
    systems: every((system) => ({ label: labels[system] ?? system, connector: "rest" })),
    rank: [...systems],
    skewToleranceMs: 2_000,
    objects: {
      thing: {
        label: "Thing",
        in: every(() => "things"),
        identity: [],
        fields: Object.fromEntries(
          Object.entries(fields).map(([name, setup]) => [
            name,
            {
              label: name,
              type: setup.type ?? { kind: "text" },
              policy: setup.policy ?? { rule: "newest" },
              guards: { ...setup.guards },
              in: every((system) => ({
                property: name,
                ...(setup.readOnly?.includes(system) ? { readOnly: true } : {}),
              })),
            },
          ]),
        ),
      },
    },
  } as Config;
}

export function thing(rules: Rules): ObjectRules {
  const object = rules.objects.thing;
  assert(object !== undefined, "the fixture has one object");
  return object;
}

export const person: Actor = { kind: "person", id: "7", name: "Kim" };
export const automation: Actor = { kind: "automation" };

export function held(value: Held, at: number | null = null, actor: Actor | null = null) {
  return { kind: "held", value, at, actor } as const satisfies Observation;
}

export const invalid: Observation = {
  kind: "invalid",
  raw: "??",
  reason: "This is not a date.",
  at: null,
  actor: null,
};

/** Not linked. */
export const absent = Symbol("absent");

type Cell = Held | Observation | typeof absent | undefined;

/** `undefined`: linked but out of sight. */
export type Cells = Readonly<Record<string, Cell>>;

export interface Scene {
  readonly base?: Held | undefined;
  readonly systems: Cells;
  readonly ruling?: Ruling;
  readonly agreed?: Readonly<Record<string, Held>>;
  readonly scan?: boolean;
}

/** A view of the one field `f`. */
export function viewOf(scene: Scene, field = "f"): EntityView {
  const { base, systems, ruling, agreed, scan } = scene;
  return {
    base: { ...agreed, ...(base === undefined ? {} : { [field]: base }) },
    systems: Object.fromEntries(
      Object.entries(systems).flatMap(([system, cell]) =>
        cell === absent ? [] : [[system, cell === undefined ? {} : { [field]: observation(cell) }]],
      ),
    ),
    rulings: ruling === undefined ? {} : { [field]: ruling },
    now,
    ...(scan === undefined ? {} : { scan }),
  };
}

/** What is decided for a field `f` that is set up so and seen so. */
export function decide(setup: FieldSetup, scene: Scene, others = {}): FieldDecision {
  const systems = systemNames.slice(0, Math.max(2, Object.keys(scene.systems).length));
  const rules = rulesOf({ f: setup, ...others }, systems);
  const decision = reconcile(rules, thing(rules), viewOf(scene)).find(({ field }) => field === "f");
  assert(decision !== undefined, "every field is decided");
  return decision;
}

function observation(cell: Held | Observation): Observation {
  return isObservation(cell) ? cell : held(cell);
}

function isObservation(cell: Held | Observation): cell is Observation {
  return cell !== null && typeof cell === "object" && "kind" in cell && "at" in cell;
}
