/**
 * What the doubles can be made to do wrong, and how many tests use each; run it to print the list.
 * A test of HubSpot counts for every fault it adds by name; of the operations tool, where one table
 * makes many tests, every place counts that names a fault or an oddity.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type FaultKind, faultKinds, printFaults } from "./hubspot/faults.ts";
import { createFaults, opsFaultKinds } from "./ops/faults.ts";

const testFolder = fileURLToPath(new URL("..", import.meta.url));

export function faultUses(): Record<FaultKind, number> {
  const uses = Object.fromEntries(Object.keys(faultKinds).map((kind) => [kind, 0]));
  for (const text of testsOf("hubspot")) {
    for (const body of text.split(/^\s*(?:it|test)(?:\.each)?\b/m).slice(1)) {
      const named = body.matchAll(/kind: "(\w+)"/g);
      for (const kind of new Set(Array.from(named, (match) => match[1]!))) {
        if (body.includes("faults") && kind in uses) uses[kind] = (uses[kind] ?? 0) + 1;
      }
    }
  }
  return uses as Record<FaultKind, number>;
}

/** Faults, oddities and what can be wrong with webhooks. */
export function opsFaultUses(): Readonly<Record<string, number>> {
  const texts = testsOf("ops");
  const count = (pattern: RegExp) =>
    texts.reduce((sum, text) => sum + (text.match(pattern)?.length ?? 0), 0);
  const { oddities, webhooks } = createFaults();
  const habits = [...Object.keys(oddities), ...Object.keys(webhooks)];
  return Object.fromEntries([
    ...opsFaultKinds.map((kind) => [kind, count(new RegExp(`kind: "${kind}"`, "g"))]),
    ...habits.map((name) => [name, count(new RegExp(`\\b${name}(?:: | = )`, "g"))]),
  ]);
}

function testsOf(word: string): readonly string[] {
  return readdirSync(testFolder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.test\.tsx?$/.test(file))
    .map((file) => readFileSync(join(testFolder, file), "utf8"))
    .filter((text) => text.toLowerCase().includes(word));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(`HubSpot\n${printFaults(faultUses())}\n\nOperations`);
  for (const [name, uses] of Object.entries(opsFaultUses())) {
    console.log(`${name.padEnd(24)}${String(uses).padStart(4)}`);
  }
}
