/** People who are forgotten in the midst of something else. */
import { afterEach, expect, it } from "vitest";
import { sync } from "../../worker/jobs/sync.ts";
import { putPokes } from "../../worker/store/mailbox.ts";
import { createScanWorld, type ScanWorld } from "./scan-world.ts";

let world: ScanWorld;
afterEach(() => world.end());

it("is forgotten though nothing is left to destroy but an abandoned intent", async () => {
  world = createScanWorld({ entities: 1 });
  const [ids] = world.seed();
  world.advance(3_600_000);
  const { hubspot, ops, desk } = world.doubles;
  hubspot.person(1).privacyDelete(ids!.hubspot);
  ops.person("Dev").erase("customers", ids!.ops);
  desk.person("Dev").erase("customers", ids!.desk);
  const [entity] = world.d1.all("SELECT id, version FROM entities");
  const lost = { system: "ops", operation: "erase", recordId: ids!.ops, fields: {} };
  world.d1.all(
    `INSERT INTO intents (entity_id, version, commit_id, planned_at, writes)
     VALUES (?, ?, 'c', 0, ?)`,
    String(entity?.id),
    Number(entity?.version),
    JSON.stringify([lost]),
  );
  const key = { system: "hubspot", object: "contact", recordId: ids!.hubspot };
  const poke = { ...key, lane: "event", echo: null, erased: true } as const;
  await putPokes(world.db(), [poke], world.now());
  await sync(world.lanes.scan, [key]);
  expect(world.waiting()).toEqual([]);
  expect(world.d1.all("SELECT * FROM intents")).toEqual([]);
  const [after] = world.d1.all("SELECT erased_at, base FROM entities");
  expect(after).toEqual({ erased_at: expect.any(Number), base: "{}" });
});

it("does not take with them whom their record was merged with", async () => {
  world = createScanWorld({ entities: 2 });
  const [keeper, gone] = world.seed();
  world.advance(3_600_000);
  const { hubspot, ops, desk } = world.doubles;
  const survivor = hubspot.person(1).merge("contacts", keeper!.hubspot, gone!.hubspot);
  ops.person("Dev").erase("customers", gone!.ops);
  const key = { system: "ops", object: "contact", recordId: gone!.ops };
  await putPokes(world.db(), [{ ...key, lane: "event", echo: null, erased: true }], world.now());
  await sync(world.lanes.scan, [key]);
  await world.settle();
  expect(hubspot.records("contacts").map(({ id }) => id)).toEqual([survivor]);
  expect(ops.record("customers", keeper!.ops)).not.toBeNull();
  expect(desk.record("customers", keeper!.desk)).not.toBeNull();
  expect(desk.record("customers", gone!.desk)).toBeNull();
  const asked = world.d1.all("SELECT kind, system FROM exceptions WHERE status <> 'settled'");
  expect(asked).toEqual([{ kind: "erasure", system: "hubspot" }]);
});
