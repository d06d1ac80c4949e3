/** Whose the survivor of a merge is, where several entities are looked at together. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { SystemRecord } from "../../shared/record.ts";
import { contestsFor } from "../../worker/jobs/contest.ts";
import { followMerges } from "../../worker/jobs/merge.ts";
import type { Subject } from "../../worker/jobs/subject.ts";
import { database } from "../../worker/store/database.ts";
import { intend } from "../../worker/store/intents.ts";
import { load } from "../../worker/store/load.ts";
import { config } from "../../worker/sync.config.ts";
import { empty, type OpenD1, openD1 } from "./d1.ts";

let open: OpenD1;
beforeAll(async () => {
  open = await openD1();
});
afterAll(() => open.close());
beforeEach(() => empty(open.d1));

const db = () => database(open.d1);

/** An entity that is linked to the record of this number in HubSpot. */
async function born(entityId: string, object: "contact" | "deal", recordId: string) {
  const links = [{ system: "hubspot", object, recordId, url: null }];
  const birth = { object, links };
  const intents = [{ entityId, version: 0, birth, writes: [], takesOver: null }];
  await intend(db(), entityId, intents, { brakes: [], windowMs: 1_000 }, 1);
  const { entities } = await load(db(), links);
  const entity = entities.get(entityId);
  const rules = config.objects[object];
  if (entity === undefined || rules === undefined) throw new Error("it was not born");
  const nothing = { pokes: [], abandoned: null, birth: null, merges: [] };
  return { ...entity, entityId, object: rules, ...nothing };
}

const survivor: SystemRecord = {
  id: "9",
  formerIds: ["1", "2"],
  fields: {},
  modifiedAt: null,
  archived: false,
  url: null,
};

const merged = (subject: Omit<Subject, "answers">) => ({
  subject: {
    ...subject,
    answers: { hubspot: { kind: "found", record: survivor, mergedInto: "9" } },
  } as Subject,
  links: [],
  contests: [],
  audit: [],
  unsettled: [],
});

it("is none of a record of another object that has the same number", async () => {
  const contact = await born("a", "contact", "1");
  const deals = [await born("b", "deal", "1"), await born("c", "deal", "2")];
  const both = await followMerges(db(), [contact, ...deals].map(merged));
  const keepers = both.recovered.flatMap(({ subject }) =>
    subject.merges.map((merge) => (merge.kind === "lost" ? merge.keeper : subject.entityId)),
  );
  expect(keepers).toEqual(["a", "b", "b"]);
});

it("of a record under an entity's key contests nothing of another object", async () => {
  await born("a", "contact", "1");
  const deal = await born("b", "deal", "7");
  const subject = { ...deal, links: {}, answers: {} } as Subject;
  const answer = { kind: "found", record: survivor } as const;
  const other = { ...(await born("c", "contact", "8")), links: {}, answers: {} } as Subject;
  const met = [subject, other].map((one) => ({ subject: one, system: "hubspot", answer }));
  const contests = await contestsFor(db(), met);
  expect([...contests.keys()]).toEqual(["c"]);
});

it("is whose who writes to it already, whatever its values say since", async () => {
  const both = [await born("a", "contact", "1"), await born("b", "contact", "2")];
  const write = { system: "hubspot", operation: "update", recordId: "9", fields: {} } as const;
  const intent = { entityId: "b", version: 0, birth: null, writes: [write], takesOver: null };
  await intend(db(), "job", [intent], { brakes: [], windowMs: 1_000 }, 1);
  const { recovered } = await followMerges(db(), both.map(merged));
  expect(recovered.flatMap(({ subject }) => subject.merges.map(({ kind }) => kind))).toEqual([
    "lost",
    "moved",
  ]);
});
