/**
 * Signs and checks webhooks as Standard Webhooks says
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 * Invariant: what is accepted was signed with one of the secrets, as these bytes, within the
 * tolerance of now.
 */
import { limits } from "./limits.ts";

export interface WebhookCheck {
  /** Several while a secret is being replaced; any of them will do. */
  readonly secrets: readonly string[];
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Why the webhook is not genuine and fresh, or null. */
export async function verifyWebhook(check: WebhookCheck): Promise<string | null> {
  const id = check.headers.get("webhook-id");
  const timestamp = check.headers.get("webhook-timestamp");
  const header = check.headers.get("webhook-signature");
  if (!id) return "webhook-id is missing";
  // The parts are joined with dots, so an id with one could take over bytes of its neighbours.
  if (id.includes(".")) return "webhook-id contains a dot";
  if (!timestamp || !/^\d{1,12}$/.test(timestamp)) return "webhook-timestamp is not a number";
  const ageMs = check.now - Number(timestamp) * 1_000;
  if (ageMs > limits.toleranceMs) return "webhook-timestamp is too old";
  if (ageMs < -limits.toleranceMs) return "webhook-timestamp is in the future";
  if (!header) return "webhook-signature is missing";
  const signatures = header
    .split(" ", limits.signaturesMax)
    .filter((each) => each.startsWith("v1,"))
    .flatMap((each) => fromBase64(each.slice(3)) ?? []);
  const content = signedContent(id, timestamp, check.body);
  for (const secret of check.secrets) {
    const key = await keyOf(secret);
    for (const signature of signatures) {
      // Compares in constant time, unlike any comparison of our own.
      if (await crypto.subtle.verify("HMAC", key, signature, content)) return null;
    }
  }
  return "webhook-signature matches none of the secrets";
}

/** For tools that only send a secret along. Why it is none of the secrets, or null. */
export async function verifySecret(
  given: string | null,
  secrets: readonly string[],
): Promise<string | null> {
  if (!given) return "the webhook's secret is missing";
  const bytes = (text: string) => new TextEncoder().encode(text);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  for (const secret of secrets) {
    // Compared as MACs: the comparison takes the same time wherever the two differ.
    const key = await crypto.subtle.importKey("raw", bytes(secret), algorithm, false, [
      "sign",
      "verify",
    ]);
    const mac = await crypto.subtle.sign("HMAC", key, bytes(given));
    if (await crypto.subtle.verify("HMAC", key, mac, bytes(secret))) return null;
  }
  return "the webhook's secret is none of ours";
}

/** The three headers of a webhook. The id stays the same when the webhook is sent again. */
export async function signedHeaders(webhook: {
  /** The newest first; each signs, so that receivers can change over at leisure. */
  readonly secrets: readonly string[];
  readonly id: string;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly body: Uint8Array;
}): Promise<Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string>> {
  if (webhook.id === "" || webhook.id.includes(".")) throw new Error("not a webhook id");
  const timestamp = String(Math.floor(webhook.now / 1_000));
  const content = signedContent(webhook.id, timestamp, webhook.body);
  const signatures = await Promise.all(
    webhook.secrets.map(async (secret) => {
      const bytes = await crypto.subtle.sign("HMAC", await keyOf(secret), content);
      return `v1,${btoa(String.fromCharCode(...new Uint8Array(bytes)))}`;
    }),
  );
  return {
    "webhook-id": webhook.id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures.join(" "),
  };
}

/** Throws for anything but 24 to 64 bytes in base64, with or without "whsec_" before them. */
async function keyOf(secret: string): Promise<CryptoKey> {
  const bytes = fromBase64(secret.replace(/^whsec_/, ""));
  if (!bytes || bytes.length < 24 || bytes.length > 64) {
    throw new Error("A webhook secret must be 24 to 64 bytes in base64.");
  }
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign", "verify"]);
}

function signedContent(id: string, timestamp: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`${id}.${timestamp}.`);
  const content = new Uint8Array(head.length + body.length);
  content.set(head);
  content.set(body, head.length);
  return content;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
