/** Companies, contacts and deals that belong together, as the shipped configuration keeps them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { database } from "../../worker/store/database.ts";
import { pause, resume } from "../../worker/store/holds.ts";
import { identity } from "../playground/addresses.ts";
import type { Playground } from "../playground/playground.ts";
import { ada, card, logged, rows, startStand } from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

const hubspot = () => stand.hubspot.person(ada.userId);
const ops = () => stand.ops.person("Dev Raman");
const primaryOf = { contacts: 1, deals: 5 } as const;
let made = 0;

interface Pair {
  readonly hubspot: string;
  readonly ops: string;
}

async function makeCompany(): Promise<Pair> {
  made += 1;
  const domain = `house${made}.example.com`;
  const id = hubspot().create("companies", { name: `House ${made}`, domain });
  await stand.quiet();
  const row = stand.ops.records("organizations").find((each) => each.web_domain === domain);
  return { hubspot: id, ops: row!.id };
}

async function makeContact(company?: Pair): Promise<Pair> {
  made += 1;
  const email = `person${made}@example.com`;
  const id = hubspot().create("contacts", { email });
  if (company)
    hubspot().associate("contacts", id, "companies", company.hubspot, primaryOf.contacts);
  await stand.quiet();
  const row = stand.ops.records("customers").find((each) => each.email === email);
  return { hubspot: id, ops: row!.id };
}

/** Made in operations, with an organization and customers. */
async function makeDeal(company: Pair, contacts: readonly Pair[]): Promise<Pair> {
  const { id, number } = ops().create("opportunities", {
    title: "Pumps",
    phase: "discovery",
    organization: company.ops,
    customers: contacts.map((each) => each.ops),
  });
  await stand.quiet();
  const record = stand.hubspot
    .records("deals")
    .find(({ properties }) => properties.ops_deal_number === number);
  return { hubspot: record!.id, ops: id };
}

const customerOf = ({ ops: id }: Pair) => stand.ops.record("customers", id)!;
const opportunityOf = ({ ops: id }: Pair) => stand.ops.record("opportunities", id)!;
const contactsOf = (deal: Pair) =>
  [...hubspot().associated("deals", deal.hubspot, "contacts")].sort();
const openQuestions = () =>
  rows<{ kind: string; object: string; field: string | null }>(
    stand,
    "SELECT kind, object, field FROM exceptions WHERE status <> 'settled'",
  );

/** What a scan of the object finds. */
async function findingsOf(object: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${identity.operatorToken}` };
  const url = (action: string) => `${stand.urls.worker}/operate/${action}`;
  const body = JSON.stringify({ kind: "scan", object, by: "ada" });
  const started = await fetch(url("start-run"), { method: "POST", headers, body });
  const { id } = (await started.json()) as { id: string };
  await stand.until(() => stand.log.some(({ line: l }) => l.event === "run.ended" && l.run === id));
  const found = await fetch(url(`findings?run=${id}`), { headers });
  return ((await found.json()) as { findings: unknown }).findings;
}

describe("a deal", () => {
  it("made in operations is associated in HubSpot with its company and its contacts", async () => {
    const company = await makeCompany();
    const contacts = [await makeContact(), await makeContact()];
    const deal = await makeDeal(company, contacts);
    expect(hubspot().associated("deals", deal.hubspot, "companies")).toEqual([company.hubspot]);
    expect(contactsOf(deal)).toEqual(contacts.map((each) => each.hubspot).sort());
  });

  it("gets who was added on one side and loses who was removed on the other", async () => {
    const company = await makeCompany();
    const [one, two, three] = [await makeContact(), await makeContact(), await makeContact()];
    const deal = await makeDeal(company, [one!, two!]);
    hubspot().associate("deals", deal.hubspot, "contacts", three!.hubspot);
    ops().update("opportunities", deal.ops, { customers: [one!.ops] });
    await stand.quiet();
    expect(contactsOf(deal)).toEqual([one!.hubspot, three!.hubspot].sort());
    expect([...(opportunityOf(deal).customers as string[])].sort()).toEqual(
      [one!.ops, three!.ops].sort(),
    );
  });

  it("loses its last contact everywhere", async () => {
    const contact = await makeContact();
    const deal = await makeDeal(await makeCompany(), [contact]);
    hubspot().dissociate("deals", deal.hubspot, "contacts", contact.hubspot);
    await stand.quiet();
    expect(opportunityOf(deal).customers).toEqual([]);
  });
});

describe("our own writes of associations coming back", () => {
  it.each([
    ["HubSpot", (contact: Pair, company: Pair) => inOps(contact, company)],
    ["operations", (contact: Pair, company: Pair) => inHubSpot(contact, company)],
  ])("from %s cost no call", async (_, edit) => {
    const [first, second] = [await makeCompany(), await makeCompany()];
    const contact = await makeContact(first);
    const lines = await logged(stand, async () => edit(contact, second!));
    const jobs = lines.filter(({ event }) => event === "sync.attempted");
    const busy = jobs.filter(({ entities }) => Number(entities) > 0);
    expect(busy.map(({ writes }) => writes)).toEqual([1]);
    expect(jobs.reduce((sum, { echoes }) => sum + Number(echoes), 0)).toBeGreaterThan(0);
    expect(customerOf(contact).organization).toBe(second!.ops);
  });

  const inOps = (contact: Pair, company: Pair) =>
    ops().update("customers", contact.ops, { organization: company.ops });
  const inHubSpot = (contact: Pair, company: Pair) =>
    hubspot().associate("contacts", contact.hubspot, "companies", company.hubspot, 1);
});

describe("a contact's company", () => {
  it("is HubSpot's where both changed it, and the other is in the audit", async () => {
    const [first, second, third] = [await makeCompany(), await makeCompany(), await makeCompany()];
    const contact = await makeContact(first);
    hubspot().associate(
      "contacts",
      contact.hubspot,
      "companies",
      second!.hubspot,
      primaryOf.contacts,
    );
    ops().update("customers", contact.ops, { organization: third!.ops });
    await stand.quiet();
    expect(customerOf(contact).organization).toBe(second!.ops);
    const kept = await rows<{ detail: string }>(
      stand,
      "SELECT detail FROM audit WHERE kind = 'discarded'",
    );
    expect(kept.filter(({ detail }) => detail.includes('"company"'))).toHaveLength(1);
  });

  it("that is taken away is taken away in both", async () => {
    const company = await makeCompany();
    const contact = await makeContact(company);
    hubspot().dissociate("contacts", contact.hubspot, "companies", company.hubspot);
    await stand.quiet();
    expect(customerOf(contact).organization).toBeNull();
  });

  it("that is archived is not taken away: HubSpot only stops showing it", async () => {
    const company = await makeCompany();
    const contact = await makeContact(company);
    const deal = await makeDeal(company, [contact]);
    hubspot().archive("companies", company.hubspot);
    await stand.quiet();
    hubspot().update("contacts", contact.hubspot, { jobtitle: "Buyer" });
    hubspot().update("deals", deal.hubspot, { dealname: "More pumps" });
    await stand.quiet();
    expect(customerOf(contact)).toMatchObject({ role: "Buyer", organization: company.ops });
    expect(opportunityOf(deal)).toMatchObject({ title: "More pumps", organization: company.ops });
    expect(await findingsOf("contact")).toEqual([]);
    const shown = { objectTypeId: "0-1", objectId: contact.hubspot };
    const { record } = await card(stand, { action: "record", ...shown });
    expect(record?.state).toBe("in_sync");
    expect(record?.fieldsEqual).toBe(record?.fieldsTotal);

    // One that somebody chooses instead is a change like any other.
    const other = await makeCompany();
    hubspot().associate("contacts", contact.hubspot, "companies", other.hubspot, 1);
    await stand.quiet();
    expect(customerOf(contact).organization).toBe(other.ops);

    hubspot().restore("companies", company.hubspot);
    await stand.quiet();
    expect(opportunityOf(deal).organization).toBe(company.ops);
    expect(hubspot().associated("deals", deal.hubspot, "companies")).toEqual([company.hubspot]);
    expect(await openQuestions()).toEqual([]);
  });

  it("that is not there yet is waited for in sight, while all else goes on", async () => {
    const act = { by: "Olga", at: Date.now(), salt: "s" };
    const scope = "object:company";
    await pause(database(stand.worker.d1), { scope, reason: "clean-up" }, act);
    const company = hubspot().create("companies", { name: "Late", domain: "late.example.com" });
    const email = "early@example.com";
    const contact = hubspot().create("contacts", { email, jobtitle: "Buyer" });
    hubspot().associate("contacts", contact, "companies", company, primaryOf.contacts);
    const there = () => stand.ops.records("customers").find((each) => each.email === email);
    await stand.until(() => there() !== undefined);
    expect(there()).toMatchObject({ role: "Buyer", organization: null });
    const shown = { objectTypeId: "0-1", objectId: contact };
    const problems = async () => {
      await card(stand, { action: "sync", ...shown });
      return (await card(stand, { action: "record", ...shown })).record?.problems;
    };
    await expect
      .poll(problems, { timeout: 30_000, interval: 1_000 })
      .toMatchObject([{ kind: "waiting", label: "Company" }]);
    await resume(database(stand.worker.d1), scope, act);
    await card(stand, { action: "sync", objectTypeId: "0-2", objectId: company });
    await stand.until(() => there()?.organization !== null, 40_000);
    await stand.quiet();
    expect(await openQuestions()).toEqual([]);
  }, 90_000);

  it("does not keep the others of a deal from coming and going while one is archived", async () => {
    const [one, two, three] = [await makeContact(), await makeContact(), await makeContact()];
    const deal = await makeDeal(await makeCompany(), [one!, two!]);
    hubspot().archive("contacts", one!.hubspot);
    await stand.quiet();
    ops().update("opportunities", deal.ops, { customers: [one!.ops, two!.ops, three!.ops] });
    await stand.quiet();
    expect(contactsOf(deal)).toEqual([two!.hubspot, three!.hubspot].sort());
    hubspot().restore("contacts", one!.hubspot);
    await stand.quiet();
    expect(contactsOf(deal)).toEqual([one, two, three].map((each) => each!.hubspot).sort());
    expect((opportunityOf(deal).customers as string[]).toSorted()).toEqual(
      [one, two, three].map((each) => each!.ops).sort(),
    );
    expect(await openQuestions()).toEqual([]);
  });
});
