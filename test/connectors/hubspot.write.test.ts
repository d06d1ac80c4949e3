/** Writing to HubSpot: partial answers, bad records, collisions, stages that move back. */
import { describe, expect, it } from "vitest";
import type { Fields } from "../../shared/record.ts";
import type { WriteOperation, WriteOutcome } from "../../worker/connectors/connector.ts";
import type { FaultKind } from "../playground/hubspot/faults.ts";
import { type HubSpotWorld, hubspotWorld, personUserId } from "./hubspot.world.ts";

describe("one bad record", () => {
  it("is found in a batch that HubSpot refuses whole, in few calls", async () => {
    const world = hubspotWorld();
    const ids = contacts(world, 100);
    // A refusal without a word about whose fault it is, as for input HubSpot cannot parse.
    const unlucky = ids[37]!;
    const refused = refusing(world, unlucky);
    const outcomes = await write(
      refused.world,
      ids.map((id) => update(id, { job_title: "New" })),
    );
    expect(count(outcomes)).toEqual({ done: 99, failed: 1 });
    expect(outcomes.get(unlucky)).toMatchObject({ error: { kind: "skip_record" } });
    expect(refused.updates.count).toBeLessThanOrEqual(15);
  });

  it("cannot make a batch cost more than its limit, and says nothing untrue", async () => {
    const world = hubspotWorld();
    const ids = contacts(world, 100);
    const refused = refusing(world, ...ids);
    const outcomes = await write(
      refused.world,
      ids.map((id) => update(id, { job_title: "New" })),
    );
    expect(count(outcomes)).toEqual({ failed: 100 });
    expect(refused.updates.count).toBe(41);
    const kinds = [...outcomes.values()].map((each) => "error" in each && each.error.kind);
    // Those not tried alone are no failures for good.
    expect(new Set(kinds)).toEqual(new Set(["retry"]));
  });

  it("does not stop the others when its property is gone", async () => {
    const world = hubspotWorld();
    const ids = contacts(world, 20);
    delete world.double.portal.state.objects["0-1"]!.properties.jobtitle;
    const outcomes = await write(
      world,
      ids.map((id, index) =>
        update(id, index % 2 === 0 ? { job_title: "New" } : { first_name: "New" }),
      ),
    );
    expect(count(outcomes)).toEqual({ done: 10, failed: 10 });
    expect(outcomes.get(ids[0]!)).toMatchObject({
      error: { kind: "skip_record", field: "job_title" },
    });
  });

  it("is not sent at all if HubSpot has no words for it", async () => {
    const world = hubspotWorld();
    const [a = "", b = ""] = contacts(world, 2);
    world.double.portal.state.owners[2]!.archived = true;
    const outcomes = await write(world, [
      update(a, { owner: "lee@example.com" }),
      update(b, { owner: "kim@example.com" }),
    ]);
    expect(outcomes.get(a)).toMatchObject({ kind: "failed", error: { field: "owner" } });
    expect(outcomes.get(b)).toMatchObject({ kind: "done" });
  });
});

describe("a collision", () => {
  it("of a creation names the contact that has the address, primary or second", async () => {
    const world = hubspotWorld();
    const [a = "", b = ""] = contacts(world, 2);
    world.double.person(personUserId).addEmail(b, "second@example.com");
    const outcomes = await write(world, [
      create("k1", { email: "person-0@example.com" }),
      create("k2", { email: "second@example.com" }),
      create("k3", { email: "new@example.com" }),
    ]);
    expect(outcomes.get("k1")).toMatchObject({ kind: "exists", recordId: a });
    expect(outcomes.get("k2")).toMatchObject({ kind: "exists", recordId: b });
    expect(outcomes.get("k3")).toMatchObject({ kind: "done" });
  });

  it("of two creations in one batch leaves one done and one in its way", async () => {
    const world = hubspotWorld();
    const outcomes = await write(world, [
      create("k1", { email: "same@example.com" }),
      create("k2", { email: "same@example.com" }),
    ]);
    expect(count(outcomes)).toEqual({ done: 1, exists: 1 });
    expect(world.double.records("contacts")).toHaveLength(1);
  });

  it("of an update names the contact that has the address", async () => {
    const world = hubspotWorld();
    const [a = "", b = ""] = contacts(world, 2);
    const outcomes = await write(world, [update(b, { email: "person-0@example.com" })]);
    expect(outcomes.get(b)).toMatchObject({ kind: "exists", recordId: a });
  });
});

describe("a lifecycle stage", () => {
  it.each(["ignored", "refused"] as const)(
    "moves back although HubSpot lets it only forward, when that is %s",
    async (lifecycleBackwards) => {
      const world = hubspotWorld({ double: { lifecycleBackwards } });
      const [a = "", b = ""] = contacts(world, 2);
      await write(world, [
        update(a, { lifecycle: "customer" }),
        update(b, { lifecycle: "customer" }),
      ]);
      const before = world.double.countCalls("POST", "/batch/update");
      const outcomes = await write(world, [
        update(a, { lifecycle: "lead", job_title: "Clerk" }),
        update(b, { lifecycle: "evangelist" }),
      ]);
      expect(count(outcomes)).toEqual({ done: 2 });
      expect(outcomes.get(a)).toMatchObject({
        record: { fields: { lifecycle: { value: "lead" }, job_title: { value: "Clerk" } } },
      });
      expect(properties(world, a)).toMatchObject({ lifecyclestage: "lead", jobtitle: "Clerk" });
      expect(world.double.countCalls("POST", "/batch/update") - before).toBe(3);
    },
  );

  it("that is no option of HubSpot's is not cleared for it", async () => {
    const world = hubspotWorld();
    const [a = ""] = contacts(world, 1);
    await write(world, [update(a, { lifecycle: "customer" })]);
    const lifecycle = world.double.portal.state.objects["0-1"]!.properties.lifecyclestage!;
    lifecycle.options = lifecycle.options.filter((option) => option.value !== "lead");
    const outcomes = await write(world, [update(a, { lifecycle: "lead" })]);
    expect(outcomes.get(a)).toMatchObject({ kind: "failed", error: { field: "lifecycle" } });
    expect(properties(world, a)).toMatchObject({ lifecyclestage: "customer" });
  });

  it("moves back without sending again what stands already", async () => {
    const sent: unknown[] = [];
    const world = hubspotWorld({
      double: { lifecycleBackwards: "ignored" },
      through: (fetch) => async (request) => {
        const body = request.url.includes("/batch/update") ? await request.clone().json() : null;
        if (body !== null) sent.push(body.inputs[0].properties);
        return await fetch(request);
      },
    });
    const [a = ""] = contacts(world, 1);
    await write(world, [update(a, { lifecycle: "customer" })]);
    const outcomes = await write(world, [update(a, { lifecycle: "lead", job_title: "Clerk" })]);
    expect(outcomes.get(a)).toMatchObject({
      record: { fields: { lifecycle: { value: "lead" }, job_title: { value: "Clerk" } } },
    });
    expect(sent.slice(1)).toEqual([
      { lifecyclestage: "lead", jobtitle: "Clerk" },
      { lifecyclestage: "" },
      { lifecyclestage: "lead" },
    ]);
  });

  it.each([
    { name: "the second call", after: 1 },
    { name: "the third call", after: 2 },
  ])("that was sent already is never said not to be applied: $name is refused", async (at) => {
    const world = hubspotWorld();
    const [a = ""] = contacts(world, 1);
    await write(world, [update(a, { lifecycle: "customer" })]);
    world.double.faults.add({
      kind: "status",
      status: 403,
      matches: "batch/update",
      after: at.after,
      times: 1,
    });
    const outcomes = await write(world, [update(a, { lifecycle: "lead", job_title: "Clerk" })]);
    expect(properties(world, a)).toMatchObject({ jobtitle: "Clerk" });
    expect(outcomes.get(a)?.kind).toBe("unknown");
  });

  it.each(["ignored", "refused"] as const)(
    "that could not be cleared was not moved, which is told with its reason: %s",
    async (lifecycleBackwards) => {
      const world = hubspotWorld({ double: { lifecycleBackwards } });
      const [a = ""] = contacts(world, 1);
      await write(world, [update(a, { lifecycle: "customer" })]);
      const refusal = { kind: "status", status: 403, matches: "batch/update" } as const;
      world.double.faults.add({ ...refusal, after: 1, times: 1 });
      const outcomes = await write(world, [update(a, { lifecycle: "lead" })]);
      expect(properties(world, a)).toMatchObject({ lifecyclestage: "customer" });
      expect(outcomes.get(a)).toMatchObject({ kind: "failed", error: { kind: "give_up" } });
    },
  );
});

describe("an answer", () => {
  it.each([
    "batch_empty",
    "batch_unapplied_empty",
    "apply_then_reset",
    "apply_then_status",
    "reset",
    "html",
  ] satisfies FaultKind[])("that says nothing leaves the outcome unknown: %s", async (kind) => {
    const world = hubspotWorld();
    const ids = contacts(world, 3);
    world.double.faults.add({ kind, matches: "/batch/" });
    const outcomes = await write(world, [...ids.map((id) => update(id, { job_title: "New" }))]);
    expect(count(outcomes)).toEqual({ unknown: 3 });
  });

  it("without a merged-away record leaves it unknown; reading finds the survivor", async () => {
    const world = hubspotWorld();
    const [a = "", b = "", c = ""] = contacts(world, 3);
    const survivor = world.double.person(personUserId).merge("contacts", a, b);
    const outcomes = await write(world, [
      update(a, { job_title: "New" }),
      update(c, { job_title: "New" }),
    ]);
    expect(outcomes.get(a)?.kind).toBe("unknown");
    expect(outcomes.get(c)?.kind).toBe("done");
    const answers = await world.connector.read(world.mappings.contact!, [a]);
    expect(answers.get(a)).toMatchObject({ mergedInto: survivor });
  });

  it("to many writes in a short time is waited out: 423 is no fault of the record", async () => {
    const world = hubspotWorld();
    const ids = contacts(world, 3);
    world.double.faults.add({ kind: "locked" });
    const outcomes = await write(
      world,
      ids.map((id) => update(id, { job_title: "New" })),
    );
    expect(outcomes.get(ids[0]!)).toMatchObject({
      kind: "failed",
      error: { kind: "retry", retryAfterMs: 2_000 },
    });
  });
});

it("writes a record twice in two calls, in order: HubSpot takes an id once a batch", async () => {
  const world = hubspotWorld();
  const [a = ""] = contacts(world, 1);
  const outcomes = await world.connector.write(world.mappings.contact!, [
    { ...update(a, { job_title: "First" }), operationId: "first" },
    { ...update(a, { job_title: "Second" }), operationId: "second" },
  ]);
  expect(outcomes.map((outcome) => outcome.kind)).toEqual(["done", "done"]);
  expect(properties(world, a)).toMatchObject({ jobtitle: "Second" });
});

it.each(["blank", "omitted"] as const)(
  "says that a cleared field is blank, when HubSpot's answer has it %s",
  async (clearedInAnswers) => {
    const world = hubspotWorld({ double: { clearedInAnswers } });
    const [a = ""] = contacts(world, 1);
    const outcomes = await write(world, [update(a, { first_name: null })]);
    expect(outcomes.get(a)).toMatchObject({
      kind: "done",
      record: { fields: { first_name: { kind: "held", value: null } } },
    });
  },
);

it("says that the setup is missing, at once, where our key property is", async () => {
  const world = hubspotWorld();
  world.double.admin.archiveProperty("contacts", "crm_sync_key");
  const { uniqueProperties } = world.double.portal.state.objects["0-1"]!;
  uniqueProperties.splice(uniqueProperties.indexOf("crm_sync_key"), 1);
  const creates = Array.from({ length: 9 }, (_, n) => create(`k${n}`, { first_name: `N${n}` }));
  const outcomes = await write(world, creates);
  expect(count(outcomes)).toEqual({ failed: 9 });
  const mend = { kind: "give_up", message: expect.stringContaining("crm_sync_key") };
  expect(outcomes.get("k0")).toMatchObject({ error: mend });
  expect(world.double.countCalls("POST", "/batch/upsert")).toBe(1);
  await expect(world.connector.findByKey(world.mappings.contact!, ["k"])).rejects.toMatchObject(
    mend,
  );
});

it("does not bring back a contact whose address was erased", async () => {
  const world = hubspotWorld();
  const [a = ""] = contacts(world, 1);
  world.double.person(personUserId).privacyDelete(a);
  const outcomes = await write(world, [create("k1", { email: "person-0@example.com" })]);
  expect(outcomes.get("k1")).toMatchObject({ kind: "failed", error: { kind: "skip_record" } });
});

it("archives a hundred in one call", async () => {
  const world = hubspotWorld();
  const ids = contacts(world, 100);
  const before = world.double.countCalls();
  const outcomes = await write(
    world,
    ids.map((id) => ({ kind: "archive", operationId: id, recordId: id })),
  );
  expect(count(outcomes)).toEqual({ done: 100 });
  expect(world.double.countCalls() - before).toBe(1);
});

/** The same portal, but any batch with one of these ids is refused whole, without a reason. */
function refusing(world: HubSpotWorld, ...ids: readonly string[]) {
  const updates = { count: 0 };
  const { connector } = hubspotWorld({
    through: () => async (request) => {
      const body = await request.clone().text();
      if (!request.url.includes("/batch/update")) return await world.double.fetch(request);
      updates.count += 1;
      if (!ids.some((id) => body.includes(`"id":"${id}"`)))
        return await world.double.fetch(request);
      const refusal = { status: "error", category: "VALIDATION_ERROR", message: "Invalid input" };
      return Response.json(refusal, { status: 400 });
    },
  });
  return { world: { ...world, connector }, updates };
}

function contacts(world: HubSpotWorld, many: number): readonly string[] {
  const dana = world.double.person(personUserId);
  return Array.from({ length: many }, (_, index) =>
    dana.create("contacts", { email: `person-${index}@example.com`, firstname: "Someone" }),
  );
}

/** Updates are called by their record's id, creations by their key. */
function update(recordId: string, set: Fields) {
  return { kind: "update" as const, operationId: recordId, recordId, set };
}

function create(key: string, set: Fields) {
  return { kind: "create" as const, operationId: key, key, set };
}

async function write(
  world: HubSpotWorld,
  operations: readonly WriteOperation[],
): Promise<ReadonlyMap<string, WriteOutcome>> {
  const outcomes = await world.connector.write(world.mappings.contact!, operations);
  expect(outcomes).toHaveLength(operations.length);
  return new Map(outcomes.map((outcome) => [outcome.operationId, outcome]));
}

function count(outcomes: ReadonlyMap<string, WriteOutcome>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of outcomes.values()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function properties(world: HubSpotWorld, id: string) {
  return world.double.records("contacts").find((record) => record.id === id)?.properties;
}
