/**
 * `npm run audit:verify -- --url https://sync.example.com --token ...`: reads the whole audit
 * through the operators' door and proves it here, without believing the Worker: every chain, and
 * every daily root. `--root` is one that was sent outside, to hold against what is kept.
 */
import { parseArgs } from "node:util";
import * as z from "zod";
import { brokenAt, type ChainedEntry, merkleRoot } from "../core/audit-chain.ts";

const entrySchema: z.ZodType<ChainedEntry> = z.object({
  entityId: z.string(),
  entry: z.number(),
  at: z.number(),
  kind: z.string(),
  detail: z.nullable(z.string()),
  salt: z.nullable(z.string()),
  commitment: z.string(),
  chain: z.string(),
});
const pageSchema = z.object({ entries: z.array(entrySchema) });
const rootsSchema = z.object({
  roots: z.array(
    z.object({ day: z.string(), root: z.string(), chains: z.number(), at: z.number() }),
  ),
});

interface Door {
  readonly url: string;
  readonly token: string;
}

/** The entries of one chain, as far as a root needs them. */
interface Head {
  readonly entityId: string;
  readonly links: readonly { readonly at: number; readonly chain: string }[];
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { url: { type: "string" }, token: { type: "string" }, root: { type: "string" } },
  });
  const url = values.url ?? process.env.SYNC_URL;
  const token = values.token ?? process.env.OPERATOR_TOKEN;
  if (url === undefined || token === undefined) {
    console.error("Say where and who: --url and --token, or SYNC_URL and OPERATOR_TOKEN.");
    return 2;
  }
  const { roots } = rootsSchema.parse(await ask({ url, token }, "roots"));
  const heads: Head[] = [];
  let broken = 0;
  let entries = 0;
  for await (const chain of chains({ url, token })) {
    const fault = await brokenAt(chain);
    entries += chain.length;
    if (fault !== null) {
      broken += 1;
      console.error(`BROKEN ${fault.entityId} at entry ${fault.entry}: ${reasons[fault.reason]}`);
    }
    heads.push({
      entityId: chain[0]?.entityId ?? "",
      links: chain.map(({ at, chain: link }) => ({ at, chain: link })),
    });
  }
  console.log(`${entries} entries in ${heads.length} chains, ${broken} broken.`);
  for (const root of roots) {
    const computed = await rootAt(heads, root.at);
    if (computed !== root.root) broken += 1;
    console.log(`${root.day} ${root.root} ${computed === root.root ? "fits" : "DOES NOT FIT"}`);
  }
  if (values.root !== undefined && !roots.some(({ root }) => root === values.root)) {
    broken += 1;
    console.error("The root you were sent is not among those that are kept.");
  }
  return broken === 0 ? 0 : 1;
}

const reasons = {
  gap: "an entry is missing",
  values: "its values were changed",
  chain: "it was changed or moved",
} as const;

/** Whole chains, one entity at a time; pages may cut them. */
async function* chains(door: Door): AsyncGenerator<ChainedEntry[]> {
  let open: ChainedEntry[] = [];
  for (let after = { entityId: "", entry: -1 }; ; ) {
    const query = new URLSearchParams({ entityId: after.entityId, entry: String(after.entry) });
    const { entries } = pageSchema.parse(await ask(door, `audit?${query}`));
    for (const entry of entries) {
      if (open.length > 0 && open[0]?.entityId !== entry.entityId) {
        yield open;
        open = [];
      }
      open.push(entry);
    }
    const last = entries.at(-1);
    if (last === undefined) break;
    after = { entityId: last.entityId, entry: last.entry };
  }
  if (open.length > 0) yield open;
}

/** The root over all heads as they stood at a moment. */
function rootAt(heads: readonly Head[], at: number): Promise<string> {
  return merkleRoot(
    heads
      .filter(({ entityId }) => !entityId.startsWith("@"))
      .flatMap(({ links }) => links.filter((link) => link.at <= at).at(-1)?.chain ?? []),
  );
}

async function ask({ url, token }: Door, what: string): Promise<unknown> {
  const response = await fetch(`${url.replace(/\/$/, "")}/operate/${what}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw new Error(`${what}: ${response.status} ${await response.text()}`);
  return response.json();
}

process.exitCode = await main();
