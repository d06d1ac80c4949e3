/** What the card asks beyond the record: the full comparison, and how a field got its value. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  cardAnswerSchema,
  fieldsAnswerSchema,
  historyAnswerSchema,
} from "../../shared/contract.ts";
import { identity, publicUrl } from "../playground/addresses.ts";
import { createProxy, type FetchProxy } from "../playground/host/proxy.ts";
import { type Playground, startPlayground } from "../playground/playground.ts";

let playground: Playground;
let proxy: FetchProxy;
let contactId: string;

beforeAll(async () => {
  playground = await startPlayground({ ports: { hubspot: 0, ops: 0, slack: 0, worker: 0 } });
  await playground.quiet(30_000);
  proxy = createProxy({
    permittedUrls: [publicUrl],
    mapping: { [publicUrl]: playground.urls.worker },
    clientSecret: identity.hubspotClientSecret,
    portalId: identity.portalId,
    appId: identity.appId,
    now: Date.now,
    fetch: (request) => fetch(request),
  });
  const { results } = await playground.worker.d1
    .prepare(
      `SELECT l.record_id FROM exceptions x JOIN links l ON l.entity_id = x.entity_id
       WHERE l.system = 'hubspot' AND x.object = 'contact' AND x.field = 'phone'
         AND x.kind = 'conflict' AND x.status = 'open' ORDER BY l.record_id LIMIT 1`,
    )
    .all<{ record_id: string }>();
  contactId = results[0]!.record_id;
}, 60_000);

afterAll(() => playground?.stop());

async function ask(method: "GET" | "POST", action: string, parts: Record<string, unknown>) {
  const query = new URLSearchParams(parts as Record<string, string>);
  const answer = await proxy(
    {
      requestUri: `${publicUrl}/card/${action}${method === "GET" ? `?${query}` : ""}`,
      method,
      ...(method === "POST" ? { requestBody: parts } : {}),
    },
    { id: 101, email: "maria.lopez@example.com" },
  );
  return answer.body.responseBody;
}

const contact = () => ({ objectTypeId: "0-1", objectId: contactId });

describe("the full comparison", () => {
  it("holds every mapped field with each system's value and who decides over it", async () => {
    const answer = fieldsAnswerSchema.parse(await ask("GET", "fields", contact()));
    if (!answer.ok) throw new Error(answer.error.message);
    expect(answer.fields.map(({ field }) => field)).toEqual([
      "email",
      "first_name",
      "last_name",
      "phone",
      "job_title",
      "lifecycle",
      "owner",
      "company",
    ]);
    const different = answer.fields.filter(({ isEqual }) => !isEqual);
    expect(different.map(({ field }) => field)).toEqual(["phone"]);
    const [phone] = different;
    expect(phone?.values.map(({ label }) => label)).toEqual(["HubSpot", "Operations"]);
    expect(new Set(phone?.values.map(({ value }) => value)).size).toBe(2);
    expect(phone?.values[0]?.actor?.name).toBeTruthy();
    expect(phone?.rule).toBe("A person decides between changes.");
  });

  it("of a record nobody knows holds the fields and no values", async () => {
    const answer = fieldsAnswerSchema.parse(
      await ask("GET", "fields", { objectTypeId: "0-1", objectId: "999999999" }),
    );
    if (!answer.ok) throw new Error(answer.error.message);
    expect(answer.fields.flatMap(({ values }) => values)).toEqual([]);
  });

  it("of a record that is not synced is refused in words", async () => {
    expect(await ask("GET", "fields", { objectTypeId: "0-5", objectId: "1" })).toMatchObject({
      ok: false,
      error: { code: "not_found" },
    });
  });
});

describe("the history of a field", () => {
  it("is empty before anything was carried, and then names who settled it", async () => {
    const asked = { ...contact(), field: "phone" };
    const before = historyAnswerSchema.parse(await ask("GET", "history", asked));
    expect(before).toMatchObject({ ok: true, changes: [] });
    const record = cardAnswerSchema.parse(await ask("GET", "record", contact()));
    const conflict = record.record!.conflicts[0]!;
    const settled = await ask("POST", "resolve", {
      ...contact(),
      exceptionId: conflict.exceptionId,
      shown: conflict.shown,
      choice: { kind: "keep", system: "ops" },
    });
    expect(settled).toMatchObject({ ok: true });
    const after = historyAnswerSchema.parse(await ask("GET", "history", asked));
    if (!after.ok) throw new Error(after.error.message);
    expect(after.changes).toMatchObject([{ field: "phone", source: "ops", target: "hubspot" }]);
    expect(after.changes[0]?.because).toBe("maria.lopez@example.com chose Operations.");
    const other = await ask("GET", "history", { ...contact(), field: "email" });
    expect(other).toMatchObject({ ok: true, changes: [] });
  });

  it("needs to know which field", async () => {
    expect(await ask("GET", "history", contact())).toMatchObject({
      ok: false,
      error: { code: "bad_request" },
    });
  });
});
