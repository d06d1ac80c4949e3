/** What of the audit is listed, as it stands in the page's address. */
import type { Asked } from "crm-sync-shared/control.ts";

/** Each is one choice; absent or empty where there is none. Days are "2026-11-23". */
export interface AuditParams {
  readonly person?: string;
  readonly kind?: string;
  readonly object?: string;
  readonly field?: string;
  readonly system?: string;
  readonly from?: string;
  readonly to?: string;
}

const names = ["person", "kind", "object", "field", "system", "from", "to"] as const;

/** For an address, and from one: only what is chosen. A field belongs to its object. */
export function auditParamsOf(params: Readonly<Record<string, string>> | AuditParams) {
  const chosen = names.flatMap((name) => {
    const value = (params as AuditParams)[name];
    return value === undefined || value === "" ? [] : [[name, value] as const];
  });
  const list: Record<string, string> = Object.fromEntries(chosen);
  if (list.object === undefined) delete list.field;
  return list;
}

const dayMs = 86_400_000;

export function askedOf(list: AuditParams): Omit<Asked<"audit">, "cursor"> {
  const from = list.from === undefined ? null : Date.parse(`${list.from}T00:00:00Z`);
  const to = list.to === undefined ? null : Date.parse(`${list.to}T00:00:00Z`) + dayMs;
  return {
    person: list.person ?? "",
    kind: list.kind ?? null,
    object: list.object ?? null,
    field: list.field ?? null,
    system: list.system ?? null,
    from: from !== null && Number.isNaN(from) ? null : from,
    to: to !== null && Number.isNaN(to) ? null : to,
  };
}

/** As HubSpot's date input holds a day: months count from 0. */
interface Day {
  readonly year: number;
  readonly month: number;
  readonly date: number;
}

export function dayOf(text: string | undefined): Day | null {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text ?? "") ?? [];
  if (!year || !month || !date) return null;
  return { year: Number(year), month: Number(month) - 1, date: Number(date) };
}

export const dayText = ({ year, month, date }: Day): string =>
  [year, String(month + 1).padStart(2, "0"), String(date).padStart(2, "0")].join("-");
