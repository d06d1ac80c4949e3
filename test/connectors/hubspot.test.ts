/** The HubSpot connector against the HubSpot double: the conformance suite, for every object. */
import type { FieldName, Fields } from "../../shared/record.ts";
import { conformance, type Harness, type Network, type World } from "./conformance.ts";
import {
  type ReferringHarness,
  type ReferringWorld,
  referenceConformance,
} from "./conformance-references.ts";
import { defineCars, everyObject } from "./hubspot.objects.ts";
import { type HubSpotWorld, hubspotWorld, personUserId } from "./hubspot.world.ts";

const longText = "x".repeat(70_000);

conformance({
  ...hubspotHarness("contact"),
  readCallsBeside: 1,
  name: "HubSpot, contacts",
  record: (number) => ({
    email: `person-${number}@example.com`,
    first_name: `Person ${number}`,
    last_name: "Sample",
  }),
  identity: "email",
  text: "job_title",
  refused: { field: "job_title", value: longText },
  samples: {
    email: ["someone.else@example.com"],
    first_name: ["Zoë 🚀", null, 'O\'Brien; "quoted" <b>'],
    job_title: ["a", null, "a;b"],
    phone: ["+12125550123", null],
    lifecycle: ["customer", "subscriber", null, "lead"],
    owner: ["dana@example.com", null],
  },
  identityUnique: true,
  erasable: true,
});

conformance({
  ...hubspotHarness("deal"),
  readCallsBeside: 2,
  name: "HubSpot, deals",
  record: (number) => ({ number: `D-${number}`, name: `Deal ${number}`, stage: "scheduled" }),
  identity: "number",
  text: "description",
  refused: { field: "description", value: longText },
  samples: {
    name: ["Big one"],
    number: ["D-9"],
    amount: ["1234.5 EUR", "0 USD", null, "99 KWD"],
    stage: ["won", "scheduled", "lost"],
    close_date: ["2026-02-28", "2026-12-01", null, "2024-02-29"],
    owner: ["dana@example.com"],
  },
  identityUnique: false,
  erasable: false,
});

conformance({
  ...hubspotHarness("company"),
  readCallsBeside: 1,
  name: "HubSpot, companies",
  record: (number) => ({ domain: `company-${number}.example.com`, name: `Company ${number}` }),
  identity: "domain",
  text: "about",
  refused: { field: "about", value: longText },
  samples: {
    name: ["Smith & Sons", null],
    industry: ["software", null, "accounting"],
    employees: ["12", "0", null],
    revenue: ["1000000.01"],
    address: [{ street: "Main St 1", city: "Berlin", country: "DE" }, null, { city: "Bonn" }],
  },
  identityUnique: false,
  erasable: false,
});

conformance({
  ...hubspotHarness("car"),
  readCallsBeside: 1,
  name: "HubSpot, a custom object",
  record: (number) => ({ vin: `VIN-${number}`, model: `Model ${number}` }),
  identity: "vin",
  text: "remarks",
  refused: { field: "remarks", value: longText },
  samples: {
    colour: ["red", null, "blue"],
    extras: [["heated seats", "sunroof"], ["sunroof"], null],
    mileage: ["12345.6", "0"],
    registered: ["2024-02-29", null],
    inspected: ["2026-03-29T01:30:00.000Z"],
    insured: ["true", "false"],
  },
  identityUnique: true,
  erasable: false,
});

conformance({
  ...hubspotHarness("ticket"),
  readCallsBeside: 2,
  name: "HubSpot, tickets",
  record: (number) => ({ subject: `Ticket ${number}`, status: "new" }),
  identity: "subject",
  text: "content",
  refused: { field: "content", value: longText },
  samples: {
    priority: ["high", null, "low"],
    status: ["closed", "new"],
    owner: ["dana@example.com", null],
  },
  identityUnique: false,
  erasable: false,
});

conformance({
  ...hubspotHarness("line_item"),
  readCallsBeside: 1,
  name: "HubSpot, line items",
  record: (number) => ({ sku: `SKU-${number}`, name: `Item ${number}` }),
  identity: "sku",
  text: "name",
  refused: { field: "name", value: longText },
  samples: { price: ["9.95", "0", null], quantity: ["12", null] },
  identityUnique: false,
  erasable: false,
});

const referring: readonly Pick<ReferringHarness, "name" | "record" | "references">[] = [
  {
    name: "contact",
    record: (number) => ({ email: `person-${number}@example.com` }),
    references: { employer: "one", companies: "many" },
  },
  {
    name: "deal",
    record: (number) => ({ name: `Deal ${number}`, stage: "scheduled" }),
    references: { customer: "one", people: "many" },
  },
  {
    name: "company",
    record: (number) => ({ name: `Company ${number}` }),
    references: { people: "many", billing: "many" },
  },
  {
    name: "ticket",
    record: (number) => ({ subject: `Ticket ${number}`, status: "new" }),
    references: { people: "many", deal: "one" },
  },
  {
    name: "line_item",
    record: (number) => ({ name: `Item ${number}` }),
    references: { deal: "one" },
  },
  {
    name: "car",
    record: (number) => ({ vin: `VIN-${number}` }),
    references: { driver: "one" },
  },
];
for (const one of referring) {
  referenceConformance({
    ...one,
    name: `HubSpot's association of a ${one.name}`,
    world: () => referringWorld(one.name),
    absentId: "987654321",
    isTold: true,
  });
}

type Half = Omit<
  Harness,
  "name" | "record" | "identity" | "text" | "refused" | "samples" | "identityUnique" | "erasable"
>;

function hubspotHarness(object: string): Half {
  return {
    world: (network) => worldOf(object, network),
    absentId: "987654321",
    tooMany: () =>
      Response.json(
        {
          status: "error",
          message: "You have reached your ten_secondly_rolling limit.",
          errorType: "RATE_LIMIT",
          correlationId: "c0",
          policyName: "TEN_SECONDLY_ROLLING",
        },
        { status: 429 },
      ),
    tokenRefused: () =>
      Response.json(
        { status: "error", message: "no", correlationId: "c0", category: "INVALID_AUTHENTICATION" },
        { status: 401 },
      ),
    changeRows(body, change) {
      const batch = body as { status?: string; results?: unknown[] };
      return batch?.status === "COMPLETE" && batch.results
        ? { ...batch, results: change(batch.results) }
        : null;
    },
    signedHeaders: ["x-hubspot-signature-v3", "x-hubspot-request-timestamp"],
    doubled: (body) => {
      const events = JSON.parse(new TextDecoder().decode(body)) as unknown[];
      return bytes([...events, ...events.toReversed()]);
    },
    foreign(body) {
      const [event] = JSON.parse(new TextDecoder().decode(body)) as object[];
      return [
        { portalId: 1 },
        { appId: 1 },
        { subscriptionType: "conversation.creation" },
        { subscriptionType: "object.somethingNew" },
        { subscriptionType: "object.creation", objectTypeId: "2-999" },
        { subscriptionType: "object.propertyChange", propertyName: "unheard_of" },
        { subscriptionType: "object.propertyChange", objectId: {} },
      ].map((change) => bytes([{ ...event, ...change }]));
    },
  };
}

const worldOf = (object: string, network: Network): World =>
  worldIn(
    hubspotWorld({ through: network.through, mappings: everyObject(), prepare: defineCars }),
    object,
  );

function referringWorld(object: string): ReferringWorld {
  const world = hubspotWorld({ mappings: everyObject(), prepare: defineCars });
  const hand = world.double.person(personUserId);
  const { systemObject: type, fields } = world.mappings[object]!;
  const targetOf = (name: FieldName) => {
    const { property } = fields.find(({ field }) => field === name)!;
    const [target = "", label = ""] = property.split(":");
    return { target, label };
  };
  return {
    ...worldIn(world, object),
    others: (field, count) =>
      Array.from({ length: count }, (_, number) => {
        const { target } = targetOf(field);
        return hand.create(target, something[target]!(number));
      }),
    refer(id, field, ids) {
      const { target, label } = targetOf(field);
      for (const other of hand.associated(type, id, target)) {
        hand.dissociate(type, id, target, other);
      }
      const typeId = world.double.portal.state.associationDefinitions.find(
        (each) => each.label === label && each.fromTypeId === typeIds[type],
      )?.typeId;
      for (const other of ids) hand.associate(type, id, target, other, typeId);
    },
  };
}

const typeIds: Readonly<Record<string, string>> = { contacts: "0-1", companies: "0-2" };

const something: Readonly<Record<string, (number: number) => Record<string, string>>> = {
  contacts: (number) => ({ email: `other-${number}@example.com` }),
  companies: (number) => ({ name: `Other ${number}` }),
  deals: (number) => ({ dealname: `Other ${number}`, dealstage: "closedwon" }),
};

function worldIn(world: HubSpotWorld, object: string): World {
  const { double, connector } = world;
  const mapping = world.mappings[object]!;
  const type = mapping.systemObject;
  const hand = double.person(personUserId);
  return {
    connector,
    mapping,
    person: {
      create: (set) => hand.create(type, wireOf(world, object, set)),
      update: (id, set) => hand.update(type, id, wireOf(world, object, set)),
      archive: (id) => hand.archive(type, id),
    },
    liveIds: () => double.records(type).flatMap((record) => (record.archived ? [] : [record.id])),
    pass: world.pass,
    now: world.now,
    webhooks: world.webhooks,
    forged: (webhook) => world.signed(webhook.body, "another-secret"),
  };
}

/** What a person would type: written out here, so that it owes nothing to the connector. */
function wireOf(world: HubSpotWorld, object: string, set: Fields): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const [name, value] of Object.entries(set)) {
    const { property, names } = fieldOf(world, object, name);
    properties[property] = value === null ? "" : (names?.[String(value)] ?? String(value));
  }
  return properties;
}

function fieldOf(world: HubSpotWorld, object: string, name: FieldName) {
  return world.mappings[object]!.fields.find((field) => field.field === name)!;
}

const bytes = (json: unknown) => new TextEncoder().encode(JSON.stringify(json));
