/**
 * The figures of the overview, counted from what is stored anyway: mailbox, exceptions, audit. One
 * round trip, and nothing is kept for it, so that no figure can disagree with its list.
 */
import type { Rules } from "../core/rules.ts";
import type { Database, Row } from "./database.ts";
import { type Group, groupOf, groupStatement, type Question } from "./exception-lists.ts";
import type { Pause } from "./holds.ts";

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const groupsMax = 1_000;

/** Counts of one UTC day; `day` is the number of days since the epoch. */
export interface DayCounts {
  readonly day: number;
  readonly writes: number;
  readonly opened: number;
  /** Of those opened: neither a choice between values nor a brake. */
  readonly problems: number;
  readonly settled: number;
}

/** An answer of a person to a conflict that was carried out. */
export interface Answer {
  readonly personId: string;
  readonly at: number;
  readonly openedAt: number;
}

export interface Waiting {
  readonly system: string;
  /** When the oldest arrived that waits for nobody; null: none. */
  readonly oldestAt: number | null;
  readonly waiting: number;
  readonly held: number;
}

export interface Figures {
  readonly oldestAt: number | null;
  readonly byAge: readonly Group[];
  readonly byKind: readonly Group[];
  readonly byObject: readonly Group[];
  readonly byOwner: readonly Group[];
  readonly byAssignee: readonly Group[];
  readonly days: readonly DayCounts[];
  /** Of the last 24 hours. */
  readonly lastDay: Omit<DayCounts, "day">;
  readonly writesLastHour: number;
  readonly answers: readonly Answer[];
  readonly waiting: readonly Waiting[];
  readonly pauses: readonly Pause[];
}

export async function figures(
  db: Database,
  rules: Rules,
  everything: Question,
  days: number,
): Promise<Figures> {
  const { now } = everything;
  const from = (Math.floor(now / dayMs) - days + 1) * dayMs;
  const each = JSON.stringify(Array.from({ length: days }, (_, index) => from + index * dayMs));
  const results = await db.batch([
    db.prepare(openSql).bind(now, hourMs, dayMs, 7 * dayMs),
    groupStatement(db, rules, everything, "owner", groupsMax),
    ...[writesSql, openedSql, settledSql].map((sql) => db.prepare(sql).bind(each, dayMs)),
    db.prepare(lastDaySql).bind(now - dayMs, now - hourMs),
    db.prepare(answersSql).bind(from, answersMax),
    db.prepare(waitingSql),
    db.prepare(`SELECT * FROM pauses ORDER BY at`),
  ]);
  const [open = [], owner = [], writes = [], opened = [], settled = []] = results;
  const [lastDay = [], answers = [], waiting = [], pauses = []] = results.slice(5);
  const oldest = open.map((row) => Number(row.oldest_at));
  return {
    oldestAt: oldest.length === 0 ? null : Math.min(...oldest),
    byAge: summed(open, "age"),
    byKind: summed(open, "kind"),
    byObject: summed(open, "object"),
    byOwner: owner.map(groupOf),
    byAssignee: summed(open, "assignee"),
    days: daysOf(Math.floor(from / dayMs), days, { writes, opened, settled }),
    lastDay: countsOf(lastDay[0]),
    writesLastHour: Number(lastDay[0]?.writes_hour ?? 0),
    answers: answers.map((row) => ({
      personId: String(row.person),
      at: Number(row.at),
      openedAt: Number(row.opened_at),
    })),
    waiting: waiting.map(waitingOfRow),
    pauses: pauses.map(pauseOfRow),
  };
}

/** Answers looked at for the time spent; a busy team gives a few thousand a month. */
const answersMax = 20_000;

/** Counts by one of the columns that they are told apart by, most first. */
function summed(rows: readonly Row[], column: "age" | "kind" | "object" | "assignee"): Group[] {
  return [...Map.groupBy(rows, (row) => String(row[column]))]
    .map(([key, group]) => ({
      key,
      name: column === "assignee" ? textOrNull(group[0]?.assignee_name) : null,
      count: group.reduce((sum, row) => sum + Number(row.count), 0),
    }))
    .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
}

const textOrNull = (value: Row[string] | undefined): string | null =>
  value == null ? null : String(value);

// One walk over what is open: each of its groupings alone would be another.
const openSql = `
  SELECT CASE WHEN opened_at > ?1 - ?2 THEN 'hour' WHEN opened_at > ?1 - ?3 THEN 'day'
              WHEN opened_at > ?1 - ?4 THEN 'week' ELSE 'older' END AS age,
         kind, object, coalesce(assignee, '') AS assignee, max(assignee_name) AS assignee_name,
         min(opened_at) AS oldest_at, count(*) AS count
  FROM exceptions WHERE status <> 'settled' GROUP BY 1, 2, 3, 4`;

const isWrite = "kind IN ('wrote', 'created', 'archived')";
const isProblem = "kind NOT IN ('conflict', 'brake')";

// A range of the index for each day: grouping by a day that is computed would sort every row.
const daily = (counts: string): string => `
  SELECT d.value / ?2 AS day, ${counts} FROM json_each(?1) d`;
const inDay = (time: string): string => `${time} >= d.value AND ${time} < d.value + ?2`;
const writesSql = daily(
  `(SELECT count(*) FROM audit WHERE ${inDay("at")} AND ${isWrite}) AS count`,
);
const openedSql = daily(
  `(SELECT count(*) FROM exceptions WHERE ${inDay("opened_at")}) AS count,
   (SELECT count(*) FROM exceptions WHERE ${inDay("opened_at")} AND ${isProblem}) AS problems`,
);
const settledSql = daily(
  `(SELECT count(*) FROM exceptions
    WHERE status = 'settled' AND ${inDay("settled_at")}) AS count`,
);
const lastDaySql = `
  SELECT (SELECT count(*) FROM audit WHERE at > ?1 AND ${isWrite}) AS writes,
         (SELECT count(*) FROM audit WHERE at > ?2 AND ${isWrite}) AS writes_hour,
         (SELECT count(*) FROM exceptions WHERE opened_at > ?1) AS opened,
         (SELECT count(*) FROM exceptions WHERE opened_at > ?1 AND ${isProblem}) AS problems,
         (SELECT count(*) FROM exceptions WHERE status = 'settled' AND settled_at > ?1) AS settled`;
const answersSql = `
  SELECT ruling->'$.person'->>'id' AS person, ruling->>'at' AS at, opened_at
  FROM exceptions
  WHERE status = 'settled' AND settled_at >= ?1 AND resolution = 'ruled' AND ruling IS NOT NULL
  ORDER BY settled_at DESC LIMIT ?2`;
const waitingSql = `
  SELECT system, min(CASE WHEN held_by IS NULL THEN first_at END) AS oldest_at,
         sum(held_by IS NULL) AS waiting, sum(held_by IS NOT NULL) AS held
  FROM pokes GROUP BY system`;

const numberOrNull = (value: Row[string] | undefined): number | null =>
  value == null ? null : Number(value);

const countsOf = (row: Row | undefined): Omit<DayCounts, "day"> => ({
  writes: Number(row?.writes ?? 0),
  opened: Number(row?.opened ?? 0),
  problems: Number(row?.problems ?? 0),
  settled: Number(row?.settled ?? 0),
});

function daysOf(
  first: number,
  count: number,
  rows: Readonly<Record<"writes" | "opened" | "settled", readonly Row[]>>,
): DayCounts[] {
  const at = (group: readonly Row[], day: number, name = "count") =>
    Number(group.find((row) => row.day === day)?.[name] ?? 0);
  return Array.from({ length: count }, (_, index) => first + index).map((day) => ({
    day,
    writes: at(rows.writes, day),
    opened: at(rows.opened, day),
    problems: at(rows.opened, day, "problems"),
    settled: at(rows.settled, day),
  }));
}

export const waitingOfRow = (row: Row): Waiting => ({
  system: String(row.system),
  oldestAt: numberOrNull(row.oldest_at),
  waiting: Number(row.waiting),
  held: Number(row.held),
});

export const pauseOfRow = (row: Row): Pause => ({
  scope: String(row.scope),
  reason: String(row.reason),
  by: String(row.by),
  at: Number(row.at),
});

export interface HeldByBrake {
  readonly system: string;
  readonly object: string;
  readonly held: number;
  readonly since: number | null;
}

/** What waits, what is paused, and what the brake holds: one round trip. */
export async function waitingNow(db: Database): Promise<{
  readonly waiting: readonly Waiting[];
  readonly pauses: readonly Pause[];
  readonly brakes: readonly HeldByBrake[];
}> {
  const [waiting = [], pauses = [], brakes = []] = await db.batch([
    db.prepare(waitingSql),
    db.prepare(`SELECT * FROM pauses ORDER BY at`),
    db.prepare(brakesSql),
  ]);
  return {
    waiting: waiting.map(waitingOfRow),
    pauses: pauses.map(pauseOfRow),
    brakes: brakes.map((row) => ({
      system: String(row.system),
      object: String(row.object),
      held: Number(row.held),
      since: numberOrNull(row.since),
    })),
  };
}

// A brake is on while its exception is open, also if nothing waits for it yet.
const brakesSql = `
  SELECT b.system, b.object,
         (SELECT count(*) FROM pokes p WHERE p.held_by = 'brake:' || b.system || '/' || b.object)
           AS held,
         (SELECT x.opened_at FROM exceptions x
          WHERE x.subject = 'brake:' || b.system || '/' || b.object AND x.status <> 'settled')
           AS since
  FROM brakes b
  WHERE since IS NOT NULL OR held > 0
  ORDER BY b.system, b.object`;
