/**
 * What the card asks and what the Worker answers. Business errors travel as HTTP 200 with
 * `ok: false`, because hubspot.fetch hides the body of anything else from some callers
 * (https://developers.hubspot.com/docs/apps/developer-platform/add-features/ui-extensions/fetching-data).
 * Times are epoch milliseconds.
 */
import * as z from "zod";
import { actorSchema, fieldTypeSchema, heldSchema } from "./record.ts";

/** How one system stands to the others, for this record. */
export const systemStateSchema = z.object({
  system: z.string(),
  label: z.string(),
  recordId: z.nullable(z.string()),
  url: z.nullable(z.string()),
  /**
   * same: holds what was agreed · differs: an open conflict or exception names it ·
   * pending: a write is on its way · unreachable: could not be read now ·
   * missing: has no record of this entity yet · apart: a person said that it shall have none.
   */
  status: z.enum(["same", "differs", "pending", "unreachable", "missing", "apart"]),
  /** When its values were last read or confirmed; null if never. */
  checkedAt: z.nullable(z.number()),
  /** What went wrong and what to do, for `unreachable`. */
  message: z.nullable(z.string()),
});

/** One system's value of one field, as seen. */
export const valueSchema = z.object({
  system: z.string(),
  label: z.string(),
  value: heldSchema,
  at: z.nullable(z.number()),
  actor: z.nullable(actorSchema),
});

export const conflictSchema = z.object({
  exceptionId: z.string(),
  field: z.string(),
  label: z.string(),
  type: fieldTypeSchema,
  /** One sentence: why it was not decided. */
  reason: z.string(),
  openedAt: z.number(),
  values: z.array(valueSchema),
  /** A fingerprint of the values shown; a resolution holds only while it still fits. */
  shown: z.string(),
  recommended: z.nullable(z.object({ system: z.string(), because: z.string() })),
});

/** A question that a person settled a moment ago, and that may still be taken back. */
export const settledSchema = z.object({
  /** The question as it stood. */
  conflict: conflictSchema,
  value: heldSchema,
  by: actorSchema,
  at: z.number(),
  /** Until when this person may take it back; null: they may not, or not any more. */
  undoUntil: z.nullable(z.number()),
  /** The rule that would have answered so, in words; null: it is one already, or there is none. */
  always: z.nullable(z.string()),
});

/**
 * What a person can answer where it is not about values. link: the two are one · apart: they are
 * two · create: none of the candidates is it · restore: make it anew where it was deleted · delete:
 * delete it everywhere · keep: go on without it.
 */
export const answerVerbSchema = z.enum(["link", "apart", "create", "restore", "delete", "keep"]);
export type AnswerVerb = z.infer<typeof answerVerbSchema>;

/** A record that may be the same as the one that is looked at. */
export const candidateSchema = z.object({
  system: z.string(),
  label: z.string(),
  recordId: z.string(),
  url: z.nullable(z.string()),
  /** What people call it; null if it could not be read. */
  title: z.nullable(z.string()),
  /** Whether it belongs to another record already. */
  isLinked: z.boolean(),
  /** When it was changed last, as far as its system says. */
  changedAt: z.nullable(z.number()),
  /** What tells the two apart, or speaks for them. */
  fields: z.array(
    z.object({
      field: z.string(),
      label: z.string(),
      type: fieldTypeSchema,
      here: heldSchema,
      there: heldSchema,
      isSame: z.boolean(),
    }),
  ),
  /** What can be said about this one. */
  verbs: z.array(answerVerbSchema),
});

/** An exception that is not a choice between values: refused write, invalid value, ambiguity. */
export const problemSchema = z.object({
  exceptionId: z.string(),
  kind: z.string(),
  label: z.nullable(z.string()),
  message: z.string(),
  /** What the reader can do about it. */
  mend: z.string(),
  /** The system it is about, as people call it. */
  system: z.nullable(z.string()),
  /** A fingerprint of the question; an answer holds only while it still fits. */
  shown: z.string(),
  /** What can be answered to the whole of it. */
  verbs: z.array(answerVerbSchema),
  candidates: z.array(candidateSchema),
  openedAt: z.number(),
});

/** One entry of "what happened lately". */
export const changeSchema = z.object({
  at: z.number(),
  field: z.nullable(z.string()),
  label: z.string(),
  type: z.nullable(fieldTypeSchema),
  from: heldSchema,
  to: heldSchema,
  /** The system whose value was taken, and the one it was written to; null where none. */
  source: z.nullable(z.string()),
  target: z.nullable(z.string()),
  actor: z.nullable(actorSchema),
  /** One plain sentence. */
  because: z.string(),
});

/** Why nothing is written for this record just now, or not all of it. */
export const cardPauseSchema = z.object({
  /** record: this one · field, object, system: all of these · all: everything. */
  of: z.enum(["record", "field", "object", "system", "all"]),
  /** The field, object or system, as people call it. */
  label: z.nullable(z.string()),
  reason: z.string(),
  by: z.string(),
  at: z.number(),
});

/** What records are called that reference values name, by entity id. */
export const namesSchema = z.record(z.string(), z.string());

/** The records that a field of this one refers to. */
export const relatedSchema = z.object({
  field: z.string(),
  label: z.string(),
  records: z.array(
    z.object({
      entityId: z.string(),
      title: z.string(),
      /** Where a person opens it, by system. */
      places: z.array(z.object({ system: z.string(), label: z.string(), url: z.string() })),
    }),
  ),
  /** How many there are, though not all are listed. */
  count: z.number(),
});

export const cardRecordSchema = z.object({
  object: z.string(),
  /**
   * unlinked: no counterpart is known yet · in_sync · syncing: pokes or writes are under way ·
   * conflicts: a person must choose · held: other exceptions are open · paused: a person said so,
   * and what comes in waits · unreachable.
   */
  state: z.enum(["unlinked", "in_sync", "syncing", "conflicts", "held", "paused", "unreachable"]),
  systems: z.array(systemStateSchema),
  conflicts: z.array(conflictSchema),
  settled: z.array(settledSchema),
  problems: z.array(problemSchema),
  changes: z.array(changeSchema),
  /** Mapped fields whose values are equal everywhere, and all mapped fields. */
  fieldsEqual: z.number(),
  fieldsTotal: z.number(),
  /** Whether this person may resolve conflicts here. */
  mayResolve: z.boolean(),
  names: namesSchema,
  related: z.array(relatedSchema),
  pauses: z.array(cardPauseSchema),
  /** Whether this person may pause the record, or end its pause. */
  mayPause: z.boolean(),
  readAt: z.number(),
});
export type CardRecord = z.infer<typeof cardRecordSchema>;
export type CardConflict = z.infer<typeof conflictSchema>;
export type CardSettled = z.infer<typeof settledSchema>;
export type CardCandidate = z.infer<typeof candidateSchema>;
export type CardRelated = z.infer<typeof relatedSchema>;
export type CardPause = z.infer<typeof cardPauseSchema>;
export type CardProblem = z.infer<typeof problemSchema>;
export type CardChange = z.infer<typeof changeSchema>;
export type CardValue = z.infer<typeof valueSchema>;
export type SystemState = z.infer<typeof systemStateSchema>;

/** GET /card/record?objectTypeId=0-1&objectId=151 */
export const recordQuerySchema = z.object({
  objectTypeId: z.string().regex(/^\d+-\d+$/),
  objectId: z.string().regex(/^\d{1,20}$/),
});

/** What a person decided: keep one system's value, or a value typed in. */
export const choiceSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("keep"), system: z.string() }),
  /** As typed; the Worker makes it canonical and refuses what has no canonical form. */
  z.object({ kind: z.literal("type"), text: z.string().max(65_536) }),
]);
export type Choice = z.infer<typeof choiceSchema>;

/** POST /card/resolve */
export const resolveRequestSchema = z.object({
  objectTypeId: recordQuerySchema.shape.objectTypeId,
  objectId: recordQuerySchema.shape.objectId,
  exceptionId: z.string().min(1).max(64),
  /** `shown` of the conflict the person looked at. */
  shown: z.string().min(1).max(128),
  choice: choiceSchema,
});
export type ResolveRequest = z.infer<typeof resolveRequestSchema>;

/** POST /card/undo: takes an answer back, in every system, within ten minutes. */
export const undoRequestSchema = recordQuerySchema.extend({
  exceptionId: resolveRequestSchema.shape.exceptionId,
});
export type UndoRequest = z.infer<typeof undoRequestSchema>;

/** POST /card/answer: an answer to a problem. */
export const answerRequestSchema = recordQuerySchema.extend({
  exceptionId: resolveRequestSchema.shape.exceptionId,
  shown: z.string().max(8_192),
  verb: answerVerbSchema,
  candidate: z.nullable(z.object({ system: z.string().max(64), recordId: z.string().max(256) })),
});
export type AnswerRequest = z.infer<typeof answerRequestSchema>;

/** POST /card/pause: nothing is written for the record until somebody resumes it. */
export const pauseRequestSchema = recordQuerySchema.extend({
  reason: z.string().trim().min(1).max(500),
});
export type PauseRequest = z.infer<typeof pauseRequestSchema>;

/** POST /card/resume */
export const resumeRequestSchema = recordQuerySchema;

/** POST /card/propose: "always do this", sent to whoever keeps the rules. */
export const proposeRequestSchema = undoRequestSchema;

/** POST /card/sync */
export const syncRequestSchema = recordQuerySchema;

/**
 * changed: the values moved since they were shown, look again · settled: somebody else was first ·
 * invalid: the typed value has no canonical form · forbidden · unreachable: a system did not
 * answer, nothing was lost · pending: accepted and durable, but not confirmed by read-back yet ·
 * not_found · bad_request · unavailable: our own storage did not answer.
 */
export const cardErrorSchema = z.object({
  code: z.enum([
    "changed",
    "settled",
    "invalid",
    "forbidden",
    "unreachable",
    "pending",
    "not_found",
    "bad_request",
    "unavailable",
  ]),
  message: z.string(),
});
export type CardError = z.infer<typeof cardErrorSchema>;

/** The answer to every card request. A resolution is `ok` only after read-back everywhere. */
export const cardAnswerSchema = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), record: cardRecordSchema }),
  z.object({
    ok: z.literal(false),
    error: cardErrorSchema,
    /** The record as it stands now, where it could be read. */
    record: z.nullable(cardRecordSchema),
  }),
]);
export type CardAnswer = z.infer<typeof cardAnswerSchema>;

/** One mapped field, as every linked system that could be read holds it now. */
export const comparedFieldSchema = z.object({
  field: z.string(),
  label: z.string(),
  type: fieldTypeSchema,
  values: z.array(valueSchema),
  /** Whether every linked system could be read and holds the same. */
  isEqual: z.boolean(),
  /** Who decides over it, in one or two sentences. */
  rule: z.string(),
});
export type ComparedField = z.infer<typeof comparedFieldSchema>;

const refusalSchema = z.object({ ok: z.literal(false), error: cardErrorSchema });

/** GET /card/fields?objectTypeId=0-1&objectId=151: the full comparison. */
export const fieldsAnswerSchema = z.discriminatedUnion("ok", [
  z.object({
    ok: z.literal(true),
    fields: z.array(comparedFieldSchema),
    names: namesSchema,
    readAt: z.number(),
  }),
  refusalSchema,
]);
export type FieldsAnswer = z.infer<typeof fieldsAnswerSchema>;

/** GET /card/history?objectTypeId=0-1&objectId=151&field=phone: why the value is there. */
export const historyQuerySchema = recordQuerySchema.extend({
  field: z.string().min(1).max(128),
});
export const historyAnswerSchema = z.discriminatedUnion("ok", [
  /** Newest first. */
  z.object({
    ok: z.literal(true),
    changes: z.array(changeSchema),
    names: namesSchema,
    readAt: z.number(),
  }),
  refusalSchema,
]);
export type HistoryAnswer = z.infer<typeof historyAnswerSchema>;
