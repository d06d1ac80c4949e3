/** The rules of the house, as a test: what every file must keep to, whoever wrote it. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const tracked = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: root })
  .toString()
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(root, path)));
const sources = tracked.filter(
  (path) => /\.(ts|tsx)$/.test(path) && !path.includes("/generated/") && !path.endsWith(".d.ts"),
);
const textOf = new Map(sources.map((path) => [path, readFileSync(join(root, path), "utf8")]));
const parsed = new Map(
  [...textOf].map(([path, text]) => [
    path,
    ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true),
  ]),
);

/** Every relative import, as a path from the root. */
const importsOf = (path: string): string[] =>
  ts
    .preProcessFile(textOf.get(path) ?? "", true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith("."))
    .map((name) => normalize(join(dirname(path), name)));

/** Rooms in the order in which they may know each other: a room knows those before it. */
const rooms = [
  ["shared"],
  ["worker/core"],
  ["worker/connectors", "worker/store", "worker/notify"],
  ["worker/jobs"],
  ["worker/http", "worker/cli"],
];
const levelOf = (path: string): number =>
  rooms.findIndex((level) => level.some((room) => path.startsWith(`${room}/`)));
const roomOf = (path: string): string =>
  rooms.flat().find((room) => path.startsWith(`${room}/`)) ?? "";

describe("rooms", () => {
  it("know only the rooms before them", () => {
    const wrong = sources.flatMap((path) =>
      levelOf(path) === -1
        ? []
        : importsOf(path)
            .filter((other) => {
              const level = levelOf(other);
              const outside = level === -1 && other !== "worker/sync.config.ts";
              const ahead = level > levelOf(path);
              // The interface with its errors is common ground; what implements it is not.
              const beside =
                level === levelOf(path) &&
                roomOf(other) !== roomOf(path) &&
                other !== "worker/connectors/connector.ts";
              return outside || ahead || beside;
            })
            .map((other) => `${path} imports ${other}`),
    );
    expect(wrong).toEqual([]);
  });

  it("of the Worker never import tests, and shared imports only zod", () => {
    const bare = (path: string) =>
      ts
        .preProcessFile(textOf.get(path) ?? "", true, true)
        .importedFiles.map(({ fileName }) => fileName)
        .filter((name) => !name.startsWith("."));
    const inShared = sources.filter((path) => path.startsWith("shared/")).flatMap(bare);
    expect([...new Set(inShared)]).toEqual(["zod"]);
    const fromTests = sources
      .filter((path) => path.startsWith("worker/") || path.startsWith("hubspot-app/"))
      .filter((path) => importsOf(path).some((other) => other.startsWith("test/")));
    expect(fromTests).toEqual([]);
  });
});

describe("sources", () => {
  const withoutComments = (path: string): string =>
    ts.transpileModule(textOf.get(path) ?? "", {
      compilerOptions: {
        removeComments: true,
        target: ts.ScriptTarget.ESNext,
        jsx: ts.JsxEmit.Preserve,
      },
    }).outputText;
  const holding = (inRoom: (path: string) => boolean, pattern: RegExp): string[] =>
    sources.filter((path) => inRoom(path) && pattern.test(withoutComments(path)));

  it("of the core use no clock, no randomness and no network", () => {
    const impure = /Date\.now|new Date\(\)|Math\.random|randomUUID|\bfetch\(|setTimeout/;
    expect(holding((path) => path.startsWith("worker/core/"), impure)).toEqual([]);
  });

  it("take time, randomness and the network from outside, but where those are made", () => {
    const impure = /Date\.now|Math\.random|randomUUID|getRandomValues|(?<!\.)\bfetch\(|setTimeout/;
    const inside = (path: string) =>
      path.startsWith("worker/") &&
      !path.startsWith("worker/cli/") &&
      !["worker/index.ts", "worker/governor.ts", "worker/network.ts"].includes(path);
    expect(holding(inside, impure)).toEqual([]);
  });

  it("keep SQL in the store", () => {
    const sql = /\b(SELECT .+ FROM|INSERT INTO|DELETE FROM|UPDATE \w+ SET)\b/;
    const outside = (path: string) =>
      path.startsWith("worker/") && !path.startsWith("worker/store/");
    expect(holding(outside, sql)).toEqual([]);
  });

  it("hold lines of at most 100 columns", () => {
    const long = [...textOf].flatMap(([path, text]) =>
      text
        .split("\n")
        .flatMap((line, index) =>
          line.length > 100 && !/https?:\/\//.test(line) ? [`${path}:${index + 1}`] : [],
        ),
    );
    expect(long).toEqual([]);
  });

  it("hold functions of at most 70 lines", () => {
    const long = [...parsed].flatMap(([path, source]) =>
      path.includes(".test.") ? [] : longFunctions(path, source),
    );
    expect(long).toEqual([]);
  });

  it("open with a sentence on their job", () => {
    const mute = [...textOf].filter(
      ([path, text]) =>
        !path.includes(".test.") && !path.endsWith(".config.ts") && !text.startsWith("/**"),
    );
    expect(mute.map(([path]) => path)).toEqual([]);
  });

  it("leave nothing for later and switch no check off", () => {
    const marks = new RegExp(["TO" + "DO", "FIX" + "ME", "@ts-ig" + "nore"].join("|"));
    expect([...textOf].filter(([, text]) => marks.test(text)).map(([path]) => path)).toEqual([]);
  });

  it("are all in use", () => {
    const entries = new Set([
      "worker/index.ts",
      ...sources.filter((path) => /\.test\.tsx?$|\.config\.ts$/.test(path)),
      ...sources.filter((path) => path.startsWith("worker/cli/")),
      ...sources.filter((path) => /^test\/(bench|playground)\/[a-z-]+\.ts$/.test(path)),
    ]);
    const named = tracked
      .filter((path) => /\.(json|toml)$/.test(path))
      .map((path) => readFileSync(join(root, path), "utf8"))
      .join("\n");
    const reached = new Set<string>();
    const visit = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      for (const next of importsOf(path)) visit(next);
    };
    for (const entry of entries) visit(entry);
    for (const path of sources) if (named.includes(path.split("/").at(-1) ?? "")) visit(path);
    for (const path of sources) {
      // Files that a build takes by name (a page, a runtime) are named in the code that builds.
      const name = path.split("/").at(-1) ?? "";
      if (
        !reached.has(path) &&
        [...textOf].some(
          ([p, text]) => p !== path && (text.includes(`"${name}"`) || text.includes(`/${name}"`)),
        )
      ) {
        visit(path);
      }
    }
    const dead = sources.filter((path) => !reached.has(path) && !path.startsWith("shared/"));
    expect(dead).toEqual([]);
  });
});

function longFunctions(path: string, source: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isSuite =
      ts.isCallExpression(node.parent ?? node) &&
      /^describe\b/.test((node.parent as ts.CallExpression).expression.getText());
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined && !isSuite) {
      const first = source.getLineAndCharacterOfPosition(node.getStart()).line;
      const last = source.getLineAndCharacterOfPosition(node.end).line;
      if (last - first + 1 > 70) found.push(`${path}:${first + 1}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
