/** A HubSpot portal and a connector to it, with a clock that only moves when told. */
import type { ObjectName } from "../../shared/record.ts";
import type { Connector, IncomingWebhook } from "../../worker/connectors/connector.ts";
import type { Budget } from "../../worker/connectors/hubspot/client.ts";
import { hubspotConnector } from "../../worker/connectors/hubspot/connector.ts";
import { propertiesOf } from "../../worker/connectors/hubspot/mapping.ts";
import type { ObjectMapping } from "../../worker/core/rules.ts";
import { config } from "../../worker/sync.config.ts";
import { identity, publicUrl } from "../playground/addresses.ts";
import {
  createHubSpotDouble,
  type HubSpotDouble,
  type HubSpotOptions,
} from "../playground/hubspot/double.ts";
import { signatureHeaders } from "../playground/hubspot/signature.ts";
import type { WebhookConfig } from "../playground/hubspot/webhooks.ts";

export const personUserId = 9001;
const targetUrl = `${publicUrl}/webhooks/hubspot`;

export interface HubSpotWorld {
  readonly double: HubSpotDouble;
  readonly connector: Connector;
  readonly mappings: Readonly<Record<ObjectName, ObjectMapping>>;
  /** The latest the rate headers said. */
  readonly budgets: readonly Budget[];
  pass(delayMs: number): void;
  readonly now: () => number;
  webhooks(): Promise<readonly IncomingWebhook[]>;
  signed(body: Uint8Array, secret?: string): Promise<IncomingWebhook>;
}

export interface WorldOptions {
  readonly through?: (fetch: Fetch) => Fetch;
  readonly mappings?: Readonly<Record<ObjectName, ObjectMapping>>;
  readonly double?: Partial<HubSpotOptions>;
  /** Sets the portal up: custom objects exist only after this. */
  readonly prepare?: (double: HubSpotDouble) => void;
}

type Fetch = (request: Request) => Promise<Response>;

export function hubspotWorld(options: WorldOptions = {}): HubSpotWorld {
  const mappings = options.mappings ?? configured();
  const clock = { now: Date.UTC(2026, 10, 23, 12) };
  const sent: IncomingWebhook[] = [];
  const budgets: Budget[] = [];
  const double = createHubSpotDouble(doubleOptions(options, mappings, clock, sent));
  options.prepare?.(double);
  const through = options.through ?? ((fetch: Fetch) => fetch);
  const connector = hubspotConnector({
    system: "hubspot",
    baseUrl: "https://api.hubspot.test",
    token: identity.hubspotToken,
    clientSecrets: [identity.hubspotClientSecret],
    publicUrl,
    portalId: identity.portalId,
    appId: identity.appId,
    mappings,
    keyProperty: "crm_sync_key",
    outside: { fetch: through((request) => double.fetch(request)), now: () => clock.now },
    onBudget: (budget) => budgets.push(budget),
  });
  return {
    double,
    connector,
    mappings,
    budgets,
    now: () => clock.now,
    pass: (delayMs) => {
      clock.now += delayMs;
    },
    async webhooks() {
      await double.pump();
      return sent.splice(0);
    },
    async signed(body, secret = identity.hubspotClientSecret) {
      const signing = {
        clientSecret: secret,
        method: "POST",
        uri: targetUrl,
        body: new TextDecoder().decode(body),
      };
      const headers = new Headers(await signatureHeaders(signing, clock.now));
      return { method: "POST", url: targetUrl, headers, body, now: clock.now };
    },
  };
}

function doubleOptions(
  options: WorldOptions,
  mappings: Readonly<Record<ObjectName, ObjectMapping>>,
  clock: { readonly now: number },
  sent: IncomingWebhook[],
): HubSpotOptions {
  return {
    ...identity,
    token: identity.hubspotToken,
    clientSecret: identity.hubspotClientSecret,
    now: () => clock.now,
    random: seeded(7),
    timeZone: "America/New_York",
    limits: { tenSecondly: 100_000, searchSecondly: 1_000 },
    owners: [
      owner("501", personUserId, "dana", "Dana"),
      owner("502", 9002, "kim", "Kim"),
      owner("503", 9003, "lee", "Lee"),
    ],
    subscriptions: subscriptionsOf(mappings),
    webhook: {
      targetUrl,
      async send(request) {
        sent.push({
          method: request.method,
          url: request.url,
          headers: request.headers,
          body: new Uint8Array(await request.arrayBuffer()),
          now: clock.now,
        });
        return new Response();
      },
    },
    ...options.double,
  };
}

export function configured(): Readonly<Record<ObjectName, ObjectMapping>> {
  return Object.fromEntries(
    Object.values(config.objects).map((object) => [object.object, object.mappings.hubspot!]),
  );
}

/** Everything a mapping can be poked by. */
function subscriptionsOf(mappings: Readonly<Record<ObjectName, ObjectMapping>>): WebhookConfig {
  const lives = ["creation", "deletion", "restore", "merge", "associationChange"];
  const crmObjects = Object.values(mappings).flatMap(({ systemObject, fields }) => [
    ...lives.map((verb) => ({
      subscriptionType: `object.${verb}`,
      objectType: systemObject,
      active: true,
    })),
    ...fields.flatMap(propertiesOf).map((propertyName) => ({
      subscriptionType: "object.propertyChange",
      objectType: systemObject,
      propertyName,
      active: true,
    })),
  ]);
  const hubEvents = [{ subscriptionType: "contact.privacyDeletion", active: true }];
  return { subscriptions: { crmObjects, hubEvents } };
}

function owner(id: string, userId: number, name: string, firstName: string) {
  return { id, userId, email: `${name}@example.com`, firstName, lastName: "Owner" };
}

/** Mulberry32: enough for ids and shuffles. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
