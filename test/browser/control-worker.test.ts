/** The control center and the settings on the whole playground: the real Worker, D1 and queues. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { identity } from "../playground/addresses.ts";
import { type HostedPlayground, startHosted } from "../playground/hosted.ts";
import { axe, extensionLog, launch, screenshot } from "./chromium.ts";

let browser: Browser;
let playground: HostedPlayground;
let page: Page;

beforeAll(async () => {
  [browser, playground] = await Promise.all([launch(), startHosted({})]);
  await playground.quiet();
  playground.applyLaterEdits();
  await playground.quiet();
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await playground?.stop();
});
beforeEach(async () => {
  await openPage("/");
});

const { portalId, appId } = identity;

async function openPage(path: string, user = "ada"): Promise<void> {
  const url = new URL(`/app/${portalId}/${appId}${path}`, playground.homeUrl);
  url.searchParams.set("user", user);
  await page.goto(url.href);
  await ready();
}

async function openSettings(): Promise<void> {
  const path = `/integrations-settings/${portalId}/installed/framework/${appId}/general-settings`;
  await page.goto(new URL(path, playground.homeUrl).href);
  await ready();
}

async function ready(): Promise<void> {
  await page.locator(".extension[data-status=ready] > *").first().waitFor();
  await expect.poll(() => page.locator(".loading").count(), { timeout: 10_000 }).toBe(0);
}

async function isSound(name: string): Promise<void> {
  await screenshot(page, `control-worker-${name}`);
  expect(await axe(page)).toEqual([]);
  const troubles = (await extensionLog(page)).filter(({ level }) => level !== "debug");
  expect(troubles).toEqual([]);
}

const tab = async (name: string) => {
  await page.getByRole("tab", { name }).click();
  await ready();
};
const button = (name: string | RegExp) => page.getByRole("button", { name });

test("every section opens, and nothing in it is unknown to the Worker", async () => {
  for (const name of ["Exceptions", "Records", "Audit", "Runs", "Parity", "Systems", "Policies"]) {
    await tab(name);
    await isSound(name.toLowerCase());
  }
});

test("a conflict is settled from the control center, in both systems, by two clicks", async () => {
  await tab("Exceptions");
  await page.getByRole("link", { name: "Olivia Øster" }).click();
  await button("Keep Operations value").click();
  await page.getByText("Settled in every system.").waitFor();
  await page.getByText(/chose “/).waitFor();
  await isSound("settled");
  const [record] = playground.hubspot
    .records("contacts")
    .filter(
      ({ properties }) => properties.lastname === "Øster" && properties.firstname === "Olivia",
    );
  expect(record?.properties.phone).toContain("0178");
});

test("many conflicts are settled at once, exactly as the preview showed", async () => {
  await openPage("/exceptions?field=deal.amount");
  await button(/^Pick the 2 shown/).click();
  await button("Settle…").click();
  await page.getByLabel("Keep", { exact: true }).selectOption({ label: "HubSpot value" });
  await page.getByText("2 would be settled.").waitFor();
  await isSound("settle-many");
  await button("Settle 2 exceptions").click();
  await page.getByText("2 of 2 settled").waitFor();
  await button("Close").last().click();
  await page.getByText("Nothing fits").waitFor();
});

test("an exception is given to somebody, who finds it among theirs", async () => {
  await tab("Exceptions");
  await page.getByRole("checkbox").first().check();
  await button("Assign…").click();
  await button(/^Assign 1 exception/).click();
  await page.getByText(/1 exception assigned to/).waitFor();
  await page.getByLabel("Assigned to").selectOption({ label: "Me" });
  await page.getByText("1 in all").waitFor();
});

test("a record is found by its e-mail address, paused and resumed", async () => {
  const [contact] = playground.hubspot.records("contacts");
  const email = contact?.properties.email ?? "";
  await tab("Records");
  await page.getByLabel("Find a record").fill(email);
  await page.keyboard.press("Enter");
  await page.getByRole("cell", { name: "E-mail" }).waitFor();
  await page.locator("tbody").getByRole("link").first().click();
  await page.getByRole("tab", { name: "Side by side" }).waitFor();
  await isSound("record");
  await button("Pause").click();
  await page.getByLabel("Why").fill("Being cleaned up");
  await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
  await page.getByText(/Being cleaned up/).waitFor();
  await page.locator("[data-test-id=resume]").click();
  await page.getByText(/Being cleaned up/).waitFor({ state: "detached" });
  await page.getByRole("tab", { name: "History" }).click();
  await page.getByRole("cell", { name: /./ }).first().waitFor();
  await isSound("record-history");
});

test("a run that only looks is started, ends, and measures parity", async () => {
  await tab("Runs");
  await button("Start a run").click();
  await page.getByLabel("Over all records of").selectOption({ label: "Contact" });
  await button("Start").last().click();
  await page.getByText("The run has started.").waitFor();
  await page.getByRole("cell", { name: "Done" }).waitFor({ timeout: 30_000 });
  await page.getByRole("link", { name: "Compare: Contact" }).first().click();
  await page.getByRole("progressbar").waitFor();
  await isSound("run");
  await openPage("/parity?object=contact");
  await page.getByText(/^Measured/).waitFor();
  await isSound("parity-measured");
});

test("a system is asked, paused and resumed", async () => {
  await tab("Systems");
  await button("Test the connection").first().click();
  await page.getByText("It answers").waitFor();
  await button("Pause Operations").click();
  await page.getByLabel("Why").fill("Maintenance");
  await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
  await button("Resume Operations").waitFor();
  await isSound("paused");
  await button("Resume Operations").click();
  await button("Pause Operations").waitFor();
});

test("what was done is in the audit, by name", async () => {
  await tab("Audit");
  await page.getByLabel("Who").fill("Ada");
  await page.keyboard.press("Enter");
  await page.getByText(/Ada/).nth(1).waitFor();
  await button("Check that nothing was tampered with").click();
  await page.getByText(/^Whole:/).waitFor();
  await isSound("audit-whole");
});

test("settings are saved, and a test alert arrives", async () => {
  await openSettings();
  await page.getByLabel("Open exceptions, at most").fill("3");
  await button("Save thresholds").click();
  await page.getByText("Saved.").waitFor();
  await page.getByRole("tab", { name: "Alerts" }).click();
  const before = playground.slack.messages.length;
  await button("Send a test to Slack").click();
  await page.getByText("Sent", { exact: true }).waitFor();
  expect(playground.slack.messages.length).toBe(before + 1);
  await isSound("settings-alerts");
  await openPage("/");
  await isSound("overview");
});
