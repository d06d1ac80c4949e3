/** Pages of lists on a real D1, while rows come, go and move between two pages. */
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { exceptionFilterSchema } from "../../shared/control.ts";
import { auditSlice } from "../../worker/store/audit-lists.ts";
import { database } from "../../worker/store/database.ts";
import {
  type ExceptionPosition,
  type ExceptionSort,
  exceptionPage,
  positionIn,
} from "../../worker/store/exception-lists.ts";
import { entitiesHolding } from "../../worker/store/explore.ts";
import { giveRole, loadSettings, saveSettings } from "../../worker/store/settings.ts";
import { config } from "../../worker/sync.config.ts";
import { empty, type OpenD1, openD1 } from "./d1.ts";

let open: OpenD1;
beforeAll(async () => {
  open = await openD1();
});
afterAll(() => open.close());
beforeEach(() => empty(open.d1));
const db = () => database(open.d1);

interface Row {
  readonly id: string;
  readonly at: number;
  readonly field: string;
}

async function insert(rows: readonly Row[]): Promise<void> {
  await open.d1
    .prepare(
      `INSERT INTO exceptions (id, kind, subject, object, field, status, detail, opened_at,
                               changed_at)
       SELECT value->>'id', 'conflict', value->>'id', 'contact', value->>'field', 'open', '{}',
              value->>'at', value->>'at'
       FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING`,
    )
    .bind(JSON.stringify(rows))
    .run();
}

const settle = (ids: readonly string[]) =>
  open.d1
    .prepare(
      `UPDATE exceptions SET status = 'settled' WHERE id IN (SELECT value FROM json_each(?1))`,
    )
    .bind(JSON.stringify(ids))
    .run();

const question = {
  filter: exceptionFilterSchema.parse({}),
  asOf: null,
  owners: null,
  now: 1_000_000,
};

const rowArbitrary = fc.record({
  id: fc.stringMatching(/^[a-z]{3}$/),
  at: fc.integer({ min: 1, max: 6 }),
  field: fc.constantFrom("phone", "email"),
});
const rowsArbitrary = fc.uniqueArray(rowArbitrary, { selector: ({ id }) => id, maxLength: 12 });

describe("pages of open exceptions", () => {
  it("show each that stays exactly once, whatever is settled or opened in between", async () => {
    await fc.assert(
      fc.asyncProperty(
        rowsArbitrary,
        fc.array(fc.tuple(rowsArbitrary, fc.array(fc.nat(11))), { maxLength: 6 }),
        fc.constantFrom<ExceptionSort>("oldest", "newest", "critical"),
        async (rows, events, sort) => {
          await empty(open.d1);
          await insert(rows);
          const gone = new Set<string>();
          const shown: string[] = [];
          let after: ExceptionPosition | null = null;
          for (let page = 0; ; page += 1) {
            const { items } = await exceptionPage(db(), config, question, {
              sort,
              after,
              limit: 2,
            });
            shown.push(...items.map(({ id }) => id));
            const last = items.at(-1);
            if (last === undefined) break;
            after = positionIn(config, sort, last);
            const [arriving = [], leaving = []] = events[page] ?? [];
            const leavers = leaving.flatMap((index) => rows[index]?.id ?? []);
            await settle(leavers);
            for (const id of leavers) gone.add(id);
            await insert(arriving);
          }
          expect(new Set(shown).size).toBe(shown.length);
          const stayed = rows.filter(({ id }) => !gone.has(id)).map(({ id }) => id);
          expect(shown).toEqual(expect.arrayContaining(stayed));
        },
      ),
      { numRuns: 25 },
    );
  });

  it("stand in the order that was asked for", async () => {
    await insert([
      { id: "a", at: 1, field: "phone" },
      { id: "b", at: 2, field: "email" },
      { id: "c", at: 2, field: "phone" },
    ]);
    const ids = async (sort: ExceptionSort) => {
      const page = { sort, after: null, limit: 9 };
      return (await exceptionPage(db(), config, question, page)).items.map(({ id }) => id);
    };
    expect(await ids("oldest")).toEqual(["a", "b", "c"]);
    expect(await ids("newest")).toEqual(["c", "b", "a"]);
    expect(await ids("critical")).toEqual(["b", "a", "c"]);
  });
});

describe("settings", () => {
  it("of two that were changed from one version are kept once, and audited once", async () => {
    const before = await loadSettings(db());
    const act = (by: string) => ({ by, at: 5, salt: by });
    const formats = { locale: "de-DE", timeZone: null, currency: null };
    const holder = { kind: "user", id: "1" } as const;
    const given = { holder, label: "Ada", role: { role: "operator" } } as const;
    const kept = await Promise.all([
      saveSettings(db(), before, { formats }, act("ada")),
      giveRole(db(), before, given, act("ben")),
    ]);
    expect(kept.toSorted()).toEqual([false, true]);
    expect(await giveRole(db(), before, given, act("ben"))).toBe(false);
    const after = await loadSettings(db());
    expect(after.version).toBe(before.version + 1);
    expect(after.roles).toHaveLength(kept[1] ? 1 : 0);
    const audit = await open.d1.prepare("SELECT count(*) AS acts FROM audit").first("acts");
    expect(audit).toBe(1);
  });
});

describe("slices of the audit", () => {
  it("look through everything once, however small they are", async () => {
    const entries = Array.from({ length: 23 }, (_, index) => ({
      entity: `e${index % 3}`,
      entry: Math.floor(index / 3),
      at: Math.floor(index / 2),
      text: index % 4 === 0 ? "Wanted" : "other",
    }));
    await open.d1
      .prepare(
        `INSERT INTO audit (entity_id, entry, at, kind, detail)
         SELECT value->>'entity', value->>'entry', value->>'at', 'wrote',
                json_object('says', value->>'text') FROM json_each(?1)`,
      )
      .bind(JSON.stringify(entries))
      .run();
    for (const [limit, scanned] of [
      [1, 3],
      [2, 5],
      [50, 7],
      [3, 100],
    ] as const) {
      const found: string[] = [];
      let after: Awaited<ReturnType<typeof auditSlice>>["next"] = null;
      do {
        const asked = { from: 0, to: 99, kind: "wrote", object: null, holding: ["wANTED"], after };
        const slice = await auditSlice(db(), asked, { limit, scanned });
        expect(slice.entries.length).toBeLessThanOrEqual(limit);
        found.push(...slice.entries.map(({ entityId, entry }) => `${entityId}/${entry}`));
        after = slice.next;
      } while (after !== null);
      const wanted = entries
        .filter(({ text }) => text === "Wanted")
        .toSorted((a, b) => b.at - a.at || (a.entity < b.entity ? 1 : -1))
        .map(({ entity, entry }) => `${entity}/${entry}`);
      expect(found).toEqual(wanted);
    }
  });
});

describe("entities looked through", () => {
  it("are found once each, a few at a time", async () => {
    await open.d1
      .prepare(
        `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19)
         INSERT INTO entities (id, object, version, commit_id, base, seen, audit_entries,
                               created_at)
         SELECT printf('e%02d', i), 'contact', 1, 'c',
                json_object('first_name', iif(i % 3, 'Omar', 'Nora')), '{}', 0, 0 FROM n`,
      )
      .run();
    const found: string[] = [];
    let after: string | null = "";
    while (after !== null) {
      const page: Awaited<ReturnType<typeof entitiesHolding>> = await entitiesHolding(
        db(),
        ["NORA"],
        after,
        { limit: 2, scanned: 4 },
      );
      found.push(...page.ids);
      after = page.next;
    }
    expect(found).toEqual(["e00", "e03", "e06", "e09", "e12", "e15", "e18"]);
  });
});
