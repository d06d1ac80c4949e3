/**
 * HubSpot's request signatures, as HubSpot makes them. Checked by the published vectors and by
 * the official client's own checker.
 * https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation
 */

export interface SignedRequest {
  readonly clientSecret: string;
  readonly method: string;
  /** The whole public URL, query included. */
  readonly uri: string;
  readonly body: string;
}

/** The headers of a webhook: v3, and v1 as older receivers want it. */
export async function signatureHeaders(
  request: SignedRequest,
  timestamp: number,
): Promise<Record<string, string>> {
  return {
    "x-hubspot-signature": await signatureV1(request),
    "x-hubspot-signature-version": "v1",
    "x-hubspot-signature-v3": await signatureV3(request, timestamp),
    "x-hubspot-request-timestamp": String(timestamp),
  };
}

export async function signatureV1(request: SignedRequest): Promise<string> {
  return sha256Hex(request.clientSecret + request.body);
}

export async function signatureV2(request: SignedRequest): Promise<string> {
  return sha256Hex(request.clientSecret + request.method + request.uri + request.body);
}

export async function signatureV3(request: SignedRequest, timestamp: number): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const secret = encoder.encode(request.clientSecret);
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
  const signed = request.method + signedUri(request.uri) + request.body + String(timestamp);
  const bytes = await crypto.subtle.sign("HMAC", key, encoder.encode(signed));
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

const decoded: Readonly<Record<string, string>> = {
  "%3A": ":",
  "%2F": "/",
  "%3F": "?",
  "%40": "@",
  "%21": "!",
  "%24": "$",
  "%27": "'",
  "%28": "(",
  "%29": ")",
  "%2A": "*",
  "%2C": ",",
  "%3B": ";",
};

/** Twelve escapes are signed as the characters they stand for, all others as they are. */
export function signedUri(uri: string): string {
  return uri.replace(/%[0-9A-F]{2}/gi, (escaped) => decoded[escaped.toUpperCase()] ?? escaped);
}

async function sha256Hex(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
