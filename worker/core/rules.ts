/**
 * The rules: what the configuration says, checked and compiled. Plain data; `configure.ts` makes
 * it and refuses what contradicts itself, everything else only reads it.
 */
import type { FieldPolicy, Guards } from "../../shared/policy.ts";
import type { FieldName, FieldType, ObjectName, SystemId } from "../../shared/record.ts";
import type { BrakeRules } from "./brake.ts";
import type { BudgetRules } from "./budget.ts";

export interface Rules {
  /** Counted up by whoever edits the configuration; every explanation names it. */
  readonly version: number;
  readonly systems: Readonly<Record<SystemId, SystemRules>>;
  /** Every system once; breaks ties, first wins. */
  readonly rank: readonly SystemId[];
  readonly skewToleranceMs: number;
  readonly brake: BrakeRules;
  readonly objects: Readonly<Record<ObjectName, ObjectRules>>;
}

export interface SystemRules {
  readonly system: SystemId;
  readonly label: string;
  /** Which connector speaks to it. */
  readonly connector: string;
  /** What its API allows; null: it names no limit. */
  readonly budget: BudgetRules | null;
  /** How often it is asked what changed; null: its webhooks are trusted between two scans. */
  readonly pollEveryMs: number | null;
}

export interface ObjectRules {
  readonly object: ObjectName;
  readonly label: string;
  readonly fields: Readonly<Record<FieldName, FieldRules>>;
  /** Fields whose value identifies a record, in the order they are tried. */
  readonly identity: readonly FieldName[];
  /**
   * Fields by whose value look-alikes are sought for a record that holds no identity. They are only
   * ever proposed to a person.
   */
  readonly similar: readonly FieldName[];
  /**
   * What follows elsewhere when a record is deleted in one system: nothing, it is archived there
   * too if nobody edited it, or a person is asked.
   */
  readonly deletes: "ignore" | "archive" | "review";
  /** What its pipeline is worth, and which stages are out of it; null: it is none. */
  readonly pipeline: PipelineRules | null;
  /** How each system holds the object; only systems that hold it are here. */
  readonly mappings: Readonly<Record<SystemId, ObjectMapping>>;
}

export interface PipelineRules {
  /** A field of money, and one of stages. */
  readonly amount: FieldName;
  readonly stage: FieldName;
  readonly closed: readonly string[];
}

export interface FieldRules {
  readonly field: FieldName;
  readonly label: string;
  readonly type: FieldType;
  readonly policy: FieldPolicy;
  readonly guards: Guards;
  /** Systems that hold the field, in rank order. */
  readonly systems: readonly SystemId[];
  /** Those of them that are never written. */
  readonly readOnly: readonly SystemId[];
}

/** How one object of ours is held in one system. */
export interface ObjectMapping {
  readonly object: ObjectName;
  /** The system's own name of the object, as its API wants it ("contacts", "customers"). */
  readonly systemObject: string;
  readonly fields: readonly MappedField[];
}

export interface MappedField {
  readonly field: FieldName;
  readonly type: FieldType;
  /** The property that holds the value. */
  readonly property: string;
  /** The property that holds the currency of a money field. */
  readonly currencyProperty?: string;
  /** Canonical option, stage or boolean name -> this system's name for it. */
  readonly names?: Readonly<Record<string, string>>;
  /** Read, compared and reported, but never written. */
  readonly readOnly?: boolean;
}

/** What the rules of an object come to, in one text; labels and the order of keys mean nothing. */
export const meaningOf = (object: ObjectRules): string =>
  JSON.stringify(object, (key, value: unknown) => {
    if (key === "label" && typeof value === "string") return undefined;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
