/**
 * What the card shows of one record: what is stored, checked against what every system holds right
 * now. Opening a card is a proof, not a memory.
 */
import * as z from "zod";
import type {
  CardChange,
  CardConflict,
  CardPause,
  CardProblem,
  CardRecord,
  CardSettled,
  SystemState,
} from "../../shared/contract.ts";
import type { FieldPolicy } from "../../shared/policy.ts";
import type { Actor, Fields, Held } from "../../shared/record.ts";
import type { ReadAnswer } from "../connectors/connector.ts";
import { alwaysOf } from "../core/always.ts";
import { heldKey } from "../core/canonical.ts";
import type { Explanation, Verdict } from "../core/decision.ts";
import type { ObjectRules } from "../core/rules.ts";
import { policyInWords } from "../core/words.ts";
import { type JobContext, objectOf } from "../jobs/context.ts";
import { withDeleted } from "../jobs/dropped.ts";
import { heldFields, readAll, type Wanted, want } from "../jobs/gather.ts";
import { type Database, database } from "../store/database.ts";
import { type Entity, exceptionOfRow, type OpenException } from "../store/load.ts";
import { keyText, putPokes, type RecordKey } from "../store/mailbox.ts";
import { type AuditRow, type RecordState, recordState } from "../store/records.ts";
import { undoableMs } from "../store/undo.ts";
import { ownerOf } from "./access.ts";
import type { Reader } from "./card-ask.ts";
import { relatedOf, type Typed } from "./card-names.ts";
import { problemsOf } from "./card-problems.ts";

const changesShown = 8;

export async function cardRecord(
  context: JobContext,
  key: RecordKey,
  reader: Reader,
): Promise<CardRecord> {
  const db = database(context.d1);
  const settledSince = context.now() - undoableMs;
  const state = await recordState(db, key, { auditEntries: changesShown, settledSince });
  const answers = await readLinked(context, key, state.entity);
  const owner = ownerOf(objectOf(context, key.object), state.entity?.base ?? {});
  const problems = await problemsOf(context, key, state, answers);
  const seen = viewOf(context, key, { state, answers, problems });
  const settled = settledIn(context, key, state, reader, owner);
  const named = await relatedOf(context, key.object, state.entity?.base ?? {}, [
    ...[...seen.conflicts, ...settled.map(({ conflict }) => conflict)].flatMap(typedIn),
    ...seen.changes.flatMap(({ type, from, to }) => [from, to].map((value) => ({ type, value }))),
  ]);
  const view = {
    ...seen,
    ...named,
    settled,
    mayResolve: reader.may("settle", owner),
    pauses: pausesOf(context, key, state),
    mayPause: state.entity !== null && reader.may("pause_record", owner),
  };
  if (view.state === "in_sync" && view.fieldsEqual < view.fieldsTotal && state.entity !== null) {
    // Drift that nothing told us about: look properly, and say that it is being looked at.
    await pokeUnlessWaiting(context, db, key);
    return { ...view, state: "syncing" };
  }
  return view;
}

async function pokeUnlessWaiting(context: JobContext, db: Database, key: RecordKey) {
  await putPokes(db, [{ ...key, lane: "person", echo: null }], context.now());
  await context.ring([key], 0);
}

const typedIn = ({ type, values }: CardConflict): Typed[] =>
  values.map(({ value }) => ({ type, value }));

export async function readLinked(context: JobContext, key: RecordKey, entity: Entity | null) {
  const wanted: Wanted = new Map();
  for (const [system, { recordId }] of Object.entries(entity?.links ?? {})) {
    want(wanted, key.object, system, recordId);
  }
  const answers = await readAll(context, wanted);
  const object = objectOf(context, key.object);
  return entity === null ? answers : withDeleted(context, { ...entity, object }, answers);
}

/** What can be told without knowing who looks. */
type Seen = Omit<
  CardRecord,
  "mayResolve" | "settled" | "pauses" | "mayPause" | "names" | "related"
>;

function viewOf(
  context: JobContext,
  key: RecordKey,
  parts: {
    readonly state: RecordState;
    readonly answers: ReadonlyMap<string, ReadAnswer>;
    readonly problems: CardProblem[];
  },
): Seen {
  const { state, answers, problems } = parts;
  const { entity } = state;
  const object = objectOf(context, key.object);
  const held = heldBySystem(key, entity, answers);
  const exceptions = entity?.exceptions ?? state.ownExceptions.map(exceptionOfRow);
  const conflicts = criticalFirst(
    object,
    exceptions.flatMap((one) => conflictOf(context, object, one)),
  );
  const ruled = exceptions.some(({ status }) => status === "ruled");
  const parity = parityOf(object, entity, held);
  // A refused value differs everywhere it is compared, though no conflict names the systems.
  const stuck = problems.length > 0 && parity.fieldsEqual < parity.fieldsTotal;
  const systems = Object.keys(object.mappings)
    .map((system) => systemOf(context, key, system, state, answers, conflicts, held))
    .map((one) => (stuck && one.status === "same" ? { ...one, status: "differs" as const } : one));
  return {
    object: key.object,
    state: stateOf({ state, systems, conflicts, problems, ruled }),
    systems,
    conflicts,
    problems,
    changes: state.audit.flatMap((row) => changesOf(object, row)).slice(0, changesShown),
    ...parity,
    readAt: context.now(),
  };
}

function heldBySystem(
  key: RecordKey,
  entity: Entity | null,
  answers: ReadonlyMap<string, ReadAnswer>,
): Record<string, Fields> {
  const held: Record<string, Fields> = {};
  for (const [system, { recordId }] of Object.entries(entity?.links ?? {})) {
    const answer = answers.get(keyText({ system, object: key.object, recordId }));
    if (answer?.kind === "found" && !answer.record.archived) {
      held[system] = heldFields(answer.record);
    }
  }
  return held;
}

function stateOf(parts: {
  state: RecordState;
  systems: readonly SystemState[];
  conflicts: readonly CardConflict[];
  problems: readonly CardProblem[];
  ruled: boolean;
}): CardRecord["state"] {
  const { state, systems, conflicts, problems, ruled } = parts;
  if (conflicts.length > 0) return "conflicts";
  if (problems.length > 0) return "held";
  if (isPaused(state)) return "paused";
  if (state.entity === null) return state.waiting ? "syncing" : "unlinked";
  if (systems.some(({ status }) => status === "unreachable")) return "unreachable";
  if (ruled || state.waiting || state.entity.intent !== null) return "syncing";
  if (systems.some(({ status }) => status === "missing")) return "syncing";
  return "in_sync";
}

function systemOf(
  context: JobContext,
  key: RecordKey,
  system: string,
  state: RecordState,
  answers: ReadonlyMap<string, ReadAnswer>,
  conflicts: readonly CardConflict[],
  held: Readonly<Record<string, Fields>>,
): SystemState {
  const label = context.rules.systems[system]?.label ?? system;
  const link = state.entity?.links[system];
  if (link === undefined) {
    // The record itself is there, though nothing is linked to it.
    const own = system === key.system;
    const isApart = state.entity?.without.includes(system) ?? false;
    return {
      system,
      label,
      recordId: own ? key.recordId : null,
      url: null,
      status: own ? "same" : isApart ? "apart" : "missing",
      checkedAt: null,
      message: null,
    };
  }
  const answer = answers.get(keyText({ system, object: key.object, recordId: link.recordId }));
  const found = { system, label, recordId: link.recordId, url: link.url };
  if (answer === undefined || answer.kind === "unknown") {
    const message = `${label} does not answer right now. Nothing is lost; it is tried again.`;
    return { ...found, status: "unreachable", checkedAt: state.entity?.seenAt ?? null, message };
  }
  const url = answer.kind === "found" ? (answer.record.url ?? link.url) : link.url;
  const checkedAt = context.now();
  if (!(system in held)) {
    const message = `This record was deleted in ${label}.`;
    return { ...found, url, status: "missing", checkedAt, message };
  }
  const differs = conflicts.some(({ values }) => values.some((value) => value.system === system));
  const pending = state.waiting || (state.entity?.intent ?? null) !== null;
  const status = differs ? "differs" : pending ? "pending" : "same";
  return { ...found, url, status, checkedAt, message: null };
}

function parityOf(
  object: ObjectRules,
  entity: Entity | null,
  held: Readonly<Record<string, Fields>>,
) {
  const linked = Object.keys(entity?.links ?? {});
  const fields = Object.values(object.fields).filter(
    ({ systems }) => systems.filter((system) => linked.includes(system)).length > 1,
  );
  const equal = fields.filter(({ field, systems }) => {
    const keys = systems
      .filter((system) => linked.includes(system))
      .map((system) => {
        const value = held[system]?.[field];
        return value === undefined ? `unknown in ${system}` : heldKey(value);
      });
    return new Set(keys).size === 1;
  });
  return { fieldsEqual: equal.length, fieldsTotal: fields.length };
}

/** How `conclude` stores a conflict. */
interface ConflictDetail {
  readonly verdict: Verdict;
  readonly because: Explanation;
}

const conflictOf = (
  context: JobContext,
  object: ObjectRules,
  exception: OpenException,
): CardConflict[] => (exception.status === "open" ? questionOf(context, object, exception) : []);

function questionOf(
  context: JobContext,
  object: ObjectRules,
  exception: OpenException,
): CardConflict[] {
  const field = object.fields[exception.field ?? ""];
  if (exception.kind !== "conflict" || field === undefined) return [];
  const { because } = exception.detail as ConflictDetail;
  return [
    {
      exceptionId: exception.id,
      field: field.field,
      label: field.label,
      type: field.type,
      reason: because.sentence,
      openedAt: exception.openedAt,
      values: because.inputs
        .filter(({ valid }) => valid)
        .map(({ system, value, at, actor }) => ({
          system,
          label: context.rules.systems[system]?.label ?? system,
          value,
          at,
          actor,
        })),
      shown: exception.shown ?? "",
      recommended: because.recommended,
    },
  ];
}

/** The rule that would have answered a question as its person did; null if there is none. */
export function alwaysFor(
  object: ObjectRules,
  { field: name, ruling, detail }: Pick<OpenException, "field" | "ruling" | "detail">,
): FieldPolicy | null {
  const field = object.fields[name ?? ""];
  if (field === undefined || ruling === null) return null;
  return alwaysOf(field, ruling, (detail as ConflictDetail).because);
}

/** Answers of the last minutes, the latest of each field, and whether this reader may undo them. */
function settledIn(
  context: JobContext,
  key: RecordKey,
  { settled, entity }: RecordState,
  reader: Reader,
  owner: string | null,
): CardSettled[] {
  const object = objectOf(context, key.object);
  const latest = settled.filter(
    ({ field }, index) => settled.findIndex((one) => one.field === field) === index,
  );
  const asked = (entity?.exceptions ?? []).map(({ subject }) => subject);
  return latest.flatMap((exception) => {
    const { ruling, undo, settledAt, subject } = exception;
    if (ruling === null || asked.includes(subject)) return [];
    const isOwn = ruling.person.id === reader.person.id;
    const mayUndo =
      undo === null && reader.may("settle", owner) && (isOwn || reader.may("repair", owner));
    const always = alwaysFor(object, exception);
    return questionOf(context, object, { ...exception, status: "open" }).map((conflict) => ({
      conflict,
      value: ruling.value,
      by: ruling.person,
      at: settledAt,
      undoUntil: mayUndo ? settledAt + undoableMs : null,
      always: isOwn && always !== null ? policyInWords(context.rules, always) : null,
    }));
  });
}

/** The pauses that this record waits for, wholly or in part. */
function pausesOf(context: JobContext, key: RecordKey, state: RecordState): CardPause[] {
  const { systems } = context.rules;
  const object = objectOf(context, key.object);
  return state.pauses.flatMap(({ scope, reason, by, at }): CardPause[] => {
    const told = { reason, by, at };
    const [of = "", what = ""] = scope.split(":");
    if (of === "all") return [{ of, label: null, ...told }];
    if (of === "record") return what === state.entity?.id ? [{ of, label: null, ...told }] : [];
    if (of === "object") return what === key.object ? [{ of, label: object.label, ...told }] : [];
    if (of === "system") {
      return what in object.mappings ? [{ of, label: systems[what]?.label ?? what, ...told }] : [];
    }
    const [name, field = ""] = what.split(".");
    const label = object.fields[field]?.label;
    return of === "field" && name === key.object && label !== undefined
      ? [{ of, label, ...told }]
      : [];
  });
}

/** Whether nothing at all is written for it. */
const isPaused = ({ entity, pauses }: RecordState): boolean =>
  pauses.some(
    ({ scope }) =>
      scope === "all" ||
      (entity !== null && [`object:${entity.object}`, `record:${entity.id}`].includes(scope)),
  );

/** The order in which a person should see to them: what the pipeline rests on, then the oldest. */
function criticalFirst(object: ObjectRules, conflicts: CardConflict[]): CardConflict[] {
  const rank = ({ field }: CardConflict) => (object.fields[field]?.guards.critical ? 0 : 1);
  return conflicts.sort((a, b) => rank(a) - rank(b) || a.openedAt - b.openedAt);
}

/** How `conclude` and `recover` store a write. */
const writtenSchema = z.object({
  system: z.string(),
  fields: z.record(
    z.string(),
    z.object({
      from: z.optional(z.unknown()),
      to: z.unknown(),
      because: z.optional(z.unknown()),
    }),
  ),
});

export function changesOf(object: ObjectRules, row: AuditRow): CardChange[] {
  if (row.kind !== "wrote" && row.kind !== "created") return [];
  const written = writtenSchema.parse(row.detail);
  return Object.entries(written.fields).map(([field, { from, to, because }]) => {
    const explanation = (because ?? null) as Explanation | null;
    const source = explanation?.inputs.find(
      ({ system, valid, value }) =>
        valid && system !== written.system && heldKey(value) === heldKey(to as Held),
    );
    return {
      at: row.at,
      field,
      label: object.fields[field]?.label ?? field,
      type: object.fields[field]?.type ?? null,
      from: (from ?? null) as Held,
      to: to as Held,
      source: source?.system ?? null,
      target: written.system,
      actor: (source?.actor ?? null) as Actor | null,
      because: explanation?.sentence ?? "Found to have arrived after an interruption.",
    };
  });
}
