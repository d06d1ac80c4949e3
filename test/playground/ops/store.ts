/**
 * The operations tool's records: rows with versions, times and authors per property, and what a
 * change does to them. Keeps unique properties unique; everything it holds can be written as JSON.
 */
import {
  idsIn,
  models,
  normalized,
  type OpsActor,
  type OpsObject,
  type OpsProperty,
  type OpsValue,
  type OpsValues,
  opsObjects,
  refusalOf,
} from "./model.ts";

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
  readonly values: Record<string, OpsValue>;
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
  readonly silentReferences: boolean;
}

export interface Store {
  readonly habits: Habits;
  readonly rows: Readonly<Record<OpsObject, Map<string, Row>>>;
  /** Row ids by external key. */
  readonly keys: Readonly<Record<OpsObject, Map<string, string>>>;
  /** The running number of the last record. */
  readonly numbers: Record<OpsObject, number>;
  readonly indexes: Readonly<Record<OpsObject, Index>>;
  sequence: number;
}

/** What makes a million rows bearable; all of it follows from the rows. */
interface Index {
  /** By unique property, who holds a value, in lower case. */
  readonly holders: Readonly<Record<string, Map<string, Set<string>>>>;
  /** Every change in its order; a row's earlier entries are stale. */
  log: { readonly sequence: number; readonly row: Row }[];
  /** Row ids in their order; null after one came or went. */
  ids: string[] | null;
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
    indexes: perObject(emptyIndex),
    sequence: 0,
  };
}

/** Creates a row, unless its external key is known: then that row is answered as it stands. */
export function createRow(
  store: Store,
  author: Author,
  ask: { object: OpsObject; set: OpsValues; externalKey?: string | null; id?: string | undefined },
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
  ask: { object: OpsObject; id: string; set: OpsValues; expectedVersion?: number | null },
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

/** Destroys the row for good; what it was is answered once more. References to it go, untold. */
export function eraseRow(
  store: Store,
  author: Author,
  ask: { object: OpsObject; id: string },
): Change {
  const row = store.rows[ask.object].get(ask.id);
  if (!row) return { kind: "missing" };
  touch(store, author, row);
  store.rows[ask.object].delete(ask.id);
  const index = store.indexes[ask.object];
  index.ids = null;
  for (const property of Object.keys(index.holders)) hold(index, row, property, null);
  if (row.externalKey !== null) store.keys[ask.object].delete(row.externalKey);
  forget(store, author, row);
  return { kind: "ok", row, changed: [] };
}

function forget(store: Store, author: Author, gone: Row): void {
  for (const object of opsObjects) {
    for (const [name, { type }] of Object.entries(models[object].properties)) {
      if (!("object" in type) || type.object !== gone.object) continue;
      for (const row of store.rows[object].values()) {
        const ids = idsIn(row.values[name]);
        if (!ids.includes(gone.id)) continue;
        const left = ids.filter((id) => id !== gone.id);
        apply(store, author, row, { [name]: left.length === 0 ? null : left });
      }
    }
  }
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
    Object.assign(store.indexes[object], emptyIndex(object));
  }
  for (const row of copy.rows) {
    put(store, row);
    const index = store.indexes[row.object];
    index.log.push({ sequence: row.sequence, row });
    for (const property of Object.keys(index.holders)) {
      hold(index, { ...row, values: {} }, property, row.values[property] ?? null);
    }
  }
  for (const object of opsObjects) {
    store.indexes[object].log.sort((a, b) => a.sequence - b.sequence);
  }
}

/** Rows whose id comes after one, in the order of ids. */
export function* rowsAfter(store: Store, object: OpsObject, after: string): Generator<Row> {
  const index = store.indexes[object];
  index.ids ??= [...store.rows[object].keys()].toSorted();
  const { ids } = index;
  const start = firstIndex(ids.length, (at) => (ids[at] ?? "") > after);
  for (let at = start; at < ids.length; at += 1) {
    const row = store.rows[object].get(ids[at] ?? "");
    if (row) yield row;
  }
}

/** Rows by their latest change, after a sequence number or from a time on. */
export function* rowsChanged(
  store: Store,
  object: OpsObject,
  from: { after: number } | { since: number },
): Generator<Row> {
  const { log } = store.indexes[object];
  const start = "after" in from ? firstIndex(log.length, (at) => isAfter(log[at], from.after)) : 0;
  for (let at = start; at < log.length; at += 1) {
    const entry = log[at];
    if (!entry || entry.sequence !== entry.row.sequence) continue;
    if (!store.rows[object].has(entry.row.id)) continue;
    if ("after" in from || entry.row.updatedAt >= from.since) yield entry.row;
  }
}

const isAfter = (entry: Index["log"][number] | undefined, sequence: number) =>
  (entry?.sequence ?? 0) > sequence;

/** Rows that hold one of the values, upper and lower case alike, in the order of ids. */
export function rowsHolding(
  store: Store,
  object: OpsObject,
  property: string,
  values: readonly string[],
): readonly Row[] {
  const rows = store.rows[object];
  const wanted = new Set(values.map((value) => value.toLowerCase()));
  const known =
    property === "external_key"
      ? values.map((value) => store.keys[object].get(value))
      : store.indexes[object].holders[property] &&
        [...wanted].flatMap((value) => [
          ...(store.indexes[object].holders[property]?.get(value) ?? []),
        ]);
  const found = known
    ? known.flatMap((id) => rows.get(id ?? "") ?? [])
    : [...rows.values()].filter((row) =>
        idsIn(row.values[property]).some((value) => wanted.has(value.toLowerCase())),
      );
  return found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function emptyIndex(object: OpsObject): Index {
  const unique = Object.entries(models[object].properties).filter(([, each]) => each.unique);
  const holders = Object.fromEntries(unique.map(([name]) => [name, new Map()]));
  return { holders, log: [], ids: null };
}

/** Notes that the row is about to hold a value. */
function hold(index: Index, row: Row, property: string, value: OpsValue): void {
  const holders = index.holders[property];
  if (!holders) return;
  const [before] = idsIn(row.values[property]);
  if (before !== undefined) holders.get(before.toLowerCase())?.delete(row.id);
  if (typeof value !== "string") return;
  const key = value.toLowerCase();
  const set = holders.get(key) ?? new Set();
  holders.set(key, set.add(row.id));
}

/** The first index for which it holds, given that it holds for all after that one. */
function firstIndex(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function put({ rows, keys, indexes }: Store, row: Row): void {
  rows[row.object].set(row.id, row);
  indexes[row.object].ids = null;
  if (row.externalKey !== null) keys[row.object].set(row.externalKey, row.id);
}

function apply(store: Store, author: Author, row: Row, values: OpsValues): string[] {
  const { bumpOnNoop, silentReferences } = store.habits;
  const isSilent = (property: string) =>
    silentReferences && "object" in models[row.object].properties[property]!.type;
  const changed = Object.keys(values).filter(
    (each) => JSON.stringify(row.values[each]) !== JSON.stringify(values[each]),
  );
  for (const property of changed) {
    hold(store.indexes[row.object], row, property, values[property] ?? null);
    row.values[property] = values[property] ?? null;
    if (!isSilent(property)) row.changed[property] = { at: author.at, by: author.actor };
  }
  const told = (bumpOnNoop ? Object.keys(values) : changed).filter((each) => !isSilent(each));
  const created = row.version === 0;
  if (told.length > 0 || created) touch(store, author, row);
  return told;
}

function touch(store: Store, { actor, at }: Author, row: Row): void {
  store.sequence += 1;
  row.version += 1;
  row.updatedAt = at;
  row.updatedBy = actor;
  row.sequence = store.sequence;
  const index = store.indexes[row.object];
  index.log.push({ sequence: row.sequence, row });
  if (index.log.length > 2 * store.rows[row.object].size + 1_000) {
    index.log = index.log.filter((each) => each.sequence === each.row.sequence);
  }
}

interface Judgement {
  readonly object: OpsObject;
  readonly set: OpsValues;
  /** The row it is for; null if it is to be created. */
  readonly self: string | null;
}

/** The values to apply, or why the tool refuses them. */
function judge(store: Store, ask: Judgement): { values: OpsValues } | Refusal {
  const { habits } = store;
  const values: Record<string, OpsValue> = {};
  for (const [name, given] of Object.entries(ask.set)) {
    const property = models[ask.object].properties[name];
    if (!property) {
      if (habits.ignoreUnknownProperties) continue;
      return refused("unknown_property", name, "is not a property of this object");
    }
    if (given === null && habits.refuseNull) return refused("null_refused", name, "is null");
    const tidy = habits.normalizeValues ? normalized(property, given) : given;
    const value = tidy === "" || tidy?.length === 0 ? null : tidy;
    const reason = refusalOf(property, value) ?? strangerIn(store, property, value);
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

function strangerIn({ rows }: Store, { type }: OpsProperty, value: OpsValue): string | null {
  if (!("object" in type)) return null;
  const isStrange = idsIn(value).some((id) => !rows[type.object].has(id));
  return isStrange ? `names a record that is not among the ${type.object}` : null;
}

function holderOf(
  store: Store,
  ask: Judgement,
  name: string,
  property: OpsProperty,
  value: OpsValue,
): Row | undefined {
  if (!property.unique || typeof value !== "string") return undefined;
  return rowsHolding(store, ask.object, name, [value]).find(
    (row) => row.id !== ask.self && !row.archived,
  );
}

function numbered(row: Row, number: number, values: OpsValues): OpsValues {
  const naming = models[row.object].numbered;
  if (!naming || values[naming.property]) return values;
  return { ...values, [naming.property]: `${naming.prefix}${naming.after + number}` };
}

function perObject<T>(make: (object: OpsObject) => T): Record<OpsObject, T> {
  const entries = opsObjects.map((object) => [object, make(object)] as const);
  return Object.fromEntries(entries) as Record<OpsObject, T>;
}
