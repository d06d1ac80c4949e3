/**
 * Open exceptions as lists: filtered, sorted, grouped, counted, given to people. Invariant: a page
 * begins right after the last row of the one before by values that rows keep, so that whatever is
 * settled or opened in between, nothing is shown twice and nothing is left out.
 */
import type { D1PreparedStatement } from "@cloudflare/workers-types";
import type { ExceptionFilter } from "../../shared/control.ts";
import { type Fields, fieldsSchema } from "../../shared/record.ts";
import type { Rules } from "../core/rules.ts";
import { type Act, acted } from "./acts.ts";
import { type Database, type Row, statementsFor } from "./database.ts";
import type { ExceptionRecord } from "./exceptions.ts";
import type { LinkedRecord } from "./load.ts";
import { exceptionOfRow } from "./load.ts";
import { holdsAny, needlesOf } from "./needles.ts";

export interface ListedException extends ExceptionRecord {
  /** What all systems last agreed on; empty if it belongs to no entity. */
  readonly base: Fields;
  readonly assignee: { readonly id: string; readonly name: string | null } | null;
  readonly changedAt: number;
  readonly settledAt: number | null;
}

export type ExceptionSort = "oldest" | "newest" | "critical";

/** [rank, opened at, id] of the last one shown. */
export type ExceptionPosition = readonly [number, number, string];

export interface Question {
  readonly filter: ExceptionFilter;
  /** Only those opened until then. */
  readonly asOf: number | null;
  /** Only records of these owners; null: of all. */
  readonly owners: readonly string[] | null;
  readonly now: number;
}

interface Clause {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** A page of open exceptions, and how many there are in all: two round trips. */
export async function exceptionPage(
  db: Database,
  rules: Rules,
  question: Question,
  page: {
    readonly sort: ExceptionSort;
    readonly after: ExceptionPosition | null;
    readonly limit: number;
  },
): Promise<{ readonly items: readonly ListedException[]; readonly total: number }> {
  const where = whereOf(rules, question);
  const order = orderOf(rules, page.sort);
  const [rows = [], totals = []] = await db.batch([
    bound(db, pageClause(where, order, page.after, page.limit)),
    bound(db, { sql: `SELECT count(*) AS total ${from} WHERE ${where.sql}`, values: where.values }),
  ]);
  return { items: await withLinks(db, rows), total: Number(totals[0]?.total ?? 0) };
}

/** Where in a list an exception stands. */
export const positionIn = (
  rules: Rules,
  sort: ExceptionSort,
  item: Pick<ListedException, "id" | "openedAt" | "object" | "field">,
): ExceptionPosition => [
  sort === "critical" && isCritical(rules, item.object, item.field) ? 0 : 1,
  item.openedAt,
  item.id,
];

export const isCritical = (rules: Rules, object: string, field: string | null): boolean =>
  rules.objects[object]?.fields[field ?? ""]?.guards.critical ?? false;

// The entity is looked up for each row: LEFT JOIN pins that order of the loops.
const from = "FROM exceptions x LEFT JOIN entities e ON e.id = x.entity_id";

interface Order {
  readonly rank: Clause;
  readonly isDescending: boolean;
}

function orderOf(rules: Rules, sort: ExceptionSort): Order {
  const critical = Object.values(rules.objects).flatMap(({ object, fields }) =>
    Object.values(fields).flatMap(({ field, guards }) =>
      guards.critical ? [`${object}.${field}`] : [],
    ),
  );
  const rank =
    sort === "critical"
      ? {
          sql: "(x.object || '.' || coalesce(x.field, '') NOT IN (SELECT value FROM json_each(?)))",
          values: [JSON.stringify(critical)],
        }
      : { sql: "1", values: [] };
  return { rank, isDescending: sort === "newest" };
}

function pageClause(
  where: Clause,
  { rank, isDescending }: Order,
  after: ExceptionPosition | null,
  limit: number,
): Clause {
  const direction = isDescending ? "DESC" : "ASC";
  const key = `(${rank.sql}, x.opened_at, x.id)`;
  const past = after === null ? "" : `AND ${key} ${isDescending ? "<" : ">"} (?, ?, ?)`;
  const order = `${rank.sql} ${direction}, x.opened_at ${direction}, x.id ${direction}`;
  // A constant rank would keep the index on the time from being the order.
  const sorted = rank.values.length === 0 ? order.replace(/^1 \w+, /, "") : order;
  return {
    sql: `SELECT x.*, e.base ${from} WHERE ${where.sql} ${past} ORDER BY ${sorted} LIMIT ?`,
    values: [
      ...where.values,
      ...(after === null ? [] : [...rank.values, ...after]),
      ...rank.values,
      limit,
    ],
  };
}

/** What a filter asks, as SQL over `from`. */
function whereOf(rules: Rules, { filter, asOf, owners, now }: Question): Clause {
  const owner = ownerExpression(rules);
  const clauses: (Clause | null)[] = [
    { sql: "x.status <> 'settled'", values: [] },
    among("x.kind", filter.kinds),
    among("x.object", filter.objects),
    among("x.field", filter.fields),
    among("coalesce(x.assignee, '')", filter.assignees),
    filter.systems.length === 0
      ? null
      : { sql: concernsSql, values: [list(filter.systems), list(filter.systems)] },
    filter.owners.length === 0 ? null : amongOwners(owner, filter.owners),
    owners === null ? null : amongOwners(owner, owners),
    filter.olderThanMs === null
      ? null
      : { sql: "x.opened_at <= ?", values: [now - filter.olderThanMs] },
    filter.youngerThanMs === null
      ? null
      : { sql: "x.opened_at >= ?", values: [now - filter.youngerThanMs] },
    asOf === null ? null : { sql: "x.opened_at <= ?", values: [asOf] },
    filter.text.trim() === "" ? null : textClause(filter.text.trim()),
  ];
  return joined(clauses.filter((one) => one !== null));
}

const list = (values: readonly string[]): string => JSON.stringify(values);

const among = (expression: string, values: readonly string[]): Clause | null =>
  values.length === 0
    ? null
    : { sql: `${expression} IN (SELECT value FROM json_each(?))`, values: [list(values)] };

const amongOwners = (owner: Clause, emails: readonly string[]): Clause => ({
  sql: `lower(${owner.sql}) IN (SELECT value FROM json_each(?))`,
  values: [...owner.values, list(emails.map((email) => email.toLowerCase()))],
});

const joined = (clauses: readonly Clause[]): Clause => ({
  sql: clauses.map(({ sql }) => `(${sql})`).join(" AND "),
  values: clauses.flatMap(({ values }) => values),
});

/** A conflict names no system of its own: it concerns all whose values it shows. */
const concernsSql = `x.system IN (SELECT value FROM json_each(?))
  OR (x.kind = 'conflict' AND EXISTS (
    SELECT 1 FROM json_each(x.detail, '$.because.inputs') i
    WHERE i.value->>'system' IN (SELECT value FROM json_each(?))))`;

const textClause = (text: string): Clause => ({
  sql: `${holdsAny("e.base", "?")} OR x.record_id = ? OR x.id = ?
    OR EXISTS (SELECT 1 FROM links l WHERE l.entity_id = x.entity_id AND l.record_id = ?)`,
  values: [list(needlesOf(text)), text, text, text],
});

/** The owner of the entity at hand, whatever field its object keeps it in; "" for nobody. */
function ownerExpression(rules: Rules): Clause {
  const cases = Object.values(rules.objects).flatMap(({ object, fields }) =>
    Object.values(fields)
      .filter(({ type }) => type.kind === "owner")
      .slice(0, 1)
      .map(({ field }) => ({ object, path: `$."${field}"` })),
  );
  if (cases.length === 0) return { sql: "''", values: [] };
  return {
    sql: `coalesce(CASE x.object ${cases
      .map(() => "WHEN ? THEN json_extract(e.base, ?)")
      .join(" ")} END, '')`,
    values: cases.flatMap(({ object, path }) => [object, path]),
  };
}

const bound = (db: Database, { sql, values }: Clause): D1PreparedStatement =>
  db.prepare(sql).bind(...values);

export type Grouping = "kind" | "object" | "field" | "system" | "age" | "owner" | "assignee";

export interface Group {
  readonly key: string;
  /** What it is called, where that is stored beside it. */
  readonly name: string | null;
  readonly count: number;
}

const hourMs = 3_600_000;

/** Ages by the time they begin at, youngest first; "older" has none. */
const ages = [
  ["hour", hourMs],
  ["day", 24 * hourMs],
  ["week", 7 * 24 * hourMs],
] as const;

/** How many there are of each, most first. */
export async function exceptionGroups(
  db: Database,
  rules: Rules,
  question: Question,
  by: Grouping,
  limit: number,
): Promise<readonly Group[]> {
  const [rows = []] = await db.batch([groupStatement(db, rules, question, by, limit)]);
  return rows.map(groupOf);
}

/** The same, for whoever asks for more in the same round trip. */
export function groupStatement(
  db: Database,
  rules: Rules,
  question: Question,
  by: Grouping,
  limit: number,
): D1PreparedStatement {
  const where = whereOf(rules, question);
  const key = keyOf(rules, by, question.now);
  return bound(db, {
    sql: `SELECT ${key.sql} AS key, max(x.assignee_name) AS name, count(*) AS count
          ${from} WHERE ${where.sql} GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT ?`,
    values: [...key.values, ...where.values, limit],
  });
}

export const groupOf = (row: Row): Group => ({
  key: String(row.key),
  name: row.name === null ? null : String(row.name),
  count: Number(row.count),
});

function keyOf(rules: Rules, by: Grouping, now: number): Clause {
  switch (by) {
    case "kind":
      return { sql: "x.kind", values: [] };
    case "object":
      return { sql: "x.object", values: [] };
    case "field":
      return { sql: "coalesce(x.object || '.' || x.field, '')", values: [] };
    case "system":
      return { sql: "coalesce(x.system, '')", values: [] };
    case "owner":
      return ownerExpression(rules);
    case "assignee":
      return { sql: "coalesce(x.assignee, '')", values: [] };
    case "age": {
      const whens = ages.map(([name]) => `WHEN x.opened_at > ? THEN '${name}'`).join(" ");
      return {
        sql: `CASE ${whens} ELSE 'older' END`,
        values: ages.map(([, ageMs]) => now - ageMs),
      };
    }
  }
}

/** Gives open exceptions to somebody; answers with how many there were. */
export async function assignExceptions(
  db: Database,
  ids: readonly string[],
  assignee: { readonly id: string; readonly name: string } | null,
  act: Act,
): Promise<number> {
  const label = assignee?.name ?? "nobody";
  const results = await acted(
    db,
    { act: "assign", label, count: ids.length, exceptions: ids, by: act.by },
    act,
    statementsFor(
      db,
      `UPDATE exceptions SET assignee = ?2, assignee_name = ?3
       WHERE id IN (SELECT value FROM json_each(?1)) AND status <> 'settled' RETURNING id`,
      ids,
      assignee?.id ?? null,
      assignee?.name ?? null,
    ),
  );
  return results.flat().length;
}

/** Exceptions by id, as they stand in lists; settled ones too. */
export async function listedById(
  db: Database,
  ids: readonly string[],
): Promise<readonly ListedException[]> {
  if (ids.length === 0) return [];
  const results = await db.batch(
    statementsFor(
      db,
      `SELECT x.*, e.base FROM json_each(?1) i CROSS JOIN exceptions x
       LEFT JOIN entities e ON e.id = x.entity_id WHERE x.id = i.value`,
      ids,
    ),
  );
  return withLinks(db, results.flat());
}

async function withLinks(db: Database, rows: readonly Row[]): Promise<ListedException[]> {
  const entityIds = [...new Set(rows.flatMap(({ entity_id: id }) => (id === null ? [] : [id])))];
  const links = entityIds.length === 0 ? [] : await linksOf(db, entityIds.map(String));
  const byEntity = Map.groupBy(links, (row) => String(row.entity_id));
  return rows.map((row) => listedOf(row, byEntity.get(String(row.entity_id)) ?? []));
}

const linksOf = async (db: Database, entityIds: readonly string[]): Promise<Row[]> =>
  (await db.batch(statementsFor(db, entityLinksSql, entityIds))).flat();

const entityLinksSql = `
  SELECT l.* FROM json_each(?1) i CROSS JOIN links l WHERE l.entity_id = i.value AND l.alias = 0`;

function listedOf(row: Row, links: readonly Row[]): ListedException {
  const open = exceptionOfRow(row);
  const text = (value: Row[string] | undefined) => (value == null ? null : String(value));
  const assignee = text(row.assignee);
  return {
    ...open,
    status: row.status === "settled" ? "settled" : open.status,
    object: String(row.object),
    entityId: text(row.entity_id),
    recordId: text(row.record_id),
    resolution: text(row.resolution),
    links: Object.fromEntries(
      links.map((link): [string, LinkedRecord] => [
        String(link.system),
        { recordId: String(link.record_id), url: text(link.url) },
      ]),
    ),
    base: row.base == null ? {} : fieldsSchema.parse(JSON.parse(String(row.base))),
    assignee: assignee === null ? null : { id: assignee, name: text(row.assignee_name) },
    changedAt: Number(row.changed_at),
    settledAt: row.settled_at === null ? null : Number(row.settled_at),
  };
}
