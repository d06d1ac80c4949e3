/** The HubSpot connector against the HubSpot double: the conformance suite, for every object. */
import type { FieldName, Fields } from "../../shared/record.ts";
import { conformance, type Harness, type Network, type World } from "./conformance.ts";
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

function worldOf(object: string, network: Network): World {
  const world = hubspotWorld({
    through: network.through,
    mappings: everyObject(),
    prepare: defineCars,
  });
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
