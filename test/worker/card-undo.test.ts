/** An answer taken back: every system as it was, the question open again, nobody's edit lost. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CardConflict } from "../../shared/contract.ts";
import type { Playground } from "../playground/playground.ts";
import {
  ada,
  auditOf,
  ben,
  card,
  editBoth,
  makeConflict,
  ofContact,
  openConflict,
  type Pair,
  phoneOf,
  resolve,
  startStand,
  type User,
  writes,
} from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

const keep = (system: string) => ({ kind: "keep", system }) as const;
const asked = { hubspot: "+1 212 555 0171", ops: "+12125550172" };
const undo = (pair: Pair, { exceptionId }: Pick<CardConflict, "exceptionId">, user: User = ada) =>
  card(stand, { action: "undo", ...ofContact(pair), exceptionId, user });
const look = (pair: Pair, user: User = ada) =>
  card(stand, { action: "record", ...ofContact(pair), user });

async function settled(system = "ops") {
  const { pair, conflict } = await makeConflict(stand);
  expect(await resolve(stand, pair, conflict, keep(system))).toMatchObject({ ok: true });
  return { pair, conflict };
}

/** The clock of the answers is set back, as if they had been given this much earlier. */
const age = (exceptionId: string, ms: number) =>
  stand.worker.d1
    .prepare("UPDATE exceptions SET settled_at = settled_at - ?2 WHERE id = ?1")
    .bind(exceptionId, ms)
    .run();

describe("an answer taken back", () => {
  it.each(["ops", "hubspot"])(
    "(%s's) puts every system back, and asks again as before",
    async (system) => {
      const { pair, conflict } = await settled(system);
      const before = writes(stand);
      const answer = await undo(pair, conflict);
      expect(answer).toMatchObject({ ok: true, record: { state: "conflicts", settled: [] } });
      const [again] = answer.record!.conflicts;
      expect(again).toMatchObject({ exceptionId: conflict.exceptionId, shown: conflict.shown });
      expect(again!.values).toEqual(conflict.values);
      const held = phoneOf(stand, pair);
      expect([held.hubspot?.replaceAll(" ", ""), held.ops]).toEqual([
        asked.hubspot.replaceAll(" ", ""),
        asked.ops,
      ]);
      await stand.quiet();
      const after = writes(stand);
      expect(after.hubspot + after.ops).toBe(before.hubspot + before.ops + 1);
      const [entry, ...more] = await auditOf(stand, pair, "undone");
      expect(more).toEqual([]);
      expect(JSON.parse(entry!.detail)).toMatchObject({
        field: "phone",
        ruling: { person: { name: ada.userEmail } },
        person: { name: ada.userEmail },
      });
    },
  );

  it("can be given anew, either way, and taken back again", async () => {
    const { pair, conflict } = await settled();
    await undo(pair, conflict);
    const again = await openConflict(stand, pair);
    expect(await resolve(stand, pair, again, keep("hubspot"), ben)).toMatchObject({ ok: true });
    expect(phoneOf(stand, pair).ops).toBe("+12125550171");
    expect(await undo(pair, again, ben)).toMatchObject({ ok: true });
    expect(phoneOf(stand, pair).ops).toBe(asked.ops);
  });

  it("also puts a typed value back to what each system held", async () => {
    const { pair, conflict } = await makeConflict(stand);
    await resolve(stand, pair, conflict, { kind: "type", text: "212 555 0199" });
    expect(phoneOf(stand, pair).ops).toBe("+12125550199");
    expect(await undo(pair, conflict)).toMatchObject({ ok: true });
    expect(phoneOf(stand, pair)).toEqual({ hubspot: "+12125550171", ops: asked.ops });
  });

  it("is offered to its person for ten minutes, with the value and who chose it", async () => {
    const { pair, conflict } = await settled();
    const { record } = await look(pair);
    expect(record?.settled).toMatchObject([
      {
        conflict: { exceptionId: conflict.exceptionId, field: "phone" },
        value: asked.ops,
        by: { name: ada.userEmail },
      },
    ]);
    const [answer] = record!.settled;
    expect(answer!.undoUntil! - answer!.at).toBe(600_000);
    expect((await look(pair, ben)).record?.settled).toMatchObject([{ undoUntil: null }]);
    await age(conflict.exceptionId, 600_001);
    expect((await look(pair)).record?.settled).toEqual([]);
  });

  it("twice, at once and again, is one write and one entry", async () => {
    const { pair, conflict } = await settled();
    const before = writes(stand);
    const answers = await Promise.all([undo(pair, conflict), undo(pair, conflict)]);
    answers.push(await undo(pair, conflict));
    for (const answer of answers) expect(answer).toMatchObject({ ok: true });
    await stand.quiet();
    const after = writes(stand);
    expect(after.hubspot + after.ops).toBe(before.hubspot + before.ops + 1);
    expect(await auditOf(stand, pair, "undone")).toHaveLength(1);
  });

  it("waits for a system that is down, and is told so", async () => {
    const { pair, conflict } = await settled("hubspot");
    stand.ops.faults.downUntil = Number.POSITIVE_INFINITY;
    expect(await undo(pair, conflict)).toMatchObject({ ok: false, error: { code: "pending" } });
    expect(phoneOf(stand, pair).ops).toBe("+12125550171");
    stand.ops.faults.heal();
    await stand.until(() => phoneOf(stand, pair).ops === asked.ops, 20_000);
    await stand.quiet();
    expect((await look(pair)).record?.conflicts).toMatchObject([
      { exceptionId: conflict.exceptionId },
    ]);
    expect(await auditOf(stand, pair, "undone")).toHaveLength(1);
  });
});

describe("an answer is not taken back", () => {
  const unchanged = async (pair: Pair, act: () => Promise<unknown>) => {
    const before = writes(stand);
    await act();
    await stand.quiet();
    expect(writes(stand)).toEqual(before);
    expect(await auditOf(stand, pair, "undone")).toEqual([]);
  };

  it("by somebody else", async () => {
    const { pair, conflict } = await settled();
    await unchanged(pair, async () => {
      const answer = await undo(pair, conflict, ben);
      expect(answer).toMatchObject({ ok: false, error: { code: "forbidden" } });
    });
    expect(phoneOf(stand, pair).ops).toBe(asked.ops);
  });

  it("after ten minutes", async () => {
    const { pair, conflict } = await settled();
    await age(conflict.exceptionId, 600_001);
    await unchanged(pair, async () => {
      const answer = await undo(pair, conflict);
      expect(answer).toMatchObject({ ok: false, error: { code: "changed" } });
    });
  });

  it.each([true, false])(
    "where somebody edited it since, whether that was heard (%s) or not",
    async (heard) => {
      const { pair, conflict } = await settled();
      if (!heard) stand.hubspot.faults.add({ kind: "webhook_drop", times: 1 });
      stand.hubspot
        .person(ben.userId)
        .update("contacts", pair.contactId, { phone: "+1 212 555 0190" });
      if (heard) await stand.quiet();
      const answer = await undo(pair, conflict);
      stand.hubspot.faults.clear();
      expect(answer).toMatchObject({ ok: false, error: { code: "changed" } });
      expect(answer.ok === false && answer.error.message).toContain("Somebody changed it since");
      await stand.quiet();
      expect(phoneOf(stand, pair)).toEqual({ hubspot: "+1 212 555 0190", ops: "+12125550190" });
      expect(await auditOf(stand, pair, "undone")).toEqual([]);
    },
  );

  it("where the same field is asked about anew", async () => {
    const { pair, conflict } = await settled();
    editBoth(stand, pair, "0181", "0182");
    await stand.quiet();
    await unchanged(pair, async () => {
      const answer = await undo(pair, conflict);
      expect(answer).toMatchObject({ ok: false, error: { code: "changed" } });
      expect(answer.record?.conflicts).toHaveLength(1);
    });
  });

  it("that is still open, or another record's", async () => {
    const one = await makeConflict(stand);
    const other = await settled();
    await unchanged(one.pair, async () => {
      const open = await undo(one.pair, one.conflict);
      expect(open).toMatchObject({ ok: false });
      const foreign = await undo(one.pair, other.conflict);
      expect(foreign).toMatchObject({ ok: false, error: { code: "not_found" } });
    });
  });
});
