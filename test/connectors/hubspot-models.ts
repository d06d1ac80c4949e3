/**
 * Checks answers against the models of the official client: no attribute it does not know, none
 * missing that its declarations require, every value of the declared type.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

interface Attribute {
  readonly baseName: string;
  readonly type: string;
}

interface Model {
  getAttributeTypeMap(): readonly Attribute[];
}

type Models = Readonly<Record<string, Model | Readonly<Record<string, string>>>>;

/**
 * Declared as required, yet absent from every answer captured or documented: the errors inside a
 * 207 have status, category, message and context only
 * (https://developers.hubspot.com/docs/api-reference/latest/crm/objects/objects/guide).
 */
const absentInReality: Readonly<Record<string, readonly string[]>> = {
  StandardError: ["errors", "links"],
};

/** Declared as text, yet documented as null of a type that has no label. */
const nullInReality: Readonly<Record<string, readonly string[]>> = {
  AssociationSpecWithLabel: ["label"],
};

/** `api`: the folder of the client's generated code, "contacts". Returns what is wrong. */
export function modelFaults(api: string, type: string, value: unknown): string[] {
  const root = `@hubspot/api-client/lib/codegen/crm/${api}/models`;
  const models = require(`${root}/all.js`) as Models;
  return faultsOf({ root, models }, type, value, "$");
}

interface Known {
  readonly root: string;
  readonly models: Models;
}

function faultsOf(known: Known, type: string, value: unknown, at: string): string[] {
  if (type.endsWith(" | null")) {
    return value === null ? [] : faultsOf(known, type.slice(0, -7), value, at);
  }
  const list = /^Array<(.*)>$/.exec(type)?.[1];
  if (list !== undefined) {
    if (!Array.isArray(value)) return [`${at}: no list`];
    return value.flatMap((each, index) => faultsOf(known, list, each, `${at}[${index}]`));
  }
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (map !== undefined) {
    if (!isObject(value)) return [`${at}: no map`];
    return Object.entries(value).flatMap(([key, each]) =>
      faultsOf(known, map, each, `${at}.${key}`),
    );
  }
  return scalarFaults(type, value, at) ?? modelFaultsOf(known, type, value, at);
}

function scalarFaults(type: string, value: unknown, at: string): string[] | null {
  switch (type) {
    case "any":
      return [];
    case "string":
    case "boolean":
    case "number":
      return typeof value === type ? [] : [`${at}: ${JSON.stringify(value)} is no ${type}`];
    case "Date":
      return typeof value === "string" && !Number.isNaN(Date.parse(value))
        ? []
        : [`${at}: ${JSON.stringify(value)} is no date`];
    default:
      return null;
  }
}

function modelFaultsOf(known: Known, type: string, value: unknown, at: string): string[] {
  const model = known.models[type];
  if (model === undefined) return [`${at}: the client has no model ${type}`];
  if (!("getAttributeTypeMap" in model)) {
    return Object.values(model).includes(String(value)) ? [] : [`${at}: ${value} is no ${type}`];
  }
  if (!isObject(value)) return [`${at}: no ${type}`];
  const attributes = (model as Model).getAttributeTypeMap();
  const names = attributes.map((each) => each.baseName);
  const unknown = Object.keys(value).filter((name) => !names.includes(name));
  const missing = required(known.root, type).filter((name) => !(name in value));
  return [
    ...unknown.map((name) => `${at}.${name}: ${type} has no such attribute`),
    ...missing.map((name) => `${at}.${name}: missing in ${type}`),
    ...attributes
      .filter((each) => each.baseName in value)
      .filter((each) => value[each.baseName] !== null || !isNullable(type, each.baseName))
      .flatMap((each) =>
        faultsOf(known, each.type, value[each.baseName], `${at}.${each.baseName}`),
      ),
  ];
}

/** Attribute names the declaration of the model does not mark as optional. */
function required(root: string, type: string): string[] {
  const declaration = readFileSync(require.resolve(`${root}/${type}.js`).replace(/js$/, "d.ts"));
  const body = /export declare class[\s\S]*?static/.exec(String(declaration))?.[0] ?? "";
  return [...body.matchAll(/^ {4}'_?(\w+)':/gm)]
    .map((match) => match[1]!)
    .filter((name) => !absentInReality[type]?.includes(name));
}

function isNullable(type: string, name: string): boolean {
  return nullInReality[type]?.includes(name) ?? false;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
