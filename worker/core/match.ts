/**
 * Finds the counterpart of an unlinked record among another system's records. Invariant: a link
 * is made only where the identity fields point at exactly one free record; everything else is a
 * person's business, never a guess. Likeness only ever proposes.
 */
import type { Aliases, FieldName, Fields } from "../../shared/record.ts";
import { assert } from "./assert.ts";
import { equal, heldKey } from "./canonical.ts";
import { listed } from "./explain.ts";
import { isShared, type Likeness, likenessOf, scoreMin } from "./likeness.ts";
import type { FieldRules, ObjectRules } from "./rules.ts";

/** A record, by what it is known by. */
export interface Described {
  readonly recordId: string;
  readonly fields: Fields;
  readonly aliases?: Aliases;
}

export interface Candidate extends Described {
  /** Whether it is linked to another entity already. */
  readonly linked: boolean;
}

export type Match =
  | {
      readonly kind: "link";
      readonly recordId: string;
      readonly by: FieldName;
      /** What the two share is not what both hold: others may have a better claim to either. */
      readonly byAlias: boolean;
    }
  | { readonly kind: "none" }
  | Ambiguous;

export interface Ambiguous {
  readonly kind: "ambiguous";
  readonly by: FieldName;
  /** Best first. */
  readonly candidates: readonly Likeness[];
  readonly reason: string;
}

/**
 * `candidates` are records of one other system. What the records hold goes before what they are
 * also known by. The first identity field that hits decides, unless a later one points at other
 * records: then nobody can know which of the two is right.
 */
export function match(
  object: ObjectRules,
  newcomer: Described,
  candidates: readonly Candidate[],
): Match {
  const held = hitsBy(object, newcomer, candidates, holds);
  const [first, ...later] = held.length > 0 ? held : hitsBy(object, newcomer, candidates, goesBy);
  if (first === undefined) return { kind: "none" };
  const ambiguous = (found: readonly Described[], reason: string) =>
    doubt(object, newcomer, first.field, found, reason);
  const other = later.find(({ found }) => !found.some((one) => first.found.includes(one)));
  const { label } = first.field;
  if (other !== undefined) {
    const reason = `${label} and ${other.field.label} point at different records.`;
    return ambiguous([...first.found, ...other.found], reason);
  }
  const [only, ...others] = first.found;
  assert(only !== undefined, "a field that hits found a record");
  if (others.length > 0) return ambiguous(first.found, sameReason(first));
  return only.linked
    ? ambiguous([only], `The only record with the same ${label} is already linked to another one.`)
    : {
        kind: "link",
        recordId: only.recordId,
        by: first.field.field,
        byAlias: held.length === 0,
      };
}

/**
 * Other records of the newcomer's own system that go by the same identity: whatever one of them was
 * linked to would be a guess.
 */
export function twins(
  object: ObjectRules,
  newcomer: Described,
  others: readonly Described[],
): Ambiguous | null {
  const [first] = hitsBy(object, newcomer, others, goesBy);
  if (first === undefined) return null;
  const reason = sameReason({ ...first, found: [newcomer, ...first.found] });
  return doubt(object, newcomer, first.field, first.found, reason);
}

/**
 * Free records that look like a newcomer without any identity, if its object says by what to look.
 * Whoever fills in the identity answers the question.
 */
export function propose(
  object: ObjectRules,
  newcomer: Described,
  candidates: readonly Candidate[],
): Ambiguous | null {
  const identity = object.identity.map((field) => fieldOf(object, field));
  const [first] = identity;
  if (first === undefined || !isAnonymous(object, newcomer)) return null;
  const alike = candidates.filter(
    (candidate) =>
      !candidate.linked &&
      object.similar.some((field) => sharesValue(newcomer, candidate, field)) &&
      likenessOf(object, newcomer.fields, candidate).score >= scoreMin,
  );
  if (alike.length === 0) return null;
  const what = alike.length === 1 ? "a record looks" : `${alike.length} records look`;
  const lacks = listed(identity.map(({ label }) => `no ${label}`));
  return doubt(object, newcomer, first, alike, `It has ${lacks}, and ${what} like it.`);
}

/** One record that goes by what both go by: as if they were linked. */
export function together(object: ObjectRules, one: Described, other: Described): Described {
  const aliases = object.identity.map((field) => {
    const held = other.fields[field] ?? null;
    const further = [...(one.aliases?.[field] ?? []), ...(other.aliases?.[field] ?? [])];
    return [field, held === null ? further : [held, ...further]] as const;
  });
  return { ...one, aliases: Object.fromEntries(aliases) };
}

/** Whether a record goes by no identity at all. */
export function isAnonymous(object: ObjectRules, newcomer: Described): boolean {
  return object.identity.every((field) => goesBy(fieldOf(object, field), newcomer).length === 0);
}

interface Hit<Found> {
  readonly field: FieldRules;
  readonly found: readonly Found[];
}

type KeysOf = (field: FieldRules, record: Described) => readonly string[];

/** By identity field, in their order, the candidates that share a key; only fields with some. */
function hitsBy<Found extends Described>(
  object: ObjectRules,
  newcomer: Described,
  candidates: readonly Found[],
  keysOf: KeysOf,
): Hit<Found>[] {
  return object.identity.flatMap((name) => {
    const field = fieldOf(object, name);
    const wanted = new Set(keysOf(field, newcomer));
    const found = candidates.filter((one) => keysOf(field, one).some((key) => wanted.has(key)));
    return found.length === 0 ? [] : [{ field, found }];
  });
}

/** What a record itself holds in an identity field. */
const holds: KeysOf = (field, { fields }) => {
  const value = fields[field.field] ?? null;
  return value === null || isShared(field, value) ? [] : [heldKey(value)];
};

/** That, and all it is also known by. */
const goesBy: KeysOf = (field, record) => {
  const further = record.aliases?.[field.field] ?? [];
  return [...holds(field, record), ...further.filter((one) => !isShared(field, one)).map(heldKey)];
};

function sharesValue(one: Described, other: Described, field: FieldName): boolean {
  const [a, b] = [one.fields[field] ?? null, other.fields[field] ?? null];
  return a !== null && b !== null && equal(a, b);
}

const candidatesMax = 10;

/** The candidates by likeness, best first; ties by id, so that the list never flickers. */
function doubt(
  object: ObjectRules,
  newcomer: Described,
  field: FieldRules,
  found: readonly Described[],
  reason: string,
): Ambiguous {
  const candidates = found
    .map((one) => likenessOf(object, newcomer.fields, one))
    .sort((a, b) => b.score - a.score || (a.recordId < b.recordId ? -1 : 1))
    .slice(0, candidatesMax);
  return { kind: "ambiguous", by: field.field, candidates, reason };
}

const sameReason = ({ field, found }: Hit<Described>): string =>
  `${found.length} records have the same ${field.label}.`;

function fieldOf(object: ObjectRules, name: FieldName): FieldRules {
  const field = object.fields[name];
  assert(field !== undefined, "identity names fields of the object");
  return field;
}
