/** What a run or a repair says of a record that it worked on. */
import { expect, it } from "vitest";
import { outcomeOf } from "../../worker/jobs/scan-mend.ts";
import type { LoadedPoke } from "../../worker/store/load.ts";
import { keyText } from "../../worker/store/mailbox.ts";
import type { Closely } from "../../worker/store/scan.ts";

const key = { system: "hubspot", object: "contact", recordId: "1" };
const poke = (echo: LoadedPoke["echo"]): LoadedPoke => ({
  ...key,
  arrivals: 1,
  attempt: 0,
  dueAt: 0,
  firstAt: 0,
  lane: "event",
  echo,
  erased: false,
  heldBy: null,
});
const nothing: Closely = {
  pokes: new Map(),
  entities: new Map(),
  entityOf: new Map(),
  paused: new Set(),
  brakes: [],
  drifted: [],
  neighbours: [],
  own: new Map(),
};
const waits = (echo: LoadedPoke["echo"]) => ({ pokes: new Map([[keyText(key), poke(echo)]]) });
const asked = { own: new Map([[keyText(key), { kind: "ambiguous", changedAt: 0 }]]) };

it.each([
  ["about which nothing waits is repaired", {}, "repaired"],
  ["whose own echo came back meanwhile is repaired", waits({ phone: "1" }), "repaired"],
  ["that was changed meanwhile waits", waits(null), "waiting"],
  ["about which somebody is asked is excepted", asked, "excepted"],
  ["that was changed and is asked about waits", { ...waits(null), ...asked }, "waiting"],
])("a record %s", (_, after, outcome) => {
  expect(outcomeOf(key, { ...nothing, ...after })).toBe(outcome);
});
