/** The card on a tab of its own: the same, with every field and why its value is there. */
import { Button, Panel, PanelBody, StatusTag, Table, TableRow } from "@hubspot/ui-extensions";
import type { RenderedFragmentNode } from "@hubspot/ui-extensions/testing";
import { describe, expect, it, vi } from "vitest";
import { fieldsAnswerSchema, historyAnswerSchema } from "../../shared/contract.ts";
import { now, type OpenCard, openCard, openWith, textOf } from "./card-harness.tsx";
import { comparisons, fixtures, ok, settlements } from "./fixtures.ts";

const answers = fixtures(now);
const { fields, history, refused } = comparisons(now);
const place = "crm.record.tab";

async function openTab(): Promise<OpenCard> {
  const card = await openWith(answers.oneConflict, { place });
  (await card.take("/card/fields")).reply(fields);
  await card.waitFor(() => card.find(Table));
  return card;
}

const panelOf = (card: OpenCard, field: string) => {
  const { overlay } = card.findByTestId(Button, `why-${field}`).props;
  return (overlay as unknown as RenderedFragmentNode).find(Panel);
};

describe("the tab", () => {
  it("is told in answers that fit the contract", () => {
    expect(fieldsAnswerSchema.parse(fields)).toEqual(fields);
    expect(fieldsAnswerSchema.parse(refused)).toEqual(refused);
    expect(historyAnswerSchema.parse(history)).toEqual(history);
  });

  it("compares every field in every system, and marks what differs", async () => {
    const card = await openTab();
    const rows = card.find(Table).findAll(TableRow).slice(1);
    expect(rows.map(textOf)).toContain("Phone +1 415 555 0132 +1 415 555 0199 Why?");
    expect(rows.map(textOf)).toContain("Lifecycle stage Customer Customer Why?");
    const marks = rows.map((row) => row.find(StatusTag)).map(({ text, props }) => [text, props]);
    expect(
      marks.filter(([, props]) => (props as { variant: string }).variant === "warning"),
    ).toEqual([["Phone", expect.anything()]]);
    expect(card.text()).toContain("Keep HubSpot value");
  });

  it("reads the fields anew only when something moved", async () => {
    const card = await openTab();
    const asked = () => card.requests.filter(({ path }) => path.startsWith("/card/fields"));
    await vi.waitFor(() => expect(card.planned()).toEqual([8_000]));
    card.advance(8_000);
    (await card.take("/card/record")).reply(
      ok({ ...answers.oneConflict.record!, readAt: now + 8_000 }),
    );
    await vi.waitFor(() => expect(card.planned()).toEqual([8_000]));
    expect(asked()).toHaveLength(1);
    card.advance(8_000);
    const { settled } = settlements(now);
    (await card.take("/card/record")).reply(ok({ ...settled.record!, readAt: now + 16_000 }));
    (await card.take("/card/fields")).reply(fields);
    expect(asked()).toHaveLength(2);
  });

  it("tells why a value is there, once asked", async () => {
    const card = await openTab();
    expect(panelOf(card, "job_title").props.title).toBe("Why this job title?");
    panelOf(card, "job_title").trigger("onOpen");
    const request = await card.take("/card/history");
    expect(request.path).toBe("/card/history?objectTypeId=0-1&objectId=151&field=job_title");
    request.reply(history);
    await card.waitFor(() => {
      const text = textOf(panelOf(card, "job_title").find(PanelBody));
      expect(text).toContain("HubSpot VP Support Maria Lopez, Nov 23, 2026, 2:01 PM EST");
      expect(text).toContain("The latest change wins.");
      expect(text).toContain("Job title from Head of Support to VP Support");
    });
  });

  it("says so where nothing was carried over", async () => {
    const card = await openTab();
    panelOf(card, "email").trigger("onOpen");
    (await card.take("/card/history")).reply({ ...history, changes: [] });
    await card.waitFor(() =>
      expect(textOf(panelOf(card, "email"))).toContain("Nothing was carried over by the sync"),
    );
  });

  it("says why there is no comparison, and keeps the rest", async () => {
    const card = await openWith(answers.oneConflict, { place });
    (await card.take("/card/fields")).reply(refused);
    await card.says("could not read its own records");
    expect(card.text()).toContain("Keep HubSpot value");
  });

  it("asks for no comparison of a record that is nowhere else", async () => {
    const card = await openWith(answers.unlinked, { place });
    expect(card.requests.map(({ path }) => path.split("?")[0])).toEqual(["/card/record"]);
  });

  it("beside the record there is no table, and nothing more is asked", async () => {
    const card = openCard();
    (await card.take("/card/record")).reply(answers.oneConflict);
    await card.says("Keep HubSpot value");
    expect(card.maybeFind(Table)).toBeNull();
    expect(card.requests).toHaveLength(1);
  });
});
