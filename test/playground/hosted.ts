/** The playground with its pages: record pages, both tools as a person sees them, the log. */
import { Hono } from "hono";
import { accountOf } from "./account.ts";
import { identity, publicUrl } from "./addresses.ts";
import { buildExtensions } from "./host/build.ts";
import { type HostUser, isObjectTypeId } from "./host/crm.ts";
import type { IndexPage } from "./host/index-page.ts";
import { appPath, hostApp, recordPath, settingsPath } from "./host/pages.ts";
import { createProxy } from "./host/proxy.ts";
import { hubSpotPages } from "./hubspot/pages.ts";
import { logPages } from "./log-pages.ts";
import { opsPages } from "./ops/pages.ts";
import { type Playground, type PlaygroundOptions, startPlayground } from "./playground.ts";
import { serve } from "./serve.ts";
import { slackPages } from "./slack/pages.ts";
import { people } from "./world.ts";

export interface HostedPlayground extends Playground {
  readonly homeUrl: string;
}

export interface HostedOptions extends Omit<PlaygroundOptions, "ports"> {
  readonly ports?: PlaygroundOptions["ports"] & { home: number };
}

const freePorts = { home: 0, hubspot: 0, ops: 0, slack: 0, worker: 0 };

export async function startHosted(options: HostedOptions): Promise<HostedPlayground> {
  const ports = options.ports ?? freePorts;
  // The page server first: links to the operations tool name its address.
  let pages = new Hono();
  const home = await serve((request) => pages.fetch(request), ports.home);
  const [built, playground] = await Promise.all([
    buildExtensions(),
    startPlayground({ ...options, ports, pagesUrl: home.url }),
  ]);
  pages = pagesOf(playground, built, home.url);
  return {
    ...playground,
    // Spreading would copy these once; they change when the Worker is started anew.
    get worker() {
      return playground.worker;
    },
    homeUrl: home.url,
    async stop() {
      await playground.stop();
      await home.close();
    },
  };
}

function pagesOf(
  playground: Playground,
  built: Awaited<ReturnType<typeof buildExtensions>>,
  homeUrl: string,
): Hono {
  const { hubspot, ops, slack } = playground;
  const pages = new Hono();
  pages.route("/hubspot", hubSpotPages(hubspot, { recordLink }));
  pages.route("/ops", opsPages({ double: ops }));
  pages.route("/slack", slackPages(slack));
  pages.route("/log", logPages(playground));
  pages.route(
    "/",
    hostApp({
      built,
      hubspot: accountOf(hubspot),
      proxy: createProxy({
        permittedUrls: built.app.permittedUrls,
        mapping: {
          get [publicUrl]() {
            return playground.urls.worker;
          },
        },
        clientSecret: identity.hubspotClientSecret,
        portalId: identity.portalId,
        appId: identity.appId,
        now: Date.now,
        fetch: (request) => fetch(request),
      }),
      portal: { id: identity.portalId, timezone: identity.timeZone },
      appId: identity.appId,
      users,
      about,
      index: () => indexOf(playground, homeUrl),
    }),
  );
  return pages;
}

const recordLink = (objectTypeId: string, id: string) =>
  isObjectTypeId(objectTypeId)
    ? {
        label: "The record page, with the card",
        url: recordPath(identity.portalId, objectTypeId, id),
      }
    : null;

const users: Record<string, HostUser> = Object.fromEntries(
  people.map(({ key, hubspotUserId, email, firstName, lastName }) => [
    key,
    { id: hubspotUserId, email, firstName, lastName, locale: "en-us" },
  ]),
);

const about = {
  "0-1": [
    "email",
    "firstname",
    "lastname",
    "phone",
    "jobtitle",
    "lifecyclestage",
    "hubspot_owner_id",
  ],
  "0-2": ["name", "domain", "phone", "city", "country", "hubspot_owner_id"],
  "0-3": [
    "dealname",
    "amount",
    "deal_currency_code",
    "dealstage",
    "closedate",
    "hubspot_owner_id",
    "ops_deal_number",
    "description",
  ],
};

async function indexOf(playground: Playground, homeUrl: string): Promise<IndexPage> {
  const { results } = await playground.worker.d1
    .prepare(
      `SELECT x.object, x.kind, x.field, l.record_id FROM exceptions x
       JOIN links l ON l.entity_id = x.entity_id AND l.system = 'hubspot'
       WHERE x.status <> 'settled' ORDER BY x.opened_at LIMIT 20`,
    )
    .all<{ object: string; kind: string; field: string | null; record_id: string }>();
  const differing = results.map((row) => ({
    ...named(playground, row.object, row.record_id),
    note: row.kind === "conflict" ? `Both systems changed ${row.field}` : row.kind,
    state: row.kind === "conflict" ? ("differs" as const) : ("trouble" as const),
  }));
  const same = ["contact", "deal"].flatMap((object) =>
    idsOf(playground, object)
      .filter((id) => !results.some((row) => row.object === object && row.record_id === id))
      .slice(0, 3)
      .map((id) => ({
        ...named(playground, object, id),
        note: "Edit it here or in operations, and watch it travel",
        state: "same" as const,
      })),
  );
  return {
    places: [
      {
        label: "Control center",
        url: `${homeUrl}${appPath(identity.portalId, identity.appId)}`,
        note: "what waits, what happened, what runs",
      },
      {
        label: "Settings",
        url: `${homeUrl}${settingsPath(identity.portalId, identity.appId)}`,
        note: "thresholds, alerts, roles, pauses, formats",
      },
      { label: "HubSpot", url: `${homeUrl}/hubspot`, note: "every record, editable" },
      { label: "Operations", url: `${homeUrl}/ops`, note: "every record, editable" },
      { label: "Slack", url: `${homeUrl}/slack`, note: "what people are told" },
      { label: "Log", url: `${homeUrl}/log`, note: "what the sync does, and why" },
    ],
    records: [...differing, ...same],
  };
}

const typeIds = { contact: "0-1", deal: "0-3" } as const;
const plurals = { contact: "contacts", deal: "deals" } as const;
type Shown = keyof typeof typeIds;

const idsOf = ({ hubspot }: Playground, object: string): string[] =>
  hubspot
    .records(plurals[object as Shown])
    .filter(({ archived }) => !archived)
    .map(({ id }) => id);

function named({ hubspot }: Playground, object: string, id: string) {
  const { properties = {} } =
    hubspot.records(plurals[object as Shown]).find((record) => record.id === id) ?? {};
  const person = [properties.firstname, properties.lastname].filter(Boolean).join(" ");
  const name = object === "deal" ? properties.dealname : person || properties.email;
  return { objectTypeId: typeIds[object as Shown], id, name: name ?? id };
}
