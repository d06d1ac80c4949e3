import { describe, expect, test } from "vitest";
import { signedHeaders, verifyWebhook } from "../../worker/connectors/rest/standard-webhooks.ts";

/** Published with the specification's own libraries. */
const published = {
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  now: 1_614_265_330_000,
  body: bytes('{"test": 2432232314}'),
  signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};
const { secret, id, now, body, signature } = published;
const other = `whsec_${btoa("another secret of 27 bytes.")}`;
const foreign = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";

describe("signing", () => {
  test("gives the published signature", async () => {
    expect(await signedHeaders({ secrets: [secret], id, now, body })).toEqual({
      "webhook-id": id,
      "webhook-timestamp": "1614265330",
      "webhook-signature": signature,
    });
  });

  test("gives one signature a secret while one is being replaced", async () => {
    const headers = await signedHeaders({ secrets: [other, secret], id, now, body });
    const signatures = headers["webhook-signature"].split(" ");
    expect(signatures).toHaveLength(2);
    expect(signatures[1]).toBe(signature);
  });

  test.each(["", "msg.1"])("refuses the id %j", async (bad) => {
    await expect(signedHeaders({ secrets: [secret], id: bad, now, body })).rejects.toThrow();
  });

  test.each([
    ["no secret at all", ""],
    ["only the prefix", "whsec_"],
    ["too short", `whsec_${btoa("x".repeat(23))}`],
    ["too long", `whsec_${btoa("x".repeat(65))}`],
    ["not base64", "whsec_#########################"],
  ])("refuses a secret that is %s", async (_, bad) => {
    await expect(signedHeaders({ secrets: [bad], id, now, body })).rejects.toThrow(/24 to 64/);
    await expect(verify({ secrets: [bad] })).rejects.toThrow(/24 to 64/);
  });
});

describe("a genuine webhook", () => {
  const cases: [string, Changes][] = [
    ["as published", {}],
    ["with a secret without its prefix", { secrets: [secret.slice("whsec_".length)] }],
    ["with the old secret second", { secrets: [other, secret] }],
    ["among other signatures", { signature: `${foreign} v2,AAAA ${signature} ${foreign}` }],
    ["five minutes old", { now: now + 300_000 }],
    ["five minutes early", { now: now - 300_000 }],
  ];
  test.each(cases)("is accepted %s", async (_, changes) => {
    expect(await verify(changes)).toBeNull();
  });
});

describe("a webhook", () => {
  const cases: [string, Changes, RegExp][] = [
    ["without an id", { id: null }, /webhook-id is missing/],
    ["with an empty id", { id: "" }, /webhook-id is missing/],
    ["with another id", { id: "msg_other" }, /none of the secrets/],
    ["without a timestamp", { timestamp: null }, /not a number/],
    ["with a word for a timestamp", { timestamp: "hello" }, /not a number/],
    ["with a fraction in its timestamp", { timestamp: "1614265330.0" }, /not a number/],
    ["with a negative timestamp", { timestamp: "-1614265330" }, /not a number/],
    ["with an endless timestamp", { timestamp: "9".repeat(400) }, /not a number/],
    ["with another timestamp", { timestamp: "1614265331" }, /none of the secrets/],
    ["too old", { now: now + 301_000 }, /too old/],
    ["from the future", { now: now - 301_000 }, /in the future/],
    ["without a signature", { signature: null }, /signature is missing/],
    ["with a made-up signature", { signature: "v1,dawfeoifkpqwoekfpqoekf" }, /none/],
    ["with an empty signature", { signature: "v1," }, /none/],
    ["with half a signature", { signature: signature.slice(0, 8) }, /none/],
    ["with a signature without its version", { signature: signature.slice(3) }, /none/],
    ["with a signature of another version", { signature: `v2${signature.slice(2)}` }, /none/],
    ["signed with another secret", { secrets: [other] }, /none/],
    ["when no secret is known", { secrets: [] }, /none/],
    ["with another body", { body: bytes('{"test": 2432232315}') }, /none/],
    ["with no body", { body: bytes("") }, /none/],
    [
      "with its signature after more others than anybody needs",
      { signature: `${`${foreign} `.repeat(16)}${signature}` },
      /none/,
    ],
  ];
  test.each(cases)("is refused %s", async (_, changes, reason) => {
    expect(await verify(changes)).toMatch(reason);
  });

  test("is refused when bytes move from its body to its id", async () => {
    const headers = await signedHeaders({
      secrets: [secret],
      id: "msg_1",
      now,
      body: bytes("1614265330.{}"),
    });
    const moved = "msg_1.1614265330";
    const shifted = { id: moved, signature: headers["webhook-signature"], body: bytes("{}") };
    expect(await verify(shifted)).toMatch(/dot/);
  });
});

interface Changes {
  readonly secrets?: readonly string[];
  readonly id?: string | null;
  readonly timestamp?: string | null;
  readonly signature?: string | null;
  readonly now?: number;
  readonly body?: Uint8Array;
}

/** The published webhook with some of it changed. */
function verify(changes: Changes): Promise<string | null> {
  const headers = new Headers();
  const put = (name: string, value: string | null) => value !== null && headers.set(name, value);
  put("webhook-id", changes.id === undefined ? id : changes.id);
  put("webhook-timestamp", changes.timestamp === undefined ? "1614265330" : changes.timestamp);
  put("webhook-signature", changes.signature === undefined ? signature : changes.signature);
  return verifyWebhook({
    secrets: changes.secrets ?? [secret],
    headers,
    body: changes.body ?? body,
    now: changes.now ?? now,
  });
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
