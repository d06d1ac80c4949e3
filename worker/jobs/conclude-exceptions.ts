/**
 * What cannot proceed without a person becomes an exception, one for each subject, with all that
 * is needed to answer it. What is open already with the same content is not raised again.
 */
import type { SystemId } from "../../shared/record.ts";
import type { ConnectorError } from "../connectors/connector.ts";
import { fingerprint } from "../core/explain.ts";
import type { NewException } from "../store/commit-types.ts";
import { keyText } from "../store/mailbox.ts";
import { attemptOf, type Fate, isPassing } from "./conclude-fate.ts";
import { type JobContext, limits } from "./context.ts";
import { type Decided, refusalKey } from "./decide.ts";
import type { SystemOutcomes } from "./propagate.ts";

/** What a person must look at, less what they are asked already. */
export function raisedBy(
  context: JobContext,
  decided: Decided,
  outcomes: SystemOutcomes,
  fate: Fate,
): NewException[] {
  return [
    ...conflictsOf(context, decided),
    ...refusalsOf(context, decided, outcomes),
    ...goneOf(context, decided),
    ...duplicatesOf(context, decided),
    ...waitingOf(context, decided),
    ...(fate.kind === "dead" ? [deadLetter(context, decided, fate.error)] : []),
  ].filter((one) => !isOpenAlready(decided, one));
}

/** A write that nobody confirms is tried for ever, but after so many attempts not silently. */
export function unsettledOf(
  context: JobContext,
  decided: Decided,
  outcomes: SystemOutcomes,
): NewException[] {
  if (attemptOf(decided) < limits.quietAttempts) return [];
  return [...outcomes.values()]
    .flatMap((outcome) => (outcome.kind === "unknown" ? [outcome.error] : []))
    .map((error) => deadLetter(context, decided, error, true))
    .filter((one) => !isOpenAlready(decided, one));
}

const subjectOfField = (entityId: string, field: string): string => `${entityId}:${field}`;
const subjectOfSystem = (entityId: string, what: string, system: SystemId): string =>
  `${entityId}:${what}@${system}`;

/** What an entity's dead letter is about. */
export const deadLetterOf = (entityId: string, system: SystemId): string =>
  subjectOfSystem(entityId, "dead_letter", system);

/** What every exception of an entity has in common. */
const exception = (
  context: JobContext,
  decided: Decided,
  rest: Pick<NewException, "kind" | "subject" | "detail" | "shown"> &
    Partial<Pick<NewException, "system" | "field">>,
): NewException => ({
  id: context.newId(),
  object: decided.subject.object.object,
  entityId: decided.subject.entityId,
  system: null,
  field: null,
  recordId: rest.system ? (decided.subject.links[rest.system]?.recordId ?? null) : null,
  ...rest,
});

const conflictsOf = (context: JobContext, decided: Decided): NewException[] =>
  decided.plan.held.map(({ field, verdict, because }) =>
    exception(context, decided, {
      kind: verdict.kind,
      subject: subjectOfField(decided.subject.entityId, field),
      field,
      system: verdict.kind === "invalid" ? verdict.system : null,
      detail: { verdict, because },
      shown: fingerprint(because.inputs),
    }),
  );

function refusalsOf(
  context: JobContext,
  decided: Decided,
  outcomes: SystemOutcomes,
): NewException[] {
  return [...outcomes].flatMap(([system, outcome]) => {
    if (outcome.kind !== "failed" || isPassing(outcome.error)) return [];
    const { message, status, field } = outcome.error;
    const fields = decided.writes.find((one) => one.system === system)?.fields ?? {};
    const named = field === null ? undefined : fields[field];
    const what = field === null ? "refused" : `refused:${field}`;
    return [
      exception(context, decided, {
        kind: "refused",
        subject: subjectOfSystem(decided.subject.entityId, what, system),
        system,
        field,
        detail: { message, status, fields: field && named ? { [field]: named } : fields },
        shown:
          field && named
            ? refusalKey(field, named.to)
            : Object.entries(fields)
                .map(([one, { to }]) => refusalKey(one, to))
                .join(" "),
      }),
    ];
  });
}

const goneOf = (context: JobContext, decided: Decided): NewException[] => {
  const { deletion } = decided;
  if (deletion.kind !== "asks") return [];
  return decided.gone.map((system) =>
    exception(context, decided, {
      kind: "gone",
      subject: subjectOfSystem(decided.subject.entityId, "gone", system),
      system,
      detail: {
        others: Object.keys(decided.subject.links).filter((one) => one !== system),
        edited: deletion.edited,
        restored: decided.subject.goneAt !== null,
      },
      shown: JSON.stringify([system, ...deletion.edited, decided.subject.goneAt]),
    }),
  );
};

const duplicatesOf = (context: JobContext, decided: Decided): NewException[] => {
  const { entityId, links, object, merges } = decided.subject;
  const own = Object.entries(links).map(([system, { recordId }]) => {
    return { system, object: object.object, recordId };
  });
  // With no counterpart of its own there is nothing to lose, and nobody to ask.
  if (own.length === 0) return [];
  const lost = merges.flatMap((merge) => (merge.kind === "lost" ? [merge] : []));
  return [...lost, ...decided.recovered.contests].map(({ system, recordId, keeper, rivals }) => {
    const candidates = [...rivals, ...own];
    const raised = exception(context, decided, {
      kind: "duplicate",
      subject: subjectOfSystem(entityId, "duplicate", system),
      system,
      detail: { keeper, candidates },
      shown: candidates.map(keyText).join(","),
    });
    return { ...raised, recordId };
  });
};

/** A parent is there within seconds; one that is not, after these attempts, is told of. */
const quietAttempts = 2;

const waitingOf = (context: JobContext, decided: Decided): NewException[] => {
  if (attemptOf(decided) <= quietAttempts) return [];
  return [...Map.groupBy(decided.waits, ({ field }) => field)].map(([field, waits]) =>
    exception(context, decided, {
      kind: "waiting",
      subject: `${decided.subject.entityId}:waiting:${field}`,
      field,
      system: waits[0]?.system ?? null,
      detail: { parents: waits.map(({ parent }) => parent) },
      shown: waits.map(({ parent }) => keyText(parent)).join(","),
    }),
  );
};

const deadLetter = (
  context: JobContext,
  decided: Decided,
  error: ConnectorError,
  goesOn = false,
): NewException =>
  exception(context, decided, {
    kind: "dead_letter",
    subject: deadLetterOf(decided.subject.entityId, error.system),
    system: error.system,
    detail: { message: error.message, status: error.status, attempts: attemptOf(decided), goesOn },
    shown: error.message,
  });

const isOpenAlready = (decided: Decided, raised: NewException): boolean =>
  decided.subject.exceptions.some(
    ({ subject, shown, kind }) =>
      subject === raised.subject && shown === raised.shown && kind === raised.kind,
  );
