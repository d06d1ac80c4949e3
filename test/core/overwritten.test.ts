import { describe, expect, it } from "vitest";
import type { Actor, Earlier, Held, Observation } from "../../shared/record.ts";
import { arrived, hindsight } from "../../worker/core/overwritten.ts";

const self: Actor = { kind: "self" };
const ana: Actor = { kind: "person", name: "Ana" };
const was = (value: Held, at: number, actor: Actor | null = ana): Earlier => ({ value, at, actor });
/** Newest first, as a system with a history answers. */
const story = (...[now, ...earlier]: Earlier[]): Observation => ({
  kind: "held",
  value: now?.value ?? null,
  at: now?.at ?? null,
  actor: now?.actor ?? null,
  earlier,
});
const write = { from: "old", to: "ours" };

describe("a write whose answer was lost", () => {
  const cases: { name: string; seen: Observation | undefined; arrived: boolean }[] = [
    {
      name: "has arrived where its value stands",
      seen: story(was("ours", 9, self)),
      arrived: true,
    },
    { name: "has not where the old value stands", seen: story(was("old", 1)), arrived: false },
    {
      name: "has where it was changed again since",
      seen: story(was("later", 12), was("ours", 9, self), was("old", 1)),
      arrived: true,
    },
    {
      name: "has not where only an earlier write of ours had that value",
      seen: story(was("later", 12), was("old", 10), was("ours", 9, self)),
      arrived: false,
    },
    {
      name: "cannot be known without a history",
      seen: { kind: "held", value: "later", at: 12, actor: ana },
      arrived: false,
    },
    { name: "cannot be known of a field that was not read", seen: undefined, arrived: false },
  ];
  it.each(cases)("$name", ({ seen, arrived: expected }) => {
    expect(arrived(seen, write)).toBe(expected);
  });

  it("cannot be known where nobody noted what stood before", () => {
    expect(arrived(story(was("later", 12), was("ours", 9, self)), { to: "ours" })).toBe(false);
  });
});

describe("what stood right before our write", () => {
  const cases: { name: string; seen: Observation | undefined; kind: string }[] = [
    {
      name: "is what was read: clean",
      seen: story(was("ours", 9, self), was("old", 1)),
      kind: "clean",
    },
    {
      name: "is another edit: lost",
      seen: story(was("ours", 9, self), was("hers", 8), was("old", 1)),
      kind: "lost",
    },
    {
      name: "is another edit, and somebody edited after us: still lost",
      seen: story(was("later", 12), was("ours", 9, self), was("hers", 8), was("old", 1)),
      kind: "lost",
    },
    {
      name: "is an earlier write of ours: clean",
      seen: story(was("ours", 9, self), was("mine", 8, self)),
      kind: "clean",
    },
    { name: "is nothing: clean", seen: story(was("ours", 9, self)), kind: "clean" },
    {
      name: "is a cleared value that was not read as blank: lost",
      seen: story(was("ours", 9, self), was(null, 8)),
      kind: "lost",
    },
    {
      name: "cannot be told before our write is in the history",
      seen: story(was("old", 1)),
      kind: "unknown",
    },
    {
      name: "cannot be told without a history",
      seen: { kind: "held", value: "ours", at: 9, actor: self },
      kind: "unknown",
    },
    {
      name: "is told by the history alone where the present has no time",
      seen: {
        kind: "held",
        value: "later",
        at: null,
        actor: null,
        earlier: [was("ours", 9, self), was("hers", 8)],
      },
      kind: "lost",
    },
    {
      name: "is not what stood before somebody else wrote the same: clean",
      seen: story(was("ours", 12), was("hers", 11), was("ours", 9, self), was("old", 1)),
      kind: "clean",
    },
    {
      name: "is not what stood before a later write of ours: clean",
      seen: story(was("next", 12, self), was("hers", 11), was("ours", 9, self), was("old", 1)),
      kind: "clean",
    },
    {
      name: "is behind the blank that we cleared it with first: lost",
      seen: story(was("ours", 9, self), was(null, 9, self), was("hers", 8), was("old", 1)),
      kind: "lost",
    },
    {
      name: "is not told by a present without a time, though it is ours: clean",
      seen: {
        kind: "held",
        value: "ours",
        at: null,
        actor: self,
        earlier: [was("hers", 11), was("ours", 9, self), was("old", 1)],
      },
      kind: "clean",
    },
    { name: "cannot be told of a field that was not read", seen: undefined, kind: "unknown" },
  ];
  it.each(cases)("$name", ({ seen, kind }) => {
    expect(hindsight(seen, write).kind).toBe(kind);
  });

  it("comes back with its value, time and author", () => {
    const seen = story(was("ours", 9, self), was("hers", 8), was("old", 1));
    expect(hindsight(seen, write)).toEqual({ kind: "lost", edit: was("hers", 8) });
  });
});
