/**
 * The host with our control center and settings, and a back-end that answers by the contract: as
 * on a busy day, on the first day, to somebody who may only look, or not at all.
 */
import { Hono } from "hono";
import { type ControlAction, control, type Verb } from "../../shared/control.ts";
import {
  type Answers,
  controlAnswers,
  emptyAnswers,
  puzzlingRecord,
} from "../app/control-fixtures.ts";
import { identity, publicUrl } from "../playground/addresses.ts";
import { buildExtensions } from "../playground/host/build.ts";
import type { HubSpotAccount } from "../playground/host/crm.ts";
import { appPath, hostApp, settingsPath } from "../playground/host/pages.ts";
import { createProxy } from "../playground/host/proxy.ts";
import { serve } from "../playground/serve.ts";

export const moods = ["busy", "empty", "viewer", "forbidden", "down", "slow"] as const;
export type Mood = (typeof moods)[number];

/** Every screen, by its path in the app. */
export const screens = {
  overview: "/",
  exceptions: "/exceptions",
  "exceptions-counted": "/exceptions?group=field&kind=conflict",
  exception: "/exceptions/x1",
  records: "/records",
  "records-found": "/records?text=maria",
  record: "/records/e1",
  "record-puzzling": "/records/e2",
  audit: "/audit?object=contact",
  runs: "/runs",
  run: "/runs/r1",
  "run-dry": "/runs/r2",
  parity: "/parity",
  systems: "/systems",
  policies: "/policies",
  settings: "settings",
  lost: "/nowhere",
} as const;

/** Which screens are worth looking at in which mood. */
export const states: readonly {
  readonly mood: Mood;
  readonly screens: readonly (keyof typeof screens)[];
}[] = [
  { mood: "busy", screens: Object.keys(screens) as (keyof typeof screens)[] },
  {
    mood: "empty",
    screens: ["overview", "exceptions", "exceptions-counted", "records-found", "audit", "runs"],
  },
  { mood: "empty", screens: ["parity", "systems", "policies", "settings"] },
  { mood: "viewer", screens: ["overview", "exceptions", "exception", "systems", "settings"] },
  { mood: "forbidden", screens: ["overview", "record", "settings"] },
  { mood: "down", screens: ["overview", "settings"] },
  { mood: "slow", screens: ["overview", "exceptions", "settings"] },
];

export const settingsParts = [
  "Thresholds",
  "Alerts",
  "Roles",
  "Pauses",
  "Regions and formats",
] as const;

export interface ControlStand {
  /** Of a page of the app by its path, or of the settings by that word. */
  readonly address: (path: string) => string;
  mood: Mood;
  /** Answers of a single action that differ from the mood's. */
  answers: Partial<Answers>;
  /** Refusals by action. */
  refusals: Partial<Record<ControlAction, { readonly code: string; readonly message: string }>>;
  readonly asked: { readonly action: ControlAction; readonly body: unknown }[];
  readonly close: () => Promise<void>;
}

export async function startControlStand(): Promise<ControlStand> {
  const built = await buildExtensions();
  const backend = await serve((request) => backendApp(stand).fetch(request), 0);
  const app = hostApp({
    built,
    hubspot: noAccount,
    proxy: createProxy({
      permittedUrls: built.app.permittedUrls,
      mapping: { [publicUrl]: backend.url },
      clientSecret: identity.hubspotClientSecret,
      portalId: identity.portalId,
      appId: identity.appId,
      now: Date.now,
      fetch: (request) => fetch(request),
    }),
    portal: { id: identity.portalId, timezone: "Europe/Berlin" },
    appId: identity.appId,
    users: { dana },
    about: {},
    index: async () => ({ places: [], records: [] }),
  });
  const host = await serve((request) => app.fetch(request), 0);
  const { portalId, appId } = identity;
  const stand: ControlStand = {
    address: (path) =>
      path === "settings"
        ? `${host.url}${settingsPath(portalId, appId)}`
        : `${host.url}${appPath(portalId, appId)}${path.slice(1)}`,
    mood: "busy",
    answers: {},
    refusals: {},
    asked: [],
    close: async () => {
      await host.close();
      await backend.close();
    },
  };
  return stand;
}

function backendApp(stand: ControlStand): Hono {
  const app = new Hono();
  app.post("/control/:action", async (c) => {
    const action = c.req.param("action") as ControlAction;
    const body = await c.req.json();
    control[action].request.parse(body);
    stand.asked.push({ action, body });
    if (stand.mood === "down") return c.text("down", 503);
    if (stand.mood === "slow" && action !== "session") await forEver();
    const isForbidden = stand.mood === "forbidden" && action !== "session";
    const error = isForbidden ? noRight : stand.refusals[action];
    if (error) return c.json({ ok: false, error });
    if (action === "record" && body.entityId === "e2") {
      return c.json({ ok: true, data: puzzlingRecord(Date.now()) });
    }
    return c.json({ ok: true, data: answerOf(stand, action) });
  });
  return app;
}

const noRight = { code: "forbidden", message: "Ask an admin of the sync for the right to see it." };

const forEver = () => new Promise<never>(() => undefined);

const viewerMay: readonly Verb[] = ["see"];

function answerOf(stand: ControlStand, action: ControlAction): unknown {
  const now = Date.now();
  const answers = stand.mood === "empty" ? emptyAnswers(now) : controlAnswers(now);
  const own = stand.answers[action];
  if (own !== undefined) return own;
  if (stand.mood === "viewer" && action === "session") {
    return { ...answers.session, role: { role: "viewer" }, may: viewerMay };
  }
  if (stand.mood === "viewer" && action === "exception") {
    return { ...answers.exception, item: { ...answers.exception.item, maySettle: false } };
  }
  return answers[action];
}

const dana = {
  id: 101,
  email: "dana.brooks@example.com",
  firstName: "Dana",
  lastName: "Brooks",
  locale: "en-us",
};

const noAccount: HubSpotAccount = {
  readRecord: async () => null,
  updateAsPerson: async () => ({ kind: "refused", property: null, message: "Not here." }),
  owners: async () => [],
  properties: async () => [],
};
