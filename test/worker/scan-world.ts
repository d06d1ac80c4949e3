/**
 * Three systems that agree on many records, and runs over them: the connectors and jobs of the
 * Worker in this process, between the doubles, on a virtual clock. Every call takes its time on
 * that clock and waits for its turn in the budget, so that a long scan can be timed.
 */
import { hubspotConnector } from "../../worker/connectors/hubspot/connector.ts";
import { restConnector } from "../../worker/connectors/rest/connector.ts";
import { operations } from "../../worker/connectors/rest/profiles/operations.ts";
import { type BudgetLane, type BudgetState, freshBudget, take } from "../../worker/core/budget.ts";
import { configure } from "../../worker/core/configure.ts";
import type { ObjectMapping } from "../../worker/core/rules.ts";
import { governed } from "../../worker/governed.ts";
import type { JobContext } from "../../worker/jobs/context.ts";
import { type Lanes, takeUp, workRun } from "../../worker/jobs/scan.ts";
import { sync } from "../../worker/jobs/sync.ts";
import { type Database, database } from "../../worker/store/database.ts";
import { putPokes, type RecordKey } from "../../worker/store/mailbox.ts";
import { loadRun, type Run, type RunKind, startRun } from "../../worker/store/runs.ts";
import { identity, publicUrl } from "../playground/addresses.ts";
import { createHubSpotDouble } from "../playground/hubspot/double.ts";
import { person } from "../playground/hubspot/people.ts";
import { createOpsDouble } from "../playground/ops/double.ts";
import { createD1, type Gate } from "../simulator/d1.ts";
import { createRandom } from "../simulator/random.ts";
import { webhookConfig } from "../simulator/webhook-config.ts";

export const scanRules = configure({
  version: 1,
  systems: {
    hubspot: { label: "HubSpot", connector: "hubspot" },
    ops: { label: "Operations", connector: "rest" },
    desk: { label: "Help desk", connector: "rest" },
  },
  rank: ["hubspot", "ops", "desk"],
  skewToleranceMs: 2_000,
  brake: { writesMax: 100_000, blanksMax: 100_000 },
  objects: {
    contact: {
      label: "Contact",
      in: { hubspot: "contacts", ops: "customers", desk: "customers" },
      identity: ["email"],
      fields: {
        email: {
          label: "E-mail",
          type: { kind: "email" },
          in: { hubspot: "email", ops: "email", desk: "email" },
          policy: { rule: "ask" },
        },
        first_name: {
          label: "First name",
          type: { kind: "name" },
          in: { hubspot: "firstname", ops: "given_name", desk: "given_name" },
          policy: { rule: "newest" },
        },
        job_title: {
          label: "Job title",
          type: { kind: "text" },
          in: { hubspot: "jobtitle", ops: "role", desk: "role" },
          policy: { rule: "newest" },
        },
        last_name: {
          label: "Last name",
          type: { kind: "name" },
          in: { hubspot: "lastname", ops: "family_name", desk: "family_name" },
          policy: { rule: "newest" },
          guards: { cadence: "scheduled" },
        },
      },
    },
  },
});

export const systems = ["hubspot", "ops", "desk"] as const;
export type SystemName = (typeof systems)[number];

/** HubSpot's limit, here everybody's: https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines */
export const budget = { windowMs: 10_000, windowMax: 190, dailyMax: null, searchesPerSecond: 5 };

/** Of it, what the scan lane may use: the rest is kept for people and events. */
export const scanShare = 0.7;

const startAt = Date.UTC(2026, 10, 2, 9);
const minuteMs = 60_000;

export interface ScanWorldOptions {
  readonly seed?: number;
  /** Entities that all systems agree on. */
  readonly entities: number;
  readonly callMs?: number;
  readonly d1Ms?: number;
  /** How long a message waits in the queue for others. */
  readonly hopMs?: number;
}

/** One entity, by its id in each system. */
export type Ids = Readonly<Record<SystemName, string>>;

export type ScanWorld = ReturnType<typeof createScanWorld>;

export function createScanWorld(options: ScanWorldOptions) {
  const stage = createStage(options);
  const { d1, doubles, figures, hooks, random } = stage;
  const lanes: Lanes = { scan: contextOf(stage, "scan"), backfill: contextOf(stage, "backfill") };
  const now = () => stage.time;
  /** For whoever is not the worker, and does not die with it. */
  const db = () => database(d1.bind(((label, run) => counted(stage, label, run)) satisfies Gate));
  const act = () => ({ by: "ada", at: now(), salt: lanes.scan.newId() });
  const work = (rung: readonly string[]) => workAll(stage, lanes, rung);
  const start = (kind: RunKind = "scan", dry = false) => {
    const run = { id: lanes.scan.newId(), kind, object: "contact", dry, systems: [...systems] };
    return startRun(db(), run, act());
  };
  return {
    doubles,
    d1,
    db,
    act,
    lanes,
    figures,
    hooks,
    random,
    now,
    work,
    start,
    edit: (system: SystemName, id: string, value: string | null, property?: string) =>
      edit(stage, { system, id, value, property }),
    create: (system: SystemName, email: string, title?: string) =>
      create(stage, system, email, title),
    advance: (ms: number) => {
      stage.time += ms;
    },
    killed: () => killed(stage),
    spare: () => {
      stage.dueDeath = null;
    },
    killAfter: (steps: number) => {
      stage.dueDeath = steps;
    },
    ...mailbox(stage, db),
    async run(kind: RunKind = "scan", dry = false): Promise<Run> {
      const { id } = await start(kind, dry);
      await work([id]);
      const run = await loadRun(db(), id);
      if (run === null) throw new Error("the run is lost");
      return run;
    },
    findings: (runId: string) =>
      d1.all("SELECT * FROM findings WHERE run_id = ? ORDER BY system, record_id", runId),
    seed: () => seed(stage, options.entities),
    end: () => d1.close(),
  };
}

/** What comes in beside the runs, and what becomes of it. */
function mailbox(stage: Stage, db: () => Database) {
  const { d1, now } = stage;
  const event = contextOf(stage, "event");
  const put = (system: SystemName, recordId: string): Promise<void> => {
    const poke = { system, object: "contact", recordId, lane: "event", echo: null } as const;
    return putPokes(db(), [poke], now());
  };
  return {
    /** What the mailbox holds, worked on as events are. */
    async settle(): Promise<void> {
      for (let round = 0; round < 20; round += 1) {
        const waiting = d1.all("SELECT system, object, record_id FROM pokes WHERE held_by IS NULL");
        if (waiting.length === 0) return;
        stage.time += minuteMs;
        await sync(event, waiting.map(keyOf));
      }
    },
    /** An event about a record comes in and is worked on. */
    async poke(system: SystemName, recordId: string): Promise<void> {
      await put(system, recordId);
      await sync(event, [{ system, object: "contact", recordId }]);
    },
    /** An event about a record comes in, and waits for a person. */
    async hold(system: SystemName, recordId: string, by: string): Promise<void> {
      await put(system, recordId);
      d1.all("UPDATE pokes SET held_by = ?1 WHERE record_id = ?2", by, recordId);
    },
    waiting: () => d1.all("SELECT record_id, held_by FROM pokes ORDER BY record_id"),
  };
}

type Stage = ReturnType<typeof createStage>;

function createStage(options: ScanWorldOptions) {
  const random = createRandom(options.seed ?? 1);
  const clock = { time: startAt };
  const now = () => clock.time;
  const webhook = { targetUrl: publicUrl, send: async () => new Response() };
  const hubspot = createHubSpotDouble({
    portalId: identity.portalId,
    appId: identity.appId,
    token: identity.hubspotToken,
    clientSecret: identity.hubspotClientSecret,
    now,
    random: random.next,
    webhook,
    subscriptions: webhookConfig,
    // The Worker's own budget keeps the limit; the double need not.
    limits: { tenSecondly: 1_000_000, daily: 1_000_000_000 },
  });
  const tool = () =>
    createOpsDouble({
      token: identity.opsToken,
      clientId: identity.opsClientId,
      webhookSecret: identity.opsWebhookSecret,
      now,
      random: random.next,
      webhook,
    });
  return Object.assign(clock, {
    now,
    random,
    doubles: { hubspot, ops: tool(), desk: tool() },
    d1: createD1(),
    callMs: options.callMs ?? 50,
    d1Ms: options.d1Ms ?? 5,
    hopMs: options.hopMs ?? 1_000,
    figures: { calls: { hubspot: 0, ops: 0, desk: 0 }, lists: 0, rowsWritten: 0, checkpoints: 0 },
    hooks: { listed: async (_system: SystemName): Promise<void> => {}, died: (): void => {} },
    /** Counts down calls and D1 batches until the worker is killed; null: it is not. */
    dueDeath: null as number | null,
    die: (): void => {},
    budgets: {} as Record<string, BudgetState>,
    ids: 0,
  });
}

/** Whoever is killed waits for ever: what it did so far stands, the rest never happens. */
async function mayDie(stage: Stage): Promise<void> {
  if (stage.dueDeath === null) return;
  stage.dueDeath -= 1;
  if (stage.dueDeath >= 0) return;
  stage.dueDeath = null;
  stage.die();
  await new Promise(() => {});
}

/** Resolves when the worker at work is killed. */
const killed = (stage: Stage) =>
  new Promise<"killed">((resolve) => {
    stage.die = () => resolve("killed");
  });

async function counted(stage: Stage, label: string, run: Parameters<Gate>[1]) {
  const { figures } = stage;
  const results = [...run()];
  const verbs = label.slice("d1 ".length).split(",");
  for (const [index, { meta, results: rows }] of results.entries()) {
    const changed = verbs[index] === "read" ? 0 : Math.max(meta.changes, rows.length);
    if (verbs[index]?.endsWith(" runs")) figures.checkpoints += changed;
    else figures.rowsWritten += changed;
  }
  return results;
}

const fetchFrom =
  (stage: Stage, system: SystemName) =>
  async (request: Request): Promise<Response> => {
    await mayDie(stage);
    stage.time += stage.callMs;
    stage.figures.calls[system] += 1;
    const { pathname } = new URL(request.url);
    const isList = request.method === "GET" && /\/(contacts|customers)$/.test(pathname);
    if (isList) stage.figures.lists += 1;
    const response = await stage.doubles[system].fetch(request);
    if (isList) await stage.hooks.listed(system);
    await mayDie(stage);
    return response;
  };

const outsideOf = (stage: Stage, system: SystemName, lane: BudgetLane) => ({
  now: stage.now,
  fetch: governed({
    rules: budget,
    lane,
    told: [],
    fetch: fetchFrom(stage, system),
    isSearch: (request) => new URL(request.url).pathname.endsWith("/search"),
    wait: async (ms) => {
      stage.time += ms;
    },
    take: async (rules, ask) => {
      const taken = take(rules, stage.budgets[system] ?? freshBudget, ask, stage.time);
      stage.budgets[system] = taken.state;
      return taken.grant;
    },
  }),
});

function contextOf(stage: Stage, lane: BudgetLane): JobContext {
  const gate: Gate = async (label, run) => {
    await mayDie(stage);
    stage.time += stage.d1Ms;
    const results = await counted(stage, label, run);
    await mayDie(stage);
    return results;
  };
  return {
    rules: scanRules,
    erasureKey: identity.erasureKey,
    connectors: {
      hubspot: hubspotConnector({
        system: "hubspot",
        baseUrl: "https://hubspot.example",
        token: identity.hubspotToken,
        clientSecrets: [identity.hubspotClientSecret],
        publicUrl,
        portalId: identity.portalId,
        appId: identity.appId,
        mappings: { contact: mappingOf("hubspot") },
        keyProperty: "crm_sync_key",
        outside: outsideOf(stage, "hubspot", lane),
      }),
      ops: toolConnector(stage, "ops", lane),
      desk: toolConnector(stage, "desk", lane),
    },
    d1: stage.d1.bind(gate),
    newId: () => {
      stage.ids += 1;
      return `id${String(stage.ids).padStart(12, "0")}`;
    },
    now: stage.now,
    random: stage.random.next,
    ring: async () => {},
    announce: async () => {},
    log: () => {},
  };
}

const toolConnector = (stage: Stage, system: "ops" | "desk", lane: BudgetLane) =>
  restConnector({
    system,
    label: system,
    baseUrl: `https://${system}.example`,
    token: identity.opsToken,
    webhookSecrets: [identity.opsWebhookSecret],
    publicUrl,
    pagesUrl: null,
    mappings: [mappingOf(system)],
    clientId: identity.opsClientId,
    profile: operations,
    outside: outsideOf(stage, system, lane),
  });

/** Works at the runs that were rung for, and is the cron that looks after lost ones. */
async function workAll(stage: Stage, lanes: Lanes, rung: readonly string[]): Promise<void> {
  const messages = [...rung];
  for (let id = messages.shift(); id !== undefined; id = messages.shift()) {
    stage.time += stage.hopMs;
    const death = killed(stage);
    const slice = await Promise.race([workRun(lanes, id), death]);
    if (slice === "killed") {
      stage.time += 5 * minuteMs;
      messages.push(...(await takeUp(lanes.scan)));
      stage.hooks.died();
    } else if (slice.kind === "again") {
      stage.time += slice.delayMs;
      messages.push(id);
    }
  }
}

/** HubSpot's hand, that no webhook tells of; the tools' webhooks are never sent. */
const silently = ({ doubles }: Stage) =>
  person({ ...doubles.hubspot.portal, announce: () => {} }, 1);

/** An edit at a system's own screen. */
function edit(
  stage: Stage,
  to: { system: SystemName; id: string; value: string | null; property: string | undefined },
): void {
  const { system, id, value, property } = to;
  if (system === "hubspot") {
    silently(stage).update("contacts", id, { [property ?? "jobtitle"]: value ?? "" });
  } else {
    const { [system]: tool } = stage.doubles;
    tool.person("Dev").update("customers", id, { [property ?? "role"]: value });
  }
}

function create(stage: Stage, system: SystemName, email: string, title = "Engineer"): string {
  if (system === "hubspot") {
    return silently(stage).create("contacts", { email, firstname: "Nora", jobtitle: title });
  }
  const { [system]: tool } = stage.doubles;
  return tool.person("Dev").create("customers", { email, given_name: "Nora", role: title }).id;
}

const keyOf = (row: Record<string, string | number | null>): RecordKey => ({
  system: String(row.system),
  object: String(row.object),
  recordId: String(row.record_id),
});

function mappingOf(system: string): ObjectMapping {
  const mapping = scanRules.objects.contact?.mappings[system];
  if (mapping === undefined) throw new Error(`contacts are not mapped to ${system}`);
  return mapping;
}

/** Records that agree everywhere, and what a first sync of them would have stored. */
function seed(stage: Stage, entities: number): Ids[] {
  const { d1, now } = stage;
  const fields = { first_name: "Nora", job_title: "Engineer", last_name: null };
  const all: Ids[] = [];
  for (let at = 0; at < entities; at += 1_000) {
    const made = Array.from({ length: Math.min(1_000, entities - at) }, (_, index) => {
      const number = at + index;
      const email = `person${number}@example.com`;
      const ids: Ids = {
        hubspot: create(stage, "hubspot", email),
        ops: create(stage, "ops", email),
        desk: create(stage, "desk", email),
      };
      const values = { email, ...fields };
      const seen = { hubspot: values, ops: values, desk: values };
      return { id: `e${String(number).padStart(9, "0")}`, values, seen, ids };
    });
    const json = JSON.stringify(made);
    d1.all(
      `INSERT INTO entities (id, object, version, commit_id, base, seen, seen_at, audit_entries,
                             created_at)
       SELECT value->>'id', 'contact', 1, 'seed', value->>'values', value->>'seen', ?2, 0, ?2
       FROM json_each(?1)`,
      json,
      now(),
    );
    d1.all(
      `INSERT INTO links (system, object, record_id, entity_id)
       SELECT i.key, 'contact', i.value, j.value->>'id'
       FROM json_each(?1) j CROSS JOIN json_each(j.value->'ids') i`,
      json,
    );
    all.push(...made.map(({ ids }) => ids));
  }
  return all;
}
