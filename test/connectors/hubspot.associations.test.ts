/** Associations as fields: read, written, labelled, primary, and told from knowing nothing. */
import { describe, expect, it } from "vitest";
import type { Fields, Observation } from "../../shared/record.ts";
import type { WriteOperation, WriteOutcome } from "../../worker/connectors/connector.ts";
import { defineCars, everyObject } from "./hubspot.objects.ts";
import { type HubSpotWorld, hubspotWorld, personUserId } from "./hubspot.world.ts";

describe("reading", () => {
  it("gives the ids of the other records, sorted, and blank where there are none", async () => {
    const { world, dana, contacts, deals } = portal();
    dana.associate("deals", deals[0]!, "contacts", contacts[1]!);
    dana.associate("deals", deals[0]!, "contacts", contacts[0]!);
    const records = await fields(world, "deal", deals.slice(0, 2));
    expect(records[0]?.people).toEqual({
      kind: "held",
      value: [contacts[0], contacts[1]].sort(),
      at: null,
      actor: null,
    });
    expect(records[1]?.people).toMatchObject({ kind: "held", value: null });
  });

  it("takes the primary company where one is mapped, and all where all are", async () => {
    const { world, dana, contacts, companies } = portal();
    dana.associate("contacts", contacts[0]!, "companies", companies[0]!);
    dana.associate("contacts", contacts[0]!, "companies", companies[1]!, 1);
    const [record] = await fields(world, "contact", [contacts[0]!]);
    expect(record?.employer).toMatchObject({ value: companies[1] });
    expect(record?.companies).toMatchObject({ value: companies.slice(0, 2).sort() });
  });

  it("holds back one that is several, unless one of them is primary", async () => {
    const { world, dana, deals, companies } = portal();
    for (const id of companies.slice(0, 2)) dana.associate("deals", deals[0]!, "companies", id);
    expect((await fields(world, "deal", [deals[0]!]))[0]?.customer).toMatchObject({
      kind: "invalid",
      reason: expect.stringContaining("2 associations"),
    });
    dana.associate("deals", deals[0]!, "companies", companies[1]!, 5);
    expect((await fields(world, "deal", [deals[0]!]))[0]?.customer).toMatchObject({
      value: companies[1],
    });
  });

  it("follows the pages of a record with very many", async () => {
    const { world, dana, companies } = portal();
    const ids = Array.from({ length: 1_203 }, (_, index) =>
      dana.create("contacts", { email: `many-${index}@example.com` }),
    );
    for (const id of ids) dana.associate("companies", companies[0]!, "contacts", id);
    const [record] = await fields(world, "company", [companies[0]!]);
    const people = record?.people;
    expect(people?.kind === "held" && people.value).toEqual(ids.toSorted());
  });

  it("knows nothing of associations that HubSpot did not tell, and all else", async () => {
    const { world, dana, contacts, companies } = portal();
    dana.associate("contacts", contacts[0]!, "companies", companies[0]!);
    world.double.faults.add({ kind: "reset", matches: "/crm/associations" });
    const [record] = await fields(world, "contact", [contacts[0]!]);
    expect(record).not.toHaveProperty("companies");
    expect(record?.email).toMatchObject({ kind: "held" });
  });

  it("knows nothing of those an answer leaves out", async () => {
    const { world, dana, contacts, companies } = portal();
    for (const id of contacts) dana.associate("contacts", id, "companies", companies[0]!);
    world.double.faults.add({ kind: "batch_short", matches: "/crm/associations" });
    const records = await fields(world, "contact", contacts);
    expect(records.filter((record) => "companies" in record)).toHaveLength(contacts.length - 1);
  });
});

describe("writing", () => {
  it("adds what is missing and takes away what is too much, and nothing else", async () => {
    const { world, dana, contacts, deals } = portal();
    for (const id of contacts.slice(0, 2)) dana.associate("deals", deals[0]!, "contacts", id);
    const wanted = [contacts[1]!, contacts[2]!].sort();
    const outcome = await writeOne(world, "deal", deals[0]!, { people: wanted });
    expect(outcome).toMatchObject({
      kind: "done",
      record: { fields: { people: { value: wanted } } },
    });
    expect([...dana.associated("deals", deals[0]!, "contacts")].sort()).toEqual(wanted);
  });

  it("makes another company the primary one, and leaves the first associated", async () => {
    const { world, dana, contacts, companies } = portal();
    const [contact = ""] = contacts;
    const employ = (id: string | null) => writeOne(world, "contact", contact, { employer: id });
    expect((await employ(companies[0]!)).kind).toBe("done");
    expect((await employ(companies[1]!)).kind).toBe("done");
    expect((await fields(world, "contact", [contact]))[0]).toMatchObject({
      employer: { value: companies[1] },
      companies: { value: companies.slice(0, 2).sort() },
    });
    expect((await employ(null)).kind).toBe("done");
    expect((await fields(world, "contact", [contact]))[0]).toMatchObject({
      employer: { value: null },
      companies: { value: companies.slice(0, 2).sort() },
    });
    expect(dana.associated("contacts", contact, "companies")).toHaveLength(2);
  });

  it("uses a label that people made, by its name", async () => {
    const { world, dana, contacts, deals } = portal();
    await api(world, "/crm/associations/2026-03/deals/contacts/labels", {
      label: "Billing contact",
      name: "billing",
    });
    dana.associate("deals", deals[0]!, "contacts", contacts[0]!);
    const type = { kind: "references" as const, object: "contact" };
    const billing = { field: "billing", type, property: "contacts:billing contact" };
    const mapping = { ...world.mappings.deal!, fields: [...world.mappings.deal!.fields, billing] };
    const operation = update(deals[0]!, { billing: [contacts[1]!] });
    const [outcome] = await world.connector.write(mapping, [operation]);
    expect(outcome?.kind).toBe("done");
    const answer = (await world.connector.read(mapping, [deals[0]!])).get(deals[0]!);
    expect(answer).toMatchObject({
      record: {
        fields: {
          billing: { value: [contacts[1]] },
          people: { value: contacts.slice(0, 2).sort() },
        },
      },
    });
  });

  it("associates a record that it creates in the same operation", async () => {
    const { world, contacts, companies } = portal();
    const operation: WriteOperation = {
      kind: "create",
      operationId: "c1",
      key: "k1",
      set: {
        name: "New deal",
        stage: "scheduled",
        customer: companies[0]!,
        people: [contacts[0]!],
      },
    };
    const [outcome] = await world.connector.write(world.mappings.deal!, [operation]);
    expect(outcome).toMatchObject({ kind: "done" });
    const id = outcome?.kind === "done" ? outcome.record.id : "";
    expect((await fields(world, "deal", [id]))[0]).toMatchObject({
      customer: { value: companies[0] },
      people: { value: [contacts[0]] },
    });
  });

  it("sends nothing but a read where the associations are as they should be", async () => {
    const { world, contacts, deals } = portal();
    const set = { people: [contacts[0]!] };
    await writeOne(world, "deal", deals[0]!, set);
    const before = world.double.calls.length;
    expect((await writeOne(world, "deal", deals[0]!, set)).kind).toBe("done");
    const calls = world.double.calls.slice(before).map((call) => call.path.split("/").at(-1));
    expect(calls).toEqual(["read"]);
  });

  it("costs three calls for a hundred records", async () => {
    const { world, dana, companies } = portal();
    const deals = Array.from({ length: 100 }, (_, index) =>
      dana.create("deals", { dealname: `Deal ${index}`, dealstage: "closedwon" }),
    );
    for (const id of deals) dana.associate("deals", id, "companies", companies[0]!);
    await writeOne(world, "deal", deals[0]!, { customer: companies[2]! });
    const before = world.double.countCalls();
    const operations = deals.map((id) => update(id, { customer: companies[1]! }));
    const outcomes = await world.connector.write(world.mappings.deal!, operations);
    expect(outcomes.every((outcome) => outcome.kind === "done")).toBe(true);
    // Read what is there, add the new one, take the old one away.
    expect(world.double.countCalls() - before).toBe(3);
    expect(dana.associated("deals", deals[7]!, "companies")).toEqual([companies[1]]);
  });

  it("lets a record that is gone stop no other, and names the field", async () => {
    const { world, deals, contacts } = portal();
    const operations = deals.map((id, index) =>
      update(id, { people: [index === 1 ? "987654321" : contacts[0]!] }),
    );
    const outcomes = await writeAll(world, "deal", operations);
    expect(outcomes.get(deals[1]!)).toMatchObject({
      kind: "failed",
      error: { kind: "skip_record", field: "people" },
    });
    expect(outcomes.get(deals[0]!)?.kind).toBe("done");
    expect(outcomes.get(deals[2]!)?.kind).toBe("done");
  });

  it("is unknown where values were written and associations were refused", async () => {
    const { world, deals } = portal();
    const set = { name: "Renamed", people: ["987654321"] };
    expect(await writeOne(world, "deal", deals[0]!, set)).toMatchObject({
      kind: "unknown",
      error: { field: "people" },
    });
    expect((await fields(world, "deal", [deals[0]!]))[0]?.name).toMatchObject({ value: "Renamed" });
  });

  it("is unknown where the answer is lost, and failed where nothing was sent", async () => {
    const { world, deals, contacts } = portal();
    const set = { people: [contacts[0]!] };
    const lost = world.double.faults.add({ kind: "apply_then_reset", matches: "/batch/create" });
    expect((await writeOne(world, "deal", deals[0]!, set)).kind).toBe("unknown");
    lost.remove();
    world.double.faults.add({ kind: "reset", matches: "/crm/associations" });
    expect(await writeOne(world, "deal", deals[1]!, set)).toMatchObject({
      kind: "failed",
      error: { kind: "retry" },
    });
  });

  it("does not choose which of several to replace", async () => {
    const { world, dana, deals, companies } = portal();
    for (const id of companies.slice(0, 2)) dana.associate("deals", deals[0]!, "companies", id);
    const outcome = await writeOne(world, "deal", deals[0]!, { customer: companies[2]! });
    expect(outcome).toMatchObject({ kind: "failed", error: { field: "customer" } });
    expect(dana.associated("deals", deals[0]!, "companies")).toHaveLength(2);
  });
});

it("works for custom objects, from either end", async () => {
  const { world, dana, contacts } = portal();
  const car = dana.create("car", { vin: "V-1" });
  expect((await writeOne(world, "car", car, { driver: contacts[0]! })).kind).toBe("done");
  expect((await fields(world, "car", [car]))[0]?.driver).toMatchObject({ value: contacts[0] });
  expect(dana.associated("contacts", contacts[0]!, "car")).toEqual([car]);
});

it("pokes the records whose fields an association is, though no modified date moves", async () => {
  const { world, dana, deals, contacts } = portal();
  await world.webhooks();
  world.pass(60_000);
  dana.associate("deals", deals[0]!, "contacts", contacts[0]!);
  const pokes = new Set<string>();
  for (const webhook of await world.webhooks()) {
    const delivery = await world.connector.delivery(webhook.body);
    for (const poke of delivery.pokes) pokes.add(`${poke.object}/${poke.recordId}`);
  }
  expect([...pokes]).toEqual([`deal/${deals[0]}`]);
});

function portal() {
  const world = hubspotWorld({ mappings: everyObject(), prepare: defineCars });
  const dana = world.double.person(personUserId);
  const three = [0, 1, 2];
  return {
    world,
    dana,
    contacts: three.map((n) => dana.create("contacts", { email: `p${n}@example.com` })),
    companies: three.map((n) => dana.create("companies", { name: `Company ${n}` })),
    deals: three.map((n) =>
      dana.create("deals", { dealname: `Deal ${n}`, dealstage: "closedwon" }),
    ),
  };
}

async function fields(
  world: HubSpotWorld,
  object: string,
  ids: readonly string[],
): Promise<readonly Readonly<Record<string, Observation>>[]> {
  const answers = await world.connector.read(world.mappings[object]!, ids);
  return ids.map((id) => {
    const answer = answers.get(id);
    if (answer?.kind !== "found") throw new Error(`${id} is ${answer?.kind}`);
    return answer.record.fields;
  });
}

function update(recordId: string, set: Fields): WriteOperation {
  return { kind: "update", operationId: recordId, recordId, set };
}

async function writeOne(
  world: HubSpotWorld,
  object: string,
  id: string,
  set: Fields,
): Promise<WriteOutcome> {
  return (await writeAll(world, object, [update(id, set)])).get(id)!;
}

async function writeAll(
  world: HubSpotWorld,
  object: string,
  operations: readonly WriteOperation[],
): Promise<ReadonlyMap<string, WriteOutcome>> {
  const outcomes = await world.connector.write(world.mappings[object]!, operations);
  expect(outcomes).toHaveLength(operations.length);
  return new Map(outcomes.map((outcome) => [outcome.operationId, outcome]));
}

async function api(world: HubSpotWorld, path: string, body: unknown): Promise<void> {
  const request = new Request(`https://api.hubspot.test${path}`, {
    method: "POST",
    headers: { authorization: "Bearer pat-playground-0000", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect((await world.double.fetch(request)).ok).toBe(true);
}
