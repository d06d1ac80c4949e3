/** The host page itself, with its fixture card, in a real browser. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { axe, extensionLog, launch, openRecord, screenshot } from "./chromium.ts";
import { portalId, startHost, users } from "./host-stand.ts";

let browser: Browser;
let page: Page;
let host: Awaited<ReturnType<typeof startHost>>;

beforeAll(async () => {
  [browser, host] = await Promise.all([launch(), startHost()]);
});
afterAll(async () => {
  await browser?.close();
  await host?.close();
});
beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
});
afterEach(async () => {
  await page.close();
});

const contact = () => ({ home: host.url, portalId, objectTypeId: "0-1", id: "151" });

test("a production bundle runs in the worker and knows its reader and record", async () => {
  await openRecord(page, contact());
  await page.getByText("Ana reads 0-1/151").waitFor();
  await openRecord(page, { ...contact(), user: "ben" });
  await page.getByText("Ben reads 0-1/151").waitFor();
  expect((await extensionLog(page)).filter(({ level }) => level === "error")).toEqual([]);
});

test("the worker has no way out but hubspot.fetch", async () => {
  await openRecord(page, contact());
  await page.getByText("no way out").waitFor();
});

test("hubspot.fetch goes through the proxy, signed, and says who asks", async () => {
  await openRecord(page, contact());
  await page.getByRole("button", { name: "Ask the back-end" }).click();
  const answer = await page.locator("[data-test-id=answer] > div").textContent();
  expect(answer).toMatch(/^200 /);
  expect(JSON.parse(answer?.slice(4) ?? "")).toEqual({
    asked: {
      objectId: "151",
      userId: String(users.ana.id),
      portalId: String(portalId),
      userEmail: users.ana.email,
      appId: "987654",
    },
    signed: true,
  });
});

test("typing reaches the extension key by key", async () => {
  await openRecord(page, contact());
  await page.getByLabel("Note").pressSequentially("abc");
  await page.locator("[data-test-id=typed]", { hasText: /^abc$/ }).waitFor();
});

test("a modal opens, closes by action or Escape, and gives focus back", async () => {
  await openRecord(page, contact());
  const opener = page.getByRole("button", { name: "Open" });
  await opener.click();
  await page.getByRole("dialog", { name: "Confirm" }).waitFor();
  expect(await axe(page, "[role=dialog]")).toEqual([]);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByText("Done").waitFor();
  await opener.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(await opener.evaluate((element) => element === document.activeElement)).toBe(true);
});

test("a property edited beside the card is saved and reaches the card", async () => {
  await openRecord(page, contact());
  await page.getByLabel("Phone number").fill("+14155550199");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("[data-test-id=phone]", { hasText: "+14155550199" }).waitFor();
  await page.getByText("Phone number set to").first().waitFor();
});

test("a value HubSpot refuses stays in the field with the reason beside it", async () => {
  await openRecord(page, contact());
  await page.getByLabel("Phone number").fill("nonsense");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("That is not a phone number.").waitFor();
  expect(await page.getByLabel("Phone number").inputValue()).toBe("nonsense");
  expect(await axe(page)).toEqual([]);
});

test("the pages have no accessibility violation", async () => {
  await page.goto(host.url);
  expect(await axe(page)).toEqual([]);
  await screenshot(page, "host-index");
  for (const width of [300, 340, 420]) {
    await openRecord(page, { ...contact(), width });
    await page.getByText("no way out").waitFor();
    expect(await axe(page)).toEqual([]);
    await screenshot(page, `host-record-${width}`);
  }
});
