/**
 * I14 and I16: who asked to be forgotten is gone everywhere, no table of ours holds a value of
 * theirs, and nothing brings them back.
 */
import type { Held } from "../../shared/record.ts";
import { type Case, entityOf } from "./case.ts";
import { type HeldRecord, recordKey } from "./ledger.ts";
import { mappingOf, type SystemName } from "./values.ts";

export interface ErasureJudge {
  /** Is told just before the record is destroyed. */
  erasing(record: HeldRecord): void;
  committed(): void;
  judgeEnd(): void;
}

interface Person {
  readonly entityId: string | null;
  /** Every record they ever had, by its key. */
  readonly keys: readonly string[];
}

/** Values of other types are shared by everybody: a stage, an owner, a day. */
const personal = new Set(["email", "name", "phone", "text"]);

export function createErasureJudge(on: Case): ErasureJudge {
  const people: Person[] = [];
  /** Records that our mailbox was told of. */
  const told = new Set<string>();
  return {
    committed() {
      if (people.length === 0) return;
      const pokes = on.world.d1.all("SELECT system, object, record_id FROM pokes WHERE erased = 1");
      for (const { system, object, record_id: id } of pokes) {
        told.add(recordKey(String(system), String(object), String(id)));
      }
    },
    erasing({ system, object, id }) {
      on.counts.erased += 1;
      const [link] = on.world.d1.all(
        "SELECT entity_id FROM links WHERE system = ?1 AND object = ?2 AND record_id = ?3",
        system,
        object,
        id,
      );
      const entityId = link === undefined ? null : String(link.entity_id);
      const keys = [recordKey(system, object, id), ...keysOf(on, entityId)];
      people.push({ entityId, keys });
    },
    judgeEnd() {
      if (people.length === 0) return;
      const known = people
        .map((person) => ({ ...person, keys: [...person.keys, ...keysOf(on, person.entityId)] }))
        // What no event told us nobody can know: to us the record is only gone.
        .filter(({ keys }) => keys.some((key) => told.has(key)));
      const holders = holdersOf(on);
      const stored = storedTexts(on);
      for (const person of known) {
        judgeGone(on, person);
        judgeForgotten(on, person, holders, stored);
      }
    },
  };
}

const keysOf = ({ linked }: Case, entityId: string | null): string[] => [
  ...(linked.get(entityId ?? "") ?? []),
];

/** No record of theirs is there, but where somebody was told to destroy it by hand. */
function judgeGone({ world, ledger, violate }: Case, { keys, entityId }: Person): void {
  if (entityId === null) return;
  const byHand = world.d1.all(
    "SELECT 1 FROM exceptions WHERE entity_id = ?1 AND status <> 'settled'",
    entityId,
  );
  if (byHand.length > 0) return;
  for (const key of new Set(keys.map(ledger.survivorOf))) {
    const record = ledger.records.get(key);
    if (record === undefined) continue;
    // What a merge gave to somebody else is that one's; whether they are one, a person is asked.
    const owner = entityOf(world, record);
    if (owner !== null && owner !== entityId) continue;
    violate("I14", `${key} is still there after it was forgotten`);
  }
}

/** Who ever held a value, by its text. */
function holdersOf({ ledger }: Case): ReadonlyMap<string, ReadonlySet<string>> {
  const holders = new Map<string, Set<string>>();
  for (const [key, , timeline] of ledger.timelines()) {
    for (const { value } of timeline) {
      if (value === null) continue;
      const text = JSON.stringify(value);
      holders.set(text, (holders.get(text) ?? new Set()).add(key));
    }
  }
  return holders;
}

function judgeForgotten(
  { ledger, violate }: Case,
  { keys }: Person,
  holders: ReadonlyMap<string, ReadonlySet<string>>,
  stored: ReadonlyMap<string, string>,
): void {
  for (const key of new Set(keys)) {
    const [system = "", object = ""] = key.split("/");
    for (const { field, type } of mappingOf(object, system as SystemName).fields) {
      if (!personal.has(type.kind)) continue;
      for (const { value } of ledger.timeline(key, field)) {
        const shared = [...(holders.get(JSON.stringify(value)) ?? [])];
        if (value === null || shared.some((holder) => !keys.includes(holder))) continue;
        for (const table of tablesWith(stored, value)) {
          violate("I16", `${key} is forgotten, and its ${field} ${value} is in the table ${table}`);
        }
      }
    }
  }
}

/** As a value of its own: "Canary1" is not told by "Canary12", nor by an address made of it. */
function tablesWith(stored: ReadonlyMap<string, string>, value: Held): string[] {
  const plain = String(value).toLowerCase().replaceAll(/[+.]/g, String.raw`\$&`);
  const exactly = new RegExp(`(?<![a-z0-9] ?)${plain}(?![a-z0-9@])`);
  return [...stored].flatMap(([table, text]) => (exactly.test(text) ? [table] : []));
}

/** Everything our tables hold, as one text each. */
function storedTexts({ world }: Case): ReadonlyMap<string, string> {
  const tables = world.d1.all("SELECT name FROM sqlite_master WHERE type = 'table'");
  return new Map(
    tables.map(({ name }) => {
      const rows = world.d1.all(`SELECT * FROM "${String(name)}"`);
      return [String(name), JSON.stringify(rows).toLowerCase()];
    }),
  );
}
