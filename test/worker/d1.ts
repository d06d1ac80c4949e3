/** A real D1, in workerd, with the real migrations; empty at every call. */
import type { D1Database } from "@cloudflare/workers-types";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { migrate } from "../playground/worker.ts";

export interface OpenD1 {
  readonly d1: D1Database;
  close(): Promise<void>;
}

export async function openD1(): Promise<OpenD1> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      log: new Log(LogLevel.NONE),
      cf: false,
      telemetry: { enabled: false },
      workers: [
        {
          name: "d1",
          modules: true,
          script: "export default { fetch: () => new Response() }",
          compatibilityDate: "2026-10-20",
          d1Databases: { DB: "test" },
        },
      ],
    }),
  );
  const d1 = (await miniflare.getD1Database("DB")) as unknown as D1Database;
  await migrate(d1);
  return { d1, close: () => miniflare.dispose() };
}

/** Empties every table, so that one D1 serves all tests of a file. */
export async function empty(d1: D1Database): Promise<void> {
  const tables = [
    "pokes",
    "entities",
    "links",
    "intents",
    "exceptions",
    "audit",
    "brakes",
    "pauses",
  ];
  await d1.batch(tables.map((table) => d1.prepare(`DELETE FROM ${table}`)));
}
