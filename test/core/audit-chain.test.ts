import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  brokenAt,
  type ChainedEntry,
  chained,
  emptyHead,
  merkleRoot,
} from "../../worker/core/audit-chain.ts";

async function chain(details: readonly string[]): Promise<ChainedEntry[]> {
  const entries: ChainedEntry[] = [];
  for (const [entry, detail] of details.entries()) {
    const head = entries.at(-1)?.chain ?? emptyHead;
    const added = { entityId: "e", entry, at: entry, kind: "wrote", detail, salt: `salt${entry}` };
    entries.push(await chained(added, head));
  }
  return entries;
}
const details = fc.array(fc.string(), { minLength: 1, maxLength: 8 });
const changed = (entries: readonly ChainedEntry[], at: number, change: Partial<ChainedEntry>) =>
  entries.map((one, index) => (index === at ? { ...one, ...change } : one));

describe("a chain", () => {
  it("holds as it was written", async () => {
    await fc.assert(
      fc.asyncProperty(details, async (texts) => {
        expect(await brokenAt(await chain(texts))).toBeNull();
      }),
    );
  });

  it("still holds when values are erased", async () => {
    await fc.assert(
      fc.asyncProperty(details, fc.nat(), async (texts, pick) => {
        const entries = await chain(texts);
        const erased = changed(entries, pick % entries.length, { detail: null, salt: null });
        expect(await brokenAt(erased)).toBeNull();
      }),
    );
  });

  it("breaks where anything in it is changed", async () => {
    const changes: ((one: ChainedEntry) => Partial<ChainedEntry>)[] = [
      ({ detail }) => ({ detail: `${detail}!` }),
      ({ at }) => ({ at: at + 1 }),
      () => ({ kind: "created" }),
      () => ({ commitment: "0".repeat(64) }),
      () => ({ chain: "0".repeat(64) }),
      () => ({ entityId: "other" }),
    ];
    await fc.assert(
      fc.asyncProperty(details, fc.nat(), fc.constantFrom(...changes), async (texts, n, change) => {
        const entries = await chain(texts);
        const at = n % entries.length;
        const one = entries[at];
        if (one === undefined) return;
        expect((await brokenAt(changed(entries, at, change(one))))?.entry).toBe(at);
      }),
    );
  });

  it("breaks where an entry is dropped, moved or put in", async () => {
    const entries = await chain(["a", "b", "c"]);
    const [a, b, c] = entries;
    if (a === undefined || b === undefined || c === undefined) throw new Error("three entries");
    expect(await brokenAt([a, c])).toMatchObject({ entry: 2, reason: "gap" });
    expect(await brokenAt([a, { ...c, entry: 1 }])).toMatchObject({ entry: 1, reason: "chain" });
    expect(await brokenAt([b, a, c])).toMatchObject({ reason: "gap" });
    const forged = await chained({ ...b, detail: "forged", salt: "s" }, emptyHead);
    expect(await brokenAt([a, forged, c])).toMatchObject({ entry: 1, reason: "chain" });
  });
});

describe("a root", () => {
  it("changes with every head, their number and their order", async () => {
    const heads = fc.uniqueArray(fc.string({ minLength: 4 }), { minLength: 2, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(heads, fc.nat(), async (list, n) => {
        const root = await merkleRoot(list);
        const at = n % list.length;
        expect(await merkleRoot(list.with(at, "zz"))).not.toBe(root);
        expect(await merkleRoot(list.slice(1))).not.toBe(root);
        expect(await merkleRoot([...list, "zz"])).not.toBe(root);
        expect(await merkleRoot(list.toReversed())).not.toBe(root);
      }),
    );
  });

  it("is the tree of RFC 6962, leaves and nodes told apart", async () => {
    const hash = (text: string) => createHash("sha256").update(text).digest("hex");
    const leaf = (head: string) => hash(`\u0000${head}`);
    const node = (left: string, right: string) => hash(`\u0001${left}${right}`);
    expect(await merkleRoot(["a"])).toBe(leaf("a"));
    const two = node(leaf("a"), leaf("b"));
    expect(await merkleRoot(["a", "b"])).toBe(two);
    expect(await merkleRoot(["a", "b", "c"])).toBe(node(two, leaf("c")));
    const four = node(two, node(leaf("c"), leaf("d")));
    expect(await merkleRoot(["a", "b", "c", "d", "e"])).toBe(node(four, leaf("e")));
  });

  it("over nothing is the hash of nothing, as RFC 6962 has it", async () => {
    expect(await merkleRoot([])).toBe(
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
  });
});
