import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BrakeState, brake } from "../../worker/core/brake.ts";

const rules = { windowMs: 1_000, writesMax: 5, blanksMax: 2, deletesMax: 2 };
const state = (options: Partial<BrakeState> = {}): BrakeState => ({
  system: "a",
  object: "contact",
  windowAt: 0,
  writes: 0,
  blanks: 0,
  deletes: 0,
  released: 0,
  on: false,
  ...options,
});
const writes = (...blanks: number[]) =>
  blanks.map((count, item) => ({ item, blanks: count, deletes: 0 }));
const plain = (count: number) => writes(...Array.from({ length: count }, () => 0));

describe("the brake", () => {
  it("lets through what the window allows, and holds the rest", () => {
    expect(brake(rules, undefined, plain(7), 0)).toMatchObject({
      go: [0, 1, 2, 3, 4],
      held: [5, 6],
      on: true,
    });
  });

  it("counts what the window has seen already, and forgets it in the next", () => {
    expect(brake(rules, state({ writes: 4 }), plain(2), 999).held).toEqual([1]);
    expect(brake(rules, state({ writes: 4 }), plain(2), 1_000).held).toEqual([]);
  });

  it("stops at blanks over values before it stops at writes", () => {
    expect(brake(rules, undefined, writes(1, 1, 1, 0), 0)).toMatchObject({
      go: [0, 1],
      held: [2, 3],
    });
  });

  it("forgets blanks with their window, and a write without any is not theirs to stop", () => {
    expect(brake(rules, state({ blanks: 2 }), writes(1), 999).held).toEqual([0]);
    expect(brake(rules, state({ blanks: 2 }), writes(1), 1_000).held).toEqual([]);
    const beyond = state({ blanks: 3, deletes: 3 });
    expect(brake(rules, beyond, plain(2), 999)).toMatchObject({ go: [0, 1], on: false });
  });

  it("stops at deletions before it stops at writes, and counts those of the window", () => {
    const deletes = [1, 0, 1, 1].map((count, item) => ({ item, blanks: 0, deletes: count }));
    expect(brake(rules, undefined, deletes, 0)).toMatchObject({ go: [0, 1, 2], held: [3] });
    expect(brake(rules, state({ deletes: 2 }), deletes, 0)).toMatchObject({ go: [], on: true });
    expect(brake(rules, state({ deletes: 2 }), deletes, 1_000).go).toEqual([0, 1, 2]);
  });

  it("holds everything once it is on, but for what a person released", () => {
    expect(brake(rules, state({ on: true }), plain(3), 9_999).held).toEqual([0, 1, 2]);
    expect(brake(rules, state({ on: true, released: 2 }), plain(3), 9_999)).toMatchObject({
      go: [0, 1],
      held: [2],
      released: 0,
      on: true,
    });
  });

  it("never passes more than the limit and the releases together, and drops nothing", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 3 })),
        fc.nat({ max: 9 }),
        fc.boolean(),
        (list, released, on) => {
          const done = brake(rules, state({ released, on }), writes(...list), 0);
          expect(done.go.length).toBeLessThanOrEqual((on ? 0 : rules.writesMax) + released);
          expect([...done.go, ...done.held].sort((a, b) => a - b)).toEqual(list.map((_, at) => at));
          expect(released - done.released).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
