/** Who may ask what of the control center: every role at every action, and whose records. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Asked,
  type ControlAction,
  control as contract,
  type Role,
  type Verb,
} from "../../shared/control.ts";
import type { Playground } from "../playground/playground.ts";
import {
  ada,
  ben,
  card,
  control,
  controlled,
  controlRequest,
  editBoth,
  knock,
  makePair,
  ofContact,
  openConflict,
  type Pair,
  resolve,
  rows,
  signed,
  startStand,
  type User,
} from "./stand.ts";

let stand: Playground;
let entityId: string;
const chloe: User = { userId: 71_003, userEmail: "chloe.marchand@brightwater.example" };
const west = { id: "11", name: "Sales West" };
const east = { id: "12", name: "Sales East" };

beforeAll(async () => {
  stand = await startStand();
  const { admin } = stand.hubspot;
  const owner = (user: User, id: string, firstName: string, teams: (typeof west)[]) =>
    admin.addOwner({
      id,
      userId: user.userId,
      email: user.userEmail,
      firstName,
      lastName: "Brightwater",
      teams,
    });
  owner(ada, "381001", "Ada", [west]);
  owner(ben, "381002", "Ben", [west, east]);
  owner(chloe, "381003", "Chloe", [east]);
  const pair = await makePair(stand);
  entityId = await entityOf(pair);
});
afterAll(() => stand.stop());

async function entityOf({ contactId }: Pair): Promise<string> {
  const [row] = await rows<{ entity_id: string }>(
    stand,
    "SELECT entity_id FROM links WHERE system = 'hubspot' AND record_id = ?1",
    contactId,
  );
  return row!.entity_id;
}

const holder = (user: User) => ({ kind: "user", id: String(user.userId) }) as const;

/** Ada, whom the deployment names, gives or takes a role. */
async function give(role: Role | null, to: Asked<"role-set">["holder"] = holder(ben)) {
  const { version } = await controlled(stand, "settings", {});
  await controlled(stand, "role-set", { holder: to, role, version });
}

type LeastRole = "viewer" | "resolver" | "operator" | "admin";

/** The least role that each action takes, and something to ask it for. */
const actions: { readonly [A in ControlAction]: readonly [LeastRole, () => Asked<A>] } = {
  session: ["viewer", () => ({})],
  overview: ["viewer", () => ({})],
  exceptions: ["viewer", () => ({})],
  "exception-groups": ["viewer", () => ({ by: "kind" })],
  exception: ["viewer", () => ({ exceptionId: "x" })],
  settle: [
    "resolver",
    () => ({ exceptionId: "x", shown: "s", choice: { kind: "keep", system: "ops" } }),
  ],
  "settle-preview": [
    "resolver",
    () => ({ selection: { kind: "ids", ids: ["x"] }, choice: { kind: "recommended" } }),
  ],
  "settle-many": [
    "resolver",
    () => ({
      selection: { kind: "ids", ids: ["x"] },
      choice: { kind: "recommended" },
      asOf: 0,
      fingerprint: "f",
    }),
  ],
  settling: ["resolver", () => ({ fingerprint: "f" })],
  assign: ["resolver", () => ({ exceptionIds: ["x"], assignee: null })],
  replay: ["operator", () => ({ selection: { kind: "ids", ids: ["x"] }, dry: true })],
  export: ["operator", () => ({})],
  people: ["resolver", () => ({})],
  find: ["viewer", () => ({ text: "x" })],
  record: ["viewer", () => ({ entityId })],
  "record-history": ["viewer", () => ({ entityId })],
  "record-sync": ["resolver", () => ({ entityId })],
  audit: ["operator", () => ({})],
  "audit-chain": ["operator", () => ({})],
  runs: ["viewer", () => ({})],
  "run-start": ["operator", () => ({ kind: "scan", object: "nothing", dry: true })],
  "run-turn": ["operator", () => ({ runId: "x", turn: "pause" })],
  "run-findings": ["viewer", () => ({ runId: "x" })],
  parity: ["viewer", () => ({ object: "contact" })],
  repair: ["operator", () => ({ entityId })],
  systems: ["viewer", () => ({})],
  "system-check": ["operator", () => ({ system: "nothing" })],
  pause: ["resolver", () => ({ scope: `record:${entityId}`, reason: "a look" })],
  resume: ["resolver", () => ({ scope: `record:${entityId}` })],
  release: ["operator", () => ({ system: "ops", object: "contact", count: 1 })],
  policies: ["viewer", () => ({})],
  "proposal-answer": ["admin", () => ({ proposalId: "x", answer: "decline" })],
  settings: ["operator", () => ({})],
  "settings-save": ["admin", () => ({ version: -1 })],
  "role-set": ["admin", () => ({ holder: holder(ben), role: null, version: -1 })],
  "channel-test": ["admin", () => ({ channel: "webhook" })],
};
const names = Object.keys(contract) as ControlAction[];
const ladder: readonly (LeastRole | "nobody")[] = ["viewer", "resolver", "operator", "admin"];

describe("a role", () => {
  it.each<Role>([
    { role: "viewer" },
    { role: "resolver", scope: "all" },
    { role: "operator" },
    { role: "admin" },
  ])("%o is let in where it says, and nowhere else", async (role) => {
    await give(role);
    const letIn = new Map<string, boolean>();
    for (const action of names) {
      const reply = await control(stand, action, actions[action][1]() as never, ben);
      letIn.set(action, reply.ok || reply.error.code !== "forbidden");
    }
    const expected = names.map((action): [string, boolean] => [
      action,
      ladder.indexOf(actions[action][0]) <= ladder.indexOf(role.role),
    ]);
    expect(Object.fromEntries(letIn)).toEqual(Object.fromEntries(expected));
  });

  it("says of itself what it may do, and the doors agree", async () => {
    await give({ role: "operator" });
    const { may, role } = await controlled(stand, "session", {}, ben);
    expect(role).toEqual({ role: "operator" });
    expect(may).toContain<Verb>("export");
    expect(may).not.toContain<Verb>("change_roles");
  });

  it("of a team is its people's, as HubSpot tells who they are", async () => {
    await give(null);
    await give({ role: "operator" }, { kind: "team", id: east.id });
    expect((await controlled(stand, "session", {}, chloe)).role).toEqual({ role: "operator" });
    expect((await controlled(stand, "session", {}, ben)).role).toEqual({ role: "operator" });
    await give({ role: "viewer" });
    expect((await controlled(stand, "session", {}, ben)).role).toEqual({ role: "viewer" });
    await give(null, { kind: "team", id: east.id });
    expect((await controlled(stand, "session", {}, chloe)).role).toEqual({
      role: "resolver",
      scope: "all",
    });
  });
});

describe("a resolver", () => {
  /** A conflict on a record that somebody owns. */
  async function owned(ownerId: string) {
    const pair = await makePair(stand, { hubspot_owner_id: ownerId });
    editBoth(stand, pair, "0181", "0182");
    await stand.quiet();
    return { pair, conflict: await openConflict(stand, pair), entityId: await entityOf(pair) };
  }
  const keep = { kind: "keep", system: "ops" } as const;

  it.each<[string, Role, readonly [string, boolean][]]>([
    [
      "own",
      { role: "resolver", scope: "own" },
      [
        ["381002", true],
        ["381001", false],
      ],
    ],
    [
      "team",
      { role: "resolver", scope: "team" },
      [
        ["381001", true],
        ["381003", true],
        ["", false],
      ],
    ],
    [
      "all",
      { role: "resolver", scope: "all" },
      [
        ["381001", true],
        ["", true],
      ],
    ],
  ])("of %s settles those records only, on the card and here", async (_scope, role, owners) => {
    await give(role);
    for (const [ownerId, may] of owners) {
      const { pair, conflict, entityId: id } = await owned(ownerId);
      const { exceptionId, shown } = conflict;
      const seen = await card(stand, { action: "record", ...ofContact(pair), user: ben });
      expect(seen.record?.mayResolve).toBe(may);
      const { item } = await controlled(stand, "exception", { exceptionId }, ben);
      expect(item.maySettle).toBe(may);
      const opened = await controlled(stand, "record", { entityId: id }, ben);
      expect(opened.may.includes("settle")).toBe(may);
      const selection = { kind: "ids" as const, ids: [exceptionId] };
      const preview = await controlled(stand, "settle-preview", { selection, choice: keep }, ben);
      expect(preview.count).toBe(may ? 1 : 0);
      if (!may) {
        const refusals = [
          await resolve(stand, pair, conflict, keep, ben),
          await control(stand, "settle", { exceptionId, shown, choice: keep }, ben),
          await control(stand, "assign", { exceptionIds: [exceptionId], assignee: null }, ben),
          await control(stand, "pause", { scope: `record:${id}`, reason: "x" }, ben),
          await control(stand, "record-sync", { entityId: id }, ben),
          await card(stand, { action: "sync", ...ofContact(pair), user: ben }),
        ];
        for (const refusal of refusals) {
          expect(refusal).toMatchObject({ ok: false, error: { code: "forbidden" } });
        }
      }
      const reply = may
        ? await control(stand, "settle", { exceptionId, shown, choice: keep }, ben)
        : await control(stand, "settle", { exceptionId, shown, choice: keep }, ada);
      expect(reply).toMatchObject({ ok: true });
    }
  });

  it("may pause one record, and not a system", async () => {
    await give({ role: "resolver", scope: "all" });
    const asked = { scope: "system:ops", reason: "x" };
    expect(await control(stand, "pause", asked, ben)).toMatchObject({
      ok: false,
      error: { code: "forbidden" },
    });
    const { scope } = await controlled(
      stand,
      "pause",
      { scope: `record:${entityId}`, reason: "a look" },
      ben,
    );
    const { pauses } = await controlled(stand, "record", { entityId }, ben);
    expect(pauses).toMatchObject([{ scope, reason: "a look", by: ben.userEmail }]);
    await controlled(stand, "resume", { scope }, ben);
  });

  it("whose team HubSpot does not tell may look, and nothing else", async () => {
    // A new isolate has not heard of anybody yet.
    await stand.crashWorker();
    const fault = stand.hubspot.faults.add({ kind: "status", status: 500, matches: "/owners" });
    await give({ role: "resolver", scope: "team" });
    const { role } = await controlled(stand, "session", {}, ben);
    fault.remove();
    expect(role).toEqual({ role: "viewer" });
  });
});

describe("a request", () => {
  const path = "/control/session";
  const status = async (request: Request | Promise<Request>) => (await fetch(await request)).status;

  it("that nobody signed, or another, is 401; one of another account is 403", async () => {
    expect(await status(knock(stand, { path, body: "{}" }))).toBe(401);
    const own = await controlRequest(stand, "session", {}, ben);
    const forged = own.url.replace(String(ben.userId), String(ada.userId));
    const body = "{}";
    expect(await status(new Request(forged, { method: "POST", headers: own.headers, body }))).toBe(
      401,
    );
    const other = `${path}?userId=1&userEmail=a@b.c&portalId=1&appId=987654`;
    expect(await status(signed(stand, { path: other, body: "{}" }))).toBe(403);
  });

  it("whose body was changed on its way is 401", async () => {
    const { url, headers } = await controlRequest(stand, "exceptions", {}, ben);
    const body = JSON.stringify({ sort: "newest" });
    expect(await status(new Request(url, { method: "POST", headers, body }))).toBe(401);
  });

  it("for no action of ours is 404, and one that is malformed says where", async () => {
    expect(await status(controlRequest(stand, "constructor", {}))).toBe(404);
    const reply = await control(stand, "exceptions", { sort: "loudest" } as never);
    expect(reply).toMatchObject({ ok: false, error: { code: "bad_request" } });
    const cursor = await control(stand, "exceptions", { cursor: "not one of ours" });
    expect(cursor).toMatchObject({ ok: false, error: { code: "bad_request" } });
  });
});

describe("roles that are given", () => {
  it("never leave nobody who can give them", async () => {
    // Ada is named by the deployment: whatever is taken, she stays.
    await give({ role: "viewer" }, holder(ada));
    expect((await controlled(stand, "session", {})).role).toEqual({ role: "admin" });
    await give(null, holder(ada));
  });

  it("of somebody HubSpot does not know are refused", async () => {
    await stand.crashWorker();
    const { version } = await controlled(stand, "settings", {});
    const asked = {
      holder: { kind: "user", id: "999" },
      role: { role: "admin" },
      version,
    } as const;
    expect(await control(stand, "role-set", asked)).toMatchObject({
      ok: false,
      error: { code: "invalid" },
    });
  });

  it("are in the audit, with who gave them", async () => {
    await give({ role: "operator" });
    const { entries } = await controlled(stand, "audit", { kind: "operated", person: "ada" });
    expect(entries[0]).toMatchObject({ person: ada.userEmail, kind: "operated" });
    expect(entries[0]?.says).toContain("Changed a role");
    expect(await controlled(stand, "audit-chain", {})).toMatchObject({ brokenAt: null });
  });
});
