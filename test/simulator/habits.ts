/**
 * What kind of world a seed lives in: rules and clocks that hold for a whole run. Worlds of the
 * first edition know only the brake; they stay as they were, so that known seeds stay known.
 */
import type { HubSpotDouble } from "../playground/hubspot/double.ts";
import type { OpsDouble } from "../playground/ops/double.ts";
import { count, type FaultCounts } from "./faults.ts";
import { createRandom } from "./random.ts";
import { config, nextConfig } from "./versions.ts";

/** Schedules and worlds of an edition never change: a seed that failed once can be seen again. */
export type Edition = 1 | 2;
export const latestEdition: Edition = 2;

export interface Habits {
  readonly edition: Edition;
  readonly brake: typeof calmBrake;
  /** What follows from a record that is deleted in one system. */
  readonly deletes: "review" | "archive";
  /** Systems that are asked what changed. The tool tells nothing by itself then. */
  readonly polled: "nobody" | "ops" | "both";
  /** Everything is heard of in the end, so nothing may wait for a scan. */
  readonly heard: boolean;
  /** What clocks are off by from the start. */
  readonly skewMs: Readonly<Record<"worker" | "hubspot" | "ops", number>>;
}

const calmBrake = { ...config.brake };
/** Brakes that a handful of records can set off. */
const touchyBrakes = {
  1: { ...calmBrake, windowMs: 60_000, writesMax: 12, blanksMax: 2 },
  2: { ...calmBrake, windowMs: 60_000, writesMax: 5, blanksMax: 1, deletesMax: 1 },
} as const;
const onTime = { worker: 0, hubspot: 0, ops: 0 } as const;
const dayMs = 86_400_000;
const minuteMs = 60_000;

export function habitsOf(seed: number, edition: Edition): Habits {
  const brake = seed % 4 === 0 ? touchyBrakes[edition] : calmBrake;
  const heard = seed % 3 === 0;
  const plain = { edition, brake, heard, deletes: "review", polled: "nobody" } as const;
  if (edition === 1) return { ...plain, skewMs: onTime };
  const random = createRandom(seed ^ 0x4ab1);
  const deletes = random.pick(["review", "review", "review", "archive", "archive"] as const);
  const polled = random.pick(["nobody", "nobody", "nobody", "ops", "both"] as const);
  const off = () => random.pick([-dayMs, -3_600_000, 0, 90_000, dayMs]);
  const isOff = random.chance(0.25);
  const skewMs = { worker: off(), hubspot: off(), ops: off() };
  // A delivery signed a day ahead of our clock is refused, and so never heard of.
  return { ...plain, deletes, polled, skewMs: isOff && !heard ? skewMs : onTime };
}

/** Whether clocks are off for the whole run, the Worker's own included. */
export const isClockOff = ({ skewMs }: Habits): boolean =>
  Object.values(skewMs).some((ms) => ms !== 0);

/** Puts a world's rules in force, for every version of the Worker. */
export function settle(
  habits: Habits,
  { hubspot, ops }: { readonly hubspot: HubSpotDouble; readonly ops: OpsDouble },
  counts: FaultCounts,
): void {
  const { brake, deletes, polled } = habits;
  for (const rules of [config, nextConfig]) {
    Object.assign(rules.brake, brake);
    for (const object of Object.values(rules.objects)) Object.assign(object, { deletes });
    const every = (isPolled: boolean) => ({ pollEveryMs: isPolled ? minuteMs : null });
    Object.assign(rules.systems.ops ?? {}, every(polled !== "nobody"));
    Object.assign(rules.systems.hubspot ?? {}, every(polled === "both"));
  }
  if (polled !== "nobody") {
    ops.faults.webhooks.dropShare = 1;
    count(counts, "F5");
  }
  if (habits.edition === 1) return;
  // Search always knows a little less than there is.
  hubspot.faults.add({ kind: "search_ties" });
}

/** From now on people may be kept waiting by nothing but themselves. */
export function calm(): void {
  for (const rules of [config, nextConfig]) Object.assign(rules.brake, calmBrake);
}
