/** The control center's own small words. */

import type { Desk } from "crm-sync-common/desk.ts";
import type { Overview } from "crm-sync-shared/control.ts";

type Budget = NonNullable<Overview["systems"][number]["budget"]>;

/** "1,204 of 250,000; lasts the day" */
export function budgetWords({ used, max, endsAt }: Budget, { figures, format }: Desk): string {
  const spent =
    max === null ? figures.count(used) : `${figures.count(used)} of ${figures.count(max)}`;
  if (max === null) return spent;
  return endsAt === null
    ? `${spent}; lasts the day`
    : `${spent}; used up at ${format.time(endsAt)}`;
}

const textMax = 80;

export const shortened = (text: string): string =>
  text.length > textMax ? `${text.slice(0, textMax)}…` : text;

export const personName = (person: {
  readonly name: string | null;
  readonly email: string | null;
  readonly id?: string;
}): string => person.name ?? person.email ?? `User ${person.id ?? ""}`;
