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
  const headers = { "access-control-allow-origin": "*", "content-type": "text/javascript" };
  await page.route("https://elsewhere.example/**", (route) => route.fulfill({ headers, body: "" }));
  await openRecord(page, contact());
  await page.getByText(/^(no way out|ways out: .*)$/).waitFor();
  expect(await page.locator("[data-test-id=reach]").textContent()).toBe("no way out");
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

test("wrong props are reported in HubSpot's words, and drawn as far as they go", async () => {
  await openRecord(page, { ...contact(), objectTypeId: "0-2", id: "9" });
  await page.getByText("Wrong word").waitFor();
  await page.locator(".log li", { hasText: "<Icon>" }).waitFor({ state: "attached" });
  const log = (await extensionLog(page)).map(({ text }) => text).join("\n");
  expect(log).toContain('Invalid prop: <Tag> prop "variant" got "danger"');
  expect(log).toContain('Invalid prop: <Button> has no prop "style"');
  expect(log).toContain('Invalid prop: <Icon> prop "name" got "unheard-of"');
});

test("a component that does not belong to the place stops its card, and only that", async () => {
  await openRecord(page, { ...contact(), objectTypeId: "0-2", id: "9" });
  await page.getByText("There was a problem displaying this extension.").waitFor();
  await page.getByRole("alert").getByText("Unsupported component: CrmPropertyList").waitFor();
  await page.getByText("Wrong word").waitFor();
});

test.each([
  { tab: "Text and layout", name: "text" },
  { tab: "Feedback", name: "feedback" },
  { tab: "Data", name: "data" },
  { tab: "Form", name: "form" },
])("the gallery's $name has valid props and no accessibility violation", async ({ tab, name }) => {
  await page.setViewportSize({ width: 1600, height: 1000 });
  await openRecord(page, { ...contact(), objectTypeId: "0-3", id: "177", tab: "gallery_tab" });
  await page.getByRole("tab", { name: tab }).click();
  await page.getByRole("tabpanel").locator("> *").first().waitFor();
  expect(await axe(page)).toEqual([]);
  await screenshot(page, `gallery-${name}`);
  expect((await extensionLog(page)).filter(({ level }) => level === "error")).toEqual([]);
});

test("a component that shows HubSpot's own data is labelled as not drawn", async () => {
  await openRecord(page, { ...contact(), objectTypeId: "0-3", id: "177", tab: "gallery_tab" });
  await page.getByText("<CrmDataHighlight> is not drawn by this host").waitFor();
});

test("tabs, menus and dialogs work by keyboard alone", async () => {
  await openRecord(page, { ...contact(), objectTypeId: "0-3", id: "177", tab: "gallery_tab" });
  await page.getByRole("tab", { name: "Text and layout" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.getByText("An alert: info").waitFor();
  await page.keyboard.press("ArrowLeft");
  await page.getByRole("button", { name: "Actions" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "From a menu" }).waitFor();
  expect(await axe(page, "[role=dialog]")).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

test.each([
  { opener: "Open a modal", title: "Remove it?" },
  { opener: "Open a panel", title: "A panel" },
])("a dialog keeps the focus it is given: $title", async ({ opener, title }) => {
  await openRecord(page, { ...contact(), objectTypeId: "0-3", id: "177", tab: "gallery_tab" });
  await page.getByRole("button", { name: opener }).press("Enter");
  const dialog = page.getByRole("dialog", { name: title });
  await dialog.waitFor();
  expect(await axe(page)).toEqual([]);
  await screenshot(page, `gallery-${opener.split(" ").at(-1)}`);
  for (const key of ["Tab", "Tab", "Tab", "Tab", "Tab", "Shift+Tab", "Shift+Tab"]) {
    await page.keyboard.press(key);
    const isInside = await dialog.evaluate((it) => it.contains(document.activeElement));
    expect(isInside, key).toBe(true);
  }
});

test("a tooltip shows on focus, hides on Escape, and describes its trigger", async () => {
  await openRecord(page, { ...contact(), objectTypeId: "0-3", id: "177", tab: "gallery_tab" });
  const trigger = page.getByRole("button", { name: "Tag with a tooltip" });
  await trigger.focus();
  await page.getByRole("tooltip").waitFor();
  const describedBy = await trigger.getAttribute("aria-describedby");
  expect(await page.getByRole("tooltip").getAttribute("id")).toBe(describedBy);
  await page.keyboard.press("Escape");
  await page.getByRole("tooltip").waitFor({ state: "hidden" });
});

test("a form hands over every value, of the type HubSpot gives it", async () => {
  await openRecord(page, { ...contact(), objectTypeId: "0-3", id: "177", tab: "gallery_tab" });
  await page.getByRole("tab", { name: "Form" }).click();
  await page.getByLabel("Company").fill("Biglytics");
  await page.getByLabel("Who wins").selectOption("Operations");
  await page.getByRole("radio", { name: "HubSpot" }).check();
  await page.getByRole("group", { name: "Several" }).getByLabel("Operations").check();
  await page.getByRole("switch", { name: "Always" }).check({ force: true });
  await page.getByRole("tabpanel").getByRole("button", { name: "Save" }).click();
  const sent = page.locator("[data-test-id=sent]:not(:empty)");
  expect(JSON.parse((await sent.textContent()) ?? "")).toMatchObject({
    company: "Biglytics",
    seats: 5,
    amount: 48000.5,
    close: { year: 2026, month: 11, date: 18 },
    at: { hours: 9, minutes: 30 },
    winner: "ops",
    systems: ["ops"],
    choice: "hubspot",
    many: ["ops"],
    always: true,
  });
});

test("an app's pages are routed, fill their head, and say when a page is not there", async () => {
  const home = `${host.url}/app/${portalId}/987654`;
  await page.goto(home);
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  expect(await axe(page)).toEqual([]);
  await page.getByRole("button", { name: "Next conflict" }).click();
  await page.getByText("Conflict 12").waitFor();
  await page.getByRole("navigation", { name: "Breadcrumb" }).getByText("Overview").click();
  await page.getByText("A page that is not there").click();
  await page.getByText("There is no such page.").waitFor();
  await page.goto(`${home}/conflicts/7`);
  await page.getByText("Conflict 7").waitFor();
});

test("a settings page stands at its own address", async () => {
  const path = `/integrations-settings/${portalId}/installed/framework/987654/general-settings`;
  await page.goto(host.url + path);
  await page.getByLabel("Channel").fill("#ops");
  expect(await axe(page)).toEqual([]);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText('{"channel":"#ops","digest":true}').waitFor();
});

test("the host answers only to its own pages", async () => {
  const response = await fetch(`${host.url}/host/fetch`, {
    method: "POST",
    headers: { "content-type": "application/json", "sec-fetch-site": "cross-site" },
    body: JSON.stringify({ requestUri: "https://sync.example.com/echo" }),
  });
  expect(response.status).toBe(403);
});
