/** Who may do what: the whole table, written out a second time, and the laws it must keep. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Role, roleNames, scopeNames, type Verb, verbs } from "../../shared/control.ts";
import {
  covers,
  type GivenRole,
  hasAdmin,
  may,
  ownersCovered,
  roleByDefault,
  roleOf,
} from "../../worker/core/roles.ts";

/** By verb: viewer, resolver, operator, admin. */
const expected: Readonly<Record<Verb, string>> = {
  see: "yes yes yes yes",
  settle: "no yes yes yes",
  assign: "no yes yes yes",
  sync_record: "no yes yes yes",
  pause_record: "no yes yes yes",
  see_audit: "no no yes yes",
  see_settings: "no no yes yes",
  replay: "no no yes yes",
  export: "no no yes yes",
  run: "no no yes yes",
  repair: "no no yes yes",
  pause: "no no yes yes",
  release: "no no yes yes",
  check_system: "no no yes yes",
  answer_proposal: "no no no yes",
  change_settings: "no no no yes",
  change_roles: "no no no yes",
};

const roleArbitrary: fc.Arbitrary<Role> = fc.constantFrom<Role>(
  { role: "viewer" },
  { role: "operator" },
  { role: "admin" },
  ...scopeNames.map((scope) => ({ role: "resolver", scope }) as const),
);
const idArbitrary = fc.constantFrom("1", "2", "3");
const givenArbitrary: fc.Arbitrary<readonly GivenRole[]> = fc.uniqueArray(
  fc.record({
    holder: fc.record({ kind: fc.constantFrom("user", "team"), id: idArbitrary }),
    role: roleArbitrary,
  }),
  { selector: ({ holder }) => `${holder.kind} ${holder.id}` },
);
const person = { id: "1", email: "ada@example.com", teams: ["2", "3"] };

describe("the table of roles", () => {
  it.each(verbs)("%s is for whom it says", (verb) => {
    const said = roleNames
      .map((role) => may({ role, scope: "all" } as Role, verb))
      .map((allowed) => (allowed ? "yes" : "no"));
    expect(said.join(" ")).toBe(expected[verb]);
  });

  it("lets whoever sees a card settle it, as long as nobody gave roles", () => {
    expect(roleByDefault).toEqual({ role: "resolver", scope: "all" });
  });
});

describe("a person's role", () => {
  it("is admin where the deployment names them, by id or by address, whatever is given", () => {
    fc.assert(
      fc.property(givenArbitrary, roleArbitrary, fc.boolean(), (given, byDefault, byId) => {
        const fixedAdmins = [byId ? "1" : "Ada@Example.com"];
        expect(roleOf({ fixedAdmins, given, byDefault }, person)).toEqual({ role: "admin" });
      }),
    );
  });

  it("is their own, else the highest of their teams', else everybody's", () => {
    fc.assert(
      fc.property(givenArbitrary, roleArbitrary, (given, byDefault) => {
        const found = roleOf({ fixedAdmins: [], given, byDefault }, person);
        const own = given.find(({ holder }) => holder.kind === "user" && holder.id === "1");
        const teams = given.filter(({ holder }) => holder.kind === "team" && holder.id !== "1");
        if (own !== undefined || teams.length === 0) {
          expect(found).toEqual(own?.role ?? byDefault);
          return;
        }
        expect(teams.map(({ role }) => role)).toContainEqual(found);
        for (const { role } of teams) {
          for (const verb of verbs) if (may(role, verb)) expect(may(found, verb)).toBe(true);
        }
      }),
    );
  });

  it("of two teams is the one of the wider scope", () => {
    const given = (["own", "all"] as const).map((scope, index) => ({
      holder: { kind: "team", id: String(index + 2) } as const,
      role: { role: "resolver", scope } as const,
    }));
    const found = roleOf({ fixedAdmins: [], given, byDefault: { role: "viewer" } }, person);
    expect(found).toEqual({ role: "resolver", scope: "all" });
  });
});

describe("whose records a role covers", () => {
  it.each<[Role, readonly (string | null)[]]>([
    [{ role: "resolver", scope: "own" }, ["ada@example.com"]],
    [{ role: "resolver", scope: "team" }, ["ada@example.com", "BEN@example.com"]],
    [
      { role: "resolver", scope: "all" },
      ["ada@example.com", "BEN@example.com", "cy@example.com", null],
    ],
    [{ role: "operator" }, ["ada@example.com", "BEN@example.com", "cy@example.com", null]],
  ])("%o", (role, owners) => {
    const covered = ownersCovered(role, { email: "Ada@example.com" }, ["Ben@example.com"]);
    const all = ["ada@example.com", "BEN@example.com", "cy@example.com", null];
    expect(all.filter((owner) => covers(covered, owner))).toEqual(owners);
  });
});

describe("who could still give roles", () => {
  it("is an admin of one's own, or whom the deployment names; a team may be empty", () => {
    const admin = (kind: "user" | "team"): GivenRole => ({
      holder: { kind, id: "1" },
      role: { role: "admin" },
    });
    expect(hasAdmin({ fixedAdmins: [], given: [admin("team")] })).toBe(false);
    expect(hasAdmin({ fixedAdmins: [], given: [admin("user")] })).toBe(true);
    expect(hasAdmin({ fixedAdmins: ["1"], given: [] })).toBe(true);
    const operator = { ...admin("user"), role: { role: "operator" } as const };
    expect(hasAdmin({ fixedAdmins: [], given: [operator] })).toBe(false);
  });
});
