/** From what was read of one entity to what is to be written: the pure core, framed. */
import type { Fields, Held, SystemId } from "../../shared/record.ts";
import type { ConnectorError } from "../connectors/connector.ts";
import type { EntityView, FieldDecision, Plan, Ruling } from "../core/decision.ts";
import { plan } from "../core/plan.ts";
import { reconcile } from "../core/reconcile.ts";
import type { IntendedWrite } from "../store/load.ts";
import type { JobContext } from "./context.ts";
import type { Subject } from "./gather.ts";
import type { Recovered } from "./recover.ts";

export interface Decided {
  readonly subject: Subject;
  readonly recovered: Recovered;
  readonly view: EntityView;
  readonly plan: Plan;
  readonly writes: readonly IntendedWrite[];
  /** The worst reason why a linked system could not be read, if one could not. */
  readonly unreadable: ConnectorError | null;
  /** Linked systems that say the record is gone. */
  readonly gone: readonly SystemId[];
}

export function decide(context: JobContext, recovered: Recovered): Decided {
  const { subject } = recovered;
  const view: EntityView = {
    base: subject.base,
    // A linked system that was not read stands there without fields: out of sight, not blank.
    systems: Object.fromEntries(
      Object.keys(subject.links).map((system) => {
        const answer = subject.answers[system];
        const found = answer?.kind === "found" && !answer.record.archived;
        return [system, found ? answer.record.fields : {}];
      }),
    ),
    rulings: rulingsOf(subject),
    now: context.now(),
  };
  const gone = Object.entries(subject.answers).flatMap(([system, answer]) =>
    answer.kind === "missing" || (answer.kind === "found" && answer.record.archived)
      ? [system]
      : [],
  );
  const unreadable = Object.values(subject.answers).flatMap((answer) =>
    answer.kind === "unknown" ? [answer.error] : [],
  );
  const planned = plan(subject.object, view, reconcile(context.rules, subject.object, view));
  return {
    subject,
    recovered,
    view,
    plan: planned,
    // A record that is gone somewhere is a person's business first: nothing is written meanwhile.
    writes:
      gone.length > 0
        ? []
        : [
            ...updates(subject, view, planned),
            ...creates(subject, view, planned, unreadable.length > 0),
          ],
    unreadable: unreadable[0] ?? null,
    gone,
  };
}

const rulingsOf = (subject: Subject): Readonly<Record<string, Ruling>> =>
  Object.fromEntries(
    subject.exceptions.flatMap(({ status, ruling, field }) =>
      status === "ruled" && ruling !== null && field !== null ? [[field, ruling]] : [],
    ),
  );

function updates(subject: Subject, view: EntityView, planned: Plan): IntendedWrite[] {
  return Object.entries(planned.writes).map(([system, fields]) => ({
    system,
    operation: "update",
    recordId: subject.links[system]?.recordId ?? null,
    fields: Object.fromEntries(
      Object.entries(fields).map(([field, to]) => [field, change(view, system, field, to)]),
    ),
  }));
}

function change(view: EntityView, system: SystemId, field: string, to: Held) {
  const observation = view.systems[system]?.[field];
  return observation?.kind === "held" ? { from: observation.value, to } : { to };
}

/** Systems that hold the object and have no record of this entity yet get one. */
function creates(
  subject: Subject,
  view: EntityView,
  planned: Plan,
  blind: boolean,
): IntendedWrite[] {
  // With a linked system unread, its values would be missing from the new record.
  if (blind) return [];
  return Object.entries(subject.object.mappings)
    .filter(([system]) => !(system in subject.links))
    .map(([system, mapping]) => ({
      system,
      operation: "create",
      recordId: null,
      fields: Object.fromEntries(
        mapping.fields.flatMap(({ field, readOnly }) => {
          const to = readOnly ? null : agreed(view, planned, field);
          return to === null ? [] : [[field, { to }]];
        }),
      ),
    }));
}

/** The value of a field that a new record is born with: what was decided, or the only one held. */
function agreed(view: EntityView, planned: Plan, field: string): Held {
  const decision = planned.decisions.find((one) => one.field === field);
  const decided = decision === undefined ? undefined : decidedValue(decision, view.base);
  if (decided !== undefined) return decided;
  const held = Object.values(view.systems).flatMap((fields) => {
    const observation = fields[field];
    return observation?.kind === "held" && observation.value !== null ? [observation.value] : [];
  });
  return held.length === 1 ? (held[0] ?? null) : null;
}

function decidedValue(decision: FieldDecision, base: Fields): Held | undefined {
  const { verdict } = decision;
  switch (verdict.kind) {
    case "unchanged":
      return base[decision.field];
    case "converged":
    case "take":
    case "heal":
      return verdict.value;
    case "conflict":
    case "invalid":
      return undefined;
  }
}
