/**
 * What a run found, record by record, as it is at this moment: what each system holds, and what the
 * rules would do about it and why. Values are read from the systems anew and kept nowhere.
 */
import type { FieldName, Held, SystemId } from "../../shared/record.ts";
import { differing } from "../core/parity.ts";
import { reconcile } from "../core/reconcile.ts";
import { database } from "../store/database.ts";
import type { Entity } from "../store/load.ts";
import { keyText } from "../store/mailbox.ts";
import { type Finding, findingsOf, loadRun } from "../store/runs.ts";
import { type Closely, lookClosely } from "../store/scan.ts";
import { type JobContext, objectOf } from "./context.ts";
import { readAll, type Wanted, want } from "./gather.ts";

export interface DifferingField {
  readonly field: FieldName;
  readonly label: string;
  /** By system; `raw` where it has no canonical form. A system that could not be read is absent. */
  readonly values: Readonly<Record<SystemId, { readonly value: Held } | { readonly raw: string }>>;
  readonly because: string;
  /** Systems that a repair would write. */
  readonly writes: readonly SystemId[];
}

export interface DifferingRecord extends Finding {
  readonly foundAt: number;
  /** Empty if nothing differs any more, or if no entity knows the record. */
  readonly differs: readonly DifferingField[];
}

/** Records looked at together: one read call a system. */
const recordsPerPage = 50;

export async function differingOf(
  context: JobContext,
  runId: string,
  after: { readonly system: string; readonly recordId: string },
): Promise<readonly DifferingRecord[] | null> {
  const db = database(context.d1);
  const run = await loadRun(db, runId);
  if (run === null) return null;
  const { object } = run;
  const found = await findingsOf(db, runId, after, recordsPerPage);
  const keyOf = ({ system, recordId }: Finding) => ({ system, object, recordId });
  const close = await lookClosely(db, found.map(keyOf));
  const answers = await readEntities(context, object, close);
  return found.map((finding) => {
    const entity = close.entities.get(close.entityOf.get(keyText(keyOf(finding))) ?? "");
    const differs = entity === undefined ? [] : differsOf(context, object, entity, answers);
    return { ...finding, differs };
  });
}

function readEntities(context: JobContext, object: string, { entities }: Closely) {
  const wanted: Wanted = new Map();
  for (const { links } of entities.values()) {
    for (const [system, { recordId }] of Object.entries(links)) {
      want(wanted, object, system, recordId);
    }
  }
  return readAll(context, wanted);
}

function differsOf(
  context: JobContext,
  objectName: string,
  entity: Entity,
  answers: Awaited<ReturnType<typeof readAll>>,
): DifferingField[] {
  const object = objectOf(context, objectName);
  const read = Object.entries(entity.links).flatMap(([system, { recordId }]) => {
    const answer = answers.get(keyText({ system, object: objectName, recordId }));
    return answer?.kind === "found" ? [[system, answer.record.fields] as const] : [];
  });
  // Who could not be read is unknown, which differs from being blank.
  const systems = {
    ...Object.fromEntries(Object.keys(entity.links).map((system) => [system, {}])),
    ...Object.fromEntries(read),
  };
  const view = { base: entity.base, systems, rulings: {}, now: context.now(), scan: true };
  return reconcile(context.rules, object, view).flatMap(({ field, verdict, writes, because }) => {
    const isSame = read.every(
      ([, fields]) => differing(pick(fields, field), entity.base).length === 0,
    );
    if (isSame || (verdict.kind === "unchanged" && writes.length === 0)) return [];
    const values = read.flatMap(([system, fields]) => {
      const observation = fields[field];
      if (observation === undefined) return [];
      const { kind } = observation;
      return [[system, kind === "held" ? { value: observation.value } : { raw: observation.raw }]];
    });
    const label = object.fields[field]?.label ?? field;
    const told = Object.fromEntries(values) as DifferingField["values"];
    return [{ field, label, values: told, because: because.sentence, writes }];
  });
}

const pick = <T>(fields: Readonly<Record<string, T>>, name: string): Record<string, T> => {
  const value = fields[name];
  return value === undefined ? {} : { [name]: value };
};
