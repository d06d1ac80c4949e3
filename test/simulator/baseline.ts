/**
 * What this product is measured against: the integration everybody writes first. It copies what a
 * webhook says to the other system, the later event wins, echoes are told by their author, and a
 * record it does not know is searched for or created. No base, no intents, no reading.
 */
import * as z from "zod";
import { identity } from "../playground/addresses.ts";
import { type Change, type HeldRecord, type Ledger, recordKey } from "./ledger.ts";
import { createRandom } from "./random.ts";
import { letGoAndRest, lookAtAll, onStage, play } from "./run.ts";
import { stepsOf } from "./steps.ts";
import {
  mappingOf,
  meaning,
  objects,
  type Raw,
  type SystemName,
  same,
  spelled,
  systemNames,
  systemObjectOf,
} from "./values.ts";
import type { Deployed } from "./versions.ts";
import { found, type Stage } from "./workload.ts";

interface Score {
  seeds: number;
  edits: number;
  /** Fields of paired records, and those that differ with nobody told. */
  fields: number;
  wrong: number;
  lost: number;
  duplicates: number;
  /** Worlds that never came to rest. */
  restless: number;
  fieldsWritten: number;
}

type Pairs = ReadonlyMap<string, string>;

export async function compare(seeds: number, steps: number, json: boolean): Promise<void> {
  const [naive, ours] = [emptyScore(), emptyScore()];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const pairs = new Map<string, string>();
    await scored(naive, seed, steps, lastWriteWins(pairs), () => pairs);
    await scored(ours, seed, steps, undefined, linkedPairs);
  }
  const rows = { "last write wins": naive, "this product": ours };
  if (json) console.log(JSON.stringify(rows));
  else console.log(Object.entries(rows).map(printedScore).join("\n"));
}

const emptyScore = (): Score => ({
  seeds: 0,
  edits: 0,
  fields: 0,
  wrong: 0,
  lost: 0,
  duplicates: 0,
  restless: 0,
  fieldsWritten: 0,
});

function printedScore([name, score]: [string, Score]): string {
  const share = (part: number, of: number) => `${((100 * part) / Math.max(1, of)).toFixed(2)} %`;
  return [
    `${name}: ${score.seeds} seeds, ${score.edits} edits`,
    `  wrong field values  ${score.wrong} of ${score.fields} (${share(score.wrong, score.fields)})`,
    `  lost edits          ${score.lost} (${share(score.lost, score.edits)})`,
    `  duplicates          ${score.duplicates}`,
    `  never at rest       ${score.restless} of ${score.seeds} worlds`,
    `  fields written      ${(score.fieldsWritten / Math.max(1, score.edits)).toFixed(2)} per edit`,
  ].join("\n");
}

async function scored(
  score: Score,
  seed: number,
  stepCount: number,
  worker: Deployed | undefined,
  pairsOf: (stage: Stage) => Pairs,
): Promise<void> {
  await onStage(
    { seed, edition: 1, ...(worker === undefined ? {} : { worker }) },
    async (stage) => {
      const random = createRandom(seed);
      found(stage);
      await stage.world.quiet(random);
      await play(stage, { seed, steps: stepsOf(seed, stepCount, 1), goOn: true });
      const rests = await letGoAndRest(stage, random);
      // A scan finds what no event told; the other one has no such thing.
      if (worker === undefined) await lookAtAll(stage, random);
      const { ledger, counts } = stage.auditor;
      score.seeds += 1;
      score.edits += stage.edits.count;
      score.restless += rests ? 0 : 1;
      score.fieldsWritten += counts.fieldsSent;
      addWrong(score, stage, pairsOf(stage));
      score.lost += lostEdits(ledger, pairsOf(stage), stage);
      score.duplicates += duplicates(ledger);
      return 0;
    },
  );
}

/** A difference that somebody was told of is work, not an error. */
function addWrong(score: Score, { world, auditor: { ledger } }: Stage, pairs: Pairs): void {
  const told = new Set(
    world.d1
      .all(
        `SELECT l.system || '/' || l.object || '/' || l.record_id AS key, x.field, x.kind
         FROM exceptions x JOIN links l ON l.entity_id = x.entity_id WHERE x.status <> 'settled'`,
      )
      .map(({ key, field, kind }) =>
        kind === "conflict" || kind === "invalid" ? `${key}/${field}` : `${key}/`,
      ),
  );
  for (const [key, twin] of pairs) {
    const [one, other] = [ledger.records.get(key), ledger.records.get(twin)];
    if (one?.system !== "hubspot" || other === undefined || one.archived || other.archived)
      continue;
    for (const field of Object.keys(one.fields)) {
      if (!(field in other.fields)) continue;
      score.fields += 1;
      if (same(one.fields[field], other.fields[field])) continue;
      score.wrong += told.has(`${key}/${field}`) || told.has(`${key}/`) ? 0 : 1;
    }
  }
}

/** Edits that are nowhere any more and that nobody saw who changed them. */
function lostEdits(ledger: Ledger, pairs: Pairs, { world }: Stage): number {
  const texts = world.d1
    .all("SELECT detail FROM audit UNION ALL SELECT detail FROM exceptions")
    .map(({ detail }) => String(detail));
  const groupOf = ({ system, object, recordId, field }: Change) => {
    const key = recordKey(system, object, recordId);
    return `${system === "hubspot" ? key : (pairs.get(key) ?? key)}/${field}`;
  };
  let lost = 0;
  for (const changes of Map.groupBy(ledger.changes, groupOf).values()) {
    for (const change of changes) {
      const { system, object, recordId, field, to } = change;
      const record = ledger.records.get(recordKey(system, object, recordId));
      if (change.by === "us" || record === undefined || same(record.fields[field], to)) continue;
      const seen = changes.some(
        (later) => later.by !== "us" && later.order > change.order && same(later.from, to),
      );
      if (!seen && !texts.some((text) => text.includes(JSON.stringify(to)))) lost += 1;
    }
  }
  return lost;
}

/** Records made by an integration beyond one for each that people made elsewhere. */
function duplicates(ledger: Ledger): number {
  const born = [...ledger.born.values()];
  const count = (of: (record: HeldRecord) => boolean) => born.filter(of).length;
  return objects
    .flatMap((object) => systemNames.map((system) => ({ object, system })))
    .reduce((sum, { object, system }) => {
      const ours = count((one) => one.object === object && one.system === system && one.ours);
      const theirs = count((one) => one.object === object && one.system !== system && !one.ours);
      return sum + Math.max(0, ours - theirs - ledger.merges(object));
    }, 0);
}

const linkedPairs = ({ world }: Stage): Pairs =>
  new Map(
    world.d1
      .all(
        `SELECT a.system || '/' || a.object || '/' || a.record_id AS one,
                b.system || '/' || b.object || '/' || b.record_id AS other
         FROM links a JOIN links b ON b.entity_id = a.entity_id AND b.system <> a.system
         WHERE a.alias = 0 AND b.alias = 0`,
      )
      .map(({ one, other }) => [String(one), String(other)]),
  );

const hubspotEvents = z.array(
  z.object({
    subscriptionType: z.string(),
    objectId: z.number().optional(),
    objectTypeId: z.string().optional(),
    occurredAt: z.number(),
    propertyName: z.string().optional(),
    propertyValue: z.string().optional(),
    changeSource: z.string(),
  }),
);
const opsEvent = z.object({
  timestamp: z.string(),
  data: z.object({
    id: z.string(),
    object: z.string(),
    changed: z.record(z.string(), z.string().nullable()),
    actor: z.object({ kind: z.string() }),
  }),
});

interface Told {
  readonly system: SystemName;
  readonly object: string;
  readonly id: string;
  readonly raw: Raw;
  readonly at: number;
}

function lastWriteWins(pairs: Map<string, string>): Deployed {
  const appliedAt = new Map<string, number>();
  return {
    async fetch(request) {
      if (!request.url.includes("/webhooks/")) return new Response("", { status: 404 });
      const body: unknown = await request.json();
      const told = request.url.endsWith("hubspot") ? fromHubSpot(body) : fromOps(body);
      for (const one of told) await copy(one, pairs, appliedAt);
      return new Response("");
    },
    queue: async () => {},
    scheduled: async () => {},
  };
}

const objectIn = (system: SystemName, name: string): string | undefined =>
  objects.find((object) => systemObjectOf(object, system) === name);

function fromHubSpot(body: unknown): Told[] {
  return hubspotEvents.parse(body).flatMap((event) => {
    const object = { "0-1": "contact", "0-2": "company", "0-3": "deal" }[event.objectTypeId ?? ""];
    if (event.changeSource === "INTEGRATION" || object === undefined) return [];
    if (!objects.includes(object) || event.objectId === undefined) return [];
    const { propertyName: name, propertyValue = "", occurredAt: at } = event;
    const raw = name === undefined ? {} : { [name]: propertyValue };
    return [{ system: "hubspot" as const, object, id: String(event.objectId), raw, at }];
  });
}

function fromOps(body: unknown): Told[] {
  const many = z.object({ data: z.object({ events: z.array(opsEvent) }) }).safeParse(body);
  const events = many.success ? many.data.data.events : [opsEvent.parse(body)];
  return events.flatMap(({ timestamp, data }) => {
    const object = objectIn("ops", data.object);
    if (data.actor.kind === "integration" || object === undefined) return [];
    const at = Date.parse(timestamp);
    return [{ system: "ops" as const, object, id: data.id, raw: data.changed, at }];
  });
}

async function copy(
  told: Told,
  pairs: Map<string, string>,
  appliedAt: Map<string, number>,
): Promise<void> {
  const { system, object, id, raw, at } = told;
  const target: SystemName = system === "hubspot" ? "ops" : "hubspot";
  const set: Record<string, string | null> = {};
  for (const field of mappingOf(object, system).fields) {
    const theirs = mappingOf(object, target).fields.find((one) => one.field === field.field);
    if (theirs === undefined || !(field.property in raw)) continue;
    const name = `${recordKey(system, object, id)}/${field.field}`;
    const twin = `${pairs.get(recordKey(system, object, id))}/${field.field}`;
    if ((appliedAt.get(twin) ?? 0) > at || (appliedAt.get(name) ?? 0) > at) continue;
    appliedAt.set(name, at);
    Object.assign(set, spelled(theirs, target, meaning(field, raw), 0));
  }
  const twin = pairs.get(recordKey(system, object, id));
  if (twin !== undefined) {
    if (Object.keys(set).length > 0) await update(target, object, twin.split("/")[2] ?? "", set);
    return;
  }
  const known = await findOrCreate(target, object, set);
  if (known === null) return;
  pairs.set(recordKey(system, object, id), recordKey(target, object, known));
  pairs.set(recordKey(target, object, known), recordKey(system, object, id));
}

async function update(system: SystemName, object: string, id: string, set: Raw): Promise<void> {
  await call(system, `${systemObjectOf(object, system)}/batch/update`, [{ id, set }]);
}

async function findOrCreate(system: SystemName, object: string, set: Raw): Promise<string | null> {
  const property = mappingOf(object, system).fields.find(
    ({ field }) => field === "email",
  )?.property;
  const email = property === undefined ? undefined : set[property];
  const type = systemObjectOf(object, system);
  const found = email ? await search(system, type, property ?? "", email) : null;
  return found ?? (await call(system, `${type}/batch/create`, [{ set }]));
}

async function search(system: SystemName, type: string, property: string, value: string) {
  const body =
    system === "ops"
      ? { property, values: [value] }
      : {
          filterGroups: [{ filters: [{ propertyName: property, operator: "EQ", value }] }],
          properties: [property],
        };
  return firstId(await send(system, `${type}/search`, body));
}

async function call(
  system: SystemName,
  path: string,
  rows: readonly { id?: string; set: Raw }[],
): Promise<string | null> {
  const body =
    system === "ops"
      ? { rows: rows.map(({ id, set }) => (id ? { id, set } : { external_key: crypto16(), set })) }
      : { inputs: rows.map(({ id, set }) => ({ ...(id ? { id } : {}), properties: set })) };
  return firstId(await send(system, path, body));
}

const crypto16 = (): string => Math.random().toString(36).slice(2);

async function send(system: SystemName, path: string, body: unknown): Promise<unknown> {
  const base =
    system === "ops" ? "https://ops.example/v1/" : "https://hubspot.example/crm/v3/objects/";
  const token = system === "ops" ? identity.opsToken : identity.hubspotToken;
  const response = await fetch(base + path, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  // What is refused is dropped; what fails comes again with the delivery.
  if (response.status >= 500 || response.status === 429) throw new Error("try again");
  return response.ok ? response.json() : null;
}

const answered = z.object({
  results: z
    .array(z.object({ id: z.string().optional(), row: z.object({ id: z.string() }).optional() }))
    .optional(),
  rows: z.array(z.object({ id: z.string() })).optional(),
});

function firstId(answer: unknown): string | null {
  const parsed = answered.safeParse(answer);
  const [result] = parsed.data?.results ?? [];
  return result?.id ?? result?.row?.id ?? parsed.data?.rows?.[0]?.id ?? null;
}
