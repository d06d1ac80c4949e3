/**
 * The rules once more, slowly and in another way: instead of walking to an answer, it asks of every
 * possible winner whether anything beats it. It shares no code with the core, and it is only right
 * for small values: a scalar is a letter, in alphabetical order; a set is an array of letters.
 */
import type { FieldPolicy } from "../../shared/policy.ts";

export type Value = string | readonly string[] | null;
export type Cell =
  | { readonly is: "absent" | "unseen" | "invalid" }
  | {
      readonly is: "held";
      readonly value: Value;
      readonly at: number | null;
      readonly actor: "person" | "automation" | null;
    };

export interface Question {
  /** In rank order. */
  readonly cells: readonly Cell[];
  readonly names: readonly string[];
  readonly base: Value | undefined;
  readonly policy: FieldPolicy;
  readonly rejectBlank: boolean;
  /** Letters that the field's check refuses. */
  readonly refused: string;
  /** Whether it is left to scans, and this is none. */
  readonly postponed: boolean;
  readonly toleranceMs: number;
  readonly now: number;
}

export interface Answer {
  readonly kind: "unchanged" | "converged" | "take" | "heal" | "conflict" | "invalid";
  readonly value?: Value;
  readonly from?: string | null;
  readonly writes: readonly string[];
}

const key = (value: Value): string => JSON.stringify(value);
const same = (a: Value, b: Value): boolean => key(a) === key(b);
const nothing = (kind: Answer["kind"]): Answer => ({ kind, writes: [] });

interface Place {
  readonly name: string;
  readonly rank: number;
  readonly value: Value;
  readonly at: number | null;
  readonly actor: string | null;
}

export function answer(question: Question): Answer {
  const { cells, names, base } = question;
  const readable = cells.filter(({ is }) => is === "held" || is === "invalid");
  if (readable.length < 2) return nothing("unchanged");
  const places = cells.flatMap((cell, rank): Place[] =>
    cell.is === "held" ? [{ ...cell, rank, name: names[rank]! }] : [],
  );
  if (readable.some(({ is }) => is === "invalid")) return nothing("invalid");
  if (new Set(places.map(({ value }) => key(value))).size === 1) {
    const { value } = places[0]!;
    return base !== undefined && same(value, base)
      ? nothing("unchanged")
      : { kind: "converged", value, writes: [] };
  }
  if (question.postponed) return nothing("unchanged");
  const result = outcome(question, places);
  if (result.kind !== "take" && result.kind !== "heal") return nothing(result.kind);
  const targets = places.filter(({ value }) => !same(value, result.value));
  const hidden = cells.some(({ is }) => is === "unseen");
  if (hidden && targets.some(({ value }) => !same(value, base ?? null)))
    return nothing("unchanged");
  if (result.value === null && question.rejectBlank) return nothing("conflict");
  const letters = [...[result.value].flat().join("")];
  const isRefused = letters.some((letter) => question.refused.includes(letter));
  if (result.kind === "take" && isRefused) return nothing("invalid");
  return { ...result, writes: targets.map(({ name }) => name) };
}

type Outcome =
  | { kind: "take"; value: Value; from: string | null }
  | { kind: "heal"; value: Value }
  | { kind: "conflict" }
  | { kind: "unchanged" };

function outcome(question: Question, places: readonly Place[]): Outcome {
  const { base, rejectBlank } = question;
  const counts = ({ value }: Place) =>
    !same(value, base ?? null) && (value !== null || (!rejectBlank && base !== undefined));
  const moved = places.filter(counts);
  const values = new Set(moved.map(({ value }) => key(value)));
  if (values.size === 0) return { kind: "heal", value: base ?? null };
  if (base === undefined && values.size === 1) return took(moved, moved[0]!.value);
  return byPolicy(question.policy, question, places, moved);
}

/** `from` is the best-ranked system that holds the value. */
function took(moved: readonly Place[], value: Value): Outcome {
  const holder = moved.find((place) => same(place.value, value));
  return { kind: "take", value, from: holder?.name ?? null };
}

function byPolicy(
  policy: FieldPolicy,
  question: Question,
  places: readonly Place[],
  moved: readonly Place[],
): Outcome {
  const base = question.base ?? null;
  const several = new Set(moved.map(({ value }) => key(value))).size > 1;
  const latest = () => took(moved, unbeaten(moved, newer(question, moved)));
  const back: Outcome = { kind: "heal", value: base };
  switch (policy.rule) {
    case "newest":
      return latest();
    case "ask":
      return several ? { kind: "conflict" } : latest();
    case "prefer": {
      const chosen = moved.find(({ name }) => name === policy.system);
      return chosen === undefined ? latest() : took(moved, chosen.value);
    }
    case "owned": {
      const cell = question.cells[question.names.indexOf(policy.system)];
      if (cell?.is === "unseen") return { kind: "unchanged" };
      if (cell === undefined || cell.is === "absent") return latest();
      const owner = moved.find(({ name }) => name === policy.system);
      const foreign = moved.some(({ value }) => owner === undefined || !same(value, owner.value));
      if (foreign && policy.elsewhere === "ask") return { kind: "conflict" };
      if (owner !== undefined) return took(moved, owner.value);
      return question.base === undefined ? { kind: "conflict" } : back;
    }
    case "fill_blank": {
      const filled = moved.filter(({ value }) => value !== null);
      if (filled.length === 0) return back;
      const all = new Set([...filled.map(({ value }) => key(value)), key(base)]);
      all.delete(key(null));
      return all.size === 1 ? took(moved, filled[0]!.value) : { kind: "conflict" };
    }
    case "union":
      return together(places, moved, base);
    case "max":
    case "forward_only":
      return furthest(moved, base, (a, b) => String(a) > String(b));
    case "min":
      return furthest(moved, base, (a, b) => String(a) < String(b));
    case "when":
      return byCase(policy, question, places, moved);
  }
}

/** The one value that no other beats. */
function unbeaten(moved: readonly Place[], beats: (a: Value, b: Value) => boolean): Value {
  const values = [...new Map(moved.map(({ value }) => [key(value), value])).values()];
  const best = values.filter((value) => !values.some((other) => beats(other, value)));
  if (best.length !== 1) throw new Error(`${best.length} values are unbeaten`);
  return best[0]!;
}

function newer(question: Question, moved: readonly Place[]) {
  const holders = (value: Value) => moved.filter((place) => same(place.value, value));
  const time = (value: Value): number | null => {
    const known = holders(value)
      .map(({ at }) => at)
      .filter((at) => at !== null && at <= question.now + question.toleranceMs);
    return known.length === 0 ? null : Number(known.toSorted()[0]);
  };
  const rank = (value: Value) => Math.min(...holders(value).map((place) => place.rank));
  const outdated = (value: Value) => {
    const at = time(value);
    return (
      at !== null &&
      moved.some((place) => {
        const other = time(place.value);
        return other !== null && other - at > question.toleranceMs;
      })
    );
  };
  return (a: Value, b: Value) => (outdated(a) === outdated(b) ? rank(a) < rank(b) : outdated(b));
}

function furthest(
  moved: readonly Place[],
  base: Value,
  beyond: (a: Value, b: Value) => boolean,
): Outcome {
  const values = [...moved.map(({ value }) => value), base].filter((value) => value !== null);
  const best = values.filter((value) => !values.some((other) => beyond(other, value)))[0] ?? null;
  return same(best, base) ? { kind: "heal", value: base } : took(moved, best);
}

/** Letter by letter: it stays unless somebody removed it, and is there if somebody added it. */
function together(places: readonly Place[], moved: readonly Place[], base: Value): Outcome {
  const holds = (value: Value, letter: string) => (value ?? []).includes(letter);
  const letters = [..."wxyz"].filter((letter) =>
    holds(base, letter)
      ? !moved.some(({ value }) => !holds(value, letter))
      : places.some(({ value }) => holds(value, letter)),
  );
  return took(moved, letters.length === 0 ? null : letters);
}

function byCase(
  policy: Extract<FieldPolicy, { rule: "when" }>,
  question: Question,
  places: readonly Place[],
  moved: readonly Place[],
): Outcome {
  for (const { if: condition, use } of policy.cases) {
    const { field, actor, withinHours } = condition;
    if (field !== undefined && !field.in.includes(String(question.base))) continue;
    const meets = (place: Place) =>
      (actor === undefined || place.actor === actor) &&
      (withinHours === undefined ||
        (place.at !== null &&
          place.at <= question.now + question.toleranceMs &&
          question.now - place.at <= withinHours * 3_600_000));
    if (actor === undefined && withinHours === undefined) {
      return byPolicy(use, question, places, moved);
    }
    const good = new Set(moved.filter(meets).map(({ value }) => key(value)));
    const narrowed = moved.filter(({ value }) => good.has(key(value)));
    if (narrowed.length > 0) return byPolicy(use, question, places, narrowed);
    const agreed = (place: Place) => same(place.value, question.base ?? null);
    if (question.base !== undefined && places.some((place) => agreed(place) && meets(place))) {
      return { kind: "heal", value: question.base };
    }
  }
  return byPolicy(policy.otherwise, question, places, moved);
}
