/**
 * The real Worker in workerd with real D1 and Queues, as wrangler.toml configures it, on a port of
 * this machine. Only what must differ on a laptop differs: addresses, secrets, and that private
 * addresses may be fetched.
 */
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { D1Database } from "@cloudflare/workers-types";
import { build, type Plugin } from "esbuild";
import {
  convertV4MiniflareOptions,
  Log,
  LogLevel,
  Miniflare,
  type MiniflareOptions,
} from "miniflare";
import { unstable_readConfig, unstable_splitSqlQuery } from "wrangler";
import * as z from "zod";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface WorkerOptions {
  readonly port: number;
  /** Where D1 is kept; absent: in memory, gone with the process. */
  readonly persistTo?: string;
  /** Variables and secrets, over those of wrangler.toml. */
  readonly bindings: Readonly<Record<string, string>>;
  /** A module that stands in for worker/sync.config.ts; absent: that one. */
  readonly configFile?: string | undefined;
  /** How long a queue gathers a batch; absent: as long as in production. */
  readonly batchWaitMs?: number | undefined;
  /** Every log line of the Worker, as it logged it. */
  readonly onLog: (line: Readonly<Record<string, unknown>>) => void;
}

export interface RunningWorker {
  readonly url: string;
  readonly d1: D1Database;
  /** Runs the cron handler, as Cloudflare does once a minute. */
  scheduled(): Promise<void>;
  /** Ends the process at once, as a crash does: whatever was under way is lost. */
  kill(): Promise<void>;
}

export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const miniflare = new Miniflare(await miniflareOptions(options));
  const url = String(await miniflare.ready).replace(/\/$/, "");
  const d1 = (await miniflare.getD1Database("DB")) as unknown as D1Database;
  await migrate(d1);
  return {
    url,
    d1,
    async scheduled() {
      const worker = await miniflare.getWorker();
      await worker.scheduled({ cron: "* * * * *", scheduledTime: new Date() });
    },
    kill: () => miniflare.dispose(),
  };
}

/** What we use of wrangler.toml, so that the playground and the deployed Worker do not drift. */
const configSchema = z.object({
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()),
  vars: z.record(z.string(), z.string()),
  d1_databases: z.array(z.object({ binding: z.string(), database_id: z.string() })),
  durable_objects: z.object({
    bindings: z.array(z.object({ name: z.string(), class_name: z.string() })),
  }),
  queues: z.object({
    producers: z.array(z.object({ binding: z.string(), queue: z.string() })),
    consumers: z.array(
      z.object({
        queue: z.string(),
        max_batch_size: z.number(),
        max_batch_timeout: z.number(),
        max_retries: z.number(),
        retry_delay: z.number(),
      }),
    ),
  }),
});

export const workerConfig = (): z.infer<typeof configSchema> =>
  configSchema.parse(unstable_readConfig({ config: `${root}/wrangler.toml` }));

async function miniflareOptions(options: WorkerOptions): Promise<MiniflareOptions> {
  const config = workerConfig();
  return convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: options.port,
    log: new Log(LogLevel.NONE),
    cf: false,
    telemetry: { enabled: false },
    ...(options.persistTo === undefined ? {} : { resourcePersistencePath: options.persistTo }),
    handleStructuredLogs: ({ message }: { message: string }) => options.onLog(parsed(message)),
    workers: [
      {
        name: "worker",
        modules: true,
        script: await bundle(options.configFile ?? null),
        compatibilityDate: config.compatibility_date,
        // Keeps a deployed Worker from reaching private addresses; ours are all private here.
        compatibilityFlags: config.compatibility_flags.filter(
          (flag) => flag !== "global_fetch_strictly_public",
        ),
        bindings: { ...config.vars, ...options.bindings },
        d1Databases: Object.fromEntries(
          config.d1_databases.map(({ binding, database_id }) => [binding, database_id]),
        ),
        durableObjects: Object.fromEntries(
          config.durable_objects.bindings.map(({ name, class_name }) => [
            name,
            { className: class_name, useSQLite: true },
          ]),
        ),
        queueProducers: Object.fromEntries(
          config.queues.producers.map(({ binding, queue }) => [binding, { queueName: queue }]),
        ),
        queueConsumers: Object.fromEntries(
          config.queues.consumers.map((consumer) => [
            consumer.queue,
            {
              maxBatchSize: consumer.max_batch_size,
              maxBatchTimeout:
                options.batchWaitMs === undefined
                  ? consumer.max_batch_timeout
                  : options.batchWaitMs / 1_000,
              maxRetries: consumer.max_retries,
              retryDelay: consumer.retry_delay,
            },
          ]),
        ),
      },
    ],
  });
}

function parsed(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : { text: line };
  } catch {
    return { text: line };
  }
}

const bundled = new Map<string | null, Promise<string>>();

/** The Worker's code as one module; built once per process and configuration. */
function bundle(configFile: string | null): Promise<string> {
  const known = bundled.get(configFile);
  if (known !== undefined) return known;
  const building = build({
    entryPoints: [`${root}/worker/index.ts`],
    bundle: true,
    format: "esm",
    target: "es2024",
    platform: "browser",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    plugins: configFile === null ? [] : [configuredBy(configFile)],
    write: false,
    legalComments: "none",
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? "");
  bundled.set(configFile, building);
  return building;
}

/** The stand-in may itself build on the file it stands in for. */
const configuredBy = (configFile: string): Plugin => ({
  name: "configured",
  setup(builder) {
    builder.onResolve({ filter: /sync\.config\.ts$/ }, ({ importer }) =>
      importer === configFile ? undefined : { path: configFile },
    );
  },
});

/** Applies the migrations that this database has not seen, as `wrangler d1 migrations apply`. */
export async function migrate(d1: D1Database): Promise<void> {
  await d1.exec("CREATE TABLE IF NOT EXISTS d1_migrations (name TEXT PRIMARY KEY)");
  const { results } = await d1.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const applied = new Set(results.map(({ name }) => name));
  const folder = `${root}/worker/migrations`;
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  for (const name of names.filter((one) => !applied.has(one))) {
    const statements = unstable_splitSqlQuery(readFileSync(`${folder}/${name}`, "utf8"));
    await d1.batch([
      ...statements.map((statement) => d1.prepare(statement)),
      d1.prepare("INSERT INTO d1_migrations (name) VALUES (?1)").bind(name),
    ]);
  }
}
