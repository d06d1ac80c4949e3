/** The card's door: who is believed, and that a person's answer has one effect, whole. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cardAnswerSchema } from "../../shared/contract.ts";
import type { Playground } from "../playground/playground.ts";
import {
  ada,
  appended,
  auditOf,
  ben,
  card,
  cardRequest,
  editBoth,
  knock,
  makeConflict,
  makePair,
  ofContact,
  openConflict,
  type Pair,
  phoneOf,
  resolve,
  rows,
  signed,
  startStand,
  writes,
} from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

const keep = (system: string) => ({ kind: "keep", system }) as const;
const status = async (request: Request | Promise<Request>) => (await fetch(await request)).status;

describe("a request of the card", () => {
  const asked = { action: "record", objectTypeId: "0-1", objectId: "1" };
  const withQuery = (parameters: readonly [string, string][], method = "GET") =>
    signed(stand, {
      method,
      path: `/card/record?${new URLSearchParams([
        ["objectTypeId", "0-1"],
        ["objectId", "1"],
        ...parameters,
      ])}`,
      body: "",
    });

  it("is answered if HubSpot signed it, and is 401 if nobody or somebody else did", async () => {
    expect(await status(cardRequest(stand, asked))).toBe(200);
    const { url } = await cardRequest(stand, asked);
    const path = url.slice(stand.urls.worker.length);
    expect(await status(knock(stand, { method: "GET", path, body: "" }))).toBe(401);
    const other = signed(stand, { method: "GET", path, body: "", secret: "another-secret" });
    expect(await status(other)).toBe(401);
  });

  it("cannot name another person than the one HubSpot signed for", async () => {
    const { url, headers } = await cardRequest(stand, asked);
    const forged = url.replace(String(ada.userId), String(ben.userId));
    expect(forged).not.toBe(url);
    expect(await status(new Request(forged, { headers }))).toBe(401);
  });

  it.each(["userId", "userEmail", "portalId", "appId"])(
    "without %s, or with it twice, is 403, however well it is signed",
    async (name) => {
      const all = appended();
      expect(await status(withQuery(all.filter(([one]) => one !== name)))).toBe(403);
      const again = all.filter(([one]) => one === name);
      expect(await status(withQuery([...again, ...all]))).toBe(403);
      expect(await status(withQuery([[name, "1"], ...all]))).toBe(403);
    },
  );

  it.each([
    ["portalId", "1"],
    ["appId", "1"],
    ["userId", "nobody"],
    ["userId", ""],
    ["userEmail", ""],
  ])("with %s of another kind or place (%j) is 403", async (name, value) => {
    const changed = appended().map(([one, own]): [string, string] => [
      one,
      one === name ? value : own,
    ]);
    expect(await status(withQuery(changed))).toBe(403);
  });

  it("for an action that does not exist, or by another method, is 404", async () => {
    expect(await status(cardRequest(stand, { action: "destroy" }))).toBe(404);
    expect(await status(withQuery(appended(), "POST"))).toBe(404);
    const query = new URLSearchParams(appended());
    const path = `/card/resolve?${query}`;
    expect(await status(signed(stand, { method: "GET", path, body: "" }))).toBe(404);
  });

  it("that makes no sense is told what is wrong with it", async () => {
    const path = `/card/resolve?${new URLSearchParams(appended())}`;
    for (const body of ["", "{", "[]", "null", '{"objectTypeId":"0-1"}']) {
      const response = await fetch(await signed(stand, { path, body }));
      const answer = cardAnswerSchema.parse(await response.json());
      expect(answer).toMatchObject({ ok: false, error: { code: "bad_request" } });
    }
    expect(await status(signed(stand, { path, body: "x".repeat(1_048_577) }))).toBe(413);
    const ticket = await card(stand, { ...asked, objectTypeId: "0-5" });
    expect(ticket).toMatchObject({ ok: false, error: { code: "not_found" } });
  });
});

describe("a record that waits to be looked at", () => {
  it.each([
    ["somebody's change", null, "syncing"],
    ["the echo of our own write", '{"phone":["+12125550171"]}', "in_sync"],
  ])("because of %s is shown as what it is", async (_, echo, state) => {
    const pair = await makePair(stand);
    await stand.worker.d1
      .prepare(
        `INSERT INTO pokes
           (system, object, record_id, arrivals, first_at, last_at, due_at, attempt, lane, echo)
         VALUES ('hubspot', 'contact', ?1, 1, 0, 0, 9e15, 0, 'event', ?2)`,
      )
      .bind(pair.contactId, echo)
      .run();
    const { record } = await card(stand, { action: "record", ...ofContact(pair) });
    await stand.worker.d1.prepare("DELETE FROM pokes WHERE due_at = 9e15").run();
    expect(record).toMatchObject({ state });
  });
});

describe("an answer to a conflict", () => {
  it("is carried out in every system, and its person is in the audit", async () => {
    const { pair, conflict } = await makeConflict(stand);
    const answer = await resolve(stand, pair, conflict, keep("ops"));
    expect(answer).toMatchObject({ ok: true, record: { state: "in_sync", conflicts: [] } });
    expect(phoneOf(stand, pair)).toEqual({ hubspot: "+12125550172", ops: "+12125550172" });
    const [ruled, ...more] = await auditOf(stand, pair, "ruled");
    expect(more).toEqual([]);
    expect(JSON.parse(ruled!.detail)).toMatchObject({
      field: "phone",
      ruling: { value: "+12125550172", person: { kind: "person", name: ada.userEmail } },
    });
  });

  it("may be a typed value, as people write it", async () => {
    const { pair, conflict } = await makeConflict(stand);
    const typed = { kind: "type", text: " (212) 555-0199 " } as const;
    expect(await resolve(stand, pair, conflict, typed)).toMatchObject({ ok: true });
    expect(phoneOf(stand, pair)).toEqual({ hubspot: "+12125550199", ops: "+12125550199" });
  });

  it("that has no canonical form is refused, and the question stays", async () => {
    const { pair, conflict } = await makeConflict(stand);
    for (const text of ["call me maybe", "", "12"]) {
      const answer = await resolve(stand, pair, conflict, { kind: "type", text });
      expect(answer).toMatchObject({ ok: false, error: { code: "invalid" } });
    }
    const nobody = await resolve(stand, pair, conflict, keep("nobody"));
    expect(nobody).toMatchObject({ ok: false, error: { code: "invalid" } });
    expect((await openConflict(stand, pair)).exceptionId).toBe(conflict.exceptionId);
  });

  it("by a double click, then sent again by HubSpot, is one write and one entry", async () => {
    const { pair, conflict } = await makeConflict(stand);
    const before = writes(stand);
    const { exceptionId, shown } = conflict;
    const ask = {
      action: "resolve",
      ...ofContact(pair),
      exceptionId,
      shown,
      choice: keep("hubspot"),
    };
    const request = await cardRequest(stand, ask);
    const clicks = [request.clone(), request.clone(), await cardRequest(stand, ask)];
    const responses = await Promise.all(clicks.map((click) => fetch(click)));
    const again = await fetch(request);
    for (const response of [...responses, again]) {
      expect(cardAnswerSchema.parse(await response.json())).toMatchObject({ ok: true });
    }
    await stand.quiet();
    expect(phoneOf(stand, pair).ops).toBe("+12125550171");
    expect(writes(stand)).toEqual({ ...before, ops: before.ops + 1 });
    expect(await auditOf(stand, pair, "ruled")).toHaveLength(1);
  });

  it.each([
    ["one after the other", false],
    ["at the same moment", true],
  ])("given differently by two people, %s, has one effect", async (_, together) => {
    const { pair, conflict } = await makeConflict(stand);
    const before = writes(stand);
    const first = () => resolve(stand, pair, conflict, keep("hubspot"), ada);
    const second = () => resolve(stand, pair, conflict, keep("ops"), ben);
    const answers = together
      ? await Promise.all([first(), second()])
      : [await first(), await second()];
    await stand.quiet();
    const codes = answers.map((answer) => (answer.ok ? "ok" : answer.error.code)).sort();
    expect(codes).toEqual(["ok", "settled"]);
    const winner = answers[0]?.ok ? ada : ben;
    const loser = answers.find((answer) => !answer.ok);
    expect(loser?.ok === false && loser.error.message).toContain(winner.userEmail);
    const phone = winner === ada ? /0171$/ : /0172$/;
    expect(phoneOf(stand, pair)).toEqual({
      hubspot: expect.stringMatching(phone),
      ops: expect.stringMatching(phone),
    });
    const after = writes(stand);
    expect(after.hubspot + after.ops).toBe(before.hubspot + before.ops + 1);
    expect(await auditOf(stand, pair, "ruled")).toHaveLength(1);
  });

  it("to values that moved meanwhile is not carried out: the new ones are shown", async () => {
    const { pair, conflict } = await makeConflict(stand);
    editBoth(stand, pair, "0181", "0182");
    await stand.quiet();
    const answer = await resolve(stand, pair, conflict, keep("ops"));
    expect(answer).toMatchObject({ ok: false, error: { code: "changed" } });
    const shown = answer.record?.conflicts[0]?.values.map(({ value }) => value);
    expect(shown).toEqual(["+12125550181", "+12125550182"]);
    expect(phoneOf(stand, pair).ops).toBe("+12125550182");
  });

  it("to values that moved a moment ago, of which no webhook told yet, is not either", async () => {
    const { pair, conflict } = await makeConflict(stand);
    stand.hubspot.faults.add({ kind: "webhook_drop", times: 1 });
    stand.hubspot
      .person(ben.userId)
      .update("contacts", pair.contactId, { phone: "+1 212 555 0191" });
    const answer = await resolve(stand, pair, conflict, keep("ops"));
    stand.hubspot.faults.clear();
    expect(answer).toMatchObject({ ok: false, error: { code: "changed" } });
    expect(phoneOf(stand, pair).hubspot).toBe("+1 212 555 0191");
  });

  it("about another record's question is not found, and changes neither", async () => {
    const one = await makeConflict(stand);
    const other = await makeConflict(stand);
    const answer = await resolve(stand, one.pair, other.conflict, keep("ops"));
    expect(answer).toMatchObject({ ok: false, error: { code: "not_found" } });
    const unheard = { ...one.conflict, exceptionId: "no-such-question" };
    const nowhere = await resolve(stand, one.pair, unheard, keep("ops"));
    expect(nowhere).toMatchObject({ ok: false, error: { code: "not_found" } });
    for (const { pair, conflict } of [one, other]) {
      expect((await openConflict(stand, pair)).exceptionId).toBe(conflict.exceptionId);
    }
  });

  it("while a system is down is kept, said to be kept, and carried out later", async () => {
    const { pair, conflict } = await makeConflict(stand);
    stand.ops.faults.downUntil = Number.POSITIVE_INFINITY;
    const answer = await resolve(stand, pair, conflict, keep("hubspot"));
    expect(answer).toMatchObject({ ok: false, error: { code: "pending" } });
    expect(phoneOf(stand, pair).ops).toBe("+12125550172");
    const asked = await rows<{ status: string }>(
      stand,
      "SELECT status FROM exceptions WHERE id = ?1",
      conflict.exceptionId,
    );
    expect(asked).toEqual([{ status: "ruled" }]);
    stand.ops.faults.heal();
    await stand.until(() => phoneOf(stand, pair).ops === "+12125550171", 20_000);
    await stand.quiet();
    expect(await auditOf(stand, pair, "ruled")).toHaveLength(1);
  });
});

describe("sync now", () => {
  it("finds an edit of which no webhook told", async () => {
    const pair: Pair = await makePair(stand);
    stand.hubspot.faults.add({ kind: "webhook_drop", times: 1 });
    stand.hubspot.person(ada.userId).update("contacts", pair.contactId, { jobtitle: "Unheard" });
    const answer = await card(stand, { action: "sync", ...ofContact(pair) });
    stand.hubspot.faults.clear();
    expect(answer).toMatchObject({ ok: true, record: { state: "in_sync" } });
    expect(stand.ops.record("customers", pair.customerId)?.role).toBe("Unheard");
  });
});
