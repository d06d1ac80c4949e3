/**
 * What HubSpot's work costs: API calls for 100 records, of every object, without and with fields
 * of references. The test holds it to the floor, the benchmark prints it.
 */
import type { Fields } from "../../shared/record.ts";
import type { WriteOperation } from "../../worker/connectors/connector.ts";
import { defineCars, everyObject } from "./hubspot.objects.ts";
import { configured, type HubSpotWorld, hubspotWorld } from "./hubspot.world.ts";

export interface CallsPer100 {
  readonly read: number;
  readonly update: number;
  readonly create: number;
  readonly archive: number;
  readonly list: number;
  readonly poll: number;
}

/** By object; "+ 1" where one kind of associated records is mapped as well. */
export async function callsPer100(): Promise<Readonly<Record<string, CallsPer100>>> {
  const table: Record<string, CallsPer100> = {};
  for (const each of objects) {
    const options = each.references
      ? { mappings: everyObject(), prepare: defineCars }
      : { mappings: configured() };
    const name = each.object + (each.references ? " + 1" : "");
    table[name] = await measure(hubspotWorld(options), each);
  }
  return table;
}

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

async function measure(
  world: HubSpotWorld,
  { object, record, set }: Objects,
): Promise<CallsPer100> {
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
