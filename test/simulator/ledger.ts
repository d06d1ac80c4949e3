/**
 * What happened in the systems, told by the systems themselves: every change of every mapped
 * field, with its author, in meanings. The auditor judges by this and by our records alone.
 */
import type { Held } from "../../shared/record.ts";
import type { StoredRecord } from "../playground/hubspot/state.ts";
import type { OpsObject } from "../playground/ops/model.ts";
import type { OpsRecord } from "../playground/ops/wire.ts";
import { mappingOf, meaning, objects, type Raw, type SystemName, same } from "./values.ts";
import type { World } from "./world.ts";

export type Author = "person" | "automation" | "us";

export interface Change {
  readonly order: number;
  readonly at: number;
  readonly system: SystemName;
  readonly object: string;
  readonly recordId: string;
  readonly field: string;
  readonly from: Held;
  readonly to: Held;
  readonly by: Author;
  /** The value a record was born with. */
  readonly birth: boolean;
}

export interface HeldRecord {
  readonly system: SystemName;
  readonly object: string;
  readonly id: string;
  readonly archived: boolean;
  /** Our key, if we created it. */
  readonly key: string | null;
  /** Whether an integration created it. */
  readonly ours: boolean;
  readonly fields: Readonly<Record<string, Held>>;
}

export interface Ledger {
  /** Looks at the systems again; answers with what changed since. */
  observe(): readonly Change[];
  readonly changes: readonly Change[];
  readonly records: ReadonlyMap<string, HeldRecord>;
  /** Every record that was ever created, as it was then; merges create none. */
  readonly born: ReadonlyMap<string, HeldRecord>;
  /** How many records of the object came from merges. */
  merges(object: string): number;
  /**
   * What the record held, one value after the other, those it was merged from included; of one
   * that was merged away, what its survivor held: nobody may have followed the merge yet.
   */
  timeline(key: string, field: string): readonly HeldSince[];
  /** The timelines of all records that ever were. */
  timelines(): Iterable<readonly [key: string, field: string, readonly HeldSince[]]>;
  /** The record that one became which was merged away; itself, if it was not. */
  survivorOf(key: string): string;
  /** When the record last came back from being archived. */
  restoredAt(key: string): number | null;
}

export interface HeldSince {
  /** How many changes there had been anywhere. */
  readonly order: number;
  readonly value: Held;
}

export const recordKey = (system: string, object: string, id: string): string =>
  `${system}/${object}/${id}`;

/** A record that may have changed since it was last looked at. */
interface Seen {
  readonly record: HeldRecord;
  /** Ids of the records it was merged from. */
  readonly mergedFrom: readonly string[];
  readonly authorOf: (property: string) => Author;
}

export function createLedger(world: Pick<World, "hubspot" | "ops" | "now">): Ledger {
  const lookAtHubspot = hubspotLooker(world);
  const lookAtOps = opsLooker(world);
  const changes: Change[] = [];
  const records = new Map<string, HeldRecord>();
  const born = new Map<string, HeldRecord>();
  const merged = new Set<string>();
  const survivors = new Map<string, string>();
  const times = createTimelines();
  const restored = new Map<string, number>();
  const compare = (seen: Seen): Change[] => {
    const { record, authorOf } = seen;
    const { system, object, id } = record;
    const key = recordKey(system, object, id);
    const before = records.get(key);
    if (before === undefined) {
      times.inherit(seen);
      for (const from of seen.mergedFrom) survivors.set(recordKey(system, object, from), key);
    }
    if (before?.archived && !record.archived) restored.set(key, changes.length);
    if (seen.mergedFrom.length > 0) merged.add(key);
    else if (!born.has(key)) born.set(key, record);
    records.set(key, record);
    return mappingOf(object, system).fields.flatMap(({ field, property }) => {
      const [from, to] = [before?.fields[field] ?? null, record.fields[field] ?? null];
      times.remember(key, field, { order: changes.length, value: to });
      // Nobody edits by merging: what it brings together was somebody's edit before.
      if (same(from, to) || (before === undefined && seen.mergedFrom.length > 0)) return [];
      const change: Change = {
        order: changes.length,
        at: world.now(),
        system,
        object,
        recordId: id,
        field,
        from,
        to,
        by: authorOf(property),
        birth: before === undefined,
      };
      changes.push(change);
      return [change];
    });
  };
  return {
    changes,
    records,
    born,
    observe() {
      const there = new Set<string>();
      const seen = [...lookAtHubspot(there), ...lookAtOps(there)];
      const found = seen.flatMap(compare);
      if (there.size < records.size) {
        for (const key of records.keys()) if (!there.has(key)) records.delete(key);
      }
      return found;
    },
    merges: (object) => [...merged].filter((key) => key.includes(`/${object}/`)).length,
    timeline: (key, field) => times.of(survivors.get(key) ?? key, field),
    timelines: times.all,
    survivorOf: (key) => survivors.get(key) ?? key,
    restoredAt: (key) => restored.get(key) ?? null,
  };
}

/** What every record held, one value after the other. */
function createTimelines() {
  const held = new Map<string, Map<string, HeldSince[]>>();
  const of = (key: string, field: string): HeldSince[] => {
    const fields = held.get(key) ?? new Map<string, HeldSince[]>();
    held.set(key, fields);
    const known = fields.get(field) ?? [];
    fields.set(field, known);
    return known;
  };
  return {
    of,
    remember(key: string, field: string, since: HeldSince) {
      const timeline = of(key, field);
      const last = timeline.at(-1);
      if (last === undefined || !same(last.value, since.value)) timeline.push(since);
    },
    /** What a record held that was merged away, the one it became has held. */
    inherit({ record: { system, object, id }, mergedFrom }: Seen) {
      for (const { field } of mappingOf(object, system).fields) {
        const before = mergedFrom.flatMap((from) => of(recordKey(system, object, from), field));
        of(recordKey(system, object, id), field).push(...before);
      }
    },
    *all() {
      for (const [key, fields] of held) {
        for (const [field, timeline] of fields) yield [key, field, timeline] as const;
      }
    },
  };
}

/** Notes the keys of all records in `there`, and gives those that changed since the last look. */
type Looker = (there: Set<string>) => Generator<Seen>;

/** A value that is set puts a new version in front, so that the versions tell what changed. */
function hubspotLooker({ hubspot }: Pick<World, "hubspot">): Looker {
  const known = new WeakMap<object, readonly unknown[]>();
  const { objects: definitions } = hubspot.portal.state;
  const tables = objects.map((object) => {
    const mapping = mappingOf(object, "hubspot");
    const definition = Object.values(definitions).find(
      ({ plural }) => plural === mapping.systemObject,
    );
    const typeId = definition?.objectTypeId ?? "";
    return { object, typeId, properties: watched(object), keys: new Map<string, string>() };
  });
  return function* look(there) {
    for (const { object, typeId, properties, keys } of tables) {
      for (const stored of Object.values(hubspot.portal.state.records[typeId] ?? {})) {
        const key = keys.get(stored.id) ?? recordKey("hubspot", object, stored.id);
        keys.set(stored.id, key);
        there.add(key);
        const heads = properties.map((name) => stored.history[name]?.[0]);
        heads.push(stored.archivedAt as never);
        const before = known.get(stored);
        if (before !== undefined && heads.every((head, index) => head === before[index])) continue;
        known.set(stored, heads);
        yield hubspotSeen(object, stored);
      }
    }
  };
}

/** The properties whose changes matter here. */
const watched = (object: string): readonly string[] => [
  ...mappingOf(object, "hubspot").fields.flatMap(({ property, currencyProperty }) => [
    property,
    ...(currencyProperty === undefined ? [] : [currencyProperty]),
  ]),
  "hs_merged_object_ids",
  "crm_sync_key",
];

function hubspotSeen(object: string, stored: StoredRecord): Seen {
  const raw: Record<string, string> = {};
  for (const [name, [newest]] of Object.entries(stored.history)) {
    if (newest !== undefined) raw[name] = newest.value;
  }
  const record = recordOf("hubspot", object, stored.id, stored.archivedAt !== null, raw);
  const authorOf = (property: string): Author => {
    const source = stored.history[property]?.[0]?.sourceType;
    if (source === "INTEGRATION") return "us";
    return source === "CRM_UI" ? "person" : "automation";
  };
  const mergedFrom = (raw.hs_merged_object_ids ?? "").split(";").filter((one) => one !== "");
  const ours = stored.history.hs_object_source?.[0]?.value === "INTEGRATION";
  return { record: { ...record, key: raw.crm_sync_key || null, ours }, mergedFrom, authorOf };
}

/** The double shows the same object for as long as a row stays as it is. */
function opsLooker({ ops }: Pick<World, "ops">): Looker {
  const known = new Map<string, OpsRecord>();
  return function* look(there) {
    for (const object of objects) {
      const mapping = mappingOf(object, "ops");
      for (const row of ops.records(mapping.systemObject as OpsObject)) {
        const key = recordKey("ops", object, row.id);
        there.add(key);
        if (known.get(key) === row) continue;
        known.set(key, row);
        yield opsSeen(object, row);
      }
    }
  };
}

function opsSeen(object: string, row: OpsRecord): Seen {
  const record = recordOf("ops", object, row.id, row.archived, row as unknown as Raw);
  const authorOf = (property: string): Author => {
    const kind = row.changed[property]?.by.kind;
    if (kind === "integration") return "us";
    return kind === "user" ? "person" : "automation";
  };
  const key = row.external_key ?? null;
  return { record: { ...record, key, ours: key !== null }, mergedFrom: [], authorOf };
}

function recordOf(
  system: SystemName,
  object: string,
  id: string,
  archived: boolean,
  raw: Raw,
): Omit<HeldRecord, "key" | "ours"> {
  const fields: Record<string, Held> = {};
  for (const field of mappingOf(object, system).fields) fields[field.field] = meaning(field, raw);
  return { system, object, id, archived, fields };
}
