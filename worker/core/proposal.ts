/** A rule that somebody proposes, as the change that would make it one. */
import type { FieldPolicy } from "../../shared/policy.ts";
import type { Rules } from "./rules.ts";

/** What to write into worker/sync.config.ts, as it is written there. */
export function changeOfRules(
  rules: Rules,
  { object, field, policy }: { object: string; field: string; policy: FieldPolicy },
): string {
  const before = rules.objects[object]?.fields[field]?.policy;
  const lines = [
    `version: ${rules.version + 1},`,
    "",
    `// objects.${object}.fields.${field}`,
    ...(before === undefined ? [] : [`// was: policy: ${literal(before)},`]),
    `policy: ${literal(policy)},`,
  ];
  return lines.join("\n");
}

/** A value as TypeScript reads it, in the house's hand. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(([key, part]) => `${keyOf(key)}: ${literal(part)}`);
  return `{ ${parts.join(", ")} }`;
}

const keyOf = (key: string): string => (/^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key));
