/** Associations as fields: each system names its own records, and both mean the same. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Playground } from "../playground/playground.ts";
import { ada, logged, rows, startStand } from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand(fileURLToPath(new URL("references.config.ts", import.meta.url)));
});
afterAll(() => stand.stop());

const hubspot = () => stand.hubspot.person(ada.userId);
const ops = () => stand.ops.person("Dev Raman");
const primary = 1;

const customerOf = (email: string) =>
  stand.ops.records("customers").find((row) => row.email === email);
const organizationOf = (domain: string) =>
  stand.ops.records("organizations").find((row) => row.web_domain === domain);
const contactOf = (email: string) =>
  stand.hubspot.records("contacts").find(({ properties }) => properties.email === email);
const companyOf = (domain: string) =>
  stand.hubspot.records("companies").find(({ properties }) => properties.domain === domain);

describe("a contact's employer", () => {
  it("made at once with the contact is the same company on both sides", async () => {
    const company = hubspot().create("companies", { domain: "one-house.com", name: "One" });
    const contact = hubspot().create("contacts", { email: "one@person.example" });
    hubspot().associate("contacts", contact, "companies", company, primary);
    await stand.quiet();
    const organization = organizationOf("one-house.com");
    expect(organization).toBeDefined();
    expect(customerOf("one@person.example")?.organization).toBe(organization?.id);
  });

  it("that is changed in the tool becomes an association, and back", async () => {
    const [first, second] = ["two-a-house.com", "two-b-house.com"].map((domain) =>
      hubspot().create("companies", { domain, name: domain }),
    );
    const contact = hubspot().create("contacts", { email: "two@person.example" });
    hubspot().associate("contacts", contact, "companies", first!, primary);
    await stand.quiet();
    const customer = customerOf("two@person.example")!;
    ops().update("customers", customer.id, { organization: organizationOf("two-b-house.com")!.id });
    await stand.quiet();
    expect(hubspot().associated("contacts", contact, "companies")).toContain(second);
    const open = () => rows(stand, "SELECT kind FROM exceptions WHERE status = 'open'");
    expect(await open()).toEqual([]);

    hubspot().associate("contacts", contact, "companies", first!, primary);
    await stand.quiet();
    expect(customerOf("two@person.example")?.organization).toBe(
      organizationOf("two-a-house.com")?.id,
    );
  });

  it("that nobody knows yet is looked at first, and only this field waits", async () => {
    // As it is after an import: no event tells of the organization.
    stand.ops.seed([
      {
        object: "organizations",
        edits: [
          {
            at: Date.now(),
            by: { kind: "user", id: "user_import", name: "Import" },
            set: { name: "Three", web_domain: "three-house.com" },
          },
        ],
      },
    ]);
    ops().create("customers", {
      email: "three@person.example",
      role: "Early",
      organization: organizationOf("three-house.com")!.id,
    });
    await stand.until(() => contactOf("three@person.example") !== undefined);
    expect(contactOf("three@person.example")?.properties.jobtitle).toBe("Early");
    await stand.quiet();
    const company = companyOf("three-house.com");
    expect(company).toBeDefined();
    const contact = contactOf("three@person.example")!;
    expect(hubspot().associated("contacts", contact.id, "companies")).toEqual([company?.id]);
  });

  it("costs no round trip while it is what was agreed, and one for a batch if not", async () => {
    const [one, other] = ["four-a-house.com", "four-b-house.com"].map((domain) =>
      hubspot().create("companies", { domain, name: domain }),
    );
    const contact = hubspot().create("contacts", { email: "four@person.example" });
    hubspot().associate("contacts", contact, "companies", one!, primary);
    await stand.quiet();
    const tripsOf = async (edit: () => unknown) => {
      const lines = await logged(stand, async () => edit());
      return lines.flatMap((line) => (Number(line.writes) > 0 ? [line.roundTrips] : []));
    };
    expect(await tripsOf(() => hubspot().update("contacts", contact, { jobtitle: "New" }))).toEqual(
      [3],
    );
    expect(
      await tripsOf(() => hubspot().associate("contacts", contact, "companies", other!, primary)),
    ).toEqual([4]);
    expect(customerOf("four@person.example")).toMatchObject({
      role: "New",
      organization: organizationOf("four-b-house.com")?.id,
    });
  });

  it("that is merged away moves with the survivor", async () => {
    const [first, second] = ["five-a-house.com", "five-b-house.com"].map((domain) =>
      hubspot().create("companies", { domain, name: domain }),
    );
    const contact = hubspot().create("contacts", { email: "five@person.example" });
    hubspot().associate("contacts", contact, "companies", first!, primary);
    await stand.quiet();
    hubspot().merge("companies", first!, second!);
    await stand.quiet();
    expect(customerOf("five@person.example")?.organization).toBe(
      organizationOf("five-a-house.com")?.id,
    );
  });
});
