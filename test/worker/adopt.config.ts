/** What finds a counterpart: addresses, domains, a record's id kept elsewhere, and likeness. */
import { type Config, configure } from "../../worker/core/configure.ts";
import type { Rules } from "../../worker/core/rules.ts";

const plain = { rule: "newest" } as const;

const input: Config = {
  version: 1,
  systems: {
    hubspot: { label: "HubSpot", connector: "hubspot" },
    ops: { label: "Operations", connector: "rest" },
  },
  rank: ["hubspot", "ops"],
  skewToleranceMs: 2_000,
  objects: {
    company: {
      label: "Company",
      in: { hubspot: "companies", ops: "organizations" },
      identity: ["domain"],
      similar: ["name"],
      fields: {
        domain: {
          label: "Domain",
          type: { kind: "domain" },
          in: { hubspot: "domain", ops: "web_domain" },
          policy: plain,
        },
        name: {
          label: "Name",
          type: { kind: "text" },
          in: { hubspot: "name", ops: "name" },
          policy: plain,
        },
      },
    },
    contact: {
      label: "Contact",
      in: { hubspot: "contacts", ops: "customers" },
      identity: ["email", "hubspot_id"],
      fields: {
        email: {
          label: "E-mail",
          type: { kind: "email" },
          in: { hubspot: "email", ops: "email" },
          policy: plain,
        },
        hubspot_id: {
          label: "HubSpot id",
          type: { kind: "text" },
          in: { hubspot: { property: "hs_object_id", readOnly: true }, ops: "role" },
          policy: { rule: "owned", system: "hubspot", elsewhere: "revert" },
        },
        first_name: {
          label: "First name",
          type: { kind: "name" },
          in: { hubspot: "firstname", ops: "given_name" },
          policy: plain,
        },
      },
    },
    deal: {
      label: "Deal",
      in: { hubspot: "deals", ops: "opportunities" },
      identity: ["number"],
      fields: {
        number: {
          label: "Deal number",
          type: { kind: "text" },
          in: { hubspot: "ops_deal_number", ops: "number" },
          policy: plain,
        },
        name: {
          label: "Deal name",
          type: { kind: "text" },
          in: { hubspot: "dealname", ops: "title" },
          policy: plain,
        },
      },
    },
  },
};

export const config: Rules = configure(input);
