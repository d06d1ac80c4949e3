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
import { network } from "../../worker/network.ts";
import { type Database, database } from "../../worker/store/database.ts";
import { putPokes, type RecordKey } from "../../worker/store/mailbox.ts";
import { loadRun, type Run, type RunKind, startRun } from "../../worker/store/runs.ts";
import { identity, publicUrl } from "../playground/addresses.ts";
import { createHubSpotDouble, type HubSpotDouble } from "../playground/hubspot/double.ts";
import { person } from "../playground/hubspot/people.ts";
import { createOpsDouble, type OpsDouble } from "../playground/ops/double.ts";
import { createD1, type Gate } from "../simulator/d1.ts";
import { createRandom } from "../simulator/random.ts";
import { webhookConfig } from "../simulator/webhook-config.ts";
import { type Beginning, type Crowd, hubspotCrowd, toolCrowd } from "./scan-crowd.ts";

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

/**
 * HubSpot's limit, here that of each system:
 * https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
 */
export const budget = { windowMs: 10_000, windowMax: 190, dailyMax: null, searchesPerSecond: 5 };

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
  /** Where the database is kept if the entities are a crowd: too many to hold in memory. */
  readonly crowdFile?: string;
}

/** One entity, by its id in each system. */
export type Ids = Readonly<Record<SystemName, string>>;

export type ScanWorld = ReturnType<typeof createScanWorld>;

export function createScanWorld(options: ScanWorldOptions) {
  const stage = createStage(options);
  const { d1, doubles, figures, hooks, random } = stage;
  const lanes: Lanes = { scan: contextOf(stage, "scan"), backfill: contextOf(stage, "backfill") };
  const { now } = stage;
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
    /** Of a crowd, one entity by its number. */
    ids: (index: number): Ids => idsIn(stage, index),
    /** Of a crowd, all that a first sync of it would have stored. */
    plant: () => plant(stage, options.entities),
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
  const clock = createClock();
  const { now } = clock;
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
  const doubles = { hubspot, ops: tool(), desk: tool() };
  return Object.assign(clock, {
    random,
    doubles,
    crowds: options.crowdFile === undefined ? null : crowdsOf(doubles, options.entities, clock),
    d1: createD1(options.crowdFile),
    callMs: options.callMs ?? 50,
    d1Ms: options.d1Ms ?? 5,
    hopMs: options.hopMs ?? 1_000,
    figures: {
      calls: { hubspot: 0, ops: 0, desk: 0 },
      /** Pages asked for, and pages compared with what is stored. */
      lists: 0,
      compared: 0,
      rowsWritten: 0,
      checkpoints: 0,
      /** D1 queries of the invocation at work, and of the one that made the most. */
      queries: 0,
      queriesMax: 0,
    },
    hooks: { listed: async (_system: SystemName): Promise<void> => {}, died: (): void => {} },
    /** Counts down calls and D1 batches until the worker is killed; null: it is not. */
    dueDeath: null as number | null,
    die: (): void => {},
    /** Which worker is at work: what others left under way never happens. */
    life: 0,
    budgets: {} as Record<string, BudgetState>,
    ids: 0,
  });
}

/** Time passes when everybody at work waits: first for whoever waits least. */
function createClock() {
  const sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  const clock = {
    time: startAt,
    now: () => Math.floor(clock.time),
    sleep: (ms: number) =>
      new Promise<void>((wake) => {
        const at = clock.time + ms;
        const place = sleepers.findIndex((one) => one.at > at);
        sleepers.splice(place < 0 ? sleepers.length : place, 0, { at, wake });
        if (sleepers.length === 1) setImmediate(pass);
      }),
  };
  const pass = () => {
    const first = sleepers.shift();
    if (first === undefined) return;
    clock.time = Math.max(clock.time, first.at);
    first.wake();
    if (sleepers.length > 0) setImmediate(pass);
  };
  return clock;
}

interface Doubles {
  readonly hubspot: HubSpotDouble;
  readonly ops: OpsDouble;
  readonly desk: OpsDouble;
}

function crowdsOf(
  { hubspot, ops, desk }: Doubles,
  size: number,
  clock: { time: number },
): Readonly<Record<SystemName, Crowd>> {
  const beginning: Beginning = {
    at: startAt,
    asOf: (make) => {
      const { time } = clock;
      clock.time = startAt;
      make();
      clock.time = time;
    },
  };
  return {
    hubspot: hubspotCrowd(hubspot, size, beginning),
    ops: toolCrowd(ops, size, beginning),
    desk: toolCrowd(desk, size, beginning),
  };
}

/** Whoever is killed waits for ever: what it did so far stands, the rest never happens. */
async function mayDie(stage: Stage, life: number): Promise<void> {
  if (stage.dueDeath !== null && life === stage.life) {
    stage.dueDeath -= 1;
    if (stage.dueDeath < 0) {
      stage.dueDeath = null;
      stage.life += 1;
      stage.die();
    }
  }
  if (life !== stage.life) await new Promise(() => {});
}

/** Resolves when the worker at work is killed. */
const killed = (stage: Stage) =>
  new Promise<"killed">((resolve) => {
    stage.die = () => resolve("killed");
  });

/** Two to four reads in one batch are what a page costs; nothing else a scan does reads so. */
async function counted(stage: Stage, label: string, run: Parameters<Gate>[1]) {
  const { figures } = stage;
  const results = [...run()];
  if (/^d1 read(,read){1,3}$/.test(label)) figures.compared += 1;
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
    const { life } = stage;
    await mayDie(stage, life);
    const { pathname } = new URL(request.url);
    const isList = request.method === "GET" && /\/(contacts|customers)$/.test(pathname);
    stage.figures.calls[system] += 1;
    if (isList) stage.figures.lists += 1;
    await stage.sleep(stage.callMs / 2);
    const response = await (stage.crowds ?? stage.doubles)[system].fetch(request);
    if (isList) await stage.hooks.listed(system);
    await stage.sleep(stage.callMs / 2);
    await mayDie(stage, life);
    return response;
  };

const outsideOf = (stage: Stage, system: SystemName, lane: BudgetLane) => ({
  now: stage.now,
  fetch: governed({
    rules: budget,
    lane,
    told: [],
    fetch: network(fetchFrom(stage, system), stage.now).fetch,
    isSearch: (request) => new URL(request.url).pathname.endsWith("/search"),
    wait: stage.sleep,
    take: async (rules, ask) => {
      const taken = take(rules, stage.budgets[system] ?? freshBudget, ask, stage.now());
      stage.budgets[system] = taken.state;
      return taken.grant;
    },
  }),
});

function contextOf(stage: Stage, lane: BudgetLane): JobContext {
  const gate: Gate = async (label, run) => {
    const { life } = stage;
    await mayDie(stage, life);
    await stage.sleep(stage.d1Ms / 2);
    const results = await counted(stage, label, run);
    stage.figures.queries += results.length;
    await stage.sleep(stage.d1Ms / 2);
    await mayDie(stage, life);
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
    await stage.sleep(stage.hopMs);
    stage.figures.queries = 0;
    const death = killed(stage);
    const slice = await Promise.race([workRun(lanes, id), death]);
    stage.figures.queriesMax = Math.max(stage.figures.queriesMax, stage.figures.queries);
    if (slice === "killed") {
      await stage.sleep(5 * minuteMs);
      messages.push(...(await takeUp(lanes.scan)));
      stage.hooks.died();
    } else if (slice.kind === "again") {
      await stage.sleep(slice.delayMs);
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
  stage.crowds?.[system].bring(id);
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

function idsIn({ crowds }: Stage, index: number): Ids {
  if (crowds === null) throw new Error("only the ids of a crowd follow from its numbers");
  const { hubspot, ops, desk } = crowds;
  return { hubspot: hubspot.idOf(index), ops: ops.idOf(index), desk: desk.idOf(index) };
}

const agreed = (number: number) => ({
  email: `person${number}@example.com`,
  first_name: "Nora",
  job_title: "Engineer",
  last_name: null,
});

/** What a first sync of entities would have stored. */
function remember(stage: Stage, made: readonly { readonly number: number; readonly ids: Ids }[]) {
  const rows = made.map(({ number, ids }) => {
    const values = agreed(number);
    const seen = { hubspot: values, ops: values, desk: values };
    return { id: `e${String(number).padStart(9, "0")}`, values, seen, ids };
  });
  const json = JSON.stringify(rows);
  stage.d1.all(
    `INSERT INTO entities (id, object, version, commit_id, base, seen, seen_at, audit_entries,
                           created_at)
     SELECT value->>'id', 'contact', 1, 'seed', value->>'values', value->>'seen', ?2, 0, ?2
     FROM json_each(?1)`,
    json,
    stage.now(),
  );
  stage.d1.all(
    `INSERT INTO links (system, object, record_id, entity_id)
     SELECT i.key, 'contact', i.value, j.value->>'id'
     FROM json_each(?1) j CROSS JOIN json_each(j.value->'ids') i`,
    json,
  );
}

const plantedAtOnce = 1_000;

function plant(stage: Stage, entities: number): void {
  for (let at = 0; at < entities; at += plantedAtOnce) {
    const length = Math.min(plantedAtOnce, entities - at);
    const numbers = Array.from({ length }, (_, index) => at + index);
    remember(
      stage,
      numbers.map((number) => ({ number, ids: idsIn(stage, number) })),
    );
  }
}

/** Records that agree everywhere. */
function seed(stage: Stage, entities: number): Ids[] {
  const made = Array.from({ length: entities }, (_, number) => {
    const { email } = agreed(number);
    const ids: Ids = {
      hubspot: create(stage, "hubspot", email),
      ops: create(stage, "ops", email),
      desk: create(stage, "desk", email),
    };
    return { number, ids };
  });
  remember(stage, made);
  return made.map(({ ids }) => ids);
}
