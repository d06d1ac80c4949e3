/**
 * What a connector is: a few verbs plus declared capabilities. Vendor shapes stop inside it;
 * everything that leaves is canonical. One suite, test/connectors/conformance.ts, runs on all.
 *
 * One thing a connector cannot know: entities. In fields of type `reference` and `references` it
 * takes and gives record ids of its own system; the jobs translate them by the links.
 */
import type {
  CanonicalValue,
  FieldName,
  FieldType,
  Held,
  ObjectName,
  SystemId,
  SystemRecord,
} from "../../shared/record.ts";
import type { Recovery } from "../core/retry.ts";
import type { ObjectMapping } from "../core/rules.ts";

export interface Capabilities {
  /** Records per read or write call. */
  readonly readBatch: number;
  readonly writeBatch: number;
  /** Whether a read says when and by whom each *field* was set. */
  readonly fieldTimestamps: boolean;
  /** Whether an update can carry the version it expects. */
  readonly compareAndSet: boolean;
}

/** The answer for one requested id. Missing answers are `unknown`, never `missing`. */
export type ReadAnswer =
  | {
      readonly kind: "found";
      readonly record: SystemRecord;
      /** The record asked for was merged away; this is the survivor's id, and `record` is it. */
      readonly mergedInto?: string;
    }
  /** The system says positively that there is no such record. */
  | { readonly kind: "missing" }
  | { readonly kind: "unknown"; readonly error: ConnectorError };

export type WriteOperation =
  | {
      readonly kind: "update";
      /** Ours; outcomes are matched by it, never by position. */
      readonly operationId: string;
      readonly recordId: string;
      readonly set: Readonly<Record<FieldName, Held>>;
      /** The version read, for systems with compare-and-set. */
      readonly expectedVersion?: string;
    }
  | {
      readonly kind: "create";
      readonly operationId: string;
      /** Our own unique key (the entity's id): the same key creates once, whatever is repeated. */
      readonly key: string;
      readonly set: Readonly<Record<FieldName, Held>>;
    }
  /** Puts the record where the system keeps deleted ones; done if it is there already. */
  | { readonly kind: "archive"; readonly operationId: string; readonly recordId: string }
  /** Destroys it for good, because a person asked to be forgotten. */
  | { readonly kind: "erase"; readonly operationId: string; readonly recordId: string };

export type WriteOutcome =
  /**
   * Applied, as the system's own answer says. `record` is what it now holds, as far as the answer
   * tells: fields and times it leaves out are absent and null. After archive and erase it has no
   * fields.
   */
  | { readonly kind: "done"; readonly operationId: string; readonly record: SystemRecord }
  /** Positively not applied. */
  | { readonly kind: "failed"; readonly operationId: string; readonly error: ConnectorError }
  /** A compare-and-set lost: somebody wrote in between. */
  | { readonly kind: "stale"; readonly operationId: string }
  /** A record with the same natural key (an e-mail address) exists already. */
  | {
      readonly kind: "exists";
      readonly operationId: string;
      readonly recordId: string | null;
      readonly error: ConnectorError;
    }
  /** It may have been applied: settled by reading, never by blind repeat. */
  | { readonly kind: "unknown"; readonly operationId: string; readonly error: ConnectorError };

/** "Look at this record again." The hint only ever saves reads; see core/echo.ts. */
export interface Poke {
  readonly system: SystemId;
  readonly object: ObjectName;
  readonly recordId: string;
  /**
   * What this event says changed, if it says it was our own write and names the value:
   * by field, canonical. Null: no claim, look properly.
   */
  readonly echo: Readonly<Record<FieldName, Held>> | null;
  /**
   * The system says it destroyed the record because a person asked to be forgotten. Reading cannot
   * tell this from any other deletion, so it is the one thing a poke has to carry.
   */
  readonly erased?: true;
}

/** One page of a walk over all records, or over those that changed. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; handed back for the next page, and after the last one to go on from there later. */
  readonly cursor: string;
  /** Whether there is more right now. */
  readonly more: boolean;
}

/** What a system says of an object just now, to hold against the mapping; see drift.ts. */
export interface ObjectDescription {
  readonly properties: readonly PropertyDescription[];
}

export interface PropertyDescription {
  /** As a mapping names it. */
  readonly name: string;
  readonly label: string;
  /** The system's own word for its type. */
  readonly type: string;
  /** What canonical fields it can hold. */
  readonly holds: readonly FieldType["kind"][];
  /** The system's own option or stage names; null if it has none, or they are kept elsewhere. */
  readonly options: readonly string[] | null;
  readonly readOnly: boolean;
  /** Whether the system itself keeps its values unique. */
  readonly unique: boolean;
}

/** A verified delivery, taken apart. `ignored` counts events that are none of our business. */
export interface Delivery {
  readonly pokes: readonly Poke[];
  readonly ignored: Readonly<Record<string, number>>;
}

export interface Connector {
  readonly system: SystemId;
  readonly capabilities: Capabilities;
  /** Reads records by id, batched; never throws for one record or one batch. */
  read(mapping: ObjectMapping, ids: readonly string[]): Promise<ReadonlyMap<string, ReadAnswer>>;
  /**
   * Finds records whose field holds one of the values (an identity key), or that are also known by
   * one (`aliases`). Complete for what the system had stored when asked. Throws ConnectorError if
   * it cannot be answered.
   */
  find(
    mapping: ObjectMapping,
    field: FieldName,
    values: readonly CanonicalValue[],
  ): Promise<readonly SystemRecord[]>;
  /**
   * Whether the system itself never lets two live records go by one value of the field, so that
   * nobody has to look for twins there. Absent: it does not vouch for any field.
   */
  keepsUnique?(mapping: ObjectMapping, field: FieldName): boolean;
  /**
   * Finds records by the key they were created with (`create.key`), read consistently, never
   * through a lagging index: this is how an unknown create is settled. By key; absent means not
   * created. Throws ConnectorError if it cannot be answered.
   */
  findByKey(
    mapping: ObjectMapping,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, SystemRecord>>;
  /**
   * Writes, batched; exactly one outcome per operation; never throws for one operation. Of what was
   * not sent `by` then (epoch milliseconds) nothing is sent.
   */
  write(
    mapping: ObjectMapping,
    operations: readonly WriteOperation[],
    by?: number,
  ): Promise<readonly WriteOutcome[]>;
  /**
   * A page of all live records, in an order that edits do not disturb; null starts. Values are
   * current, but may come without times. After the last page the walk is over. Throws
   * ConnectorError; the same cursor may be asked again.
   */
  list?(mapping: ObjectMapping, cursor: string | null): Promise<Page<SystemRecord>>;
  /**
   * Ids of records that changed, oldest change first, from a time or from where the last page
   * ended. Overlaps on purpose, so a record may come again. It knows only what the system's own
   * modified time shows, late, and nothing of deletions: a scan is what finds everything. Throws
   * ConnectorError; the same cursor may be asked again.
   */
  changes?(
    mapping: ObjectMapping,
    from: { readonly since: number } | { readonly cursor: string },
  ): Promise<Page<string>>;
  /** The object's properties as they are just now. Throws ConnectorError. */
  describe?(mapping: ObjectMapping): Promise<ObjectDescription>;
  /**
   * Checks that a webhook request is genuine and fresh, over the raw body bytes. Returns why not,
   * or null. The URL is the configured public one, never the Host header.
   */
  verify(request: IncomingWebhook): Promise<string | null>;
  /** Takes a verified body apart. Throws ConnectorError(give_up) if it is malformed. */
  delivery(body: Uint8Array): Promise<Delivery>;
}

export interface IncomingWebhook {
  readonly method: string;
  /** The configured public base joined with the request's path and query. */
  readonly url: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly now: number;
}

/** Errors are classed by what to do, not by what happened. */
export type { Recovery };

export class ConnectorError extends Error {
  readonly kind: Recovery;
  readonly system: SystemId;
  /** HTTP status or the system's own code, if there was an answer. */
  readonly status: number | null;
  /** How long the system asked us to wait, milliseconds. */
  readonly retryAfterMs: number | null;
  /** The field the system complains about, if it names one. */
  readonly field: FieldName | null;

  constructor(
    kind: Recovery,
    system: SystemId,
    message: string,
    details: {
      status?: number | null;
      retryAfterMs?: number | null;
      field?: FieldName | null;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: details.cause });
    this.name = "ConnectorError";
    this.kind = kind;
    this.system = system;
    this.status = details.status ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.field = details.field ?? null;
  }
}

/** What a connector is given from outside, so that tests can drive time and the network. */
export interface Outside {
  /**
   * Rejects if there is no answer, also when its own time limit passes. After `by` (epoch
   * milliseconds) nothing is sent any more, nor waited for.
   */
  readonly fetch: (request: Request, by?: number) => Promise<Response>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A call that was not sent, because its time was up before its turn came. */
export class TooLate extends Error {
  override readonly name = "TooLate";

  constructor() {
    super("Its time was up before it could be sent.");
  }
}

/** Outside for what has to be done by then. */
export const until = (outside: Outside, by: number | undefined): Outside =>
  by === undefined ? outside : { ...outside, fetch: (request) => outside.fetch(request, by) };
