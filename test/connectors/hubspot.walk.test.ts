/** Walking a portal: ties, more than search gives, and changes while walking. */
import { describe, expect, it } from "vitest";
import { ConnectorError } from "../../worker/connectors/connector.ts";
import type { ObjectMapping } from "../../worker/core/rules.ts";
import { bare } from "./hubspot.objects.ts";
import { type HubSpotWorld, hubspotWorld, personUserId, seeded } from "./hubspot.world.ts";

const minute = 60_000;
const hour = 60 * minute;

describe("a walk over changes", () => {
  it("sees each of 25,000 records, most with equal times, changing while it pages", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const since = world.now();
    const ids: string[] = [];
    // Imports: thousands of records with one time, then some with their own.
    for (const [count, passMs] of imports) {
      for (let made = 0; made < count; made++) {
        ids.push(dana.create("deals", { dealname: `Deal ${ids.length}`, dealstage: "closedwon" }));
      }
      world.pass(passMs);
    }
    expect(ids).toHaveLength(25_000);
    const random = seeded(5);
    const edit = () => {
      world.pass(1);
      const id = ids[Math.floor(random() * ids.length)]!;
      dana.update("deals", id, { description: `edited at ${world.now()}` });
    };
    world.double.faults.add({ kind: "search_ties" });
    const walk = await walkChanges(world, { since }, edit);
    expect(walk.seen.size).toBe(25_000);
    // Ties at the end of a page and edits come again, no more.
    expect(walk.items).toBeLessThan(25_000 + 1_500);
    expect(walk.pages).toBeLessThan(25_000 / 200 + 20);
  }, 60_000);

  it("comes back for what the index did not know yet", async () => {
    const world = hubspotWorld({ double: { searchLagMs: 30_000 } });
    const dana = world.double.person(personUserId);
    const since = world.now();
    world.pass(hour);
    const id = dana.create("deals", { dealname: "Deal", dealstage: "closedwon" });
    world.pass(10_000);
    const first = await walkChanges(world, { since });
    expect(first.seen.size).toBe(0);
    world.pass(minute);
    const second = await walkChanges(world, { cursor: first.cursor });
    expect([...second.seen]).toEqual([id]);
  });

  it("ends, and does not tell of old changes for ever", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const since = world.now();
    for (let made = 0; made < 450; made++) {
      dana.create("deals", { dealname: `Deal ${made}`, dealstage: "closedwon" });
    }
    const first = await walkChanges(world, { since });
    expect(first.seen.size).toBe(450);
    world.pass(hour);
    const second = await walkChanges(world, { cursor: first.cursor });
    const third = await walkChanges(world, { cursor: second.cursor });
    expect(third).toMatchObject({ items: 0, pages: 1 });
  });

  it("uses the modified date that contacts really have", async () => {
    const world = hubspotWorld();
    const since = world.now();
    const id = world.double.person(personUserId).create("contacts", { email: "a@example.com" });
    const walk = await walkChanges(world, { since }, () => {}, world.mappings.contact!);
    expect([...walk.seen]).toEqual([id]);
  });

  it("goes on from the same cursor after a refusal, and leaves nothing out", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const since = world.now();
    for (let made = 0; made < 450; made++) {
      dana.create("deals", { dealname: `Deal ${made}`, dealstage: "closedwon" });
    }
    let refusals = 0;
    const walk = await walkChanges(world, { since }, () => {
      world.double.faults.add({ kind: "secondly", times: 1, matches: "/search" });
      refusals += 1;
    });
    expect(walk.seen.size).toBe(450);
    expect(walk.refused).toBe(refusals);
  });
});

describe("a walk over all records", () => {
  it("sees every record that was there all along, whatever comes and goes", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const ids = Array.from({ length: 1_050 }, (_, index) =>
      dana.create("deals", { dealname: `Deal ${index}`, dealstage: "closedwon" }),
    );
    const random = seeded(3);
    const gone = new Set<string>();
    const seen: string[] = [];
    let cursor: string | null = null;
    for (let more = true; more; ) {
      const page = await world.connector.list!(world.mappings.deal!, cursor);
      seen.push(...page.items.map((item) => item.id));
      for (let count = 0; count < 20; count++) {
        const id = ids[Math.floor(random() * ids.length)]!;
        if (!gone.has(id)) dana.archive("deals", id);
        gone.add(id);
        dana.create("deals", { dealname: "New", dealstage: "closedwon" });
      }
      ({ cursor, more } = page);
    }
    expect(new Set(seen).size).toBe(seen.length);
    const stayed = ids.filter((id) => !gone.has(id));
    expect(seen).toEqual(expect.arrayContaining(stayed));
  });

  it("costs a call a hundred records, and two if there are too many names for a URL", async () => {
    const world = hubspotWorld({ mappings: bare() });
    const dana = world.double.person(personUserId);
    for (let made = 0; made < 100; made++) {
      dana.create("deals", { dealname: `Deal ${made}`, dealstage: "closedwon" });
    }
    const few = world.mappings.deal!;
    const many: ObjectMapping = {
      ...few,
      fields: [
        ...few.fields,
        ...Array.from({ length: 300 }, (_, index) => ({
          field: `extra_${index}`,
          type: { kind: "text" as const },
          property: `a_property_with_a_long_name_${index}`,
        })),
      ],
    };
    await world.connector.list!(few, null);
    for (const [mapping, calls] of [[few, 1] as const, [many, 2] as const]) {
      const before = world.double.countCalls();
      const { items, more } = await world.connector.list!(mapping, null);
      expect(items).toHaveLength(100);
      expect(items[7]?.fields.name).toMatchObject({ kind: "held", value: "Deal 7" });
      expect(more).toBe(false);
      expect(world.double.countCalls() - before).toBe(calls);
    }
  });
});

const imports: readonly (readonly [number, number])[] = [
  [11_000, 1],
  [1, 1],
  [199, 1],
  [200, 1],
  [201, 1],
  [400, 1],
  [11_800, 5],
  ...Array.from({ length: 999 }, () => [1, 1] as const),
  [200, 1],
];

async function walkChanges(
  world: HubSpotWorld,
  start: { since: number } | { cursor: string },
  between: () => void = () => {},
  mapping: ObjectMapping = world.mappings.deal!,
) {
  const walk = { seen: new Set<string>(), items: 0, pages: 0, refused: 0, cursor: "" };
  for (let from = start; ; ) {
    try {
      const page = await world.connector.changes!(mapping, from);
      walk.pages += 1;
      walk.items += page.items.length;
      for (const id of page.items) walk.seen.add(id);
      walk.cursor = page.cursor;
      from = { cursor: page.cursor };
      if (!page.more) return walk;
      between();
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      expect(error).toMatchObject({ kind: "rate_limited", retryAfterMs: 1_000 });
      walk.refused += 1;
    }
  }
}
