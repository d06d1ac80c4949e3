/**
 * What can happen in a run, as plain data, and how a seed picks two hundred of them. A step carries
 * its own seed, so that a run with some steps left out still does the same in the others: that is
 * what makes a failing schedule shrink.
 */
import { type Edition, latestEdition } from "./habits.ts";
import { createRandom, type Random } from "./random.ts";
import type { SystemName } from "./values.ts";

export type Step = {
  readonly seed: number;
  /** Turns given after it, at most. */
  readonly turns: number;
} & Deed;

export type Deed =
  | {
      readonly kind: "edit";
      readonly system: SystemName;
      readonly target: Target;
      readonly value: number;
      /** Clears the field instead. */
      readonly blank: boolean;
      readonly by: "person" | "automation";
    }
  | {
      readonly kind: "edit both";
      readonly target: Target;
      readonly values: readonly [number, number];
    }
  | {
      readonly kind: "burst";
      readonly system: SystemName;
      readonly target: Target;
      readonly value: number;
      readonly back: boolean;
    }
  | {
      readonly kind: "create";
      readonly systems: readonly SystemName[];
      readonly object: number;
      readonly value: number;
    }
  | {
      readonly kind: "swap";
      readonly system: SystemName;
      readonly first: number;
      readonly second: number;
    }
  | {
      readonly kind: "archive";
      readonly system: SystemName;
      readonly object: number;
      readonly record: number;
    }
  | {
      readonly kind: "restore";
      readonly system: SystemName;
      readonly object: number;
      readonly record: number;
    }
  | {
      readonly kind: "merge";
      readonly object: number;
      readonly first: number;
      readonly second: number;
    }
  | { readonly kind: "import"; readonly value: number }
  | {
      readonly kind: "resolve";
      readonly conflict: number;
      readonly choice: number;
      readonly by: number;
      readonly again: "no" | "double click" | "two people";
      readonly stale: boolean;
    }
  | {
      readonly kind: "operate";
      readonly act: "pause" | "resume" | "release";
      readonly scope: number;
    }
  | { readonly kind: "look"; readonly record: number; readonly sync: boolean }
  /** Somebody asked to be forgotten. */
  | { readonly kind: "erase"; readonly system: SystemName; readonly record: number }
  /** An archived contact's address is given to another one, and then it is restored. */
  | { readonly kind: "usurp"; readonly system: SystemName; readonly record: number }
  /** An operator starts, pauses, resumes or stops a run over all records. */
  | { readonly kind: "scan"; readonly act: RunAct; readonly what: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "fault"; readonly fault: number; readonly size: number }
  | {
      readonly kind: "crash";
      readonly after: number;
      readonly effect: boolean;
      readonly whole: boolean;
    };

export type RunAct = "start" | "pause" | "resume" | "stop";

export interface Target {
  readonly object: number;
  readonly record: number;
  readonly field: number;
}

type Weights = readonly (readonly [Deed["kind"], number])[];

/** How often each happens, relative to the others. */
const first: Weights = [
  ["edit", 34],
  ["edit both", 7],
  ["burst", 4],
  ["create", 4],
  ["swap", 1],
  ["archive", 1],
  ["restore", 1.5],
  ["merge", 0.7],
  ["import", 0.5],
  ["resolve", 9],
  ["look", 3],
  ["operate", 2],
  ["wait", 18],
  ["fault", 13],
  ["crash", 4],
];
const weights: Readonly<Record<Edition, Weights>> = {
  1: first,
  2: [...first, ["erase", 0.7], ["usurp", 0.7], ["scan", 3]],
};

export function stepsOf(
  seed: number,
  count: number,
  edition: Edition = latestEdition,
): readonly Step[] {
  const random = createRandom(seed ^ 0x57e9);
  const steps: Step[] = [];
  while (steps.length < count) {
    const deed = deedOf(random, weights[edition]);
    const turns = random.chance(0.2) ? 200 : random.below(25);
    steps.push({ seed: random.below(1_000_000_000), turns, ...deed });
  }
  return steps;
}

function deedOf(random: Random, among: Weights): Deed {
  const kind = kindOf(random, among);
  const system: SystemName = random.chance(0.5) ? "hubspot" : "ops";
  const object = random.chance(0.7) ? 0 : 1;
  // Few records, so that what happens to one meets what happens to it elsewhere.
  const record = random.below(4);
  const target: Target = { object, record, field: random.below(16) };
  const value = random.below(100_000);
  switch (kind) {
    case "edit":
      return {
        kind,
        system,
        target,
        value,
        blank: random.chance(0.08),
        by: random.chance(0.85) ? "person" : "automation",
      };
    case "edit both":
      return { kind, target, values: [value, random.chance(0.2) ? value : value + 1] };
    case "burst":
      return { kind, system, target, value, back: random.chance(0.5) };
    case "create": {
      const systems: SystemName[] = random.chance(0.35) ? ["hubspot", "ops"] : [system];
      return { kind, systems, object, value };
    }
    case "swap":
      return { kind, system, first: record, second: record + 1 };
    case "archive":
    case "restore":
      return { kind, system, object, record };
    case "merge":
      return { kind, object, first: record, second: record + 1 };
    case "import":
      return { kind, value };
    case "resolve":
      return {
        kind,
        conflict: random.below(100),
        choice: random.below(100),
        by: random.below(3),
        again: random.pick(["no", "no", "double click", "two people"]),
        stale: random.chance(0.15),
      };
    case "operate":
      return {
        kind,
        act: random.pick(["pause", "resume", "resume", "release"]),
        scope: random.below(100),
      };
    case "look":
      return { kind, record, sync: random.chance(0.5) };
    case "erase":
    case "usurp":
      return { kind, system, record };
    case "scan":
      return { kind, act: random.pick(["start", "start", "pause", "resume", "stop"]), what: value };
    case "wait":
      return { kind, ms: random.pick([1_000, 5_000, 20_000, 70_000, 300_000, 7_200_000]) };
    case "fault":
      return { kind, fault: random.below(1_000), size: random.below(1_000) };
    case "crash":
      return {
        kind,
        after: random.below(12),
        effect: random.chance(0.5),
        whole: random.chance(0.3),
      };
  }
}

function kindOf(random: Random, among: Weights): Deed["kind"] {
  let at = random.next() * among.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [kind, weight] of among) {
    at -= weight;
    if (at < 0) return kind;
  }
  return "wait";
}
