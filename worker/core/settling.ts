/**
 * How long people spent settling conflicts, estimated from when they answered. Invariant: nobody's
 * time is counted twice, and waiting is not work.
 */

export interface GivenAnswer {
  readonly personId: string;
  readonly at: number;
  readonly openedAt: number;
}

const longestMs = 5 * 60_000;

export const settlingDefinition =
  "Estimated: for every answer, the time since the same person's answer before it, or since the " +
  "question came up if that is later, and five minutes at most.";

export interface Settling {
  readonly hours: number;
  readonly answers: number;
  readonly people: number;
}

export function settlingOf(answers: readonly GivenAnswer[]): Settling {
  const people = Map.groupBy(answers, ({ personId }) => personId);
  let spentMs = 0;
  for (const given of people.values()) {
    let before = Number.NEGATIVE_INFINITY;
    for (const { at, openedAt } of given.toSorted((a, b) => a.at - b.at)) {
      spentMs += Math.min(longestMs, Math.max(0, at - Math.max(before, openedAt)));
      before = at;
    }
  }
  const hours = Math.round((spentMs / 3_600_000) * 100) / 100;
  return { hours, answers: answers.length, people: people.size };
}
