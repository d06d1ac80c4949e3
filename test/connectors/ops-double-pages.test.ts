/** The pages of the operations tool and of the Slack double, as a browser asks for them. */
import { beforeEach, describe, expect, test } from "vitest";
import { slackMessage } from "../../worker/notify/slack.ts";
import { createOpsDouble, type OpsDouble } from "../playground/ops/double.ts";
import { opsPages } from "../playground/ops/pages.ts";
import { createSlackDouble } from "../playground/slack/double.ts";
import { slackPages } from "../playground/slack/pages.ts";

const now = Date.UTC(2026, 10, 23, 9);

describe("the pages of the operations tool", () => {
  let double: OpsDouble;
  beforeEach(() => {
    double = createOpsDouble({
      token: "token",
      clientId: "crm-sync",
      webhookSecret: `whsec_${btoa("k".repeat(32))}`,
      now: () => now,
      random: () => 0.5,
      webhook: { targetUrl: "https://sync.example.com/", send: async () => new Response() },
    });
    for (let index = 0; index < 60; index += 1) {
      double.person("Ada Okafor").create("customers", {
        given_name: `Person ${index}`,
        email: `p${index}@x.io`,
      });
    }
  });

  const get = async (path: string) => {
    const response = await opsPages({ double }).request(path);
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  const post = async (path: string, form: Record<string, string> | [string, string][]) => {
    const body = new URLSearchParams(form);
    const response = await opsPages({ double }).request(path, { method: "POST", body });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };

  test("list the newest first, fifty a page", async () => {
    const first = await get("/customers");
    expect(first.text).toContain("60 records");
    expect(first.text).toContain("Person 59");
    expect(first.text).not.toContain("Person 9<");
    expect((await get("/customers?page=2")).text).toContain("Person 9<");
  });

  test("find by any property", async () => {
    const { text } = await get("/customers?q=P17@x");
    expect(text).toContain("1 record<");
    expect(text).toContain("Person 17");
  });

  test("save what was changed, and only that, as the person chosen", async () => {
    const { id } = double.records("customers")[0]!;
    const form = { given_name: "Person 0", role: "Buyer", email: "p0@x.io", as: "Dev Raman" };
    const { status, headers } = await post(`/customers/${id}`, form);
    expect(status).toBe(303);
    expect(headers.get("location")).toBe(`/ops/customers/${id}?done=saved`);
    const record = double.record("customers", id);
    expect(record).toMatchObject({ role: "Buyer", version: 2, updated_by: { name: "Dev Raman" } });
    expect(Object.keys(record?.changed ?? {}).toSorted()).toEqual(["email", "given_name", "role"]);
    expect(record?.changed.email?.by.name).toBe("Ada Okafor");
    expect((await get(`/customers/${id}?done=saved`)).text).toContain("Saved.");
  });

  test("clear a property that was emptied", async () => {
    const { id } = double.records("customers")[0]!;
    await post(`/customers/${id}`, { given_name: "" });
    expect(double.record("customers", id)?.given_name).toBeNull();
  });

  test("say what is wrong at its field, and keep what was typed", async () => {
    const { id } = double.records("customers")[0]!;
    const { status, text } = await post(`/customers/${id}`, { email: "<nobody>", role: "Buyer" });
    expect(status).toBe(422);
    expect(text).toContain('role="alert"');
    expect(text).toContain('aria-invalid="true"');
    expect(text).toContain('value="&lt;nobody&gt;"');
    expect(text).toContain('value="Buyer"');
    expect(double.record("customers", id)?.version).toBe(1);
  });

  test("create, archive and restore", async () => {
    const form = { title: "Two pumps", value: "1200", currency: "EUR", notes: "One\r\nTwo" };
    expect((await post("/opportunities/new", form)).status).toBe(303);
    const { id } = double.records("opportunities")[0]!;
    expect(double.record("opportunities", id)).toMatchObject({
      number: "OP-10240",
      notes: "One\nTwo",
    });
    await post(`/opportunities/${id}/archive`, {});
    expect(double.record("opportunities", id)?.archived).toBe(true);
    expect((await get("/opportunities?archived=yes")).text).toContain("Two pumps");
    await post(`/opportunities/${id}/restore`, {});
    expect(double.record("opportunities", id)?.archived).toBe(false);
  });

  test("choose and clear the records that one refers to, and link to them", async () => {
    const organization = double.person("Ada Okafor").create("organizations", { name: "Acme" }).id;
    const [a, b] = double.records("customers").map(({ id }) => id);
    const { id } = double.person("Ada Okafor").create("opportunities", { title: "Pumps" });
    const path = `/opportunities/${id}`;
    const chosen = [a!, b!].map((each): [string, string] => ["customers", each]);
    // A browser sends the hidden blank as well, and several values under one name.
    await post(path, [["organization", organization], ["customers", ""], ...chosen]);
    expect(double.record("opportunities", id)).toMatchObject({ organization, customers: [a, b] });
    const { text } = await get(path);
    expect(text).toContain(`<a href="/ops/organizations/${organization}">Acme</a>`);
    expect(text.match(/<option value="cus_\d+" selected>/g)).toHaveLength(2);
    await post(path, { organization: "", customers: "" });
    expect(double.record("opportunities", id)).toMatchObject({ organization: null, customers: [] });
  });

  test.each(["/invoices", "/customers/cus_99999", "/customers/cus_99999/version"])(
    "do not know %s",
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  test("show values as text, whatever they hold", async () => {
    const { id } = double.person("Ada Okafor").create("customers", { role: "<script>alert(1)" });
    for (const path of ["/customers", `/customers/${id}`]) {
      expect((await get(path)).text).not.toContain("<script>alert");
    }
  });
});

describe("the page of the Slack double", () => {
  test("shows messages as people see them, and values as the text they are", async () => {
    const slack = createSlackDouble({ path: "/hook", now: () => now });
    const nasty = '<!channel> <https://evil.example|x> "*b*" <img src=x onerror=alert(1)>';
    const alert = {
      exceptionId: "x",
      kind: "conflict",
      object: "contact",
      objectLabel: "Contact",
      field: "phone",
      fieldLabel: "Phone",
      title: nasty,
      reason: nasty,
      values: [{ label: "HubSpot", text: nasty, at: now, by: "Ada" }],
      url: "https://app.hubspot.com/contacts/1?a=1&b=2",
      openedAt: now,
    };
    const body = JSON.stringify(slackMessage([alert], [".hubspot.com"]));
    await slack.fetch(new Request("https://hooks.slack.com/hook", { method: "POST", body }));
    const text = await (await slackPages(slack).request("/")).text();
    expect(text).toContain("<b>HubSpot</b><br>&lt;!channel&gt; &lt;https://evil.example|x&gt;");
    expect(text).toContain(
      '<a href="https://app.hubspot.com/contacts/1?a=1&amp;b=2">Open the record</a>',
    );
    expect(text).toContain('<time datetime="2026-11-23T09:00:00.000Z">2026-11-23 09:00 UTC</time>');
    expect(text).not.toMatch(/<mark|<img|<b>b/);
    expect(await (await slackPages(slack).request("/count")).json()).toEqual({ count: 1 });
  });
});
