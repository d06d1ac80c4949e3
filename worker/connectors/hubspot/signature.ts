/**
 * HubSpot's v3 signature, over the raw bytes and the configured public URL. HubSpot's own helper
 * is not used: it falls back to v1, lets a timestamp that is no number pass, and does not compare
 * in constant time.
 */
import { limits } from "./limits.ts";

export interface SignedRequest {
  readonly method: string;
  /** The configured public base joined with the request's path and query; never from Host. */
  readonly url: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly now: number;
}

/**
 * Returns why the request is not genuine and fresh, or null. Several secrets are for rotation.
 * Webhooks, hubspot.fetch and workflow actions are all signed this way
 * (https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation).
 */
export async function verifySignatureV3(
  request: SignedRequest,
  secrets: readonly string[],
): Promise<string | null> {
  const timestamp = request.headers.get("x-hubspot-request-timestamp");
  const signature = request.headers.get("x-hubspot-signature-v3");
  if (timestamp === null || signature === null) return "the signature headers are missing";
  // Nothing separates the parts that are signed, so a digit more or less could be the body's.
  if (!/^\d{13}$/.test(timestamp)) return "the timestamp is not in milliseconds";
  const age = request.now - Number(timestamp);
  if (age > limits.signatureAgeMs) return "the signature is too old";
  if (age < -limits.signatureAgeMs) return "the timestamp is in the future";
  if (request.method === "GET" && request.body.byteLength > 0) return "a GET carries a body";
  const bytes = bytesOf(signature);
  if (bytes === null) return "the signature is not base64";
  let genuine = false;
  for (const secret of secrets.filter((secret) => secret !== "")) {
    const key = await hmacKey(secret);
    for (const url of signedForms(request.url)) {
      const signed = signedBytes(request, url, timestamp);
      genuine = (await crypto.subtle.verify("HMAC", key, bytes, signed)) || genuine;
    }
  }
  return genuine ? null : "the signature does not fit";
}

/** What HubSpot decodes in the URL before it signs; everything else stays encoded. */
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

/** The documented form, and the URL as it came: no live signature over a query was ever seen. */
function signedForms(url: string): readonly string[] {
  const documented = url.replace(/%[0-9a-f]{2}/gi, (code) => decoded[code.toUpperCase()] ?? code);
  return documented === url ? [url] : [documented, url];
}

function signedBytes(request: SignedRequest, url: string, timestamp: string): BufferSource {
  const encoder = new TextEncoder();
  const head = encoder.encode(request.method.toUpperCase() + url);
  const tail = encoder.encode(timestamp);
  const all = new Uint8Array(head.length + request.body.length + tail.length);
  all.set(head, 0);
  all.set(request.body, head.length);
  all.set(tail, head.length + request.body.length);
  return all;
}

function hmacKey(secret: string): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [
    "verify",
  ]);
}

function bytesOf(base64: string): BufferSource | null {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
