/** The control center and the settings in a real browser, in every state, by mouse and by keys. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { axe, extensionLog, launch, screenshot } from "./chromium.ts";
import {
  type ControlStand,
  type Mood,
  screens,
  settingsParts,
  startControlStand,
  states,
} from "./control-stand.ts";

let browser: Browser;
let stand: ControlStand;
let page: Page;

beforeAll(async () => {
  [browser, stand] = await Promise.all([launch(), startControlStand()]);
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await stand?.close();
});
beforeEach(() => {
  stand.mood = "busy";
  stand.answers = {};
  stand.refusals = {};
  stand.asked.length = 0;
});

async function openPage(path: string, mood: Mood = "busy"): Promise<void> {
  stand.mood = mood;
  await page.goto(stand.address(path));
  await page.locator(".extension[data-status=ready] > *").first().waitFor();
  if (mood === "slow") await page.locator(".loading").first().waitFor();
  else await loaded();
}

const loaded = () => expect.poll(() => page.locator(".loading").count(), patience).toBe(0);
const patience = { timeout: 10_000 };

/** Nothing a screen reader would stumble over, and no prop that HubSpot does not know. */
async function isSound(name: string): Promise<void> {
  await screenshot(page, `control-${name}`);
  expect(await axe(page)).toEqual([]);
  const wrong = (await extensionLog(page)).filter(({ text }) => text.startsWith("Invalid prop"));
  expect(wrong).toEqual([]);
}

describe.each(states)("$mood:", ({ mood, screens: names }) => {
  test.each(names)("%s has no accessibility violation and only valid props", async (name) => {
    await openPage(screens[name], mood);
    await isSound(`${name}-${mood}`);
  });
});

test("sections are reached by their tabs, and the address says where one is", async () => {
  await openPage("/");
  await page.getByRole("tab", { name: "Systems" }).click();
  await page.getByRole("heading", { level: 1, name: "Systems" }).waitFor();
  expect(new URL(page.url()).pathname).toMatch(/\/systems$/);
  await page.goBack();
  await page.getByRole("heading", { level: 1, name: "Sync control center" }).waitFor();
});

test("a list that was narrowed can be sent to a colleague", async () => {
  await openPage("/exceptions");
  await page.getByLabel("Kind").selectOption({ label: "Conflict" });
  await expect.poll(() => new URL(page.url()).search).toBe("?kind=conflict");
  await page.getByLabel("Field", { exact: true }).selectOption({ label: "Contact: Phone" });
  await expect.poll(() => page.url()).toContain("field=contact.phone");
  await page.reload();
  await page.getByRole("cell", { name: "Maria Johnson" }).first().waitFor();
  expect(stand.asked.at(-1)?.body).toMatchObject({
    filter: { kinds: ["conflict"], objects: ["contact"], fields: ["phone"] },
  });
  await page.getByRole("button", { name: "Clear what was chosen" }).click();
  await expect.poll(() => new URL(page.url()).search).toBe("");
});

test("many are settled as previewed, by keyboard alone", async () => {
  await openPage("/exceptions");
  const press = async (name: string | RegExp) => {
    const button = page.getByRole("button", { name });
    await expect.poll(() => button.isEnabled()).toBe(true);
    await button.focus();
    await page.keyboard.press("Enter");
  };
  await page.getByRole("checkbox", { name: "Pick Phone of Maria Johnson" }).first().focus();
  await page.keyboard.press("Space");
  await page.getByText("1 picked").waitFor();
  await press("Settle…");
  await page.getByRole("dialog", { name: "Settle many" }).waitFor();
  await page.getByText("3 would be settled.").waitFor();
  await isSound("settle-many");
  await press("Settle 3 exceptions");
  await page.getByRole("progressbar").waitFor();
  const sent = stand.asked.find(({ action }) => action === "settle-many");
  expect(sent?.body).toMatchObject({
    selection: { kind: "ids", ids: ["x1"] },
    choice: { kind: "recommended" },
    fingerprint: "f1",
  });
  await isSound("settle-many-progress");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

test("when the values moved, nothing is settled and what would be is shown anew", async () => {
  await openPage("/exceptions");
  await page.getByRole("button", { name: /^Pick the/ }).click();
  await page.getByRole("button", { name: "Settle…" }).click();
  stand.refusals = { "settle-many": { code: "changed", message: "Two values moved since." } };
  await page.getByRole("button", { name: "Settle 3 exceptions" }).click();
  await page.getByText("Two values moved since.").waitFor();
  await isSound("settle-many-changed");
  const previews = stand.asked.filter(({ action }) => action === "settle-preview");
  expect(previews).toHaveLength(2);
});

test("one who was second is told, and the choice stands as the first made it", async () => {
  await openPage("/exceptions/x1");
  stand.refusals = { settle: { code: "settled", message: "Lee Tanaka settled it just now." } };
  await page.getByRole("button", { name: "Keep HubSpot value" }).click();
  await page.getByText("Lee Tanaka settled it just now.").waitFor();
  await isSound("exception-second");
});

test("a double click settles once", async () => {
  await openPage("/exceptions/x1");
  await page.getByRole("button", { name: "Keep HubSpot value" }).dblclick();
  await page.getByText("Settled in every system.").waitFor();
  expect(stand.asked.filter(({ action }) => action === "settle")).toHaveLength(1);
});

test("what is old says so, and stays to be read", async () => {
  await openPage("/systems");
  stand.mood = "down";
  await page.getByRole("button", { name: "Test the connection" }).first().click();
  await page.getByText("Sync can't be reached").waitFor();
  await page.getByText(/What you see was true/).waitFor();
  await page.getByText("Answers and keeps up").waitFor();
  await isSound("systems-stale");
});

const dialogs = [
  { screen: "/exceptions", opens: "Assign…", title: "Assign", after: /^Pick the/ },
  { screen: "/exceptions", opens: "Try again…", title: "Try again", after: /^Pick the/ },
  { screen: "/exceptions", opens: "Export CSV", title: "Export CSV", after: null },
  { screen: "/records/e1", opens: "Pause", title: "Pause this record", after: null },
  { screen: "/runs", opens: "Start a run", title: "Start a run", after: null },
  { screen: "/systems", opens: "Pause something", title: "Pause", after: null },
  { screen: "/systems", opens: "Pause HubSpot", title: "Pause HubSpot", after: null },
  { screen: "/systems", opens: "Release…", title: "Release what is held back", after: null },
  { screen: "/policies", opens: "Accept…", title: "Accept the proposal", after: null },
];

test.each(dialogs)("$title is a dialog of its own", async ({ screen, opens, title, after }) => {
  await openPage(screen);
  if (after) await page.getByRole("button", { name: after }).click();
  const opener = page.getByRole("button", { name: opens, exact: true }).first();
  await expect.poll(() => opener.isEnabled()).toBe(true);
  await opener.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: title });
  await dialog.waitFor();
  await loaded();
  await isSound(`dialog-${title.toLowerCase().replaceAll(" ", "-")}`);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
});

test.each(settingsParts)("the settings' %s are sound", async (name) => {
  await openPage("settings");
  await page.getByRole("tab", { name }).click();
  await page.getByRole("tabpanel", { name }).waitFor();
  await loaded();
  await isSound(`settings-${name.toLowerCase().replaceAll(" ", "-")}`);
});

test("of two who change the settings, the second is told and reads them again", async () => {
  await openPage("settings");
  await page.getByLabel("Open exceptions, at most").fill("50");
  stand.refusals = { "settings-save": { code: "changed", message: "Ana Silva was first." } };
  await page.getByRole("button", { name: "Save thresholds" }).click();
  await page.getByText("Ana Silva was first.").waitFor();
  expect(stand.asked.at(-1)).toMatchObject({
    action: "settings-save",
    body: { version: 3, thresholds: { openExceptionsMax: 50 } },
  });
  await page.getByRole("button", { name: "Show the settings as they are now" }).click();
  await expect.poll(() => stand.asked.at(-1)?.action).toBe("settings");
});
