/** Every call of every scenario, crashed and failed, with and without its effect. */
import { describe, expect, it } from "vitest";
import { disturbEverywhere } from "./crash.ts";
import { scenarios } from "./scenarios.ts";

describe("a crash or a failure at any call is survived when", () => {
  it.each(scenarios)("$name", { timeout: 120_000 }, async (scenario) => {
    const { calls, failures } = await disturbEverywhere(scenario);
    expect(calls).toBeGreaterThan(5);
    expect(failures).toEqual([]);
  });
});
