/**
 * Judges what ends a record: nothing is archived without a counterpart that its own system said is
 * gone, nothing that was edited since all agreed, and nobody is erased who did not ask for it.
 */
import { baseOf, type Case, entityOf } from "./case.ts";
import { type HeldRecord, recordKey } from "./ledger.ts";
import type { Sent, SentRow } from "./sent.ts";
import { mappingOf, same, systemNames } from "./values.ts";

type ReadAt = (key: string) => number | null;

export function judgeEnds(on: Case, sent: Sent, row: SentRow, readAt: ReadAt): void {
  if (sent.operation !== "archive" && sent.operation !== "erase") return;
  const { world, ledger, counts, violate } = on;
  const { system, object } = sent;
  const target = ledger.records.get(recordKey(system, object, row.ref));
  const entityId = entityOf(world, { system, object, id: row.ref });
  if (target === undefined || entityId === null) return;
  const others = counterparts(on, entityId, system);
  if (sent.operation === "erase") {
    if (others.every(({ record }) => record !== undefined) && !isTold(on, entityId)) {
      violate("I13", `${system} ${object} ${row.ref} is erased though nobody asked`);
    }
    return;
  }
  counts.archives += 1;
  if (isAnswered(on, entityId)) return;
  if (!others.some(({ key, record }) => wasGone(on, record, key, readAt))) {
    violate("I13", `${system} ${object} ${row.ref} is archived, and its counterpart is there`);
  }
  for (const field of editedSince(on, target, entityId, readAt)) {
    // What the deleted one held as well had reached everybody, though it may be destroyed by now.
    const value = target.fields[field];
    const held = others.map(({ key, record }) => {
      return record === undefined
        ? ledger.timeline(key, field).at(-1)?.value
        : record.fields[field];
    });
    if (held.some((one) => one !== undefined && same(one, value))) continue;
    violate("I13", `${system} ${object} ${row.ref} is archived with an edit of ${field}`);
  }
}

function counterparts({ world, ledger }: Case, entityId: string, system: string) {
  const links = world.d1.all(
    "SELECT system, object, record_id FROM links WHERE alias = 0 AND entity_id = ?1",
    entityId,
  );
  return links
    .filter((link) => link.system !== system)
    .map((link) => {
      const key = recordKey(String(link.system), String(link.object), String(link.record_id));
      return { key, record: ledger.records.get(key) };
    });
}

/** Gone now, or when this job read it last. */
function wasGone(
  { ledger }: Case,
  record: HeldRecord | undefined,
  key: string,
  readAt: ReadAt,
): boolean {
  if (record === undefined || record.archived) return true;
  return (ledger.restoredAt(key) ?? -1) >= (readAt(key) ?? Number.POSITIVE_INFINITY);
}

/** Fields that held something else than was agreed on, when this job read them. */
function editedSince(on: Case, target: HeldRecord, entityId: string, readAt: ReadAt): string[] {
  const base = baseOf(on.world, entityId);
  const { system, object, id } = target;
  const key = recordKey(system, object, id);
  const read = readAt(key);
  return mappingOf(object, system)
    .fields.map(({ field }) => field)
    .filter((field) => {
      const since = on.ledger.timeline(key, field).at(-1)?.order ?? 0;
      const isRace = read !== null && since >= read;
      return !isRace && !same(base[field], target.fields[field]);
    });
}

/** A person was asked what is to become of the rest, and said so. */
const isAnswered = ({ world }: Case, entityId: string): boolean =>
  world.d1.all(
    "SELECT 1 FROM exceptions WHERE entity_id = ?1 AND kind = 'gone' AND ruling IS NOT NULL",
    entityId,
  ).length > 0;

/** Whether the entity is being erased: its tombstone, or the word of a system, is kept. */
function isTold({ world }: Case, entityId: string): boolean {
  const erased = world.d1.all(
    "SELECT 1 FROM entities WHERE id = ?1 AND erased_at IS NOT NULL",
    entityId,
  );
  const waiting = systemNames.flatMap((system) =>
    world.d1.all(
      `SELECT 1 FROM pokes p JOIN links l USING (system, object, record_id)
       WHERE p.erased = 1 AND l.entity_id = ?1 AND l.system = ?2`,
      entityId,
      system,
    ),
  );
  return erased.length + waiting.length > 0;
}
