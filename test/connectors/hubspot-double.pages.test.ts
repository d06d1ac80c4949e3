/** The double's screens do what a person in HubSpot does, and nothing else. */
import { expect, it } from "vitest";
import { hubSpotPages } from "../playground/hubspot/pages.ts";
import { fixture } from "./hubspot-fixture.ts";

function office() {
  const world = fixture();
  const pages = hubSpotPages(world.double, { base: "" });
  const post = (path: string, values: Record<string, string>) =>
    pages.request(path, { method: "POST", body: new URLSearchParams(values) });
  const text = async (path: string) => (await pages.request(path)).text();
  const hand = world.double.person(71001);
  return { ...world, pages, post, text, hand };
}

const ada = { email: "ada@example.com", firstname: "Ada", lastname: "Okafor" };

it("a list shows the records that hold the words searched for", async () => {
  const { hand, text } = office();
  hand.create("contacts", ada);
  hand.create("contacts", { email: "ben@example.com", firstname: "Ben" });
  const found = await text("/contacts?q=okafor");
  expect(found).toContain("ada@example.com");
  expect(found).not.toContain("ben@example.com");
});

it("a person creates a record, in their own name", async () => {
  const { double, post } = office();
  const answer = await post("/contacts/new?as=71002", { "p.email": "new@example.com" });
  expect(answer.status).toBe(303);
  const [record] = double.records("contacts");
  expect(record?.properties).toMatchObject({
    email: "new@example.com",
    hs_object_source: "CRM_UI",
  });
});

it("a workflow does one of the app's actions, and what it handed on is shown", async () => {
  const asked: string[] = [];
  const actionUrl = "https://sync.example.com/workflow/sync";
  const action = {
    actionUrl,
    objectTypes: ["CONTACT"],
    labels: { en: { actionName: "Sync it" } },
  };
  const send = async (request: Request) => {
    asked.push(request.url);
    return Response.json({ outputFields: { sync_result: "asked" } });
  };
  const { double } = fixture({ actions: [action], webhook: { targetUrl: actionUrl, send } });
  const pages = hubSpotPages(double, { base: "" });
  const hand = double.person(71001);
  const [contact, company] = [
    hand.create("contacts", ada),
    hand.create("companies", { name: "Brightwater" }),
  ];
  const text = async (path: string) => (await pages.request(path)).text();
  expect(await text(`/contacts/${contact}`)).toContain("Workflow: Sync it");
  expect(await text(`/companies/${company}`)).not.toContain("Workflow: Sync it");
  const done = await pages.request(`/contacts/${contact}/workflow/0`, { method: "POST" });
  expect(asked).toEqual([actionUrl]);
  expect(await text(done.headers.get("location") ?? "")).toContain("sync_result: asked");
});

it("saving a form writes only what was changed in it", async () => {
  const { double, hand, post, call } = office();
  const id = hand.create("contacts", { ...ada, phone: "1" });
  double.automation.update("contacts", id, { phone: "2" });
  const form = { "was.phone": "1", "p.phone": "1", "was.firstname": "Ada", "p.firstname": "Eve" };
  await post(`/contacts/${id}?as=71001`, form);
  const { body } = await call(
    "GET",
    `/crm/objects/2026-03/contacts/${id}?properties=phone,firstname`,
  );
  expect(body.properties).toMatchObject({ phone: "2", firstname: "Eve" });
});

it("a refused value is said on the form, which keeps what was typed", async () => {
  const { hand, post } = office();
  const id = hand.create("contacts", ada);
  const answer = await post(`/contacts/${id}`, { "was.email": ada.email, "p.email": "<nonsense>" });
  expect(answer.status).toBe(400);
  const page = await answer.text();
  expect(page).toContain('role="alert"');
  expect(page).toContain("Email address &lt;nonsense&gt; is invalid");
  expect(page).toContain('value="&lt;nonsense&gt;"');
});

it("a record is archived, restored, merged and erased", async () => {
  const { double, hand, post, text } = office();
  const one = hand.create("contacts", ada);
  const two = hand.create("contacts", { email: "ben@example.com" });
  await post(`/contacts/${one}/archive`, {});
  expect(await text("/contacts?bin=1")).toContain("ada@example.com");
  await post(`/contacts/${one}/restore`, {});
  const merged = await post(`/contacts/${one}/merge`, { other: two });
  const [record] = double.records("contacts");
  expect(merged.headers.get("location")).toBe(`/contacts/${record!.id}?done=merged`);
  await post(`/contacts/${record!.id}/erase`, {});
  expect(double.records("contacts")).toEqual([]);
});

it("a fault is added and removed by hand, and calls are listed", async () => {
  const { pages, post, text, call } = office();
  await post("/faults", { kind: "status", times: "1", matches: "/deals", status: "503" });
  expect((await call("GET", "/crm/objects/2026-03/deals")).status).toBe(503);
  const page = await text("/faults");
  expect(page).toContain("status 1 times on /deals, struck 1");
  expect(page).toContain("GET /crm/objects/2026-03/deals");
  await post("/faults", { kind: "reset" });
  await pages.request("/faults/clear", { method: "POST" });
  expect((await call("GET", "/crm/objects/2026-03/deals")).status).toBe(200);
  expect((await post("/faults", { kind: "nonsense" })).status).toBe(404);
});

it("the history tells people from the app", async () => {
  const { hand, text, call } = office();
  const id = hand.create("contacts", ada);
  await call("PATCH", `/crm/objects/2026-03/contacts/${id}`, { properties: { jobtitle: "CEO" } });
  const page = await text(`/contacts/${id}`);
  expect(page).toContain("Ada Okafor");
  expect(page).toContain("The sync app");
});
