/** The floor of API calls: two reads and one write for 100 records, whatever the object. */
import { expect, it } from "vitest";
import { callsPer100 } from "./hubspot.calls.ts";

it("costs the floor for every object", async () => {
  // Histories come fifty a call, so a read is two; references cost one more call each kind.
  const bare = { read: 2, update: 1, create: 1, archive: 1, list: 1, poll: 1 };
  const referring = { ...bare, read: 3, list: 2 };
  expect(await callsPer100()).toEqual({
    contact: bare,
    deal: bare,
    "contact + 1": referring,
    "company + 1": referring,
    "car + 1": referring,
  });
});
