/** `npm run simulate -- --mutants`: the simulator's own test. A bug that no seed finds is a gap. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { mutants } from "./mutants.ts";

interface Found {
  readonly seed: number;
  readonly invariant: string;
  readonly message: string;
}

export async function hunt(workers: number): Promise<void> {
  const startedAt = performance.now();
  const waiting = [...mutants];
  const lived: string[] = [];
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        const found = await inChild(mutant.name);
        const told = found === null ? "LIVES" : `seed ${found.seed}, ${found.invariant}`;
        console.log(`${told.padEnd(18)} ${mutant.name}`);
        if (found === null) lived.push(mutant.name);
      }
    }),
  );
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${mutants.length - lived.length} of ${mutants.length} found in ${seconds} s`);
  if (lived.length > 0) process.exitCode = 1;
}

function inChild(name: string): Promise<Found | null> {
  const path = fileURLToPath(new URL("./mutant-run.ts", import.meta.url));
  const child = fork(path, [name], {
    execArgv: [...process.execArgv, "--disable-warning=ExperimentalWarning"],
  });
  return new Promise((resolve, reject) => {
    child.on("message", (found) => resolve(found as Found | null));
    child.on("exit", (code) => {
      if (code !== 0) reject(new Error(`${name} cannot be tried: ended with ${code}`));
    });
  });
}
