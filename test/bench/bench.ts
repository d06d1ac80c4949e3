/**
 * `npm run bench -- <name> [--json]`: runs one benchmark and prints its figures. With --json
 * nothing but one JSON object reaches stdout.
 */
import { readdirSync } from "node:fs";

interface Bench {
  readonly bench: (words: readonly string[]) => unknown;
}

const own = "bench.ts";
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".ts") && file !== own)
  .map((file) => file.replace(/\.ts$/, ""));

const given = process.argv.slice(2);
const json = given.includes("--json");
const [name, ...words] = given.filter((word) => !word.startsWith("--"));
if (name === undefined || !names.includes(name)) {
  console.error(`Say which: npm run bench -- ${names.join(" | ")} [--json]`);
  process.exit(1);
}

const { bench } = (await import(`./${name}.ts`)) as Bench;
const figures = await bench(words);
if (json) console.log(JSON.stringify(figures));
else for (const line of linesOf("", figures)) console.log(line);
process.exit(0);

/** One line a figure, nested ones by their path. */
function linesOf(path: string, figure: unknown): string[] {
  if (typeof figure !== "object" || figure === null) return [`${path.padEnd(44)} ${figure}`];
  return Object.entries(figure).flatMap(([key, value]) =>
    linesOf(path === "" ? key : `${path}.${key}`, value),
  );
}
