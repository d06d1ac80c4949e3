/** What was given up or refused: told with its cause, looked at again when somebody says so. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { schedules } from "../../worker/core/retry.ts";
import { database } from "../../worker/store/database.ts";
import { putPokes } from "../../worker/store/mailbox.ts";
import { identity } from "../playground/addresses.ts";
import type { Playground } from "../playground/playground.ts";
import { ada, card, makePair, ofContact, type Pair, rows, startStand } from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

const hubspot = () => stand.hubspot.person(ada.userId);
const customer = ({ customerId }: Pair) => stand.ops.record("customers", customerId)!;

async function replay(body: Record<string, unknown>) {
  const response = await fetch(`${stand.urls.worker}/operate/replay`, {
    method: "POST",
    headers: { authorization: `Bearer ${identity.operatorToken}` },
    body: JSON.stringify({ by: "ada", ...body }),
  });
  return { status: response.status, body: (await response.json()) as Replayed };
}
interface Replayed {
  readonly found: Readonly<Record<string, number>>;
  readonly replayed: number;
  readonly next: string | null;
}

interface Exception {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly resolution: string | null;
  readonly detail: string;
}
const exceptionsOf = ({ contactId }: Pick<Pair, "contactId">) =>
  rows<Exception>(
    stand,
    `SELECT x.* FROM exceptions x WHERE x.record_id = ?1 OR x.entity_id = (
       SELECT entity_id FROM links WHERE system = 'hubspot' AND object = 'contact'
       AND record_id = ?1) ORDER BY x.id`,
    contactId,
  );

/** Failures after which a job still comes back. */
const attemptsMax = schedules.retry.delaysMs.length;

/** So many attempts were made that the next failure is the last. */
async function lastAttempt(recordId: string, isQuiet = true): Promise<void> {
  const key = { system: "hubspot", object: "contact", recordId };
  const now = Date.now() - 60_000;
  await putPokes(database(stand.worker.d1), [{ ...key, lane: "event", echo: null }], now);
  await stand.worker.d1
    .prepare("UPDATE pokes SET attempt = ?3, due_at = ?2 WHERE record_id = ?1")
    .bind(recordId, now, isQuiet ? attemptsMax : attemptsMax + 3)
    .run();
  await stand.worker.scheduled();
  if (isQuiet) await stand.quiet();
}

/** An edit that operations does not take, because somebody has the record locked. */
const unwritable = async (pair: Pair, role: string, status = 423) => {
  stand.ops.faults.inject({ kind: "answer", status }, { operation: "update", times: 50 });
  stand.hubspot.faults.add({ kind: "webhook_drop", times: 1 });
  hubspot().update("contacts", pair.contactId, { jobtitle: role });
  stand.hubspot.faults.clear();
  await lastAttempt(pair.contactId, status !== 503);
};

describe("a write that is given up", () => {
  it("is an exception with its cause, and a replay carries it out", async () => {
    const pair = await makePair(stand);
    await unwritable(pair, "Given up");
    const [letter, ...more] = await exceptionsOf(pair);
    expect(more).toEqual([]);
    expect(letter).toMatchObject({ kind: "dead_letter", status: "open" });
    expect(JSON.parse(letter!.detail)).toMatchObject({ status: 423, attempts: attemptsMax + 1 });
    expect(customer(pair).role).not.toBe("Given up");

    stand.ops.faults.heal();
    const { body } = await replay({ filter: { exceptionIds: [letter!.id] } });
    expect(body).toMatchObject({ found: { dead_letter: 1 }, replayed: 1, next: null });
    await stand.quiet();
    expect(customer(pair).role).toBe("Given up");
    const settled = { status: "settled", resolution: "answered" };
    expect(await exceptionsOf(pair)).toMatchObject([settled]);
  });

  it("stays open while it still fails, and is told once", async () => {
    const pair = await makePair(stand);
    await unwritable(pair, "Still failing");
    const [letter] = await exceptionsOf(pair);
    await lastAttempt(pair.contactId);
    expect(await exceptionsOf(pair)).toMatchObject([{ id: letter!.id, status: "open" }]);
    stand.ops.faults.heal();
    await replay({ filter: { exceptionIds: [letter!.id] } });
    await stand.quiet();
    expect(await exceptionsOf(pair)).toMatchObject([{ id: letter!.id, status: "settled" }]);
  });

  it("is shown on the record, and sync now is a replay of it", async () => {
    const pair = await makePair(stand);
    await unwritable(pair, "By hand");
    stand.ops.faults.heal();
    const shown = await card(stand, { action: "record", ...ofContact(pair) });
    expect(shown.record?.problems).toMatchObject([{ kind: "dead_letter" }]);
    const synced = await card(stand, { action: "sync", ...ofContact(pair) });
    expect(synced).toMatchObject({ ok: true, record: { state: "in_sync", problems: [] } });
  });
});

describe("a record that nobody knows and that cannot be read", () => {
  it("is a dead letter, and its matter ends with the record", async () => {
    stand.hubspot.faults.add({ kind: "webhook_drop", times: 1 });
    const contactId = hubspot().create("contacts", { email: "unread@example.com" });
    stand.hubspot.faults.clear();
    stand.hubspot.faults.add({ kind: "status", status: 503, matches: "/batch/read" });
    await lastAttempt(contactId);
    stand.hubspot.faults.clear();
    expect(await exceptionsOf({ contactId })).toMatchObject([
      { kind: "dead_letter", status: "open" },
    ]);
    hubspot().archive("contacts", contactId);
    await stand.quiet();
    expect(await exceptionsOf({ contactId })).toMatchObject([
      { kind: "dead_letter", status: "settled", resolution: "gone" },
    ]);
  });
});

describe("a replay by filter", () => {
  it("is counted before it is done, and names only what the filter names", async () => {
    const pairs = [await makePair(stand), await makePair(stand)];
    for (const pair of pairs) await unwritable(pair, "Filtered");
    stand.ops.faults.heal();
    const filter = { kinds: ["dead_letter"], object: "contact", system: "ops" };
    expect((await replay({ filter, dry: true })).body).toEqual({
      found: { dead_letter: 2 },
      replayed: 0,
      without: [],
      next: null,
    });
    for (const other of [
      { object: "deal" },
      { system: "hubspot" },
      { cause: "no such words" },
      { kinds: ["ambiguous"] },
      { openedUntil: 1_000 },
      { openedFrom: Date.now() + 60_000 },
      { field: "phone" },
    ]) {
      const { body } = await replay({ filter: { ...filter, ...other } });
      expect(body, JSON.stringify(other)).toMatchObject({ found: {}, replayed: 0 });
    }
    await stand.quiet();
    expect(pairs.map((pair) => customer(pair).role)).not.toContain("Filtered");

    const { body } = await replay({ filter });
    expect(body).toMatchObject({ replayed: 2 });
    await stand.quiet();
    expect(pairs.map((pair) => customer(pair).role)).toEqual(["Filtered", "Filtered"]);
    const { body: after } = await replay({ filter, dry: true });
    expect(after).toMatchObject({ found: {} });
    const acts = await rows<{ detail: string }>(
      stand,
      "SELECT detail FROM audit WHERE kind = 'operated' ORDER BY entry DESC LIMIT 1",
    );
    expect(JSON.parse(acts[0]!.detail)).toMatchObject({ act: "replay", by: "ada", filter });
  });

  it("sends a refused value once more, though it is the same", async () => {
    const pair = await makePair(stand);
    stand.ops.faults.inject(
      { kind: "answer", status: 422, body: '{"error":{"code":"invalid_value","property":"role"}}' },
      { operation: "update" },
    );
    hubspot().update("contacts", pair.contactId, { jobtitle: "Refused at first" });
    await stand.quiet();
    expect(await exceptionsOf(pair)).toMatchObject([{ kind: "refused", status: "open" }]);
    stand.ops.faults.heal();
    await card(stand, { action: "sync", ...ofContact(pair) });
    const before = customer(pair).role;
    await replay({ filter: {} });
    await stand.quiet();
    expect([before, customer(pair).role]).toEqual([null, "Refused at first"]);
    expect(await exceptionsOf(pair)).toMatchObject([{ kind: "refused", status: "settled" }]);
  });

  it("that makes no sense is told what is wrong with it", async () => {
    expect((await replay({})).status).toBe(400);
    expect((await replay({ filter: { kinds: ["conflict"] } })).status).toBe(400);
    expect((await replay({ filter: { exceptionIds: [] } })).status).toBe(400);
  });
});

describe("a write that nobody confirms", () => {
  it("is never given up, but told, and its exception ends once it is there", async () => {
    const pair = await makePair(stand);
    const before = stand.log.length;
    await unwritable(pair, "Unconfirmed", 503);
    const isTold = ({ line }: (typeof stand.log)[number]) => Number(line.raised) > 0;
    await stand.until(() => stand.log.slice(before).some(isTold), 20_000);
    const [letter] = await exceptionsOf(pair);
    expect(letter).toMatchObject({ kind: "dead_letter", status: "open" });
    expect(JSON.parse(letter!.detail)).toMatchObject({ status: 503, goesOn: true });
    stand.ops.faults.heal();
    await card(stand, { action: "sync", ...ofContact(pair) });
    await stand.until(() => customer(pair).role === "Unconfirmed", 20_000);
    await stand.quiet();
    expect(await exceptionsOf(pair)).toMatchObject([{ status: "settled", resolution: "answered" }]);
  });
});
