/**
 * What the operations tool keeps: its objects, their properties and which values it accepts.
 * Its names differ from everybody else's on purpose.
 */

export type OpsObject = "customers" | "opportunities" | "organizations" | "subscriptions";

/** Who did something in the tool. `integration` is an API client, by its id. */
export interface OpsActor {
  readonly kind: "user" | "automation" | "integration";
  readonly id: string;
  readonly name: string;
}

/** A set of references is a list of ids. */
export type OpsValue = string | readonly string[] | null;
export type OpsValues = Readonly<Record<string, OpsValue>>;

export type PropertyType =
  | { readonly kind: "text"; readonly lengthMax: number }
  | { readonly kind: "email" }
  | { readonly kind: "option"; readonly options: readonly string[] }
  | { readonly kind: "decimal" }
  | { readonly kind: "currency" }
  | { readonly kind: "date" }
  /** Another record, by its id, and a set of them: only records that exist. */
  | { readonly kind: "reference"; readonly object: OpsObject }
  | { readonly kind: "references"; readonly object: OpsObject };

export interface OpsProperty {
  readonly label: string;
  readonly type: PropertyType;
  /** No two records that are not archived may hold the same value, upper and lower case alike. */
  readonly unique?: true;
  /** Shown and edited as a text of several lines. */
  readonly long?: true;
}

export interface OpsModel {
  readonly label: string;
  readonly labelOne: string;
  readonly idPrefix: string;
  /** Names events: "customer.updated". */
  readonly eventName: string;
  readonly properties: Readonly<Record<string, OpsProperty>>;
  /** The property that gets a running number if a new record comes without. */
  readonly numbered?: {
    readonly property: string;
    readonly prefix: string;
    readonly after: number;
  };
  /** Properties that always travel together in events: an amount means nothing alone. */
  readonly pairs: readonly (readonly [string, string])[];
  readonly title: (values: Readonly<Record<string, string>>) => string;
}

const text = (label: string, lengthMax = 200): OpsProperty => ({
  label,
  type: { kind: "text", lengthMax },
});
const email = (label: string): OpsProperty => ({ label, type: { kind: "email" } });
const option = (label: string, options: readonly string[]): OpsProperty => ({
  label,
  type: { kind: "option", options },
});
const refers = (
  label: string,
  kind: "reference" | "references",
  object: OpsObject,
): OpsProperty => ({ label, type: { kind, object } });

export const models: Readonly<Record<OpsObject, OpsModel>> = {
  customers: {
    label: "Customers",
    labelOne: "Customer",
    idPrefix: "cus_",
    eventName: "customer",
    properties: {
      email: { ...email("E-mail"), unique: true },
      given_name: text("Given name", 80),
      family_name: text("Family name", 80),
      phone: text("Phone", 40),
      role: text("Role", 120),
      lifecycle: option("Lifecycle", [
        "newsletter",
        "prospect",
        "qualified",
        "in_talks",
        "active",
        "champion",
      ]),
      account_owner: email("Account owner"),
      organization: refers("Organization", "reference", "organizations"),
    },
    pairs: [],
    title: (values) =>
      [values.given_name, values.family_name].filter(Boolean).join(" ") ||
      values.email ||
      "(no name)",
  },
  opportunities: {
    label: "Opportunities",
    labelOne: "Opportunity",
    idPrefix: "opp_",
    eventName: "opportunity",
    properties: {
      number: { ...text("Number", 20), unique: true },
      title: text("Title"),
      value: { label: "Value", type: { kind: "decimal" } },
      currency: { label: "Currency", type: { kind: "currency" } },
      phase: option("Phase", [
        "discovery",
        "qualified",
        "proposal",
        "verbal_yes",
        "paperwork",
        "won",
        "lost",
      ]),
      expected_close: { label: "Expected close", type: { kind: "date" } },
      notes: { ...text("Notes", 5_000), long: true },
      owner_email: email("Owner"),
      organization: refers("Organization", "reference", "organizations"),
      customers: refers("Customers", "references", "customers"),
    },
    numbered: { property: "number", prefix: "OP-", after: 10_239 },
    pairs: [["value", "currency"]],
    title: (values) => values.title || values.number || "(no title)",
  },
  organizations: {
    label: "Organizations",
    labelOne: "Organization",
    idPrefix: "org_",
    eventName: "organization",
    properties: {
      name: text("Name"),
      web_domain: { ...text("Web domain", 253), unique: true },
      main_phone: text("Main phone", 40),
      city: text("City", 80),
      country_code: text("Country code", 2),
      industry: text("Industry", 80),
      owner_email: email("Owner"),
    },
    pairs: [],
    title: (values) => values.name || "(no name)",
  },
  subscriptions: {
    label: "Subscriptions",
    labelOne: "Subscription",
    idPrefix: "sub_",
    eventName: "subscription",
    properties: {
      number: { ...text("Number", 20), unique: true },
      plan: option("Plan", ["basic", "plus", "premium"]),
      seats: { label: "Seats", type: { kind: "decimal" } },
      price: { label: "Price a month", type: { kind: "decimal" } },
      currency: { label: "Currency", type: { kind: "currency" } },
      renews_on: { label: "Renews on", type: { kind: "date" } },
      state: option("State", ["trial", "running", "ended"]),
      organization: refers("Organization", "reference", "organizations"),
      users: refers("Users", "references", "customers"),
    },
    numbered: { property: "number", prefix: "SUB-", after: 5_000 },
    pairs: [["price", "currency"]],
    title: (values) => values.number || "(no number)",
  },
};

export const opsObjects = Object.keys(models) as readonly OpsObject[];

export function isOpsObject(name: string): name is OpsObject {
  return Object.hasOwn(models, name);
}

/** The ids that a value of a property of references names. */
export function idsIn(value: OpsValue | undefined): readonly string[] {
  if (value === null || value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}

/** Why the tool does not take a value; null if it does. Blank is always taken. */
export function refusalOf({ type }: OpsProperty, value: OpsValue): string | null {
  if (value === null) return null;
  if (type.kind === "references") return typeof value === "string" ? "is not a list" : null;
  if (typeof value !== "string") return "is a list";
  switch (type.kind) {
    case "text":
      return [...value].length > type.lengthMax
        ? `is longer than ${type.lengthMax} characters`
        : null;
    case "email":
      return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) ? null : "is not an e-mail address";
    case "option":
      return type.options.includes(value) ? null : "is not one of the choices";
    case "decimal":
      return isDecimal(value) ? null : "is not a decimal number";
    case "currency":
      return /^[A-Z]{3}$/.test(value) ? null : "is not a currency code";
    case "date":
      return isDate(value) ? null : "is not a date";
    case "reference":
      return null;
    default:
      return type satisfies never;
  }
}

/** What a tool that tidies up its input makes of a value. */
export function normalized(property: OpsProperty, value: OpsValue): OpsValue {
  if (typeof value !== "string") return value;
  const trimmed = value.trim();
  if (property.type.kind === "email") return trimmed.toLowerCase();
  if (property.type.kind === "decimal" && isDecimal(trimmed)) return Number(trimmed).toFixed(2);
  return trimmed.replaceAll(/[ \t]+/g, " ");
}

function isDecimal(value: string): boolean {
  return /^-?\d{1,15}(\.\d{1,6})?$/.test(value);
}

function isDate(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const at = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(value);
}
