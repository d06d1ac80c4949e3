/**
 * Decides, field by field, what all systems should hold. Invariant: a field that cannot be decided
 * is held back alone, and nothing is overwritten that the explanation does not name.
 *
 * A system that is absent from the view is not linked. A linked system that could not be read, or
 * whose field was not read, is *out of sight*: it is never written and never taken for blank. The
 * others go on without it only while nothing but agreed values and blanks is overwritten; what
 * would discard a change waits until everybody can be heard.
 */
import type { Held, Observation, SystemId } from "../../shared/record.ts";
import { assert } from "./assert.ts";
import { equal } from "./canonical.ts";
import type { EntityView, Explanation, FieldDecision, Input, Ruling, Verdict } from "./decision.ts";
import { label, labels, stillFits } from "./explain.ts";
import { type Choice, type Contender, choose, type Evidence } from "./policies.ts";
import type { FieldRules, ObjectRules, Rules } from "./rules.ts";

export function reconcile(rules: Rules, object: ObjectRules, view: EntityView): FieldDecision[] {
  return Object.values(object.fields).map((field) => {
    const sight = look(rules, field, view);
    return explained(sight, judge(sight));
  });
}

/** Precedence, first match decides: agreement, a person, invalid values, cadence, the policy. */
function judge(sight: Sight): Judgement {
  return (
    tooFew(sight) ??
    agreement(sight) ??
    ruled(sight) ??
    unusable(sight) ??
    postponed(sight) ??
    guarded(sight, contested(sight))
  );
}

/** All there is to see of one field. */
interface Sight {
  readonly rules: Rules;
  readonly field: FieldRules;
  readonly view: EntityView;
  readonly base: Held | undefined;
  /** What a system that did not change it holds: base, or blank where there is none. */
  readonly agreed: Held;
  /** What was read, in rank order. */
  readonly inputs: readonly Input[];
  /** Linked systems whose value was not read. */
  readonly unseen: readonly SystemId[];
}

interface Judgement {
  readonly verdict: Verdict;
  readonly rule: string;
  readonly sentence: string;
  readonly recommended?: Explanation["recommended"];
}

function look(rules: Rules, field: FieldRules, view: EntityView): Sight {
  const base = view.base[field.field];
  const agreed = base ?? null;
  const inputs: Input[] = [];
  const unseen: SystemId[] = [];
  for (const system of field.systems) {
    const record = view.systems[system];
    if (record === undefined) continue;
    const observation = record[field.field];
    if (observation === undefined) unseen.push(system);
    else inputs.push(input(system, observation, agreed));
  }
  return { rules, field, view, base, agreed, inputs, unseen };
}

function input(system: SystemId, observation: Observation, agreed: Held): Input {
  const { at, actor } = observation;
  if (observation.kind === "invalid") {
    return { system, value: observation.raw, valid: false, changed: true, at, actor };
  }
  const { value } = observation;
  return { system, value, valid: true, changed: !equal(value, agreed), at, actor };
}

function tooFew({ inputs, unseen, rules }: Sight): Judgement | null {
  if (inputs.length > 1) return null;
  const sentence =
    unseen.length > 0
      ? `${labels(rules, unseen)} could not be read; it waits.`
      : "No two systems hold it yet.";
  return { verdict: { kind: "unchanged" }, rule: waiting, sentence };
}

function agreement({ inputs, base }: Sight): Judgement | null {
  const [first, ...others] = inputs;
  if (first === undefined || inputs.some(({ valid }) => !valid)) return null;
  if (!others.every(({ value }) => equal(value, first.value))) return null;
  if (base !== undefined && !first.changed) {
    return { verdict: { kind: "unchanged" }, rule: "agreement", sentence: "Nothing changed." };
  }
  const sentence =
    base === undefined ? "All hold the same already." : "All were changed to the same value.";
  return { verdict: { kind: "converged", value: first.value }, rule: "agreement", sentence };
}

function ruled(sight: Sight): Judgement | null {
  const { rules, field, inputs } = sight;
  const ruling = sight.view.rulings[field.field];
  if (ruling === undefined || !stillFits(ruling, inputs)) return null;
  const refusal = refused(field, ruling.value);
  if (refusal !== null) return conflict(sight, "pattern", refusal);
  const holder = inputs.find(({ valid, value }) => valid && equal(value, ruling.value));
  const who = ruling.person.name ?? "A person";
  const what = holder === undefined ? "entered a value" : `chose ${label(rules, holder.system)}`;
  const from = holder?.system ?? null;
  return withinReach(sight, {
    verdict: { kind: "take", from, value: ruling.value },
    rule: "person",
    sentence: `${who} ${what}.`,
  });
}

function unusable({ inputs, rules, field, view }: Sight): Judgement | null {
  const found = inputs.find(({ valid }) => !valid);
  if (found === undefined) return null;
  const observation = view.systems[found.system]?.[field.field];
  assert(observation?.kind === "invalid", "an invalid input was observed");
  const { reason } = observation;
  return {
    verdict: { kind: "invalid", reason, system: found.system },
    rule: "invalid",
    sentence: `${label(rules, found.system)} holds something that cannot be used. ${reason}`,
  };
}

function postponed({ field, view }: Sight): Judgement | null {
  if (field.guards.cadence === "realtime" || view.scan === true) return null;
  const sentence = "It is only kept the same by scheduled scans.";
  return { verdict: { kind: "unchanged" }, rule: waiting, sentence };
}

/** Systems differ: the policy chooses among what changed, blanks left out unless they count. */
function contested(sight: Sight): Judgement {
  const { rules, field, view, base, inputs, unseen } = sight;
  const [one, ...more] = contenders(sight);
  if (one === undefined) {
    const cleared = labels(
      rules,
      inputs.filter(({ changed }) => changed).map(({ system }) => system),
    );
    const sentence = `${cleared} cleared it, but a blank never overwrites a value: it goes back.`;
    return { verdict: { kind: "heal", value: sight.agreed }, rule: "reject_blank", sentence };
  }
  // Nothing was ever agreed on and nothing competes: the one value there is survives.
  if (base === undefined && more.length === 0) {
    const { system } = one.holders[0];
    const sentence = `${label(rules, system)} has a value and the others are blank.`;
    const verdict: Verdict = { kind: "take", from: system, value: one.value };
    return { verdict, rule: "survivorship", sentence };
  }
  const incumbents = base === undefined ? [] : remembered(sight, base);
  const choice = choose(field.policy, {
    rules,
    field,
    base,
    agreed: view.base,
    contenders: [one, ...more],
    inputs,
    unseen,
    incumbents,
    now: view.now,
  });
  return judged(sight, choice);
}

function contenders({ inputs, field }: Sight): Contender[] {
  const blanksCount = !field.guards.rejectBlank;
  const found: { value: Held; holders: [Input, ...Input[]] }[] = [];
  for (const one of inputs) {
    if (!one.changed || (one.value === null && !blanksCount)) continue;
    const same = found.find(({ value }) => equal(value, one.value));
    if (same === undefined) found.push({ value: one.value, holders: [one] });
    else same.holders.push(one);
  }
  return found;
}

/** Since when and by whom the agreed value stood, where a system still says so. */
function remembered({ inputs, field, view }: Sight, base: Held): Evidence[] {
  return inputs.flatMap((one): Evidence[] => {
    if (!one.changed) return [one];
    const observation = view.systems[one.system]?.[field.field];
    assert(observation?.kind === "held", "a contest is between held values");
    return (observation.earlier ?? []).filter(({ value }) => equal(value, base)).slice(0, 1);
  });
}

function judged(sight: Sight, choice: Choice): Judgement {
  const { rule, sentence } = choice;
  switch (choice.kind) {
    case "take":
      return { verdict: { kind: "take", from: choice.from, value: choice.value }, rule, sentence };
    case "revert":
      return { verdict: { kind: "heal", value: sight.agreed }, rule, sentence };
    case "wait":
      return { verdict: { kind: "unchanged" }, rule: waiting, sentence };
    case "conflict":
      return conflict(sight, rule, sentence, choice.lean);
  }
}

/** What a person is shown first: the owner, the latest change by a person, or rank. */
function recommendation(sight: Sight, lean: SystemId | undefined): Explanation["recommended"] {
  const { rules } = sight;
  if (lean !== undefined) return { system: lean, because: `${label(rules, lean)} owns it.` };
  const changed = contenders(sight).flatMap(({ holders }) => holders);
  const [first, ...others] = changed.filter(
    ({ actor, at }) => actor?.kind === "person" && at !== null,
  );
  if (first !== undefined) {
    const latest = others.reduce((so, far) => (Number(far.at) > Number(so.at) ? far : so), first);
    return { system: latest.system, because: "It is the latest change made by a person." };
  }
  const [ranked] = changed;
  return ranked === undefined
    ? null
    : { system: ranked.system, because: `${label(rules, ranked.system)} ranks first.` };
}

/** What no policy may do, whatever it chose. */
function guarded(sight: Sight, judgement: Judgement): Judgement {
  const { field, agreed, inputs, unseen } = sight;
  const { verdict } = judgement;
  if (verdict.kind !== "take" && verdict.kind !== "heal") return judgement;
  const overwritten = inputs.filter(({ value }) => !equal(value, verdict.value));
  const discards = overwritten.some(({ value }) => !equal(value, agreed));
  if (unseen.length > 0 && discards) {
    const silent = labels(sight.rules, unseen);
    const sentence = `${silent} could not be read, and may have changed it too.`;
    return { verdict: { kind: "unchanged" }, rule: waiting, sentence };
  }
  if (verdict.value === null && field.guards.rejectBlank) {
    const sentence = "It would end up blank, and a blank never overwrites a value.";
    return conflict(sight, "reject_blank", sentence);
  }
  const refusal = refused(field, verdict.value);
  if (refusal !== null && verdict.kind === "take") {
    const culprit = inputs.find(({ changed, value }) => changed && refused(field, value) !== null);
    assert(culprit !== undefined, "a value that is taken was held");
    const { system } = culprit;
    return {
      verdict: { kind: "invalid", reason: refusal, system },
      rule: "pattern",
      sentence: `${label(sight.rules, system)} holds what is not accepted. ${refusal}`,
    };
  }
  return withinReach(sight, judgement);
}

function withinReach(sight: Sight, judgement: Judgement): Judgement {
  const closed = written(sight, judgement.verdict).filter((system) =>
    sight.field.readOnly.includes(system),
  );
  if (closed.length === 0) return judgement;
  const sentence = `${labels(sight.rules, closed)} is read-only here and holds something else.`;
  return conflict(sight, "read_only", sentence);
}

function refused(field: FieldRules, value: Held): string | null {
  const { pattern } = field.guards;
  if (pattern === undefined || value === null) return null;
  const texts = typeof value === "string" ? [value] : Object.values(value);
  return texts.every((text) => new RegExp(pattern.matches, "u").test(text))
    ? null
    : pattern.message;
}

function conflict(sight: Sight, rule: string, sentence: string, lean?: SystemId): Judgement {
  const moved = movedSince(sight.view.rulings[sight.field.field], sight.inputs);
  const reason = moved ? `The values changed after somebody decided. ${sentence}` : sentence;
  const recommended = recommendation(sight, lean);
  return { verdict: { kind: "conflict", reason }, rule, sentence: reason, recommended };
}

function movedSince(ruling: Ruling | undefined, inputs: readonly Input[]): boolean {
  return ruling !== undefined && !stillFits(ruling, inputs);
}

function explained(sight: Sight, judgement: Judgement): FieldDecision {
  const { rules, field, base, inputs } = sight;
  const { verdict, rule, sentence, recommended = null } = judgement;
  const decided = verdict.kind === "take" || verdict.kind === "heal";
  const losers = decided
    ? inputs.filter((one) => one.changed && !(one.valid && equal(one.value, verdict.value)))
    : [];
  return {
    field: field.field,
    verdict,
    writes: written(sight, verdict),
    because: {
      rule,
      policyVersion: rules.version,
      base,
      inputs,
      losers: losers.map(({ system }) => system),
      sentence,
      recommended,
    },
  };
}

function written({ inputs }: Sight, verdict: Verdict): SystemId[] {
  if (verdict.kind !== "take" && verdict.kind !== "heal") return [];
  return inputs
    .filter(({ valid, value }) => !valid || !equal(value, verdict.value))
    .map(({ system }) => system);
}

/** The rule of decisions that were put off: their exceptions stay as they are. */
export const waiting = "waiting";
