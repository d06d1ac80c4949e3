/** The routes of records: one at a time, in batches, lists, search, merge, privacy deletion. */
import { type Context, Hono } from "hono";
import * as z from "zod";
import { associate, definitionOf, requireEnd } from "./associations.ts";
import {
  answer,
  associationTypes,
  batchCreate,
  batchUpdate,
  batchUpsert,
  type CreateInput,
  createSchema,
  inputsMax,
  missingErrors,
  requireUnique,
  target,
  writeSchema,
} from "./batches.ts";
import { badInput, notFound } from "./errors.ts";
import { type ApiEnv, objectOf, parseBody, parseText, queryList } from "./http.ts";
import { presentRecord, presentWritten, type Wanted } from "./present.ts";
import {
  archiveRecord,
  createRecord,
  erase,
  mergeRecords,
  requireLive,
  requireStored,
  updateRecord,
} from "./records.ts";
import type { ObjectDefinition } from "./schema.ts";
import { search, searchLimits, searchSchema } from "./search.ts";
import { holderOf, type Portal, type StoredRecord, storedRecord } from "./state.ts";

const idSchema = z.union([z.string(), z.number()]).transform(String);
const idsSchema = z.object({ inputs: z.array(z.object({ id: idSchema })) });
const mergeSchema = z.object({ primaryObjectId: idSchema, objectIdToMerge: idSchema });
const gdprSchema = z.object({ objectId: z.string(), idProperty: z.optional(z.string()) });
const batchReadSchema = z.object({
  inputs: z.array(z.object({ id: idSchema })),
  properties: z.optional(z.array(z.string())),
  propertiesWithHistory: z.optional(z.array(z.string())),
  idProperty: z.optional(z.string()),
});

/** With histories, half as many records a call. */
export const historyInputsMax = 50;

export function objectRoutes(): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const base = "/crm/objects/:version/:type";
  routes.get(base, list);
  routes.post(base, createOne);
  routes.post(`${base}/batch/read`, batchRead);
  routes.post(`${base}/batch/create`, createMany);
  routes.post(`${base}/batch/update`, updateMany);
  routes.post(`${base}/batch/upsert`, upsertMany);
  routes.post(`${base}/batch/archive`, archiveMany);
  routes.post(`${base}/search`, searchRecords);
  routes.post(`${base}/merge`, merge);
  routes.post(`${base}/gdpr-delete`, gdprDelete);
  routes.get(`${base}/:id`, readOne);
  routes.patch(`${base}/:id`, updateOne);
  routes.delete(`${base}/:id`, archiveOne);
  return routes;
}

type ApiContext = Context<ApiEnv>;

function list(c: ApiContext): Response {
  const { portal, asOf } = c.var;
  const object = objectOf(c, "read");
  const wanted = wantedOf(c);
  const limit = Number(c.req.query("limit") ?? "10");
  const max = wanted.withHistory.length > 0 ? historyInputsMax : 100;
  if (!Number.isInteger(limit) || limit < 1 || limit > max) {
    throw badInput(`limit must be between 1 and ${max}`);
  }
  const archived = c.req.query("archived") === "true";
  const after = Number(c.req.query("after") ?? "0");
  const records = portal.state.records[object.objectTypeId] ?? {};
  const rest: StoredRecord[] = [];
  for (const id of idsFrom(portal, object.objectTypeId, after)) {
    const record = records[id];
    if (record === undefined || (record.archivedAt !== null) !== archived) continue;
    if (rest.push(record) > limit) break;
  }
  const next = rest[limit]?.id;
  return c.json({
    results: rest
      .slice(0, limit)
      .map((record) => presentRecord(portal, object, record, wanted, asOf)),
    ...(next === undefined ? {} : { paging: { next: { after: next, link: pageLink(c, next) } } }),
  });
}

/** Kept while no record is added: sorting a hundred thousand for every page takes its time. */
const sortedIds = new WeakMap<object, { readonly nextId: number; readonly ids: string[] }>();

/** Ids of records, live and archived, by their number, from one on; some may be gone. */
function* idsFrom(portal: Portal, typeId: string, after: number): Generator<string> {
  const records = portal.state.records[typeId] ?? {};
  const nextId = portal.state.nextId[typeId] ?? 0;
  let kept = sortedIds.get(records);
  if (kept?.nextId !== nextId) {
    kept = { nextId, ids: Object.keys(records).sort((a, b) => Number(a) - Number(b)) };
    sortedIds.set(records, kept);
  }
  let [low, high] = [0, kept.ids.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (Number(kept.ids[middle]) < after) low = middle + 1;
    else high = middle;
  }
  for (let at = low; at < kept.ids.length; at += 1) yield kept.ids[at]!;
}

async function createOne(c: ApiContext): Promise<Response> {
  const object = objectOf(c, "write");
  const input = await parseBody(c, createSchema);
  const record = create(c, object, input);
  return c.json(presentWritten(c.var.portal, object, record, input.properties), 201);
}

function readOne(c: ApiContext): Response {
  const { portal, asOf, hidden } = c.var;
  const object = objectOf(c, "read");
  const record = named(c, object, c.req.query("archived") === "true");
  if (hidden) throw notFound(record.id);
  return c.json(presentRecord(portal, object, record, wantedOf(c), asOf));
}

async function updateOne(c: ApiContext): Promise<Response> {
  const { portal, source } = c.var;
  const object = objectOf(c, "write");
  const { properties } = await parseBody(c, createSchema);
  const record = named(c, object, false);
  updateRecord(portal, object, record, properties, source);
  return c.json(presentWritten(portal, object, record, properties));
}

function archiveOne(c: ApiContext): Response {
  const { portal, source } = c.var;
  const object = objectOf(c, "write");
  archiveRecord(portal, requireStored(portal, object, c.req.param("id")!), source);
  return c.body(null, 204);
}

async function batchRead(c: ApiContext): Promise<Response> {
  const { portal, asOf, hidden } = c.var;
  const startedAt = portal.now();
  const object = objectOf(c, "read");
  const request = await parseBody(c, batchReadSchema);
  const histories = request.propertiesWithHistory ?? [];
  if (histories.length > 0 && request.inputs.length > historyInputsMax) {
    throw badInput(
      "The maximum number of inputs supported in a batch request for property histories is " +
        `${historyInputsMax} records`,
    );
  }
  refuseTooMany(request.inputs, inputsMax);
  const archived = c.req.query("archived") === "true";
  const found = new Map<string, StoredRecord>();
  const missing: { id: string }[] = [];
  for (const { id } of request.inputs) {
    const stored = hidden ? null : readable(portal, object, id, request.idProperty, archived);
    const record = stored !== null && stored.bornAt <= asOf ? stored : null;
    if (record === null) missing.push({ id });
    else found.set(record.id, record);
  }
  const properties = request.properties ?? [];
  const wanted: Wanted = {
    properties: properties.length + histories.length > 0 ? properties : null,
    withHistory: histories,
    associations: [],
  };
  const results = [...found.values()].map((record) =>
    presentRecord(portal, object, record, wanted, asOf),
  );
  const errors = missingErrors(object, missing);
  const { status, body } = answer(portal, startedAt, results, errors, 200);
  return c.json(body, status);
}

async function createMany(c: ApiContext): Promise<Response> {
  const object = objectOf(c, "write");
  const { inputs } = await parseBody(c, z.object({ inputs: z.array(createSchema) }));
  refuseTooMany(inputs, inputsMax);
  const one = (input: CreateInput) => create(c, object, input);
  const { status, body } = batchCreate(c.var.portal, object, inputs, one);
  return c.json(body, status);
}

async function updateMany(c: ApiContext): Promise<Response> {
  const { portal, source } = c.var;
  const object = objectOf(c, "write");
  const { inputs } = await parseBody(c, z.object({ inputs: z.array(writeSchema) }));
  refuseTooMany(inputs, inputsMax);
  const { status, body } = batchUpdate(portal, object, inputs, source);
  return c.json(body, status);
}

async function upsertMany(c: ApiContext): Promise<Response> {
  const { portal, source } = c.var;
  const object = objectOf(c, "write");
  const { inputs } = await parseBody(c, z.object({ inputs: z.array(writeSchema) }));
  refuseTooMany(inputs, inputsMax);
  const { status, body } = batchUpsert(portal, object, inputs, source);
  return c.json(body, status);
}

/** Ids that do not exist are no error. */
async function archiveMany(c: ApiContext): Promise<Response> {
  const { portal, source } = c.var;
  const object = objectOf(c, "write");
  const { inputs } = await parseBody(c, idsSchema);
  refuseTooMany(inputs, inputsMax);
  for (const { id } of inputs) {
    const record = storedRecord(portal, object.objectTypeId, id);
    if (record !== null) archiveRecord(portal, record, source);
  }
  return c.body(null, 204);
}

async function searchRecords(c: ApiContext): Promise<Response> {
  const { portal } = c.var;
  const object = objectOf(c, "read");
  const text = await c.req.text();
  if (text.length > searchLimits.bodyLength) {
    throw badInput(`The request body may be ${searchLimits.bodyLength} characters long at most`);
  }
  const request = parseText(text, searchSchema);
  const subject = { method: "POST", name: c.req.path };
  const lagMs = portal.faults.strike(["search_lag"], subject)?.fault.ms ?? c.var.searchLagMs;
  const shuffle = portal.faults.strike(["search_ties"], subject) !== null;
  const page = search(portal, object, request, lagMs, shuffle);
  const wanted: Wanted = {
    properties: request.properties ?? null,
    withHistory: [],
    associations: [],
  };
  return c.json({
    total: page.total,
    results: page.records.map((record) =>
      withoutMergedIds(presentRecord(portal, object, record, wanted, page.knownAt)),
    ),
    ...(page.after === null ? {} : { paging: { next: { after: page.after } } }),
  });
}

/** Search has been seen to say null of them; a single read says them. */
function withoutMergedIds(presented: Record<string, unknown>): Record<string, unknown> {
  const properties = presented.properties as Record<string, string | null>;
  if (!("hs_merged_object_ids" in properties)) return presented;
  return { ...presented, properties: { ...properties, hs_merged_object_ids: null } };
}

async function merge(c: ApiContext): Promise<Response> {
  const { portal, source } = c.var;
  const object = objectOf(c, "write");
  const request = await parseBody(c, mergeSchema);
  const primary = requireLive(portal, object, request.primaryObjectId);
  const other = requireLive(portal, object, request.objectIdToMerge);
  const record = mergeRecords(portal, object, primary, other, source);
  return c.json(presentWritten(portal, object, record));
}

async function gdprDelete(c: ApiContext): Promise<Response> {
  const { portal, source } = c.var;
  const object = objectOf(c, "write");
  if (object.objectTypeId !== "0-1") throw notFound("gdpr-delete");
  const request = await parseBody(c, gdprSchema);
  const byEmail = request.idProperty === "email";
  const id = byEmail ? holderOf(portal, "0-1", "email", request.objectId) : request.objectId;
  const record = id === null ? null : storedRecord(portal, "0-1", id);
  if (record !== null) erase(portal, record, source);
  // An address nobody has is kept out for the future all the same.
  else if (byEmail) portal.state.blockedEmails.push(request.objectId.toLowerCase());
  else throw notFound(request.objectId);
  return c.body(null, 204);
}

function create(c: ApiContext, object: ObjectDefinition, input: CreateInput): StoredRecord {
  const { portal, source } = c.var;
  const links = (input.associations ?? []).map((each) => linkOf(portal, object, each));
  const record = createRecord(portal, object, input.properties, source);
  const from = { typeId: object.objectTypeId, id: record.id };
  for (const { to, types } of links) associate(portal, from, to, types, source);
  return record;
}

type AssociationInput = NonNullable<CreateInput["associations"]>[number];

/** What a new record is to be associated with; refused before the record exists. */
function linkOf(portal: Portal, object: ObjectDefinition, input: AssociationInput) {
  const types = associationTypes(input.types);
  const [first] = types;
  if (first === undefined) throw badInput("types must not be empty");
  const definition = portal.state.associationDefinitions.find(
    (each) => each.typeId === first.typeId && each.fromTypeId === object.objectTypeId,
  );
  if (definition === undefined) throw badInput("One or more associations are invalid");
  const to = { typeId: definition.toTypeId, id: input.to.id };
  for (const type of types) definitionOf(portal, object.objectTypeId, to.typeId, type);
  requireEnd(portal, to);
  return { to, types };
}

/** The record of the path, by id or by the `idProperty` of the query. */
function named(c: ApiContext, object: ObjectDefinition, archived: boolean): StoredRecord {
  const { portal } = c.var;
  const id = c.req.param("id")!;
  const idProperty = c.req.query("idProperty");
  if (archived) {
    const record = storedRecord(portal, object.objectTypeId, id);
    if (record === null || record.archivedAt === null) throw notFound(id);
    return record;
  }
  const record = target(portal, object, { id, idProperty });
  if (record === null) throw notFound(id);
  return record;
}

function readable(
  portal: Portal,
  object: ObjectDefinition,
  id: string,
  idProperty: string | undefined,
  archived: boolean,
): StoredRecord | null {
  if (idProperty !== undefined) requireUnique(object, idProperty);
  if (!archived) return target(portal, object, { id, idProperty });
  const record = storedRecord(portal, object.objectTypeId, id);
  return record === null || record.archivedAt === null ? null : record;
}

function wantedOf(c: ApiContext): Wanted {
  const properties = queryList(c, "properties");
  const withHistory = queryList(c, "propertiesWithHistory");
  return {
    properties: properties.length + withHistory.length > 0 ? properties : null,
    withHistory,
    associations: queryList(c, "associations"),
  };
}

function pageLink(c: ApiContext, after: string): string {
  const url = new URL(c.req.url);
  url.searchParams.set("after", after);
  return url.toString();
}

export function refuseTooMany(inputs: readonly unknown[], max: number): void {
  if (inputs.length > max) throw badInput(`At most ${max} inputs are supported in a batch request`);
}
