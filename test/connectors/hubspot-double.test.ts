/** The double writes, reads, merges and deletes records as HubSpot is documented to. */
import { describe, expect, it } from "vitest";
import { type Fixture, fixture } from "./hubspot-fixture.ts";

const contacts = "/crm/objects/2026-03/contacts";
const deals = "/crm/objects/2026-03/deals";
const ada = { email: "ada@example.com", firstname: "Ada", lastname: "Okafor" };

async function held(world: Fixture, path: string, id: string, ...names: string[]) {
  const { body } = await world.call("GET", `${path}/${id}?properties=${names.join(",")}`);
  return Object.fromEntries(names.map((name) => [name, body.properties[name]]));
}

describe("a value written", () => {
  const cases = [
    { type: "contacts", name: "email", given: "  Ada@Example.COM ", kept: "ada@example.com" },
    { type: "contacts", name: "firstname", given: "  Zoë ", kept: "Zoë" },
    { type: "contacts", name: "phone", given: "(415) 555-0100", kept: "(415) 555-0100" },
    { type: "contacts", name: "date_of_birth", given: "1990-02-28", kept: "1990-02-28" },
    { type: "contacts", name: "date_of_birth", given: 636163200000, kept: "1990-02-28" },
    { type: "contacts", name: "newsletter", given: true, kept: "true" },
    {
      type: "contacts",
      name: "product_interest",
      given: "training;hardware;training",
      kept: "training;hardware",
    },
    {
      type: "companies",
      name: "domain",
      given: "https://www.Ex-Ample.com/a?b",
      kept: "ex-ample.com",
    },
    { type: "deals", name: "amount", given: "01500.50", kept: "1500.5" },
    { type: "deals", name: "amount", given: 99, kept: "99" },
    { type: "deals", name: "amount", given: "-0.00", kept: "0" },
    { type: "deals", name: "closedate", given: "2026-12-01", kept: "2026-12-01T00:00:00Z" },
    { type: "deals", name: "closedate", given: "1796083200000", kept: "2026-12-01T00:00:00Z" },
    {
      type: "deals",
      name: "closedate",
      given: "2026-12-01T10:30:00.120+02:00",
      kept: "2026-12-01T08:30:00.120Z",
    },
  ] as const;

  it.each(cases)(
    "to $type.$name as $given is read as $kept",
    async ({ type, name, given, kept }) => {
      const world = fixture();
      const needed = {
        contacts: ada,
        companies: { name: "A" },
        deals: { dealname: "A", dealstage: "contractsent" },
      };
      const path = `/crm/objects/2026-03/${type}`;
      const { body } = await world.call("POST", path, {
        properties: { ...needed[type], [name]: given },
      });
      expect(await held(world, path, body.id, name)).toEqual({ [name]: kept });
    },
  );

  const refusals = [
    { type: "contacts", properties: { email: "nonsense" }, code: "INVALID_EMAIL" },
    { type: "contacts", properties: { ...ada, nothing: "1" }, code: "PROPERTY_DOESNT_EXIST" },
    {
      type: "contacts",
      properties: { ...ada, lifecyclestage: "Customer" },
      code: "INVALID_OPTION",
    },
    { type: "contacts", properties: { ...ada, hs_object_id: "7" }, code: "READ_ONLY_VALUE" },
    { type: "contacts", properties: { ...ada, hs_email_domain: "x" }, code: "READ_ONLY_VALUE" },
    { type: "contacts", properties: { ...ada, hubspot_owner_id: "9" }, code: "INVALID_OWNER_ID" },
    {
      type: "contacts",
      properties: { ...ada, date_of_birth: "1796083260000" },
      code: "INVALID_DATE",
    },
    { type: "deals", properties: { dealname: "A", dealstage: "sold" }, code: "INVALID_OPTION" },
    {
      type: "deals",
      properties: { dealname: "A", dealstage: "closedwon", amount: "1,000" },
      code: "INVALID_DOUBLE",
    },
    {
      type: "deals",
      properties: { dealname: "A", dealstage: "closedwon", closedate: "soon" },
      code: "INVALID_LONG",
    },
  ] as const;

  it.each(refusals)("is refused with $code: $properties", async ({ type, properties, code }) => {
    const world = fixture();
    const answer = await world.call("POST", `/crm/objects/2026-03/${type}`, { properties });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      status: "error",
      category: "VALIDATION_ERROR",
      errors: [{ code }],
    });
    const [inner] = JSON.parse(answer.body.message.replace("Property values were not valid: ", ""));
    expect(inner).toMatchObject({ isValid: false, error: code, portalId: 12345678 });
    expect(world.double.records(type)).toEqual([]);
  });

  it("that is empty clears, one that is null changes nothing", async () => {
    const world = fixture();
    const id = world.double
      .person(71001)
      .create("contacts", { ...ada, phone: "1", jobtitle: "CEO" });
    const { body } = await world.call("PATCH", `${contacts}/${id}`, {
      properties: { phone: "", jobtitle: null },
    });
    expect(body.properties.phone).toBe("");
    expect(await held(world, contacts, id, "phone", "jobtitle")).toEqual({
      phone: null,
      jobtitle: "CEO",
    });
  });

  it("that is cleared may be missing from the answer", async () => {
    const world = fixture({ clearedInAnswers: "omitted" });
    const id = world.double.person(71001).create("contacts", { ...ada, phone: "1" });
    const { body } = await world.call("PATCH", `${contacts}/${id}`, { properties: { phone: "" } });
    expect(body.properties).not.toHaveProperty("phone");
  });

  it.each([
    { given: ";hardware", kept: "service;hardware" },
    { given: "hardware", kept: "hardware" },
  ])("to options as $given leaves $kept", async ({ given, kept }) => {
    const world = fixture();
    const properties = { ...ada, product_interest: "service" };
    const id = world.double.person(71001).create("contacts", properties);
    await world.call("PATCH", `${contacts}/${id}`, { properties: { product_interest: given } });
    expect(await held(world, contacts, id, "product_interest")).toEqual({ product_interest: kept });
  });
});

describe("the lifecycle stage", () => {
  const write = (world: Fixture, id: string, lifecyclestage: string) =>
    world.call("PATCH", `${contacts}/${id}`, { properties: { lifecyclestage } });

  it("is lead on a new contact", async () => {
    const world = fixture();
    const { body } = await world.call("POST", contacts, { properties: ada });
    expect(body.properties.lifecyclestage).toBe("lead");
  });

  it("never moves back: such a write is answered 200 and ignored", async () => {
    const world = fixture();
    const id = world.double
      .person(71001)
      .create("contacts", { ...ada, lifecyclestage: "customer" });
    const { status, body } = await write(world, id, "lead");
    expect([status, body.properties.lifecyclestage]).toEqual([200, "customer"]);
  });

  it("moves back once it was cleared", async () => {
    const world = fixture();
    const id = world.double
      .person(71001)
      .create("contacts", { ...ada, lifecyclestage: "customer" });
    await write(world, id, "");
    await write(world, id, "lead");
    expect(await held(world, contacts, id, "lifecyclestage")).toEqual({ lifecyclestage: "lead" });
  });

  it("may instead be refused, by option", async () => {
    const world = fixture({ lifecycleBackwards: "refused" });
    const id = world.double
      .person(71001)
      .create("contacts", { ...ada, lifecyclestage: "customer" });
    expect((await write(world, id, "lead")).status).toBe(400);
  });
});

describe("property history", () => {
  it("names when and who, newest first, and keeps quiet about equal values", async () => {
    const world = fixture();
    const id = world.double.person(71001).create("contacts", { ...ada, phone: "1" });
    world.clock.now += 1_000;
    await world.call("PATCH", `${contacts}/${id}`, { properties: { phone: "2" } });
    world.clock.now += 1_000;
    world.double.automation.update("contacts", id, { phone: "2" });
    world.double.automation.update("contacts", id, { phone: "" });
    const { body } = await world.call("GET", `${contacts}/${id}?propertiesWithHistory=phone`);
    expect(body.propertiesWithHistory.phone).toEqual([
      expect.objectContaining({
        value: "",
        timestamp: "2026-11-23T09:00:02Z",
        sourceType: "AUTOMATION_PLATFORM",
      }),
      {
        value: "2",
        timestamp: "2026-11-23T09:00:01Z",
        sourceType: "INTEGRATION",
        sourceId: "987654",
      },
      {
        value: "1",
        timestamp: "2026-11-23T09:00:00Z",
        sourceType: "CRM_UI",
        sourceId: "userId:71001",
        updatedByUserId: 71001,
      },
    ]);
  });

  it.each([
    { type: "contacts", created: ada, name: "phone", kept: 45 },
    {
      type: "deals",
      created: { dealname: "A", dealstage: "contractsent" },
      name: "amount",
      kept: 20,
    },
  ])("of $type keeps $kept versions", async ({ type, created, name, kept }) => {
    const world = fixture();
    const hand = world.double.person(71001);
    const id = hand.create(type, created);
    for (let value = 1; value <= 60; value += 1) hand.update(type, id, { [name]: value });
    const { body } = await world.call(
      "GET",
      `/crm/objects/2026-03/${type}/${id}?propertiesWithHistory=${name}`,
    );
    expect(body.propertiesWithHistory[name]).toHaveLength(kept);
  });

  it("is read for 50 records a call at most", async () => {
    const world = fixture();
    const inputs = Array.from({ length: 51 }, (_, index) => ({ id: String(index) }));
    const answer = await world.call("POST", `${contacts}/batch/read`, {
      inputs,
      propertiesWithHistory: ["email"],
    });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain("50 records");
  });
});

describe("a deal", () => {
  it("needs a name and a stage", async () => {
    const world = fixture();
    const { status, body } = await world.call("POST", deals, { properties: { amount: "1" } });
    expect([status, body.message, body.context.properties]).toEqual([
      400,
      "Error creating DEAL. Some required properties were not set.",
      ["dealname", "dealstage"],
    ]);
  });

  it("gets its close date when it is closed, unless the same write sets one", async () => {
    const world = fixture();
    const hand = world.double.person(71001);
    const early = { dealname: "A", dealstage: "contractsent", closedate: "2027-01-01" };
    const [one, two] = [hand.create("deals", early), hand.create("deals", early)];
    hand.update("deals", one, { dealstage: "closedwon" });
    hand.update("deals", two, { dealstage: "closedlost", closedate: "2026-11-01" });
    expect(await held(world, deals, one, "closedate", "hs_is_closed_won")).toEqual({
      closedate: "2026-11-23T09:00:00Z",
      hs_is_closed_won: "true",
    });
    expect(await held(world, deals, two, "closedate", "hs_is_closed_won")).toEqual({
      closedate: "2026-11-01T00:00:00Z",
      hs_is_closed_won: "false",
    });
  });
});

describe("a batch", () => {
  const inputs = [
    { properties: { email: "one@example.com" }, objectWriteTraceId: "a" },
    { properties: { email: "nonsense" }, objectWriteTraceId: "b" },
    { properties: { email: "one@example.com" }, objectWriteTraceId: "c" },
  ];

  it("of creates with trace ids is answered row by row", async () => {
    const world = fixture();
    const { status, body } = await world.call("POST", `${contacts}/batch/create`, { inputs });
    expect(status).toBe(207);
    expect(
      body.results.map((each: { objectWriteTraceId: string }) => each.objectWriteTraceId),
    ).toEqual(["a"]);
    expect(body.numErrors).toBe(2);
    expect(body.errors).toMatchObject([
      { category: "VALIDATION_ERROR", context: { objectWriteTraceId: ["b"] } },
      { category: "CONFLICT", context: { objectWriteTraceId: ["c"] } },
    ]);
  });

  it("without trace ids is refused whole", async () => {
    const world = fixture();
    const plain = inputs.map(({ properties }) => ({ properties }));
    const { status } = await world.call("POST", `${contacts}/batch/create`, { inputs: plain });
    expect(status).toBe(400);
    expect(world.double.records("contacts")).toEqual([]);
  });

  it("is answered by id, not in the order asked for", async () => {
    const world = fixture();
    const hand = world.double.person(71001);
    const ids = ["a@x.co", "b@x.co", "c@x.co"].map((email) => hand.create("contacts", { email }));
    const asked = [ids[2], ids[0], ids[1]].map((id) => ({ id }));
    const { body } = await world.call("POST", `${contacts}/batch/read`, { inputs: asked });
    expect(body.results.map((each: { id: string }) => each.id)).toEqual(ids);
  });

  it("of reads names the ids it does not find, in a 207", async () => {
    const world = fixture();
    const id = world.double.person(71001).create("contacts", ada);
    const { status, body } = await world.call("POST", `${contacts}/batch/read`, {
      inputs: [{ id }, { id: "7" }, { id: "8" }],
    });
    expect(status).toBe(207);
    expect(body.errors).toEqual([
      {
        status: "error",
        category: "OBJECT_NOT_FOUND",
        message: expect.stringMatching(
          /^Could not get some CONTACT objects, .* Check that ids are valid\.$/,
        ),
        context: { ids: ["7", "8"] },
      },
    ]);
  });

  it("of more than a hundred is refused", async () => {
    const world = fixture();
    const many = Array.from({ length: 101 }, (_, index) => ({ id: String(index) }));
    expect((await world.call("POST", `${contacts}/batch/read`, { inputs: many })).status).toBe(400);
  });

  it("of updates that names a record twice is refused", async () => {
    const world = fixture();
    const id = world.double.person(71001).create("contacts", ada);
    const twice = [1, 2].map((phone) => ({ id, properties: { phone } }));
    const { status, body } = await world.call("POST", `${contacts}/batch/update`, {
      inputs: twice,
    });
    expect([status, body.message]).toEqual([400, `Duplicate IDs found in batch input: [${id}]`]);
  });
});

describe("an upsert by a unique property", () => {
  const upsert = (world: Fixture, inputs: unknown) =>
    world.call("POST", `${contacts}/batch/upsert`, { inputs });
  const keyed = (id: string, properties: object, trace?: string) => ({
    id,
    idProperty: "crm_sync_key",
    properties,
    ...(trace === undefined ? {} : { objectWriteTraceId: trace }),
  });

  it("creates once and updates after that", async () => {
    const world = fixture();
    const first = await upsert(world, [keyed("k", ada)]);
    const second = await upsert(world, [keyed("k", { firstname: "Eve" })]);
    expect([first.body.results[0].new, second.body.results[0].new]).toEqual([true, false]);
    expect(world.double.records("contacts")).toHaveLength(1);
    expect(second.body.results[0].properties).toMatchObject({
      crm_sync_key: "k",
      firstname: "Eve",
    });
  });

  it("meets an address somebody has with 409 in its row", async () => {
    const world = fixture();
    const id = world.double.person(71001).create("contacts", ada);
    const { status, body } = await upsert(world, [keyed("k", ada, "t")]);
    expect([status, body.errors[0].message]).toEqual([
      207,
      `Contact already exists. Existing ID: ${id}`,
    ]);
  });

  it("by e-mail address is all or nothing, trace ids or not", async () => {
    const world = fixture();
    const { status } = await upsert(world, [
      { id: "new@example.com", idProperty: "email", properties: {}, objectWriteTraceId: "1" },
      { id: "nonsense", idProperty: "email", properties: {}, objectWriteTraceId: "2" },
    ]);
    expect([status, world.double.records("contacts")]).toEqual([400, []]);
  });

  it("by a property that is not unique is refused", async () => {
    const world = fixture();
    expect((await upsert(world, [{ id: "x", idProperty: "phone", properties: {} }])).status).toBe(
      400,
    );
  });
});

describe("a unique value", () => {
  it("belongs to one record, whatever its case", async () => {
    const world = fixture();
    const hand = world.double.person(71001);
    const one = hand.create("contacts", ada);
    const two = hand.create("contacts", { email: "two@example.com" });
    const { status, body } = await world.call("PATCH", `${contacts}/${two}`, {
      properties: { email: "ADA@example.com" },
    });
    expect([status, body.message]).toEqual([409, `Contact already exists. Existing ID: ${one}`]);
  });

  it("is free again once its record is archived, which then cannot be restored", async () => {
    const world = fixture();
    const hand = world.double.person(71001);
    const one = hand.create("contacts", ada);
    await world.call("DELETE", `${contacts}/${one}`);
    const two = hand.create("contacts", ada);
    expect(() => hand.restore("contacts", one)).toThrow(`Existing ID: ${two}`);
    hand.archive("contacts", two);
    hand.restore("contacts", one);
    expect((await world.call("GET", `${contacts}/${one}`)).status).toBe(200);
  });

  it("includes secondary addresses, which search does not find", async () => {
    const world = fixture();
    const hand = world.double.person(71001);
    const id = hand.create("contacts", ada);
    hand.addEmail(id, "second@example.com");
    const again = await world.call("POST", contacts, {
      properties: { email: "second@example.com" },
    });
    expect(again.body.message).toBe(`Contact already exists. Existing ID: ${id}`);
    const byAddress = await world.call("GET", `${contacts}/second@example.com?idProperty=email`);
    expect(byAddress.body.id).toBe(id);
    const filters = [{ propertyName: "email", operator: "EQ", value: "second@example.com" }];
    const found = await world.call("POST", `${contacts}/search`, { filterGroups: [{ filters }] });
    expect(found.body.total).toBe(0);
  });
});

describe("an update", () => {
  it("of nothing is refused, of nulls not", async () => {
    const world = fixture();
    const id = world.double.person(71001).create("contacts", ada);
    const patch = (properties: object) => world.call("PATCH", `${contacts}/${id}`, { properties });
    expect((await patch({})).body.message).toBe(
      "No properties found to update, please provide at least one.",
    );
    expect((await patch({ phone: null })).status).toBe(200);
  });

  it("to a unique value that another record has is refused in HubSpot's words", async () => {
    const world = fixture();
    const hand = world.double.person(71001);
    const one = hand.create("contacts", { ...ada, crm_sync_key: "k" });
    const two = hand.create("contacts", { email: "two@example.com" });
    const properties = { crm_sync_key: "k" };
    const { status, body } = await world.call("PATCH", `${contacts}/${two}`, { properties });
    expect([status, body.category]).toEqual([400, "VALIDATION_ERROR"]);
    expect(body.message).toMatch(
      /^Cannot set PropertyValueCoordinates\{.*propertyName=crm_sync_key/,
    );
    expect(body.message).toContain(`on ${two}. ${one} already has that value.`);
  });
});

it("a day somebody picks for a close date begins at the account's midnight", async () => {
  const world = fixture({ timeZone: "America/New_York" });
  const hand = world.double.person(71001);
  const id = hand.create("deals", {
    dealname: "A",
    dealstage: "contractsent",
    closedate: "2026-12-01",
  });
  expect(await held(world, deals, id, "closedate")).toEqual({ closedate: "2026-12-01T05:00:00Z" });
});

describe("an archived record", () => {
  it("is found only by those who ask for archived ones, and keeps its modified date", async () => {
    const world = fixture();
    const id = world.double.person(71001).create("contacts", ada);
    world.clock.now += 60_000;
    expect((await world.call("DELETE", `${contacts}/${id}`)).status).toBe(204);
    expect((await world.call("GET", `${contacts}/${id}`)).body.message).toBe("resource not found");
    expect((await world.call("GET", contacts)).body.results).toEqual([]);
    const bin = await world.call("GET", `${contacts}?archived=true`);
    expect(bin.body.results).toMatchObject([
      { id, archived: true, archivedAt: "2026-11-23T09:01:00Z", updatedAt: "2026-11-23T09:00:00Z" },
    ]);
    expect(
      (await world.call("PATCH", `${contacts}/${id}`, { properties: { phone: "1" } })).status,
    ).toBe(404);
    expect((await world.call("DELETE", `${contacts}/${id}`)).status).toBe(204);
  });

  it("is gone after ninety days", () => {
    const world = fixture();
    const hand = world.double.person(71001);
    const id = hand.create("contacts", ada);
    hand.archive("contacts", id);
    world.clock.now += 90 * 86_400_000 + 1;
    expect(() => hand.restore("contacts", id)).toThrow("resource not found");
  });
});

describe("a merge", () => {
  const merged = (world: Fixture) => {
    const hand = world.double.person(71001);
    const one = hand.create("contacts", { ...ada, phone: "1" });
    const two = hand.create("contacts", { email: "two@example.com", phone: "2", jobtitle: "CEO" });
    return { hand, one, two, id: hand.merge("contacts", one, two) };
  };

  it("makes a record with a new id that both old ids stand for, one at a time", async () => {
    const world = fixture();
    const { one, two, id } = merged(world);
    const names = "phone,jobtitle,email,hs_additional_emails,hs_merged_object_ids";
    for (const old of [one, two]) {
      const { body } = await world.call("GET", `${contacts}/${old}?properties=${names}`);
      expect([body.id, body.properties]).toMatchObject([
        id,
        {
          phone: "1",
          jobtitle: "CEO",
          email: "ada@example.com",
          hs_additional_emails: "two@example.com",
          hs_merged_object_ids: `${one};${two}`,
        },
      ]);
    }
    const patched = await world.call("PATCH", `${contacts}/${two}`, { properties: { phone: "3" } });
    expect(patched.body.id).toBe(id);
  });

  it("leaves old ids out of a batch update without a word", async () => {
    const world = fixture();
    const { one } = merged(world);
    const inputs = [{ id: one, properties: { phone: "9" }, objectWriteTraceId: "t" }];
    const { status, body } = await world.call("POST", `${contacts}/batch/update`, { inputs });
    expect([status, body.results, body.errors]).toEqual([200, [], undefined]);
  });

  it("of a merged record keeps every id it ever had", async () => {
    const world = fixture();
    const { hand, one, two, id } = merged(world);
    const three = hand.create("contacts", { email: "three@example.com" });
    const last = hand.merge("contacts", three, id);
    for (const old of [one, two, three, id]) {
      expect((await world.call("GET", `${contacts}/${old}`)).body.id).toBe(last);
    }
    const { hs_merged_object_ids } = await held(world, contacts, last, "hs_merged_object_ids");
    expect(hs_merged_object_ids).toBe([three, one, two, id].join(";"));
  });

  it("of a record with itself is refused", async () => {
    const world = fixture();
    const id = world.double.person(71001).create("contacts", ada);
    const same = { primaryObjectId: id, objectIdToMerge: id };
    expect((await world.call("POST", `${contacts}/merge`, same)).status).toBe(400);
  });
});

describe("a deletion for privacy", () => {
  it("leaves nothing, not even among the archived, and blocks the address", async () => {
    const world = fixture();
    const id = world.double.person(71001).create("contacts", ada);
    const gone = await world.call("POST", `${contacts}/gdpr-delete`, {
      objectId: ada.email,
      idProperty: "email",
    });
    expect(gone.status).toBe(204);
    expect((await world.call("GET", `${contacts}/${id}`)).status).toBe(404);
    expect((await world.call("GET", `${contacts}?archived=true`)).body.results).toEqual([]);
    expect((await world.call("POST", contacts, { properties: ada })).status).toBe(400);
    expect(JSON.stringify(world.double.portal.state.records)).not.toContain("ada@");
  });

  it("leaves no association behind", () => {
    const { double } = fixture();
    const hand = double.person(71001);
    const id = hand.create("contacts", ada);
    hand.associate("contacts", id, "companies", hand.create("companies", { name: "Firm" }));
    hand.privacyDelete(id);
    expect(Object.values(double.portal.state.associations).flat()).toEqual([]);
  });
});

describe("ids", () => {
  it("name a contact and a deal alike", () => {
    const hand = fixture().double.person(71001);
    const deal = hand.create("deals", { dealname: "A", dealstage: "contractsent" });
    expect(hand.create("contacts", ada)).toBe(deal);
  });

  it.each([
    {
      id: "abc",
      message: "Object not found.  objectId are usually numeric.",
      category: "OBJECT_NOT_FOUND",
    },
    { id: "999", message: "resource not found", category: undefined },
  ])("that lead nowhere are answered 404: $id", async ({ id, message, category }) => {
    const { status, body } = await fixture().call("GET", `${contacts}/${id}`);
    expect([status, body.message, body.category]).toEqual([404, message, category]);
  });
});

it("a list is walked by an opaque position", async () => {
  const world = fixture();
  const hand = world.double.person(71001);
  const ids = Array.from({ length: 25 }, (_, index) =>
    hand.create("contacts", { email: `c${index}@x.co` }),
  );
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const query = after === undefined ? "" : `&after=${after}`;
    const { body } = await world.call("GET", `${contacts}?limit=10${query}`);
    seen.push(...body.results.map((each: { id: string }) => each.id));
    after = body.paging?.next.after;
  } while (after !== undefined);
  expect(seen).toEqual(ids);
});

it.each([
  { what: "no JSON", body: "{", message: "Invalid input JSON on line 1, column 1" },
  {
    what: "no properties",
    body: "{}",
    message: "Invalid input JSON on line 1, column 2: properties",
  },
])("a body that is $what is refused", async ({ body, message }) => {
  const { double } = fixture();
  const headers = { authorization: "Bearer pat-test" };
  const request = new Request(`https://api.hubapi.com${contacts}`, {
    method: "POST",
    headers,
    body,
  });
  const answer = await double.fetch(request);
  expect(answer.status).toBe(400);
  expect(((await answer.json()) as { message: string }).message).toContain(message);
});

it("an old path and a dated one are the same", async () => {
  const world = fixture();
  const id = world.double.person(71001).create("contacts", ada);
  const paths = ["/crm/v3/objects/contacts", "/crm/objects/2026-09/0-1", "/crm/objects/v3/CONTACT"];
  for (const path of paths) {
    expect((await world.call("GET", `${path}/${id}`)).body.properties.email).toBe(ada.email);
  }
});

it("a snapshot brings everything back, unique values and webhooks under way too", async () => {
  const world = fixture();
  const hand = world.double.person(71001);
  const id = hand.create("contacts", ada);
  const snapshot = JSON.parse(JSON.stringify(world.double.snapshot()));
  hand.privacyDelete(id);
  await world.double.pump();
  const other = fixture();
  const before = other.double.person(71001);
  other.double.restore(snapshot);
  expect((await other.call("POST", contacts, { properties: ada })).status).toBe(409);
  before.update("contacts", id, { phone: "1" });
  expect(await held(other, contacts, id, "phone")).toEqual({ phone: "1" });
  expect((await other.events()).length).toBeGreaterThan(0);
});

it("a new contact gets a company by its domain, where the account is set up so", () => {
  const { double } = fixture({ autoCompanies: true });
  const hand = double.person(71001);
  const [one, two] = [
    hand.create("contacts", ada),
    hand.create("contacts", { email: "b@example.com" }),
  ];
  const [company] = double.records("companies");
  expect(double.records("companies")).toHaveLength(1);
  expect(company?.properties).toMatchObject({
    domain: "example.com",
    hs_object_source: "AUTO_ASSOCIATE_BY_DOMAIN",
  });
  for (const id of [one, two])
    expect(hand.associated("contacts", id, "companies")).toEqual([company?.id]);
});
