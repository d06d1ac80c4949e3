/**
 * The double's faults and how many tests use each; run it to print the list. A test counts for
 * every fault it adds by name.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type FaultKind, faultKinds, printFaults } from "./faults.ts";

const testFolder = fileURLToPath(new URL("../..", import.meta.url));

export function faultUses(): Record<FaultKind, number> {
  const uses = Object.fromEntries(Object.keys(faultKinds).map((kind) => [kind, 0]));
  for (const file of readdirSync(testFolder, { recursive: true, encoding: "utf8" })) {
    if (!/\.test\.tsx?$/.test(file)) continue;
    const text = readFileSync(join(testFolder, file), "utf8");
    if (!text.toLowerCase().includes("hubspot")) continue;
    for (const body of text.split(/^\s*(?:it|test)(?:\.each)?\b/m).slice(1)) {
      const named = body.matchAll(/kind: "(\w+)"/g);
      for (const kind of new Set(Array.from(named, (match) => match[1]!))) {
        if (body.includes("faults") && kind in uses) uses[kind] = (uses[kind] ?? 0) + 1;
      }
    }
  }
  return uses as Record<FaultKind, number>;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(printFaults(faultUses()));
