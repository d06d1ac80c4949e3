/**
 * In which order a system hands out its records, seen from their ids. Where it is an order that our
 * own store can walk in as well, a page and our links can be merged like two sorted lists, and what
 * is missing shows without remembering what came. Invariant: an order that does not hold is given
 * up, never bent.
 */

/** `number`: whole numbers by size. `text`: by code unit. `none`: neither. */
export type IdOrder = "unknown" | "number" | "text" | "none";

/** The order after a page: what held so far, if this page keeps to it. */
export function orderOf(before: IdOrder, last: string | null, ids: readonly string[]): IdOrder {
  const walked = last === null ? ids : [last, ...ids];
  if (before === "none") return "none";
  if (before !== "unknown") return isSorted(walked, before) ? before : "none";
  if (walked.length < 2) return "unknown";
  if (isSorted(walked, "number")) return "number";
  return isSorted(walked, "text") ? "text" : "none";
}

function isSorted(ids: readonly string[], order: "number" | "text"): boolean {
  if (order === "number" && !ids.every((id) => wholeNumber.test(id))) return false;
  return ids.every((id, index) => {
    const previous = ids[index - 1];
    if (previous === undefined) return true;
    if (order === "number" && previous.length !== id.length) return previous.length < id.length;
    return previous < id;
  });
}

const wholeNumber = /^(0|[1-9]\d*)$/;

/** A stretch of ids in text order, of some lengths only: what an index by text can walk. */
export interface Stretch {
  readonly lengthMin: number;
  readonly lengthMax: number;
  /** Exclusive. */
  readonly after: string;
  /** Inclusive. */
  readonly upTo: string;
}

/** Sorts after every id. */
export const lastId = "\u{10ffff}";
const anyLength = 1_000_000;

/** The ids after one and up to another, as stretches in their order; null: from or to the end. */
export function stretches(
  order: "number" | "text",
  after: string | null,
  upTo: string | null,
): readonly Stretch[] {
  if (order === "text") {
    return [{ lengthMin: 0, lengthMax: anyLength, after: after ?? "", upTo: upTo ?? lastId }];
  }
  const [from, to] = [after?.length ?? 0, upTo?.length ?? anyLength];
  if (after !== null && upTo !== null && from === to) {
    return [{ lengthMin: from, lengthMax: from, after, upTo }];
  }
  return [
    { lengthMin: from, lengthMax: from, after: after ?? "", upTo: lastId },
    { lengthMin: from + 1, lengthMax: to - 1, after: "", upTo: lastId },
    { lengthMin: to, lengthMax: to, after: "", upTo: upTo ?? lastId },
  ].filter(({ lengthMin, lengthMax }) => lengthMin <= lengthMax && lengthMax > 0);
}
