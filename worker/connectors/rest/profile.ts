/**
 * What makes one REST tool different from the next: how it is asked, and how its answers are read.
 * A profile is data and pure functions; it parses what the tool sends and throws if that is not
 * what the tool documents. Everything else, from batches to outcomes, is the connector's.
 */
import type { Capabilities, Page, PropertyDescription } from "../connector.ts";

export interface RestProfile {
  readonly capabilities: Capabilities;
  readonly headers: (token: string) => Readonly<Record<string, string>>;
  /** How the tool is told that a property is blank. */
  readonly blank: null | "";
  /** Where a person opens a record, below the tool's own address. */
  readonly recordPath: (object: string, id: string) => string;

  readonly read: Exchange<readonly string[], RowsFound>;
  /** Finds by a property; must find every record that holds one of the values. */
  readonly search: Exchange<Search, RowsPage>;
  /** The property that keeps our own key, as `search` knows it. */
  readonly keyProperty: string;
  readonly update: Exchange<readonly RowUpdate[], readonly RowResult[]>;
  readonly create: Exchange<readonly RowCreate[], readonly RowResult[]>;
  /** Ids in; null if the tool has no such thing. */
  readonly archive: Exchange<readonly string[], readonly RowResult[]> | null;
  readonly erase: Exchange<readonly string[], readonly RowResult[]> | null;

  /** A page of all live records, by a cursor of the tool's own; null if it cannot be walked. */
  readonly list: Exchange<string | null, Page<RestRow>> | null;
  /**
   * Ids of what changed, oldest change first; null if the tool does not tell. Asking throws for a
   * cursor that cannot be the tool's.
   */
  readonly changes: Exchange<ChangesFrom, Page<string>> | null;
  readonly describe: Exchange<null, readonly PropertyDescription[]> | null;

  /** The refusal inside an answer, whatever its status; null if it holds none. */
  readonly refusal: (body: unknown, status: number) => RowRefusal | null;
  /**
   * How its webhooks prove themselves: signed as Standard Webhooks says, or only by a secret in a
   * header, which vouches for the sender and not for what was sent.
   */
  readonly webhooks: "standard" | { readonly secretHeader: string };
  readonly events: (body: unknown) => readonly RestEvent[];
}

/** One kind of call: how it is asked, and how its answer is read. */
export interface Exchange<Ask, Reply> {
  readonly request: (object: string, ask: Ask) => RestRequest;
  /** Throws if the body is not what the tool documents. */
  readonly reply: (body: unknown, ask: Ask) => Reply;
}

export interface RestRequest {
  readonly method: "SEARCH" | "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the base address, its parts encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface RowsFound {
  readonly rows: readonly RestRow[];
  /** Ids the tool positively says it does not have. */
  readonly missing: readonly string[];
}

export interface RowsPage {
  readonly rows: readonly RestRow[];
  /** Null at the last page. */
  readonly next: string | null;
}

export interface Search {
  readonly property: string;
  readonly values: readonly string[];
  readonly cursor: string | null;
}

/** `since`: epoch milliseconds. */
export type ChangesFrom = { readonly since: number } | { readonly cursor: string };

/** A record as the tool holds it, its bookkeeping told apart from its properties. */
export interface RestRow {
  readonly id: string;
  /** Our own key, for records that we created. */
  readonly key: string | null;
  readonly version: string | null;
  readonly archived: boolean;
  /** Epoch milliseconds. */
  readonly modifiedAt: number | null;
  readonly properties: Readonly<Record<string, unknown>>;
  /** When and by whom each property was set, where the tool says so. */
  readonly changed: Readonly<Record<string, { at: number | null; actor: RestActor | null }>>;
}

/** `client`: an API client; which one is ours, the connector knows. */
export interface RestActor {
  readonly kind: "person" | "automation" | "client" | "unknown";
  readonly id?: string;
  readonly name?: string;
}

export interface RowUpdate {
  readonly id: string;
  readonly version: string | null;
  readonly set: Readonly<Record<string, unknown>>;
}

export interface RowCreate {
  readonly key: string;
  readonly set: Readonly<Record<string, unknown>>;
}

/** What became of one row; `ref` is its id, or its key when it was to be created. */
export type RowResult =
  | { readonly kind: "done"; readonly ref: string; readonly row: RestRow }
  /** Archived or erased. */
  | { readonly kind: "gone"; readonly ref: string }
  | { readonly kind: "stale"; readonly ref: string }
  | { readonly kind: "missing"; readonly ref: string }
  | {
      readonly kind: "taken";
      readonly ref: string;
      readonly by: string | null;
      readonly property: string | null;
    }
  | { readonly kind: "refused"; readonly ref: string; readonly refusal: RowRefusal };

export interface RowRefusal {
  /** The status it should have come with; the connector's table says what to do about it. */
  readonly status: number;
  /** The tool's own word for it, never a value. */
  readonly code: string;
  readonly property: string | null;
  /** Another record holds the value already. */
  readonly taken?: true;
  /** The record has another version by now. */
  readonly stale?: true;
}

export interface RestEvent {
  readonly object: string;
  readonly id: string;
  readonly kind: "set" | "erased" | "other";
  /** By property; what the event says it set. */
  readonly changed: Readonly<Record<string, unknown>>;
  readonly actor: RestActor | null;
}
