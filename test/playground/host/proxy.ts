/**
 * hubspot.fetch as HubSpot's own servers do it: only permitted https URLs, at most one header,
 * payload, time and concurrency limits, one retry, and a signature over the *public* URL, with the
 * query parameters that say who asks. Nothing the card sends can change who it is.
 *
 * Rules and limits:
 * https://developers.hubspot.com/docs/apps/developer-platform/add-features/ui-extensions/fetching-data
 */
import { createHash, createHmac } from "node:crypto";
import * as z from "zod";

export interface ProxyOptions {
  /** `permittedUrls.fetch` of the app. */
  readonly permittedUrls: readonly string[];
  /** Public origin -> the local origin that answers for it. */
  readonly mapping: Readonly<Record<string, string>>;
  readonly clientSecret: string;
  readonly portalId: number;
  readonly appId: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly fetch: (request: Request) => Promise<Response>;
}

/** Whom HubSpot knows the request to come from. */
export interface ProxyUser {
  readonly id: number;
  readonly email: string;
}

/** What the page sends; the shape of HubSpot's own proxy call. */
export const proxyRequestSchema = z.object({
  requestUri: z.string(),
  method: z.string().default("GET"),
  requestBody: z.optional(z.unknown()),
  requestHeaders: z.record(z.string(), z.string()).default({}),
  requestTimeoutMillis: z.optional(z.number().positive()),
});
export type ProxyRequest = z.input<typeof proxyRequestSchema>;

/** HubSpot answers 200 with `status: "error"` when it was the app that refused. */
export interface ProxyAnswer {
  readonly httpStatus: number;
  readonly body: {
    readonly status: "success" | "error";
    readonly category?: string;
    readonly message?: string;
    readonly responseBody?: unknown;
    readonly context: Readonly<Record<string, readonly string[]>>;
  };
}

export type FetchProxy = (request: ProxyRequest, user: ProxyUser) => Promise<ProxyAnswer>;

const limits = {
  concurrentMax: 20,
  payloadBytesMax: 1_048_576,
  timeoutMs: 15_000,
  timeoutMsMax: 120_000,
  retries: 1,
} as const;
const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

export function createProxy(options: ProxyOptions): FetchProxy {
  let underWay = 0;
  return async (unparsed, user) => {
    const request = proxyRequestSchema.parse(unparsed);
    const refused = refusal(request, options.permittedUrls);
    if (refused) return answer(request, options, 400, "VALIDATION_ERROR", refused);
    if (underWay >= limits.concurrentMax) {
      const message = `more than ${limits.concurrentMax} requests at once`;
      return answer(request, options, 429, "RATE_LIMITS", message);
    }
    underWay += 1;
    try {
      return await forward(request, user, options);
    } finally {
      underWay -= 1;
    }
  };
}

type Parsed = z.output<typeof proxyRequestSchema>;

function refusal(request: Parsed, permittedUrls: readonly string[]): string | null {
  const url = URL.parse(request.requestUri);
  if (url?.protocol !== "https:") return "The request URL must be an https URL";
  if (!permittedUrls.some((permitted) => isPermitted(url, new URL(permitted)))) {
    return `${url.origin} is not in permittedUrls.fetch`;
  }
  if (!methods.includes(request.method)) return `${request.method} is not a supported method`;
  const headers = Object.keys(request.requestHeaders);
  if (headers.length > 1) return "Only 'Authorization' header is allowed";
  if (headers.some((name) => name.toLowerCase() !== "authorization")) {
    return "Invalid Request Headers provided. Only 'Authorization' header is allowed";
  }
  if (bodyOf(request) !== "" && request.method === "GET") return "A GET request has no body";
  if (Buffer.byteLength(bodyOf(request)) > limits.payloadBytesMax) return "Request over 1 MB";
  return null;
}

/** A path in permittedUrls stands for itself and what lies below it. */
function isPermitted(url: URL, permitted: URL): boolean {
  const path = permitted.pathname.replace(/\/$/, "");
  const isBelow = url.pathname === path || url.pathname.startsWith(`${path}/`);
  return url.origin === permitted.origin && isBelow;
}

const bodyOf = ({ requestBody }: Parsed): string =>
  requestBody === undefined || requestBody === null ? "" : JSON.stringify(requestBody);

async function forward(
  request: Parsed,
  user: ProxyUser,
  options: ProxyOptions,
): Promise<ProxyAnswer> {
  const url = publicUrl(request.requestUri, user, options);
  const timeoutMs = Math.min(request.requestTimeoutMillis ?? limits.timeoutMs, limits.timeoutMsMax);
  // One signal for both attempts: the retry happens within the timeout.
  const signal = AbortSignal.timeout(timeoutMs);
  for (let attempt = 0; ; attempt += 1) {
    const isLast = attempt === limits.retries;
    let response: Response;
    let text: string;
    try {
      response = await options.fetch(outgoing(request, url, signal, options));
      text = await response.text();
    } catch (error) {
      if (error instanceof Error && error.name === "TimeoutError") {
        const message = "Gateway took too long to respond";
        return answer(request, options, 504, "GATEWAY_TIMEOUT", message, { appStatus: 504 });
      }
      if (!isLast) continue;
      const message = "The request URL could not be reached";
      return answer(request, options, 500, "INTERNAL_SERVER_ERROR", message, { appStatus: 502 });
    }
    if (response.status >= 500 && !isLast) continue;
    return read(request, options, response.status, text);
  }
}

/** The app's own URL and who asks: HubSpot's parameters replace any of the same name. */
function publicUrl(requestUri: string, user: ProxyUser, options: ProxyOptions): string {
  const url = new URL(requestUri);
  const { portalId, appId } = options;
  for (const [name, value] of Object.entries({
    userId: user.id,
    portalId,
    userEmail: user.email,
    appId,
  })) {
    url.searchParams.set(name, String(value));
  }
  return url.toString();
}

function outgoing(request: Parsed, url: string, signal: AbortSignal, options: ProxyOptions) {
  const { origin, pathname, search } = new URL(url);
  const body = bodyOf(request);
  const { method } = request;
  const signed = signature({ method, url, body, timestamp: options.now() }, options.clientSecret);
  return new Request(`${options.mapping[origin] ?? origin}${pathname}${search}`, {
    method,
    redirect: "manual",
    signal,
    headers: {
      ...request.requestHeaders,
      ...signed,
      ...(body === "" ? {} : { "content-type": "application/json" }),
    },
    ...(body === "" ? {} : { body }),
  });
}

function read(request: Parsed, options: ProxyOptions, appStatus: number, text: string) {
  if (Buffer.byteLength(text) > limits.payloadBytesMax) {
    return answer(request, options, 400, "VALIDATION_ERROR", "Response over 1 MB", { appStatus });
  }
  let responseBody: unknown;
  try {
    responseBody = text === "" ? null : JSON.parse(text);
  } catch {
    const message = "Invalid JSON Response Body";
    return answer(request, options, 400, "VALIDATION_ERROR", message, { appStatus });
  }
  if (appStatus >= 300) {
    const message = "Error returned from Request Uri";
    const details = { appStatus, responseBody };
    return answer(request, options, 200, "BAD_GATEWAY", message, details);
  }
  return answer(request, options, 200, null, null, { appStatus, responseBody });
}

function answer(
  request: Parsed,
  { portalId }: ProxyOptions,
  httpStatus: number,
  category: string | null,
  message: string | null,
  details: { readonly appStatus?: number; readonly responseBody?: unknown } = {},
): ProxyAnswer {
  const { appStatus, ...body } = details;
  return {
    httpStatus,
    body: {
      status: category === null ? "success" : "error",
      ...(category === null ? {} : { category }),
      ...(message === null ? {} : { message }),
      ...body,
      context: {
        httpMethod: [request.method],
        portalId: [String(portalId)],
        requestUri: [request.requestUri],
        ...(appStatus === undefined ? {} : { appServerStatusCode: [String(appStatus)] }),
      },
    },
  };
}

export interface SignedRequest {
  readonly method: string;
  /** The public URL, with its query. */
  readonly url: string;
  readonly body: string;
  /** Epoch milliseconds. */
  readonly timestamp: number;
}

/**
 * Version 3 as documented, over the URI in which exactly twelve escapes are decoded, with the
 * older version 2 beside it over the URI as it is.
 * https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation
 */
export function signature(
  { method, url, body, timestamp }: SignedRequest,
  clientSecret: string,
): Record<string, string> {
  const uri = url.replace(/%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi, decodeURIComponent);
  const v3 = createHmac("sha256", clientSecret).update(`${method}${uri}${body}${timestamp}`);
  const v2 = createHash("sha256").update(`${clientSecret}${method}${url}${body}`);
  return {
    "X-HubSpot-Signature-v3": v3.digest("base64"),
    "X-HubSpot-Request-Timestamp": String(timestamp),
    "X-HubSpot-Signature": v2.digest("hex"),
    "X-HubSpot-Signature-Version": "v2",
  };
}
