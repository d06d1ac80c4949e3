/** Telegram and the outgoing webhook: what they send, and what their refusals mean. */
import { describe, expect, it } from "vitest";
import { ConnectorError } from "../../worker/connectors/connector.ts";
import { signedHeaders, verifyWebhook } from "../../worker/connectors/rest/standard-webhooks.ts";
import type { Alert } from "../../worker/notify/alert.ts";
import { telegramNotifier, telegramText } from "../../worker/notify/telegram.ts";
import { webhookNotifier } from "../../worker/notify/webhook.ts";

const now = Date.UTC(2026, 10, 23, 9);
const secret = "whsec_cGxheWdyb3VuZC1vcHMtd2ViaG9vay1zZWNyZXQ=";
const token = "123:secret-token";

const alert = (more: Partial<Alert> = {}): Alert => ({
  exceptionId: "x1",
  kind: "conflict",
  object: "contact",
  objectLabel: "Contact",
  field: "phone",
  fieldLabel: "Phone",
  title: "Contact: Phone differs",
  reason: "Both were changed, and a person decides.",
  values: [
    { label: "HubSpot", text: "+12125550134", at: now, by: "Ada Okafor" },
    { label: "Operations", text: "", at: now, by: null },
  ],
  url: "https://app.hubspot.com/contacts/1/record/0-1/151",
  openedAt: now,
  ...more,
});

interface Sent {
  readonly request: Request;
  readonly body: Uint8Array;
}

/** A network that answers so, and keeps what it was sent. */
function network(answer: () => Response | Promise<Response>) {
  const sent: Sent[] = [];
  const outside = {
    now: () => now,
    fetch: async (request: Request) => {
      sent.push({ request, body: new Uint8Array(await request.clone().arrayBuffer()) });
      return answer();
    },
  };
  return { sent, outside };
}

const ok = () => new Response("{}");
const telegram = (answer: () => Response | Promise<Response>) => {
  const { sent, outside } = network(answer);
  return { sent, notifier: telegramNotifier({ token, chatId: "@sync", outside }) };
};
const webhook = (answer: () => Response | Promise<Response>) => {
  const { sent, outside } = network(answer);
  const sign = (one: { id: string; now: number; body: Uint8Array }) =>
    signedHeaders({ ...one, secrets: [secret] });
  const url = "https://alerts.example.com/sync";
  return { sent, notifier: webhookNotifier({ url, outside, sign }) };
};
const text = ({ body }: Sent) => JSON.parse(new TextDecoder().decode(body));

const refusal = async (promise: Promise<unknown>): Promise<ConnectorError> => {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConnectorError)) throw new Error("it was not refused");
  return error;
};

describe("Telegram", () => {
  it("is sent plain text: the values, who set them, why, and a link", async () => {
    const { sent, notifier } = telegram(ok);
    await notifier.send([alert()]);
    expect(sent[0]?.request.url).toBe(`https://api.telegram.org/bot${token}/sendMessage`);
    expect(text(sent[0]!)).toEqual({
      chat_id: "@sync",
      link_preview_options: { is_disabled: true },
      text: [
        "Contact: Phone differs",
        "HubSpot: +12125550134 (Ada Okafor)",
        "Operations: blank",
        "Both were changed, and a person decides.",
        "https://app.hubspot.com/contacts/1/record/0-1/151",
      ].join("\n"),
    });
    await notifier.send([]);
    expect(sent).toHaveLength(1);
  });

  it("is sent one message for many, never longer than it takes", () => {
    const many = Array.from({ length: 40 }, () =>
      alert({ reason: "long ".repeat(2_000), title: "A\nB" }),
    );
    const message = telegramText(many);
    expect(message.length).toBeLessThanOrEqual(4_096);
    expect(message.startsWith("40 open questions\n\nA B\n")).toBe(true);
    expect(message.endsWith("and 35 more")).toBe(true);
  });

  it.each([
    [429, { parameters: { retry_after: 7 } }, "rate_limited", 7_000],
    [500, {}, "retry", null],
    [401, { description: "Unauthorized" }, "reauthorize", null],
    [403, { description: "bot was kicked" }, "reauthorize", null],
    [400, { description: "chat not found" }, "give_up", null],
  ])("that answers %i asks for what mends it", async (status, body, kind, retryAfterMs) => {
    const { notifier } = telegram(() => Response.json(body, { status }));
    expect(await refusal(notifier.send([alert()]))).toMatchObject({ kind, status, retryAfterMs });
  });

  it("names its token in no error", async () => {
    const { notifier } = telegram(() => Promise.reject(new Error(`no route to bot${token}`)));
    const error = await refusal(notifier.send([alert()]));
    expect(error.kind).toBe("retry");
    expect(JSON.stringify([error.message, error.cause])).not.toContain("secret-token");
    const { notifier: html } = telegram(() => new Response("<html>", { status: 502 }));
    expect((await refusal(html.send([alert()]))).message).toContain("502");
  });
});

describe("the outgoing webhook", () => {
  it("is signed, so that its receiver can tell that it is ours", async () => {
    const { sent, notifier } = webhook(ok);
    await notifier.send([alert()]);
    const [{ request, body }] = sent as [Sent];
    const check = { secrets: [secret], headers: request.headers, body, now };
    expect(await verifyWebhook(check)).toBeNull();
    expect(text(sent[0]!)).toMatchObject({
      type: "exceptions.opened",
      data: { exceptions: [{ id: "x1", field: "phone", opened_at: "2026-11-23T09:00:00.000Z" }] },
    });
  });

  it("carries the same id when it is sent again, and another for others", async () => {
    const { sent, notifier } = webhook(ok);
    await notifier.send([alert()]);
    await notifier.send([alert()]);
    await notifier.send([alert({ exceptionId: "x2" })]);
    const [first, again, other] = sent.map(({ request }) => request.headers.get("webhook-id"));
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it("is several where there is much to tell", async () => {
    const { sent, notifier } = webhook(ok);
    await notifier.send(Array.from({ length: 120 }, (_, one) => alert({ exceptionId: `${one}` })));
    expect(sent.map((one) => text(one).data.exceptions.length)).toEqual([50, 50, 20]);
  });

  it.each([
    [204, null],
    [429, "rate_limited"],
    [503, "retry"],
    [410, "reauthorize"],
    [302, "give_up"],
    [422, "give_up"],
  ])("that answers %i", async (status, kind) => {
    const { notifier } = webhook(() => new Response(null, { status }));
    if (kind === null) await notifier.send([alert()]);
    else expect(await refusal(notifier.send([alert()]))).toMatchObject({ kind, status });
  });

  it("that does not answer is tried again", async () => {
    const { notifier } = webhook(() => Promise.reject(new Error("refused")));
    expect((await refusal(notifier.send([alert()]))).kind).toBe("retry");
  });
});
