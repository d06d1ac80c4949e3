/** The rule that would have answered a question as a person just did. */
import type { FieldPolicy } from "../../shared/policy.ts";
import { equal } from "./canonical.ts";
import type { Explanation, Ruling } from "./decision.ts";
import type { FieldRules } from "./rules.ts";

/**
 * Null where no rule says it: a typed value comes from no system, and where several hold the
 * chosen value, nobody knows which was meant.
 */
export function alwaysOf(
  field: FieldRules,
  ruling: Ruling,
  because: Explanation,
): FieldPolicy | null {
  const holders = because.inputs.filter(({ valid, value }) => valid && equal(value, ruling.value));
  const [holder, ...others] = holders;
  if (holder === undefined || others.length > 0) return null;
  const { system } = holder;
  const { policy } = field;
  const isAlready =
    (policy.rule === "prefer" || policy.rule === "owned") && policy.system === system;
  return isAlready || field.readOnly.includes(system) ? null : { rule: "prefer", system };
}
