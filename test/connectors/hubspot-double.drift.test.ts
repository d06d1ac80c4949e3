/** The portal's administrator changes definitions, and the API answers accordingly. */
import { describe, expect, it } from "vitest";
import { fixture } from "./hubspot-fixture.ts";

const contacts = "/crm/objects/2026-03/contacts";
const ada = { email: "ada@example.com", jobtitle: "CEO", product_interest: "service" };

function portal() {
  const world = fixture();
  const id = world.double.person(71001).create("contacts", ada);
  const deal = world.double
    .person(71001)
    .create("deals", { dealname: "A", dealstage: "contractsent" });
  return { ...world, id, deal, admin: world.double.admin };
}

it("an archived property is neither read nor written, and comes back with its values", async () => {
  const { admin, call, id } = portal();
  admin.archiveProperty("contacts", "jobtitle");
  const read = () =>
    call("GET", `${contacts}/${id}?properties=jobtitle&propertiesWithHistory=jobtitle`);
  const gone = (await read()).body;
  expect(gone.properties).not.toHaveProperty("jobtitle");
  expect(gone).not.toHaveProperty("propertiesWithHistory");
  const write = await call("PATCH", `${contacts}/${id}`, { properties: { jobtitle: "x" } });
  expect(write.body.errors[0].code).toBe("PROPERTY_DOESNT_EXIST");
  const filters = [{ propertyName: "jobtitle", operator: "HAS_PROPERTY" }];
  expect((await call("POST", `${contacts}/search`, { filterGroups: [{ filters }] })).status).toBe(
    400,
  );
  const list = await call("GET", "/crm/properties/2026-03/contacts");
  expect(list.body.results.map((each: { name: string }) => each.name)).not.toContain("jobtitle");
  admin.unarchiveProperty("contacts", "jobtitle");
  expect((await read()).body.properties.jobtitle).toBe("CEO");
});

it("a property that became a number still holds text, and takes no more of it", async () => {
  const { admin, call, id } = portal();
  admin.retypeProperty("contacts", "jobtitle", "number", "number");
  const definition = await call("GET", "/crm/properties/2026-03/contacts/jobtitle");
  expect(definition.body.type).toBe("number");
  expect(
    (await call("GET", `${contacts}/${id}?properties=jobtitle`)).body.properties.jobtitle,
  ).toBe("CEO");
  const write = await call("PATCH", `${contacts}/${id}`, { properties: { jobtitle: "CTO" } });
  expect(write.body.errors[0].code).toBe("INVALID_DOUBLE");
});

it("an option that was removed stays on records, and is refused when written", async () => {
  const { admin, call, id } = portal();
  admin.setOptions("contacts", "product_interest", ["hardware"]);
  const read = await call("GET", `${contacts}/${id}?properties=product_interest`);
  expect(read.body.properties.product_interest).toBe("service");
  const write = await call("PATCH", `${contacts}/${id}`, {
    properties: { product_interest: "service" },
  });
  expect(write.body.errors[0].code).toBe("INVALID_OPTION");
});

it("a stage removed moves its deals; editing a pipeline touches all in silence", async () => {
  const world = portal();
  await world.events();
  world.sent.length = 0;
  world.clock.now += 60_000;
  world.admin.addStage("deals", "default", "legal", "Legal review");
  const read = () =>
    world.call("GET", `/crm/objects/2026-03/deals/${world.deal}?properties=dealstage`);
  expect((await read()).body.updatedAt).toBe("2026-11-23T09:01:00Z");
  expect(await world.events()).toEqual([]);
  world.admin.removeStage("deals", "default", "contractsent", "legal");
  expect((await read()).body.properties.dealstage).toBe("legal");
  const write = await world.call("PATCH", `/crm/objects/2026-03/deals/${world.deal}`, {
    properties: { dealstage: "contractsent" },
  });
  expect(write.body.message).toContain("is not a valid pipeline stage ID");
});

it("with a second pipeline a deal must say which one", async () => {
  const { admin, call } = portal();
  const stages = [{ id: "new", label: "New", displayOrder: 0, metadata: {} }];
  admin.addPipeline("deals", { id: "renewals", label: "Renewals", displayOrder: 1, stages });
  const create = (properties: object) => call("POST", "/crm/objects/2026-03/deals", { properties });
  expect((await create({ dealname: "B", dealstage: "new" })).status).toBe(400);
  expect((await create({ dealname: "B", dealstage: "new", pipeline: "renewals" })).status).toBe(
    201,
  );
});

describe("a rule of the account", () => {
  const deals = (version: string) => `/crm/objects/${version}/deals`;
  const codes = (body: { errors: { code: string }[] }) => body.errors.map((each) => each.code);

  it("that needs a property while another has a value holds from 2026-09 on", async () => {
    const { admin, call, deal } = portal();
    admin.requireWhen("deals", { property: "dealstage", is: "closedwon", requires: "amount" });
    const win = { properties: { dealstage: "closedwon" } };
    const refused = await call("PATCH", `${deals("2026-09")}/${deal}`, win);
    expect([refused.status, codes(refused.body)]).toEqual([
      400,
      ["MISSING_CONDITIONAL_REQUIRED_PROPERTY"],
    ]);
    expect((await call("PATCH", `${deals("2026-03")}/${deal}`, win)).status).toBe(200);
    const paid = { properties: { dealstage: "closedwon", amount: "1" } };
    expect((await call("PATCH", `${deals("2026-09")}/${deal}`, paid)).status).toBe(200);
  });

  it("that needs a property on creation holds for people, and from 2026-09 on", async () => {
    const { admin, call, double } = portal();
    admin.requireOnCreate("deals", ["amount"]);
    const properties = { dealname: "B", dealstage: "contractsent" };
    const refused = await call("POST", deals("2026-09"), { properties });
    expect(codes(refused.body)).toEqual(["MISSING_REQUIRED_PROPERTY"]);
    expect(refused.body.errors[0].message).toBe("A value for amount must be provided");
    expect((await call("POST", deals("2026-03"), { properties })).status).toBe(201);
    expect(() => double.person(71001).create("deals", properties)).toThrow("invalid");
  });
});

it.each([
  { given: "1990-02-28T13:45:00Z", normalizedValue: "636163200000" },
  { given: "636163200", normalizedValue: "636163200000" },
])("a date sent as $given is taken from 2026-09 on, with a warning", async (row) => {
  const { call, id } = portal();
  const properties = { date_of_birth: row.given };
  const path = `/crm/objects/2026-09/contacts/${id}`;
  const { status, body } = await call("PATCH", path, { properties });
  expect([status, body.properties.date_of_birth]).toEqual([200, "1990-02-28"]);
  expect(body.warnings).toEqual([
    {
      category: "PROPERTY_VALUE_NORMALIZED",
      context: {
        normalizedValue: row.normalizedValue,
        propertyName: "date_of_birth",
        rawValue: row.given,
      },
      message: "date_of_birth was normalized",
    },
  ]);
  expect((await call("PATCH", `${contacts}/${id}`, { properties })).status).toBe(400);
});

it("an owner who left is listed as archived, without a user id", async () => {
  const { admin, call } = portal();
  admin.archiveOwner("381001");
  const live = await call("GET", "/crm/owners/2026-03");
  expect(live.body.results.map((each: { id: string }) => each.id)).toEqual(["381002"]);
  const [left] = (await call("GET", "/crm/owners/2026-03?archived=true")).body.results;
  expect(left).toMatchObject({ id: "381001", userIdIncludingInactive: 71001, archived: true });
  expect(left).not.toHaveProperty("userId");
});

it("an object has ten unique properties at most, made in a group that exists", async () => {
  const { call } = portal();
  const create = (name: string, groupName: string) =>
    call("POST", "/crm/properties/2026-03/deals", {
      name,
      label: name,
      type: "string",
      fieldType: "text",
      groupName,
      hasUniqueValue: true,
    });
  expect((await create("u0", "nowhere")).status).toBe(400);
  const statuses: number[] = [];
  for (let index = 1; index <= 10; index += 1) {
    statuses.push((await create(`u${index}`, "dealinformation")).status);
  }
  // crm_sync_key is one already.
  expect(statuses).toEqual([201, 201, 201, 201, 201, 201, 201, 201, 201, 400]);
  expect((await create("u1", "dealinformation")).status).toBe(409);
});
