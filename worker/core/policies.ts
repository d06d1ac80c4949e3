/**
 * What each field policy chooses when systems hold different values. Invariant: the choice depends
 * on values, times and rank alone, never on the order in which anything arrived.
 */
import type { Condition, FieldPolicy } from "../../shared/policy.ts";
import type { CanonicalValue, Fields, FieldType, Held, SystemId } from "../../shared/record.ts";
import { assert, unreachable } from "./assert.ts";
import { compare, equal, splitMoney } from "./canonical.ts";
import type { Input } from "./decision.ts";
import { duration, label, labels } from "./explain.ts";
import type { FieldRules, Rules } from "./rules.ts";

const hourMs = 3_600_000;

/** A changed value and who holds it, in rank order. */
export interface Contender {
  readonly value: Held;
  readonly holders: readonly [Input, ...Input[]];
}

/** What a policy is asked: never without a contender. */
export interface Contest {
  readonly rules: Rules;
  readonly field: FieldRules;
  /** As last agreed: of this field, and of all fields of the entity. */
  readonly base: Held | undefined;
  readonly agreed: Fields;
  /** In rank order of their first holders. */
  readonly contenders: readonly [Contender, ...Contender[]];
  /** Everything in sight, in rank order. */
  readonly inputs: readonly Input[];
  /** Linked systems out of sight. */
  readonly unseen: readonly SystemId[];
  /** Who held the agreed value, and since when, as far as any system remembers. */
  readonly incumbents: readonly Evidence[];
  readonly now: number;
}

export interface Evidence {
  readonly at: number | null;
  readonly actor: Input["actor"];
}

export type Choice = { readonly rule: string; readonly sentence: string } & (
  | { readonly kind: "take"; readonly from: SystemId | null; readonly value: Held }
  /** The agreed value goes back. */
  | { readonly kind: "revert" }
  | { readonly kind: "conflict"; readonly lean?: SystemId }
  /** Undecidable until a system out of sight is read. */
  | { readonly kind: "wait" }
);

export function choose(policy: FieldPolicy, contest: Contest): Choice {
  switch (policy.rule) {
    case "newest":
      return onlyChange(contest) ?? newest(contest);
    case "prefer":
      return onlyChange(contest) ?? prefer(policy.system, contest);
    case "ask":
      return onlyChange(contest) ?? ask(contest);
    case "owned":
      return owned(policy.system, policy.elsewhere, contest);
    case "fill_blank":
      return fillBlank(contest);
    case "union":
      return union(contest);
    case "max":
      return extreme("max", "The highest value wins", 1, contest);
    case "min":
      return extreme("min", "The lowest value wins", -1, contest);
    case "forward_only":
      return extreme("forward_only", "A stage only moves forward", 1, contest);
    case "when":
      return when(policy.cases, policy.otherwise, contest);
    default:
      return unreachable(policy);
  }
}

function onlyChange(contest: Contest): Choice | null {
  const [only, ...others] = contest.contenders;
  if (others.length > 0) return null;
  const systems = only.holders.map(({ system }) => system);
  const sentence =
    systems.length === 1
      ? `Only ${labels(contest.rules, systems)} changed it.`
      : `${labels(contest.rules, systems)} made the same change.`;
  return win(contest, only, "only_change", sentence);
}

/**
 * All changes within the tolerance of the latest, or of unknown time, tie, and rank breaks the
 * tie. Measured from the latest alone: comparing pair by pair would not be transitive.
 */
function newest(contest: Contest): Choice {
  const { rules, contenders } = contest;
  const dated = contenders.map((contender) => ({ contender, at: since(contest, contender) }));
  const latest = Math.max(...dated.map(({ at }) => at ?? Number.NEGATIVE_INFINITY));
  const tied = dated.filter(({ at }) => at === null || at >= latest - rules.skewToleranceMs);
  const [winner, ...others] = tied;
  assert(winner !== undefined, "the latest ties with itself");
  const name = labelOf(contest, winner.contender);
  if (others.length > 0) {
    const why = tied.some(({ at }) => at === null)
      ? "It is not known which change came last"
      : "The changes were made at about the same time";
    return win(contest, winner.contender, "newest", `${why}, and ${name} ranks first.`);
  }
  const [next] = dated
    .flatMap(({ contender, at }) => (contender === winner.contender ? [] : [{ contender, at }]))
    .sort((a, b) => Number(b.at) - Number(a.at));
  assert(next !== undefined, "the latest of one is the only change");
  const after = `${duration(latest - Number(next.at))} after ${labelOf(contest, next.contender)}`;
  const sentence = `${name} changed it ${after}, and the latest change wins.`;
  return win(contest, winner.contender, "newest", sentence);
}

/** A value is as old as its first appearance: a copy, ours or a person's, makes it no newer. */
function since(contest: Contest, contender: Contender): number | null {
  const times = contender.holders.flatMap(({ at }) =>
    at === null || isFuture(contest, at) ? [] : [at],
  );
  return times.length === 0 ? null : Math.min(...times);
}

/** A time in the future comes from a wrong clock and says nothing. */
function isFuture({ now, rules }: Contest, at: number): boolean {
  return at > now + rules.skewToleranceMs;
}

function prefer(system: SystemId, contest: Contest): Choice {
  const preferred = heldBy(contest, system);
  if (preferred !== undefined) {
    const name = label(contest.rules, system);
    return win(contest, preferred, "prefer", `Several changed it, and ${name} comes first here.`);
  }
  const choice = newest(contest);
  const sentence = `${label(contest.rules, system)} did not change it. ${choice.sentence}`;
  return { ...choice, sentence };
}

function ask(contest: Contest): Choice {
  const systems = contest.contenders.map(({ holders }) => holders[0].system);
  const names = labels(contest.rules, systems);
  const sentence = `${names} changed it differently, and a person decides.`;
  return { kind: "conflict", rule: "ask", sentence };
}

function owned(system: SystemId, elsewhere: "revert" | "ask", contest: Contest): Choice {
  const { rules, inputs, unseen, contenders } = contest;
  const name = label(rules, system);
  if (unseen.includes(system)) {
    return { kind: "wait", rule: "owned", sentence: `${name} owns it and could not be read.` };
  }
  if (!inputs.some((input) => input.system === system)) {
    const choice = onlyChange(contest) ?? newest(contest);
    return { ...choice, sentence: `${name} owns it but has no record yet. ${choice.sentence}` };
  }
  const owner = heldBy(contest, system);
  const intruders = contenders.filter((contender) => contender !== owner);
  if (owner !== undefined && (intruders.length === 0 || elsewhere === "revert")) {
    return win(contest, owner, "owned", `${name} owns it.`);
  }
  const others = labels(
    rules,
    intruders.flatMap(({ holders }) => holders.map((holder) => holder.system)),
  );
  if (elsewhere === "ask") {
    const sentence = `${name} owns it, but ${others} changed it, and a person decides.`;
    return { kind: "conflict", rule: "owned", sentence, lean: system };
  }
  if (contest.base === undefined) {
    const sentence = `${name} owns it but holds nothing, and the others differ.`;
    return { kind: "conflict", rule: "owned", sentence };
  }
  const sentence = `${name} owns it; what ${others} changed goes back.`;
  return { kind: "revert", rule: "owned", sentence };
}

function fillBlank(contest: Contest): Choice {
  const { base, contenders } = contest;
  const [value, ...others] = contenders.filter((contender) => contender.value !== null);
  if (value === undefined) {
    const sentence = "It is only ever filled where it is blank; the value goes back.";
    return { kind: "revert", rule: "fill_blank", sentence };
  }
  if (others.length > 0) {
    const sentence = "It is only ever filled where it is blank, and here are two different values.";
    return { kind: "conflict", rule: "fill_blank", sentence };
  }
  const name = labelOf(contest, value);
  if (base === null || base === undefined) {
    return win(contest, value, "fill_blank", `It was blank, and ${name} filled it.`);
  }
  const sentence = `Only blanks are filled, and ${name} changed a value: a person decides.`;
  return { kind: "conflict", rule: "fill_blank", sentence };
}

/** What anybody added is added, what anybody removed is removed. */
function union(contest: Contest): Choice {
  const { rules, contenders, base } = contest;
  const agreed = members(base ?? null);
  const merged = new Set(agreed);
  for (const { value } of contenders) for (const one of members(value)) merged.add(one);
  for (const { value } of contenders) {
    const kept = new Set(members(value));
    for (const one of agreed) if (!kept.has(one)) merged.delete(one);
  }
  const sorted = [...merged].sort();
  const value = sorted.length === 0 ? null : sorted;
  const whole = contenders.find((contender) => equal(contender.value, value));
  const systems = contenders.flatMap(({ holders }) => holders.map(({ system }) => system));
  const sentence = `What ${labels(rules, systems)} added and removed is put together.`;
  return {
    kind: "take",
    rule: "union",
    from: whole?.holders[0].system ?? null,
    value,
    sentence,
  };
}

/** The agreed value takes part, so that one change after the other ends as both at once do. */
function extreme(
  rule: "max" | "min" | "forward_only",
  because: string,
  sign: 1 | -1,
  contest: Contest,
): Choice {
  const { type } = contest.field;
  const values = contest.contenders.flatMap((contender) =>
    contender.value === null ? [] : [{ contender, value: contender.value }],
  );
  const agreed = contest.base ?? null;
  const all = [...values.map(({ value }) => value), ...(agreed === null ? [] : [agreed])];
  if (!comparable(type, all)) {
    const sentence = "The amounts are in different currencies, and cannot be compared.";
    return { kind: "conflict", rule, sentence };
  }
  const best = values.reduce<(typeof values)[number] | null>(
    (so, far) => (so === null || sign * compare(type, far.value, so.value) > 0 ? far : so),
    null,
  );
  if (best === null || (agreed !== null && sign * compare(type, agreed, best.value) >= 0)) {
    return { kind: "revert", rule, sentence: `${because}; the agreed value stays.` };
  }
  const name = labelOf(contest, best.contender);
  return win(contest, best.contender, rule, `${because}, and ${name} holds it.`);
}

function comparable(type: FieldType, values: readonly CanonicalValue[]): boolean {
  return (
    type.kind !== "money" || new Set(values.map((value) => splitMoney(value).currency)).size <= 1
  );
}

/**
 * The first case whose condition holds decides. A condition on the change itself (who, how long
 * ago) narrows the contest to the changes that meet it; where only the agreed value meets it, that
 * stays.
 */
function when(
  cases: Extract<FieldPolicy, { rule: "when" }>["cases"],
  otherwise: FieldPolicy,
  contest: Contest,
): Choice {
  for (const { if: condition, use } of cases) {
    if (!fieldHolds(condition, contest.agreed)) continue;
    if (condition.actor === undefined && condition.withinHours === undefined) {
      return choose(use, contest);
    }
    const meets = (evidence: Evidence) => changeMeets(condition, evidence, contest);
    const [one, ...more] = contest.contenders.filter(({ holders }) => holders.some(meets));
    if (one !== undefined) {
      const choice = choose(use, { ...contest, contenders: [one, ...more] });
      const isWhole = more.length + 1 === contest.contenders.length;
      return isWhole ? choice : narrowed(contest, inWords(condition), one, choice);
    }
    if (contest.incumbents.some(meets)) {
      return { kind: "revert", rule: "when", sentence: `${inWords(condition)} stands.` };
    }
  }
  return choose(otherwise, contest);
}

/** Says why the other changes were not considered. */
function narrowed(contest: Contest, change: string, one: Contender, choice: Choice): Choice {
  if (choice.rule !== "only_change") {
    return { ...choice, sentence: `${change} comes first. ${choice.sentence}` };
  }
  const who = labels(
    contest.rules,
    one.holders.map(({ system }) => system),
  );
  return { ...choice, rule: "when", sentence: `${change} comes first: the one in ${who}.` };
}

function fieldHolds(condition: Condition, agreed: Fields): boolean {
  if (condition.field === undefined) return true;
  const value = agreed[condition.field.name] ?? null;
  return condition.field.in.some((wanted) => members(value).includes(wanted));
}

function changeMeets(condition: Condition, { at, actor }: Evidence, contest: Contest): boolean {
  if (condition.actor !== undefined && actor?.kind !== condition.actor) return false;
  if (condition.withinHours === undefined) return true;
  if (at === null || isFuture(contest, at)) return false;
  return contest.now - at <= condition.withinHours * hourMs;
}

function inWords(condition: Condition): string {
  const who = condition.actor === undefined ? "A change" : `A change by ${one(condition.actor)}`;
  return condition.withinHours === undefined
    ? who
    : `${who} in the last ${hours(condition.withinHours)}`;
}

function hours(count: number): string {
  return count === 1 ? "hour" : `${count} hours`;
}

function one(actor: "person" | "automation"): string {
  return actor === "person" ? "a person" : "an automation";
}

function win(contest: Contest, contender: Contender, rule: string, sentence: string): Choice {
  const onMatch = contest.base === undefined && rule !== "only_change";
  return {
    kind: "take",
    rule,
    from: contender.holders[0].system,
    value: contender.value,
    sentence: onMatch ? `On first match: ${sentence}` : sentence,
  };
}

function heldBy(contest: Contest, system: SystemId): Contender | undefined {
  return contest.contenders.find(({ holders }) =>
    holders.some((holder) => holder.system === system),
  );
}

function labelOf(contest: Contest, { holders }: Contender): string {
  return label(contest.rules, holders[0].system);
}

function members(value: Held): readonly string[] {
  if (value === null) return [];
  return typeof value === "string" ? [value] : Object.values(value);
}
