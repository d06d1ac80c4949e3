import { afterEach, describe, expect, it } from "vitest";
import { offerScans } from "../../worker/jobs/rules-change.ts";
import { createScanWorld, type ScanWorld } from "./scan-world.ts";

const hourMs = 3_600_000;

let world: ScanWorld;
afterEach(() => world.end());

const contextWith = (change: object) => {
  const { rules, ...rest } = world.lanes.scan;
  const contact = rules.objects.contact!;
  const title = { ...contact.fields.job_title!, ...change };
  const fields = { ...contact.fields, job_title: title };
  return { ...rest, rules: { ...rules, objects: { contact: { ...contact, fields } } } };
};
const asked = () =>
  world.d1.all("SELECT object, kind, status, resolution, detail FROM exceptions ORDER BY id");

describe("a change of the rules", () => {
  it("is told once, with what to do, and settled by the scan that a person starts", async () => {
    world = createScanWorld({ entities: 20 });
    world.seed();
    await offerScans(world.lanes.scan);
    expect(asked()).toEqual([]);
    const changed = contextWith({ policy: { rule: "prefer", system: "ops" } });
    const announced: string[] = [];
    const announce = async (ids: readonly string[]) => void announced.push(...ids);
    for (let cron = 0; cron < 3; cron += 1) await offerScans({ ...changed, announce });
    expect(announced).toHaveLength(1);
    expect(asked()).toMatchObject([{ object: "contact", kind: "run", status: "open" }]);
    expect(String(asked()[0]?.detail)).toContain("The rules of Contact were changed.");
    world.advance(hourMs);
    await world.run("scan", true);
    expect(asked()).toMatchObject([{ status: "open" }]);
    await world.run();
    expect(asked()).toMatchObject([{ status: "settled", resolution: "scanned" }]);
    await offerScans(world.lanes.scan);
    expect(asked().map(({ status }) => status)).toEqual(["settled", "open"]);
  });

  it("is not settled by a scan that began before it", async () => {
    world = createScanWorld({ entities: 20 });
    world.seed();
    await offerScans(world.lanes.scan);
    const { id } = await world.start();
    world.advance(1_000);
    await offerScans(contextWith({ policy: { rule: "prefer", system: "ops" } }));
    await world.work([id]);
    expect(asked()).toMatchObject([{ status: "open" }]);
  });

  it("is none if only what people read was changed, or nothing", async () => {
    world = createScanWorld({ entities: 0 });
    await offerScans(world.lanes.scan);
    await offerScans(contextWith({ label: "Position" }));
    await offerScans(contextWith({}));
    expect(asked()).toEqual([]);
  });
});
