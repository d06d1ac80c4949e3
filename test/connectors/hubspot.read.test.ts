/** Reading HubSpot: who set what and when, merges, deletions, owners, drift and refusals. */
import { describe, expect, it } from "vitest";
import type { Observation, SystemRecord } from "../../shared/record.ts";
import { ConnectorError, type ReadAnswer } from "../../worker/connectors/connector.ts";
import type { ObjectMapping } from "../../worker/core/rules.ts";
import { bare, defineCars, everyObject } from "./hubspot.objects.ts";
import { configured, type HubSpotWorld, hubspotWorld, personUserId } from "./hubspot.world.ts";

const minute = 60_000;
const hidden = '"hs_merged_object_ids":null';

describe("the history of a field", () => {
  it("says since when, by whom, and what was there before", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const id = dana.create("contacts", { email: "a@example.com", jobtitle: "Clerk" });
    const first = world.now();
    world.pass(minute);
    world.double.automation.update("contacts", id, { jobtitle: "Chief" });
    const second = world.now();
    world.pass(minute);
    await writeTitle(world, id, "Boss");
    expect(await field(world, id, "job_title")).toEqual({
      kind: "held",
      value: "Boss",
      at: world.now(),
      actor: { kind: "self", id: "987654" },
      earlier: [
        { value: "Chief", at: second, actor: expect.objectContaining({ kind: "automation" }) },
        { value: "Clerk", at: first, actor: { kind: "person", id: "9001", name: "Dana Owner" } },
      ],
    });
  });

  it("does not get newer when a value is only spelt differently", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const id = dana.create("contacts", { email: "a@example.com", phone: "+1 212 555 0123" });
    const at = world.now();
    world.pass(minute);
    world.double.automation.update("contacts", id, { phone: "+12125550123" });
    expect(await field(world, id, "phone")).toMatchObject({
      at,
      actor: { kind: "person" },
      earlier: [],
    });
  });

  it("sees an amount and its currency as one value", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const id = dana.create("deals", deal({ amount: "100", deal_currency_code: "USD" }));
    const first = world.now();
    world.pass(minute);
    dana.update("deals", id, { deal_currency_code: "EUR" });
    const second = world.now();
    world.pass(minute);
    dana.update("deals", id, { amount: "90", deal_currency_code: "GBP" });
    expect(await field(world, id, "amount", "deal")).toMatchObject({
      value: "90 GBP",
      at: world.now(),
      earlier: [
        { value: "100 EUR", at: second },
        { value: "100 USD", at: first },
      ],
    });
  });

  it("keeps the value a person set between our read and our write", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const id = dana.create("contacts", { email: "a@example.com", jobtitle: "Clerk" });
    await field(world, id, "job_title");
    world.pass(1_000);
    dana.update("contacts", id, { jobtitle: "Theirs" });
    world.pass(1_000);
    await writeTitle(world, id, "Ours");
    const seen = await field(world, id, "job_title");
    expect(seen).toMatchObject({ value: "Ours", actor: { kind: "self" } });
    expect(seen?.kind === "held" && seen.earlier?.[0]).toMatchObject({
      value: "Theirs",
      actor: { kind: "person" },
    });
  });
});

describe("a record that is not where it was", () => {
  it("is found under the id of the merge, whichever of the old ids is asked for", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const [a = "", b = "", c = ""] = ["a", "b", "c"].map((name) =>
      dana.create("contacts", { email: `${name}@example.com`, jobtitle: name }),
    );
    const one = dana.merge("contacts", a, b);
    const all = dana.merge("contacts", one, c);
    const answers = await read(world, [a, b, c, one, all]);
    for (const id of [a, b, c, one]) {
      expect(answers.get(id)).toMatchObject({
        kind: "found",
        mergedInto: all,
        record: { id: all },
      });
    }
    expect(answers.get(all)).toMatchObject({ kind: "found", record: { id: all } });
    expect(answers.get(all)).not.toHaveProperty("mergedInto");
  });

  it("is found even if the survivor does not say which ids it stands for", async () => {
    const world = hubspotWorld({
      through: (fetch) => async (request) => {
        const text = await (await fetch(request)).text();
        return new Response(text.replaceAll(/"hs_merged_object_ids":"[^"]*"/g, hidden));
      },
    });
    const dana = world.double.person(personUserId);
    const [a = "", b = "", c = ""] = ["a", "b", "c"].map((name) =>
      dana.create("contacts", { email: `${name}@example.com` }),
    );
    const survivor = dana.merge("contacts", a, b);
    const answers = await read(world, [a, b, c]);
    for (const id of [a, b]) expect(answers.get(id)).toMatchObject({ mergedInto: survivor });
    expect(answers.get(c)).toMatchObject({ kind: "found", record: { id: c } });
  });

  it("is archived, not missing, while it can be restored", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const id = dana.create("contacts", { email: "a@example.com", jobtitle: "Clerk" });
    dana.archive("contacts", id);
    expect((await read(world, [id])).get(id)).toMatchObject({
      kind: "found",
      record: { id, archived: true, fields: { job_title: { value: "Clerk" } } },
    });
    dana.restore("contacts", id);
    expect((await read(world, [id])).get(id)).toMatchObject({ record: { archived: false } });
  });

  it("is missing once it is destroyed", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const id = dana.create("contacts", { email: "a@example.com" });
    dana.privacyDelete(id);
    expect((await read(world, [id])).get(id)).toEqual({ kind: "missing" });
  });

  it("is not missing because one answer says so", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const id = dana.create("contacts", { email: "a@example.com" });
    world.double.faults.add({ kind: "transient_missing", times: 2, matches: "/batch/read" });
    expect((await read(world, [id])).get(id)).toMatchObject({ kind: "found", record: { id } });
  });

  it("is not missing because a batch does not know that it is archived", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const id = dana.create("contacts", { email: "a@example.com" });
    dana.archive("contacts", id);
    world.double.faults.add({ kind: "transient_missing", times: 2, matches: "/batch/read" });
    expect((await read(world, [id])).get(id)).toMatchObject({
      kind: "unknown",
      error: { kind: "retry" },
    });
    expect((await read(world, [id])).get(id)).toMatchObject({ record: { archived: true } });
  });

  it("costs no call of its own as long as nothing is gone", async () => {
    const world = hubspotWorld({ mappings: bare() });
    const dana = world.double.person(personUserId);
    const ids = Array.from({ length: 50 }, (_, index) =>
      dana.create("contacts", { email: `p${index}@example.com` }),
    );
    await read(world, ids);
    const before = world.double.countCalls();
    await read(world, ids);
    expect(world.double.countCalls() - before).toBe(1);
    dana.archive("contacts", ids[0]!);
    await read(world, ids);
    expect(world.double.countCalls() - before).toBe(3);
  });

  it("is missing without a call if its id is none", async () => {
    const world = hubspotWorld();
    const answers = await read(world, ["", "x", "../owners", "1e3"]);
    expect([...answers.values()].every((answer) => answer.kind === "missing")).toBe(true);
    expect(world.double.countCalls()).toBe(0);
  });
});

describe("what HubSpot does not tell", () => {
  it("leaves out a property that is gone, and reads the others", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const id = dana.create("contacts", { email: "a@example.com", jobtitle: "Clerk" });
    delete world.double.portal.state.objects["0-1"]!.properties.jobtitle;
    const record = await found(world, id);
    expect(record.fields).not.toHaveProperty("job_title");
    expect(record.fields.email).toMatchObject({ value: "a@example.com" });
  });

  it("holds back a stage that is not mapped, by name, and reads the others", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const id = dana.create("contacts", {
      email: "a@example.com",
      lifecyclestage: "marketingqualifiedlead",
    });
    const record = await found(world, id);
    expect(record.fields.lifecycle).toMatchObject({
      kind: "invalid",
      raw: "marketingqualifiedlead",
      reason: expect.stringContaining("marketingqualifiedlead"),
      at: world.now(),
      actor: { kind: "person" },
    });
    expect(record.fields.email?.kind).toBe("held");
  });

  it("knows owners who left, and asks again for one it does not know", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const id = dana.create("contacts", { email: "a@example.com", hubspot_owner_id: "502" });
    world.double.portal.state.owners[1]!.archived = true;
    expect(await field(world, id, "owner")).toMatchObject({ value: "kim@example.com" });
    const calls = () => world.double.countCalls("GET", "/owners");
    const before = calls();
    await found(world, id);
    expect(calls()).toBe(before);

    world.double.portal.state.owners.push({
      id: "504",
      userId: 9004,
      email: "New.Person@example.com",
      firstName: "New",
      lastName: "Person",
      archived: false,
    });
    dana.update("contacts", id, { hubspot_owner_id: "504" });
    expect(await field(world, id, "owner")).toMatchObject({ kind: "invalid" });
    world.pass(minute);
    expect(await field(world, id, "owner")).toMatchObject({ value: "new.person@example.com" });
    expect(calls()).toBe(before + 2);
  });

  it("knows nothing of owners while their list cannot be read, and all else", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const id = dana.create("contacts", { email: "a@example.com", hubspot_owner_id: "502" });
    world.double.faults.add({ kind: "status", status: 500, matches: "/crm/owners" });
    const record = await found(world, id);
    expect(record.fields).not.toHaveProperty("owner");
    expect(record.fields.email?.kind).toBe("held");
  });

  it("does not guess a day while the portal's time zone is not known", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const id = dana.create("deals", deal({ closedate: "2026-12-02T03:00:00Z" }));
    const fault = world.double.faults.add({ kind: "reset", matches: "/account-info" });
    expect((await found(world, id, "deal")).fields).not.toHaveProperty("close_date");
    fault.remove();
    expect(await field(world, id, "close_date", "deal")).toMatchObject({ value: "2026-12-01" });
  });
});

describe("finding", () => {
  it("knows the second e-mail addresses of a contact", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const id = dana.create("contacts", { email: "a@example.com" });
    dana.addEmail(id, "other@example.com");
    const found = await world.connector.find(mappingOf(world), "email", [
      "other@example.com",
      "a@example.com",
    ]);
    expect(found.map((record) => record.id)).toEqual([id]);
    expect(found[0]?.aliases).toEqual({ email: ["other@example.com"] });
  });

  it("knows the further domains of a company, canonical, in one search", async () => {
    const world = hubspotWorld({ mappings: everyObject(), prepare: defineCars });
    const dana = world.double.person(personUserId);
    const [main, further] = ["main.example.com", "other.example.com"].map((domain) =>
      dana.create("companies", { name: domain, domain }),
    );
    dana.addDomain(main!, "Further.example.com");
    dana.addDomain(main!, "last.example.com");
    const find = (domains: readonly string[]) =>
      world.connector.find(mappingOf(world, "company"), "domain", domains);
    const [known] = await find(["last.example.com"]);
    expect(known).toMatchObject({
      id: main,
      aliases: { domain: ["further.example.com", "last.example.com"] },
    });
    const before = world.double.countCalls("POST", "/search");
    const all = await find(["further.example.com", "other.example.com", "nobody.example.com"]);
    expect(all.map((record) => record.id).sort()).toEqual([main, further].sort());
    expect(world.double.countCalls("POST", "/search")).toBe(before + 1);
    expect(await find(["nobody.example.com"])).toEqual([]);
  });

  it("by a record's id follows merges, and says which ids it stood for", async () => {
    const mapping: ObjectMapping = {
      object: "contact",
      systemObject: "contacts",
      fields: [
        { field: "id", type: { kind: "text" }, property: "hs_object_id", readOnly: true },
        { field: "email", type: { kind: "email" }, property: "email" },
      ],
    };
    const world = hubspotWorld({ mappings: { contact: mapping } });
    const dana = world.double.person(personUserId);
    const ids = ["a@example.com", "b@example.com"].map((email) =>
      dana.create("contacts", { email }),
    );
    const survivor = dana.merge("contacts", ids[0]!, ids[1]!);
    const found = await world.connector.find(mapping, "id", [ids[1]!, "999999"]);
    expect(found.map((record) => record.id)).toEqual([survivor]);
    expect(found[0]?.aliases).toEqual({ id: ids, email: ["b@example.com"] });
  });

  it("vouches for what HubSpot keeps unique, and for nothing else", () => {
    const world = hubspotWorld({ mappings: everyObject(), prepare: defineCars });
    const { connector } = world;
    const vouches = (object: string, field: string) =>
      connector.keepsUnique?.(mappingOf(world, object), field);
    expect(vouches("contact", "email")).toBe(true);
    expect(vouches("contact", "phone")).toBe(false);
    expect(vouches("company", "domain")).toBe(false);
    expect(vouches("contact", "nothing")).toBe(false);
  });

  it("throws when the answer leaves out a value without a word", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    dana.create("contacts", { email: "a@example.com" });
    dana.create("contacts", { email: "b@example.com" });
    world.double.faults.add({ kind: "batch_short" });
    const find = world.connector.find(mappingOf(world), "email", [
      "a@example.com",
      "b@example.com",
    ]);
    await expect(find).rejects.toMatchObject({ kind: "retry" });
  });

  it("reads what search finds: an index that lags cannot make a match", async () => {
    const world = hubspotWorld({ double: { searchLagMs: minute } });
    const dana = world.double.person(personUserId);
    const id = dana.create("deals", deal({ ops_deal_number: "D-1" }));
    world.pass(2 * minute);
    dana.update("deals", id, { ops_deal_number: "D-2" });
    const find = (number: string) =>
      world.connector.find(mappingOf(world, "deal"), "number", [number]);
    expect(await find("D-1")).toEqual([]);
    world.pass(2 * minute);
    expect((await find("D-2")).map((record) => record.id)).toEqual([id]);
  });
});

describe("a refusal", () => {
  const limited = [
    ["ten_secondly", 10_000],
    ["daily", 3_600_000],
    ["secondly", 1_000],
  ] as const;
  it.each(limited)("says how long to wait: %s", async (kind, retryAfterMs) => {
    const world = hubspotWorld();
    world.double.faults.add({ kind });
    expect(await errorOf(world)).toMatchObject({ kind: "rate_limited", status: 429, retryAfterMs });
  });

  it.each([
    ["locked", {}, "retry", 423],
    ["token_revoked", {}, "reauthorize", 401],
    ["scope_lost", { scope: "crm.objects.contacts.read" }, "reauthorize", 403],
    ["status", { status: 414 }, "give_up", 414],
    ["html", {}, "retry", 502],
    ["reset", {}, "retry", null],
  ] as const)("says what to do: %s", async (kind, parts, recovery, status) => {
    const world = hubspotWorld();
    world.double.faults.add({ kind, ...parts });
    expect(await errorOf(world)).toMatchObject({ kind: recovery, status });
  });

  it("is asked about once more where a read went unanswered, and a write never", async () => {
    const world = hubspotWorld();
    const dana = world.double.person(personUserId);
    const id = dana.create("contacts", { email: "a@example.com" });
    world.double.faults.add({ kind: "reset", times: 1, matches: "/batch/read" });
    expect((await read(world, [id])).get(id)?.kind).toBe("found");
    world.double.faults.add({ kind: "reset", times: 1, matches: "/batch/update" });
    expect((await writeTitle(world, id, "New"))?.kind).toBe("unknown");
    expect(world.double.countCalls("POST", "/batch/update")).toBe(1);
  });

  it("stops the pages after it: the rest is unknown without a call", async () => {
    const world = hubspotWorld();
    world.double.faults.add({ kind: "ten_secondly", matches: "/batch/read" });
    const ids = Array.from({ length: 500 }, (_, index) => String(1_000 + index));
    const answers = await read(world, ids);
    expect([...answers.values()].every((answer) => answer.kind === "unknown")).toBe(true);
    expect(world.double.countCalls("POST", "/batch/read")).toBe(1);
  });
});

it("hands the rate headers of every answer on", async () => {
  const world = hubspotWorld({ double: { limits: {}, tier: "professional" } });
  await read(world, ["1"]);
  expect(world.budgets.at(-1)).toMatchObject({
    dailyMax: 625_000,
    intervalMax: 190,
    intervalMs: 10_000,
  });
});

function deal(properties: Record<string, string>): Record<string, string> {
  return { dealname: "Deal", dealstage: "appointmentscheduled", ...properties };
}

function mappingOf(world: HubSpotWorld, object = "contact"): ObjectMapping {
  return world.mappings[object] ?? configured()[object]!;
}

function read(
  world: HubSpotWorld,
  ids: readonly string[],
  object = "contact",
): Promise<ReadonlyMap<string, ReadAnswer>> {
  return world.connector.read(mappingOf(world, object), ids);
}

async function found(world: HubSpotWorld, id: string, object = "contact"): Promise<SystemRecord> {
  const answer = (await read(world, [id], object)).get(id);
  if (answer?.kind !== "found") throw new Error(`not found: ${answer?.kind}`);
  return answer.record;
}

async function field(
  world: HubSpotWorld,
  id: string,
  name: string,
  object = "contact",
): Promise<Observation | undefined> {
  return (await found(world, id, object)).fields[name];
}

async function writeTitle(world: HubSpotWorld, id: string, title: string) {
  const operation = {
    kind: "update" as const,
    operationId: "w1",
    recordId: id,
    set: { job_title: title },
  };
  return (await world.connector.write(mappingOf(world), [operation]))[0];
}

async function errorOf(world: HubSpotWorld): Promise<ConnectorError> {
  const answer = (await read(world, ["151"])).get("151");
  if (answer?.kind !== "unknown") throw new Error("it was answered");
  expect(answer.error).toBeInstanceOf(ConnectorError);
  return answer.error;
}
