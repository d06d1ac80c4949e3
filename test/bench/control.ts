/**
 * What the control center's answers cost a company that has used this for a year: ten thousand
 * questions open, three hundred thousand entries of audit. The real Worker, asked as HubSpot asks;
 * milliseconds are from the request to the last byte.
 */
import type { D1Database } from "@cloudflare/workers-types";
import type { Asked, ControlAction } from "../../shared/control.ts";
import { startPlayground } from "../playground/playground.ts";
import { controlRequest } from "../worker/stand.ts";

export const seeded = {
  entities: 30_000,
  open: 10_000,
  settled: 20_000,
  audit: 300_000,
  pokes: 2_000,
} as const;

const timesEach = 7;
const msMax = 300;
const bytesMax = 100_000;

type Case = { [A in ControlAction]: readonly [string, A, Asked<A>] }[ControlAction];

const entityId = `01entity${"12".padStart(18, "0")}`;
const all = { kind: "filter", filter: {} } as const;

const cases: readonly Case[] = [
  ["session", "session", {}],
  ["overview", "overview", {}],
  ["overview, 90 days", "overview", { days: 90 }],
  ["exceptions", "exceptions", {}],
  ["exceptions, critical first", "exceptions", { sort: "critical" }],
  ["exceptions, by text", "exceptions", { filter: { text: "Lindqvist-9999" } }],
  ["exceptions, by owner", "exceptions", { filter: { owners: ["owner7@example.com"] } }],
  ["exceptions, by system", "exceptions", { filter: { systems: ["ops"] } }],
  ["exceptions by owner, counted", "exception-groups", { by: "owner" }],
  ["exceptions by system, counted", "exception-groups", { by: "system" }],
  ["exceptions by age, counted", "exception-groups", { by: "age" }],
  ["exception", "exception", { exceptionId: `01open${"5".padStart(20, "0")}` }],
  [
    "settle 500, previewed",
    "settle-preview",
    { selection: all, choice: { kind: "keep", system: "ops" } },
  ],
  ["replay, counted", "replay", { selection: all, dry: true }],
  ["export, one slice", "export", {}],
  ["people", "people", {}],
  ["find a name", "find", { text: "Lindqvist-17777" }],
  ["find an id", "find", { text: "cus_000123" }],
  ["find nobody", "find", { text: "nobody at all" }],
  ["history of a record", "record-history", { entityId }],
  ["audit", "audit", {}],
  ["audit, by a person who did nothing", "audit", { person: "nobody at all" }],
  ["audit, by kind and field", "audit", { kind: "ruled", field: "phone" }],
  ["audit, by system", "audit", { system: "ops" }],
  ["audit chain of a record", "audit-chain", { entityId }],
  ["runs", "runs", {}],
  ["parity", "parity", { object: "deal" }],
  ["systems", "systems", {}],
  ["policies", "policies", {}],
  ["settings", "settings", {}],
];

export async function bench() {
  const playground = await startPlayground({
    ports: { hubspot: 0, ops: 0, slack: 0, worker: 0 },
    empty: true,
  });
  try {
    const seedStart = performance.now();
    await seedControl(playground.worker.d1, Date.now());
    const seedSeconds = Math.round((performance.now() - seedStart) / 1_000);
    const answers: Record<string, { medianMs: number; slowestMs: number; bytes: number }> = {};
    for (const [name, action, asked] of cases) {
      const tookMs: number[] = [];
      let bytes = 0;
      for (let time = 0; time < timesEach; time += 1) {
        const request = await controlRequest(playground, action, asked);
        const startedAt = performance.now();
        const response = await fetch(request);
        const text = await response.text();
        tookMs.push(performance.now() - startedAt);
        bytes = Buffer.byteLength(text);
        if (!text.startsWith('{"ok":true')) throw new Error(`${name}: ${text.slice(0, 300)}`);
      }
      tookMs.sort((a, b) => a - b);
      const rounded = (ms = 0) => Math.round(ms);
      const [medianMs, slowestMs] = [tookMs[tookMs.length >> 1], tookMs.at(-1)].map(rounded);
      answers[name] = { medianMs: medianMs ?? 0, slowestMs: slowestMs ?? 0, bytes };
    }
    const slow = Object.entries(answers).filter(([, one]) => one.medianMs > msMax);
    const large = Object.entries(answers).filter(([, one]) => one.bytes > bytesMax);
    return {
      seeded,
      seedSeconds,
      answers,
      overMs: slow.map(([name]) => name),
      overBytes: large.map(([name]) => name),
      limits: { msMax, bytesMax },
    };
  } finally {
    await playground.stop();
  }
}

const yearMs = 365 * 86_400_000;
const perStatement = 10_000;

/** By SQL, for speed; hashes are left out. */
export async function seedControl(d1: D1Database, now: number): Promise<void> {
  await each(d1, seeded.entities, entitiesSql, now);
  await each(d1, seeded.entities, linksSql("hubspot", "1%06d"), now);
  await each(d1, seeded.entities, linksSql("ops", "cus_%06d"), now);
  await each(d1, seeded.open, openSql, now);
  await each(d1, seeded.settled, settledSql, now);
  await each(d1, seeded.audit, auditSql, now);
  await each(d1, seeded.pokes, pokesSql, now);
  await d1.prepare("ANALYZE").run();
}

/** Runs a statement over the numbers below a count, a slice at a time: `n.i` is the number. */
async function each(d1: D1Database, count: number, sql: string, now: number): Promise<void> {
  for (let from = 0; from < count; from += perStatement) {
    const to = Math.min(from + perStatement, count);
    await d1
      .prepare(
        `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${to})
         ${sql.replaceAll("$now", String(now))}`,
      )
      .run();
  }
}

const idOf = (index: string) => `printf('01entity%018d', ${index})`;
const first = `substr('Nora Ivan Lena Omar Ruth Sven Tara Yuki', 1 + 5 * (n.i % 8), 4)`;
/** Every tenth is a deal. */
const isDeal = "n.i % 10 = 9";
const object = `iif(${isDeal}, 'deal', 'contact')`;
const field = `iif(${isDeal}, 'amount', 'phone')`;
const deal = `json_object('number', printf('D-%d', n.i), 'name', printf('Pumps for %d', n.i),
  'amount', printf('%d USD', 1000 + n.i), 'stage', 'qualified', 'close_date', '2026-12-24',
  'owner', printf('owner%d@example.com', n.i % 40))`;
const contact = `json_object('email', printf('person%d@example.com', n.i), 'first_name', ${first},
  'last_name', printf('Lindqvist-%d', n.i), 'phone', printf('+1212555%04d', n.i % 10000),
  'job_title', 'Head of Operations', 'lifecycle', 'customer',
  'owner', printf('owner%d@example.com', n.i % 40))`;
const base = `iif(${isDeal}, ${deal}, ${contact})`;

const entitiesSql = `
  INSERT INTO entities (id, object, version, commit_id, base, seen, seen_at, audit_entries,
                        created_at)
  SELECT ${idOf("n.i")}, ${object}, 3, 'c', ${base},
         json_object('hubspot', ${base}, 'ops', ${base}), $now, 10, $now - ${yearMs} FROM n`;

const linksSql = (system: string, form: string) => `
  INSERT INTO links (system, object, record_id, entity_id, url)
  SELECT '${system}', ${object}, printf('${form}', n.i), ${idOf("n.i")},
         'https://app.example.com/records/' || n.i FROM n`;

const inputs = (subject: string) => `json_array(
  json_object('system', 'hubspot', 'value', printf('+1212555%04d', ${subject}), 'valid',
    json('true'), 'changed', json('true'), 'at', $now - 90000,
    'actor', json_object('kind', 'person', 'id', '71001', 'name', 'Ada Okafor')),
  json_object('system', 'ops', 'value', printf('+1646555%04d', ${subject}), 'valid',
    json('true'), 'changed', json('true'), 'at', $now - 80000,
    'actor', json_object('kind', 'person', 'id', 'user_dev', 'name', 'Dev Raman')))`;

const detail = `json_object('verdict', json_object('kind', 'conflict', 'reason', 'differ'),
  'because', json_object('rule', 'ask', 'policyVersion', 1, 'base', '+12125550100',
    'inputs', ${inputs("n.i % 10000")}, 'losers', json_array(),
    'sentence', 'HubSpot and Operations changed it differently, and a person decides.',
    'recommended', json_object('system', 'ops', 'because', 'It changed last.')))`;

const columns = `id, kind, subject, object, entity_id, system, record_id, field, status, detail,
  shown, ruling, opened_at, changed_at, settled_at, resolution, notified_at, assignee,
  assignee_name`;

const openSql = `
  INSERT INTO exceptions (${columns})
  SELECT printf('01open%020d', n.i), iif(n.i % 10 = 0, 'refused', 'conflict'),
         printf('open/%d', n.i), ${object}, ${idOf("n.i")}, iif(n.i % 10 = 0, 'ops', NULL),
         NULL, ${field}, 'open',
         iif(n.i % 10 = 0, json_object('message', 'The number is not valid.'), ${detail}),
         printf('shown%d', n.i), NULL, $now - (n.i * 300000) % ${yearMs / 10}, $now, NULL, NULL,
         $now, iif(n.i % 3 = 0, '71001', NULL), iif(n.i % 3 = 0, 'Ada Okafor', NULL) FROM n`;

const settledSql = `
  INSERT INTO exceptions (${columns})
  SELECT printf('01done%020d', n.i), 'conflict', printf('done/%d', n.i), 'contact',
         ${idOf("n.i")}, NULL, NULL, 'phone', 'settled', ${detail}, printf('shown%d', n.i),
         json_object('exceptionId', printf('01done%020d', n.i), 'value', '+12125550100', 'shown',
           'x', 'at', $now - n.i * 1500000, 'person',
           json_object('kind', 'person', 'id', printf('%d', 71001 + n.i % 6))),
         $now - n.i * 1500000 - 600000, $now, $now - n.i * 1500000, 'ruled', $now, NULL, NULL
  FROM n`;

const auditSql = `
  INSERT INTO audit (entity_id, entry, at, kind, detail, salt, commitment, chain)
  SELECT ${idOf(`n.i % ${seeded.entities}`)}, n.i / ${seeded.entities},
         $now - ${yearMs} + n.i * ${Math.floor(yearMs / seeded.audit)},
         CASE n.i % 50 WHEN 0 THEN 'ruled' WHEN 1 THEN 'discarded' WHEN 2 THEN 'linked'
              ELSE 'wrote' END,
         CASE n.i % 50
           WHEN 0 THEN json_object('field', 'phone', 'ruling', json_object('person',
                json_object('kind', 'person', 'id', '71002', 'name', 'ben@example.com')))
           WHEN 1 THEN json_object('field', 'phone', 'because', json_object('sentence',
                'Operations has the newer value.', 'inputs', ${inputs("n.i % 10000")}))
           WHEN 2 THEN json_object('by', 'email', 'records', json_object())
           ELSE json_object('system', iif(n.i % 2, 'ops', 'hubspot'), 'operation', 'update',
                'recordId', 'r', 'fields', json_object('phone', json_object(
                  'from', '+12125550100', 'to', printf('+1646555%04d', n.i % 10000),
                  'because', json_object('rule', 'newest', 'policyVersion', 1,
                    'inputs', ${inputs("n.i % 10000")}, 'losers', json_array('hubspot'),
                    'sentence', 'Operations has the newer value.', 'recommended', NULL)))) END,
         'salt', printf('%064d', n.i), printf('%064d', n.i) FROM n`;

// Held, so that no job takes them up while answers are timed.
const pokesSql = `
  INSERT INTO pokes (system, object, record_id, arrivals, first_at, last_at, due_at, attempt, lane,
                     echo, held_by)
  SELECT iif(n.i % 2, 'ops', 'hubspot'), 'contact', printf('held%d', n.i), 1, $now - n.i * 1000,
         $now, $now, 0, 'event', NULL, 'pause:object:contact' FROM n`;
