/**
 * The rules in words, so that people who decide on them can read what they decided. Invariant:
 * everything that can decide a field is named, in the order in which it does.
 */
import type { Condition, FieldPolicy } from "../../shared/policy.ts";
import type { FieldName } from "../../shared/record.ts";
import { assert, unreachable } from "./assert.ts";
import { label, labels, listed } from "./explain.ts";
import type { FieldRules, ObjectRules, Rules } from "./rules.ts";

/** First match decides. The names are those in `Explanation.rule`. */
export const precedence: readonly { readonly rule: string; readonly says: string }[] = [
  { rule: "waiting", says: "It waits while fewer than two systems can be heard." },
  { rule: "agreement", says: "What all systems hold is agreed." },
  { rule: "person", says: "A person's answer holds while the values they saw still do." },
  { rule: "invalid", says: "A value that cannot be used holds the field until it is mended." },
  { rule: "waiting", says: "A scheduled field waits for the next scan." },
  { rule: "reject_blank", says: "A blank never overwrites a value, unless the field allows it." },
  { rule: "survivorship", says: "On first match the one value there is survives." },
  { rule: "only_change", says: "A change that stands alone goes out, if its policy allows it." },
  { rule: "policy", says: "The field's policy decides between changes." },
  { rule: "waiting", says: "Nothing is discarded while a linked system cannot be read." },
  { rule: "pattern", says: "What a field's check refuses is not taken." },
  { rule: "read_only", says: "A system that is read-only for a field is never written." },
];

export function inWords(rules: Rules): string {
  const ranked = rules.rank.map((system) => label(rules, system)).join(", then ");
  const lines = [
    `Version ${rules.version}. Rank, which breaks ties: ${ranked}.`,
    `Changes within ${rules.skewToleranceMs / 1_000} seconds are a tie.`,
    "",
    "For every field, the first of these that applies decides:",
    ...precedence.map(({ says }, index) => `${String(index + 1).padStart(2)}. ${says}`),
  ];
  for (const object of Object.values(rules.objects)) {
    lines.push("", object.label, `  ${matchInWords(object)}`);
    for (const field of Object.values(object.fields)) {
      lines.push(`  ${field.label}: ${fieldInWords(rules, field)}`);
    }
  }
  return lines.join("\n");
}

/** When records of two systems are one. */
function matchInWords({ identity, similar, fields }: ObjectRules): string {
  const labelOf = (name: FieldName) => {
    const field = fields[name];
    assert(field !== undefined, "what records are known by is a field of the object");
    return field.label;
  };
  if (identity.length === 0) return "No two records are ever taken for one.";
  const same = `Two records are one by ${identity.map(labelOf).join(", then ")}.`;
  if (similar.length === 0) return same;
  const shared = listed(similar.map(labelOf));
  return `${same} One without any of these, of the same ${shared} as another, is asked about.`;
}

function fieldInWords(rules: Rules, field: FieldRules): string {
  const { guards, readOnly } = field;
  return [
    policyInWords(rules, field.policy),
    ...(guards.rejectBlank ? [] : ["A blank counts as a change."]),
    ...(guards.pattern === undefined ? [] : [`Checked: ${guards.pattern.message}`]),
    ...(guards.cadence === "realtime" ? [] : ["Only by scheduled scans."]),
    ...(guards.critical ? ["Critical."] : []),
    ...(readOnly.length === 0 ? [] : [`Read-only in ${labels(rules, readOnly)}.`]),
  ].join(" ");
}

export function policyInWords(rules: Rules, policy: FieldPolicy): string {
  switch (policy.rule) {
    case "newest":
      return "The latest change wins.";
    case "prefer":
      return `${label(rules, policy.system)} wins where it changed too, else the latest change.`;
    case "owned":
      return policy.elsewhere === "revert"
        ? `${label(rules, policy.system)} owns it; changes elsewhere go back.`
        : `${label(rules, policy.system)} owns it; a person decides on changes elsewhere.`;
    case "fill_blank":
      return "Only blanks are filled; a person decides before a value is overwritten.";
    case "union":
      return "What anybody adds is added, what anybody removes is removed.";
    case "max":
      return "The highest value wins.";
    case "min":
      return "The lowest value wins.";
    case "forward_only":
      return "It only moves forward, to the furthest stage.";
    case "ask":
      return "A person decides between changes.";
    case "when":
      return [
        ...policy.cases.map(
          ({ if: condition, use }) =>
            `${conditionInWords(condition)}: ${policyInWords(rules, use)}`,
        ),
        `Otherwise: ${policyInWords(rules, policy.otherwise)}`,
      ].join(" ");
    default:
      return unreachable(policy);
  }
}

function conditionInWords({ field, actor, withinHours }: Condition): string {
  const parts = [
    ...(field === undefined ? [] : [`${field.name} is ${field.in.join(" or ")}`]),
    ...(actor === undefined ? [] : [`the change was made by ${article[actor]}`]),
    ...(withinHours === undefined ? [] : [`it is at most ${withinHours} hours old`]),
  ];
  return `Where ${parts.join(" and ")}`;
}

const article = { person: "a person", automation: "an automation" } as const;
