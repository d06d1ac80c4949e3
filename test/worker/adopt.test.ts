/** How a record that nobody knows finds its counterpart, and when that is a person's question. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { database } from "../../worker/store/database.ts";
import { putPokes } from "../../worker/store/mailbox.ts";
import type { Playground } from "../playground/playground.ts";
import { ada, card, rows, startStand } from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand(fileURLToPath(new URL("adopt.config.ts", import.meta.url)));
});
afterAll(() => stand.stop());

const hubspot = () => stand.hubspot.person(ada.userId);
const ops = () => stand.ops.person("Dev Raman");

/** What is made while no webhook gets through. */
async function unseen<T>(make: () => T): Promise<T> {
  const fault = stand.hubspot.faults.add({ kind: "webhook_drop" });
  stand.ops.faults.webhooks.dropShare = 1;
  const made = make();
  await stand.quiet();
  fault.remove();
  stand.ops.faults.webhooks.dropShare = 0;
  return made;
}

const recordsIn = ({ hubspot, ops }: Playground) => ({
  contacts: hubspot.records("contacts").length,
  companies: hubspot.records("companies").length,
  deals: hubspot.records("deals").length,
  customers: ops.records("customers").length,
  organizations: ops.records("organizations").length,
  opportunities: ops.records("opportunities").length,
});

const linkedWith = async (system: string, recordId: string, object = "contact") => {
  const links = await rows<{ record_id: string }>(
    stand,
    `SELECT o.record_id FROM links l JOIN links o ON o.entity_id = l.entity_id
     WHERE l.system = ?1 AND l.record_id = ?2 AND l.object = ?3 AND o.system <> ?1 AND o.alias = 0`,
    system,
    recordId,
    object,
  );
  return links.map(({ record_id }) => record_id);
};

const questionOf = async (recordId: string) => {
  const [question] = await rows<{ status: string; field: string; detail: string }>(
    stand,
    "SELECT status, field, detail FROM exceptions WHERE kind = 'ambiguous' AND record_id = ?1",
    recordId,
  );
  return question && { ...question, detail: JSON.parse(question.detail) as unknown };
};

const deal = (number: string) =>
  hubspot().create("deals", {
    dealname: `Deal ${number}`,
    pipeline: "default",
    dealstage: "qualifiedtobuy",
    ops_deal_number: number,
  });

describe("a contact with several addresses", () => {
  it.each(["hubspot", "ops"] as const)(
    "finds its counterpart by a secondary one, seen in %s first",
    async (where) => {
      const old = `old.${where}@example.com`;
      const [contactId, customer] = await unseen(() => {
        const id = hubspot().create("contacts", { email: `new.${where}@example.com` });
        hubspot().addEmail(id, old);
        return [id, ops().create("customers", { email: old })] as const;
      });
      const before = recordsIn(stand);
      if (where === "hubspot") hubspot().update("contacts", contactId, { firstname: "Nora" });
      else ops().update("customers", customer.id, { given_name: "Nora" });
      await stand.quiet();
      expect(await linkedWith("hubspot", contactId)).toEqual([customer.id]);
      expect(recordsIn(stand)).toEqual(before);
      expect(await questionOf(contactId)).toBeUndefined();
    },
  );

  it.each(["contact", "main", "other"] as const)(
    "belongs to who holds the main one, and not to who holds another, seen first: %s",
    async (first) => {
      const [main, other] = ["main", "other"].map((name) => `${first}.${name}@example.com`);
      const made = await unseen(() => {
        const contact = hubspot().create("contacts", { email: main! });
        hubspot().addEmail(contact, other!);
        const [one, two] = [main!, other!].map((email) => ops().create("customers", { email }));
        return { contact, main: one!.id, other: two!.id };
      });
      const see = {
        contact: () => hubspot().update("contacts", made.contact, { firstname: "Nora" }),
        main: () => ops().update("customers", made.main, { given_name: "Nora" }),
        other: () => ops().update("customers", made.other, { given_name: "Nora" }),
      };
      see[first]();
      await stand.quiet();
      for (const one of Object.values(see)) one();
      await stand.quiet();
      expect(await linkedWith("hubspot", made.contact)).toEqual([made.main]);
      expect(await linkedWith("ops", made.other)).toEqual([]);
      expect((await questionOf(made.other))?.status).toBe("open");
    },
  );

  it("belongs to who holds the main one, when all are seen at once", async () => {
    const emails = ["at.once.main@example.com", "at.once.other@example.com"];
    const made = await unseen(() => {
      const contact = hubspot().create("contacts", { email: emails[0]! });
      hubspot().addEmail(contact, emails[1]!);
      return { contact, customers: emails.map((email) => ops().create("customers", { email }).id) };
    });
    const pokes = [
      ...made.customers.map((recordId) => ({ system: "ops", recordId })),
      { system: "hubspot", recordId: made.contact },
    ].map((key) => ({ ...key, object: "contact", lane: "event", echo: null }) as const);
    await putPokes(database(stand.worker.d1), pokes, Date.now() - 60_000);
    await stand.worker.scheduled();
    await stand.quiet();
    expect(await linkedWith("hubspot", made.contact)).toEqual([made.customers[0]]);
    expect((await questionOf(made.customers[1]!))?.status).toBe("open");
    expect(await questionOf(made.contact)).toBeUndefined();
  });
});

describe("a company with several domains", () => {
  it.each(["hubspot", "ops"] as const)(
    "finds its counterpart by a further one, seen in %s first",
    async (where) => {
      const further = `${where}-further.com`;
      const [companyId, organization] = await unseen(() => {
        const id = hubspot().create("companies", { domain: `${where}-main.com`, name: "Main" });
        hubspot().addDomain(id, `${where}-between.com`);
        hubspot().addDomain(id, further);
        return [id, ops().create("organizations", { web_domain: further })] as const;
      });
      const before = recordsIn(stand);
      if (where === "hubspot") hubspot().update("companies", companyId, { name: "Seen" });
      else ops().update("organizations", organization.id, { name: "Seen" });
      await stand.quiet();
      expect(await linkedWith("hubspot", companyId, "company")).toEqual([organization.id]);
      expect(recordsIn(stand)).toEqual(before);
    },
  );
});

describe("a record whose id another system keeps", () => {
  it("is found by an id that was merged into it", async () => {
    const [survivor, customer] = await unseen(() => {
      const [first, second] = ["id.one@example.com", "id.two@example.com"].map((email) =>
        hubspot().create("contacts", { email }),
      );
      const made = ops().create("customers", { role: second!, email: "elsewhere@example.com" });
      return [hubspot().merge("contacts", first!, second!), made] as const;
    });
    ops().update("customers", customer.id, { given_name: "Nora" });
    await stand.quiet();
    expect(await linkedWith("ops", customer.id)).toEqual([survivor]);
    expect(stand.ops.record("customers", customer.id)?.role).toBe(survivor);
  });
});

describe("twins in one system", () => {
  it("are a question each, and neither is linked or copied", async () => {
    const [seen, hidden] = await unseen(() => [deal("T-1"), deal("T-1")]);
    const counterpart = await unseen(() => ops().create("opportunities", { number: "T-1" }));
    const before = recordsIn(stand);
    hubspot().update("deals", seen!, { dealname: "Seen" });
    await stand.quiet();
    expect(await questionOf(seen!)).toEqual({
      status: "open",
      field: "number",
      detail: {
        reason: "2 records have the same Deal number.",
        candidates: [
          {
            system: "hubspot",
            recordId: hidden,
            score: 50,
            because: "Alike in Deal number.",
          },
        ],
        isAnonymous: false,
      },
    });
    expect(await linkedWith("hubspot", seen!, "deal")).toEqual([]);

    hubspot().update("deals", hidden!, { dealname: "Seen as well" });
    await stand.quiet();
    expect((await questionOf(hidden!))?.status).toBe("open");
    expect(await linkedWith("ops", counterpart.id, "deal")).toEqual([]);
    expect(recordsIn(stand)).toEqual(before);
  });

  it("are linked as soon as people gave one of them its own number", async () => {
    const [seen, hidden] = await unseen(() => [deal("T-2"), deal("T-2")]);
    hubspot().update("deals", seen!, { dealname: "Seen" });
    await stand.quiet();
    expect((await questionOf(seen!))?.status).toBe("open");
    hubspot().update("deals", hidden!, { ops_deal_number: "T-3" });
    await stand.quiet();
    await card(stand, { action: "sync", objectTypeId: "0-3", objectId: seen! });
    await stand.quiet();
    expect((await questionOf(seen!))?.status).toBe("settled");
    const numbers = [seen!, hidden!].map(async (id) => {
      const [counterpart] = await linkedWith("hubspot", id, "deal");
      return stand.ops.record("opportunities", counterpart!)?.number;
    });
    expect(await Promise.all(numbers)).toEqual(["T-2", "T-3"]);
  });
});

describe("a record without any identity", () => {
  it("that looks like another is a question, answered by filling in the identity", async () => {
    const [alike, other] = await unseen(() => [
      hubspot().create("companies", { name: "Falkenrath GmbH", domain: "falkenrath.de" }),
      hubspot().create("companies", { name: "Falkenrath Bikes", domain: "bikes.de" }),
    ]);
    const before = recordsIn(stand);
    const { id } = ops().create("organizations", { name: "Falkenrath GmbH" });
    await stand.quiet();
    expect(await questionOf(id)).toEqual({
      status: "open",
      field: "domain",
      detail: {
        reason: "It has no Domain, and a record looks like it.",
        candidates: [{ system: "hubspot", recordId: alike, score: 100, because: "Alike in Name." }],
        isAnonymous: true,
      },
    });
    expect(recordsIn(stand)).toEqual({ ...before, organizations: before.organizations + 1 });

    ops().update("organizations", id, { web_domain: "falkenrath.de" });
    await stand.quiet();
    expect(await linkedWith("ops", id, "company")).toEqual([alike]);
    expect((await questionOf(id))?.status).toBe("settled");
    expect(await linkedWith("hubspot", other!, "company")).toEqual([]);
  });

  it("that looks like one with a counterpart is a new one", async () => {
    const company = hubspot().create("companies", { name: "Taken Ltd", domain: "taken.com" });
    await stand.quiet();
    expect(await linkedWith("hubspot", company, "company")).toHaveLength(1);
    const { id } = ops().create("organizations", { name: "Taken Ltd" });
    await stand.quiet();
    expect(await questionOf(id)).toBeUndefined();
    expect(await linkedWith("ops", id, "company")).toHaveLength(1);
  });
});
