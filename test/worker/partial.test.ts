/** What could only be read in part, or not at all, is looked at again, end to end. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Connector,
  ConnectorError,
  type ReadAnswer,
} from "../../worker/connectors/connector.ts";
import { assert } from "../../worker/core/assert.ts";
import type { JobContext } from "../../worker/jobs/context.ts";
import { sync } from "../../worker/jobs/sync.ts";
import { putPokes } from "../../worker/store/mailbox.ts";
import type { Playground } from "../playground/playground.ts";
import { people } from "../playground/world.ts";
import { createScanWorld, type ScanWorld, type SystemName } from "./scan-world.ts";
import { ada, startStand } from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand();
  stand.hubspot.portal.state.owners.push(
    ...people.map(({ hubspotOwnerId: id, hubspotUserId: userId, ...who }) => ({
      ...who,
      id,
      userId,
      archived: false,
    })),
  );
});
afterAll(() => stand.stop());

const hubspot = () => stand.hubspot.person(ada.userId);
const patient = { timeout: 25_000 };

describe("a field that a system did not tell", () => {
  it("travels as soon as it does, though nothing happens to the record", async () => {
    const [owner] = people;
    const email = "owned.late@example.com";
    const mute = stand.hubspot.faults.add({ kind: "status", status: 500, matches: "/owners/" });
    hubspot().create("contacts", { email, hubspot_owner_id: owner!.hubspotOwnerId });
    const made = () => stand.ops.records("customers").find((row) => row.email === email);
    await expect.poll(made, patient).toMatchObject({ account_owner: null });
    mute.remove();
    await expect.poll(made, patient).toMatchObject({ account_owner: owner!.email });
    await stand.quiet();
  }, 60_000);
});

describe("an edit that we overwrote unseen", () => {
  it("is not forgotten because the others cannot be read when it is found", async () => {
    const { world, ids, sees } = await withUnseenEdit();
    // The title has to be stored, whatever can be made of the address.
    world.edit("hubspot", ids.hubspot, "Edited too");
    const error = (system: SystemName) =>
      new ConnectorError("retry", system, "It is not there just now.");
    await sees("hubspot", {
      ops: answering(world, "ops", { kind: "unknown", error: error("ops") }),
      desk: answering(world, "desk", { kind: "unknown", error: error("desk") }),
    });
    expect(world.d1.all("SELECT kind FROM exceptions")).toEqual([]);
    await world.settle();
    const [question] = world.d1.all("SELECT kind, field, detail FROM exceptions");
    expect(question).toMatchObject({ kind: "conflict", field: "email" });
    expect(question?.detail).toContain("unseen@example.com");
    world.end();
  });

  it("is told once, as soon as it is found, though the others are gone by then", async () => {
    const { world, sees } = await withUnseenEdit();
    const gone = {
      ops: answering(world, "ops", { kind: "missing" }),
      desk: answering(world, "desk", { kind: "missing" }),
    };
    for (const _look of [1, 2]) await sees("hubspot", gone);
    expect(world.d1.all("SELECT kind, system FROM exceptions ORDER BY system")).toMatchObject([
      { kind: "gone", system: "desk" },
      { kind: "gone", system: "ops" },
    ]);
    const told = world.d1.all("SELECT detail FROM audit WHERE kind = 'discarded'");
    expect(told).toHaveLength(1);
    const detail = JSON.parse(String(told[0]?.detail));
    expect(detail).toMatchObject({ field: "email", because: { losers: ["hubspot"] } });
    expect(detail.because.inputs).toContainEqual(
      expect.objectContaining({ system: "hubspot", value: "unseen@example.com" }),
    );
    world.end();
  });
});

/** Our write of an address goes over one that was entered after the read. */
async function withUnseenEdit() {
  const world = createScanWorld({ entities: 1 });
  const [ids] = world.seed();
  assert(ids !== undefined, "one entity was seeded");
  const { connectors: real } = world.lanes.scan;
  const sees = async (system: SystemName, connectors: JobContext["connectors"] = {}) => {
    const key = { system, object: "contact", recordId: ids[system] };
    world.advance(60_000);
    await putPokes(world.db(), [{ ...key, lane: "event", echo: null }], world.now());
    await sync({ ...world.lanes.scan, connectors: { ...real, ...connectors } }, [key]);
  };
  const { hubspot } = real;
  world.advance(3_600_000);
  world.edit("ops", ids.ops, "theirs@example.com", "email");
  await sees("ops", {
    hubspot: {
      ...hubspot!,
      async read(mapping, recordIds) {
        const answers = await hubspot!.read(mapping, recordIds);
        world.edit("hubspot", ids.hubspot, "unseen@example.com", "email");
        return answers;
      },
    },
  });
  return { world, ids, sees };
}

const answering = (world: ScanWorld, system: SystemName, answer: ReadAnswer): Connector => ({
  ...world.lanes.scan.connectors[system]!,
  read: async (_mapping, recordIds) => new Map(recordIds.map((id) => [id, answer])),
});
