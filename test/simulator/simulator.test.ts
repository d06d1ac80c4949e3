/**
 * Seeds that once failed stay mended, fresh ones hold, and a seed is all there is to know. Run as
 * a person runs them, by the command, on two processes.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { Tally } from "./report.ts";
import { knownSeeds } from "./seeds.ts";

const path = join(import.meta.dirname, "simulate.ts");

async function simulate(...flags: string[]): Promise<Tally & { readonly missing: string[] }> {
  const warnings = "--disable-warning=ExperimentalWarning";
  const options = { maxBuffer: 100_000_000 };
  // It ends with an error if anything fails; what failed is in what it tells.
  const told = await promisify(execFile)(
    process.execPath,
    [warnings, path, "--json", ...flags],
    options,
  ).catch((error: { readonly stdout: string }) => error);
  return JSON.parse(told.stdout);
}

describe("the simulator", () => {
  it("finds nothing any more in the seeds that once failed", async () => {
    const { seeds, failures } = await simulate("--known");
    expect(failures).toEqual([]);
    expect(seeds).toBe(knownSeeds.length);
  });

  it("finds nothing in two hundred seeds of a hundred steps, and meets every fault", async () => {
    const { seeds, failures, missing } = await simulate("--from", "50000", "--steps", "100");
    expect({ seeds, failures, missing }).toEqual({ seeds: 200, failures: [], missing: [] });
  });

  it("gives the same trace for the same seed", async () => {
    const { failures } = await simulate("--twice", "--seeds", "10", "--steps", "60");
    expect(failures).toEqual([]);
  });
});
