/** The card's own checks of an answer agree with the contract's schemas. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAnswer, parseFields, parseHistory } from "../../hubspot-app/src/app/cards/answer.ts";
import {
  cardAnswerSchema,
  fieldsAnswerSchema,
  historyAnswerSchema,
} from "../../shared/contract.ts";
import { comparisons, fixtures, settlements } from "./fixtures.ts";

const now = Date.parse("2026-11-23T19:05:00Z");
const answers = { ...fixtures(now), ...settlements(now) };
const { fields, history, refused } = comparisons(now);

/** Every kind of answer, how the card reads it, and what the contract says of it. */
const kinds = [
  ...Object.values(answers).map((answer) => ({
    answer,
    parse: parseAnswer,
    schema: cardAnswerSchema,
  })),
  ...[fields, refused].map((answer) => ({
    answer,
    parse: parseFields,
    schema: fieldsAnswerSchema,
  })),
  ...[history, refused].map((answer) => ({
    answer,
    parse: parseHistory,
    schema: historyAnswerSchema,
  })),
];

describe("an answer", () => {
  it.each(Object.entries(answers))("%s is understood", (_, answer) => {
    expect(parseAnswer(answer)).toBe(answer);
  });

  it.each([null, undefined, "", "<html>", 7, [], {}, { ok: true }, { ok: "true" }])(
    "%j is not",
    (json) => expect(parseAnswer(json)).toBeNull(),
  );

  it("with any one part left out or replaced is understood if the contract allows it", () => {
    const wrong = fc.constantFrom<unknown>(
      undefined,
      null,
      "other",
      7,
      true,
      [],
      [7],
      {},
      { a: 1 },
    );
    const spots = kinds.flatMap((kind) => pathsOf(kind.answer).map((path) => ({ ...kind, path })));
    fc.assert(
      fc.property(fc.constantFrom(...spots), wrong, ({ answer, parse, schema, path }, value) => {
        fc.pre(!path.includes("type"));
        const changed: unknown = JSON.parse(JSON.stringify(withPart(answer, path, value)));
        const allowed = schema.safeParse(changed).success;
        expect([path, parse(changed) !== null]).toEqual([path, allowed]);
      }),
      { numRuns: 4_000 },
    );
  });

  it("with a type of field added later is still understood", () => {
    const conflict = answers.oneConflict.record!.conflicts[0]!;
    const later = { ...conflict, type: { kind: "rating", stars: 5 } };
    expect(
      parseAnswer({ ok: true, record: { ...answers.oneConflict.record, conflicts: [later] } }),
    ).not.toBeNull();
  });
});

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return path.length > 0 ? [path] : [];
  const parts = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  const below = parts.flatMap(([key, part]) => pathsOf(part, [...path, key]));
  return path.length > 0 ? [path, ...below] : below;
}

function withPart(value: unknown, [key, ...rest]: Path, part: unknown): unknown {
  if (key === undefined) return part;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string | number,
    unknown
  >;
  const next = withPart(copy[key], rest, part);
  if (next === undefined) delete copy[key];
  else copy[key] = next;
  return copy;
}
