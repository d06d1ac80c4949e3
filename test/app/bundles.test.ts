/** Every extension, built by HubSpot's own build, within its budget; a second build is at once. */
import { glob, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { expect, test } from "vitest";
import { buildExtensions } from "../playground/host/build.ts";

const bytesMax = 120 * 1024;

test("no bundle is over 120 KB", async () => {
  const { extensions } = await buildExtensions();
  expect(extensions.length).toBeGreaterThan(0);
  for (const { uid, bytes } of extensions) expect(bytes, uid).toBeLessThanOrEqual(bytesMax);
});

test("bundles take React from the worker and are production code", async () => {
  const { extensions } = await buildExtensions();
  for (const { uid, file } of extensions) {
    const code = await readFile(file, "utf8");
    expect(code, uid).toContain("React,RemoteUI)");
    expect(code, uid).not.toContain("process.env");
  }
});

test("what has not changed is not built again", async () => {
  const [first, again] = [await buildExtensions(), await buildExtensions()];
  expect(again).toEqual(first);
  const times = await Promise.all(first.extensions.map(({ file }) => stat(file)));
  const timesAgain = await Promise.all(again.extensions.map(({ file }) => stat(file)));
  expect(timesAgain.map(({ mtimeMs }) => mtimeMs)).toEqual(times.map(({ mtimeMs }) => mtimeMs));
});

test("what the extensions share imports nothing but React, which the worker brings", async () => {
  // The upload puts it beside the extensions' folders, where no package of theirs is found.
  const folder = join(import.meta.dirname, "../../hubspot-app/common");
  const entryPoints: string[] = [];
  for await (const file of glob("*.ts", { cwd: folder })) entryPoints.push(join(folder, file));
  const { metafile } = await esbuild.build({
    ...{ entryPoints, bundle: true, metafile: true, write: false, outdir: folder },
    ...{ packages: "external", format: "esm" },
  });
  const imported = Object.values(metafile.outputs).flatMap((output) => output.imports);
  expect([...new Set(imported.map(({ path }) => path))]).toEqual(["react"]);
});
