/** What a change of HubSpot's definitions does: one field drifts and is named, the others go on. */
import { describe, expect, it } from "vitest";
import { type Drift, driftOf } from "../../worker/connectors/drift.ts";
import { defineCars, everyObject } from "./hubspot.objects.ts";
import { type HubSpotWorld, hubspotWorld, personUserId } from "./hubspot.world.ts";

type Change = (world: HubSpotWorld) => void;
type Case = readonly [name: string, object: string, change: Change, drift: Partial<Drift>];

const cases: readonly Case[] = [
  [
    "a property is gone",
    "car",
    ({ double }) => double.admin.archiveProperty("car", "model"),
    { field: "model", property: "model", kind: "property_gone" },
  ],
  [
    "half of an amount is gone",
    "deal",
    ({ double }) => double.admin.archiveProperty("deals", "deal_currency_code"),
    { field: "amount", property: "deal_currency_code", kind: "property_gone" },
  ],
  [
    "a property has another type",
    "car",
    ({ double }) => double.admin.retypeProperty("car", "registered", "number", "number"),
    { field: "registered", property: "registered", kind: "type_changed" },
  ],
  [
    "an option is gone",
    "car",
    ({ double }) => double.admin.setOptions("car", "colour", ["r"]),
    { field: "colour", property: "colour", kind: "name_gone" },
  ],
  [
    "an option is new",
    "car",
    ({ double }) => double.admin.setOptions("car", "extras", ["heated_seats", "sun_roof", "bar"]),
    { field: "extras", property: "extras", kind: "name_new" },
  ],
  [
    "a stage is gone",
    "deal",
    ({ double }) => double.admin.removeStage("deals", "default", "contractsent", "qualifiedtobuy"),
    { field: "stage", property: "dealstage", kind: "name_gone" },
  ],
  [
    "a stage is new",
    "deal",
    ({ double }) => double.admin.addStage("deals", "default", "onhold", "On hold"),
    { field: "stage", property: "dealstage", kind: "name_new" },
  ],
];

describe("the mapping held against HubSpot", () => {
  it.each(cases)("names the one field that drifted: %s", async (_, object, change, drift) => {
    const world = hubspotWorld({ mappings: everyObject(), prepare: defineCars });
    const before = await drifts(world, object);
    change(world);
    const after = await drifts(world, object);
    const known = new Set(before.map((each) => JSON.stringify(each)));
    const found = after.filter((each) => !known.has(JSON.stringify(each)));
    expect(found).toEqual([
      expect.objectContaining({
        ...drift,
        message: expect.stringMatching(/\.$/),
        mend: expect.stringMatching(/\.$/),
      }),
    ]);
  });

  it("proposes the property that took the label over, as after a new one for an old", async () => {
    const world = hubspotWorld({ mappings: everyObject(), prepare: defineCars });
    const { model } = world.double.portal.state.objects["2-1000001"]!.properties;
    world.double.admin.archiveProperty("car", "model");
    const properties = world.double.portal.state.objects["2-1000001"]!.properties;
    properties.model_2 = { ...model!, name: "model_2", archivedAt: null };
    const [drift] = await drifts(world, "car");
    expect(drift).toMatchObject({ mend: expect.stringContaining("model_2") });
  });

  it("finds that a property can only be read, and an association that is none", async () => {
    const world = hubspotWorld();
    const type = { kind: "text" as const };
    const domain = { field: "mail_domain", type, property: "hs_email_domain" };
    const friend = {
      field: "friend",
      type: { kind: "reference" as const, object: "contact" },
      property: "contacts:Best friend",
    };
    const mapping = { ...world.mappings.contact!, fields: [domain, friend] };
    const found = driftOf(mapping, await world.connector.describe!(mapping));
    expect(found.map(({ field, kind }) => ({ field, kind }))).toEqual([
      { field: "mail_domain", kind: "now_read_only" },
      { field: "friend", kind: "property_gone" },
    ]);
    const readOnly = { ...mapping, fields: [{ ...domain, readOnly: true }] };
    expect(driftOf(readOnly, await world.connector.describe!(readOnly))).toEqual([]);
  });

  it("knows which properties HubSpot keeps unique", async () => {
    const world = hubspotWorld({ mappings: everyObject(), prepare: defineCars });
    const unique = async (object: string) => {
      const { properties } = await world.connector.describe!(world.mappings[object]!);
      return properties.flatMap((each) => (each.unique ? [each.name] : []));
    };
    expect(await unique("contact")).toEqual(expect.arrayContaining(["email", "crm_sync_key"]));
    expect(await unique("car")).toEqual(expect.arrayContaining(["vin", "crm_sync_key"]));
    expect(await unique("deal")).not.toContain("ops_deal_number");
  });
});

describe("a record under a drifted mapping", () => {
  it("has its other fields read and written", async () => {
    const world = hubspotWorld({ mappings: everyObject(), prepare: defineCars });
    const dana = world.double.person(personUserId);
    const car = dana.create("car", { vin: "V-1", model: "One", colour: "b", mileage: "10" });
    world.double.admin.archiveProperty("car", "model");
    world.double.admin.setOptions("car", "colour", ["r"]);
    const mapping = world.mappings.car!;
    const answer = (await world.connector.read(mapping, [car])).get(car);
    // Blue is still held, and mapped; only who would write it again is refused.
    expect(answer).toMatchObject({
      record: { fields: { vin: { value: "V-1" }, colour: { value: "blue" } } },
    });
    expect(answer).not.toMatchObject({ record: { fields: { model: expect.anything() } } });
    const outcomes = await world.connector.write(mapping, [
      { kind: "update", operationId: "good", recordId: car, set: { mileage: "20" } },
      { kind: "create", operationId: "bad", key: "k1", set: { vin: "V-2", colour: "blue" } },
    ]);
    expect(outcomes).toMatchObject([
      { operationId: "good", kind: "done" },
      { operationId: "bad", kind: "failed", error: { field: "colour", kind: "skip_record" } },
    ]);
  });
});

async function drifts(world: HubSpotWorld, object: string): Promise<readonly Drift[]> {
  const mapping = world.mappings[object]!;
  return driftOf(mapping, await world.connector.describe!(mapping));
}
