/** The routes of definitions: properties, pipelines, owners, custom object schemas, account. */
import { type Context, Hono } from "hono";
import * as z from "zod";
import { addType } from "./associations.ts";
import { answer } from "./batches.ts";
import { badInput, notFound, Refused } from "./errors.ts";
import { type ApiEnv, parseBody, requireScope, schemaOf } from "./http.ts";
import {
  definedProperty,
  presentOwner,
  presentPipeline,
  presentProperty,
  presentStage,
} from "./present.ts";
import {
  type ObjectDefinition,
  objectDefinition,
  type PropertyDefinition,
  property,
} from "./schema.ts";
import { type Portal, resolveType } from "./state.ts";
import { instant } from "./values.ts";

const optionSchema = z.object({ label: z.string(), value: z.string() });
const propertySchema = z.object({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/),
  label: z.string(),
  type: z.enum(["string", "number", "date", "datetime", "enumeration", "bool", "phone_number"]),
  fieldType: z.string(),
  groupName: z.optional(z.string()),
  description: z.optional(z.string()),
  options: z.optional(z.array(optionSchema)),
  hasUniqueValue: z.optional(z.boolean()),
});
const propertyChangeSchema = propertySchema.partial().omit({ name: true });
const namesSchema = z.object({ inputs: z.array(z.object({ name: z.string() })) });
const schemaSchema = z.object({
  name: z.string(),
  labels: z.object({ singular: z.string(), plural: z.string() }),
  properties: z.array(propertySchema),
  requiredProperties: z.array(z.string()),
  searchableProperties: z.optional(z.array(z.string())),
  primaryDisplayProperty: z.optional(z.string()),
  associatedObjects: z.optional(z.array(z.string())),
});

/** Unique properties an object may have. */
const uniqueMax = 10;

export function definitionRoutes(): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const properties = "/crm/properties/:version/:type";
  routes.get(properties, listProperties);
  routes.post(properties, createProperty);
  routes.post(`${properties}/batch/read`, readProperties);
  routes.post(`${properties}/batch/create`, createProperties);
  routes.post(`${properties}/batch/archive`, archiveProperties);
  routes.get(`${properties}/groups`, listGroups);
  routes.post(`${properties}/groups`, createGroup);
  routes.get(`${properties}/:name`, readProperty);
  routes.patch(`${properties}/:name`, updateProperty);
  routes.delete(`${properties}/:name`, archiveProperty);
  const pipelines = "/crm/pipelines/:version/:type";
  routes.get(pipelines, listPipelines);
  routes.get(`${pipelines}/:pipeline`, readPipeline);
  routes.get(`${pipelines}/:pipeline/stages`, listStages);
  routes.get("/crm/owners/:version", listOwners);
  routes.get("/crm/owners/:version/:id", readOwner);
  const schemas = "/crm-object-schemas/:version/schemas";
  routes.get(schemas, listSchemas);
  routes.post(schemas, createSchema);
  routes.get(`${schemas}/:type`, readSchema);
  routes.get("/account-info/:version/details", accountDetails);
  routes.get("/account-info/:version/api-usage/daily/private-apps", dailyUsage);
  return routes;
}

type ApiContext = Context<ApiEnv>;

function listProperties(c: ApiContext): Response {
  const archived = c.req.query("archived") === "true";
  const all = Object.values(schemaOf(c, "read").properties);
  const results = all.filter((each) => (each.archivedAt !== null) === archived);
  return c.json({ results: results.map(presentProperty) });
}

function listGroups(c: ApiContext): Response {
  return c.json({ results: schemaOf(c, "read").groups.map(presentGroup) });
}

async function createGroup(c: ApiContext): Promise<Response> {
  const object = schemaOf(c, "write");
  const group = await parseBody(c, z.object({ name: z.string(), label: z.string() }));
  if (object.groups.some((each) => each.name === group.name)) {
    throw new Refused(409, "CONFLICT", `Property group ${group.name} already exists`);
  }
  object.groups.push(group);
  return c.json(presentGroup(group), 201);
}

function presentGroup(group: ObjectDefinition["groups"][number]): Record<string, unknown> {
  return { name: group.name, label: group.label, displayOrder: -1, archived: false };
}

function readProperty(c: ApiContext): Response {
  const object = schemaOf(c, "read");
  return c.json(presentProperty(requireProperty(object, c.req.param("name")!)));
}

async function createProperty(c: ApiContext): Promise<Response> {
  const object = schemaOf(c, "write");
  const input = await parseBody(c, propertySchema);
  return c.json(presentProperty(addProperty(c.var.portal, object, input)), 201);
}

async function createProperties(c: ApiContext): Promise<Response> {
  const object = schemaOf(c, "write");
  const { inputs } = await parseBody(c, z.object({ inputs: z.array(propertySchema) }));
  const added = inputs.map((input) => addProperty(c.var.portal, object, input));
  return c.json(propertyBatch(c.var.portal, added), 201);
}

async function readProperties(c: ApiContext): Promise<Response> {
  const object = schemaOf(c, "read");
  const { inputs } = await parseBody(c, namesSchema);
  const found = inputs.flatMap(({ name }) => definedProperty(object, name) ?? []);
  return c.json(propertyBatch(c.var.portal, found));
}

async function archiveProperties(c: ApiContext): Promise<Response> {
  const object = schemaOf(c, "write");
  const { inputs } = await parseBody(c, namesSchema);
  for (const { name } of inputs) requireProperty(object, name).archivedAt = c.var.portal.now();
  return c.body(null, 204);
}

/** Labels, options and even the type of a property may change; its uniqueness never. */
async function updateProperty(c: ApiContext): Promise<Response> {
  const definition = requireProperty(schemaOf(c, "write"), c.req.param("name")!);
  const change = await parseBody(c, propertyChangeSchema);
  if (change.label !== undefined) definition.label = change.label;
  if (change.description !== undefined) definition.description = change.description;
  if (change.type !== undefined) definition.type = change.type;
  if (change.fieldType !== undefined) definition.fieldType = change.fieldType;
  if (change.options !== undefined) {
    definition.options = change.options.map((option) => ({ ...option, hidden: false }));
  }
  definition.updatedAt = c.var.portal.now();
  return c.json(presentProperty(definition));
}

function archiveProperty(c: ApiContext): Response {
  const definition = requireProperty(schemaOf(c, "write"), c.req.param("name")!);
  if (definition.hubspotDefined) throw badInput("HubSpot defined properties cannot be archived");
  definition.archivedAt = c.var.portal.now();
  return c.body(null, 204);
}

function listPipelines(c: ApiContext): Response {
  const pipelines = schemaOf(c, "read").pipelines;
  return c.json({ results: pipelines.map((each) => presentPipeline(each, openedAt)) });
}

function readPipeline(c: ApiContext): Response {
  return c.json(presentPipeline(pipelineOf(c), openedAt));
}

function listStages(c: ApiContext): Response {
  return c.json({ results: pipelineOf(c).stages.map((each) => presentStage(each, openedAt)) });
}

function listOwners(c: ApiContext): Response {
  requireScope(c, "crm.objects.owners.read");
  const archived = c.req.query("archived") === "true";
  const email = c.req.query("email")?.toLowerCase();
  const limit = Number(c.req.query("limit") ?? "100");
  const after = Number(c.req.query("after") ?? "0");
  const all = c.var.portal.state.owners.filter(
    (owner) =>
      owner.archived === archived && (email === undefined || owner.email.toLowerCase() === email),
  );
  const more = after + limit < all.length;
  return c.json({
    results: all.slice(after, after + limit).map(presentOwner),
    ...(more ? { paging: { next: { after: String(after + limit) } } } : {}),
  });
}

function readOwner(c: ApiContext): Response {
  requireScope(c, "crm.objects.owners.read");
  const id = c.req.param("id")!;
  const byUser = c.req.query("idProperty") === "userId";
  const archived = c.req.query("archived") === "true";
  const owner = c.var.portal.state.owners.find(
    (each) => (byUser ? String(each.userId) : each.id) === id && each.archived === archived,
  );
  if (owner === undefined) throw notFound(id);
  return c.json(presentOwner(owner));
}

function listSchemas(c: ApiContext): Response {
  requireScope(c, "crm.schemas.custom.read");
  const custom = Object.values(c.var.portal.state.objects).filter((each) => each.custom);
  return c.json({ results: custom.map((each) => presentSchema(c.var.portal, each)) });
}

function readSchema(c: ApiContext): Response {
  return c.json(presentSchema(c.var.portal, schemaOf(c, "read")));
}

async function createSchema(c: ApiContext): Promise<Response> {
  requireScope(c, "crm.schemas.custom.write");
  const input = await parseBody(c, schemaSchema);
  return c.json(presentSchema(c.var.portal, addCustomObject(c.var.portal, input)), 201);
}

export type CustomObjectInput = z.input<typeof schemaSchema>;

/** A custom object is named "2-n", its short name, or "p{portal}_{name}". */
export function addCustomObject(portal: Portal, input: CustomObjectInput): ObjectDefinition {
  if (resolveType(portal, input.name) !== null) {
    throw new Refused(409, "CONFLICT", `Object type ${input.name} already exists`);
  }
  const custom = Object.values(portal.state.objects).filter((each) => each.custom).length;
  const primary = input.primaryDisplayProperty ?? input.properties[0]?.name ?? "hs_object_id";
  const object = objectDefinition(
    {
      objectTypeId: `2-${1_000_001 + custom}`,
      name: input.name,
      plural: `p${portal.portalId}_${input.name}`,
      fullyQualifiedName: `p${portal.portalId}_${input.name}`,
      labels: input.labels,
      custom: true,
      createdProperty: "hs_createdate",
      defaults: [],
      required: input.requiredProperties,
      searchable: input.searchableProperties ?? [primary],
      primary,
      properties: input.properties.map(({ hasUniqueValue, ...rest }) => ({
        ...withoutUndefined(rest),
        unique: hasUniqueValue ?? false,
        own: true,
      })),
    },
    portal.now(),
  );
  portal.state.objects[object.objectTypeId] = object;
  for (const name of input.associatedObjects ?? []) {
    const other = resolveType(portal, name);
    if (other === null) throw badInput(`Unknown object type ${name}`);
    addType(portal, [object.objectTypeId, other.objectTypeId], null);
  }
  return object;
}

function accountDetails(c: ApiContext): Response {
  return c.json({
    portalId: c.var.portal.portalId,
    accountType: "DEVELOPER_TEST",
    timeZone: c.var.portal.timeZone,
    companyCurrency: "USD",
    additionalCurrencies: ["EUR", "GBP"],
    utcOffset: "+00:00",
    utcOffsetMilliseconds: 0,
    uiDomain: "app.hubspot.com",
    dataHostingLocation: "na1",
  });
}

function dailyUsage(c: ApiContext): Response {
  const { usage } = c.var.portal.state;
  const now = c.var.portal.now();
  return c.json({
    results: [
      {
        name: "private-apps-api-calls-daily",
        usageLimit: c.var.dailyLimit,
        currentUsage: usage.daily,
        collectedAt: instant(now),
        fetchStatus: "SUCCESS",
        resetsAt: instant(now - (now % 86_400_000) + 86_400_000),
      },
    ],
  });
}

function addProperty(
  portal: Portal,
  object: ObjectDefinition,
  input: z.infer<typeof propertySchema>,
): PropertyDefinition {
  const held = object.properties[input.name];
  if (held !== undefined && held.archivedAt === null) {
    const message = `A property named '${input.name}' already exists.`;
    throw new Refused(409, "OBJECT_ALREADY_EXISTS", message);
  }
  if (!object.groups.some((group) => group.name === input.groupName)) {
    throw badInput(`The property group ${input.groupName ?? "(none)"} does not exist`);
  }
  if (input.hasUniqueValue === true) {
    if (object.uniqueProperties.length >= uniqueMax) {
      throw badInput(`At most ${uniqueMax} unique properties per object`);
    }
    object.uniqueProperties.push(input.name);
  }
  const { hasUniqueValue, ...rest } = input;
  const own = { ...withoutUndefined(rest), unique: hasUniqueValue ?? false, own: true };
  const definition = property(own, portal.now());
  object.properties[input.name] = definition;
  return definition;
}

function propertyBatch(
  portal: Portal,
  definitions: readonly PropertyDefinition[],
): Record<string, unknown> {
  return answer(portal, portal.now(), definitions.map(presentProperty), [], 200).body;
}

function requireProperty(object: ObjectDefinition, name: string): PropertyDefinition {
  const definition = definedProperty(object, name);
  if (definition !== null) return definition;
  const message = `Property ${name} does not exist`;
  throw new Refused(404, "OBJECT_NOT_FOUND", message);
}

function pipelineOf(c: ApiContext) {
  const id = c.req.param("pipeline")!;
  const pipeline = schemaOf(c, "read").pipelines.find((each) => each.id === id);
  if (pipeline === undefined) throw notFound(id);
  return pipeline;
}

function presentSchema(portal: Portal, object: ObjectDefinition): Record<string, unknown> {
  const associations = portal.state.associationDefinitions.filter(
    (each) => each.fromTypeId === object.objectTypeId || each.toTypeId === object.objectTypeId,
  );
  return {
    id: object.objectTypeId,
    objectTypeId: object.objectTypeId,
    name: object.name,
    fullyQualifiedName: object.fullyQualifiedName,
    labels: object.labels,
    archived: object.archived,
    requiredProperties: object.requiredProperties,
    searchableProperties: object.searchableProperties,
    primaryDisplayProperty: object.primaryDisplayProperty,
    secondaryDisplayProperties: [],
    properties: Object.values(object.properties).map(presentProperty),
    associations: associations.map((each) => ({
      id: String(each.typeId),
      fromObjectTypeId: each.fromTypeId,
      toObjectTypeId: each.toTypeId,
      name: each.label ?? `${each.fromTypeId}_to_${each.toTypeId}`,
    })),
    createdAt: instant(openedAt),
    updatedAt: instant(openedAt),
  };
}

/** When a portal's pipelines and schemas say they were made. */
const openedAt = Date.UTC(2024, 0, 8, 9);

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(given: T): Defined<T> {
  const kept = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as Defined<T>;
}
