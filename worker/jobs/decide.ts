/** From what was read of one entity to what is to be written: the pure core, framed. */
import type { Held, Observation, SystemId } from "../../shared/record.ts";
import type { ConnectorError } from "../connectors/connector.ts";
import type { EntityView, Plan, Ruling } from "../core/decision.ts";
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
  const answers = Object.entries(subject.answers);
  const gone = answers.flatMap(([system, answer]) =>
    answer.kind === "missing" || (answer.kind === "found" && answer.record.archived)
      ? [system]
      : [],
  );
  const errors = answers.flatMap(([, answer]) => (answer.kind === "unknown" ? [answer.error] : []));
  // With a linked system out of sight, its values would be missing from a new record.
  const whole = gone.length === 0 && errors.length === 0;
  const view: EntityView = {
    base: subject.base,
    systems: { ...seenNow(subject), ...(whole ? aboutToBeMade(subject) : {}) },
    rulings: rulingsOf(subject),
    now: context.now(),
  };
  const planned = plan(subject.object, view, reconcile(context.rules, subject.object, view));
  return {
    subject,
    recovered,
    view,
    plan: planned,
    // A record that is gone somewhere is a person's business first: nothing is written meanwhile.
    writes: gone.length > 0 ? [] : writesOf(subject, view, planned),
    unreadable: errors[0] ?? null,
    gone,
  };
}

/** A linked system that was not read stands there without fields: out of sight, not blank. */
const seenNow = (subject: Subject): EntityView["systems"] =>
  Object.fromEntries(
    Object.keys(subject.links).map((system) => {
      const answer = subject.answers[system];
      const found = answer?.kind === "found" && !answer.record.archived;
      return [system, found ? answer.record.fields : {}];
    }),
  );

/** Systems that hold the object and have no record of this entity yet: all blank, so far. */
const aboutToBeMade = (subject: Subject): EntityView["systems"] =>
  Object.fromEntries(
    Object.entries(subject.object.mappings)
      .filter(([system]) => !(system in subject.links))
      .map(([system, { fields }]) => [
        system,
        Object.fromEntries(
          fields.flatMap(({ field, readOnly }) => (readOnly ? [] : [[field, blank]])),
        ),
      ]),
  );

const blank: Observation = { kind: "held", value: null, at: null, actor: null };

const rulingsOf = (subject: Subject): Readonly<Record<string, Ruling>> =>
  Object.fromEntries(
    subject.exceptions.flatMap(({ status, ruling, field }) =>
      status === "ruled" && ruling !== null && field !== null ? [[field, ruling]] : [],
    ),
  );

function writesOf(subject: Subject, view: EntityView, planned: Plan): IntendedWrite[] {
  const made = Object.keys(view.systems).filter((system) => !(system in subject.links));
  const written = Object.keys(planned.writes);
  return [...new Set([...made, ...written])].map((system) => ({
    system,
    operation: system in subject.links ? "update" : "create",
    recordId: subject.links[system]?.recordId ?? null,
    fields: Object.fromEntries(
      Object.entries(planned.writes[system] ?? {}).map(([field, to]) => [
        field,
        change(view, system, field, to),
      ]),
    ),
  }));
}

function change(view: EntityView, system: SystemId, field: string, to: Held) {
  const observation = view.systems[system]?.[field];
  return observation?.kind === "held" ? { from: observation.value, to } : { to };
}
