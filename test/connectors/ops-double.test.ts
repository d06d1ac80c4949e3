import { beforeEach, describe, expect, test } from "vitest";
import { verifyWebhook } from "../../worker/connectors/rest/standard-webhooks.ts";
import { createOpsDouble, type OpsDouble, OpsRefusal } from "../playground/ops/double.ts";
import { opsIdOf, seedOps } from "../playground/ops/seed.ts";
import { retryDelaysMs } from "../playground/ops/webhooks.ts";
import { world } from "../playground/world.ts";

const start = Date.UTC(2026, 10, 23, 9);
const secrets = ["whsec_cGxheWdyb3VuZC1vcHMtd2ViaG9vay1zZWNyZXQ=", `whsec_${btoa("k".repeat(32))}`];

let now: number;
let double: OpsDouble;
let received: { id: string; body: string; request: Request }[];
let status: number;

beforeEach(() => {
  now = start;
  received = [];
  status = 204;
  double = make();
});

function make(more: { timestampPrecisionMs?: number; random?: () => number } = {}): OpsDouble {
  return createOpsDouble({
    token: "token",
    clientId: "crm-sync",
    webhookSecret: secrets,
    now: () => now,
    random: () => 0.5,
    webhook: {
      targetUrl: "https://sync.example.com/webhooks/ops",
      send: async (request) => {
        const id = request.headers.get("webhook-id") ?? "";
        received.push({ id, body: await request.clone().text(), request });
        return new Response(null, { status });
      },
    },
    ...more,
  });
}

async function api(path: string, body?: unknown, token = "token") {
  const response = await double.fetch(
    new Request(`https://ops.example.com/v1/${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is what the tests are about
  return { status: response.status, body: (await response.json()) as any };
}

const elena = () => double.person("Elena Kowalczyk");
const add = (email: string) => elena().create("customers", { email }).id;

describe("the API", () => {
  test.each([
    ["a wrong token", "customers", undefined, "wrong", 401],
    ["no such object", "invoices", undefined, "token", 404],
    ["no such path", "customers/batch/destroy", {}, "token", 404],
    ["a body of another shape", "customers/batch/read", { id: "cus_1" }, "token", 400],
    ["more than a hundred rows", "customers/batch/read", { ids: manyIds(101) }, "token", 400],
    ["a property it does not have", "customers/search", search("shoe_size"), "token", 400],
    ["a foreign cursor", "customers/changes?cursor=next", undefined, "token", 400],
  ])("refuses %s", async (_, path, body, token, expected) => {
    const answer = await api(path, body, token);
    expect(answer.status).toBe(expected);
    expect(answer.body.error.code).toEqual(expect.any(String));
  });

  test("reads by id, in the order of ids, and names what is missing", async () => {
    const [a, b] = [add("a@x.io"), add("b@x.io")];
    const { body } = await api("customers/batch/read", { ids: [b, "cus_99999", a] });
    expect(body.rows.map((row: { id: string }) => row.id)).toEqual([a, b]);
    expect(body.missing).toEqual(["cus_99999"]);
  });

  test("lists by id in pages, archived records only if asked", async () => {
    const ids = Array.from({ length: 5 }, (_, index) => add(`p${index}@x.io`));
    elena().archive("customers", ids[1] ?? "");
    const first = await api("customers?limit=3");
    expect(first.body.rows).toHaveLength(3);
    const second = await api(`customers?limit=3&cursor=${first.body.next_cursor}`);
    expect(second.body).toMatchObject({ rows: [{ id: ids[4] }], next_cursor: null });
    expect((await api("customers?archived=include")).body.rows).toHaveLength(5);
  });

  test("tells changes since a cursor, each record once, at its latest", async () => {
    const [a, b] = [add("a@x.io"), add("b@x.io")];
    const { body } = await api("customers/changes");
    expect(body.rows.map((row: { id: string }) => row.id)).toEqual([a, b]);
    elena().update("customers", a, { role: "Buyer" });
    elena().update("customers", a, { role: "Head of Purchasing" });
    elena().archive("customers", b);
    const next = await api(`customers/changes?cursor=${body.cursor}`);
    expect(next.body.rows).toMatchObject([
      { id: a, role: "Head of Purchasing" },
      { id: b, archived: true },
    ]);
  });

  test("says when and by whom each property was set", async () => {
    const id = add("a@x.io");
    now += 60_000;
    await api("customers/batch/update", { rows: [{ id, set: { role: "Buyer" } }] });
    const changed = double.record("customers", id)?.changed;
    expect(changed).toMatchObject({
      email: { at: "2026-11-23T09:00:00.000Z", by: { kind: "user", name: "Elena Kowalczyk" } },
      role: { at: "2026-11-23T09:01:00.000Z", by: { kind: "integration", id: "crm-sync" } },
    });
  });

  test.each([
    ["e-mail", { email: "nobody" }],
    ["choice", { lifecycle: "retired" }],
    ["length", { given_name: "x".repeat(81) }],
    ["unknown property", { shoe_size: "40" }],
  ])("refuses a row for its %s and names the property", async (_, set) => {
    const rows = [{ external_key: "k", set }];
    const { status, body } = await api("customers/batch/create", { rows });
    expect(status).toBe(200);
    expect(body.results[0]).toMatchObject({
      external_key: "k",
      status: "refused",
      error: { property: Object.keys(set)[0] },
    });
  });

  test.each([
    ["value", "12,50"],
    ["value", "1e3"],
    ["currency", "euro"],
    ["expected_close", "2026-02-30"],
    ["expected_close", "1.12.2026"],
  ])("refuses %s %j of an opportunity", (property, value) => {
    expect(() => elena().create("opportunities", { [property]: value })).toThrow(OpsRefusal);
  });

  test("gives opportunities a number, and keeps numbers and e-mail addresses unique", () => {
    const { number } = elena().create("opportunities", {});
    expect(number).toBe("OP-10240");
    expect(() => elena().create("opportunities", { number: "op-10240" })).toThrow(/taken/);
    const id = add("a@x.io");
    expect(() => add("A@x.io")).toThrow(/taken/);
    elena().archive("customers", id);
    add("A@x.io");
    expect(() => elena().restore("customers", id)).toThrow(/taken/);
    const moved = add("old@x.io");
    elena().update("customers", moved, { email: "new@x.io" });
    expect(add("old@x.io")).not.toBe(moved);
  });
});

describe("references", () => {
  const organization = () => elena().create("organizations", { name: "Northgate" }).id;

  test("lead to records that exist, singly and in sets, and are listed empty where blank", () => {
    const [a, b, org] = [add("a@x.io"), add("b@x.io"), organization()];
    const deal = { title: "Pumps", organization: org, customers: [b, a] };
    expect(elena().create("opportunities", deal)).toMatchObject(deal);
    expect(elena().create("opportunities", {})).toMatchObject({
      organization: null,
      customers: [],
    });
  });

  test.each([
    ["one that does not exist", { organization: "org_99999" }],
    ["one of another object", { organization: "cus_00001" }],
    ["one among others that does not exist", { customers: ["cus_00001", "cus_99999"] }],
    ["several where one belongs", { organization: ["org_00001"] }],
    ["one that is no list", { customers: "cus_00001" }],
  ])("refuse %s, and name the property", async (_, set) => {
    add("a@x.io");
    organization();
    const rows = [{ external_key: "k", set }];
    const { body } = await api("opportunities/batch/create", { rows });
    expect(body.results[0]).toMatchObject({
      status: "refused",
      error: { property: Object.keys(set)[0] },
    });
  });

  test("are told as ids, and as one change of the record that holds them", async () => {
    const [a, b] = [add("a@x.io"), add("b@x.io")];
    const { id } = elena().create("opportunities", { customers: [a] });
    await double.pump();
    received.length = 0;
    elena().update("opportunities", id, { customers: [a, b] });
    elena().update("opportunities", id, { customers: [a, b] });
    await double.pump();
    expect(received).toHaveLength(1);
    expect(JSON.parse(received[0]!.body).data).toMatchObject({
      id,
      changed: { customers: [a, b] },
    });
  });

  test("to what is erased are gone, and nobody is told of it", async () => {
    const [a, b, org] = [add("a@x.io"), add("b@x.io"), organization()];
    const { id } = elena().create("opportunities", { organization: org, customers: [a, b] });
    await double.pump();
    received.length = 0;
    elena().erase("customers", a);
    elena().erase("organizations", org);
    const record = double.record("opportunities", id);
    expect(record).toMatchObject({ organization: null, customers: [b], version: 3 });
    await double.pump();
    expect(received.map(({ body }) => body).join()).not.toContain(id);
  });

  test("are found by the id they hold", async () => {
    const a = add("a@x.io");
    const { id } = elena().create("opportunities", { customers: [a] });
    const { body } = await api("opportunities/search", { property: "customers", values: [a] });
    expect(body.rows).toMatchObject([{ id }]);
  });
});

describe("webhooks", () => {
  test("are signed with every secret, for a receiver that knows only one", async () => {
    add("a@x.io");
    await double.pump();
    const { request, body } = received[0]!;
    for (const secret of secrets) {
      const check = { headers: request.headers, body: new TextEncoder().encode(body), now };
      expect(await verifyWebhook({ ...check, secrets: [secret] })).toBeNull();
    }
  });

  test("tell one change alone and several together, a hundred at most", async () => {
    const id = add("a@x.io");
    await double.pump();
    expect(JSON.parse(received[0]!.body)).toMatchObject({
      type: "customer.created",
      data: { id, object: "customers", changed: { email: "a@x.io" }, actor: { kind: "user" } },
    });
    for (let index = 0; index < 150; index += 1) add(`p${index}@x.io`);
    await double.pump();
    const sizes = received.slice(1).map(({ body }) => JSON.parse(body).data.events.length);
    expect(sizes).toEqual([100, 50]);
  });

  test("do not tell of a write that changes nothing", async () => {
    const id = add("a@x.io");
    await double.pump();
    elena().update("customers", id, { email: "a@x.io" });
    expect(double.nextDueAt()).toBeNull();
    expect(double.record("customers", id)?.version).toBe(1);
  });

  test("are sent again, with the same id and body, until they are taken", async () => {
    status = 503;
    add("a@x.io");
    await double.pump();
    expect(double.nextDueAt()).toBe(start + retryDelaysMs[0]!);
    now = double.nextDueAt() ?? 0;
    status = 204;
    await double.pump();
    expect(new Set(received.map(({ id, body }) => id + body)).size).toBe(1);
    expect(received).toHaveLength(2);
    expect(double.nextDueAt()).toBeNull();
  });

  test("are due until they are answered, and sent once meanwhile", async () => {
    let answer = (_: Response) => {};
    const slow = createOpsDouble({
      token: "token",
      clientId: "crm-sync",
      webhookSecret: secrets,
      now: () => now,
      random: () => 0.5,
      webhook: {
        targetUrl: "https://sync.example.com/webhooks/ops",
        send: () =>
          new Promise((resolve) => {
            answer = resolve;
          }),
      },
    });
    slow.person("Elena").create("customers", { email: "a@x.io" });
    const pumped = slow.pump();
    expect(slow.nextDueAt()).toBe(start);
    expect(await slow.pump()).toBe(0);
    answer(new Response());
    expect(await pumped).toBe(1);
    expect(slow.nextDueAt()).toBeNull();
  });

  test("are given up in the end", async () => {
    status = 500;
    add("a@x.io");
    let attempts = 0;
    for (let due = double.nextDueAt(); due !== null; due = double.nextDueAt()) {
      now = due;
      attempts += await double.pump();
    }
    expect(attempts).toBe(retryDelaysMs.length + 1);
  });

  test("due at the same time can go out in another order", async () => {
    status = 503;
    for (const email of ["a@x.io", "b@x.io", "c@x.io"]) {
      add(email);
      await double.pump();
    }
    const inOrder = received.map(({ id }) => id);
    received.length = 0;
    now += retryDelaysMs[0]!;
    double.faults.webhooks.shuffle = true;
    await double.pump();
    const ids = received.map(({ id }) => id);
    expect(ids.toSorted()).toEqual(inOrder.toSorted());
    expect(ids).not.toEqual(inOrder);
  });

  test.each([
    ["lost", { dropShare: 1 }, 0],
    ["doubled", { copies: 3 }, 3],
    ["sent for records that do not exist", { phantoms: true }, 1],
  ])("can be %s", async (_, faults, expected) => {
    Object.assign(double.faults.webhooks, faults);
    add("a@x.io");
    await double.pump();
    expect(received).toHaveLength(expected);
  });
});

describe("faults", () => {
  const update = (id: string) =>
    api("customers/batch/update", { rows: [{ id, set: { role: "Buyer" } }] });

  test("down: neither answers nor sends until it is up again", async () => {
    const id = add("a@x.io");
    double.faults.downUntil = now + 60_000;
    await expect(update(id)).rejects.toThrow(TypeError);
    expect(await double.pump()).toBe(0);
    now = double.nextDueAt() ?? 0;
    expect(now).toBe(start + 60_000);
    expect(await double.pump()).toBe(1);
    expect((await update(id)).status).toBe(200);
  });

  test.each([
    ["refused connection", { kind: "refuse" }, null],
    ["answer before anything is done", { kind: "answer", status: 500 }, null],
    ["lost answer", { kind: "drop" }, "Buyer"],
    ["nonsense for an answer", { kind: "garble", body: "?" }, "Buyer"],
  ] as const)("%s: applied or not, as it says", async (_, fault, role) => {
    const id = add("a@x.io");
    double.faults.inject(fault, { operation: "update" });
    await update(id).catch(() => null);
    expect(double.record("customers", id)?.role).toBe(role);
    double.faults.heal();
    expect((await update(id)).status).toBe(200);
  });

  test("an answer hangs until it is released, though the write is done", async () => {
    const id = add("a@x.io");
    double.faults.inject({ kind: "hang" });
    let answered = false;
    const pending = update(id).then(() => {
      answered = true;
    });
    await new Promise(setImmediate);
    expect(double.record("customers", id)?.role).toBe("Buyer");
    expect(answered).toBe(false);
    double.faults.release();
    await pending;
    expect(answered).toBe(true);
    double.faults.inject({ kind: "hang" });
    const again = update(id);
    await new Promise(setImmediate);
    double.faults.heal();
    expect((await again).status).toBe(200);
  });

  test("meet only the operation they are meant for, as often as they should", async () => {
    const id = add("a@x.io");
    double.faults.inject({ kind: "answer", status: 429 }, { operation: "read", times: 2 });
    expect((await update(id)).status).toBe(200);
    const read = () => api("customers/batch/read", { ids: [id] }).catch(() => ({ status: 429 }));
    expect([(await read()).status, (await read()).status, (await read()).status]).toEqual([
      429, 429, 200,
    ]);
  });
});

describe("oddities", () => {
  const create = async (set: Record<string, string | null>) => {
    const answer = await api("customers/batch/create", { rows: [{ external_key: "k", set }] });
    return answer.body.results[0];
  };

  test("unknown properties are ignored with 200", async () => {
    double.faults.oddities.ignoreUnknownProperties = true;
    expect(await create({ email: "a@x.io", shoe_size: "40" })).toMatchObject({ status: "created" });
    expect(double.records("customers")[0]).not.toHaveProperty("shoe_size");
  });

  test("values come out tidier than they went in", async () => {
    double.faults.oddities.normalizeValues = true;
    await create({ email: " Ada@X.io ", given_name: "Ada  Maria" });
    expect(double.records("customers")[0]).toMatchObject({
      email: "ada@x.io",
      given_name: "Ada Maria",
    });
  });

  test("a write that changes nothing moves the version and sends an event", async () => {
    const id = add("a@x.io");
    double.faults.oddities.bumpOnNoop = true;
    await api("customers/batch/update", { rows: [{ id, set: { email: "a@x.io" } }] });
    expect(double.record("customers", id)?.version).toBe(2);
    await double.pump();
    expect(JSON.parse(received[0]!.body).data.events).toHaveLength(2);
  });

  test("updated_at is null until the first update", () => {
    double.faults.oddities.updatedAtLate = true;
    const id = add("a@x.io");
    expect(double.record("customers", id)?.updated_at).toBeNull();
    elena().update("customers", id, { role: "Buyer" });
    expect(double.record("customers", id)?.updated_at).not.toBeNull();
  });

  test("null is refused, and blank is an empty text", async () => {
    double.faults.oddities.refuseNull = true;
    double.faults.oddities.blankIsEmptyText = true;
    expect(await create({ email: null })).toMatchObject({ error: { code: "null_refused" } });
    expect(await create({ email: "" })).toMatchObject({ row: { email: "" } });
  });

  test("one refused row takes the whole batch back", async () => {
    double.faults.oddities.allOrNothing = true;
    const rows = ["a@x.io", "nobody"].map((email) => ({ external_key: email, set: { email } }));
    expect((await api("customers/batch/create", { rows })).status).toBe(422);
    expect(double.records("customers")).toHaveLength(0);
    expect(double.nextDueAt()).toBeNull();
  });

  test("answers leave out rows that were found, or applied", async () => {
    const chances = [0.9, 0.1, 0.9];
    double = make({ random: () => chances.shift() ?? 0.1 });
    double.faults.oddities.shortenAnswers = true;
    const rows = ["a", "b", "c"].map((key) => ({ external_key: key, set: {} }));
    const { body } = await api("customers/batch/create", { rows });
    expect(body.results).toMatchObject([{ external_key: "b" }]);
    expect(double.records("customers")).toHaveLength(3);
  });

  test("times are as coarse as the tool's clock", () => {
    double = make({ timestampPrecisionMs: 1_000 });
    now += 1_234;
    const id = add("a@x.io");
    expect(double.record("customers", id)?.updated_at).toBe("2026-11-23T09:00:01.000Z");
  });
});

test("a snapshot brings everything back, webhooks that wait included", async () => {
  const id = add("a@x.io");
  const kept = JSON.parse(JSON.stringify(double.snapshot()));
  const before = double.records("customers");
  double = make();
  double.restore(kept);
  expect(double.records("customers")).toEqual(before);
  expect(add("b@x.io")).not.toBe(id);
  expect(await double.pump()).toBe(1);
  expect(JSON.parse(received[0]!.body).data.events).toHaveLength(2);
});

test("the seeded world is taken whole, without a webhook, and goes on from there", () => {
  seedOps(double, world());
  expect(double.nextDueAt()).toBeNull();
  expect(double.records("customers").length).toBeGreaterThan(150);
  const opportunities = double.records("opportunities");
  expect(opportunities.length).toBeGreaterThan(45);
  expect(opportunities.filter(({ organization }) => organization !== null).length).toBeGreaterThan(
    45,
  );
  const { object, id } = opsIdOf("contact-3");
  expect(double.record(object, id)?.changed).toMatchObject({
    phone: { at: "2026-11-23T08:10:00.000Z", by: { name: "Dev Raman" } },
  });
  expect(elena().create("opportunities", {}).number).toMatch(/^OP-10[23]\d\d$/);
});

function manyIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `cus_${index}`);
}

function search(property: string) {
  return { property, values: ["x"] };
}
