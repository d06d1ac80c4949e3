/**
 * Whatever faults strike, in whatever order: what the connector says of a write is what the portal
 * holds, and what it says of a record is what the record is. Unknown is always allowed, a guess
 * never.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { WriteOperation, WriteOutcome } from "../../worker/connectors/connector.ts";
import type { Fault, FaultKind } from "../playground/hubspot/faults.ts";
import { defineCars, everyObject } from "./hubspot.objects.ts";
import { type HubSpotWorld, hubspotWorld, personUserId } from "./hubspot.world.ts";

const kinds = [
  "status",
  "reset",
  "apply_then_reset",
  "apply_then_status",
  "ten_secondly",
  "daily",
  "locked",
  "html",
  "batch_shuffled",
  "batch_short",
  "batch_empty",
  "batch_unapplied_empty",
  "token_revoked",
] as const satisfies readonly FaultKind[];

const gateways = fc.constantFrom(408, 500, 502, 503, 504, 523);
const refusals = fc.constantFrom(400, 403, 404, 409, 414, 423);

const fault = fc.constantFrom(...kinds).chain((kind) =>
  fc.record({
    kind: fc.constant(kind),
    times: fc.integer({ min: 1, max: 3 }),
    after: fc.integer({ min: 0, max: 3 }),
    // What HubSpot refuses it has not done; a gateway may say anything of what it has.
    status: kind === "apply_then_status" ? gateways : fc.oneof(gateways, refusals),
    matches: fc.constantFrom("/batch/", "/batch/read", "/batch/up", "/crm/", "/associations"),
  }),
);
const faults: fc.Arbitrary<readonly Fault[]> = fc.array(fault, { maxLength: 4 });

/** "u3": update the third record; "k3": create by the third key; "a3": archive the third. */
const intents = fc.uniqueArray(fc.tuple(fc.constantFrom("u", "k", "a"), fc.nat({ max: 5 })), {
  minLength: 1,
  maxLength: 12,
  selector: ([verb, number]) => `${verb === "k" ? "k" : "r"}${number}`,
});

it("says of every write what became of it, or that it does not know", async () => {
  await fc.assert(
    fc.asyncProperty(intents, faults, async (wanted, struck) => {
      const { world, ids } = portal();
      for (const fault of struck) world.double.faults.add(fault);
      const operations = wanted.map(([verb, number]) => operationOf(ids, verb, number));
      const outcomes = await world.connector.write(world.mappings.contact!, operations);
      world.double.faults.clear();
      expect(outcomes.map((each) => each.operationId).sort()).toEqual(
        operations.map((each) => each.operationId).sort(),
      );
      for (const outcome of outcomes) {
        const applied = isApplied(world, ids, outcome.operationId);
        if (outcome.kind === "done") expect(applied, outcome.operationId).toBe(true);
        if (outcome.kind === "failed") expect(applied, outcome.operationId).toBe(false);
        expect(["done", "failed", "unknown"]).toContain(outcome.kind);
        if (outcome.kind === "done") holdsTo(world, outcome);
      }
      await keysAreTrue(world);
    }),
    { numRuns: 300 },
  );
});

it("says of every association whether it was made, or that it does not know", async () => {
  const wishes = fc.array(fc.subarray([0, 1, 2]), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(wishes, wishes, faults, async (before, wanted, struck) => {
      const world = hubspotWorld({ mappings: everyObject(), prepare: defineCars });
      const dana = world.double.person(personUserId);
      const people = [0, 1, 2].map((n) => dana.create("contacts", { email: `p${n}@example.com` }));
      const deals = wanted.map(() =>
        dana.create("deals", { dealname: "D", dealstage: "closedwon" }),
      );
      const idsOf = (numbers: readonly number[] = []) => numbers.map((n) => people[n]!).sort();
      const held = (deal: string) => [...dana.associated("deals", deal, "contacts")].sort();
      for (const [index, deal] of deals.entries()) {
        for (const id of idsOf(before[index])) dana.associate("deals", deal, "contacts", id);
      }
      const was = new Map(deals.map((deal) => [deal, held(deal)]));
      for (const each of struck) world.double.faults.add(each);
      const operations = deals.map((recordId, index): WriteOperation => {
        const ids = idsOf(wanted[index]);
        const set = { people: ids.length === 0 ? null : ids, name: "Renamed" };
        return { kind: "update", operationId: recordId, recordId, set };
      });
      const outcomes = await world.connector.write(world.mappings.deal!, operations);
      for (const { kind, operationId } of outcomes) {
        const index = deals.indexOf(operationId);
        const { dealname } = dealOf(world, operationId);
        const now = [dealname, held(operationId)];
        if (kind === "done") expect(now).toEqual(["Renamed", idsOf(wanted[index])]);
        if (kind === "failed") expect(now).toEqual(["D", was.get(operationId)]);
      }
      expect(outcomes).toHaveLength(operations.length);
    }),
    { numRuns: 200 },
  );
});

it("says of every record what it is, or that it does not know", async () => {
  await fc.assert(
    fc.asyncProperty(faults, async (struck) => {
      const { world, ids, archived, merged, absent } = portal();
      for (const fault of struck) world.double.faults.add(fault);
      const answers = await world.connector.read(world.mappings.contact!, [
        ...ids,
        archived,
        merged,
        absent,
      ]);
      for (const [id, answer] of answers) {
        if (answer.kind === "unknown") continue;
        // A gateway's 404 cannot be told from HubSpot's, but it takes three of them to be believed.
        if (answer.kind === "missing") expect([absent, ...notFoundBy(struck, id)]).toContain(id);
        if (answer.kind !== "found") continue;
        const held = stored(world, answer.record.id);
        expect(answer.record.fields.email).toMatchObject({ value: held?.properties.email });
        expect(answer.record.archived).toBe(held?.archived);
        if (id === merged) expect(answer.mergedInto).toBe(answer.record.id);
        else expect(answer.record.id).toBe(id);
      }
    }),
    { numRuns: 300 },
  );
});

function portal() {
  const world = hubspotWorld();
  const dana = world.double.person(personUserId);
  const make = (name: string) => dana.create("contacts", { email: `${name}@example.com` });
  const ids = [0, 1, 2, 3, 4, 5].map((number) => make(`person-${number}`));
  const archived = make("archived");
  dana.archive("contacts", archived);
  const merged = make("merged");
  dana.merge("contacts", make("survivor"), merged);
  return { world, ids, archived, merged, absent: "987654321" };
}

function operationOf(ids: readonly string[], verb: string, number: number): WriteOperation {
  const operationId = `${verb}${number}`;
  const recordId = ids[number]!;
  const set = { job_title: "New", owner: "dana@example.com" };
  switch (verb) {
    case "u":
      return { kind: "update", operationId, recordId, set };
    case "a":
      return { kind: "archive", operationId, recordId };
    default: {
      const key = `key-${number}`;
      return { kind: "create", operationId, key, set: { email: `new-${number}@example.com` } };
    }
  }
}

function isApplied(world: HubSpotWorld, ids: readonly string[], operationId: string): boolean {
  const number = Number(operationId.slice(1));
  const record = stored(world, ids[number]!);
  if (operationId.startsWith("u")) return record?.properties.jobtitle === "New";
  if (operationId.startsWith("a")) return record?.archived === true;
  return byKey(world, `key-${number}`).length === 1;
}

function holdsTo(world: HubSpotWorld, outcome: WriteOutcome & { readonly kind: "done" }): void {
  if (!outcome.operationId.startsWith("u")) return;
  expect(stored(world, outcome.record.id)?.properties.jobtitle).toBe("New");
  expect(outcome.record.fields.job_title).toMatchObject({ value: "New" });
}

/** Unknown creates are settled by key: nothing is there twice. */
async function keysAreTrue(world: HubSpotWorld): Promise<void> {
  const keys = [0, 1, 2, 3, 4, 5].map((number) => `key-${number}`);
  const found = await world.connector.findByKey(world.mappings.contact!, keys);
  for (const key of keys) {
    const there = byKey(world, key).map((record) => record.id);
    expect(there).toEqual(found.has(key) ? [found.get(key)!.id] : []);
  }
}

function stored(world: HubSpotWorld, id: string) {
  return world.double.records("contacts").find((record) => record.id === id);
}

function dealOf(world: HubSpotWorld, id: string) {
  return world.double.records("deals").find((record) => record.id === id)!.properties;
}

function byKey(world: HubSpotWorld, key: string) {
  const records = world.double.records("contacts");
  return records.filter((record) => record.properties.crm_sync_key === key);
}

function notFoundBy(struck: readonly Fault[], id: string): readonly string[] {
  return struck.some((fault) => fault.kind === "status" && fault.status === 404) ? [id] : [];
}
