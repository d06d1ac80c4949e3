/**
 * The project's metadata, checked as the upload would, but offline: by HubSpot's own parser, and
 * by schemas of our own for the configurations, which HubSpot checks only in an account.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path/posix";
import { ALLOWED_TOP_LEVEL_FIELDS, Components } from "@hubspot/project-parsing-lib/constants";
import { isKnownPlatformVersion } from "@hubspot/project-parsing-lib/projects";
import { mapToUserFacingType } from "@hubspot/project-parsing-lib/transform";
import { translate } from "@hubspot/project-parsing-lib/translate";
import { validateUid } from "@hubspot/project-parsing-lib/uid";
import { beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { readWebhooks, webhooksFor, webhooksSchema } from "../../worker/cli/hubspot-webhooks.ts";
import { configure } from "../../worker/core/configure.ts";
import type { WorkflowOutputs } from "../../worker/http/workflow.ts";
import { config } from "../../worker/sync.config.ts";
import { publicUrl } from "../playground/addresses.ts";

const project = join(import.meta.dirname, "../../hubspot-app");

const projectSchema = z.strictObject({
  name: z.string().min(1).max(100),
  srcDir: z.string(),
  platformVersion: z.string().refine(isKnownPlatformVersion),
});

const typeDefinition = z.strictObject({
  name: z.string().regex(/^[a-z_]+$/),
  type: z.enum(["string", "number", "bool"]),
  fieldType: z.enum(["text", "number", "booleancheckbox"]),
});

const httpsOrigin = z.url({ protocol: /^https$/ });
const schemas: Readonly<Record<string, z.ZodType>> = {
  app: z.strictObject({
    name: z.string().min(1).max(200),
    description: z.string().min(1).max(8192),
    distribution: z.literal("private"),
    auth: z.strictObject({
      type: z.literal("static"),
      requiredScopes: z.array(z.string().regex(/^[a-z.]+$/)).min(1),
      optionalScopes: z.array(z.string()),
      conditionallyRequiredScopes: z.array(z.string()),
    }),
    permittedUrls: z.strictObject({
      fetch: z.array(httpsOrigin).min(1),
      iframe: z.array(httpsOrigin),
      img: z.array(httpsOrigin),
    }),
    support: z.optional(z.record(z.string(), z.string())),
  }),
  card: z.strictObject({
    name: z.string().min(1),
    description: z.optional(z.string()),
    previewImage: z.optional(z.strictObject({ file: z.string(), altText: z.string() })),
    location: z.enum(["crm.record.tab", "crm.record.sidebar", "crm.preview", "helpdesk.sidebar"]),
    entrypoint: z.string().startsWith("/app/cards/"),
    objectTypes: z.array(z.enum(["contacts", "companies", "deals", "tickets"])).min(1),
  }),
  pages: z.strictObject({ entrypoint: z.string().startsWith("/app/pages/") }),
  settings: z.strictObject({ entrypoint: z.string().startsWith("/app/settings/") }),
  webhooks: webhooksSchema.shape.config,
  "workflow-action": z.strictObject({
    actionUrl: z.url({ protocol: /^https$/ }),
    isPublished: z.boolean(),
    supportedClients: z.array(z.strictObject({ client: z.literal("WORKFLOWS") })).length(1),
    inputFields: z.array(
      z.strictObject({
        typeDefinition,
        supportedValueTypes: z.array(z.enum(["STATIC_VALUE", "OBJECT_PROPERTY"])).min(1),
        isRequired: z.boolean(),
      }),
    ),
    outputFields: z.array(z.strictObject({ typeDefinition })),
    labels: z.strictObject({
      en: z.strictObject({
        actionName: z.string().min(1),
        actionDescription: z.string().min(1),
        actionCardContent: z.string().min(1),
        outputFieldLabels: z.record(z.string(), z.string().min(1)),
      }),
    }),
    objectTypes: z.array(z.enum(["CONTACT", "COMPANY", "DEAL", "TICKET"])).min(1),
  }),
};

interface Component {
  readonly uid: string;
  readonly type: string;
  readonly file: string;
  readonly config: Record<string, unknown>;
}
let source: string;
let skipped: readonly string[];
let components: readonly Component[];

beforeAll(async () => {
  const text = await readFile(join(project, "hsproject.json"), "utf8");
  const { srcDir, platformVersion } = projectSchema.parse(JSON.parse(text));
  source = join(project, srcDir);
  const { intermediateRepresentation, skippedHsMetaFiles } = await translate(
    // The account would be asked for its schemas only if validation were not skipped.
    { projectSourceDir: source, platformVersion, accountId: 1 } as never,
    { skipValidation: true, profile: "playground" },
  );
  skipped = skippedHsMetaFiles;
  components = Object.values(intermediateRepresentation.intermediateNodesIndexedByUid)
    .map(({ uid, componentType, metaFilePath, config }) => ({
      uid,
      type: mapToUserFacingType(componentType),
      file: metaFilePath ?? "",
      config: config as Record<string, unknown>,
    }))
    .filter(({ type }) => type !== "serverless-package");
});

const ofType = (type: string) => components.filter((component) => component.type === type);

describe("the metadata", () => {
  test("is read by HubSpot's own parser, every file of it", () => {
    expect(skipped).toEqual([]);
    expect(ofType("app")).toHaveLength(1);
    expect(ofType("card").length).toBeGreaterThan(0);
    expect(ofType("webhooks")).toHaveLength(1);
  });

  test("has valid uids and only the keys HubSpot knows, each file in its folder", async () => {
    for (const { uid, type, file } of components) {
      expect(validateUid(uid), file).toBeUndefined();
      const raw = JSON.parse(await readFile(join(source, file), "utf8"));
      for (const key of Object.keys(raw)) expect(ALLOWED_TOP_LEVEL_FIELDS, file).toContain(key);
      const { parentComponent, dir } = Components[type] ?? {};
      const parent = parentComponent ? Components[parentComponent]?.dir : "";
      expect(dirname(file)).toBe(join(parent ?? "", dir ?? "no such type"));
    }
  });

  test("configures every component as its type allows", () => {
    for (const { type, file, config } of components) {
      const schema = schemas[type];
      expect(schema, `${file}: no schema for the type ${type}`).toBeDefined();
      expect(schema?.safeParse(config).error?.issues, file).toBeUndefined();
    }
  });

  test("names entrypoints that exist", () => {
    for (const { file, config } of components) {
      const { entrypoint } = config;
      if (entrypoint === undefined) continue;
      expect(existsSync(join(source, String(entrypoint))), `${file}: ${entrypoint}`).toBe(true);
    }
  });

  test("permits the Worker's public address", () => {
    expect(ofType("app")[0]?.config.permittedUrls).toMatchObject({ fetch: [publicUrl] });
  });

  test("asks to read and write every object that is kept the same", () => {
    const auth = ofType("app")[0]?.config.auth as { requiredScopes: string[] };
    for (const { mappings } of Object.values(config.objects)) {
      const object = mappings.hubspot?.systemObject;
      if (object === undefined) continue;
      expect(auth.requiredScopes).toContain(`crm.objects.${object}.read`);
      expect(auth.requiredScopes).toContain(`crm.objects.${object}.write`);
    }
  });
});

describe("the workflow action", () => {
  interface Action {
    readonly actionUrl: string;
    readonly objectTypes: readonly string[];
    readonly outputFields: readonly { readonly typeDefinition: { readonly name: string } }[];
    readonly labels: { readonly en: { readonly outputFieldLabels: Record<string, string> } };
  }
  const action = () => ofType("workflow-action")[0]?.config as unknown as Action;

  test("is sent to the Worker", () => {
    expect(action().actionUrl).toBe(`${publicUrl}/workflow/sync`);
  });

  test("is offered for the standard objects that are kept the same", () => {
    const kept = Object.values(config.objects).flatMap(({ mappings }) => {
      const type = objectTypes[mappings.hubspot?.systemObject ?? ""];
      return type === undefined ? [] : [type];
    });
    expect(action().objectTypes.toSorted()).toEqual(kept.sort());
  });

  test("labels every output it hands on, and hands on what the Worker answers", () => {
    const names = action().outputFields.map(({ typeDefinition: { name } }) => name);
    expect(Object.keys(action().labels.en.outputFieldLabels)).toEqual(names);
    const answer = {
      hs_execution_state: "SUCCESS",
      sync_result: "asked",
      open_questions: 0,
    } as const satisfies WorkflowOutputs;
    expect(["hs_execution_state", ...names]).toEqual(Object.keys(answer));
  });
});

/** How workflows name HubSpot's objects. */
const objectTypes: Readonly<Record<string, string>> = {
  contacts: "CONTACT",
  companies: "COMPANY",
  deals: "DEAL",
  tickets: "TICKET",
};

describe("the webhooks", () => {
  test("are those that the configuration asks for", () => {
    const now = readWebhooks();
    const hint = "run: node worker/cli/hubspot-webhooks.ts --write";
    expect(now, hint).toEqual(webhooksFor(config, now));
  });

  test("are sent to the Worker", () => {
    const [webhooks] = ofType("webhooks");
    const settings = webhooks?.config.settings as { targetUrl: string };
    expect(settings.targetUrl).toBe(`${publicUrl}/webhooks/hubspot`);
  });

  const rules = (properties: readonly string[], crmObject = "contacts") =>
    configure({
      version: 1,
      systems: {
        crm: { label: "CRM", connector: "hubspot" },
        ops: { label: "Ops", connector: "rest" },
      },
      rank: ["crm", "ops"],
      skewToleranceMs: 0,
      objects: {
        contact: {
          label: "Contact",
          in: { crm: crmObject, ops: "customers" },
          identity: [],
          fields: Object.fromEntries(
            properties.map((name) => [
              name,
              {
                label: name,
                type: { kind: "text" },
                in: { crm: name, ops: name },
                policy: { rule: "newest" },
              },
            ]),
          ),
        },
      },
    });

  test("name every mapped property, and what becomes of records", () => {
    const { crmObjects, hubEvents } = webhooksFor(rules(["b", "a"]), null).config.subscriptions;
    expect(crmObjects.map((it) => it.propertyName ?? it.subscriptionType)).toEqual([
      "object.creation",
      "object.deletion",
      "object.merge",
      "object.restore",
      "object.associationChange",
      "a",
      "b",
    ]);
    expect(hubEvents).toEqual([{ subscriptionType: "contact.privacyDeletion", active: true }]);
  });

  test.each([
    ["companies", "company"],
    ["tickets", "ticket"],
    ["line_items", "line_item"],
    ["2-1000001", "2-1000001"],
  ])("of %s are subscribed to as %s, and privacy deletions with contacts only", (object, name) => {
    const { crmObjects, hubEvents } = webhooksFor(rules(["a"], object), null).config.subscriptions;
    expect(new Set(crmObjects.map(({ objectType }) => objectType))).toEqual(new Set([name]));
    expect(hubEvents).toEqual([]);
  });

  test("a property no longer mapped stays subscribed, inactive, until it is mapped again", () => {
    const both = webhooksFor(rules(["a", "b"]), null);
    const one = webhooksFor(rules(["a"]), both);
    const state = ({ config }: typeof both) =>
      config.subscriptions.crmObjects
        .filter((it) => it.propertyName !== undefined)
        .map((it) => [it.propertyName, it.active]);
    expect(state(one)).toEqual([
      ["a", true],
      ["b", false],
    ]);
    expect(state(webhooksFor(rules(["a", "b"]), one))).toEqual(state(both));
  });
});
