/**
 * One request to a REST tool and its parsed answer. It keeps apart what a writer must never
 * confuse: *refused* (the tool did not do it) and *unanswered* (nobody knows).
 */
import type { SystemId } from "../../../shared/record.ts";
import type { ObjectMapping } from "../../core/rules.ts";
import { ConnectorError, type Outside, type Recovery } from "../connector.ts";
import type { Reader } from "./fields.ts";
import { limits } from "./limits.ts";
import type { Exchange, RestProfile, RestRequest, RowRefusal } from "./profile.ts";

export type Answer<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "refused"; readonly error: ConnectorError; readonly refusal: RowRefusal }
  | { readonly kind: "unanswered"; readonly error: ConnectorError };

/** What every part of the connector works with. */
export interface Context {
  readonly system: SystemId;
  readonly label: string;
  readonly baseUrl: string;
  readonly token: string;
  readonly profile: RestProfile;
  readonly outside: Outside;
  readonly reader: (mapping: ObjectMapping) => Reader;
}

export async function call<Ask, Reply>(
  options: Context,
  exchange: Exchange<Ask, Reply>,
  object: string,
  ask: Ask,
): Promise<Answer<Reply>> {
  const { system, label, profile, outside } = options;
  const unanswered = (
    message: string,
    details: { status?: number; cause?: unknown; retryAfterMs?: number | null } = {},
    kind: Recovery = "retry",
  ) => ({
    kind: "unanswered" as const,
    error: new ConnectorError(kind, system, message, details),
  });

  let request: Request;
  try {
    request = requestOf(options, exchange.request(object, ask));
  } catch (cause) {
    const error = new ConnectorError("give_up", system, `${label} cannot be asked this.`, {
      cause,
    });
    return { kind: "refused", error, refusal: { status: 0, code: "", property: null } };
  }
  let response: Response;
  let text: string;
  try {
    response = await outside.fetch(request);
    text = await textOf(response);
  } catch (cause) {
    return cause instanceof TooLarge
      ? unanswered(`${label}: the answer is too large.`, { cause }, "give_up")
      : unanswered(`${label} did not answer.`, { cause });
  }
  const body = parseJson(text);
  const stated = body === undefined ? null : profile.refusal(body, response.status);
  const status = stated?.status ?? response.status;
  const retryAfterMs = retryAfterOf(response.headers, outside.now());
  // A gateway's error, or a page to see instead, does not say that nothing was done.
  if (status >= 500 || status === 408 || status === 303) {
    return unanswered(`${label} answered ${status}.`, { status, retryAfterMs });
  }
  if (status >= 200 && status < 300) {
    try {
      return { kind: "ok", value: exchange.reply(body, ask) };
    } catch (cause) {
      return unanswered(`${label} answered in a form we do not understand.`, { status, cause });
    }
  }
  const refusal = stated ?? { status, code: "", property: null };
  return { kind: "refused", error: refusedError(options, refusal, retryAfterMs), refusal };
}

/** The value, or the error thrown: for callers with nothing to do about a refusal. */
export function orThrow<T>(answer: Answer<T>): T {
  if (answer.kind === "ok") return answer.value;
  throw answer.error;
}

export function refusedError(
  options: Pick<Context, "system" | "label">,
  refusal: RowRefusal,
  retryAfterMs: number | null = null,
  field: string | null = null,
): ConnectorError {
  const { status } = refusal;
  const details = { status, retryAfterMs, field };
  return new ConnectorError(
    recoveryOf(status),
    options.system,
    explain(options.label, refusal),
    details,
  );
}

/** What to do, by status. What is not here is a request we should not have sent. */
const recoveries: Readonly<Record<number, Recovery>> = {
  400: "skip_record",
  401: "reauthorize",
  403: "reauthorize",
  409: "skip_record",
  422: "skip_record",
  423: "retry",
  425: "retry",
  429: "rate_limited",
};

function recoveryOf(status: number): Recovery {
  return recoveries[status] ?? "give_up";
}

/** Our own sentence: the tool's may quote the values of the record. */
function explain(label: string, { status, code, property }: RowRefusal): string {
  if (status === 401) return `${label} does not accept the access token. Put in a new one.`;
  if (status === 403) return `${label} forbids this to the access token.`;
  if (status === 429) return `${label} takes no more calls for a moment.`;
  if (status >= 300 && status < 400)
    return `${label} sends us to another address, which is refused.`;
  const word = /^[\w.-]{1,64}$/.test(code) ? ` (${code})` : "";
  return property === null
    ? `${label} refused it with ${status}${word}.`
    : `${label} refused the value${word}.`;
}

function requestOf({ baseUrl, token, profile }: Context, request: RestRequest): Request {
  const url = new URL(baseUrl.replace(/\/+$/, "") + request.path);
  // The token must never travel to another host, whatever an id or a cursor contains.
  if (url.origin !== new URL(baseUrl).origin) throw new Error("The address leaves the tool.");
  for (const [name, value] of Object.entries(request.query ?? {}))
    url.searchParams.set(name, value);
  const body = request.body === undefined ? null : JSON.stringify(request.body);
  const headers = {
    ...profile.headers(token),
    accept: "application/json",
    ...(body === null ? {} : { "content-type": "application/json" }),
  };
  return new Request(url, { method: request.method, headers, body, redirect: "manual" });
}

class TooLarge extends Error {}

async function textOf(response: Response): Promise<string> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > limits.answerBytesMax) {
      await reader.cancel();
      throw new TooLarge("The answer is too large.");
    }
    text += decoder.decode(value, { stream: true });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Seconds or a date (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after). */
function retryAfterOf(headers: Headers, now: number): number | null {
  const text = headers.get("retry-after");
  if (text === null) return null;
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(waitMs, 0), limits.retryAfterMsMax);
}
