/**
 * The operations double: a made-up operations tool, behaving as real ones do, with faults on
 * demand. It owns no socket and no timer: requests come in by `fetch`, time by `now`, and webhooks
 * go out when `pump` is called.
 *
 * Its API, JSON throughout, `Authorization: Bearer <token>`, `{object}` being customers,
 * opportunities, organizations or subscriptions, at most 100 rows a call:
 *
 *   GET  /v1/{object}?limit&cursor&archived=include    rows by id        {rows, next_cursor}
 *   GET  /v1/{object}/changes?limit&(cursor | since)   rows by last change, archived ones too;
 *                                                      `cursor` is where to go on next time
 *   GET  /v1/{object}/properties                       {properties: [{name, label, type, ...}]}
 *   POST /v1/{object}/batch/read   {ids}               {rows, missing}: rows sorted by id
 *   POST /v1/{object}/search       {property, values, cursor}   upper and lower case alike;
 *                                                      "external_key" is a property here
 *   POST /v1/{object}/batch/update {rows: [{id, version?, set}]}
 *   POST /v1/{object}/batch/create {rows: [{external_key, set}]}
 *   POST /v1/{object}/batch/archive | batch/erase {ids}
 *        {results: [{id | external_key, status, row?, error?}]}, status being updated, created,
 *        existing (a create whose key is known already: the row as it stands, untouched),
 *        archived, erased, version_conflict, missing, or refused with
 *        error {code, property, message, existing_id}.
 *
 * A row has id, external_key, version, archived, created_at, updated_at, updated_by, `changed` (by
 * property: when and by whom it was set) and its properties (model.ts). Refusals of a whole call
 * are {error: {code, message, property?}} with 400, 401, 404 or 422.
 *
 * Every change is told by a signed webhook (webhooks.ts): {type: "customer.updated", timestamp,
 * data: {id, object, version, changed: {property: value}, actor}}, or, when several gathered,
 * {type: "events", timestamp, data: {events: [...]}}. What comes in through the token is done by
 * actor {kind: "integration", id: clientId}.
 */
import { createApi } from "./api.ts";
import { createFaults, type FaultBox, type OpsFaults, type OpsOperation } from "./faults.ts";
import type { OpsActor, OpsObject, OpsValues } from "./model.ts";
import {
  archiveRow,
  type Change,
  createRow,
  createStore,
  eraseRow,
  type Refusal,
  type Row,
  restoreStore,
  type Store,
  type StoreSnapshot,
  snapshotOf,
  updateRow,
} from "./store.ts";
import {
  createOutbox,
  type DeliveryLog,
  type Outbox,
  type OutboxSnapshot,
  type WebhookOptions,
} from "./webhooks.ts";
import { type OpsRecord, toEvent, toRecord } from "./wire.ts";

/** So that a playground that runs for weeks does not grow. */
const callsMax = 100_000;

export interface OpsDoubleOptions {
  readonly token: string;
  /** The actor id of everything written through the token. */
  readonly clientId: string;
  /** One, or several while it is being replaced. */
  readonly webhookSecret: string | readonly string[];
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  readonly webhook: WebhookOptions;
  /** Times are cut down to a multiple of this. */
  readonly timestampPrecisionMs?: number;
  /** How slow answers wait; without it `faults.slowMs` does nothing. */
  readonly wait?: (delayMs: number) => Promise<void>;
}

export interface OpsCall {
  readonly at: number;
  readonly operation: OpsOperation;
  readonly path: string;
  /** Status of the answer; null if the caller got none. */
  readonly status: number | null;
}

/** What somebody at the tool's own screen does. Refused input throws OpsRefusal. */
export interface OpsEditor {
  create(object: OpsObject, set: OpsValues): OpsRecord;
  update(object: OpsObject, id: string, set: OpsValues): OpsRecord;
  archive(object: OpsObject, id: string): OpsRecord;
  restore(object: OpsObject, id: string): OpsRecord;
  /** For good, because the person it is about asked for it. */
  erase(object: OpsObject, id: string): void;
}

/** A record that is simply there, as after an import: no event tells of it. */
export interface OpsSeed {
  readonly object: OpsObject;
  readonly id?: string;
  /** The first creates the record; each sets properties at its time. */
  readonly edits: readonly {
    readonly at: number;
    readonly by: OpsActor;
    readonly set: OpsValues;
  }[];
}

export interface OpsSnapshot {
  readonly store: StoreSnapshot;
  readonly outbox: OutboxSnapshot;
}

export interface OpsDouble {
  /** Rejects where a real connection would break. */
  fetch(request: Request): Promise<Response>;
  person(name: string): OpsEditor;
  automation(name: string): OpsEditor;
  seed(records: readonly OpsSeed[]): void;
  /** Sends the webhooks that are due; answers how many requests were made. */
  pump(): Promise<number>;
  /** When `pump` next has something to do, epoch milliseconds; null if never. */
  nextDueAt(): number | null;
  /** In the order of their creation, archived ones too. */
  records(object: OpsObject): readonly OpsRecord[];
  record(object: OpsObject, id: string): OpsRecord | null;
  readonly faults: OpsFaults;
  /** Every API call since the start; may be emptied. */
  readonly calls: OpsCall[];
  /** Every attempt to deliver a webhook. */
  readonly deliveries: readonly DeliveryLog[];
  snapshot(): OpsSnapshot;
  restore(snapshot: OpsSnapshot): void;
}

export class OpsRefusal extends Error {
  readonly property: string;
  readonly code: Refusal["code"] | "missing";
  constructor(property: string, code: Refusal["code"] | "missing", message: string) {
    super(message);
    this.property = property;
    this.code = code;
  }
}

/** The double's parts, as its functions share them. */
interface Parts {
  readonly options: OpsDoubleOptions;
  readonly store: Store;
  readonly faults: FaultBox;
  readonly outbox: Outbox;
  /** The tool's clock, as coarse as it is. */
  readonly at: () => number;
  readonly tell: (row: Row, what: string, changed: readonly string[]) => void;
}

export function createOpsDouble(options: OpsDoubleOptions): OpsDouble {
  const parts = partsOf(options);
  const { store, faults, outbox } = parts;
  const { token, random, now, clientId } = options;
  const calls: OpsCall[] = [];
  const show = shownOnce(faults);
  const api = createApi({
    token,
    store,
    oddities: faults.oddities,
    random,
    at: parts.at,
    client: { kind: "integration", id: clientId, name: clientId },
    changed: parts.tell,
  });
  return {
    faults,
    calls,
    deliveries: outbox.log,
    fetch: async (request) => {
      const path = new URL(request.url).pathname;
      const call = { at: now(), operation: operationOf(request.method, path), path };
      const answered = (response: Response | null) => {
        calls.push({ ...call, status: response?.status ?? null });
        if (calls.length > callsMax) calls.shift();
      };
      try {
        const response = await serve(parts, call.operation, () => api.fetch(request));
        answered(response);
        return response;
      } catch (error) {
        answered(null);
        throw error;
      }
    },
    person: (name) => editor(parts, personNamed(name)),
    automation: (name) => editor(parts, { kind: "automation", id: `rule_${slug(name)}`, name }),
    seed: (records) => {
      for (const record of records) plant(store, record);
    },
    pump: async () => (now() < faults.downUntil ? 0 : outbox.pump()),
    nextDueAt: () => {
      const due = outbox.nextDueAt();
      return due === null ? null : Math.max(due, faults.downUntil);
    },
    records: (object) => [...store.rows[object].values()].map(show),
    record: (object, id) => {
      const row = store.rows[object].get(id);
      return row ? show(row) : null;
    },
    snapshot: () => ({ store: snapshotOf(store), outbox: outbox.snapshot() }),
    restore: (snapshot) => {
      restoreStore(store, snapshot.store);
      outbox.restore(snapshot.outbox);
    },
  };
}

/** Whoever looks at everything after every call is shown the same object for an unchanged row. */
function shownOnce({ oddities }: FaultBox): (row: Row) => OpsRecord {
  const shown = new WeakMap<Row, { readonly as: string; readonly record: OpsRecord }>();
  return (row) => {
    const { updatedAtLate, blankIsEmptyText, decimalsAsNumbers, silentReferences } = oddities;
    // What changes in silence moves no version.
    const state = silentReferences ? JSON.stringify(row.values) : row.version;
    const as = [state, updatedAtLate, blankIsEmptyText, decimalsAsNumbers].join();
    const known = shown.get(row);
    if (known?.as === as) return known.record;
    const record = toRecord(row, oddities);
    shown.set(row, { as, record });
    return record;
  };
}

function partsOf(options: OpsDoubleOptions): Parts {
  const { now, random, webhook, timestampPrecisionMs: precisionMs = 1 } = options;
  const faults = createFaults();
  const store = createStore(faults.oddities);
  const secrets = [options.webhookSecret].flat();
  const outbox = createOutbox({ webhook, secrets, faults: faults.webhooks, now, random });
  return {
    options,
    store,
    faults,
    outbox,
    at: () => Math.floor(now() / precisionMs) * precisionMs,
    tell: (row, what, changed) => outbox.add(toEvent(row, what, changed)),
  };
}

export function personNamed(name: string): OpsActor {
  return { kind: "user", id: `user_${slug(name)}`, name };
}

async function serve(
  { options, faults }: Parts,
  operation: OpsOperation,
  answer: () => Response | Promise<Response>,
): Promise<Response> {
  const fault = faults.next(operation);
  if (options.now() < faults.downUntil || fault?.kind === "refuse") {
    throw new TypeError("connection refused");
  }
  if (fault?.kind === "answer") {
    const { status, headers, body } = fault;
    return new Response(body ?? null, { status, ...(headers && { headers }) });
  }
  if (faults.slowMs > 0) await options.wait?.(faults.slowMs);
  const response = await answer();
  if (fault?.kind === "drop") throw new TypeError("connection reset");
  if (fault?.kind === "hang") await faults.released();
  if (fault?.kind === "garble") return new Response(fault.body, { status: 200 });
  return response;
}

function editor({ store, faults, tell, at }: Parts, actor: OpsActor): OpsEditor {
  const author = () => ({ actor, at: at() });
  const done = (change: Change, what: string): OpsRecord => {
    if (change.kind === "refused") {
      throw new OpsRefusal(change.property, change.code, `${change.property} ${change.message}`);
    }
    if (change.kind === "missing") throw new OpsRefusal("id", "missing", "no such record");
    const changed = change.kind === "ok" ? change.changed : [];
    const news = change.kind === "ok" && (what !== "updated" || changed.length > 0);
    if (news) tell(change.row, what, changed);
    return toRecord(change.row, faults.oddities);
  };
  return {
    create: (object, set) => done(createRow(store, author(), { object, set }), "created"),
    update: (object, id, set) => done(updateRow(store, author(), { object, id, set }), "updated"),
    archive: (object, id) =>
      done(archiveRow(store, author(), { object, id, archived: true }), "archived"),
    restore: (object, id) =>
      done(archiveRow(store, author(), { object, id, archived: false }), "restored"),
    erase: (object, id) => {
      done(eraseRow(store, author(), { object, id }), "erased");
    },
  };
}

function plant(store: Store, { object, id, edits }: OpsSeed): void {
  const [first, ...later] = edits;
  if (!first) throw new Error("a seed needs an edit that creates it");
  const author = { actor: first.by, at: first.at };
  const created = createRow(store, author, { object, set: first.set, id });
  if (created.kind !== "ok") throw new Error(`the tool does not take a seed: ${created.kind}`);
  for (const { at, by, set } of later) {
    const change = updateRow(store, { actor: by, at }, { object, id: created.row.id, set });
    if (change.kind !== "ok") throw new Error(`the tool does not take an edit: ${change.kind}`);
  }
}

function operationOf(method: string, path: string): OpsOperation {
  const [, version, , ...rest] = path.split("/");
  if (version !== "v1") return "unknown";
  const name = `${method} ${rest.join("/")}`;
  const operations: Readonly<Record<string, OpsOperation>> = {
    "GET ": "list",
    "GET changes": "changes",
    "GET properties": "describe",
    "POST batch/read": "read",
    "POST search": "search",
    "POST batch/update": "update",
    "POST batch/create": "create",
    "POST batch/archive": "archive",
    "POST batch/erase": "erase",
  };
  return operations[name] ?? "unknown";
}

function slug(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "_")
    .replaceAll(/^_+|_+$/g, "");
}
