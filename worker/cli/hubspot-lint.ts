/**
 * `npm run hubspot:lint`: HubSpot's own linter over the cards, pages and settings, in place. It
 * only believes packages that lie in each folder's own node_modules, and npm puts those of
 * workspaces at the root: so each folder gets links to them while the linter runs, and none stay.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as z from "zod";

const root = join(import.meta.dirname, "../..");
const project = join(root, "hubspot-app");
const folders = ["cards", "pages", "settings"].map((name) => join(project, "src/app", name));

const packageSchema = z.object({ devDependencies: z.record(z.string(), z.string()) });

const made: string[] = [];
// The linter reads the accounts of whoever runs it; here it needs none, and none is shown to it.
const home = mkdtempSync(join(tmpdir(), "hubspot-lint-"));
try {
  for (const folder of folders) link(folder);
  process.exitCode = lint();
} finally {
  for (const path of made) rmSync(path, { recursive: true, force: true });
  rmSync(home, { recursive: true });
}

/** Links what the folder asks for, and does not have itself, to the root's. */
function link(folder: string): void {
  const text = readFileSync(join(folder, "package.json"), "utf8");
  for (const name of Object.keys(packageSchema.parse(JSON.parse(text)).devDependencies)) {
    const path = join(folder, "node_modules", name);
    if (existsSync(path)) continue;
    const first = mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(root, "node_modules", name), path);
    made.push(first ?? path);
  }
}

/** The exit code: a folder that the linter leaves out is a failure, too. */
function lint(): number {
  const { status, stdout, stderr } = spawnSync(
    join(root, "node_modules/.bin/hs"),
    ["project", "lint", "--install-missing-deps=false"],
    { cwd: project, encoding: "utf8", env: { ...process.env, HOME: home, INIT_CWD: project } },
  );
  process.stdout.write(stdout + stderr);
  const isWhole = stdout.includes(`passed in ${folders.length} directories`);
  return isWhole ? (status ?? 1) : 1;
}
