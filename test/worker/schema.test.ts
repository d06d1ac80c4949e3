/** Definitions that change under a running sync: one field is held, the others flow. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Playground } from "../playground/playground.ts";
import { makePair, type Pair, rows, startStand } from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

const ops = () => stand.ops.person("Dev Raman");
const contact = ({ contactId }: Pair) =>
  stand.hubspot.records("contacts").find(({ id }) => id === contactId)!.properties;
const exceptions = (field: string) =>
  rows<{ status: string; resolution: string | null; detail: string }>(
    stand,
    "SELECT status, resolution, detail FROM exceptions WHERE kind = 'schema' AND field = ?1",
    field,
  );
/** An hour later, as the schedule sees it. */
const forgetChecks = () => stand.worker.d1.prepare("DELETE FROM schema_checks").run();
const anHourLater = async () => {
  await forgetChecks();
  await stand.worker.scheduled();
};

describe("a property that is gone in HubSpot", () => {
  it("holds its own field, proposes what to do, and is settled when it is back", async () => {
    const pair = await makePair(stand, { jobtitle: "Before" });
    stand.hubspot.admin.archiveProperty("contacts", "jobtitle");
    await anHourLater();
    const [question] = await exceptions("job_title");
    expect(question).toMatchObject({ status: "open" });
    expect(JSON.parse(question!.detail)).toMatchObject({
      property: "jobtitle",
      message: expect.stringContaining("is gone"),
      mend: expect.stringContaining("Restore it"),
    });
    // A blank that may overwrite a value, if it were believed.
    ops().update("customers", pair.customerId, { given_name: "Flows" });
    await stand.quiet();
    expect(contact(pair).firstname).toBe("Flows");
    expect(stand.ops.record("customers", pair.customerId)?.role).toBe("Before");
    ops().update("customers", pair.customerId, { role: "After" });
    await stand.quiet();

    stand.hubspot.admin.unarchiveProperty("contacts", "jobtitle");
    await anHourLater();
    expect(await exceptions("job_title")).toMatchObject([
      { status: "settled", resolution: "mended" },
    ]);
    await stand.worker.scheduled();
    await stand.quiet();
    expect(contact(pair)).toMatchObject({ jobtitle: "After", firstname: "Flows" });
  });
});

describe("a write that HubSpot refuses for a property", () => {
  it("has the schema looked at, and the field held", async () => {
    const pair = await makePair(stand, { lifecyclestage: "lead" });
    const stages = ["subscriber", "lead", "salesqualifiedlead", "customer", "evangelist"];
    stand.hubspot.admin.setOptions("contacts", "lifecyclestage", stages);
    await forgetChecks();
    ops().update("customers", pair.customerId, { lifecycle: "in_talks", role: "Flows" });
    await stand.until(() => contact(pair).jobtitle === "Flows");
    await stand.quiet();
    expect(await exceptions("lifecycle")).toMatchObject([{ status: "open" }]);
    expect(contact(pair).lifecyclestage).toBe("lead");
  });
});
