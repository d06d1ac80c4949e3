/** Contacts refer to the company they work for; both tools keep companies. */
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
      identity: ["email"],
      fields: {
        email: {
          label: "E-mail",
          type: { kind: "email" },
          in: { hubspot: "email", ops: "email" },
          policy: plain,
        },
        job_title: {
          label: "Job title",
          type: { kind: "text" },
          in: { hubspot: "jobtitle", ops: "role" },
          policy: plain,
        },
        employer: {
          label: "Employer",
          type: { kind: "reference", object: "company" },
          in: { hubspot: "companies:Primary", ops: "organization" },
          policy: plain,
        },
      },
    },
  },
};

export const config: Rules = configure(input);
