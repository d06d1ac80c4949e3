import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { brokenAt } from "../../worker/core/audit-chain.ts";
import { operatorsEntity } from "../../worker/store/acts.ts";
import { auditRows } from "../../worker/store/audit.ts";
import { commit } from "../../worker/store/commit.ts";
import type { Commit, EntityCommit, NewException } from "../../worker/store/commit-types.ts";
import { database, StoreError } from "../../worker/store/database.ts";
import { keepDrifts } from "../../worker/store/drifts.ts";
import { unannounced } from "../../worker/store/exceptions.ts";
import { pause, resume } from "../../worker/store/holds.ts";
import { type EntityIntent, intend as intendCounted } from "../../worker/store/intents.ts";
import { type Entity, type LoadedPoke, load } from "../../worker/store/load.ts";
import {
  duePokes,
  keyText,
  type NewPoke,
  putPokes,
  type RecordKey,
} from "../../worker/store/mailbox.ts";
import { rule } from "../../worker/store/rulings.ts";
import { empty, type OpenD1, openD1 } from "./d1.ts";

let open: OpenD1;
beforeAll(async () => {
  open = await openD1();
});
afterAll(() => open.close());
beforeEach(() => empty(open.d1));

const key = (recordId = "1", system = "a"): RecordKey => ({ system, object: "contact", recordId });
const poke = (options: Partial<NewPoke> = {}): NewPoke => ({
  ...key(),
  lane: "event",
  echo: null,
  ...options,
});
const db = () => database(open.d1);
const put = (...pokes: NewPoke[]) => putPokes(db(), pokes, 1_000);
const waiting = async (...keys: RecordKey[]) => [...(await load(db(), keys)).pokes.values()];

const intent = (options: Partial<EntityIntent> = {}): EntityIntent => ({
  entityId: "e1",
  version: 0,
  birth: { object: "contact", links: [{ ...key("1"), url: null }] },
  writes: [],
  takesOver: null,
  ...options,
});
const writing = (options: Partial<EntityIntent> = {}): EntityIntent =>
  intent({
    birth: null,
    writes: [{ system: "b", operation: "update", recordId: "2", fields: { f: { to: "x" } } }],
    ...options,
  });
const entityCommit = (options: Partial<EntityCommit> = {}): EntityCommit => ({
  entityId: "e1",
  version: 0,
  base: { f: "x" },
  seen: { a: { f: "x" } },
  seenAt: 5,
  written: {},
  goneAt: null,
  erase: null,
  auditEntries: 0,
  auditHead: "",
  links: [],
  relinks: [],
  audit: [],
  raise: [],
  settle: [],
  reopen: [],
  unsettled: [],
  ...options,
});
const intend = (
  on: ReturnType<typeof db>,
  commitId: string,
  intents: readonly EntityIntent[],
  now: number,
) => intendCounted(on, commitId, intents, { brakes: [], windowMs: 1_000 }, now);
const work = (options: Partial<Commit> = {}): Commit => ({
  entities: [],
  raise: [],
  answered: [],
  done: [],
  strangers: { raise: [], done: [] },
  abandon: [],
  hold: [],
  defer: [],
  drifted: [],
  ...options,
});
const conflict = (options: Partial<NewException> = {}): NewException => ({
  id: "x1",
  kind: "conflict",
  subject: "e1:f",
  object: "contact",
  entityId: "e1",
  system: null,
  recordId: null,
  field: "f",
  detail: {},
  shown: "v1",
  ...options,
});
const entity = async (): Promise<Entity> => {
  const [found] = (await load(db(), [key()])).entities.values();
  if (found === undefined) throw new Error("no entity");
  return found;
};
const born = () => intend(db(), "birth", [intent()], 1);

describe("the mailbox", () => {
  it("holds one row per record however many events arrive", async () => {
    await put(poke(), poke({ recordId: "2" }));
    await put(poke());
    const pokes = await waiting(key(), key("2"));
    expect(pokes.map(({ recordId, arrivals }) => [recordId, arrivals])).toEqual([
      ["1", 2],
      ["2", 1],
    ]);
  });

  it("believes an echo claim only while every arrival makes one", async () => {
    await put(poke({ echo: { f: "x", g: null } }));
    await put(poke({ echo: { g: "y" } }));
    expect((await waiting(key()))[0]?.echo).toEqual({ f: "x", g: "y" });
    await put(poke());
    await put(poke({ echo: { f: "x" } }));
    expect((await waiting(key()))[0]?.echo).toBeNull();
  });

  it("keeps a cleared field in an echo claim apart from an absent one", async () => {
    await put(poke({ echo: { f: null } }));
    expect((await waiting(key()))[0]?.echo).toEqual({ f: null });
  });

  it("removes a poke only if nothing arrived since it was read", async () => {
    await put(poke());
    const [read] = await waiting(key());
    if (read === undefined) throw new Error("no poke");
    await put(poke());
    await commit(db(), "c", work({ done: [{ poke: read, entityId: null }] }), 1);
    const [still] = await waiting(key());
    expect(still?.arrivals).toBe(2);
    if (still === undefined) throw new Error("no poke");
    await commit(db(), "c", work({ done: [{ poke: still, entityId: null }] }), 1);
    expect(await waiting(key())).toEqual([]);
  });

  it("is due again at the deferred time, or at once when something arrives", async () => {
    await put(poke());
    const [read] = await waiting(key());
    if (read === undefined) throw new Error("no poke");
    await commit(db(), "c", work({ defer: [{ poke: read, dueAt: 9_000, attempted: true }] }), 1);
    expect(await duePokes(db(), 8_999, 10)).toEqual([]);
    expect(await duePokes(db(), 9_000, 10)).toEqual([key()]);
    await put(poke());
    expect(await waiting(key())).toMatchObject([{ attempt: 1, dueAt: 1_000 }]);
  });
});

describe("births", () => {
  it("bear an entity with all of its links", async () => {
    const links = [key("1"), key("2", "b")].map((one) => ({ ...one, url: null }));
    const held = await intend(db(), "c", [intent({ birth: { object: "contact", links } })], 1);
    expect([...held]).toEqual(["e1"]);
    expect((await entity()).links).toEqual({
      a: { recordId: "1", url: null },
      b: { recordId: "2", url: null },
    });
  });

  it("by two jobs for one record: one wins and the other leaves nothing", async () => {
    await born();
    const links = [key("1"), key("2", "b")].map((one) => ({ ...one, url: null }));
    const held = await intend(
      db(),
      "other",
      [intent({ entityId: "e2", birth: { object: "contact", links } })],
      1,
    );
    expect([...held]).toEqual([]);
    const { entities, entityOf } = await load(db(), [key(), key("2", "b")]);
    expect([...entities.keys()]).toEqual(["e1"]);
    expect(entityOf.size).toBe(1);
  });
});

describe("intents", () => {
  it("let one job at a time write an entity", async () => {
    await born();
    expect((await intend(db(), "one", [writing()], 1)).size).toBe(1);
    expect((await intend(db(), "two", [writing()], 1)).size).toBe(0);
    expect((await entity()).intent?.commitId).toBe("one");
  });

  it("are refused on a version that has moved", async () => {
    await born();
    await commit(db(), "c", work({ entities: [entityCommit()] }), 1);
    expect((await intend(db(), "one", [writing()], 1)).size).toBe(0);
    expect((await intend(db(), "one", [writing({ version: 1 })], 1)).size).toBe(1);
  });

  it("that were abandoned are taken over by name", async () => {
    await born();
    await intend(db(), "one", [writing()], 1);
    expect((await intend(db(), "two", [writing({ takesOver: "zero" })], 1)).size).toBe(0);
    expect((await intend(db(), "two", [writing({ takesOver: "one" })], 1)).size).toBe(1);
    expect((await entity()).intent?.commitId).toBe("two");
  });

  it("hold off commits of other jobs and end with their own", async () => {
    await born();
    await intend(db(), "one", [writing()], 1);
    const other = await commit(db(), "two", work({ entities: [entityCommit()] }), 1);
    expect([...other.entities]).toEqual([]);
    const own = await commit(db(), "one", work({ entities: [entityCommit()] }), 1);
    expect([...own.entities]).toEqual(["e1"]);
    expect((await entity()).intent).toBeNull();
  });

  it("with an unknown outcome are free at once", async () => {
    await born();
    await intend(db(), "one", [writing()], 77);
    await commit(db(), "one", work({ abandon: ["e1"] }), 1);
    expect((await entity()).intent?.plannedAt).toBe(0);
  });
});

describe("commits", () => {
  it("move base, seen and version together", async () => {
    await born();
    await commit(db(), "c", work({ entities: [entityCommit()] }), 1);
    expect(await entity()).toMatchObject({
      version: 1,
      base: { f: "x" },
      seen: { a: { f: "x" } },
      seenAt: 5,
    });
  });

  it("of a lost race leave no trace and keep the poke", async () => {
    await put(poke());
    await born();
    const [read] = await waiting(key());
    if (read === undefined) throw new Error("no poke");
    await commit(db(), "first", work({ entities: [entityCommit()] }), 1);
    const stale = entityCommit({
      base: { f: "late" },
      audit: [{ kind: "wrote", at: 1, detail: {}, salt: "s" }],
      raise: [conflict()],
    });
    const late = work({ entities: [stale], done: [{ poke: read, entityId: "e1" }] });
    const { entities, raised } = await commit(db(), "second", late, 1);
    expect([[...entities], raised]).toEqual([[], []]);
    expect(await entity()).toMatchObject({ version: 1, base: { f: "x" }, exceptions: [] });
    expect(await waiting(key())).toHaveLength(1);
  });

  it("number the audit of an entity without gaps", async () => {
    await born();
    const audit = [1, 2].map((at) => ({ kind: "wrote" as const, at, detail: { at }, salt: "s" }));
    await commit(db(), "c", work({ entities: [entityCommit({ audit })] }), 1);
    const { version, auditEntries, auditHead } = await entity();
    const next = entityCommit({ version, auditEntries, auditHead, audit: audit.slice(0, 1) });
    await commit(db(), "d", work({ entities: [next] }), 1);
    const entries = await auditRows(db(), { entityId: "", entry: -1 }, 10);
    expect(entries.map(({ entry }) => entry)).toEqual([0, 1, 2]);
    expect(await brokenAt(entries)).toBeNull();
    expect((await entity()).auditHead).toBe(entries.at(-1)?.chain);
  });
});

describe("exceptions", () => {
  const raised = async (commitId: string, version: number, ...raise: NewException[]) =>
    (await commit(db(), commitId, work({ entities: [entityCommit({ version, raise })] }), 1))
      .raised;
  const ruling = { exceptionId: "x1", value: "x", shown: "v1", at: 1 } as const;
  const person = { kind: "person", id: "7", name: "ana@example.com" } as const;

  it("are one per subject while open, and told again only with other values", async () => {
    await born();
    expect(await raised("c1", 0, conflict())).toEqual(["x1"]);
    expect(await raised("c2", 1, conflict({ id: "x2" }))).toEqual([]);
    expect(await raised("c3", 2, conflict({ id: "x3", shown: "v2" }))).toEqual(["x1"]);
    expect((await entity()).exceptions).toMatchObject([{ id: "x1", shown: "v2", status: "open" }]);
  });

  it("take a ruling only on the values shown, once", async () => {
    await born();
    await raised("c1", 0, conflict());
    const answer = { ...ruling, person };
    expect(await rule(db(), "x1", { ...answer, shown: "v0" }, key(), 5)).toBe(false);
    expect(await waiting(key())).toEqual([]);
    expect(await rule(db(), "x1", answer, key(), 5)).toBe(true);
    expect(await rule(db(), "x1", answer, key(), 6)).toBe(false);
    expect((await entity()).exceptions).toMatchObject([{ status: "ruled", ruling: answer }]);
    expect(await waiting(key())).toMatchObject([{ lane: "person" }]);
  });

  it("drop a ruling when the values move", async () => {
    await born();
    await raised("c1", 0, conflict());
    await rule(db(), "x1", { ...ruling, person }, key(), 5);
    await raised("c2", 1, conflict({ shown: "v2" }));
    expect((await entity()).exceptions).toMatchObject([{ status: "open", ruling: null }]);
  });

  it.each([
    { name: "long enough ago", openedAt: 100, untold: ["x1"] },
    { name: "just now, as its own job tells of it", openedAt: 190, untold: [] },
    { name: "by a clock that was set back since", openedAt: 900, untold: ["x1"] },
  ])("are told of by the sweep if they were opened $name", async ({ openedAt, untold }) => {
    await commit(db(), "c", work({ raise: [conflict()] }), openedAt);
    expect(await unannounced(db(), { openedBefore: 180, now: 200 }, 10)).toEqual(untold);
  });

  it("can open anew once settled", async () => {
    await born();
    await raised("c1", 0, conflict());
    const settle = [{ id: "x1", resolution: "agreed" }];
    await commit(db(), "c2", work({ entities: [entityCommit({ version: 1, settle })] }), 1);
    expect((await entity()).exceptions).toEqual([]);
    expect(await raised("c3", 2, conflict({ id: "x2" }))).toEqual(["x2"]);
  });
});

describe("holds", () => {
  const counted = (commitId: string, now: number, released = 0) =>
    intendCounted(
      db(),
      commitId,
      [writing({ takesOver: "any" })],
      {
        brakes: [{ system: "b", object: "contact", writes: 2, blanks: 1, deletes: 1, released }],
        windowMs: 1_000,
      },
      now,
    );
  const brakes = async () => (await load(db(), [])).brakes;

  it("count what is written in a window, and begin anew in the next", async () => {
    await born();
    await counted("one", 100);
    await counted("two", 1_099);
    expect(await brakes()).toMatchObject([
      { windowAt: 100, writes: 4, blanks: 2, deletes: 2, on: false },
    ]);
    await counted("three", 1_100);
    expect(await brakes()).toMatchObject([{ windowAt: 1_100, writes: 2, blanks: 1 }]);
  });

  const act = { by: "olga", at: 1_200, salt: "s" };
  const pauseAll = () => pause(db(), { scope: "all", reason: "r" }, act);
  const one = async () => {
    const [read] = await waiting(key());
    if (read === undefined) throw new Error("no poke");
    return read;
  };
  const hold = async (read: LoadedPoke, by: string) => {
    await commit(db(), "c", work({ hold: [{ poke: read, by }] }), 1_500);
    return (await one()).heldBy;
  };

  it("keep a held poke out of the sweep until something arrives for it", async () => {
    await pauseAll();
    await put(poke());
    expect(await hold(await one(), "pause:all")).toBe("pause:all");
    expect(await duePokes(db(), 9_999, 10)).toEqual([]);
    await put(poke());
    expect((await one()).heldBy).toBeNull();
  });

  it("are not put on for what was resumed or released since: nobody would let go", async () => {
    await put(poke());
    const read = await one();
    await pauseAll();
    await resume(db(), "all", act);
    expect(await hold(read, "pause:all")).toBeNull();
    expect(await hold(read, "brake:a/contact")).toBeNull();
    expect(await duePokes(db(), 9_999, 10)).toEqual([key()]);
    const brake = conflict({ subject: "brake:a/contact", entityId: null });
    await commit(db(), "b", work({ raise: [brake] }), 1);
    expect(await hold(read, "brake:a/contact")).toBe("brake:a/contact");
  });

  it("leave what arrived during the job to be looked at", async () => {
    await pauseAll();
    await put(poke());
    const read = await one();
    await put(poke());
    expect(await hold(read, "pause:all")).toBeNull();
  });
});

describe("acts of operators", () => {
  it("at the same moment all take effect, each with its own entry of one whole chain", async () => {
    const scopes = Array.from({ length: 8 }, (_, index) => `record:e${index}`);
    const acts = scopes.map((scope, index) => ({ by: scope, at: index, salt: "s" }));
    await Promise.all(
      scopes.map((scope, index) => pause(db(), { scope, reason: "r" }, acts[index]!)),
    );
    expect([...(await load(db(), [])).paused].sort()).toEqual(scopes);
    const entries = await auditRows(db(), { entityId: operatorsEntity, entry: -1 }, 100);
    expect(entries.map(({ entry }) => entry)).toEqual(scopes.map((_, index) => index));
    expect(await brokenAt(entries)).toBeNull();
  });

  it("are not repeated when their outcome is unknown", async () => {
    const broken = db();
    let sent = 0;
    const lost = {
      ...broken,
      batch(statements: Parameters<typeof broken.batch>[0]) {
        sent += 1;
        if (sent === 1) return broken.batch(statements);
        return Promise.reject(new StoreError("No answer.", { cause: new Error("Lost.") }));
      },
    };
    const act = { by: "olga", at: 1, salt: "s" };
    await expect(pause(lost, { scope: "all", reason: "r" }, act)).rejects.toThrow("No answer.");
    expect(sent).toBe(2);
  });
});

describe("what is decided about a stranger", () => {
  it("is void once another job has linked it", async () => {
    await put(poke(), poke(key("2")));
    const read = await waiting(key(), key("2"));
    await born();
    const ask = (one: LoadedPoke) =>
      conflict({
        id: `x${one.recordId}`,
        subject: keyText(one),
        entityId: null,
        system: one.system,
        recordId: one.recordId,
      });
    const strangers = { raise: read.map(ask), done: read };
    const { raised: told } = await commit(db(), "c", work({ strangers }), 1);
    expect(told).toEqual(["x2"]);
    expect((await waiting(key(), key("2"))).map(({ recordId }) => recordId)).toEqual(["1"]);
  });
});

describe("what was decided without a field that was held", () => {
  const drift = {
    ...{ system: "a", object: "contact", field: "f", subject: "schema:a/contact.f" },
    ...{ exceptionId: "x1", detail: {}, shown: "gone f" },
  };
  const held = { entityId: "e1", system: "a", object: "contact", field: "f" };

  it.each([
    { name: "goes on", drifts: [drift], again: [] },
    { name: "was mended meanwhile", drifts: [], again: [key()] },
  ])("is looked at again if that is over by the commit: it $name", async (at) => {
    await born();
    await put(poke());
    const [read] = await waiting(key());
    if (read === undefined) throw new Error("no poke");
    const place = { system: "a", object: "contact" };
    await keepDrifts(db(), place, [drift], 1_000, 2);
    await keepDrifts(db(), place, at.drifts, 1_000, 3);
    const done = [{ poke: read, entityId: "e1" }];
    const before = work({ entities: [entityCommit()], done, drifted: [held] });
    const { again } = await commit(db(), "birth", before, 4);
    expect(again).toEqual(at.again);
    expect((await waiting(key())).length).toBe(at.again.length);
  });
});

describe("a poke that is removed and comes again", () => {
  const again = async () => {
    await put(poke());
    const [read] = await waiting(key());
    if (read === undefined) throw new Error("no poke");
    // Two jobs read it, one is through, and somebody edits the record again.
    await commit(db(), "c", work({ done: [{ poke: read, entityId: null }] }), 2_000);
    await putPokes(db(), [poke()], 3_000);
    return read;
  };
  const left = async () =>
    (await waiting(key())).map(({ dueAt, heldBy, firstAt }) => ({ dueAt, heldBy, firstAt }));

  it("is not the one that another job read before: it stays, and stays due", async () => {
    const read = await again();
    await pause(db(), { scope: "all", reason: "r" }, { by: "olga", at: 1, salt: "s" });
    const defer = [{ poke: read, dueAt: 9_999, attempted: true }];
    const hold = [{ poke: read, by: "pause:all" }];
    const done = [{ poke: read, entityId: null }];
    for (const one of [{ defer }, { hold }, { done }]) {
      await commit(db(), "d", work(one), 4_000);
      expect(await left()).toEqual([{ dueAt: 3_000, heldBy: null, firstAt: 3_000 }]);
    }
  });
});

describe("the bill", () => {
  it("loads a hundred records of ten thousand without reading the others", async () => {
    const many = Array.from({ length: 10_000 }, (_, index) =>
      intent({
        entityId: `e${index}`,
        birth: { object: "contact", links: [{ ...key(String(index)), url: null }] },
      }),
    );
    for (let at = 0; at < many.length; at += 1_000) {
      await intend(db(), "c", many.slice(at, at + 1_000), 1);
    }
    const keys = Array.from({ length: 100 }, (_, index) => key(String(index * 97)));
    const counted = db();
    const { entities } = await load(counted, keys);
    expect(entities.size).toBe(100);
    expect(counted.count.roundTrips).toBe(1);
    expect(counted.count.rowsRead).toBeLessThan(3_000);
  });

  it("removes a hundred pokes of ten thousand without reading the others", async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => poke({ recordId: String(index) }));
    for (let at = 0; at < many.length; at += 1_000) await put(...many.slice(at, at + 1_000));
    const keys = Array.from({ length: 100 }, (_, index) => key(String(index)));
    const done = (await waiting(...keys)).map((one) => ({ poke: one, entityId: null }));
    const counted = db();
    await commit(counted, "c", work({ done }), 1);
    expect(counted.count.rowsRead).toBeLessThan(3_000);
    expect(counted.count.rowsWritten).toBe(100);
  });
});
