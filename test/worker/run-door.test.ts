/** Runs as operators start and watch them, at the real Worker's door. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { identity } from "../playground/addresses.ts";
import { person } from "../playground/hubspot/people.ts";
import type { Playground } from "../playground/playground.ts";
import { ada, makePair, rows, startStand } from "./stand.ts";

const primary = 1;

let stand: Playground;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

async function operate(method: string, action: string, body?: unknown) {
  const response = await fetch(`${stand.urls.worker}/operate/${action}`, {
    method,
    headers: { authorization: `Bearer ${identity.operatorToken}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

const start = (kind: string) =>
  operate("POST", "start-run", { kind, object: "contact", by: "ada" });

/** The run, once it has come to an end. */
async function ended(id: string) {
  await stand.until(() => stand.log.some(({ line: l }) => l.event === "run.ended" && l.run === id));
  const { body } = await operate("GET", "runs");
  const found = (body as { runs: { id: string }[] }).runs.find((run) => run.id === id);
  if (found === undefined) throw new Error("the run is not shown");
  return found;
}

describe("the operators' door", () => {
  it("starts a scan, shows how it goes, and lists what it found", async () => {
    const pair = await makePair(stand);
    await makePair(stand);
    const silently = person({ ...stand.hubspot.portal, announce: () => {} }, ada.userId);
    silently.update("contacts", pair.contactId, { jobtitle: "Captain" });
    const { body } = await start("scan");
    expect(body).toMatchObject({ started: true });
    const run = await ended((body as { id: string }).id);
    expect(run).toMatchObject({
      state: "done",
      startedBy: "ada",
      system: null,
      endsAt: null,
      // Edited so lately that its event might still come.
      counters: { read: 4, pages: 2, moving: 1, repaired: 1, missing: 0, extra: 0 },
    });
    expect(stand.ops.record("customers", pair.customerId)?.role).toBe("Captain");
    const { body: found } = await operate("GET", `findings?run=${run.id}`);
    expect(found).toMatchObject({
      findings: [{ system: "hubspot", recordId: pair.contactId, fields: ["job_title"] }],
    });
  });

  it("tells how far the systems hold the same, and how sure the pipeline is", async () => {
    const hubspot = stand.hubspot.person(ada.userId);
    const deal = (dealname: string, amount: string, dealstage = "qualifiedtobuy") =>
      hubspot.create("deals", { dealname, amount, dealstage, deal_currency_code: "USD" });
    const doubtful = deal("Pump", "250");
    deal("Valve", "750");
    deal("Hose", "5000", "closedwon");
    await stand.quiet();
    const share = async () => (await operate("GET", "parity?object=deal")).body;
    expect(await share()).toMatchObject({ run: null, confidence: { level: "unverified" } });
    const { body } = await operate("POST", "start-run", {
      kind: "baseline",
      object: "deal",
      by: "ada",
    });
    await ended((body as { id: string }).id);
    const fields = expect.arrayContaining([
      { field: "amount", label: "Amount", equal: 3, different: 0, share: 1 },
    ]);
    expect(await share()).toMatchObject({
      fields,
      entities: { equal: 3, different: 0, share: 1 },
      segments: expect.arrayContaining([{ field: "stage", label: "Stage" }]),
      bySegment: [],
      differing: [],
      oldestDivergenceAt: null,
      confidence: { shares: { USD: 1 }, share: 1, level: "high" },
    });
    expect((await operate("GET", "parity?object=deal&segment=stage")).body).toMatchObject({
      bySegment: [
        { value: "qualified", equal: 2, different: 0, share: 1 },
        { value: "won", equal: 1, different: 0, share: 1 },
      ],
    });
    const [row] = stand.ops.records("opportunities").filter(({ title }) => title === "Pump");
    hubspot.update("deals", doubtful, { amount: "300" });
    stand.ops.person("Dev Raman").update("opportunities", row!.id, { value: "200" });
    await stand.quiet();
    expect(await share()).toMatchObject({
      differing: [
        { field: "amount", kind: "conflict", values: { hubspot: "300 USD", ops: "200 USD" } },
      ],
      confidence: { level: "low" },
    });
  });

  it("shows what a reporting run found as it is now, and repairs one record of it", async () => {
    const pair = await makePair(stand);
    const silently = person({ ...stand.hubspot.portal, announce: () => {} }, ada.userId);
    silently.update("contacts", pair.contactId, { jobtitle: "Pilot" });
    const { body } = await start("baseline");
    const { id } = await ended((body as { id: string }).id);
    const differs = [
      { field: "job_title", values: { hubspot: { value: "Pilot" } }, writes: ["ops"] },
    ];
    expect((await operate("GET", `differing?run=${id}`)).body).toMatchObject({
      records: [{ system: "hubspot", recordId: pair.contactId, differs }],
    });
    const record = { system: "hubspot", object: "contact", recordId: pair.contactId };
    expect((await operate("POST", "repair", { ...record, by: "ada" })).body).toMatchObject({
      kind: "repaired",
    });
    expect(stand.ops.record("customers", pair.customerId)?.role).toBe("Pilot");
    const of = async (run: string) => (await operate("GET", `differing?run=${run}`)).body;
    expect(await of(id)).toMatchObject({ records: [{ differs: [] }] });
    expect(await of("nobody")).toEqual({ records: [] });
  });

  it("finds a contact that was given another company, though no modified date moved", async () => {
    const hubspot = stand.hubspot.person(ada.userId);
    const [first, second] = ["first-house.com", "second-house.com"].map((domain) =>
      hubspot.create("companies", { domain, name: domain }),
    );
    const pair = await makePair(stand);
    hubspot.associate("contacts", pair.contactId, "companies", first!, primary);
    await stand.quiet();
    const employer = () => {
      const id = stand.ops.record("customers", pair.customerId)?.organization;
      return stand.ops.records("organizations").find((row) => row.id === id)?.web_domain;
    };
    expect(employer()).toBe("first-house.com");
    const silently = person({ ...stand.hubspot.portal, announce: () => {} }, ada.userId);
    silently.dissociate("contacts", pair.contactId, "companies", first!);
    silently.associate("contacts", pair.contactId, "companies", second!, primary);
    const { body } = await start("scan");
    const run = await ended((body as { id: string }).id);
    const { body: found } = await operate("GET", `findings?run=${run.id}`);
    expect(found).toMatchObject({
      findings: [{ system: "hubspot", recordId: pair.contactId, fields: ["company"] }],
    });
    expect(employer()).toBe("second-house.com");
  });

  it("has every act on a run in the audit", async () => {
    await stand.quiet();
    const { body } = await start("baseline");
    const { id } = body as { id: string };
    await ended(id);
    const turn = await operate("POST", "turn-run", { run: id, turn: "pause", by: "ben" });
    expect(turn.body).toEqual({ turned: false });
    const acts = await rows<{ detail: string }>(
      stand,
      "SELECT detail FROM audit WHERE entity_id = '@operators' AND detail LIKE ?1 ORDER BY entry",
      `%${id}%`,
    );
    expect(acts.map(({ detail }) => JSON.parse(detail))).toMatchObject([
      { act: "start_run", kind: "baseline", by: "ada" },
      { act: "pause_run", by: "ben" },
    ]);
  });

  it("lets a backfill write only after one was dry", async () => {
    const backfill = { kind: "backfill", object: "deal", by: "ada" };
    const refused = { started: false, reason: "Run it dry first, and look at what it would do." };
    expect((await operate("POST", "start-run", backfill)).body).toEqual(refused);
    const { body } = await operate("POST", "start-run", { ...backfill, dry: true });
    await ended((body as { id: string }).id);
    const { body: real } = await operate("POST", "start-run", backfill);
    expect(real).toMatchObject({ started: true });
    await ended((real as { id: string }).id);
  });

  it("knows no other objects and no other turns", async () => {
    const unknown = { kind: "scan", object: "nobody", by: "ada" };
    expect((await operate("POST", "start-run", unknown)).body).toMatchObject({ started: false });
    const turn = { run: "r", turn: "burn", by: "ada" };
    expect((await operate("POST", "turn-run", turn)).status).toBe(400);
  });
});
