/** Runs over whole objects: started, watched, turned; what they found, and how far all agrees. */
import type { Answered, ControlRun, Given } from "../../shared/control.ts";
import type { Held } from "../../shared/record.ts";
import type { Rules } from "../core/rules.ts";
import { shortened, shortHeld, titleOf } from "../core/title.ts";
import type { baselineOf } from "../jobs/backfill.ts";
import { parity } from "../jobs/parity.ts";
import { systemsOf } from "../jobs/scan.ts";
import { entitiesById, type FoundEntity } from "../store/explore.ts";
import {
  type Finding,
  findingsOf,
  isTried,
  loadRun,
  type Run,
  startRun,
  runs as storedRuns,
  turnRun,
} from "../store/runs.ts";
import { type Asking, actOf, cursorOf, fitted, given, positionOf, refused } from "./control-ask.ts";
import { fieldLabel, objectLabel, systemLabel } from "./control-words.ts";
import { runView } from "./run-view.ts";

const findingsPerPage = 100;
const differingShown = 50;
const segmentsShown = 100;
const valueLengthMax = 160;
const sentenceLengthMax = 300;

export async function runs(asking: Asking, input: Given<"runs">) {
  const [before = null, ...more] = input.cursor === null ? [] : (positionOf(input.cursor) ?? [0]);
  if (typeof before === "number" || more.length > 0) {
    return refused("bad_request", "cursor: not one of ours");
  }
  const page = await storedRuns(asking.db, before);
  const views = page.runs.map((run) => viewOf(asking, run));
  const { shown, isCut } = fitted(views, views.length);
  const last = isCut ? (shown.at(-1)?.id ?? null) : page.cursor;
  return given<"runs">({
    runs: shown,
    cursor: last === null ? null : cursorOf([last]),
    readAt: asking.now,
  });
}

export function viewOf({ doors }: Asking, run: Run): ControlRun {
  const { rules } = doors.jobs;
  const view = runView(doors.jobs, run);
  const { counters, forecast } = view;
  const isOver = run.state === "done";
  const progress = run.expected === 0 ? null : Math.min(1, counters.read / run.expected);
  return {
    id: run.id,
    kind: run.kind,
    object: run.object,
    objectLabel: objectLabel(rules, run.object),
    startedBy: run.startedBy,
    dry: run.dry,
    state: run.state,
    note: run.note,
    system: view.system === null ? null : systemLabel(rules, view.system),
    expected: view.expected,
    progress: isOver ? 1 : progress,
    recordsPerMinute: view.recordsPerMinute,
    endsAt: view.endsAt,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    durationMs: Math.max(0, view.durationMs),
    resumed: run.resumed,
    ...countsOf(counters),
    forecast: forecast === null ? null : forecastWords(rules, forecast),
    forecastCalls:
      forecast === null
        ? null
        : Object.fromEntries(
            Object.entries(forecast.calls).map(([system, calls]) => [
              systemLabel(rules, system),
              Number(calls),
            ]),
          ),
    ...(view.baseline === null ? {} : { baseline: baselineWords(rules, run, view.baseline) }),
  };
}

/** What a baseline counted, in words; what it counted none of is left out. */
function baselineWords(rules: Rules, { object }: Run, told: ReturnType<typeof baselineOf>) {
  const by = (counts: Readonly<Record<string, number>>, says: (name: string) => string) =>
    Object.entries(counts).map(([name, count]) => ({ says: says(name), count }));
  const inSystem = (name: string) => systemLabel(rules, name);
  const counts = [
    { says: "Records that are the same everywhere", count: told.equal },
    { says: "Records that differ", count: told.different },
    ...by(told.fields, (field) => `Records that differ in ${fieldLabel(rules, object, field)}`),
    ...by(told.duplicates, (system) => `Duplicates in ${inSystem(system)}`),
    { says: "Records that several others fit", count: told.ambiguous },
    { says: "Differences that no rule decides", count: told.conflicts },
    { says: "Values that cannot be used", count: told.invalid },
    ...by(told.absent, (system) => `Records that are not in ${inSystem(system)}`),
    { says: "Linked records that changed unheard of", count: told.drift },
    { says: "Linked records that are gone", count: told.missing },
  ];
  return { errorRate: told.errorRate, counts: counts.filter(({ count }) => count > 0) };
}

const countsOf = ({ busyMs: _, ...counters }: Run["counters"]) => {
  const { read, calls, differing, moving, missing, extra, repaired, excepted, waiting } = counters;
  return { read, calls, differing, moving, missing, extra, repaired, excepted, waiting };
};

/** What a dry backfill would do, in words, as far as it counts anything. */
function forecastWords(rules: Rules, forecast: Readonly<Record<string, unknown>>) {
  const words = (name: string): string | null => {
    const [what = "", system = ""] = name.split(".");
    const label = systemLabel(rules, system);
    switch (what) {
      case "link":
        return "Records recognised in several systems";
      case "create":
        return `Records created in ${label}`;
      case "change":
        return `Records changed in ${label}`;
      case "blank":
        return `Records with a value cleared in ${label}`;
      case "conflict":
        return "Questions to people: values differ";
      case "invalid":
        return "Values that cannot be used";
      case "ambiguous":
        return "Questions to people: several records fit";
      default:
        return null;
    }
  };
  return Object.entries(forecast).flatMap(([name, count]) => {
    const says = words(name);
    return says === null || typeof count !== "number" ? [] : [{ says, count }];
  });
}

export async function runStart(asking: Asking, input: Given<"run-start">) {
  const { db, doors } = asking;
  const { jobs } = doors;
  const systems = systemsOf(jobs, input.object);
  if (systems.length === 0) return refused("not_found", "There are no such records.");
  const dry = input.dry || input.kind === "baseline";
  if (input.kind === "backfill" && !dry && !(await isTried(db, input.object))) {
    return refused("changed", "Run it dry first, and look at what it would do.");
  }
  const run = { kind: input.kind, object: input.object, id: jobs.newId(), dry, systems };
  const result = await startRun(db, run, actOf(asking));
  if (result.started) await doors.ringRun(result.id);
  return given<"run-start">({ runId: result.id, started: result.started });
}

export async function runTurn(asking: Asking, input: Given<"run-turn">) {
  const { db, doors } = asking;
  const turned = await turnRun(db, input.runId, input.turn, actOf(asking));
  if (turned && input.turn === "resume") await doors.ringRun(input.runId);
  const run = await loadRun(db, input.runId);
  if (run === null) return refused("not_found", "There is no such run.");
  const already = { pause: "paused", resume: "running", stop: "stopped" }[input.turn];
  if (!turned && run.state !== already) {
    return refused("changed", `This run is ${stateWords[run.state]} by now.`);
  }
  return given<"run-turn">({ run: viewOf(asking, run) });
}

const stateWords: Readonly<Record<Run["state"], string>> = {
  running: "running",
  paused: "paused",
  done: "done",
  failed: "stuck",
  stopped: "stopped",
};

export async function runFindings(asking: Asking, input: Given<"run-findings">) {
  const { db, doors } = asking;
  const [system = "", recordId = ""] =
    input.cursor === null ? [] : (positionOf(input.cursor) ?? [0]);
  if (typeof system !== "string" || typeof recordId !== "string") {
    return refused("bad_request", "cursor: not one of ours");
  }
  const limit = findingsPerPage + 1;
  const rows = await findingsOf(db, input.runId, { system, recordId }, limit);
  const run = await loadRun(db, input.runId);
  if (run === null) return refused("not_found", "There is no such run.");
  const entities = await entitiesById(
    db,
    rows.flatMap(({ entityId }) => entityId ?? []),
  );
  const { shown } = fitted(
    rows.map((row) => ({
      system: row.system,
      systemLabel: systemLabel(doors.jobs.rules, row.system),
      recordId: row.recordId,
      entityId: row.entityId,
      title: titleIn(asking, entities, row.entityId),
      kind: row.kind,
      says: findingWords[row.kind],
      fields: row.fields.map((field) => fieldLabel(doors.jobs.rules, run.object, field)),
      foundAt: row.foundAt,
    })),
    findingsPerPage,
  );
  const last = shown.length < rows.length ? shown.at(-1) : undefined;
  return given<"run-findings">({
    findings: shown,
    cursor: last === undefined ? null : cursorOf([last.system, last.recordId]),
  });
}

const findingWords: Readonly<Record<Finding["kind"], string>> = {
  drift: "Differs, though nothing told of a change",
  moving: "Changed so lately that it may still be told",
  scheduled: "Holds a change that only scans carry on",
  missing: "Linked, and not there any more",
  extra: "Linked to nothing",
  back: "Was gone, and is there again",
};

function titleIn(
  { doors }: Asking,
  entities: readonly FoundEntity[],
  entityId: string | null,
): string | null {
  const entity = entities.find((one) => one.entityId === entityId);
  const object = doors.jobs.rules.objects[entity?.object ?? ""];
  return entity === undefined || object === undefined ? null : titleOf(object, entity.base);
}

export async function parityShown(asking: Asking, input: Given<"parity">) {
  const { jobs } = asking.doors;
  const object = jobs.rules.objects[input.object];
  if (object === undefined) return refused("not_found", "There are no such records.");
  const measured = await parity(jobs, input.object, input.segment);
  const differing = measured.differing.slice(0, differingShown);
  const entities = await entitiesById(asking.db, [
    ...new Set(differing.map(({ entityId }) => entityId)),
  ]);
  const { shown } = fitted(
    differing.map((one) => {
      const field = object.fields[one.field ?? ""];
      return {
        entityId: one.entityId,
        title: titleIn(asking, entities, one.entityId) ?? object.label,
        field: one.field,
        label: field?.label ?? null,
        type: field?.type ?? null,
        values: Object.entries(one.values).map(([system, value]) => ({
          system,
          label: systemLabel(jobs.rules, system),
          value: shortHeld((value ?? null) as Held, valueLengthMax),
          at: null,
          actor: null,
        })),
        because: shortened(one.because, sentenceLengthMax),
        since: one.since,
      };
    }),
    differingShown,
  );
  const answer: Answered<"parity"> = {
    object: input.object,
    measuredAt: measured.run?.startedAt ?? null,
    fields: measured.fields,
    segments: measured.segments.map(({ field, label }) => ({ key: field, label })),
    bySegment: measured.bySegment.slice(0, segmentsShown).map(({ value, isRest, ...count }) => ({
      ...count,
      key: value,
      label: isRest ? "All others" : value === "" ? "None" : shortened(value, valueLengthMax),
    })),
    oldestDivergenceAt: measured.oldestDivergenceAt,
    differing: shown,
    isComplete: measured.isComplete && shown.length === measured.differing.length,
  };
  return given<"parity">(answer);
}
