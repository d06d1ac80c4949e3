/** The uploadable project: HubSpot's own parser, linter and build accept it. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { translate } from "@hubspot/project-parsing-lib/translate";
import { describe, expect, it } from "vitest";
import { config } from "../../worker/sync.config.ts";
import { publicUrl } from "../playground/addresses.ts";

const root = join(import.meta.dirname, "../..");
const project = join(root, "hubspot-app");
const cards = join(project, "src/app/cards");
const run = promisify(execFile);

describe("the project", () => {
  it("reads as an app and its card, with the service's address from the profile", async () => {
    const { intermediateRepresentation, skippedHsMetaFiles } = await translate(
      {
        projectSourceDir: join(project, "src"),
        platformVersion: "2026.03",
        accountId: 12345678,
      } as Parameters<typeof translate>[0],
      // Validation fetches HubSpot's schemas from an account; this test has neither.
      { skipValidation: true, profile: "playground" },
    );
    expect(skippedHsMetaFiles).toEqual([]);
    const nodes = intermediateRepresentation.intermediateNodesIndexedByUid;
    expect(nodes.crm_sync_control_center?.config).toMatchObject({
      distribution: "private",
      auth: { type: "static" },
      permittedUrls: { fetch: [publicUrl], iframe: [], img: [] },
    });
    expect(nodes.sync_card_sidebar?.config).toMatchObject({
      location: "crm.record.sidebar",
      entrypoint: "/app/cards/SyncCard.tsx",
      objectTypes: ["contacts", "companies", "deals"],
    });
    expect(nodes.sync_card_tab?.config).toMatchObject({
      location: "crm.record.tab",
      entrypoint: "/app/cards/SyncCard.tsx",
    });
    const kept = Object.values(config.objects).flatMap(
      ({ mappings }) => mappings.hubspot?.systemObject ?? [],
    );
    for (const card of [nodes.sync_card_sidebar, nodes.sync_card_tab]) {
      expect(card?.config).toMatchObject({ objectTypes: expect.arrayContaining(kept) });
      expect(card?.config).toMatchObject({ objectTypes: { length: kept.length } });
    }
  });

  it("passes hs project lint, in place", async () => {
    const { stdout } = await run(process.execPath, [join(root, "worker/cli/hubspot-lint.ts")]);
    expect(stdout).toContain("Linting passed in 3 directories");
  });

  it("bundles with HubSpot's own build, well under its budget", async () => {
    const outputDir = await mkdtemp(join(tmpdir(), "card-bundle-"));
    try {
      const { NODE_ENV: _, ...env } = process.env;
      const script = `
        import { remoteBuild } from "@hubspot/ui-extensions-dev-server";
        await remoteBuild(${JSON.stringify({
          root: cards,
          entryPoint: join(cards, "SyncCard.tsx"),
          outputDir,
          logLevel: "error",
          appConfig: { variables: {} },
        })});`;
      await run(process.execPath, ["--input-type=module", "--eval", script], { cwd: root, env });
      const bundle = join(outputDir, "SyncCard.js");
      expect((await stat(bundle)).size).toBeLessThan(60_000);
      expect(await readFile(bundle, "utf8")).not.toMatch(/sync\.example\.com|eval\(/);
    } finally {
      await rm(outputDir, { recursive: true, force: true });
    }
  });
});
