/**
 * The operations tool's REST API: batches of a hundred, answers by id, a version on every row, and
 * when and by whom each property was set.
 */
import * as z from "zod";
import type { PropertyDescription } from "../../connector.ts";
import type { RestActor, RestEvent, RestProfile, RestRow, RowResult } from "../profile.ts";

const actorSchema = z.object({
  kind: z.enum(["user", "automation", "integration"]).catch("automation"),
  id: z.string(),
  name: z.string(),
});

/** Changes are numbered; a cursor is the number of the last one seen. */
const sequence = z.string().regex(/^\d{1,15}$/);

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const rawRowSchema = z.looseObject({
  id: z.string().min(1),
  external_key: z.nullable(z.string()),
  version: z.int(),
  archived: z.boolean(),
  created_at: time,
  /** Blank until the first update, in some of its versions. */
  updated_at: z.nullable(time),
  changed: z.record(z.string(), z.object({ at: time, by: actorSchema })),
});
const rowSchema = rawRowSchema.transform(toRow);

const refusalSchema = z.object({
  code: z.string(),
  property: z.optional(z.nullable(z.string())),
  existing_id: z.optional(z.nullable(z.string())),
});

const refusedSchema = z.object({ error: refusalSchema });

/** A row that is not understood is left out, and so unknown; it must not sink the others. */
const rowsSchema = z
  .array(z.unknown())
  .transform((rows) => rows.flatMap((row) => rowSchema.safeParse(row).data ?? []));

const foundSchema = z.object({ rows: rowsSchema, missing: z.array(z.string()) });
/** A search must be complete, so here one row that is not understood does sink the answer. */
const pageSchema = z.object({ rows: z.array(rowSchema), next_cursor: z.nullable(z.string()) });

const walkSchema = z
  .object({ rows: z.array(rowSchema), cursor: z.string(), next_cursor: z.nullable(z.string()) })
  .transform(({ rows, cursor, next_cursor }) => ({
    items: rows,
    cursor,
    more: next_cursor !== null,
  }));

const propertiesSchema = z.object({
  properties: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      type: z.string(),
      options: z.nullable(z.array(z.string())),
      unique: z.boolean(),
      read_only: z.boolean(),
    }),
  ),
});

/** What canonical fields a property can hold, by its type. */
const holds: Readonly<Record<string, PropertyDescription["holds"]>> = {
  text: [
    "text",
    "name",
    "email",
    "phone",
    "url",
    "domain",
    "country",
    "option",
    "stage",
    "owner",
    "reference",
  ],
  email: ["email", "owner"],
  option: ["option", "stage", "boolean"],
  decimal: ["decimal", "money"],
  currency: [],
  date: ["date"],
  reference: ["reference"],
  references: ["references"],
};

const resultSchema = z.object({
  id: z.optional(z.string()),
  external_key: z.optional(z.string()),
  status: z.string(),
  row: z.optional(rowSchema),
  error: z.optional(refusalSchema),
});
const resultsSchema = z.object({ results: z.array(z.unknown()) });

const eventSchema = z.object({
  type: z.string(),
  data: z.object({
    id: z.string().min(1).max(128),
    object: z.string(),
    changed: z.record(z.string(), z.unknown()),
    actor: z.nullable(actorSchema),
  }),
});
const deliverySchema = z.union([
  z.object({ type: z.literal("events"), data: z.object({ events: z.array(eventSchema) }) }),
  eventSchema,
]);

/** Our own status for the tool's words, as some of its versions answer errors with 200. */
const statuses: Readonly<Record<string, number>> = {
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  malformed: 400,
  too_many_calls: 429,
  unavailable: 503,
};

export const operations: RestProfile = {
  capabilities: { readBatch: 100, writeBatch: 100, fieldTimestamps: true, compareAndSet: true },
  headers: (token) => ({ authorization: `Bearer ${token}` }),
  blank: null,
  recordPath: (object, id) => `/${object}/${encodeURIComponent(id)}`,
  keyProperty: "external_key",
  read: {
    request: (object, ids) => post(object, "batch/read", { ids }),
    reply: (body) => foundSchema.parse(body),
  },
  search: {
    request: (object, ask) => post(object, "search", ask),
    reply: (body) => {
      const { rows, next_cursor } = pageSchema.parse(body);
      return { rows, next: next_cursor };
    },
  },
  update: {
    request: (object, rows) =>
      post(object, "batch/update", {
        rows: rows.map(({ id, version, set }) => ({
          id,
          ...(version === null ? {} : { version: Number(version) }),
          set,
        })),
      }),
    reply: results,
  },
  create: {
    request: (object, rows) =>
      post(object, "batch/create", {
        rows: rows.map(({ key, set }) => ({ external_key: key, set })),
      }),
    reply: results,
  },
  archive: {
    request: (object, ids) => post(object, "batch/archive", { ids }),
    reply: results,
  },
  erase: {
    request: (object, ids) => post(object, "batch/erase", { ids }),
    reply: results,
  },
  list: {
    request: (object, cursor) => get(object, "", cursor === null ? {} : { cursor }),
    reply: (body) => walkSchema.parse(body),
  },
  changes: {
    request: (object, from) =>
      get(
        object,
        "/changes",
        "cursor" in from
          ? { cursor: sequence.parse(from.cursor) }
          : { since: new Date(from.since).toISOString() },
      ),
    reply: (body) => {
      const { items, ...page } = walkSchema.parse(body);
      return { ...page, items: items.map(({ id }) => id) };
    },
  },
  describe: {
    request: (object) => get(object, "/properties", {}),
    reply: (body) =>
      propertiesSchema.parse(body).properties.map(({ read_only: readOnly, ...property }) => ({
        ...property,
        readOnly,
        holds: holds[property.type] ?? [],
      })),
  },
  webhooks: "standard",
  refusal: (body, status) => {
    const parsed = refusedSchema.safeParse(body);
    if (!parsed.success) return null;
    const { code, property } = parsed.data.error;
    const told = status < 300 ? (statuses[code] ?? 422) : status;
    const refusal = { status: told, code, property: property ?? null };
    if (code === "taken") return { ...refusal, taken: true };
    return code === "stale" ? { ...refusal, stale: true } : refusal;
  },
  events: (body) => {
    const delivery = deliverySchema.parse(body);
    return "events" in delivery.data
      ? delivery.data.events.map(toEvent)
      : [toEvent(eventSchema.parse(body))];
  },
};

function get(object: string, verb: string, query: Readonly<Record<string, string>>) {
  return { method: "GET", path: `/v1/${encodeURIComponent(object)}${verb}`, query } as const;
}

function post(object: string, verb: string, body: unknown) {
  return { method: "POST", path: `/v1/${encodeURIComponent(object)}/${verb}`, body } as const;
}

function results(body: unknown): readonly RowResult[] {
  return resultsSchema.parse(body).results.flatMap((each) => {
    const parsed = resultSchema.safeParse(each);
    return parsed.success ? (toResult(parsed.data) ?? []) : [];
  });
}

/** Null for what the tool does not document: what became of the row is then unknown. */
function toResult(result: z.output<typeof resultSchema>): RowResult | null {
  const { id, external_key, status, row, error } = result;
  const ref = id ?? external_key;
  if (ref === undefined) return null;
  switch (status) {
    case "updated":
    case "created":
    case "existing":
      return row ? { kind: "done", ref, row } : null;
    case "archived":
    case "erased":
      return { kind: "gone", ref };
    case "version_conflict":
      return { kind: "stale", ref };
    case "missing":
      return { kind: "missing", ref };
    case "refused": {
      const { code = "", property = null, existing_id = null } = error ?? {};
      if (code === "taken") return { kind: "taken", ref, by: existing_id, property };
      return { kind: "refused", ref, refusal: { status: 422, code, property } };
    }
    default:
      return null;
  }
}

function toEvent({ type, data }: z.output<typeof eventSchema>): RestEvent {
  const what = type.split(".").at(-1) ?? "";
  return {
    object: data.object,
    id: data.id,
    kind: what === "created" || what === "updated" ? "set" : what === "erased" ? "erased" : "other",
    changed: data.changed,
    actor: data.actor && toActor(data.actor),
  };
}

function toRow({
  id,
  external_key: key,
  version,
  archived,
  created_at: createdAt,
  updated_at: updatedAt,
  changed,
  ...properties
}: z.output<typeof rawRowSchema>): RestRow {
  return {
    id,
    key,
    version: String(version),
    archived,
    modifiedAt: updatedAt ?? createdAt,
    properties,
    changed: Object.fromEntries(
      Object.entries(changed).map(([name, { at, by }]) => [name, { at, actor: toActor(by) }]),
    ),
  };
}

function toActor({ kind, id, name }: z.infer<typeof actorSchema>): RestActor {
  const kinds = { user: "person", automation: "automation", integration: "client" } as const;
  return { kind: kinds[kind], id, name };
}
