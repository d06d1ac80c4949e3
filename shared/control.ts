/**
 * What the control center and its settings ask and the Worker answers: `POST /control/<action>`
 * with JSON, signed by HubSpot as the card's calls are. POST throughout, so that what a person
 * searches for stands in no log of addresses. Refusals travel as HTTP 200 with `ok: false`; times
 * are epoch milliseconds; lists go on from an opaque cursor; no answer is larger than 100 KB:
 * where there is no room for them, long values are cut with "…".
 */
import * as z from "zod";
import {
  cardRecordSchema,
  changeSchema,
  choiceSchema,
  comparedFieldSchema,
  valueSchema,
} from "./contract.ts";
import { fieldTypeSchema, heldSchema } from "./record.ts";

const id = z.string().min(1).max(64);
const name = z.string().min(1).max(128);
const cursor = z.nullable(z.string().max(2_000)).default(null);
const nextCursor = z.nullable(z.string());
const count = z.int().min(0);

// Who may do what.

export const roleNames = ["viewer", "resolver", "operator", "admin"] as const;
export const scopeNames = ["own", "team", "all"] as const;

/** Whose records: those the person owns in HubSpot, those of their teams, or all. */
export const roleSchema = z.discriminatedUnion("role", [
  z.object({ role: z.literal("viewer") }),
  z.object({ role: z.literal("resolver"), scope: z.enum(scopeNames) }),
  z.object({ role: z.literal("operator") }),
  z.object({ role: z.literal("admin") }),
]);
export type Role = z.infer<typeof roleSchema>;

export const verbs = [
  "see",
  "see_audit",
  "see_settings",
  "settle",
  "assign",
  "sync_record",
  "pause_record",
  "replay",
  "export",
  "run",
  "repair",
  "pause",
  "release",
  "check_system",
  "answer_proposal",
  "change_settings",
  "change_roles",
] as const;
export type Verb = (typeof verbs)[number];

export const personSchema = z.object({
  /** HubSpot's user id. */
  id: z.string(),
  email: z.nullable(z.string()),
  name: z.nullable(z.string()),
});
export type Person = z.infer<typeof personSchema>;

const named = z.object({ key: z.string(), label: z.string() });

export const formatsSchema = z.object({
  /** BCP 47; null: as each reader's own HubSpot says. */
  locale: z.nullable(z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/)),
  /** An IANA name; null: as each reader's own. */
  timeZone: z.nullable(z.string().regex(/^[A-Za-z_]+(\/[A-Za-z0-9_+-]+)*$/)),
  /** Which amounts are shown first where there are several. */
  currency: z.nullable(z.string().regex(/^[A-Z]{3}$/)),
});
export type Formats = z.infer<typeof formatsSchema>;

const session = {
  request: z.object({}),
  answer: z.object({
    person: personSchema,
    role: roleSchema,
    /** What this person may do; for `settle` and the like within the role's scope. */
    may: z.array(z.enum(verbs)),
    /** What has to be set up before this can be used in full, in a sentence; null: nothing. */
    notice: z.nullable(z.string()),
    systems: z.array(named),
    objects: z.array(
      named.extend({
        /** HubSpot's object type, if HubSpot holds it. */
        objectTypeId: z.nullable(z.string()),
        fields: z.array(named.extend({ type: fieldTypeSchema, critical: z.boolean() })),
      }),
    ),
    exceptionKinds: z.array(named),
    auditKinds: z.array(named),
    formats: formatsSchema,
  }),
};

// Overview.

export const thresholdsSchema = z.object({
  /** 0 to 1. */
  errorRateMax: z.number().min(0).max(1),
  confidenceMin: z.number().min(0).max(1),
  openExceptionsMax: count,
  oldestExceptionHoursMax: z.number().positive(),
  lagMinutesMax: z.number().positive(),
  /** Share of a day's API calls that may be used up. */
  budgetShareMax: z.number().min(0).max(1),
});
export type Thresholds = z.infer<typeof thresholdsSchema>;

const counted = z.object({ key: z.string(), label: z.string(), count });
export type Counted = z.infer<typeof counted>;

export const budgetSchema = z.object({
  used: z.number(),
  max: z.nullable(z.number()),
  perHour: z.number(),
  /** When the day's calls are used up at this rate; null: not today. */
  endsAt: z.nullable(z.number()),
});

const overview = {
  request: z.object({ days: z.int().min(1).max(90).default(30) }),
  answer: z.object({
    readAt: z.number(),
    errorRate: z.object({
      /** 0 to 1; null if nothing happened. */
      share: z.nullable(z.number()),
      problems: count,
      writes: count,
      definition: z.string(),
    }),
    confidence: z.array(
      z.object({
        object: z.string(),
        label: z.string(),
        share: z.nullable(z.number()),
        level: z.enum(["high", "medium", "low", "unverified"]),
        /** By currency. */
        shares: z.record(z.string(), z.number()),
        definition: z.string(),
      }),
    ),
    open: z.object({
      total: count,
      oldestAt: z.nullable(z.number()),
      /** Keys: hour, day, week, older. */
      byAge: z.array(counted),
      byKind: z.array(counted),
      byObject: z.array(counted),
      /** Keys: e-mail addresses, "" for nobody; the ten with most, then "*" for all others. */
      byOwner: z.array(counted),
      /** Keys: user ids, "" for nobody. */
      byAssignee: z.array(counted),
    }),
    settling: z.object({
      hours: z.number(),
      answers: count,
      people: count,
      days: z.int(),
      definition: z.string(),
    }),
    throughput: z.object({ lastHour: count, lastDay: count }),
    systems: z.array(
      z.object({
        system: z.string(),
        label: z.string(),
        /** Age of the oldest record waiting to be looked at; null: none waits. */
        lagMs: z.nullable(z.number()),
        waiting: count,
        /** Waiting for a person: paused, or held by the brake. */
        held: count,
        isPaused: z.boolean(),
        budget: z.nullable(budgetSchema),
      }),
    ),
    /** Oldest first, one a day (UTC), today last. */
    days: z.array(
      z.object({
        day: z.string(),
        writes: count,
        opened: count,
        settled: count,
        errorRate: z.nullable(z.number()),
      }),
    ),
    thresholds: thresholdsSchema,
    /** What is beyond its threshold, in a sentence each. */
    crossed: z.array(
      z.object({ threshold: z.string(), system: z.nullable(z.string()), says: z.string() }),
    ),
    proposalsWaiting: count,
  }),
};
export type Overview = z.infer<typeof overview.answer>;

// Exceptions.

/** Every part must hold; an empty list asks nothing. */
export const exceptionFilterSchema = z.object({
  kinds: z.array(name).max(32).default([]),
  objects: z.array(name).max(32).default([]),
  fields: z.array(name).max(64).default([]),
  systems: z.array(name).max(16).default([]),
  /** Open for at least, and at most, this long. */
  olderThanMs: z.nullable(z.number().min(0)).default(null),
  youngerThanMs: z.nullable(z.number().min(0)).default(null),
  /** User ids; "" stands for nobody. */
  assignees: z.array(z.string().max(64)).max(32).default([]),
  /** E-mail addresses of the records' owners; "" stands for nobody. */
  owners: z.array(z.string().max(320)).max(32).default([]),
  /** In a value all systems agreed on (a name, an address), or one record's id. */
  text: z.string().max(200).default(""),
});
export type ExceptionFilter = z.infer<typeof exceptionFilterSchema>;

const recordRefSchema = z.object({
  system: z.string(),
  label: z.string(),
  recordId: z.string(),
  url: z.nullable(z.string()),
});

/** In lists, long values are cut with "…"; `exception` has them whole. */
export const exceptionItemSchema = z.object({
  id: z.string(),
  kind: z.string(),
  kindLabel: z.string(),
  /** answered: a person answered, and it is being carried out. */
  status: z.enum(["open", "answered", "settled"]),
  object: z.string(),
  objectLabel: z.string(),
  field: z.nullable(z.string()),
  fieldLabel: z.nullable(z.string()),
  type: z.nullable(fieldTypeSchema),
  critical: z.boolean(),
  entityId: z.nullable(z.string()),
  /** What to call the record: a name, an e-mail address, or its id. */
  title: z.string(),
  records: z.array(recordRefSchema),
  /** For conflicts: what each system holds. */
  values: z.array(valueSchema),
  shown: z.nullable(z.string()),
  recommended: z.nullable(z.object({ system: z.string(), because: z.string() })),
  reason: z.string(),
  /** What to do about it; "" for a conflict: choose. */
  mend: z.string(),
  openedAt: z.number(),
  owner: z.nullable(personSchema.omit({ id: true })),
  assignee: z.nullable(personSchema),
  /** Whether this person may settle it, and it can be settled by choosing. */
  maySettle: z.boolean(),
});
export type ExceptionItem = z.infer<typeof exceptionItemSchema>;

export const exceptionSorts = ["oldest", "newest", "critical"] as const;

const exceptions = {
  request: z.object({
    filter: exceptionFilterSchema.prefault({}),
    sort: z.enum(exceptionSorts).default("oldest"),
    cursor,
  }),
  answer: z.object({
    items: z.array(exceptionItemSchema),
    cursor: nextCursor,
    /** All that the filter lets through. */
    total: count,
    readAt: z.number(),
  }),
};

export const exceptionGroupings = [
  "kind",
  "object",
  "field",
  "system",
  "age",
  "owner",
  "assignee",
] as const;

const exceptionGroups = {
  request: z.object({
    filter: exceptionFilterSchema.prefault({}),
    by: z.enum(exceptionGroupings),
  }),
  /** Most first, at most 100 of them; for a field the key is "<object>.<field>". */
  answer: z.object({ groups: z.array(counted), total: count, readAt: z.number() }),
};

const exception = {
  request: z.object({ exceptionId: id }),
  answer: z.object({
    item: exceptionItemSchema,
    /** Who decides over the field, in words; null where it is about no field. */
    rule: z.nullable(z.string()),
    /** The latest changes of the field, or of the record. */
    changes: z.array(changeSchema),
    /** What was answered, and by whom. */
    ruling: z.nullable(z.object({ value: heldSchema, by: personSchema, at: z.number() })),
    readAt: z.number(),
  }),
};

/** One conflict, as the card's `resolve`: ok only after read-back everywhere. */
const settle = {
  request: z.object({ exceptionId: id, shown: z.string().min(1).max(128), choice: choiceSchema }),
  answer: z.object({ exceptionId: z.string(), settledAt: z.number() }),
};

/** Which exceptions a step is about: named ones, or all that a filter lets through. */
export const selectionSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ids"), ids: z.array(id).min(1).max(200) }),
  z.object({ kind: z.literal("filter"), filter: exceptionFilterSchema }),
]);
export type Selection = z.infer<typeof selectionSchema>;

/** For many at once: always one system's value, or what is recommended for each. */
export const manyChoiceSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("keep"), system: name }),
  z.object({ kind: z.literal("recommended") }),
]);
export type ManyChoice = z.infer<typeof manyChoiceSchema>;

/** At most this many are settled by one step, the oldest first. */
export const settleManyMax = 500;

const settlePreview = {
  request: z.object({ selection: selectionSchema, choice: manyChoiceSchema }),
  answer: z.object({
    /** How many would be settled. */
    count,
    /** Whether there are more than one step settles. */
    isCapped: z.boolean(),
    /** How many of those selected would not, and why, in words. */
    skipped: z.array(z.object({ count, because: z.string() })),
    samples: z.array(
      z.object({
        exceptionId: z.string(),
        title: z.string(),
        label: z.string(),
        type: z.nullable(fieldTypeSchema),
        before: z.array(valueSchema),
        /** What every system would hold afterwards. */
        after: heldSchema,
      }),
    ),
    /** Both are to be sent with `settle-many`. */
    asOf: z.number(),
    fingerprint: z.string(),
  }),
};

/** Refused with `changed` if it would not do exactly what the preview showed. */
const settleMany = {
  request: z.object({
    selection: selectionSchema,
    choice: manyChoiceSchema,
    asOf: z.number(),
    fingerprint: z.string().min(1).max(128),
  }),
  /** The answers are durable; `settling` tells how far they are carried out. */
  answer: z.object({ count, fingerprint: z.string() }),
};

const settling = {
  request: z.object({ fingerprint: z.string().min(1).max(128) }),
  answer: z.object({
    count,
    /** Carried out everywhere. */
    settled: count,
    /** Being carried out. */
    answered: count,
    /** The values moved in between: asked again. */
    reopened: count,
    at: z.number(),
    by: z.string(),
  }),
};

const assign = {
  request: z.object({
    exceptionIds: z.array(id).min(1).max(200),
    /** A HubSpot user id; null: nobody. */
    assignee: z.nullable(z.string().regex(/^\d{1,20}$/)),
  }),
  answer: z.object({ count, assignee: z.nullable(personSchema) }),
};

/** Tries again what was given up. With `dry` it only counts. */
const replay = {
  request: z.object({ selection: selectionSchema, dry: z.boolean() }),
  answer: z.object({ count }),
};

/** A slice of the CSV; the first brings the header. To be joined as they come. */
const exportExceptions = {
  request: z.object({ filter: exceptionFilterSchema.prefault({}), cursor }),
  answer: z.object({ csv: z.string(), rows: count, cursor: nextCursor }),
};

/** People to assign to and to give roles to. */
const people = {
  request: z.object({ text: z.string().max(200).default("") }),
  answer: z.object({
    people: z.array(personSchema.extend({ teams: z.array(named) })),
    teams: z.array(named),
    /** Why the list may be short, in words; null: it is whole. */
    note: z.nullable(z.string()),
  }),
};

// Explorer.

const find = {
  /** An e-mail address, a name, an id, any other agreed value, or a link pasted. */
  request: z.object({ text: z.string().trim().min(1).max(2_000), cursor }),
  answer: z.object({
    matches: z.array(
      z.object({
        entityId: z.string(),
        object: z.string(),
        objectLabel: z.string(),
        title: z.string(),
        records: z.array(recordRefSchema),
        /** What fitted, in words: "E-mail", "Id in HubSpot". */
        because: z.string(),
      }),
    ),
    /** Not null: there may be more further on, also where nothing was found yet. */
    cursor: nextCursor,
  }),
};

export const pauseSchema = z.object({
  scope: z.string(),
  label: z.string(),
  reason: z.string(),
  by: z.string(),
  at: z.number(),
});

const record = {
  request: z.object({ entityId: id }),
  answer: z.object({
    entityId: z.string(),
    title: z.string(),
    objectLabel: z.string(),
    owner: z.nullable(z.string()),
    /** As the card shows it. */
    record: cardRecordSchema,
    /** Every mapped field in every system, read just now. */
    fields: z.array(comparedFieldSchema),
    /** Pauses that hold this record. */
    pauses: z.array(pauseSchema),
    /** Its link in HubSpot, to ask the card's doors with. */
    hubspot: z.nullable(z.object({ objectTypeId: z.string(), objectId: z.string() })),
    may: z.array(z.enum(verbs)),
  }),
};

export const auditEntrySchema = z.object({
  entityId: z.string(),
  entry: z.int(),
  at: z.number(),
  kind: z.string(),
  kindLabel: z.string(),
  object: z.nullable(z.string()),
  objectLabel: z.nullable(z.string()),
  /** What to call the record; null where it is about none, or was erased. */
  title: z.nullable(z.string()),
  /** The system written to, or told of. */
  system: z.nullable(z.string()),
  systemLabel: z.nullable(z.string()),
  /** Who did it, or whose change it carried, as far as is known. */
  person: z.nullable(z.string()),
  /** One plain sentence. */
  says: z.string(),
  changes: z.array(changeSchema),
  /** The values were erased; that it happened stays provable. */
  isErased: z.boolean(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

const recordHistory = {
  request: z.object({ entityId: id, field: z.nullable(name).default(null), cursor }),
  /** Newest first. */
  answer: z.object({ entries: z.array(auditEntrySchema), cursor: nextCursor }),
};

const recordSync = {
  request: z.object({ entityId: id }),
  answer: z.object({ record: cardRecordSchema }),
};

// Audit.

const audit = {
  request: z.object({
    /** Part of a name or an e-mail address, or a user id. */
    person: z.string().max(200).default(""),
    system: z.nullable(name).default(null),
    object: z.nullable(name).default(null),
    field: z.nullable(name).default(null),
    kind: z.nullable(name).default(null),
    from: z.nullable(z.number()).default(null),
    to: z.nullable(z.number()).default(null),
    entityId: z.nullable(id).default(null),
    cursor,
  }),
  answer: z.object({
    /** Newest first. A page may hold fewer than there is room for, or none, and still go on. */
    entries: z.array(auditEntrySchema),
    cursor: nextCursor,
    /** Everything from now back to here was looked through; null: all there is. */
    searchedTo: z.nullable(z.number()),
  }),
};

/** Whether the audit of one record, or of what operators did, is whole. */
const auditChain = {
  request: z.object({ entityId: z.nullable(id).default(null) }),
  answer: z.object({
    entries: count,
    brokenAt: z.nullable(z.object({ entry: z.int(), says: z.string() })),
    /** The last daily root over all records' chains. */
    root: z.nullable(
      z.object({
        day: z.string(),
        root: z.string(),
        chains: count,
        /** When it was sent outside; null: not yet. */
        sentAt: z.nullable(z.number()),
      }),
    ),
  }),
};

// Runs, drift and parity.

export const runSchema = z.object({
  id: z.string(),
  kind: z.enum(["scan", "backfill", "baseline"]),
  object: z.string(),
  objectLabel: z.string(),
  startedBy: z.string(),
  dry: z.boolean(),
  state: z.enum(["running", "paused", "done", "failed", "stopped"]),
  /** Why it stands still. */
  note: z.nullable(z.string()),
  /** Where it is now. */
  system: z.nullable(z.string()),
  read: count,
  expected: count,
  /** 0 to 1; null if it cannot be told. */
  progress: z.nullable(z.number()),
  recordsPerMinute: z.number(),
  endsAt: z.nullable(z.number()),
  startedAt: z.number(),
  finishedAt: z.nullable(z.number()),
  durationMs: z.number(),
  resumed: count,
  calls: count,
  differing: count,
  moving: count,
  missing: count,
  extra: count,
  repaired: count,
  excepted: count,
  waiting: count,
  /** Of a dry backfill: what it would do, counted, in words. */
  forecast: z.nullable(z.array(z.object({ says: z.string(), count: z.number() }))),
  /** Of a dry backfill: API calls it would cost, by system's label. */
  forecastCalls: z.nullable(z.record(z.string(), z.number())),
  /** Of a baseline: how far the systems agree, whatever keeps them the same. */
  baseline: z.optional(
    z.object({
      /** Of the records that belong together, those that differ; null: there are none. */
      errorRate: z.nullable(z.number()),
      counts: z.array(z.object({ says: z.string(), count: z.number() })),
    }),
  ),
});
export type ControlRun = z.infer<typeof runSchema>;

const runs = {
  request: z.object({ cursor }),
  answer: z.object({ runs: z.array(runSchema), cursor: nextCursor, readAt: z.number() }),
};

/** A backfill that writes is refused with `changed` until a dry one of the object is done. */
const runStart = {
  request: z.object({
    kind: z.enum(["scan", "backfill", "baseline"]),
    object: name,
    dry: z.boolean(),
  }),
  answer: z.object({ runId: z.string(), started: z.boolean() }),
};

const runTurn = {
  request: z.object({ runId: id, turn: z.enum(["pause", "resume", "stop"]) }),
  answer: z.object({ run: runSchema }),
};

const runFindings = {
  request: z.object({ runId: id, cursor }),
  answer: z.object({
    findings: z.array(
      z.object({
        system: z.string(),
        systemLabel: z.string(),
        recordId: z.string(),
        entityId: z.nullable(z.string()),
        title: z.nullable(z.string()),
        kind: z.string(),
        /** In words. */
        says: z.string(),
        /** Labels of the fields that differed. */
        fields: z.array(z.string()),
        foundAt: z.number(),
      }),
    ),
    cursor: nextCursor,
  }),
};

const parity = {
  request: z.object({ object: name, segment: z.nullable(name).default(null) }),
  answer: z.object({
    object: z.string(),
    /** The run that measured it; null: none did yet. */
    measuredAt: z.nullable(z.number()),
    fields: z.array(
      z.object({
        field: z.string(),
        label: z.string(),
        equal: count,
        different: count,
        share: z.nullable(z.number()),
      }),
    ),
    /** Fields that the object can be cut by. */
    segments: z.array(named),
    /** Where a segment was asked for: its values, most records first. */
    bySegment: z.array(
      z.object({
        key: z.string(),
        label: z.string(),
        equal: count,
        different: count,
        share: z.nullable(z.number()),
      }),
    ),
    oldestDivergenceAt: z.nullable(z.number()),
    /** The first of those that differ right now, with what each system was last seen with. */
    differing: z.array(
      z.object({
        entityId: z.string(),
        title: z.string(),
        field: z.nullable(z.string()),
        label: z.nullable(z.string()),
        type: z.nullable(fieldTypeSchema),
        values: z.array(valueSchema),
        because: z.string(),
        since: z.number(),
      }),
    ),
    isComplete: z.boolean(),
  }),
};

/** Looks at one record again and writes what its rules say. */
const repair = {
  request: z.object({ entityId: id }),
  answer: z.object({ record: cardRecordSchema }),
};

// Systems.

const systems = {
  request: z.object({}),
  answer: z.object({
    readAt: z.number(),
    systems: z.array(
      z.object({
        system: z.string(),
        label: z.string(),
        /** ok · slow: its lag is beyond the threshold · trouble: its last calls failed · paused. */
        state: z.enum(["ok", "slow", "trouble", "paused"]),
        /** ok · refused: the system takes them no more · unknown: nothing was asked yet. */
        credentials: z.enum(["ok", "refused", "unknown"]),
        lastOkAt: z.nullable(z.number()),
        lastError: z.nullable(z.object({ at: z.number(), message: z.string() })),
        lagMs: z.nullable(z.number()),
        waiting: count,
        held: count,
        budget: z.nullable(budgetSchema),
        objects: z.array(named),
        pause: z.nullable(pauseSchema),
      }),
    ),
    /** Everything that is paused, at any scope. */
    pauses: z.array(pauseSchema),
    /** What the brake holds, by system and object. */
    brakes: z.array(
      z.object({
        system: z.string(),
        systemLabel: z.string(),
        object: z.string(),
        objectLabel: z.string(),
        held: count,
        since: z.nullable(z.number()),
        says: z.string(),
      }),
    ),
  }),
};

/** Asks the system now, with one small call. */
const systemCheck = {
  request: z.object({ system: name }),
  answer: z.object({
    state: z.enum(["ok", "refused", "unreachable"]),
    message: z.string(),
    tookMs: z.number(),
  }),
};

const scopePattern = /^(all|system:[\w-]+|object:\w+|field:\w+\.\w+|record:[\w-]+)$/;

/** Scope: all, system:<id>, object:<name>, field:<object>.<field> or record:<entity id>. */
const pause = {
  request: z.object({
    scope: z.string().max(200).regex(scopePattern),
    reason: z.string().trim().min(1).max(500),
  }),
  answer: z.object({ scope: z.string() }),
};

const resume = {
  request: z.object({ scope: z.string().max(200).regex(scopePattern) }),
  /** How many records that waited go on. */
  answer: z.object({ scope: z.string(), released: count }),
};

const release = {
  request: z.object({
    system: name,
    object: name,
    /** How many records, oldest first; null: all, and the brake is off. */
    count: z.nullable(z.int().positive().max(10_000)),
  }),
  answer: z.object({ released: count }),
};

// Policies.

export const proposalSchema = z.object({
  id: z.string(),
  object: z.string(),
  objectLabel: z.string(),
  field: z.string(),
  fieldLabel: z.string(),
  /** What the rule says now, and what it would say. */
  now: z.string(),
  proposed: z.string(),
  by: z.string(),
  at: z.number(),
  /** The record it was proposed on. */
  entityId: z.nullable(z.string()),
  state: z.enum(["waiting", "accepted", "declined"]),
  answeredBy: z.nullable(z.string()),
  answeredAt: z.nullable(z.number()),
  note: z.nullable(z.string()),
  /** What to change in worker/sync.config.ts. */
  change: z.string(),
});
export type ControlProposal = z.infer<typeof proposalSchema>;

const policies = {
  request: z.object({}),
  answer: z.object({
    version: z.int(),
    /** Where the rules stand and who changes them, in a sentence. */
    says: z.string(),
    rank: z.array(named),
    /** What decides before a field's own policy, and after it, in order. */
    precedence: z.array(z.string()),
    objects: z.array(
      named.extend({
        deletes: z.string(),
        fields: z.array(
          named.extend({
            type: fieldTypeSchema,
            rule: z.string(),
            /** Which systems may change it, in words. */
            changedBy: z.string(),
            critical: z.boolean(),
            /** By system's label, the property that holds it. */
            properties: z.record(z.string(), z.string()),
          }),
        ),
      }),
    ),
    /** Waiting ones first. */
    proposals: z.array(proposalSchema),
  }),
};

const proposalAnswer = {
  request: z.object({
    proposalId: id,
    answer: z.enum(["accept", "decline"]),
    note: z.string().trim().max(1_000).default(""),
  }),
  answer: z.object({ proposal: proposalSchema }),
};

// Settings.

/** Whom a role is given to. */
export const holderSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("user"), id: z.string().regex(/^\d{1,20}$/) }),
  z.object({ kind: z.literal("team"), id: z.string().regex(/^\d{1,20}$/) }),
]);
export type Holder = z.infer<typeof holderSchema>;

export const channelNames = ["slack", "telegram", "webhook"] as const;
export type ChannelName = (typeof channelNames)[number];

export const channelSchema = z.object({
  channel: z.enum(channelNames),
  label: z.string(),
  /** Whether its address and secrets are there: they are set where the Worker is deployed. */
  isConfigured: z.boolean(),
  /** What to set, for one that is not. */
  mend: z.nullable(z.string()),
  isOn: z.boolean(),
  /** Kinds of exceptions that are told; empty: all. */
  kinds: z.array(z.string()),
});

const settingsParts = z.object({
  thresholds: thresholdsSchema,
  formats: formatsSchema,
  channels: z.array(channelSchema.pick({ channel: true, isOn: true, kinds: true })).max(3),
  /** What everybody is who has no role of their own; nobody is admin by default. */
  defaultRole: roleSchema.refine(({ role }) => role !== "admin", "admins are named one by one"),
});

const roleGiven = z.object({
  holder: holderSchema,
  label: z.string(),
  role: roleSchema,
  by: z.nullable(z.string()),
  at: z.nullable(z.number()),
  /** Named where the Worker is deployed: cannot be changed here. */
  isFixed: z.boolean(),
});

const settings = {
  request: z.object({}),
  answer: z.object({
    /** Sent back with a change: of two people who change at once, one is told. */
    version: z.int(),
    changedBy: z.nullable(z.string()),
    changedAt: z.nullable(z.number()),
    thresholds: thresholdsSchema,
    formats: formatsSchema,
    channels: z.array(channelSchema),
    defaultRole: roleSchema,
    roles: z.array(roleGiven),
    pauses: z.array(pauseSchema),
    /** Regions and currencies that values are read with, as the configuration says. */
    regions: z.array(
      z.object({ objectLabel: z.string(), fieldLabel: z.string(), says: z.string() }),
    ),
  }),
};

/** Only the parts given are changed. Refused with `changed` if somebody was first. */
const settingsSave = {
  request: settingsParts.partial().extend({ version: z.int() }),
  answer: settings.answer,
};

/** Role null takes it away. Refused with `invalid` if no admin would be left. */
const roleSet = {
  request: z.object({ holder: holderSchema, role: z.nullable(roleSchema), version: z.int() }),
  answer: settings.answer,
};

const channelTest = {
  request: z.object({ channel: z.enum(channelNames) }),
  answer: z.object({ sent: z.boolean(), message: z.string() }),
};

// All of it.

export const control = {
  session,
  overview,
  exceptions,
  "exception-groups": exceptionGroups,
  exception,
  settle,
  "settle-preview": settlePreview,
  "settle-many": settleMany,
  settling,
  assign,
  replay,
  export: exportExceptions,
  people,
  find,
  record,
  "record-history": recordHistory,
  "record-sync": recordSync,
  audit,
  "audit-chain": auditChain,
  runs,
  "run-start": runStart,
  "run-turn": runTurn,
  "run-findings": runFindings,
  parity,
  repair,
  systems,
  "system-check": systemCheck,
  pause,
  resume,
  release,
  policies,
  "proposal-answer": proposalAnswer,
  settings,
  "settings-save": settingsSave,
  "role-set": roleSet,
  "channel-test": channelTest,
} as const;

export type ControlAction = keyof typeof control;
/** What is sent; what has a default may be left out. */
export type Asked<A extends ControlAction> = z.input<(typeof control)[A]["request"]>;
export type Given<A extends ControlAction> = z.output<(typeof control)[A]["request"]>;
export type Answered<A extends ControlAction> = z.output<(typeof control)[A]["answer"]>;

/**
 * changed: it is not as it was shown any more, look again · settled: somebody else was first ·
 * invalid: what was typed or chosen cannot be used · forbidden · unreachable: a system did not
 * answer, nothing was lost · pending: accepted and durable, but not confirmed by read-back yet ·
 * not_found · bad_request · unavailable: our own storage did not answer.
 */
export const controlErrorSchema = z.object({
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
  /** In words for the reader: what is the matter, and what to do. */
  message: z.string(),
});
export type ControlError = z.infer<typeof controlErrorSchema>;

export const refusalSchema = z.object({ ok: z.literal(false), error: controlErrorSchema });

export type ControlReply<A extends ControlAction> =
  | { readonly ok: true; readonly data: Answered<A> }
  | z.infer<typeof refusalSchema>;
