import { afterEach, describe, expect, it } from "vitest";
import { baselineOf } from "../../worker/jobs/backfill.ts";
import { workRun } from "../../worker/jobs/scan.ts";
import { sync } from "../../worker/jobs/sync.ts";
import { release } from "../../worker/store/holds.ts";
import { loadRun, type Run, type RunKind, turnRun } from "../../worker/store/runs.ts";
import { createScanWorld, type ScanWorld } from "./scan-world.ts";

const hourMs = 3_600_000;

let world: ScanWorld;
afterEach(() => world.end());

const emailOf = (number: number) => `person${String(number).padStart(3, "0")}@example.com`;

/** People who are known to HubSpot and to operations, and to nobody of ours. */
function begin(people: number) {
  world = createScanWorld({ entities: 0 });
  const all = Array.from({ length: people }, (_, number) => ({
    hubspot: world.create("hubspot", emailOf(number), `Title ${number}`),
    ops: world.create("ops", emailOf(number), `Title ${number}`),
  }));
  world.advance(hourMs);
  return all;
}

/** A run in a world in which people are known by their titles, which nobody keeps unique. */
async function byTitle(kind: RunKind, dry: boolean): Promise<Run> {
  const { rules } = world.lanes.scan;
  const objects = { contact: { ...rules.objects.contact!, identity: ["job_title"] } };
  const scan = { ...world.lanes.scan, rules: { ...rules, objects } };
  const { id } = await world.start(kind, dry);
  while ((await workRun({ scan, backfill: scan }, id)).kind === "again") world.advance(1_000);
  return (await loadRun(world.db(), id))!;
}

const stored = (table: string) => world.d1.all(`SELECT count(*) AS count FROM ${table}`)[0]?.count;

describe("a baseline, with nothing linked yet", () => {
  it("reports how far systems agree that others keep the same, and writes nothing", async () => {
    const all = begin(250);
    for (const { ops } of all.slice(0, 20)) world.edit("ops", ops, "Pilot");
    for (const { ops } of all.slice(10, 15)) world.edit("ops", ops, "Quist", "family_name");
    world.edit("ops", all[200]!.ops, "nobody@example.com", "email");
    world.advance(hourMs);
    const run = await world.run("baseline", true);
    expect(baselineOf(run)).toMatchObject({
      equal: 229,
      different: 20,
      errorRate: 20 / 249,
      fields: { job_title: 20, last_name: 5 },
      duplicates: {},
      ambiguous: 0,
      drift: 0,
      missing: 0,
      // Nobody is in desk; of one person the two systems have different addresses.
      absent: { hubspot: 1, ops: 1, desk: 251 },
    });
    expect(run.counters).toMatchObject({ read: 500, repaired: 0 });
    for (const table of ["entities", "links", "pokes", "exceptions", "intents"]) {
      expect([table, stored(table)]).toEqual([table, 0]);
    }
    const writes = Object.values(world.doubles).flatMap(({ calls }) =>
      calls.map(({ path }) => path).filter((path) => /create|update|upsert|archive/.test(path)),
    );
    expect(writes).toEqual([]);
  });

  it("names the records that differ, and none of those that do not", async () => {
    const all = begin(120);
    world.edit("ops", all[110]!.ops, "Pilot");
    world.advance(hourMs);
    const run = await world.run("baseline", true);
    const [pair] = world.findings(run.id).filter(({ fields }) => fields !== "[]");
    expect(pair).toMatchObject({ system: "hubspot", record_id: all[110]!.hubspot });
    expect(JSON.parse(String(pair?.fields))).toEqual(["job_title"]);
  });

  it("counts people who are in one system twice, on whatever pages they are", async () => {
    begin(150);
    world.create("hubspot", "twin@example.com", "Title 3");
    world.create("ops", "other@example.com", "Title 140");
    world.advance(hourMs);
    const run = await byTitle("baseline", true);
    expect(baselineOf(run).duplicates).toEqual({ hubspot: 2, ops: 2 });
  });
});

describe("a dry backfill", () => {
  it("foretells exactly what the backfill then does, twins of other pages included", async () => {
    begin(150);
    world.create("hubspot", "twin@example.com", "Title 3");
    world.create("ops", "other@example.com", "Title 140");
    world.advance(hourMs);
    const dry = await byTitle("backfill", true);
    expect(stored("entities")).toBe(0);
    const real = await byTitle("backfill", false);
    const { link, ambiguous } = dry.checkpoint.forecast;
    const linked = world.d1.all(
      `SELECT count(DISTINCT o.entity_id) AS count FROM links o JOIN links h
       ON h.entity_id = o.entity_id WHERE o.system = 'ops' AND h.system = 'hubspot'`,
    );
    expect(link).toBe(148);
    expect(linked).toEqual([{ count: link }]);
    const asked = world.d1.all("SELECT id FROM exceptions WHERE kind = 'ambiguous'");
    expect(asked).toHaveLength(ambiguous ?? 0);
    expect(real.state).toBe("done");
    // Whom the walk of the first system linked is no stranger in the next: not 302.
    expect(real.counters.extra).toBeLessThan(250);
    // Their births are in the audit; a row for each of a million would say nothing more.
    expect(world.findings(real.id)).toEqual([]);
  });
});

describe("a backfill under the brake", () => {
  it("goes on in the slices that a person lets go, and makes everybody once", async () => {
    world = createScanWorld({ entities: 0 });
    for (let number = 0; number < 240; number += 1) world.create("hubspot", emailOf(number));
    world.advance(hourMs);
    const { rules } = world.lanes.scan;
    const brake = { ...rules.brake, writesMax: 50 };
    const scan = { ...world.lanes.scan, rules: { ...rules, brake } };
    const { id } = await world.start("backfill");
    const made = () => world.doubles.ops.records("customers").length;
    const slices: number[] = [];
    for (;;) {
      while ((await workRun({ scan, backfill: scan }, id)).kind === "again") world.advance(1_000);
      const run = await loadRun(world.db(), id);
      slices.push(made());
      if (run?.state !== "paused") break;
      expect(run.note).toContain("brake");
      for (const system of ["ops", "desk"] as const) {
        const slice = { system, object: "contact", count: 80 };
        await sync(scan, await release(world.db(), slice, world.act()));
      }
      await turnRun(world.db(), id, "resume", world.act());
      expect(slices.length).toBeLessThan(10);
    }
    expect((await loadRun(world.db(), id))?.state).toBe("done");
    expect(slices[0]).toBe(50);
    for (const [index, count] of slices.entries()) {
      expect(count - (slices[index - 1] ?? 0)).toBeLessThanOrEqual(80);
    }
    await sync(scan, await release(world.db(), { ...everywhere, system: "ops" }, world.act()));
    await sync(scan, await release(world.db(), { ...everywhere, system: "desk" }, world.act()));
    expect(made()).toBe(240);
    expect(world.doubles.desk.records("customers")).toHaveLength(240);
    expect(stored("entities")).toBe(240);
  });
});

const everywhere = { object: "contact", count: null } as const;
