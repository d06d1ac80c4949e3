/**
 * What the world outside of the Worker does by itself: webhooks that are due, queue messages, cron.
 * It also knows when something will happen next, so that a quiet world can be told from one that
 * only waits.
 */
import type { HubSpotDouble } from "../playground/hubspot/double.ts";
import type { OpsDouble } from "../playground/ops/double.ts";
import type { OpsObject } from "../playground/ops/model.ts";
import type { Fleet } from "./fleet.ts";
import type { Ground, Outside } from "./ground.ts";
import type { Happening } from "./scheduler.ts";

export interface Doubles {
  readonly hubspot: HubSpotDouble;
  readonly ops: OpsDouble;
}

const talking = ["hubspot", "ops"] as const;
const minuteMs = 60_000;
const consumersMax = 3;
/** From the page that a poll read to the cursor it stored. */
const pollTakesMs = 15_000;
/** After so long a run that nobody worked on is taken up again. */
const runStaleMs = 180_000;

export function createOutside(ground: Ground, doubles: Doubles, fleet: Fleet): Outside {
  const { clock, faults, queues, scheduler } = ground;
  const pumping = { hubspot: false, ops: false };
  const changedAt = watchChanges(ground, doubles);
  let nextCronAt = clock.time + minuteMs;
  const cron = () => {
    const { time } = clock;
    nextCronAt = Math.max(nextCronAt + minuteMs, time - (time % minuteMs) + minuteMs);
    fleet.cron();
  };
  const pump = (system: "hubspot" | "ops") => {
    pumping[system] = true;
    scheduler.start(
      `${system} webhooks`,
      null,
      () => doubles[system].pump(),
      () => {
        pumping[system] = false;
      },
    );
  };
  return {
    happenings() {
      const found: Happening[] = [];
      for (const system of talking) {
        const due = doubles[system].nextDueAt();
        if (due === null || due > clock.time + faults.skewMs[system] || pumping[system]) continue;
        found.push({ label: `pump ${system}`, happen: () => pump(system) });
      }
      if (fleet.consumers < consumersMax) {
        for (const queue of queues.due()) {
          found.push({ label: `deliver ${queue}`, happen: () => fleet.consume(queue) });
        }
      }
      if (nextCronAt <= clock.time) found.push({ label: "cron", happen: cron });
      return found;
    },
    nextAt() {
      const swept = sweepTimes(ground, changedAt).map((at) =>
        Math.max(nextCronAt, at - (at % minuteMs) + minuteMs),
      );
      const times = [...otherTimes(ground, doubles), ...swept];
      if (times.length === 0) return null;
      // What is due already waits for a consumer, and that for something later.
      const later = times.filter((at) => at > clock.time);
      const next = Math.min(...(later.length === 0 ? times : later));
      // Cron runs in between have nothing to do.
      if (next > nextCronAt + minuteMs) nextCronAt = next - (next % minuteMs);
      return next;
    },
  };
}

/** What comes by itself: webhooks, messages, and tasks that wait for their time. */
function otherTimes({ faults, queues, scheduler }: Ground, doubles: Doubles): number[] {
  const webhooks = talking.flatMap((system) => {
    const due = doubles[system].nextDueAt();
    return due === null ? [] : [due - faults.skewMs[system]];
  });
  return [...webhooks, queues.nextDueAt(), scheduler.nextDueAt()].filter((at) => at !== null);
}

/** What waits for a cron run: pokes, people who were not told, runs nobody works on, polls. */
function sweepTimes(ground: Ground, changedAt: ChangedAt): number[] {
  const { clock, d1, faults } = ground;
  const { worker } = faults.skewMs;
  const [poke] = d1.all("SELECT min(due_at) AS at FROM pokes WHERE held_by IS NULL");
  const [run] = d1.all("SELECT min(updated_at) AS at FROM runs WHERE state = 'running'");
  const untold = d1.all(
    "SELECT 1 FROM exceptions WHERE notified_at IS NULL AND status = 'open' LIMIT 1",
  );
  return [
    ...(typeof poke?.at === "number" ? [poke.at - worker + 16_000] : []),
    ...(typeof run?.at === "number" ? [run.at - worker + runStaleMs] : []),
    ...(untold.length > 0 || isUnpolled(ground, changedAt) ? [clock.time] : []),
  ];
}

/** Whether something changed in a polled system that no poll can have seen yet. */
function isUnpolled({ habits, d1, faults }: Ground, changedAt: ChangedAt): boolean {
  if (habits.polled === "nobody") return false;
  const polled = habits.polled === "both" ? talking : (["ops"] as const);
  const cursors = d1.all(
    "SELECT system, min(due_at) AS at, sum(failures) AS failures FROM cursors GROUP BY system",
  );
  return polled.some((system) => {
    const cursor = cursors.find((row) => row.system === system);
    if (cursor === undefined || cursor.failures !== 0) return true;
    const polledAt = Number(cursor.at) - minuteMs - faults.skewMs.worker;
    return polledAt < changedAt(system) + pollTakesMs;
  });
}

/** In true time, whatever the systems' clocks say. */
type ChangedAt = (system: "hubspot" | "ops") => number;

/** When a system was first found to be as it is now. */
function watchChanges({ clock }: Ground, { hubspot, ops }: Doubles): ChangedAt {
  const known = { hubspot: { state: "", at: 0 }, ops: { state: "", at: 0 } };
  const tables: readonly OpsObject[] = ["customers", "opportunities", "organizations"];
  const states = {
    hubspot: () =>
      Object.values(hubspot.portal.state.records)
        .flatMap((records) => Object.values(records))
        .map(({ id, updatedAt, archivedAt }) => `${id} ${updatedAt} ${archivedAt}`),
    ops: () =>
      tables.flatMap((object) => ops.records(object).map(({ id, version }) => `${id} ${version}`)),
  };
  return (system) => {
    const state = states[system]().join();
    if (known[system].state !== state) known[system] = { state, at: clock.time };
    return known[system].at;
  };
}
