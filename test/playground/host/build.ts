/**
 * Builds what the host serves: every extension of a project with HubSpot's own remote build, and
 * the page and worker runtime with esbuild. Results are kept by content hash, and a folder under a
 * hash is complete or absent, so that a second start is immediate and two at once do not clash.
 */
import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { glob, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, parse, relative } from "node:path";
import { promisify } from "node:util";
import * as esbuild from "esbuild";
import * as z from "zod";
import type { BundleJob } from "./bundle.ts";
import type { Location } from "./runtime/protocol.ts";

const root = join(import.meta.dirname, "../../..");
const output = join(root, ".playground/host");
export const hubspotApp = join(root, "hubspot-app");
export const fixtureApp = join(import.meta.dirname, "fixture");

export interface Built {
  readonly app: {
    readonly uid: string;
    readonly name: string;
    readonly permittedUrls: readonly string[];
  };
  /** Of the profile: what extensions read as `context.variables`. */
  readonly variables: Variables;
  readonly extensions: readonly BuiltExtension[];
  /** Holds worker.js, main.js, main.css and fonts. */
  readonly pageDirectory: string;
}

type Variables = Readonly<Record<string, string | number | boolean>>;

export interface BuiltExtension {
  readonly uid: string;
  readonly name: string;
  readonly location: Location;
  /** The objects a card is for: "0-1"; empty elsewhere. */
  readonly objectTypeIds: readonly string[];
  readonly file: string;
  readonly bytes: number;
}

export async function buildExtensions(project = hubspotApp): Promise<Built> {
  const { app, variables, extensions } = await readProject(project);
  const [bundles, pageDirectory] = await Promise.all([
    bundleAll(extensions.map(({ entry }) => entry)),
    buildPage(),
  ]);
  return {
    app,
    variables,
    extensions: await Promise.all(
      extensions.map(async ({ entry, ...extension }) => {
        const file = bundles.get(entry)!;
        return { ...extension, file, bytes: (await stat(file)).size };
      }),
    ),
    pageDirectory,
  };
}

const appSchema = z.object({
  uid: z.string(),
  type: z.literal("app"),
  config: z.object({
    name: z.string(),
    permittedUrls: z.object({ fetch: z.array(z.string()).default([]) }),
  }),
});
const extensionSchema = z.object({
  uid: z.string(),
  type: z.enum(["card", "page", "pages", "settings"]),
  config: z.object({
    name: z.optional(z.string()),
    entrypoint: z.string(),
    location: z.optional(z.string()),
    objectTypes: z.array(z.string()).default([]),
  }),
});
const objectTypeIds: Readonly<Record<string, string>> = {
  contacts: "0-1",
  companies: "0-2",
  deals: "0-3",
  tickets: "0-5",
};

const profileSchema = z.object({
  variables: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});

interface Project {
  readonly app: Built["app"];
  readonly variables: Variables;
  readonly extensions: readonly (Omit<BuiltExtension, "file" | "bytes"> & {
    readonly entry: string;
  })[];
}

async function readProject(project: string): Promise<Project> {
  const { srcDir } = z.object({ srcDir: z.string() }).parse(await readJson(project, "hsproject"));
  const source = join(project, srcDir);
  const { variables } = profileSchema.parse(await readProfile(source));
  let app: z.infer<typeof appSchema> | null = null;
  const extensions: z.infer<typeof extensionSchema>[] = [];
  for await (const file of glob("**/*-hsmeta.json", { cwd: source, exclude: isVendored })) {
    const meta = fill(await readJson(source, file.replace(/\.json$/, "")), variables);
    const { type } = z.object({ type: z.string() }).parse(meta);
    if (type === "app") app = appSchema.parse(meta);
    if (/^(card|pages?|settings)$/.test(type)) extensions.push(extensionSchema.parse(meta));
  }
  if (!app) throw new Error(`no app-hsmeta.json under ${source}`);
  const { uid, config } = app;
  extensions.sort((a, b) => a.uid.localeCompare(b.uid, "en"));
  return {
    app: { uid, name: config.name, permittedUrls: config.permittedUrls.fetch },
    variables,
    extensions: extensions.map((meta) => ({
      uid: meta.uid,
      name: meta.config.name ?? config.name,
      location: locationOf(meta),
      objectTypeIds: meta.config.objectTypes.map((type) => objectTypeIds[type] ?? type),
      entry: join(source, meta.config.entrypoint),
    })),
  };
}

const profile = "hsprofile.playground";

async function readProfile(source: string): Promise<unknown> {
  return existsSync(join(source, `${profile}.json`)) ? readJson(source, profile) : {};
}

/** Puts the profile's values where the metadata says ${NAME}, as the upload does. */
function fill(meta: unknown, variables: Variables): unknown {
  if (typeof meta === "string") {
    return meta.replaceAll(/\$\{(\w+)\}/g, (whole, name) => String(variables[name] ?? whole));
  }
  if (Array.isArray(meta)) return meta.map((item) => fill(item, variables));
  if (typeof meta !== "object" || meta === null) return meta;
  return Object.fromEntries(
    Object.entries(meta).map(([key, item]) => [key, fill(item, variables)]),
  );
}

function locationOf({ type, config }: z.infer<typeof extensionSchema>): Location {
  if (type === "settings") return "settings";
  if (type === "card") return (config.location ?? "crm.record.tab") as Location;
  return config.location === "home" ? "home" : "pages";
}

/** The bundle of each entry, once per entry however many extensions share it. */
async function bundleAll(entries: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const bundles = new Map<string, string>();
  const jobs: (BundleJob & { readonly final: string })[] = [];
  for (const entry of new Set(entries)) {
    const { name } = parse(entry);
    const hash = await hashOf([dirname(entry), join(hubspotApp, "common"), join(root, "shared")]);
    const final = join(output, `${name}-${hash}`);
    bundles.set(entry, join(final, `${name}.js`));
    if (!existsSync(final)) jobs.push({ entry, outputDir: partial(final), final });
  }
  if (jobs.length > 0) await runBundler(jobs);
  for (const { outputDir, final } of jobs) await publish(outputDir, final);
  return bundles;
}

async function runBundler(jobs: readonly BundleJob[]): Promise<void> {
  const { NODE_ENV: _, ...env } = process.env;
  const script = join(import.meta.dirname, "bundle.ts");
  const { stderr } = await promisify(execFile)(process.execPath, [script, JSON.stringify(jobs)], {
    env,
  });
  if (stderr.trim()) console.warn(stderr.trim());
}

async function buildPage(): Promise<string> {
  const final = join(output, `page-${await hashOf([import.meta.dirname], fixtureApp)}`);
  if (existsSync(final)) return final;
  const outdir = partial(final);
  const common: esbuild.BuildOptions = {
    absWorkingDir: import.meta.dirname,
    bundle: true,
    define: { "process.env.NODE_ENV": '"production"' },
    format: "iife",
    jsx: "automatic",
    legalComments: "none",
    loader: { ".woff": "file", ".woff2": "file" },
    assetNames: "[name]",
    logLevel: "error",
    minify: true,
    outdir,
    target: "es2022",
  };
  await Promise.all([
    esbuild.build({ ...common, entryPoints: { worker: join("runtime", "worker.tsx") } }),
    esbuild.build({ ...common, entryPoints: { main: join("page", "main.tsx") } }),
  ]);
  await publish(outdir, final);
  return final;
}

const partial = (final: string): string => `${final}.${randomUUID()}`;

/** Whoever builds the same content first wins; the other copy is dropped. Elders go too. */
async function publish(built: string, final: string): Promise<void> {
  try {
    await rename(built, final);
  } catch (error) {
    if (!existsSync(final)) throw error;
    await rm(built, { recursive: true, force: true });
  }
  const [kind] = basename(final).split("-");
  const elders = await Promise.all(
    (await readdir(output))
      .filter((name) => name.startsWith(`${kind}-`) && join(output, name) !== final)
      .map(async (name) => ({ name, at: (await stat(join(output, name))).mtimeMs })),
  );
  // A few are left: another process may be serving one of them, and branches come back.
  for (const { name } of elders.sort((a, b) => b.at - a.at).slice(4)) {
    await rm(join(output, name), { recursive: true, force: true });
  }
}

const isVendored = (name: string): boolean => /(^|\/)node_modules(\/|$)/.test(name);

/** A hash of every file in the folders, save those within `except`, and of the lock file. */
async function hashOf(folders: readonly string[], except: string | null = null): Promise<string> {
  const hash = createHash("sha256").update(await readFile(join(root, "package-lock.json")));
  for (const folder of folders) {
    const files: string[] = [];
    for await (const file of glob("**/*.*", { cwd: folder, exclude: isVendored })) {
      const path = join(folder, file);
      if (except !== null && isWithin(path, except)) continue;
      if ((await stat(path)).isFile()) files.push(file);
    }
    for (const file of files.sort()) hash.update(file).update(await readFile(join(folder, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

const isWithin = (path: string, folder: string): boolean =>
  !relative(folder, path).startsWith("..");

async function readJson(folder: string, name: string): Promise<unknown> {
  return JSON.parse(await readFile(join(folder, `${name}.json`), "utf8"));
}

if (import.meta.main) {
  await mkdir(output, { recursive: true });
  const built = await buildExtensions();
  for (const { uid, location, bytes } of built.extensions) {
    console.log(`${uid} (${location}): ${(bytes / 1024).toFixed(1)} KB`);
  }
}
