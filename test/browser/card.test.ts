/** The card's own bundle in a real browser: every state, by mouse and by keyboard alone. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FixtureName } from "../app/fixtures.ts";
import { type CardStand, cardStates, startCardStand } from "./card-stand.ts";
import { axe, extensionLog, launch } from "./chromium.ts";

let browser: Browser;
let stand: CardStand;
let page: Page;

beforeAll(async () => {
  [browser, stand] = await Promise.all([launch(), startCardStand()]);
  const context = await browser.newContext({ reducedMotion: "reduce" });
  page = await context.newPage();
});

afterAll(async () => {
  await browser?.close();
  await stand?.close();
});

beforeEach(() => {
  stand.asked.length = 0;
  stand.answerWith = "settled";
  stand.delayMs = 0;
});

async function open(state: FixtureName, width = 340): Promise<void> {
  await page.goto(stand.url(state, width));
  await byTestId("standing")
    .or(page.getByText(/^(You can't|Sync can't)/))
    .first()
    .waitFor();
}

const byTestId = (testId: string) => page.locator(`[data-test-id="${testId}"]`);
const settled = () => page.getByText("in HubSpot and Operations");

describe("the card in a browser", () => {
  it.each(cardStates)("%s is accessible and fits at 300, 340 and 420 px", async (state) => {
    for (const width of [300, 340, 420]) {
      await open(state, width);
      expect(await axe(page)).toEqual([]);
      expect((await extensionLog(page)).filter(({ level }) => level !== "debug")).toEqual([]);
      const overflow = await page.evaluate(() =>
        [...document.querySelectorAll(".extension, .extension *:not(.visually-hidden)")]
          .filter((element) => element.scrollWidth > element.clientWidth + 1)
          .filter((element) => getComputedStyle(element).display !== "inline")
          .map((element) => element.className),
      );
      expect([width, overflow]).toEqual([width, []]);
    }
  });

  it("settles in one click, and a double click asks once", async () => {
    await open("oneConflict");
    await byTestId("keep-phone-hubspot").dblclick();
    await settled().waitFor();
    expect(stand.asked.map(({ choice }) => choice)).toEqual([{ kind: "keep", system: "hubspot" }]);
    expect(await axe(page)).toEqual([]);
  });

  it("does not move under the pointer while it saves", async () => {
    stand.delayMs = 500;
    await open("oneConflict");
    const tile = byTestId("conflict-phone");
    const before = await tile.boundingBox();
    await byTestId("keep-phone-hubspot").click();
    await byTestId("keep-phone-hubspot").getByText("Saving").waitFor();
    expect(await tile.boundingBox()).toEqual(before);
    await settled().waitFor();
    expect((await tile.boundingBox())?.y).toBe(before?.y);
  });

  it("settles by keyboard alone", async () => {
    await open("oneConflict");
    await tabTo("Keep HubSpot value");
    await page.keyboard.press("Enter");
    await settled().waitFor();
    expect(stand.asked).toHaveLength(1);
  });

  it("takes a typed value by keyboard alone", async () => {
    await open("oneConflict");
    await tabTo("Type another value…");
    await page.keyboard.press("Enter");
    await page.getByLabel("New value everywhere").waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type("+1 415 555 0140");
    expect(await axe(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await settled().waitFor();
    expect(stand.asked[0]?.choice).toEqual({ kind: "type", text: "+1 415 555 0140" });
  });

  it("compares every field on its tab, and tells why a value is there", async () => {
    await page.setViewportSize({ width: 1440, height: 1000 });
    await page.goto(`${stand.url("oneConflict")}&tab=sync_card_tab`);
    await page.getByRole("table").waitFor();
    expect(await page.getByRole("row").count()).toBe(8);
    expect(await axe(page)).toEqual([]);
    await byTestId("why-job_title").focus();
    await page.keyboard.press("Enter");
    const panel = page.getByRole("dialog", { name: "Why this job title?" });
    await panel.getByText("from Head of Support to VP Support").waitFor();
    expect(await axe(page)).toEqual([]);
  });

  it.each([
    ["changed", "These values changed just now"],
    ["settledElsewhere", "Settled by Jonas Weber"],
    ["forbidden", "Only the owner of this contact may settle it."],
    ["unreachable", "nothing was changed"],
    ["pending", "Saved, waiting for confirmation"],
  ] as const)("%s is told in words, accessibly", async (name, words) => {
    stand.answerWith = name;
    await open("oneConflict");
    await byTestId("keep-phone-ops").click();
    await page.getByText(words).first().waitFor();
    expect(await axe(page)).toEqual([]);
  });
});

async function tabTo(name: string): Promise<void> {
  const button = page.getByRole("button", { name });
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press("Tab");
    if (await button.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`no way to ${name} by keyboard`);
}
