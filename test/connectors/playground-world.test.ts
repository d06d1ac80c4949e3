/** The made-up company: canonical through and through, and the same wherever it is seeded. */
import { describe, expect, it } from "vitest";
import type { Held } from "../../shared/record.ts";
import type { Connector } from "../../worker/connectors/connector.ts";
import { restConnector } from "../../worker/connectors/rest/connector.ts";
import { operations } from "../../worker/connectors/rest/profiles/operations.ts";
import { canonical, equal } from "../../worker/core/canonical.ts";
import { config } from "../../worker/sync.config.ts";
import { seedHubSpot } from "../playground/hubspot/seed.ts";
import { createOpsDouble } from "../playground/ops/double.ts";
import { opsIdOf, seedOps } from "../playground/ops/seed.ts";
import { type Holder, keysIn, recordOf, type WorldRecord, world } from "../playground/world.ts";
import { hubspotWorld } from "./hubspot.world.ts";

const now = Date.UTC(2026, 10, 23, 12);
const made = world(now);
const objects = [
  { object: "company", records: made.companies },
  { object: "contact", records: made.contacts },
  { object: "deal", records: made.deals },
] as const;
const both = (record: WorldRecord) => record.in.length === 2;

it("is the same at every call, and of the size promised", () => {
  expect(world(now)).toEqual(made);
  const sizes = [made.contacts, made.companies, made.deals].map((each) => each.length);
  expect(sizes).toEqual([200, 40, 60]);
});

it("has one contact per address, and two people of one name", () => {
  const emails = made.contacts.map((each) => each.values.email);
  expect(new Set(emails).size).toBe(emails.length);
  const names = made.contacts.map((each) => `${each.values.first_name} ${each.values.last_name}`);
  expect(names.length - new Set(names).size).toBe(1);
});

it.each(objects.slice(1))(
  "holds most of its $object records in both systems, some in one",
  ({ records }) => {
    const shares = [
      records.filter(both),
      records.filter((each) => !each.in.includes("ops")),
      records.filter((each) => !each.in.includes("hubspot")),
    ].map((each) => each.length / records.length);
    expect(shares[0]).toBeGreaterThan(0.75);
    expect(shares[1]).toBeGreaterThan(0.05);
    expect(shares[2]).toBeGreaterThan(0.05);
  },
);

it.each(objects.slice(1))(
  "has edits of $object in both systems only, in the past, in order",
  ({ records }) => {
    const edited = records.filter((each) => each.edits.length > 0);
    expect(edited.length).toBeGreaterThan(3);
    for (const record of edited) {
      expect(record.in).toEqual(["hubspot", "ops"]);
      const times = [record.createdAt, ...record.edits.map((each) => each.at), now];
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
  },
);

it.each(objects)("has only canonical values of $object", ({ object, records }) => {
  const { fields } = config.objects[object]!;
  const values = records.flatMap((record) => [
    ...Object.entries(record.values),
    ...record.edits.map((edit) => [edit.field, edit.value] as const),
  ]);
  const wrong = values.filter(([name, value]) => {
    if (value === null) return false;
    const form = canonical(fields[name]!.type, value);
    return form.kind !== "held" || !equal(form.value, value);
  });
  expect(wrong).toEqual([]);
});

describe("seeded in both systems", () => {
  const hubspot = hubspotWorld({ double: { timeZone: "Europe/Berlin" } });
  const hubspotIds = seedHubSpot(hubspot.double, made);
  const opsDouble = createOpsDouble({
    token: "token",
    clientId: "crm-sync",
    webhookSecret: "whsec_cGxheWdyb3VuZC1vcHMtd2ViaG9vay1zZWNyZXQ=",
    now: () => now,
    random: () => 0.4,
    webhook: { targetUrl: "https://sync.example.com", send: async () => new Response(null) },
  });
  seedOps(opsDouble, made);
  const ops = restConnector({
    system: "ops",
    label: "Operations",
    baseUrl: "https://ops.example.com",
    token: "token",
    webhookSecrets: [],
    publicUrl: "https://sync.example.com",
    pagesUrl: "https://ops.example.com/app",
    mappings: Object.values(config.objects).map((each) => each.mappings.ops!),
    clientId: "crm-sync",
    profile: operations,
    outside: { fetch: (request) => opsDouble.fetch(request), now: () => now },
  });

  const systems: Readonly<Record<Holder, { connector: Connector; id: (key: string) => string }>> = {
    hubspot: { connector: hubspot.connector, id: (key) => hubspotIds.get(key)! },
    ops: { connector: ops, id: (key) => opsIdOf(key).id },
  };

  it.each(
    objects.flatMap((each) => [
      { ...each, system: "hubspot" as const },
      { ...each, system: "ops" as const },
    ]),
  )("every $object reads from $system as the world has it", async ({ object, records, system }) => {
    const { connector, id } = systems[system];
    const mapping = config.objects[object]!.mappings[system]!;
    const there = records.filter((record) => record.in.includes(system));
    const answers = await connector.read(
      mapping,
      there.map((record) => id(record.key)),
    );
    for (const record of there) {
      const answer = answers.get(id(record.key));
      if (answer?.kind !== "found") throw new Error(`${record.key} is not in ${system}`);
      const wanted = { ...heldBy(record, system), ...referredTo(record, system) };
      for (const { field } of mapping.fields) {
        const seen = answer.record.fields[field];
        expect([record.key, field, seen?.kind === "held" ? seen.value : seen]).toEqual([
          record.key,
          field,
          wanted[field] ?? null,
        ]);
      }
    }
  });

  /** By the system's own ids, of those records that it has. */
  function referredTo(record: WorldRecord, system: Holder): Record<string, Held> {
    const entries = Object.entries(record.refersTo).map(([field, value]): [string, Held] => {
      const there = keysIn(value).filter((key) => recordOf(made, key).in.includes(system));
      const ids = there.map((key) => systems[system].id(key)).sort();
      return [field, ids.length === 0 ? null : typeof value === "string" ? ids[0]! : ids];
    });
    return Object.fromEntries(entries);
  }
});

/** What a system holds of a record once its edits are made. */
function heldBy(record: WorldRecord, system: Holder): Record<string, Held> {
  const edits = record.edits.filter((edit) => edit.system === system);
  return { ...record.values, ...Object.fromEntries(edits.map((each) => [each.field, each.value])) };
}
