/** The control center at the real Worker: lists, bulk settling, CSV, explorer, audit, settings. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answered, Selection } from "../../shared/control.ts";
import { database } from "../../worker/store/database.ts";
import { propose } from "../../worker/store/proposals.ts";
import type { Playground } from "../playground/playground.ts";
import {
  ada,
  auditOf,
  ben,
  control,
  controlled,
  editBoth,
  makeConflict,
  makePair,
  openConflict,
  type Pair,
  phoneOf,
  resolve,
  rows,
  startStand,
  writes,
} from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

const keepOps = { kind: "keep", system: "ops" } as const;
const refusal = (code: string) => ({ ok: false, error: { code } });

async function entityOf({ contactId }: Pick<Pair, "contactId">): Promise<string> {
  const [row] = await rows<{ entity_id: string }>(
    stand,
    "SELECT entity_id FROM links WHERE system = 'hubspot' AND record_id = ?1",
    contactId,
  );
  return row!.entity_id;
}

/** A few conflicts of their own, so that a test knows what it selects. */
async function conflicts(count: number) {
  const made = [];
  for (let one = 0; one < count; one += 1) made.push(await makeConflict(stand));
  const ids = made.map(({ conflict }) => conflict.exceptionId);
  return { made, ids, selection: { kind: "ids", ids } satisfies Selection };
}

describe("many conflicts at once", () => {
  it("are settled as the preview showed, once however often it is sent", async () => {
    const { made, ids, selection } = await conflicts(3);
    const asked = { selection, choice: keepOps };
    const preview = await controlled(stand, "settle-preview", asked);
    expect(preview).toMatchObject({ count: 3, isCapped: false, skipped: [] });
    const [first] = preview.samples;
    expect(first?.after).toBe("+12125550172");
    expect(first?.before.map(({ value }) => value)).toEqual(["+12125550171", "+12125550172"]);
    const before = writes(stand);
    const { asOf, fingerprint } = preview;
    const step = { ...asked, asOf, fingerprint };
    const answers = await Promise.all([1, 2].map(() => control(stand, "settle-many", step)));
    answers.push(await control(stand, "settle-many", step));
    for (const answer of answers) expect(answer).toMatchObject({ ok: true, data: { count: 3 } });
    await stand.quiet();
    expect(await controlled(stand, "settling", { fingerprint })).toMatchObject({
      count: 3,
      settled: 3,
      answered: 0,
      reopened: 0,
      by: ada.userEmail,
    });
    for (const { pair } of made) {
      expect(phoneOf(stand, pair)).toEqual({ hubspot: "+12125550172", ops: "+12125550172" });
      expect(await auditOf(stand, pair, "ruled")).toHaveLength(1);
    }
    expect(writes(stand).ops).toBe(before.ops);
    const acts = await rows<{ detail: string }>(
      stand,
      "SELECT detail FROM audit WHERE entity_id = '@operators' AND detail LIKE ?1",
      `%${ids[0]}%`,
    );
    expect(acts).toHaveLength(1);
  });

  it("are not, if one of them moved or was settled since the preview", async () => {
    const { made, selection } = await conflicts(2);
    const asked = { selection, choice: keepOps };
    const { asOf, fingerprint } = await controlled(stand, "settle-preview", asked);
    editBoth(stand, made[0]!.pair, "0191", "0192");
    await stand.quiet();
    const step = { ...asked, asOf, fingerprint };
    expect(await control(stand, "settle-many", step)).toMatchObject(refusal("changed"));
    const again = await controlled(stand, "settle-preview", asked);
    await resolve(stand, made[1]!.pair, made[1]!.conflict, keepOps);
    const late = { ...asked, asOf: again.asOf, fingerprint: again.fingerprint };
    expect(await control(stand, "settle-many", late)).toMatchObject(refusal("changed"));
    expect((await openConflict(stand, made[0]!.pair)).field).toBe("phone");
  });

  it("taken by somebody else with the same step are told as theirs", async () => {
    const { selection } = await conflicts(1);
    const asked = { selection, choice: keepOps };
    const { asOf, fingerprint } = await controlled(stand, "settle-preview", asked);
    await controlled(stand, "settle-many", { ...asked, asOf, fingerprint });
    const stranger = await control(stand, "settle-many", { ...asked, asOf, fingerprint }, ben);
    expect(stranger).toMatchObject(refusal("settled"));
    expect(await control(stand, "settling", { fingerprint }, ben)).toMatchObject(
      refusal("not_found"),
    );
    await stand.quiet();
  });

  it("of which more came since the preview are those that it showed, and 500 at most", async () => {
    const inputs = ["hubspot", "ops"].map((system, index) => ({
      system,
      value: `${index + 1} USD`,
      valid: true,
      changed: true,
      at: 1,
      actor: null,
    }));
    const because = { sentence: "They differ.", inputs, losers: [], recommended: null };
    const insert = (from: number, to: number, at: number) =>
      stand.worker.d1
        .prepare(
          `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${to})
           INSERT INTO exceptions (id, kind, subject, object, field, status, detail, shown,
                                   opened_at, changed_at)
           SELECT printf('deal%03d', i), 'conflict', printf('deal/%d', i), 'deal', 'amount', 'open',
                  ?1, 's', ${at} + i, 1 FROM n`,
        )
        .bind(JSON.stringify({ because }))
        .run();
    await insert(0, 3, 1);
    const selection = { kind: "filter" as const, filter: { objects: ["deal"] } };
    const asked = { selection, choice: keepOps };
    const { asOf, fingerprint, count } = await controlled(stand, "settle-preview", asked);
    expect(count).toBe(3);
    await insert(3, 505, Date.now() + 60_000);
    const step = { ...asked, asOf, fingerprint };
    expect(await controlled(stand, "settle-many", step)).toMatchObject({ count: 3 });
    await stand.worker.d1
      .prepare("UPDATE exceptions SET opened_at = 2 WHERE object = 'deal' AND status = 'open'")
      .run();
    const many = await controlled(stand, "settle-preview", asked);
    expect(many).toMatchObject({ isCapped: true });
    expect(many.count + many.skipped.reduce((sum, one) => sum + one.count, 0)).toBe(500);
    await stand.worker.d1.prepare("DELETE FROM exceptions WHERE object = 'deal'").run();
  });

  it("that cannot be settled so are left out, and said why", async () => {
    const { selection, ids } = await conflicts(1);
    const recommended = await controlled(stand, "settle-preview", {
      selection,
      choice: { kind: "recommended" },
    });
    expect(recommended).toMatchObject({ count: 1, skipped: [] });
    const choice = { kind: "keep", system: "elsewhere" } as const;
    const other = await controlled(stand, "settle-preview", { selection, choice });
    expect(other.skipped).toEqual([
      { count: 1, because: "That system has no value of theirs to keep." },
    ]);
    const { asOf, fingerprint } = other;
    const step = { selection, choice, asOf, fingerprint };
    expect(await control(stand, "settle-many", step)).toMatchObject(refusal("invalid"));
    const [shown] = await rows<{ shown: string }>(
      stand,
      "SELECT shown FROM exceptions WHERE id = ?1",
      ids[0]!,
    );
    const one = { exceptionId: ids[0]!, shown: shown!.shown, choice: keepOps };
    expect(await control(stand, "settle", one)).toMatchObject({ ok: true });
  });
});

describe("open exceptions", () => {
  it("are found by what they are about, and counted alike", async () => {
    const { pair, conflict } = await makeConflict(stand);
    const email = String(stand.ops.record("customers", pair.customerId)?.email);
    const find = async (filter: Record<string, unknown>) =>
      (await controlled(stand, "exceptions", { filter })).items.map(({ id }) => id);
    const { exceptionId } = conflict;
    for (const filter of [
      { text: email },
      { text: pair.contactId },
      { text: pair.customerId },
      { kinds: ["conflict"], text: email },
      { fields: ["phone"], objects: ["contact"], text: email },
      { systems: ["ops"], text: email },
      { youngerThanMs: 60_000, text: email },
      { owners: [""], assignees: [""], text: email },
    ]) {
      expect([filter, await find(filter)]).toEqual([filter, [exceptionId]]);
      const groups = await controlled(stand, "exception-groups", { filter, by: "field" });
      expect(groups).toMatchObject({
        total: 1,
        groups: [{ key: "contact.phone", label: "Contact: Phone", count: 1 }],
      });
    }
    for (const filter of [
      { kinds: ["refused"], text: email },
      { olderThanMs: 60_000, text: email },
      { systems: ["elsewhere"], text: email },
      { owners: ["ada@example.com"], text: email },
      { text: `${email}%` },
    ]) {
      expect([filter, await find(filter)]).toEqual([filter, []]);
    }
  });

  it("are given to somebody, and found with them", async () => {
    const { ids } = await conflicts(1);
    const assignee = String(ada.userId);
    await controlled(stand, "assign", { exceptionIds: ids, assignee });
    const mine = await controlled(stand, "exceptions", { filter: { assignees: [assignee] } });
    expect(mine.items).toMatchObject([{ id: ids[0], assignee: { id: assignee } }]);
    const acts = await controlled(stand, "audit", { kind: "operated" });
    expect(acts.entries[0]).toMatchObject({
      person: ada.userEmail,
      says: `Gave questions to somebody: ${ada.userEmail}, 1.`,
    });
    await controlled(stand, "assign", { exceptionIds: ids, assignee: null });
    expect(
      (await controlled(stand, "exceptions", { filter: { assignees: [assignee] } })).total,
    ).toBe(0);
    const unknown = { exceptionIds: ids, assignee: "999" };
    expect(await control(stand, "assign", unknown)).toMatchObject(refusal("invalid"));
  });

  it("are a spreadsheet in slices, in which no value becomes a formula", async () => {
    const pair = await makePair(stand, {
      firstname: '=HYPERLINK("http://x")',
      jobtitle: 'a "b", c',
    });
    editBoth(stand, pair, "0171", "0172");
    await stand.quiet();
    let csv = "";
    let count = 0;
    for (let cursor: string | null = null; ; ) {
      const slice: Answered<"export"> = await controlled(stand, "export", { cursor });
      csv += slice.csv;
      count += slice.rows;
      cursor = slice.cursor;
      if (cursor === null) break;
    }
    const lines = csv.trimEnd().split("\r\n");
    expect(lines).toHaveLength(count + 1);
    expect(lines[0]).toContain('"Open since (UTC)"');
    expect(csv).toContain(`"'=HYPERLINK(""http://x"")"`);
    expect(csv).toContain(`"'+12125550171"`);
    expect(csv).not.toMatch(/(^|,)"[=+@-]/m);
  });

  it("are paged by a cursor, each once, while others come and go", async () => {
    const insert = (from: number, to: number, at: number) =>
      stand.worker.d1
        .prepare(
          `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${to})
           INSERT INTO exceptions (id, kind, subject, object, system, record_id, status, detail,
                                   opened_at, changed_at)
           SELECT printf('paged%03d', i), 'paged', printf('paged/%d', i), 'contact', 'ops',
                  printf('p%d', i), 'open', '{}', ${at} + i / 3, 0 FROM n`,
        )
        .run();
    await insert(0, 95, 1_000);
    const filter = { kinds: ["paged"] };
    const seen: string[] = [];
    let pages = 0;
    for (let cursor: string | null = null; pages === 0 || cursor !== null; pages += 1) {
      const page: Answered<"exceptions"> = await controlled(stand, "exceptions", {
        filter,
        cursor,
      });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.cursor;
      // One that was shown, and one that was not yet, are settled; others come before and after.
      if (pages > 0) continue;
      await stand.worker.d1
        .prepare("UPDATE exceptions SET status = 'settled' WHERE id IN ('paged002', 'paged090')")
        .run();
      await insert(200, 205, 1);
      await insert(300, 305, 2_000);
    }
    const first = Array.from({ length: 95 }, (_, one) => `paged${String(one).padStart(3, "0")}`);
    const late = [300, 301, 302, 303, 304].map((one) => `paged${one}`);
    expect(seen).toEqual([...first.filter((id) => id !== "paged090"), ...late]);
    expect(pages).toBe(3);
    await stand.worker.d1.prepare("DELETE FROM exceptions WHERE kind = 'paged'").run();
  });

  it("say what was answered once they are settled", async () => {
    const { pair, conflict } = await makeConflict(stand);
    await resolve(stand, pair, conflict, keepOps);
    const { exceptionId } = conflict;
    const shown = await controlled(stand, "exception", { exceptionId });
    expect(shown).toMatchObject({
      item: { status: "settled", maySettle: false },
      ruling: { value: "+12125550172", by: { name: ada.userEmail } },
      changes: [
        { field: "phone", to: "+12125550172" },
        { field: "phone", from: null },
      ],
      rule: "A person decides between changes.",
    });
    expect(await control(stand, "exception", { exceptionId: "x" })).toMatchObject(
      refusal("not_found"),
    );
  });

  it("that were given up go back to work, by name or by filter", async () => {
    const { ids } = await conflicts(1);
    const selection = { kind: "ids" as const, ids };
    expect(await controlled(stand, "replay", { selection, dry: true })).toEqual({ count: 0 });
    const given = { kind: "filter" as const, filter: { kinds: ["refused", "dead_letter"] } };
    const again = { selection: given, dry: false };
    expect(await controlled(stand, "replay", again)).toEqual({ count: 0 });
  });
});

describe("the overview", () => {
  it("counts what is open, and says what is beyond its threshold", async () => {
    const before = await controlled(stand, "overview", {});
    await makeConflict(stand);
    const after = await controlled(stand, "overview", {});
    expect(after.open.total).toBe(before.open.total + 1);
    const sum = (groups: readonly { count: number }[]) =>
      groups.reduce((total, { count }) => total + count, 0);
    const { byAge, byKind, byObject, byOwner, byAssignee } = after.open;
    for (const groups of [byAge, byKind, byObject, byOwner, byAssignee]) {
      expect(sum(groups)).toBe(after.open.total);
    }
    expect(after.days).toHaveLength(30);
    expect(after.days.at(-1)?.opened).toBeGreaterThan(0);
    expect(sum(after.days.map(({ writes: count }) => ({ count })))).toBe(after.throughput.lastDay);
    expect(after.settling.answers).toBeGreaterThan(0);
    expect(after.crossed).toEqual([]);
    const { version, thresholds } = await controlled(stand, "settings", {});
    const strict = { ...thresholds, openExceptionsMax: 0 };
    await controlled(stand, "settings-save", { version, thresholds: strict });
    const { crossed } = await controlled(stand, "overview", {});
    expect(crossed).toMatchObject([{ threshold: "openExceptionsMax", system: null }]);
  });

  it("tells a problem from a choice", async () => {
    const before = await controlled(stand, "overview", {});
    const { contactId } = await makePair(stand);
    stand.hubspot.person(ada.userId).update("contacts", contactId, { phone: "not a number" });
    await stand.quiet();
    const { errorRate } = await controlled(stand, "overview", {});
    expect(errorRate.problems).toBe(before.errorRate.problems + 1);
    expect(errorRate.share).toBeCloseTo(
      errorRate.problems / (errorRate.problems + errorRate.writes),
    );
  });
});

/** What a settled conflict leaves in the audit of its record, newest first. */
const all = ["discarded", "wrote", "ruled", "created"];

describe("the explorer", () => {
  it("finds a record by what people have of it", async () => {
    const name = "Élodie";
    const pair = await makePair(stand, { firstname: name, phone: "+1 212 555 0123" });
    const entityId = await entityOf(pair);
    const email = String(stand.ops.record("customers", pair.customerId)?.email);
    for (const [text, because] of [
      [email, "E-mail"],
      [email.toUpperCase(), "E-mail"],
      ["élod", "First name"],
      ["ÉLODIE", "First name"],
      ["+1 (212) 555-0123", "Phone"],
      ["212 555 0123", "Phone"],
      [pair.contactId, "Id in HubSpot"],
      [pair.customerId, "Id in Operations"],
      [entityId, "Id"],
      [`https://app.hubspot.com/contacts/1/record/0-1/${pair.contactId}?x=1`, "Id in HubSpot"],
      [`https://ops.example.com/customers/${pair.customerId}`, "Id in Operations"],
    ]) {
      const { matches } = await controlled(stand, "find", { text: text! });
      const match = matches.find((one) => one.entityId === entityId);
      expect([text, match?.because, match?.title]).toEqual([text, because, name]);
    }
    const nobody = await controlled(stand, "find", { text: "nobody of this name" });
    expect(nobody).toEqual({ matches: [], cursor: null });
  });

  it("shows every field side by side, the history, and what pauses it", async () => {
    const { pair, conflict } = await makeConflict(stand);
    const entityId = await entityOf(pair);
    const scope = `record:${entityId}`;
    await controlled(stand, "pause", { scope, reason: "under review" });
    const shown = await controlled(stand, "record", { entityId });
    expect(shown).toMatchObject({
      title: "Nora",
      hubspot: { objectTypeId: "0-1", objectId: pair.contactId },
      pauses: [{ scope, label: "One record", reason: "under review" }],
      record: { state: "conflicts", mayResolve: true },
    });
    const phone = shown.fields.find(({ field }) => field === "phone");
    expect(phone?.values.map(({ value }) => value)).toEqual(["+12125550171", "+12125550172"]);
    stand.hubspot.person(ada.userId).update("contacts", pair.contactId, { jobtitle: "Pilot" });
    const holding = async () => (await controlled(stand, "systems", {})).systems[0]?.held;
    await expect.poll(holding, { timeout: 10_000 }).toBe(1);
    expect(stand.ops.record("customers", pair.customerId)?.role).not.toBe("Pilot");
    expect((await controlled(stand, "resume", { scope })).released).toBe(1);
    await stand.quiet();
    expect(stand.ops.record("customers", pair.customerId)?.role).toBe("Pilot");
    await resolve(stand, pair, conflict, keepOps);
    const history = await controlled(stand, "record-history", { entityId, field: "phone" });
    expect(history.entries.map(({ kind }) => kind)).toEqual(all);
    expect(await control(stand, "record", { entityId: "nobody" })).toMatchObject(
      refusal("not_found"),
    );
  });

  it("calls the records that a record refers to by their names", async () => {
    const hubspot = stand.hubspot.person(ada.userId);
    const domain = "alder.example";
    const company = hubspot.create("companies", { name: "Alder & Sons", domain });
    const contactId = hubspot.create("contacts", { email: `ann@${domain}` });
    hubspot.associate("contacts", contactId, "companies", company, 1);
    await stand.quiet();
    const entityId = await entityOf({ contactId });
    const { fields } = await controlled(stand, "record", { entityId });
    const values = fields.find(({ field }) => field === "company")?.values;
    expect(values?.map(({ value }) => value)).toEqual(["Alder & Sons", "Alder & Sons"]);
    const { entries } = await controlled(stand, "record-history", { entityId, field: "company" });
    const changes = entries.flatMap((entry) => entry.changes);
    expect(changes.find(({ field }) => field === "company")?.to).toBe("Alder & Sons");
    const found = await controlled(stand, "audit", { field: "company", object: "contact" });
    expect(JSON.stringify(found.entries)).not.toContain(await entityOf({ contactId: company }));
  });

  it("has room for the longest value, by cutting it", async () => {
    const pair = await makePair(stand, { jobtitle: "Chief of ".repeat(6_500) });
    const entityId = await entityOf(pair);
    const shown = await controlled(stand, "record", { entityId });
    const title = shown.fields.find(({ field }) => field === "job_title")?.values[0]?.value;
    expect(title).toHaveLength(4_000);
    expect(String(title)).toMatch(/^Chief of .*…$/);
    const { entries } = await controlled(stand, "record-history", { entityId });
    expect(entries).toHaveLength(1);
  });

  it("looks at a record again, and repairs what nobody told of", async () => {
    const pair = await makePair(stand);
    const entityId = await entityOf(pair);
    for (const action of ["record-sync", "repair"] as const) {
      const { record } = await controlled(stand, action, { entityId });
      expect(record.state).toBe("in_sync");
    }
  });
});

describe("the audit", () => {
  it("is searched by person, system, object, field, kind, time and record", async () => {
    const { pair, conflict } = await makeConflict(stand);
    await resolve(stand, pair, conflict, keepOps);
    const entityId = await entityOf(pair);
    const search = (asked: Record<string, unknown>) =>
      controlled(stand, "audit", { entityId, ...asked });
    const kinds = async (asked: Record<string, unknown>) =>
      (await search(asked)).entries.map(({ kind }) => kind);
    expect(await kinds({})).toEqual(all);
    expect(await kinds({ person: "ADA.OKAFOR" })).toEqual(["ruled"]);
    expect(await kinds({ person: "nobody" })).toEqual([]);
    expect(await kinds({ person: "dev raman" })).toEqual(["wrote"]);
    expect(await kinds({ system: "hubspot", kind: "wrote" })).toEqual(["wrote"]);
    expect(await kinds({ field: "phone" })).toEqual(all);
    const [lost] = (await search({ kind: "discarded" })).entries;
    expect(lost).toMatchObject({ system: "hubspot", person: String(ada.userId) });
    expect(lost?.says).toContain("+12125550171");
    expect(await kinds({ field: "job_title" })).toEqual([]);
    expect(await kinds({ object: "deal" })).toEqual([]);
    expect(await kinds({ to: 1 })).toEqual([]);
    const everywhere = async (asked: Record<string, unknown>) => {
      const found = await controlled(stand, "audit", asked);
      return found.entries.filter((one) => one.entityId === entityId).map(({ kind }) => kind);
    };
    expect(await everywhere({ person: "ada.okafor", field: "phone" })).toEqual(["ruled"]);
    expect(await everywhere({ object: "contact", system: "ops" })).toEqual(["wrote", "created"]);
    expect(await everywhere({ kind: "ruled" })).toEqual(["ruled"]);
    expect(await everywhere({ object: "deal" })).toEqual([]);
    expect(await everywhere({ from: Date.now() + 60_000 })).toEqual([]);
  });

  it("says where its chain was broken", async () => {
    const pair = await makePair(stand);
    const entityId = await entityOf(pair);
    expect(await controlled(stand, "audit-chain", { entityId })).toMatchObject({
      entries: 1,
      brokenAt: null,
    });
    await stand.worker.d1
      .prepare("UPDATE audit SET detail = '{}' WHERE entity_id = ?1")
      .bind(entityId)
      .run();
    expect(await controlled(stand, "audit-chain", { entityId })).toMatchObject({
      brokenAt: { entry: 0, says: "The values of this entry were changed after it was written." },
    });
  });
});

describe("runs", () => {
  it("of a backfill write only after a dry one", async () => {
    const asked = { kind: "backfill", object: "contact" } as const;
    expect(await control(stand, "run-start", { ...asked, dry: false })).toMatchObject(
      refusal("changed"),
    );
    const { runId } = await controlled(stand, "run-start", { ...asked, dry: true });
    await stand.until(() => stand.log.some(({ line }) => line.run === runId));
    const { runs } = await controlled(stand, "runs", {});
    expect(runs[0]).toMatchObject({ id: runId, state: "done", dry: true, progress: 1 });
    const turn = { runId, turn: "pause" } as const;
    expect(await control(stand, "run-turn", turn)).toMatchObject(refusal("changed"));
    expect(await controlled(stand, "run-start", { ...asked, dry: false })).toMatchObject({
      started: true,
    });
    await stand.quiet();
  });

  it("of a baseline tell how many of the records that belong together differ", async () => {
    await makePair(stand);
    const asked = { kind: "baseline", object: "contact", dry: true } as const;
    const { runId } = await controlled(stand, "run-start", asked);
    await stand.until(() => stand.log.some(({ line }) => line.run === runId));
    const { runs } = await controlled(stand, "runs", {});
    expect(runs[0]).toMatchObject({ id: runId, state: "done", forecast: null });
    expect(runs[0]?.baseline?.errorRate).toBeGreaterThanOrEqual(0);
    const says = runs[0]?.baseline?.counts.map((one) => one.says);
    expect(says).toContain("Records that are the same everywhere");
  });

  it("tell what they found, and how far all agrees", async () => {
    const findings = await controlled(stand, "run-findings", {
      runId: (await controlled(stand, "runs", {})).runs[0]!.id,
    });
    expect(findings.cursor).toBeNull();
    const parity = await controlled(stand, "parity", { object: "contact" });
    expect(parity.fields.map(({ field }) => field)).toContain("phone");
    expect(await control(stand, "parity", { object: "nothing" })).toMatchObject(
      refusal("not_found"),
    );
  });
});

describe("systems", () => {
  it("are in trouble while their calls fail, and well again after the next", async () => {
    const stateOf = async (name: string) => {
      const { systems } = await controlled(stand, "systems", {});
      return systems.find(({ system }) => system === name);
    };
    const pair = await makePair(stand);
    expect(await stateOf("hubspot")).toMatchObject({ state: "ok", credentials: "ok" });
    const revoked = stand.hubspot.faults.add({ kind: "token_revoked" });
    const refused = await controlled(stand, "system-check", { system: "hubspot" });
    expect(refused.state).toBe("refused");
    expect(await stateOf("hubspot")).toMatchObject({ state: "trouble", credentials: "refused" });
    revoked.remove();
    const entityId = await entityOf(pair);
    await controlled(stand, "record", { entityId });
    expect(await stateOf("hubspot")).toMatchObject({ state: "ok", credentials: "ok" });
    const { lastError } = (await stateOf("hubspot"))!;
    expect(lastError?.message).toContain("401");
  });

  it("are paused and let go at any scope, and nothing that does not exist", async () => {
    for (const scope of ["all", "system:ops", "object:contact", "field:contact.phone"]) {
      await controlled(stand, "pause", { scope, reason: "a test" });
      const { pauses } = await controlled(stand, "systems", {});
      expect(pauses.map((one) => one.scope)).toEqual([scope]);
      await controlled(stand, "resume", { scope });
    }
    for (const scope of ["system:nothing", "object:nothing", "field:contact.nothing", "record:x"]) {
      const asked = { scope, reason: "a test" };
      expect(await control(stand, "pause", asked)).toMatchObject(refusal("not_found"));
    }
  });
});

describe("a proposed rule", () => {
  it("is one, whoever wishes it, answered once, with the change it would be", async () => {
    const db = database(stand.worker.d1);
    const policy = { rule: "prefer", system: "ops" } as const;
    const wish = (id: string, person: { id: string; name: string }) =>
      propose(db, {
        id,
        object: "contact",
        field: "phone",
        policy,
        rulesVersion: 1,
        entityId: null,
        person,
        at: 5,
      });
    const { id } = await wish("p1", { id: "1", name: "Nora" });
    expect(await wish("p2", { id: "2", name: "Omar" })).toEqual({ id, isNew: false });
    expect((await controlled(stand, "overview", {})).proposalsWaiting).toBe(1);
    const { proposals } = await controlled(stand, "policies", {});
    expect(proposals).toMatchObject([
      {
        id,
        fieldLabel: "Phone",
        now: "A person decides between changes.",
        proposed: "Operations wins where it changed too, else the latest change.",
        by: "Nora",
        state: "waiting",
      },
    ]);
    const change = proposals[0]?.change ?? "";
    expect(change).toContain('policy: { rule: "prefer", system: "ops" },');
    const answers = await Promise.all(
      (["accept", "decline"] as const).map((answer) =>
        control(stand, "proposal-answer", { proposalId: id, answer, note: "agreed" }),
      ),
    );
    expect(answers.filter(({ ok }) => ok)).toMatchObject([{ data: { proposal: { change } } }]);
    expect(answers.filter(({ ok }) => !ok)).toMatchObject([refusal("settled")]);
    const [accepted] = (await controlled(stand, "policies", {})).proposals;
    const again = accepted?.state === "accepted" ? "accept" : "decline";
    const repeated = { proposalId: id, answer: again, note: "agreed" } as const;
    expect(await control(stand, "proposal-answer", repeated)).toMatchObject({ ok: true });
    const acts = await rows(stand, "SELECT entry FROM audit WHERE detail LIKE '%answer_proposal%'");
    expect(acts).toHaveLength(1);
    expect(await wish("p3", { id: "2", name: "Omar" })).toEqual({ id: "p3", isNew: true });
  });
});

describe("a brake", () => {
  it("lets go of what it holds in slices, the oldest first", async () => {
    const pairs = [await makePair(stand), await makePair(stand), await makePair(stand)];
    const subject = "brake:ops/contact";
    await stand.worker.d1.batch([
      stand.worker.d1.prepare(
        `INSERT INTO brakes (system, object, window_at, writes, blanks, deletes, released)
         VALUES ('ops', 'contact', 0, 9, 0, 0, 0)
         ON CONFLICT DO UPDATE SET window_at = 0`,
      ),
      stand.worker.d1
        .prepare(
          `INSERT INTO exceptions (id, kind, subject, object, system, status, detail, opened_at,
                                   changed_at)
           VALUES ('brake1', 'brake', ?1, 'contact', 'ops', 'open', '{"writesMax":9}', 5, 5)`,
        )
        .bind(subject),
      ...pairs.map(({ contactId }, index) =>
        stand.worker.d1
          .prepare(
            `INSERT INTO pokes (system, object, record_id, arrivals, first_at, last_at, due_at,
                                attempt, lane, held_by)
             VALUES ('hubspot', 'contact', ?1, 1, ?2, ?2, ?2, 0, 'event', ?3)`,
          )
          .bind(contactId, index, subject),
      ),
    ]);
    const held = async () => (await controlled(stand, "systems", {})).brakes;
    expect(await held()).toMatchObject([
      { system: "ops", object: "contact", held: 3, since: 5, systemLabel: "Operations" },
    ]);
    const slice = { system: "ops", object: "contact", count: 2 };
    expect(await controlled(stand, "release", slice)).toEqual({ released: 2 });
    const waiting = async () =>
      (await rows<{ record_id: string }>(stand, "SELECT record_id FROM pokes")).map(
        ({ record_id: id }) => id,
      );
    await expect.poll(waiting, { timeout: 10_000 }).toEqual([pairs[2]!.contactId]);
    expect(await held()).toMatchObject([{ held: 1 }]);
    await controlled(stand, "release", { ...slice, count: null });
    await stand.quiet();
    expect(await held()).toEqual([]);
  });
});

describe("settings", () => {
  it("are changed by one of two people who change at once; the other is told", async () => {
    const { version, thresholds } = await controlled(stand, "settings", {});
    const both = await Promise.all(
      [10, 20].map((openExceptionsMax) =>
        control(stand, "settings-save", {
          version,
          thresholds: { ...thresholds, openExceptionsMax },
        }),
      ),
    );
    const refused = both.filter((one) => !one.ok);
    expect(refused).toMatchObject([refusal("changed")]);
    const acts = await rows(
      stand,
      "SELECT entry FROM audit WHERE detail LIKE '%openExceptionsMax\":_0%'",
    );
    expect(acts).toHaveLength(1);
    const after = await controlled(stand, "settings", {});
    expect(after).toMatchObject({ version: version + 1, changedBy: ada.userEmail });
  });

  it("turn a channel off, and send a test to one that is there", async () => {
    const { version } = await controlled(stand, "settings", {});
    const { messages } = stand.slack;
    const sent = await controlled(stand, "channel-test", { channel: "slack" });
    expect(sent).toMatchObject({ sent: true });
    expect(JSON.stringify(messages.at(-1))).toContain("Test message of CRM Sync");
    const absent = await controlled(stand, "channel-test", { channel: "telegram" });
    expect(absent.sent).toBe(false);
    const off = [{ channel: "slack" as const, isOn: false, kinds: [] }];
    await controlled(stand, "settings-save", { version, channels: off });
    const before = messages.length;
    await makeConflict(stand);
    expect(messages).toHaveLength(before);
    const kinds = [{ channel: "slack" as const, isOn: true, kinds: ["refused"] }];
    await controlled(stand, "settings-save", { version: version + 1, channels: kinds });
    await makeConflict(stand);
    expect(messages).toHaveLength(before);
    const on = [{ channel: "slack" as const, isOn: true, kinds: [] }];
    await controlled(stand, "settings-save", { version: version + 2, channels: on });
    await makeConflict(stand);
    expect(messages).toHaveLength(before + 1);
  });

  it("give nobody admin by default", async () => {
    const { version } = await controlled(stand, "settings", {});
    const asked = { version, defaultRole: { role: "admin" } } as const;
    expect(await control(stand, "settings-save", asked)).toMatchObject(refusal("bad_request"));
  });

  it("stand beside the rules, in words", async () => {
    const { objects } = await controlled(stand, "policies", {});
    const owner = objects
      .find(({ key }) => key === "contact")
      ?.fields.find(({ key }) => key === "owner");
    expect(owner).toMatchObject({
      rule: "HubSpot owns it; changes elsewhere go back.",
      changedBy: "Only HubSpot",
      properties: { HubSpot: "hubspot_owner_id", Operations: "account_owner" },
    });
  });
});
