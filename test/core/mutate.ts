/**
 * `npm run mutate`: breaks the core in every listed way, one at a time in a copy of the house, and
 * runs the fast tests against it. Prints the mutants that lived and the score; exits non-zero if
 * any lived. `npm run mutate -- match brake` breaks only the files named so.
 */
import { spawn } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { type Mutant, mutants } from "./mutants.ts";

const root = join(import.meta.dirname, "../..");
/** All but those that take their time over every case there is. */
const slow = ["laws.test.ts", "truth.test.ts"];
const tests = readdirSync(join(root, "test/core")).filter(
  (name) => name.endsWith(".test.ts") && !slow.includes(name),
);

const lived: Mutant[] = [];
const named = process.argv.slice(2);
const chosen = mutants.filter(
  ({ file }) => named.length === 0 || named.some((name) => file.endsWith(`/${name}.ts`)),
);
const waiting = [...chosen];
const start = performance.now();
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, () => work()));
report();

/** One copy of the house, and one mutant after the other in it. */
async function work(): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), "mutate-"));
  try {
    for (const part of ["package.json", "tsconfig.json", "vitest.config.ts", "shared", "worker"]) {
      cpSync(join(root, part), join(copy, part), { recursive: true });
    }
    cpSync(join(root, "test/core"), join(copy, "test/core"), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    if (!(await passes(copy))) throw new Error("The tests fail without any mutant.");
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const path = join(copy, mutant.file);
      const sound = readFileSync(path, "utf8");
      writeFileSync(path, mutated(sound, mutant));
      if (await passes(copy)) lived.push(mutant);
      writeFileSync(path, sound);
    }
  } finally {
    rmSync(copy, { recursive: true });
  }
}

function mutated(sound: string, { file, from, to }: Mutant): string {
  const places = sound.split(from).length - 1;
  if (places !== 1) throw new Error(`${file} has ${places} places, not one, with: ${from}`);
  return sound.replace(from, () => to);
}

function passes(copy: string): Promise<boolean> {
  const files = tests.map((name) => `test/core/${name}`);
  const vitest = join(copy, "node_modules/vitest/vitest.mjs");
  const run = spawn(
    process.execPath,
    [vitest, "run", "--root", copy, "--project", "core", "--bail", "1", ...files],
    { cwd: copy, stdio: "ignore", env: { ...process.env, CI: "1" } },
  );
  return new Promise((resolve, reject) => {
    run.on("error", reject);
    run.on("exit", (code) => resolve(code === 0));
  });
}

function report(): void {
  for (const { file, from, to } of lived) console.log(`lived: ${file}\n  - ${from}\n  + ${to}`);
  const killed = chosen.length - lived.length;
  const score = ((100 * killed) / chosen.length).toFixed(1);
  const seconds = Math.round((performance.now() - start) / 1_000);
  console.log(`${killed} of ${chosen.length} mutants killed, ${score} %, in ${seconds} s`);
  process.exitCode = lived.length === 0 ? 0 : 1;
}
