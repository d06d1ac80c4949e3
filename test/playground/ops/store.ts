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

/** How a write is judged; the oddities that bear on values. */
export interface Habits {
  readonly ignoreUnknownProperties: boolean;
  readonly normalizeValues: boolean;
  readonly bumpOnNoop: boolean;
  readonly refuseNull: boolean;
  readonly ignoreVersions: boolean;
}

export interface Store {
  readonly rows: Readonly<Record<OpsObject, Map<string, Row>>>;
  create(ask: {
    object: OpsObject;
    set: Values;
    externalKey: string | null;
    actor: OpsActor;
    at: number;
    /** Only for seeds. */
    id?: string;
  }): Change;
  update(ask: {
    object: OpsObject;
    id: string;
    set: Values;
    expectedVersion: number | null;
    actor: OpsActor;
    at: number;
  }): Change;
  archive(object: OpsObject, id: string, archived: boolean, actor: OpsActor, at: number): Change;
  /** Destroys the row for good; what it was is answered once more. */
  erase(object: OpsObject, id: string, actor: OpsActor, at: number): Change;
  byExternalKey(object: OpsObject, key: string): Row | undefined;
  snapshot(): StoreSnapshot;
  restore(snapshot: StoreSnapshot): void;
}

export interface StoreSnapshot {
  readonly sequence: number;
  readonly numbers: Record<OpsObject, number>;
  readonly rows: readonly Row[];
}

export function createStore(habits: Habits): Store {
  const rows = perObject(() => new Map<string, Row>());
  const keys = perObject(() => new Map<string, string>());
  const numbers = perObject(() => 0);
  let sequence = 0;

  const store: Store = {
    rows,
    create: ({ object, set, externalKey, actor, at, id }) => {
      const known = externalKey === null ? undefined : store.byExternalKey(object, externalKey);
      if (known) return { kind: "existing", row: known };
      const judged = judge(habits, store, { object, set, self: null });
      if ("kind" in judged) return judged;
      numbers[object] += 1;
      const row: Row = {
        object,
        id: id ?? `${models[object].idPrefix}${String(numbers[object]).padStart(5, "0")}`,
        externalKey,
        version: 0,
        archived: false,
        createdAt: at,
        updatedAt: at,
        updatedBy: actor,
        sequence: 0,
        values: Object.fromEntries(
          Object.keys(models[object].properties).map((property) => [property, null]),
        ),
        changed: {},
      };
      rows[object].set(row.id, row);
      if (externalKey !== null) keys[object].set(externalKey, row.id);
      const values = withNumber(object, judged.values, numbers[object]);
      return { kind: "ok", row, changed: apply(row, values, actor, at) };
    },
    update: ({ object, id, set, expectedVersion, actor, at }) => {
      const row = rows[object].get(id);
      if (!row) return { kind: "missing" };
      if (expectedVersion !== null && expectedVersion !== row.version && !habits.ignoreVersions) {
        return { kind: "stale", row };
      }
      const judged = judge(habits, store, { object, set, self: id });
      if ("kind" in judged) return judged;
      return { kind: "ok", row, changed: apply(row, judged.values, actor, at) };
    },
    archive: (object, id, archived, actor, at) => {
      const row = rows[object].get(id);
      if (!row) return { kind: "missing" };
      if (row.archived === archived) return { kind: "existing", row };
      row.archived = archived;
      touch(row, actor, at);
      return { kind: "ok", row, changed: [] };
    },
    erase: (object, id, actor, at) => {
      const row = rows[object].get(id);
      if (!row) return { kind: "missing" };
      touch(row, actor, at);
      rows[object].delete(id);
      if (row.externalKey !== null) keys[object].delete(row.externalKey);
      return { kind: "ok", row, changed: [] };
    },
    byExternalKey: (object, key) => rows[object].get(keys[object].get(key) ?? ""),
    snapshot: () =>
      structuredClone({
        sequence,
        numbers,
        rows: opsObjects.flatMap((object) => [...rows[object].values()]),
      }),
    restore: (snapshot) => {
      const copy = structuredClone(snapshot);
      sequence = copy.sequence;
      Object.assign(numbers, copy.numbers);
      for (const object of opsObjects) {
        rows[object].clear();
        keys[object].clear();
      }
      for (const row of copy.rows) {
        rows[row.object].set(row.id, row);
        if (row.externalKey !== null) keys[row.object].set(row.externalKey, row.id);
      }
    },
  };

  function apply(row: Row, values: Values, actor: OpsActor, at: number): string[] {
    const changed = Object.keys(values).filter((each) => row.values[each] !== values[each]);
    const created = row.version === 0;
    if (changed.length === 0 && !habits.bumpOnNoop && !created) return [];
    for (const property of changed) {
      row.values[property] = values[property] ?? null;
      row.changed[property] = { at, by: actor };
    }
    touch(row, actor, at);
    return habits.bumpOnNoop ? Object.keys(values) : changed;
  }

  function touch(row: Row, actor: OpsActor, at: number): void {
    sequence += 1;
    row.version += 1;
    row.updatedAt = at;
    row.updatedBy = actor;
    row.sequence = sequence;
  }

  return store;
}

/** The values to apply, or why the tool refuses them. */
function judge(
  habits: Habits,
  store: Store,
  ask: { object: OpsObject; set: Values; self: string | null },
): { values: Values } | Refusal {
  const values: Record<string, string | null> = {};
  for (const [name, given] of Object.entries(ask.set)) {
    const property = models[ask.object].properties[name];
    if (!property) {
      if (habits.ignoreUnknownProperties) continue;
      return refused("unknown_property", name, "is not a property of this object");
    }
    if (given === null && habits.refuseNull) return refused("null_refused", name, "is null");
    const value = habits.normalizeValues ? normalized(property, given) : given;
    const reason = refusalOf(property, value === "" ? null : value);
    if (reason !== null) return refused("invalid_value", name, reason);
    values[name] = value === "" ? null : value;
    const holder = holderOf(store, ask, name, property, values[name] ?? null);
    if (holder) return { ...refused("taken", name, "is taken"), existingId: holder.id };
  }
  return { values };
}

function refused(code: Refusal["code"], property: string, message: string): Refusal {
  return { kind: "refused", code, property, message };
}

function holderOf(
  store: Store,
  ask: { object: OpsObject; self: string | null },
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

function withNumber(object: OpsObject, values: Values, count: number): Values {
  const { numbered } = models[object];
  if (!numbered || values[numbered.property]) return values;
  return { ...values, [numbered.property]: `${numbered.prefix}${1_000 + count}` };
}

function perObject<T>(make: () => T): Record<OpsObject, T> {
  return { customers: make(), opportunities: make(), organizations: make() };
}
