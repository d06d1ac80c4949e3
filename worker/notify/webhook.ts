/**
 * Tells any address of alerts, as JSON signed by Standard Webhooks
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 * Invariant: the same alerts carry the same id however often they are sent, so that whoever
 * receives them can tell a repetition.
 */
import { ConnectorError, type Outside } from "../connectors/connector.ts";
import type { Alert, Notifier } from "./alert.ts";

export interface WebhookOptions {
  readonly url: string;
  readonly outside: Outside;
  /** The headers that prove the body; they hold the id. */
  readonly sign: (webhook: {
    readonly id: string;
    readonly now: number;
    readonly body: Uint8Array;
  }) => Promise<Readonly<Record<string, string>>>;
}

const system = "webhook";
const alertsPerMessage = 50;

export function webhookNotifier(options: WebhookOptions): Notifier {
  return {
    async send(alerts) {
      for (let at = 0; at < alerts.length; at += alertsPerMessage) {
        await post(options, alerts.slice(at, at + alertsPerMessage));
      }
    },
  };
}

async function post(options: WebhookOptions, alerts: readonly Alert[]): Promise<void> {
  const { url, outside, sign } = options;
  const body = new TextEncoder().encode(
    JSON.stringify({ type: "exceptions.opened", data: { exceptions: alerts.map(told) } }),
  );
  const headers = await sign({ id: await idOf(alerts), now: outside.now(), body });
  let status: number;
  try {
    const response = await outside.fetch(
      new Request(url, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body,
        redirect: "manual",
      }),
    );
    status = response.status;
    await response.body?.cancel();
  } catch (cause) {
    throw new ConnectorError("retry", system, "The webhook did not answer.", { cause });
  }
  if (status >= 200 && status < 300) return;
  throw new ConnectorError(recoveryOf(status), system, explain(status), {
    status,
    retryAfterMs: status === 429 ? 1_000 : null,
  });
}

const told = (alert: Alert) => ({
  id: alert.exceptionId,
  kind: alert.kind,
  object: alert.object,
  field: alert.field,
  title: alert.title,
  reason: alert.reason,
  values: alert.values.map(({ label, text, at, by }) => ({ system: label, value: text, at, by })),
  url: alert.url,
  opened_at: new Date(alert.openedAt).toISOString(),
});

async function idOf(alerts: readonly Alert[]): Promise<string> {
  const text = JSON.stringify(alerts.map(({ exceptionId, openedAt }) => [exceptionId, openedAt]));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0"));
  return `msg_${hex.join("").slice(0, 32)}`;
}

function recoveryOf(status: number): ConnectorError["kind"] {
  if (status === 429) return "rate_limited";
  if (status >= 500 || status === 408) return "retry";
  // 410: the receiver wants no more of them, says the specification; a redirect is not followed.
  return [401, 403, 404, 410].includes(status) ? "reauthorize" : "give_up";
}

const explain = (status: number): string =>
  status >= 300 && status < 400
    ? `The webhook wants to send us elsewhere (${status}). Set its final address.`
    : `The webhook did not take the message: ${status}.`;
