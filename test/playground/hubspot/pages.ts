/**
 * The double's own screens: lists of records, and a form for each, to work in it as a person
 * does. They change records by the same verbs as HubSpot's screens, never through the API.
 */
import { type Context, Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { HubSpotDouble } from "./double.ts";
import { Refused } from "./errors.ts";
import { type FaultKind, faultKinds } from "./faults.ts";
import { faultsView } from "./faults-view.ts";
import {
  editable,
  type Html,
  type Link,
  layout,
  listView,
  mergeView,
  newView,
  type RecordForm,
  recordView,
} from "./pages-view.ts";
import { propertyValue } from "./present.ts";
import { formerIds } from "./records.ts";
import type { ObjectDefinition } from "./schema.ts";
import { type Owner, resolveType, type StoredRecord, storedRecord } from "./state.ts";

export interface HubSpotPagesOptions {
  /** Where the pages are mounted. */
  readonly base?: string;
  /** A page to look at the record with, beside this one. */
  readonly recordLink?: (objectTypeId: string, id: string) => Link | null;
}

const perPage = 50;

export function hubSpotPages(double: HubSpotDouble, options: HubSpotPagesOptions = {}): Hono {
  const base = options.base ?? "/hubspot";
  const pages = new Hono();
  const site = { double, base, recordLink: options.recordLink ?? (() => null) };
  pages.get("/", (c) => c.redirect(`${base}/contacts`));
  pages.get("/faults", (c) => faults(site, c));
  pages.post("/faults", (c) => addFault(site, c));
  pages.post("/faults/clear", (c) => {
    double.faults.clear();
    return c.redirect(`${base}/faults`, 303);
  });
  pages.get("/:type", (c) => list(site, c));
  pages.get("/:type/new", (c) => form(site, c, { values: {}, error: null }));
  pages.post("/:type/new", (c) => create(site, c));
  pages.get("/:type/:id", (c) => show(site, c, { values: {}, error: null }));
  pages.post("/:type/:id", (c) => update(site, c));
  pages.get("/:type/:id/merge", (c) => mergeForm(site, c, null));
  pages.post("/:type/:id/:verb{archive|restore|merge|erase}", (c) => act(site, c));
  pages.post("/:type/:id/workflow/:index{[0-9]+}", (c) => enroll(site, c));
  return pages;
}

interface Site {
  readonly double: HubSpotDouble;
  readonly base: string;
  readonly recordLink: (objectTypeId: string, id: string) => Link | null;
}

function list(site: Site, c: Context): Response | Promise<Response> {
  const object = objectOf(site, c);
  if (object === null) return c.notFound();
  const query = c.req.query("q") ?? "";
  const archived = c.req.query("bin") === "1";
  const page = Math.max(1, Number(c.req.query("page") ?? "1") || 1);
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = Object.values(site.double.portal.state.records[object.objectTypeId] ?? {})
    .filter((record) => (record.archivedAt !== null) === archived)
    .filter((record) => words.every((word) => textOf(object, record).includes(word)))
    .sort((a, b) => b.updatedAt - a.updatedAt);
  const records = found.slice((page - 1) * perPage, page * perPage);
  const view = { object, records, total: found.length, query, archived, page, perPage };
  return c.html(frame(site, c, object, listView(site.double.portal, site.base, view)));
}

function faults(site: Site, c: Context): Response | Promise<Response> {
  const { double, base } = site;
  const body = faultsView(base, double.faults.armed(), double.calls.slice(-30).toReversed());
  return c.html(frame(site, c, null, body));
}

async function addFault(site: Site, c: Context): Promise<Response> {
  const { kind = "", times = "", matches = "", status = "", ms = "" } = await formValues(c);
  if (!isFaultKind(kind)) return c.notFound();
  site.double.faults.add({
    kind,
    ...(times === "" ? {} : { times: Number(times) }),
    ...(matches === "" ? {} : { matches }),
    ...(status === "" ? {} : { status: Number(status) }),
    ...(ms === "" ? {} : { ms: Number(ms) }),
  });
  return c.redirect(`${site.base}/faults`, 303);
}

function isFaultKind(kind: string): kind is FaultKind {
  return Object.hasOwn(faultKinds, kind);
}

function form(site: Site, c: Context, given: RecordForm): Response | Promise<Response> {
  const object = objectOf(site, c);
  if (object === null) return c.notFound();
  const body = newView(site.double.portal, site.base, object, given);
  return c.html(frame(site, c, object, body), given.error === null ? 200 : 400);
}

async function create(site: Site, c: Context): Promise<Response> {
  const object = objectOf(site, c);
  if (object === null) return c.notFound();
  const values = await formValues(c);
  const properties = Object.fromEntries(
    editable(object)
      .map((each) => [each.name, values[`p.${each.name}`] ?? ""] as const)
      .filter(([, value]) => value !== ""),
  );
  try {
    const id = handOf(site, c).create(object.plural, properties);
    return c.redirect(`${site.base}/${object.plural}/${id}?done=created`, 303);
  } catch (error) {
    return form(site, c, { values, error: refusalText(error) });
  }
}

function show(site: Site, c: Context, given: RecordForm): Response | Promise<Response> {
  const found = recordOf(site, c);
  if (found === null) return c.notFound();
  const { object, record } = found;
  if (record.id !== c.req.param("id")) {
    return c.redirect(`${site.base}/${object.plural}/${record.id}?done=merged`);
  }
  const link = site.recordLink(object.objectTypeId, record.id);
  const done = given.error === null ? (c.req.query("done") ?? null) : null;
  const former = formerIds(record);
  const view = {
    object,
    record,
    given,
    link,
    done,
    formerIds: former,
    actions: site.double.actions,
  };
  const body = recordView(site.double.portal, site.base, view);
  return c.html(frame(site, c, object, body), given.error === null ? 200 : 400);
}

/** Only what the person changed is written, so that an open form undoes nobody's edit. */
async function update(site: Site, c: Context): Promise<Response> {
  const found = recordOf(site, c);
  if (found === null) return c.notFound();
  const { object, record } = found;
  const values = await formValues(c);
  const changed = editable(object)
    .map((each) => each.name)
    .filter((name) => (values[`p.${name}`] ?? "") !== (values[`was.${name}`] ?? ""));
  try {
    const properties = Object.fromEntries(changed.map((name) => [name, values[`p.${name}`] ?? ""]));
    if (changed.length > 0) handOf(site, c).update(object.plural, record.id, properties);
    const done = changed.length > 0 ? "saved" : "unchanged";
    return c.redirect(`${site.base}/${object.plural}/${record.id}?done=${done}`, 303);
  } catch (error) {
    return show(site, c, { values, error: refusalText(error) });
  }
}

function mergeForm(site: Site, c: Context, error: string | null): Response | Promise<Response> {
  const found = recordOf(site, c);
  if (found === null) return c.notFound();
  const body = mergeView(site.double.portal, site.base, found.object, found.record, error);
  return c.html(frame(site, c, found.object, body), error === null ? 200 : 400);
}

async function act(site: Site, c: Context): Promise<Response> {
  const found = recordOf(site, c);
  if (found === null) return c.notFound();
  const { plural } = found.object;
  const { id } = found.record;
  const hand = handOf(site, c);
  const to = (path: string) => c.redirect(`${site.base}/${plural}${path}`, 303);
  const verb = c.req.param("verb");
  try {
    if (verb === "archive") {
      hand.archive(plural, id);
      return to(`/${id}?done=archived`);
    }
    if (verb === "restore") {
      hand.restore(plural, id);
      return to(`/${id}?done=restored`);
    }
    if (verb === "erase") {
      hand.privacyDelete(id);
      return to("?done=erased");
    }
    const other = (await formValues(c)).other ?? "";
    return to(`/${hand.merge(plural, id, other)}?done=merged`);
  } catch (error) {
    const text = refusalText(error);
    return verb === "merge" ? mergeForm(site, c, text) : show(site, c, { values: {}, error: text });
  }
}

/** Has a workflow do one of the app's actions on the record, and shows what it handed on. */
async function enroll(site: Site, c: Context): Promise<Response> {
  const found = recordOf(site, c);
  const action = site.double.actions[Number(c.req.param("index"))];
  if (found === null || action === undefined) return c.notFound();
  const { object, record } = found;
  const { actionUrl } = action;
  const call = { actionUrl, objectType: object.plural, objectId: record.id };
  const { status, outputFields } = await site.double.runAction(call);
  const outputs = Object.entries(outputFields).map(([name, value]) => `${name}: ${value}`);
  const done = `The workflow's step answered ${status ?? "nothing"}. ${outputs.join(", ")}`;
  const path = `${site.base}/${object.plural}/${record.id}`;
  return c.redirect(`${path}?${new URLSearchParams({ done })}`, 303);
}

function frame(site: Site, c: Context, object: ObjectDefinition | null, body: Html) {
  const objects = Object.values(site.double.portal.state.objects).filter((each) => !each.archived);
  const as = c.req.query("as");
  if (as !== undefined) setCookie(c, "hubspot_as", as, { path: site.base, sameSite: "Strict" });
  const { owners } = site.double.portal.state;
  return layout({ base: site.base, object, objects, owners, acting: actingOf(site, c), body });
}

function actingOf(site: Site, c: Context): Owner | null {
  const wanted = c.req.query("as") ?? getCookie(c, "hubspot_as");
  const { owners } = site.double.portal.state;
  return owners.find((owner) => String(owner.userId) === wanted) ?? owners[0] ?? null;
}

function handOf(site: Site, c: Context) {
  return site.double.person(actingOf(site, c)?.userId ?? 1);
}

function objectOf(site: Site, c: Context): ObjectDefinition | null {
  return resolveType(site.double.portal, c.req.param("type") ?? "");
}

function recordOf(
  site: Site,
  c: Context,
): { object: ObjectDefinition; record: StoredRecord } | null {
  const object = objectOf(site, c);
  if (object === null) return null;
  const record = storedRecord(site.double.portal, object.objectTypeId, c.req.param("id") ?? "");
  return record === null ? null : { object, record };
}

async function formValues(c: Context): Promise<Record<string, string>> {
  const entries = Object.entries(await c.req.parseBody({ all: true }));
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(";") : String(value)]),
  );
}

function refusalText(error: unknown): string {
  if (!(error instanceof Refused)) throw error;
  const details = (error.parts.errors ?? []).map((each) => each.message);
  return details.length > 0 ? details.join(" ") : error.message;
}

function textOf(object: ObjectDefinition, record: StoredRecord): string {
  const names = [...object.searchableProperties, "hs_object_id", "ops_deal_number"];
  return names
    .map((name) => propertyValue(object, record, name) ?? "")
    .join(" ")
    .toLowerCase();
}
