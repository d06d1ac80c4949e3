/**
 * From what became of the writes to what is committed. Base moves only to values that every linked
 * system was seen holding; whatever lost is in the audit; whatever cannot proceed is an exception.
 */
import type { FieldName, Fields, Held, SystemId } from "../../shared/record.ts";
import type { ConnectorError, WriteOutcome } from "../connectors/connector.ts";
import { equal, heldKey } from "../core/canonical.ts";
import type { FieldDecision } from "../core/decision.ts";
import { fingerprint } from "../core/explain.ts";
import { hindsight, type Written } from "../core/overwritten.ts";
import { settle } from "../core/plan.ts";
import { nextAttempt } from "../core/retry.ts";
import type { EntityCommit, NewException, NewLink, Unsalted } from "../store/commit-types.ts";
import type { IntendedWrite, LoadedPoke, WrittenOver } from "../store/load.ts";
import { keyText } from "../store/mailbox.ts";
import { connectorOf, type JobContext, limits } from "./context.ts";
import { type Decided, refusalKey } from "./decide.ts";
import { heldFields, type Subject } from "./gather.ts";
import { baseAfterJoining } from "./join.ts";
import { explainedBack } from "./undo.ts";

/** What to do with the pokes that brought the entity here. */
type Fate =
  | { readonly kind: "done" }
  | { readonly kind: "again"; readonly delayMs: number }
  | { readonly kind: "dead"; readonly error: ConnectorError };

export interface Concluded {
  /** Absent if nothing about the entity is to be stored. */
  readonly commit: EntityCommit | null;
  /** An outcome is unknown: the intent stays, to be taken over and settled by reading. */
  readonly abandon: boolean;
  readonly again: { readonly delayMs: number; readonly attempted: boolean } | null;
  /** Told though nothing is committed. */
  readonly raise: readonly NewException[];
}

type Outcomes = ReadonlyMap<SystemId, WriteOutcome>;

export function conclude(context: JobContext, decided: Decided, outcomes: Outcomes): Concluded {
  if ([...outcomes.values()].some(({ kind }) => kind === "unknown")) {
    const again = { delayMs: delayOf(context, decided, outcomes), attempted: true };
    return { commit: null, abandon: true, again, raise: unsettledOf(context, decided, outcomes) };
  }
  const fate = fateOf(context, decided, outcomes);
  const held = heldAfter(decided, outcomes);
  const commit = commitOf(context, decided, outcomes, held, fate);
  return {
    commit: isEmpty(context, decided, commit) ? null : commit,
    abandon: false,
    again: fate.kind === "again" ? { delayMs: fate.delayMs, attempted: true } : null,
    raise: [],
  };
}

/** Another job won the entity: look again once it is through. */
export const lostRace: Concluded = {
  commit: null,
  abandon: false,
  again: { delayMs: limits.busyDelayMs, attempted: false },
  raise: [],
};

function fateOf(context: JobContext, decided: Decided, outcomes: Outcomes): Fate {
  const errors = [
    ...(decided.unreadable === null ? [] : [decided.unreadable]),
    ...[...outcomes.values()].flatMap((outcome) =>
      outcome.kind === "failed" && isPassing(outcome.error) ? [outcome.error] : [],
    ),
  ];
  const [error] = errors;
  if (error !== undefined) {
    const next = nextAttempt(error.kind, attemptOf(decided), context.random(), error.retryAfterMs);
    return next.kind === "retry"
      ? { kind: "again", delayMs: next.delayMs }
      : { kind: "dead", error };
  }
  // With the field named that was refused, the others are sent without it.
  const moved = [...outcomes].some(
    ([system, outcome]) =>
      outcome.kind === "stale" ||
      outcome.kind === "exists" ||
      (outcome.kind === "failed" && namesOneOfMany(decided, system, outcome.error)),
  );
  if (moved) return { kind: "again", delayMs: 0 };
  // A field that was not read, or waits for another record, which was asked for: it looks again.
  const next = nextAttempt("retry", attemptOf(decided), context.random(), null);
  const waits = decided.waits.length > 0 || decided.partly;
  return waits && next.kind === "retry"
    ? { kind: "again", delayMs: next.delayMs }
    : { kind: "done" };
}

const namesOneOfMany = (decided: Decided, system: SystemId, { field }: ConnectorError): boolean => {
  const write = decided.writes.find((one) => one.system === system);
  if (write === undefined || field === null || !(field in write.fields)) return false;
  return write.operation === "create" || Object.keys(write.fields).length > 1;
};

const isPassing = ({ kind }: ConnectorError): boolean =>
  kind === "retry" || kind === "rate_limited" || kind === "reauthorize";

const attemptOf = (decided: Decided): number =>
  1 + Math.max(0, ...decided.subject.pokes.map(({ attempt }) => attempt));

function delayOf(context: JobContext, decided: Decided, outcomes: Outcomes): number {
  const unknown = [...outcomes.values()].find(({ kind }) => kind === "unknown");
  const error = unknown?.kind === "unknown" ? unknown.error : null;
  const next = nextAttempt(
    // An unknown outcome is never given up: it is read until it is known.
    "rate_limited",
    attemptOf(decided),
    context.random(),
    error?.retryAfterMs ?? null,
  );
  return next.kind === "retry" ? next.delayMs : limits.busyDelayMs;
}

/** What each linked system holds now: what was read, overlaid by what the writes answered. */
function heldAfter(decided: Decided, outcomes: Outcomes): Record<SystemId, Fields> {
  const held: Record<SystemId, Fields> = {};
  for (const system of Object.keys(decided.subject.links)) {
    if (decided.deletion.kind === "ignored" && decided.gone.includes(system)) continue;
    const answer = decided.subject.answers[system];
    held[system] =
      answer?.kind === "found" && !answer.record.archived ? heldFields(answer.record) : {};
  }
  for (const [system, outcome] of outcomes) {
    if (outcome.kind === "done") {
      held[system] = { ...held[system], ...heldFields(outcome.record) };
    }
  }
  return held;
}

function commitOf(
  context: JobContext,
  decided: Decided,
  outcomes: Outcomes,
  held: Readonly<Record<SystemId, Fields>>,
  fate: Fate,
): EntityCommit {
  const { subject, recovered } = decided;
  const complete = decided.unreadable === null && decided.gone.length === 0;
  const now = context.now();
  const raise = [
    ...conflictsOf(context, decided),
    ...refusalsOf(context, decided, outcomes),
    ...goneOf(context, decided),
    ...duplicatesOf(context, decided),
    ...waitingOf(context, decided),
    ...(fate.kind === "dead" ? [deadLetter(context, decided, fate.error)] : []),
  ].filter((one) => !isOpenAlready(decided, one));
  const settled = settledBy(decided, outcomes, held);
  return {
    entityId: subject.entityId,
    version: subject.version,
    base: settle(subject.object, baseAfter(decided, outcomes, held), held),
    seen: seenAfter(subject.seen, held),
    seenAt: complete ? now : subject.seenAt,
    written: writtenAfter(context, decided, outcomes),
    goneAt: goneSince(decided, outcomes, now),
    erase: null,
    auditEntries: subject.auditEntries,
    auditHead: subject.auditHead,
    links: [...recovered.links, ...linksOf(decided, outcomes)],
    relinks: subject.merges,
    audit: [
      ...recovered.audit,
      ...auditOf(decided, outcomes, now),
      ...undoneEntries(decided, held, now),
    ].map((entry) => ({ ...entry, salt: context.newId() })),
    raise,
    settle: settled,
    reopen: [...refusedRulings(decided, outcomes), ...reopenedBy(decided, held)],
    unsettled: recovered.unsettled,
  };
}

/** Base, less what the records that were made or met just now hold otherwise. */
const baseAfter = (
  decided: Decided,
  outcomes: Outcomes,
  held: Readonly<Record<SystemId, Fields>>,
): Fields =>
  linksOf(decided, outcomes).reduce(
    (base, { system }) =>
      baseAfterJoining(decided.subject.object, base, system, held[system] ?? {}),
    agreedBefore(decided),
  );

/**
 * What was written over and is not proven clean yet. A system with compare-and-set needs no such
 * proof: it would have refused.
 */
function writtenAfter(context: JobContext, decided: Decided, outcomes: Outcomes): WrittenOver {
  const { subject, writes, lost } = decided;
  const after: Record<SystemId, Record<FieldName, Written>> = {};
  const keep = (system: SystemId, field: FieldName, write: Written) => {
    after[system] = { ...after[system], [field]: write };
  };
  for (const [system, fields] of Object.entries(subject.written)) {
    const answer = subject.answers[system];
    for (const [field, write] of Object.entries(fields)) {
      const seen = answer?.kind === "found" ? answer.record.fields[field] : undefined;
      const open =
        lost[system]?.[field] === undefined
          ? hindsight(seen, write).kind === "unknown"
          : !isThrough(decided, outcomes, field);
      if (open) keep(system, field, write);
    }
  }
  for (const write of writes) {
    const { compareAndSet } = connectorOf(context, write.system).capabilities;
    if (compareAndSet || outcomes.get(write.system)?.kind !== "done") continue;
    for (const [field, change] of Object.entries(write.fields)) keep(write.system, field, change);
  }
  return after;
}

/** It was decided, not put off, and whatever had to be written for it was. */
const isThrough = ({ plan, writes }: Decided, outcomes: Outcomes, field: FieldName): boolean =>
  plan.settled.includes(field) &&
  writes.every((one) => !(field in one.fields) || outcomes.get(one.system)?.kind === "done");

/** A system that could not be read keeps what was last seen in it. */
const seenAfter = (
  seen: Readonly<Record<SystemId, Fields>>,
  held: Readonly<Record<SystemId, Fields>>,
): Record<SystemId, Fields> =>
  Object.fromEntries(
    Object.keys({ ...seen, ...held }).map((system) => [
      system,
      { ...seen[system], ...held[system] },
    ]),
  );

/** Nothing to store: what was read is what was known. This is how a synced record costs no row. */
function isEmpty(context: JobContext, decided: Decided, commit: EntityCommit): boolean {
  const { subject, writes } = decided;
  return (
    subject.birth === null &&
    subject.abandoned === null &&
    !hasDrifted(context, subject) &&
    writes.length === 0 &&
    commit.links.length + commit.relinks.length + commit.audit.length === 0 &&
    commit.raise.length + commit.settle.length === 0 &&
    commit.goneAt === subject.goneAt &&
    sameFields(commit.base, subject.base) &&
    Object.entries(commit.seen).every(([system, fields]) =>
      sameFields(fields, subject.seen[system] ?? {}),
    )
  );
}

/** That it was looked at while a field was held is kept, to look again when that is mended. */
const hasDrifted = ({ drifted = [] }: JobContext, { object, links }: Subject): boolean =>
  drifted.some((one) => one.object === object.object && one.system in links);

const sameFields = (a: Fields, b: Fields): boolean => {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((field) => {
    const [one, other] = [a[field], b[field]];
    return one === undefined || other === undefined ? one === other : equal(one, other);
  });
};

export const subjectOfField = (entityId: string, field: string): string => `${entityId}:${field}`;
const subjectOfSystem = (entityId: string, what: string, system: SystemId): string =>
  `${entityId}:${what}@${system}`;

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

function refusalsOf(context: JobContext, decided: Decided, outcomes: Outcomes): NewException[] {
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

/** A record that is gone wherever it was leaves nothing to decide. */
const isGoneEverywhere = ({ gone, subject, deletion }: Decided, outcomes: Outcomes): boolean => {
  const followed = deletion.kind === "follows" ? deletion.writes : [];
  const archived = followed.filter(({ system }) => outcomes.get(system)?.kind === "done");
  return gone.length + archived.length === Object.keys(subject.links).length;
};

/** A tombstone stands until the record is back in every system. */
function goneSince(decided: Decided, outcomes: Outcomes, now: number): number | null {
  const { goneAt, links } = decided.subject;
  if (Object.keys(links).length > 0 && isGoneEverywhere(decided, outcomes)) return goneAt ?? now;
  const allBack = decided.gone.length === 0 && decided.unreadable === null;
  return allBack ? null : goneAt;
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

/** A write that nobody confirms is tried for ever, but after so many attempts not silently. */
function unsettledOf(context: JobContext, decided: Decided, outcomes: Outcomes): NewException[] {
  if (attemptOf(decided) < limits.quietAttempts) return [];
  return [...outcomes.values()]
    .flatMap((outcome) => (outcome.kind === "unknown" ? [outcome.error] : []))
    .map((error) => deadLetter(context, decided, error, true))
    .filter((one) => !isOpenAlready(decided, one));
}

/** What an entity's dead letter is about. */
export const deadLetterOf = (entityId: string, system: SystemId): string =>
  subjectOfSystem(entityId, "dead_letter", system);

const isOpenAlready = (decided: Decided, raised: NewException): boolean =>
  decided.subject.exceptions.some(
    ({ subject, shown, kind }) =>
      subject === raised.subject && shown === raised.shown && kind === raised.kind,
  );

/** Open exceptions that what happened here has answered. */
function settledBy(
  decided: Decided,
  outcomes: Outcomes,
  held: Readonly<Record<SystemId, Fields>>,
): { id: string; resolution: string }[] {
  return decided.subject.exceptions.flatMap(({ id, kind, field, system, ruling }) => {
    if (kind !== "duplicate" && lostOne(decided)) return [{ id, resolution: "merged" }];
    switch (kind) {
      case "conflict":
      case "invalid": {
        if (field === null || !decided.plan.settled.includes(field)) return [];
        if (!agreesNow(decided, field, held)) return [];
        // People may have come to agree on something else than what one of them chose here.
        const chosen = Object.values(held).some((fields) => {
          const value = fields[field];
          return ruling !== null && value !== undefined && equal(value, ruling.value);
        });
        return [{ id, resolution: chosen ? "ruled" : "agreed" }];
      }
      case "refused": {
        const outcome = system === null ? undefined : outcomes.get(system);
        const still = decided.refusedStill.has(id) || outcome?.kind === "failed";
        return still || decided.unreadable !== null ? [] : [{ id, resolution: "written" }];
      }
      case "gone":
        if (isGoneEverywhere(decided, outcomes)) return [{ id, resolution: "gone" }];
        if (decided.deletion.kind === "ignored") return [{ id, resolution: "ignored" }];
        return system !== null && !decided.gone.includes(system) && decided.unreadable === null
          ? [{ id, resolution: "back" }]
          : [];
      case "waiting": {
        const still = decided.waits.some((wait) => wait.field === field);
        return still || decided.unreadable !== null ? [] : [{ id, resolution: "arrived" }];
      }
      case "duplicate":
        return isGoneEverywhere(decided, outcomes) ? [{ id, resolution: "gone" }] : [];
      case "dead_letter": {
        const still = system !== null && outcomes.get(system)?.kind === "failed";
        return still || decided.unreadable !== null ? [] : [{ id, resolution: "answered" }];
      }
      default:
        return [];
    }
  });
}

/** What was asked while the entity still had the record is answered by the merge. */
const lostOne = ({ subject }: Decided): boolean =>
  subject.merges.some(({ kind }) => kind === "lost");

const agreesNow = (
  decided: Decided,
  field: string,
  held: Readonly<Record<SystemId, Fields>>,
): boolean => {
  const systems = decided.subject.object.fields[field]?.systems ?? [];
  const keys = systems
    .filter((system) => system in decided.subject.links)
    .map((system) => {
      const value = held[system]?.[field];
      return value === undefined ? "unknown" : heldKey(value);
    });
  return new Set(keys).size <= 1 && !keys.includes("unknown");
};

/** Base, with what was agreed on before the answers that are taken back. */
function agreedBefore({ subject, undone }: Decided): Fields {
  const agreed: Record<FieldName, Held> = { ...subject.base };
  for (const { kind, field, base } of undone) {
    if (kind !== "go") continue;
    if (base === undefined) delete agreed[field];
    else agreed[field] = base;
  }
  return agreed;
}

/** Answers that are taken back everywhere by now. */
const takenBackBy = ({ undone, plan }: Decided, held: Readonly<Record<SystemId, Fields>>) =>
  undone.filter(
    ({ kind, field, former }) =>
      kind === "go" &&
      plan.held.some((decision) => decision.field === field) &&
      Object.values(former).every(({ system, value }) => {
        const now = held[system]?.[field];
        return now !== undefined && equal(now, value);
      }),
  );

const reopenedBy = (decided: Decided, held: Readonly<Record<SystemId, Fields>>): string[] =>
  takenBackBy(decided, held).map(({ exception: { id } }) => id);

const undoneEntries = (
  decided: Decided,
  held: Readonly<Record<SystemId, Fields>>,
  at: number,
): Unsalted[] =>
  takenBackBy(decided, held).map(({ exception: { id, ruling, undo }, field }) => ({
    kind: "undone",
    at,
    detail: { field, exceptionId: id, ruling, person: undo?.person ?? null },
  }));

/** A refused write takes the person's answer with it: the choice is open again. */
const refusedRulings = (decided: Decided, outcomes: Outcomes): string[] => {
  const refused = [...outcomes].flatMap(([system, outcome]) =>
    outcome.kind === "failed" && !isPassing(outcome.error) ? [system] : [],
  );
  const fields = decided.writes
    .filter(({ system }) => refused.includes(system))
    .flatMap((write) => Object.keys(write.fields));
  return decided.subject.exceptions
    .filter(
      ({ status, field, answer }) =>
        status === "ruled" &&
        ((field !== null && fields.includes(field)) || (answer !== null && refused.length > 0)),
    )
    .map(({ id }) => id);
};

const linksOf = (decided: Decided, outcomes: Outcomes): NewLink[] =>
  [...outcomes].flatMap(([system, outcome]) => {
    if (system in decided.subject.links) return [];
    const object = decided.subject.object.object;
    if (outcome.kind === "done") {
      return [{ system, object, recordId: outcome.record.id, url: outcome.record.url }];
    }
    return outcome.kind === "exists" && outcome.recordId !== null
      ? [{ system, object, recordId: outcome.recordId, url: null }]
      : [];
  });

function auditOf(decided: Decided, outcomes: Outcomes, now: number): Unsalted[] {
  const { subject } = decided;
  const because = new Map(
    decided.plan.decisions.map((one) => {
      const back = decided.undone.find(
        ({ kind, field }) =>
          kind === "go" && field === one.field && decided.plan.held.includes(one),
      );
      return [
        one.field,
        back === undefined ? one : { ...one, because: explainedBack(back, one.because) },
      ];
    }),
  );
  const written = decided.writes.filter(({ system }) => outcomes.get(system)?.kind === "done");
  // An edit that was overwritten unseen and loses in hindsight leaves nothing to write.
  const lost = Object.values(decided.lost).flatMap((edits) => Object.keys(edits));
  const fields = new Set([...written.flatMap((write) => Object.keys(write.fields)), ...lost]);
  const explained = [...fields].flatMap((field) => because.get(field) ?? []);
  return [
    ...subject.merges.map((merge) => ({ kind: "relinked" as const, at: now, detail: merge })),
    ...(subject.birth?.matchedBy ? [linkedEntry(decided, subject.birth.matchedBy, now)] : []),
    ...explained.flatMap((decision) => ruledEntry(decided, decision, now)),
    ...written.map((write) => writtenEntry(write, outcomes.get(write.system), because, now)),
    ...explained
      .filter((decision) => decision.because.losers.length > 0)
      .map(({ field, because: explanation }) => ({
        kind: "discarded" as const,
        at: now,
        detail: { field, because: explanation },
      })),
  ];
}

const linkedEntry = (decided: Decided, by: string, now: number): Unsalted => ({
  kind: "linked",
  at: now,
  detail: {
    by,
    records: Object.fromEntries(
      Object.entries(decided.subject.links).map(([system, { recordId }]) => [system, recordId]),
    ),
  },
});

function ruledEntry(decided: Decided, decision: FieldDecision, now: number): Unsalted[] {
  const ruling = decided.view.rulings[decision.field];
  if (ruling === undefined || decision.because.rule !== "person") return [];
  return [{ kind: "ruled", at: now, detail: { field: decision.field, ruling } }];
}

const kinds = { create: "created", update: "wrote", archive: "archived", erase: "erased" } as const;

const writtenEntry = (
  write: IntendedWrite,
  outcome: WriteOutcome | undefined,
  because: ReadonlyMap<string, FieldDecision>,
  now: number,
): Unsalted => ({
  kind: kinds[write.operation],
  at: now,
  detail: {
    system: write.system,
    operation: write.operation,
    recordId: outcome?.kind === "done" ? outcome.record.id : write.recordId,
    fields: Object.fromEntries(
      Object.entries(write.fields).map(([field, change]) => [
        field,
        { ...change, because: because.get(field)?.because ?? null },
      ]),
    ),
  },
});

/** The fate of pokes whose record could not even be read. */
export function fateOfUnread(
  context: JobContext,
  poke: LoadedPoke,
  error: ConnectorError,
): { kind: "again"; delayMs: number } | { kind: "dead" } {
  const next = nextAttempt(error.kind, poke.attempt + 1, context.random(), error.retryAfterMs);
  return next.kind === "retry" ? { kind: "again", delayMs: next.delayMs } : { kind: "dead" };
}
