/** The double tells of changes as HubSpot does: in signed batches, late, twice, in no order. */
import { describe, expect, it } from "vitest";
import { signatureV1, signatureV3 } from "../playground/hubspot/signature.ts";
import { fixture, targetUrl } from "./hubspot-fixture.ts";

const ada = { email: "ada@example.com", firstname: "Ada" };
const minuteMs = 60_000;
const dayMs = 86_400_000;

describe("an event", () => {
  it("of a creation comes with one of every watched property that was set", async () => {
    const world = fixture();
    const id = world.double.person(71001).create("contacts", { ...ada, jobtitle: "unwatched" });
    const events = await world.events();
    expect(events.map((each) => [each.subscriptionType, each.propertyName])).toEqual([
      ["object.creation", undefined],
      ["object.propertyChange", "lifecyclestage"],
      ["object.propertyChange", "email"],
      ["object.propertyChange", "firstname"],
    ]);
    expect(events[2]).toEqual({
      eventId: expect.any(Number),
      subscriptionId: expect.any(Number),
      portalId: 12345678,
      appId: 987654,
      occurredAt: world.clock.now,
      subscriptionType: "object.propertyChange",
      attemptNumber: 0,
      objectId: Number(id),
      propertyName: "email",
      propertyValue: "ada@example.com",
      isSensitive: false,
      objectTypeId: "0-1",
      changeSource: "CRM_UI",
      sourceId: "userId:71001",
    });
  });

  it("of the app's own write comes back, marked as an integration's", async () => {
    const world = fixture();
    await world.call("POST", "/crm/objects/2026-03/contacts", { properties: ada });
    const [event] = await world.events();
    expect(event).toMatchObject({ changeSource: "INTEGRATION", sourceId: "987654" });
  });

  it("of an equal value is not sent", async () => {
    const world = fixture();
    const id = world.double.person(71001).create("contacts", ada);
    await world.events();
    world.sent.length = 0;
    world.double.person(71001).update("contacts", id, { email: "ADA@example.com" });
    expect(await world.events()).toEqual([]);
  });

  it.each([
    { name: "date_of_birth", given: "1990-02-28", told: "636163200000", type: "contacts" },
    { name: "closedate", given: "2026-12-01T08:30:00Z", told: "1796113800000", type: "deals" },
    { name: "amount", given: "12.50", told: "12.5", type: "deals" },
    { name: "amount", given: "", told: "", type: "deals" },
  ])("tells $name $given as $told", async ({ name, given, told, type }) => {
    const world = fixture();
    const hand = world.double.person(71001);
    const first =
      type === "deals" ? { dealname: "A", dealstage: "contractsent", amount: "1" } : ada;
    const id = hand.create(type, first);
    await world.events();
    hand.update(type, id, { [name]: given });
    const event = (await world.events()).at(-1);
    expect([event?.propertyName, event?.propertyValue]).toEqual([name, told]);
  });

  it.each([
    { verb: "archive", told: { subscriptionType: "object.deletion", changeFlag: "DELETED" } },
    { verb: "restore", told: { subscriptionType: "object.restore", changeFlag: "RESTORED" } },
  ] as const)("of an $verb names the record", async ({ verb, told }) => {
    const world = fixture();
    const hand = world.double.person(71001);
    const id = hand.create("contacts", ada);
    hand.archive("contacts", id);
    if (verb === "restore") hand.restore("contacts", id);
    expect((await world.events()).at(-1)).toMatchObject({ ...told, objectId: Number(id) });
  });

  it("of a merge names both old ids and the new one", async () => {
    const world = fixture();
    const hand = world.double.person(71001);
    const one = Number(hand.create("contacts", ada));
    const two = Number(hand.create("contacts", { firstname: "Eve", phone: "1" }));
    const id = Number(hand.merge("contacts", String(one), String(two)));
    expect(
      (await world.events()).find((each) => each.subscriptionType === "object.merge"),
    ).toMatchObject({
      primaryObjectId: one,
      mergedObjectIds: [two],
      newObjectId: id,
      numberOfPropertiesMoved: 1,
    });
  });

  it("of an association comes from each end, and says when it is the primary one", async () => {
    const world = fixture();
    const hand = world.double.person(71001);
    const contact = Number(hand.create("contacts", ada));
    const company = Number(hand.create("companies", { name: "Firm" }));
    hand.associate("contacts", String(contact), "companies", String(company), 1);
    const events = (await world.events()).filter((each) => each.associationType !== undefined);
    const told = events.map((each) => [
      each.associationType,
      each.associationTypeId,
      each.isPrimaryAssociation,
    ]);
    expect(told).toEqual([
      ["CONTACT_TO_COMPANY", 279, false],
      ["COMPANY_TO_CONTACT", 280, false],
      ["CONTACT_TO_COMPANY", 1, true],
      ["COMPANY_TO_CONTACT", 2, true],
    ]);
    expect(events[1]).toMatchObject({
      fromObjectId: company,
      toObjectId: contact,
      associationRemoved: false,
    });
  });

  it("of a deletion for privacy comes beside one of a deletion, in either order", async () => {
    const orders = new Set<string>();
    const world = fixture();
    for (let index = 0; index < 20; index += 1) {
      const hand = world.double.person(71001);
      const id = hand.create("contacts", { email: `c${index}@x.co` });
      await world.events();
      hand.privacyDelete(id);
      const last = (await world.events()).slice(-2).map((each) => each.subscriptionType);
      orders.add(last.join());
    }
    expect([...orders].toSorted()).toEqual([
      "contact.privacyDeletion,object.deletion",
      "object.deletion,contact.privacyDeletion",
    ]);
  });

  it("in the classic form has no type id, and of an association no objectId", async () => {
    const legacyCrmObjects = [
      { subscriptionType: "contact.propertyChange", propertyName: "email" },
      { subscriptionType: "contact.associationChange" },
      { subscriptionType: "contact.creation" },
      { subscriptionType: "contact.deletion", active: false },
    ];
    const world = fixture({ subscriptions: { subscriptions: { legacyCrmObjects } } });
    const hand = world.double.person(71001);
    const id = hand.create("contacts", ada);
    hand.associate("contacts", id, "companies", hand.create("companies", { name: "Firm" }));
    hand.archive("contacts", id);
    const events = await world.events();
    const [creation, change, association] = events;
    expect(events.map((each) => each.subscriptionType)).toEqual([
      "contact.creation",
      "contact.propertyChange",
      "contact.associationChange",
    ]);
    expect(creation?.changeFlag).toBe("NEW");
    expect(change).not.toHaveProperty("objectTypeId");
    expect(association).not.toHaveProperty("objectId");
  });

  it("of the modified date cannot be had", async () => {
    const crmObjects = [
      {
        subscriptionType: "object.propertyChange",
        objectType: "deal",
        propertyName: "hs_lastmodifieddate",
      },
    ];
    const world = fixture({ subscriptions: { subscriptions: { crmObjects } } });
    world.double.person(71001).create("deals", { dealname: "A", dealstage: "contractsent" });
    expect(await world.events()).toEqual([]);
  });
});

describe("a delivery", () => {
  it("holds a hundred events at most", async () => {
    const world = fixture();
    for (let index = 0; index < 130; index += 1) {
      world.double.person(71001).create("companies", { name: `Firm ${index}` });
    }
    await world.double.pump();
    expect(world.sent.map((each) => each.events.length)).toEqual([100, 100, 60]);
  });

  it("is signed over the public URL, afresh at every try", async () => {
    const world = fixture();
    world.answers.push(503);
    world.double.person(71001).create("companies", { name: "Firm" });
    await world.double.pump();
    world.clock.now = world.double.nextDueAt()!;
    await world.double.pump();
    const clientSecret = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy";
    for (const { headers, body, at } of world.sent) {
      const request = { clientSecret, method: "POST", uri: targetUrl, body };
      expect(headers.get("x-hubspot-request-timestamp")).toBe(String(at));
      expect(headers.get("x-hubspot-signature-v3")).toBe(await signatureV3(request, at));
      expect(headers.get("x-hubspot-signature")).toBe(await signatureV1(request));
      expect(headers.get("x-hubspot-signature-version")).toBe("v1");
    }
    expect(world.sent.map((each) => each.events[0]?.attemptNumber)).toEqual([0, 1]);
  });

  it.each([
    { answer: 400, again: true },
    { answer: 404, again: true },
    { answer: 500, again: true },
    { answer: "refused", again: true },
    { answer: "slow", again: true },
    { answer: 204, again: false },
  ] as const)("answered with $answer is tried again: $again", async ({ answer, again }) => {
    const world = fixture();
    world.answers.push(answer);
    world.double.person(71001).create("companies", { name: "Firm" });
    await world.double.pump();
    expect(world.double.nextDueAt() !== null).toBe(again);
  });

  it("is given up after ten retries within a day", async () => {
    const world = fixture();
    const startedAt = world.clock.now;
    world.answers.push(...Array.from({ length: 20 }, () => 500));
    world.double.person(71001).create("companies", { name: "Firm" });
    for (let due = world.double.nextDueAt(); due !== null; due = world.double.nextDueAt()) {
      world.clock.now = Math.max(world.clock.now, due);
      await world.double.pump();
    }
    const delays = world.sent.map((each) => each.at - startedAt);
    expect(world.sent).toHaveLength(11);
    expect(delays.at(-1)).toBeLessThanOrEqual(dayMs);
    expect(delays.at(-1)).toBeGreaterThan(dayMs / 2);
    expect(
      delays.every((delay, index) => index === 0 || delay > delays[index - 1]! + minuteMs / 2),
    ).toBe(true);
    expect(world.double.portal.state.lost).toBe(1);
  });

  it("waits for more events, if told to", async () => {
    const world = fixture();
    const { webhook } = {
      webhook: { targetUrl, gatherMs: 500, send: async () => new Response(null) },
    };
    const patient = fixture({ webhook, now: () => world.clock.now });
    patient.double.person(71001).create("companies", { name: "Firm" });
    expect(await patient.double.pump()).toBe(0);
    world.clock.now += 500;
    expect(await patient.double.pump()).toBe(1);
  });

  it("under way when the double stops is made again", async () => {
    const never = Promise.withResolvers<Response>();
    const stuck = fixture({ webhook: { targetUrl, send: () => never.promise } });
    stuck.double.person(71001).create("companies", { name: "Firm" });
    const pumping = stuck.double.pump();
    await Promise.resolve();
    const snapshot = stuck.double.snapshot();
    never.resolve(new Response(null));
    await pumping;
    const next = fixture();
    next.double.restore(snapshot);
    expect((await next.events()).map((each) => each.subscriptionType)).toContain("object.creation");
  });
});

describe("a workflow", () => {
  it("runs a while after the change, in its own name", async () => {
    const world = fixture();
    const set = (value: string) => ({ phone: value.replaceAll(" ", "") });
    world.double.addWorkflow({ objectType: "contacts", property: "phone", set, delayMs: 500 });
    const id = world.double.person(71001).create("contacts", { ...ada, phone: "1 2 3" });
    await world.events();
    expect(world.double.nextDueAt()).toBe(world.clock.now + 500);
    world.clock.now += 500;
    const event = (await world.events()).at(-1);
    expect(event).toMatchObject({
      objectId: Number(id),
      propertyName: "phone",
      propertyValue: "123",
      changeSource: "AUTOMATION_PLATFORM",
    });
    expect(world.double.nextDueAt()).toBeNull();
  });

  it("and another can play ping-pong", async () => {
    const world = fixture();
    const rule = { objectType: "contacts", property: "phone", byWorkflows: true, delayMs: 1_000 };
    world.double.addWorkflow({ ...rule, set: (value) => ({ phone: value === "1" ? "2" : "1" }) });
    world.double.person(71001).create("contacts", { ...ada, phone: "1" });
    for (let round = 0; round < 5; round += 1) {
      world.clock.now += 1_000;
      await world.double.pump();
    }
    const told = (await world.events()).filter((each) => each.propertyName === "phone");
    expect(told.map((each) => each.propertyValue)).toEqual(["1", "2", "1", "2", "1", "2"]);
  });
});

it("an import of many rows tells of every one of them", async () => {
  const world = fixture();
  for (let row = 0; row < 1_000; row += 1) {
    world.double.importer.create("companies", { name: `Firm ${row}` });
  }
  const events = await world.events();
  expect(events.filter((each) => each.subscriptionType === "object.creation")).toHaveLength(1_000);
  expect(new Set(events.map((each) => each.changeSource))).toEqual(new Set(["IMPORT"]));
});

it.each([
  ["a 5xx", [503, 503, 200], { calls: 3, status: 200, outputFields: { ok: "yes" } }],
  ["no answer", [null, 200], { calls: 2, status: 200, outputFields: { ok: "yes" } }],
  ["a 4xx, never", [400, 200], { calls: 1, status: 400, outputFields: {} }],
  ["nothing else, for ever", [null, 500, 500, 200], { calls: 3, status: 500, outputFields: {} }],
])("a workflow calls its action again after %s, as the same call", async (_, statuses, wanted) => {
  const actionUrl = "https://sync.example.com/workflow/sync";
  const bodies: string[] = [];
  const send = async (request: Request) => {
    bodies.push(await request.text());
    const status = statuses[bodies.length - 1] ?? null;
    if (status === null) throw new TypeError("connection refused");
    return status === 200
      ? Response.json({ outputFields: { ok: "yes" } })
      : new Response("no", { status });
  };
  const world = fixture({ webhook: { targetUrl: actionUrl, send } });
  const id = world.double.person(71001).create("contacts", ada);
  const call = { actionUrl, objectType: "contacts", objectId: id };
  expect(await world.double.runAction(call)).toEqual(wanted);
  expect(new Set(bodies).size).toBe(1);
});

it("the call of a workflow is signed and names the record", async () => {
  const world = fixture();
  const id = world.double.person(71001).create("contacts", ada);
  const actionUrl = "https://sync.example.com/hubspot/workflow";
  const request = await world.double.workflowRequest({
    actionUrl,
    objectType: "contacts",
    objectId: id,
  });
  const body = await request.text();
  const signed = {
    clientSecret: "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy",
    method: "POST",
    uri: actionUrl,
    body,
  };
  expect(request.headers.get("x-hubspot-signature-v3")).toBe(
    await signatureV3(signed, world.clock.now),
  );
  expect(JSON.parse(body)).toMatchObject({
    origin: { portalId: 12345678 },
    object: { objectId: Number(id), objectType: "CONTACT" },
  });
});
