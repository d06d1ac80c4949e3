/** Postal addresses and countries: parts in a fixed order, countries by ISO 3166 alpha-2 code. */
import countries from "i18n-iso-countries";
import english from "i18n-iso-countries/langs/en.json" with { type: "json" };
import { collapsed } from "./text.ts";

countries.registerLocale(english);

export const addressKeys = [
  "street",
  "street2",
  "city",
  "state",
  "postal_code",
  "country",
] as const;

/** Reserved codes that people and the European Union use in place of the assigned ones. */
const aliases: ReadonlyMap<string, string> = new Map([
  ["UK", "GB"],
  ["EL", "GR"],
]);

type Parts =
  | { readonly kind: "held"; readonly value: Readonly<Record<string, string>> }
  | { readonly kind: "invalid"; readonly reason: string };

export function addressParts(raw: unknown): Parts {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    return { kind: "invalid", reason: `An address has parts: ${addressKeys.join(", ")}.` };
  }
  const stranger = Object.keys(raw).find((key) => !addressKeys.some((known) => known === key));
  if (stranger !== undefined) {
    return { kind: "invalid", reason: `An address has parts: ${addressKeys.join(", ")}.` };
  }
  const value: Record<string, string> = {};
  for (const key of addressKeys) {
    const part = collapsed((raw as Record<string, unknown>)[key]);
    if (part === null || part === "") continue;
    const form = key === "country" ? country(part) : part;
    if (form === null) {
      return { kind: "invalid", reason: "The address's country is not an ISO 3166 country." };
    }
    value[key] = form;
  }
  return { kind: "held", value };
}

export function country(raw: unknown): string | null {
  const text = collapsed(raw) ?? "";
  const code = aliases.get(text.toUpperCase()) ?? text.toUpperCase();
  if (/^[A-Z]{2}$/.test(code)) return countries.isValid(code) ? code : null;
  return countries.toAlpha2(code) ?? countries.getAlpha2Code(text, "en") ?? null;
}
