/**
 * Runs over whole objects: where each stands and what it found. Invariant: a checkpoint is stored
 * together with what its page found, only by a worker that read the one before it, and only while
 * the run is running; so a run goes on from wherever it was ended, and counts nothing twice.
 */
import * as z from "zod";
import type { EntityId, FieldName, ObjectName, SystemId } from "../../shared/record.ts";
import { emptyTally, type Tally } from "../core/parity.ts";
import { type Act, acted } from "./acts.ts";
import { type Database, type Row, statementsFor } from "./database.ts";
import { scannedSql } from "./rules-seen.ts";

export const runKindSchema = z.enum(["scan", "backfill", "baseline"]);
export type RunKind = z.infer<typeof runKindSchema>;

const foundSchema = z.object({
  system: z.string(),
  recordId: z.string(),
  /** Whether only its absence from a list speaks of it: to be confirmed by reading. */
  suspect: z.boolean(),
});
/** A record that was found and not poked yet. */
export type Found = z.infer<typeof foundSchema>;

const countSchema = z.object({ equal: z.number(), different: z.number() });
const tallySchema: z.ZodType<Tally> = z.object({
  fields: z.record(z.string(), countSchema),
  pipeline: z.record(z.string(), z.object({ open: z.string(), confident: z.string() })),
  // Runs from before these were counted are still told.
  entities: countSchema.default({ equal: 0, different: 0 }),
  segments: z.record(z.string(), z.record(z.string(), countSchema)).default({}),
});

/** What a dry backfill foretells, counted by "create.ops" and the like. */
const forecastSchema = z.record(z.string(), z.number());
export type Forecast = Readonly<z.infer<typeof forecastSchema>>;

const walkSchema = z.object({
  system: z.string(),
  /** list: through the system's pages. links: through our links, where its pages have no order. */
  stage: z.enum(["list", "links"]),
  /** Of the page to ask for next; null: the first. */
  cursor: z.nullable(z.string()),
  order: z.enum(["unknown", "number", "text", "none"]),
  /** Links up to this one have been looked for. */
  after: z.nullable(z.string()),
});
/** How far one system was walked. */
export type Walk = z.infer<typeof walkSchema>;

const checkpointSchema = z.object({
  /** Of systems that are not walked to their end, in the order of their rank. */
  walks: z.array(walkSchema).default([]),
  found: z.array(foundSchema),
  /** When the oldest of them was found. */
  foundAt: z.nullable(z.number()),
  /** Attempts at this step that failed. */
  failures: z.number(),
  tally: tallySchema,
  forecast: forecastSchema,
  /** Whether a person has said that the many records missing are gone. */
  missingLet: z.boolean().default(false),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

const countersSchema = z.object({
  read: z.number(),
  pages: z.number(),
  /** API calls of the run itself: pages, and reads that confirm. */
  calls: z.number(),
  /** Differed from what was last seen, though nothing was on its way. */
  differing: z.number(),
  /** Differed, but changed so lately that its event may still be on its way. */
  moving: z.number(),
  /** Held a change of a field that only scans keep the same. */
  scheduled: z.number(),
  /** Linked, and gone. */
  missing: z.number(),
  /** Known to no entity. */
  extra: z.number(),
  /** Was found to be gone, and is there again. */
  back: z.number(),
  /** Of all these: the same everywhere now, waiting for a person, still under way. */
  repaired: z.number(),
  excepted: z.number(),
  waiting: z.number(),
  /** Time spent working on it. */
  busyMs: z.number(),
});
export type Counters = z.infer<typeof countersSchema>;
const kindSchema = z.enum(["drift", "moving", "scheduled", "missing", "extra", "back"]);
export type FindingKind = z.infer<typeof kindSchema>;

export const noCounts: Counters = {
  read: 0,
  pages: 0,
  calls: 0,
  differing: 0,
  moving: 0,
  scheduled: 0,
  missing: 0,
  extra: 0,
  back: 0,
  repaired: 0,
  excepted: 0,
  waiting: 0,
  busyMs: 0,
};

export interface Run {
  readonly id: string;
  readonly kind: RunKind;
  readonly object: ObjectName;
  readonly startedBy: string;
  /** Only reports. */
  readonly dry: boolean;
  readonly state: "running" | "paused" | "done" | "failed" | "stopped";
  readonly note: string | null;
  readonly version: number;
  readonly checkpoint: Checkpoint;
  readonly counters: Counters;
  readonly expected: number;
  readonly resumed: number;
  readonly startedAt: number;
  readonly updatedAt: number;
  readonly finishedAt: number | null;
}

export interface Finding {
  readonly system: SystemId;
  readonly recordId: string;
  readonly kind: FindingKind;
  readonly entityId: EntityId | null;
  readonly fields: readonly FieldName[];
}

export type NewRun = Pick<Run, "id" | "kind" | "object" | "dry"> & {
  readonly systems: readonly SystemId[];
};

/** Starts a run, unless one is open for the object: then that one's id is answered. */
export async function startRun(
  db: Database,
  run: NewRun,
  act: Act,
): Promise<{ readonly started: boolean; readonly id: string }> {
  const { id, kind, object, dry, systems } = run;
  const checkpoint: Checkpoint = {
    walks: systems.map((system) => ({
      system,
      stage: "list",
      cursor: null,
      order: "unknown",
      after: null,
    })),
    found: [],
    foundAt: null,
    failures: 0,
    tally: emptyTally,
    forecast: {},
    missingLet: false,
  };
  const detail = { act: "start_run", run: id, kind, object, by: act.by };
  const [started = [], open = []] = await acted(db, detail, act, [
    db
      .prepare(startSql)
      .bind(
        id,
        kind,
        object,
        act.by,
        dry ? 1 : 0,
        JSON.stringify(checkpoint),
        JSON.stringify(noCounts),
        act.at,
        JSON.stringify(systems),
      ),
    db
      .prepare(`SELECT id FROM runs WHERE object = ?1 AND state IN ('running', 'paused')`)
      .bind(object),
  ]);
  return { started: started.length > 0, id: String(open[0]?.id ?? id) };
}

const startSql = `
  INSERT INTO runs (id, kind, object, started_by, dry, state, version, checkpoint, counters,
                    expected, resumed, started_at, updated_at)
  SELECT ?1, ?2, ?3, ?4, ?5, 'running', 0, ?6, ?7,
         (SELECT count(*) FROM json_each(?9) s CROSS JOIN links l
          WHERE l.system = s.value AND l.object = ?3 AND l.alias = 0), 0, ?8, ?8
  WHERE true ON CONFLICT DO NOTHING RETURNING id`;

export async function loadRun(db: Database, id: string): Promise<Run | null> {
  const [rows = []] = await db.batch([db.prepare(`SELECT * FROM runs WHERE id = ?1`).bind(id)]);
  return rows[0] === undefined ? null : runOfRow(rows[0]);
}

export interface RunsPage {
  readonly runs: readonly Run[];
  /** Where the next page begins; null: this was the last. */
  readonly cursor: string | null;
}

const runsPerPage = 50;

/** All runs there ever were, newest first; null: from the latest on. */
export async function runs(db: Database, cursor: string | null): Promise<RunsPage> {
  const [rows = []] = await db.batch([
    db
      .prepare(`SELECT * FROM runs WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2`)
      .bind(cursor, runsPerPage + 1),
  ]);
  const page = rows.slice(0, runsPerPage).map(runOfRow);
  return { runs: page, cursor: rows.length > runsPerPage ? (page.at(-1)?.id ?? null) : null };
}

/** Whether a backfill of an object came to its end dry: before that, none may write. */
export async function isTried(db: Database, object: ObjectName): Promise<boolean> {
  const [rows = []] = await db.batch([
    db
      .prepare(
        `SELECT 1 FROM runs
         WHERE object = ?1 AND kind = 'backfill' AND dry = 1 AND state = 'done' LIMIT 1`,
      )
      .bind(object),
  ]);
  return rows.length > 0;
}

/** The last run over an object that came to its end. */
export async function lastDone(db: Database, object: ObjectName): Promise<Run | null> {
  const [rows = []] = await db.batch([
    db
      .prepare(`SELECT * FROM runs WHERE object = ?1 AND state = 'done' ORDER BY id DESC LIMIT 1`)
      .bind(object),
  ]);
  return rows[0] === undefined ? null : runOfRow(rows[0]);
}

export interface Progress {
  readonly state: Run["state"];
  readonly note: string | null;
  readonly checkpoint: Checkpoint;
  readonly counters: Counters;
  readonly findings: readonly Finding[];
  readonly question: NewQuestion | null;
}

/** What a person has to decide about a run; settled when it goes on, or is stopped. */
export interface NewQuestion {
  readonly id: string;
  readonly system: SystemId;
  readonly detail: { readonly message: string; readonly mend: string };
}

/** Stores where the run stands and what it found. False if somebody else was there first. */
export async function keepProgress(
  db: Database,
  run: Run,
  progress: Progress,
  now: number,
): Promise<boolean> {
  const { state, note, checkpoint, counters, findings, question } = progress;
  const finished = state === "done" || state === "failed" ? now : null;
  const results = await db.batch([
    ...(findings.length === 0
      ? []
      : statementsFor(db, findingsSql, findings, run.id, run.version, now)),
    ...(question === null
      ? []
      : statementsFor(db, askSql, [question], run.id, run.version, run.object, now)),
    db
      .prepare(
        `UPDATE runs SET state = ?3, note = ?4, checkpoint = ?5, counters = ?6, updated_at = ?7,
           finished_at = ?8, version = version + 1
         WHERE id = ?1 AND version = ?2 AND state = 'running' RETURNING version AS kept`,
      )
      .bind(
        run.id,
        run.version,
        state,
        note,
        JSON.stringify(checkpoint),
        JSON.stringify(counters),
        now,
        finished,
      ),
    ...(state === "done" ? [db.prepare(scannedSql).bind(run.id, now)] : []),
  ]);
  return results.some((rows) => rows.some((row) => row.kept === run.version + 1));
}

const findingsSql = `
  INSERT INTO findings (run_id, system, record_id, kind, entity_id, fields, found_at)
  SELECT ?2, j.value->>'system', j.value->>'recordId', j.value->>'kind', j.value->>'entityId',
         j.value->'fields', ?4
  FROM json_each(?1) j
  WHERE EXISTS (SELECT 1 FROM runs WHERE id = ?2 AND version = ?3 AND state = 'running')
  ON CONFLICT DO NOTHING`;

const subjectSql = `'run:' || ?2`;
const askSql = `
  INSERT INTO exceptions (id, kind, subject, object, entity_id, system, record_id, field, status,
                          detail, shown, ruling, opened_at, changed_at)
  SELECT j.value->>'id', 'run', ${subjectSql}, ?4, NULL, j.value->>'system', NULL, NULL, 'open',
         j.value->'detail', NULL, NULL, ?5, ?5
  FROM json_each(?1) j
  WHERE EXISTS (SELECT 1 FROM runs WHERE id = ?2 AND version = ?3 AND state = 'running')
  ON CONFLICT DO NOTHING`;

const answeredSql = `
  UPDATE exceptions SET status = 'settled', settled_at = ?1, resolution = ?3
  WHERE subject = ${subjectSql} AND status <> 'settled'
    AND EXISTS (SELECT 1 FROM runs WHERE id = ?2 AND state IN ('running', 'stopped'))`;

/** What a run found, by system and record, from a position on. */
export async function findingsOf(
  db: Database,
  runId: string,
  after: { readonly system: string; readonly recordId: string },
  limit: number,
): Promise<readonly (Finding & { readonly foundAt: number })[]> {
  const [rows = []] = await db.batch([
    db
      .prepare(
        `SELECT * FROM findings WHERE run_id = ?1 AND (system, record_id) > (?2, ?3)
         ORDER BY system, record_id LIMIT ?4`,
      )
      .bind(runId, after.system, after.recordId, limit),
  ]);
  return rows.map((row) => ({
    system: String(row.system),
    recordId: String(row.record_id),
    kind: kindSchema.parse(row.kind),
    entityId: row.entity_id === null ? null : String(row.entity_id),
    fields: z.array(z.string()).parse(JSON.parse(String(row.fields))),
    foundAt: Number(row.found_at),
  }));
}

/** What a person may do to an open run, and from where. */
const turns = {
  pause: { to: "paused", from: ["running"] },
  resume: { to: "running", from: ["paused", "failed"] },
  stop: { to: "stopped", from: ["running", "paused"] },
} as const;
export type Turn = keyof typeof turns;

/** False if the run is not in a state to be turned so. A worker at it loses at most its page. */
export async function turnRun(db: Database, id: string, turn: Turn, act: Act): Promise<boolean> {
  const { to, from } = turns[turn];
  const [turned = []] = await acted(db, { act: `${turn}_run`, run: id, by: act.by }, act, [
    db
      .prepare(
        `UPDATE OR IGNORE runs SET state = ?2, note = NULL, version = version + 1, updated_at = ?3,
           finished_at = CASE WHEN ?2 = 'stopped' THEN ?3 END
         WHERE id = ?1 AND state IN (SELECT value FROM json_each(?4)) RETURNING id`,
      )
      .bind(id, to, act.at, JSON.stringify(from)),
    db.prepare(answeredSql).bind(act.at, id, turn),
  ]);
  return turned.length > 0;
}

/** Running runs that nobody worked on for a while: marked as resumed, to be rung for. */
export async function takeUpRuns(
  db: Database,
  untouchedSince: number,
  now: number,
): Promise<readonly string[]> {
  const [rows = []] = await db.batch([
    db
      .prepare(
        `UPDATE runs SET resumed = resumed + 1, updated_at = ?2
         WHERE state = 'running' AND updated_at < ?1 RETURNING id`,
      )
      .bind(untouchedSince, now),
  ]);
  return rows.map((row) => String(row.id));
}

/** Objects that were scanned or backfilled before, but not for a while, and are not now. */
export async function dueObjects(
  db: Database,
  endedBefore: number,
): Promise<readonly ObjectName[]> {
  const [rows = []] = await db.batch([
    db
      .prepare(
        `SELECT object FROM runs WHERE dry = 0 GROUP BY object
         HAVING sum(state = 'done') > 0 AND sum(state IN ('running', 'paused')) = 0
           AND max(finished_at) < ?1`,
      )
      .bind(endedBefore),
  ]);
  return rows.map((row) => String(row.object));
}

const stateSchema = z.enum(["running", "paused", "done", "failed", "stopped"]);

const runOfRow = (row: Row): Run => ({
  id: String(row.id),
  kind: runKindSchema.parse(row.kind),
  object: String(row.object),
  startedBy: String(row.started_by),
  dry: row.dry === 1,
  state: stateSchema.parse(row.state),
  note: row.note === null ? null : String(row.note),
  version: Number(row.version),
  checkpoint: checkpointSchema.parse(JSON.parse(String(row.checkpoint))),
  counters: countersSchema.parse(JSON.parse(String(row.counters))),
  expected: Number(row.expected),
  resumed: Number(row.resumed),
  startedAt: Number(row.started_at),
  updatedAt: Number(row.updated_at),
  finishedAt: row.finished_at === null ? null : Number(row.finished_at),
});
