/** The floor of API calls: two reads and one write for 100 records, whatever the object. */
import { expect, it } from "vitest";
import { callsPer100 } from "./hubspot.calls.ts";

it("costs the floor for every object", async () => {
  // Histories come fifty a call, so a read is two. Associations are not on the record: each kind
  // of them is one read more, also before they are written, and one write more.
  const floor = (kinds: number) => ({
    kinds,
    read: 2 + kinds,
    update: 1,
    create: 1,
    archive: 1,
    list: 1 + kinds,
    poll: 1,
    associate: 2 * kinds,
  });
  expect(await callsPer100()).toEqual({
    contact: floor(1),
    company: floor(0),
    deal: floor(2),
    "contact, associations not mapped": floor(0),
    "company, associations not mapped": floor(0),
    "deal, associations not mapped": floor(0),
    "custom object": floor(1),
  });
});
