/**
 * How far systems hold the same, judged from values alone. Invariant: what was not read is unknown,
 * never equal and never different.
 */

import Big from "big.js";
import type { FieldName, Fields, Observation, SystemId } from "../../shared/record.ts";
import { equal, splitMoney } from "./canonical.ts";
import type { EntityView } from "./decision.ts";
import { reconcile } from "./reconcile.ts";
import type { ObjectRules, Rules } from "./rules.ts";

/**
 * Fields in which a record is not what was last seen of it. A blank where nothing was ever seen is
 * nothing new: answers to writes leave blanks out.
 */
export function differing(
  fields: Readonly<Record<FieldName, Observation>>,
  seen: Fields,
): readonly FieldName[] {
  return Object.entries(fields).flatMap(([field, observation]) => {
    const known = seen[field];
    const same = observation.kind === "held" && equal(observation.value, known ?? null);
    return same ? [] : [field];
  });
}

/** One entity as it is remembered: what all agreed on, and what each system was last seen with. */
export interface Remembered {
  readonly base: Fields;
  readonly seen: Readonly<Record<SystemId, Fields>>;
}

/**
 * Fields that systems were last seen to hold differently and that the rules would do something
 * about: write, or ask a person. A field that may differ (it is never written) is not among them.
 */
export function unsettled(
  rules: Rules,
  object: ObjectRules,
  { base, seen }: Remembered,
  now: number,
): readonly FieldName[] {
  if (Object.keys(object.fields).every((field) => isShared(object, field, seen))) return [];
  const systems = Object.entries(seen).map(([system, fields]) => [
    system,
    Object.fromEntries(
      Object.entries(fields).map(([field, value]) => [
        field,
        { kind: "held", value, at: null, actor: null } satisfies Observation,
      ]),
    ),
  ]);
  const view: EntityView = {
    base,
    systems: Object.fromEntries(systems),
    rulings: {},
    now,
    scan: true,
  };
  return reconcile(rules, object, view)
    .filter(({ verdict, writes }) => writes.length > 0 || verdict.kind === "conflict")
    .map(({ field }) => field);
}

/** Whether all systems that hold the field were last seen with one value. */
export function isShared(
  object: ObjectRules,
  field: FieldName,
  seen: Readonly<Record<SystemId, Fields>>,
): boolean {
  const values = (object.fields[field]?.systems ?? []).flatMap((system) => {
    const value = seen[system]?.[field];
    return value === undefined ? [] : [value];
  });
  const [first] = values;
  return first === undefined || values.every((value) => equal(value, first));
}

export interface Count {
  readonly equal: number;
  readonly different: number;
}

/** By field: entities that hold it in several systems, the same or not. */
export type FieldTally = Readonly<Record<FieldName, Count>>;

/** By field and value of it (a stage, an owner): entities that are the same everywhere, or not. */
export type SegmentTally = Readonly<Record<FieldName, Readonly<Record<string, Count>>>>;

/** By currency, exact decimals: amounts of open deals, and of those that can be relied on. */
export type PipelineTally = Readonly<
  Record<string, { readonly open: string; readonly confident: string }>
>;

export interface Tally {
  readonly fields: FieldTally;
  readonly pipeline: PipelineTally;
  /** Entities that several systems hold: all that they share is the same, or not. */
  readonly entities: Count;
  readonly segments: SegmentTally;
}

const none: Count = { equal: 0, different: 0 };
export const emptyTally: Tally = { fields: {}, pipeline: {}, entities: none, segments: {} };

/** Values told apart of one field; whatever more there are counts as one. */
const segmentsMax = 200;
export const otherSegments = "\u2026";

/** Fields by which entities are told apart: of few values, each of which somebody answers for. */
export const segmentFields = ({ fields }: ObjectRules): readonly FieldName[] =>
  Object.values(fields).flatMap(({ field, type }) =>
    type.kind === "option" || type.kind === "stage" || type.kind === "owner" ? [field] : [],
  );

/** What one entity adds to the tally; `isHeld` where an exception of it is open. */
export function tallyOf(
  object: ObjectRules,
  seen: Readonly<Record<SystemId, Fields>>,
  isHeld: boolean,
): Tally {
  const shared = Object.values(object.fields).flatMap(({ field, systems }) => {
    const holders = systems.filter((system) => seen[system]?.[field] !== undefined);
    return holders.length < 2 ? [] : [[field, isShared(object, field, seen)] as const];
  });
  const fields = shared.map(([field, equal]) => [field, counted(equal)] as const);
  const differs = new Set(shared.flatMap(([field, equal]) => (equal ? [] : [field])));
  const entities = shared.length === 0 ? none : counted(differs.size === 0);
  return {
    fields: Object.fromEntries(fields),
    pipeline: pipelineOf(object, seen, (critical) => isHeld || differs.has(critical)),
    entities,
    segments: shared.length === 0 ? {} : segmentsOf(object, seen, entities),
  };
}

const counted = (equal: boolean): Count => ({ equal: equal ? 1 : 0, different: equal ? 0 : 1 });

/** An entity of which systems hold different segments counts in that of the first. */
function segmentsOf(
  object: ObjectRules,
  seen: Readonly<Record<SystemId, Fields>>,
  entities: Count,
): SegmentTally {
  return Object.fromEntries(
    segmentFields(object).map((field) => {
      const value = heldIn(object, seen, field);
      return [field, { [typeof value === "string" ? value : ""]: entities }];
    }),
  );
}

/** The value of the first system that holds one. */
const heldIn = (object: ObjectRules, seen: Readonly<Record<SystemId, Fields>>, name: FieldName) =>
  object.fields[name]?.systems.map((system) => seen[system]?.[name]).find((value) => value != null);

/** An open deal counts in full or not at all: with a wrong close date its amount is no use. */
function pipelineOf(
  object: ObjectRules,
  seen: Readonly<Record<SystemId, Fields>>,
  isDoubtful: (critical: FieldName) => boolean,
): PipelineTally {
  const { pipeline, fields } = object;
  if (pipeline === null) return {};
  const stage = heldIn(object, seen, pipeline.stage);
  const money = heldIn(object, seen, pipeline.amount);
  if (typeof stage !== "string" || typeof money !== "string") return {};
  if (pipeline.closed.includes(stage)) return {};
  const { amount, currency } = splitMoney(money);
  const critical = Object.values(fields).filter(({ guards }) => guards.critical);
  // With one system there is nothing it was verified against.
  const isAlone = Object.keys(seen).length < 2;
  const isConfident = !isAlone && !critical.some(({ field }) => isDoubtful(field));
  return { [currency]: { open: amount, confident: isConfident ? amount : "0" } };
}

/** One tally and another, or less another. */
export function combined(one: Tally, sign: 1 | -1, other: Tally): Tally {
  const sum = (a = "0", b = "0") => new Big(a).plus(new Big(b).times(sign)).toFixed();
  const fields = { ...one.fields };
  for (const [field, count] of Object.entries(other.fields)) {
    fields[field] = summed(fields[field], sign, count);
  }
  const segments = { ...one.segments };
  for (const [field, counts] of Object.entries(other.segments)) {
    const known = { ...segments[field] };
    for (const [value, count] of Object.entries(counts)) {
      const isRoom = value in known || Object.keys(known).length < segmentsMax;
      const name = isRoom ? value : otherSegments;
      known[name] = summed(known[name], sign, count);
    }
    segments[field] = known;
  }
  const pipeline = { ...one.pipeline };
  for (const [currency, { open, confident }] of Object.entries(other.pipeline)) {
    const before = pipeline[currency];
    pipeline[currency] = {
      open: sum(before?.open, open),
      confident: sum(before?.confident, confident),
    };
  }
  return { fields, pipeline, entities: summed(one.entities, sign, other.entities), segments };
}

const summed = (before = none, sign: 1 | -1, { equal, different }: Count): Count => ({
  equal: before.equal + sign * equal,
  different: before.different + sign * different,
});

/** What a system is seen with once a record was read; no canonical form is like nothing else. */
export function seenWith(
  seen: Readonly<Record<SystemId, Fields>>,
  system: SystemId,
  observed: Readonly<Record<FieldName, Observation>>,
): Readonly<Record<SystemId, Fields>> {
  const fields = Object.entries(observed).map(([field, observation]) => {
    return [field, observation.kind === "held" ? observation.value : { invalid: observation.raw }];
  });
  return { ...seen, [system]: { ...seen[system], ...Object.fromEntries(fields) } };
}

export interface Confidence {
  /** By currency, 0 to 1. */
  readonly shares: Readonly<Record<string, number>>;
  /** The lowest of them; null if nothing is open. */
  readonly share: number | null;
  readonly level: "high" | "medium" | "low" | "unverified";
  readonly definition: string;
}

const dayMs = 86_400_000;
const levels = { high: 0.98, medium: 0.9 } as const;
const definition =
  "The share of open deal amount whose critical fields were verified equal in every system by a " +
  "scan begun within the last 24 hours, and have no open exception; currencies apart, the lowest " +
  `counts. High from ${levels.high * 100} %, medium from ${levels.medium * 100} %.`;

/** `since` is what became doubtful after the scan. */
export function confidence(
  scanned: { readonly pipeline: PipelineTally; readonly startedAt: number } | null,
  since: PipelineTally,
  now: number,
): Confidence {
  if (scanned === null || now - scanned.startedAt > dayMs) {
    return { shares: {}, share: null, level: "unverified", definition };
  }
  const shares = Object.entries(scanned.pipeline).flatMap(([currency, { open, confident }]) => {
    const doubtful = new Big(since[currency]?.open ?? 0);
    const sure = new Big(confident).minus(doubtful);
    if (new Big(open).lte(0)) return [];
    // Never rounded up: what is not whole does not read as 100 %.
    const share = sure.lt(0) ? new Big(0) : sure.div(open).round(4, Big.roundDown);
    return [[currency, share.toNumber()] as const];
  });
  const share = shares.length === 0 ? null : Math.min(...shares.map(([, one]) => one));
  const level =
    share === null || share >= levels.high ? "high" : share >= levels.medium ? "medium" : "low";
  return { shares: Object.fromEntries(shares), share, level, definition };
}
