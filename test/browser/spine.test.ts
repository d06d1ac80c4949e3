/**
 * What a rep meets of the whole way of a change: the card of a deal with several open questions,
 * and every state it can be in, in the playground with the batch wait of production.
 */
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { identity } from "../playground/addresses.ts";
import { type HostedPlayground, startHosted } from "../playground/hosted.ts";
import { people } from "../playground/world.ts";
import { axe, extensionLog, launch, openRecord, screenshot } from "./chromium.ts";

const [ada, ben, , dev] = people;

let browser: Browser;
let playground: HostedPlayground;
let page: Page;

beforeAll(async () => {
  [browser, playground] = await Promise.all([launch(), startHosted({})]);
  await playground.quiet(60_000);
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await playground?.stop();
});
beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(15_000);
});
afterEach(() => page.close());

describe("the card of a deal", () => {
  test.each([300, 340, 420])("asks and settles at %i px, by mouse and by keys", async (width) => {
    const deal = await makeDeal(`Deal at ${width}`);
    await open(page, "0-3", deal.dealId, { width });
    await standing("Same everywhere");
    expect(await axe(page)).toEqual([]);

    const seenMs = await disagree(deal);
    expect(seenMs).toBeLessThan(10_000);
    await standing("2 fields differ");
    expect(await textOf("conflict-amount")).toMatch(/HubSpot Ada Okafor, [^$]*\$1,900/);
    expect(await textOf("conflict-amount")).toMatch(/Operations Dev Raman, [^$]*\$2,100/);
    // Made in the same moment, either may be told first.
    expect(await textOf("conflict-description")).toContain("Call in May");
    expect(await textOf("conflict-description")).toContain("Call in June");
    expect(await axe(page)).toEqual([]);
    expect(await isCut()).toBe(false);
    await screenshot(page, `spine-deal-conflicts-${width}`);

    await part("keep-amount-ops").click();
    await part("conflict-amount").getByText("Settled").waitFor();
    expect(deal.amounts()).toEqual({ hubspot: "2100", ops: "2100" });

    await tabTo("keep-description-hubspot");
    await page.keyboard.press("Enter");
    await part("conflict-description").getByText("Settled").waitFor();
    expect(deal.notes()).toEqual({ hubspot: "Call in May", ops: "Call in May" });
    expect(await axe(page)).toEqual([]);
    expect(await isCut()).toBe(false);
    await screenshot(page, `spine-deal-settled-${width}`);
    expect((await extensionLog(page)).filter(({ level }) => level === "error")).toEqual([]);
  });

  test("takes a third value, typed, and both systems hold it", async () => {
    const deal = await makeDeal("Typed");
    await open(page, "0-3", deal.dealId);
    await disagree(deal);
    await tabTo("type-amount");
    await page.keyboard.press("Enter");
    await tabUntil(() => card().getByLabel("New value everywhere"));
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("2000");
    expect(await axe(page)).toEqual([]);
    await screenshot(page, "spine-deal-typed");
    await page.keyboard.press("Enter");
    await part("conflict-amount").getByText("Settled").waitFor();
    expect(deal.amounts()).toEqual({ hubspot: "2000", ops: "2000" });
  });

  test("tells the second of two reps who was first, and what was chosen", async () => {
    const deal = await makeDeal("Two reps");
    await open(page, "0-3", deal.dealId, { user: ada!.key });
    await disagree(deal);
    const other = await browser.newPage();
    await open(other, "0-3", deal.dealId, { user: ben!.key });
    await part("keep-amount-ops", other).waitFor();
    // What the second rep looks at stands still, as a page does that is about to look again.
    await part("keep-amount-hubspot").click();
    await part("conflict-amount").getByText("Settled").waitFor();
    const stale = part("keep-amount-ops", other);
    if (await stale.isVisible()) await stale.click();
    await part("keep-amount-ops", other).waitFor({ state: "detached" });
    expect(deal.amounts()).toEqual({ hubspot: "1900", ops: "1900" });
    expect(await axe(other)).toEqual([]);
    await screenshot(other, "spine-deal-second-rep");
    await other.close();
  });
});

describe("the card", () => {
  test("of a record nobody told of says so, and sync now makes its counterpart", async () => {
    const email = "unheard@browser.example";
    const unheard = playground.hubspot.faults.add({ kind: "webhook_drop" });
    const contactId = playground.hubspot
      .person(ada!.hubspotUserId)
      .create("contacts", { email, firstname: "Uma", lastname: "Heard" });
    unheard.remove();
    await open(page, "0-1", contactId);
    await standing("Not in Operations yet");
    expect(await axe(page)).toEqual([]);
    expect(await isCut()).toBe(false);
    await screenshot(page, "spine-unlinked");

    await page.getByRole("button", { name: "Sync now" }).click();
    await standing("Same everywhere");
    const customers = playground.ops.records("customers").filter((row) => row.email === email);
    expect(customers).toHaveLength(1);
    expect(await axe(page)).toEqual([]);
    await screenshot(page, "spine-in-sync");
  });

  test("of a record that cannot be compared says so, and comes back by itself", async () => {
    const deal = await makeDeal("Out of sight");
    playground.ops.faults.downUntil = Number.POSITIVE_INFINITY;
    await open(page, "0-3", deal.dealId);
    await standing("Can't compare now");
    expect(await axe(page)).toEqual([]);
    expect(await isCut()).toBe(false);
    await screenshot(page, "spine-unreachable");
    playground.ops.faults.heal();
    await standing("Same everywhere");
  });

  test("of a value that a system refuses says what to correct", async () => {
    const deal = await makeDeal("Held");
    await open(page, "0-3", deal.dealId);
    playground.hubspot
      .person(ada!.hubspotUserId)
      .update("deals", deal.dealId, { dealname: `Long ${"name ".repeat(60)}` });
    await standing("Needs a look");
    expect(await axe(page)).toEqual([]);
    expect(await isCut()).toBe(false);
    await screenshot(page, "spine-refused");
  });

  test("says so when the sync itself cannot be reached, and that nothing is lost", async () => {
    const deal = await makeDeal("Alone");
    await playground.worker.kill();
    await open(page, "0-3", deal.dealId);
    await card().getByText("Sync can't be reached").waitFor();
    await card().getByText("Nothing is lost").waitFor();
    expect(await axe(page)).toEqual([]);
    expect(await isCut()).toBe(false);
    await screenshot(page, "spine-alone");
  });
});

interface Deal {
  readonly dealId: string;
  readonly opportunityId: string;
  readonly amounts: () => unknown;
  readonly notes: () => unknown;
}

/** A deal that both systems hold and agree on. */
async function makeDeal(title: string): Promise<Deal> {
  const { id: opportunityId } = operations().create("opportunities", {
    title,
    value: "1500",
    currency: "USD",
    phase: "qualified",
    expected_close: "2026-12-18",
  });
  const inHubSpot = () =>
    playground.hubspot.records("deals").find(({ properties }) => properties.dealname === title);
  await playground.until(() => inHubSpot() !== undefined);
  await playground.quiet();
  const dealId = inHubSpot()!.id;
  const hubspot = (name: string) =>
    playground.hubspot.records("deals").find(({ id }) => id === dealId)?.properties[name];
  const ops = (name: string) => playground.ops.record("opportunities", opportunityId)?.[name];
  return {
    dealId,
    opportunityId,
    amounts: () => ({ hubspot: hubspot("amount"), ops: ops("value") }),
    notes: () => ({ hubspot: hubspot("description"), ops: ops("notes") }),
  };
}

/** Two people change the amount and the description; how long the open card took to say so. */
async function disagree({ dealId, opportunityId }: Deal): Promise<number> {
  const rep = playground.hubspot.person(ada!.hubspotUserId);
  rep.update("deals", dealId, { amount: "1900", description: "Call in May" });
  operations().update("opportunities", opportunityId, { value: "2100", notes: "Call in June" });
  const startedAt = performance.now();
  await part("keep-amount-ops").waitFor();
  await part("conflict-description").waitFor();
  return performance.now() - startedAt;
}

const operations = () => playground.ops.person(`${dev!.firstName} ${dev!.lastName}`);

const open = (
  on: Page,
  objectTypeId: string,
  id: string,
  how: { width?: number; user?: string } = {},
) =>
  openRecord(on, {
    home: playground.homeUrl,
    portalId: identity.portalId,
    objectTypeId,
    id,
    ...how,
  });

const card = (on: Page = page) => on.locator(".extension").first();
const part = (testId: string, on: Page = page) => card(on).locator(`[data-test-id="${testId}"]`);
const standing = (text: string) => part("standing").getByText(text).waitFor({ timeout: 30_000 });
const textOf = (testId: string) => part(testId).innerText();

/** Whether anything is wider than the column HubSpot gives the card. */
const isCut = () => card().evaluate((it) => it.scrollWidth > it.clientWidth);

const tabTo = (testId: string): Promise<void> => tabUntil(() => part(testId));

/** Presses Tab until the part has the focus. */
async function tabUntil(wanted: () => Locator): Promise<void> {
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press("Tab");
    if (await wanted().evaluate((it) => it.contains(document.activeElement))) return;
  }
  throw new Error("Tab does not reach it");
}
