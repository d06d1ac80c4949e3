/** The routes of associations, one pair at a time and in batches, and of their labels. */
import { type Context, Hono } from "hono";
import * as z from "zod";
import { refuseTooMany } from "./api-objects.ts";
import { addType, associate, associationsOf, defaultType, dissociate } from "./associations.ts";
import { associationTypes, associationTypesSchema } from "./batches.ts";
import { badInput, Refused, someNotFound } from "./errors.ts";
import { type ApiEnv, objectOf, parseBody, requireScope } from "./http.ts";
import type { ObjectDefinition } from "./schema.ts";
import {
  type AssociationType,
  liveRecord,
  type Portal,
  resolveType,
  type StoredAssociation,
} from "./state.ts";
import { instant } from "./values.ts";

const idSchema = z.object({ id: z.union([z.string(), z.number()]).transform(String) });
const readSchema = z.object({
  inputs: z.array(idSchema.extend({ after: z.optional(z.string()) })),
});
const pairSchema = z.object({ from: idSchema, to: idSchema });
const createSchema = z.object({
  inputs: z.array(pairSchema.extend({ types: associationTypesSchema })),
});
const defaultSchema = z.object({ inputs: z.array(pairSchema) });
const archiveSchema = z.object({
  inputs: z.array(z.object({ from: idSchema, to: z.array(idSchema) })),
});
const labelSchema = z.object({
  label: z.string(),
  name: z.string(),
  inverseLabel: z.optional(z.string()),
});

const readMax = 1_000;
const createMax = 2_000;
/** Associations of one record in one answer. */
const pageMax = 500;

export function associationRoutes(): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const one = "/crm/objects/:version/:type/:id/associations";
  routes.get(`${one}/:to`, list);
  routes.put(`${one}/default/:to/:toId`, putDefault);
  routes.put(`${one}/:to/:toId`, putTypes);
  routes.delete(`${one}/:to/:toId`, remove);
  const many = "/crm/associations/:version/:type/:to";
  routes.post(`${many}/batch/read`, batchRead);
  routes.post(`${many}/batch/create`, batchCreate);
  routes.post(`${many}/batch/associate/default`, batchDefault);
  routes.post(`${many}/batch/archive`, batchArchive);
  routes.post(`${many}/batch/labels/archive`, batchArchiveLabels);
  routes.get(`${many}/labels`, listLabels);
  routes.post(`${many}/labels`, createLabel);
  return routes;
}

type ApiContext = Context<ApiEnv>;

function list(c: ApiContext): Response {
  const { from, to } = typesOf(c, "read");
  const id = c.req.param("id")!;
  const after = Number(c.req.query("after") ?? "0");
  const limit = Math.min(Number(c.req.query("limit") ?? String(pageMax)), pageMax);
  if (liveRecord(c.var.portal, from.objectTypeId, id) === null) {
    throw new Refused(404, "OBJECT_NOT_FOUND", someNotFound(from.name));
  }
  return c.json(page(c.var.portal, from, to, id, after, limit));
}

function putDefault(c: ApiContext): Response {
  const { from, to } = typesOf(c, "write");
  const pair = { from: { id: c.req.param("id")! }, to: { id: c.req.param("toId")! } };
  return c.json(batchBody(c.var.portal, associateDefault(c, from, to, pair), []));
}

async function putTypes(c: ApiContext): Promise<Response> {
  const { from, to } = typesOf(c, "write");
  const types = await parseBody(c, associationTypesSchema);
  const pair = { from: { id: c.req.param("id")! }, to: { id: c.req.param("toId")! } };
  return c.json(associateTypes(c, from, to, pair, associationTypes(types)), 201);
}

function remove(c: ApiContext): Response {
  const { portal, source } = c.var;
  const { from, to } = typesOf(c, "write");
  const ends = [
    { typeId: from.objectTypeId, id: c.req.param("id")! },
    { typeId: to.objectTypeId, id: c.req.param("toId")! },
  ] as const;
  dissociate(portal, ...ends, "all", source);
  return c.body(null, 204);
}

async function batchRead(c: ApiContext): Promise<Response> {
  const { portal, hidden } = c.var;
  const { from, to } = typesOf(c, "read");
  const { inputs } = await parseBody(c, readSchema);
  refuseTooMany(inputs, readMax);
  const results: Record<string, unknown>[] = [];
  const missing: string[] = [];
  for (const { id, after } of inputs) {
    const exists = !hidden && liveRecord(portal, from.objectTypeId, id) !== null;
    const found = exists ? page(portal, from, to, id, Number(after ?? "0"), pageMax) : null;
    if (found === null || found.results.length === 0) missing.push(id);
    else
      results.push({
        from: { id },
        to: found.results,
        ...("paging" in found ? { paging: found.paging } : {}),
      });
  }
  // A record without associations is an error row, the same as one that does not exist.
  const errors = missing.map((id) => ({
    status: "error",
    category: "OBJECT_NOT_FOUND",
    subCategory: "crm.associations.NO_ASSOCIATIONS_FOUND",
    message: `No ${to.name} is associated with ${from.name} ${id}.`,
    context: { fromObjectId: [id], fromObjectType: [from.name], toObjectType: [to.name] },
  }));
  return c.json(batchBody(portal, results, errors), errors.length === 0 ? 200 : 207);
}

async function batchCreate(c: ApiContext): Promise<Response> {
  const { from, to } = typesOf(c, "write");
  const { inputs } = await parseBody(c, createSchema);
  refuseTooMany(inputs, createMax);
  const results = inputs.map((each) =>
    associateTypes(c, from, to, each, associationTypes(each.types)),
  );
  return c.json(batchBody(c.var.portal, results, []), 201);
}

async function batchDefault(c: ApiContext): Promise<Response> {
  const { from, to } = typesOf(c, "write");
  const { inputs } = await parseBody(c, defaultSchema);
  refuseTooMany(inputs, createMax);
  const results = inputs.flatMap((each) => associateDefault(c, from, to, each));
  return c.json(batchBody(c.var.portal, results, []));
}

async function batchArchive(c: ApiContext): Promise<Response> {
  const { portal, source } = c.var;
  const { from, to } = typesOf(c, "write");
  const { inputs } = await parseBody(c, archiveSchema);
  refuseTooMany(inputs, createMax);
  for (const each of inputs) {
    const end = { typeId: from.objectTypeId, id: each.from.id };
    for (const { id } of each.to) {
      dissociate(portal, end, { typeId: to.objectTypeId, id }, "all", source);
    }
  }
  return c.body(null, 204);
}

async function batchArchiveLabels(c: ApiContext): Promise<Response> {
  const { portal, source } = c.var;
  const { from, to } = typesOf(c, "write");
  const { inputs } = await parseBody(c, createSchema);
  for (const each of inputs) {
    const end = { typeId: from.objectTypeId, id: each.from.id };
    const other = { typeId: to.objectTypeId, id: each.to.id };
    dissociate(portal, end, other, associationTypes(each.types), source);
  }
  return c.body(null, 204);
}

function listLabels(c: ApiContext): Response {
  const { from, to } = typesOf(c, "read");
  const results = c.var.portal.state.associationDefinitions
    .filter((each) => each.fromTypeId === from.objectTypeId && each.toTypeId === to.objectTypeId)
    .map(({ category, typeId, label }) => ({ category, typeId, label }));
  return c.json({ results });
}

/** A label makes two types, one each way. */
async function createLabel(c: ApiContext): Promise<Response> {
  const { portal } = c.var;
  const { from, to } = typesOf(c, "write");
  const { label, inverseLabel } = await parseBody(c, labelSchema);
  const made = addType(portal, [from.objectTypeId, to.objectTypeId], label, inverseLabel);
  const results = made.map((each) => ({
    category: each.category,
    typeId: each.typeId,
    label: each.label,
  }));
  return c.json({ results });
}

interface Page {
  readonly results: readonly Record<string, unknown>[];
  readonly paging?: { readonly next: { readonly after: string } };
}

function page(
  portal: Portal,
  from: ObjectDefinition,
  to: ObjectDefinition,
  id: string,
  after: number,
  limit: number,
): Page {
  const end = { typeId: from.objectTypeId, id };
  const all = associationsOf(portal, end, to.objectTypeId);
  const results = all
    .slice(after, after + limit)
    .map((each) => presentAssociation(portal, from, each));
  const next = after + limit;
  return { results, ...(next < all.length ? { paging: { next: { after: String(next) } } } : {}) };
}

/** A type without a label says null. */
function presentAssociation(
  portal: Portal,
  from: ObjectDefinition,
  association: StoredAssociation,
): Record<string, unknown> {
  const associationTypes = association.types.map(({ category, typeId }) => {
    const definition = portal.state.associationDefinitions.find(
      (each) =>
        each.typeId === typeId &&
        each.category === category &&
        each.fromTypeId === from.objectTypeId,
    );
    return { category, typeId, label: definition?.label ?? null };
  });
  return { toObjectId: association.toId, associationTypes };
}

type PairInput = z.infer<typeof pairSchema>;

function associateTypes(
  c: ApiContext,
  from: ObjectDefinition,
  to: ObjectDefinition,
  pair: PairInput,
  types: readonly AssociationType[],
): Record<string, unknown> {
  const { portal, source } = c.var;
  const ends = [
    { typeId: from.objectTypeId, id: pair.from.id },
    { typeId: to.objectTypeId, id: pair.to.id },
  ] as const;
  associate(portal, ...ends, types, source);
  const labels = types.flatMap(
    (type) =>
      portal.state.associationDefinitions.find(
        (each) => each.typeId === type.typeId && each.fromTypeId === from.objectTypeId,
      )?.label ?? [],
  );
  return {
    fromObjectTypeId: from.objectTypeId,
    fromObjectId: pair.from.id,
    toObjectTypeId: to.objectTypeId,
    toObjectId: pair.to.id,
    labels,
  };
}

function associateDefault(
  c: ApiContext,
  from: ObjectDefinition,
  to: ObjectDefinition,
  pair: PairInput,
): Record<string, unknown>[] {
  const { portal } = c.var;
  const type = defaultType(portal, from.objectTypeId, to.objectTypeId);
  associateTypes(c, from, to, pair, [type]);
  const back = defaultType(portal, to.objectTypeId, from.objectTypeId);
  const row = (one: { id: string }, other: { id: string }, spec: AssociationType) => ({
    from: one,
    to: other,
    associationSpec: { associationCategory: spec.category, associationTypeId: spec.typeId },
  });
  return [row(pair.from, pair.to, type), row(pair.to, pair.from, back)];
}

function batchBody(
  portal: Portal,
  results: readonly Record<string, unknown>[],
  errors: readonly Record<string, unknown>[],
): Record<string, unknown> {
  const at = instant(portal.now());
  return {
    status: "COMPLETE",
    results,
    ...(errors.length === 0 ? {} : { numErrors: errors.length, errors }),
    startedAt: at,
    completedAt: at,
  };
}

function typesOf(
  c: ApiContext,
  access: "read" | "write",
): { from: ObjectDefinition; to: ObjectDefinition } {
  const from = objectOf(c, access);
  const name = c.req.param("to")!;
  const to = resolveType(c.var.portal, name);
  if (to === null) throw badInput(`Unable to infer object type from: ${name}`);
  requireScope(c, `crm.objects.${to.custom ? "custom" : to.plural}.${access}`);
  return { from, to };
}
