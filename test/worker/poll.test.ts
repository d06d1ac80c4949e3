import { afterEach, describe, expect, it } from "vitest";
import { poll } from "../../worker/jobs/poll.ts";
import { createScanWorld, type Ids, type ScanWorld } from "./scan-world.ts";

const minuteMs = 60_000;

let world: ScanWorld;
afterEach(() => world.end());

/** Systems that agree; operations is polled every five minutes. */
function begin(entities: number): Ids[] {
  world = createScanWorld({ entities });
  const all = world.seed();
  world.advance(120 * minuteMs);
  return all;
}

function context() {
  const { rules, ...rest } = world.lanes.scan;
  const ops = { ...rules.systems.ops!, pollEveryMs: 5 * minuteMs };
  return { ...rest, rules: { ...rules, systems: { ...rules.systems, ops } } };
}

const waiting = () =>
  world.d1.all("SELECT record_id FROM pokes ORDER BY record_id").map((row) => row.record_id);
const cursor = () => world.d1.all("SELECT cursor, version, failures FROM cursors")[0];

describe("a poll", () => {
  it("pokes what changed since the last one, and nothing else", async () => {
    const all = begin(300);
    await poll(context());
    expect(waiting()).toEqual([]);
    for (const { ops } of all.slice(0, 250)) world.edit("ops", ops, "Pilot");
    world.edit("desk", all[299]!.desk, "Nobody asks");
    world.advance(5 * minuteMs);
    await poll(context());
    expect(waiting()).toEqual(all.slice(0, 250).map(({ ops }) => ops));
    await world.settle();
    expect(world.doubles.desk.record("customers", all[249]!.desk)?.role).toBe("Pilot");
  });

  it("asks no more often than it is told to, and only whom it is told to", async () => {
    begin(20);
    await poll(context());
    const calls = { ...world.figures.calls };
    await poll(context());
    world.advance(4 * minuteMs);
    await poll(context());
    expect(world.figures.calls).toEqual(calls);
    world.advance(minuteMs);
    await poll(context());
    expect(world.figures.calls).toEqual({ ...calls, ops: calls.ops + 1 });
    await poll(world.lanes.scan);
    expect(calls).toMatchObject({ hubspot: 0, desk: 0 });
  });

  it("never passes a change that is not in the mailbox, whenever it is killed", async () => {
    const all = begin(300);
    await poll(context());
    for (const { ops } of all.slice(0, 250)) world.edit("ops", ops, "Pilot");
    for (let steps = 0; steps < 14; steps += 1) {
      world.advance(5 * minuteMs);
      world.killAfter(steps);
      const death = world.killed();
      await Promise.race([poll(context()), death]);
    }
    world.spare();
    world.advance(5 * minuteMs);
    await poll(context());
    expect(waiting()).toEqual(all.slice(0, 250).map(({ ops }) => ops));
  });

  it("keeps its place while the system is down, and goes on from there", async () => {
    const all = begin(20);
    await poll(context());
    const before = cursor();
    world.edit("ops", all[3]!.ops, "Pilot");
    world.doubles.ops.faults.downUntil = world.now() + 20 * minuteMs;
    world.advance(5 * minuteMs);
    await poll(context());
    expect(cursor()).toMatchObject({ cursor: before?.cursor, failures: 1 });
    world.advance(30 * minuteMs);
    await poll(context());
    expect(cursor()).toMatchObject({ failures: 0 });
    expect(waiting()).toEqual([all[3]!.ops]);
  });

  it.each([
    { name: "with success", downMs: 0 },
    { name: "in vain", downMs: 1_500 * minuteMs },
  ])("that a clock a day ahead made $name is made again once the clock is right", async (at) => {
    const all = begin(20);
    const { now, ...rest } = context();
    world.doubles.ops.faults.downUntil = world.now() + at.downMs;
    await poll({ ...rest, now: () => now() + 24 * 60 * minuteMs });
    world.doubles.ops.faults.downUntil = 0;
    world.edit("ops", all[3]!.ops, "Pilot");
    world.advance(minuteMs);
    await poll(context());
    expect(cursor()).toMatchObject({ version: 2, failures: 0 });
    expect(waiting()).toEqual([all[3]!.ops]);
  });
});
