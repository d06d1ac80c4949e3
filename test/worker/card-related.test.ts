/** What a card tells of other records: by what people call them, never by our own ids. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fieldsAnswerSchema, historyAnswerSchema } from "../../shared/contract.ts";
import type { Playground } from "../playground/playground.ts";
import { ada, appended, card, signed, startStand } from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

const hubspot = () => stand.hubspot.person(ada.userId);

async function ask(action: string, place: Record<string, string>): Promise<unknown> {
  const query = new URLSearchParams([...Object.entries(place), ...appended()]);
  const path = `/card/${action}?${query}`;
  const response = await fetch(await signed(stand, { method: "GET", path, body: "" }));
  return response.json();
}

describe("a contact of a company", () => {
  it("names it on its card, in the comparison and in the history, with the way to it", async () => {
    const company = hubspot().create("companies", {
      name: "Alder & Sons",
      domain: "alder.example",
    });
    const contact = hubspot().create("contacts", { email: "ann@alder.example" });
    hubspot().associate("contacts", contact, "companies", company, 1);
    await stand.quiet();
    const place = { objectTypeId: "0-1", objectId: contact };
    const { record } = await card(stand, { action: "record", ...place });
    const [related] = record!.related;
    expect(related).toMatchObject({
      field: "company",
      label: "Company",
      count: 1,
      records: [{ title: "Alder & Sons" }],
    });
    const { entityId, places } = related!.records[0]!;
    expect(places.map(({ system }) => system)).toContain("hubspot");
    expect(record!.names).toEqual({ [entityId]: "Alder & Sons" });

    const fields = fieldsAnswerSchema.parse(await ask("fields", place));
    expect(fields).toMatchObject({ ok: true, names: { [entityId]: "Alder & Sons" } });
    const history = historyAnswerSchema.parse(await ask("history", { ...place, field: "company" }));
    expect(history).toMatchObject({
      ok: true,
      names: { [entityId]: "Alder & Sons" },
      changes: [{ field: "company", to: entityId }],
    });
  });

  it("without one refers to nothing", async () => {
    const contact = hubspot().create("contacts", { email: "alone@alder.example" });
    await stand.quiet();
    const place = { objectTypeId: "0-1", objectId: contact };
    const { record } = await card(stand, { action: "record", ...place });
    expect(record).toMatchObject({ related: [], names: {} });
  });
});
