/** The REST connector keeps every connector's promises, with a sound tool and with odd ones. */
import type { Fields } from "../../shared/record.ts";
import type { IncomingWebhook } from "../../worker/connectors/connector.ts";
import { restConnector } from "../../worker/connectors/rest/connector.ts";
import type { RestProfile } from "../../worker/connectors/rest/profile.ts";
import { operations } from "../../worker/connectors/rest/profiles/operations.ts";
import { signedHeaders } from "../../worker/connectors/rest/standard-webhooks.ts";
import { config } from "../../worker/sync.config.ts";
import { identity, publicUrl } from "../playground/addresses.ts";
import { createOpsDouble } from "../playground/ops/double.ts";
import type { OpsOddities } from "../playground/ops/faults.ts";
import { isOpsObject, models, type OpsObject, type OpsValues } from "../playground/ops/model.ts";
import { opsValues } from "../playground/ops/seed.ts";
import { conformance, type Harness, type Network, type World } from "./conformance.ts";
import { type ReferringWorld, referenceConformance } from "./conformance-references.ts";

const contacts = {
  record: (number: number) => ({ email: `p${number}@x.example`, first_name: `Person ${number}` }),
  identity: "email",
  text: "job_title",
  refused: { field: "first_name", value: "x".repeat(100) },
  samples: {
    email: ["someone.else@example.com"],
    first_name: ["Zoë 🚀", null, 'O\'Brien; "quoted" <b>'],
    phone: ["+12125550123", null],
    lifecycle: ["customer", "subscriber", null, "lead"],
    owner: ["dana@example.com", null],
  },
  identityUnique: true,
} as const;

const deals = {
  record: (number: number) => ({ number: `D-${number}`, name: `Deal ${number}` }),
  identity: "number",
  text: "description",
  refused: { field: "name", value: "x".repeat(300) },
  samples: {
    amount: ["1234.5 EUR", "0 USD", null, "99 KWD"],
    stage: ["won", "scheduled", "lost"],
    close_date: ["2026-02-28", "2026-12-01", null, "2024-02-29"],
    description: ["Two lines,\nthen a third.", null],
  },
  identityUnique: true,
} as const;

const companies = {
  record: (number: number) => ({ domain: `c${number}.example.com`, name: `Company ${number}` }),
  identity: "domain",
  text: "name",
  refused: { field: "city", value: "x".repeat(100) },
  samples: {
    domain: ["other.example.com", null],
    phone: ["+12125550123", null],
    country: ["DE", null, "US"],
    industry: ["RETAIL", null],
    owner: ["dana@example.com", null],
  },
  identityUnique: true,
} as const;

conformance({ ...harness("company"), ...companies, name: "Operations, organizations" });
conformance({ ...harness("contact"), ...contacts, name: "Operations, customers" });
conformance({ ...harness("deal"), ...deals, name: "Operations, opportunities" });

/** What real tools do, each seen in a product. */
const odd: Readonly<Record<string, Partial<OpsOddities>>> = {
  "with permuted answers and writes that bump": { permuteAnswers: true, bumpOnNoop: true },
  "with blanks as empty texts and late times": { blankIsEmptyText: true, updatedAtLate: true },
  "with decimals as JSON numbers": { decimalsAsNumbers: true },
  "with errors inside of 200": { errorsInside200: true },
  "with unknown properties ignored and values tidied up": {
    ignoreUnknownProperties: true,
    normalizeValues: true,
  },
  "without null, blank being an empty text": { refuseNull: true, blankIsEmptyText: true },
  "without compare-and-set": { ignoreVersions: true },
  "with batches refused whole": { allOrNothing: true },
};
for (const [how, oddities] of Object.entries(odd)) {
  conformance({ ...harness("contact", oddities), ...contacts, name: `Operations ${how}` });
  conformance({ ...harness("deal", oddities), ...deals, name: `Operations ${how}, deals` });
}

const referring = [
  { object: "contact", ...contacts, references: { company: "one" } },
  { object: "deal", ...deals, references: { company: "one", contacts: "many" } },
] as const;
const silent = { silentReferences: true };
for (const { object, record, references } of referring) {
  for (const oddities of [{}, { refuseNull: true, permuteAnswers: true }, silent]) {
    referenceConformance({
      name: `Operations ${Object.keys(oddities).join(", ")}: reference of a ${object}`,
      record,
      references,
      world: () => referringWorld(object, oddities),
      absentId: "cus_99999",
      isTold: oddities !== silent,
    });
  }
}

type Half = Omit<
  Harness,
  "name" | "record" | "identity" | "text" | "refused" | "samples" | "identityUnique"
>;

type ConfiguredObject = "company" | "contact" | "deal";

function harness(object: ConfiguredObject, oddities: Partial<OpsOddities> = {}): Half {
  return {
    world: (network) => worldOf(object, oddities, network),
    absentId: "cus_99999",
    erasable: true,
    ...(oddities.allOrNothing ? { isTwinNamed: false } : {}),
    tooMany: () => new Response("", { status: 429, headers: { "retry-after": "3" } }),
    tokenRefused: () => Response.json({ error: { code: "unauthorized" } }, { status: 401 }),
    changeRows: (body, change) => {
      const { rows, results, missing } = body as { rows?: []; results?: []; missing?: [] };
      if (results) return { results: change(results) };
      return rows && missing ? { rows: change(rows), missing } : null;
    },
    signedHeaders: ["webhook-id", "webhook-timestamp", "webhook-signature"],
    doubled: (body) => {
      const events = eventsOf(body);
      return bytes({ type: "events", data: { events: [...events, ...events.toReversed()] } });
    },
    foreign: (body) => {
      const [event] = eventsOf(body);
      return [bytes({ ...event, data: { ...event?.data, object: "invoices" } })];
    },
  };
}

const worldOf = (
  object: ConfiguredObject,
  oddities: Partial<OpsOddities>,
  network: Network,
): World => doubleAndWorld(object, oddities, network).world;

function referringWorld(object: ConfiguredObject, oddities: Partial<OpsOddities>): ReferringWorld {
  const { double, world } = doubleAndWorld(object, oddities, { through: (fetch) => fetch });
  const { systemObject, fields } = world.mapping;
  const person = double.person("Dana");
  const typeOf = (name: string) => {
    const { property } = fields.find(({ field }) => field === name)!;
    const { type } = models[systemObject as OpsObject].properties[property]!;
    if (!("object" in type)) throw new Error(`${property} is no reference`);
    return { property, type };
  };
  return {
    ...world,
    others: (field, count) =>
      Array.from({ length: count }, () => person.create(typeOf(field).type.object, {}).id),
    refer(id, field, ids) {
      const { property, type } = typeOf(field);
      const value = type.kind === "references" ? ids : (ids[0] ?? blankIn(oddities));
      person.update(systemObject as OpsObject, id, { [property]: value });
    },
  };
}

function doubleAndWorld(
  object: ConfiguredObject,
  oddities: Partial<OpsOddities>,
  network: Network,
) {
  const mapping = config.objects[object]!.mappings.ops!;
  const { systemObject } = mapping;
  if (!isOpsObject(systemObject)) throw new Error("not an object of the tool");
  let now = Date.UTC(2026, 10, 23, 9);
  let sent: IncomingWebhook[] = [];
  const double = createOpsDouble({
    token: identity.opsToken,
    clientId: "crm-sync",
    webhookSecret: identity.opsWebhookSecret,
    now: () => now,
    random: () => 0.3,
    webhook: {
      targetUrl: `${publicUrl}/webhooks/ops`,
      send: async (request) => {
        const { method, url, headers } = request;
        const body = new Uint8Array(await request.arrayBuffer());
        sent.push({ method, url, headers, body, now });
        return new Response();
      },
    },
  });
  Object.assign(double.faults.oddities, oddities);
  const values = (set: Fields): OpsValues => {
    const all = Object.entries(set).map(([field, value]) => opsValues(systemObject, field, value));
    const entries = all.flatMap((each) => Object.entries(each));
    return Object.fromEntries(entries.map(([name, value]) => [name, value ?? blankIn(oddities)]));
  };
  const person = double.person("Dana");
  const world: World = {
    connector: restConnector({
      system: "ops",
      label: "Operations",
      baseUrl: "https://ops.example.com",
      token: identity.opsToken,
      webhookSecrets: [identity.opsWebhookSecret],
      publicUrl,
      pagesUrl: null,
      mappings: [mapping],
      clientId: "crm-sync",
      profile: profileOf(oddities),
      outside: { fetch: network.through((request) => double.fetch(request)), now: () => now },
    }),
    mapping,
    person: {
      create: (set) => person.create(systemObject, values(set)).id,
      update: (id, set) => void person.update(systemObject, id, values(set)),
      archive: (id) => void person.archive(systemObject, id),
    },
    liveIds: () =>
      double
        .records(systemObject)
        .filter((each) => !each.archived)
        .map((each) => each.id),
    pass: (delayMs) => {
      now += delayMs;
    },
    now: () => now,
    webhooks: async () => {
      await double.pump();
      const all = sent;
      sent = [];
      return all;
    },
    forged: async (webhook) => {
      const { headers } = webhook;
      const id = headers.get("webhook-id") ?? "";
      const secrets = [`whsec_${btoa("not the secret of the tool")}`];
      const forged = await signedHeaders({ secrets, id, now, body: webhook.body });
      return { ...webhook, headers: new Headers(forged) };
    },
  };
  return { double, world };
}

const blankIn = ({ refuseNull }: Partial<OpsOddities>) => (refuseNull ? "" : null);

/** Whoever connects a tool knows these two of its ways, and says so in its profile. */
function profileOf(oddities: Partial<OpsOddities>): RestProfile {
  const compareAndSet = oddities.ignoreVersions !== true;
  return {
    ...operations,
    blank: blankIn(oddities),
    capabilities: { ...operations.capabilities, compareAndSet },
  };
}

interface Event {
  readonly data: Readonly<Record<string, unknown>>;
}

function eventsOf(body: Uint8Array): readonly Event[] {
  const delivery = JSON.parse(new TextDecoder().decode(body)) as Event;
  return delivery.data.events ? (delivery.data.events as Event[]) : [delivery];
}

function bytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
