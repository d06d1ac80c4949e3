/**
 * What happened in the systems, told by the systems themselves: every change of every mapped
 * field, with its author, in meanings. The auditor judges by this and by our records alone.
 */
import type { Held } from "../../shared/record.ts";
import type { OpsObject } from "../playground/ops/model.ts";
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
  /** Whether the record ever held the value. */
  everHeld(system: string, object: string, id: string, field: string, value: Held): boolean;
}

export const recordKey = (system: string, object: string, id: string): string =>
  `${system}/${object}/${id}`;

interface Seen {
  readonly record: HeldRecord;
  /** Ids of the records it was merged from. */
  readonly mergedFrom: readonly string[];
  readonly authorOf: (property: string) => Author;
}

export function createLedger(world: Pick<World, "hubspot" | "ops" | "now">): Ledger {
  const changes: Change[] = [];
  const records = new Map<string, HeldRecord>();
  const born = new Map<string, HeldRecord>();
  const merged = new Set<string>();
  const held = new Map<string, Set<string>>();
  const remember = (key: string, field: string, value: Held) => {
    const id = `${key}/${field}`;
    const values = held.get(id) ?? new Set<string>();
    held.set(id, values.add(JSON.stringify(value)));
  };
  /** What a record held that was merged away, the one it became has held. */
  const inherit = ({ record: { system, object, id }, mergedFrom }: Seen) => {
    for (const { field } of mappingOf(object, system).fields) {
      for (const from of mergedFrom) {
        const values = held.get(`${recordKey(system, object, from)}/${field}`) ?? [];
        for (const value of values)
          remember(recordKey(system, object, id), field, JSON.parse(value));
      }
    }
  };
  const compare = (seen: Seen): Change[] => {
    const { record, authorOf } = seen;
    const { system, object, id } = record;
    const key = recordKey(system, object, id);
    const before = records.get(key);
    if (before === undefined) inherit(seen);
    if (seen.mergedFrom.length > 0) merged.add(key);
    else if (!born.has(key)) born.set(key, record);
    records.set(key, record);
    return mappingOf(object, system).fields.flatMap(({ field, property }) => {
      const [from, to] = [before?.fields[field] ?? null, record.fields[field] ?? null];
      remember(key, field, to);
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
      const seen = [...hubspotRecords(world), ...opsRecords(world)];
      const there = new Set(
        seen.map(({ record: { system, object, id } }) => recordKey(system, object, id)),
      );
      for (const key of records.keys()) if (!there.has(key)) records.delete(key);
      return seen.flatMap(compare);
    },
    merges: (object) => [...merged].filter((key) => key.includes(`/${object}/`)).length,
    everHeld: (system, object, id, field, value) =>
      held.get(`${recordKey(system, object, id)}/${field}`)?.has(JSON.stringify(value)) ?? false,
  };
}

function* hubspotRecords({ hubspot }: Pick<World, "hubspot">): Generator<Seen> {
  const { objects: definitions, records } = hubspot.portal.state;
  for (const object of objects) {
    const mapping = mappingOf(object, "hubspot");
    const definition = Object.values(definitions).find(
      ({ plural }) => plural === mapping.systemObject,
    );
    for (const stored of Object.values(records[definition?.objectTypeId ?? ""] ?? {})) {
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
      const key = raw.crm_sync_key || null;
      yield { record: { ...record, key, ours }, mergedFrom, authorOf };
    }
  }
}

function* opsRecords({ ops }: Pick<World, "ops">): Generator<Seen> {
  for (const object of objects) {
    const mapping = mappingOf(object, "ops");
    for (const row of ops.records(mapping.systemObject as OpsObject)) {
      const record = recordOf("ops", object, row.id, row.archived, row as unknown as Raw);
      const authorOf = (property: string): Author => {
        const kind = row.changed[property]?.by.kind;
        if (kind === "integration") return "us";
        return kind === "user" ? "person" : "automation";
      };
      const key = row.external_key ?? null;
      yield { record: { ...record, key, ours: key !== null }, mergedFrom: [], authorOf };
    }
  }
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
