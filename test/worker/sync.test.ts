/** What the job does with what people, systems and accidents bring, end to end. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Playground } from "../playground/playground.ts";
import { people } from "../playground/world.ts";
import {
  ada,
  auditOf,
  card,
  editBoth,
  logged,
  makePair,
  ofContact,
  openConflict,
  type Pair,
  phoneOf,
  rows,
  startStand,
  writes,
} from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand();
  stand.hubspot.portal.state.owners.push(
    ...people.map(({ hubspotOwnerId: id, hubspotUserId: userId, ...who }) => ({
      ...who,
      id,
      userId,
      archived: false,
    })),
  );
});
afterAll(() => stand.stop());

type Values = Record<string, string>;
const inHubSpot = ({ contactId }: Pair, values: Values) =>
  stand.hubspot.person(ada.userId).update("contacts", contactId, values);
const inOps = ({ customerId }: Pair, values: Record<string, string | null>) =>
  stand.ops.person("Dev Raman").update("customers", customerId, values);
const contactOf = ({ contactId }: Pair) =>
  stand.hubspot.records("contacts").find(({ id }) => id === contactId)!;
const customerOf = ({ customerId }: Pair) => stand.ops.record("customers", customerId)!;
const problems = async (pair: Pair) =>
  (await card(stand, { action: "record", ...ofContact(pair) })).record?.problems ?? [];
const exceptions = (pair: Pair) =>
  rows<{ kind: string; status: string; resolution: string | null }>(
    stand,
    `SELECT x.kind, x.status, x.resolution FROM exceptions x JOIN links l
     ON l.entity_id = x.entity_id AND l.system = 'hubspot' AND l.object = 'contact'
     WHERE l.record_id = ?1 ORDER BY x.opened_at`,
    pair.contactId,
  );

describe("records that nobody knows yet", () => {
  it("with one address, made on both sides at once, become one", async () => {
    const email = "both.sides@example.com";
    stand.hubspot.person(ada.userId).create("contacts", { email, firstname: "Both" });
    stand.ops.person("Dev Raman").create("customers", { email: "Both.Sides@Example.com" });
    await stand.quiet();
    const contacts = stand.hubspot
      .records("contacts")
      .filter((one) => one.properties.email === email);
    const customers = stand.ops
      .records("customers")
      .filter((row) => String(row.email).toLowerCase() === email);
    expect([contacts.length, customers.length]).toEqual([1, 1]);
    expect(customers[0]?.given_name).toBe("Both");
  });

  const numbered = (dealname: string) => {
    const standing = { pipeline: "default", dealstage: "qualifiedtobuy", ops_deal_number: "OP-77" };
    return stand.hubspot.person(ada.userId).create("deals", { dealname, ...standing });
  };
  const questionOf = async (recordId: string) => {
    const [question] = await rows<{ status: string; detail: string }>(
      stand,
      "SELECT status, detail FROM exceptions WHERE kind = 'ambiguous' AND record_id = ?1",
      recordId,
    );
    if (question?.status !== "open") return null;
    const { candidates } = JSON.parse(question!.detail) as { candidates: { recordId: string }[] };
    return candidates.map(({ recordId: id }) => id).sort();
  };

  it("with several counterparts are a question with candidates; none is written", async () => {
    stand.hubspot.faults.add({ kind: "webhook_drop" });
    const twins = [numbered("One"), numbered("Two")];
    stand.hubspot.faults.clear();
    const before = writes(stand);
    const deal = { title: "Which of them?", number: "OP-77" };
    const { id } = stand.ops.person("Dev Raman").create("opportunities", deal);
    await stand.quiet();
    expect(await questionOf(id)).toEqual(twins.sort());
    expect(writes(stand)).toEqual(before);

    // Once people made one of them, the question answers itself.
    const merged = stand.hubspot.person(ada.userId).merge("deals", twins[0]!, twins[1]!);
    await stand.quiet();
    const about = { action: "sync", objectTypeId: "0-3", objectId: merged };
    expect((await card(stand, about)).record).toMatchObject({ state: "in_sync", problems: [] });
    const opportunities = stand.ops.records("opportunities");
    expect(opportunities.filter(({ number }) => number === "OP-77")).toHaveLength(1);
    expect(await questionOf(id)).toBeNull();
  });
});

describe("a record that was deleted in one system", () => {
  it.each(["ops", "hubspot"] as const)(
    "(%s) is a question, and nothing is written",
    async (where) => {
      const pair = await makePair(stand);
      if (where === "ops") stand.ops.person("Dev Raman").archive("customers", pair.customerId);
      else stand.hubspot.person(ada.userId).archive("contacts", pair.contactId);
      await stand.quiet();
      expect(await exceptions(pair)).toMatchObject([{ kind: "gone", status: "open" }]);

      const before = writes(stand);
      if (where === "ops") inHubSpot(pair, { jobtitle: "Kept here" });
      else inOps(pair, { role: "Kept here" });
      await stand.quiet();
      expect(writes(stand)).toEqual(before);

      if (where === "ops") stand.ops.person("Dev Raman").restore("customers", pair.customerId);
      else stand.hubspot.person(ada.userId).restore("contacts", pair.contactId);
      await stand.quiet();
      expect(await exceptions(pair)).toMatchObject([{ status: "settled", resolution: "back" }]);
      expect(customerOf(pair).role).toBe("Kept here");
      expect(contactOf(pair).properties.jobtitle).toBe("Kept here");
    },
  );
});

describe("a write that a system refuses", () => {
  const tooLong = "N".repeat(100);

  it("is a question with the system's reason; the records beside it are written", async () => {
    const [bad, ...good] = [await makePair(stand), await makePair(stand), await makePair(stand)];
    inHubSpot(bad!, { firstname: tooLong });
    for (const pair of good) inHubSpot(pair, { firstname: "Fine" });
    await stand.quiet();
    expect(good.map((pair) => customerOf(pair).given_name)).toEqual(["Fine", "Fine"]);
    expect(customerOf(bad!).given_name).toBe("Nora");
    const [problem] = await problems(bad!);
    expect(problem).toMatchObject({ kind: "refused" });
    expect(problem?.message).toContain("Operations");

    inHubSpot(bad!, { firstname: "Short" });
    await stand.quiet();
    expect(customerOf(bad!).given_name).toBe("Short");
    expect(await problems(bad!)).toEqual([]);
  });

  it("of one record in HubSpot's batch (207) leaves the others of the batch alone", async () => {
    const [bad, ...good] = [await makePair(stand), await makePair(stand), await makePair(stand)];
    const taken = contactOf(good[0]!).properties.email!;
    // Only HubSpot knows of the second address, so that operations takes what HubSpot refuses.
    stand.hubspot.person(ada.userId).addEmail(good[0]!.contactId, `second.${taken}`);
    inOps(bad!, { email: `second.${taken}` });
    for (const pair of good) inOps(pair, { role: "Fine" });
    await stand.quiet();
    expect(good.map((pair) => contactOf(pair).properties.jobtitle)).toEqual(["Fine", "Fine"]);
    expect(await problems(bad!)).toMatchObject([{ kind: "refused" }]);
  });

  it("keeps only the field it is about from travelling", async () => {
    const pair = await makePair(stand);
    inHubSpot(pair, { firstname: tooLong, jobtitle: "Flows" });
    await stand.quiet();
    expect(await problems(pair)).toMatchObject([{ kind: "refused" }]);
    expect(customerOf(pair)).toMatchObject({ given_name: "Nora", role: "Flows" });
  });
});

describe("a system that does not answer", () => {
  it("is tried again: what waited arrives, once", async () => {
    const pair = await makePair(stand);
    stand.ops.faults.downUntil = Number.POSITIVE_INFINITY;
    inHubSpot(pair, { jobtitle: "Later" });
    const waiting = () => rows<{ attempt: number }>(stand, "SELECT attempt FROM pokes");
    await expect.poll(waiting).toMatchObject([{ attempt: 1 }]);
    const before = writes(stand);
    stand.ops.faults.heal();
    await stand.until(() => customerOf(pair).role === "Later");
    await stand.quiet();
    expect(writes(stand)).toEqual({ ...before, ops: before.ops + 1 });
    expect(await exceptions(pair)).toEqual([]);
  });

  it.each([
    ["429", { kind: "ten_secondly", times: 1 }],
    ["503", { kind: "status", status: 503, times: 1 }],
    ["a page of HTML", { kind: "html", times: 1 }],
    ["a broken connection", { kind: "reset", times: 1 }],
  ] as const)("(HubSpot: %s) costs time, and nothing else", async (_, fault) => {
    const pair = await makePair(stand);
    stand.hubspot.faults.add({ ...fault, matches: "/batch/read" });
    inOps(pair, { role: "Through" });
    const through = () => contactOf(pair).properties.jobtitle === "Through";
    const waiting = () => rows<{ attempt: number }>(stand, "SELECT attempt FROM pokes");
    const tried = async () => through() || (await waiting())[0]?.attempt === 1;
    await expect.poll(tried, { timeout: 10_000 }).toBe(true);
    stand.hubspot.faults.clear();
    // Whoever asked us to wait asked for ten seconds; nobody wants to wait for them here.
    await rows(stand, "UPDATE pokes SET due_at = 0");
    await stand.worker.scheduled();
    await stand.until(through);
    await stand.quiet();
    expect(await exceptions(pair)).toEqual([]);
  });
});

describe("a write whose answer is lost", () => {
  it("is found by reading, and not sent again", async () => {
    const pair = await makePair(stand);
    const before = writes(stand);
    stand.ops.faults.inject({ kind: "drop" }, { operation: "update", times: 1 });
    inHubSpot(pair, { jobtitle: "Landed" });
    await stand.quiet();
    expect(customerOf(pair).role).toBe("Landed");
    expect(writes(stand)).toEqual({ ...before, ops: before.ops + 1 });
    const [entry] = await auditOf(stand, pair, "wrote");
    expect(JSON.parse(entry!.detail)).toMatchObject({ system: "ops", foundByReading: true });
  });

  it.each(["drop", "garble"] as const)("(%s) makes no second record", async (kind) => {
    const email = `lost.${kind}@example.com`;
    const fault = kind === "drop" ? { kind } : { kind, body: "<html>" };
    stand.ops.faults.inject(fault, { operation: "create", times: 1 });
    stand.hubspot.person(ada.userId).create("contacts", { email });
    await stand.quiet();
    expect(stand.ops.records("customers").filter((row) => row.email === email)).toHaveLength(1);
    expect(await rows(stand, "SELECT * FROM intents")).toEqual([]);
  });
});

describe("the mailbox", () => {
  it("makes one job of a burst: the last value arrives, with few writes", async () => {
    const pair = await makePair(stand);
    const before = writes(stand);
    for (let edit = 1; edit <= 50; edit += 1) inHubSpot(pair, { jobtitle: `Title ${edit}` });
    await stand.quiet();
    expect(customerOf(pair).role).toBe("Title 50");
    expect(writes(stand).ops - before.ops).toBeLessThanOrEqual(2);
  });

  it("is swept: a poke whose doorbell was lost is rung for again", async () => {
    const pair = await makePair(stand);
    stand.hubspot.faults.add({ kind: "webhook_drop", times: 1 });
    inHubSpot(pair, { jobtitle: "Swept up" });
    stand.hubspot.faults.clear();
    await rows(
      stand,
      `INSERT INTO pokes (system, object, record_id, arrivals, first_at, last_at, due_at, attempt,
                          lane)
       VALUES ('hubspot', 'contact', ?1, 1, 0, 0, 0, 0, 'event')`,
      pair.contactId,
    );
    await stand.worker.scheduled();
    await stand.until(() => customerOf(pair).role === "Swept up");
  });

  it("costs a record that is the same everywhere no write in the store but its own", async () => {
    const pair = await makePair(stand);
    const versions = () => rows(stand, "SELECT id, version FROM entities ORDER BY id");
    const before = await versions();
    const lines = await logged(stand, () => card(stand, { action: "sync", ...ofContact(pair) }));
    const [job] = lines.filter((line) => line.event === "sync.attempted");
    expect(job).toMatchObject({ entities: 1, writes: 0, roundTrips: 2, rowsWritten: 1 });
    expect(await versions()).toEqual(before);
  });
});

describe("a conflict", () => {
  it("ends by itself when people make the values the same, however they write them", async () => {
    const pair = await makePair(stand);
    editBoth(stand, pair, "0151", "0152");
    await stand.quiet();
    await openConflict(stand, pair);
    inHubSpot(pair, { phone: "(212) 555-0152" });
    await stand.quiet();
    expect(await exceptions(pair)).toEqual([
      { kind: "conflict", status: "settled", resolution: "agreed" },
    ]);
    expect(phoneOf(stand, pair)).toEqual({ hubspot: "(212) 555-0152", ops: "+12125550152" });
  });

  it("holds its own field only, and is told once however often one looks", async () => {
    const pair = await makePair(stand);
    const told = stand.slack.messages.length;
    editBoth(stand, pair, "0161", "0162");
    await stand.until(() => stand.slack.messages.length > told);
    inHubSpot(pair, { jobtitle: "Goes on" });
    inOps(pair, { family_name: "Goes on too" });
    await stand.quiet();
    for (let look = 0; look < 3; look += 1) {
      await card(stand, { action: "sync", ...ofContact(pair) });
    }
    await stand.quiet();
    expect(customerOf(pair).role).toBe("Goes on");
    expect(contactOf(pair).properties.lastname).toBe("Goes on too");
    expect(stand.slack.messages.length).toBe(told + 1);
  });
});

describe("a field that one system owns", () => {
  it("is set back elsewhere, and what was discarded is in the audit", async () => {
    const [owner, other] = people;
    const pair = await makePair(stand, { hubspot_owner_id: owner!.hubspotOwnerId });
    expect(customerOf(pair).account_owner).toBe(owner!.email);
    inOps(pair, { account_owner: other!.email });
    await stand.quiet();
    expect(customerOf(pair).account_owner).toBe(owner!.email);
    const [entry] = await auditOf(stand, pair, "discarded");
    expect(entry?.detail).toContain(other!.email);
  });
});

describe("the echo of our own write", () => {
  const [, other] = people;
  const inwards: readonly (readonly [string, Record<string, string | null>])[] = [
    ["an address", { email: "new.address@example.com" }],
    ["a phone number", { phone: "+12125550133" }],
    ["a text", { role: "Head" }],
    ["a cleared text", { role: null }],
    ["a name", { given_name: "Zoë" }],
    ["a stage", { lifecycle: "qualified" }],
  ];
  it.each(inwards)("in HubSpot, of %s, costs no call", async (_, values) => {
    const pair = await makePair(stand, { jobtitle: "Before" });
    // HubSpot: the record, its associations, the write.
    expect(await callsOf(() => inOps(pair, values))).toEqual({ hubspot: 3, ops: 1, echoes: 1 });
  });

  const outwards: readonly (readonly [string, Values])[] = [
    ["an address", { email: "other.address@example.com" }],
    ["a phone number", { phone: "(212) 555-0144" }],
    ["a cleared text", { jobtitle: "" }],
    ["a stage", { lifecyclestage: "opportunity" }],
    ["an owner", { hubspot_owner_id: other!.hubspotOwnerId }],
  ];
  it.each(outwards)("in operations, of %s, costs no call", async (_, values) => {
    const pair = await makePair(stand, { jobtitle: "Before", lifecyclestage: "lead" });
    expect(await callsOf(() => inHubSpot(pair, values))).toEqual({ hubspot: 2, ops: 2, echoes: 1 });
  });

  it("costs no call where we made the record, and for every field of a deal", async () => {
    const dev = stand.ops.person("Dev Raman");
    const [owner] = people;
    const deal = {
      title: "Echo",
      value: "1500",
      currency: "USD",
      phase: "discovery",
      expected_close: "2026-12-01",
      owner_email: owner!.email,
    };
    // The first deal of all also finds out what HubSpot keeps unique.
    const { id } = dev.create("opportunities", deal);
    const made = await callsOf(() => dev.create("opportunities", deal));
    // Read in operations, where it might have a twin; looked for and made in HubSpot.
    expect(made).toEqual({ hubspot: 2, ops: 2, echoes: 1 });
    for (const values of [{ title: "E" }, { value: "1700.50" }, { expected_close: "2027-01-24" }]) {
      const changed = await callsOf(() => dev.update("opportunities", id, values));
      // Deals are associated with companies and with contacts.
      expect(changed).toEqual({ hubspot: 4, ops: 1, echoes: 1 });
    }
  });

  /** Calls for records, and echoes recognised, until everything is quiet again. */
  async function callsOf(edit: () => unknown) {
    await stand.quiet();
    const [hubspot, ops] = [stand.hubspot.countCalls("POST"), stand.ops.calls.length];
    const lines = await logged(stand, async () => edit());
    return {
      hubspot: stand.hubspot.countCalls("POST") - hubspot,
      ops: stand.ops.calls.length - ops,
      echoes: lines.reduce((sum, line) => sum + Number(line.echoes ?? 0), 0),
    };
  }
});
