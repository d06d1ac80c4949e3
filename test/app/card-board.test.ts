/** What a newer look, or the reply to a choice, makes of the tiles a reader has before them. */
import { describe, expect, it } from "vitest";
import {
  type Board,
  begin,
  finish,
  openBoard,
  primaryTile,
  refresh,
} from "../../hubspot-app/src/app/cards/board.ts";
import { currencyOf } from "../../hubspot-app/src/app/cards/typed.ts";
import type { CardRecord } from "../../shared/contract.ts";
import { fixtures, settlements } from "./fixtures.ts";

const now = Date.parse("2026-11-23T19:05:00Z");
const answers = fixtures(now);
const replies = settlements(now);
const differing = answers.oneConflict.record!;
const same: CardRecord = { ...answers.inSync.record!, readAt: now + 1 };
const keep = { kind: "keep", system: "hubspot" } as const;
const stages = (board: Board) => board.tiles.map(({ stage }) => stage);

describe("a newer look", () => {
  it("that is older than what is shown changes nothing", () => {
    const board = openBoard(same, now);
    expect(refresh(board, { ...differing, readAt: now }, now + 5)).toBe(board);
  });

  it("without the difference settles it with the value carried since, and by whom", () => {
    const board = refresh(openBoard(differing, now), replies.settledElsewhere.record!, now);
    expect(stages(board)).toEqual([
      {
        kind: "settled",
        value: "+14155550199",
        by: "Jonas Weber",
        undoUntil: null,
        always: null,
        note: null,
      },
    ]);
  });

  it("does not take a change from before the difference for what settled it", () => {
    const [change] = replies.settledElsewhere.record!.changes;
    const before = { ...change!, at: differing.conflicts[0]!.openedAt - 1 };
    const board = refresh(openBoard(differing, now), { ...same, changes: [before] }, now);
    expect(stages(board)).toEqual([
      { kind: "settled", value: undefined, by: null, undoUntil: null, always: null, note: null },
    ]);
  });

  it("in which the field differs anew shows the new difference alone", () => {
    const settled = refresh(openBoard(differing, now), same, now);
    const conflict = { ...differing.conflicts[0]!, exceptionId: "x-phone-2" };
    const again = { ...differing, conflicts: [conflict], readAt: now + 2 };
    const board = refresh(settled, again, now);
    expect(board.tiles.map((tile) => tile.conflict.exceptionId)).toEqual(["x-phone-2"]);
    expect(stages(board)).toEqual([{ kind: "open", note: null }]);
  });

  it("keeps the order of the tiles, and puts new ones last", () => {
    const [email, phone] = answers.conflicts.record!.conflicts;
    const board = openBoard({ ...differing, conflicts: [phone!] }, now);
    const both = refresh(board, { ...differing, conflicts: [email!, phone!] }, now);
    expect(both.tiles.map((tile) => tile.conflict.field)).toEqual(["phone", "email"]);
  });
});

describe("the reply to a choice", () => {
  const chosen = () => begin(openBoard(differing, now), "x-phone", keep);

  it("that confirms it settles the tile even if a newer look came first", () => {
    const board = { ...chosen(), record: { ...differing, readAt: now + 60_000 } };
    const reply = { kind: "answered", answer: replies.settled } as const;
    expect(stages(finish(board, "x-phone", reply, now))).toEqual([
      {
        kind: "settled",
        value: "+14155550132",
        by: null,
        undoUntil: null,
        always: null,
        note: null,
      },
    ]);
  });

  it("to a tile that was not chosen changes nothing", () => {
    const board = openBoard(differing, now);
    expect(finish(board, "x-phone", { kind: "silent" }, now)).toBe(board);
  });

  it.each(["refused", "busy", "outdated"] as const)("%s leaves the choice open", (kind) => {
    expect(stages(finish(chosen(), "x-phone", { kind }, now))).toMatchObject([
      { kind: "open", note: { about: "failed" } },
    ]);
  });
});

describe("the primary button", () => {
  it("stays with the tile that is being saved, and then goes to the next", () => {
    const record = answers.conflicts.record!;
    const board = begin(openBoard(record, now), "x-email", { kind: "keep", system: "ops" });
    expect(primaryTile(board)).toBe("x-email");
    const left = { ...record, conflicts: record.conflicts.slice(1), readAt: now + 1 };
    expect(primaryTile(refresh(board, left, now))).toBe("x-phone");
  });
});

describe("a typed amount", () => {
  it.each([
    [["100 EUR", "120 EUR"], "EUR"],
    [["100 EUR", "120 USD"], "USD"],
    [["100", null], "USD"],
  ] as const)("beside %j is in %s", (values, currency) => {
    expect(currencyOf({ kind: "money", currency: "USD" }, values)).toBe(currency);
  });
});
