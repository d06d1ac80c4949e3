/**
 * Judges our own tables at every commit: base is what every linked system was seen holding, what
 * was seen never goes back in time, and versions only count up.
 */
import type { Held } from "../../shared/record.ts";
import type { Case } from "./case.ts";
import { recordKey } from "./ledger.ts";
import { mappingOf, type SystemName, same } from "./values.ts";

export interface TableJudge {
  committed(): void;
}

interface Entity {
  readonly id: string;
  readonly object: string;
  readonly base: Readonly<Record<string, Held>>;
  readonly seen: Readonly<Record<string, Readonly<Record<string, Held>>>>;
  readonly links: readonly { readonly system: string; readonly recordId: string }[];
}

export function createTableJudge(on: Case): TableJudge {
  const { world, violate } = on;
  const versions = new Map<string, number>();
  /** How far along its timeline each field was seen. */
  const seenUpTo = new Map<string, number>();
  return {
    committed() {
      for (const row of world.d1.all("SELECT id, version FROM entities")) {
        const [id, version] = [String(row.id), Number(row.version)];
        const before = versions.get(id) ?? 0;
        if (version === before) continue;
        versions.set(id, version);
        if (version !== before + 1) violate("I8", `entity ${id} went from ${before} to ${version}`);
        const entity = entityAt(on, id);
        noteLinks(on, entity);
        judgeBase(on, entity);
        judgeSeen(on, entity, seenUpTo);
      }
    },
  };
}

function entityAt({ world }: Case, id: string): Entity {
  const [row] = world.d1.all("SELECT object, base, seen FROM entities WHERE id = ?1", id);
  const links = world.d1.all(
    "SELECT system, record_id FROM links WHERE alias = 0 AND entity_id = ?1",
    id,
  );
  return {
    id,
    object: String(row?.object),
    base: JSON.parse(String(row?.base)),
    seen: JSON.parse(String(row?.seen)),
    links: links.map((link) => ({ system: String(link.system), recordId: String(link.record_id) })),
  };
}

function noteLinks({ linked }: Case, { id, object, links }: Entity): void {
  const keys = linked.get(id) ?? new Set<string>();
  linked.set(id, keys);
  for (const { system, recordId } of links) keys.add(recordKey(system, object, recordId));
}

const holds = (object: string, system: string, field: string): boolean =>
  mappingOf(object, system as SystemName).fields.some((one) => one.field === field);

/** I8: base is what every linked system was seen holding. */
function judgeBase({ ledger, violate }: Case, { object, base, links }: Entity): void {
  for (const [field, value] of Object.entries(base)) {
    for (const { system, recordId } of links) {
      if (!holds(object, system, field)) continue;
      const timeline = ledger.timeline(recordKey(system, object, recordId), field);
      if (timeline.some((since) => same(since.value, value))) continue;
      violate("I8", `base of ${object}.${field} was never held by ${system} ${recordId}`);
    }
  }
}

/** I12: an older observation never takes the place of a newer one. */
function judgeSeen(on: Case, { object, seen, links }: Entity, seenUpTo: Map<string, number>): void {
  for (const { system, recordId } of links) {
    const key = recordKey(system, object, recordId);
    for (const [field, value] of Object.entries(seen[system] ?? {})) {
      if (!holds(object, system, field)) continue;
      const timeline = on.ledger.timeline(key, field);
      const from = seenUpTo.get(`${key}/${field}`) ?? 0;
      const at = timeline.findIndex((since, index) => index >= from && same(since.value, value));
      if (at >= 0) seenUpTo.set(`${key}/${field}`, at);
      else on.violate("I12", `${system} ${object} ${recordId} ${field}: seen goes back in time`);
    }
  }
}
