/** What the playground remembers between starts: one JSON file per double, replaced whole. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export function readState(folder: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(
      `The playground's ${name}.json cannot be read; start it with --fresh to begin anew.`,
      { cause: error },
    );
  }
}

/** Written beside and moved over, so that an interruption never leaves half a file. */
export function writeState(folder: string, name: string, state: unknown): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.json`);
  writeFileSync(`${path}.new`, JSON.stringify(state));
  renameSync(`${path}.new`, path);
}

export const forget = (folder: string): void => rmSync(folder, { recursive: true, force: true });
