/** How the operations tool writes its records and events as JSON. */
import { models, type OpsActor, type OpsObject, type OpsValues } from "./model.ts";
import type { Row } from "./store.ts";

/** A record as the API answers it: bookkeeping and properties side by side. */
export interface OpsRecord {
  readonly id: string;
  readonly external_key: string | null;
  readonly version: number;
  readonly archived: boolean;
  readonly created_at: string;
  readonly updated_at: string | null;
  readonly updated_by: OpsActor;
  readonly changed: Readonly<Record<string, { readonly at: string; readonly by: OpsActor }>>;
  readonly [property: string]: unknown;
}

/** How the tool's habits colour what it answers. */
export interface WireHabits {
  readonly updatedAtLate: boolean;
  readonly blankIsEmptyText: boolean;
  readonly decimalsAsNumbers: boolean;
}

export interface OpsEvent {
  readonly type: string;
  readonly timestamp: string;
  readonly data: {
    readonly id: string;
    readonly object: OpsObject;
    readonly version: number;
    readonly changed: OpsValues;
    readonly actor: OpsActor;
  };
}

export function toRecord(row: Row, habits: WireHabits): OpsRecord {
  const { properties } = models[row.object];
  const values = Object.entries(row.values).map(([name, value]) => {
    const isSet = properties[name]?.type.kind === "references";
    if (value === null) return [name, isSet ? [] : habits.blankIsEmptyText ? "" : null];
    const asNumber = habits.decimalsAsNumbers && properties[name]?.type.kind === "decimal";
    return [name, asNumber ? Number(value) : value];
  });
  return {
    id: row.id,
    external_key: row.externalKey,
    version: row.version,
    archived: row.archived,
    created_at: iso(row.createdAt),
    updated_at: habits.updatedAtLate && row.version === 1 ? null : iso(row.updatedAt),
    updated_by: row.updatedBy,
    changed: Object.fromEntries(
      Object.entries(row.changed).map(([name, { at, by }]) => [name, { at: iso(at), by }]),
    ),
    ...Object.fromEntries(values),
  };
}

export function toEvent(row: Row, what: string, changed: readonly string[]): OpsEvent {
  const model = models[row.object];
  const together = model.pairs.filter((pair) => pair.some((each) => changed.includes(each))).flat();
  const properties = new Set([...changed, ...together]);
  return {
    type: `${model.eventName}.${what}`,
    timestamp: iso(row.updatedAt),
    data: {
      id: row.id,
      object: row.object,
      version: row.version,
      changed: Object.fromEntries([...properties].map((each) => [each, row.values[each] ?? null])),
      actor: row.updatedBy,
    },
  };
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}
