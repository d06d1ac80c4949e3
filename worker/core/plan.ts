/**
 * From decisions to writes, and from read-back to the next base. Invariant: base is a value that
 * every linked system was seen holding, never one that was merely sent.
 */
import type { FieldName, Fields, Held, SystemId } from "../../shared/record.ts";
import { assert } from "./assert.ts";
import { equal } from "./canonical.ts";
import type { EntityView, FieldDecision, Plan } from "./decision.ts";
import { waiting } from "./reconcile.ts";
import type { ObjectRules } from "./rules.ts";

export function plan(
  object: ObjectRules,
  view: EntityView,
  decisions: readonly FieldDecision[],
): Plan {
  const writes: Record<SystemId, Record<FieldName, Held>> = {};
  const held: FieldDecision[] = [];
  const settled: FieldName[] = [];
  for (const decision of decisions) {
    const { verdict, field } = decision;
    if (verdict.kind === "conflict" || verdict.kind === "invalid") held.push(decision);
    else if (decision.because.rule !== waiting && inSight(object, field, view)) settled.push(field);
    if (verdict.kind !== "take" && verdict.kind !== "heal") continue;
    for (const system of decision.writes) {
      const fields = writes[system] ?? {};
      fields[field] = verdict.value;
      writes[system] = fields;
    }
  }
  return { writes, decisions, held, settled };
}

/**
 * The new base. `held` is what each linked system was seen holding, after our writes; a system
 * that could not be read stands there without fields, so that nothing is agreed over its head.
 */
export function settle(
  object: ObjectRules,
  base: Fields,
  held: Readonly<Record<SystemId, Fields>>,
): Fields {
  const next: Record<FieldName, Held> = { ...base };
  for (const { field, systems } of Object.values(object.fields)) {
    const values = systems.flatMap((system) =>
      held[system] === undefined ? [] : [held[system][field]],
    );
    const [value] = values;
    // One system alone agrees with nobody: the next one to be linked may differ.
    if (values.length < 2 || value === undefined) continue;
    if (values.every((other) => other !== undefined && equal(other, value))) next[field] = value;
  }
  return next;
}

/** Whether every linked system that holds the field was heard. */
function inSight(object: ObjectRules, field: FieldName, view: EntityView): boolean {
  const rules = object.fields[field];
  assert(rules !== undefined, "what was decided is a field of the object");
  return rules.systems.every((system) => {
    const record = view.systems[system];
    return record === undefined || record[field] !== undefined;
  });
}
