/** The control center's pages: what they ask, what they say, and what they never do twice. */
import { Button, LoadingButton, Select, TextArea } from "@hubspot/ui-extensions";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createFigures } from "../../hubspot-app/common/figures.ts";
import { filterOf, listOf, paramsOf } from "../../hubspot-app/src/app/pages/exception-list.ts";
import { controlAnswers, emptyAnswers, puzzlingRecord } from "./control-fixtures.ts";
import { now, openPages } from "./control-harness.tsx";

beforeEach(() => {
  vi.unstubAllGlobals();
});

const refused = (code: string, message: string) => ({ error: { code, message } });
type Page = ReturnType<typeof openPages>;

const press = (page: Page, testId: string) =>
  page.findByTestId(LoadingButton, testId).trigger("onClick");

describe("what is not there", () => {
  test.each([
    { name: "no address", options: { variables: {} }, says: "isn't set up yet" },
    {
      name: "no answer",
      options: { script: { session: () => ({ status: 503 }) } },
      says: "Sync can't be reached",
    },
    {
      name: "another secret",
      options: { script: { session: () => ({ status: 401 }) } },
      says: "refused this page",
    },
    {
      name: "a newer service",
      options: { script: { session: () => ({ data: { person: null } }) } },
      says: "out of date",
    },
    {
      name: "no right",
      options: { script: { overview: () => refused("forbidden", "Ask an admin.") } },
      says: "Ask an admin.",
    },
    {
      name: "no such page",
      options: { path: "/nowhere" },
      says: "There is no such page",
    },
  ])("is said in words: $name", async ({ options, says }) => {
    await openPages(options).says(says);
  });

  test("is asked for again when the reader says so", async () => {
    let isDown = true;
    const page = openPages({
      script: {
        session: () => (isDown ? { status: 503 } : { data: controlAnswers(now).session }),
      },
    });
    await page.says("Sync can't be reached");
    isDown = false;
    page.findByTestId(Button, "retry").trigger("onClick");
    await page.says("Open exceptions");
  });
});

describe("the overview", () => {
  test("says what is beyond its threshold before anything else", async () => {
    const page = openPages();
    await page.says("2 thresholds are crossed");
    expect(page.text().indexOf("thresholds")).toBeLessThan(page.text().indexOf("Sync error rate"));
  });

  test("looks again after half a minute, and keeps what it saw if that fails", async () => {
    let isDown = false;
    const page = openPages({
      script: {
        overview: () => (isDown ? { status: 503 } : { data: controlAnswers(now).overview }),
      },
    });
    await page.says("Open exceptions");
    isDown = true;
    page.advance(30_000);
    await page.says("What you see was true");
    await page.says("Open exceptions");
    expect(page.askedOf("overview")).toHaveLength(2);
  });

  test("of the first day says that nothing waits, and draws nothing", async () => {
    const page = openPages({ script: { overview: () => ({ data: emptyAnswers(now).overview }) } });
    await page.says("Nothing waits for a person");
    await page.says("Nothing to draw yet.");
  });

  test.each([
    { locale: "de-DE", says: "3.904" },
    { locale: "en-US", says: "3,904" },
    { locale: "no such locale", says: "3,904" },
  ])("is written as the reader writes: $locale", async ({ locale, says }) => {
    await openPages({ locale }).says(says);
  });

  test("is written as the settings say, where they say something", async () => {
    const { session } = controlAnswers(now);
    const formats = { ...session.formats, locale: "de-DE" };
    await openPages({
      script: { session: () => ({ data: { ...session, formats } }) },
    }).says("3.904");
  });
});

describe("the list of exceptions", () => {
  test("is asked for as its address says", async () => {
    const params = { kind: "conflict", field: "deal.amount", age: "week", assignee: "nobody" };
    const page = openPages({ path: "/exceptions", params });
    await page.says("10 of 37 shown");
    expect(page.askedOf("exceptions")[0]?.body).toEqual({
      filter: {
        kinds: ["conflict"],
        objects: ["deal"],
        fields: ["amount"],
        olderThanMs: 86_400_000,
        youngerThanMs: 604_800_000,
        assignees: [""],
      },
      sort: "oldest",
      cursor: null,
    });
  });

  test("goes on from its cursor", async () => {
    const { exceptions } = controlAnswers(now);
    const further = exceptions.items.map((item) => ({ ...item, id: `${item.id}-further` }));
    const page = openPages({
      path: "/exceptions",
      script: {
        exceptions: ({ cursor }) => ({
          data: cursor === null ? exceptions : { ...exceptions, items: further },
        }),
      },
    });
    await page.says("10 of 37 shown");
    press(page, "more");
    await page.waitFor(() => expect(page.askedOf("exceptions")).toHaveLength(2));
    expect(page.askedOf("exceptions")[1]?.body.cursor).toBe("next");
    await page.says("20 of 37 shown");
  });

  test("is not narrowed by what is empty, and an address holds all that is chosen", () => {
    const list = { kind: "conflict", text: "", owner: "nobody", sort: "newest" };
    expect(paramsOf(list)).toEqual({ kind: "conflict", owner: "nobody", sort: "newest" });
    expect(listOf(paramsOf(list))).toEqual(paramsOf(list));
    expect(filterOf(list)).toMatchObject({ kinds: ["conflict"], owners: [""] });
    expect(filterOf({})).toEqual({});
  });
});

/** Everything that is under way by now has arrived and is drawn. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}

describe("settling many", () => {
  const open = async (script = {}, params = {}) => {
    const page = openPages({ path: "/exceptions", params, script });
    await page.says("10 of 37 shown");
    page.findByTestId(Button, "pick-all").trigger("onClick");
    await page.says("37 picked");
    const { overlay } = page.findByTestId(Button, "settle-many").props as unknown as {
      overlay: { childNodes: readonly { trigger: (name: string) => void }[] };
    };
    overlay.childNodes[0]?.trigger("onOpen");
    return page;
  };
  const keep = (page: Page, system: string) =>
    page
      .find(Select, (node) => (node.props as { name?: string }).name === "keep")
      .trigger("onChange", system as never);

  test("shows what the last choice would do, however late an earlier one is answered", async () => {
    const { "settle-preview": preview } = controlAnswers(now);
    let answerFirst = (_: { readonly data: unknown }) => {};
    const first = new Promise<{ readonly data: unknown }>((resolve) => {
      answerFirst = resolve;
    });
    const page = await open({
      "settle-preview": (body: { choice: { kind: string } }) =>
        body.choice.kind === "recommended" ? first : { data: { ...preview, count: 7 } },
    });
    await page.waitFor(() => expect(page.askedOf("settle-preview")).toHaveLength(1));
    keep(page, "ops");
    await page.says("7 would be settled.");
    answerFirst({ data: { ...preview, count: 99, fingerprint: "late" } });
    await settled();
    expect(page.text()).not.toContain("99 would");
    press(page, "settle-confirm");
    await page.says("2 of 3 settled");
    expect(page.askedOf("settle-many")[0]?.body.fingerprint).toBe("f1");
  });

  test("shows nothing of an earlier choice while the last is worked out", async () => {
    const { "settle-preview": preview } = controlAnswers(now);
    const page = await open({
      "settle-preview": (body: { choice: { kind: string } }) =>
        body.choice.kind === "recommended" ? { data: preview } : new Promise(() => {}),
    });
    await page.says("3 would be settled.");
    keep(page, "ops");
    await page.says("Working out what would change");
    expect(page.text()).not.toContain("would be settled");
    expect(page.findByTestId(LoadingButton, "settle-confirm").props.disabled).toBe(true);
  });

  test("that did not go is previewed anew", async () => {
    const page = await open({ "settle-many": () => refused("changed", "Two moved since.") });
    await page.says("3 would be settled.");
    press(page, "settle-confirm");
    await page.says("Two moved since.");
    expect(page.askedOf("settle-preview")).toHaveLength(2);
  });

  test("all of a narrowed list settles no more than that list", async () => {
    const page = await open({}, { object: "deal" });
    await page.says("3 would be settled.");
    expect(page.askedOf("settle-preview")[0]?.body.selection).toEqual({
      kind: "filter",
      filter: { objects: ["deal"] },
    });
  });

  test("sends what was previewed, once", async () => {
    const page = await open();
    await page.says("3 would be settled.");
    press(page, "settle-confirm");
    press(page, "settle-confirm");
    await page.says("2 of 3 settled");
    expect(page.askedOf("settle-many")).toEqual([
      {
        action: "settle-many",
        body: {
          selection: { kind: "filter", filter: {} },
          choice: { kind: "recommended" },
          asOf: now,
          fingerprint: "f1",
        },
      },
    ]);
  });
});

describe("one exception", () => {
  test("is settled once, however often it is clicked", async () => {
    const page = openPages({ path: "/exceptions/x1" });
    await page.says("Suggested: It was changed last.");
    press(page, "keep-hubspot");
    press(page, "keep-hubspot");
    await page.waitFor(() => expect(page.askedOf("settle")).toHaveLength(1));
    expect(page.askedOf("settle")[0]?.body).toEqual({
      exceptionId: "x1",
      shown: "shown-1",
      choice: { kind: "keep", system: "hubspot" },
    });
    await page.waitFor(() => expect(page.askedOf("exception").length).toBeGreaterThan(1));
  });

  test.each([
    { code: "changed", message: "The phone moved.", says: "This has changed" },
    { code: "settled", message: "Lee was first.", says: "Somebody was first" },
    { code: "forbidden", message: "Not yours.", says: "You can't do this" },
    { code: "unreachable", message: "HubSpot is silent.", says: "Nothing is lost" },
    { code: "pending", message: "It is on its way.", says: "Still under way" },
  ])("that cannot be settled says why: $code", async ({ code, message, says }) => {
    const page = openPages({
      path: "/exceptions/x1",
      script: { settle: () => refused(code, message) },
    });
    await page.says("Suggested");
    press(page, "keep-ops");
    await page.says(says);
    await page.says(message);
  });

  test("offers no choice to one who may only look", async () => {
    const { exception } = controlAnswers(now);
    const item = { ...exception.item, maySettle: false };
    const page = openPages({
      path: "/exceptions/x1",
      script: { exception: () => ({ data: { ...exception, item } }) },
    });
    await page.says("You may look at this, but not settle it.");
    expect(page.text()).not.toContain("Keep HubSpot");
  });
});

describe("a question that is not about values", () => {
  const answered = { ok: true, record: controlAnswers(now).record.record };
  const open = (answer: () => object) =>
    openPages({
      path: "/records/e2",
      script: {
        record: () => ({ data: puzzlingRecord(now) }),
        "card/answer": () => answer() as { readonly data: unknown },
      },
    });
  const say = (page: Page, words: string, at = 0) =>
    page
      .findAll(LoadingButton)
      .filter((button) => button.text === words)
      .at(at)
      ?.trigger("onClick");

  test("shows every candidate side by side, and is answered once", async () => {
    const page = open(() => ({ ...answered, data: null }));
    await page.says("Two customers in Operations may be this contact.");
    await page.says("Mary Johnson");
    say(page, "This is the same", 1);
    say(page, "This is the same", 1);
    await page.waitFor(() => expect(page.askedOf("card/answer")).toHaveLength(1));
    expect(page.askedOf("card/answer")[0]?.body).toEqual({
      objectTypeId: "0-1",
      objectId: "151",
      exceptionId: "x-ambiguous",
      shown: "shown-ambiguous",
      verb: "link",
      candidate: { system: "ops", recordId: "C-2002" },
    });
  });

  test("that was answered by another says so", async () => {
    const page = open(() => refused("settled", "Lee was first."));
    await page.says("None of these: create it");
    say(page, "None of these: create it");
    await page.says("Lee was first.");
  });
});

test("a pause needs a reason", async () => {
  const page = openPages({ path: "/systems" });
  await page.says("Answers and keeps up");
  const confirm = () => page.findByTestId(LoadingButton, "pause-something-confirm");
  expect(confirm().props.disabled).toBe(true);
  page.findByTestId(TextArea, "pause-something-reason").trigger("onInput", "Cleaning up" as never);
  await page.waitFor(() => expect(confirm().props.disabled).toBe(false));
  confirm().trigger("onClick");
  await page.waitFor(() => expect(page.askedOf("pause")).toHaveLength(1));
  expect(page.askedOf("pause")[0]?.body).toEqual({ scope: "all", reason: "Cleaning up" });
});

test("a run only looks unless somebody says otherwise", async () => {
  const page = openPages({ path: "/runs" });
  await page.says("Compare: Contact");
  press(page, "start-confirm");
  await page.waitFor(() => expect(page.askedOf("run-start")).toHaveLength(1));
  expect(page.askedOf("run-start")[0]?.body).toEqual({
    object: "contact",
    kind: "scan",
    dry: true,
  });
});

test("a baseline tells how far the systems agree", async () => {
  const { runs } = controlAnswers(now);
  const counts = [{ says: "Duplicates in HubSpot", count: 1_200 }];
  const measured = { ...runs.runs[0]!, id: "r9", baseline: { errorRate: 0.0804, counts } };
  const data = { ...runs, runs: [measured] };
  const page = openPages({ path: "/runs/r9", script: { runs: () => ({ data }) } });
  await page.says("8% of the records that belong together differ.");
  await page.says("Duplicates in HubSpot: 1,200");
});

test("what a run that only looked would do is started from there, to be written", async () => {
  const page = openPages({ path: "/runs/r2" });
  await page.says("Would be created in Operations: 520");
  press(page, "start-writing-confirm");
  await page.waitFor(() => expect(page.askedOf("run-start")).toHaveLength(1));
  const [asked] = page.askedOf("run-start");
  expect(asked?.body).toEqual({ object: "deal", kind: "backfill", dry: false });
});

test.each([
  { path: "/records/e1", action: "record" as const },
  { path: "/systems", action: "systems" as const },
  { path: "/runs", action: "runs" as const },
  { path: "/policies", action: "policies" as const },
  { path: "/", action: "overview" as const },
])("a word that only a later service knows leaves $path of use", async ({ path, action }) => {
  const words = /"(state|status|level|kind|credentials)":"(?!conflict")\w+"/g;
  const answer = JSON.stringify(controlAnswers(now)[action]);
  const data = JSON.parse(answer.replaceAll(words, '"$1":"brand_new"'));
  const page = openPages({ path, script: { [action]: () => ({ data }) } });
  await page.says("--");
});

test("sections that a reader may not see have no tab", async () => {
  const { session } = controlAnswers(now);
  const page = openPages({ script: { session: () => ({ data: { ...session, may: ["see"] } }) } });
  await page.says("Systems");
  expect(page.text()).not.toContain("Audit");
});

describe("figures", () => {
  const { share, duration, hours, day } = createFigures("en-US");

  test.each([
    { value: null, text: "--" },
    { value: 0, text: "0%" },
    { value: 0.0042, text: "0.42%" },
    { value: 0.964, text: "96.4%" },
    { value: 0.99996, text: "99.99%" },
    { value: 1, text: "100%" },
  ])("a share of $value reads $text: what is missing is never rounded away", ({ value, text }) => {
    expect(share(value)).toBe(text);
  });

  test.each([
    { ms: 20, text: "under 1 s" },
    { ms: 45_000, text: "45 s" },
    { ms: 22 * 60_000, text: "22 min" },
    { ms: 5 * 3_600_000, text: "5 h" },
    { ms: 9 * 86_400_000, text: "9 days" },
  ])("$ms ms read $text", ({ ms, text }) => {
    expect(duration(ms)).toBe(text);
  });

  test("hours and days are short", () => {
    expect([hours(3.42), hours(34.2), day("2026-11-23"), day("soon")]).toEqual([
      "3.4 h",
      "34 h",
      "Nov 23",
      "soon",
    ]);
  });
});
