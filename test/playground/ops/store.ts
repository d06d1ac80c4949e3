/**
 * The operations tool's records: rows with versions, times and authors per property, and what a
 * change does to them. Keeps unique properties unique; everything it holds can be written as JSON.
 */
import {
  models,
  normalized,
  type OpsActor,
  type OpsObject,
  type OpsProperty,
  opsObjects,
  refusalOf,
} from "./model.ts";

export type Values = Readonly<Record<string, string | null>>;

export interface Row {
  readonly object: OpsObject;
  readonly id: string;
  readonly externalKey: string | null;
  version: number;
  archived: boolean;
  readonly createdAt: number;
  updatedAt: number;
  updatedBy: OpsActor;
  /** Grows with every change in the tool; pages of changes go by it. */
  sequence: number;
  readonly values: Record<string, string | null>;
  readonly changed: Record<string, { at: number; by: OpsActor }>;
}

export interface Refusal {
  readonly kind: "refused";
  readonly code: "unknown_property" | "invalid_value" | "taken" | "null_refused";
  readonly property: string;
  readonly message: string;
  /** Who holds the unique value already. */
  readonly existingId?: string;
}

export type Change =
  | { readonly kind: "ok"; readonly row: Row; readonly changed: readonly string[] }
  | { readonly kind: "existing"; readonly row: Row }
  | { readonly kind: "stale"; readonly row: Row }
  | { readonly kind: "missing" }
  | Refusal;

/** How a write is judged; the oddities that bear on it. */
export interface Habits {
  readonly ignoreUnknownProperties: boolean;
  readonly normalizeValues: boolean;
  readonly bumpOnNoop: boolean;
  readonly refuseNull: boolean;
  readonly ignoreVersions: boolean;
}

export interface Store {
  readonly habits: Habits;
  readonly rows: Readonly<Record<OpsObject, Map<string, Row>>>;
  /** Row ids by external key. */
  readonly keys: Readonly<Record<OpsObject, Map<string, string>>>;
  /** The running number of the last record. */
  readonly numbers: Record<OpsObject, number>;
  sequence: number;
}

/** Who does it, and when. */
export interface Author {
  readonly actor: OpsActor;
  /** Epoch milliseconds. */
  readonly at: number;
}

export function createStore(habits: Habits): Store {
  return {
    habits,
    rows: perObject(() => new Map()),
    keys: perObject(() => new Map()),
    numbers: perObject(() => 0),
    sequence: 0,
  };
}

/** Creates a row, unless its external key is known: then that row is answered as it stands. */
export function createRow(
  store: Store,
  author: Author,
  ask: { object: OpsObject; set: Values; externalKey?: string | null; id?: string | undefined },
): Change {
  const { object, externalKey = null } = ask;
  const known = externalKey === null ? undefined : store.keys[object].get(externalKey);
  const existing = store.rows[object].get(known ?? "");
  if (existing) return { kind: "existing", row: existing };
  const judged = judge(store, { object, set: ask.set, self: null });
  if ("kind" in judged) return judged;
  const { idPrefix, properties } = models[object];
  const given = ask.id === undefined ? 0 : Number(ask.id.slice(idPrefix.length));
  const number = ask.id === undefined ? store.numbers[object] + 1 : given;
  store.numbers[object] = Math.max(store.numbers[object], number);
  const row: Row = {
    object,
    id: `${idPrefix}${String(number).padStart(5, "0")}`,
    externalKey,
    version: 0,
    archived: false,
    createdAt: author.at,
    updatedAt: author.at,
    updatedBy: author.actor,
    sequence: 0,
    values: Object.fromEntries(Object.keys(properties).map((property) => [property, null])),
    changed: {},
  };
  put(store, row);
  return {
    kind: "ok",
    row,
    changed: apply(store, author, row, numbered(row, number, judged.values)),
  };
}

export function updateRow(
  store: Store,
  author: Author,
  ask: { object: OpsObject; id: string; set: Values; expectedVersion?: number | null },
): Change {
  const row = store.rows[ask.object].get(ask.id);
  if (!row) return { kind: "missing" };
  const expected = store.habits.ignoreVersions ? null : (ask.expectedVersion ?? null);
  if (expected !== null && expected !== row.version) return { kind: "stale", row };
  const judged = judge(store, { object: ask.object, set: ask.set, self: ask.id });
  if ("kind" in judged) return judged;
  return { kind: "ok", row, changed: apply(store, author, row, judged.values) };
}

/** A row is not restored while another holds one of its unique values. */
export function archiveRow(
  store: Store,
  author: Author,
  ask: { object: OpsObject; id: string; archived: boolean },
): Change {
  const row = store.rows[ask.object].get(ask.id);
  if (!row) return { kind: "missing" };
  if (row.archived === ask.archived) return { kind: "existing", row };
  if (!ask.archived) {
    const judged = judge(store, { object: ask.object, set: row.values, self: ask.id });
    if ("kind" in judged && judged.code === "taken") return judged;
  }
  row.archived = ask.archived;
  touch(store, author, row);
  return { kind: "ok", row, changed: [] };
}

/** Destroys the row for good; what it was is answered once more. */
export function eraseRow(
  store: Store,
  author: Author,
  ask: { object: OpsObject; id: string },
): Change {
  const row = store.rows[ask.object].get(ask.id);
  if (!row) return { kind: "missing" };
  touch(store, author, row);
  store.rows[ask.object].delete(ask.id);
  if (row.externalKey !== null) store.keys[ask.object].delete(row.externalKey);
  return { kind: "ok", row, changed: [] };
}

export interface StoreSnapshot {
  readonly sequence: number;
  readonly numbers: Readonly<Record<OpsObject, number>>;
  readonly rows: readonly Row[];
}

export function snapshotOf({ sequence, numbers, rows }: Store): StoreSnapshot {
  const all = opsObjects.flatMap((object) => [...rows[object].values()]);
  return structuredClone({ sequence, numbers, rows: all });
}

export function restoreStore(store: Store, snapshot: StoreSnapshot): void {
  const copy = structuredClone(snapshot);
  store.sequence = copy.sequence;
  Object.assign(store.numbers, copy.numbers);
  for (const object of opsObjects) {
    store.rows[object].clear();
    store.keys[object].clear();
  }
  for (const row of copy.rows) put(store, row);
}

function put({ rows, keys }: Store, row: Row): void {
  rows[row.object].set(row.id, row);
  if (row.externalKey !== null) keys[row.object].set(row.externalKey, row.id);
}

function apply(store: Store, author: Author, row: Row, values: Values): string[] {
  const changed = Object.keys(values).filter((each) => row.values[each] !== values[each]);
  const created = row.version === 0;
  const { bumpOnNoop } = store.habits;
  if (changed.length === 0 && !bumpOnNoop && !created) return [];
  for (const property of changed) {
    row.values[property] = values[property] ?? null;
    row.changed[property] = { at: author.at, by: author.actor };
  }
  touch(store, author, row);
  return bumpOnNoop ? Object.keys(values) : changed;
}

function touch(store: Store, { actor, at }: Author, row: Row): void {
  store.sequence += 1;
  row.version += 1;
  row.updatedAt = at;
  row.updatedBy = actor;
  row.sequence = store.sequence;
}

interface Judgement {
  readonly object: OpsObject;
  readonly set: Values;
  /** The row it is for; null if it is to be created. */
  readonly self: string | null;
}

/** The values to apply, or why the tool refuses them. */
function judge(store: Store, ask: Judgement): { values: Values } | Refusal {
  const { habits } = store;
  const values: Record<string, string | null> = {};
  for (const [name, given] of Object.entries(ask.set)) {
    const property = models[ask.object].properties[name];
    if (!property) {
      if (habits.ignoreUnknownProperties) continue;
      return refused("unknown_property", name, "is not a property of this object");
    }
    if (given === null && habits.refuseNull) return refused("null_refused", name, "is null");
    const tidy = habits.normalizeValues ? normalized(property, given) : given;
    const value = tidy === "" ? null : tidy;
    const reason = refusalOf(property, value);
    if (reason !== null) return refused("invalid_value", name, reason);
    const holder = holderOf(store, ask, name, property, value);
    if (holder) return { ...refused("taken", name, "is taken"), existingId: holder.id };
    values[name] = value;
  }
  return { values };
}

function refused(code: Refusal["code"], property: string, message: string): Refusal {
  return { kind: "refused", code, property, message };
}

function holderOf(
  store: Store,
  ask: Judgement,
  name: string,
  property: OpsProperty,
  value: string | null,
): Row | undefined {
  if (!property.unique || value === null) return undefined;
  const wanted = value.toLowerCase();
  return [...store.rows[ask.object].values()].find(
    (row) => row.id !== ask.self && !row.archived && row.values[name]?.toLowerCase() === wanted,
  );
}

function numbered(row: Row, number: number, values: Values): Values {
  const naming = models[row.object].numbered;
  if (!naming || values[naming.property]) return values;
  return { ...values, [naming.property]: `${naming.prefix}${naming.after + number}` };
}

function perObject<T>(make: () => T): Record<OpsObject, T> {
  return { customers: make(), opportunities: make(), organizations: make() };
}
