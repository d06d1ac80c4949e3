/** Questions about records, answered on the card: the same, two, none; restore, delete, keep. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AnswerVerb, CardAnswer, CardProblem } from "../../shared/contract.ts";
import type { Playground } from "../playground/playground.ts";
import {
  ada,
  ben,
  card,
  makePair,
  ofContact,
  type Pair,
  rows,
  startStand,
  type User,
} from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand(fileURLToPath(new URL("adopt.config.ts", import.meta.url)));
});
afterAll(() => stand.stop());

const hubspot = () => stand.hubspot.person(ada.userId);
const ops = () => stand.ops.person("Dev Raman");
const organizations = () => stand.ops.records("organizations").filter(({ archived }) => !archived);

/** What is made while no webhook gets through. */
async function unseen<T>(make: () => T): Promise<T> {
  const fault = stand.hubspot.faults.add({ kind: "webhook_drop" });
  stand.ops.faults.webhooks.dropShare = 1;
  const made = make();
  await stand.quiet();
  fault.remove();
  stand.ops.faults.webhooks.dropShare = 0;
  return made;
}

const ofCompany = (objectId: string) => ({ objectTypeId: "0-2", objectId });
const ofDeal = (objectId: string) => ({ objectTypeId: "0-3", objectId });
type Place = { readonly objectTypeId: string; readonly objectId: string };

const look = (place: Place, user: User = ada) => card(stand, { action: "record", ...place, user });

async function problem(place: Place): Promise<CardProblem> {
  const { record } = await look(place);
  const [one] = record?.problems ?? [];
  if (one === undefined) throw new Error("there is no problem");
  return one;
}

const answer = (
  place: Place,
  { exceptionId, shown, candidates }: CardProblem,
  verb: AnswerVerb,
  options: { readonly user?: User; readonly index?: number | null } = {},
): Promise<CardAnswer> => {
  const { user = ada, index = verb === "link" || verb === "apart" ? 0 : null } = options;
  const named = index === null ? undefined : candidates[index];
  const candidate = named ? { system: named.system, recordId: named.recordId } : null;
  return card(stand, { action: "answer", ...place, exceptionId, shown, verb, candidate, user });
};

const exception = async (id: string) => {
  const [one] = await rows<{ status: string; resolution: string | null }>(
    stand,
    "SELECT status, resolution FROM exceptions WHERE id = ?1",
    id,
  );
  return one;
};

/** A company without a domain, and organizations that look like it. */
async function alike(name: string, count = 1) {
  const made = await unseen(() =>
    Array.from({ length: count }, (_, index) =>
      ops().create("organizations", { name, web_domain: `${name.slice(0, 5)}-${index}.de` }),
    ),
  );
  const companyId = hubspot().create("companies", { name });
  await stand.quiet();
  return { place: ofCompany(companyId), companyId, made };
}

describe("a record that looks like another", () => {
  it("is shown beside it, with what tells them apart", async () => {
    const { place, made } = await alike("Alder Works");
    const { record } = await look(place);
    expect(record?.state).toBe("held");
    const [one] = record!.problems;
    expect(one).toMatchObject({ kind: "ambiguous", verbs: [] });
    expect(one!.candidates).toMatchObject([
      {
        system: "ops",
        label: "Operations",
        recordId: made[0]!.id,
        title: "Alder Works",
        isLinked: false,
        verbs: ["link", "apart"],
        fields: [
          { field: "domain", here: null, there: "alder-0.de", isSame: false },
          { field: "name", here: "Alder Works", there: "Alder Works", isSame: true },
        ],
      },
    ]);
  });

  it("is linked where a person says that they are the same, and nothing is made", async () => {
    const { place, companyId, made } = await alike("Birch Works");
    const before = organizations().length;
    const one = await problem(place);
    const given = await answer(place, one, "link");
    expect(given).toMatchObject({ ok: true, record: { state: "in_sync", problems: [] } });
    const company = stand.hubspot.records("companies").find(({ id }) => id === companyId);
    expect(company?.properties.domain).toBe("birch-0.de");
    expect(organizations()).toHaveLength(before);
    expect(await exception(one.exceptionId)).toEqual({ status: "settled", resolution: "linked" });
    ops().update("organizations", made[0]!.id, { name: "Birch Works Ltd" });
    await stand.quiet();
    const after = stand.hubspot.records("companies").find(({ id }) => id === companyId);
    expect(after?.properties.name).toBe("Birch Works Ltd");
  });

  it("is made anew where they are two, and that is not asked again", async () => {
    const { place, companyId } = await alike("Cedar Works");
    const before = organizations().length;
    const given = await answer(place, await problem(place), "apart");
    expect(given).toMatchObject({ ok: true, record: { problems: [] } });
    await stand.quiet();
    expect(organizations()).toHaveLength(before + 1);
    hubspot().update("companies", companyId, { name: "Cedar Works!" });
    await stand.quiet();
    expect((await look(place)).record).toMatchObject({ state: "in_sync", problems: [] });
    expect(organizations()).toHaveLength(before + 1);
  });

  it("is made anew where none of several is it; of several each can be ruled out", async () => {
    const { place } = await alike("Dogwood Works", 3);
    const before = organizations().length;
    const one = await problem(place);
    expect(one.verbs).toEqual(["create"]);
    const ruledOut = await answer(place, one, "apart", { index: 1 });
    expect(ruledOut).toMatchObject({ ok: true });
    const [two] = ruledOut.record!.problems;
    expect(two!.candidates).toHaveLength(2);
    expect(await answer(place, two!, "create")).toMatchObject({ ok: true });
    await stand.quiet();
    expect(organizations()).toHaveLength(before + 1);
  });

  it("answers itself when what it was taken for goes away", async () => {
    const { place, made } = await alike("Elder Works");
    const one = await problem(place);
    ops().archive("organizations", made[0]!.id);
    await stand.quiet();
    expect(await exception(one.exceptionId)).toEqual({ status: "settled", resolution: "linked" });
    expect((await look(place)).record).toMatchObject({ state: "in_sync", problems: [] });
  });

  it("is asked about on the card of the one that it may be, too", async () => {
    const companyId = await unseen(() => hubspot().create("companies", { name: "Fir Works" }));
    const { id } = ops().create("organizations", { name: "Fir Works" });
    await stand.quiet();
    const place = ofCompany(companyId);
    const one = await problem(place);
    expect(one.candidates).toMatchObject([
      { system: "ops", recordId: id, verbs: ["link", "apart"] },
    ]);
    expect(await answer(place, one, "link")).toMatchObject({ ok: true, record: { problems: [] } });
    expect((await look(place)).record?.state).toBe("in_sync");
  });
});

describe("an answer about records", () => {
  it("given twice at once, and again, is one link; another person is told", async () => {
    const { place, made } = await alike("Gorse Works");
    const one = await problem(place);
    const given = await Promise.all([answer(place, one, "link"), answer(place, one, "link")]);
    given.push(await answer(place, one, "link"));
    for (const each of given) expect(each).toMatchObject({ ok: true });
    const late = await answer(place, one, "apart", { user: ben });
    expect(late).toMatchObject({ ok: false, error: { code: "settled" } });
    const links = await rows(
      stand,
      "SELECT * FROM links WHERE system = 'ops' AND record_id = ?1",
      made[0]!.id,
    );
    expect(links).toHaveLength(1);
  });

  it("to what is not asked any more is not taken", async () => {
    const { place } = await alike("Hazel Works");
    const one = await problem(place);
    const stale = await answer(place, { ...one, shown: "others" }, "link");
    expect(stale).toMatchObject({ ok: false, error: { code: "changed" } });
    const foreign = await alike("Ivy Works");
    const elsewhere = await answer(foreign.place, one, "link");
    expect(elsewhere).toMatchObject({ ok: false, error: { code: "not_found" } });
    const senseless = await answer(place, one, "delete");
    expect(senseless).toMatchObject({ ok: false, error: { code: "bad_request" } });
    expect((await exception(one.exceptionId))?.status).toBe("open");
  });
});

describe("two records of one number", () => {
  it("are told to be two, and the counterpart is asked about next", async () => {
    const number = "TW-1";
    const made = await unseen(() => ops().create("opportunities", { number, title: "Twin" }));
    const deals = await unseen(() =>
      ["One", "Two"].map((dealname) =>
        hubspot().create("deals", {
          dealname,
          pipeline: "default",
          dealstage: "qualifiedtobuy",
          ops_deal_number: number,
        }),
      ),
    );
    hubspot().update("deals", deals[0]!, { dealname: "One!" });
    await stand.quiet();
    const place = ofDeal(deals[0]!);
    const one = await problem(place);
    expect(one.candidates).toMatchObject([
      { system: "hubspot", recordId: deals[1]!, verbs: ["apart"] },
    ]);
    expect(await answer(place, one, "apart")).toMatchObject({ ok: true, record: { problems: [] } });
    const { record } = await look(place);
    expect(record?.systems.map(({ recordId }) => recordId)).toEqual([deals[0], made.id]);
  });
});

describe("a record that was deleted elsewhere", () => {
  const customer = (pair: Pair) => stand.ops.record("customers", pair.customerId)!;
  const contact = (pair: Pair) =>
    stand.hubspot.records("contacts").find(({ id }) => id === pair.contactId)!;
  const deleted = async () => {
    const pair = await makePair(stand);
    ops().archive("customers", pair.customerId);
    await stand.quiet();
    const place = ofContact(pair);
    const one = await problem(place);
    expect(one).toMatchObject({ kind: "gone", verbs: ["restore", "delete", "keep"] });
    return { pair, place, one };
  };

  it("is made anew there, with the values it had, and goes on", async () => {
    const { pair, place, one } = await deleted();
    const given = await answer(place, one, "restore");
    expect(given).toMatchObject({ ok: true, record: { problems: [] } });
    await stand.quiet();
    const { record } = await look(place);
    expect(record?.systems.map(({ status }) => status)).toEqual(["same", "same"]);
    const { email } = contact(pair).properties;
    const made = stand.ops
      .records("customers")
      .filter((row) => row.email === email && !row.archived);
    expect(made).toMatchObject([{ given_name: "Nora" }]);
    expect(made[0]!.id).not.toBe(pair.customerId);
    hubspot().update("contacts", pair.contactId, { firstname: "Norah" });
    await stand.quiet();
    expect(stand.ops.record("customers", made[0]!.id)?.given_name).toBe("Norah");
    expect(customer(pair).archived).toBe(true);
  });

  it("is deleted everywhere, by an audited write", async () => {
    const { pair, place, one } = await deleted();
    const given = await answer(place, one, "delete");
    expect(given).toMatchObject({ ok: true });
    expect(contact(pair).archived).toBe(true);
    expect(await exception(one.exceptionId)).toEqual({ status: "settled", resolution: "gone" });
  });

  it("is done without from now on", async () => {
    const { pair, place, one } = await deleted();
    const before = stand.ops.records("customers").length;
    const given = await answer(place, one, "keep");
    expect(given).toMatchObject({ ok: true, record: { state: "in_sync", problems: [] } });
    expect(given.record?.systems).toMatchObject([{ status: "same" }, { status: "apart" }]);
    hubspot().update("contacts", pair.contactId, { firstname: "Alone" });
    await stand.quiet();
    expect((await look(place)).record).toMatchObject({ state: "in_sync", problems: [] });
    expect(stand.ops.records("customers")).toHaveLength(before);
    expect(customer(pair).archived).toBe(true);
  });

  it("stays as it is while the answer cannot be carried out, and follows then", async () => {
    const { pair, place, one } = await deleted();
    stand.hubspot.faults.add({ kind: "status", status: 503, matches: "/batch/archive" });
    const given = await answer(place, one, "delete");
    expect(given).toMatchObject({ ok: false, error: { code: "pending" } });
    expect(contact(pair).archived).toBe(false);
    stand.hubspot.faults.clear();
    await stand.until(() => contact(pair).archived, 20_000);
    await stand.quiet();
    expect(await exception(one.exceptionId)).toEqual({ status: "settled", resolution: "gone" });
  });
});

describe("two records that were merged in HubSpot", () => {
  const merged = async () => {
    const [first, second] = [await makePair(stand), await makePair(stand)];
    const survivor = hubspot().merge("contacts", first.contactId, second.contactId);
    await stand.quiet();
    const place = ofContact({ contactId: survivor });
    const one = await problem(place);
    expect(one).toMatchObject({
      kind: "duplicate",
      candidates: [{ system: "ops", recordId: second.customerId, verbs: ["apart", "delete"] }],
    });
    return { place, one, second };
  };

  it("leave a counterpart too many, which can be deleted from the survivor's card", async () => {
    const { place, one, second } = await merged();
    const given = await answer(place, one, "delete", { index: 0 });
    expect(given).toMatchObject({ ok: true, record: { problems: [] } });
    expect(stand.ops.record("customers", second.customerId)?.archived).toBe(true);
    expect((await exception(one.exceptionId))?.status).toBe("settled");
  });

  it("or are two after all: the counterpart is nobody's, and nothing is deleted", async () => {
    const { place, one, second } = await merged();
    const given = await answer(place, one, "apart");
    expect(given).toMatchObject({ ok: true });
    await stand.quiet();
    expect(await exception(one.exceptionId)).toEqual({ status: "settled", resolution: "apart" });
    expect(stand.ops.record("customers", second.customerId)?.archived).toBe(false);
  });
});
