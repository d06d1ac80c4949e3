/**
 * Who a proven caller is to us: their role, and whose records it covers. Invariant: where it cannot
 * be told (HubSpot does not say who is in which team), a person may look and nothing else.
 */
import type { Person, Role, Verb } from "../../shared/control.ts";
import type { Fields } from "../../shared/record.ts";
import { ConnectorError } from "../connectors/connector.ts";
import { covers, may, ownersCovered, roleOf } from "../core/roles.ts";
import type { ObjectRules } from "../core/rules.ts";
import { database } from "../store/database.ts";
import { loadSettings, type StoredSettings } from "../store/settings.ts";
import type { Colleague, Doors } from "./doors.ts";
import type { Caller } from "./proof.ts";

export interface Access {
  readonly person: Person & { readonly email: string };
  readonly role: Role;
  readonly settings: StoredSettings;
  /** E-mail addresses of the owners whose records the role covers; null: everybody's. */
  readonly covered: readonly string[] | null;
}

export async function accessOf(doors: Doors, caller: Caller): Promise<Access> {
  const settings = await loadSettings(database(doors.jobs.d1));
  const person = { id: caller.userId, email: caller.userEmail, name: null };
  const roles = {
    fixedAdmins: doors.fixedAdmins,
    given: settings.roles,
    byDefault: settings.defaultRole,
  };
  const needsTeams =
    settings.roles.some(({ holder }) => holder.kind === "team") ||
    [settings.defaultRole, ...settings.roles.map(({ role }) => role)].some(
      (role) => role.role === "resolver" && role.scope === "team",
    );
  const colleagues = needsTeams ? await colleaguesOf(doors) : [];
  if (colleagues === null) {
    const known = roleOf({ ...roles, given: [], byDefault: { role: "viewer" } }, noTeams(person));
    return { person, role: known, settings, covered: null };
  }
  const self = colleagues.find(({ userId }) => userId === person.id);
  const teams = (self?.teams ?? []).map(({ id }) => id);
  const role = roleOf(roles, { ...person, teams });
  const teammates = colleagues
    .filter((one) => one.teams.some(({ id }) => teams.includes(id)))
    .map(({ email }) => email);
  return { person, role, settings, covered: ownersCovered(role, person, teammates) };
}

const noTeams = (person: Access["person"]) => ({ ...person, teams: [] });

/** Null if HubSpot does not say. */
export async function colleaguesOf(doors: Doors): Promise<readonly Colleague[] | null> {
  try {
    return await doors.people();
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    doors.jobs.log({ event: "people.unanswered", reason: error.message });
    return null;
  }
}

/** Whether a person may do this to a record of this owner. */
export const mayOn = (access: Access, verb: Verb, owner: string | null): boolean =>
  may(access.role, verb) && covers(access.covered, owner);

/** The e-mail address of whoever owns a record, as last agreed; null: nobody, or it is not kept. */
export function ownerOf(object: ObjectRules, values: Fields): string | null {
  for (const { field, type } of Object.values(object.fields)) {
    const value = values[field];
    if (type.kind === "owner" && typeof value === "string") return value;
  }
  return null;
}
