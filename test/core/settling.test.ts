/** The time people spent settling: estimated, never counted twice, and waiting is not work. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type GivenAnswer, settlingOf } from "../../worker/core/settling.ts";

const minuteMs = 60_000;
const answer = (personId: string, minute: number, openedMinute = 0): GivenAnswer => ({
  personId,
  at: minute * minuteMs,
  openedAt: openedMinute * minuteMs,
});
const minutes = (answers: readonly GivenAnswer[]) => Math.round(settlingOf(answers).hours * 60);

describe("the time spent settling", () => {
  it.each<[string, readonly GivenAnswer[], number]>([
    ["of nobody is none", [], 0],
    ["of an answer long after the question is five minutes at most", [answer("a", 600)], 5],
    ["of an answer right after the question is what passed", [answer("a", 602, 600)], 2],
    [
      "of answers in a row is what passed between them",
      [answer("a", 600), answer("a", 603), answer("a", 604)],
      5 + 3 + 1,
    ],
    ["of many answered at once is that of one", [answer("a", 600), answer("a", 600)], 5],
    ["of two people is theirs together", [answer("a", 600), answer("b", 600)], 10],
    ["counts no time backwards, where clocks disagree", [answer("a", 5, 9)], 0],
  ])("%s", (_says, answers, spent) => {
    expect(minutes(answers)).toBe(spent);
  });

  it("does not depend on the order, and is no more than five minutes an answer", () => {
    const answers = fc.array(
      fc.record({
        personId: fc.constantFrom("a", "b"),
        at: fc.integer({ min: 0, max: 10 ** 8 }),
        openedAt: fc.integer({ min: 0, max: 10 ** 8 }),
      }),
    );
    fc.assert(
      fc.property(answers, (given) => {
        const spent = settlingOf(given);
        expect(settlingOf(given.toReversed())).toEqual(spent);
        expect(spent.hours).toBeLessThanOrEqual((given.length * 5) / 60 + 0.01);
        expect(spent.answers).toBe(given.length);
      }),
    );
  });
});
