/**
 * The host as one Hono app: record pages, app pages, the hubspot.fetch proxy behind them, and an
 * index. It holds nothing itself: records are the HubSpot double's, requests the proxy's.
 */
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { type Context, Hono } from "hono";
import { html, raw } from "hono/html";
import * as z from "zod";
import type { Built, BuiltExtension } from "./build.ts";
import {
  type HostProperty,
  type HostUser,
  type HubSpotAccount,
  isObjectTypeId,
  type ObjectTypeId,
  recordName,
} from "./crm.ts";
import { type IndexPage, indexPage } from "./index-page.ts";
import { type PageData, type PageExtension, paths } from "./page/data.ts";
import { type FetchProxy, proxyRequestSchema } from "./proxy.ts";

export interface HostOptions {
  readonly built: Built;
  readonly hubspot: HubSpotAccount;
  readonly proxy: FetchProxy;
  readonly portal: { readonly id: number; readonly timezone: string };
  readonly appId: number;
  /** By the key in an address, ?user=ana; the first is who one is without it. */
  readonly users: Readonly<Record<string, HostUser>>;
  /** Properties shown beside the card, by object type id. */
  readonly about: Readonly<Record<string, readonly string[]>>;
  readonly index: () => Promise<IndexPage>;
}

const recordRoute = "/host/records/:objectTypeId/:id";

const sidebarWidth = { default: 340, min: 280, max: 600 } as const;

export function hostApp(options: HostOptions): Hono {
  const app = new Hono();
  app.use(refuseOtherSites);
  app.get("/", async (c) => c.html(indexPage(await options.index(), options)));
  app.get("/contacts/:portalId/record/:objectTypeId/:id", (c) => recordPage(c, options));
  app.get("/app/:portalId/:appId/*", (c) => appPage(c, options, "pages"));
  app.get("/integrations-settings/:portalId/installed/framework/:appId/general-settings", (c) =>
    appPage(c, options, "settings"),
  );
  app.get(`${paths.assets}/:file`, (c) =>
    file(c, join(options.built.pageDirectory, c.req.param("file"))),
  );
  app.get(`${paths.extensions}/:file`, (c) => {
    const uid = c.req.param("file").replace(/\.js$/, "");
    const extension = options.built.extensions.find((built) => built.uid === uid);
    return extension ? file(c, extension.file) : c.notFound();
  });
  app.get(recordRoute, async (c) => {
    const { objectTypeId, id } = c.req.param();
    const record = await options.hubspot.readRecord(objectTypeId, id);
    return record ? c.json(record) : c.notFound();
  });
  app.patch(recordRoute, async (c) => {
    const { objectTypeId, id } = c.req.param();
    const changes = z.record(z.string(), z.string()).parse(await c.req.json());
    const { user } = userOf(c, options);
    return c.json(await options.hubspot.updateAsPerson(objectTypeId, id, changes, user));
  });
  app.post(paths.fetch, async (c) => {
    const request = proxyRequestSchema.parse(await c.req.json());
    const { httpStatus, body } = await options.proxy(request, userOf(c, options).user);
    return c.json(body, httpStatus as 200);
  });
  return app;
}

/** A page elsewhere must not act here as whoever has the playground open. */
async function refuseOtherSites(c: Context, next: () => Promise<void>) {
  const site = c.req.header("sec-fetch-site");
  const isOwn = site === undefined || site === "same-origin" || site === "none";
  if (c.req.method !== "GET" && !isOwn) return c.text("only from this page", 403);
  await next();
  return;
}

function userOf(c: Context, { users }: HostOptions): { key: string; user: HostUser } {
  const [first] = Object.keys(users);
  const wanted = c.req.query("user") ?? "";
  const key = wanted in users ? wanted : first;
  const user = key === undefined ? undefined : users[key];
  if (key === undefined || user === undefined) throw new Error("the host has no users");
  return { key, user };
}

async function recordPage(c: Context, options: HostOptions) {
  const { portalId, objectTypeId, id } = c.req.param() as Record<string, string>;
  if (portalId !== String(options.portal.id)) return c.notFound();
  if (!objectTypeId || !isObjectTypeId(objectTypeId) || !id) return c.notFound();
  const { hubspot, built } = options;
  const [record, properties, owners] = await Promise.all([
    hubspot.readRecord(objectTypeId, id),
    hubspot.properties(objectTypeId),
    hubspot.owners(),
  ]);
  if (!record) return c.text("There is no such record.", 404);
  const extensions = built.extensions.filter((extension) =>
    extension.objectTypeIds.includes(objectTypeId),
  );
  return shell(c, options, recordName(objectTypeId, record), {
    kind: "record",
    objectTypeId,
    record,
    properties: aboutProperties(options, objectTypeId, properties),
    owners,
    extensions: extensions.map(pageExtension),
    sidebarWidth: widthOf(c),
  });
}

function aboutProperties(
  { about }: HostOptions,
  objectTypeId: ObjectTypeId,
  all: readonly HostProperty[],
): HostProperty[] {
  const byName = new Map(all.map((property) => [property.name, property]));
  const wanted = about[objectTypeId] ?? [];
  return wanted.flatMap((name) => byName.get(name) ?? []);
}

function widthOf(c: Context): number {
  const width = Number(c.req.query("width"));
  const isSensible = width >= sidebarWidth.min && width <= sidebarWidth.max;
  return isSensible ? width : sidebarWidth.default;
}

async function appPage(c: Context, options: HostOptions, location: "pages" | "settings") {
  const { portalId, appId } = c.req.param() as Record<string, string>;
  const isOurs = portalId === String(options.portal.id) && appId === String(options.appId);
  const extension = options.built.extensions.find((built) =>
    location === "pages" ? /^(pages|home)$/.test(built.location) : built.location === "settings",
  );
  if (!isOurs || !extension) return c.notFound();
  const { user: _, bare: __, ...params } = c.req.query();
  const path = location === "pages" ? c.req.path.split("/").slice(4).join("/") : "";
  return shell(c, options, extension.name, {
    kind: "app",
    extension: pageExtension(extension),
    path: `/${path}`,
    params,
  });
}

const pageExtension = ({ uid, name, location }: BuiltExtension): PageExtension => ({
  uid,
  name,
  location,
  bundleUrl: `${paths.extensions}/${uid}.js`,
});

function shell(c: Context, options: HostOptions, title: string, page: PageData["page"]) {
  const { built, users, appId, portal } = options;
  const { key, user } = userOf(c, options);
  const data: PageData = {
    appName: built.app.name,
    appId,
    variables: built.variables,
    portal,
    user: { ...user, key },
    users: Object.entries(users).map(([key, { firstName, lastName }]) => ({
      key,
      name: `${firstName} ${lastName}`,
    })),
    bare: c.req.query("bare") !== undefined,
    page,
  };
  c.header(
    "content-security-policy",
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' https: data:",
  );
  c.header("cache-control", "no-store");
  // "<" never stands in JSON but within strings, where its escape means the same.
  const json = JSON.stringify(data).replaceAll("<", "\\u003c");
  return c.html(html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} | Local host, not HubSpot</title>
        <link rel="stylesheet" href="${paths.assets}/main.css" />
        <link rel="icon" href="data:," />
      </head>
      <body>
        <div id="app"></div>
        <div id="overlays"></div>
        <script type="application/json" id="page-data">
          ${raw(json)}
        </script>
        <script type="module" src="${paths.assets}/main.js"></script>
      </body>
    </html>`);
}

const contentTypes: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
};

async function file(c: Context, path: string) {
  const type = contentTypes[extname(path)];
  const content = type ? await readFile(path).catch(() => null) : null;
  if (!type || !content) return c.notFound();
  c.header("content-type", type);
  c.header("cache-control", "no-store");
  // A worker obeys the policy of its own response: extensions reach no network from here.
  if (path.endsWith("/worker.js")) {
    c.header("content-security-policy", "default-src 'none'; script-src 'self'");
  }
  return c.body(content);
}

/** Where the app's own pages begin, and where its settings stand. */
export const appPath = (portalId: number, appId: number): string => `/app/${portalId}/${appId}/`;
export const settingsPath = (portalId: number, appId: number): string =>
  `/integrations-settings/${portalId}/installed/framework/${appId}/general-settings`;

/** Where a record opens, for whoever links to it. */
export const recordPath = (portalId: number, objectTypeId: ObjectTypeId, id: string): string =>
  `/contacts/${portalId}/record/${objectTypeId}/${id}`;
