/**
 * Sorts a loaded batch into what is to be done: entities to reconcile, records nobody knows yet,
 * and pokes that need no reading. Then reads all records, one call per system and hundred.
 */
import type { Fields, ObjectName, SystemId, SystemRecord } from "../../shared/record.ts";
import type { ReadAnswer } from "../connectors/connector.ts";
import { isEcho } from "../core/echo.ts";
import type { Entity, Intent, Loaded, LoadedPoke } from "../store/load.ts";
import { keyText } from "../store/mailbox.ts";
import { connectorOf, isDrifted, type JobContext, limits, objectOf } from "./context.ts";
import { pauseOf } from "./holds.ts";
import { inEntities } from "./references.ts";
import type { Subject } from "./subject.ts";

export interface Gathered {
  readonly known: readonly Omit<Subject, "answers">[];
  /** Of people who asked to be forgotten. */
  readonly erasing: readonly Omit<Subject, "answers">[];
  readonly strangers: readonly LoadedPoke[];
  readonly echoes: readonly LoadedPoke[];
  /** Another job is writing these entities right now. */
  readonly busy: readonly LoadedPoke[];
  /** Paused before anything is read. */
  readonly paused: readonly { readonly poke: LoadedPoke; readonly by: string }[];
}

export function gather(context: JobContext, loaded: Loaded): Gathered {
  const now = context.now();
  const waiting = [...loaded.pokes.values()].filter(
    (poke) => poke.dueAt <= now && poke.heldBy === null,
  );
  const paused = waiting.flatMap((poke) => {
    const by = pauseOf(loaded, poke, loaded.entityOf.get(keyText(poke)) ?? null);
    return by === null ? [] : [{ poke, by }];
  });
  const due = waiting.filter((poke) => !paused.some((one) => one.poke === poke));
  const byEntity = Map.groupBy(due, (poke) => loaded.entityOf.get(keyText(poke)) ?? "");
  const known: Omit<Subject, "answers">[] = [];
  const erasing: Omit<Subject, "answers">[] = [];
  const echoes: LoadedPoke[] = [];
  const busy: LoadedPoke[] = [];
  for (const [entityId, pokes] of byEntity) {
    const entity = loaded.entities.get(entityId);
    if (entity === undefined) continue;
    if (entity.intent !== null && isLeased(entity.intent, now)) {
      busy.push(...pokes);
    } else if (entity.erasedAt !== null || pokes.some(({ erased }) => erased)) {
      erasing.push(subjectOf(context, entity, pokes));
    } else if (entity.intent === null && pokes.every((poke) => explained(entity, poke))) {
      echoes.push(...pokes);
    } else {
      known.push(subjectOf(context, entity, pokes));
    }
  }
  const strangers = due.filter(
    (poke) => !loaded.entities.has(loaded.entityOf.get(keyText(poke)) ?? ""),
  );
  return { known, erasing, strangers, echoes, busy, paused };
}

/** Planned in the future it was by a clock that was set back since: nobody works on it any more. */
const isLeased = ({ plannedAt }: Intent, now: number): boolean =>
  Math.abs(now - plannedAt) < limits.intentLeaseMs;

const explained = (entity: Entity, poke: LoadedPoke): boolean =>
  poke.echo !== null && isEcho(poke.echo, entity.seen[poke.system], entity.base);

const subjectOf = (
  context: JobContext,
  entity: Entity,
  pokes: readonly LoadedPoke[],
): Omit<Subject, "answers"> => ({
  entityId: entity.id,
  object: objectOf(context, entity.object),
  version: entity.version,
  base: entity.base,
  seen: entity.seen,
  seenAt: entity.seenAt,
  written: entity.written,
  goneAt: entity.goneAt,
  without: entity.without,
  erasedAt: entity.erasedAt,
  auditEntries: entity.auditEntries,
  auditHead: entity.auditHead,
  links: entity.links,
  exceptions: entity.exceptions,
  pokes,
  abandoned: entity.intent,
  birth: null,
  merges: [],
});

/** What to read: record ids by object and system. */
export type Wanted = Map<ObjectName, Map<SystemId, Set<string>>>;

export function want(wanted: Wanted, object: ObjectName, system: SystemId, id: string): void {
  const bySystem = wanted.get(object) ?? new Map<SystemId, Set<string>>();
  wanted.set(object, bySystem.set(system, (bySystem.get(system) ?? new Set()).add(id)));
}

/** Reads everything wanted, all systems at the same time. Answers by `keyText`. */
export async function readAll(
  context: JobContext,
  wanted: Wanted,
): Promise<ReadonlyMap<string, ReadAnswer>> {
  const reads = [...wanted].flatMap(([object, bySystem]) =>
    [...bySystem].map(async ([system, ids]) => {
      const mapping = objectOf(context, object).mappings[system];
      if (mapping === undefined) return [];
      const answers = await connectorOf(context, system).read(mapping, [...ids]);
      return [...answers].map(([recordId, answer]) => ({
        key: { system, object, recordId },
        answer: withoutDrifted(context, system, object, answer),
      }));
    }),
  );
  const told = await inEntities(context, (await Promise.all(reads)).flat());
  return new Map(told.map(({ key, answer }) => [keyText(key), answer]));
}

/** A field that is held is not known: what is read of it may mean anything. */
function withoutDrifted(
  context: JobContext,
  system: SystemId,
  object: ObjectName,
  answer: ReadAnswer,
): ReadAnswer {
  if (answer.kind !== "found" || (context.drifted ?? []).length === 0) return answer;
  const fields = Object.entries(answer.record.fields).filter(
    ([field]) => !isDrifted(context, system, object, field),
  );
  return { ...answer, record: { ...answer.record, fields: Object.fromEntries(fields) } };
}

/** The canonical values a record holds; invalid and unread fields are left out. */
export const heldFields = (record: SystemRecord): Fields =>
  Object.fromEntries(
    Object.entries(record.fields).flatMap(([field, observation]) =>
      observation.kind === "held" ? [[field, observation.value]] : [],
    ),
  );
