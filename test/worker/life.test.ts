/** Life and death of records, end to end: merged, deleted, restored, erased. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokenAt } from "../../worker/core/audit-chain.ts";
import { auditRows } from "../../worker/store/audit.ts";
import { database } from "../../worker/store/database.ts";
import { putPokes } from "../../worker/store/mailbox.ts";
import type { Playground } from "../playground/playground.ts";
import {
  ada,
  auditOf,
  card,
  makePair,
  type Pair,
  phoneOf,
  rows,
  startStand,
  writes,
} from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

const hubspot = () => stand.hubspot.person(ada.userId);
const ops = () => stand.ops.person("Dev Raman");
const contact = (id: string) => stand.hubspot.records("contacts").find((one) => one.id === id);
const customer = ({ customerId }: Pair) => stand.ops.record("customers", customerId)!;
const made = () => ({
  contacts: stand.hubspot.records("contacts").length,
  customers: stand.ops.records("customers").length,
});

interface Exception {
  readonly kind: string;
  readonly status: string;
  readonly resolution: string | null;
  readonly detail: string;
}
/** By the record in operations: it keeps its id whatever HubSpot merges. */
const exceptionsOf = ({ customerId }: Pair) =>
  rows<Exception>(
    stand,
    `SELECT x.kind, x.status, x.resolution, x.detail FROM exceptions x JOIN links l
     ON l.entity_id = x.entity_id AND l.system = 'ops' AND l.object = 'contact'
     WHERE l.record_id = ?1 ORDER BY x.opened_at`,
    customerId,
  );
const linksOf = ({ customerId }: Pair) =>
  rows<{ record_id: string; alias: number }>(
    stand,
    `SELECT o.record_id, o.alias FROM links l JOIN links o ON o.entity_id = l.entity_id
     WHERE l.system = 'ops' AND l.object = 'contact' AND l.record_id = ?1 AND o.system = 'hubspot'
     ORDER BY o.record_id`,
    customerId,
  );

type Values = Record<string, string>;
const waiting = () => rows(stand, "SELECT record_id FROM pokes");

/** Late events, on ids that may be dead by now. */
async function poke(ids: readonly string[]): Promise<void> {
  const pokes = ids.map((recordId) => {
    return { system: "hubspot", object: "contact", recordId, lane: "event", echo: null } as const;
  });
  await putPokes(database(stand.worker.d1), pokes, Date.now() - 60_000);
  await stand.worker.scheduled();
  await stand.quiet();
}

describe("a contact merged in HubSpot", () => {
  it("with one that nobody knew keeps its counterpart under the survivor's id", async () => {
    const pair = await makePair(stand, { jobtitle: "Before" });
    stand.ops.faults.downUntil = Number.POSITIVE_INFINITY;
    const other = hubspot().create("contacts", { firstname: "Double", lastname: "Ganger" });
    const survivor = hubspot().merge("contacts", pair.contactId, other);
    stand.ops.faults.heal();
    await stand.quiet(60_000);
    const links = await linksOf(pair);
    expect(links.filter(({ alias }) => alias === 0)).toEqual([{ record_id: survivor, alias: 0 }]);
    expect(links.map(({ record_id }) => record_id).sort()).toContain(pair.contactId);
    expect(customer(pair).family_name).toBe("Ganger");
    expect(await exceptionsOf(pair)).toEqual([]);

    const before = made();
    ops().update("customers", pair.customerId, { role: "After" });
    await stand.quiet();
    expect(contact(survivor)?.properties.jobtitle).toBe("After");
    hubspot().update("contacts", survivor, { jobtitle: "Back" });
    await stand.quiet();
    expect(customer(pair).role).toBe("Back");
    expect(made()).toEqual(before);
    const [entry] = await auditOf(stand, { ...pair, contactId: survivor }, "relinked");
    expect(JSON.parse(entry!.detail)).toMatchObject({ recordId: pair.contactId, to: survivor });
  });

  it("with another linked one keeps one of the two links, and asks about the other", async () => {
    const [first, second] = [await makePair(stand), await makePair(stand)];
    const before = made();
    const survivor = hubspot().merge("contacts", first.contactId, second.contactId);
    await stand.quiet();
    // The survivor has the first one's address, so the first one keeps it.
    expect(await linksOf(first)).toEqual(
      [first.contactId, second.contactId]
        .map((record_id) => ({ record_id, alias: 1 }))
        .concat({ record_id: survivor, alias: 0 })
        .sort((a, b) => Number(a.record_id) - Number(b.record_id)),
    );
    expect(await linksOf(second)).toEqual([]);
    expect(await exceptionsOf(first)).toEqual([]);
    const [question] = await exceptionsOf(second);
    expect(question).toMatchObject({ kind: "duplicate", status: "open" });
    const { candidates } = JSON.parse(question!.detail) as { candidates: Values[] };
    expect(candidates.map(({ recordId }) => recordId)).toEqual([
      first.customerId,
      second.customerId,
    ]);
    expect([customer(first).archived, customer(second).archived]).toEqual([false, false]);

    const written = writes(stand).hubspot;
    ops().update("customers", second.customerId, { role: "Stays here" });
    await stand.quiet();
    expect(writes(stand).hubspot).toBe(written);
    expect(made()).toEqual({ ...before, contacts: before.contacts - 1 });

    hubspot().update("contacts", survivor, { jobtitle: "Flows" });
    await stand.quiet();
    expect(customer(first).role).toBe("Flows");
    expect(customer(second).role).toBe("Stays here");

    ops().archive("customers", second.customerId);
    await stand.quiet();
    expect(await exceptionsOf(second)).toMatchObject([
      { kind: "duplicate", status: "settled", resolution: "gone" },
    ]);
  });

  it("over and over is found by each of its former ids", async () => {
    const pairs = [await makePair(stand), await makePair(stand), await makePair(stand)];
    const [first, second, third] = pairs.map(({ contactId }) => contactId) as [string, ...string[]];
    const between = hubspot().merge("contacts", first, second!);
    const survivor = hubspot().merge("contacts", third!, between);
    await stand.quiet();
    const [keeper] = pairs.slice(2);
    const live = (await linksOf(keeper!)).filter(({ alias }) => alias === 0);
    expect(live).toEqual([{ record_id: survivor, alias: 0 }]);
    const known = await rows<{ record_id: string }>(
      stand,
      `SELECT l.record_id FROM links l JOIN links k ON k.entity_id = l.entity_id
       WHERE k.system = 'hubspot' AND k.object = 'contact' AND k.record_id = ?1 AND l.alias = 1`,
      survivor,
    );
    const names = known.map(({ record_id }) => record_id);
    expect(names).toEqual(expect.arrayContaining([first, second, third]));
    const asked = await Promise.all(pairs.map(exceptionsOf));
    expect(asked.flat().map(({ kind }) => kind)).toEqual(["duplicate", "duplicate"]);

    hubspot().update("contacts", survivor, { phone: "+1 212 555 0177" });
    await poke([first, second!, between]);
    expect(phoneOf(stand, keeper!).ops).toBe("+12125550177");
    expect(await waiting()).toEqual([]);
  });

  it("is followed by whichever of its ids is heard of first, and only one", async () => {
    const pair = await makePair(stand);
    const other = hubspot().create("contacts", { email: "other.half@example.com" });
    await stand.quiet();
    const before = made();
    // The card asks about the survivor before any event has come.
    const survivor = hubspot().merge("contacts", other, pair.contactId);
    const sync = { objectTypeId: "0-1", objectId: survivor };
    await card(stand, { action: "sync", ...sync });
    await stand.quiet();
    expect(made()).toEqual({ ...before, contacts: before.contacts - 1 });
    const kinds = await rows<{ kind: string }>(
      stand,
      "SELECT kind FROM exceptions WHERE status = 'open' AND record_id = ?1",
      survivor,
    );
    expect(kinds).toEqual([]);
    expect(await exceptionsOf(pair)).toMatchObject([{ kind: "duplicate", status: "open" }]);
  });
});

/** Everything the Worker stores, as one text. */
async function stored(): Promise<string> {
  const tables = await rows<{ name: string }>(
    stand,
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
  );
  const all = await Promise.all(tables.map(({ name }) => rows(stand, `SELECT * FROM ${name}`)));
  return JSON.stringify(all);
}

/** A pair with a past: values written, one conflict open. */
async function makePast(canary: string): Promise<Pair> {
  const pair = await makePair(stand, { jobtitle: `${canary} one`, lastname: canary });
  hubspot().update("contacts", pair.contactId, { jobtitle: `${canary} two` });
  await stand.quiet();
  hubspot().update("contacts", pair.contactId, { email: `${canary}.a@example.com` });
  ops().update("customers", pair.customerId, { email: `${canary}.b@example.com` });
  await stand.quiet();
  expect((await exceptionsOf(pair)).map(({ kind }) => kind)).toEqual(["conflict"]);
  expect(await stored()).toContain(canary);
  return pair;
}

const entityOf = async ({ customerId }: Pair) => {
  const [found] = await rows<{ entity_id: string }>(
    stand,
    "SELECT entity_id FROM links WHERE system = 'ops' AND record_id = ?1",
    customerId,
  );
  return found!.entity_id;
};

describe("a person who asked to be forgotten", () => {
  it.each(["hubspot", "ops"] as const)("in %s is erased everywhere", async (where) => {
    const canary = `Forget${where}`;
    const pair = await makePast(canary);
    const entityId = await entityOf(pair);
    if (where === "hubspot") hubspot().privacyDelete(pair.contactId);
    else ops().erase("customers", pair.customerId);
    await stand.quiet();
    expect(contact(pair.contactId)).toBeUndefined();
    expect(stand.ops.record("customers", pair.customerId)).toBeNull();
    expect((await stored()).toLowerCase()).not.toContain(canary.toLowerCase());
    expect(await exceptionsOf(pair)).toMatchObject([{ status: "settled", resolution: "erased" }]);

    const entries = await auditRows(database(stand.worker.d1), { entityId, entry: -1 }, 100);
    const own = entries.filter((entry) => entry.entityId === entityId);
    expect(own.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["wrote", "erased"]));
    expect(own.map(({ detail }) => detail === null)).toContain(true);
    expect(await brokenAt(own)).toBeNull();
  });

  it("is not resurrected by a record that comes from somewhere", async () => {
    const canary = "ForgetReturn";
    const pair = await makePast(canary);
    hubspot().privacyDelete(pair.contactId);
    await stand.quiet();
    const before = made();
    const { id } = ops().create("customers", { email: `${canary}.B@example.com` });
    await stand.quiet();
    expect(made()).toEqual({ ...before, customers: before.customers + 1 });
    const [question] = await rows<Exception>(
      stand,
      "SELECT * FROM exceptions WHERE record_id = ?1",
      id,
    );
    expect(question).toMatchObject({ kind: "erased", status: "open", detail: "{}" });
    expect((await stored()).toLowerCase()).not.toContain(canary.toLowerCase());
  });

  it("is erased here at once, and elsewhere as soon as the system answers", async () => {
    const canary = "ForgetLater";
    const pair = await makePast(canary);
    stand.ops.faults.downUntil = Number.POSITIVE_INFINITY;
    hubspot().privacyDelete(pair.contactId);
    await expect.poll(stored).not.toContain(canary);
    expect(stand.ops.record("customers", pair.customerId)).not.toBeNull();
    stand.ops.faults.heal();
    await stand.quiet(60_000);
    expect(stand.ops.record("customers", pair.customerId)).toBeNull();
  });

  it("is found to be erased where the answer was lost", async () => {
    const pair = await makePair(stand);
    stand.ops.faults.inject({ kind: "drop" }, { operation: "erase", times: 1 });
    hubspot().privacyDelete(pair.contactId);
    await stand.quiet();
    const erasures = stand.ops.calls.filter(({ operation }) => operation === "erase");
    expect(stand.ops.record("customers", pair.customerId)).toBeNull();
    expect(erasures.at(-1)?.status).toBeNull();
  });

  it("has to be deleted by hand where a system cannot do it", async () => {
    const { id } = ops().create("opportunities", { title: "ForgetDeal", phase: "discovery" });
    await stand.quiet();
    const deal = stand.hubspot
      .records("deals")
      .find(({ properties }) => properties.dealname === "ForgetDeal")!;
    ops().erase("opportunities", id);
    await stand.quiet();
    const open = await rows<Exception>(
      stand,
      "SELECT * FROM exceptions WHERE record_id = ?1 AND status = 'open'",
      deal.id,
    );
    expect(open).toMatchObject([{ kind: "erasure" }]);
    expect(await stored()).not.toContain("ForgetDeal");
  });
});
