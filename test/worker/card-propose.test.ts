/** "Always do this": a choice becomes a proposed rule, once, and changes none by itself. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Playground } from "../playground/playground.ts";
import {
  ada,
  ben,
  card,
  makeConflict,
  ofContact,
  type Pair,
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

const propose = (pair: Pair, exceptionId: string, user: User = ada) =>
  card(stand, { action: "propose", ...ofContact(pair), exceptionId, user });
const proposed = () =>
  rows<{ field: string; policy: string; by_name: string; entity_id: string }>(
    stand,
    "SELECT * FROM proposals ORDER BY id",
  );

describe("a choice", () => {
  it("is offered to its person as a rule in words, and proposed once", async () => {
    const { pair, conflict } = await makeConflict(stand);
    const given = await resolve(stand, pair, conflict, { kind: "keep", system: "ops" });
    const always = "Operations wins where it changed too, else the latest change.";
    expect(given.record?.settled).toMatchObject([{ always }]);
    const others = await card(stand, { action: "record", ...ofContact(pair), user: ben });
    expect(others.record?.settled).toMatchObject([{ always: null }]);

    const answers = [
      await propose(pair, conflict.exceptionId),
      await propose(pair, conflict.exceptionId),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ ok: true });
    const [one, ...more] = await proposed();
    expect(more).toEqual([]);
    expect(one).toMatchObject({ field: "phone", by_name: ada.userEmail });
    expect(JSON.parse(one!.policy)).toEqual({ rule: "prefer", system: "ops" });
    expect(one!.entity_id).not.toBeNull();
  });

  it("that was typed, or is somebody else's, or is not made yet, is none", async () => {
    const before = (await proposed()).length;
    const typed = await makeConflict(stand);
    const choice = { kind: "type", text: "212 555 0199" } as const;
    const given = await resolve(stand, typed.pair, typed.conflict, choice);
    expect(given.record?.settled).toMatchObject([{ always: null }]);
    const foreign = await makeConflict(stand);
    await resolve(stand, foreign.pair, foreign.conflict, { kind: "keep", system: "ops" }, ben);
    const open = await makeConflict(stand);
    for (const { pair, conflict } of [typed, foreign, open]) {
      const answer = await propose(pair, conflict.exceptionId);
      expect(answer).toMatchObject({ ok: false, error: { code: "changed" } });
    }
    const elsewhere = await propose(open.pair, typed.conflict.exceptionId);
    expect(elsewhere).toMatchObject({ ok: false, error: { code: "not_found" } });
    expect(await proposed()).toHaveLength(before);
  });
});
