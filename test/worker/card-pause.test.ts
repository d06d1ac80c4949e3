/** One record paused from its card: nothing goes out, nothing that comes in is lost. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Playground } from "../playground/playground.ts";
import {
  ada,
  ben,
  card,
  makeConflict,
  makePair,
  ofContact,
  type Pair,
  phoneOf,
  resolve,
  rows,
  startStand,
  type User,
} from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

const pause = (pair: Pair, reason = "Waiting for the contract", user: User = ada) =>
  card(stand, { action: "pause", ...ofContact(pair), reason, user });
const resume = (pair: Pair, user: User = ada) =>
  card(stand, { action: "resume", ...ofContact(pair), user });
const inHubSpot = (pair: Pair, jobtitle: string) =>
  stand.hubspot.person(ada.userId).update("contacts", pair.contactId, { jobtitle });
const role = ({ customerId }: Pair) => stand.ops.record("customers", customerId)?.role;
const heldBy = ({ contactId }: Pair) =>
  rows<{ held_by: string | null }>(
    stand,
    "SELECT held_by FROM pokes WHERE record_id = ?1",
    contactId,
  );
const acts = (scope: string) =>
  rows<{ detail: string }>(
    stand,
    "SELECT detail FROM audit WHERE kind = 'operated' AND detail LIKE '%' || ?1 || '%'",
    scope,
  );

describe("a paused record", () => {
  it("says who paused it and why, and writes nothing until somebody resumes it", async () => {
    const pair = await makePair(stand);
    const paused = await pause(pair);
    expect(paused).toMatchObject({
      ok: true,
      record: {
        state: "paused",
        mayPause: true,
        pauses: [{ of: "record", by: ada.userEmail, reason: "Waiting for the contract" }],
      },
    });
    const other = await makePair(stand);
    inHubSpot(pair, "Held");
    inHubSpot(other, "Flows");
    await expect.poll(() => role(other), { timeout: 5_000 }).toBe("Flows");
    await expect.poll(() => heldBy(pair)).toMatchObject([{ held_by: expect.any(String) }]);
    expect(role(pair)).toBeNull();
    const synced = await card(stand, { action: "sync", ...ofContact(pair) });
    expect(synced).toMatchObject({ ok: true, record: { state: "paused" } });
    expect(role(pair)).toBeNull();

    const resumed = await resume(pair, ben);
    expect(resumed).toMatchObject({ ok: true, record: { state: "in_sync", pauses: [] } });
    expect(role(pair)).toBe("Held");
  });

  it("twice, or resumed twice, is one act each; another person is told who was first", async () => {
    const pair = await makePair(stand);
    expect(await pause(pair)).toMatchObject({ ok: true });
    expect(await pause(pair)).toMatchObject({ ok: true });
    const second = await pause(pair, "Me too", ben);
    expect(second).toMatchObject({ ok: false, error: { code: "settled" } });
    expect(second.ok === false && second.error.message).toContain(ada.userEmail);
    const [link] = await rows<{ entity_id: string }>(
      stand,
      "SELECT entity_id FROM links WHERE system = 'hubspot' AND record_id = ?1",
      pair.contactId,
    );
    await resume(pair);
    await resume(pair);
    expect(await acts(`record:${link!.entity_id}`)).toHaveLength(2);
  });

  it("keeps a choice that is made meanwhile, and says that the pause is why", async () => {
    const { pair, conflict } = await makeConflict(stand);
    await pause(pair);
    const answer = await resolve(stand, pair, conflict, { kind: "keep", system: "ops" });
    expect(answer).toMatchObject({ ok: false, error: { code: "pending" } });
    expect(answer.ok === false && answer.error.message).toContain("paused");
    expect(phoneOf(stand, pair).hubspot).toBe("+1 212 555 0171");
    await resume(pair);
    await stand.quiet();
    expect(phoneOf(stand, pair).hubspot).toBe("+12125550172");
  });

  it("that is linked to nothing, or without a reason, is not paused", async () => {
    stand.hubspot.faults.add({ kind: "webhook_drop", times: 1 });
    const contactId = stand.hubspot.person(ada.userId).create("contacts", { firstname: "Solo" });
    stand.hubspot.faults.clear();
    const nothing = await pause({ contactId, customerId: "" });
    expect(nothing).toMatchObject({ ok: false, error: { code: "not_found" } });
    const pair = await makePair(stand);
    const silent = await pause(pair, "  ");
    expect(silent).toMatchObject({ ok: false, error: { code: "bad_request" } });
  });
});
