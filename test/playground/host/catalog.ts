/** What the SDK declares, as `generate-catalog.ts` found it, and the checks made against it. */
import generated from "./generated/catalog.json" with { type: "json" };

export interface PropSpec {
  readonly required?: boolean;
  /** What `typeof` says, plus `array`, `null`, `node` (anything React renders) and `any`. */
  readonly kinds: readonly string[];
  /** Literal values allowed beside the kinds. */
  readonly values?: readonly (string | number)[];
}

export interface ComponentSpec {
  /** The SDK's entry that exports it. */
  readonly from: string | null;
  readonly fragmentProps: readonly string[];
  readonly props: Readonly<Record<string, PropSpec>>;
}

export interface Catalog {
  readonly sdk: string;
  readonly workerGlobals: readonly string[];
  readonly components: Readonly<Record<string, ComponentSpec>>;
}

// JSON widens `kinds` to string[] and drops absent optional keys: same shape, wider type.
export const catalog = generated as unknown as Catalog;

/** What is wrong with the props, in the words of HubSpot's log panel; empty if nothing is. */
export function propProblems(
  component: string,
  props: Readonly<Record<string, unknown>>,
): string[] {
  const spec = catalog.components[component];
  if (!spec) return [`<${component}> is not a HubSpot component`];
  // The SDK leaves the props of a few compound parents open (Dropdown).
  if (Object.keys(spec.props).length === 0) return [];
  const problems: string[] = [];
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || name === "children" || spec.fragmentProps.includes(name)) continue;
    const prop = spec.props[name];
    if (!prop) problems.push(`<${component}> has no prop "${name}"`);
    else if (!allows(prop, value)) problems.push(wrongValue(component, name, value, prop));
  }
  for (const [name, prop] of Object.entries(spec.props)) {
    const missing = prop.required && name !== "children" && props[name] === undefined;
    if (missing) problems.push(`<${component}> needs the prop "${name}"`);
  }
  return problems;
}

const allows = ({ kinds, values }: PropSpec, value: unknown): boolean =>
  kinds.includes("any") ||
  kinds.includes("node") ||
  kinds.includes(kindOf(value)) ||
  (values?.includes(value as string | number) ?? false);

const kindOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "array" : typeof value;

function wrongValue(component: string, name: string, value: unknown, prop: PropSpec): string {
  const literals = (prop.values ?? []).map((literal) => JSON.stringify(literal));
  const allowed = [...literals, ...prop.kinds].slice(0, 12).join(" | ");
  const got = JSON.stringify(value) ?? kindOf(value);
  return `<${component}> prop "${name}" got ${got}; allowed: ${allowed}`;
}

/** CRM components the sidebar may use (ExtensionPoints of the SDK); other CRM places use all. */
const SIDEBAR_CRM: readonly string[] = ["CrmActionButton", "CrmActionLink"];

/** The components an extension may use at a place. */
export function componentsAt(location: string): string[] {
  const isCrm = /^(crm\.(record|preview)|helpdesk)/.test(location);
  const allowed = ([name, { from }]: [string, ComponentSpec]): boolean => {
    if (from?.endsWith("/crm")) {
      return isCrm && (location !== "crm.record.sidebar" || SIDEBAR_CRM.includes(name));
    }
    if (from?.endsWith("/pages/home")) return location === "home";
    if (from?.endsWith("/pages")) return location === "pages";
    return true;
  };
  return Object.entries(catalog.components)
    .filter(allowed)
    .map(([name]) => name);
}
