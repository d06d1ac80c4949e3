/**
 * A HubSpot portal in memory: its API, its webhooks, and the people who work in it. It behaves as
 * HubSpot is documented to, oddities included, and has neither sockets nor timers of its own, so
 * that the same double runs in a simulator and behind a server.
 */
import { Hono } from "hono";
import { type Admin, admin } from "./admin.ts";
import { associationRoutes } from "./api-associations.ts";
import { definitionRoutes } from "./api-definitions.ts";
import { objectRoutes } from "./api-objects.ts";
import { standardAssociations } from "./associations.ts";
import { errorBody, type LimitPolicy, limitBody, Refused, unauthenticated } from "./errors.ts";
import { type Call, createFaults, type Faults, type Struck } from "./faults.ts";
import type { ApiEnv } from "./http.ts";
import { countCall, type Limits, limitHeaders, type Tier, tiers } from "./limits.ts";
import { automation, type Hand, importer, person } from "./people.ts";
import { presentRecord } from "./present.ts";
import { standardObjects } from "./schema.ts";
import { type Owner, type Portal, reindex, requireType, type State } from "./state.ts";
import { createWebhooks, shuffled, type WebhookConfig, type WebhookTarget } from "./webhooks.ts";
import {
  type ActionRun,
  createWorkflows,
  runAction,
  type Workflow,
  type WorkflowAction,
  type WorkflowCall,
  workflowRequest,
} from "./workflow.ts";

export interface HubSpotOptions {
  readonly portalId: number;
  readonly appId: number;
  /** The access token of the private app. */
  readonly token: string;
  readonly clientSecret: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly webhook: WebhookTarget;
  /** The `config` of webhooks-hsmeta.json. */
  readonly subscriptions: WebhookConfig;
  /** The `config` of the app's workflow actions, with their addresses filled in. */
  readonly actions?: readonly WorkflowAction[];
  readonly owners?: readonly Omit<Owner, "archived">[];
  /** Granted scopes; all of them if absent. */
  readonly scopes?: readonly string[];
  readonly tier?: Tier;
  readonly limits?: Partial<Limits>;
  /** Of the account; the daily limit starts anew at its midnight. */
  readonly timeZone?: string;
  /** How long search takes to know of a change. */
  readonly searchLagMs?: number;
  /** A write that would move the lifecycle stage back is answered 200 and ignored, or refused. */
  readonly lifecycleBackwards?: "ignored" | "refused";
  /** HubSpot gives a new contact a company by the domain of its address, if so configured. */
  readonly autoCompanies?: boolean;
  /** What the answer to a write says of a property it cleared: an empty string, or nothing. */
  readonly clearedInAnswers?: "blank" | "omitted";
  /** Waits, for the fault `latency`; nothing is delayed without it. */
  readonly wait?: (ms: number) => Promise<void>;
}

export interface HubSpotDouble {
  /** The API, at the paths of https://api.hubapi.com, dated and legacy. */
  fetch(request: Request): Promise<Response>;
  /** Somebody who works in HubSpot's own screens. */
  person(userId: number): Hand;
  /** A workflow. */
  readonly automation: Hand;
  /** Delivers the webhooks that are due, and says how many requests that took. */
  pump(): Promise<number>;
  nextDueAt(): number | null;
  /** Everything it remembers, as JSON; faults and the log of calls are not part of it. */
  snapshot(): unknown;
  restore(snapshot: unknown): void;
  readonly faults: Faults;
  /** The latest calls, oldest first. */
  readonly calls: readonly Call[];
  /** How many calls there were, of this method and with this in the path. */
  countCalls(method?: string, path?: string): number;
  /** Every record of an object, archived ones too, with all that is set. */
  records(objectType: string): readonly InspectedRecord[];
  /** Sets up a workflow, which runs a while after the change that enrolls a record. */
  addWorkflow(workflow: Workflow): void;
  /** An import of a file. */
  readonly importer: Hand;
  /** Changes definitions, as a portal's administrator does. */
  readonly admin: Admin;
  /** The signed call of a workflow that came to our action. */
  workflowRequest(call: WorkflowCall): Promise<Request>;
  /** What the app offers to workflows. */
  readonly actions: readonly WorkflowAction[];
  /** Runs one of them on a record, as a workflow in which the record is enrolled. */
  runAction(call: WorkflowCall): Promise<ActionRun>;
  /** For seeds and pages that belong to the double. */
  readonly portal: Portal;
}

export interface InspectedRecord {
  readonly id: string;
  readonly archived: boolean;
  readonly properties: Readonly<Record<string, string>>;
}

const callsKept = 20_000;
/** A query that names very many properties is refused before anything looks at it. */
const urlLengthMax = 16_000;

export function createHubSpotDouble(options: HubSpotOptions): HubSpotDouble {
  const faults = createFaults();
  const webhooks = createWebhooks(
    () => portal,
    options.subscriptions,
    options.webhook,
    options.clientSecret,
  );
  const portal: Portal = {
    state: emptyState(options),
    portalId: options.portalId,
    appId: options.appId,
    timeZone: options.timeZone ?? "UTC",
    now: options.now,
    random: options.random,
    lifecycleBackwards: options.lifecycleBackwards ?? "ignored",
    autoCompanies: options.autoCompanies ?? false,
    enforcesRules: false,
    clearedInAnswers: options.clearedInAnswers ?? "blank",
    faults,
    unique: new Map(),
    announce(change, source) {
      webhooks.announce(change, source);
      workflows.enroll(change, source);
    },
  };
  const workflows = createWorkflows(portal);
  const calls: Call[] = [];
  return {
    portal,
    faults,
    calls,
    fetch: createServer(portal, options, calls),
    person: (userId) => person(portal, userId),
    automation: automation(portal),
    addWorkflow: (workflow) => workflows.add(workflow),
    async pump() {
      workflows.run();
      return webhooks.pump();
    },
    nextDueAt: () => earliest(webhooks.nextDueAt(), workflows.nextDueAt()),
    snapshot: () => structuredClone(portal.state),
    restore(snapshot) {
      // Into the same object: whoever works in the portal holds on to it.
      Object.assign(portal.state, structuredClone(snapshot) as State);
      portal.state.batches.push(...portal.state.inFlight.splice(0));
      reindex(portal);
    },
    countCalls: (method, path) =>
      calls.filter(
        (call) =>
          (method === undefined || call.method === method) &&
          (path === undefined || call.path.includes(path)),
      ).length,
    records: (objectType) => inspect(portal, objectType),
    importer: importer(portal),
    admin: admin(portal),
    workflowRequest: (call) => workflowRequest(portal, options.clientSecret, call),
    actions: options.actions ?? [],
    runAction: (call) => runAction(portal, options.clientSecret, options.webhook.send, call),
  };
}

function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

function emptyState(options: HubSpotOptions): State {
  const objects = standardObjects(options.now());
  return {
    nextId: {},
    objects,
    records: {},
    aliases: {},
    blockedEmails: [],
    associations: {},
    associationDefinitions: standardAssociations(),
    owners: (options.owners ?? []).map((owner) => ({ ...owner, archived: false })),
    usage: { rolling: [], associations: [], search: [], day: "", daily: 0 },
    pending: [],
    batches: [],
    inFlight: [],
    lost: 0,
  };
}

function createServer(portal: Portal, options: HubSpotOptions, calls: Call[]) {
  const limits = { ...defaultLimits, ...tiers[options.tier ?? "professional"], ...options.limits };
  const app = createApp(portal, options, limits);
  return async (request: Request): Promise<Response> => {
    const path = datedPath(request);
    const subject = { method: request.method, name: path };
    const log = (status: number) => {
      calls.push({ at: portal.now(), method: request.method, path, status });
      if (calls.length > callsKept) calls.splice(0, calls.length - callsKept);
    };
    const before = await strikeBefore(portal, options, subject);
    if (before === "reset") {
      log(0);
      throw new TypeError("fetch failed", { cause: new Error("ECONNRESET") });
    }
    const response = before ?? (await app.fetch(request));
    const answered = await strikeAfter(portal, response, subject);
    log(answered?.status ?? 0);
    if (answered === null) {
      throw new TypeError("fetch failed", { cause: new Error("ECONNRESET") });
    }
    return answered;
  };
}

const defaultLimits: Limits = {
  ...tiers.professional,
  searchSecondly: 5,
  associationsTenSecondly: 150,
};

function createApp(portal: Portal, options: HubSpotOptions, limits: Limits): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ getPath: datedPath });
  app.use("*", async (c, next) => {
    const path = datedPath(c.req.raw);
    const correlationId = uuid(portal.random);
    c.header("x-hubspot-correlation-id", correlationId);
    const subject = { method: c.req.method, name: path };
    const revoked = portal.faults.strike(["token_revoked"], subject) !== null;
    if (revoked || c.req.header("authorization") !== `Bearer ${options.token}`) {
      return c.json(errorBody(unauthenticated(), correlationId), 401);
    }
    if (c.req.url.length > urlLengthMax) return c.text("URI Too Long", 414);
    const policy = countCall(portal, limits, portal.timeZone, path);
    for (const [name, value] of limitHeaders(portal, limits, path)) c.header(name, value);
    if (policy !== null) return c.json(limitBody(policy, correlationId), 429);
    setContext(c.set.bind(c), portal, options, limits, subject);
    await next();
  });
  app.route("/", associationRoutes());
  app.route("/", objectRoutes());
  app.route("/", definitionRoutes());
  app.notFound((c) =>
    c.json(errorBody(new Refused(404, null, "resource not found"), uuid(portal.random)), 404),
  );
  app.onError((error, c) => {
    if (!(error instanceof Refused)) throw error;
    const correlationId = c.res.headers.get("x-hubspot-correlation-id") ?? uuid(portal.random);
    return c.json(errorBody(error, correlationId), error.status as 400);
  });
  return app;
}

type Setter = <K extends keyof ApiEnv["Variables"]>(key: K, value: ApiEnv["Variables"][K]) => void;

function setContext(
  set: Setter,
  portal: Portal,
  options: HubSpotOptions,
  limits: Limits,
  subject: { readonly method: string; readonly name: string },
): void {
  const stale = portal.faults.strike(["stale_read"], subject);
  const version = /^\/crm\/objects\/(\d{4}-\d{2})\//.exec(subject.name)?.[1] ?? "";
  set("portal", { ...portal, enforcesRules: version >= "2026-09" });
  set("source", {
    changeSource: "INTEGRATION",
    sourceType: "INTEGRATION",
    sourceId: String(options.appId),
  });
  set("scopes", options.scopes ?? null);
  set("asOf", stale === null ? Number.POSITIVE_INFINITY : portal.now() - (stale.fault.ms ?? 1));
  set("hidden", portal.faults.strike(["transient_missing"], subject) !== null);
  set("searchLagMs", options.searchLagMs ?? 0);
  set("dailyLimit", limits.daily);
}

interface Subject {
  readonly method: string;
  readonly name: string;
}

/** An answer in place of the call, a broken connection, or null to go on. */
async function strikeBefore(
  portal: Portal,
  options: HubSpotOptions,
  subject: Subject,
): Promise<Response | "reset" | null> {
  const { faults } = portal;
  const late = faults.strike(["latency"], subject);
  if (late !== null) await options.wait?.(late.fault.ms ?? 1_000);
  const held = faults.strike(["hang"], subject);
  if (held !== null) await held.held;
  const kinds = ["status", "reset", "ten_secondly", "secondly", "daily", "locked", "html"] as const;
  const struck = faults.strike([...kinds, "batch_unapplied_empty"], subject);
  if (struck === null) return null;
  const correlationId = uuid(portal.random);
  const limited = (policy: LimitPolicy) =>
    Response.json(limitBody(policy, correlationId), { status: 429 });
  switch (struck.fault.kind) {
    case "reset":
      return "reset";
    case "ten_secondly":
      return limited("TEN_SECONDLY_ROLLING");
    case "secondly":
      return limited("SECONDLY");
    case "daily":
      return limited("DAILY");
    case "html":
      return new Response("<html><body><h1>502 Bad Gateway</h1></body></html>", {
        status: 502,
        headers: { "content-type": "text/html" },
      });
    case "batch_unapplied_empty": {
      const at = new Date(portal.now()).toISOString();
      return Response.json({ status: "COMPLETE", results: [], startedAt: at, completedAt: at });
    }
    default: {
      const status = struck.fault.kind === "locked" ? 423 : (struck.fault.status ?? 500);
      return Response.json(plainError(status, correlationId), { status });
    }
  }
}

/** The answer, changed as faults say; null breaks the connection. */
async function strikeAfter(
  portal: Portal,
  response: Response,
  subject: Subject,
): Promise<Response | null> {
  const { faults } = portal;
  faults.strike(["edit_between"], subject)?.fault.edit?.();
  const held = faults.strike(["apply_then_hang"], subject);
  if (held !== null) await held.held;
  if (faults.strike(["apply_then_reset"], subject) !== null) return null;
  const failed = faults.strike(["apply_then_status"], subject);
  if (failed !== null) {
    const status = failed.fault.status ?? 504;
    return Response.json(plainError(status, uuid(portal.random)), { status });
  }
  if (!subject.name.includes("/batch/") || response.status === 204 || !response.ok) {
    return response;
  }
  const struck = faults.strike(["batch_shuffled", "batch_short", "batch_empty"], subject);
  return struck === null ? response : changedBatch(portal, response, struck);
}

async function changedBatch(portal: Portal, response: Response, struck: Struck): Promise<Response> {
  const body = (await response.json()) as Record<string, unknown> & { results: unknown[] };
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  const { status } = response;
  const changed = (parts: object) => Response.json({ ...body, ...parts }, { status, headers });
  switch (struck.fault.kind) {
    case "batch_shuffled":
      return changed({ results: shuffled(body.results, portal.random) });
    case "batch_short":
      return changed({ results: body.results.slice(1) });
    default:
      return changed({ results: [], errors: [], numErrors: 0 });
  }
}

function plainError(status: number, correlationId: string): Record<string, string> {
  return { status: "error", message: `Injected ${status}`, correlationId };
}

/** One form for all the ways a path can be written: /crm/v3/objects/x is /crm/objects/2026-03/x. */
export function datedPath(request: Request): string {
  const { pathname } = new URL(request.url);
  const path = pathname.length > 1 ? pathname.replace(/\/$/, "") : pathname;
  return path
    .replace(/^\/crm\/v[34]\/(objects|associations|properties|pipelines|owners)/, "/crm/$1/2026-03")
    .replace(/^\/crm\/v3\/schemas/, "/crm-object-schemas/2026-03/schemas");
}

function inspect(portal: Portal, objectType: string): InspectedRecord[] {
  const object = requireType(portal, objectType);
  const names = Object.keys(object.properties);
  return Object.values(portal.state.records[object.objectTypeId] ?? {}).map((record) => {
    const wanted = { properties: names, withHistory: [], associations: [] };
    const { properties } = presentRecord(portal, object, record, wanted);
    const set = Object.entries(properties as object).filter(([, value]) => value !== null);
    return {
      id: record.id,
      archived: record.archivedAt !== null,
      properties: Object.fromEntries(set),
    };
  });
}

function uuid(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join("");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-7$3-a$4-$5");
}
