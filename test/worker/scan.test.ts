import { afterEach, describe, expect, it } from "vitest";
import { startDue, workRun } from "../../worker/jobs/scan.ts";
import { loadRun, runs, startRun, turnRun } from "../../worker/store/runs.ts";
import {
  budget,
  createScanWorld,
  type Ids,
  type ScanWorld,
  type SystemName,
  systems,
} from "./scan-world.ts";

const hourMs = 3_600_000;

let world: ScanWorld;
afterEach(() => world.end());

/** Entities that agree, unchanged for an hour. */
function begin(entities: number, options: Partial<Parameters<typeof createScanWorld>[0]> = {}) {
  world = createScanWorld({ entities, ...options });
  const all = world.seed();
  world.advance(hourMs);
  return all;
}

const titleIn = (system: SystemName, ids: Ids): string | null => {
  const { hubspot, ...tools } = world.doubles;
  return system === "hubspot"
    ? (hubspot.portal.state.records["0-1"]?.[ids.hubspot]?.history.jobtitle?.[0]?.value ?? null)
    : (tools[system].record("customers", ids[system])?.role as string | null);
};

const everywhere = (ids: Ids) => systems.map((system) => titleIn(system, ids));
const open = () => world.d1.all("SELECT kind, system FROM exceptions WHERE status <> 'settled'");
const kinds = (runId: string) =>
  world.findings(runId).map(({ system, record_id: id, kind }) => `${system} ${id} ${kind}`);

describe("a scan", () => {
  it("of records that agree writes nothing, and asks for each page once", async () => {
    begin(250);
    const run = await world.run();
    expect(run).toMatchObject({ state: "done", counters: { read: 750, pages: 9, calls: 9 } });
    expect(run.counters).toMatchObject({ differing: 0, moving: 0, missing: 0, extra: 0 });
    expect(world.figures.lists).toBe(9);
    // The start of the run is the one act that is audited.
    expect(world.figures.rowsWritten).toBe(1);
  });

  it("finds what was edited unseen in any system, and puts it right", async () => {
    const all = begin(250);
    world.edit("hubspot", all[7]!.hubspot, "Captain");
    world.edit("ops", all[120]!.ops, "Pilot");
    world.edit("desk", all[249]!.desk, "Cook");
    world.advance(hourMs);
    const run = await world.run();
    expect(run.counters).toMatchObject({ differing: 3, repaired: 3, excepted: 0, waiting: 0 });
    expect(kinds(run.id)).toEqual([
      `desk ${all[249]!.desk} drift`,
      `hubspot ${all[7]!.hubspot} drift`,
      `ops ${all[120]!.ops} drift`,
    ]);
    expect(everywhere(all[7]!)).toEqual(["Captain", "Captain", "Captain"]);
    expect(everywhere(all[120]!)).toEqual(["Pilot", "Pilot", "Pilot"]);
    expect(everywhere(all[249]!)).toEqual(["Cook", "Cook", "Cook"]);

    world.figures.rowsWritten = 0;
    world.advance(hourMs);
    const again = await world.run();
    expect(again.counters).toMatchObject({ read: 750, differing: 0, moving: 0 });
    expect(world.figures.rowsWritten).toBe(1);
  });

  it.each(systems)("finds a blank that was never noted in %s", async (system) => {
    const [one] = begin(3);
    const ids = one!;
    for (const name of systems) world.edit(name, ids[name], name === system ? null : "Pilot");
    world.d1.all(
      `UPDATE entities SET base = json_remove(base, '$.job_title'),
         seen = json_set(json_remove(seen, '$.' || ?1 || '.job_title'),
           '$.' || ?2 || '.job_title', 'Pilot', '$.' || ?3 || '.job_title', 'Pilot')
       WHERE id = (SELECT entity_id FROM links WHERE system = ?1 AND record_id = ?4)`,
      system,
      ...systems.filter((name) => name !== system),
      ids[system],
    );
    world.advance(hourMs);
    const run = await world.run();
    expect(kinds(run.id)).toEqual([`${system} ${ids[system]} drift`]);
    expect(everywhere(ids)).toEqual(["Pilot", "Pilot", "Pilot"]);
  });

  it("raises what the rules leave to a person, and does not find it again", async () => {
    const [one] = begin(20);
    world.edit("hubspot", one!.hubspot, "a@example.com", "email");
    world.edit("ops", one!.ops, "b@example.com", "email");
    world.advance(hourMs);
    const run = await world.run();
    expect(run.counters).toMatchObject({ differing: 2, repaired: 0, excepted: 2 });
    world.advance(hourMs);
    expect((await world.run()).counters).toMatchObject({ differing: 0, moving: 0 });
  });

  it("finds a record that is gone by asking for it, and tells of it once", async () => {
    const all = begin(250);
    world.doubles.ops.person("Dev").archive("customers", all[100]!.ops);
    world.doubles.desk.person("Dev").erase("customers", all[249]!.desk);
    world.advance(hourMs);
    const run = await world.run();
    expect(run.counters).toMatchObject({ read: 748, missing: 2, excepted: 2, differing: 0 });
    expect(kinds(run.id)).toEqual([
      `desk ${all[249]!.desk} missing`,
      `ops ${all[100]!.ops} missing`,
    ]);
    expect(world.figures.lists).toBe(9);
    world.figures.rowsWritten = 0;
    const again = await world.run();
    expect(again.counters).toMatchObject({ missing: 0 });
    expect(world.figures.rowsWritten).toBe(1);
  });

  it("finds an entity once that is gone everywhere", async () => {
    const [one] = begin(20);
    const { rules } = world.lanes.scan;
    const contact = { ...rules.objects.contact!, deletes: "archive" as const };
    const scan = { ...world.lanes.scan, rules: { ...rules, objects: { contact } } };
    world.doubles.ops.person("Dev").archive("customers", one!.ops);
    const missing: unknown[] = [];
    for (let run = 0; run < 3; run += 1) {
      world.advance(hourMs);
      const { id } = await world.start();
      await workRun({ scan, backfill: scan }, id);
      missing.push((await loadRun(world.db(), id))?.counters.missing);
    }
    expect(world.doubles.desk.record("customers", one!.desk)?.archived).toBe(true);
    expect(missing).toEqual([1, 0, 0]);
  });

  it("takes no record for gone that a list leaves out", async () => {
    const all = begin(250);
    const { ops } = world.lanes.scan.connectors;
    const list = ops!.list!;
    Object.assign(ops!, {
      list: async (...asked: Parameters<typeof list>) => {
        const page = await list(...asked);
        return { ...page, items: page.items.filter(({ id }) => id !== all[50]!.ops) };
      },
    });
    const run = await world.run();
    expect(run.counters).toMatchObject({ read: 749, missing: 0, calls: 10 });
    expect(open()).toEqual([]);
  });

  it("finds a record that is back, and settles what was asked about it", async () => {
    const [one] = begin(20);
    world.doubles.ops.person("Dev").archive("customers", one!.ops);
    world.advance(hourMs);
    await world.run();
    expect(open()).toEqual([{ kind: "gone", system: "ops" }]);
    world.doubles.ops.person("Dev").restore("customers", one!.ops);
    world.advance(hourMs);
    const run = await world.run();
    expect(run.counters).toMatchObject({ back: 1, repaired: 1, missing: 0 });
    expect(open()).toEqual([]);
    expect((await world.run()).counters).toMatchObject({ back: 0, differing: 0, moving: 0 });
  });

  it("finds all that is gone when a system has lost most of its records", async () => {
    const all = begin(1_200);
    for (const { ops } of all.slice(100, 1_100)) {
      world.doubles.ops.person("Dev").erase("customers", ops);
    }
    world.advance(hourMs);
    const run = await world.run("baseline", true);
    expect(run.counters).toMatchObject({ read: 2_600, missing: 1_000, differing: 0, extra: 0 });
    // Whatever it asked for is counted: pages, some in vain, and a thousand records by themselves.
    const reads = Math.ceil(1_000 / 100);
    expect(run.counters.calls).toBeGreaterThanOrEqual(world.figures.lists + reads);
  });

  it("has a record adopted that no entity knows", async () => {
    begin(150);
    world.create("desk", "stranger@example.com", "Guest");
    world.advance(hourMs);
    const run = await world.run();
    expect(run.counters).toMatchObject({ extra: 1, repaired: 1, differing: 0 });
    expect(world.doubles.ops.records("customers").at(-1)).toMatchObject({
      email: "stranger@example.com",
    });
    world.advance(hourMs);
    expect((await world.run()).counters).toMatchObject({ extra: 0, differing: 0, moving: 0 });
  });

  it("keeps fields the same that are left to scheduled scans", async () => {
    const [one] = begin(20);
    world.edit("ops", one!.ops, "Quist", "family_name");
    await world.poke("ops", one!.ops);
    world.advance(hourMs);
    const run = await world.run();
    expect(run.counters).toMatchObject({ scheduled: 1, differing: 0, repaired: 1 });
    expect(world.doubles.desk.record("customers", one!.desk)).toMatchObject({
      family_name: "Quist",
    });
  });

  it("calls nothing drift that changes while it runs, and misses nothing", async () => {
    const all = begin(600);
    const edited = new Set<Ids>();
    let edits = 0;
    world.hooks.listed = async () => {
      // Before, in and after the page just asked for, in any system; of some an event comes in.
      for (let more = 0; more < 3; more += 1) {
        edits += 1;
        const ids = all[world.random.below(all.length)]!;
        const system = systems[world.random.below(3)]!;
        world.edit(system, ids[system], `Title ${edits}`);
        if (world.random.below(3) === 0) await world.poke(system, ids[system]);
        edited.add(ids);
      }
    };
    const run = await world.run();
    expect(run.counters).toMatchObject({ differing: 0, missing: 0, extra: 0 });
    expect(run.counters.moving).toBeGreaterThan(5);
    world.hooks.listed = async () => {};
    world.advance(hourMs);
    await world.run();
    for (const ids of edited) expect(new Set(everywhere(ids)).size).toBe(1);
    world.advance(hourMs);
    expect((await world.run()).counters).toMatchObject({ differing: 0, moving: 0 });
  });

  it("goes on where it was, whenever its worker is killed", async () => {
    const all = begin(600);
    const wrong = Array.from({ length: 40 }, (_, index) => all[index * 15]!);
    for (const [index, ids] of wrong.entries()) {
      const system = systems[index % 3]!;
      world.edit(system, ids[system], `Title ${index}`);
    }
    world.advance(hourMs);
    let kills = 0;
    const killAgain = () => {
      if (kills === 20) return;
      kills += 1;
      world.killAfter(world.random.below(9));
    };
    world.hooks.died = killAgain;
    killAgain();
    const run = await world.run();
    expect(kills).toBe(20);
    expect(run).toMatchObject({ state: "done", resumed: 20 });
    expect(run.counters).toMatchObject({ read: 1_800, pages: 18, missing: 0, extra: 0 });
    expect(world.findings(run.id)).toHaveLength(40);
    expect(world.figures.lists).toBeLessThanOrEqual(18 + 20);
    for (const [index, ids] of wrong.entries()) {
      expect(everywhere(ids)).toEqual(systems.map(() => `Title ${index}`));
    }
  });

  it("leaves alone who waits for a person already", async () => {
    const [one, two] = begin(20);
    world.edit("ops", one!.ops, "Pilot");
    await world.hold("ops", one!.ops, "pause:system:desk");
    // Two of one address, and one in each other system: which of them is it?
    for (const system of ["hubspot", "ops"] as const) world.create(system, "twin@example.com");
    world.d1.all("DELETE FROM links WHERE record_id = ?1", two!.desk);
    world.edit("desk", two!.desk, "twin@example.com", "email");
    world.advance(hourMs);
    await world.run();
    world.advance(hourMs);
    world.figures.rowsWritten = 0;
    const run = await world.run();
    expect(run.counters).toMatchObject({ differing: 0, extra: 0, moving: 0, scheduled: 0 });
    expect(world.figures.rowsWritten).toBe(1);
    expect(world.waiting()).toEqual([{ record_id: one!.ops, held_by: "pause:system:desk" }]);
  });

  it("lets a record be that is being written, though its systems differ", async () => {
    const [one] = begin(20);
    world.d1.all(
      "UPDATE entities SET seen = json_set(seen, '$.ops.job_title', 'Pilot') WHERE id = ?1",
      "e000000000",
    );
    world.edit("ops", one!.ops, "Pilot");
    world.d1.all(
      `INSERT INTO intents (entity_id, version, commit_id, planned_at, writes)
       VALUES ('e000000000', 1, 'c', ?1, '[]')`,
      world.now(),
    );
    expect((await world.run("baseline", true)).counters).toMatchObject({ differing: 0 });
    world.d1.all("DELETE FROM intents");
    world.advance(hourMs);
    expect((await world.run("baseline", true)).counters).toMatchObject({ differing: 1 });
  });

  it("pauses when the brake goes on, until a person lets it go on", async () => {
    const all = begin(300);
    const { lanes } = world;
    const rules = { ...lanes.scan.rules, brake: { ...lanes.scan.rules.brake, writesMax: 50 } };
    for (const { ops } of all.slice(0, 150)) world.edit("ops", ops, "Pilot");
    world.advance(hourMs);
    const { id } = await world.start();
    const scan = { ...lanes.scan, rules };
    await workRun({ scan, backfill: scan }, id);
    const run = await loadRun(world.db(), id);
    expect(run).toMatchObject({ state: "paused", note: expect.stringContaining("brake") });
    expect(run?.counters.waiting).toBeGreaterThan(0);
  });

  it("holds and asks where a system has lost many records, and deletes none", async () => {
    const all = begin(600);
    const { rules } = world.lanes.scan;
    const contact = { ...rules.objects.contact!, deletes: "archive" as const };
    const brake = { ...rules.brake, deletesMax: 1_000 };
    const announced: string[] = [];
    const announce = async (ids: readonly string[]) => void announced.push(...ids);
    const scan = {
      ...world.lanes.scan,
      announce,
      rules: { ...rules, brake, objects: { contact } },
    };
    for (const { ops } of all.slice(100, 340)) {
      world.doubles.ops.person("Dev").archive("customers", ops);
    }
    world.advance(hourMs);
    const { id } = await world.start();
    const work = async () => {
      while ((await workRun({ scan, backfill: scan }, id)).kind === "again") world.advance(1_000);
    };
    const archived = () =>
      world.doubles.desk.records("customers").filter((one) => one.archived).length;
    await work();
    expect(await loadRun(world.db(), id)).toMatchObject({
      state: "paused",
      note: expect.stringContaining("gone from Operations"),
    });
    expect(archived()).toBeLessThanOrEqual(100);
    const asked = () =>
      world.d1.all("SELECT id, system, status, resolution FROM exceptions WHERE kind = 'run'");
    expect(asked()).toMatchObject([{ system: "ops", status: "open" }]);
    expect(announced).toContain(asked()[0]?.id);
    await turnRun(world.db(), id, "resume", world.act());
    expect(asked()).toMatchObject([{ status: "settled", resolution: "resume" }]);
    await work();
    expect(await loadRun(world.db(), id)).toMatchObject({
      state: "done",
      counters: { missing: 240 },
    });
    expect(archived()).toBe(240);
  });

  it("compares references by what they refer to", async () => {
    const all = begin(20);
    const [parent, child] = all;
    const { lanes, d1 } = world;
    const contact = lanes.scan.rules.objects.contact!;
    const type = { kind: "reference", object: "contact" } as const;
    const { hubspot: _none, ...tools } = contact.mappings;
    const mappings = Object.fromEntries(
      Object.entries(tools).map(([system, { fields, ...mapping }]) => {
        const typed = fields.map((one) => (one.field === "job_title" ? { ...one, type } : one));
        return [system, { ...mapping, fields: typed }];
      }),
    );
    const title = { ...contact.fields.job_title!, type };
    const fields = { ...contact.fields, job_title: title };
    const rules = {
      ...lanes.scan.rules,
      rank: ["ops", "desk"],
      objects: { contact: { ...contact, fields, mappings } },
    };
    for (const system of ["ops", "desk"] as const) {
      for (const ids of all) world.edit(system, ids[system], parent![system]);
      d1.all(`UPDATE entities SET seen = json_set(seen, '$.${system}.job_title', 'e000000000')`);
    }
    d1.all("UPDATE entities SET seen = json_remove(seen, '$.hubspot')");
    world.edit("desk", child!.desk, child!.desk);
    world.advance(hourMs);
    const run = { id: "r", kind: "baseline", object: "contact", dry: true } as const;
    await startRun(world.db(), { ...run, systems: ["ops", "desk"] }, world.act());
    const scan = { ...lanes.scan, rules };
    await workRun({ scan, backfill: scan }, "r");
    expect(kinds("r")).toEqual([`desk ${child!.desk} drift`]);
  });

  it("waits while a system refuses, and then goes on", async () => {
    begin(250);
    world.doubles.hubspot.faults.add({ kind: "ten_secondly", times: 3 });
    world.doubles.ops.faults.downUntil = world.now() + 60_000;
    const run = await world.run();
    expect(run).toMatchObject({ state: "done", note: null, counters: { read: 750, pages: 9 } });
  });

  it("finds what is gone also where a system's pages have no order", async () => {
    const all = begin(250);
    const { desk } = world.lanes.scan.connectors;
    const list = desk!.list!;
    Object.assign(desk!, {
      list: async (...asked: Parameters<typeof list>) => {
        const page = await list(...asked);
        return { ...page, items: page.items.toReversed() };
      },
    });
    world.doubles.desk.person("Dev").erase("customers", all[100]!.desk);
    world.edit("desk", all[30]!.desk, "Cook");
    world.advance(hourMs);
    const run = await world.run();
    expect(run.counters).toMatchObject({ read: 749, missing: 1, differing: 1, extra: 0 });
    expect(everywhere(all[30]!)).toEqual(["Cook", "Cook", "Cook"]);
  });
});

describe("a run", () => {
  it("is the only one of its object, whatever its kind", async () => {
    begin(20);
    const first = await world.start();
    expect(first.started).toBe(true);
    expect(await world.start()).toEqual({ started: false, id: first.id });
    expect(await world.start("baseline", true)).toEqual({ started: false, id: first.id });
    await turnRun(world.db(), first.id, "pause", world.act());
    expect((await world.start()).started).toBe(false);
    await turnRun(world.db(), first.id, "stop", world.act());
    expect((await world.start("baseline", true)).started).toBe(true);
    // A run that failed goes on only when no other is open.
    world.d1.all("UPDATE runs SET state = 'failed' WHERE id = ?1", first.id);
    expect(await turnRun(world.db(), first.id, "resume", world.act())).toBe(false);
  });

  it("is told in pages, the newest first, however many there were", async () => {
    begin(0);
    const ids: string[] = [];
    for (let count = 0; count < 60; count += 1) ids.push((await world.run()).id);
    const first = await runs(world.db(), null);
    const rest = await runs(world.db(), first.cursor);
    expect([...first.runs, ...rest.runs].map(({ id }) => id)).toEqual(ids.toReversed());
    expect([first.runs.length, rest.cursor]).toEqual([50, null]);
    expect(rest.runs[0]).toMatchObject({ startedBy: "ada", state: "done", resumed: 0 });
  });

  it("comes again every day, once a person has let the first one", async () => {
    begin(20);
    expect(await startDue(world.lanes.scan)).toEqual([]);
    await world.run("backfill", true);
    world.advance(25 * hourMs);
    expect(await startDue(world.lanes.scan)).toEqual([]);
    await world.run();
    world.advance(23 * hourMs);
    expect(await startDue(world.lanes.scan)).toEqual([]);
    world.advance(2 * hourMs);
    const [id = ""] = await startDue(world.lanes.scan);
    expect(await loadRun(world.db(), id)).toMatchObject({ kind: "scan", startedBy: "schedule" });
    expect(await startDue(world.lanes.scan)).toEqual([]);
    await world.work([id]);
    expect(await startDue(world.lanes.scan)).toEqual([]);
  });

  it("is passed on before an invocation has asked the thousand queries that it may", async () => {
    world = createScanWorld({ entities: 15_000, crowdFile: ":memory:", hopMs: 100 });
    world.plant();
    world.advance(hourMs);
    const startedAt = world.now();
    const run = await world.run();
    expect(run).toMatchObject({
      state: "done",
      counters: { read: 45_000, pages: 450, calls: 450 },
    });
    const { queriesMax, lists } = world.figures;
    expect([queriesMax > 700, queriesMax < 1_000, lists]).toEqual([true, true, 450]);
    // Each system's budget is what it takes, and a little for two messages and the first pages.
    const floorMs = (150 * budget.windowMs) / budget.windowMax;
    expect((world.now() - startedAt) / floorMs).toBeLessThan(1.06);
  });

  it("asks anew for pages from before a repair, which would show it undone", async () => {
    const all = begin(250);
    for (const { ops } of all.slice(0, 110)) world.edit("ops", ops, "Pilot");
    world.advance(hourMs);
    const run = await world.run();
    expect(run.counters).toMatchObject({ differing: 110, moving: 0, repaired: 110 });
    expect(world.findings(run.id)).toHaveLength(110);
  });

  it("stands still while it is paused, and goes on from there", async () => {
    begin(600);
    const { id } = await world.start();
    let asked = 0;
    world.hooks.listed = async () => {
      asked += 1;
      if (asked === 4) await turnRun(world.db(), id, "pause", world.act());
    };
    const pages = async () => (await loadRun(world.db(), id))?.counters.pages ?? 0;
    await world.work([id]);
    expect(await loadRun(world.db(), id)).toMatchObject({ state: "paused" });
    // Calls that were under way when it was paused come to their end.
    await world.work([id]);
    // The page it was at counts as not done, nor does what was asked for ahead in each system.
    const done = await pages();
    const wasted = asked - done;
    expect(done).toBeLessThan(18);
    expect(wasted).toBeLessThanOrEqual(1 + systems.length);
    await world.work([id]);
    expect([asked - wasted, await pages()]).toEqual([done, done]);
    expect(await turnRun(world.db(), id, "resume", world.act())).toBe(true);
    await world.work([id]);
    expect(await loadRun(world.db(), id)).toMatchObject({ state: "done", counters: { pages: 18 } });
    expect(asked).toBe(18 + wasted);
    expect(await turnRun(world.db(), id, "pause", world.act())).toBe(false);
  });

  it("of a backfill foretells what it would do, and does nothing of it", async () => {
    begin(0);
    const { create, edit } = world;
    const both = ["a@example.com", "b@example.com", "c@example.com"];
    for (const email of both) create("hubspot", email);
    for (const email of both) create("ops", email.toUpperCase());
    const changed = create("ops", "d@example.com", "Cook");
    create("hubspot", "d@example.com");
    create("desk", "e@example.com");
    world.advance(hourMs);
    edit("ops", changed, "Pilot");
    const dry = await world.run("backfill", true);
    expect(dry.checkpoint.forecast).toEqual({
      ambiguous: 0,
      conflict: 0,
      invalid: 0,
      link: 4,
      differing: 1,
      "differs.job_title": 1,
      "duplicate.desk": 0,
      "duplicate.hubspot": 0,
      "duplicate.ops": 0,
      "change.hubspot": 1,
      "create.desk": 4,
      "create.hubspot": 1,
      "create.ops": 1,
      "find.desk": 5,
      "find.hubspot": 1,
      "find.ops": 5,
      "read.desk": 1,
      "read.hubspot": 4,
      "read.ops": 4,
    });
    expect(world.d1.all("SELECT * FROM pokes UNION ALL SELECT * FROM pokes")).toEqual([]);
    expect(world.d1.all("SELECT id FROM entities")).toEqual([]);
    const real = await world.run("backfill");
    expect(real.counters).toMatchObject({ repaired: 9, excepted: 0, waiting: 0 });
    const [entities] = world.d1.all("SELECT count(*) AS count FROM entities");
    expect(entities).toEqual({ count: 5 });
    expect(world.doubles.desk.records("customers")).toHaveLength(5);
  });

  it("that only reports pokes nothing", async () => {
    const all = begin(250);
    world.edit("ops", all[120]!.ops, "Pilot");
    world.create("desk", "stranger@example.com");
    world.doubles.desk.person("Dev").erase("customers", all[3]!.desk);
    world.advance(hourMs);
    const run = await world.run("baseline", true);
    expect(run.counters).toMatchObject({ differing: 1, extra: 1, missing: 1, repaired: 0 });
    expect(titleIn("ops", all[120]!)).toBe("Pilot");
    expect(titleIn("desk", all[120]!)).toBe("Engineer");
    // Its findings, and the act of starting it.
    expect(world.figures.rowsWritten).toBe(4);
  });
});
