/**
 * Who may do what: one table, and whose records it covers. Invariant: whoever is named where the
 * Worker is deployed is an admin, whatever is stored, so that nobody can lock everybody out.
 */
import { type Holder, type Role, type Verb, verbs } from "../../shared/control.ts";

const seeing: readonly Verb[] = ["see"];
const settling: readonly Verb[] = [...seeing, "settle", "assign", "sync_record", "pause_record"];
const operating: readonly Verb[] = [
  ...settling,
  "see_audit",
  "see_settings",
  "replay",
  "export",
  "run",
  "repair",
  "pause",
  "release",
  "check_system",
];

/** What each role may do; a resolver only to the records of its scope. */
const table: Readonly<Record<Role["role"], readonly Verb[]>> = {
  viewer: seeing,
  resolver: settling,
  operator: operating,
  admin: verbs,
};

/** As long as nobody gave roles: who sees a card may settle what it asks. */
export const roleByDefault: Role = { role: "resolver", scope: "all" };

export const mayOf = ({ role }: Role): readonly Verb[] => table[role];

export const may = (role: Role, verb: Verb): boolean => mayOf(role).includes(verb);

/** Somebody who asks, as HubSpot names them. */
export interface Somebody {
  readonly id: string;
  readonly email: string;
  /** Ids of the teams they are in. */
  readonly teams: readonly string[];
}

export interface GivenRole {
  readonly holder: Holder;
  readonly role: Role;
}

export interface Roles {
  /** User ids and e-mail addresses, as the deployment names them. */
  readonly fixedAdmins: readonly string[];
  readonly given: readonly GivenRole[];
  readonly byDefault: Role;
}

/**
 * What a person is: an admin if the deployment says so, else their own role, else the highest of
 * their teams', else everybody's. Their own comes first so that it can also be a lower one.
 */
export function roleOf(roles: Roles, person: Somebody): Role {
  if (isFixed(roles, person)) return { role: "admin" };
  const heldBy = (kind: Holder["kind"], ids: readonly string[]) =>
    roles.given.filter(({ holder }) => holder.kind === kind && ids.includes(holder.id));
  const [own] = heldBy("user", [person.id]);
  if (own !== undefined) return own.role;
  const teams = heldBy("team", person.teams).map(({ role }) => role);
  return teams.toSorted((a, b) => rankOf(b) - rankOf(a))[0] ?? roles.byDefault;
}

const isFixed = ({ fixedAdmins }: Roles, { id, email }: Somebody): boolean =>
  fixedAdmins.some((one) => one === id || one.toLowerCase() === email.toLowerCase());

const ranks = ["viewer", "own", "team", "all", "operator", "admin"];
const rankOf = (role: Role): number =>
  ranks.indexOf(role.role === "resolver" ? role.scope : role.role);

/** Whether anybody would be left who can give roles. Teams do not count: they can be empty. */
export const hasAdmin = ({ fixedAdmins, given }: Pick<Roles, "fixedAdmins" | "given">): boolean =>
  fixedAdmins.length > 0 ||
  given.some(({ holder, role }) => holder.kind === "user" && role.role === "admin");

/** Whose records a role covers: by their owners' e-mail addresses; null: everybody's. */
export function ownersCovered(
  role: Role,
  person: Pick<Somebody, "email">,
  teammates: readonly string[],
): readonly string[] | null {
  if (role.role !== "resolver" || role.scope === "all") return null;
  const own = [person.email.toLowerCase()];
  return role.scope === "own" ? own : [...own, ...teammates.map((email) => email.toLowerCase())];
}

/** Whether a record is among them; one without an owner is nobody's own. */
export const covers = (covered: readonly string[] | null, owner: string | null): boolean =>
  covered === null || (owner !== null && covered.includes(owner.toLowerCase()));
