/**
 * From what became of the writes to what is committed. Base moves only to values that every linked
 * system was seen holding; whatever lost is in the audit; whatever cannot proceed is an exception.
 */
import type { Fields, SystemId } from "../../shared/record.ts";
import { equal } from "../core/canonical.ts";
import { settle } from "../core/plan.ts";
import type { EntityCommit, NewException } from "../store/commit-types.ts";
import { reopenedBy, settledBy } from "./conclude-answers.ts";
import { auditOf } from "./conclude-audit.ts";
import { raisedBy, unsettledOf } from "./conclude-exceptions.ts";
import { delayOf, type Fate, fateOf } from "./conclude-fate.ts";
import {
  baseAfter,
  goneSince,
  heldAfter,
  linksOf,
  seenAfter,
  writtenAfter,
} from "./conclude-state.ts";
import { type JobContext, limits } from "./context.ts";
import type { Decided } from "./decide.ts";
import type { SystemOutcomes } from "./propagate.ts";
import type { Subject } from "./subject.ts";

export interface Concluded {
  /** Absent if nothing about the entity is to be stored. */
  readonly commit: EntityCommit | null;
  /** An outcome is unknown: the intent stays, to be taken over and settled by reading. */
  readonly abandon: boolean;
  readonly again: { readonly delayMs: number; readonly attempted: boolean } | null;
  /** Told though nothing is committed. */
  readonly raise: readonly NewException[];
}

export function conclude(
  context: JobContext,
  decided: Decided,
  outcomes: SystemOutcomes,
): Concluded {
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

function commitOf(
  context: JobContext,
  decided: Decided,
  outcomes: SystemOutcomes,
  held: Readonly<Record<SystemId, Fields>>,
  fate: Fate,
): EntityCommit {
  const { subject, recovered } = decided;
  const complete = decided.unreadable === null && decided.gone.length === 0;
  const now = context.now();
  const raise = raisedBy(context, decided, outcomes, fate);
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
    audit: [...recovered.audit, ...auditOf(decided, outcomes, held, now)].map((entry) => ({
      ...entry,
      salt: context.newId(),
    })),
    raise,
    settle: settledBy(decided, outcomes, held),
    reopen: reopenedBy(decided, outcomes, held),
    unsettled: recovered.unsettled,
  };
}

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
