/** What the search for counterparts asks of each system, and what it makes of a whole batch. */
import { describe, expect, it } from "vitest";
import type { SystemRecord } from "../../shared/record.ts";
import type { Connector } from "../../worker/connectors/connector.ts";
import { assert } from "../../worker/core/assert.ts";
import { type Config, configure } from "../../worker/core/configure.ts";
import type { JobContext } from "../../worker/jobs/context.ts";
import {
  addRivals,
  counterparts,
  matchAll,
  type Newcomer,
} from "../../worker/jobs/counterparts.ts";
import { configOf } from "../core/fixtures.ts";

const config = configOf({ email: { type: { kind: "email" } }, name: { type: { kind: "name" } } });
const rules = configure({
  ...config,
  objects: { thing: { ...config.objects.thing!, identity: ["email"], similar: ["name"] } },
} satisfies Config);

type Values = Readonly<Record<string, string>>;

const record = (id: string, values: Values, further: readonly string[] = []): SystemRecord => ({
  id,
  fields: Object.fromEntries(
    Object.entries(values).map(([field, value]) => [
      field,
      { kind: "held" as const, value, at: null, actor: null },
    ]),
  ),
  ...(further.length === 0 ? {} : { aliases: { email: further } }),
  modifiedAt: null,
  archived: false,
  url: null,
});

/** Two systems with these records, and a note of every search. */
function systems(held: Readonly<Record<string, readonly SystemRecord[]>>, unique = false) {
  const asked: string[] = [];
  const connectors = Object.entries(held).map(([system, records]) => {
    const find: Connector["find"] = async (_, field, values) => {
      asked.push(`${system}.${field}: ${values.length}`);
      return records.filter(({ fields, aliases }) => {
        const own = fields[field]?.kind === "held" ? fields[field].value : null;
        return [own, ...(aliases?.[field] ?? [])].some((one) => values.includes(String(one)));
      });
    };
    return [system, { system, find, keepsUnique: () => unique }];
  });
  const context = { rules, connectors: Object.fromEntries(connectors) } as unknown as JobContext;
  return { context, asked };
}

const newcomer = (system: string, one: SystemRecord): Newcomer => ({
  poke: { system, object: "thing", recordId: one.id } as Newcomer["poke"],
  record: one,
  recordId: one.id,
  fields: Object.fromEntries(
    Object.entries(one.fields).map(([field, seen]) => {
      assert(seen.kind === "held", "these records hold what they hold");
      return [field, seen.value];
    }),
  ),
  ...(one.aliases === undefined ? {} : { aliases: one.aliases }),
});

async function judge(context: JobContext, newcomers: readonly Newcomer[]) {
  const { candidates, unanswered } = await counterparts(context, newcomers);
  await addRivals(context, newcomers, candidates, unanswered);
  const { links, doubts } = matchAll(context, newcomers, candidates, {
    known: new Map(),
    told: new Map(),
  });
  return {
    links: links.map((one) => [one.newcomer.recordId, Object.fromEntries(one.counterparts)]),
    doubts: doubts.map((one) => [one.newcomer.recordId, one.found.candidates.length]),
  };
}

const hundred = Array.from({ length: 100 }, (_, index) => index);

describe("a hundred newcomers", () => {
  const records = hundred.map((n) => record(`h${n}`, { email: `p${n}@x.com`, name: "Kim" }));
  const newcomers = records.map((one) => newcomer("hubspot", one));

  it("cost one search a system, and none in their own where it vouches for the field", async () => {
    const { context, asked } = systems({ hubspot: records, ops: [] }, true);
    expect((await judge(context, newcomers)).links).toHaveLength(100);
    expect(asked).toEqual(["ops.email: 100"]);
  });

  it("cost one more where there may be twins, and none for those found by an alias", async () => {
    const { context, asked } = systems({ hubspot: records, ops: [] });
    await judge(context, newcomers);
    expect(asked.sort()).toEqual(["hubspot.email: 100", "ops.email: 100"]);
  });

  it("are held against others by name only where they have no identity", async () => {
    const nameless = hundred.map((n) => newcomer("hubspot", record(`h${n}`, { name: `N ${n}` })));
    const { context, asked } = systems({ hubspot: [], ops: [record("o", { name: "N 7" })] });
    expect((await judge(context, [...nameless, ...newcomers])).doubts).toEqual([["h7", 1]]);
    expect(asked.sort()).toEqual(["hubspot.email: 100", "ops.email: 100", "ops.name: 100"]);
  });
});

describe("one who is found by an alias", () => {
  const contact = record("h", { email: "main@x.com" }, ["other@x.com"]);
  const [main, other] = ["main", "other"].map((id) => record(id, { email: `${id}@x.com` }));
  const held = { hubspot: [contact], ops: [main!, other!] };

  it("is somebody else's, who holds the address, however many come together", async () => {
    const { context } = systems(held);
    const [first, second, third] = [
      newcomer("ops", other!),
      newcomer("ops", main!),
      newcomer("hubspot", contact),
    ];
    const pairs = { h: { ops: "main" }, main: { hubspot: "h" } };
    for (const batch of [
      [first, second, third],
      [third, second, first],
      [first, third],
      [second, first],
    ]) {
      const { links, doubts } = await judge(context, batch);
      expect(links).toHaveLength(1);
      expect(Object.entries(pairs)).toContainEqual(links[0]);
      expect(doubts).toEqual([["other", 1]]);
    }
  });

  it("costs a search in the own system for what the counterpart goes by", async () => {
    const { context, asked } = systems(held);
    expect(await judge(context, [newcomer("ops", other!)])).toEqual({
      links: [],
      doubts: [["other", 1]],
    });
    expect(asked).toEqual(["hubspot.email: 1", "ops.email: 1", "ops.email: 2"]);
  });
});
