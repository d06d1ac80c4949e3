/** The overview and the session: every figure with its definition, every limit with its word. */
import {
  type Answered,
  exceptionFilterSchema,
  type Given,
  type Overview,
  type Thresholds,
} from "../../shared/control.ts";
import type { Forecast } from "../core/budget.ts";
import { hasAdmin, mayOf } from "../core/roles.ts";
import { settlingDefinition, settlingOf } from "../core/settling.ts";
import { parity } from "../jobs/parity.ts";
import type { Group } from "../store/exception-lists.ts";
import { type DayCounts, type Figures, figures } from "../store/overview.ts";
import { proposalsWaiting } from "../store/proposals.ts";
import { type Asking, given } from "./control-ask.ts";
import { labelled, questionOf } from "./control-exceptions.ts";
import { auditKindsNamed, exceptionKindsNamed, percent } from "./control-words.ts";

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const minuteMs = 60_000;
const ownersShown = 10;

export async function session({ access, doors }: Asking, _input: Given<"session">) {
  const { rules } = doors.jobs;
  const roles = { fixedAdmins: doors.fixedAdmins, given: access.settings.roles };
  return given<"session">({
    person: access.person,
    role: access.role,
    may: [...mayOf(access.role)],
    notice: hasAdmin(roles) ? null : noAdmin,
    systems: Object.values(rules.systems).map(({ system, label }) => ({ key: system, label })),
    objects: Object.values(rules.objects).map((object) => ({
      key: object.object,
      label: object.label,
      objectTypeId: doors.typeIdOf(object.object),
      fields: Object.values(object.fields).map(({ field, label, type, guards }) => ({
        key: field,
        label,
        type,
        critical: guards.critical,
      })),
    })),
    exceptionKinds: exceptionKindsNamed,
    auditKinds: auditKindsNamed,
    formats: access.settings.formats,
  });
}

const noAdmin =
  "Nobody is an administrator yet. Put your HubSpot user id or e-mail address into ADMINS in " +
  "wrangler.toml, run `npm run deploy`, and open this page again: you can then give roles to " +
  "others. Until then everybody who sees a record may settle its questions.";

export async function overview(asking: Asking, input: Given<"overview">) {
  const { access, db, doors, now } = asking;
  const { rules } = doors.jobs;
  const everything = questionOf(asking, exceptionFilterSchema.parse({}));
  const [counted, confidence, budgets, waiting] = await Promise.all([
    figures(db, rules, everything, input.days),
    confidences(asking),
    doors.budgets(),
    proposalsWaiting(db),
  ]);
  const { thresholds } = access.settings;
  const without = {
    readAt: now,
    errorRate: { ...errorRateOf(counted.lastDay), definition: errorRateDefinition },
    confidence,
    open: openOf(asking, counted),
    settling: { ...settlingOf(counted.answers), days: input.days, definition: settlingDefinition },
    throughput: { lastHour: counted.writesLastHour, lastDay: counted.lastDay.writes },
    systems: systemsOf(asking, counted, budgets),
    days: counted.days.map((day) => ({
      day: new Date(day.day * dayMs).toISOString().slice(0, 10),
      writes: day.writes,
      opened: day.opened,
      settled: day.settled,
      errorRate: errorRateOf(day).share,
    })),
    thresholds,
    proposalsWaiting: waiting,
  };
  return given<"overview">({ ...without, crossed: crossedBy(thresholds, without) });
}

const errorRateDefinition =
  "In the last 24 hours: problems that came up, divided by these and the changes that were " +
  "written. A choice between two values is no problem, and neither is a brake.";

function errorRateOf({ problems, writes }: Pick<DayCounts, "problems" | "writes">) {
  const all = problems + writes;
  return { share: all === 0 ? null : problems / all, problems, writes };
}

async function confidences({ doors }: Asking): Promise<Overview["confidence"]> {
  const { jobs } = doors;
  const objects = Object.values(jobs.rules.objects).filter(({ pipeline }) => pipeline !== null);
  const all = await Promise.all(
    objects.map(async ({ object, label }) => {
      const { confidence } = await parity(jobs, object);
      return confidence === undefined ? [] : [{ object, label, ...confidence }];
    }),
  );
  return all.flat();
}

function openOf(asking: Asking, counted: Figures): Overview["open"] {
  const named = (by: Parameters<typeof labelled>[1], groups: readonly Group[]) =>
    groups.map((group) => labelled(asking, by, group));
  const ages = ["hour", "day", "week", "older"];
  const byAge = ages.map(
    (key) => counted.byAge.find((group) => group.key === key) ?? { key, name: null, count: 0 },
  );
  const owners = named("owner", counted.byOwner);
  const others = owners.slice(ownersShown).reduce((sum, { count }) => sum + count, 0);
  return {
    total: counted.byAge.reduce((sum, { count }) => sum + count, 0),
    oldestAt: counted.oldestAt,
    byAge: named("age", byAge),
    byKind: named("kind", counted.byKind),
    byObject: named("object", counted.byObject),
    byOwner: [
      ...owners.slice(0, ownersShown),
      ...(others === 0 ? [] : [{ key: "*", label: "All others", count: others }]),
    ],
    byAssignee: named("assignee", counted.byAssignee),
  };
}

function systemsOf(
  { doors, now }: Asking,
  { waiting, pauses }: Pick<Figures, "waiting" | "pauses">,
  budgets: Readonly<Record<string, Forecast>>,
): Overview["systems"] {
  return Object.values(doors.jobs.rules.systems).map(({ system, label }) => {
    const own = waiting.find((one) => one.system === system);
    const isPaused = pauses.some(({ scope }) => ["all", `system:${system}`].includes(scope));
    return {
      system,
      label,
      lagMs: own?.oldestAt == null ? null : Math.max(0, now - own.oldestAt),
      waiting: own?.waiting ?? 0,
      held: own?.held ?? 0,
      isPaused,
      budget: budgets[system] ?? null,
    };
  });
}

type Measured = Omit<Answered<"overview">, "crossed">;

/** What is beyond its threshold, the worst for the pipeline first. */
export function crossedBy(thresholds: Thresholds, measured: Measured): Overview["crossed"] {
  const { errorRate, confidence, open, readAt } = measured;
  const crossed: Overview["crossed"] = [];
  const add = (threshold: keyof Thresholds, says: string, system: string | null = null) =>
    crossed.push({ threshold, system, says });
  for (const { label, share } of confidence) {
    if (share !== null && share < thresholds.confidenceMin) {
      add(
        "confidenceMin",
        `${label}: ${percent(share)} of the open pipeline can be relied on; ` +
          `${percent(thresholds.confidenceMin)} is wanted.`,
      );
    }
  }
  if (errorRate.share !== null && errorRate.share > thresholds.errorRateMax) {
    add(
      "errorRateMax",
      `${percent(errorRate.share)} of changes met a problem in the last 24 hours; ` +
        `${percent(thresholds.errorRateMax)} is the limit.`,
    );
  }
  if (open.total > thresholds.openExceptionsMax) {
    add(
      "openExceptionsMax",
      `${open.total} questions are open; ${thresholds.openExceptionsMax} is the limit.`,
    );
  }
  const oldestHours = open.oldestAt === null ? 0 : (readAt - open.oldestAt) / hourMs;
  if (oldestHours > thresholds.oldestExceptionHoursMax) {
    add(
      "oldestExceptionHoursMax",
      `The oldest question is open for ${Math.floor(oldestHours)} hours; ` +
        `${thresholds.oldestExceptionHoursMax} is the limit.`,
    );
  }
  for (const { system, label, lagMs, budget } of measured.systems) {
    if (lagMs !== null && lagMs > thresholds.lagMinutesMax * minuteMs) {
      const minutes = Math.floor(lagMs / minuteMs);
      add("lagMinutesMax", `${label}: a change waits for ${minutes} minutes.`, system);
    }
    if (budget?.max != null && budget.used > budget.max * thresholds.budgetShareMax) {
      const used = percent(budget.used / budget.max);
      add("budgetShareMax", `${label}: ${used} of today's API calls are used.`, system);
    }
  }
  return crossed;
}
