/** A custom object by configuration alone, through the real Worker: `custom.config.ts` is all. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Playground } from "../playground/playground.ts";
import { ada, card, rows, startStand } from "./stand.ts";

const typeId = "2-1000001";
let stand: Playground;
beforeAll(async () => {
  stand = await startStand(fileURLToPath(new URL("custom.config.ts", import.meta.url)));
  setUpHubSpot(stand);
});
afterAll(() => stand.stop());

const hubspot = () => stand.hubspot.person(ada.userId);
const ops = () => stand.ops.person("Dev Raman");
const inOps = (id: string) => stand.ops.record("subscriptions", id);
const inHubSpot = (number: unknown) =>
  stand.hubspot
    .records(typeId)
    .filter(({ properties }) => properties.subscription_number === number);

/** A subscription of two people, made in operations, and what it is in HubSpot. */
async function makeSubscription() {
  const users = [1, 2].map(() => {
    const email = `user${stand.ops.records("customers").length}@x.example`;
    return ops().create("customers", { email }).id;
  });
  const made = ops().create("subscriptions", {
    plan: "plus",
    seats: "12",
    price: "99.5",
    currency: "EUR",
    renews_on: "2027-01-31",
    users,
  });
  await stand.quiet();
  const [record, ...more] = inHubSpot(made.number);
  expect(more).toEqual([]);
  return { id: made.id, users, recordId: record!.id, record: record! };
}

describe("a custom object", () => {
  it("made in the tool is made in HubSpot, in HubSpot's words, and associated", async () => {
    const { record, recordId } = await makeSubscription();
    expect(record.properties).toMatchObject({
      plan: "plan_2",
      seats: "12",
      monthly_price: "99.5",
      price_currency: "EUR",
      renewal_date: "2027-01-31",
    });
    expect(hubspot().associated(typeId, recordId, "contacts")).toHaveLength(2);
  });

  it("made in HubSpot is made in the tool, once the people it names are there", async () => {
    const contact = hubspot().create("contacts", { email: "uses.it@x.example" });
    const recordId = hubspot().create(typeId, { plan: "plan_3", seats: "3" });
    associate(recordId, contact);
    await stand.quiet();
    const customer = stand.ops
      .records("customers")
      .find(({ email }) => email === "uses.it@x.example");
    const made = stand.ops.records("subscriptions").find(({ users }) => {
      return (users as string[]).includes(customer!.id);
    });
    expect(made).toMatchObject({ plan: "premium", seats: "3", users: [customer!.id] });
    const [record] = inHubSpot(made!.number);
    expect(record?.id).toBe(recordId);
  });

  it("is kept the same by its policies, its people included", async () => {
    const { id, recordId, users } = await makeSubscription();
    const contact = hubspot().create("contacts", { email: `third${id}@x.example` });
    hubspot().update(typeId, recordId, { seats: "20", renewal_date: "2027-02-28" });
    associate(recordId, contact);
    ops().update("subscriptions", id, { seats: "15", users: users.slice(0, 1) });
    await stand.quiet();
    const third = stand.ops
      .records("customers")
      .find(({ email }) => email === `third${id}@x.example`);
    expect(inOps(id)).toMatchObject({ seats: "20", renews_on: "2027-02-28" });
    expect([...(inOps(id)!.users as string[])].sort()).toEqual([users[0]!, third!.id].sort());
  });

  it("asks in its own card where nobody decides", async () => {
    const { id, recordId } = await makeSubscription();
    hubspot().update(typeId, recordId, { monthly_price: "120" });
    ops().update("subscriptions", id, { price: "110" });
    await stand.quiet();
    const asked = { objectTypeId: typeId, objectId: recordId };
    const { record } = await card(stand, { action: "record", ...asked });
    const [conflict] = record?.conflicts ?? [];
    expect(conflict).toMatchObject({ field: "price", label: "Price a month" });
    const { exceptionId, shown } = conflict!;
    const choice = { kind: "keep", system: "ops" };
    await card(stand, { action: "resolve", ...asked, exceptionId, shown, choice });
    await stand.quiet();
    const [settled] = inHubSpot(inOps(id)!.number);
    expect(settled?.properties.monthly_price).toBe("110");
  });

  it("that is archived in one is archived in the other", async () => {
    const { id, recordId } = await makeSubscription();
    hubspot().archive(typeId, recordId);
    await stand.quiet();
    expect(inOps(id)?.archived).toBe(true);
  });

  it("leaves no question open", async () => {
    expect(await rows(stand, "SELECT * FROM exceptions WHERE status <> 'settled'")).toEqual([]);
  });
});

function associate(recordId: string, contact: string): void {
  const label = stand.hubspot.portal.state.associationDefinitions.find(
    (each) => each.label === "Uses it" && each.fromTypeId === typeId,
  );
  hubspot().associate(typeId, recordId, "contacts", contact, label?.typeId);
}

/** What an administrator does once, before the configuration is written. */
function setUpHubSpot({ hubspot }: Playground): void {
  const choice = (value: string) => ({ label: value, value, hidden: false });
  const text = (name: string, label: string) => {
    return { name, label, type: "string", fieldType: "text" } as const;
  };
  const { admin } = hubspot;
  const defined = admin.defineObject({
    name: "subscription",
    labels: { singular: "Subscription", plural: "Subscriptions" },
    primaryDisplayProperty: "subscription_number",
    requiredProperties: [],
    searchableProperties: ["subscription_number"],
    properties: [
      { ...text("subscription_number", "Number"), hasUniqueValue: true },
      { ...text("crm_sync_key", "CRM Sync key"), hasUniqueValue: true },
      {
        name: "plan",
        label: "Plan",
        type: "enumeration",
        fieldType: "select",
        options: ["plan_1", "plan_2", "plan_3"].map(choice),
      },
      { name: "seats", label: "Seats", type: "number", fieldType: "number" },
      { name: "monthly_price", label: "Price a month", type: "number", fieldType: "number" },
      text("price_currency", "Currency"),
      { name: "renewal_date", label: "Renews on", type: "date", fieldType: "date" },
    ],
    associatedObjects: ["contact"],
  });
  expect(defined).toBe(typeId);
  admin.defineLabel(typeId, "contacts", "Uses it");
}
