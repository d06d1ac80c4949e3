import { afterEach, describe, expect, it } from "vitest";
import { differingOf } from "../../worker/jobs/differing.ts";
import { repair } from "../../worker/jobs/repair.ts";
import { createScanWorld, type Ids, type ScanWorld } from "./scan-world.ts";

const hourMs = 3_600_000;
const start = { system: "", recordId: "" };

let world: ScanWorld;
afterEach(() => world.end());

function begin(entities: number): Ids[] {
  world = createScanWorld({ entities });
  const all = world.seed();
  world.advance(hourMs);
  return all;
}

const roleIn = (system: "ops" | "desk", ids: Ids) =>
  world.doubles[system].record("customers", ids[system])?.role;
const acts = () =>
  world.d1
    .all("SELECT detail FROM audit WHERE entity_id = '@operators' ORDER BY entry")
    .map(({ detail }) => JSON.parse(String(detail)));

describe("what a run found", () => {
  it("is told with the values of every system, and with what would be done and why", async () => {
    const all = begin(60);
    world.edit("ops", all[7]!.ops, "Pilot");
    world.edit("hubspot", all[9]!.hubspot, "a@example.com", "email");
    world.edit("ops", all[9]!.ops, "b@example.com", "email");
    world.create("desk", "stranger@example.com");
    world.advance(hourMs);
    const run = await world.run("baseline", true);
    const told = await differingOf(world.lanes.scan, run.id, start);
    const of = (recordId: string) => told?.find((one) => one.recordId === recordId)?.differs;
    expect(told).toHaveLength(4);
    expect(of(all[7]!.ops)).toEqual([
      {
        field: "job_title",
        label: "Job title",
        values: {
          hubspot: { value: "Engineer" },
          ops: { value: "Pilot" },
          desk: { value: "Engineer" },
        },
        because: expect.stringMatching(/\.$/),
        writes: ["hubspot", "desk"],
      },
    ]);
    expect(of(all[9]!.hubspot)).toMatchObject([
      { field: "email", values: { hubspot: { value: "a@example.com" } }, writes: [] },
    ]);
    expect(told?.filter(({ kind }) => kind === "extra")).toMatchObject([{ differs: [] }]);
    expect(await differingOf(world.lanes.scan, "nobody", start)).toBeNull();
  });

  it("differs no more once somebody has put it right", async () => {
    const all = begin(20);
    world.edit("ops", all[7]!.ops, "Pilot");
    world.advance(hourMs);
    const run = await world.run("baseline", true);
    world.edit("ops", all[7]!.ops, "Engineer");
    expect(await differingOf(world.lanes.scan, run.id, start)).toMatchObject([{ differs: [] }]);
  });
});

describe("a repair", () => {
  it("puts one entity right, and nobody else", async () => {
    const [one, two] = begin(20);
    for (const ids of [one!, two!]) world.edit("ops", ids.ops, "Pilot");
    const repaired = await repair(world.lanes.scan, { entityId: "e000000000" }, world.act());
    expect(repaired).toEqual({ kind: "repaired", entityId: "e000000000" });
    expect([roleIn("desk", one!), roleIn("desk", two!)]).toEqual(["Pilot", "Engineer"]);
    expect(acts().at(-1)).toMatchObject({ act: "repair", by: "ada", entityId: "e000000000" });
    expect(world.waiting()).toEqual([]);
  });

  it("reaches fields that only scans keep the same", async () => {
    const [one] = begin(20);
    world.edit("ops", one!.ops, "Quist", "family_name");
    const record = { system: "ops", object: "contact", recordId: one!.ops };
    await repair(world.lanes.scan, record, world.act());
    expect(world.doubles.desk.record("customers", one!.desk)?.family_name).toBe("Quist");
  });

  it("says so where a person has to decide, and where a system does not answer", async () => {
    const [one, two] = begin(20);
    world.edit("hubspot", one!.hubspot, "a@example.com", "email");
    world.edit("ops", one!.ops, "b@example.com", "email");
    const asked = await repair(world.lanes.scan, { entityId: "e000000000" }, world.act());
    expect(asked).toEqual({ kind: "excepted", entityId: "e000000000" });
    world.edit("ops", two!.ops, "Pilot");
    world.doubles.desk.faults.downUntil = world.now() + hourMs;
    const later = await repair(world.lanes.scan, { entityId: "e000000001" }, world.act());
    expect(later).toEqual({ kind: "waiting", entityId: "e000000001" });
  });

  it("adopts a record that no entity knows, and knows of none that is not there", async () => {
    begin(20);
    const recordId = world.create("desk", "stranger@example.com", "Guest");
    const of = (id: string) => ({ system: "desk", object: "contact", recordId: id });
    const repaired = await repair(world.lanes.scan, of(recordId), world.act());
    expect(repaired).toMatchObject({ kind: "repaired", entityId: expect.any(String) });
    expect(world.doubles.ops.records("customers").at(-1)).toMatchObject({ role: "Guest" });
    expect(await repair(world.lanes.scan, of("cus_99999"), world.act())).toEqual({
      kind: "unknown",
    });
    const nobody = await repair(world.lanes.scan, { entityId: "nobody" }, world.act());
    expect(nobody).toEqual({ kind: "unknown" });
  });
});
