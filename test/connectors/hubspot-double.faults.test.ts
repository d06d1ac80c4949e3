/** Every fault of the double does what its name says, to the calls it is meant for, and stops. */
import { describe, expect, it } from "vitest";
import { faultUses, opsFaultUses } from "../playground/fault-list.ts";
import { faultKinds, printFaults } from "../playground/hubspot/faults.ts";
import { signatureV3 } from "../playground/hubspot/signature.ts";
import { fixture, targetUrl } from "./hubspot-fixture.ts";

const contacts = "/crm/objects/2026-03/contacts";

function portal() {
  const world = fixture();
  const hand = world.double.person(71001);
  const ids = ["ada", "ben", "eve"].map((name) =>
    hand.create("contacts", { email: `${name}@example.com`, phone: "1" }),
  );
  const { faults } = world.double;
  const update = (phone: string) => {
    const inputs = ids.map((id) => ({ id, properties: { phone } }));
    return world.call("POST", `${contacts}/batch/update`, { inputs });
  };
  const phones = () => world.double.records("contacts").map((each) => each.properties.phone);
  const read = (id = ids[0]) => world.call("GET", `${contacts}/${id}?properties=phone`);
  return { ...world, hand, ids, faults, update, phones, read };
}

describe("a call", () => {
  it("gets a status, with nothing applied, as often as told", async () => {
    const { faults, update, phones } = portal();
    faults.add({ kind: "status", status: 503, times: 2, matches: "/batch/update" });
    const statuses = [await update("2"), await update("3"), await update("4")].map(
      (each) => each.status,
    );
    expect(statuses).toEqual([503, 503, 200]);
    expect(phones()).toEqual(["4", "4", "4"]);
  });

  it("passes first as often as told, and only matching ones are struck", async () => {
    const { faults, update, read } = portal();
    faults.add({ kind: "status", after: 1, times: 1, method: "POST" });
    expect(
      [await read(), await update("2"), await read(), await update("3")].map((each) => each.status),
    ).toEqual([200, 200, 200, 500]);
  });

  it("breaks with nothing applied, or with all applied", async () => {
    const { faults, update, phones } = portal();
    faults.add({ kind: "reset", times: 1 });
    await expect(update("2")).rejects.toThrow("fetch failed");
    expect(phones()).toEqual(["1", "1", "1"]);
    faults.add({ kind: "apply_then_reset", times: 1 });
    await expect(update("3")).rejects.toThrow("fetch failed");
    expect(phones()).toEqual(["3", "3", "3"]);
  });

  it("is applied and answered as if it had failed", async () => {
    const { faults, update, phones } = portal();
    faults.add({ kind: "apply_then_status", status: 504, times: 1 });
    expect((await update("2")).status).toBe(504);
    expect(phones()).toEqual(["2", "2", "2"]);
  });

  it("hangs before it is applied, or after, until it is released", async () => {
    const { faults, update, phones } = portal();
    const before = faults.add({ kind: "hang", times: 1 });
    const held = update("2");
    await Promise.resolve();
    expect(phones()).toEqual(["1", "1", "1"]);
    before.release();
    expect((await held).status).toBe(200);
    const after = faults.add({ kind: "apply_then_hang", times: 1 });
    let answered = false;
    const late = update("3").then(() => {
      answered = true;
    });
    await new Promise(setImmediate);
    expect([phones()[0], answered]).toEqual(["3", false]);
    after.release();
    await late;
    expect(answered).toBe(true);
  });

  it("waits, by the clock it is given", async () => {
    const waited: number[] = [];
    const world = fixture({ wait: async (ms) => void waited.push(ms) });
    world.double.faults.add({ kind: "latency", ms: 700, times: 1 });
    await world.call("GET", contacts);
    await world.call("GET", contacts);
    expect(waited).toEqual([700]);
  });

  it.each([
    { fault: { kind: "ten_secondly", times: 1 }, policyName: "TEN_SECONDLY_ROLLING" },
    { fault: { kind: "secondly", times: 1 }, policyName: "SECONDLY" },
    { fault: { kind: "daily", times: 1 }, policyName: "DAILY" },
  ] as const)("is over a limit: $policyName", async ({ fault, policyName }) => {
    const { faults, read } = portal();
    faults.add(fault);
    const { status, body } = await read();
    expect([status, body.policyName]).toEqual([429, policyName]);
  });

  it("is locked out, or meets a proxy's page of HTML", async () => {
    const { faults, read, double } = portal();
    faults.add({ kind: "locked", times: 1 });
    expect((await read()).status).toBe(423);
    faults.add({ kind: "html", times: 1 });
    const answer = await double.fetch(new Request(`https://api.hubapi.com${contacts}`));
    expect([answer.status, answer.headers.get("content-type")]).toEqual([502, "text/html"]);
  });

  it("meets a revoked token, or a scope that was taken away", async () => {
    const { faults, read } = portal();
    faults.add({ kind: "token_revoked", times: 1 });
    expect((await read()).status).toBe(401);
    faults.add({ kind: "scope_lost", scope: "crm.objects.contacts.read" });
    expect((await read()).body.category).toBe("MISSING_SCOPES");
    faults.clear();
    expect((await read()).status).toBe(200);
  });
});

describe("a batch answer", () => {
  it("is shuffled, or a row short, or empty, though all was applied", async () => {
    const { faults, update, phones, ids } = portal();
    const answered = async (phone: string) =>
      (await update(phone)).body.results.map((each: { id: string }) => each.id);
    faults.add({ kind: "batch_shuffled", times: 1 });
    const shuffled = await answered("2");
    expect(shuffled).not.toEqual(ids);
    expect(shuffled.toSorted()).toEqual(ids.toSorted());
    faults.add({ kind: "batch_short", times: 1 });
    expect(await answered("3")).toEqual(ids.slice(1));
    faults.add({ kind: "batch_empty", times: 1 });
    expect(await answered("4")).toEqual([]);
    expect(phones()).toEqual(["4", "4", "4"]);
  });

  it("is empty because nothing was applied", async () => {
    const { faults, update, phones } = portal();
    faults.add({ kind: "batch_unapplied_empty", times: 1 });
    expect((await update("2")).body).toMatchObject({ status: "COMPLETE", results: [] });
    expect(phones()).toEqual(["1", "1", "1"]);
  });
});

describe("a read", () => {
  it("is stale: values, and records, are as they were", async () => {
    const { faults, hand, ids, clock, read, call } = portal();
    clock.now += 60_000;
    hand.update("contacts", ids[0]!, { phone: "2" });
    const young = hand.create("contacts", { email: "young@example.com" });
    faults.add({ kind: "stale_read", ms: 1_000, times: 1 });
    const batch = await call("POST", `${contacts}/batch/read`, { inputs: [{ id: young }] });
    expect(batch.body.errors[0].context.ids).toEqual([young]);
    faults.add({ kind: "stale_read", ms: 1_000, times: 1 });
    const stale = (await read()).body;
    expect([stale.properties.phone, stale.updatedAt]).toEqual(["1", "2026-11-23T09:00:00Z"]);
    expect((await read()).body.properties.phone).toBe("2");
  });

  it("does not find what is there, for a moment", async () => {
    const { faults, read, ids, call } = portal();
    faults.add({ kind: "transient_missing", times: 2 });
    const batch = await call("POST", `${contacts}/batch/read`, {
      inputs: ids.map((id) => ({ id })),
    });
    expect(batch.body.errors[0].context.ids).toEqual(ids);
    expect((await read()).status).toBe(404);
    expect((await read()).status).toBe(200);
  });

  it("is followed by somebody's edit before the next call", async () => {
    const { faults, read, hand, ids, phones } = portal();
    const edit = () => hand.update("contacts", ids[0]!, { phone: "theirs" });
    faults.add({ kind: "edit_between", times: 1, edit });
    expect((await read()).body.properties.phone).toBe("1");
    expect(phones()[0]).toBe("theirs");
  });
});

describe("a search", () => {
  it("lags, or changes the order of equal values from page to page", async () => {
    const { faults, call, clock, ids } = portal();
    const found = async () => {
      clock.now += 1_000;
      const sorts = [{ propertyName: "phone", direction: "ASCENDING" }];
      return (await call("POST", `${contacts}/search`, { sorts })).body.results.map(
        (each: { id: string }) => each.id,
      );
    };
    faults.add({ kind: "search_lag", ms: 60_000, times: 1 });
    expect(await found()).toEqual([]);
    expect(await found()).toEqual(ids);
    faults.add({ kind: "search_ties" });
    const orders = new Set<string>();
    for (let page = 0; page < 12; page += 1) orders.add((await found()).join());
    expect(orders.size).toBeGreaterThan(2);
  });
});

describe("a webhook", () => {
  async function office() {
    const world = portal();
    await world.events();
    world.sent.length = 0;
    const edit = (phone: string) => world.hand.update("contacts", world.ids[0]!, { phone });
    const told = async () => (await world.events()).map((each) => each.propertyValue);
    return { ...world, edit, told };
  }

  it("is lost", async () => {
    const { faults, edit, told } = await office();
    faults.add({ kind: "webhook_drop", times: 1 });
    edit("2");
    edit("3");
    expect(await told()).toEqual(["3"]);
  });

  it("comes twice, the second time in a request of its own", async () => {
    const { faults, edit, told, clock, sent } = await office();
    faults.add({ kind: "webhook_duplicate", ms: 60_000, times: 1, matches: "propertyChange" });
    edit("2");
    expect(await told()).toEqual(["2"]);
    clock.now += 60_000;
    expect(await told()).toEqual(["2", "2"]);
    expect(sent[0]?.events[0]?.eventId).toBe(sent[1]?.events[0]?.eventId);
  });

  it("comes late", async () => {
    const { faults, edit, told, clock } = await office();
    faults.add({ kind: "webhook_delay", ms: 3_600_000, times: 1 });
    edit("2");
    edit("3");
    expect(await told()).toEqual(["3"]);
    clock.now += 3_600_000;
    expect(await told()).toEqual(["3", "2"]);
  });

  it("comes before an earlier one", async () => {
    const { faults, edit, told } = await office();
    faults.add({ kind: "webhook_reorder" });
    for (const phone of ["2", "3", "4", "5", "6"]) edit(phone);
    const values = await told();
    expect(values).not.toEqual(["2", "3", "4", "5", "6"]);
    expect(values.toSorted()).toEqual(["2", "3", "4", "5", "6"]);
  });

  it("shares its eventId with another", async () => {
    const { faults, edit, events } = await office();
    faults.add({ kind: "webhook_same_event_id" });
    edit("2");
    edit("3");
    const ids = (await events()).map((each) => each.eventId);
    expect(ids).toEqual([100, 100]);
  });

  it("carries another value, or another time, than the record", async () => {
    const { faults, edit, told, events, clock, phones } = await office();
    faults.add({ kind: "webhook_lie", times: 1 });
    edit("2");
    expect([await told(), phones()[0]]).toEqual([["not this"], "2"]);
    faults.add({ kind: "webhook_skew", ms: -86_400_000, times: 1 });
    edit("3");
    expect((await events()).at(-1)?.occurredAt).toBe(clock.now - 86_400_000);
  });

  it("is signed too long ago, or with another secret", async () => {
    const { faults, edit, double, sent, clock } = await office();
    faults.add({ kind: "webhook_stale_signature", times: 1 });
    edit("2");
    await double.pump();
    const stamp = Number(sent[0]!.headers.get("x-hubspot-request-timestamp"));
    expect(clock.now - stamp).toBeGreaterThan(300_000);
    faults.add({ kind: "webhook_forged", times: 1 });
    edit("3");
    await double.pump();
    const { body, headers, at } = sent[1]!;
    const clientSecret = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy";
    const genuine = await signatureV3({ clientSecret, method: "POST", uri: targetUrl, body }, at);
    expect(headers.get("x-hubspot-signature-v3")).not.toBe(genuine);
  });

  it("comes with events of another portal, another app and a type nobody knows", async () => {
    const { faults, edit, events } = await office();
    faults.add({ kind: "webhook_foreign", times: 1 });
    edit("2");
    const all = await events();
    expect(all.map((each) => [each.portalId, each.appId, each.subscriptionType])).toEqual([
      [12345678, 987654, "object.propertyChange"],
      [12345679, 987654, "object.propertyChange"],
      [12345678, 987655, "object.propertyChange"],
      [12345678, 987654, "object.future"],
    ]);
  });
});

it("a fault counts how often it struck, and can be removed", async () => {
  const { faults, read } = portal();
  const armed = faults.add({ kind: "status" });
  await read();
  await read();
  armed.remove();
  await read();
  expect([armed.struck, faults.struck]).toEqual([2, { status: 2 }]);
});

it("every fault is printed, and used by a test", () => {
  const uses = faultUses();
  const unused = Object.entries({ ...uses, ...opsFaultUses() }).filter(([, count]) => count === 0);
  expect(unused).toEqual([]);
  const lines = printFaults(uses).split("\n");
  expect(lines.map((line) => line.split(" ")[0])).toEqual(Object.keys(faultKinds));
});
