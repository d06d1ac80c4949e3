/** What HubSpot's work costs: API calls for 100 records, of every object, as a table. */
import { expect, it } from "vitest";
import type { Fields } from "../../shared/record.ts";
import type { WriteOperation } from "../../worker/connectors/connector.ts";
import { defineCars, everyObject } from "./hubspot.objects.ts";
import { configured, type HubSpotWorld, hubspotWorld } from "./hubspot.world.ts";

interface Objects {
  readonly object: string;
  /** Whether its fields of references are mapped. */
  readonly references: boolean;
  readonly record: (number: number) => Fields;
  readonly set: Fields;
}

const email = (number: number) => `person-${number}@example.com`;
const objects: readonly Objects[] = [
  {
    object: "contact",
    references: false,
    record: (n) => ({ email: email(n), first_name: "A" }),
    set: { first_name: "B", phone: "+12125550123", owner: "dana@example.com" },
  },
  {
    object: "deal",
    references: false,
    record: (n) => ({ number: `D-${n}`, name: "A", stage: "scheduled" }),
    set: { name: "B", amount: "5 EUR", close_date: "2026-12-01" },
  },
  {
    object: "contact",
    references: true,
    record: (n) => ({ email: email(n), first_name: "A" }),
    set: { first_name: "B" },
  },
  {
    object: "company",
    references: true,
    record: (n) => ({ domain: `c-${n}.example.com`, name: "A" }),
    set: { name: "B" },
  },
  {
    object: "car",
    references: true,
    record: (n) => ({ vin: `V-${n}`, model: "A" }),
    set: { model: "B" },
  },
];

/** Reads are two, because histories come fifty a call; references cost one more each kind. */
const floor: readonly (readonly [string, Record<string, number>])[] = [
  ["contact", { read: 2, update: 1, create: 1, archive: 1, list: 1, poll: 1 }],
  ["deal", { read: 2, update: 1, create: 1, archive: 1, list: 1, poll: 1 }],
  ["contact + 1", { read: 3, update: 1, create: 1, archive: 1, list: 2, poll: 1 }],
  ["company + 1", { read: 3, update: 1, create: 1, archive: 1, list: 2, poll: 1 }],
  ["car + 1", { read: 3, update: 1, create: 1, archive: 1, list: 2, poll: 1 }],
];

it("costs the floor for every object", async () => {
  const table: (readonly [string, Record<string, number>])[] = [];
  for (const each of objects) {
    const mappings = each.references ? everyObject() : configured();
    const world = hubspotWorld({
      mappings,
      ...(each.references ? { prepare: defineCars } : {}),
    });
    const kinds = each.references ? " + 1" : "";
    table.push([each.object + kinds, await measure(world, each)]);
  }
  expect(table).toEqual(floor);
});

async function measure(world: HubSpotWorld, { object, record, set }: Objects) {
  const { connector, double } = world;
  const mapping = world.mappings[object]!;
  const hundred = Array.from({ length: 100 }, (_, index) => index);
  const creates = hundred.map(
    (n): WriteOperation => ({ kind: "create", operationId: `c${n}`, key: `k${n}`, set: record(n) }),
  );
  // Owners, and the account, are asked for once in a while and not for every record.
  const warm = { kind: "create" as const, operationId: "w", key: "w" };
  await connector.write(mapping, [{ ...warm, set: { ...record(1_000), ...set } }]);
  await connector.read(mapping, [double.records(mapping.systemObject)[0]!.id]);
  const count = async (work: () => Promise<unknown>): Promise<number> => {
    const before = double.countCalls();
    await work();
    return double.countCalls() - before;
  };
  const create = await count(() => connector.write(mapping, creates));
  const ids = double
    .records(mapping.systemObject)
    .map((each) => each.id)
    .slice(0, 100);
  const writes = (kind: "update" | "archive") =>
    connector.write(
      mapping,
      ids.map(
        (id): WriteOperation =>
          kind === "update"
            ? { kind, operationId: id, recordId: id, set }
            : { kind, operationId: id, recordId: id },
      ),
    );
  return {
    read: await count(() => connector.read(mapping, ids)),
    update: await count(() => writes("update")),
    create,
    list: await count(() => connector.list!(mapping, null)),
    poll: await count(() => connector.changes!(mapping, { since: 0 })),
    archive: await count(() => writes("archive")),
  };
}
