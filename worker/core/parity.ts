/**
 * How far systems hold the same, judged from values alone. Invariant: what was not read is unknown,
 * never equal and never different.
 */
import type { FieldName, Fields, Observation, SystemId } from "../../shared/record.ts";
import { equal } from "./canonical.ts";
import type { EntityView } from "./decision.ts";
import { reconcile } from "./reconcile.ts";
import type { ObjectRules, Rules } from "./rules.ts";

/**
 * Fields in which a record is not what was last seen of it. A blank where nothing was ever seen is
 * nothing new: answers to writes leave blanks out.
 */
export function differing(
  fields: Readonly<Record<FieldName, Observation>>,
  seen: Fields,
): readonly FieldName[] {
  return Object.entries(fields).flatMap(([field, observation]) => {
    const known = seen[field];
    const same = observation.kind === "held" && equal(observation.value, known ?? null);
    return same ? [] : [field];
  });
}

/** One entity as it is remembered: what all agreed on, and what each system was last seen with. */
export interface Remembered {
  readonly base: Fields;
  readonly seen: Readonly<Record<SystemId, Fields>>;
}

/**
 * Fields that systems were last seen to hold differently and that the rules would do something
 * about: write, or ask a person. A field that may differ (it is never written) is not among them.
 */
export function unsettled(
  rules: Rules,
  object: ObjectRules,
  { base, seen }: Remembered,
  now: number,
): readonly FieldName[] {
  if (Object.keys(object.fields).every((field) => isShared(object, field, seen))) return [];
  const systems = Object.entries(seen).map(([system, fields]) => [
    system,
    Object.fromEntries(
      Object.entries(fields).map(([field, value]) => [
        field,
        { kind: "held", value, at: null, actor: null } satisfies Observation,
      ]),
    ),
  ]);
  const view: EntityView = {
    base,
    systems: Object.fromEntries(systems),
    rulings: {},
    now,
    scan: true,
  };
  return reconcile(rules, object, view)
    .filter(({ verdict, writes }) => writes.length > 0 || verdict.kind === "conflict")
    .map(({ field }) => field);
}

/** Whether all systems that hold the field were last seen with one value. */
export function isShared(
  object: ObjectRules,
  field: FieldName,
  seen: Readonly<Record<SystemId, Fields>>,
): boolean {
  const values = (object.fields[field]?.systems ?? []).flatMap((system) => {
    const value = seen[system]?.[field];
    return value === undefined ? [] : [value];
  });
  const [first] = values;
  return first === undefined || values.every((value) => equal(value, first));
}
