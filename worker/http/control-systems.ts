/** Systems: how each does, what is paused and held, and the hands that let go. */
import type { Answered, Given } from "../../shared/control.ts";
import { ConnectorError } from "../connectors/connector.ts";
import { may } from "../core/roles.ts";
import { connectorOf } from "../jobs/context.ts";
import { type Health, health } from "../store/health.ts";
import { type Pause, pause, release, resume } from "../store/holds.ts";
import { waitingNow } from "../store/overview.ts";
import { mayOn } from "./access.ts";
import { type Asking, actOf, forbidden, given, refused } from "./control-ask.ts";
import { ownerOfEntity } from "./control-explorer.ts";
import { objectLabel, scopeLabel, systemLabel } from "./control-words.ts";

const minuteMs = 60_000;

export const pauseView = ({ doors }: Asking, one: Pause) => ({
  ...one,
  label: scopeLabel(doors.jobs.rules, one.scope),
});

export async function systems(asking: Asking, _input: Given<"systems">) {
  const { access, db, doors, now } = asking;
  const { rules } = doors.jobs;
  const [waiting, healths, budgets] = await Promise.all([
    waitingNow(db),
    health(db),
    doors.budgets(),
  ]);
  const { lagMinutesMax } = access.settings.thresholds;
  return given<"systems">({
    readAt: now,
    systems: Object.values(rules.systems).map(({ system, label }) => {
      const own = waiting.waiting.find((one) => one.system === system);
      const seen = healths.find((one) => one.system === system) ?? null;
      const held = waiting.pauses.find(({ scope }) => ["all", `system:${system}`].includes(scope));
      const lagMs = own?.oldestAt == null ? null : Math.max(0, now - own.oldestAt);
      const isSlow = lagMs !== null && lagMs > lagMinutesMax * minuteMs;
      const state = held !== undefined ? "paused" : isInTrouble(seen) ? "trouble" : "ok";
      return {
        system,
        label,
        state: state === "ok" && isSlow ? "slow" : state,
        credentials: credentialsOf(seen),
        lastOkAt: seen?.okAt ?? null,
        lastError: lastErrorOf(label, seen),
        lagMs,
        waiting: own?.waiting ?? 0,
        held: own?.held ?? 0,
        budget: budgets[system] ?? null,
        objects: Object.values(rules.objects)
          .filter(({ mappings }) => system in mappings)
          .map(({ object, label: name }) => ({ key: object, label: name })),
        pause: held === undefined ? null : pauseView(asking, held),
      };
    }),
    pauses: waiting.pauses.map((one) => pauseView(asking, one)),
    brakes: waiting.brakes.map(({ system, object, held, since }) => ({
      system,
      systemLabel: systemLabel(rules, system),
      object,
      objectLabel: objectLabel(rules, object),
      held,
      since,
      says:
        `More changes than usual were about to be written to ${systemLabel(rules, system)}. ` +
        "Look at some of the records that wait, then release them in slices.",
    })),
  });
}

type System = Answered<"systems">["systems"][number];

const isInTrouble = (seen: Health | null): boolean =>
  seen?.failedAt != null && (seen.okAt === null || seen.failedAt > seen.okAt);

function credentialsOf(seen: Health | null): System["credentials"] {
  if (seen === null) return "unknown";
  const isRefused = isInTrouble(seen) && (seen.status === 401 || seen.status === 403);
  return isRefused ? "refused" : seen.okAt === null ? "unknown" : "ok";
}

function lastErrorOf(label: string, seen: Health | null): System["lastError"] {
  if (seen?.failedAt == null) return null;
  return { at: seen.failedAt, message: errorWords(label, seen.status) };
}

function errorWords(label: string, status: number | null): string {
  switch (status) {
    case null:
      return `${label} did not answer.`;
    case 401:
      return `${label} does not take our credentials any more (401). Give the Worker new ones.`;
    case 403:
      return `${label} does not allow us something (403). Check what our credentials may do.`;
    case 429:
      return `${label} asked for a pause (429). It goes on by itself.`;
    default:
      return `${label} answered with an error of its own (${status}).`;
  }
}

/** Asks for no record: what an object looks like, or one page of it. */
export async function systemCheck({ doors }: Asking, { system }: Given<"system-check">) {
  const { jobs } = doors;
  const rules = jobs.rules.systems[system];
  const mapping = Object.values(jobs.rules.objects).flatMap(
    ({ mappings }) => mappings[system] ?? [],
  )[0];
  if (rules === undefined || mapping === undefined) {
    return refused("not_found", "There is no such system.");
  }
  const connector = connectorOf(jobs, system);
  const startedAt = jobs.now();
  const answered = (state: Answered<"system-check">["state"], message: string) =>
    given<"system-check">({ state, message, tookMs: jobs.now() - startedAt });
  try {
    await (connector.describe?.(mapping) ?? connector.list?.(mapping, null));
    return answered("ok", `${rules.label} answers, and takes our credentials.`);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return error.kind === "reauthorize"
      ? answered("refused", errorWords(rules.label, error.status ?? 401))
      : answered("unreachable", error.message);
  }
}

/** One record may be paused by whoever settles it; everything else by operators. */
async function mayPause(asking: Asking, scope: string): Promise<boolean> {
  const { access } = asking;
  if (may(access.role, "pause")) return true;
  const [kind, entityId = ""] = scope.split(/:(.*)/s);
  const found = kind === "record" ? await ownerOfEntity(asking, entityId) : null;
  return found !== null && mayOn(access, "pause_record", found.owner);
}

/** Whether there is anything that the scope names. */
async function isKnown(asking: Asking, scope: string): Promise<boolean> {
  const { rules } = asking.doors.jobs;
  const [kind, name = ""] = scope.split(/:(.*)/s);
  switch (kind) {
    case "all":
      return true;
    case "system":
      return name in rules.systems;
    case "object":
      return name in rules.objects;
    case "field": {
      const [object = "", field = ""] = name.split(".");
      return rules.objects[object]?.fields[field] !== undefined;
    }
    default:
      return (await ownerOfEntity(asking, name)) !== null;
  }
}

export async function pauseScope(asking: Asking, { scope, reason }: Given<"pause">) {
  if (!(await mayPause(asking, scope))) return forbidden();
  if (!(await isKnown(asking, scope)))
    return refused("not_found", "There is nothing of that name.");
  await pause(asking.db, { scope, reason }, actOf(asking));
  return given<"pause">({ scope });
}

export async function resumeScope(asking: Asking, { scope }: Given<"resume">) {
  if (!(await mayPause(asking, scope))) return forbidden();
  const freed = await resume(asking.db, scope, actOf(asking));
  await asking.doors.jobs.ring(freed, 0);
  return given<"resume">({ scope, released: freed.length });
}

export async function releaseHeld(asking: Asking, input: Given<"release">) {
  const freed = await release(asking.db, input, actOf(asking));
  await asking.doors.jobs.ring(freed, 0);
  return given<"release">({ released: freed.length });
}
