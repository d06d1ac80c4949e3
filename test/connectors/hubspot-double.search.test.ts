/** Search in the double has the limits and the lag that HubSpot documents. */
import { describe, expect, it } from "vitest";
import { type Fixture, fixture } from "./hubspot-fixture.ts";

const path = "/crm/objects/2026-03/contacts/search";
const minuteMs = 60_000;

function people(world: Fixture): string[] {
  const hand = world.double.person(71001);
  return [
    hand.create("contacts", {
      email: "ada@one.example",
      firstname: "Ada",
      phone: "1",
      newsletter: "true",
    }),
    hand.create("contacts", {
      email: "ben@two.example",
      firstname: "Ben",
      date_of_birth: "1990-02-28",
    }),
    hand.create("contacts", { email: "eve@two.example", lastname: "Van der Berg", phone: "22" }),
  ];
}

async function found(world: Fixture, filters: unknown[], more: object = {}): Promise<string[]> {
  world.clock.now += 1_000;
  const { body } = await world.call("POST", path, { filterGroups: [{ filters }], ...more });
  return body.results.map((each: { id: string }) => each.id);
}

describe("a filter", () => {
  const cases = [
    { filter: ["firstname", "EQ", "ada"], hits: [0] },
    { filter: ["firstname", "NEQ", "ada"], hits: [1, 2] },
    { filter: ["email", "IN", undefined, ["ada@one.example", "eve@two.example"]], hits: [0, 2] },
    { filter: ["firstname", "IN", undefined, ["Ada"]], hits: [] },
    { filter: ["firstname", "IN", undefined, ["ada"]], hits: [0] },
    { filter: ["firstname", "NOT_IN", undefined, ["ada"]], hits: [1] },
    { filter: ["phone", "HAS_PROPERTY"], hits: [0, 2] },
    { filter: ["phone", "NOT_HAS_PROPERTY"], hits: [1] },
    { filter: ["email", "CONTAINS_TOKEN", "*@two.example"], hits: [1, 2] },
    { filter: ["lastname", "CONTAINS_TOKEN", "berg"], hits: [2] },
    { filter: ["email", "NOT_CONTAINS_TOKEN", "*two*"], hits: [0] },
    { filter: ["date_of_birth", "LT", "636249600000"], hits: [1] },
    { filter: ["date_of_birth", "GTE", "1990-02-28"], hits: [1] },
    { filter: ["date_of_birth", "GT", "1990-02-28"], hits: [] },
    { filter: ["lastmodifieddate", "GTE", "1795424400000"], hits: [0, 1, 2] },
    { filter: ["newsletter", "EQ", true], hits: [0] },
  ] as const;

  it.each(cases)("$filter finds $hits", async ({ filter, hits }) => {
    const world = fixture();
    const ids = people(world);
    const [propertyName, operator, value, values] = filter;
    const wanted = { propertyName, operator, value, values };
    expect(await found(world, [wanted])).toEqual(hits.map((hit) => ids[hit]));
  });

  it("BETWEEN takes both ends", async () => {
    const world = fixture();
    const ids = people(world);
    const between = {
      propertyName: "hs_object_id",
      operator: "BETWEEN",
      value: ids[0],
      highValue: ids[1],
    };
    expect(await found(world, [between])).toEqual(ids.slice(0, 2));
  });

  it("on the modified date of other objects finds no contact, and no fault", async () => {
    const world = fixture();
    people(world);
    const wrong = { propertyName: "hs_lastmodifieddate", operator: "GTE", value: "0" };
    expect(await found(world, [wrong])).toEqual([]);
  });

  it("on an association finds the records that have it", async () => {
    const world = fixture();
    const [one] = people(world);
    const hand = world.double.person(71001);
    const company = hand.create("companies", { name: "Firm" });
    hand.associate("contacts", one!, "companies", company);
    const filter = { propertyName: "associations.company", operator: "EQ", value: company };
    expect(await found(world, [filter])).toEqual([one]);
  });

  it("groups are alternatives, filters in a group conditions", async () => {
    const world = fixture();
    const ids = people(world);
    const ada = { propertyName: "firstname", operator: "EQ", value: "ada" };
    const ben = { propertyName: "firstname", operator: "EQ", value: "ben" };
    world.clock.now += 1_000;
    const { body } = await world.call("POST", path, {
      filterGroups: [{ filters: [ada, ben] }, { filters: [ben] }],
    });
    expect(body.results.map((each: { id: string }) => each.id)).toEqual([ids[1]]);
  });
});

describe("a search that asks for too much is refused", () => {
  const filter = { propertyName: "email", operator: "EQ", value: "x" };
  const times = <T>(count: number, value: T) => Array.from({ length: count }, () => value);
  const cases = [
    { what: "six groups", body: { filterGroups: times(6, { filters: [filter] }) } },
    { what: "seven filters in a group", body: { filterGroups: [{ filters: times(7, filter) }] } },
    { what: "twenty filters", body: { filterGroups: times(5, { filters: times(4, filter) }) } },
    { what: "pages of 201", body: { limit: 201 } },
    { what: "more than 10,000 results", body: { limit: 200, after: "9900" } },
    { what: "a body of 3,001 characters", body: { query: "x".repeat(3_000) } },
    {
      what: "a property that does not exist",
      body: { filterGroups: [{ filters: [{ ...filter, propertyName: "nope" }] }] },
    },
    {
      what: "IN without values",
      body: { filterGroups: [{ filters: [{ ...filter, operator: "IN" }] }] },
    },
    {
      what: "an unknown operator",
      body: { filterGroups: [{ filters: [{ ...filter, operator: "LIKE" }] }] },
    },
  ];

  it.each(cases)("$what", async ({ body }) => {
    expect((await fixture().call("POST", path, body)).status).toBe(400);
  });

  it("the last page within 10,000 is not", async () => {
    expect((await fixture().call("POST", path, { limit: 200, after: 9800 })).status).toBe(200);
  });
});

describe("the index", () => {
  it("knows of a change only after a while: of what is new, changed and archived", async () => {
    const world = fixture({ searchLagMs: minuteMs });
    const hand = world.double.person(71001);
    const id = hand.create("contacts", { email: "ada@one.example", phone: "old" });
    expect(await found(world, [])).toEqual([]);
    world.clock.now += minuteMs;
    expect(await found(world, [])).toEqual([id]);

    hand.update("contacts", id, { phone: "new" });
    const phone = async () => {
      world.clock.now += 1_000;
      return (await world.call("POST", path, { properties: ["phone"] })).body.results[0]?.properties
        .phone;
    };
    expect(await phone()).toBe("old");
    world.clock.now += minuteMs;
    expect(await phone()).toBe("new");

    hand.archive("contacts", id);
    expect(await found(world, [])).toEqual([id]);
    world.clock.now += minuteMs;
    expect(await found(world, [])).toEqual([]);
  });

  it("says null of merged ids, which a read by id says", async () => {
    const world = fixture();
    const [one, two] = people(world);
    const id = world.double.person(71001).merge("contacts", one!, two!);
    const properties = ["hs_merged_object_ids"];
    const filters = [{ propertyName: "hs_object_id", operator: "EQ", value: id }];
    const { body } = await world.call("POST", path, { filterGroups: [{ filters }], properties });
    expect(body.results[0].properties.hs_merged_object_ids).toBeNull();
    const read = await world.call(
      "GET",
      `/crm/objects/2026-03/contacts/${id}?properties=${properties}`,
    );
    expect(read.body.properties.hs_merged_object_ids).toBe(`${one};${two}`);
  });
});

it("25,000 records, many of one time, are all seen by a walk while more come", async () => {
  const world = fixture({ limits: { searchSecondly: 1_000_000 } });
  const hand = world.double.importer;
  for (let index = 0; index < 25_000; index += 1) {
    if (index % 5_000 === 0) world.clock.now += 1;
    hand.create("companies", { name: `Firm ${index}` });
  }
  const all = new Set(world.double.records("companies").map((each) => each.id));
  const seen = new Set<string>();
  let last = "0";
  for (let page = 0; ; page += 1) {
    if (page % 20 === 0) hand.create("companies", { name: `Late ${page}` });
    const { body } = await world.call("POST", "/crm/objects/2026-03/companies/search", {
      filterGroups: [{ filters: [{ propertyName: "hs_object_id", operator: "GT", value: last }] }],
      sorts: [{ propertyName: "hs_object_id", direction: "ASCENDING" }],
      limit: 200,
    });
    for (const { id } of body.results) {
      expect(seen.has(id)).toBe(false);
      seen.add(id);
      last = id;
    }
    if (body.results.length < 200) break;
  }
  expect([...all].every((id) => seen.has(id))).toBe(true);
});
