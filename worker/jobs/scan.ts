/**
 * A run over one object: every record of every system is held against what was last seen of it, and
 * what differs is poked. It goes in steps, each a page or a batch of what was found, and each is
 * checkpointed before the next: whatever ends a worker repeats at most the step it was at. Nothing
 * is remembered between steps but the checkpoint, so memory does not grow with the records, and
 * nothing but the checkpoint is written where nothing differs.
 */
import type { ObjectName, SystemId } from "../../shared/record.ts";
import { ConnectorError } from "../connectors/connector.ts";
import { assert } from "../core/assert.ts";
import { nextAttempt } from "../core/retry.ts";
import { counting, type Database, database } from "../store/database.ts";
import {
  type Checkpoint,
  type Counters,
  dueObjects,
  type Finding,
  keepProgress,
  loadRun,
  type NewQuestion,
  type Progress,
  type Run,
  startRun,
  takeUpRuns,
  type Walk,
} from "../store/runs.ts";
import { connectorOf, type JobContext } from "./context.ts";
import { mend } from "./scan-mend.ts";
import { type Pages, pagesOf } from "./scan-pages.ts";
import { mappingOf, walkLinks, walkPage } from "./scan-walk.ts";

/** Bounds of runs, all in one place. */
export const runLimits = {
  /** Found records are worked on together: one read and one write call per system. */
  foundMax: 100,
  /** But none waits longer than this for others. */
  foundWaitMs: 5 * 60_000,
  /** How long one queue message works at a run before it passes it on. */
  sliceMs: 30_000,
  /**
   * And how many D1 queries it asks, of the thousand that an invocation may
   * (https://developers.cloudflare.com/d1/platform/limits/): the last step may ask the others.
   */
  sliceQueries: 800,
  /** A run that nobody worked on for so long has lost its worker or its message. */
  staleMs: 3 * 60_000,
  /** From the end of one scheduled scan to the start of the next. */
  scanEveryMs: 24 * 60 * 60_000,
} as const;

/** What one step did. */
export interface Step {
  readonly checkpoint: Checkpoint;
  readonly counts: Partial<Counters>;
  readonly findings: readonly Finding[];
  /** Why the run is to stand still until a person lets it go on. */
  readonly pause?: string;
  /** What people are asked about it. */
  readonly question?: NewQuestion;
}

/** What is to become of the run's message. */
export type Slice =
  | { readonly kind: "over" }
  | { readonly kind: "again"; readonly delayMs: number };

const over: Slice = { kind: "over" };

/** By who waits: a backfill keeps back for a scan. */
export type Lanes = Readonly<Record<"scan" | "backfill", JobContext>>;

/** Works at a run for a while. */
export async function workRun(lanes: Lanes, runId: string): Promise<Slice> {
  const { d1, asked } = counting(lanes.scan.d1);
  const db = database(d1);
  let run = await loadRun(db, runId);
  const context = { ...lanes[run?.kind === "backfill" ? "backfill" : "scan"], d1 };
  const startedAt = context.now();
  const isSpent = () =>
    asked() >= runLimits.sliceQueries || context.now() - startedAt >= runLimits.sliceMs;
  const pages = pagesOf(context, isSpent);
  while (run?.state === "running") {
    // A page that was asked for is not thrown away.
    if (isSpent() && !pages.isAhead) return { kind: "again", delayMs: 0 };
    const { progress, delayMs } = await attempt(context, db, run, pages);
    // Paused meanwhile, or another worker was faster: this step is as if it had never been.
    if (!(await keepProgress(db, run, progress, context.now()))) return over;
    if (progress.question !== null) await context.announce([progress.question.id]);
    run = { ...run, ...progress, version: run.version + 1 };
    if (delayMs !== null) return { kind: "again", delayMs };
  }
  if (run !== null) {
    const { kind, object, state, counters } = run;
    context.log({ event: "run.ended", run: runId, kind, object, state, ...counters });
  }
  return over;
}

/** Runs whose worker or message was lost; for each the doorbell is to be rung. */
export async function takeUp(context: JobContext): Promise<readonly string[]> {
  const now = context.now();
  return takeUpRuns(database(context.d1), now - runLimits.staleMs, now);
}

/**
 * Starts the scans that are due; for each the doorbell is to be rung. Never the first one: what a
 * full read of an object comes to is for a person to decide, after a dry backfill.
 */
export async function startDue(context: JobContext): Promise<readonly string[]> {
  const db = database(context.d1);
  const { objects } = context.rules;
  const due = await dueObjects(db, context.now() - runLimits.scanEveryMs);
  const started: string[] = [];
  for (const object of due.filter((one) => one in objects)) {
    const systems = systemsOf(context, object);
    const run = { id: context.newId(), kind: "scan", object, dry: false, systems } as const;
    const act = { by: "schedule", at: context.now(), salt: context.newId() };
    if ((await startRun(db, run, act)).started) started.push(run.id);
  }
  return started;
}

/** The systems that hold an object, in the order in which a run walks them. */
export function systemsOf({ rules }: JobContext, object: ObjectName): readonly SystemId[] {
  return rules.rank.filter((system) => system in (rules.objects[object]?.mappings ?? {}));
}

interface Attempted {
  readonly progress: Progress;
  readonly delayMs: number | null;
}

async function attempt(
  context: JobContext,
  db: Database,
  run: Run,
  pages: Pages,
): Promise<Attempted> {
  const startedAt = context.now();
  try {
    const {
      checkpoint,
      counts,
      findings,
      pause,
      question = null,
    } = await step(context, db, run, pages);
    const busyMs = context.now() - startedAt;
    const isOver = checkpoint.walks.length === 0 && checkpoint.found.length === 0;
    const state = isOver ? "done" : pause === undefined ? "running" : "paused";
    const progress = {
      state,
      note: pause ?? null,
      checkpoint: { ...checkpoint, failures: 0 },
      counters: added(run.counters, { ...counts, busyMs }),
      findings,
      question,
    } as const;
    return { progress, delayMs: null };
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return postponed(context, run, error);
  }
}

function postponed(context: JobContext, run: Run, error: ConnectorError): Attempted {
  const failures = run.checkpoint.failures + 1;
  const next = nextAttempt(error.kind, failures, context.random(), error.retryAfterMs);
  const { object, kind } = run;
  context.log({ event: "run.postponed", run: run.id, kind, object, why: error.kind, failures });
  return {
    progress: {
      state: next.kind === "retry" ? "running" : "failed",
      note: error.message,
      checkpoint: { ...run.checkpoint, failures },
      counters: run.counters,
      findings: [],
      question: null,
    },
    delayMs: next.kind === "retry" ? next.delayMs : null,
  };
}

async function step(context: JobContext, db: Database, run: Run, pages: Pages): Promise<Step> {
  const { walks, found, foundAt } = run.checkpoint;
  const waitedMs = foundAt === null ? 0 : context.now() - foundAt;
  const isFull = found.length >= runLimits.foundMax || waitedMs >= runLimits.foundWaitMs;
  if (walks.length === 0 || isFull) {
    // A page from before would show what is mended now as it was.
    const wasted = pages.forget();
    const mended = await mend(context, db, run);
    return { ...mended, counts: { ...mended.counts, calls: (mended.counts.calls ?? 0) + wasted } };
  }
  const walk = await nextWalk(context, run, pages);
  return walk.stage === "list"
    ? walkPage(context, db, run, { walk, pages })
    : walkLinks(context, db, run, walk);
}

/**
 * Whichever system's page comes first. A backfill walks one after the other: what it links in the
 * first is known when it comes to the next.
 */
async function nextWalk(context: JobContext, run: Run, pages: Pages): Promise<Walk> {
  const { walks } = run.checkpoint;
  const active = run.kind === "backfill" ? walks.slice(0, 1) : walks;
  for (const { system, stage, cursor } of active) {
    if (stage === "links" || connectorOf(context, system).list === undefined) continue;
    pages.ahead({ system, mapping: mappingOf(context, run, system), cursor });
  }
  const first = await pages.first();
  const walk = active.find(({ system }) => system === first) ?? active[0];
  assert(walk !== undefined, "there is a walk as long as the run is not over");
  return walk;
}

const added = (counters: Counters, counts: Partial<Counters>): Counters => {
  const sums = Object.entries(counters).map(([name, count]) => {
    return [name, count + (counts[name as keyof Counters] ?? 0)] as const;
  });
  return Object.fromEntries(sums) as Counters;
};
