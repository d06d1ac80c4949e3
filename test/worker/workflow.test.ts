/** The workflow action "Sync this record now", fired as HubSpot fires it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { identity, publicUrl } from "../playground/addresses.ts";
import { signatureV2 } from "../playground/hubspot/signature.ts";
import type { Playground } from "../playground/playground.ts";
import {
  ada,
  knock,
  makeConflict,
  makePair,
  type Pair,
  rows,
  type Signing,
  signed,
  startStand,
  writes,
} from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

const path = "/workflow/sync";
const actionUrl = `${publicUrl}${path}`;
const run = ({ contactId }: Pick<Pair, "contactId">, objectType = "contacts") =>
  stand.hubspot.runAction({ actionUrl, objectType, objectId: contactId });
const customerOf = ({ customerId }: Pair) => stand.ops.record("customers", customerId)!;
const waiting = () => rows<{ lane: string; record_id: string }>(stand, "SELECT * FROM pokes");

/** An edit that no webhook tells of. */
async function editUnseen({ contactId }: Pair, jobtitle: string): Promise<void> {
  const fault = stand.hubspot.faults.add({ kind: "webhook_drop" });
  stand.hubspot.person(ada.userId).update("contacts", contactId, { jobtitle });
  await stand.quiet();
  fault.remove();
}

describe("a workflow", () => {
  it("offers the action the app is uploaded with", () => {
    expect(stand.hubspot.actions.map((action) => action.actionUrl)).toEqual([actionUrl]);
  });

  it("has a record looked at right away, and goes on", async () => {
    const pair = await makePair(stand, { jobtitle: "Before" });
    await editUnseen(pair, "After");
    expect(customerOf(pair).role).toBe("Before");
    expect(await run(pair)).toEqual({
      calls: 1,
      status: 200,
      outputFields: { hs_execution_state: "SUCCESS", sync_result: "asked", open_questions: 0 },
    });
    await stand.quiet();
    expect(customerOf(pair).role).toBe("After");
  });

  it("is told how many questions are open", async () => {
    const { pair } = await makeConflict(stand);
    expect((await run(pair)).outputFields).toMatchObject({ open_questions: 1 });
  });

  it("brings a record that nobody knows yet to the other system", async () => {
    const fault = stand.hubspot.faults.add({ kind: "webhook_drop" });
    const email = "unheard.of@example.com";
    const contactId = stand.hubspot.person(ada.userId).create("contacts", { email });
    fault.remove();
    expect((await run({ contactId })).outputFields).toMatchObject({ open_questions: 0 });
    await stand.quiet();
    expect(stand.ops.records("customers").filter((row) => row.email === email)).toHaveLength(1);
  });

  it("is told of a record of a kind that is not kept the same, and goes on", async () => {
    const contactId = stand.hubspot
      .person(ada.userId)
      .create("tickets", { subject: "Help", hs_pipeline_stage: "1" });
    expect(await run({ contactId }, "tickets")).toMatchObject({
      status: 200,
      outputFields: { hs_execution_state: "FAIL_CONTINUE", sync_result: "not_synced" },
    });
    expect(await waiting()).toEqual([]);
  });

  it("does not wait for a system that does not answer", async () => {
    const pair = await makePair(stand);
    await editUnseen(pair, "Later");
    stand.ops.faults.downUntil = Number.POSITIVE_INFINITY;
    const startedAt = Date.now();
    expect((await run(pair)).outputFields).toMatchObject({ hs_execution_state: "SUCCESS" });
    expect(Date.now() - startedAt).toBeLessThan(2_000);
    await expect.poll(waiting).toMatchObject([{ lane: "person", record_id: pair.contactId }]);
    stand.ops.faults.heal();
    await stand.quiet(60_000);
    expect(customerOf(pair).role).toBe("Later");
  });

  it("calls again while the mailbox cannot be written, and nothing is lost", async () => {
    const pair = await makePair(stand);
    await editUnseen(pair, "Kept");
    await withoutMailbox(async () => {
      expect(await run(pair)).toEqual({ calls: 3, status: 503, outputFields: {} });
    });
    expect(await run(pair)).toMatchObject({ calls: 1, status: 200 });
    await stand.quiet();
    expect(customerOf(pair).role).toBe("Kept");
  });

  it("that gets no answer and calls again with the same id has one effect", async () => {
    const pair = await makePair(stand);
    await editUnseen(pair, "Once");
    const before = writes(stand);
    const request = await stand.hubspot.workflowRequest({
      actionUrl,
      objectType: "contacts",
      objectId: pair.contactId,
    });
    const body = await request.text();
    const call = () => fetch(knock(stand, { path, body, headers: headersOf(request) }));
    const answers = await Promise.all([call(), call(), call()]);
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    expect(new Set(bodies.map((one) => JSON.stringify(one))).size).toBe(1);
    await stand.quiet();
    expect((await call()).status).toBe(200);
    await stand.quiet();
    expect(customerOf(pair).role).toBe("Once");
    expect(writes(stand)).toEqual({ ...before, ops: before.ops + 1 });
  });
});

const headersOf = (request: Request) => Object.fromEntries(request.headers);

async function withoutMailbox(act: () => Promise<void>): Promise<void> {
  await stand.worker.d1.exec("ALTER TABLE pokes RENAME TO pokes_away");
  try {
    await act();
  } finally {
    await stand.worker.d1.exec("ALTER TABLE pokes_away RENAME TO pokes");
  }
}

describe("a call that is not this app's workflow", () => {
  const call = {
    callbackId: "ap-1-2-3-4",
    origin: { portalId: identity.portalId, actionDefinitionId: 1, actionDefinitionVersion: 1 },
    context: { source: "WORKFLOWS", workflowId: 2 },
    object: { objectId: 151, objectType: "CONTACT", properties: {} },
    inputFields: {},
  };
  const body = JSON.stringify(call);
  const status = async (request: Promise<Request> | Request) => {
    const answer = await fetch(await request);
    expect(await answer.text()).not.toContain("outputFields");
    expect(await waiting()).toEqual([]);
    return answer.status;
  };

  const forged: readonly (readonly [string, Partial<Signing>])[] = [
    ["signed with another secret", { secret: "another" }],
    ["signed for another address", { url: `${publicUrl}/card/sync` }],
    ["ten minutes old", { at: Date.now() - 600_000 }],
    ["from the future", { at: Date.now() + 600_000 }],
  ];
  it.each(forged)("is refused: %s", async (_, signing) => {
    expect(await status(signed(stand, { path, body, ...signing }))).toBe(401);
  });

  it("is refused: not signed, or signed in the older way only", async () => {
    expect(await status(knock(stand, { path, body }))).toBe(401);
    const older = { clientSecret: identity.hubspotClientSecret, method: "POST", uri: actionUrl };
    const headers = {
      "x-hubspot-signature": await signatureV2({ ...older, body }),
      "x-hubspot-signature-version": "v2",
    };
    expect(await status(knock(stand, { path, body, headers }))).toBe(401);
  });

  it.each([
    ["another account", { ...call, origin: { portalId: 999 } }, 403],
    ["no account", { ...call, origin: {} }, 400],
    ["no call id", { ...call, callbackId: "" }, 400],
    ["an id that is none", { ...call, object: { objectId: "1 OR 1", objectType: "CONTACT" } }, 400],
    ["no object", { ...call, object: undefined }, 400],
    ["a list", [call], 400],
  ])("is refused: %s", async (_, wrong, wanted) => {
    expect(await status(signed(stand, { path, body: JSON.stringify(wrong) }))).toBe(wanted);
  });

  it("is refused: no JSON, too large, or no POST", async () => {
    expect(await status(signed(stand, { path, body: "{" }))).toBe(400);
    expect(await status(signed(stand, { path, body: "x".repeat(1_048_577) }))).toBe(413);
    expect(await status(knock(stand, { method: "GET", path, body: "" }))).toBe(404);
  });
});
