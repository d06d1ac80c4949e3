/** `npm run deploy` can only be tried with an account; up to the upload it is tried here. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deploy-"));
});
afterAll(() => rm(folder, { recursive: true }));

it("wrangler builds the Worker with every binding that it is deployed with", async () => {
  const { stdout } = await promisify(execFile)("wrangler", [
    "deploy",
    "--dry-run",
    "--outdir",
    folder,
  ]);
  for (const binding of ["env.DB", "env.WORK", "env.RUNS", "env.EXCEPTIONS", "env.GOVERNOR"]) {
    expect(stdout).toContain(binding);
  }
  expect(await readdir(folder)).toContain("index.js");
});
