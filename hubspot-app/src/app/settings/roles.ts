/** Roles in words, and as one text each for a select. */
import type { Role } from "crm-sync-shared/control.ts";

interface Choice {
  readonly value: string;
  readonly label: string;
  readonly role: Role;
}

export const roleChoices: readonly Choice[] = [
  { value: "viewer", label: "Viewer: may look", role: { role: "viewer" } },
  {
    value: "resolver-own",
    label: "Resolver: settles records they own",
    role: { role: "resolver", scope: "own" },
  },
  {
    value: "resolver-team",
    label: "Resolver: settles records of their teams",
    role: { role: "resolver", scope: "team" },
  },
  {
    value: "resolver-all",
    label: "Resolver: settles all records",
    role: { role: "resolver", scope: "all" },
  },
  {
    value: "operator",
    label: "Operator: also runs, pauses and releases",
    role: { role: "operator" },
  },
  { value: "admin", label: "Admin: also settings and roles", role: { role: "admin" } },
];

export const roleKey = (role: Role): string =>
  role.role === "resolver" ? `resolver-${role.scope}` : role.role;

export const roleLabel = (role: Role): string =>
  roleChoices.find(({ value }) => value === roleKey(role))?.label ?? role.role;

export const roleOf = (key: string): Role =>
  roleChoices.find(({ value }) => value === key)?.role ?? { role: "viewer" };

export const roleOptions = (isWithAdmin: boolean) =>
  roleChoices
    .filter(({ value }) => isWithAdmin || value !== "admin")
    .map(({ value, label }) => ({ value, label }));
