/**
 * `npm run simulate -- --mutants`: the simulator's own test. A bug that no seed finds is a gap, and
 * a seed that fails without the bug has found something else.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { mutants } from "./mutants.ts";

interface Found {
  readonly seed: number;
  readonly invariant: string;
  readonly message: string;
}

const seedsMax = 1_000;

export async function hunt(workers: number): Promise<void> {
  const startedAt = performance.now();
  const waiting = [...mutants];
  const missed: string[] = [];
  const isSound = soundness();
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        const { name } = mutant;
        const found = await find(name, isSound).catch((error: Error) => error);
        const told =
          found instanceof Error ? "NOT TRIED" : found === null ? "LIVES" : seenIn(found);
        console.log(`${told.padEnd(20)} ${name}`);
        if (found === null || found instanceof Error) missed.push(name);
      }
    }),
  );
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${mutants.length - missed.length} of ${mutants.length} found in ${seconds} s`);
  if (missed.length > 0) process.exitCode = 1;
}

const seenIn = ({ seed, invariant }: Found): string => `seed ${seed}, ${invariant}`;

/** The first seed that fails with the mutant, and not without it. */
async function find(
  name: string,
  isSound: (seed: number) => Promise<boolean>,
): Promise<Found | null> {
  for (let from = 1; from <= seedsMax; ) {
    const found = await inChild(name, from, seedsMax);
    if (found === null || (await isSound(found.seed))) return found;
    from = found.seed + 1;
  }
  return null;
}

/** Whether a seed holds with nothing broken; each is tried once. */
function soundness(): (seed: number) => Promise<boolean> {
  const tried = new Map<number, Promise<boolean>>();
  return (seed) => {
    const known = tried.get(seed) ?? inChild("", seed, seed).then((found) => found === null);
    tried.set(seed, known);
    return known;
  };
}

function inChild(name: string, from: number, to: number): Promise<Found | null> {
  const path = fileURLToPath(new URL("./mutant-run.ts", import.meta.url));
  const child = fork(path, [name, String(from), String(to)], {
    execArgv: [...process.execArgv, "--disable-warning=ExperimentalWarning"],
  });
  return new Promise((resolve, reject) => {
    child.on("message", (found) => resolve(found as Found | null));
    child.on("exit", (code) => {
      if (code !== 0) reject(new Error(`${name} cannot be tried: ended with ${code}`));
    });
  });
}
