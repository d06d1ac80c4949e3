/** The doors of the real Worker: what is let in, what is refused, and that nothing is lost. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import vectors from "../connectors/signature-vectors.json" with { type: "json" };
import { identity, publicUrl } from "../playground/addresses.ts";
import type { Playground } from "../playground/playground.ts";
import {
  ada,
  card,
  knock,
  logged,
  makePair,
  ofContact,
  type Pair,
  phoneOf,
  rows,
  signatureV3,
  signed,
  standardWebhook,
  startStand,
  writes,
} from "./stand.ts";

let stand: Playground;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

const minutes = 60_000;
const hubspotPath = "/webhooks/hubspot";
const status = async (request: Request | Promise<Request>) => (await fetch(await request)).status;

/** An event of a record that nobody knows, so that a poke of it would be seen. */
const event = (parts: object = {}) => ({
  eventId: 1,
  subscriptionId: 2,
  portalId: identity.portalId,
  appId: identity.appId,
  occurredAt: Date.now(),
  subscriptionType: "object.propertyChange",
  objectTypeId: "0-1",
  objectId: 987_654_321,
  propertyName: "jobtitle",
  propertyValue: "Clerk",
  attemptNumber: 0,
  changeSource: "CRM_UI",
  sourceId: "userId:71001",
  ...parts,
});
const delivery = (...events: object[]) => ({ path: hubspotPath, body: JSON.stringify(events) });

/** Pokes stored while something was done, and the reasons given for what was refused. */
async function seen(act: () => Promise<unknown>) {
  const lines = await logged(stand, act);
  const stored = lines.filter((line) => line.event === "webhook.stored");
  return {
    pokes: stored.reduce((sum, line) => sum + Number(line.pokes), 0),
    ignored: stored.map((line) => line.ignored),
    refused: lines.filter((line) => line.event === "webhook.refused").length,
    faults: lines.filter((line) => line.event === "http.failed").length,
  };
}

describe("a delivery of HubSpot", () => {
  it("is taken with a signature made as the published vectors are", async () => {
    for (const vector of vectors.hubspot.filter(({ version }) => version === "v3")) {
      const { method = "", url = "", body, timestamp, secret, expected } = vector;
      const made = signatureV3({ method, url, body, at: Number(timestamp), secret });
      expect(made).toBe(expected);
    }
    const body = JSON.stringify([event({ propertyValue: "Zoë 🚀 'x'" })]);
    expect(await status(signed(stand, { path: hubspotPath, body }))).toBe(200);
  });

  it("is taken for the configured address, wherever it arrives", async () => {
    const arriving = { ...delivery(event()), url: `${stand.urls.worker}${hubspotPath}` };
    expect(await status(signed(stand, arriving))).toBe(401);
    const configured = { ...delivery(event()), url: `${publicUrl}${hubspotPath}` };
    expect(await status(signed(stand, configured))).toBe(200);
  });

  const body = JSON.stringify([event()]);
  const v3 = vectors.hubspot.find(({ id }) => id === "hs-v3-python-sdk")!;
  const forged: Record<string, () => Request | Promise<Request>> = {
    "signed with another secret": () =>
      signed(stand, { path: hubspotPath, body, secret: "another-secret" }),
    "signed five minutes and a second ago": () =>
      signed(stand, { path: hubspotPath, body, at: Date.now() - 5 * minutes - 1_000 }),
    "signed five minutes and a second ahead": () =>
      signed(stand, { path: hubspotPath, body, at: Date.now() + 5 * minutes + 1_000 }),
    "signed for another path": () =>
      signed(stand, { path: hubspotPath, body, url: `${publicUrl}/webhooks/ops` }),
    "signed for another host": () =>
      signed(stand, { path: hubspotPath, body, url: `https://other.example${hubspotPath}` }),
    "signed without the query it has": () =>
      signed(stand, { path: `${hubspotPath}?a=1`, body, url: `${publicUrl}${hubspotPath}` }),
    "signed for another body": async () => {
      const { headers } = await signed(stand, { path: hubspotPath, body: `${body} ` });
      return knock(stand, { path: hubspotPath, body, headers: Object.fromEntries(headers) });
    },
    "that is a published vector, long past": () =>
      knock(stand, {
        path: hubspotPath,
        body: v3.body,
        headers: {
          "x-hubspot-signature-v3": v3.expected,
          "x-hubspot-request-timestamp": v3.timestamp ?? "",
        },
      }),
    "with no signature": () => knock(stand, { path: hubspotPath, body }),
  };
  it.each(Object.entries(forged))("%s is refused with 401 and stores nothing", async (_, make) => {
    const result = await seen(async () => expect(await status(make())).toBe(401));
    expect(result).toMatchObject({ pokes: 0, refused: 1, faults: 0 });
  });

  it.each(["x-hubspot-signature-v3", "x-hubspot-request-timestamp"])(
    "without its header %s is refused",
    async (header) => {
      const request = await signed(stand, delivery(event()));
      request.headers.delete(header);
      expect(await status(request)).toBe(401);
    },
  );

  it("cannot fall back to the older signatures, however right they are", async () => {
    const sha = async (text: string) =>
      Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(text))).toString("hex");
    const secret = identity.hubspotClientSecret;
    const signatures = {
      v1: await sha(secret + body),
      v2: await sha(`${secret}POST${publicUrl}${hubspotPath}${body}`),
    };
    for (const [version, signature] of Object.entries(signatures)) {
      const headers = {
        "x-hubspot-signature": signature,
        "x-hubspot-signature-version": version,
        "x-hubspot-request-timestamp": String(Date.now()),
      };
      expect(await status(knock(stand, { path: hubspotPath, body, headers }))).toBe(401);
      const asV3 = { ...headers, "x-hubspot-signature-v3": signature };
      expect(await status(knock(stand, { path: hubspotPath, body, headers: asV3 }))).toBe(401);
    }
  });

  it("sent again by somebody who overheard it changes nothing", async () => {
    const pair = await makePair(stand);
    const title = { propertyName: "jobtitle", propertyValue: "Forger" };
    const about = delivery(event({ objectId: Number(pair.contactId), ...title }));
    const request = await signed(stand, about);
    const before = writes(stand);
    for (let copy = 0; copy < 3; copy += 1) expect(await status(request.clone())).toBe(200);
    await stand.quiet();
    expect(writes(stand)).toEqual(before);
    expect(stand.ops.record("customers", pair.customerId)?.role).toBeNull();
  });

  it("over 1 MB is refused with 413, whether it says its size or not", async () => {
    const large = "x".repeat(1_048_577);
    expect(await status(signed(stand, { path: hubspotPath, body: large }))).toBe(413);
    const told = await signed(stand, { path: hubspotPath, body: large });
    const chunked = new Request(told.url, {
      method: "POST",
      headers: told.headers,
      body: new Blob([large]).stream(),
      duplex: "half",
    } as RequestInit);
    expect(await status(chunked)).toBe(413);
  });

  const malformed: readonly (readonly [string, string | Uint8Array<ArrayBuffer>])[] = [
    ["nothing", ""],
    ["no JSON", "{'example_field':'example_value'}"],
    ["half a list", '[{"portalId":1'],
    ["an object", "{}"],
    ["a number", "7"],
    ["no UTF-8", Uint8Array.from([0x5b, 0xff, 0x5d])],
    ["nests ten thousand deep", "[".repeat(10_000)],
    ["ten thousand and one events", `[${Array(10_001).fill("{}").join(",")}]`],
  ];
  it.each(malformed)("that holds %s is refused with 400, and nothing falls over", async (_, of) => {
    const result = await seen(async () =>
      expect(await status(signed(stand, { path: hubspotPath, body: of }))).toBe(400),
    );
    expect(result).toMatchObject({ pokes: 0, faults: 0 });
  });

  it("with events that are none of our business is taken, and they are counted", async () => {
    const foreign = delivery(
      event({ portalId: identity.portalId + 1 }),
      event({ appId: identity.appId + 1 }),
      event({ subscriptionType: "object.future" }),
      event({ subscriptionType: "conversation.newMessage" }),
      event({ objectTypeId: "0-999" }),
      event({ propertyName: "favourite_colour" }),
      event({ objectId: null }),
      { hello: "there" },
    );
    const result = await seen(async () => expect(await status(signed(stand, foreign))).toBe(200));
    expect(result).toMatchObject({ pokes: 0, refused: 0, faults: 0 });
    expect(result.ignored).toEqual([
      {
        other_portal: 1,
        other_app: 1,
        unknown_type: 2,
        unmapped_object: 1,
        unmapped_property: 1,
        malformed: 2,
      },
    ]);
  });

  it("is answered 503 while the mailbox cannot be written, and comes again", async () => {
    const pair = await makePair(stand);
    await withoutMailbox(async () => {
      expect(await status(signed(stand, delivery(event())))).toBe(503);
      stand.hubspot.person(ada.userId).update("contacts", pair.contactId, { jobtitle: "Kept" });
      await stand.until(() => stand.hubspot.portal.state.batches.length > 0);
    });
    expect(stand.ops.record("customers", pair.customerId)?.role).toBeNull();
    hubspotTriesAgain();
    await stand.until(() => stand.ops.record("customers", pair.customerId)?.role === "Kept");
  });
});

describe("a value that fails validation", () => {
  it("is an exception somebody sees, while the other fields flow", async () => {
    const pair = await makePair(stand);
    stand.hubspot
      .person(ada.userId)
      .update("contacts", pair.contactId, { phone: "call me maybe", jobtitle: "Buyer" });
    await stand.quiet();
    const customer = stand.ops.record("customers", pair.customerId);
    expect(customer).toMatchObject({ phone: "+12125550100", role: "Buyer" });
    const { record } = await card(stand, { action: "record", ...ofContact(pair) });
    expect(record).toMatchObject({ state: "held", problems: [{ kind: "invalid" }] });

    const right = { phone: "(212) 555-0134" };
    stand.hubspot.person(ada.userId).update("contacts", pair.contactId, right);
    await stand.quiet();
    expect(phoneOf(stand, pair).ops).toBe("+12125550134");
    const after = await card(stand, { action: "record", ...ofContact(pair) });
    expect(after.record).toMatchObject({ state: "in_sync", problems: [] });
  });
});

describe("a delivery of operations", () => {
  const body = JSON.stringify({
    type: "customer.updated",
    timestamp: "2026-11-23T09:00:00Z",
    data: {
      id: "cus_99999",
      object: "customers",
      version: 1,
      changed: { role: "Clerk" },
      actor: { kind: "user", id: "user_dev", name: "Dev" },
    },
  });

  it("is taken with a signature made as the published vector is", async () => {
    const [vector] = vectors.standard_webhooks;
    const made = standardWebhook(stand, {
      body: vector!.body,
      id: vector!.msg_id,
      atSeconds: Number(vector!.timestamp),
      secret: vector!.secret,
    });
    expect(made.headers.get("webhook-signature")).toBe(vector!.expected);
    expect(await status(made)).toBe(401);
    expect(await status(standardWebhook(stand, { body }))).toBe(200);
  });

  const now = () => Math.floor(Date.now() / 1_000);
  const refused: Record<string, () => Request> = {
    "signed with another secret": () =>
      standardWebhook(stand, { body, secret: `whsec_${"b".repeat(32)}` }),
    "signed five minutes and a second ago": () =>
      standardWebhook(stand, { body, atSeconds: now() - 301 }),
    "signed five minutes and some seconds ahead": () =>
      standardWebhook(stand, { body, atSeconds: now() + 303 }),
    "without an id": () => standardWebhook(stand, { body, without: "webhook-id" }),
    "without a time": () => standardWebhook(stand, { body, without: "webhook-timestamp" }),
    "without a signature": () => standardWebhook(stand, { body, without: "webhook-signature" }),
    "with an id that holds a dot": () => standardWebhook(stand, { body, id: "msg.1" }),
    "whose signature is another version's": () => {
      const request = standardWebhook(stand, { body });
      const signature = request.headers.get("webhook-signature") ?? "";
      request.headers.set("webhook-signature", signature.replace("v1,", "v1a,"));
      return request;
    },
    "with the signature of another message": () => {
      const request = standardWebhook(stand, { body });
      request.headers.set("webhook-id", "msg_other");
      return request;
    },
    "with another body": () => {
      const { headers } = standardWebhook(stand, { body });
      const parts = { path: "/webhooks/ops", body: `${body} ` };
      return knock(stand, { ...parts, headers: Object.fromEntries(headers) });
    },
  };
  it.each(Object.entries(refused))("%s is refused with 401 and stores nothing", async (_, make) => {
    const result = await seen(async () => expect(await status(make())).toBe(401));
    expect(result).toMatchObject({ pokes: 0, refused: 1, faults: 0 });
  });

  it.each([
    ["no JSON", "hello", 400],
    ["no event", "[]", 400],
    ["an object nobody syncs", body.replace("customers", "invoices"), 200],
    ["more than 1 MB", "x".repeat(1_048_577), 413],
  ])("that holds %s is answered, and nothing falls over", async (_, of, expected) => {
    const result = await seen(async () =>
      expect(await status(standardWebhook(stand, { body: of }))).toBe(expected),
    );
    expect(result).toMatchObject({ pokes: 0, faults: 0 });
  });

  it("is answered 503 while the mailbox cannot be written, and comes again", async () => {
    const pair = await makePair(stand);
    const tried = stand.ops.deliveries.length;
    await withoutMailbox(async () => {
      stand.ops.person("Dev Raman").update("customers", pair.customerId, { given_name: "Kept" });
      await stand.until(() => stand.ops.deliveries.length > tried);
      expect(stand.ops.deliveries.at(-1)?.status).toBe(503);
    });
    await stand.until(() => firstName(pair) === "Kept");
  });
});

it("a door that does not exist is 404, and a wrong method too", async () => {
  expect(await status(signed(stand, { path: "/webhooks/nobody", body: "[]" }))).toBe(404);
  for (const path of ["/", "/webhooks", "/card", "/webhooks/hubspot"]) {
    expect(await status(knock(stand, { method: "GET", path, body: "" }))).toBe(404);
  }
  expect(await status(knock(stand, { method: "GET", path: "/healthz", body: "" }))).toBe(200);
});

const firstName = (pair: Pair) =>
  stand.hubspot.portal.state.records["0-1"]?.[pair.contactId]?.history.firstname?.[0]?.value;

/** While something is done, the store refuses every poke, as a database does that is down. */
async function withoutMailbox(act: () => Promise<void>): Promise<void> {
  await stand.quiet();
  await rows(stand, "ALTER TABLE pokes RENAME TO pokes_away");
  try {
    await act();
  } finally {
    await rows(stand, "ALTER TABLE pokes_away RENAME TO pokes");
  }
}

/** HubSpot's first retry comes after a minute; nobody wants to wait for it here. */
function hubspotTriesAgain(): void {
  const { state } = stand.hubspot.portal;
  state.batches = state.batches.map((batch) => ({ ...batch, dueAt: 0 }));
}
