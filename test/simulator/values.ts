/**
 * The values people type, each in the spellings the systems keep, and the way back from what a
 * system holds to what it means. Written apart from the product's own canonical forms on purpose:
 * the auditor must not believe what it checks.
 */
import type { FieldType, Held } from "../../shared/record.ts";
import type { MappedField, ObjectMapping } from "../../worker/core/rules.ts";
import { config } from "../../worker/sync.config.ts";
import { owners } from "./world.ts";

export type SystemName = "hubspot" | "ops";
export const systemNames: readonly SystemName[] = ["hubspot", "ops"];

export type Raw = Readonly<Record<string, string | null | undefined>>;

/** Every value bears it, so that one in a log line is recognised. */
export const canary = "canary";

/** Companies and associations are none of its workload: people here edit values of records. */
export const objects: readonly string[] = ["contact", "deal"];

const mappings = new Map(
  objects.flatMap((object) =>
    Object.entries(config.objects[object]?.mappings ?? {}).map(([system, mapping]) => {
      const fields = mapping.fields.filter(({ type }) => !type.kind.startsWith("reference"));
      return [`${object}/${system}`, { ...mapping, fields }];
    }),
  ),
);

export function mappingOf(object: string, system: SystemName): ObjectMapping {
  const mapping = mappings.get(`${object}/${system}`);
  if (mapping === undefined) throw new Error(`${object} is not in ${system}`);
  return mapping;
}

export const systemObjectOf = (object: string, system: SystemName): string =>
  mappingOf(object, system).systemObject;

/** The n-th value of a type: different numbers are different values, where the type has enough. */
export function typedValue(type: FieldType, number: number): Held {
  switch (type.kind) {
    case "email":
      return `${canary}${number}@people.example`;
    case "name":
      return `Canary${number}`;
    case "phone":
      return `+1415200${String(1_000 + (number % 9_000))}`;
    case "stage":
      return type.order[number % type.order.length] ?? null;
    case "owner":
      return owners[number % owners.length]?.email ?? null;
    case "date":
      return new Date(Date.UTC(2027, 0, 1) + number * 86_400_000).toISOString().slice(0, 10);
    case "money":
      return `${number}.5 USD`;
    default:
      return `About ${canary}${number}`;
  }
}

/** What to set so that the system means the value; spellings differ by number. */
export function spelled(
  field: MappedField,
  system: SystemName,
  value: Held,
  spelling: number,
): Record<string, string | null> {
  const blank = system === "hubspot" ? "" : null;
  if (value === null) return { [field.property]: blank };
  const text = String(value);
  switch (field.type.kind) {
    case "email":
      return { [field.property]: spelling % 3 === 1 ? text.toUpperCase() : text };
    case "name":
      return { [field.property]: spelling % 3 === 1 ? ` ${text}  ` : text };
    case "phone":
      return {
        [field.property]:
          spelling % 3 === 1 ? text.replace(/^\+1(\d{3})(\d{3})/, "+1 ($1) $2-") : text,
      };
    case "owner": {
      const owner = owners.find(({ email }) => email === text);
      return { [field.property]: system === "hubspot" ? (owner?.id ?? "") : text };
    }
    case "money": {
      const [amount = "", currency = ""] = text.split(" ");
      const shown = spelling % 3 === 1 ? `${amount}0` : amount;
      return { [field.property]: shown, [field.currencyProperty ?? ""]: currency };
    }
    case "date":
      return { [field.property]: field.property === "closedate" ? `${text}T12:00:00Z` : text };
    default:
      return { [field.property]: field.names?.[text] ?? text };
  }
}

/** What a system holds, as its meaning; something without a meaning stays as it is, marked. */
export function meaning(field: MappedField, raw: Raw): Held {
  const text = String(raw[field.property] ?? "").trim();
  if (text === "") return null;
  switch (field.type.kind) {
    case "email":
      return text.toLowerCase();
    case "name":
      return text.replaceAll(/\s+/g, " ");
    case "phone":
      return `+${text.replaceAll(/\D/g, "")}`;
    case "owner":
      return (owners.find(({ id }) => id === text)?.email ?? text).toLowerCase();
    case "money": {
      const currency = raw[field.currencyProperty ?? ""] || field.type.currency;
      return `${text.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "")} ${currency}`;
    }
    case "date":
      return text.slice(0, 10);
    default: {
      const named = Object.entries(field.names ?? {}).find(([, theirs]) => theirs === text);
      return named?.[0] ?? text;
    }
  }
}

export const same = (a: Held | undefined, b: Held | undefined): boolean =>
  JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
