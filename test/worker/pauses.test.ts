/** What a pause does to work that has begun, end to end. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { database } from "../../worker/store/database.ts";
import { pause, resume } from "../../worker/store/holds.ts";
import type { Playground } from "../playground/playground.ts";
import { ada, card, makePair, ofContact, phoneOf, rows, startStand } from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

describe("a paused field", () => {
  it("does not keep the unknown outcome of another field's write from being settled", async () => {
    const pair = await makePair(stand);
    const scope = "field:contact.phone";
    const act = { by: "Olga", at: Date.now(), salt: "s" };
    await pause(database(stand.worker.d1), { scope, reason: "an exercise" }, act);
    stand.ops.faults.inject({ kind: "answer", status: 500 }, { operation: "update", times: 1 });
    stand.hubspot
      .person(ada.userId)
      .update("contacts", pair.contactId, { jobtitle: "Landed", phone: "+1 212 555 0188" });
    const role = () => stand.ops.record("customers", pair.customerId)?.role;
    await expect.poll(role, { timeout: 20_000 }).toBe("Landed");
    await expect.poll(() => rows(stand, "SELECT * FROM intents")).toEqual([]);
    expect(phoneOf(stand, pair).ops).toBe("+12125550100");

    await resume(database(stand.worker.d1), scope, act);
    await card(stand, { action: "sync", ...ofContact(pair) });
    await stand.quiet();
    expect(phoneOf(stand, pair).ops).toBe("+12125550188");
  }, 30_000);
});
