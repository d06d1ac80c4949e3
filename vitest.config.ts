import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** One project a folder of test/, so that `npx vitest run --project core` runs just that one. */
const project = (name: string, testTimeout = 10_000) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.{ts,tsx}`],
    environment: "node",
    testTimeout,
    // A stand that starts workerd and a browser on a busy machine takes as long as a test may.
    hookTimeout: testTimeout,
    // What is polled for comes through queues, whose batches alone wait for a second.
    expect: { poll: { timeout: testTimeout / 2 } },
  },
});

export default defineConfig({
  test: {
    // Tests of the whole mostly wait for it, so that two cores carry more than one at a time.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [
      { test: { name: "house", include: ["test/*.test.ts"], testTimeout: 60_000 } },
      project("core", 60_000),
      project("connectors", 30_000),
      project("worker", 60_000),
      project("app", 60_000),
      project("simulator", 300_000),
      project("browser", 120_000),
    ],
  },
});
