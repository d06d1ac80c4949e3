/**
 * What can go wrong with the operations tool, on demand: faults that meet one call, and oddities
 * that stay switched on. Each oddity was seen in a real product.
 */

export type OpsOperation =
  | "list"
  | "changes"
  | "describe"
  | "read"
  | "search"
  | "update"
  | "create"
  | "archive"
  | "erase"
  | "unknown";

export type OpsFault =
  /** The connection is refused; nothing is applied. */
  | { readonly kind: "refuse" }
  /** Answered before anything is applied: 429, 500, 503, a redirect ... */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Applied; the connection breaks before the answer. */
  | { readonly kind: "drop" }
  /** Applied; the answer waits until `release()`. */
  | { readonly kind: "hang" }
  /** Applied; what comes back is this text, with status 200. */
  | { readonly kind: "garble"; readonly body: string };

export const opsFaultKinds = ["refuse", "answer", "drop", "hang", "garble"] as const;

export interface OpsOddities {
  /** Batch answers come in another order than they were asked for. */
  permuteAnswers: boolean;
  /** Batch answers leave rows out, though they were found or applied. */
  shortenAnswers: boolean;
  /** Ids that do not exist are simply not mentioned. */
  missingUnlisted: boolean;
  /** Properties it does not know are ignored with 200 instead of refused. */
  ignoreUnknownProperties: boolean;
  /** Values are trimmed, e-mail addresses lower-cased, decimals rounded to cents. */
  normalizeValues: boolean;
  /** A write that changes nothing still moves version and time, and sends an event. */
  bumpOnNoop: boolean;
  /** `updated_at` stays null until the first update. */
  updatedAtLate: boolean;
  /** Setting null is refused; blank is "". */
  refuseNull: boolean;
  /** A blank property is answered as "". */
  blankIsEmptyText: boolean;
  /** Properties that decimals are kept in are answered as JSON numbers. */
  decimalsAsNumbers: boolean;
  /** Refusals of a whole call come as HTTP 200 with an error inside. */
  errorsInside200: boolean;
  /** One bad row refuses the whole batch with 422, and nothing is applied. */
  allOrNothing: boolean;
  /** Versions are not checked, as in a tool without compare-and-set. */
  ignoreVersions: boolean;
  /** Changed references move neither version nor time, and no event tells of them. */
  silentReferences: boolean;
}

export interface OpsWebhookFaults {
  /** Share of deliveries that never happen, 0 to 1. */
  dropShare: number;
  /** Times each delivery is sent. */
  copies: number;
  /** Deliveries due at the same time go out in another order. */
  shuffle: boolean;
  /** Events also come for ids that do not exist. */
  phantoms: boolean;
}

export interface OpsFaults {
  /** The next `times` calls of the operation meet the fault; without one, calls of any. */
  inject(fault: OpsFault, when?: { operation?: OpsOperation; times?: number }): void;
  /** Neither answers nor sends until then, epoch milliseconds. */
  downUntil: number;
  /** Every answer takes this long, if the double was given a way to wait. */
  slowMs: number;
  /** Lets all answers that hang go. */
  release(): void;
  readonly oddities: OpsOddities;
  readonly webhooks: OpsWebhookFaults;
  /** Everything well again. */
  heal(): void;
}

/** The faults, and what the double asks of them. */
export interface FaultBox extends OpsFaults {
  /** The fault that meets this call, if any; it is used up. */
  next(operation: OpsOperation): OpsFault | null;
  /** Resolves at `release()`. */
  released(): Promise<void>;
}

const sound = {
  permuteAnswers: false,
  shortenAnswers: false,
  missingUnlisted: false,
  ignoreUnknownProperties: false,
  normalizeValues: false,
  bumpOnNoop: false,
  updatedAtLate: false,
  refuseNull: false,
  blankIsEmptyText: false,
  decimalsAsNumbers: false,
  errorsInside200: false,
  allOrNothing: false,
  ignoreVersions: false,
  silentReferences: false,
} as const satisfies OpsOddities;

const reliable = { dropShare: 0, copies: 1, shuffle: false, phantoms: false } as const;

export function createFaults(): FaultBox {
  const queue: { fault: OpsFault; operation: OpsOperation | undefined; left: number }[] = [];
  let hanging: (() => void)[] = [];
  const box: FaultBox = {
    downUntil: 0,
    slowMs: 0,
    oddities: { ...sound },
    webhooks: { ...reliable },
    inject: (fault, when = {}) => {
      queue.push({ fault, operation: when.operation, left: when.times ?? 1 });
    },
    next: (operation) => {
      const index = queue.findIndex((each) => [undefined, operation].includes(each.operation));
      const found = queue[index];
      if (!found) return null;
      found.left -= 1;
      if (found.left <= 0) queue.splice(index, 1);
      return found.fault;
    },
    released: () => new Promise((resolve) => hanging.push(resolve)),
    release: () => {
      const waiting = hanging;
      hanging = [];
      for (const resolve of waiting) resolve();
    },
    heal: () => {
      queue.length = 0;
      box.downUntil = 0;
      box.slowMs = 0;
      Object.assign(box.oddities, sound);
      Object.assign(box.webhooks, reliable);
      box.release();
    },
  };
  return box;
}
