/**
 * The thin way to HubSpot's API: one request, one parsed answer. It keeps apart what a writer must
 * never confuse: *refused* (HubSpot answered, and did not do it) and *unanswered* (nobody knows).
 */
import * as z from "zod";
import type { SystemId } from "../../../shared/record.ts";
import type { Outside, Recovery } from "../connector.ts";
import { ConnectorError } from "../connector.ts";
import { limits } from "./limits.ts";
import { contextSchema } from "./wire.ts";

/** The dated version all paths carry. Each lives 18 months. */
const version = "2026-03";

export interface Call<T> {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** `{version}` is filled in: "/crm/objects/{version}/contacts/batch/read". */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly answer: z.ZodType<T>;
  /** Whether it changes anything. Only what does not is ever sent a second time. */
  readonly effect: "read" | "write";
}

export type Answer<T> =
  | { readonly kind: "ok"; readonly status: number; readonly value: T }
  /** HubSpot answered and did not do it. */
  | { readonly kind: "refused"; readonly error: ConnectorError; readonly refusal: Refusal }
  /** No answer that can be understood: a write may have been applied. */
  | { readonly kind: "unanswered"; readonly error: ConnectorError };

export type Refusal = z.infer<typeof refusalSchema>;

/** What the rate headers of an answer say; null where HubSpot left one out, as search does. */
export interface Budget {
  readonly dailyMax: number | null;
  readonly dailyRemaining: number | null;
  readonly intervalMs: number | null;
  readonly intervalMax: number | null;
  readonly intervalRemaining: number | null;
}

export interface HubSpotClient {
  call<T>(call: Call<T>): Promise<Answer<T>>;
}

export interface ClientOptions {
  readonly system: SystemId;
  readonly baseUrl: string;
  readonly token: string;
  readonly outside: Outside;
  readonly onBudget?: ((budget: Budget) => void) | undefined;
}

export function hubspotClient(options: ClientOptions): HubSpotClient {
  return {
    async call(call) {
      const first = await send(options, call);
      const again = call.effect === "read" && first.kind === "unanswered";
      return again ? await send(options, call) : first;
    },
  };
}

/** The value, or the error thrown: for callers with nothing to do about a refusal. */
export function answered<T>(answer: Answer<T>): T {
  if (answer.kind === "ok") return answer.value;
  throw answer.error;
}

async function send<T>(options: ClientOptions, call: Call<T>): Promise<Answer<T>> {
  const fail = (message: string, cause?: unknown, status: number | null = null) => ({
    kind: "unanswered" as const,
    error: new ConnectorError("retry", options.system, message, { cause, status }),
  });
  let response: Response;
  let text: string;
  try {
    response = await options.outside.fetch(requestOf(options, call));
    text = await textOf(response);
  } catch (cause) {
    return fail("HubSpot did not answer.", cause);
  }
  options.onBudget?.(budgetOf(response.headers));
  const status = response.status;
  // A gateway's error says nothing about whether the request behind it went through.
  if (status >= 500 || status === 408)
    return fail(`HubSpot answered ${status}.`, undefined, status);
  const json = parseJson(text);
  if (status >= 200 && status < 300) {
    const parsed = call.answer.safeParse(json);
    return parsed.success
      ? { kind: "ok", status, value: parsed.data }
      : fail("HubSpot answered in a form we do not understand.", parsed.error, status);
  }
  const refusal = refusalSchema.safeParse(json).data ?? emptyRefusal;
  return { kind: "refused", error: refusedError(options.system, response, refusal), refusal };
}

function requestOf<T>(options: ClientOptions, call: Call<T>): Request {
  const url = new URL(options.baseUrl + call.path.replace("{version}", version));
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
  const headers: Record<string, string> = {
    authorization: `Bearer ${options.token}`,
    accept: "application/json",
  };
  const body = call.body === undefined ? null : JSON.stringify(call.body);
  if (body !== null) headers["content-type"] = "application/json";
  // A redirect would carry the token to wherever it points.
  return new Request(url, { method: call.method, headers, body, redirect: "manual" });
}

async function textOf(response: Response): Promise<string> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > limits.answerBytesMax) throw new Error("The answer is too large.");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parseJson(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const detailSchema = z.object({
  message: z.string().catch(""),
  code: z.string().nullish().catch(null),
  context: contextSchema,
});

/** https://developers.hubspot.com/docs/api-reference/latest/error-handling */
const refusalSchema = z.object({
  category: z.string().nullish().catch(null),
  message: z.string().catch(""),
  errorType: z.string().nullish().catch(null),
  policyName: z.string().nullish().catch(null),
  context: contextSchema,
  errors: z.array(detailSchema).catch([]),
});

const emptyRefusal: Refusal = { message: "", context: {}, errors: [] };

/** What to do, by status. What is not here is a request we should not have sent. */
const recoveries: Readonly<Record<number, Recovery>> = {
  400: "skip_record",
  401: "reauthorize",
  404: "skip_record",
  409: "skip_record",
  423: "retry",
  429: "rate_limited",
  477: "retry",
};

function refusedError(system: SystemId, response: Response, refusal: Refusal): ConnectorError {
  const status = response.status;
  const missingScopes = status === 403 && refusal.category === "MISSING_SCOPES";
  const kind = missingScopes ? "reauthorize" : (recoveries[status] ?? "give_up");
  return new ConnectorError(kind, system, explain(status, refusal), {
    status,
    retryAfterMs: retryAfterMs(response, refusal),
  });
}

/** Our own sentence where we can write one: HubSpot's may quote the values of the record. */
function explain(status: number, refusal: Refusal): string {
  switch (status) {
    case 401:
      return "HubSpot does not accept the access token. Put in a new one.";
    case 403: {
      const scopes = refusal.errors.flatMap((error) => error.context.requiredGranularScopes ?? []);
      return scopes.length > 0
        ? `The HubSpot app lacks the scopes ${scopes.join(", ")}. Add them and install it again.`
        : "HubSpot forbids this to the app.";
    }
    case 409:
      return "HubSpot has another record with the same unique value.";
    case 423:
      return "HubSpot has locked the record for a moment.";
    case 429:
      return isDaily(refusal)
        ? "HubSpot's calls of the day are used up."
        : "HubSpot takes no more calls for a moment.";
    default: {
      const what = refusal.category ?? refusal.errorType ?? "no reason given";
      return `HubSpot refused it with ${status} (${what}).`;
    }
  }
}

function retryAfterMs(response: Response, refusal: Refusal): number | null {
  const header = Number(response.headers.get("retry-after") ?? "");
  if (header > 0) return Math.min(header * 1_000, limits.dailyWaitMs);
  if (response.status === 423) return limits.lockedWaitMs;
  if (response.status !== 429) return null;
  if (isDaily(refusal)) return limits.dailyWaitMs;
  // Search has its own limit by the second and names no policy.
  if (/(^|[^_])secondly/i.test(refusal.message)) return limits.searchWaitMs;
  return numberOf(response.headers, "interval-milliseconds") ?? limits.intervalWaitMs;
}

const isDaily = (refusal: Refusal) => refusal.policyName === "DAILY";

function budgetOf(headers: Headers): Budget {
  return {
    dailyMax: numberOf(headers, "daily"),
    dailyRemaining: numberOf(headers, "daily-remaining"),
    intervalMs: numberOf(headers, "interval-milliseconds"),
    intervalMax: numberOf(headers, "max"),
    intervalRemaining: numberOf(headers, "remaining"),
  };
}

function numberOf(headers: Headers, name: string): number | null {
  const text = headers.get(`x-hubspot-ratelimit-${name}`);
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}
