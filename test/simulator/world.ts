/**
 * A world in one process: the Worker as it is deployed, a HubSpot, an operations tool and a Slack
 * double, D1, queues, cron, and one clock. Whatever leaves the Worker waits for its turn, and one
 * seed orders all turns, so that the same seed and steps give the same trace.
 */
import { limits } from "../../worker/jobs/context.ts";
import { identity, publicUrl } from "../playground/addresses.ts";
import { createHubSpotDouble, type HubSpotDouble } from "../playground/hubspot/double.ts";
import { createOpsDouble, type OpsDouble } from "../playground/ops/double.ts";
import { createSlackDouble, type SlackDouble } from "../playground/slack/double.ts";
import { createFetch } from "./calls.ts";
import type { FaultCounts } from "./faults.ts";
import { createFleet, type Fleet, slackPath } from "./fleet.ts";
import { createGround, type Ground, type PlatformFaults, type WorldHooks } from "./ground.ts";
import { calm, type Habits, settle } from "./habits.ts";
import { createOutside } from "./outside.ts";
import { install } from "./platform.ts";
import { createRandom, type Random } from "./random.ts";
import type { Deployed } from "./versions.ts";
import { webhookConfig } from "./webhook-config.ts";

export interface WorldOptions {
  readonly seed: number;
  readonly habits: Habits;
  readonly worker: Deployed;
  readonly hooks: WorldHooks;
}

type Shown = Pick<Ground, "d1" | "queues" | "scheduler" | "trace" | "habits">;

export interface World extends Shown {
  readonly hubspot: HubSpotDouble;
  readonly ops: OpsDouble;
  readonly slack: SlackDouble;
  readonly counts: FaultCounts;
  readonly faults: PlatformFaults;
  /** What runs at first, and again once everything heals. */
  readonly worker: Deployed;
  /** True time, epoch milliseconds. */
  now(): number;
  advance(ms: number): void;
  /** Gives at most so many turns. */
  run(most: number, random: Random): Promise<number>;
  /** Until nothing is under way, however long that takes on the clock; false if it never ends. */
  quiet(random: Random): Promise<boolean>;
  request: Fleet["inbound"];
  deploy: Fleet["deploy"];
  heal(): void;
  end(): void;
}

/** More turns than any sound run needs between two quiet moments. */
const turnsMax = 20_000;

export const owners = [
  { id: "7001", userId: 501, email: "ana@seller.example", firstName: "Ana", lastName: "Ruiz" },
  { id: "7002", userId: 502, email: "ben@seller.example", firstName: "Ben", lastName: "Okoye" },
  { id: "7003", userId: 503, email: "cho@seller.example", firstName: "Cho", lastName: "Park" },
] as const;

export function createWorld(options: WorldOptions): World {
  const { seed, habits, hooks, worker } = options;
  const ground = createGround(options);
  const { clock, counts, d1, faults, queues, scheduler, trace } = ground;
  const doubles = createDoubles(ground, (request) => fleet.inbound("webhook", request));
  const fleet = createFleet(ground, worker);
  ground.outside = createOutside(ground, doubles, fleet);
  settle(habits, doubles, counts);
  const uninstall = install({
    now: () => clock.time + faults.skewMs.worker,
    random: createRandom(seed ^ 0x5eed).next,
    fetch: createFetch(ground, { ...doubles }),
    log: hooks.logged,
    wait: async (ms) => void (await scheduler.turn("waits", undefined, clock.time + ms)),
  });
  return {
    ...doubles,
    ...{ d1, queues, scheduler, trace, counts, faults, habits, worker },
    now: () => clock.time,
    advance: (ms) => {
      clock.time += ms;
    },
    run: (most, by) => scheduler.run(most, by),
    quiet: (by) => quiet(ground, by),
    request: fleet.inbound,
    deploy: fleet.deploy,
    heal: () => heal(ground, doubles, () => fleet.deploy({ version: worker, isReplacing: false })),
    end() {
      uninstall();
      d1.close();
    },
  };
}

async function quiet({ clock, scheduler, outside }: Ground, by: Random): Promise<boolean> {
  let left = turnsMax;
  while (left > 0) {
    left -= await scheduler.run(left, by);
    const next = outside.nextAt();
    if (scheduler.live.size > 0 && scheduler.nextDueAt() === null) return false;
    if (next === null) return true;
    clock.time = Math.max(clock.time, next);
    left -= 1;
  }
  return false;
}

type Doubles = ReturnType<typeof createDoubles>;

function heal(ground: Ground, { hubspot, ops, slack }: Doubles, rollBack: () => void): void {
  const { clock, faults, habits, queues, scheduler } = ground;
  calm();
  faults.d1.length = 0;
  faults.d1DownUntil = 0;
  for (const plans of Object.values(faults.network)) plans.length = 0;
  faults.send.length = 0;
  faults.cronSkips = 0;
  faults.cronTwice = 0;
  scheduler.plans.length = 0;
  Object.assign(faults.skewMs, { worker: 0, hubspot: 0, ops: 0 });
  Object.assign(queues.faults, { duplicate: 0, lose: 0, delay: 0 });
  for (const name of ["jobtitle", "phone"]) hubspot.admin.unarchiveProperty("contacts", name);
  // By then the Worker has asked again what objects look like.
  clock.time += limits.schemaEveryMs;
  hubspot.faults.clear();
  ops.faults.heal();
  slack.faults.next.length = 0;
  slack.faults.gone = null;
  if (habits.edition > 1) rollBack();
  // A polled tool stays as deaf as it is.
  if (habits.polled !== "nobody") ops.faults.webhooks.dropShare = 1;
}

function createDoubles({ seed, clock, faults }: Ground, send: (r: Request) => Promise<Response>) {
  const clockOf = (system: "hubspot" | "ops") => () => clock.time + faults.skewMs[system];
  const hubspot = createHubSpotDouble({
    portalId: identity.portalId,
    appId: identity.appId,
    token: identity.hubspotToken,
    clientSecret: identity.hubspotClientSecret,
    now: clockOf("hubspot"),
    random: createRandom(seed ^ 0x4b5).next,
    webhook: { targetUrl: `${publicUrl}/webhooks/hubspot`, send },
    subscriptions: webhookConfig,
    owners,
  });
  const ops = createOpsDouble({
    token: identity.opsToken,
    clientId: identity.opsClientId,
    webhookSecret: identity.opsWebhookSecret,
    now: clockOf("ops"),
    random: createRandom(seed ^ 0x095).next,
    webhook: { targetUrl: `${publicUrl}/webhooks/ops`, send },
  });
  const slack = createSlackDouble({ path: slackPath, now: () => clock.time });
  return { hubspot, ops, slack };
}
