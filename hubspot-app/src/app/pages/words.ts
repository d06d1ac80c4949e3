/** The control center's own small words. */

import type { Desk } from "crm-sync-common/desk.ts";
import type { Overview } from "crm-sync-shared/control.ts";

type Budget = NonNullable<Overview["systems"][number]["budget"]>;

/** "1,204 of 250,000" */
export function spentWords({ used, max }: Budget, { figures }: Desk): string {
  return max === null ? figures.count(used) : `${figures.count(used)} of ${figures.count(max)}`;
}

/** How long the day's calls last at this rate; null where there is no limit. */
export function lastsWords({ max, endsAt }: Budget, { format }: Desk): string | null {
  if (max === null) return null;
  return endsAt === null ? "Lasts the day" : `Used up at ${format.time(endsAt)}`;
}

const textMax = 80;

export const shortened = (text: string): string =>
  text.length > textMax ? `${text.slice(0, textMax)}…` : text;

export const personName = (person: {
  readonly name: string | null;
  readonly email: string | null;
  readonly id?: string;
}): string => person.name ?? person.email ?? `User ${person.id ?? ""}`;

const labelMax = 24;

/** An e-mail address that would not fit is known by what stands before the "@". */
export const shortLabel = (label: string): string =>
  label.length > labelMax && label.includes("@") ? `${label.split("@")[0]}@…` : label;

/** For a state that only a later service knows: the page stays of use. */
export const unknownState = { variant: "default", says: "--", label: "--" } as const;
