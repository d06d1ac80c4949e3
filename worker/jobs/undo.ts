/**
 * Takes a person's answer back: every system gets the value it held when the question was asked,
 * and the question is open again. Invariant: only what stands exactly as the answer left it, or as
 * it was before, is taken back; somebody's later edit never is.
 */
import type { FieldName, Held, SystemId } from "../../shared/record.ts";
import { equal } from "../core/canonical.ts";
import type { EntityView, Explanation, FieldDecision, Input } from "../core/decision.ts";
import type { OpenException } from "../store/load.ts";
import type { Subject } from "./subject.ts";

/** A field whose answer is being taken back. */
export interface TakenBack {
  readonly exception: OpenException;
  readonly field: FieldName;
  /** What was agreed on before; undefined: nothing. */
  readonly base: Held | undefined;
  /** What each system held. */
  readonly former: Readonly<Record<SystemId, Input>>;
  /** `wait`: a system cannot be heard, and may hold a later edit. */
  readonly kind: "go" | "wait";
}

/** Answers that can be taken back now, or may be later. Of the others nothing is left to do. */
export function takenBack(
  { exceptions, links }: Pick<Subject, "exceptions" | "links">,
  systems: EntityView["systems"],
): readonly TakenBack[] {
  return exceptions.flatMap((exception): TakenBack[] => {
    const { status, undo, ruling, field } = exception;
    if (status !== "ruled" || undo === null || ruling === null || field === null) return [];
    const { because } = exception.detail as { because: Explanation };
    const former = Object.fromEntries(because.inputs.map((input) => [input.system, input]));
    const judged = Object.entries(former).map(([system, { value }]): "go" | "wait" | "never" => {
      if (!(system in links)) return "never";
      const seen = systems[system]?.[field];
      if (seen === undefined) return "wait";
      const stands =
        seen.kind === "held" && (equal(seen.value, ruling.value) || equal(seen.value, value));
      return stands ? "go" : "never";
    });
    if (judged.includes("never")) return [];
    const kind = judged.includes("wait") ? "wait" : "go";
    return [{ exception, field, base: because.base, former, kind }];
  });
}

/** The view in which the question stands again. */
export function asItStood(view: EntityView, undone: readonly TakenBack[]): EntityView {
  let { base, systems } = view;
  for (const { kind, field, base: agreed, former } of undone) {
    if (kind !== "go") continue;
    const { [field]: _now, ...others } = base;
    base = agreed === undefined ? others : { ...others, [field]: agreed };
    systems = Object.fromEntries(
      Object.entries(systems).map(([system, fields]) => {
        const held = former[system];
        if (held === undefined) return [system, fields];
        const { value, at, actor } = held;
        return [system, { ...fields, [field]: { kind: "held", value, at, actor } as const }];
      }),
    );
  }
  return { ...view, base, systems };
}

/** What a system is to hold of a field again; undefined: nothing of it is taken back there. */
export function formerOf(
  undone: readonly TakenBack[],
  { field, verdict }: FieldDecision,
  system: SystemId,
): Held | undefined {
  const one = undone.find((each) => each.kind === "go" && each.field === field);
  // Where a rule decides by now, there is no question to go back to.
  return verdict.kind === "conflict" ? one?.former[system]?.value : undefined;
}

/** Why its writes are made, for the audit. */
export function explainedBack(
  { exception }: Pick<TakenBack, "exception">,
  because: Explanation,
): Explanation {
  const who = exception.undo?.person.name ?? "Somebody";
  return { ...because, rule: "undo", sentence: `${who} took the answer back.`, losers: [] };
}
