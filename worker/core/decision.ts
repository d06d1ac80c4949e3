/** What deciding takes and gives: plain values, so that the same object goes to audit, card and
 *  alert. */
import type { Actor, FieldName, Fields, Held, Observation, SystemId } from "../../shared/record.ts";

/** One entity as it stands now. */
export interface EntityView {
  /** What all systems last agreed on; a field never agreed on is absent. */
  readonly base: Fields;
  /**
   * By linked system. One that could not be read stands here without fields: all unknown. Leaving
   * it out would say that it is not linked. A record about to be created stands here with blanks.
   */
  readonly systems: Readonly<Record<SystemId, Readonly<Record<FieldName, Observation>>>>;
  /** Answers of people to open conflicts, by field. */
  readonly rulings: Readonly<Record<FieldName, Ruling>>;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Whether this is a scheduled scan, which also decides fields of that cadence. */
  readonly scan?: boolean;
}

/** A person's answer to a conflict. It holds only while the values shown still do. */
export interface Ruling {
  readonly exceptionId: string;
  readonly value: Held;
  /** `fingerprint()` of the values the person looked at. */
  readonly shown: string;
  readonly person: Actor;
  readonly at: number;
}

export type Verdict =
  /** Every system holds base, or (rule "waiting") it cannot be decided before more is read. */
  | { readonly kind: "unchanged" }
  /** Systems changed, all to the same value. */
  | { readonly kind: "converged"; readonly value: Held }
  /** This value goes everywhere; `from` is the system it came from, null if a person typed it. */
  | { readonly kind: "take"; readonly from: SystemId | null; readonly value: Held }
  /** A system deviates and may not; it gets the agreed value back. */
  | { readonly kind: "heal"; readonly value: Held }
  /** Changed differently, and the policy does not decide. Only this field is held. */
  | { readonly kind: "conflict"; readonly reason: string }
  /** Some system holds what has no canonical form, or what a guard refuses. */
  | { readonly kind: "invalid"; readonly reason: string; readonly system: SystemId };

export interface FieldDecision {
  readonly field: FieldName;
  readonly verdict: Verdict;
  /** Systems that must be written for all to hold the verdict's value; empty if held back. */
  readonly writes: readonly SystemId[];
  readonly because: Explanation;
}

export interface Explanation {
  /**
   * What decided: a policy's name, a guard's ("reject_blank", "read_only", "pattern"), or
   * "agreement", "only_change", "survivorship", "person", "invalid", "waiting".
   */
  readonly rule: string;
  readonly policyVersion: number;
  readonly base: Held | undefined;
  /** What each system held, and whether that differed from base. */
  readonly inputs: readonly Input[];
  /** Values that lost, kept for ever in the audit. */
  readonly losers: readonly SystemId[];
  /** One plain sentence a rep understands. */
  readonly sentence: string;
  /** For conflicts: what the policy would lean to, and why. */
  readonly recommended: { readonly system: SystemId; readonly because: string } | null;
}

export interface Input {
  readonly system: SystemId;
  /** The canonical value; for an invalid observation the raw text. */
  readonly value: Held;
  readonly valid: boolean;
  readonly changed: boolean;
  readonly at: number | null;
  readonly actor: Actor | null;
}

/** All writes of one entity, and what is held back. */
export interface Plan {
  /** By system, the fields to set. Systems with nothing to write are absent. */
  readonly writes: Readonly<Record<SystemId, Fields>>;
  readonly decisions: readonly FieldDecision[];
  /** Decisions a person must look at: conflicts and invalid values. */
  readonly held: readonly FieldDecision[];
  /** Fields whose exception, if one is open, is settled by this plan. */
  readonly settled: readonly FieldName[];
}
