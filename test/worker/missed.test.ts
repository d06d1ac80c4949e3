/** What nobody told us of: a scan finds it, puts it right, and says what it was. */
import { afterEach, describe, expect, it } from "vitest";
import type { Run } from "../../worker/store/runs.ts";
import { createScanWorld, type Ids, type ScanWorld, systems } from "./scan-world.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

let world: ScanWorld;
afterEach(() => world.end());

function begin(entities: number): Ids[] {
  world = createScanWorld({ entities });
  const all = world.seed();
  world.advance(hourMs);
  return all;
}

const titles = ({ hubspot, ops, desk }: Ids) => [
  world.doubles.hubspot.portal.state.records["0-1"]?.[hubspot]?.history.jobtitle?.[0]?.value,
  world.doubles.ops.record("customers", ops)?.role,
  world.doubles.desk.record("customers", desk)?.role,
];
const alike = (title: string) => [title, title, title];
const open = () =>
  world.d1.all("SELECT kind, system FROM exceptions WHERE status <> 'settled' ORDER BY kind");
const found = ({ counters }: Run) => {
  const { differing, moving, missing, extra, back, repaired, excepted, waiting } = counters;
  return { differing, moving, missing, extra, back, repaired, excepted, waiting };
};
const nothing = {
  differing: 0,
  moving: 0,
  missing: 0,
  extra: 0,
  back: 0,
  repaired: 0,
  excepted: 0,
  waiting: 0,
};

/** A second scan finds and writes nothing but its own start. */
async function isQuiet() {
  world.advance(hourMs);
  world.figures.rowsWritten = 0;
  expect(found(await world.run())).toEqual(nothing);
  expect(world.figures.rowsWritten).toBe(1);
}

/** The database as it is now, to be put back later. */
function backup(): () => void {
  const { d1 } = world;
  const tables = d1
    .all("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .map(({ name }) => String(name));
  for (const name of tables) d1.all(`CREATE TABLE kept_${name} AS SELECT * FROM ${name}`);
  return () => {
    for (const name of tables) {
      d1.all(`DELETE FROM ${name}`);
      d1.all(`INSERT INTO ${name} SELECT * FROM kept_${name}`);
    }
  };
}

describe("events that never came", () => {
  it.each([
    ["an hour", hourMs],
    ["a day", dayMs],
    ["a week", 7 * dayMs],
  ])("for %s are made good by the next scan, which says what it found", async (_what, ms) => {
    const all = begin(250);
    const step = () => world.advance(ms / 6);
    step();
    world.edit("hubspot", all[3]!.hubspot, "Captain");
    step();
    world.edit("ops", all[120]!.ops, "Pilot");
    // Two edits of one record, in two systems: the later one wins.
    world.edit("desk", all[130]!.desk, "Cook");
    step();
    world.edit("ops", all[130]!.ops, "Baker");
    // There and back again is nothing.
    world.edit("hubspot", all[140]!.hubspot, "Mate");
    world.edit("hubspot", all[140]!.hubspot, "Engineer");
    step();
    world.create("desk", "stranger@example.com", "Guest");
    world.doubles.ops.person("Dev").archive("customers", all[200]!.ops);
    step();
    // One whom both sides should be asked about.
    world.edit("hubspot", all[7]!.hubspot, "a@example.com", "email");
    world.edit("ops", all[7]!.ops, "b@example.com", "email");
    step();
    const run = await world.run();
    expect(found(run)).toEqual({
      ...nothing,
      differing: 6,
      extra: 1,
      missing: 1,
      repaired: 5,
      excepted: 3,
    });
    expect(titles(all[3]!)).toEqual(alike("Captain"));
    expect(titles(all[120]!)).toEqual(alike("Pilot"));
    expect(titles(all[130]!)).toEqual(alike("Baker"));
    expect(titles(all[140]!)).toEqual(alike("Engineer"));
    expect(world.doubles.ops.records("customers").at(-1)).toMatchObject({ role: "Guest" });
    expect(open()).toEqual([
      { kind: "conflict", system: null },
      { kind: "gone", system: "ops" },
    ]);
    await isQuiet();
  });

  it("of which some came and some did not leave nothing behind", async () => {
    const all = begin(300);
    const edited = Array.from({ length: 60 }, (_, index) => all[index * 5]!);
    for (const [index, ids] of edited.entries()) {
      const system = systems[index % 3]!;
      world.edit(system, ids[system], `Title ${index}`);
      if (world.random.below(2) === 0) await world.poke(system, ids[system]);
      world.advance(60_000);
    }
    world.advance(hourMs);
    const run = await world.run();
    expect(run.counters.differing).toBeGreaterThan(10);
    expect(run.counters.differing).toBeLessThan(50);
    expect(run.counters.repaired).toBe(run.counters.differing);
    for (const [index, ids] of edited.entries()) {
      expect(titles(ids)).toEqual(alike(`Title ${index}`));
    }
    await isQuiet();
  });
});

describe("a database that was restored to an older state", () => {
  it("is brought up to date from the systems, and nothing is made or written twice", async () => {
    const all = begin(250);
    const restore = backup();
    world.advance(hourMs);
    // What happened since is in every system, and was in the database.
    for (const [index, ids] of all.slice(0, 30).entries()) {
      world.edit("ops", ids.ops, `Title ${index}`);
      await world.poke("ops", ids.ops);
    }
    const born = Array.from({ length: 5 }, (_, index) =>
      world.create("desk", `new${index}@example.com`, "Guest"),
    );
    for (const id of born) await world.poke("desk", id);
    await world.settle();
    world.advance(hourMs);
    restore();
    // And this only in one.
    world.edit("hubspot", all[10]!.hubspot, "Captain");
    world.edit("desk", all[90]!.desk, "Cook");
    world.advance(hourMs);

    const run = await world.run();
    // Thirty records in three systems and one more; five are unknown until the last walk.
    expect(found(run)).toMatchObject({ differing: 91, extra: 10, missing: 0, excepted: 0 });
    expect(titles(all[10]!)).toEqual(alike("Captain"));
    expect(titles(all[11]!)).toEqual(alike("Title 11"));
    expect(titles(all[90]!)).toEqual(alike("Cook"));
    for (const tool of ["ops", "desk"] as const) {
      expect(world.doubles[tool].records("customers")).toHaveLength(255);
    }
    expect(world.d1.all("SELECT count(*) AS count FROM entities")).toEqual([{ count: 255 }]);
    expect(open()).toEqual([]);
    await world.settle();
    await isQuiet();
  });

  it("takes what it thinks is under way for what it is: long done", async () => {
    const all = begin(40);
    world.edit("ops", all[5]!.ops, "Pilot");
    // Killed between intent and commit, backed up in that very state, and gone on with since.
    const intents = () => world.d1.all("SELECT entity_id FROM intents").length;
    for (let steps = 6; intents() === 0 && steps < 60; steps += 1) {
      world.killAfter(steps);
      const death = world.killed();
      await Promise.race([world.poke("ops", all[5]!.ops), death]);
    }
    world.spare();
    expect(intents()).toBe(1);
    const restore = backup();
    world.advance(hourMs);
    await world.poke("ops", all[5]!.ops);
    world.edit("desk", all[5]!.desk, "Cook");
    await world.poke("desk", all[5]!.desk);
    expect(titles(all[5]!)).toEqual(alike("Cook"));
    world.advance(hourMs);
    restore();
    await world.run();
    await world.settle();
    expect(titles(all[5]!)).toEqual(alike("Cook"));
    expect(open()).toEqual([]);
    await isQuiet();
  });
});
