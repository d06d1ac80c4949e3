/**
 * Canonical values as the reader writes them: numbers, money and dates in the reader's own
 * locale, moments in the account's time zone. Two different values never look the same.
 */
import type { FieldType, Held } from "crm-sync-shared/record.ts";
import { capitalized } from "./words.ts";

export interface Format {
  readonly value: (type: FieldType | null, value: Held) => string;
  /** "3 minutes ago", "yesterday", and from a week on the day itself. */
  readonly ago: (ageMs: number, at: number) => string;
  /** The moment in full, with its zone. */
  readonly moment: (at: number) => string;
  /** The same without its zone, where many stand below each other. */
  readonly brief: (at: number) => string;
  /** The time of day. */
  readonly time: (at: number) => string;
}

export function createFormat(asked: { locale?: string | undefined; timeZone: string }): Format {
  const locale = usableLocale(asked.locale);
  const timeZone = usableZone(asked.timeZone);
  const moment = new Intl.DateTimeFormat(locale, {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone,
  });
  const zone = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: "short" });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone });
  const zoneName = (at: number) =>
    zone.formatToParts(at).find((part) => part.type === "timeZoneName")?.value ?? timeZone;
  return {
    value: (type, value) => formatValue(locale, moment, type, value),
    ago: (ageMs, at) => (ageMs < 7 * dayMs ? relative(ageMs) : day.format(at)),
    moment: (at) => `${moment.format(at)} ${zoneName(at)}`,
    brief: (at) => moment.format(at),
    time: (at) => time.format(at),
  };
}

/** Texts for values shown side by side: where two would look alike, all are quoted as stored. */
export function distinctTexts(
  format: Format,
  type: FieldType,
  values: readonly Held[],
): readonly string[] {
  const texts = values.map((value) => format.value(type, value));
  if (new Set(texts).size === texts.length) return texts;
  return values.map((value) => (value === null ? "Empty" : JSON.stringify(value)));
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** The card's sentences are English, so the words for time are too. */
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

function relative(ageMs: number): string {
  if (ageMs < 45_000) return "just now";
  if (ageMs < 59.5 * minuteMs)
    return words.format(-Math.max(1, Math.round(ageMs / minuteMs)), "minute");
  if (ageMs < 23.5 * hourMs) return words.format(-Math.round(ageMs / hourMs), "hour");
  return words.format(-Math.max(1, Math.round(ageMs / dayMs)), "day");
}

function formatValue(
  locale: string,
  moment: Intl.DateTimeFormat,
  type: FieldType | null,
  value: Held,
): string {
  if (value === null || value.length === 0) return "Empty";
  if (typeof value !== "string") {
    const parts = Array.isArray(value) ? value : Object.values(value);
    const names = type?.kind === "options" ? parts.map(plainName) : parts;
    return type?.kind === "references" ? count(parts.length) : names.join(", ");
  }
  switch (type?.kind) {
    case "money":
      return formatMoney(locale, type.currency, value);
    case "decimal":
      return formatDecimal(locale, value);
    case "date":
      return formatDate(locale, value);
    case "datetime":
      return Number.isNaN(Date.parse(value)) ? value : moment.format(Date.parse(value));
    case "phone":
      return formatPhone(value);
    case "country":
      return countryName(locale, value);
    case "boolean":
      return value === "true" ? "Yes" : value === "false" ? "No" : value;
    case "option":
    case "options":
    case "stage":
      return plainName(value);
    default:
      return value;
  }
}

/** "in_talks" reads "In talks". */
export function plainName(name: string): string {
  return capitalized(name.replaceAll("_", " "));
}

export function splitMoney(value: string, currency: string): { amount: string; currency: string } {
  const [amount = "", code] = value.split(" ");
  return { amount, currency: code ?? currency };
}

const count = (records: number) => (records === 1 ? "1 record" : `${records} records`);

/** As many decimal places as the value has, so that no difference is rounded away. */
const places = (value: string) => Math.min(12, (value.split(".")[1] ?? "").length);

function formatDecimal(locale: string, value: string): string {
  if (!/^-?\d+(\.\d+)?$/.test(value)) return value;
  const digits = new Intl.NumberFormat(locale, { maximumFractionDigits: places(value) });
  return digits.format(value as Intl.StringNumericLiteral);
}

function formatMoney(locale: string, assumed: string, value: string): string {
  const { amount, currency } = splitMoney(value, assumed);
  if (!/^-?\d+(\.\d+)?$/.test(amount) || !/^[A-Z]{3}$/.test(currency)) return value;
  const usual = new Intl.NumberFormat(locale, { style: "currency", currency });
  const fraction = usual.resolvedOptions().maximumFractionDigits ?? 2;
  const money = new Intl.NumberFormat(locale, {
    style: "currency",
    currency,
    maximumFractionDigits: Math.max(fraction, places(amount)),
  });
  return money.format(amount as Intl.StringNumericLiteral);
}

function formatDate(locale: string, value: string): string {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at)) return value;
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(at);
}

/**
 * Calling codes of one and two digits; all others have three
 * (https://www.itu.int/pub/T-SP-E.164D). Grouping is for the eye only, not a national format.
 */
const callingCode =
  /^\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})(\d+)(?:;ext=(\d+))?$/;

export function formatPhone(value: string): string {
  const match = callingCode.exec(value);
  if (!match) return value;
  const [, code = "", rest = "", extension] = match;
  const groups = code === "1" && rest.length === 10 ? nanpGroups(rest) : threes(rest);
  return [`+${code}`, ...groups, ...(extension ? [`ext. ${extension}`] : [])].join(" ");
}

const nanpGroups = (rest: string) => [rest.slice(0, 3), rest.slice(3, 6), rest.slice(6)];

/** Threes, and a last group of two to four, never a lone digit. */
function threes(digits: string): string[] {
  if (digits.length <= 4) return [digits];
  return [digits.slice(0, 3), ...threes(digits.slice(3))];
}

function countryName(locale: string, value: string): string {
  if (!/^[A-Z]{2}$/.test(value)) return value;
  return new Intl.DisplayNames(locale, { type: "region" }).of(value) ?? value;
}

/** HubSpot writes locales as "en-us" or "de_DE"; what is unknown falls back to English. */
export function usableLocale(asked: string | undefined): string {
  try {
    const [locale] = Intl.getCanonicalLocales((asked ?? "en-US").replaceAll("_", "-"));
    return locale ?? "en-US";
  } catch {
    return "en-US";
  }
}

function usableZone(asked: string): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: asked }).resolvedOptions().timeZone;
  } catch {
    return "UTC";
  }
}
