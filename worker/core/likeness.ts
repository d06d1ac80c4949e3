/**
 * How much two records look alike. Invariant: a score is between 0 and 1, the same either way
 * round, and says nothing about who is linked to whom: it orders what a person is shown.
 */
import type { CanonicalValue, Fields } from "../../shared/record.ts";
import { equal } from "./canonical.ts";
import { listed } from "./explain.ts";
import type { FieldRules, ObjectRules } from "./rules.ts";

/** A record that may be the same one. */
export interface Likeness {
  readonly recordId: string;
  /** Of 100. */
  readonly score: number;
  /** One plain sentence: what speaks for it. */
  readonly because: string;
}

/** From this score on two records, or two values, look alike. */
export const scoreMin = 60;

/** The mean likeness of the fields that both hold. */
export function likenessOf(
  object: ObjectRules,
  fields: Fields,
  other: { readonly recordId: string; readonly fields: Fields },
): Likeness {
  const compared = Object.values(object.fields).flatMap((field) => {
    const [a, b] = [fields[field.field] ?? null, other.fields[field.field] ?? null];
    if (a === null || b === null || isShared(field, a)) return [];
    const score = scoreOf(field, a, b);
    return score === null ? [] : [{ label: field.label, score }];
  });
  const total = compared.reduce((sum, { score }) => sum + score, 0);
  const alike = compared.filter(({ score }) => score >= scoreMin).map(({ label }) => label);
  return {
    recordId: other.recordId,
    score: compared.length === 0 ? 0 : Math.round(total / compared.length),
    because: alike.length === 0 ? "No other field is alike." : `Alike in ${listed(alike)}.`,
  };
}

/** Null where a field of the type says nothing about who somebody is. */
function scoreOf(field: FieldRules, a: CanonicalValue, b: CanonicalValue): number | null {
  switch (field.type.kind) {
    case "name":
    case "text":
      return 100 * similarity(String(a), String(b));
    case "email":
    case "phone":
    case "domain":
    case "url":
    case "country":
      return equal(a, b) ? 100 : 0;
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

/** A mail provider's domain says nothing about whose record it is. */
export function isShared(field: FieldRules, value: CanonicalValue): boolean {
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
