/**
 * What HubSpot's work costs: API calls for 100 records, of every object, without and with fields
 * of references. The test holds it to the floor, the benchmark prints it.
 */
import type { Fields, Held, ObjectName } from "../../shared/record.ts";
import type { WriteOperation } from "../../worker/connectors/connector.ts";
import { isReference } from "../../worker/connectors/hubspot/mapping.ts";
import { targetOf } from "../../worker/connectors/hubspot/references.ts";
import type { ObjectMapping } from "../../worker/core/rules.ts";
import { bare, defineCars, everyObject } from "./hubspot.objects.ts";
import { configured, type HubSpotWorld, hubspotWorld } from "./hubspot.world.ts";

export interface CallsPer100 {
  /** How many kinds of records its fields of references lead to. */
  readonly kinds: number;
  readonly read: number;
  readonly update: number;
  readonly create: number;
  readonly archive: number;
  readonly list: number;
  readonly poll: number;
  /** Every field of references is set, and nothing else. */
  readonly associate: number;
}

type Mappings = Readonly<Record<ObjectName, ObjectMapping>>;

/** By object: as configured, without its associations, and a custom one. */
export async function callsPer100(): Promise<Readonly<Record<string, CallsPer100>>> {
  const table: Record<string, CallsPer100> = {};
  const add = async (name: string, mappings: Mappings, sample: Sample) => {
    table[name] = await measure(hubspotWorld({ mappings, prepare: defineCars }), sample);
  };
  for (const sample of samples) await add(sample.object, configured(), sample);
  for (const sample of samples) {
    await add(`${sample.object}, associations not mapped`, bare(), sample);
  }
  await add("custom object", everyObject(), custom);
  return table;
}

interface Sample {
  readonly object: ObjectName;
  readonly record: (number: number) => Fields;
  readonly set: Fields;
}

const samples: readonly Sample[] = [
  {
    object: "contact",
    record: (n) => ({ email: `person-${n}@example.com`, first_name: "A" }),
    set: { first_name: "B", phone: "+12125550123", owner: "dana@example.com" },
  },
  {
    object: "company",
    record: (n) => ({ domain: `c-${n}.example.com`, name: "A" }),
    set: { name: "B", industry: "RETAIL", owner: "dana@example.com" },
  },
  {
    object: "deal",
    record: (n) => ({ number: `D-${n}`, name: "A", stage: "scheduled" }),
    set: { name: "B", amount: "5 EUR", close_date: "2026-12-01" },
  },
];

const custom: Sample = {
  object: "car",
  record: (n) => ({ vin: `V-${n}`, model: "A" }),
  set: { model: "B" },
};

async function measure(world: HubSpotWorld, { object, record, set }: Sample): Promise<CallsPer100> {
  const { connector, double } = world;
  const mapping = world.mappings[object]!;
  const hundred = Array.from({ length: 100 }, (_, index) => index);
  const creates = hundred.map(
    (n): WriteOperation => ({ kind: "create", operationId: `c${n}`, key: `k${n}`, set: record(n) }),
  );
  const references = await others(world, mapping);
  // Owners, the account and the kinds of associations are asked for once in a while and not for
  // every record.
  const warm = { ...record(1_000), ...set, ...references };
  await connector.write(mapping, [{ kind: "create", operationId: "w", key: "w", set: warm }]);
  await connector.read(mapping, [double.records(mapping.systemObject)[0]!.id]);
  const count = async (work: () => Promise<unknown>): Promise<number> => {
    const before = double.countCalls();
    await work();
    return double.countCalls() - before;
  };
  const create = await count(() => connector.write(mapping, creates));
  const keyed = await connector.findByKey(
    mapping,
    hundred.map((n) => `k${n}`),
  );
  const ids = [...keyed.values()].map(({ id }) => id);
  const write = (operation: (recordId: string) => WriteOperation) =>
    connector.write(mapping, ids.map(operation));
  return {
    kinds: Object.keys(references).length,
    read: await count(() => connector.read(mapping, ids)),
    update: await count(() => write((id) => update(id, set))),
    create,
    list: await count(() => connector.list!(mapping, null)),
    poll: await count(() => connector.changes!(mapping, { since: 0 })),
    associate: await count(() => write((id) => update(id, references))),
    archive: await count(() => write((id) => ({ kind: "archive", operationId: id, recordId: id }))),
  };
}

const update = (id: string, set: Fields): WriteOperation => {
  return { kind: "update", operationId: id, recordId: id, set };
};

/** A record made for each field of references, so that there is something to refer to. */
async function others(world: HubSpotWorld, mapping: ObjectMapping): Promise<Fields> {
  const values: Record<string, Held> = {};
  for (const field of mapping.fields.filter(isReference)) {
    const there = Object.values(world.mappings).find(
      ({ systemObject }) => systemObject === targetOf(field).object,
    )!;
    const sample = samples.find(({ object }) => object === there.object)!;
    const key = `other ${field.field}`;
    await world.connector.write(there, [
      { kind: "create", operationId: key, key, set: sample.record(5_000) },
    ]);
    const id = (await world.connector.findByKey(there, [key])).get(key)!.id;
    values[field.field] = field.type.kind === "references" ? [id] : id;
  }
  return values;
}
