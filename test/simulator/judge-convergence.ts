/** I7: what is linked and in nobody's hands is equal everywhere, and in base. */
import type { Held } from "../../shared/record.ts";
import { config } from "../../worker/sync.config.ts";
import type { Case } from "./case.ts";
import { recordKey } from "./ledger.ts";
import { type SystemName, same } from "./values.ts";
import type { World } from "./world.ts";

export function differences({ world, ledger }: Case): string[] {
  const found: string[] = [];
  const { entities, linksOf, openOf, bySubject } = tables(world);
  for (const { id, object, base } of entities) {
    const links = linksOf(id);
    const open = openOf(id);
    if (open.some(({ kind }) => kind !== "conflict" && kind !== "invalid")) continue;
    const records = links.map(({ system, recordId }) =>
      ledger.records.get(recordKey(system, object, recordId)),
    );
    // What was deleted before it had a counterpart never gets one.
    if (records.every((record) => record === undefined || record.archived)) continue;
    if (links.length < 2) found.push(`entity ${id} (${object}) has ${links.length} links`);
    for (const field of Object.keys(config.objects[object]?.fields ?? {})) {
      if (open.some((one) => one.field === field)) continue;
      const [first, ...others] = records.map((record) => record?.fields[field] ?? null);
      const agreed = others.every((value) => same(value, first));
      if (!agreed)
        found.push(`${object} ${links.map(({ recordId }) => recordId)} ${field} differs`);
      else if (!same(base[field], first)) found.push(`${object} ${id} base of ${field} is behind`);
    }
  }
  for (const record of ledger.records.values()) {
    const key = recordKey(record.system, record.object, record.id);
    if (record.archived || bySubject.has(key)) continue;
    const linked = world.d1.all(
      "SELECT 1 FROM links WHERE alias = 0 AND system = ?1 AND object = ?2 AND record_id = ?3",
      record.system,
      record.object,
      record.id,
    );
    if (linked.length === 0) found.push(`${key} is unknown`);
  }
  return found;
}

function tables(world: World) {
  const links = world.d1.all("SELECT * FROM links WHERE alias = 0");
  const open = world.d1.all("SELECT * FROM exceptions WHERE status <> 'settled'");
  const linksOf = Map.groupBy(links, ({ entity_id: id }) => String(id));
  const openOf = Map.groupBy(open, ({ entity_id: id }) => String(id));
  return {
    entities: world.d1.all("SELECT id, object, base FROM entities").map((row) => ({
      id: String(row.id),
      object: String(row.object),
      base: JSON.parse(String(row.base)) as Record<string, Held>,
    })),
    linksOf: (id: string) =>
      (linksOf.get(id) ?? []).map((row) => ({
        system: row.system as SystemName,
        recordId: String(row.record_id),
      })),
    openOf: (id: string) =>
      (openOf.get(id) ?? []).map((row) => ({ kind: String(row.kind), field: row.field })),
    bySubject: new Set(open.map(({ subject }) => String(subject))),
  };
}
