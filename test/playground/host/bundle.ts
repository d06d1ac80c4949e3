/**
 * Runs HubSpot's own remote build for the entries given as JSON on the command line. A process of
 * its own, because the build reads and sets NODE_ENV and would mark a test run's bundle as a test.
 */
import { basename, dirname } from "node:path";
import { remoteBuild } from "@hubspot/ui-extensions-dev-server";

export interface BundleJob {
  /** The entry file; its folder holds the extension's package.json. */
  readonly entry: string;
  readonly outputDir: string;
}

const jobs: readonly BundleJob[] = JSON.parse(process.argv[2] ?? "[]");
for (const { entry, outputDir } of jobs) {
  await remoteBuild({
    root: dirname(entry),
    entryPoint: basename(entry),
    outputDir,
    logLevel: "warn",
    appConfig: { variables: {} },
  });
}
