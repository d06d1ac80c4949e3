/**
 * Faults on demand: named, scripted, counted. Each fault waits for calls (or webhooks) it matches
 * and strikes the next `times` of them; without `times` it stays until removed.
 */

/** Every fault the double knows, and what it does. */
export const faultKinds = {
  status: "answers a call with this status, nothing applied",
  reset: "breaks the connection, nothing applied",
  apply_then_reset: "applies the call, then breaks the connection: the outcome is unknown",
  apply_then_status: "applies the call, then answers with this status",
  hang: "holds the call, nothing applied, until released; then it goes on",
  apply_then_hang: "applies the call, then holds the answer until released",
  latency: "answers this much later; needs `wait` in the options",
  ten_secondly: "answers 429 TEN_SECONDLY_ROLLING",
  secondly: "answers a search with 429 SECONDLY",
  daily: "answers 429 DAILY",
  locked: "answers 423, as on very many writes in a short time",
  html: "answers 502 with a page of HTML, as a proxy does",
  batch_shuffled: "gives the rows of a batch answer in another order",
  batch_short: "leaves a row out of a batch answer, without an error; it was applied",
  batch_empty: "answers a batch with no rows and no errors; it was applied",
  batch_unapplied_empty: "answers a batch with no rows and no errors; nothing was applied",
  stale_read: "reads records as they were this much earlier",
  transient_missing: "says of records that they do not exist, though they do",
  search_lag: "search knows nothing younger than this",
  search_ties: "records with equal sort values change places from page to page",
  scope_lost: "answers as if the app had lost this scope",
  token_revoked: "answers 401",
  edit_between: "somebody edits the record after this call answered, before the next comes",
  webhook_drop: "an event is never delivered",
  webhook_duplicate: "an event is delivered again, later, in another request",
  webhook_reorder: "the events of a request come in another order",
  webhook_delay: "an event is delivered this much later",
  webhook_same_event_id: "different events carry the same eventId",
  webhook_lie: "an event carries another value than the record holds",
  webhook_skew: "an event says it occurred this much later than it did",
  webhook_stale_signature: "a delivery is signed with a time more than five minutes ago",
  webhook_forged: "a delivery is signed with another secret",
  webhook_foreign: "a delivery carries an event of another portal, app or unknown subscription",
} as const;

export type FaultKind = keyof typeof faultKinds;

export interface Call {
  readonly at: number;
  readonly method: string;
  /** Without the query, in the dated form whatever the caller used. */
  readonly path: string;
  readonly status: number;
}

export interface Fault {
  readonly kind: FaultKind;
  /** How many it strikes; for ever if absent. */
  readonly times?: number;
  /** How many matching ones it lets pass first. */
  readonly after?: number;
  readonly method?: string;
  /** A part of the path of calls, or of the subscription type of webhooks. */
  readonly matches?: string;
  /** The status, for those that have one. */
  readonly status?: number;
  /** Milliseconds, for those that have some. */
  readonly ms?: number;
  /** The scope, for `scope_lost`. */
  readonly scope?: string;
  /** For `edit_between`. */
  readonly edit?: () => void;
}

export interface Armed {
  readonly fault: Fault;
  /** How often it struck. */
  readonly struck: number;
  remove(): void;
  /** Lets go of what `hang` holds, and of what comes after. */
  release(): void;
}

export interface Faults {
  add(fault: Fault): Armed;
  clear(): void;
  /** Those in place, and how often each struck. */
  armed(): readonly { readonly fault: Fault; readonly struck: number }[];
  /** How often each kind struck so far. */
  readonly struck: Readonly<Partial<Record<FaultKind, number>>>;
  /** The next fault of these kinds for the subject, counted as struck. */
  strike(kinds: readonly FaultKind[], subject: Subject): Struck | null;
}

export interface Subject {
  readonly method: string;
  readonly name: string;
}

export interface Struck {
  readonly fault: Fault;
  readonly held: Promise<void>;
}

interface Entry {
  readonly fault: Fault;
  readonly held: Promise<void>;
  readonly release: () => void;
  passed: number;
  struck: number;
}

export function createFaults(): Faults {
  let entries: Entry[] = [];
  const struck: Partial<Record<FaultKind, number>> = {};
  return {
    struck,
    add(fault) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const entry: Entry = { fault, held: promise, release: resolve, passed: 0, struck: 0 };
      entries.push(entry);
      return {
        fault,
        get struck() {
          return entry.struck;
        },
        release: entry.release,
        remove() {
          entry.release();
          entries = entries.filter((each) => each !== entry);
        },
      };
    },
    clear() {
      for (const entry of entries) entry.release();
      entries = [];
    },
    armed: () => entries.map(({ fault, struck }) => ({ fault, struck })),
    strike(kinds, subject) {
      for (const entry of entries) {
        if (!kinds.includes(entry.fault.kind) || !fits(entry.fault, subject)) continue;
        if (entry.struck >= (entry.fault.times ?? Number.POSITIVE_INFINITY)) continue;
        entry.passed += 1;
        if (entry.passed <= (entry.fault.after ?? 0)) continue;
        entry.struck += 1;
        struck[entry.fault.kind] = (struck[entry.fault.kind] ?? 0) + 1;
        return { fault: entry.fault, held: entry.held };
      }
      return null;
    },
  };
}

/** The list of faults, one a line; with the number of uses of each if it is given. */
export function printFaults(uses: Readonly<Partial<Record<FaultKind, number>>> = {}): string {
  return Object.entries(faultKinds)
    .map(([kind, what]) => {
      const count = uses[kind as FaultKind];
      return `${kind.padEnd(24)}${count === undefined ? "" : String(count).padStart(4)}  ${what}`;
    })
    .join("\n");
}

function fits(fault: Fault, subject: Subject): boolean {
  if (fault.method !== undefined && fault.method !== subject.method) return false;
  return fault.matches === undefined || subject.name.includes(fault.matches);
}
