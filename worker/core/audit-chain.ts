/**
 * Tamper evidence for the audit: each entry commits to its values, each chain head to all entries
 * of its entity, each daily root to all heads. Invariant: nothing that was ever in it can be
 * changed, dropped or moved without a hash that stops fitting; only values can be erased.
 *
 * Leaves and nodes are told apart as in RFC 6962, section 2.1
 * (https://www.rfc-editor.org/rfc/rfc6962#section-2.1).
 */

export interface ChainedEntry {
  readonly entityId: string;
  readonly entry: number;
  readonly at: number;
  readonly kind: string;
  /** The values as stored; null once erased. */
  readonly detail: string | null;
  readonly salt: string | null;
  readonly commitment: string;
  readonly chain: string;
}

export type NewEntry = Pick<ChainedEntry, "entityId" | "entry" | "at" | "kind"> & {
  readonly detail: string;
  readonly salt: string;
};

/** The head of a chain that has no entry yet. */
export const emptyHead = "";

/** Adds an entry to a chain. The salt keeps an erased value from being guessed. */
export async function chained(entry: NewEntry, head: string): Promise<ChainedEntry> {
  const commitment = await commitmentOf(entry.salt, entry.detail);
  return { ...entry, commitment, chain: await linkOf({ ...entry, commitment }, head) };
}

export type Broken = {
  readonly entityId: string;
  readonly entry: number;
  readonly reason: "gap" | "values" | "chain";
};

/** The first place where a chain does not hold, or null. Entries in order, from the first. */
export async function brokenAt(entries: readonly ChainedEntry[]): Promise<Broken | null> {
  let head = emptyHead;
  for (const [index, one] of entries.entries()) {
    const { entityId, entry } = one;
    if (entry !== index) return { entityId, entry, reason: "gap" };
    const erased = one.detail === null || one.salt === null;
    if (!erased && (await commitmentOf(one.salt, one.detail)) !== one.commitment) {
      return { entityId, entry, reason: "values" };
    }
    if ((await linkOf(one, head)) !== one.chain) return { entityId, entry, reason: "chain" };
    head = one.chain;
  }
  return null;
}

/** The root over chain heads, in the order given: a Merkle tree as RFC 6962 builds it. */
export async function merkleRoot(heads: readonly string[]): Promise<string> {
  if (heads.length === 0) return hash("");
  let level = await Promise.all(heads.map((head) => hash(`\u0000${head}`)));
  while (level.length > 1) {
    const next: Promise<string>[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const [left = "", right] = level.slice(at, at + 2);
      next.push(right === undefined ? Promise.resolve(left) : hash(`\u0001${left}${right}`));
    }
    level = await Promise.all(next);
  }
  const [root = ""] = level;
  return root;
}

const commitmentOf = (salt: string, detail: string): Promise<string> =>
  hash(`\u0000${salt}\u0000${detail}`);

const linkOf = (
  { entityId, entry, at, kind, commitment }: Omit<ChainedEntry, "chain" | "detail" | "salt">,
  head: string,
): Promise<string> =>
  hash(`\u0001${JSON.stringify([head, entityId, entry, at, kind, commitment])}`);

/** SHA-256, in hex. */
export async function hash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
