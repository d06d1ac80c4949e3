/**
 * Finds the counterpart of an unlinked record among another system's records. Invariant: a link
 * is made only where one identity field points at exactly one free record; everything else is a
 * person's business, never a guess.
 */
import type { FieldName, Fields } from "../../shared/record.ts";
import { heldKey } from "./canonical.ts";
import type { ObjectRules } from "./rules.ts";

export interface Candidate {
  readonly recordId: string;
  readonly fields: Fields;
  /** Whether it is linked to another entity already. */
  readonly linked: boolean;
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

/** `candidates` are records of one other system; the first identity field that hits decides. */
export function match(
  object: ObjectRules,
  fields: Fields,
  candidates: readonly Candidate[],
): Match {
  for (const by of object.identity) {
    const value = fields[by];
    if (value === undefined || value === null) continue;
    const key = heldKey(value);
    const hits = candidates.filter(({ fields: other }) => {
      const held = other[by];
      return held !== undefined && held !== null && heldKey(held) === key;
    });
    if (hits.length > 0) return judge(by, object.fields[by]?.label ?? by, hits);
  }
  return { kind: "none" };
}

function judge(by: FieldName, label: string, hits: readonly Candidate[]): Match {
  const [first] = hits;
  if (hits.length === 1 && first !== undefined && !first.linked) {
    return { kind: "link", recordId: first.recordId, by };
  }
  const reason =
    hits.length === 1
      ? `The only record with the same ${label} is already linked to another one.`
      : `${hits.length} records have the same ${label}.`;
  const candidates = hits.map(({ recordId }) => recordId).sort();
  return { kind: "ambiguous", by, candidates, reason };
}
