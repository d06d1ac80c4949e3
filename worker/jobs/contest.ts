/**
 * Records that one entity would be given and another has. A merge can leave the survivor with the
 * key of the entity that lost it; creating by that key would overwrite the other's record. Nothing
 * is created there: a person decides.
 */
import type { EntityId, SystemId } from "../../shared/record.ts";
import type { ReadAnswer } from "../connectors/connector.ts";
import type { Database } from "../store/database.ts";
import { type Entity, load, type OpenException } from "../store/load.ts";
import type { RecordKey } from "../store/mailbox.ts";
import type { Subject } from "./subject.ts";

export interface Contest {
  readonly system: SystemId;
  readonly recordId: string;
  /** The entity that has the record. */
  readonly keeper: EntityId;
  /** That one's records in other systems. */
  readonly rivals: readonly RecordKey[];
}

/** Whether a person was asked already, and has not answered. */
export const isAsked = (exceptions: readonly OpenException[], system: SystemId): boolean =>
  exceptions.some((one) => one.kind === "duplicate" && one.system === system);

interface Met {
  readonly subject: Subject;
  readonly system: SystemId;
  readonly answer: ReadAnswer;
}

/** By entity. Costs a round trip only where a record was met. */
export async function contestsFor(
  db: Database,
  met: readonly Met[],
): Promise<ReadonlyMap<EntityId, readonly Contest[]>> {
  const records = met.flatMap(({ subject, system, answer }) =>
    answer.kind === "found" ? [{ subject, system, record: answer.record }] : [],
  );
  if (records.length === 0) return new Map();
  const named = records.map(({ subject, system, record: { id, formerIds = [] } }) => {
    const { object } = subject.object;
    const keys = [id, ...formerIds].map((recordId) => ({ system, object, recordId }));
    return { subject, system, keys, recordId: id };
  });
  const { entities } = await load(
    db,
    named.flatMap(({ keys }) => keys),
  );
  const contests = named.flatMap(({ subject, system, keys, recordId }) => {
    const ids = new Set(keys.map((key) => key.recordId));
    const keeper = [...entities.values()].find(
      ({ id, object, links }) =>
        id !== subject.entityId &&
        object === subject.object.object &&
        ids.has(links[system]?.recordId ?? ""),
    );
    if (keeper === undefined) return [];
    const contest = { system, recordId, keeper: keeper.id, rivals: rivalsOf(keeper, system) };
    return [{ entityId: subject.entityId, contest }];
  });
  const byEntity = Map.groupBy(contests, ({ entityId }) => entityId);
  return new Map([...byEntity].map(([id, group]) => [id, group.map(({ contest }) => contest)]));
}

/** Its records in the systems that nothing is contested in. */
export const rivalsOf = (
  { object, links }: Pick<Entity, "object" | "links">,
  contested: SystemId,
): RecordKey[] =>
  Object.entries(links).flatMap(([system, { recordId }]) =>
    system === contested ? [] : [{ system, object, recordId }],
  );
