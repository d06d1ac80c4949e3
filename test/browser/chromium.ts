/**
 * A real browser that comes with npm alone: the packed Chromium with the libraries and fonts it
 * was built with. Nothing of the machine's own is used but the C library; no installed browser,
 * no system font, so that screenshots are the same wherever they are taken.
 */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";

const root = join(import.meta.dirname, "../..");
const require = createRequire(import.meta.url);

const flags = [
  "--headless=shell",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Hinting depends on the machine; without it text is drawn alike everywhere.
  "--font-render-hinting=none",
];

/** CHROMIUM names another browser, where the packed one (Linux on x64) does not run. */
export async function launch(): Promise<Browser> {
  const elsewhere = process.env.CHROMIUM;
  if (elsewhere) return chromium.launch({ executablePath: elsewhere, args: flags });
  if (process.platform !== "linux" || process.arch !== "x64") {
    return chromium.launch({ channel: "chrome", args: flags });
  }
  const folder = await unpack();
  return chromium.launch({
    executablePath: join(folder, "chromium"),
    args: flags,
    env: {
      ...(process.env as Record<string, string>),
      LD_LIBRARY_PATH: join(folder, "al2023/lib"),
      FONTCONFIG_FILE: join(folder, "fonts.conf"),
    },
  });
}

/** Unpacks once per version. The folder appears whole, whoever else unpacks at the same time. */
async function unpack(): Promise<string> {
  const { version } = JSON.parse(
    await readFile(join(root, "node_modules/@sparticuz/chromium/package.json"), "utf8"),
  );
  const folder = join(root, ".playground", `chromium-${version}`);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.${randomUUID()}`;
  await mkdir(partial, { recursive: true });
  // The package unpacks into the temporary folder, and its libraries only where it believes to
  // be on Amazon Linux; both are told by the environment of a process of its own.
  const script = `import("@sparticuz/chromium").then((it) => it.default.executablePath())`;
  await promisify(execFile)(process.execPath, ["-e", script], {
    cwd: root,
    env: { ...process.env, TMPDIR: partial, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" },
  });
  await writeFile(join(partial, "fonts.conf"), fontConfiguration(folder));
  try {
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

const fontConfiguration = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, "fonts")}</dir>
  <cachedir>${join(folder, "fonts-cache")}</cachedir>
</fontconfig>
`;

export interface Violation {
  readonly rule: string;
  readonly impact: string;
  readonly where: string;
  readonly why: string;
}

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe objects to on the page, or in a part of it. */
export async function axe(page: Page, within = "body"): Promise<Violation[]> {
  await page.evaluate(await readFile(require.resolve("axe-core/axe.min.js"), "utf8"));
  return page.evaluate(
    async ({ within, rules }) => {
      interface Result {
        readonly id: string;
        readonly impact: string | null;
        readonly nodes: readonly { readonly target: unknown; readonly failureSummary?: string }[];
      }
      const { axe } = globalThis as unknown as {
        axe: { run(scope: string, options: object): Promise<{ violations: readonly Result[] }> };
      };
      const { violations } = await axe.run(within, { runOnly: rules });
      return violations.flatMap(({ id, impact, nodes }) =>
        nodes.map(({ target, failureSummary }) => ({
          rule: id,
          impact: impact ?? "unknown",
          where: String(target),
          why: failureSummary?.split("\n")[1]?.trim() ?? "",
        })),
      );
    },
    { within, rules },
  );
}

/** Into test/screenshots, which git ignores. A dialog covers the window only, so that is all. */
export async function screenshot(page: Page, name: string): Promise<string> {
  const path = join(root, "test/screenshots", `${name}.png`);
  const fullPage = (await page.getByRole("dialog").count()) === 0;
  await page.screenshot({ path, fullPage, animations: "disabled" });
  return path;
}

export interface RecordAddress {
  /** Where the playground's pages are. */
  readonly home: string;
  readonly portalId: number;
  readonly objectTypeId: string;
  readonly id: string;
  readonly width?: number;
  readonly user?: string;
  readonly bare?: boolean;
  /** The uid of the card whose tab is open. */
  readonly tab?: string;
}

/** Opens a record and waits until its card has drawn something of its own. */
export async function openRecord(page: Page, address: RecordAddress): Promise<void> {
  const { home, portalId, objectTypeId, id, width, user, bare, tab } = address;
  const url = new URL(`/contacts/${portalId}/record/${objectTypeId}/${id}`, home);
  if (width !== undefined) url.searchParams.set("width", String(width));
  if (user !== undefined) url.searchParams.set("user", user);
  if (bare) url.searchParams.set("bare", "");
  if (tab !== undefined) url.searchParams.set("tab", tab);
  await page.goto(url.href);
  await page.locator(".extension[data-status=ready] > *").first().waitFor();
}

/** What the extension on the page has logged: wrong props, failures, its own lines. */
export function extensionLog(page: Page): Promise<{ level: string; text: string }[]> {
  return page.locator(".log li").evaluateAll((lines) =>
    lines.map((line) => ({
      level: line.getAttribute("data-level") ?? "",
      text: line.textContent ?? "",
    })),
  );
}
