/**
 * Dates and times. A date is a day on the calendar and never passes through a clock; a time is an
 * instant, written in UTC.
 */
import { Temporal } from "temporal-polyfill";
import { plain } from "./text.ts";

/**
 * "2026-12-01". A time with its offset is the day it is written with; epoch milliseconds are the
 * UTC day, because date properties travel as UTC midnight.
 */
export function date(raw: unknown): string | null {
  if (typeof raw === "number") return instant(raw)?.toISOString().slice(0, 10) ?? null;
  const text = plain(raw) ?? "";
  const day = text.slice(0, 10);
  const isWhole = text === day ? isDay(day) : milliseconds(text) !== null;
  return isWhole ? day : null;
}

/** "2026-12-01T09:30:00.000Z", cut to the coarsest precision of the connected systems. */
export function datetime(raw: unknown, precisionMs: number): string | null {
  const ms = typeof raw === "number" ? raw : milliseconds(plain(raw) ?? "");
  if (ms === null) return null;
  return instant(Math.floor(ms / precisionMs) * precisionMs)?.toISOString() ?? null;
}

function milliseconds(text: string): number | null {
  const iso =
    /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?(\[.+\])?$/i;
  const found = iso.exec(text);
  if (found === null || !isDay(text.slice(0, 10))) return null;
  try {
    if (found[4] !== undefined) return Temporal.ZonedDateTime.from(text).epochMilliseconds;
    if (found[3] !== undefined) return Temporal.Instant.from(text).epochMilliseconds;
  } catch {
    return null;
  }
  return null;
}

function instant(ms: number): Date | null {
  const at = new Date(ms);
  const year = at.getUTCFullYear();
  return Number.isNaN(year) || year < 0 || year > 9999 ? null : at;
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
