/**
 * Asks the sync service. Every way a call can go wrong becomes one `Reply`: hubspot.fetch may
 * answer with a status or throw, and the two are documented side by side
 * (https://developers.hubspot.com/docs/apps/developer-platform/add-features/ui-extensions/fetching-data).
 * Who is asking is never sent: HubSpot signs the reader's identity into the request itself.
 */
import { hubspot } from "@hubspot/ui-extensions";
import type { CardAnswer, Choice } from "crm-sync-shared/contract.ts";
import { parseAnswer } from "./answer.ts";
import type { Clock } from "./clock.ts";

export type Reply =
  | { readonly kind: "answered"; readonly answer: CardAnswer }
  /** Nobody said what happened: the request may have been carried out, or not. */
  | { readonly kind: "silent" }
  /** The service does not accept requests from this card. */
  | { readonly kind: "refused" }
  /** Too many requests at once; HubSpot allows twenty an account. */
  | { readonly kind: "busy" }
  /** The card and the service do not speak the same version. */
  | { readonly kind: "outdated" };

export interface Settlement {
  readonly exceptionId: string;
  readonly shown: string;
  readonly choice: Choice;
}

export interface Service {
  readonly look: () => Promise<Reply>;
  readonly settle: (settlement: Settlement) => Promise<Reply>;
  readonly sync: () => Promise<Reply>;
}

export interface RecordKey {
  readonly objectTypeId: string;
  readonly objectId: string;
}

const lookTimeoutMs = 10_000;
/** A settlement is written to every system and read back before it is answered. */
const writeTimeoutMs = 25_000;
/** How long after its own timeout hubspot.fetch is still waited for. */
const graceMs = 2_000;

export function createService(address: string, key: RecordKey, clock: Clock): Service {
  const base = address.replace(/\/+$/, "");
  const query = `objectTypeId=${key.objectTypeId}&objectId=${key.objectId}`;
  return {
    look: () =>
      ask(clock, `${base}/card/record?${query}`, { method: "GET", timeout: lookTimeoutMs }),
    settle: (settlement) =>
      ask(clock, `${base}/card/resolve`, {
        method: "POST",
        timeout: writeTimeoutMs,
        body: { ...key, ...settlement },
      }),
    sync: () =>
      ask(clock, `${base}/card/sync`, {
        method: "POST",
        timeout: writeTimeoutMs,
        body: { ...key },
      }),
  };
}

type Options = NonNullable<Parameters<typeof hubspot.fetch>[1]> & { readonly timeout: number };

function ask(clock: Clock, address: string, options: Options): Promise<Reply> {
  return new Promise((resolve) => {
    const cancel = clock.after(options.timeout + graceMs, () => resolve({ kind: "silent" }));
    Promise.resolve()
      .then(() => hubspot.fetch(address, options))
      .then(fromResponse, fromError)
      .then((reply) => {
        cancel();
        resolve(reply);
      });
  });
}

/** The service answers 200 whatever the matter is; another status says only whom it came from. */
async function fromResponse(response: Response): Promise<Reply> {
  if (!response.ok) return fromStatus(response.status);
  const answer = parseAnswer(await bodyOf(response));
  return answer ? { kind: "answered", answer } : { kind: "outdated" };
}

async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

function fromError(error: unknown): Reply {
  const thrown = (error ?? {}) as {
    status?: unknown;
    context?: { appServerStatusCode?: readonly unknown[] };
  };
  return fromStatus(Number(thrown.context?.appServerStatusCode?.[0] ?? thrown.status));
}

function fromStatus(status: number): Reply {
  if (status === 401 || status === 403) return { kind: "refused" };
  if (status === 429) return { kind: "busy" };
  if (status === 408) return { kind: "silent" };
  return status >= 400 && status < 500 ? { kind: "outdated" } : { kind: "silent" };
}
