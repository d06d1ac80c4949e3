/**
 * Directus collections (https://directus.io/docs/api/items), as version 12 was seen to behave:
 * answers sorted by id whatever was asked, updates of ids it does not have left out without a word,
 * creates all or nothing, no times by field, no compare-and-set, and webhooks of its flows that
 * carry a fixed secret and are sent once. A scan is what finds what those missed. The tests run
 * it on a stand-in that behaves so, not on the product.
 *
 * The collection needs a unique text field `crm_sync_key`, and `date_created` and `date_updated`
 * with the special behaviour of these names. The flow posts
 * {"trigger": {{ $trigger }}, "acc": {{ $accountability }}} with the secret in a header.
 */
import * as z from "zod";
import type { RestEvent, RestProfile, RestRow, RowRefusal, RowResult } from "../profile.ts";

const keyProperty = "crm_sync_key";
const pageSize = 100;

const time = z.nullish(z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)));

const itemSchema = z
  .looseObject({
    id: z.union([z.string(), z.int()]),
    [keyProperty]: z.nullish(z.string()),
    date_created: time,
    date_updated: time,
  })
  .transform(({ id, date_created, date_updated, ...properties }): RestRow => {
    const key = properties[keyProperty];
    return {
      id: String(id),
      key: typeof key === "string" ? key : null,
      version: null,
      archived: false,
      // Blank until the first update.
      modifiedAt: date_updated ?? date_created ?? null,
      properties,
      changed: {},
    };
  });
const itemsSchema = z
  .object({ data: z.array(itemSchema), meta: z.optional(z.object({ filter_count: z.int() })) })
  .transform(({ data, meta }) => ({ rows: data, count: meta?.filter_count ?? null }));

const errorSchema = z.object({
  errors: z
    .array(
      z.object({
        extensions: z.object({ code: z.string(), field: z.nullish(z.string()) }),
      }),
    )
    .min(1),
});

const eventSchema = z.object({
  trigger: z.object({
    event: z.string(),
    collection: z.string(),
    key: z.optional(z.union([z.string(), z.int()])),
    keys: z.optional(z.array(z.union([z.string(), z.int()]))),
    payload: z.record(z.string(), z.unknown()).catch({}),
  }),
  acc: z.nullish(z.object({ user: z.nullish(z.string()) })),
});

export const directus: RestProfile = {
  capabilities: { readBatch: 100, writeBatch: 100, fieldTimestamps: false, compareAndSet: false },
  headers: (token) => ({ authorization: `Bearer ${token}` }),
  blank: null,
  recordPath: (object, id) => `/admin/content/${object}/${encodeURIComponent(id)}`,
  keyProperty,
  read: {
    request: (object, ids) => find(object, { id: { _in: ids } }),
    // Absence says something only if the answer holds as many items as the filter matched.
    reply: (body, ids) => {
      const { rows, count } = itemsSchema.parse(body);
      const found = new Set(rows.map(({ id }) => id));
      const whole = count === rows.length;
      return { rows, missing: whole ? ids.filter((id) => !found.has(id)) : [] };
    },
  },
  search: {
    // Finds more than was asked for; upper and lower case are alike to nothing narrower.
    request: (object, { property, values, cursor }) => {
      const holds = { _or: values.map((value) => ({ [property]: { _icontains: value } })) };
      return find(object, cursor === null ? holds : { _and: [holds, { id: { _gt: cursor } }] });
    },
    reply: (body) => {
      const { items, cursor, more } = pageOf(body);
      return { rows: items, next: more ? cursor : null };
    },
  },
  update: {
    request: (object, rows) => ({
      method: "PATCH",
      path: pathOf(object),
      body: rows.map(({ id, set }) => ({ id, ...set })),
    }),
    reply: (body) => done(body, ({ id }) => id),
  },
  create: {
    request: (object, rows) => ({
      method: "POST",
      path: pathOf(object),
      body: rows.map(({ key, set }) => ({ [keyProperty]: key, ...set })),
    }),
    reply: (body) => done(body, ({ key }) => key),
  },
  archive: null,
  erase: null,
  list: {
    request: (object, cursor) => find(object, cursor === null ? {} : { id: { _gt: cursor } }),
    reply: pageOf,
  },
  changes: null,
  describe: null,
  refusal: (body, status) => refusalOf(body, status),
  webhooks: { secretHeader: "x-webhook-secret" },
  events: (body) => eventsOf(eventSchema.parse(body)),
};

function pathOf(object: string): string {
  return `/items/${encodeURIComponent(object)}`;
}

function find(object: string, filter: object) {
  const query = { filter, sort: ["id"], limit: pageSize, meta: ["filter_count"] };
  return { method: "SEARCH", path: pathOf(object), body: { query } } as const;
}

function pageOf(body: unknown) {
  const { rows } = itemsSchema.parse(body);
  return { items: rows, cursor: rows.at(-1)?.id ?? "", more: rows.length === pageSize };
}

function done(body: unknown, refOf: (row: RestRow) => string | null): readonly RowResult[] {
  return itemsSchema.parse(body).rows.flatMap((row): RowResult[] => {
    const ref = refOf(row);
    return ref === null ? [] : [{ kind: "done", ref, row }];
  });
}

function refusalOf(body: unknown, status: number): RowRefusal | null {
  const [error] = errorSchema.safeParse(body).data?.errors ?? [];
  if (!error) return null;
  const { code, field } = error.extensions;
  const refusal = { status, code, property: field ?? null };
  return code === "RECORD_NOT_UNIQUE" ? { ...refusal, taken: true } : refusal;
}

function eventsOf({ trigger, acc }: z.output<typeof eventSchema>): RestEvent[] {
  const { event, collection, payload, key, keys = key === undefined ? [] : [key] } = trigger;
  const set = /items\.(create|update)$/.test(event);
  return keys.map((id) => ({
    object: collection,
    id: String(id),
    kind: set ? "set" : "other",
    changed: set ? payload : {},
    actor: acc?.user ? { kind: "unknown", id: acc.user } : null,
  }));
}
