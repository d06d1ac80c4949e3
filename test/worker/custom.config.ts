/** A custom object of HubSpot's beside the configured ones: this file is all there is to it. */
import { type Config, configure } from "../../worker/core/configure.ts";
import type { Rules } from "../../worker/core/rules.ts";

const newest = { rule: "newest" } as const;

const input: Config = {
  version: 1,
  systems: {
    hubspot: { label: "HubSpot", connector: "hubspot" },
    ops: { label: "Operations", connector: "rest" },
  },
  rank: ["hubspot", "ops"],
  skewToleranceMs: 2_000,
  objects: {
    contact: {
      label: "Contact",
      in: { hubspot: "contacts", ops: "customers" },
      identity: ["email"],
      fields: {
        email: {
          label: "E-mail",
          type: { kind: "email" },
          in: { hubspot: "email", ops: "email" },
          policy: newest,
        },
      },
    },
    subscription: {
      label: "Subscription",
      // As HubSpot shows it under Settings, Objects.
      in: { hubspot: "2-1000001", ops: "subscriptions" },
      identity: ["number"],
      deletes: "archive",
      fields: {
        number: {
          label: "Number",
          type: { kind: "text" },
          in: { hubspot: "subscription_number", ops: "number" },
          policy: { rule: "owned", system: "ops", elsewhere: "revert" },
        },
        plan: {
          label: "Plan",
          type: { kind: "option", options: ["basic", "plus", "premium"] },
          in: {
            hubspot: {
              property: "plan",
              names: { basic: "plan_1", plus: "plan_2", premium: "plan_3" },
            },
            ops: "plan",
          },
          policy: { rule: "prefer", system: "ops" },
        },
        seats: {
          label: "Seats",
          type: { kind: "decimal", scale: 0 },
          in: { hubspot: "seats", ops: "seats" },
          policy: { rule: "max" },
        },
        price: {
          label: "Price a month",
          type: { kind: "money", currency: "EUR" },
          in: {
            hubspot: { property: "monthly_price", currencyProperty: "price_currency" },
            ops: { property: "price", currencyProperty: "currency" },
          },
          policy: { rule: "ask" },
        },
        renewal: {
          label: "Renews on",
          type: { kind: "date" },
          in: { hubspot: "renewal_date", ops: "renews_on" },
          policy: newest,
        },
        users: {
          label: "Users",
          type: { kind: "references", object: "contact" },
          in: { hubspot: "contacts:Uses it", ops: "users" },
          policy: { rule: "union" },
          guards: { rejectBlank: false },
        },
      },
    },
  },
};

export const config: Rules = configure(input);
