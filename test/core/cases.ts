/** A decision as a row of a table: what is set up and seen, and what must come of it. */
import { expect, test } from "vitest";
import type { FieldPolicy } from "../../shared/policy.ts";
import type { FieldType } from "../../shared/record.ts";
import { decide, type FieldSetup, minute, now, type Scene } from "./fixtures.ts";

export const newest: FieldPolicy = { rule: "newest" };
export const ask: FieldPolicy = { rule: "ask" };
export const ownedByHubspot = {
  rule: "owned",
  system: "hubspot",
  elsewhere: "revert",
} as const satisfies FieldPolicy;
export const askedOfHubspot: FieldPolicy = { rule: "owned", system: "hubspot", elsewhere: "ask" };

export const early = now - 10 * minute;
export const late = now - 7 * minute;

export const stage: FieldType = { kind: "stage", order: ["open", "won", "lost"] };
export const tags: FieldType = { kind: "options", options: ["x", "y", "z"] };
export const money: FieldType = { kind: "money", currency: "USD" };

export interface Case {
  readonly name: string;
  readonly setup?: FieldSetup;
  readonly scene: Scene;
  readonly verdict: object;
  readonly writes?: readonly string[];
  readonly rule: string;
  readonly sentence?: string;
  readonly losers?: readonly string[];
}

/** Fields beside the one that is decided; conditions may ask for what they hold. */
const beside = {
  stage: { type: stage },
  tags: { type: tags },
  site: { type: { kind: "address" } },
} as const;

export function decides(cases: readonly Case[]): void {
  test.each(cases)("$name", ({ setup = {}, scene, verdict, writes, rule, sentence, losers }) => {
    const decision = decide({ policy: newest, ...setup }, scene, beside);
    expect(decision.verdict).toEqual(verdict);
    expect(decision.writes).toEqual(writes ?? []);
    expect(decision.because.rule).toBe(rule);
    expect(decision.because.losers).toEqual(losers ?? []);
    if (sentence !== undefined) expect(decision.because.sentence).toBe(sentence);
  });
}
