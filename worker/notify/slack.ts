/**
 * Tells Slack of alerts through an incoming webhook, as Block Kit. Invariant: a value out of a
 * record is shown as the text it is; it can neither mention anybody, nor link anywhere, nor make
 * Slack refuse the message for its length.
 */
import { ConnectorError, type Outside, type Recovery } from "../connectors/connector.ts";
import type { Alert, AlertValue, Notifier } from "./alert.ts";

export interface SlackOptions {
  /** A secret: whoever has it can post. */
  readonly webhookUrl: string;
  /** Hosts that links may lead to; ".example.com" stands for all hosts below it. */
  readonly linkHosts: readonly string[];
  readonly outside: Outside;
}

/** Slack takes more; people do not. */
const textMax = 150;
const reasonMax = 500;
/** Of a value beside others in one line. */
const besideMax = 60;
const addressMax = 1_000;
const linesMax = 5;
const valuesMax = 5;

const system = "slack";

export function slackNotifier(options: SlackOptions): Notifier {
  return {
    send: async (alerts) => {
      if (alerts.length === 0) return;
      await post(options, slackMessage(alerts, options.linkHosts));
    },
  };
}

export interface SlackMessage {
  /** For notifications and screen readers; the blocks are what is seen. */
  readonly text: string;
  readonly blocks: readonly object[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

/** One alert in full; of several the first few, and how many there are. */
export function slackMessage(alerts: readonly Alert[], linkHosts: readonly string[]): SlackMessage {
  const [first, second] = alerts;
  if (!first) throw new Error("a message needs an alert");
  const title = second ? summary(alerts) : first.title;
  return {
    text: escaped(title),
    blocks: second ? grouped(alerts, title, linkHosts) : single(first, linkHosts),
    unfurl_links: false,
    unfurl_media: false,
  };
}

function single(alert: Alert, linkHosts: readonly string[]): object[] {
  const link = linkOf(alert, linkHosts, "Open the record");
  const about = [alert.objectLabel, alert.fieldLabel].filter((each) => each !== null).join(" · ");
  return [
    header(alert.title),
    ...(alert.values.length === 0
      ? []
      : [{ type: "section", fields: alert.values.slice(0, valuesMax).map(valueField) }]),
    { type: "section", text: plain(alert.reason, reasonMax) },
    // A link, not a button: Slack reports a button's press to an app, and a webhook has none.
    ...(link ? [{ type: "section", text: { type: "mrkdwn", text: link, verbatim: true } }] : []),
    { type: "context", elements: [plain(about), mrkdwn(`Open since ${moment(alert.openedAt)}`)] },
  ];
}

function grouped(alerts: readonly Alert[], title: string, linkHosts: readonly string[]): object[] {
  const lines = alerts.slice(0, linesMax).map((alert) => {
    const name = linkOf(alert, linkHosts, alert.title) ?? escaped(alert.title);
    return { type: "section", text: mrkdwn(`${name}\n${inShort(alert)}`) };
  });
  const left = alerts.length - lines.length;
  const rest = left === 0 ? [] : [plain(`and ${left} more`)];
  return [
    header(title),
    ...lines,
    { type: "context", elements: [...rest, mrkdwn(`Open since ${moment(openedFirst(alerts))}`)] },
  ];
}

/** The values side by side, or why it is open where there are none. */
function inShort({ values, reason }: Alert): string {
  if (values.length === 0) return escaped(reason);
  const sides = values
    .slice(0, valuesMax)
    .map(({ label, text }) => `${escaped(label, besideMax)}: ${shown(text, besideMax)}`);
  return sides.join(" · ");
}

function shown(text: string, max = textMax): string {
  return text === "" ? "_blank_" : escaped(text, max);
}

/** "3 open questions: 2 × Phone, 1 × Amount". */
function summary(alerts: readonly Alert[]): string {
  const counts = new Map<string, number>();
  for (const { fieldLabel, objectLabel } of alerts) {
    const what = fieldLabel ?? objectLabel;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const most = [...counts].toSorted(([, a], [, b]) => b - a);
  return `${alerts.length} open questions: ${most.map(([what, n]) => `${n} × ${what}`).join(", ")}`;
}

function valueField({ label, text, at, by }: AlertValue): object {
  const who = by === null ? [] : [escaped(by)];
  const when = at === null ? [] : [moment(at)];
  const said = [...who, ...when].join(", ");
  return mrkdwn(
    [`*${escaped(label)}*`, shown(text), said].filter((line) => line !== "").join("\n"),
  );
}

function header(text: string): object {
  return { type: "header", text: plain(text) };
}

/** Slack reads no markup in it, so that nothing has to be escaped. */
function plain(text: string, max = textMax): object {
  return { type: "plain_text", text: capped(text, max) || "–", emoji: false };
}

/** `verbatim`: Slack makes no links and mentions of its own out of the words. */
function mrkdwn(text: string): object {
  return { type: "mrkdwn", text, verbatim: true };
}

function linkOf(alert: Alert, linkHosts: readonly string[], words: string): string | null {
  const url = alert.url === null ? null : URL.parse(alert.url);
  if (!url || !["https:", "http:"].includes(url.protocol)) return null;
  const allowed = linkHosts.some((host) =>
    host.startsWith(".") ? url.host.endsWith(host) : url.host === host,
  );
  if (!allowed || url.username !== "" || url.password !== "") return null;
  // "|" would end the address and "&" is told apart from an entity by being one.
  const address = [...url.href.replaceAll("|", "%7C")].map(entity).join("");
  if (address.length > addressMax) return null;
  return `<${address}|${escaped(words).replaceAll("|", "¦")}>`;
}

/** Shown in the reader's own time zone. */
function moment(at: number): string {
  const fallback = new Date(at).toISOString().slice(0, 16).replace("T", " ");
  return `<!date^${Math.floor(at / 1_000)}^{date_short_pretty} {time}|${fallback} UTC>`;
}

function openedFirst(alerts: readonly Alert[]): number {
  return alerts.map((alert) => alert.openedAt).reduce((a, b) => Math.min(a, b));
}

/**
 * A value as text in mrkdwn. Slack knows no escape for "*", "_", "~" and "`"; a word joiner, which
 * is not seen, on each side keeps them from being paired.
 * https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
function escaped(text: string, max = textMax): string {
  return capped(text, max, (character) =>
    "*_~`".includes(character) ? `\u2060${character}\u2060` : entity(character),
  );
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

function entity(character: string): string {
  return entities[character] ?? character;
}

/** One line whose length, as written, is bounded; it never ends within a character. */
function capped(text: string, max = textMax, write = (character: string) => character): string {
  let line = "";
  for (const character of text.replaceAll(/\s+/gu, " ").trim()) {
    const more = write(character);
    if (line.length + more.length >= max) return `${line}…`;
    line += more;
  }
  return line;
}

async function post({ webhookUrl, outside }: SlackOptions, message: SlackMessage): Promise<void> {
  let response: Response;
  let word: string;
  try {
    response = await outside.fetch(
      new Request(webhookUrl, {
        method: "POST",
        headers: { "content-type": "application/json; charset=utf-8" },
        body: JSON.stringify(message),
        redirect: "manual",
      }),
    );
    word = (await response.text()).trim();
  } catch (cause) {
    throw new ConnectorError("retry", system, "Slack did not answer.", { cause });
  }
  const { status } = response;
  if (status === 200) return;
  const retryAfterMs = status === 429 ? waitMs(response.headers) : null;
  throw new ConnectorError(recoveryOf(status), system, explain(status, word), {
    status,
    retryAfterMs,
  });
}

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors */
function recoveryOf(status: number): Recovery {
  if (status === 429) return "rate_limited";
  if (status >= 500 || status === 408) return "retry";
  // The webhook was taken back, its channel archived, or its team forbids it: a person mends it.
  if ([401, 403, 404, 410].includes(status)) return "reauthorize";
  return "give_up";
}

function explain(status: number, word: string): string {
  const said = /^[a-z_]{1,64}$/.test(word) ? ` (${word})` : "";
  return `Slack did not take the message: ${status}${said}.`;
}

/** https://docs.slack.dev/apis/web-api/rate-limits: one message a second, and the wait in seconds. */
function waitMs(headers: Headers): number {
  const seconds = Number(headers.get("retry-after") ?? "");
  return seconds > 0 ? Math.min(seconds, 3_600) * 1_000 : 1_000;
}
