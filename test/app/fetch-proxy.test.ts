/** hubspot.fetch's proxy keeps HubSpot's rules, limits and signature. */
import { Signature } from "@hubspot/api-client";
import { describe, expect, test } from "vitest";
import {
  createProxy,
  type ProxyOptions,
  type ProxyRequest,
  signature,
} from "../playground/host/proxy.ts";

const user = { id: 77, email: "rep+x@example.com" };
const url = "https://sync.example.com/card/record?objectId=151";
const now = 1_700_000_300_000;

function stand(
  respond: (request: Request, call: number) => Promise<Response> | Response,
  options: Partial<ProxyOptions> = {},
) {
  const calls: Request[] = [];
  const proxy = createProxy({
    permittedUrls: ["https://sync.example.com"],
    mapping: { "https://sync.example.com": "http://127.0.0.1:5304" },
    clientSecret: "secret",
    portalId: 62515,
    appId: 54321,
    now: () => now,
    fetch: async (request) => {
      calls.push(request);
      return respond(request, calls.length);
    },
    ...options,
  });
  return {
    calls,
    ask: (request: Partial<ProxyRequest> = {}) => proxy({ requestUri: url, ...request }, user),
  };
}

const fine = () => Response.json({ ok: true });

describe("a request", () => {
  test("goes to the local address, with who asks added to the query", async () => {
    const { calls, ask } = stand(fine);
    const { httpStatus, body } = await ask();
    expect(calls.map((call) => call.url)).toEqual([
      "http://127.0.0.1:5304/card/record?objectId=151" +
        "&userId=77&portalId=62515&userEmail=rep%2Bx%40example.com&appId=54321",
    ]);
    expect({ httpStatus, body }).toMatchObject({
      httpStatus: 200,
      body: { status: "success", responseBody: { ok: true } },
    });
  });

  test("cannot say that somebody else asks", async () => {
    const { calls, ask } = stand(fine);
    await ask({ requestUri: `${url}&userId=1&userEmail=boss@example.com&portalId=1&appId=1` });
    const { searchParams } = new URL(calls[0]!.url);
    expect(searchParams.getAll("userId")).toEqual(["77"]);
    expect(searchParams.getAll("userEmail")).toEqual([user.email]);
    expect(searchParams.getAll("portalId")).toEqual(["62515"]);
    expect(searchParams.getAll("appId")).toEqual(["54321"]);
  });

  test("is signed over the public address and the body", async () => {
    const { calls, ask } = stand(fine);
    await ask({ method: "POST", requestBody: { kind: "keep" } });
    const sent = calls[0]!;
    const { search } = new URL(sent.url);
    const signed = {
      method: "POST",
      url: `https://sync.example.com/card/record${search}`,
      body: '{"kind":"keep"}',
      timestamp: now,
    };
    expect(await sent.text()).toBe(signed.body);
    for (const [name, value] of Object.entries(signature(signed, "secret"))) {
      expect(sent.headers.get(name)).toBe(value);
    }
  });

  test.each([
    { name: "an address not permitted", request: { requestUri: "https://elsewhere.example/x" } },
    { name: "plain http", request: { requestUri: "http://sync.example.com/x" } },
    { name: "no address at all", request: { requestUri: "nonsense" } },
    { name: "two headers", request: { requestHeaders: { authorization: "x", accept: "y" } } },
    { name: "a header of its own", request: { requestHeaders: { "x-mine": "1" } } },
    { name: "a GET with a body", request: { requestBody: { a: 1 } } },
    { name: "an unknown method", request: { method: "TRACE" } },
    {
      name: "more than 1 MB",
      request: { method: "POST", requestBody: { text: "x".repeat(1_048_576) } },
    },
  ])("is refused: $name", async ({ request }) => {
    const { calls, ask } = stand(fine);
    expect((await ask(request)).httpStatus).toBe(400);
    expect(calls).toEqual([]);
  });

  test("may carry an Authorization header", async () => {
    const { calls, ask } = stand(fine);
    await ask({ requestHeaders: { Authorization: "Bearer x" } });
    expect(calls[0]?.headers.get("authorization")).toBe("Bearer x");
  });

  test("beyond the twentieth at once is refused", async () => {
    const waiting = Promise.withResolvers<Response>();
    const { ask } = stand(() => waiting.promise.then((response) => response.clone()));
    const first = Array.from({ length: 20 }, () => ask());
    expect((await ask()).httpStatus).toBe(429);
    waiting.resolve(fine());
    for (const { httpStatus } of await Promise.all(first)) expect(httpStatus).toBe(200);
    expect((await ask()).httpStatus).toBe(200);
  });

  test("under a permitted path only reaches what lies below it", async () => {
    const { ask } = stand(fine, { permittedUrls: ["https://sync.example.com/card"] });
    expect((await ask()).httpStatus).toBe(200);
    expect((await ask({ requestUri: "https://sync.example.com/cardigan" })).httpStatus).toBe(400);
  });
});

describe("the app's answer", () => {
  test("that is an error arrives as 200 with its status and body", async () => {
    const { ask } = stand(() => Response.json({ reason: "no" }, { status: 409 }));
    expect(await ask()).toMatchObject({
      httpStatus: 200,
      body: {
        status: "error",
        category: "BAD_GATEWAY",
        responseBody: { reason: "no" },
        context: { appServerStatusCode: ["409"] },
      },
    });
  });

  test("that redirects is an error, and is not followed", async () => {
    const { calls, ask } = stand(() => new Response(null, { status: 302 }));
    expect((await ask()).body.context.appServerStatusCode).toEqual(["302"]);
    expect(calls.map((call) => call.redirect)).toEqual(["manual"]);
  });

  test("of 5xx is asked for once more", async () => {
    const { calls, ask } = stand((_, call) =>
      call === 1 ? new Response(null, { status: 503 }) : fine(),
    );
    expect((await ask({ method: "POST", requestBody: {} })).body.status).toBe("success");
    expect(calls).toHaveLength(2);
  });

  test("of 4xx is not asked for again", async () => {
    const { calls, ask } = stand(() => new Response(null, { status: 404 }));
    await ask();
    expect(calls).toHaveLength(1);
  });

  test("that never comes, for want of a connection, is an error after two tries", async () => {
    const { calls, ask } = stand(() => Promise.reject(new TypeError("fetch failed")));
    expect((await ask()).httpStatus).toBe(500);
    expect(calls).toHaveLength(2);
  });

  test("that takes too long is a timeout", async () => {
    // A request that nothing holds may be collected, and its signal then never fires.
    const underWay: Request[] = [];
    const { ask } = stand((request) => {
      underWay.push(request);
      const { signal } = request;
      return new Promise((_, reject) => {
        const end = () => reject(signal.reason);
        // A millisecond may have passed already.
        if (signal.aborted) end();
        else signal.addEventListener("abort", end);
      });
    });
    expect((await ask({ requestTimeoutMillis: 1 })).httpStatus).toBe(504);
  });

  test.each([
    { name: "is not JSON", text: "<html>" },
    { name: "is over 1 MB", text: JSON.stringify("x".repeat(1_048_576)) },
  ])("that $name is refused", async ({ text }) => {
    const { ask } = stand(() => new Response(text));
    expect((await ask()).httpStatus).toBe(400);
  });
});

describe("the signature", () => {
  const request = {
    method: "POST",
    url: "https://a.example/x?b=c",
    body: '{"ü":1}',
    timestamp: now,
  };

  test("is what HubSpot's own client makes, where nothing is escaped", () => {
    const { url, body: requestBody } = request;
    // The client's type asks for the signature to be checked even where it makes one.
    const options = { url, requestBody, clientSecret: "k", signature: "" };
    expect(signature(request, "k")).toMatchObject({
      "X-HubSpot-Signature-v3": Signature.getSignature("POST", "v3", {
        ...options,
        timestamp: now,
      }),
      "X-HubSpot-Signature": Signature.getSignature("POST", "v2", options),
    });
  });

  test("decodes the twelve documented escapes and no others", () => {
    const escaped = "%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B%2B%20%25";
    const plain = ":/?@!$'()*,;%2B%20%25";
    const of = (query: string) =>
      signature({ ...request, url: `https://a.example/x?q=${query}` }, "k")[
        "X-HubSpot-Signature-v3"
      ];
    expect(of(escaped)).toBe(of(plain));
  });
});
