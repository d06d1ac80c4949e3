/** Deletions that travel, as the policy of the object says, and what keeps them from it. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { identity } from "../playground/addresses.ts";
import type { Playground } from "../playground/playground.ts";
import { ada, auditOf, knock, makePair, type Pair, rows, startStand } from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand(fileURLToPath(new URL("deletes.config.ts", import.meta.url)));
});
afterAll(() => stand.stop());

const hubspot = () => stand.hubspot.person(ada.userId);
const ops = () => stand.ops.person("Dev Raman");
const contact = ({ contactId }: Pair) =>
  stand.hubspot.records("contacts").find((one) => one.id === contactId)!;
const customer = ({ customerId }: Pair) => stand.ops.record("customers", customerId)!;
const archived = (pair: Pair) => [contact(pair).archived, customer(pair).archived];
const archivesSent = () =>
  stand.hubspot.countCalls("POST", "/batch/archive") +
  stand.ops.calls.filter(({ operation }) => operation === "archive").length;
const exceptions = (pair: Pair) =>
  rows<{ kind: string; status: string; resolution: string | null; detail: string }>(
    stand,
    `SELECT x.kind, x.status, x.resolution, x.detail FROM exceptions x JOIN links l
     ON l.entity_id = x.entity_id WHERE l.system = 'ops' AND l.object = 'contact'
     AND l.record_id = ?1 ORDER BY x.opened_at`,
    pair.customerId,
  );

type Where = "hubspot" | "ops";
const archive = (where: Where, pair: Pair) =>
  where === "hubspot"
    ? hubspot().archive("contacts", pair.contactId)
    : ops().archive("customers", pair.customerId);
const restore = (where: Where, pair: Pair) =>
  where === "hubspot"
    ? hubspot().restore("contacts", pair.contactId)
    : ops().restore("customers", pair.customerId);
const edit = (where: Where, pair: Pair, text: string) =>
  where === "hubspot"
    ? hubspot().update("contacts", pair.contactId, { jobtitle: text })
    : ops().update("customers", pair.customerId, { role: text });
const other = { hubspot: "ops", ops: "hubspot" } as const;

describe.each(["hubspot", "ops"] as const)("a record that was deleted in %s", (where) => {
  it("is archived in the other, once, by an audited write", async () => {
    const pair = await makePair(stand);
    const before = archivesSent();
    archive(where, pair);
    await stand.quiet();
    expect(archived(pair)).toEqual([true, true]);
    expect(archivesSent()).toBe(before + 1);
    expect(await exceptions(pair)).toEqual([]);
    const [entry] = await auditOf(stand, pair, "archived");
    expect(JSON.parse(entry!.detail)).toMatchObject({ system: other[where], operation: "archive" });
  });

  it("and edited in the other is a question, and nothing is deleted", async () => {
    const pair = await makePair(stand);
    const before = archivesSent();
    edit(other[where], pair, "Still at work");
    archive(where, pair);
    await stand.quiet();
    const [question] = await exceptions(pair);
    expect(question).toMatchObject({ kind: "gone", status: "open" });
    expect(JSON.parse(question!.detail)).toMatchObject({ edited: [other[where]] });
    expect(archivesSent()).toBe(before);
    restore(where, pair);
    await stand.quiet();
    expect(await exceptions(pair)).toMatchObject([{ status: "settled", resolution: "back" }]);
    expect([contact(pair).properties.jobtitle, customer(pair).role]).toEqual([
      "Still at work",
      "Still at work",
    ]);
  });

  it("comes back when it is restored on both sides, and goes on as before", async () => {
    const pair = await makePair(stand);
    archive(where, pair);
    await stand.quiet();
    const before = archivesSent();
    restore(where, pair);
    await stand.quiet();
    // Nobody can take it out of the other's bin for people; it is not deleted again.
    expect(archived(pair)).toEqual(where === "hubspot" ? [false, true] : [true, false]);
    expect(await exceptions(pair)).toMatchObject([{ kind: "gone", status: "open" }]);
    expect(archivesSent()).toBe(before);

    restore(other[where], pair);
    await stand.quiet();
    expect(await exceptions(pair)).toMatchObject([{ status: "settled", resolution: "back" }]);
    edit(where, pair, "Back at work");
    await stand.quiet();
    expect([contact(pair).properties.jobtitle, customer(pair).role]).toEqual([
      "Back at work",
      "Back at work",
    ]);
    expect(archivesSent()).toBe(before);
    archive(other[where], pair);
    await stand.quiet();
    expect(archived(pair)).toEqual([true, true]);
  });
});

describe("a deletion", () => {
  it("that the system takes back on the second look is not believed", async () => {
    const pair = await makePair(stand);
    stand.hubspot.faults.add({ kind: "transient_missing", matches: "/batch/read", times: 2 });
    stand.hubspot.faults.add({ kind: "transient_missing", matches: pair.contactId, times: 1 });
    edit("ops", pair, "Somebody's edit");
    await stand.until(() => contact(pair).properties.jobtitle === "Somebody's edit", 30_000);
    stand.hubspot.faults.clear();
    await stand.quiet();
    expect(archived(pair)).toEqual([false, false]);
  });

  it("of which the answer is lost is found by reading, and not sent again", async () => {
    const pair = await makePair(stand);
    stand.ops.faults.inject({ kind: "drop" }, { operation: "archive", times: 1 });
    const before = archivesSent();
    archive("hubspot", pair);
    await stand.quiet();
    expect(archived(pair)).toEqual([true, true]);
    expect(archivesSent()).toBe(before + 1);
    const [entry] = await auditOf(stand, pair, "archived");
    expect(JSON.parse(entry!.detail)).toMatchObject({ system: "ops", foundByReading: true });
  });

  it("of an object whose deletions are ignored is nobody's business", async () => {
    const id = hubspot().create("deals", {
      dealname: "Ignored",
      pipeline: "default",
      dealstage: "qualifiedtobuy",
    });
    await stand.quiet();
    const row = stand.ops.records("opportunities").find(({ title }) => title === "Ignored")!;
    hubspot().archive("deals", id);
    await stand.quiet();
    ops().update("opportunities", row.id, { title: "Goes on" });
    await stand.quiet();
    expect(stand.ops.record("opportunities", row.id)).toMatchObject({
      archived: false,
      title: "Goes on",
    });
    const asked = await rows(stand, "SELECT id FROM exceptions WHERE object = 'deal'");
    expect(asked).toEqual([]);
  });

  it("one too many for the window is held by the brake, until a person lets it go", async () => {
    await stand.worker.d1.prepare("DELETE FROM brakes").run();
    const pairs: Pair[] = [];
    for (let count = 0; count < 8; count += 1) pairs.push(await makePair(stand));
    for (const pair of pairs) archive("hubspot", pair);
    const left = () => pairs.filter((pair) => !customer(pair).archived).length;
    const held = () => rows(stand, "SELECT record_id FROM pokes WHERE held_by IS NOT NULL");
    await expect.poll(async () => (await held()).length).toBe(3);
    expect(left()).toBe(3);
    const body = JSON.stringify({ system: "ops", object: "contact", count: null, by: "Ada" });
    const headers = { authorization: `Bearer ${identity.operatorToken}` };
    const answer = await fetch(knock(stand, { path: "/operate/release", body, headers }));
    expect(answer.status).toBe(200);
    await stand.quiet();
    expect(left()).toBe(0);
  });
});
