import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { Alert } from "../../worker/notify/alert.ts";
import { slackMessage, slackNotifier } from "../../worker/notify/slack.ts";
import { judge } from "../playground/slack/block-kit.ts";
import { createSlackDouble, type SlackDouble } from "../playground/slack/double.ts";

const now = Date.UTC(2026, 10, 23, 9);
const webhookUrl = "https://hooks.slack.com/services/T000/B000/secret";
const linkHosts = [".hubspot.com", "ops.example.com:8443"];

let slack: SlackDouble;
beforeEach(() => {
  slack = createSlackDouble({ path: "/services/T000/B000/secret", now: () => now });
});

const notifier = (url = webhookUrl) =>
  slackNotifier({
    webhookUrl: url,
    linkHosts,
    outside: { fetch: (request) => slack.fetch(request), now: () => now },
  });

function alert(more: Partial<Alert> = {}): Alert {
  return {
    exceptionId: "x1",
    kind: "conflict",
    object: "contact",
    objectLabel: "Contact",
    field: "phone",
    fieldLabel: "Phone",
    title: "Contact: Phone differs",
    reason: "Both were changed, and the rule is to ask.",
    values: [
      { label: "HubSpot", text: "+12125550134", at: now - 7_200_000, by: "Ada Okafor" },
      { label: "Operations", text: "+12125550178", at: now - 3_000_000, by: "Dev Raman" },
    ],
    url: "https://app.hubspot.com/contacts/1/record/0-1/151",
    openedAt: now,
    ...more,
  };
}

describe("a message", () => {
  test("of a conflict shows each system's value, by whom and when, why, and a link", async () => {
    await notifier().send([alert()]);
    expect(slack.messages.map(({ post }) => post)).toEqual([
      {
        text: "Contact: Phone differs",
        unfurl_links: false,
        unfurl_media: false,
        blocks: [
          { type: "header", text: plain("Contact: Phone differs") },
          {
            type: "section",
            fields: [
              mrkdwn(`*HubSpot*\n+12125550134\nAda Okafor, ${moment(now - 7_200_000)}`),
              mrkdwn(`*Operations*\n+12125550178\nDev Raman, ${moment(now - 3_000_000)}`),
            ],
          },
          { type: "section", text: plain("Both were changed, and the rule is to ask.") },
          {
            type: "section",
            text: mrkdwn("<https://app.hubspot.com/contacts/1/record/0-1/151|Open the record>"),
          },
          {
            type: "context",
            elements: [plain("Contact · Phone"), mrkdwn(`Open since ${moment(now)}`)],
          },
        ],
      },
    ]);
  });

  test("of many alerts is one, with the first few and how many there are", async () => {
    const alerts = Array.from({ length: 40 }, (_, index) =>
      alert(index < 25 ? {} : { field: "email", fieldLabel: "E-mail", openedAt: now - 1_000 }),
    );
    await notifier().send(alerts);
    expect(slack.messages).toHaveLength(1);
    const { post } = slack.messages[0]!;
    expect(post.text).toBe("40 open questions: 25 × Phone, 15 × E-mail");
    expect(post.blocks).toHaveLength(7);
    expect(post.blocks?.[1]).toEqual({
      type: "section",
      text: mrkdwn(
        "<https://app.hubspot.com/contacts/1/record/0-1/151|Contact: Phone differs>\n" +
          "HubSpot: +12125550134 · Operations: +12125550178",
      ),
    });
    expect(post.blocks?.at(-1)).toEqual({
      type: "context",
      elements: [plain("and 35 more"), mrkdwn(`Open since ${moment(now - 1_000)}`)],
    });
  });

  test("is not sent for no alerts", async () => {
    await notifier().send([]);
    expect(slack.messages).toEqual([]);
  });

  test.each([
    ["everybody", "<!channel> look", "&lt;!channel&gt; look"],
    ["somebody", "<@U012AB3CD>", "&lt;@U012AB3CD&gt;"],
    ["another place", "<https://evil.example|HubSpot>", "&lt;https://evil.example|HubSpot&gt;"],
    ["an entity", "&lt;!here&gt;", "&amp;lt;!here&amp;gt;"],
    ["lines of its own", "a\n\n*HubSpot*\nb", "a \u2060*\u2060HubSpot\u2060*\u2060 b"],
  ])("cannot be made to call %s by a value", (_, text, shown) => {
    const value = { label: "HubSpot", text, at: null, by: text };
    const message = slackMessage([alert({ values: [value], title: text })], linkHosts);
    expect(message.text).toBe(shown);
    expect(message.blocks[1]).toEqual({
      type: "section",
      fields: [mrkdwn(`*HubSpot*\n${shown}\n${shown}`)],
    });
    expect(message.blocks[0]).toMatchObject({ text: { type: "plain_text" } });
  });

  test.each([
    ["another host", "https://evil.example/contacts/1"],
    ["a host that only ends alike", "https://evilhubspot.com/contacts/1"],
    ["another port", "https://ops.example.com/customers/1"],
    ["a host with a name before it", "https://app.hubspot.com@evil.example/"],
    ["a name", "https://a@app.hubspot.com/"],
    ["a name and a password", "https://a:b@app.hubspot.com/"],
    ["a script", "javascript:alert(1)"],
    ["no address at all", "app.hubspot.com"],
    ["nowhere", null],
  ])("does not link to %s", (_, url) => {
    expect(JSON.stringify(slackMessage([alert({ url })], linkHosts))).not.toContain("|Open");
    expect(JSON.stringify(slackMessage([alert({ url }), alert({ url })], linkHosts))).not.toContain(
      "|Contact",
    );
  });

  test("keeps a link together whatever the address holds", () => {
    const url = "https://ops.example.com:8443/a|b>?x=1&y=<2>";
    const [, , , link] = slackMessage([alert({ url })], linkHosts).blocks;
    expect(link).toMatchObject({
      text: { text: "<https://ops.example.com:8443/a%7Cb%3E?x=1&amp;y=%3C2%3E|Open the record>" },
    });
  });

  const long = "🚀<&>*_".repeat(200);
  test.each([
    ["long", alert({ title: long, reason: long, fieldLabel: long, values: valuesOf(long, 30) })],
    ["empty", alert({ title: "", reason: "", fieldLabel: "", values: valuesOf("", 3) })],
    ["blank", alert({ title: " \n", reason: "\t", values: valuesOf(" ", 3) })],
    ["without a field", alert({ field: null, fieldLabel: null, values: [] })],
  ])("is one that Slack takes, however its words are: %s", (_, each) => {
    for (const alerts of [[each], Array.from({ length: 300 }, () => each)]) {
      const message = slackMessage(alerts, linkHosts);
      expect(judge(JSON.stringify(message))).toMatchObject({ ok: true });
      expect(message.text.isWellFormed()).toBe(true);
    }
  });
});

test("every alert makes a message that Slack takes, without a mention in it", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: fc.constantFrom("<", ">", "&", "|", "!", "@", "*", "_", "🚀", "\n", "a") }),
    fc.string({ unit: "binary", minLength: 400, maxLength: 3_000 }),
  );
  const value = fc.record({ label: text, text, at: fc.constant(now), by: fc.option(text) });
  const alerts = fc.array(
    fc
      .record({ title: text, reason: text, fieldLabel: fc.option(text), values: fc.array(value) })
      .map((more) => alert(more)),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(alerts, (each) => {
      const message = slackMessage(each, linkHosts);
      expect(judge(JSON.stringify(message))).toMatchObject({ ok: true });
      // Slack reads no markup in plain text.
      const read = JSON.stringify(message, (_, part) =>
        part?.type === "plain_text" ? null : part,
      );
      expect(read).not.toMatch(/<(?!!date\^|https:\/\/app\.hubspot\.com\/)/);
    }),
  );
});

describe("an answer of Slack's", () => {
  test("is never followed to another address", async () => {
    let redirect = "";
    const fetch = async (request: Request) => {
      ({ redirect } = request);
      return new Response("ok");
    };
    const outside = { fetch, now: () => now };
    await slackNotifier({ webhookUrl, linkHosts, outside }).send([alert()]);
    expect(redirect).toBe("manual");
  });

  test.each([
    [{ status: 429, retryAfterSeconds: 30 }, "rate_limited", 30_000],
    [{ status: 429 }, "rate_limited", 1_000],
    [{ status: 500 }, "retry", null],
    [{ status: 403 }, "reauthorize", null],
    [{ status: 302 }, "give_up", null],
    [{ status: 400 }, "give_up", null],
    ["refuse", "retry", null],
  ] as const)("%j asks for %s", async (fault, kind, retryAfterMs) => {
    slack.faults.next.push(fault);
    await expect(notifier().send([alert()])).rejects.toMatchObject({ kind, retryAfterMs });
    await notifier().send([alert()]);
    expect(slack.messages).toHaveLength(1);
  });

  test.each(["no_service", "channel_is_archived"] as const)(
    "of %s asks for a person, and says why without the address",
    async (gone) => {
      slack.faults.gone = gone;
      const error = await notifier()
        .send([alert()])
        .catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ kind: "reauthorize", message: expect.stringContaining(gone) });
      expect(String(error)).not.toContain("secret");
    },
  );
});

describe("the double refuses as Slack does", () => {
  const blocks = (...each: unknown[]) => JSON.stringify({ text: "x", blocks: each });
  test.each([
    ["no JSON", "{", "invalid_payload"],
    ["nothing to show", "{}", "no_text"],
    ["a text that is none", '{"text":7}', "invalid_payload"],
    ["too many blocks", blocks(...Array(51).fill({ type: "divider" })), "invalid_blocks"],
    ["a block it does not know", blocks({ type: "marquee" }), "invalid_blocks"],
    ["a header with markup", blocks({ type: "header", text: mrkdwn("x") }), "invalid_blocks"],
    ["a long header", blocks({ type: "header", text: plain("x".repeat(151)) }), "invalid_blocks"],
    ["an empty text", blocks({ type: "section", text: plain("") }), "invalid_blocks"],
    ["an empty section", blocks({ type: "section" }), "invalid_blocks"],
    [
      "eleven fields",
      blocks({ type: "section", fields: Array(11).fill(plain("x")) }),
      "invalid_blocks",
    ],
    [
      "a long field",
      blocks({ type: "section", fields: [plain("x".repeat(2_001))] }),
      "invalid_blocks",
    ],
  ])("%s", async (_, body, word) => {
    const response = await slack.fetch(new Request(webhookUrl, { method: "POST", body }));
    expect(response.status).toBe(400);
    expect(await response.text()).toBe(word);
    expect(slack.messages).toEqual([]);
  });

  test("another address", async () => {
    const refused = notifier(`${webhookUrl}s`).send([alert()]);
    await expect(refused).rejects.toMatchObject({ kind: "reauthorize", status: 404 });
  });
});

function plain(text: string) {
  return { type: "plain_text", text, emoji: false };
}

function mrkdwn(text: string) {
  return { type: "mrkdwn", text, verbatim: true };
}

function moment(at: number): string {
  const words = new Date(at).toISOString().slice(0, 16).replace("T", " ");
  return `<!date^${at / 1_000}^{date_short_pretty} {time}|${words} UTC>`;
}

function valuesOf(text: string, count: number): Alert["values"] {
  return Array.from({ length: count }, () => ({ label: text, text, at: now, by: text }));
}
