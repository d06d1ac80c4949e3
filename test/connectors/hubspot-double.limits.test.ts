/** The double lets in who may come in, as often as they may. */
import { describe, expect, it } from "vitest";
import { fixture } from "./hubspot-fixture.ts";

const list = "/crm/objects/2026-03/contacts";
const search = `${list}/search`;
const dayMs = 86_400_000;

describe("a caller", () => {
  it.each([undefined, "Bearer wrong", "pat-test"])(
    "with %s for a token is refused",
    async (authorization) => {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await fixture().double.fetch(
        new Request(`https://api.hubapi.com${list}`, { headers }),
      );
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({
        status: "error",
        category: "INVALID_AUTHENTICATION",
      });
    },
  );

  it.each([
    { method: "GET", path: list, scope: "crm.objects.contacts.read" },
    { method: "POST", path: list, scope: "crm.objects.contacts.write" },
    { method: "GET", path: "/crm/properties/2026-03/deals", scope: "crm.schemas.deals.read" },
    { method: "POST", path: "/crm/properties/2026-03/deals", scope: "crm.schemas.deals.write" },
    { method: "GET", path: "/crm/owners/2026-03", scope: "crm.objects.owners.read" },
  ])("without $scope is told so", async ({ method, path, scope }) => {
    const world = fixture({ scopes: ["oauth"] });
    const { status, body } = await world.call(method, path, method === "POST" ? {} : undefined);
    expect([status, body.category]).toEqual([403, "MISSING_SCOPES"]);
    expect(body.errors[0].context.requiredGranularScopes).toEqual([scope]);
  });

  it("of an unknown path gets 404, with a query of 16,000 characters 414", async () => {
    const world = fixture();
    expect((await world.call("GET", "/crm/v3/nothing")).status).toBe(404);
    const { double } = world;
    const url = `https://api.hubapi.com${list}?properties=${"x".repeat(16_000)}`;
    const headers = { authorization: "Bearer pat-test" };
    expect((await double.fetch(new Request(url, { headers }))).status).toBe(414);
  });
});

describe("the limit", () => {
  it.each([
    { tier: "starter", max: 100 },
    { tier: "professional", max: 190 },
    { tier: "increased", max: 250 },
  ] as const)("of $tier is $max calls in any ten seconds", async ({ tier, max }) => {
    const world = fixture({ tier });
    for (let call = 0; call < max; call += 1)
      expect((await world.call("GET", list)).status).toBe(200);
    const refused = await world.call("GET", list);
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({
      message: "You have reached your ten_secondly_rolling limit.",
      errorType: "RATE_LIMIT",
      policyName: "TEN_SECONDLY_ROLLING",
    });
    expect(refused.headers.get("retry-after")).toBeNull();
    world.clock.now += 9_999;
    expect((await world.call("GET", list)).status).toBe(429);
    world.clock.now += 1;
    expect((await world.call("GET", list)).status).toBe(200);
  });

  it("counts no call of a future that the clock was set back from", async () => {
    const world = fixture({ tier: "starter" });
    for (let call = 0; call < 100; call += 1) await world.call("GET", list);
    world.clock.now -= dayMs;
    expect((await world.call("GET", list)).status).toBe(200);
  });

  it("is told in headers, except by search", async () => {
    const world = fixture();
    await world.call("GET", list);
    const { headers } = await world.call("GET", list);
    const told = ["daily", "daily-remaining", "interval-milliseconds", "max", "remaining"];
    expect(told.map((name) => headers.get(`x-hubspot-ratelimit-${name}`))).toEqual([
      "625000",
      "624998",
      "10000",
      "190",
      "188",
    ]);
    const found = await world.call("POST", search, {});
    expect(found.headers.get("x-hubspot-ratelimit-remaining")).toBeNull();
  });

  it("of searches is five a second", async () => {
    const world = fixture();
    const statuses: number[] = [];
    for (let call = 0; call < 6; call += 1)
      statuses.push((await world.call("POST", search, {})).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await world.call("POST", search, {})).body.message).toBe(
      "You have reached your secondly limit.",
    );
    world.clock.now += 1_000;
    expect((await world.call("POST", search, {})).status).toBe(200);
  });

  it("of a day starts anew at midnight of the account", async () => {
    const world = fixture({ limits: { daily: 3 }, timeZone: "America/New_York" });
    for (let call = 0; call < 3; call += 1) await world.call("GET", list);
    expect((await world.call("GET", list)).body.policyName).toBe("DAILY");
    world.clock.now = Date.UTC(2026, 10, 24, 4, 59);
    expect((await world.call("GET", list)).status).toBe(429);
    world.clock.now = Date.UTC(2026, 10, 24, 5, 0);
    expect((await world.call("GET", list)).status).toBe(200);
  });

  it("of a day is told by the account's usage", async () => {
    const world = fixture();
    await world.call("GET", list);
    const { body } = await world.call("GET", "/account-info/2026-03/api-usage/daily/private-apps");
    expect(body.results[0]).toMatchObject({ usageLimit: 625_000, currentUsage: 2 });
    world.clock.now += dayMs;
    const next = await world.call("GET", "/account-info/2026-03/api-usage/daily/private-apps");
    expect(next.body.results[0].currentUsage).toBe(1);
  });

  it("does not hold for webhooks", async () => {
    const world = fixture({ limits: { daily: 1 } });
    world.double.person(71001).create("companies", { name: "Firm" });
    await world.double.pump();
    expect((await world.call("GET", list)).status).toBe(200);
  });
});

it("every answer names itself", async () => {
  const world = fixture();
  const { headers, body } = await world.call("GET", `${list}/999`);
  expect(body.correlationId).toBe(headers.get("x-hubspot-correlation-id"));
  expect(body.correlationId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

it("calls are logged, to be counted", async () => {
  const world = fixture();
  await world.call("GET", "/crm/v3/objects/contacts");
  await world.call("POST", search, {});
  const path = "/crm/objects/2026-03/contacts";
  expect(world.double.calls.map(({ method, path: at, status }) => [method, at, status])).toEqual([
    ["GET", path, 200],
    ["POST", `${path}/search`, 200],
  ]);
  expect([
    world.double.countCalls(),
    world.double.countCalls("POST"),
    world.double.countCalls("GET", "search"),
  ]).toEqual([2, 1, 0]);
});
