/** What the Slack double was told, as people in the channel see it. Plain HTML, newest last. */
import { Hono } from "hono";
import { html, raw } from "hono/html";
import type { SlackBlock, SlackText } from "./block-kit.ts";
import type { SlackDouble, SlackPosted } from "./double.ts";

type Html = ReturnType<typeof html>;

export function slackPages(double: Pick<SlackDouble, "messages">, base = "/slack"): Hono {
  const app = new Hono();
  app.get("/", (context) => context.html(channel(double.messages, base)));
  app.get("/count", (context) => context.json({ count: double.messages.length }));
  return app;
}

function channel(messages: readonly SlackPosted[], base: string): Html {
  const list =
    messages.length === 0
      ? html`<p class="none">Nothing has been said here yet.</p>`
      : html`<ol>${messages.map(message)}</ol>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>#crm-sync · Slack double</title>
${style}
</head>
<body>
<aside><p class="team">Brightwater</p><p class="here"># crm-sync</p></aside>
<main>
<h1># crm-sync</h1>
<div role="log" aria-label="Messages" data-at="${base}/count" data-count="${messages.length}">
${list}
</div>
</main>
${follow}
</body>
</html>`;
}

function message({ at, post }: SlackPosted): Html {
  const time = new Date(at).toISOString();
  const blocks = post.blocks ?? [];
  const seen = blocks.length === 0 ? html`<p>${markup(post.text ?? "")}</p>` : blocks.map(block);
  return html`<li>
<p class="who"><b>CRM Sync</b> <span class="app">APP</span>
<time datetime="${time}">${time.slice(11, 16)} UTC</time></p>
${seen}
</li>`;
}

function block(each: SlackBlock): Html {
  switch (each.type) {
    case "header":
      return html`<h2>${each.text.text}</h2>`;
    case "divider":
      return html`<hr>`;
    case "section":
      return html`${each.text ? html`<p>${words(each.text)}</p>` : ""}
        ${each.fields ? html`<div class="fields">${each.fields.map(field)}</div>` : ""}`;
    case "context":
      return html`<p class="context">${each.elements.map(
        (element) => html`<span>${words(element)}</span> `,
      )}</p>`;
    case "actions":
      return html`<p>${each.elements.map(
        ({ text, url }) => html`<a href="${url ?? "#"}">${text.text}</a> `,
      )}</p>`;
    default:
      return each satisfies never;
  }
}

function field(text: SlackText): Html {
  return html`<p>${words(text)}</p>`;
}

function words(text: SlackText): Html {
  return text.type === "plain_text" ? html`${lines(escapeHtml(text.text))}` : markup(text.text);
}

/** Slack's own markup (https://docs.slack.dev/messaging/formatting-message-text). */
function markup(text: string): Html {
  // What stands in angle brackets is markup; everywhere else they come as entities.
  const parts = text
    .split(/(<[^>]*>)/)
    .map((part) => (part.startsWith("<") ? tag(part.slice(1, -1)) : styled(part)));
  return html`${lines(parts.join(""))}`;
}

function styled(text: string): string {
  // The entities are HTML's own, so that what was escaped for Slack is escaped for the page.
  return text
    .replaceAll('"', "&quot;")
    .replaceAll(/(?<![\w\u2060])\*([^*\n]+)\*(?![\w\u2060])/g, "<b>$1</b>")
    .replaceAll(/(?<![\w\u2060])_([^_\n]+)_(?![\w\u2060])/g, "<i>$1</i>");
}

function tag(inside: string): string {
  const [target = "", label = target] = inside.split("|");
  const date = /^!date\^(\d+)\^/.exec(target);
  if (date) {
    const time = new Date(Number(date[1]) * 1_000).toISOString();
    return `<time datetime="${time}">${escapeHtml(label)}</time>`;
  }
  if (target.startsWith("!") || target.startsWith("@") || target.startsWith("#")) {
    return `<mark>@${escapeHtml(label.replace(/^[!@#]/, ""))}</mark>`;
  }
  const address = target.replaceAll('"', "%22");
  return /^https?:/.test(address)
    ? `<a href="${address}">${label.replaceAll('"', "&quot;")}</a>`
    : "";
}

function lines(safe: string): ReturnType<typeof raw> {
  return raw(safe.replaceAll("\n", "<br>"));
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

const style = html`<style>
body { margin: 0; display: grid; grid-template-columns: 220px 1fr; min-height: 100vh;
  font: 15px/1.47 Lato, "Helvetica Neue", Arial, sans-serif; color: #1d1c1d; background: #fff; }
aside { background: #3f0e40; color: #fff; padding: 16px; }
.team { font-weight: 900; font-size: 18px; margin: 0 0 24px; }
.here { background: #1164a3; margin: 0 -16px; padding: 4px 16px; }
main { padding: 0 24px 24px; }
h1 { font-size: 18px; border-bottom: 1px solid #ddd; padding: 16px 0; margin: 0; }
h2 { font-size: 18px; margin: 4px 0; }
ol { list-style: none; margin: 0; padding: 0; }
li { padding: 12px 0; border-bottom: 1px solid #eee; }
p { margin: 4px 0; }
.who time, .context, .none { color: #616061; font-size: 13px; }
.context span + span::before { content: "· "; }
.app { background: #e8e8e8; color: #5c5a5b; font-size: 11px; padding: 1px 4px; border-radius: 2px; }
.fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 8px 16px;
  max-width: 620px; }
a { color: #1264a3; }
:focus-visible { outline: 3px solid #1d9bd1; outline-offset: 2px; }
@media (max-width: 640px) { body { grid-template-columns: 1fr; } }
</style>`;

const follow = html`<script>
{
  const { at, count } = document.querySelector("[role=log]").dataset;
  setInterval(async () => {
    const answer = await fetch(at).then((response) => response.json(), () => null);
    if (answer !== null && String(answer.count) !== count) location.reload();
  }, 1000);
}
</script>`;
