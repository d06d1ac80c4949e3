/** A right that is lost between the look and the click: nothing is done, and that is said. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CardConflict } from "../../shared/contract.ts";
import type { Playground } from "../playground/playground.ts";
import {
  ben,
  card,
  controlled,
  makeConflict,
  ofContact,
  type Pair,
  phoneOf,
  resolve,
  rows,
  startStand,
  writes,
} from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand();
  const { userId, userEmail: email } = ben;
  const named = { firstName: "Ben", lastName: "Lindqvist", teams: [] };
  stand.hubspot.admin.addOwner({ id: "381002", userId, email, ...named });
});
afterAll(() => stand.stop());

/** What Ben may do is changed by an administrator, while his card is open. */
async function makeBen(role: "viewer" | "operator") {
  const { version } = await controlled(stand, "settings", {});
  const holder = { kind: "user", id: String(ben.userId) } as const;
  await controlled(stand, "role-set", { holder, role: { role }, version });
}

interface Scene {
  readonly pair: Pair;
  readonly conflict: CardConflict;
}
const keep = { kind: "keep", system: "ops" } as const;
const asBen = (pair: Pair, action: string, more: Record<string, unknown> = {}) =>
  card(stand, { action, ...ofContact(pair), ...more, user: ben });

/** Somebody deletes the customer, and the card asks what of the contact. */
async function lose({ pair }: Scene) {
  stand.ops.person("Dev Raman").archive("customers", pair.customerId);
  await stand.quiet();
  return { ok: true } as const;
}
async function restore({ pair }: Scene) {
  const [problem] = (await asBen(pair, "record")).record?.problems ?? [];
  const { exceptionId, shown } = problem!;
  return asBen(pair, "answer", { exceptionId, shown, verb: "restore", candidate: null });
}

/** By action: what comes before it, and what Ben sends. */
const acts = {
  resolve: [null, ({ pair, conflict }: Scene) => resolve(stand, pair, conflict, keep, ben)],
  undo: [
    "resolve",
    ({ pair, conflict: { exceptionId } }: Scene) => asBen(pair, "undo", { exceptionId }),
  ],
  propose: [
    "resolve",
    ({ pair, conflict: { exceptionId } }: Scene) => asBen(pair, "propose", { exceptionId }),
  ],
  answer: [lose, restore],
  sync: [null, ({ pair }: Scene) => asBen(pair, "sync")],
  pause: [null, ({ pair }: Scene) => asBen(pair, "pause", { reason: "Mine" })],
  resume: ["pause", ({ pair }: Scene) => asBen(pair, "resume")],
} as const;

const stored = async () => ({
  exceptions: await rows(stand, "SELECT id, status, ruling, undo, answer FROM exceptions"),
  pauses: await rows(stand, "SELECT scope FROM pauses"),
  proposals: await rows(stand, "SELECT id FROM proposals"),
  audit: await rows(stand, "SELECT count(*) AS entries FROM audit"),
});

describe("with a right that was taken away meanwhile", () => {
  it.each(Object.keys(acts) as (keyof typeof acts)[])(
    "%s does nothing, and says so",
    async (name) => {
      const [first, act] = acts[name];
      await makeBen("operator");
      const scene = await makeConflict(stand);
      const prepare = typeof first === "string" ? acts[first][1] : first;
      if (prepare !== null) expect(await prepare(scene)).toMatchObject({ ok: true });
      const seen = await asBen(scene.pair, "record");
      expect(seen.record).toMatchObject({ mayResolve: true, mayPause: true });
      await makeBen("viewer");

      const before = {
        ...(await stored()),
        writes: writes(stand),
        phone: phoneOf(stand, scene.pair),
      };
      const answer = await act(scene);
      expect(answer).toMatchObject({ ok: false, error: { code: "forbidden" } });
      expect(answer.record).toMatchObject({ mayResolve: false, mayPause: false });
      for (const { undoUntil } of answer.record!.settled) expect(undoUntil).toBeNull();
      const after = {
        ...(await stored()),
        writes: writes(stand),
        phone: phoneOf(stand, scene.pair),
      };
      expect(after).toEqual(before);
      await makeBen("operator");
      if (first === "pause") await acts.resume[1](scene);
    },
  );
});
