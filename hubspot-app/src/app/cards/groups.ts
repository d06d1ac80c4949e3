/** The values of a difference as choices: systems that hold the same value are one. */
import type { CardConflict, CardValue } from "crm-sync-shared/contract.ts";

export interface Group {
  readonly key: string;
  readonly value: CardValue["value"];
  /** At least one. */
  readonly values: readonly CardValue[];
  readonly isRecommended: boolean;
}

/** Each value once, with the systems that hold it. */
export function groupHeld(values: readonly CardValue[]) {
  return [...byValue(values)].map(([key, held]) => ({
    key,
    labels: held.map(({ label }) => label),
    value: held[0]?.value ?? null,
  }));
}

/** The recommended first, then the order of the systems. */
export function groupValues(conflict: CardConflict): readonly Group[] {
  const all = [...byValue(conflict.values)].map(([key, values]) => ({
    key,
    values,
    value: values[0]?.value ?? null,
    isRecommended: values.some((each) => each.system === conflict.recommended?.system),
  }));
  return [
    ...all.filter((group) => group.isRecommended),
    ...all.filter((group) => !group.isRecommended),
  ];
}

function byValue(values: readonly CardValue[]): ReadonlyMap<string, readonly CardValue[]> {
  const groups = new Map<string, CardValue[]>();
  for (const value of values) {
    const key = JSON.stringify(value.value);
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return groups;
}
