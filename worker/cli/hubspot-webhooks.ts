/**
 * Writes hubspot-app/src/app/webhooks/webhooks-hsmeta.json from the configuration: HubSpot tells
 * about exactly the objects and properties that are kept the same. A test compares the two.
 *
 *   node worker/cli/hubspot-webhooks.ts            says whether the file is up to date
 *   node worker/cli/hubspot-webhooks.ts --write    writes it
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { propertiesOf } from "../connectors/hubspot/mapping.ts";
import type { ObjectMapping, Rules } from "../core/rules.ts";

export const webhooksFile = join(
  import.meta.dirname,
  "../../hubspot-app/src/app/webhooks/webhooks-hsmeta.json",
);

const subscriptionSchema = z.strictObject({
  subscriptionType: z.string(),
  objectType: z.optional(z.string()),
  propertyName: z.optional(z.string()),
  active: z.boolean(),
});
export type Subscription = z.infer<typeof subscriptionSchema>;

export const webhooksSchema = z.strictObject({
  uid: z.literal("webhooks"),
  type: z.literal("webhooks"),
  config: z.strictObject({
    settings: z.strictObject({
      targetUrl: z.string(),
      maxConcurrentRequests: z.int().min(6),
    }),
    subscriptions: z.strictObject({
      crmObjects: z.array(subscriptionSchema),
      hubEvents: z.array(subscriptionSchema),
    }),
  }),
});
export type Webhooks = z.infer<typeof webhooksSchema>;

/**
 * The metadata for these rules. What an earlier upload subscribed to and is no longer wanted stays,
 * inactive: HubSpot refuses an upload in which a subscription is missing.
 */
export function webhooksFor(rules: Rules, before: Webhooks | null): Webhooks {
  const system = Object.values(rules.systems).find(({ connector }) => connector === "hubspot");
  if (!system) throw new Error("no system of the configuration uses the hubspot connector");
  const mappings = Object.values(rules.objects).flatMap(
    ({ mappings }) => mappings[system.system] ?? [],
  );
  const privacy = { subscriptionType: "contact.privacyDeletion", active: true };
  const hasContacts = mappings.some(({ systemObject }) => systemObject === "contacts");
  const kept = before?.config.subscriptions;
  return {
    uid: "webhooks",
    type: "webhooks",
    config: {
      settings: {
        targetUrl: `\${SYNC_URL}/webhooks/${system.system}`,
        maxConcurrentRequests: 10,
      },
      subscriptions: {
        crmObjects: withFormer(mappings.flatMap(subscriptionsOf), kept?.crmObjects ?? []),
        hubEvents: withFormer(hasContacts ? [privacy] : [], kept?.hubEvents ?? []),
      },
    },
  };
}

const lifeEvents = ["creation", "deletion", "merge", "restore", "associationChange"] as const;

const singular: Readonly<Record<string, string>> = {
  contacts: "contact",
  companies: "company",
  deals: "deal",
  tickets: "ticket",
  products: "product",
  line_items: "line_item",
};

/** A custom object keeps the name its configuration gives it. */
function subscriptionsOf({ systemObject, fields }: ObjectMapping): Subscription[] {
  const objectType = singular[systemObject] ?? systemObject;
  const properties = new Set(fields.flatMap(propertiesOf));
  return [
    ...lifeEvents.map((event) => ({
      subscriptionType: `object.${event}`,
      objectType,
      active: true,
    })),
    ...[...properties].sort().map((propertyName) => ({
      subscriptionType: "object.propertyChange",
      objectType,
      propertyName,
      active: true,
    })),
  ];
}

function withFormer(
  wanted: readonly Subscription[],
  former: readonly Subscription[],
): Subscription[] {
  const names = new Set(wanted.map(nameOf));
  const dropped = former.filter((subscription) => !names.has(nameOf(subscription)));
  return [...wanted, ...dropped.map((subscription) => ({ ...subscription, active: false }))];
}

const nameOf = ({ subscriptionType, objectType, propertyName }: Subscription): string =>
  [subscriptionType, objectType, propertyName].join(" ");

export function readWebhooks(): Webhooks | null {
  let text: string;
  try {
    text = readFileSync(webhooksFile, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  return webhooksSchema.parse(JSON.parse(text));
}

if (import.meta.main) {
  const { config } = await import("../sync.config.ts");
  const before = readWebhooks();
  const after = webhooksFor(config, before);
  const isCurrent = JSON.stringify(before) === JSON.stringify(after);
  if (process.argv.includes("--write")) {
    mkdirSync(dirname(webhooksFile), { recursive: true });
    writeFileSync(webhooksFile, `${JSON.stringify(after, null, 2)}\n`);
  } else if (!isCurrent) {
    process.exitCode = 1;
  }
  const count = after.config.subscriptions.crmObjects.length;
  console.log(`${count} subscriptions; the file ${isCurrent ? "was" : "was not"} up to date`);
}
