/**
 * What is kept the same, where, and who wins. This is the file you edit; it is checked when the
 * Worker starts, and a contradiction is refused with the field and the reason.
 */
import { configure } from "./core/configure.ts";

export const config = configure({
  version: 1,
  systems: {
    hubspot: {
      label: "HubSpot",
      connector: "hubspot",
      // Professional (https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines)
      budget: {
        windowMs: 10_000,
        windowMax: 190,
        dailyMax: 625_000,
        searchesPerSecond: 5,
      },
    },
    ops: { label: "Operations", connector: "rest" },
  },
  /** Breaks ties, first wins. */
  rank: ["hubspot", "ops"],
  /** Two changes closer than this are a tie: clocks of two systems are never trusted more. */
  skewToleranceMs: 2_000,
  objects: {
    /** First, because contacts and deals refer to companies: what is referred to goes ahead. */
    company: {
      label: "Company",
      in: { hubspot: "companies", ops: "organizations" },
      /** Tried in order when an unlinked record looks for its counterpart. */
      identity: ["domain"],
      /** One without a domain is held against others by its name; a person decides. */
      similar: ["name"],
      fields: {
        name: {
          label: "Name",
          type: { kind: "text" },
          in: { hubspot: "name", ops: "name" },
          policy: { rule: "newest" },
        },
        domain: {
          label: "Web domain",
          type: { kind: "domain" },
          in: { hubspot: "domain", ops: "web_domain" },
          policy: { rule: "ask" },
          guards: { critical: true },
        },
        phone: {
          label: "Phone",
          type: { kind: "phone", region: "US" },
          in: { hubspot: "phone", ops: "main_phone" },
          policy: { rule: "ask" },
        },
        city: {
          label: "City",
          type: { kind: "text" },
          in: { hubspot: "city", ops: "city" },
          policy: { rule: "newest" },
        },
        country: {
          label: "Country",
          type: { kind: "country" },
          in: { hubspot: "country", ops: "country_code" },
          policy: { rule: "newest" },
        },
        industry: {
          label: "Industry",
          // As text: HubSpot's list of a hundred and fifty grows without us, and only HubSpot
          // knows what is on it.
          type: { kind: "text" },
          in: { hubspot: "industry", ops: "industry" },
          policy: { rule: "owned", system: "hubspot", elsewhere: "revert" },
        },
        owner: {
          label: "Owner",
          type: { kind: "owner" },
          in: { hubspot: "hubspot_owner_id", ops: "owner_email" },
          policy: { rule: "owned", system: "hubspot", elsewhere: "revert" },
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
          policy: { rule: "ask" },
          guards: { critical: true },
        },
        first_name: {
          label: "First name",
          type: { kind: "name" },
          in: { hubspot: "firstname", ops: "given_name" },
          policy: { rule: "newest" },
        },
        last_name: {
          label: "Last name",
          type: { kind: "name" },
          in: { hubspot: "lastname", ops: "family_name" },
          policy: { rule: "newest" },
        },
        phone: {
          label: "Phone",
          type: { kind: "phone", region: "US" },
          in: { hubspot: "phone", ops: "phone" },
          policy: { rule: "ask" },
        },
        job_title: {
          label: "Job title",
          type: { kind: "text" },
          in: { hubspot: "jobtitle", ops: "role" },
          policy: { rule: "newest" },
          guards: { rejectBlank: false },
        },
        lifecycle: {
          label: "Lifecycle stage",
          type: {
            kind: "stage",
            order: ["subscriber", "lead", "qualified", "opportunity", "customer", "evangelist"],
          },
          in: {
            hubspot: {
              property: "lifecyclestage",
              names: {
                subscriber: "subscriber",
                lead: "lead",
                qualified: "salesqualifiedlead",
                opportunity: "opportunity",
                customer: "customer",
                evangelist: "evangelist",
              },
            },
            ops: {
              property: "lifecycle",
              names: {
                subscriber: "newsletter",
                lead: "prospect",
                qualified: "qualified",
                opportunity: "in_talks",
                customer: "active",
                evangelist: "champion",
              },
            },
          },
          policy: { rule: "prefer", system: "ops" },
        },
        owner: {
          label: "Owner",
          type: { kind: "owner" },
          in: { hubspot: "hubspot_owner_id", ops: "account_owner" },
          policy: { rule: "owned", system: "hubspot", elsewhere: "revert" },
        },
        company: {
          label: "Company",
          type: { kind: "reference", object: "company" },
          in: { hubspot: "companies:Primary", ops: "organization" },
          policy: { rule: "prefer", system: "hubspot" },
          guards: { rejectBlank: false },
        },
      },
    },
    deal: {
      label: "Deal",
      in: { hubspot: "deals", ops: "opportunities" },
      identity: ["number"],
      pipeline: { amount: "amount", stage: "stage", closed: ["won", "lost"] },
      fields: {
        number: {
          label: "Deal number",
          type: { kind: "text" },
          in: { hubspot: "ops_deal_number", ops: "number" },
          policy: { rule: "owned", system: "ops", elsewhere: "revert" },
        },
        name: {
          label: "Deal name",
          type: { kind: "text" },
          in: { hubspot: "dealname", ops: "title" },
          policy: { rule: "newest" },
        },
        amount: {
          label: "Amount",
          type: { kind: "money", currency: "USD" },
          in: {
            hubspot: { property: "amount", currencyProperty: "deal_currency_code" },
            ops: { property: "value", currencyProperty: "currency" },
          },
          policy: { rule: "ask" },
          guards: { critical: true },
        },
        stage: {
          label: "Stage",
          type: {
            kind: "stage",
            order: ["scheduled", "qualified", "presented", "agreed", "contract", "won", "lost"],
          },
          in: {
            hubspot: {
              property: "dealstage",
              names: {
                scheduled: "appointmentscheduled",
                qualified: "qualifiedtobuy",
                presented: "presentationscheduled",
                agreed: "decisionmakerboughtin",
                contract: "contractsent",
                won: "closedwon",
                lost: "closedlost",
              },
            },
            ops: {
              property: "phase",
              names: {
                scheduled: "discovery",
                qualified: "qualified",
                presented: "proposal",
                agreed: "verbal_yes",
                contract: "paperwork",
                won: "won",
                lost: "lost",
              },
            },
          },
          policy: { rule: "prefer", system: "hubspot" },
          guards: { critical: true },
        },
        close_date: {
          label: "Close date",
          type: { kind: "date" },
          in: { hubspot: "closedate", ops: "expected_close" },
          policy: { rule: "newest" },
          guards: { critical: true },
        },
        description: {
          label: "Description",
          type: { kind: "text" },
          in: { hubspot: "description", ops: "notes" },
          policy: { rule: "fill_blank" },
        },
        owner: {
          label: "Owner",
          type: { kind: "owner" },
          in: { hubspot: "hubspot_owner_id", ops: "owner_email" },
          policy: { rule: "owned", system: "hubspot", elsewhere: "revert" },
        },
        company: {
          label: "Company",
          type: { kind: "reference", object: "company" },
          in: { hubspot: "companies:Primary", ops: "organization" },
          policy: { rule: "prefer", system: "hubspot" },
          guards: { rejectBlank: false },
        },
        contacts: {
          label: "Contacts",
          type: { kind: "references", object: "contact" },
          in: { hubspot: "contacts", ops: "customers" },
          policy: { rule: "union" },
          guards: { rejectBlank: false },
        },
      },
    },
  },
});
