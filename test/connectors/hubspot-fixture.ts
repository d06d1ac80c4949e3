/** A HubSpot double on a clock and dice that the test holds, with all webhooks it sends. */
import {
  createHubSpotDouble,
  type HubSpotDouble,
  type HubSpotOptions,
} from "../playground/hubspot/double.ts";
import type { WebhookConfig } from "../playground/hubspot/webhooks.ts";

export interface SentWebhook {
  readonly at: number;
  readonly headers: Headers;
  readonly body: string;
  readonly events: readonly Record<string, unknown>[];
}

export interface Fixture {
  readonly double: HubSpotDouble;
  readonly clock: { now: number };
  readonly sent: SentWebhook[];
  /** What the receiver answers next; 200 when the list is empty. */
  readonly answers: (number | "refused" | "slow")[];
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Everything sent so far, taken apart, after delivering what is due. */
  events(): Promise<readonly Record<string, unknown>[]>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely by tests
  readonly body: any;
}

export const owners = [
  { id: "381001", userId: 71001, email: "ada@example.com", firstName: "Ada", lastName: "Okafor" },
  { id: "381002", userId: 71002, email: "ben@example.com", firstName: "Ben", lastName: "Lind" },
] as const;

export const targetUrl = "https://sync.example.com/hubspot/webhooks";

const kinds = ["creation", "deletion", "merge", "restore", "associationChange"] as const;
const watched = {
  contact: ["email", "firstname", "phone", "lifecyclestage", "date_of_birth"],
  company: ["name", "domain"],
  deal: ["dealname", "amount", "dealstage", "closedate"],
} as const;

/** Everything about contacts, companies and deals, in the generic form. */
export const allGeneric: WebhookConfig = {
  settings: { maxConcurrentRequests: 10 },
  subscriptions: {
    crmObjects: Object.entries(watched).flatMap(([objectType, properties]) => [
      ...kinds.map((kind) => ({ subscriptionType: `object.${kind}`, objectType })),
      ...properties.map((propertyName) => ({
        subscriptionType: "object.propertyChange",
        objectType,
        propertyName,
      })),
    ]),
    hubEvents: [{ subscriptionType: "contact.privacyDeletion" }],
  },
};

export function fixture(options: Partial<HubSpotOptions> = {}): Fixture {
  const clock = { now: Date.UTC(2026, 10, 23, 9) };
  const sent: SentWebhook[] = [];
  const answers: (number | "refused" | "slow")[] = [];
  const double = createHubSpotDouble({
    portalId: 12345678,
    appId: 987654,
    token: "pat-test",
    clientSecret: "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy",
    now: () => clock.now,
    random: dice(7),
    owners,
    subscriptions: allGeneric,
    webhook: {
      targetUrl,
      async send(request) {
        const body = await request.text();
        const events = JSON.parse(body) as Record<string, unknown>[];
        sent.push({ at: clock.now, headers: request.headers, body, events });
        const answer = answers.shift() ?? 200;
        if (answer === "refused") throw new TypeError("connection refused");
        if (answer === "slow") clock.now += 5_001;
        return new Response(null, { status: answer === "slow" ? 200 : answer });
      },
    },
    ...options,
  });
  return {
    double,
    clock,
    sent,
    answers,
    async call(method, path, body) {
      const response = await double.fetch(
        new Request(`https://api.hubapi.com${path}`, {
          method,
          headers: { authorization: "Bearer pat-test", "content-type": "application/json" },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
      const text = await response.text();
      const { status, headers } = response;
      return { status, headers, body: text === "" ? null : JSON.parse(text) };
    },
    async events() {
      while ((double.nextDueAt() ?? Number.POSITIVE_INFINITY) <= clock.now) await double.pump();
      return sent.flatMap((each) => each.events);
    },
  };
}

/** A small deterministic generator (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
