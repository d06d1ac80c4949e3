/** Seeds that once failed stay mended, fresh ones hold, and a seed is all there is to know. */
import { describe, expect, it } from "vitest";
import { runSeed } from "./run.ts";
import { knownSeeds } from "./seeds.ts";
import { stepsOf } from "./steps.ts";

const freshSeeds = Array.from({ length: 40 }, (_, index) => 50_000 + index);

describe("the simulator", () => {
  it.each(knownSeeds)("seed $seed holds: $story", async ({ seed, steps }) => {
    const { violations } = await runSeed({ seed, steps: stepsOf(seed, steps) });
    expect(violations).toEqual([]);
  });

  it("finds nothing in forty seeds of a hundred steps", async () => {
    const failures: unknown[] = [];
    for (const seed of freshSeeds) {
      const { violations } = await runSeed({ seed, steps: stepsOf(seed, 100) });
      if (violations.length > 0) failures.push({ seed, violations });
    }
    expect(failures).toEqual([]);
  }, 240_000);

  it("gives the same trace for the same seed, and another for another", async () => {
    const traceOf = async (seed: number) =>
      (await runSeed({ seed, steps: stepsOf(seed, 60) })).trace;
    for (const seed of freshSeeds.slice(0, 10)) {
      expect(await traceOf(seed)).toBe(await traceOf(seed));
    }
    expect(await traceOf(1)).not.toBe(await traceOf(2));
  }, 60_000);
});
