/** Associations in the double: types, labels, primary companies, and what merges make of them. */
import { describe, expect, it } from "vitest";
import { type Fixture, fixture } from "./hubspot-fixture.ts";

const v4 = "/crm/associations/2026-03";
const defined = (associationTypeId: number) => [
  { associationCategory: "HUBSPOT_DEFINED", associationTypeId },
];

function office() {
  const world = fixture();
  const hand = world.double.person(71001);
  const contact = hand.create("contacts", { email: "ada@example.com" });
  const firm = hand.create("companies", { name: "Firm" });
  const other = hand.create("companies", { name: "Other" });
  const deal = hand.create("deals", { dealname: "A", dealstage: "contractsent" });
  return { ...world, hand, contact, firm, other, deal };
}

const pairPath = (contact: string, company: string) =>
  `/crm/objects/2026-03/contacts/${contact}/associations/companies/${company}`;

async function typesOf(world: Fixture, from: string, id: string, to: string) {
  const { body } = await world.call("GET", `/crm/objects/2026-03/${from}/${id}/associations/${to}`);
  return Object.fromEntries(
    body.results.map((each: { toObjectId: string; associationTypes: { typeId: number }[] }) => [
      each.toObjectId,
      each.associationTypes.map((type) => type.typeId).toSorted((a, b) => a - b),
    ]),
  );
}

describe("a pair", () => {
  it("is seen from both ends, and moves no modified date", async () => {
    const world = office();
    world.clock.now += 60_000;
    const path = pairPath(world.contact, world.firm);
    const put = await world.call("PUT", path, defined(279));
    expect([put.status, put.body]).toMatchObject([201, { fromObjectTypeId: "0-1", labels: [] }]);
    expect(await typesOf(world, "contacts", world.contact, "companies")).toEqual({
      [world.firm]: [279],
    });
    expect(await typesOf(world, "companies", world.firm, "contacts")).toEqual({
      [world.contact]: [280],
    });
    const { body } = await world.call("GET", `/crm/objects/2026-03/contacts/${world.contact}`);
    expect(body.updatedAt).toBe("2026-11-23T09:00:00Z");
    await world.call("DELETE", path);
    expect(await typesOf(world, "companies", world.firm, "contacts")).toEqual({});
  });

  it("of a type for other objects is refused", async () => {
    const world = office();
    const path = pairPath(world.contact, world.firm);
    const { status, body } = await world.call("PUT", path, defined(3));
    expect([status, body.message]).toEqual([
      400,
      "invalid from object type 0-1 for associations to be created. expected: 0-3",
    ]);
  });

  it("with a record that does not exist is refused", async () => {
    const world = office();
    const path = `/crm/objects/2026-03/contacts/${world.contact}/associations/companies/9`;
    const { status, body } = await world.call("PUT", path, defined(279));
    expect([status, body.context.INVALID_OBJECT_IDS]).toEqual([400, ["COMPANY=9 is not valid"]]);
  });

  it("is made together with the record", async () => {
    const world = office();
    const { body } = await world.call("POST", "/crm/objects/2026-03/deals", {
      properties: { dealname: "B", dealstage: "contractsent" },
      associations: [{ to: { id: world.firm }, types: defined(5) }],
    });
    expect(await typesOf(world, "deals", body.id, "companies")).toEqual({ [world.firm]: [5, 341] });
  });

  it("that cannot be made leaves no record behind", async () => {
    const world = office();
    const { status } = await world.call("POST", "/crm/objects/2026-03/deals", {
      properties: { dealname: "B", dealstage: "contractsent" },
      associations: [{ to: { id: "9" }, types: defined(5) }],
    });
    expect([status, world.double.records("deals").length]).toEqual([400, 1]);
  });

  it("is named by each of its types in a read of the record", async () => {
    const world = office();
    world.hand.associate("contacts", world.contact, "companies", world.firm, 1);
    world.hand.associate("contacts", world.contact, "deals", world.deal);
    const path = `/crm/objects/2026-03/contacts/${world.contact}?associations=companies,deals`;
    expect((await world.call("GET", path)).body.associations).toEqual({
      companies: {
        results: [
          { id: world.firm, type: "contact_to_company_unlabeled" },
          { id: world.firm, type: "contact_to_company" },
        ],
      },
      deals: { results: [{ id: world.deal, type: "contact_to_deal" }] },
    });
  });
});

describe("the primary company", () => {
  it("is one: a new one takes the label from the old", async () => {
    const world = office();
    world.hand.associate("contacts", world.contact, "companies", world.firm, 1);
    world.hand.associate("contacts", world.contact, "companies", world.other, 1);
    expect(await typesOf(world, "contacts", world.contact, "companies")).toEqual({
      [world.firm]: [279],
      [world.other]: [1, 279],
    });
  });

  it("may be the same for many", async () => {
    const world = office();
    const second = world.hand.create("contacts", { email: "b@example.com" });
    for (const id of [world.contact, second]) {
      world.hand.associate("contacts", id, "companies", world.firm, 1);
    }
    expect(await typesOf(world, "companies", world.firm, "contacts")).toEqual({
      [world.contact]: [2, 280],
      [second]: [2, 280],
    });
  });
});

describe("a batch", () => {
  it("reads many records, and names those that have none", async () => {
    const world = office();
    world.hand.associate("deals", world.deal, "contacts", world.contact);
    const inputs = [{ id: world.deal }, { id: "999" }];
    const { status, body } = await world.call("POST", `${v4}/deals/contacts/batch/read`, {
      inputs,
    });
    expect(status).toBe(207);
    expect(body.results).toMatchObject([
      { from: { id: world.deal }, to: [{ toObjectId: world.contact }] },
    ]);
    expect(body.errors[0].context.fromObjectId).toEqual(["999"]);
  });

  it("makes, unlabels and removes pairs", async () => {
    const world = office();
    const pair = { from: { id: world.contact }, to: { id: world.firm } };
    const types = defined(1);
    await world.call("POST", `${v4}/contacts/companies/batch/create`, {
      inputs: [{ ...pair, types }],
    });
    expect(await typesOf(world, "contacts", world.contact, "companies")).toEqual({
      [world.firm]: [1, 279],
    });
    await world.call("POST", `${v4}/contacts/companies/batch/labels/archive`, {
      inputs: [{ ...pair, types }],
    });
    expect(await typesOf(world, "contacts", world.contact, "companies")).toEqual({
      [world.firm]: [279],
    });
    const gone = { from: pair.from, to: [pair.to] };
    await world.call("POST", `${v4}/contacts/companies/batch/archive`, { inputs: [gone] });
    expect(await typesOf(world, "contacts", world.contact, "companies")).toEqual({});
  });

  it("takes 1,000 reads and 2,000 writes", async () => {
    const world = office();
    const ids = Array.from({ length: 1_001 }, (_, index) => ({ id: String(index) }));
    const read = await world.call("POST", `${v4}/contacts/companies/batch/read`, { inputs: ids });
    const pairs = Array.from({ length: 2_001 }, () => ({ from: { id: "1" }, to: { id: "2" } }));
    const path = `${v4}/contacts/companies/batch/associate/default`;
    expect([read.status, (await world.call("POST", path, { inputs: pairs })).status]).toEqual([
      400, 400,
    ]);
  });
});

it("a label of the portal makes a type each way", async () => {
  const world = office();
  const created = await world.call("POST", `${v4}/contacts/companies/labels`, {
    label: "Billing contact",
    name: "billing_contact",
    inverseLabel: "Billed company",
  });
  const [forth, back] = created.body.results;
  expect(created.body.results).toMatchObject([
    { category: "USER_DEFINED", label: "Billing contact" },
    { category: "USER_DEFINED", label: "Billed company" },
  ]);
  world.hand.associate("contacts", world.contact, "companies", world.firm, forth.typeId);
  expect(await typesOf(world, "companies", world.firm, "contacts")).toEqual({
    [world.contact]: [280, back.typeId].toSorted((a, b) => a - b),
  });
  const labels = await world.call("GET", `${v4}/contacts/companies/labels`);
  expect(labels.body.results.map((each: { label: string | null }) => each.label)).toEqual([
    null,
    "Primary",
    "Billing contact",
  ]);
});

it("a merge takes associations along, but no primary label of the one that loses", async () => {
  const world = office();
  const second = world.hand.create("contacts", { email: "b@example.com" });
  world.hand.associate("contacts", world.contact, "companies", world.firm, 1);
  world.hand.associate("contacts", second, "companies", world.other, 1);
  world.hand.associate("contacts", second, "deals", world.deal);
  const merged = world.hand.merge("contacts", world.contact, second);
  expect(await typesOf(world, "contacts", merged, "companies")).toEqual({
    [world.firm]: [1, 279],
    [world.other]: [279],
  });
  expect(world.hand.associated("deals", world.deal, "contacts")).toEqual([merged]);
});

it("an archived record is listed among the associated only once restored", async () => {
  const world = office();
  world.hand.associate("contacts", world.contact, "companies", world.firm);
  world.hand.archive("companies", world.firm);
  expect(world.hand.associated("contacts", world.contact, "companies")).toEqual([]);
  world.hand.restore("companies", world.firm);
  expect(world.hand.associated("contacts", world.contact, "companies")).toEqual([world.firm]);
});

it("a custom object is associated by the types its schema made", async () => {
  const world = office();
  const typeId = world.double.admin.defineObject({
    name: "site",
    labels: { singular: "Site", plural: "Sites" },
    requiredProperties: ["site_name"],
    properties: [{ name: "site_name", label: "Name", type: "string", fieldType: "text" }],
    associatedObjects: ["companies"],
  });
  const site = world.hand.create(typeId, { site_name: "North" });
  world.hand.associate(typeId, site, "companies", world.firm);
  expect(world.hand.associated("companies", world.firm, typeId)).toEqual([site]);
});
