/**
 * Finds the counterpart of an unlinked record among another system's records. Invariant: a link
 * is made only where the identity fields point at exactly one free record; everything else is a
 * person's business, never a guess. Likeness only ever proposes.
 */
import type { CanonicalValue, FieldName, Fields } from "../../shared/record.ts";
import { assert } from "./assert.ts";
import { equal, heldKey } from "./canonical.ts";
import type { FieldRules, ObjectRules } from "./rules.ts";

/** Values a record is also known by: secondary e-mail addresses, further domains, former ids. */
export type Aliases = Readonly<Record<FieldName, readonly CanonicalValue[]>>;

export interface Candidate {
  readonly recordId: string;
  readonly fields: Fields;
  /** Whether it is linked to another entity already. */
  readonly linked: boolean;
  readonly aliases?: Aliases;
}

export type Match =
  | { readonly kind: "link"; readonly recordId: string; readonly by: FieldName }
  | { readonly kind: "none" }
  | {
      readonly kind: "ambiguous";
      readonly by: FieldName;
      readonly candidates: readonly string[];
      readonly reason: string;
    };

/**
 * `candidates` are records of one other system. The first identity field that hits decides, unless
 * a later one points at other records: then nobody can know which of the two is right.
 */
export function match(
  object: ObjectRules,
  fields: Fields,
  candidates: readonly Candidate[],
  aliases: Aliases = {},
): Match {
  const hits = object.identity.flatMap((by) => {
    const field = object.fields[by];
    assert(field !== undefined, "identity names fields of the object");
    const found = hitsOf(field, fields, aliases, candidates);
    return found.length === 0 ? [] : [{ field, found }];
  });
  const [first, ...later] = hits;
  if (first === undefined) return { kind: "none" };
  const other = later.find(({ found }) => !found.some((one) => first.found.includes(one)));
  if (other !== undefined) {
    const reason = `${first.field.label} and ${other.field.label} point at different records.`;
    return ambiguous(first.field, [...first.found, ...other.found], reason);
  }
  return judged(first.field, first.found);
}

function judged(field: FieldRules, found: readonly Candidate[]): Match {
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0 && !only.linked) {
    return { kind: "link", recordId: only.recordId, by: field.field };
  }
  const reason =
    others.length === 0
      ? `The only record with the same ${field.label} is already linked to another one.`
      : `${found.length} records have the same ${field.label}.`;
  return ambiguous(field, found, reason);
}

function ambiguous(field: FieldRules, found: readonly Candidate[], reason: string): Match {
  const candidates = found.map(({ recordId }) => recordId).sort();
  return { kind: "ambiguous", by: field.field, candidates, reason };
}

function hitsOf(
  field: FieldRules,
  fields: Fields,
  aliases: Aliases,
  candidates: readonly Candidate[],
): Candidate[] {
  const wanted = new Set(identities(field, fields, aliases));
  return candidates.filter((candidate) =>
    identities(field, candidate.fields, candidate.aliases ?? {}).some((key) => wanted.has(key)),
  );
}

/** All the keys a record goes by in one identity field. */
function identities(field: FieldRules, fields: Fields, aliases: Aliases): string[] {
  const held = fields[field.field] ?? null;
  const all = [...(held === null ? [] : [held]), ...(aliases[field.field] ?? [])];
  return all.filter((value) => !isShared(field, value)).map(heldKey);
}

/** A mail provider's domain says nothing about whose record it is. */
function isShared(field: FieldRules, value: CanonicalValue): boolean {
  return field.type.kind === "domain" && mailProviders.has(String(value));
}

const mailProviders: ReadonlySet<string> = new Set([
  "aol.com",
  "free.fr",
  "gmail.com",
  "gmx.com",
  "gmx.de",
  "gmx.net",
  "googlemail.com",
  "hotmail.com",
  "icloud.com",
  "live.com",
  "mail.com",
  "mail.ru",
  "me.com",
  "msn.com",
  "orange.fr",
  "outlook.com",
  "proton.me",
  "protonmail.com",
  "qq.com",
  "t-online.de",
  "web.de",
  "yahoo.com",
  "yandex.ru",
  "163.com",
]);

/** A record that looks like the same one. A person may link it; nothing else ever does. */
export interface Proposal {
  readonly recordId: string;
  /** Between 0 and 1. */
  readonly score: number;
  /** Labels of the fields that speak for it. */
  readonly because: readonly string[];
}

const scoreMin = 0.6;
const proposalsMax = 5;

/** Free records by likeness, best first; ties by id, so that the list never flickers. */
export function propose(
  object: ObjectRules,
  fields: Fields,
  candidates: readonly Candidate[],
): Proposal[] {
  return candidates
    .filter(({ linked }) => !linked)
    .map((candidate) => scored(object, fields, candidate))
    .filter(({ score, because }) => score >= scoreMin && because.length > 0)
    .sort((a, b) => b.score - a.score || (a.recordId < b.recordId ? -1 : 1))
    .slice(0, proposalsMax);
}

/** The mean likeness of the fields that both hold. */
function scored(object: ObjectRules, fields: Fields, candidate: Candidate): Proposal {
  const compared = Object.values(object.fields).flatMap((field) => {
    const [a, b] = [fields[field.field] ?? null, candidate.fields[field.field] ?? null];
    if (a === null || b === null || isShared(field, a)) return [];
    const like = likeness(field, a, b);
    return like === null ? [] : [{ label: field.label, like }];
  });
  const total = compared.reduce((sum, { like }) => sum + like, 0);
  return {
    recordId: candidate.recordId,
    score: compared.length === 0 ? 0 : total / compared.length,
    because: compared.filter(({ like }) => like >= scoreMin).map(({ label }) => label),
  };
}

/** Null where a field of the type says nothing about who somebody is. */
function likeness(field: FieldRules, a: CanonicalValue, b: CanonicalValue): number | null {
  switch (field.type.kind) {
    case "name":
    case "text":
      return similarity(String(a), String(b));
    case "email":
    case "phone":
    case "domain":
    case "url":
    case "country":
      return equal(a, b) ? 1 : 0;
    default:
      return null;
  }
}

/** Sørensen–Dice over pairs of letters, blind to case, accents, punctuation and legal forms. */
export function similarity(a: string, b: string): number {
  const [one, other] = [pairs(a), pairs(b)];
  const size = one.length + other.length;
  if (size === 0) return 0;
  const left = new Map<string, number>();
  for (const pair of one) left.set(pair, (left.get(pair) ?? 0) + 1);
  let shared = 0;
  for (const pair of other) {
    const count = left.get(pair) ?? 0;
    if (count === 0) continue;
    left.set(pair, count - 1);
    shared++;
  }
  return (2 * shared) / size;
}

const legalForms = /\b(inc|llc|ltd|limited|corp|co|gmbh|ag|kg|bv|nv|sa|sas|sarl|srl|spa|oy|ab)\b/g;

function pairs(name: string): string[] {
  const folded = name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(legalForms, "")
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
  const words = ` ${folded} `;
  if (folded === "") return [];
  return Array.from({ length: words.length - 1 }, (_, index) => words.slice(index, index + 2));
}
