/**
 * Three systems that agree on many records, and runs over them: the connectors and jobs of the
 * Worker in this process, between the doubles, on a virtual clock. Every call takes its time on that
 * clock and waits for its turn in the budget, so that a scan of a million records can be timed.
 */
import type { D1Result } from "@cloudflare/workers-types";
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
import { database } from "../../worker/store/database.ts";
import { putPokes, type RecordKey } from "../../worker/store/mailbox.ts";
import { loadRun, type Run, type RunKind, startRun } from "../../worker/store/runs.ts";
import { identity, publicUrl } from "../playground/addresses.ts";
import { createHubSpotDouble } from "../playground/hubspot/double.ts";
import { person } from "../playground/hubspot/people.ts";
import { createOpsDouble } from "../playground/ops/double.ts";
import { createD1 } from "../simulator/d1.ts";
import { createRandom } from "../simulator/random.ts";

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

export type ScanWorld = Awaited<ReturnType<typeof createScanWorld>>;

export function createScanWorld(options: ScanWorldOptions) {
  const { callMs = 50, d1Ms = 5, hopMs = 1_000 } = options;
  const random = createRandom(options.seed ?? 1);
  let time = startAt;
  const now = () => time;
  const webhook = { targetUrl: publicUrl, send: async () => new Response() };
  const hubspot = createHubSpotDouble({
    portalId: identity.portalId,
    appId: identity.appId,
    token: identity.hubspotToken,
    clientSecret: identity.hubspotClientSecret,
    now,
    random: random.next,
    webhook,
    subscriptions: { subscriptions: {} } as never,
    limits: { tenSecondly: 1_000_000, daily: 1_000_000_000 } as never,
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
  const tools = { ops: tool(), desk: tool() };
  const doubles = { hubspot, ...tools };
  const d1 = createD1();
  const figures = {
    calls: { hubspot: 0, ops: 0, desk: 0 },
    lists: 0,
    rowsWritten: 0,
    checkpoints: 0,
  };
  /** Counts down calls and D1 batches until the worker is killed; null: it is not. */
  let dueDeath: number | null = null;
  let die: () => void = () => {};
  const hooks = { listed: async (_system: SystemName): Promise<void> => {}, died: (): void => {} };

  /** Whoever is killed waits for ever: what it did so far stands, the rest never happens. */
  const mayDie = async (): Promise<void> => {
    if (dueDeath === null) return;
    dueDeath -= 1;
    if (dueDeath >= 0) return;
    dueDeath = null;
    die();
    await new Promise(() => {});
  };

  const gate = async (label: string, run: () => readonly D1Result<never>[]) => {
    await mayDie();
    time += d1Ms;
    const results = await counted(label, run);
    await mayDie();
    return results;
  };

  const counted = async (label: string, run: () => readonly D1Result<never>[]) => {
    const results = [...run()];
    const verbs = label.slice("d1 ".length).split(",");
    for (const [index, { meta, results: rows }] of results.entries()) {
      const changed = verbs[index] === "read" ? 0 : Math.max(meta.changes, rows.length);
      if (verbs[index]?.endsWith(" runs")) figures.checkpoints += changed;
      else figures.rowsWritten += changed;
    }
    return results;
  };

  const fetchFrom = (system: SystemName) => async (request: Request) => {
    await mayDie();
    time += callMs;
    figures.calls[system] += 1;
    const url = new URL(request.url);
    const isList = request.method === "GET" && /\/(contacts|customers)$/.test(url.pathname);
    if (isList) figures.lists += 1;
    const response = await doubles[system].fetch(request);
    if (isList) await hooks.listed(system);
    await mayDie();
    return response;
  };

  const budgets: Record<string, BudgetState> = {};
  const outsideOf = (system: SystemName, lane: BudgetLane) => ({
    now,
    fetch: governed({
      rules: budget,
      lane,
      told: [],
      fetch: fetchFrom(system),
      isSearch: (request) => new URL(request.url).pathname.endsWith("/search"),
      wait: async (ms) => {
        time += ms;
      },
      take: async (rules, ask) => {
        const taken = take(rules, budgets[system] ?? freshBudget, ask, time);
        budgets[system] = taken.state;
        return taken.grant;
      },
    }),
  });

  let ids = 0;
  const contextOf = (lane: BudgetLane): JobContext => ({
    rules: scanRules,
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
        outside: outsideOf("hubspot", lane),
      }),
      ops: toolConnector("ops", lane),
      desk: toolConnector("desk", lane),
    },
    d1: d1.bind(gate as never),
    erasureKey: identity.erasureKey,
    newId: () => {
      ids += 1;
      return `id${String(ids).padStart(12, "0")}`;
    },
    now,
    random: random.next,
    ring: async () => {},
    announce: async () => {},
    log: () => {},
  });
  const toolConnector = (system: "ops" | "desk", lane: BudgetLane) =>
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
      outside: outsideOf(system, lane),
    });
  const lanes: Lanes = { scan: contextOf("scan"), backfill: contextOf("backfill") };
  const event = contextOf("event");

  const silently = () => person({ ...hubspot.portal, announce: () => {} }, 1);

  /** Edits at the systems' own screens that no event tells of. */
  const edit = (system: SystemName, id: string, title: string | null, property?: string) => {
    if (system === "hubspot") {
      silently().update("contacts", id, { [property ?? "jobtitle"]: title ?? "" });
    } else tools[system].person("Dev").update("customers", id, { [property ?? "role"]: title });
  };

  const create = (system: SystemName, email: string, title = "Engineer"): string => {
    if (system === "hubspot") {
      return silently().create("contacts", { email, firstname: "Nora", jobtitle: title });
    }
    return tools[system]
      .person("Dev")
      .create("customers", { email, given_name: "Nora", role: title }).id;
  };

  /** Resolves when the worker at work is killed. */
  const killed = () =>
    new Promise<"killed">((resolve) => {
      die = () => resolve("killed");
    });

  /** Runs that were rung for, and the cron that looks after lost ones. */
  async function work(rung: readonly string[]): Promise<void> {
    const messages = [...rung];
    for (;;) {
      const message = messages.shift();
      if (message === undefined) return;
      time += hopMs;
      const death = killed();
      const slice = await Promise.race([workRun(lanes, message), death]);
      if (slice === "killed") {
        time += 5 * minuteMs;
        messages.push(...(await takeUp(lanes.scan)));
        hooks.died();
      } else if (slice.kind === "again") {
        time += slice.delayMs;
        messages.push(message);
      }
    }
  }

  /** For whoever is not the worker, and does not die with it. */
  const db = () => database(d1.bind(counted as never));
  const act = () => ({ by: "ada", at: now(), salt: lanes.scan.newId() });

  return {
    doubles,
    d1,
    db,
    act,
    lanes,
    figures,
    hooks,
    now,
    work,
    edit,
    create,
    random,
    advance: (ms: number) => {
      time += ms;
    },
    killed,
    spare: () => {
      dueDeath = null;
    },
    killAfter: (steps: number) => {
      dueDeath = steps;
    },
    /** What the mailbox holds, worked on as events are. */
    async settle(): Promise<void> {
      for (let round = 0; round < 20; round += 1) {
        const waiting = d1.all("SELECT system, object, record_id FROM pokes WHERE held_by IS NULL");
        if (waiting.length === 0) return;
        time += minuteMs;
        await sync(event, waiting.map(keyOf));
      }
    },
    /** An event about a record comes in and is worked on. */
    async poke(system: SystemName, recordId: string): Promise<void> {
      const key = { system, object: "contact", recordId };
      await putPokes(db(), [{ ...key, lane: "event", echo: null }], now());
      await sync(event, [key]);
    },
    start: (kind: RunKind = "scan", dry = false) => {
      const run = { id: lanes.scan.newId(), kind, object: "contact", dry, systems: [...systems] };
      return startRun(db(), run, act());
    },
    async run(kind: RunKind = "scan", dry = false): Promise<Run> {
      const { id } = await this.start(kind, dry);
      await work([id]);
      const run = await loadRun(db(), id);
      if (run === null) throw new Error("the run is lost");
      return run;
    },
    findings: (runId: string) =>
      d1.all("SELECT * FROM findings WHERE run_id = ? ORDER BY system, record_id", runId),
    seed: () => seed(options.entities, create, d1, now),
    end: () => d1.close(),
  };
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
function seed(
  entities: number,
  create: (system: SystemName, email: string) => string,
  d1: ReturnType<typeof createD1>,
  now: () => number,
): Ids[] {
  const fields = { first_name: "Nora", job_title: "Engineer", last_name: null };
  const all: Ids[] = [];
  for (let at = 0; at < entities; at += 1_000) {
    const made = Array.from({ length: Math.min(1_000, entities - at) }, (_, index) => {
      const number = at + index;
      const email = `person${number}@example.com`;
      const ids: Ids = {
        hubspot: create("hubspot", email),
        ops: create("ops", email),
        desk: create("desk", email),
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
