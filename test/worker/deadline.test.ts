/** A job writes only as long as nobody takes its intent over, however slow it was before. */
import { afterEach, describe, expect, it } from "vitest";
import { TooLate } from "../../worker/connectors/connector.ts";
import type { JobContext } from "../../worker/jobs/context.ts";
import { limits } from "../../worker/jobs/context.ts";
import { sync } from "../../worker/jobs/sync.ts";
import { network } from "../../worker/network.ts";
import { putPokes } from "../../worker/store/mailbox.ts";
import { createScanWorld, type Ids, type ScanWorld } from "./scan-world.ts";

let world: ScanWorld;

/** One entity whose title was changed in operations just now. */
function begin(): Ids {
  world = createScanWorld({ entities: 1 });
  const [ids] = world.seed();
  world.advance(3_600_000);
  world.edit("ops", ids!.ops, "Captain");
  return ids!;
}

/** Works on the change; its writes to HubSpot wait for their turn that long. */
async function work(ids: Ids, waitsMs: number): Promise<void> {
  const { scan } = world.lanes;
  const { hubspot } = scan.connectors;
  const context: JobContext = {
    ...scan,
    connectors: {
      ...scan.connectors,
      hubspot: {
        ...hubspot!,
        write(mapping, operations, by) {
          world.advance(waitsMs);
          return hubspot!.write(mapping, operations, by);
        },
      },
    },
  };
  const key = { system: "ops", object: "contact", recordId: ids.ops };
  await putPokes(world.db(), [{ ...key, lane: "event", echo: null }], world.now());
  await sync(context, [key]);
}

const writes = () => world.doubles.hubspot.countCalls("POST", "/batch/update");
const titles = ({ hubspot }: Ids) =>
  world.doubles.hubspot.portal.state.records["0-1"]?.[hubspot]?.history.jobtitle?.[0]?.value;

describe("a job that is slow", () => {
  afterEach(() => world.end());

  it("still writes while its intent is its own", async () => {
    const ids = begin();
    await work(ids, limits.intentWriteMs - 5_000);
    expect([titles(ids), writes()]).toEqual(["Captain", 1]);
    expect(world.d1.all("SELECT * FROM intents")).toEqual([]);
  });

  it("sends nothing once its intent may be another's; the next job does, once", async () => {
    const ids = begin();
    await work(ids, limits.intentWriteMs);
    expect([titles(ids), writes()]).toEqual(["Engineer", 0]);
    await world.settle();
    expect([titles(ids), writes()]).toEqual(["Captain", 1]);
    expect(world.d1.all("SELECT * FROM intents")).toEqual([]);
  });

  it("leaves an intent that is taken over though the clock was set back since", async () => {
    const ids = begin();
    await work(ids, limits.intentWriteMs);
    world.d1.all("UPDATE intents SET planned_at = ?1", world.now() + 86_400_000);
    await world.settle();
    expect([titles(ids), writes()]).toEqual(["Captain", 1]);
  });
});

describe("the network", () => {
  const request = new Request("https://ops.example/");

  it("sends nothing whose time is up", async () => {
    let sent = 0;
    const fetch = async () => {
      sent += 1;
      return new Response();
    };
    const { fetch: send } = network(fetch, () => 1_000);
    await expect(send(request, 1_000)).rejects.toBeInstanceOf(TooLate);
    expect(sent).toBe(0);
    await send(request, 1_001);
    await send(request);
    expect(sent).toBe(2);
  });

  it("waits for no answer when the time is up", async () => {
    const silent = network(
      (_request, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
      () => 1_000,
    );
    await expect(silent.fetch(request, 1_005)).rejects.toMatchObject({ name: "TimeoutError" });
  });
});
