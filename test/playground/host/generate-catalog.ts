/**
 * Reads out of the installed @hubspot/ui-extensions what the host must honour: every component
 * with its props, and the globals its worker needs. `generated/catalog.json` is the output; a test
 * fails when the SDK and the committed file differ. To write it anew:
 *
 *   node test/playground/host/generate-catalog.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import type { Catalog, ComponentSpec, PropSpec } from "./catalog.ts";

export const catalogFile = join(import.meta.dirname, "generated/catalog.json");

/** Public entries of the SDK, in the order in which they claim a component. */
const ENTRIES = ["", "/crm", "/pages/home", "/pages", "/experimental"] as const;

interface Registry {
  getComponentName(component: unknown): string | null;
  getComponentFragmentPropNames(name: string): string[];
}

export async function generateCatalog(): Promise<Catalog> {
  const root = createRequire(import.meta.url)
    .resolve("@hubspot/ui-extensions")
    .replace(/dist[\\/]index\.js$/, "");
  const types = join(root, "dist/shared.synced");
  const components = join(types, "remoteComponents.synced.d.ts");
  const globals = join(types, "types/worker-globals.synced.d.ts");
  const program = ts.createProgram([components, globals], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
    strict: true,
    types: [],
  });
  const implementation: Record<string, unknown> = await import(
    pathToFileURL(components.replace(/\.d\.ts$/, ".js")).href
  );
  const sdk: { version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return {
    sdk: sdk.version,
    workerGlobals: globalsOfWorker(program, globals),
    components: await describeComponents(program, components, implementation),
  };
}

async function describeComponents(
  program: ts.Program,
  file: string,
  implementation: Record<string, unknown>,
): Promise<Record<string, ComponentSpec>> {
  const registry = implementation.__hubSpotComponentRegistry as Registry;
  const entries = await entryOfEachComponent(registry);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file)!;
  const found: [string, ComponentSpec][] = [];
  const add = (value: unknown, symbol: ts.Symbol | undefined) => {
    const name = registry.getComponentName(value);
    if (!name || !symbol) return;
    const type = checker.getTypeOfSymbolAtLocation(symbol, source);
    const props = propsType(checker, type, source);
    if (!props) throw new Error(`the SDK's types do not say which props <${name}> takes`);
    found.push([
      name,
      {
        from: entries[name] ?? null,
        fragmentProps: registry.getComponentFragmentPropNames(name),
        props: describeProps(checker, props, source),
      },
    ]);
  };
  for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(source)!)) {
    const value = implementation[symbol.name];
    if (symbol.name.startsWith("__")) continue;
    add(value, symbol);
    // Compound components hang on their parent: PageHeader.Link, Dropdown.ButtonItem.
    if (typeof value !== "function") continue;
    const type = checker.getTypeOfSymbolAtLocation(symbol, source);
    for (const [key, part] of Object.entries(value)) add(part, type.getProperty(key));
  }
  found.sort(([a], [b]) => a.localeCompare(b, "en"));
  return Object.fromEntries(found);
}

async function entryOfEachComponent(registry: Registry): Promise<Record<string, string>> {
  const entries: Record<string, string> = {};
  for (const entry of ENTRIES) {
    const path = `@hubspot/ui-extensions${entry}`;
    const exported: Record<string, unknown> = await import(path);
    for (const value of Object.values(exported)) {
      const parts = typeof value === "function" ? Object.values(value) : [];
      for (const part of [value, ...parts]) {
        const name = part ? registry.getComponentName(part) : null;
        if (name) entries[name] ??= path;
      }
    }
  }
  return entries;
}

/** The first parameter of whichever call or construct signature a ComponentType has. */
function propsType(checker: ts.TypeChecker, type: ts.Type, at: ts.Node): ts.Type | null {
  for (const part of type.isUnionOrIntersection() ? type.types : [type]) {
    const signatures = [...part.getCallSignatures(), ...part.getConstructSignatures()];
    for (const signature of signatures) {
      const parameter = signature.getParameters()[0];
      if (parameter) return checker.getTypeOfSymbolAtLocation(parameter, at);
    }
  }
  return null;
}

/** A prop is required only if every variant of a union of props has it and requires it. */
function describeProps(
  checker: ts.TypeChecker,
  type: ts.Type,
  at: ts.Node,
): Record<string, PropSpec> {
  const variants = type.isUnion() ? type.types : [type];
  const props = new Map<string, { kinds: Set<string>; values: Set<string | number>; n: number }>();
  for (const variant of variants) {
    for (const symbol of checker.getPropertiesOfType(variant)) {
      const prop = props.get(symbol.name) ?? { kinds: new Set(), values: new Set(), n: 0 };
      props.set(symbol.name, prop);
      if (!(symbol.flags & ts.SymbolFlags.Optional)) prop.n += 1;
      collectKinds(checker, checker.getTypeOfSymbolAtLocation(symbol, at), prop);
    }
  }
  return Object.fromEntries(
    [...props]
      .sort(([a], [b]) => a.localeCompare(b, "en"))
      .map(([name, { kinds, values, n }]) => [
        name,
        {
          ...(n === variants.length ? { required: true } : {}),
          kinds: [...kinds].sort(),
          ...(values.size > 0 ? { values: [...values].sort() } : {}),
        },
      ]),
  );
}

function collectKinds(
  checker: ts.TypeChecker,
  type: ts.Type,
  into: { kinds: Set<string>; values: Set<string | number> },
): void {
  const { flags } = type;
  const is = (mask: ts.TypeFlags) => (flags & mask) !== 0;
  if (type.aliasSymbol?.name === "ReactNode") into.kinds.add("node");
  else if (/ReactElement|ReactPortal/.test(type.symbol?.name ?? "")) into.kinds.add("node");
  else if (type.isStringLiteral() || type.isNumberLiteral()) into.values.add(type.value);
  else if (is(ts.TypeFlags.BooleanLike)) into.kinds.add("boolean");
  else if (type.isUnion()) for (const part of type.types) collectKinds(checker, part, into);
  else if (is(ts.TypeFlags.StringLike)) into.kinds.add("string");
  else if (is(ts.TypeFlags.NumberLike)) into.kinds.add("number");
  else if (is(ts.TypeFlags.Undefined | ts.TypeFlags.Void | ts.TypeFlags.Never)) return;
  else if (is(ts.TypeFlags.Null)) into.kinds.add("null");
  else if (is(ts.TypeFlags.Any | ts.TypeFlags.Unknown)) into.kinds.add("any");
  else if (type.getCallSignatures().length > 0) into.kinds.add("function");
  else if (checker.isArrayType(type) || checker.isTupleType(type)) into.kinds.add("array");
  else into.kinds.add("object");
}

/** `logger`, `extend_V2`, ... and `hsWorkerAPI.fetchCrmSearch`, ..., sorted. */
function globalsOfWorker(program: ts.Program, file: string): string[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file)!;
  const membersOf = (name: string) => {
    const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(source)!);
    const symbol = exported.find((candidate) => candidate.name === name);
    if (!symbol) throw new Error(`the SDK no longer declares ${name}`);
    const members = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol));
    return members.map((member) => member.name);
  };
  return [
    ...membersOf("WorkerGlobalsInternal"),
    ...membersOf("WorkersApi").map((name) => `hsWorkerAPI.${name}`),
  ].sort();
}

/** One component a line, so that a new SDK shows as a short diff. */
export function catalogText({ sdk, workerGlobals, components }: Catalog): string {
  const lines = Object.entries(components).map(
    ([name, spec]) => `  ${JSON.stringify(name)}: ${JSON.stringify(spec)}`,
  );
  const globals = JSON.stringify(workerGlobals, null, 2).replaceAll("\n", "\n  ");
  return `{
  "sdk": ${JSON.stringify(sdk)},
  "workerGlobals": ${globals},
  "components": {
  ${lines.join(",\n  ")}
  }
}
`;
}

if (import.meta.main) {
  const catalog = await generateCatalog();
  writeFileSync(catalogFile, catalogText(catalog));
  const count = Object.keys(catalog.components).length;
  console.log(`${count} components, ${catalog.workerGlobals.length} globals, SDK ${catalog.sdk}`);
}
