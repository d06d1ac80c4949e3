/**
 * Tells a Telegram chat of alerts through a bot. Invariant: messages are plain text, in which a
 * value out of a record can neither format, nor link, nor mention; and the bot's token, which is a
 * part of the address, is in no error.
 */
import * as z from "zod";
import { ConnectorError, type Outside } from "../connectors/connector.ts";
import type { Alert, Notifier } from "./alert.ts";

export interface TelegramOptions {
  /** A secret: whoever has it is the bot. */
  readonly token: string;
  /** An id, or "@" and a channel's name. */
  readonly chatId: string;
  readonly outside: Outside;
}

const system = "telegram";

export function telegramNotifier(options: TelegramOptions): Notifier {
  return {
    send: async (alerts) => {
      if (alerts.length > 0) await post(options, telegramText(alerts));
    },
  };
}

/** https://core.telegram.org/bots/api#sendmessage */
const messageMax = 4_096;
const lineMax = 300;
const alertsMax = 5;
const valuesMax = 5;

/** One alert in full; of several the first few, and how many there are. */
export function telegramText(alerts: readonly Alert[]): string {
  const shown = alerts.slice(0, alertsMax).map(lines);
  const left = alerts.length - shown.length;
  const head = alerts.length === 1 ? [] : [`${alerts.length} open questions`];
  const rest = left === 0 ? [] : [`and ${left} more`];
  const text = [...head, ...shown, ...rest].join("\n\n");
  return text.length <= messageMax ? text : `${text.slice(0, messageMax - 1)}…`;
}

function lines({ title, reason, values, url }: Alert): string {
  const sides = values.slice(0, valuesMax).map(({ label, text, by }) => {
    const who = by === null ? "" : ` (${by})`;
    return `${label}: ${text === "" ? "blank" : text}${who}`;
  });
  const all = [title, ...sides, reason, ...(url === null ? [] : [url])];
  return all.map(oneLine).join("\n");
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/gu, " ").trim();
  return line.length <= lineMax ? line : `${line.slice(0, lineMax - 1)}…`;
}

/** https://core.telegram.org/bots/api#making-requests */
const answerSchema = z.object({
  description: z.optional(z.string()),
  parameters: z.optional(z.object({ retry_after: z.optional(z.number()) })),
});

async function post({ token, chatId, outside }: TelegramOptions, text: string): Promise<void> {
  let response: Response;
  let body: string;
  try {
    response = await outside.fetch(
      new Request(`https://api.telegram.org/bot${token}/sendMessage`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          chat_id: chatId,
          text,
          link_preview_options: { is_disabled: true },
        }),
        redirect: "manual",
      }),
    );
    body = await response.text();
  } catch {
    // What the network says of it may name the address, and with it the token.
    throw new ConnectorError("retry", system, "Telegram did not answer.");
  }
  const { status } = response;
  if (status === 200) return;
  const answer = answerOf(body);
  const seconds = answer.parameters?.retry_after ?? 1;
  throw new ConnectorError(recoveryOf(status), system, explain(status, answer.description), {
    status,
    retryAfterMs: status === 429 ? Math.min(seconds, 3_600) * 1_000 : null,
  });
}

function answerOf(body: string): z.infer<typeof answerSchema> {
  try {
    return answerSchema.parse(JSON.parse(body));
  } catch {
    return {};
  }
}

function recoveryOf(status: number): ConnectorError["kind"] {
  if (status === 429) return "rate_limited";
  if (status >= 500) return "retry";
  // The token was taken back, or the bot was put out of the chat: a person mends it.
  return [401, 403, 404].includes(status) ? "reauthorize" : "give_up";
}

const explain = (status: number, description: string | undefined): string =>
  description === undefined || description.length > 200
    ? `Telegram did not take the message: ${status}.`
    : `Telegram did not take the message: ${status} (${description}).`;
