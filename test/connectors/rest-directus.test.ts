/** The second profile: a tool of another shape needs no other connector. */
import { beforeEach, describe, expect, test } from "vitest";
import type { SystemRecord } from "../../shared/record.ts";
import type { Page, WriteOperation } from "../../worker/connectors/connector.ts";
import { restConnector } from "../../worker/connectors/rest/connector.ts";
import { directus } from "../../worker/connectors/rest/profiles/directus.ts";
import type { ObjectMapping } from "../../worker/core/rules.ts";

const now = Date.UTC(2026, 10, 23, 9);
const mapping: ObjectMapping = {
  object: "contact",
  systemObject: "people",
  fields: [
    { field: "email", type: { kind: "email" }, property: "email" },
    { field: "first_name", type: { kind: "name" }, property: "first_name" },
    { field: "budget", type: { kind: "decimal", scale: 2 }, property: "budget" },
  ],
};

type Item = Record<string, unknown> & { id: string };
let items: Map<string, Item>;
let calls: string[];
/** Items left out of an answer, as when its size is limited on the way. */
let cut: number;

beforeEach(() => {
  items = new Map();
  calls = [];
  cut = 0;
});

function add(id: string, more: Record<string, unknown>): string {
  const times = { date_created: "2026-11-23T08:00:00.000Z", date_updated: null };
  items.set(id, { id, crm_sync_key: null, email: null, first_name: null, ...times, ...more });
  return id;
}

const byId = (a: Item, b: Item) => (a.id < b.id ? -1 : 1);
const refuse = (code: string, field: string | null = null) =>
  Response.json({ errors: [{ message: "", extensions: { code, field } }] }, { status: 400 });

/** As the product was seen to answer, as far as the connector asks. */
async function fetch(request: Request): Promise<Response> {
  calls.push(request.method);
  const asked = await request.json();
  if (request.headers.get("authorization") !== "Bearer token") {
    return Response.json(
      { errors: [{ message: "", extensions: { code: "INVALID_CREDENTIALS" } }] },
      { status: 401 },
    );
  }
  switch (request.method) {
    case "SEARCH": {
      const { filter, limit } = asked.query as { filter: Filter; limit: number };
      const found = [...items.values()].filter((item) => matches(item, filter)).toSorted(byId);
      const data = found.slice(cut, limit);
      return Response.json({ data, meta: { filter_count: found.length } });
    }
    case "PATCH": {
      const rows = (asked as Item[]).filter(({ id }) => items.has(id));
      for (const row of rows) {
        if (row.budget === "plenty") return refuse("INVALID_PAYLOAD", "budget");
      }
      for (const { id, ...set } of rows) {
        Object.assign(items.get(id)!, set, { date_updated: "2026-11-23T09:00:00.000Z" });
      }
      return Response.json({ data: rows.map(({ id }) => items.get(id)!).toSorted(byId) });
    }
    case "POST": {
      const rows = asked as Record<string, unknown>[];
      if (rows.some((row) => row.budget === "plenty")) return refuse("INVALID_PAYLOAD", "budget");
      for (const property of ["crm_sync_key", "email"]) {
        const held = new Set([...items.values()].map((item) => item[property]).filter(Boolean));
        if (rows.some((row) => held.has(row[property])))
          return refuse("RECORD_NOT_UNIQUE", property);
      }
      const ids = rows.map((row, index) => add(`${9 - index}-${items.size}`, row));
      return Response.json({ data: ids.map((id) => items.get(id)!).toSorted(byId) });
    }
    default:
      return new Response("", { status: 404 });
  }
}

type Filter = Readonly<Record<string, unknown>>;

function matches(item: Item, filter: Filter): boolean {
  return Object.entries(filter).every(([name, test]) => {
    if (name === "_or") return (test as Filter[]).some((each) => matches(item, each));
    if (name === "_and") return (test as Filter[]).every((each) => matches(item, each));
    const [[operator, value] = []] = Object.entries(test as object);
    const held = String(item[name] ?? "");
    if (operator === "_in") return (value as string[]).includes(held);
    if (operator === "_gt") return held > (value as string);
    return held.toLowerCase().includes(String(value).toLowerCase());
  });
}

const connector = (token = "token") =>
  restConnector({
    system: "crm",
    label: "Directus",
    baseUrl: "https://directus.example.com",
    token,
    webhookSecrets: ["old secret", "new secret"],
    publicUrl: "https://sync.example.com",
    pagesUrl: "https://directus.example.com",
    mappings: [mapping],
    clientId: "user-sync",
    profile: directus,
    outside: { fetch, now: () => now },
  });

const create = (key: string, set: Record<string, string>): WriteOperation => ({
  kind: "create",
  operationId: key,
  key,
  set,
});
const update = (recordId: string, set: Record<string, string>): WriteOperation => ({
  kind: "update",
  operationId: recordId,
  recordId,
  set,
});

describe("a tool of another shape", () => {
  test("is read by id; its numbers are decimals, and its late times are told", async () => {
    const id = add("a", { email: "Ada@X.io", budget: 1234.5 });
    const answers = await connector().read(mapping, [id, "b"]);
    expect(answers.get("b")).toEqual({ kind: "missing" });
    expect(answers.get(id)).toMatchObject({
      record: {
        modifiedAt: now - 3_600_000,
        url: "https://directus.example.com/admin/content/people/a",
        fields: {
          email: { value: "ada@x.io", at: null, actor: null },
          first_name: { value: null },
          budget: { value: "1234.5" },
        },
      },
    });
  });

  test("is not said to miss a record when its answer is not whole", async () => {
    const [a, b] = [add("a", {}), add("b", {})];
    cut = 1;
    const answers = await connector().read(mapping, [a, b]);
    expect([answers.get(a)?.kind, answers.get(b)?.kind]).toEqual(["unknown", "found"]);
  });

  test("is searched loosely, and what is found strictly", async () => {
    add("a", { email: "Ada@X.io" });
    add("b", { email: "ada@x.io.au" });
    const found = await connector().find(mapping, "email", ["ada@x.io"]);
    expect(found.map(({ id }) => id)).toEqual(["a"]);
  });

  test("creates once by our key, though it creates all or nothing", async () => {
    add("a", { email: "taken@x.io" });
    const operations = [
      create("k1", { email: "one@x.io" }),
      create("k2", { email: "taken@x.io" }),
      create("k3", { email: "three@x.io" }),
    ];
    const first = await connector().write(mapping, operations);
    expect(first).toMatchObject([
      { kind: "done", operationId: "k1" },
      { kind: "exists", operationId: "k2", recordId: null, error: { field: "email" } },
      { kind: "done", operationId: "k3" },
    ]);
    const ids = first.map((outcome) => (outcome.kind === "done" ? outcome.record.id : null));
    const again = await connector().write(mapping, operations);
    expect(again).toMatchObject([
      { kind: "done", record: { id: ids[0] } },
      { kind: "exists" },
      { kind: "done", record: { id: ids[2] } },
    ]);
    expect(items.size).toBe(3);
  });

  test("says which field it refused, of the one record that it was about", async () => {
    const [good, bad] = [create("k1", {}), create("k2", { budget: "plenty" })];
    expect(await connector().write(mapping, [good, bad])).toMatchObject([
      { kind: "done" },
      { kind: "failed", error: { kind: "skip_record", field: "budget" } },
    ]);
    expect(await connector().write(mapping, [bad])).toMatchObject([{ kind: "failed" }]);
  });

  test("calls the update of a record that it leaves out unknown; reading settles it", async () => {
    const id = add("z", {});
    const outcomes = await connector().write(mapping, [
      update("gone", { first_name: "Nobody" }),
      update(id, { first_name: "Zoë" }),
    ]);
    expect(outcomes).toMatchObject([
      { kind: "unknown", operationId: "gone" },
      { kind: "done", operationId: "z", record: { fields: { first_name: { value: "Zoë" } } } },
    ]);
    expect((await connector().read(mapping, ["gone"])).get("gone")?.kind).toBe("missing");
  });

  test("is walked to the end, in pages of a hundred", async () => {
    for (let index = 0; index < 230; index += 1) add(`p${1_000 + index}`, {});
    const seen: string[] = [];
    for (let cursor: string | null = null, more = true; more; ) {
      const page: Page<SystemRecord> = await connector().list!(mapping, cursor);
      seen.push(...page.items.map(({ id }) => id));
      ({ cursor, more } = page);
    }
    expect(new Set(seen).size).toBe(230);
    expect(calls).toHaveLength(3);
  });

  test("has only the verbs its profile has", async () => {
    expect(connector().changes).toBeUndefined();
    expect(connector().describe).toBeUndefined();
    const archive: WriteOperation = { kind: "archive", operationId: "x", recordId: "a" };
    expect(await connector().write(mapping, [archive])).toMatchObject([
      { kind: "failed", error: { kind: "give_up" } },
    ]);
    expect(calls).toEqual([]);
  });

  test("says that its token is not accepted", async () => {
    const answers = await connector("old").read(mapping, ["a"]);
    expect(answers.get("a")).toMatchObject({ kind: "unknown", error: { kind: "reauthorize" } });
  });
});

describe("a webhook with a secret instead of a signature", () => {
  const payload = { first_name: "Zoë" };
  const body = new TextEncoder().encode(
    JSON.stringify({
      trigger: { event: "items.update", collection: "people", keys: ["a", "b"], payload },
      acc: { user: "user-sync" },
    }),
  );
  const verify = (secret: string | null) =>
    connector().verify({
      method: "POST",
      url: "https://sync.example.com/webhooks/crm",
      headers: new Headers(secret === null ? {} : { "x-webhook-secret": secret }),
      body,
      now,
    });

  test.each(["old secret", "new secret"])("is taken with %j", async (secret) => {
    expect(await verify(secret)).toBeNull();
  });

  test.each([null, "", "new", "new secrets", "other secret"])(
    "is refused with %j",
    async (secret) => {
      expect(await verify(secret)).toContain("secret");
    },
  );

  test("claims nothing, not even of our own writes", async () => {
    const { pokes } = await connector().delivery(body);
    expect(pokes).toMatchObject([
      { recordId: "a", echo: null },
      { recordId: "b", echo: null },
    ]);
  });
});
