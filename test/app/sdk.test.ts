/** The host follows the SDK: a new global, component or prop is noticed, not guessed around. */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { catalog, componentsAt, propProblems } from "../playground/host/catalog.ts";
import { catalogFile, catalogText, generateCatalog } from "../playground/host/generate-catalog.ts";
import { drawn } from "../playground/host/page/components/index.ts";

describe("the catalog", () => {
  test("says what the installed SDK declares", async () => {
    const now = catalogText(await generateCatalog());
    const hint = "the SDK changed; see what it needs of the host, then run generate-catalog.ts";
    expect(await readFile(catalogFile, "utf8"), hint).toBe(now);
  });

  test("names the globals the worker provides", () => {
    expect(catalog.workerGlobals).toEqual([
      "__HUBSPOT_EXTENSION_WORKER__",
      "extend_V2",
      "hsWorkerAPI",
      "hsWorkerAPI.fetchAssociations",
      "hsWorkerAPI.fetchCrmProperties",
      "hsWorkerAPI.fetchCrmSearch",
      "hsWorkerAPI.fetchHubSpotApi",
      "hsWorkerAPI.formatCrmProperties",
      "hsWorkerAPI.useAppPageLocation",
      "hsWorkerAPI.useExtensionActions",
      "hsWorkerAPI.useExtensionApi",
      "hsWorkerAPI.useExtensionContext",
      "logger",
    ]);
  });
});

describe("the host", () => {
  test("draws every stable component but those that show HubSpot's own data", () => {
    const missing = Object.entries(catalog.components)
      .filter(([name, { from }]) => !/experimental|null/.test(String(from)) && !(name in drawn))
      .map(([name]) => name);
    expect(missing.filter((name) => !name.startsWith("Crm"))).toEqual([]);
  });

  test("draws nothing the SDK does not have", () => {
    expect(Object.keys(drawn).filter((name) => !(name in catalog.components))).toEqual([]);
  });
});

describe("props", () => {
  test.each([
    {
      name: "right ones",
      props: { variant: "primary", size: "sm", disabled: false },
      problem: null,
    },
    {
      name: "a value of the wrong word",
      props: { variant: "loud" },
      problem: /"variant" got "loud"/,
    },
    {
      name: "a value of the wrong kind",
      props: { disabled: "yes" },
      problem: /"disabled" got "yes"/,
    },
    { name: "a prop that is none", props: { style: {} }, problem: /has no prop "style"/ },
  ])("are checked: $name", ({ props, problem }) => {
    const problems = propProblems("Button", props);
    if (problem === null) expect(problems).toEqual([]);
    else expect(problems.join()).toMatch(problem);
  });

  test("that are missing are named", () => {
    expect(propProblems("Accordion", { children: "text" })).toEqual([
      '<Accordion> needs the prop "title"',
    ]);
  });
});

test("a sidebar may use two components of the CRM family, a tab all, a page none", () => {
  const crmAt = (place: string) => componentsAt(place).filter((name) => name.startsWith("Crm"));
  expect(crmAt("crm.record.sidebar")).toEqual(["CrmActionButton", "CrmActionLink"]);
  expect(crmAt("crm.record.tab").length).toBeGreaterThan(10);
  expect(crmAt("pages")).toEqual([]);
});
