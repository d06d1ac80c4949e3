/** From what was read of one entity to what is to be written: the pure core, framed. */
import type { Earlier, FieldName, Fields, Held, SystemId } from "../../shared/record.ts";
import type { ConnectorError } from "../connectors/connector.ts";
import { equal, heldKey } from "../core/canonical.ts";
import type { EntityView, FieldDecision, Plan, Ruling, Verdict } from "../core/decision.ts";
import { hindsight } from "../core/overwritten.ts";
import { plan } from "../core/plan.ts";
import { reconcile, waiting } from "../core/reconcile.ts";
import type { IntendedWrite } from "../store/load.ts";
import { type Contest, isAsked } from "./contest.ts";
import { isDrifted, type JobContext } from "./context.ts";
import { type Deletion, deletionOf, goneIn } from "./gone.ts";
import type { Recovered } from "./recover.ts";
import { type Wait, waitsOf } from "./references.ts";
import type { Subject } from "./subject.ts";
import { asItStood, formerOf, type TakenBack, takenBack } from "./undo.ts";

export interface Decided {
  readonly subject: Subject;
  readonly recovered: Recovered;
  readonly view: EntityView;
  readonly plan: Plan;
  readonly writes: readonly IntendedWrite[];
  /** The worst reason why a linked system could not be read, if one could not. */
  readonly unreadable: ConnectorError | null;
  /** Whether a record was read without one of its fields: what it depends on did not answer. */
  readonly partly: boolean;
  /** Linked systems that say the record is gone. */
  readonly gone: readonly SystemId[];
  /** What follows from that for the others. */
  readonly deletion: Deletion;
  /** Edits that an earlier write of ours overwrote unseen. */
  readonly lost: LostEdits;
  /** Answers of people that are being taken back. */
  readonly undone: readonly TakenBack[];
  /** Fields that wait for another record. */
  readonly waits: readonly Wait[];
  /** The pause that one of its fields waits for. */
  readonly pausedBy: string | null;
  /** Exceptions whose very value would be refused again: that field is left out, not the rest. */
  readonly refusedStill: ReadonlySet<string>;
}

export function decide(
  context: JobContext,
  recovered: Recovered,
  paused: ReadonlySet<string>,
): Decided {
  const { subject } = recovered;
  const answers = Object.entries(subject.answers);
  const gone = goneIn(subject);
  const errors = answers.flatMap(([, answer]) => (answer.kind === "unknown" ? [answer.error] : []));
  // With a linked system out of sight, its values would be missing from a new record.
  const isSomewhere = Object.keys(subject.links).length > 0;
  const ignored = subject.object.deletes === "ignore" ? gone : [];
  const whole = isSomewhere && gone.length === ignored.length && errors.length === 0;
  const lost = lostEdits(subject);
  const seen = without(seenNow(subject), ignored);
  const made = whole ? aboutToBeMade(context, recovered) : {};
  const actual = { ...seen, ...made };
  const undone = takenBack(subject, seen);
  const base = asItWas(subject, lost);
  const before: EntityView = {
    base,
    systems: { ...asIfSeen(seen, lost), ...asIfAgreeing(made, base) },
    rulings: rulingsOf(subject),
    now: context.now(),
    scan: subject.pokes.some(({ lane }) => lane === "scan" || lane === "backfill"),
  };
  const view = asItStood(before, undone);
  const free = reconcile(context.rules, subject.object, view).map((one) =>
    toldOf(context, one, lost),
  );
  const stopped = free.find((one) => isStopped(subject, paused, one));
  const decisions = free.map((one) => {
    if (isStopped(subject, paused, one)) return waits(one, "This field is paused.");
    return undone.some(({ kind, field }) => kind === "wait" && field === one.field)
      ? waits(one, "It is taken back once every system can be heard.")
      : one;
  });
  const planned = plan(subject.object, view, decisions);
  const deletion = deletionOf(subject, view);
  return {
    subject,
    recovered,
    view,
    plan: planned,
    ...withoutRefused(
      subject,
      writesAfter(deletion, gone, writesOf(subject, actual, planned, { base, undone })),
    ),
    deletion,
    lost,
    undone,
    waits: waitsOf(context, subject.answers),
    pausedBy: stopped === undefined ? null : `pause:${fieldScope(subject, stopped.field)}`,
    unreadable: errors[0] ?? null,
    partly: isPartlyRead(context, subject),
    gone,
  };
}

const isPartlyRead = (context: JobContext, { object, answers }: Subject): boolean =>
  Object.entries(answers).some(([system, answer]) => {
    if (answer.kind !== "found" || answer.record.archived) return false;
    const mapped = object.mappings[system]?.fields ?? [];
    return mapped.some(
      ({ field }) =>
        answer.record.fields[field] === undefined &&
        !isDrifted(context, system, object.object, field),
    );
  });

const fieldScope = ({ object }: Subject, field: string): string =>
  `field:${object.object}.${field}`;

/** A decision on a paused field that has something to do. */
const isStopped = (
  subject: Subject,
  paused: ReadonlySet<string>,
  { field, verdict, writes }: FieldDecision,
): boolean =>
  paused.has(fieldScope(subject, field)) && (writes.length > 0 || verdict.kind === "conflict");

const waits = (decision: FieldDecision, sentence: string): FieldDecision => ({
  ...decision,
  verdict: { kind: "unchanged" },
  writes: [],
  because: { ...decision.because, rule: waiting, sentence },
});

type LostEdits = Readonly<Record<SystemId, Readonly<Record<FieldName, Earlier>>>>;

function lostEdits({ written, answers }: Subject): LostEdits {
  const found = Object.entries(written).map(([system, fields]) => {
    const answer = answers[system];
    const edits = Object.entries(fields).flatMap(([field, write]) => {
      const seen = answer?.kind === "found" ? answer.record.fields[field] : undefined;
      const after = hindsight(seen, write);
      return after.kind === "lost" ? [[field, after.edit] as const] : [];
    });
    return [system, Object.fromEntries(edits)] as const;
  });
  return Object.fromEntries(found.filter(([, edits]) => Object.keys(edits).length > 0));
}

/** Base before the write that overwrote an unseen edit: what both of them started from. */
function asItWas(subject: Subject, lost: LostEdits): Fields {
  const base = { ...subject.base };
  for (const [system, edits] of Object.entries(lost)) {
    for (const field of Object.keys(edits)) {
      const from = subject.written[system]?.[field]?.from;
      if (from !== undefined) base[field] = from;
    }
  }
  return base;
}

/** The view in which the overwritten edit still stands, so that the policy decides about it. */
const asIfSeen = (actual: EntityView["systems"], lost: LostEdits): EntityView["systems"] =>
  Object.fromEntries(
    Object.entries(actual).map(([system, fields]) => [
      system,
      {
        ...fields,
        ...Object.fromEntries(
          Object.entries(lost[system] ?? {}).map(([field, edit]) => [
            field,
            { kind: "held", ...edit } as const,
          ]),
        ),
      },
    ]),
  );

function toldOf(context: JobContext, decision: FieldDecision, lost: LostEdits): FieldDecision {
  const [system] = Object.keys(lost).filter((one) => decision.field in (lost[one] ?? {}));
  if (system === undefined) return decision;
  const label = context.rules.systems[system]?.label ?? system;
  const told = `An edit in ${label} was overwritten before it was seen.`;
  const sentence = `${decision.because.sentence} ${told}`;
  return { ...decision, because: { ...decision.because, sentence } };
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
const aboutToBeMade = (
  context: JobContext,
  { subject, contests }: Recovered,
): EntityView["systems"] =>
  Object.fromEntries(
    Object.entries(subject.object.mappings)
      .filter(([system]) => !(system in subject.links) && !isContested(subject, contests, system))
      .map(([system, { fields }]) => [
        system,
        Object.fromEntries(
          fields.flatMap(({ field, readOnly }) =>
            readOnly || isDrifted(context, system, subject.object.object, field)
              ? []
              : [[field, blank]],
          ),
        ),
      ]),
  );

/** Another has the record that would be this one's, or it goes on without: none is made. */
const isContested = (
  { exceptions, merges, without }: Subject,
  contests: readonly Contest[],
  system: SystemId,
): boolean =>
  without.includes(system) ||
  isAsked(exceptions, system) ||
  contests.some((one) => one.system === system) ||
  merges.some((one) => one.kind === "lost" && one.system === system);

/** A record that is not there yet has cleared nothing: it stands for what is agreed. */
const asIfAgreeing = (made: EntityView["systems"], base: Fields): EntityView["systems"] =>
  Object.fromEntries(
    Object.entries(made).map(([system, fields]) => [
      system,
      Object.fromEntries(
        Object.keys(fields).map((field) => [field, { ...blank, value: base[field] ?? null }]),
      ),
    ]),
  );

const blank = { kind: "held", value: null, at: null, actor: null } as const;

const rulingsOf = (subject: Subject): Readonly<Record<string, Ruling>> =>
  Object.fromEntries(
    subject.exceptions.flatMap(({ status, ruling, undo, field }) =>
      status === "ruled" && ruling !== null && undo === null && field !== null
        ? [[field, ruling]]
        : [],
    ),
  );

export const refusalKey = (field: FieldName, to: Held): string => `${field} ${heldKey(to)}`;

/** The writes, less the values that a system has refused; and the exceptions that say so. */
function withoutRefused(subject: Subject, wished: readonly IntendedWrite[]) {
  const refusedStill = new Set<string>();
  const writes = wished.flatMap((write) => {
    const entries = Object.entries(write.fields).filter(([field, { to }]) => {
      const refusal = subject.exceptions.find(
        (one) =>
          one.kind === "refused" &&
          one.system === write.system &&
          one.field === field &&
          one.shown === refusalKey(field, to),
      );
      if (refusal !== undefined) refusedStill.add(refusal.id);
      return refusal === undefined;
    });
    const empty = write.operation === "update" && entries.length === 0;
    return empty ? [] : [{ ...write, fields: Object.fromEntries(entries) }];
  });
  return { writes, refusedStill };
}

/** A record that is gone somewhere comes first: unless that is ignored, no value is written. */
function writesAfter(
  deletion: Deletion,
  gone: readonly SystemId[],
  wished: readonly IntendedWrite[],
): readonly IntendedWrite[] {
  if (deletion.kind === "follows") return deletion.writes;
  return gone.length === 0 || deletion.kind === "ignored" ? wished : [];
}

const without = (systems: EntityView["systems"], some: readonly SystemId[]) =>
  Object.fromEntries(Object.entries(systems).filter(([system]) => !some.includes(system)));

/** What each system has to be told: measured against what it really holds. */
function writesOf(
  subject: Subject,
  actual: EntityView["systems"],
  planned: Plan,
  { base, undone }: { readonly base: Fields; readonly undone: readonly TakenBack[] },
): IntendedWrite[] {
  return Object.entries(actual).flatMap(([system, fields]) => {
    const exists = system in subject.links;
    const changes = planned.decisions.flatMap((decision) => {
      const { field, verdict, writes } = decision;
      const otherwise = exists ? formerOf(undone, decision, system) : agreed(decision, base);
      const set = wished(verdict);
      // A value of null is one too: it clears the field.
      const to = set === undefined ? otherwise : set;
      if (to === undefined) return [];
      const observation = fields[field];
      const differs = observation?.kind === "held" && !equal(observation.value, to);
      if (!differs && !(writes.includes(system) && observation?.kind === "invalid")) return [];
      const from = observation?.kind === "held" ? { from: observation.value } : {};
      return [[field, { ...from, to }] as const];
    });
    if (exists && changes.length === 0) return [];
    return [
      {
        system,
        operation: exists ? ("update" as const) : ("create" as const),
        recordId: subject.links[system]?.recordId ?? null,
        fields: Object.fromEntries(changes),
      },
    ];
  });
}

const wished = (verdict: Verdict): Held | undefined =>
  verdict.kind === "take" || verdict.kind === "heal" ? verdict.value : undefined;

/** A new record is given what nobody changed, too; what is put off stays out of it. */
const agreed = ({ field, verdict, because }: FieldDecision, base: Fields): Held | undefined =>
  verdict.kind === "unchanged" && because.rule !== waiting ? base[field] : undefined;
