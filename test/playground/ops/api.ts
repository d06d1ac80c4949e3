/** The operations tool's REST API, as `double.ts` documents it, on top of its records. */
import { type Context, Hono } from "hono";
import * as z from "zod";
import type { OpsOddities } from "./faults.ts";
import { isOpsObject, models, type OpsActor, type OpsObject } from "./model.ts";
import {
  type Author,
  archiveRow,
  type Change,
  createRow,
  eraseRow,
  type Row,
  restoreStore,
  rowsAfter,
  rowsChanged,
  rowsHolding,
  type Store,
  snapshotOf,
  updateRow,
} from "./store.ts";
import { shuffled } from "./webhooks.ts";
import { toRecord } from "./wire.ts";

export const batchMax = 100;
const pageMax = 100;
/** How much of an answer an oddity leaves in. */
const shortenedShare = 0.7;

const setSchema = z.record(
  z.string(),
  z.union([z.string(), z.array(z.string()).max(1_000), z.null()]),
);
const idsSchema = z.strictObject({ ids: z.array(z.string().max(64)).min(1).max(batchMax) });
const searchSchema = z.strictObject({
  property: z.string(),
  values: z.array(z.string()).min(1).max(batchMax),
  cursor: z.optional(z.nullable(z.string())),
});
const updateSchema = z.strictObject({
  id: z.string(),
  version: z.optional(z.int()),
  set: setSchema,
});
const createSchema = z.strictObject({
  external_key: z.string().min(1).max(64),
  set: setSchema,
});
const rowsOf = <T>(row: z.ZodType<T>) =>
  z.strictObject({ rows: z.array(row).min(1).max(batchMax) });

export interface ApiParts {
  readonly token: string;
  readonly store: Store;
  readonly oddities: OpsOddities;
  readonly random: () => number;
  readonly at: () => number;
  /** Who writes through this token. */
  readonly client: OpsActor;
  /** Tells the tool's webhooks. */
  readonly changed: (row: Row, what: string, properties: readonly string[]) => void;
}

export function createApi(parts: ApiParts): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    if (context.req.header("authorization") === `Bearer ${parts.token}`) return next();
    return fail(parts, 401, "unauthorized");
  });
  addReads(app, parts);
  addWrites(app, parts);
  app.notFound(() => fail(parts, 404, "not_found"));
  app.onError((error) => {
    if (error instanceof NoSuchObject) return fail(parts, 404, "not_found");
    if (error instanceof z.ZodError || error instanceof SyntaxError) {
      return fail(parts, 400, "malformed");
    }
    throw error;
  });
  return app;
}

function addReads(app: Hono, parts: ApiParts): void {
  const { store, oddities } = parts;
  app.get("/v1/:object", (context) => {
    const archived = context.req.query("archived") === "include";
    const after = context.req.query("cursor") ?? "";
    const rows = rowsAfter(store, objectOf(context), after);
    const shown = where(rows, (row) => archived || !row.archived);
    return Response.json(page(parts, shown, limitOf(context), after, (row) => row.id));
  });
  app.get("/v1/:object/changes", (context) => {
    const object = objectOf(context);
    const since = context.req.query("since");
    const after = Number(context.req.query("cursor") ?? 0);
    const from = since === undefined ? { after } : { since: Date.parse(since) };
    if (Number.isNaN("after" in from ? from.after : from.since))
      return fail(parts, 400, "malformed");
    const head = String(store.sequence);
    const rows = rowsChanged(store, object, from);
    return Response.json(page(parts, rows, limitOf(context), head, (row) => String(row.sequence)));
  });
  app.get("/v1/:object/properties", (context) => {
    const properties = Object.entries(models[objectOf(context)].properties);
    return Response.json({
      properties: properties.map(([name, { label, type, unique }]) => ({
        name,
        label,
        type: type.kind,
        options: type.kind === "option" ? type.options : null,
        unique: unique === true,
        read_only: false,
      })),
    });
  });
  app.post("/v1/:object/batch/read", async (context) => {
    const { ids } = idsSchema.parse(await context.req.json());
    const rows = store.rows[objectOf(context)];
    const found = byId([...new Set(ids)].flatMap((id) => rows.get(id) ?? []));
    const missing = oddities.missingUnlisted ? [] : ids.filter((id) => !rows.has(id));
    const shown = found.map((row) => toRecord(row, oddities));
    return Response.json({ rows: disturbed(parts, shown), missing });
  });
  app.post("/v1/:object/search", async (context) => {
    const { property, values, cursor } = searchSchema.parse(await context.req.json());
    if (property !== "external_key" && !models[objectOf(context)].properties[property]) {
      return fail(parts, 400, "unknown_property", property);
    }
    const rows = rowsHolding(store, objectOf(context), property, values);
    const rest = rows.filter((row) => row.id > (cursor ?? ""));
    return Response.json(page(parts, rest, pageMax, "", (row) => row.id));
  });
}

function addWrites(app: Hono, parts: ApiParts): void {
  const { store } = parts;
  app.post("/v1/:object/batch/update", async (context) => {
    const object = objectOf(context);
    const { rows } = rowsOf(updateSchema).parse(await context.req.json());
    return write(parts, "updated", rows, ({ id, version, set }, author) => ({
      ref: { id },
      change: updateRow(store, author, { object, id, set, expectedVersion: version ?? null }),
    }));
  });
  app.post("/v1/:object/batch/create", async (context) => {
    const object = objectOf(context);
    const { rows } = rowsOf(createSchema).parse(await context.req.json());
    return write(parts, "created", rows, ({ external_key, set }, author) => ({
      ref: { external_key },
      change: createRow(store, author, { object, set, externalKey: external_key }),
    }));
  });
  app.post("/v1/:object/batch/archive", async (context) => {
    const object = objectOf(context);
    const { ids } = idsSchema.parse(await context.req.json());
    return write(parts, "archived", ids, (id, author) => ({
      ref: { id },
      change: archiveRow(store, author, { object, id, archived: true }),
    }));
  });
  app.post("/v1/:object/batch/erase", async (context) => {
    const object = objectOf(context);
    const { ids } = idsSchema.parse(await context.req.json());
    return write(parts, "erased", ids, (id, author) => ({
      ref: { id },
      change: eraseRow(store, author, { object, id }),
    }));
  });
}

/** Row by row; with the oddity, the first refusal takes everything back. */
function write<Ask>(
  parts: ApiParts,
  what: string,
  asks: readonly Ask[],
  apply: (ask: Ask, author: Author) => { ref: Record<string, string>; change: Change },
): Response {
  const { store, oddities } = parts;
  const before = oddities.allOrNothing ? snapshotOf(store) : null;
  const author = { actor: parts.client, at: parts.at() };
  const events: (() => void)[] = [];
  const results: object[] = [];
  for (const ask of asks) {
    const { ref, change } = apply(ask, author);
    results.push({ ...ref, ...resultOf(parts, change, what) });
    if (change.kind === "ok") {
      const silent = what === "updated" && change.changed.length === 0;
      if (!silent) events.push(() => parts.changed(change.row, what, change.changed));
    } else if (before && change.kind !== "existing") {
      restoreStore(store, before);
      const refused = change.kind === "refused";
      return fail(
        parts,
        422,
        refused ? change.code : change.kind,
        refused ? change.property : null,
      );
    }
  }
  for (const tell of events) tell();
  return Response.json({ results: disturbed(parts, results) });
}

function resultOf({ oddities }: ApiParts, change: Change, what: string): object {
  switch (change.kind) {
    case "ok":
      return { status: what, row: toRecord(change.row, oddities) };
    case "existing": {
      const status = what === "archived" ? what : "existing";
      return { status, row: toRecord(change.row, oddities) };
    }
    case "stale":
      return { status: "version_conflict", row: toRecord(change.row, oddities) };
    case "missing":
      return { status: "missing" };
    case "refused": {
      const { code, property, message, existingId } = change;
      return { status: "refused", error: { code, property, message, existing_id: existingId } };
    }
    default:
      return change satisfies never;
  }
}

/** `cursor` is where to go on later, `next_cursor` the same and null if there is nothing yet. */
function page(
  { oddities }: ApiParts,
  rows: Iterable<Row>,
  limit: number,
  end: string,
  cursorOf: (row: Row) => string,
): object {
  const taken: Row[] = [];
  for (const row of rows) {
    if (taken.push(row) > limit) break;
  }
  const shown = taken.slice(0, limit);
  const last = shown.at(-1);
  const cursor = last ? cursorOf(last) : end;
  return {
    rows: shown.map((row) => toRecord(row, oddities)),
    next_cursor: taken.length > limit ? cursor : null,
    cursor,
  };
}

function* where(rows: Iterable<Row>, holds: (row: Row) => boolean): Generator<Row> {
  for (const row of rows) if (holds(row)) yield row;
}

function disturbed<T>({ oddities, random }: ApiParts, rows: readonly T[]): T[] {
  const permuted = oddities.permuteAnswers ? shuffled(rows, random) : [...rows];
  return oddities.shortenAnswers ? permuted.filter(() => random() < shortenedShare) : permuted;
}

const messages: Readonly<Record<string, string>> = {
  unauthorized: "The token is not valid.",
  not_found: "There is no such path.",
  malformed: "The request is not understood.",
};

function fail(
  { oddities }: ApiParts,
  status: number,
  code: string,
  property: string | null = null,
): Response {
  const message = messages[code] ?? "Nothing was done.";
  const error = { code, message, ...(property === null ? {} : { property }) };
  return Response.json({ error }, { status: oddities.errorsInside200 ? 200 : status });
}

class NoSuchObject extends Error {}

function objectOf(context: Context): OpsObject {
  const name = context.req.param("object") ?? "";
  if (!isOpsObject(name)) throw new NoSuchObject(name);
  return name;
}

function byId(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function limitOf(context: Context): number {
  const limit = Number(context.req.query("limit") ?? pageMax);
  return Number.isInteger(limit) && limit >= 1 ? Math.min(limit, pageMax) : pageMax;
}
