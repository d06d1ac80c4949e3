/** The HubSpot double's own screens, in a real browser: by keyboard alone, and for everyone. */
import { Hono } from "hono";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fixture } from "../connectors/hubspot-fixture.ts";
import type { HubSpotDouble } from "../playground/hubspot/double.ts";
import { hubSpotPages } from "../playground/hubspot/pages.ts";
import { seedHubSpot } from "../playground/hubspot/seed.ts";
import { type Served, serve } from "../playground/serve.ts";
import { world } from "../playground/world.ts";
import { axe, launch, screenshot } from "./chromium.ts";

let browser: Browser;
let page: Page;
let served: Served;
let double: HubSpotDouble;
let ids: ReadonlyMap<string, string>;

beforeAll(async () => {
  double = fixture({ timeZone: "Europe/Berlin" }).double;
  ids = seedHubSpot(double, world(Date.UTC(2026, 10, 23, 9)));
  const app = new Hono().route("/hubspot", hubSpotPages(double));
  served = await serve(app.fetch, 0);
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  page.setDefaultTimeout(10_000);
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

const open = (path: string) => page.goto(`${served.url}/hubspot/${path}`);
const contact = (key: string) => `contacts/${ids.get(key)}`;

test.each([
  { name: "hubspot-list", path: () => "contacts" },
  { name: "hubspot-record", path: () => contact("contact-3") },
  { name: "hubspot-deal", path: () => `deals/${ids.get("deal-2")}` },
  { name: "hubspot-new", path: () => "deals/new" },
  { name: "hubspot-merge", path: () => `${contact("contact-3")}/merge` },
  { name: "hubspot-faults", path: () => "faults" },
  { name: "hubspot-bin", path: () => "companies?bin=1" },
])("$name has nothing axe objects to, at any width", async ({ name, path }) => {
  for (const width of [1200, 380]) {
    await page.setViewportSize({ width, height: 900 });
    await open(path());
    expect(await axe(page)).toEqual([]);
    await screenshot(page, `${name}-${width}`);
  }
  await page.setViewportSize({ width: 1200, height: 900 });
});

test("a record is found, edited and saved without a mouse", async () => {
  await open("contacts");
  await page.keyboard.press("Tab");
  expect(await page.locator(":focus").textContent()).toBe("Skip to content");
  await page.getByLabel("Search").focus();
  await page.keyboard.type("saffron wójcik");
  await page.keyboard.press("Enter");
  await page.getByText("1 record").waitFor();
  await page.getByRole("link", { name: "Sofía Wójcik" }).focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("Job title").focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.type("Managing director");
  await page.keyboard.press("Enter");
  await page.getByText("Saved.").waitFor();
  const record = double.records("contacts").find((each) => each.id === ids.get("contact-3"));
  expect(record?.properties.jobtitle).toBe("Managing director");
});

test("whoever is chosen to work here is the author of what is changed", async () => {
  await open(contact("contact-8"));
  await page.getByLabel("Working as").selectOption({ label: "Finn O'Hara" });
  await page.getByRole("button", { name: "Switch" }).click();
  await page.getByLabel("Job title").fill("Head of Fun");
  await page.getByRole("button", { name: "Save" }).click();
  const row = page.getByRole("row").filter({ hasText: "Head of Fun" });
  expect(await row.textContent()).toContain("Finn O'Hara");
});

test("a close date is shown and kept as a day of the account", async () => {
  await open(`deals/${ids.get("deal-2")}`);
  expect(await page.getByLabel("Close date").inputValue()).toBe("2026-12-04");
  await page.getByLabel("Close date").fill("2026-12-24");
  await page.getByRole("button", { name: "Save" }).click();
  expect(await page.getByLabel("Close date").inputValue()).toBe("2026-12-24");
  const deal = double.records("deals").find((each) => each.id === ids.get("deal-2"));
  expect(deal?.properties.closedate).toBe("2026-12-23T23:00:00Z");
});

test("a mistake is told at once, and what was typed stays", async () => {
  await open(contact("contact-14"));
  await page.getByLabel("Email", { exact: true }).fill("nobody");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").getByText("Email address nobody is invalid").waitFor();
  expect(await page.getByLabel("Email", { exact: true }).inputValue()).toBe("nobody");
  expect(await axe(page)).toEqual([]);
});
