/**
 * Call limits as HubSpot counts them: a rolling ten seconds an app, a day an account, five
 * searches a second an account. A refused call counts too.
 * https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
 */
import type { LimitPolicy } from "./errors.ts";
import type { Portal } from "./state.ts";

export interface Limits {
  readonly tenSecondly: number;
  readonly daily: number;
  readonly searchSecondly: number;
  readonly associationsTenSecondly: number;
}

export const tiers = {
  starter: { tenSecondly: 100, daily: 250_000 },
  professional: { tenSecondly: 190, daily: 625_000 },
  enterprise: { tenSecondly: 190, daily: 1_000_000 },
  increased: { tenSecondly: 250, daily: 2_000_000 },
} as const satisfies Record<string, Pick<Limits, "tenSecondly" | "daily">>;
export type Tier = keyof typeof tiers;

/** Counts a call, and names the limit it is over. */
export function countCall(
  portal: Portal,
  limits: Limits,
  timeZone: string,
  path: string,
): LimitPolicy | null {
  const { usage } = portal.state;
  const now = portal.now();
  const day = dayOf(now, timeZone);
  if (usage.day !== day) {
    usage.day = day;
    usage.daily = 0;
  }
  usage.daily += 1;
  if (usage.daily > limits.daily) return "DAILY";
  if (path.endsWith("/search")) {
    return over(usage.search, now, 1_000, limits.searchSecondly) ? "SECONDLY" : null;
  }
  const associations = path.includes("/associations");
  if (associations && over(usage.associations, now, 10_000, limits.associationsTenSecondly)) {
    return "TEN_SECONDLY_ROLLING";
  }
  return over(usage.rolling, now, 10_000, limits.tenSecondly) ? "TEN_SECONDLY_ROLLING" : null;
}

/** Search answers carry none of these. */
export function limitHeaders(portal: Portal, limits: Limits, path: string): [string, string][] {
  if (path.endsWith("/search")) return [];
  const { usage } = portal.state;
  return [
    ["X-HubSpot-RateLimit-Daily", String(limits.daily)],
    ["X-HubSpot-RateLimit-Daily-Remaining", String(Math.max(0, limits.daily - usage.daily))],
    ["X-HubSpot-RateLimit-Interval-Milliseconds", "10000"],
    ["X-HubSpot-RateLimit-Max", String(limits.tenSecondly)],
    [
      "X-HubSpot-RateLimit-Remaining",
      String(Math.max(0, limits.tenSecondly - usage.rolling.length)),
    ],
  ];
}

function over(times: number[], now: number, windowMs: number, max: number): boolean {
  // A clock that is set back leaves no call in its future: it would count for as long as it jumped.
  const recent = times.filter((at) => at > now - windowMs && at <= now);
  times.splice(0, times.length, ...recent);
  if (times.length >= max) return true;
  times.push(now);
  return false;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function dayOf(at: number, timeZone: string): string {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-CA", { timeZone });
    formats.set(timeZone, format);
  }
  return format.format(at);
}
