/** The operations tool's REST API, as `double.ts` documents it, on top of its records. */
import { Hono } from "hono";
import * as z from "zod";
import type { OpsOddities } from "./faults.ts";
import { isOpsObject, models, type OpsActor, type OpsObject } from "./model.ts";
import type { Change, Row, Store } from "./store.ts";
import { shuffled } from "./webhooks.ts";
import { type OpsRecord, toRecord } from "./wire.ts";

export const batchMax = 100;
const pageMax = 100;

const setSchema = z.record(z.string(), z.union([z.string(), z.null()]));
const ids = z.array(z.string().max(64)).min(1).max(batchMax);
const readSchema = z.strictObject({ ids });
const searchSchema = z.strictObject({
  property: z.string(),
  values: z.array(z.string()).min(1).max(batchMax),
  cursor: z.optional(z.nullable(z.string())),
});
const updateSchema = z.strictObject({
  rows: z
    .array(
      z.strictObject({
        id: z.string(),
        version: z.optional(z.int()),
        set: setSchema,
      }),
    )
    .min(1)
    .max(batchMax),
});
const createSchema = z.strictObject({
  rows: z
    .array(z.strictObject({ external_key: z.string().min(1).max(64), set: setSchema }))
    .min(1)
    .max(batchMax),
});

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

/** A row of an answer to a batch write. */
type Result = { readonly status: string; readonly [key: string]: unknown };

export function createApi(parts: ApiParts): Hono {
  const { store, oddities } = parts;
  const app = new Hono();

  app.use(async (context, next) => {
    if (context.req.header("authorization") === `Bearer ${parts.token}`) return next();
    return fail(401, "unauthorized", "The token is not valid.");
  });
  app.get("/v1/:object", (context) => {
    const object = objectOf(context.req.param("object"));
    const archived = context.req.query("archived") === "include";
    const rows = [...store.rows[object].values()]
      .filter((row) => archived || !row.archived)
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const start = context.req.query("cursor") ?? "";
    return answer(
      page(
        rows,
        (row) => row.id > start,
        limitOf(context.req.query("limit")),
        (row) => row.id,
      ),
    );
  });
  app.get("/v1/:object/changes", (context) => {
    const object = objectOf(context.req.param("object"));
    const rows = [...store.rows[object].values()].toSorted((a, b) => a.sequence - b.sequence);
    const since = Number(context.req.query("cursor") ?? 0);
    if (!Number.isInteger(since)) return fail(400, "bad_cursor", "The cursor is not one of ours.");
    const limit = limitOf(context.req.query("limit"));
    return answer(
      page(
        rows,
        (row) => row.sequence > since,
        limit,
        (row) => String(row.sequence),
      ),
    );
  });
  app.post("/v1/:object/batch/read", async (context) => {
    const object = objectOf(context.req.param("object"));
    const ask = readSchema.parse(await context.req.json());
    const found = [...new Set(ask.ids)]
      .flatMap((id) => store.rows[object].get(id) ?? [])
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const missing = ask.ids.filter((id) => !store.rows[object].has(id));
    return answer({
      rows: disturbed(found.map(show)),
      missing: oddities.missingUnlisted ? [] : missing,
    });
  });
  app.post("/v1/:object/search", async (context) => {
    const object = objectOf(context.req.param("object"));
    const ask = searchSchema.parse(await context.req.json());
    const wanted = new Set(ask.values.map((each) => each.toLowerCase()));
    const held = (row: Row) =>
      ask.property === "external_key" ? row.externalKey : row.values[ask.property];
    if (ask.property !== "external_key" && !models[object].properties[ask.property]) {
      return fail(400, "unknown_property", "There is no such property.", ask.property);
    }
    const rows = [...store.rows[object].values()]
      .filter((row) => wanted.has(held(row)?.toLowerCase() ?? ""))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
    return answer(
      page(
        rows,
        (row) => row.id > (ask.cursor ?? ""),
        pageMax,
        (row) => row.id,
      ),
    );
  });
  app.post("/v1/:object/batch/update", async (context) => {
    const object = objectOf(context.req.param("object"));
    const ask = updateSchema.parse(await context.req.json());
    return write(ask.rows, ({ id, version, set }) => ({
      ref: { id },
      change: () =>
        store.update({
          object,
          id,
          set,
          expectedVersion: version ?? null,
          actor: parts.client,
          at: parts.at(),
        }),
      what: "updated",
    }));
  });
  app.post("/v1/:object/batch/create", async (context) => {
    const object = objectOf(context.req.param("object"));
    const ask = createSchema.parse(await context.req.json());
    return write(ask.rows, ({ external_key, set }) => ({
      ref: { external_key },
      change: () =>
        store.create({
          object,
          set,
          externalKey: external_key,
          actor: parts.client,
          at: parts.at(),
        }),
      what: "created",
    }));
  });
  app.post("/v1/:object/batch/archive", async (context) => {
    const object = objectOf(context.req.param("object"));
    const ask = readSchema.parse(await context.req.json());
    return write(ask.ids, (id) => ({
      ref: { id },
      change: () => store.archive(object, id, true, parts.client, parts.at()),
      what: "archived",
    }));
  });
  app.post("/v1/:object/batch/erase", async (context) => {
    const object = objectOf(context.req.param("object"));
    const ask = readSchema.parse(await context.req.json());
    return write(ask.ids, (id) => ({
      ref: { id },
      change: () => store.erase(object, id, parts.client, parts.at()),
      what: "erased",
    }));
  });
  app.notFound(() => fail(404, "not_found", "There is no such path."));
  app.onError((error) => {
    if (error instanceof NoSuchObject) return fail(404, "not_found", "There is no such object.");
    if (error instanceof z.ZodError || error instanceof SyntaxError) {
      return fail(400, "malformed", "The request is not understood.");
    }
    throw error;
  });
  return app;

  function write<Ask>(
    asks: readonly Ask[],
    plan: (ask: Ask) => { ref: Record<string, string>; change: () => Change; what: string },
  ): Response {
    const before = oddities.allOrNothing ? store.snapshot() : null;
    const events: (() => void)[] = [];
    const results: Result[] = [];
    for (const ask of asks) {
      const { ref, change, what } = plan(ask);
      const outcome = change();
      results.push({ ...ref, ...toResult(outcome, what) });
      if (outcome.kind !== "ok") {
        if (!before || outcome.kind === "existing") continue;
        store.restore(before);
        const property = outcome.kind === "refused" ? outcome.property : undefined;
        return fail(422, outcome.kind, "Nothing was written: one row was refused.", property);
      }
      const silent = outcome.changed.length === 0 && what === "updated";
      if (!silent) events.push(() => parts.changed(outcome.row, what, outcome.changed));
    }
    for (const event of events) event();
    return answer({ results: disturbed(results) });
  }

  function toResult(change: Change, what: string): Result {
    switch (change.kind) {
      case "ok":
        return { status: what, row: show(change.row) };
      case "existing":
        return { status: what === "archived" ? what : "existing", row: show(change.row) };
      case "stale":
        return { status: "version_conflict", row: show(change.row) };
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

  function show(row: Row): OpsRecord {
    return toRecord(row, oddities);
  }

  function disturbed<T>(rows: readonly T[]): T[] {
    const permuted = oddities.permuteAnswers ? shuffled(rows, parts.random) : [...rows];
    return oddities.shortenAnswers ? permuted.filter(() => parts.random() < 0.7) : permuted;
  }

  function page(
    rows: readonly Row[],
    after: (row: Row) => boolean,
    limit: number,
    cursor: (row: Row) => string,
  ): unknown {
    const rest = rows.filter(after);
    const shown = rest.slice(0, limit);
    const last = shown.at(-1);
    return {
      rows: shown.map(show),
      next_cursor: last && rest.length > limit ? cursor(last) : null,
      cursor: last ? cursor(last) : null,
    };
  }

  function fail(status: number, code: string, message: string, property?: string): Response {
    const body = { error: { code, message, ...(property === undefined ? {} : { property }) } };
    return answer(body, oddities.errorsInside200 ? 200 : status);
  }
}

class NoSuchObject extends Error {}

function objectOf(name: string): OpsObject {
  if (!isOpsObject(name)) throw new NoSuchObject(name);
  return name;
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? pageMax);
  return Number.isInteger(limit) && limit >= 1 ? Math.min(limit, pageMax) : pageMax;
}

function answer(body: unknown, status = 200): Response {
  return Response.json(body, { status });
}
