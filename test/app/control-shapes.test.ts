/** The pages check what comes back without zod: as the contract does, and never against it. */
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fits } from "../../hubspot-app/common/fits.ts";
import { answers, parts } from "../../hubspot-app/common/generated/control-shapes.ts";
import { type ControlAction, control } from "../../shared/control.ts";
import { controlAnswers, emptyAnswers } from "./control-fixtures.ts";
import { shapesFile, shapesText } from "./control-shapes.ts";

const now = Date.parse("2026-11-23T19:05:00Z");
const actions = Object.keys(control) as ControlAction[];

test("the shapes say what the contract says", () => {
  const hint = "the contract changed: run node test/app/control-shapes.ts --write";
  expect(readFileSync(shapesFile, "utf8"), hint).toBe(shapesText());
});

describe.each([
  { name: "a busy day", answersAt: controlAnswers },
  { name: "the first day", answersAt: emptyAnswers },
])("the answers of $name", ({ answersAt }) => {
  test.each(actions)("%s fit the contract and its shape", (action) => {
    const answer = answersAt(now)[action];
    expect(control[action].answer.safeParse(answer).error?.issues).toBeUndefined();
    expect(fits(answer, answers[action]!, parts)).toBe(true);
  });
});

/** Every place in an answer, as a path. */
function placesIn(value: unknown, path: readonly (string | number)[] = []): (typeof path)[] {
  if (typeof value !== "object" || value === null) return path.length === 0 ? [] : [path];
  const inner = Object.entries(value).flatMap(([key, of]) => placesIn(of, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

function changed(answer: unknown, path: readonly (string | number)[], to: unknown): unknown {
  const copy = structuredClone(answer);
  const [last, ...rest] = [...path].reverse();
  let holder = copy as Record<string | number, unknown>;
  for (const key of rest.reverse()) holder = holder[key] as typeof holder;
  if (to === undefined && Array.isArray(holder)) holder.splice(Number(last), 1);
  else if (to === undefined) delete holder[last!];
  else holder[last!] = to;
  return copy;
}

/** None is text: other words in a place for words are shown, not refused. */
const other = fc.constantFrom<unknown>(undefined, null, 7, true, [{}], { a: 1 }, [[]]);

test("what the contract refuses, for a part left out or of another type, is refused", () => {
  const full = controlAnswers(now);
  const places = actions.flatMap((action) =>
    placesIn(full[action]).map((path) => ({ action, path })),
  );
  fc.assert(
    fc.property(fc.constantFrom(...places), other, ({ action, path }, to) => {
      const answer = changed(full[action], path, to);
      const { error } = control[action].answer.safeParse(answer);
      const isOfType = (error?.issues ?? []).every(({ code }) => /^too_/.test(code));
      expect(fits(answer, answers[action]!, parts)).toBe(isOfType);
    }),
    { numRuns: 2_000 },
  );
});
