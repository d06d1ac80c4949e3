/**
 * What is known of an entity once its writes are through: base, what was seen in each system, what
 * was written over, links, and since when it is gone. Base moves only to values that were read.
 */
import type { FieldName, Fields, Held, SystemId } from "../../shared/record.ts";
import { hindsight, type Written } from "../core/overwritten.ts";
import type { NewLink } from "../store/commit-types.ts";
import type { WrittenOver } from "../store/load.ts";
import { connectorOf, type JobContext } from "./context.ts";
import type { Decided } from "./decide.ts";
import { heldFields } from "./gather.ts";
import { baseAfterJoining } from "./join.ts";
import type { SystemOutcomes } from "./propagate.ts";

/** What each linked system holds now: what was read, overlaid by what the writes answered. */
export function heldAfter(decided: Decided, outcomes: SystemOutcomes): Record<SystemId, Fields> {
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

/** Base, less what the records that were made or met just now hold otherwise. */
export const baseAfter = (
  decided: Decided,
  outcomes: SystemOutcomes,
  held: Readonly<Record<SystemId, Fields>>,
): Fields =>
  linksOf(decided, outcomes).reduce(
    (base, { system }) =>
      baseAfterJoining(decided.subject.object, base, system, held[system] ?? {}),
    agreedBefore(decided),
  );

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

export const linksOf = (decided: Decided, outcomes: SystemOutcomes): NewLink[] =>
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

/**
 * What was written over and is not proven clean yet. A system with compare-and-set needs no such
 * proof: it would have refused.
 */
export function writtenAfter(
  context: JobContext,
  decided: Decided,
  outcomes: SystemOutcomes,
): WrittenOver {
  const { subject, writes, lost } = decided;
  const after: Record<SystemId, Record<FieldName, Written>> = {};
  const keep = (system: SystemId, field: FieldName, write: Written) => {
    after[system] = { ...after[system], [field]: write };
  };
  for (const [system, fields] of Object.entries(subject.written)) {
    const answer = subject.answers[system];
    for (const [field, write] of Object.entries(fields)) {
      const seen = answer?.kind === "found" ? answer.record.fields[field] : undefined;
      const isLost = lost[system]?.[field] !== undefined;
      const open = isLost
        ? !isThrough(decided, outcomes, field)
        : hindsight(seen, write).kind === "unknown";
      if (open) keep(system, field, isLost ? { ...write, told: true } : write);
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
const isThrough = (
  { plan, writes }: Decided,
  outcomes: SystemOutcomes,
  field: FieldName,
): boolean =>
  plan.settled.includes(field) &&
  writes.every((one) => !(field in one.fields) || outcomes.get(one.system)?.kind === "done");

/** A system that could not be read keeps what was last seen in it. */
export const seenAfter = (
  seen: Readonly<Record<SystemId, Fields>>,
  held: Readonly<Record<SystemId, Fields>>,
): Record<SystemId, Fields> =>
  Object.fromEntries(
    Object.keys({ ...seen, ...held }).map((system) => [
      system,
      { ...seen[system], ...held[system] },
    ]),
  );

/** A tombstone stands until the record is back in every system. */
export function goneSince(decided: Decided, outcomes: SystemOutcomes, now: number): number | null {
  const { goneAt, links } = decided.subject;
  if (Object.keys(links).length > 0 && isGoneEverywhere(decided, outcomes)) return goneAt ?? now;
  const allBack = decided.gone.length === 0 && decided.unreadable === null;
  return allBack ? null : goneAt;
}

/** A record that is gone wherever it was leaves nothing to decide. */
export const isGoneEverywhere = (
  { gone, subject, deletion }: Decided,
  outcomes: SystemOutcomes,
): boolean => {
  const followed = deletion.kind === "follows" ? deletion.writes : [];
  const archived = followed.filter(({ system }) => outcomes.get(system)?.kind === "done");
  return gone.length + archived.length === Object.keys(subject.links).length;
};
