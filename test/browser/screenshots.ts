/**
 * `npm run screenshots`: every screen of the card, the control center and the settings in every
 * state, into test/screenshots, which git ignores. `-- --readme` also takes anew the few that the
 * README shows. They are drawn by the local host, not by HubSpot.
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { cardStates, startCardStand } from "./card-stand.ts";
import { launch, screenshot } from "./chromium.ts";
import {
  type ControlStand,
  screens,
  settingsParts,
  startControlStand,
  states,
} from "./control-stand.ts";

const root = join(import.meta.dirname, "../..");
const desktop = { width: 1280, height: 900 };
const sidebarWidths = [300, 340, 420] as const;

const startedAt = Date.now();
await rm(join(root, "test/screenshots"), { recursive: true, force: true });
const browser = await launch();
const counts = [await shootCards(browser), await shootControl(browser)];
if (process.argv.includes("--readme")) await shootReadme(browser);
await browser.close();
const all = counts.reduce((sum, count) => sum + count, 0);
const seconds = Math.round((Date.now() - startedAt) / 1_000);
console.log(`${all} screenshots in test/screenshots, after ${seconds} s.`);

async function shootCards(browser: Browser): Promise<number> {
  const stand = await startCardStand();
  const page = await browser.newPage({ viewport: { width: 1100, height: 800 } });
  for (const state of cardStates) {
    for (const width of sidebarWidths) {
      await page.goto(stand.url(state, width));
      await drawn(page);
      await screenshot(page, `card-${state}-${width}`);
    }
  }
  await page.close();
  await stand.close();
  return cardStates.length * sidebarWidths.length;
}

async function shootControl(browser: Browser): Promise<number> {
  const stand = await startControlStand();
  const page = await browser.newPage({ viewport: desktop });
  let count = 0;
  const shoot = async (name: string) => {
    await drawn(page);
    await screenshot(page, name);
    count++;
  };
  for (const { mood, screens: names } of states) {
    stand.mood = mood;
    for (const name of names) {
      await page.goto(stand.address(screens[name]));
      await shoot(`control-${name}-${mood}`);
    }
  }
  stand.mood = "busy";
  for (const name of settingsParts) {
    await page.goto(stand.address("settings"));
    await page.getByRole("tab", { name }).click();
    await shoot(`settings-${name.toLowerCase().replaceAll(" ", "-")}`);
  }
  await page.close();
  await stand.close();
  return count;
}

/** The few that a newcomer sees first: without the host's own bar, and no larger than they show. */
async function shootReadme(browser: Browser): Promise<void> {
  const folder = join(root, "hubspot-app/images");
  await mkdir(folder, { recursive: true });
  const stand = await startControlStand();
  const page = await browser.newPage({ viewport: { width: 1280, height: 1_240 } });
  const shoot = (name: string) =>
    page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
  await open(page, stand, "/");
  await shoot("overview");
  await page.setViewportSize({ width: 1120, height: 760 });
  await open(page, stand, "/exceptions");
  await page.getByRole("button", { name: /^Pick the/ }).click();
  await page.getByRole("button", { name: "Settle…" }).click();
  await page.getByText("would be settled").waitFor();
  await shoot("settle-many");
  await open(page, stand, "/records/e1");
  await shoot("record");
  await page.close();
  await stand.close();
}

async function open(page: Page, stand: ControlStand, path: string): Promise<void> {
  await page.goto(`${stand.address(path)}?bare`);
  await drawn(page);
}

/** What loads for ever is drawn as well: it is one of the states. */
async function drawn(page: Page): Promise<void> {
  await page.locator(".extension[data-status=ready] > *").first().waitFor();
  await page
    .waitForFunction(() => document.querySelector(".loading") === null, null, { timeout: 1_500 })
    .catch(() => undefined);
}
