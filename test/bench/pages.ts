/**
 * How long a reader waits for each page of the control center, at a company that has used it for
 * a year: from opening the page to everything on it drawn, in a real browser, through the signing
 * proxy and the real Worker.
 */
import type { Page } from "playwright-core";
import { launch } from "../browser/chromium.ts";
import { identity } from "../playground/addresses.ts";
import { appPath, settingsPath } from "../playground/host/pages.ts";
import { startHosted } from "../playground/hosted.ts";
import { seedControl, seeded } from "./control.ts";

const timesEach = 5;
const msMax = 1_000;

const entityId = `01entity${"12".padStart(18, "0")}`;
const screens: Readonly<Record<string, string>> = {
  overview: "",
  exceptions: "exceptions",
  "exceptions, counted by field": "exceptions?group=field",
  "one exception": `exceptions/01open${"5".padStart(20, "0")}`,
  "records, found": "records?text=Lindqvist-17777",
  "one record": `records/${entityId}`,
  audit: "audit",
  runs: "runs",
  parity: "parity?object=deal",
  systems: "systems",
  policies: "policies",
};

export async function bench() {
  const playground = await startHosted({ empty: true });
  const browser = await launch();
  try {
    await seedControl(playground.worker.d1, Date.now());
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const { portalId, appId } = identity;
    const app = `${playground.homeUrl}${appPath(portalId, appId)}`;
    const places: Record<string, string> = {
      ...Object.fromEntries(Object.entries(screens).map(([name, path]) => [name, `${app}${path}`])),
      settings: `${playground.homeUrl}${settingsPath(portalId, appId)}`,
    };
    const drawnMs: Record<string, { medianMs: number; slowestMs: number }> = {};
    for (const [name, url] of Object.entries(places)) drawnMs[name] = await timed(page, url);
    const over = Object.entries(drawnMs).filter(([, { medianMs }]) => medianMs > msMax);
    return { seeded, drawnMs, overMs: over.map(([name]) => name), limits: { msMax } };
  } finally {
    await browser.close();
    await playground.stop();
  }
}

async function timed(page: Page, url: string) {
  const tookMs: number[] = [];
  for (let time = 0; time < timesEach; time += 1) {
    const startedAt = performance.now();
    await page.goto(url, { waitUntil: "commit" });
    await page.waitForFunction(
      () =>
        document.querySelector(".extension[data-status=ready] > *") !== null &&
        document.querySelector(".loading") === null,
    );
    tookMs.push(Math.round(performance.now() - startedAt));
  }
  tookMs.sort((a, b) => a - b);
  return { medianMs: tookMs[tookMs.length >> 1] ?? 0, slowestMs: tookMs.at(-1) ?? 0 };
}
