/**
 * Asks the sync service. Every way a call can go wrong becomes one `Reply`: hubspot.fetch may
 * answer with a status or throw, and the two are documented side by side
 * (https://developers.hubspot.com/docs/apps/developer-platform/add-features/ui-extensions/fetching-data).
 * Who is asking is never sent: HubSpot signs the reader's identity into the request itself.
 */
import { hubspot } from "@hubspot/ui-extensions";
import type { CardAnswer, Choice, FieldsAnswer, HistoryAnswer } from "crm-sync-shared/contract.ts";
import { parseAnswer, parseFields, parseHistory } from "./answer.ts";
import type { Clock } from "./clock.ts";

export type Reply<Answer = CardAnswer> =
  | { readonly kind: "answered"; readonly answer: Answer }
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
  readonly fields: () => Promise<Reply<FieldsAnswer>>;
  readonly history: (field: string) => Promise<Reply<HistoryAnswer>>;
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
  const read = <A>(path: string, parse: (json: unknown) => A | null) =>
    ask(clock, `${base}/card/${path}`, { method: "GET", timeout: lookTimeoutMs }, parse);
  const write = (path: string, body: Readonly<Record<string, unknown>>) => {
    const options = { method: "POST", timeout: writeTimeoutMs, body: { ...key, ...body } } as const;
    return ask(clock, `${base}/card/${path}`, options, parseAnswer);
  };
  return {
    look: () => read(`record?${query}`, parseAnswer),
    settle: (settlement) => write("resolve", { ...settlement }),
    sync: () => write("sync", {}),
    fields: () => read(`fields?${query}`, parseFields),
    history: (field) => read(`history?${query}&field=${encodeURIComponent(field)}`, parseHistory),
  };
}

type Options = NonNullable<Parameters<typeof hubspot.fetch>[1]> & { readonly timeout: number };

function ask<A>(
  clock: Clock,
  address: string,
  options: Options,
  parse: (json: unknown) => A | null,
): Promise<Reply<A>> {
  return new Promise((resolve) => {
    const cancel = clock.after(options.timeout + graceMs, () => resolve({ kind: "silent" }));
    Promise.resolve()
      .then(() => hubspot.fetch(address, options))
      .then((response) => fromResponse(response, parse), fromError)
      .then((reply) => {
        cancel();
        resolve(reply);
      });
  });
}

/** The service answers 200 whatever the matter is; another status says only whom it came from. */
async function fromResponse<A>(
  response: Response,
  parse: (json: unknown) => A | null,
): Promise<Reply<A>> {
  if (!response.ok) return fromStatus(response.status);
  const answer = parse(await bodyOf(response));
  return answer ? { kind: "answered", answer } : { kind: "outdated" };
}

async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

function fromError(error: unknown): Reply<never> {
  const thrown = (error ?? {}) as {
    status?: unknown;
    context?: { appServerStatusCode?: readonly unknown[] };
  };
  return fromStatus(Number(thrown.context?.appServerStatusCode?.[0] ?? thrown.status));
}

function fromStatus(status: number): Reply<never> {
  if (status === 401 || status === 403) return { kind: "refused" };
  if (status === 429) return { kind: "busy" };
  if (status === 408) return { kind: "silent" };
  return status >= 400 && status < 500 ? { kind: "outdated" } : { kind: "silent" };
}
