/** The settings: what is sent when somebody saves, and what is said when it may not be. */
import { Form, LoadingButton, NumberInput, Select, Tabs } from "@hubspot/ui-extensions";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { roleChoices, roleKey, roleOf } from "../../hubspot-app/src/app/settings/roles.ts";
import { controlAnswers } from "./control-fixtures.ts";
import { now, openSettings } from "./control-harness.tsx";

beforeEach(() => {
  vi.unstubAllGlobals();
});

type Page = ReturnType<typeof openSettings>;

const named = (name: string) => (node: { readonly props: unknown }) =>
  (node.props as { readonly name?: string }).name === name;
const show = (page: Page, part: string) =>
  page.find(Tabs).trigger("onSelectedChange", part as never);
const submit = (page: Page) => page.find(Form).trigger("onSubmit", {} as never);

test.each([
  { name: "no address", options: { variables: {} }, says: "isn't set up yet" },
  {
    name: "no right",
    options: {
      script: { settings: () => ({ error: { code: "forbidden", message: "Ask an admin." } }) },
    },
    says: "Ask an admin.",
  },
  {
    name: "no answer",
    options: { script: { settings: () => ({ status: 502 }) } },
    says: "Sync can't be reached",
  },
])("what is not there is said in words: $name", async ({ options, says }) => {
  await openSettings(options).says(says);
});

describe("thresholds", () => {
  test("are typed in percent and kept as shares, with the version they were read at", async () => {
    const { settings } = controlAnswers(now);
    const readers = ["Dana Brooks", "Ana Silva"];
    const page = openSettings({
      script: {
        settings: () => ({ data: { ...settings, changedBy: readers.shift() } }),
      },
    });
    await page.says("Last changed 4 days ago by Dana Brooks.");
    page.find(NumberInput, named("errorRateMax")).trigger("onChange", 2.5 as never);
    await page.waitFor(() =>
      expect(page.find(NumberInput, named("errorRateMax")).props.value).toBe(2.5),
    );
    submit(page);
    await page.waitFor(() => expect(page.askedOf("settings-save")).toHaveLength(1));
    expect(page.askedOf("settings-save")[0]?.body).toMatchObject({
      version: 3,
      thresholds: { errorRateMax: 0.025, confidenceMin: 0.98, openExceptionsMax: 100 },
    });
    await page.says("by Ana Silva");
  });

  test("cannot be changed by one who may not", async () => {
    const { session } = controlAnswers(now);
    const may = session.may.filter((verb) => verb !== "change_settings");
    const page = openSettings({ script: { session: () => ({ data: { ...session, may } }) } });
    await page.says("Save thresholds");
    expect(page.findByTestId(LoadingButton, "save").props.disabled).toBe(true);
    expect(page.find(NumberInput, named("errorRateMax")).props.readOnly).toBe(true);
  });
});

test("a channel is tested, and says what became of it", async () => {
  const page = openSettings();
  await page.says("Save thresholds");
  show(page, "alerts");
  await page.says("Set TELEGRAM_BOT_TOKEN");
  expect(page.findByTestId(LoadingButton, "test-telegram").props.disabled).toBe(true);
  page.findByTestId(LoadingButton, "test-slack").trigger("onClick");
  await page.says("Sent. Look into the channel.");
  expect(page.askedOf("channel-test")[0]?.body).toEqual({ channel: "slack" });
});

describe("roles", () => {
  test("are one text each, and back", () => {
    for (const { value, role } of roleChoices) {
      expect(roleKey(role)).toBe(value);
      expect(roleOf(value)).toEqual(role);
    }
  });

  test("are given to a team", async () => {
    const page = openSettings();
    await page.says("Save thresholds");
    show(page, "roles");
    await page.waitFor(() => {
      expect(page.find(Select, named("holder")).props.options).toHaveLength(5);
    });
    page.find(Select, named("holder")).trigger("onChange", "team 8" as never);
    page.find(Select, named("role")).trigger("onChange", "operator" as never);
    await page.waitFor(() => expect(page.find(Select, named("holder")).props.value).toBe("team 8"));
    page
      .findAll(Form)
      .at(-1)
      ?.trigger("onSubmit", {} as never);
    await page.waitFor(() => expect(page.askedOf("role-set")).toHaveLength(1));
    expect(page.askedOf("role-set")[0]?.body).toEqual({
      holder: { kind: "team", id: "8" },
      role: { role: "operator" },
      version: 3,
    });
  });

  test("that the deployment gives cannot be taken, and the last admin stays", async () => {
    const message = "Somebody has to stay an admin.";
    const page = openSettings({
      script: { "role-set": () => ({ error: { code: "invalid", message } }) },
    });
    await page.says("Save thresholds");
    show(page, "roles");
    await page.says("Where the sync is deployed");
    expect(page.findByTestId(LoadingButton, "take-user-101").props.disabled).toBe(true);
    page.findByTestId(LoadingButton, "take-team-7").trigger("onClick");
    await page.says(message);
  });
});
