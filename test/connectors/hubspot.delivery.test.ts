/** Webhook deliveries taken apart: which records to look at, and what is claimed of them. */
import { describe, expect, it } from "vitest";
import type { Delivery, Poke } from "../../worker/connectors/connector.ts";
import { objectForTypeId } from "../../worker/connectors/hubspot/connector.ts";
import type { MappedField, ObjectMapping } from "../../worker/core/rules.ts";
import { identity } from "../playground/addresses.ts";
import { bare } from "./hubspot.objects.ts";
import { configured, hubspotWorld, personUserId } from "./hubspot.world.ts";

describe("our own change", () => {
  it("claims its value, in canonical form", async () => {
    const events = [
      own({ propertyName: "phone", propertyValue: "+12125550123" }),
      own({ propertyName: "lifecyclestage", propertyValue: "salesqualifiedlead" }),
      own({ propertyName: "jobtitle", propertyValue: "" }),
    ];
    expect(await pokes(events)).toEqual([
      poke("contact", "151", {
        phone: "+12125550123",
        lifecycle: "qualified",
        job_title: null,
      }),
    ]);
  });

  it("claims the value set last, in whatever order the events come", async () => {
    const events = [
      own({ propertyName: "jobtitle", propertyValue: "new", occurredAt: 2_000 }),
      own({ propertyName: "jobtitle", propertyValue: "old", occurredAt: 1_000 }),
    ];
    expect(await pokes(events)).toEqual([poke("contact", "151", { job_title: "new" })]);
  });

  const claimless: readonly (readonly [string, object])[] = [
    ["a person's", { changeSource: "CRM_UI", sourceId: "userId:9001" }],
    ["another app's", { sourceId: "42" }],
    ["one that does not say whose", { sourceId: null }],
    [
      "an owner's, before the list was read",
      { propertyName: "hubspot_owner_id", propertyValue: "501" },
    ],
    ["a sensitive value's", { isSensitive: true }],
    ["an invalid value's", { propertyName: "lifecyclestage", propertyValue: "unheard" }],
    ["a person's creation", { subscriptionType: "object.creation", changeSource: "CRM_UI" }],
    ["a deletion's", { subscriptionType: "object.deletion" }],
  ];
  it.each(claimless)("is not claimed for %s", async (_, parts) => {
    const events = [own({ propertyName: "email", propertyValue: "a@example.com" }), own(parts)];
    expect(await pokes(events)).toEqual([poke("contact", "151", null)]);
  });

  it("that made the record claims nothing beyond what it set", async () => {
    const creation = own({ subscriptionType: "object.creation" });
    expect(await pokes([creation])).toEqual([poke("contact", "151", {})]);
    const email = own({ propertyName: "email", propertyValue: "a@example.com" });
    const claimed = { email: "a@example.com" };
    expect(await pokes([creation, email])).toEqual([poke("contact", "151", claimed)]);
  });

  it("of an amount claims the currency told with it, or else the assumed one", async () => {
    const deal = (propertyName: string, propertyValue: string) =>
      own({ objectTypeId: "0-3", propertyName, propertyValue });
    const amount = deal("amount", "10");
    const currency = deal("deal_currency_code", "EUR");
    expect(await pokes([amount])).toEqual([poke("deal", "151", { amount: "10 USD" })]);
    expect(await pokes([amount, currency])).toEqual([poke("deal", "151", { amount: "10 EUR" })]);
    expect(await pokes([currency])).toEqual([poke("deal", "151", null)]);
  });

  it("of an owner claims the address, once the list of owners was read", async () => {
    const world = hubspotWorld();
    const owned = { email: "a@example.com", hubspot_owner_id: "501" };
    const id = world.double.person(personUserId).create("contacts", owned);
    await world.connector.read(world.mappings.contact!, [id]);
    const event = own({ propertyName: "hubspot_owner_id", propertyValue: "502" });
    const body = new TextEncoder().encode(JSON.stringify([event]));
    const { pokes: told } = await world.connector.delivery(body);
    expect(told).toEqual([poke("contact", "151", { owner: "kim@example.com" })]);
  });
});

describe("an event", () => {
  it("of a merge pokes the new record and the old ones, whose links must move", async () => {
    const merge = {
      subscriptionType: "object.merge",
      objectId: 1,
      primaryObjectId: 1,
      mergedObjectIds: [2],
      newObjectId: 3,
    };
    const found = await pokes([event(merge)]);
    expect(found.map((each) => each.recordId).sort()).toEqual(["1", "2", "3"]);
  });

  it("of an erasure says so, also beside the deletion that comes with it", async () => {
    const erasure = { subscriptionType: "contact.privacyDeletion", objectTypeId: undefined };
    const deletion = { subscriptionType: "object.deletion" };
    for (const events of [
      [erasure, deletion],
      [deletion, erasure],
    ]) {
      expect(await pokes(events.map((parts) => event(parts)))).toEqual([
        { ...poke("contact", "151", null), erased: true },
      ]);
    }
  });

  it("of an association pokes the record whose field it is, in both forms", async () => {
    const reference: MappedField = {
      field: "company",
      type: { kind: "reference", object: "company" },
      property: "company",
    };
    const mappings = withCompanies([reference]);
    const generic = {
      subscriptionType: "object.associationChange",
      objectTypeId: undefined,
      objectId: undefined,
      fromObjectTypeId: "0-1",
      toObjectTypeId: "0-2",
      fromObjectId: 5,
      toObjectId: 6,
    };
    const classic = {
      subscriptionType: "contact.associationChange",
      objectTypeId: undefined,
      objectId: undefined,
      associationType: "CONTACT_TO_COMPANY",
      fromObjectId: 5,
      toObjectId: 6,
    };
    const backwards = { ...generic, fromObjectTypeId: "0-2", toObjectTypeId: "0-1" };
    expect(await pokes([event(generic)], mappings)).toEqual([poke("contact", "5", null)]);
    expect(await pokes([event(classic)], mappings)).toEqual([poke("contact", "5", null)]);
    expect(await pokes([event(backwards)], mappings)).toEqual([poke("contact", "6", null)]);
    expect(await deliver([event(generic)], withCompanies([]))).toEqual({
      pokes: [],
      ignored: { unmapped_association: 1 },
    });
  });

  it("of an association that we made ourselves says nothing new, if it is one field", async () => {
    const company: MappedField = {
      field: "company",
      type: { kind: "reference", object: "company" },
      property: "companies:Primary",
    };
    const ours = event({
      subscriptionType: "object.associationChange",
      objectTypeId: undefined,
      objectId: undefined,
      fromObjectTypeId: "0-1",
      toObjectTypeId: "0-2",
      fromObjectId: 5,
      toObjectId: 6,
      changeSource: "INTEGRATION",
      sourceId: String(identity.appId),
    });
    expect(await pokes([ours], withCompanies([company]))).toEqual([poke("contact", "5", {})]);
    const all = { ...company, field: "companies", property: "companies" };
    const two = await pokes([ours], withCompanies([company, all]));
    expect(two).toEqual([poke("contact", "5", null)]);
    const back: MappedField = {
      field: "people",
      type: { kind: "references", object: "contact" },
      property: "contacts",
    };
    const both = withCompanies([company]);
    const mutual = { ...both, company: { ...both.company!, fields: [back] } };
    expect(await pokes([ours], mutual)).toEqual([
      poke("contact", "5", null),
      poke("company", "6", null),
    ]);
  });

  it("in the classic form is understood as well", async () => {
    const classic = (subscriptionType: string, more = {}) =>
      event({ subscriptionType, objectTypeId: undefined, ...more });
    const events = [
      classic("contact.creation"),
      classic("deal.deletion"),
      classic("contact.propertyChange", { objectId: 9, propertyName: "email", propertyValue: "x" }),
      classic("ticket.creation"),
      classic("conversation.newMessage"),
    ];
    expect(await deliver(events)).toEqual({
      pokes: [poke("contact", "151", null), poke("deal", "151", null), poke("contact", "9", null)],
      ignored: { unmapped_object: 1, unknown_type: 1 },
    });
  });

  it("that makes no sense is counted, and hides no other", async () => {
    const events = [null, 7, "x", [], {}, event({ portalId: "12" }), event({ objectId: null })];
    expect(await deliver([...events, event({})])).toEqual({
      pokes: [poke("contact", "151", null)],
      ignored: { malformed: 7 },
    });
  });
});

it("of the double, whatever people do, is understood to the last event", async () => {
  const world = hubspotWorld();
  const dana = world.double.person(personUserId);
  const [a = "", b = "", c = ""] = ["a", "b", "c"].map((name) =>
    dana.create("contacts", { email: `${name}@example.com` }),
  );
  dana.update("contacts", a, { jobtitle: "Clerk", phone: "+12125550123" });
  const survivor = dana.merge("contacts", a, b);
  dana.archive("contacts", survivor);
  dana.restore("contacts", survivor);
  dana.privacyDelete(c);
  const ignored: Record<string, number> = {};
  const poked = new Map<string, Poke>();
  for (const webhook of await world.webhooks()) {
    expect(await world.connector.verify(webhook)).toBeNull();
    const delivery = await world.connector.delivery(webhook.body);
    for (const each of delivery.pokes) poked.set(each.recordId, each);
    Object.assign(ignored, delivery.ignored);
  }
  expect([...poked.keys()].sort()).toEqual([a, b, c, survivor].sort());
  expect(poked.get(c)?.erased).toBe(true);
  expect(ignored).toEqual({});
});

it("knows our objects by HubSpot's type ids", () => {
  const mappings = {
    ...withCompanies([]),
    car: { object: "car", systemObject: "2-123", fields: [] },
  };
  const ids = ["0-1", "0-2", "2-123", "0-3", "2-999", ""];
  const objects = ids.map((id) => objectForTypeId(mappings, id));
  expect(objects).toEqual(["contact", "company", "car", null, null, null]);
});

function event(parts: object): unknown {
  return {
    eventId: 1,
    subscriptionId: 2,
    portalId: identity.portalId,
    appId: identity.appId,
    occurredAt: 1_763_900_000_000,
    subscriptionType: "object.creation",
    objectTypeId: "0-1",
    objectId: 151,
    attemptNumber: 0,
    changeSource: "CRM_UI",
    sourceId: "userId:9001",
    ...parts,
  };
}

function own(parts: object): unknown {
  return event({
    subscriptionType: "object.propertyChange",
    propertyName: "jobtitle",
    propertyValue: "Clerk",
    changeSource: "INTEGRATION",
    sourceId: String(identity.appId),
    ...parts,
  });
}

function poke(object: string, recordId: string, echo: Poke["echo"]): Poke {
  return { system: "hubspot", object, recordId, echo };
}

function withCompanies(fields: readonly MappedField[]): Readonly<Record<string, ObjectMapping>> {
  const { contact } = bare();
  return {
    contact: { ...contact!, fields: [...contact!.fields, ...fields] },
    company: { object: "company", systemObject: "companies", fields: [] },
  };
}

async function deliver(
  events: readonly unknown[],
  mappings: Readonly<Record<string, ObjectMapping>> = configured(),
): Promise<Delivery> {
  const world = hubspotWorld({ mappings });
  return await world.connector.delivery(new TextEncoder().encode(JSON.stringify(events)));
}

async function pokes(
  events: readonly unknown[],
  mappings: Readonly<Record<string, ObjectMapping>> = configured(),
): Promise<readonly Poke[]> {
  const delivery = await deliver(events, mappings);
  expect(delivery.ignored).toEqual({});
  return delivery.pokes;
}
