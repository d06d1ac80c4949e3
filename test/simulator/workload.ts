/**
 * Does what a step says: people and automations in both systems, reps at the card, faults. People
 * act on what they see just then, so a step that finds nothing to act on does nothing.
 */
import { cardAnswerSchema } from "../../shared/contract.ts";
import type { Held } from "../../shared/record.ts";
import type { MappedField } from "../../worker/core/rules.ts";
import { identity, publicUrl } from "../playground/addresses.ts";
import { Refused } from "../playground/hubspot/errors.ts";
import { signatureHeaders } from "../playground/hubspot/signature.ts";
import { OpsRefusal } from "../playground/ops/double.ts";
import type { OpsObject } from "../playground/ops/model.ts";
import type { Auditor } from "./auditor.ts";
import { count } from "./faults.ts";
import { operatorToken } from "./fleet.ts";
import { inject } from "./inject.ts";
import type { HeldRecord } from "./ledger.ts";
import type { Random } from "./random.ts";
import type { RunAct, Step, Target } from "./steps.ts";
import {
  mappingOf,
  objects,
  type SystemName,
  spelled,
  systemNames,
  systemObjectOf,
  typedValue,
} from "./values.ts";
import { owners, type World } from "./world.ts";

export interface Stage {
  readonly seed: number;
  readonly world: World;
  readonly auditor: Auditor;
  /** Conflicts as they were once shown, for people who act late. */
  readonly shown: ShownConflict[];
  readonly edits: { count: number };
}

interface ShownConflict {
  readonly id: string;
  readonly entityId: string;
  readonly field: string;
  readonly object: string;
  readonly shown: string;
  readonly inputs: readonly {
    readonly system: string;
    readonly value: Held;
    readonly valid: boolean;
  }[];
}

export function perform(stage: Stage, step: Step): string {
  const before = stage.auditor.ledger.changes.length;
  const done = deedOf(stage, step);
  stage.auditor.observe();
  const isScanned = stage.world.d1.all("SELECT 1 FROM runs WHERE state = 'running'").length > 0;
  // What is on a page that was not asked for yet is another thing now.
  if (isScanned && stage.auditor.ledger.changes.length > before) count(stage.world.counts, "F16");
  return done;
}

function deedOf(stage: Stage, step: Step): string {
  const { world } = stage;
  switch (step.kind) {
    case "edit":
      return edit(stage, step.system, step.target, step.value, step);
    case "edit both": {
      const [one, other] = step.values;
      return `${edit(stage, "hubspot", step.target, one)}; ${editTwin(stage, step.target, other)}`;
    }
    case "burst":
      return burst(stage, step);
    case "create":
      return create(stage, step.systems, objects[step.object % objects.length] ?? "", step.value);
    case "swap":
      return swap(stage, step.system, step.first, step.second);
    case "archive":
    case "restore":
      return archive(stage, step);
    case "merge":
      return merge(stage, step);
    case "import":
      return importAll(stage, step.value);
    case "resolve":
      return resolve(stage, step);
    case "operate":
      return operate(stage.world, step.act, step.scope);
    case "look":
      return look(stage, step);
    case "erase":
      return erase(stage, step.system, step.record);
    case "usurp":
      return usurp(stage, step.system, step.record);
    case "scan":
      return scan(stage.world, step.act, step.what);
    case "wait":
      world.advance(step.ms);
      return `${step.ms} ms pass`;
    case "fault":
      return `fault ${inject(world, step.fault, step.size)}`;
    case "crash":
      world.scheduler.plans.push({
        kind: "crash",
        after: step.after,
        effect: step.effect,
        whole: step.whole,
      });
      return `crash after ${step.after} turns`;
  }
}

/** The company before anything happens: pairs, loners, and somebody who owns each. */
export function found(stage: Stage): void {
  const contact = (systems: readonly SystemName[], number: number) =>
    create(stage, systems, "contact", number);
  contact(["hubspot", "ops"], 11);
  contact(["hubspot", "ops"], 12);
  contact(["hubspot"], 13);
  contact(["ops"], 14);
  create(stage, ["ops"], "deal", 15);
  create(stage, ["ops"], "deal", 16);
  create(stage, ["hubspot"], "deal", 17);
  stage.auditor.observe();
}

const liveRecords = ({ auditor }: Stage, system: SystemName, object: string): HeldRecord[] =>
  [...auditor.ledger.records.values()].filter(
    (record) => record.system === system && record.object === object && !record.archived,
  );

function targetOf(stage: Stage, system: SystemName, target: Target) {
  const object = objects[target.object % objects.length] ?? "";
  const records = liveRecords(stage, system, object);
  const record = records[target.record % Math.max(1, records.length)];
  const fields = mappingOf(object, system).fields;
  const field = fields[target.field % fields.length];
  return record === undefined || field === undefined ? null : { object, record, field };
}

interface How {
  readonly blank?: boolean;
  readonly by?: "person" | "automation";
  readonly seed?: number;
}

function edit(
  stage: Stage,
  system: SystemName,
  target: Target,
  number: number,
  how: How = {},
): string {
  const found = targetOf(stage, system, target);
  if (found === null) return "nothing there to edit";
  const { object, record, field } = found;
  const value = how.blank ? null : typedValue(field.type, number);
  if (how.by === "automation") count(stage.world.counts, "F21");
  return set(stage, system, object, record.id, field, value, how, number);
}

function set(
  stage: Stage,
  system: SystemName,
  object: string,
  id: string,
  field: MappedField,
  value: Held,
  how: How,
  spelling: number,
): string {
  const properties = spelled(field, system, value, spelling);
  const told = `${system} ${object} ${id} ${field.field} = ${JSON.stringify(value)}`;
  noticeRisks(stage, system, object, id, field, value, spelling);
  return attempt(stage, told, () => {
    stage.edits.count += 1;
    change(stage, system, object, id, properties, how);
  });
}

function change(
  { world }: Stage,
  system: SystemName,
  object: string,
  id: string,
  properties: Readonly<Record<string, string | null>>,
  how: How,
): void {
  const who = owners[(how.seed ?? 0) % owners.length] ?? owners[0];
  const type = systemObjectOf(object, system);
  if (system === "hubspot") {
    const hand =
      how.by === "automation" ? world.hubspot.automation : world.hubspot.person(who.userId);
    hand.update(type, id, properties);
  } else {
    const hand =
      how.by === "automation" ? world.ops.automation("nightly") : world.ops.person(who.firstName);
    hand.update(type as OpsObject, id, properties);
  }
}

/** Counts what an edit puts to the test without anything being broken. */
function noticeRisks(
  { world, auditor }: Stage,
  system: SystemName,
  object: string,
  id: string,
  field: MappedField,
  value: Held,
  spelling: number,
): void {
  if (spelling % 3 === 1) count(world.counts, "F19");
  if ([...world.scheduler.live].some(({ isolate }) => isolate !== null)) {
    count(world.counts, "F23");
  }
  if (field.field !== "lifecycle" || field.type.kind !== "stage" || system !== "ops") return;
  const held = auditor.ledger.records.get(`${system}/${object}/${id}`)?.fields[field.field];
  const { order } = field.type;
  if (order.indexOf(String(value)) < order.indexOf(String(held))) count(world.counts, "F20");
}

/** People are refused things, too: that is no step at all. */
function attempt(stage: Stage, told: string, work: () => void): string {
  try {
    work();
    return told;
  } catch (error) {
    if (!(error instanceof Refused) && !(error instanceof OpsRefusal)) throw error;
    return `${told} (refused)`;
  } finally {
    stage.auditor.observe();
  }
}

/** The same field of the linked record in the other system. */
function editTwin(stage: Stage, target: Target, number: number): string {
  const found = targetOf(stage, "hubspot", target);
  if (found === null) return "nothing there";
  const { object, record, field } = found;
  const twin = twinOf(stage, record);
  const mapped = mappingOf(object, "ops").fields.find((one) => one.field === field.field);
  if (twin === null || mapped === undefined) return "no twin";
  return set(stage, "ops", object, twin, mapped, typedValue(mapped.type, number), {}, number);
}

function twinOf({ world }: Stage, record: HeldRecord): string | null {
  const [row] = world.d1.all(
    `SELECT o.record_id FROM links l
     JOIN links o ON o.entity_id = l.entity_id AND o.alias = 0 AND o.system = 'ops'
     WHERE l.system = ?1 AND l.object = ?2 AND l.record_id = ?3`,
    record.system,
    record.object,
    record.id,
  );
  return row === undefined ? null : String(row.record_id);
}

function burst(stage: Stage, step: Step & { kind: "burst" }): string {
  const found = targetOf(stage, step.system, step.target);
  if (found === null) return "nothing there";
  const before = found.record.fields[found.field.field] ?? null;
  for (const more of [0, 1, 2]) edit(stage, step.system, step.target, step.value + more, step);
  if (!step.back) return `${step.system} burst on ${found.record.id} ${found.field.field}`;
  const { object, record, field } = found;
  return `burst; back: ${set(stage, step.system, object, record.id, field, before, {}, 0)}`;
}

export function create(
  stage: Stage,
  systems: readonly SystemName[],
  object: string,
  number: number,
): string {
  const told: string[] = [];
  for (const system of systems) {
    const properties: Record<string, string | null> = {};
    for (const field of mappingOf(object, system).fields) {
      if (field.field === "number" || isLeftOut(field.field, number)) continue;
      Object.assign(properties, spelled(field, system, typedValue(field.type, number), number));
    }
    // Who is created in both at once has the same address; only the tool knows deal numbers.
    const type = systemObjectOf(object, system);
    const text = `${system} creates ${object} ${number}`;
    told.push(
      attempt(stage, text, () => {
        if (system === "hubspot") stage.world.hubspot.person(501).create(type, properties);
        else stage.world.ops.person("Ana").create(type as OpsObject, properties);
      }),
    );
  }
  return told.join("; ");
}

/** HubSpot wants a name for a deal, and a contact without an address is rare. */
const isLeftOut = (field: string, number: number): boolean => {
  const rare = field === "name" || field === "email";
  return (number + field.length) % (rare ? 17 : 5) === 0;
};

/** A person swaps the addresses of two contacts, by way of a third, as systems force them to. */
function swap(stage: Stage, system: SystemName, first: number, second: number): string {
  const records = liveRecords(stage, system, "contact");
  const [one, other] = [records[first % records.length], records[second % records.length]];
  const field = mappingOf("contact", system).fields.find(({ field: name }) => name === "email");
  if (one === undefined || other === undefined || one === other || field === undefined) {
    return "nobody to swap";
  }
  count(stage.world.counts, "F38");
  const [a, b] = [one.fields.email ?? null, other.fields.email ?? null];
  const put = (record: HeldRecord, value: Held) =>
    set(stage, system, "contact", record.id, field, value, {}, 0);
  put(one, `canary-swap-${one.id}@people.example`);
  return `${put(other, a)}; ${put(one, b)}`;
}

function archive(stage: Stage, step: Step & { kind: "archive" | "restore" }): string {
  const { world, auditor } = stage;
  const object = objects[step.object % objects.length] ?? "";
  const records = [...auditor.ledger.records.values()].filter(
    (record) =>
      record.system === step.system &&
      record.object === object &&
      record.archived === (step.kind === "restore"),
  );
  const record = records[step.record % Math.max(1, records.length)];
  if (record === undefined) return `nothing to ${step.kind}`;
  count(world.counts, "F8");
  const type = systemObjectOf(object, step.system);
  const told = attempt(stage, `${step.system} ${step.kind}s ${record.id}`, () => {
    if (step.system === "hubspot") world.hubspot.person(501)[step.kind](type, record.id);
    else world.ops.person("Ana")[step.kind](type as OpsObject, record.id);
  });
  if (step.kind === "restore" && told.endsWith("(refused)")) count(world.counts, "F36");
  return told;
}

/** A person asked to be forgotten, and one system was told. */
function erase(stage: Stage, system: SystemName, number: number): string {
  const { world, auditor } = stage;
  const records = liveRecords(stage, system, "contact");
  const record = records[number % Math.max(1, records.length)];
  // No list of changes tells of what is destroyed, so only a scan would hear of it.
  const isUnheard = system === "ops" && world.habits.heard && world.habits.polled !== "nobody";
  if (record === undefined || isUnheard) return "nobody to forget";
  count(world.counts, "F8");
  auditor.erasing(record);
  return attempt(stage, `${system} forgets ${record.id}`, () => {
    if (system === "hubspot") world.hubspot.person(501).privacyDelete(record.id);
    else world.ops.person("Ana").erase("customers", record.id);
  });
}

/** Somebody else is given the address of who is archived, who is to come back then. */
function usurp(stage: Stage, system: SystemName, number: number): string {
  const { world, auditor } = stage;
  const field = mappingOf("contact", system).fields.find(({ field: name }) => name === "email");
  const archived = [...auditor.ledger.records.values()].filter(
    (record) =>
      record.system === system &&
      record.object === "contact" &&
      record.archived &&
      record.fields.email !== null,
  );
  const record = archived[number % Math.max(1, archived.length)];
  if (record === undefined || field === undefined) return "nobody to usurp";
  const type = systemObjectOf("contact", system);
  const set = spelled(field, system, record.fields.email ?? null, 0);
  const born = attempt(stage, `${system} gives away the address of ${record.id}`, () => {
    if (system === "hubspot") world.hubspot.person(501).create(type, set);
    else world.ops.person("Ana").create(type as OpsObject, set);
  });
  const back = attempt(stage, `restores it`, () => {
    if (system === "hubspot") world.hubspot.person(501).restore(type, record.id);
    else world.ops.person("Ana").restore(type as OpsObject, record.id);
  });
  if (back.endsWith("(refused)")) count(world.counts, "F36");
  return `${born}; ${back}`;
}

/** What an operator does with runs over all records. */
function scan(world: World, act: RunAct, what: number): string {
  if (act === "start") {
    const kind = ["scan", "scan", "scan", "backfill", "baseline"][what % 5] ?? "scan";
    const object = objects[(what >> 3) % objects.length] ?? "";
    const dry = kind === "backfill" && what % 2 === 0;
    askOperator(world, "start-run", { kind, object, dry });
    return `start a ${kind} of ${object}`;
  }
  const runs = world.d1.all("SELECT id FROM runs WHERE finished_at IS NULL ORDER BY id");
  const run = runs[what % Math.max(1, runs.length)];
  if (run === undefined) return "no run under way";
  askOperator(world, "turn-run", { run: String(run.id), turn: act });
  return `${act} run ${run.id}`;
}

/** Starts a scan of every object, as an operator does, and lets what stands still go on. */
export function startScans(world: World): void {
  for (const object of objects) {
    askOperator(world, "start-run", { kind: "scan", object, dry: false });
  }
}

function merge(stage: Stage, step: Step & { kind: "merge" }): string {
  const object = objects[step.object % objects.length] ?? "";
  const records = liveRecords(stage, "hubspot", object);
  const [one, other] = [
    records[step.first % records.length],
    records[step.second % records.length],
  ];
  if (one === undefined || other === undefined || one === other) return "nothing to merge";
  count(stage.world.counts, "F8");
  const type = systemObjectOf(object, "hubspot");
  return attempt(stage, `hubspot merges ${object} ${one.id} and ${other.id}`, () =>
    stage.world.hubspot.person(501).merge(type, one.id, other.id),
  );
}

function importAll(stage: Stage, value: number): string {
  count(stage.world.counts, "F24");
  for (const record of liveRecords(stage, "hubspot", "contact")) {
    attempt(stage, "import", () =>
      stage.world.hubspot.importer.update("contacts", record.id, {
        jobtitle: `About canary${value} ${record.id}`,
      }),
    );
  }
  return "import of job titles";
}

function openConflicts({ world }: Stage): ShownConflict[] {
  return world.d1
    .all("SELECT * FROM exceptions WHERE kind = 'conflict' AND status = 'open' ORDER BY id")
    .map((row) => ({
      id: String(row.id),
      entityId: String(row.entity_id),
      field: String(row.field),
      object: String(row.object),
      shown: String(row.shown),
      inputs: (JSON.parse(String(row.detail)) as { because: Pick<ShownConflict, "inputs"> }).because
        .inputs,
    }));
}

function resolve(stage: Stage, step: Step & { kind: "resolve" }): string {
  const open = openConflicts(stage);
  stage.shown.push(...open);
  if (stage.shown.length > 40) stage.shown.splice(0, stage.shown.length - 40);
  const from = step.stale ? stage.shown : open;
  const conflict = from[step.conflict % Math.max(1, from.length)];
  if (conflict === undefined) return "nothing to resolve";
  if (step.stale || step.again !== "no") count(stage.world.counts, "F35");
  answer(stage, conflict, step.choice, step.by);
  if (step.again === "double click") answer(stage, conflict, step.choice, step.by);
  if (step.again === "two people") answer(stage, conflict, step.choice + 1, step.by + 1);
  return `resolve ${conflict.object} ${conflict.field}${step.stale ? " late" : ""} ${step.again}`;
}

/** Somebody answers the first open conflict; every fifth choice is typed. */
export function answerConflict(stage: Stage, choice: number): void {
  const [conflict] = openConflicts(stage);
  if (conflict !== undefined) answer(stage, conflict, choice, 0);
}

function answer(stage: Stage, conflict: ShownConflict, choice: number, by: number): void {
  const { world, auditor } = stage;
  const key = cardKeyOf(world, conflict.entityId);
  const inputs = conflict.inputs.filter(({ valid }) => valid);
  if (key === null || inputs.length === 0) return;
  const typed = choice % 5 === 0;
  const field = mappingOf(conflict.object, "hubspot").fields.find(
    ({ field: name }) => name === conflict.field,
  );
  const chosen = inputs[choice % inputs.length];
  if (chosen === undefined || field === undefined) return;
  const typedText = typedValue(field.type, choice + 50_000);
  const text = String(typedText);
  const body = {
    ...key,
    exceptionId: conflict.id,
    shown: conflict.shown,
    choice: typed ? { kind: "type", text } : { kind: "keep", system: chosen.system },
  };
  const value = typed ? typedText : chosen.value;
  const order = auditor.ledger.changes.length;
  const { id: exceptionId, shown, field: name, entityId } = conflict;
  const ruled = { exceptionId, shown, field: name, entityId };
  auditor.asked({ ...ruled, value, order });
  cardRequest(world, "POST", "resolve", body, by).then(
    (given) => {
      if (given?.ok) auditor.ruled({ ...ruled, value, order });
    },
    () => undefined,
  );
}

function cardKeyOf(world: World, entityId: string) {
  const [row] = world.d1.all(
    "SELECT object, record_id FROM links WHERE alias = 0 AND entity_id = ?1 AND system = 'hubspot'",
    entityId,
  );
  if (row === undefined) return null;
  return {
    objectTypeId: row.object === "contact" ? "0-1" : "0-3",
    objectId: String(row.record_id),
  };
}

function look(stage: Stage, step: Step & { kind: "look" }): string {
  const records = liveRecords(stage, "hubspot", "contact");
  const record = records[step.record % Math.max(1, records.length)];
  if (record === undefined) return "nobody to look at";
  const key = { objectTypeId: "0-1", objectId: record.id };
  const [method, action] = step.sync ? (["POST", "sync"] as const) : (["GET", "record"] as const);
  cardRequest(stage.world, method, action, key, 0).catch(() => undefined);
  return `look at ${record.id}${step.sync ? " and sync" : ""}`;
}

const scopes = [
  "all",
  "system:hubspot",
  "system:ops",
  "object:contact",
  "object:deal",
  "field:contact.phone",
] as const;

/** What an operator does by the operators' door. */
function operate(world: World, act: "pause" | "resume" | "release", choice: number): string {
  if (act === "release") {
    const system = systemNames[choice % 2] ?? "hubspot";
    const object = objects[(choice >> 1) % objects.length] ?? "";
    const count = choice % 3 === 0 ? null : 3;
    askOperator(world, act, { system, object, count });
    return `release ${count ?? "all"} of ${system} ${object}`;
  }
  const scope = scopes[choice % scopes.length] ?? "all";
  askOperator(world, act, { scope, ...(act === "pause" ? { reason: "an exercise" } : {}) });
  return `${act} ${scope}`;
}

/** Everything that people held is let go, one act after the other, as one operator works. */
export async function letGo(world: World, random: Random): Promise<void> {
  const acts = [
    ...scopes.map((scope) => ["resume", { scope }] as const),
    ...systemNames.flatMap((system) =>
      objects.map((object) => ["release", { system, object, count: null }] as const),
    ),
  ];
  for (const [act, input] of acts) {
    askOperator(world, act, input);
    await world.run(500, random);
  }
  const still = world.d1.all("SELECT id FROM runs WHERE state IN ('paused', 'failed')");
  for (const { id } of still) {
    askOperator(world, "turn-run", { run: String(id), turn: "resume" });
    await world.run(500, random);
  }
}

function askOperator(world: World, act: string, input: Readonly<Record<string, unknown>>): void {
  const request = new Request(`${publicUrl}/operate/${act}`, {
    method: "POST",
    headers: { authorization: `Bearer ${operatorToken}`, "content-type": "application/json" },
    body: JSON.stringify({ ...input, by: "olga@seller.example" }),
  });
  world.request(`operate ${act}`, request).catch(() => undefined);
}

/** As HubSpot sends it: its own parameters appended, the whole signed. */
async function cardRequest(
  world: World,
  method: "GET" | "POST",
  action: string,
  input: Readonly<Record<string, unknown>>,
  by: number,
) {
  const who = owners[by % owners.length] ?? owners[0];
  const url = new URL(`${publicUrl}/card/${action}`);
  if (method === "GET") {
    for (const [name, value] of Object.entries(input)) url.searchParams.set(name, String(value));
  }
  const appended = {
    userId: String(who.userId),
    userEmail: who.email,
    portalId: String(identity.portalId),
    appId: String(identity.appId),
  };
  for (const [name, value] of Object.entries(appended)) url.searchParams.set(name, value);
  const body = method === "GET" ? "" : JSON.stringify(input);
  const clientSecret = identity.hubspotClientSecret;
  const headers = await signatureHeaders(
    { clientSecret, method, uri: url.href, body },
    world.now() + world.faults.skewMs.worker,
  );
  const request = new Request(url, { method, headers, ...(body === "" ? {} : { body }) });
  const response = await world.request(`card ${action}`, request);
  const parsed = cardAnswerSchema.safeParse(await response.json().catch(() => null));
  return parsed.success ? parsed.data : null;
}
