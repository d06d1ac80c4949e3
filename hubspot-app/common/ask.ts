/**
 * Asks the sync service. Every way a call can go wrong becomes one `Reply`: hubspot.fetch may
 * answer with a status or throw, and the two are documented side by side
 * (https://developers.hubspot.com/docs/apps/developer-platform/add-features/ui-extensions/fetching-data).
 * Who is asking is never sent: HubSpot signs the reader's identity into the request itself.
 */
import type { Clock } from "./clock.ts";

export type Reply<Answer> =
  | { readonly kind: "answered"; readonly answer: Answer }
  /** Nobody said what happened: the request may have been carried out, or not. */
  | { readonly kind: "silent" }
  /** The service does not accept requests from this card. */
  | { readonly kind: "refused" }
  /** Too many requests at once; HubSpot allows twenty an account. */
  | { readonly kind: "busy" }
  /** The card and the service do not speak the same version. */
  | { readonly kind: "outdated" };

export interface Call {
  readonly method: "GET" | "POST";
  readonly body?: Readonly<Record<string, unknown>>;
  /** Milliseconds, as hubspot.fetch takes them. */
  readonly timeout: number;
}

/** What asking takes: hubspot.fetch, and the reader's clock. */
export interface Means {
  readonly fetch: (address: string, call: Call) => Promise<Response>;
  readonly clock: Clock;
}

/** How long after its own timeout hubspot.fetch is still waited for. */
const graceMs = 2_000;

export function ask<A>(
  { fetch, clock }: Means,
  address: string,
  call: Call,
  parse: (json: unknown) => A | null,
): Promise<Reply<A>> {
  return new Promise((resolve) => {
    const cancel = clock.after(call.timeout + graceMs, () => resolve({ kind: "silent" }));
    Promise.resolve()
      .then(() => fetch(address, call))
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
