import { beforeEach, describe, expect, test } from "vitest";
import type { Observation, SystemRecord } from "../../shared/record.ts";
import type { Page, WriteOperation } from "../../worker/connectors/connector.ts";
import { restConnector } from "../../worker/connectors/rest/connector.ts";
import { toActor } from "../../worker/connectors/rest/fields.ts";
import { operations } from "../../worker/connectors/rest/profiles/operations.ts";
import { config } from "../../worker/sync.config.ts";
import { createOpsDouble, type OpsDouble } from "../playground/ops/double.ts";

const start = Date.UTC(2026, 10, 23, 9);
const secret = "whsec_cGxheWdyb3VuZC1vcHMtd2ViaG9vay1zZWNyZXQ=";
const customers = config.objects.contact!.mappings.ops!;
const opportunities = config.objects.deal!.mappings.ops!;

let now = start;
let double: OpsDouble;
let received: Request[];

beforeEach(() => {
  now = start;
  received = [];
  double = createOpsDouble({
    token: "token",
    clientId: "crm-sync",
    webhookSecret: secret,
    now: () => now,
    random: () => 0.4,
    webhook: {
      targetUrl: "https://sync.example.com/webhooks/ops",
      send: async (request) => {
        received.push(request);
        return new Response(null, { status: 204 });
      },
    },
  });
});

function connector(
  options: {
    token?: string;
    clientId?: string;
    fetch?: (request: Request) => Promise<Response>;
  } = {},
) {
  return restConnector({
    system: "ops",
    label: "Operations",
    baseUrl: "https://ops.example.com",
    token: options.token ?? "token",
    webhookSecrets: [secret],
    publicUrl: "https://sync.example.com",
    pagesUrl: "https://ops.example.com/app",
    mappings: [customers, opportunities],
    clientId: options.clientId ?? "crm-sync",
    profile: operations,
    outside: { fetch: options.fetch ?? ((request) => double.fetch(request)), now: () => now },
  });
}

function customer(more: Record<string, string | null> = {}): string {
  const set = { email: "Ada@Example.com", given_name: "Ada", phone: "(212) 555-0134", ...more };
  return double.person("Elena").create("customers", set).id;
}

function update(recordId: string, set: Record<string, string | null>, more = {}): WriteOperation {
  return { kind: "update", operationId: `write-${recordId}`, recordId, set, ...more };
}

function create(key: string, set: Record<string, string | null>): WriteOperation {
  return { kind: "create", operationId: `create-${key}`, key, set };
}

const held = (observation: Observation | undefined) =>
  observation?.kind === "held" ? observation.value : observation;

describe("reading", () => {
  test("gives canonical values, with when and by whom each was set", async () => {
    const id = customer({ lifecycle: "in_talks" });
    now += 60_000;
    double.automation("Nightly clean-up").update("customers", id, { role: "Buyer" });
    const answer = (await connector().read(customers, [id])).get(id);
    if (answer?.kind !== "found") throw new Error("not found");
    const { record } = answer;
    expect(record.fields.email).toEqual({
      kind: "held",
      value: "ada@example.com",
      at: start,
      actor: { kind: "person", id: "user_elena", name: "Elena" },
    });
    expect(held(record.fields.phone)).toBe("+12125550134");
    expect(held(record.fields.lifecycle)).toBe("opportunity");
    expect(record.fields.job_title).toMatchObject({ at: now, actor: { kind: "automation" } });
    expect(held(record.fields.last_name)).toBeNull();
    expect(record).toMatchObject({ id, version: "2", modifiedAt: now, archived: false });
    expect(record.url).toBe(`https://ops.example.com/app/customers/${id}`);
  });

  test("joins an amount and its currency, which count as changed when either was", async () => {
    const person = double.person("Elena");
    const { id } = person.create("opportunities", { value: "1200.50", currency: "EUR" });
    now += 1_000;
    person.update("opportunities", id, { currency: "GBP" });
    const answer = (await connector().read(opportunities, [id])).get(id);
    if (answer?.kind !== "found") throw new Error("not found");
    expect(answer.record.fields.amount).toMatchObject({ value: "1200.5 GBP", at: now });
  });

  test("tells our own writes from those of other API clients", async () => {
    const id = customer();
    await connector().write(customers, [update(id, { first_name: "Adele" })]);
    const answer = (await connector().read(customers, [id])).get(id);
    if (answer?.kind !== "found") throw new Error("not found");
    expect(answer.record.fields.first_name).toMatchObject({ actor: { kind: "self" } });
    const theirs = (await connector({ clientId: "importer" }).read(customers, [id])).get(id);
    if (theirs?.kind !== "found") throw new Error("not found");
    expect(theirs.record.fields.first_name).toMatchObject({
      actor: { kind: "automation", id: "crm-sync" },
    });
  });

  test("one id that the tool refuses leaves the others alone", async () => {
    const ids = Array.from({ length: 9 }, (_, index) => customer({ email: `p${index}@x.io` }));
    const poison = "x".repeat(65);
    const answers = await connector().read(customers, [...ids, poison]);
    for (const id of ids) expect(answers.get(id)?.kind).toBe("found");
    expect(answers.get(poison)).toMatchObject({ kind: "unknown", error: { kind: "skip_record" } });
  });

  test("takes a record that was never changed to be as old as it is", async () => {
    double.faults.oddities.updatedAtLate = true;
    const id = customer();
    const answer = (await connector().read(customers, [id])).get(id);
    expect(answer).toMatchObject({ record: { modifiedAt: start } });
  });

  test("an amount whose currency is not told is unknown", async () => {
    const { id } = double.person("Elena").create("opportunities", { value: "5", currency: "EUR" });
    const fetch = async (request: Request) => {
      const text = await (await double.fetch(request)).text();
      return new Response(text.replace('"currency":"EUR"', '"coin":"EUR"'));
    };
    const answer = (await connector({ fetch }).read(opportunities, [id])).get(id);
    if (answer?.kind !== "found") throw new Error("not found");
    expect(Object.keys(answer.record.fields)).not.toContain("amount");
  });

  test("a value without a canonical form holds back its own field only", async () => {
    const id = customer({ phone: "call the desk", role: "Buyer" });
    const answer = (await connector().read(customers, [id])).get(id);
    if (answer?.kind !== "found") throw new Error("not found");
    expect(answer.record.fields.phone).toMatchObject({ kind: "invalid", raw: "call the desk" });
    expect(held(answer.record.fields.job_title)).toBe("Buyer");
  });

  test("asks for a hundred at a time, each once", async () => {
    const ids = Array.from({ length: 150 }, (_, index) => customer({ email: `p${index}@x.io` }));
    const answers = await connector().read(customers, [...ids, ...ids]);
    expect(answers.size).toBe(150);
    expect(double.calls).toHaveLength(2);
  });

  test("a record is missing only if the tool says so", async () => {
    expect((await connector().read(customers, ["cus_99999"])).get("cus_99999")).toEqual({
      kind: "missing",
    });
    double.faults.oddities.missingUnlisted = true;
    expect((await connector().read(customers, ["cus_99999"])).get("cus_99999")).toMatchObject({
      kind: "unknown",
      error: { kind: "retry" },
    });
  });

  test("a row that is not understood leaves the others alone", async () => {
    const [good, bad] = [customer(), customer({ email: "b@x.io" })];
    const mangled = async (request: Request) => {
      const body = (await (await double.fetch(request)).json()) as { rows: { id: string }[] };
      const rows = body.rows.map((row) => (row.id === bad ? { ...row, version: "one" } : row));
      return Response.json({ ...body, rows });
    };
    const answers = await connector({ fetch: mangled }).read(customers, [good, bad]);
    expect(answers.get(good)?.kind).toBe("found");
    expect(answers.get(bad)?.kind).toBe("unknown");
  });
});

test.each([
  [
    { kind: "client", id: "me" },
    { kind: "self", id: "me" },
  ],
  [
    { kind: "unknown", id: "me" },
    { kind: "self", id: "me" },
  ],
  [
    { kind: "client", id: "importer", name: "Importer" },
    { kind: "automation", name: "Importer" },
  ],
  [
    { kind: "person", id: "u1" },
    { kind: "person", id: "u1" },
  ],
  [{ kind: "unknown" }, { kind: "unknown" }],
  [null, null],
] as const)("the actor %j is %j", (actor, expected) => {
  expect(toActor("me", actor)).toEqual(expected && expect.objectContaining(expected));
});

describe("finding", () => {
  test("goes by canonical value, whatever case was typed, and skips archived records", async () => {
    const id = customer();
    const gone = customer({ email: "gone@example.com" });
    double.person("Elena").archive("customers", gone);
    const found = await connector().find(customers, "email", [
      "ada@example.com",
      "gone@example.com",
    ]);
    expect(found.map((record) => record.id)).toEqual([id]);
  });

  test("leaves out what a loose search found besides", async () => {
    customer({ email: "ada@example.com.au" });
    const loose = async (request: Request) => {
      const all = new Request("https://ops.example.com/v1/customers", { headers: request.headers });
      return double.fetch(all);
    };
    const found = await connector({ fetch: loose }).find(customers, "email", ["ada@example.com"]);
    expect(found).toEqual([]);
  });

  test("follows pages to the end", async () => {
    for (let index = 0; index < 120; index += 1) {
      double.person("Elena").create("customers", { role: "Buyer" });
    }
    expect(await connector().find(customers, "job_title", ["Buyer"])).toHaveLength(120);
  });

  test("by our own key finds what we created, archived or not", async () => {
    await connector().write(customers, [create("e1", { email: "a@x.io" }), create("e2", {})]);
    const second = (await connector().findByKey(customers, ["e2"])).get("e2");
    double.person("Elena").archive("customers", second?.id ?? "");
    const found = await connector().findByKey(customers, ["e1", "e2", "e3"]);
    expect([...found.keys()].toSorted()).toEqual(["e1", "e2"]);
  });

  test("by our own key leaves out what a loose search found besides", async () => {
    await connector().write(customers, [create("e1", { email: "a@x.io" })]);
    const loose = async (request: Request) =>
      double.fetch(
        new Request("https://ops.example.com/v1/customers", { headers: request.headers }),
      );
    expect((await connector({ fetch: loose }).findByKey(customers, ["e2"])).size).toBe(0);
  });

  test("throws rather than overlook a record it does not understand", async () => {
    const fetch = async () => Response.json({ rows: [{ id: "cus_1" }], next_cursor: null });
    await expect(connector({ fetch }).find(customers, "email", ["a@x.io"])).rejects.toMatchObject({
      kind: "retry",
    });
  });

  test("throws when the pages never end", async () => {
    const fetch = async () => Response.json({ rows: [], next_cursor: "again" });
    await expect(connector({ fetch }).find(customers, "email", ["a@x.io"])).rejects.toMatchObject({
      kind: "give_up",
    });
  });
});

describe("writing", () => {
  test("puts canonical values into the tool's own words", async () => {
    const id = customer();
    const [outcome] = await connector().write(customers, [
      update(id, { lifecycle: "customer", job_title: null, owner: "ada@example.com" }),
    ]);
    expect(outcome?.kind).toBe("done");
    expect(double.record("customers", id)).toMatchObject({
      lifecycle: "active",
      role: null,
      account_owner: "ada@example.com",
      updated_by: { kind: "integration", id: "crm-sync" },
    });
  });

  test("splits an amount from its currency", async () => {
    const { id } = double.person("Elena").create("opportunities", { title: "Pumps" });
    await connector().write(opportunities, [update(id, { amount: "1200.5 EUR" })]);
    expect(double.record("opportunities", id)).toMatchObject({ value: "1200.5", currency: "EUR" });
  });

  test("gives each operation its own outcome, in whatever order the tool answers", async () => {
    double.faults.oddities.permuteAnswers = true;
    const [fine, old, broken] = [
      customer({ email: "a@x.io" }),
      customer({ email: "b@x.io" }),
      customer({ email: "c@x.io" }),
    ];
    const outcomes = await connector().write(customers, [
      update(fine, { first_name: "Ada" }, { expectedVersion: "1" }),
      update(old, { first_name: "Bea" }, { expectedVersion: "7" }),
      update(broken, { first_name: "x".repeat(81) }),
      update("cus_99999", { first_name: "Nobody" }),
      create("e1", { email: "A@x.io" }),
      create("e2", { email: "new@x.io" }),
    ]);
    expect(outcomes).toMatchObject([
      { kind: "done", operationId: `write-${fine}`, record: { id: fine, version: "1" } },
      { kind: "stale", operationId: `write-${old}` },
      { kind: "failed", error: { kind: "skip_record", field: "first_name", status: 422 } },
      { kind: "failed", error: { kind: "skip_record", status: 404 } },
      { kind: "exists", recordId: fine, error: { field: "email" } },
      { kind: "done", operationId: "create-e2", record: { version: "1" } },
    ]);
    expect(double.calls).toHaveLength(2);
  });

  test("a refusal never repeats the value", async () => {
    const id = customer();
    const [outcome] = await connector().write(customers, [update(id, { email: "secret word" })]);
    expect(outcome).toMatchObject({ kind: "failed", error: { field: "email" } });
    expect(JSON.stringify(outcome)).not.toContain("secret word");
  });

  test("the same key creates once, and does not write over an edit made in between", async () => {
    const made = create("e1", { email: "a@x.io", first_name: "Ada" });
    const [first] = await connector().write(customers, [made]);
    if (first?.kind !== "done") throw new Error("not created");
    double.person("Elena").update("customers", first.record.id, { given_name: "Adele" });
    const [second] = await connector().write(customers, [made]);
    expect(second).toMatchObject({ kind: "done", record: { id: first.record.id } });
    expect(double.records("customers")).toHaveLength(1);
    expect(double.record("customers", first.record.id)?.given_name).toBe("Adele");
  });

  test("two writes to one record go in their order, in two calls", async () => {
    const id = customer();
    const outcomes = await connector().write(customers, [
      update(id, { first_name: "One" }),
      { ...update(id, { first_name: "Two" }), operationId: "second" },
    ]);
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(["done", "done"]);
    expect(double.record("customers", id)?.given_name).toBe("Two");
    expect(double.calls).toHaveLength(2);
  });

  test("a value that another record has fails an update, and names the field", async () => {
    const [one, two] = [customer({ email: "a@x.io" }), customer({ email: "b@x.io" })];
    const [outcome] = await connector().write(customers, [update(two, { email: "a@x.io" })]);
    expect(outcome).toMatchObject({
      kind: "failed",
      error: { kind: "skip_record", field: "email" },
    });
    expect(double.record("customers", one)?.version).toBe(1);
  });

  test("archives and erases; what is gone already is done", async () => {
    const [one, two] = [customer({ email: "a@x.io" }), customer({ email: "b@x.io" })];
    const archive = { kind: "archive", operationId: "archive", recordId: one } as const;
    const erase = { kind: "erase", operationId: "erase", recordId: two } as const;
    for (let round = 0; round < 2; round += 1) {
      const outcomes = await connector().write(customers, [archive, erase]);
      expect(outcomes).toMatchObject([
        { kind: "done", record: { id: one, archived: true, fields: {} } },
        { kind: "done", record: { id: two, archived: true, fields: {} } },
      ]);
    }
    expect(double.record("customers", one)?.archived).toBe(true);
    expect(double.record("customers", two)).toBeNull();
  });

  test.each([
    ["a field that is not kept there", { shoe_size: "40" }, "shoe_size"],
    ["a choice that does not exist there", { lifecycle: "retired" }, "lifecycle"],
  ])("refuses %s without a call", async (_, set, field) => {
    const [outcome] = await connector().write(customers, [update("cus_1", set)]);
    expect(outcome).toMatchObject({ kind: "failed", error: { kind: "skip_record", field } });
    expect(double.calls).toHaveLength(0);
  });

  test("refuses a field that is never written, and a currency that cannot be kept", async () => {
    const { id } = double.person("Elena").create("opportunities", { value: "5" });
    const fields = opportunities.fields.flatMap(({ currencyProperty, ...mapped }) => {
      if (mapped.field === "name") return [{ ...mapped, readOnly: true }];
      return mapped.field === "amount" ? [mapped] : [];
    });
    const mapping = { ...opportunities, fields };
    const write = async (set: Record<string, string>) =>
      (await connector().write(mapping, [update(id, set)]))[0];
    expect(await write({ name: "Pumps" })).toMatchObject({ error: { field: "name" } });
    expect(await write({ amount: "7 EUR" })).toMatchObject({ error: { field: "amount" } });
    expect(await write({ amount: "7 USD" })).toMatchObject({ kind: "done" });
    expect(double.record("opportunities", id)).toMatchObject({ value: "7", title: null });
  });

  test("one row that refuses the whole batch does not stop the others", async () => {
    double.faults.oddities.allOrNothing = true;
    const ids = Array.from({ length: 10 }, (_, index) => customer({ email: `p${index}@x.io` }));
    const outcomes = await connector().write(
      customers,
      ids.map((id, index) => update(id, { owner: index === 6 ? "nobody" : "ada@x.io" })),
    );
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(
      ids.map((_, index) => (index === 6 ? "failed" : "done")),
    );
    expect(outcomes[6]).toMatchObject({ error: { kind: "skip_record", field: "owner" } });
  });
});

describe("a write without a whole answer is unknown", () => {
  const answers: [string, () => void][] = [
    ["refused connection", () => double.faults.inject({ kind: "refuse" })],
    ["lost answer", () => double.faults.inject({ kind: "drop" })],
    ["500", () => double.faults.inject({ kind: "answer", status: 500 })],
    ["503", () => double.faults.inject({ kind: "answer", status: 503 })],
    ["408", () => double.faults.inject({ kind: "answer", status: 408 })],
    ["303", () => double.faults.inject({ kind: "answer", status: 303 })],
    ["no JSON", () => double.faults.inject({ kind: "garble", body: "<html>" })],
    ["other JSON", () => double.faults.inject({ kind: "garble", body: '{"rows":[]}' })],
    ["an empty answer", () => double.faults.inject({ kind: "garble", body: "" })],
    ["no rows", () => double.faults.inject({ kind: "garble", body: '{"results":[]}' })],
    ["a row we did not send", () => double.faults.inject({ kind: "garble", body: foreignRow })],
    ["a status we do not know", () => double.faults.inject({ kind: "garble", body: strangeRow })],
    ["endless text", () => double.faults.inject({ kind: "garble", body: endlessRow })],
  ];
  const foreignRow = '{"results":[{"id":"cus_77777","status":"archived"}]}';
  const ownRow = '{"results":[{"id":"cus_00001","status":"archived"}]}';
  const endlessRow = `${" ".repeat(9_000_000)}${ownRow}`;
  const strangeRow = '{"results":[{"id":"cus_00001","status":"queued"}]}';

  test.each(answers)("%s", async (_, arrange) => {
    const id = customer();
    arrange();
    const [outcome] = await connector().write(customers, [update(id, { first_name: "Zoë" })]);
    expect(outcome).toMatchObject({ kind: "unknown", operationId: `write-${id}` });
  });

  test("and one row of many that is left out is the only one", async () => {
    const ids = Array.from({ length: 4 }, (_, index) => customer({ email: `p${index}@x.io` }));
    const fetch = async (request: Request) => {
      const body = (await (await double.fetch(request)).json()) as { results: { id: string }[] };
      return Response.json({ results: body.results.filter((each) => each.id !== ids[2]) });
    };
    const outcomes = await connector({ fetch }).write(
      customers,
      ids.map((id) => update(id, { first_name: "Zoë" })),
    );
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(["done", "done", "unknown", "done"]);
    expect(double.record("customers", ids[2] ?? "")?.given_name).toBe("Zoë");
  });
});

describe("walking", () => {
  const walk = async () => {
    const ids: string[] = [];
    let calls = 0;
    for (let cursor: string | null = null, more = true; more; calls += 1) {
      const page: Page<SystemRecord> = await connector().list!(customers, cursor);
      ids.push(...page.items.map(({ id }) => id));
      ({ cursor, more } = page);
    }
    return { ids, calls };
  };

  test("comes past every live record once, a hundred a call", async () => {
    const made = Array.from({ length: 250 }, (_, index) => customer({ email: `p${index}@x.io` }));
    double.person("Elena").archive("customers", made[7]!);
    const { ids, calls } = await walk();
    expect(ids).toEqual(made.filter((_, index) => index !== 7));
    expect(calls).toBe(3);
    expect(double.calls).toHaveLength(3);
  });

  test("is not disturbed by edits on the way", async () => {
    const made = Array.from({ length: 150 }, (_, index) => customer({ email: `p${index}@x.io` }));
    const first = await connector().list!(customers, null);
    for (const id of made) double.person("Elena").update("customers", id, { role: "Moved" });
    const second = await connector().list!(customers, first.cursor);
    const ids = [...first.items, ...second.items].map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set(made));
    expect(ids).toHaveLength(150);
  });

  test("an empty object ends at once", async () => {
    expect(await walk()).toEqual({ ids: [], calls: 1 });
  });
});

describe("polling", () => {
  test("goes on from where it ended, archived records included", async () => {
    const [a, b] = [customer({ email: "a@x.io" }), customer({ email: "b@x.io" })];
    const first = await connector().changes!(customers, { since: start });
    expect(first).toMatchObject({ items: [a, b], more: false });
    expect(await connector().changes!(customers, first)).toMatchObject({ items: [], more: false });
    double.person("Elena").archive("customers", a);
    const { items } = await connector().changes!(customers, first);
    expect(items).toEqual([a]);
  });

  test("starts at a time, with what was changed in that very moment", async () => {
    customer({ email: "a@x.io" });
    now += 1;
    const b = customer({ email: "b@x.io" });
    expect((await connector().changes!(customers, { since: now })).items).toEqual([b]);
    const later = await connector().changes!(customers, { since: now + 1 });
    expect(later.items).toEqual([]);
    const c = customer({ email: "c@x.io" });
    expect((await connector().changes!(customers, later)).items).toEqual([c]);
  });

  test("loses nothing between pages while records change", async () => {
    const made = Array.from({ length: 130 }, (_, index) => customer({ email: `p${index}@x.io` }));
    const first = await connector().changes!(customers, { since: start });
    double.person("Elena").update("customers", made[120]!, { role: "Moved" });
    const second = await connector().changes!(customers, first);
    expect(first.more).toBe(true);
    expect(new Set([...first.items, ...second.items])).toEqual(new Set(made));
  });
});

test("describing says what each property can hold", async () => {
  const { properties } = await connector().describe!(opportunities);
  expect(properties).toContainEqual({
    name: "phase",
    label: "Phase",
    type: "option",
    holds: ["option", "stage", "boolean"],
    options: expect.arrayContaining(["discovery", "won"]),
    readOnly: false,
    unique: false,
  });
  expect(properties).toContainEqual(expect.objectContaining({ name: "number", unique: true }));
  for (const { property, type } of opportunities.fields) {
    const described = properties.find(({ name }) => name === property);
    expect(described?.holds, property).toContain(type.kind);
  }
});

describe("a refused call", () => {
  const cases = [
    [301, {}, "give_up", null],
    [308, {}, "give_up", null],
    [400, {}, "skip_record", null],
    [401, {}, "reauthorize", null],
    [403, {}, "reauthorize", null],
    [404, {}, "give_up", null],
    [413, {}, "give_up", null],
    [422, {}, "skip_record", null],
    [423, {}, "retry", null],
    [429, { "retry-after": "7" }, "rate_limited", 7_000],
    [429, { "retry-after": new Date(start + 90_000).toUTCString() }, "rate_limited", 90_000],
    [429, { "retry-after": "99999999" }, "rate_limited", 86_400_000],
    [429, { "retry-after": "soon" }, "rate_limited", null],
    [429, {}, "rate_limited", null],
  ] as const;
  test.each(cases)("with %i %j asks for %s", async (status, headers, kind, retryAfterMs) => {
    const id = customer();
    const refuse = () => double.faults.inject({ kind: "answer", status, headers });
    refuse();
    const [outcome] = await connector().write(customers, [update(id, { first_name: "Zoë" })]);
    expect(outcome).toMatchObject({ kind: "failed", error: { kind, status, retryAfterMs } });
    refuse();
    const answers = await connector().read(customers, [id]);
    expect(answers.get(id)).toMatchObject({ kind: "unknown", error: { kind, status } });
    refuse();
    await expect(connector().find(customers, "email", ["a@x.io"])).rejects.toMatchObject({ kind });
    refuse();
    await expect(connector().list!(customers, null)).rejects.toMatchObject({ kind });
    refuse();
    await expect(connector().changes!(customers, { since: 0 })).rejects.toMatchObject({ kind });
  });

  test("that is about us, not about the rows, spares the tool the other batches", async () => {
    const ids = Array.from({ length: 250 }, (_, index) => customer({ email: `p${index}@x.io` }));
    const outcomes = await connector({ token: "old" }).write(
      customers,
      ids.map((id) => update(id, { first_name: "Zoë" })),
    );
    expect(new Set(outcomes.map((each) => each.kind))).toEqual(new Set(["failed"]));
    expect(outcomes).toHaveLength(250);
    const answers = await connector({ token: "old" }).read(customers, ids);
    expect(answers.size).toBe(250);
    expect(double.calls).toHaveLength(2);
  });

  test("is one also where the tool answers errors with 200", async () => {
    double.faults.oddities.errorsInside200 = true;
    const [outcome] = await connector({ token: "old" }).write(customers, [update("cus_1", {})]);
    expect(outcome).toMatchObject({ kind: "failed", error: { kind: "reauthorize", status: 401 } });
  });
});

test("the token goes to the configured address only, and follows nobody elsewhere", async () => {
  const seen: string[] = [];
  const fetch = async ({ url, redirect }: Request) => {
    seen.push(`${new URL(url).origin} ${redirect}`);
    return Response.json({ rows: [], missing: [] });
  };
  await connector({ fetch }).read({ ...customers, systemObject: "//evil.example/" }, ["cus_1"]);
  expect(seen).toEqual(["https://ops.example.com manual"]);
});

describe("webhooks", () => {
  async function deliver(request: Request) {
    const body = new Uint8Array(await request.arrayBuffer());
    const { method, url, headers } = request;
    const refused = await connector().verify({ method, url, headers, body, now });
    return { refused, delivery: refused === null ? await connector().delivery(body) : null };
  }

  test("of a person are pokes that claim nothing", async () => {
    const id = customer();
    await double.pump();
    const { delivery } = await deliver(received[0]!);
    expect(delivery).toEqual({
      pokes: [{ system: "ops", object: "contact", recordId: id, echo: null }],
      ignored: {},
    });
  });

  test("of our own writes name what they set, in canonical form", async () => {
    const id = customer();
    const { id: deal } = double.person("Elena").create("opportunities", {
      value: "10",
      currency: "EUR",
    });
    await double.pump();
    received = [];
    await connector().write(customers, [update(id, { phone: "+12125550199", job_title: null })]);
    await connector().write(opportunities, [update(deal, { amount: "12.5 EUR" })]);
    await double.pump();
    const { delivery } = await deliver(received[0]!);
    expect(delivery?.pokes).toEqual([
      { system: "ops", object: "contact", recordId: id, echo: { phone: "+12125550199" } },
      { system: "ops", object: "deal", recordId: deal, echo: { amount: "12.5 EUR" } },
    ]);
  });

  test("of our own writes that contradict each other claim nothing", async () => {
    const id = customer();
    await double.pump();
    received = [];
    for (const first_name of ["One", "Two"]) {
      await connector().write(customers, [update(id, { first_name })]);
    }
    await double.pump();
    const { delivery } = await deliver(received[0]!);
    expect(delivery?.pokes).toMatchObject([{ recordId: id, echo: null }]);
  });

  test("of our own writes that hold what has no canonical form claim nothing", async () => {
    const data = {
      id: "cus_1",
      object: "customers",
      changed: { given_name: "Zoë", phone: "call the desk" },
      actor: { kind: "integration", id: "crm-sync", name: "" },
    };
    const body = new TextEncoder().encode(JSON.stringify({ type: "customer.updated", data }));
    const { pokes } = await connector().delivery(body);
    expect(pokes).toMatchObject([{ recordId: "cus_1", echo: null }]);
  });

  test("of our own archiving claim nothing", async () => {
    const id = customer();
    await double.pump();
    received = [];
    await connector().write(customers, [{ kind: "archive", operationId: "a", recordId: id }]);
    await double.pump();
    const { delivery } = await deliver(received[0]!);
    expect(delivery?.pokes).toMatchObject([{ recordId: id, echo: null }]);
  });

  test("of another client's writes claim nothing", async () => {
    const id = customer();
    await double.pump();
    received = [];
    await connector().write(customers, [update(id, { first_name: "Zoë" })]);
    await double.pump();
    const text = (await received[0]!.text()).replace('"id":"crm-sync"', '"id":"other"');
    const { pokes } = await connector().delivery(new TextEncoder().encode(text));
    expect(pokes).toMatchObject([{ recordId: id, echo: null }]);
  });

  test("of an erasure say so, and of objects that are not mapped are counted", async () => {
    const id = customer();
    double.person("Elena").create("organizations", { name: "Acme" });
    double.person("Elena").erase("customers", id);
    await double.pump();
    const { delivery } = await deliver(received[0]!);
    expect(delivery?.pokes.at(-1)).toMatchObject({ recordId: id, erased: true, echo: null });
    expect(delivery?.ignored).toEqual({ unmapped_object: 1 });
  });

  test("that are late or altered, or no POST, are refused", async () => {
    customer();
    await double.pump();
    const { url, headers } = received[0]!;
    const body = new Uint8Array(await received[0]!.clone().arrayBuffer());
    expect(await connector().verify({ method: "PUT", url, headers, body, now })).toMatch(/POST/);
    now += 301_000;
    expect((await deliver(received[0]!.clone())).refused).toMatch(/too old/);
    now = start;
    const altered = new Request(received[0]!, { method: "POST", body: "{}" });
    expect((await deliver(altered)).refused).toMatch(/none of the secrets/);
    expect((await deliver(received[0]!)).refused).toBeNull();
  });

  test.each([
    ["no JSON", "{"],
    ["no event", '{"type":"customer.updated"}'],
    ["an event without an id", '{"type":"events","data":{"events":[{"type":"x","data":{}}]}}'],
    ["a list", "[]"],
  ])("that hold %s are given up", async (_, text) => {
    const body = new TextEncoder().encode(text);
    await expect(connector().delivery(body)).rejects.toMatchObject({ kind: "give_up" });
  });
});
