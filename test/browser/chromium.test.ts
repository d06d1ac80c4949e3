/** The browser is the one npm brought, on nothing of the machine's but its C library. */
import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { launch } from "./chromium.ts";

const isPacked =
  process.platform === "linux" && process.arch === "x64" && process.env.CHROMIUM === undefined;
const folder = join(import.meta.dirname, "../../.playground/chromium-");
const ofTheCLibrary = /\/(ld-linux-x86-64|lib(c|m|dl|rt|pthread|gcc_s|resolv|nss_\w+))[.-][^/]*$/;

test.runIf(isPacked)("no library and no font comes from the machine", async () => {
  const browser = await launch();
  const page = await browser.newPage();
  await page.setContent("<p>Text in some font, an arrow → and an emoji 🙂</p>");
  await page.screenshot();
  const files = await mappedFiles();
  await browser.close();
  const libraries = files.filter((file) => /\.so[.\d]*$/.test(file));
  const fonts = files.filter((file) => /\.(ttf|otf|ttc|pfb|woff2?)$/.test(file));
  expect(libraries.some((file) => file.startsWith(folder))).toBe(true);
  expect(foreign(libraries).filter((file) => !ofTheCLibrary.test(file))).toEqual([]);
  expect(foreign(fonts)).toEqual([]);
});

const foreign = (files: readonly string[]) => files.filter((file) => !file.startsWith(folder));

/** Every file that a process of the packed browser has in memory. */
async function mappedFiles(): Promise<string[]> {
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const maps = await Promise.all(
    processes.map(async (id) => {
      const executable = await readlink(`/proc/${id}/exe`).catch(() => "");
      const isOurs = executable.startsWith(folder);
      return isOurs ? readFile(`/proc/${id}/maps`, "utf8").catch(() => "") : "";
    }),
  );
  const paths = maps.flatMap((map) => map.match(/\/\S+$/gm) ?? []);
  return [...new Set(paths)];
}
