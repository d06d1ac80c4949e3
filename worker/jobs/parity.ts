/**
 * How far the systems hold the same, by object and field: as the last run measured it, and what is
 * known to differ right now, with the values and the reason. It only reads what is stored.
 */
import type { Explanation } from "../core/decision.ts";
import {
  combined,
  confidence,
  emptyTally,
  otherSegments,
  segmentFields,
  type Tally,
  tallyOf,
} from "../core/parity.ts";
import type { ObjectRules } from "../core/rules.ts";
import { database } from "../store/database.ts";
import { lastDone } from "../store/runs.ts";
import { heldEntities } from "../store/scan.ts";
import { type JobContext, objectOf } from "./context.ts";
import { problemWords } from "./words.ts";

/** Open exceptions looked at; `differing` says whether there are more. */
const exceptionsMax = 1_000;

/** `segment`: the field by whose values it is told apart as well. */
export async function parity(
  context: JobContext,
  objectName: string,
  segment: string | null = null,
) {
  const db = database(context.d1);
  const object = objectOf(context, objectName);
  const run = await lastDone(db, objectName);
  const held = await heldEntities(db, objectName, exceptionsMax);
  const measured = run?.checkpoint.tally ?? emptyTally;
  const since = held
    .filter(({ exceptions }) =>
      exceptions.every(({ openedAt }) => openedAt >= (run?.startedAt ?? 0)),
    )
    .reduce((sum, { seen }) => combined(sum, 1, tallyOf(object, seen, true)), emptyTally);
  const scanned = run === null ? null : { pipeline: measured.pipeline, startedAt: run.startedAt };
  const differing = held.flatMap(({ entityId, seen, exceptions }) =>
    exceptions.map(({ id, kind, field, system, detail, openedAt }) => ({
      entityId,
      exceptionId: id,
      kind,
      field,
      values: Object.fromEntries(
        Object.entries(seen).flatMap(([name, fields]) =>
          field === null || fields[field] === undefined ? [] : [[name, fields[field]]],
        ),
      ),
      because:
        kind === "conflict"
          ? (detail as { because: Explanation }).because.sentence
          : problemWords({ kind, detail }, context.rules.systems[system ?? ""]?.label ?? "")
              .message,
      since: openedAt,
    })),
  );
  return {
    object: objectName,
    run: run === null ? null : { id: run.id, kind: run.kind, startedAt: run.startedAt },
    fields: Object.keys(object.fields).map((field) => ({
      ...named(object, field),
      ...shared(measured.fields[field]),
    })),
    entities: shared(measured.entities),
    segments: segmentFields(object).map((field) => named(object, field)),
    bySegment: segment === null ? [] : segmentsOf(measured, segment),
    differing,
    isComplete: differing.length < exceptionsMax,
    oldestDivergenceAt: differing.length === 0 ? null : Math.min(...differing.map((o) => o.since)),
    ...(object.pipeline === null
      ? {}
      : { confidence: confidence(scanned, since.pipeline, context.now()) }),
  };
}

const named = ({ fields }: ObjectRules, field: string) => ({
  field,
  label: fields[field]?.label ?? field,
});

function shared({ equal, different } = emptyTally.entities) {
  const both = equal + different;
  return { equal, different, share: both === 0 ? null : equal / both };
}

/** By value of the field, most entities first. */
function segmentsOf({ segments }: Tally, segment: string) {
  return Object.entries(segments[segment] ?? {})
    .map(([value, count]) => ({ value, isRest: value === otherSegments, ...shared(count) }))
    .filter(({ share }) => share !== null)
    .sort((a, b) => b.equal + b.different - (a.equal + a.different));
}
