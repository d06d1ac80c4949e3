/** Entities that lost a record and may be given another, end to end. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Playground } from "../playground/playground.ts";
import { ada, rows, startStand, writes } from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

const hubspot = () => stand.hubspot.person(ada.userId);
const ops = () => stand.ops.person("Dev Raman");
const contact = (id: string) => stand.hubspot.records("contacts").find((one) => one.id === id);
const contacts = () => stand.hubspot.records("contacts").length;

/** A customer that was there first, so that its contact carries our key. */
async function makeCustomer(values: Record<string, string>) {
  const { id } = ops().create("customers", values);
  await stand.quiet();
  const [link] = await rows<{ record_id: string; entity_id: string }>(
    stand,
    `SELECT o.record_id, o.entity_id FROM links l JOIN links o ON o.entity_id = l.entity_id
     WHERE l.system = 'ops' AND l.record_id = ?1 AND o.system = 'hubspot' AND o.alias = 0`,
    id,
  );
  return { customerId: id, contactId: link!.record_id, entityId: link!.entity_id };
}

async function archiveAndRestore(customerId: string): Promise<void> {
  ops().archive("customers", customerId);
  await stand.quiet();
  ops().restore("customers", customerId);
  await stand.quiet();
}

const questions = (entityId: string) =>
  rows<{ kind: string; status: string; record_id: string }>(
    stand,
    "SELECT kind, status, record_id FROM exceptions WHERE entity_id = ?1 ORDER BY opened_at",
    entityId,
  );

describe("an entity whose contact was merged into another's", () => {
  it("does not take the survivor that carries its key when its customer comes back", async () => {
    const loser = await makeCustomer({ given_name: "Lou", role: "Loses" });
    const keeper = await makeCustomer({ given_name: "Kit", email: "kit@example.com" });
    const survivor = hubspot().merge("contacts", loser.contactId, keeper.contactId);
    await stand.quiet();
    expect(contact(survivor)?.properties).toMatchObject({
      crm_sync_key: loser.entityId,
      email: "kit@example.com",
    });
    await archiveAndRestore(loser.customerId);
    const written = writes(stand).hubspot;
    ops().update("customers", loser.customerId, { role: "Must not travel" });
    await stand.quiet();
    expect(writes(stand).hubspot).toBe(written);
    expect(contact(survivor)?.properties.jobtitle).toBe("Loses");
    expect(await questions(loser.entityId)).toEqual([
      { kind: "duplicate", status: "settled", record_id: loser.contactId },
      { kind: "duplicate", status: "open", record_id: survivor },
    ]);
    expect(await questions(keeper.entityId)).toEqual([]);
  });

  it("is given a new one, whole, and nothing of its customer is cleared", async () => {
    const loser = await makeCustomer({ given_name: "Lou", family_name: "Again", role: "Stays" });
    const keeper = await makeCustomer({ given_name: "Kim", email: "kim@example.com" });
    const survivor = hubspot().merge("contacts", keeper.contactId, loser.contactId);
    await stand.quiet();
    const before = contacts();
    await archiveAndRestore(loser.customerId);
    expect(contacts()).toBe(before + 1);
    const born = stand.hubspot
      .records("contacts")
      .find(({ properties }) => properties.crm_sync_key === loser.entityId);
    expect(born?.id).not.toBe(survivor);
    expect(born?.properties).toMatchObject({
      firstname: "Lou",
      lastname: "Again",
      jobtitle: "Stays",
    });
    expect(stand.ops.record("customers", loser.customerId)).toMatchObject({
      given_name: "Lou",
      family_name: "Again",
      role: "Stays",
    });
  });
});
