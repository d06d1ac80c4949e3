/**
 * What every connector promises, as one suite that runs on all of them. A harness says how a
 * system is set up, edited by people and made to answer badly; the rows say what must be true
 * whatever it does. The invariant under test: what is said to be done is done, what is said to
 * have failed did not happen, and nothing is ever guessed.
 */
import { beforeEach, describe, expect, it } from "vitest";
import type { FieldName, Fields, Held } from "../../shared/record.ts";
import {
  type Connector,
  ConnectorError,
  type IncomingWebhook,
  type Recovery,
  type WriteOperation,
  type WriteOutcome,
} from "../../worker/connectors/connector.ts";
import { driftOf } from "../../worker/connectors/drift.ts";
import { equal } from "../../worker/core/canonical.ts";
import type { ObjectMapping } from "../../worker/core/rules.ts";

export type Fetch = (request: Request) => Promise<Response>;

/** The network between connector and system; the suite breaks it. */
export interface Network {
  /** Wraps the system's fetch. The connector must get this one, and nothing else. */
  readonly through: (fetch: Fetch) => Fetch;
}

/** One system with no records, and a connector to it. */
export interface World {
  readonly connector: Connector;
  readonly mapping: ObjectMapping;
  /** Somebody at the system's own screen. Values are canonical. */
  readonly person: {
    create(set: Fields): string;
    update(id: string, set: Fields): void;
    archive(id: string): void;
  };
  /** Ids of all live records of the mapped object. */
  liveIds(): readonly string[];
  /** Moves the clock. */
  pass(delayMs: number): void;
  readonly now: () => number;
  /** The webhooks the system has sent since it was last asked, as the Worker would see them. */
  webhooks(): Promise<readonly IncomingWebhook[]>;
  /** The same webhook, signed with a secret that is not ours. */
  forged(webhook: IncomingWebhook): Promise<IncomingWebhook>;
}

export interface Harness {
  readonly name: string;
  world(network: Network): World;
  /** Fields of a valid record, another one for every number. */
  record(number: number): Fields;
  /** The field records are found by; `record` gives each another value. */
  readonly identity: FieldName;
  /** A field that takes any text, and none. */
  readonly text: FieldName;
  /** A canonical value that the mapping lets through and the system refuses; null if none. */
  readonly refused: { readonly field: FieldName; readonly value: Held } | null;
  /** Values, by field, that must come back as they were written. */
  readonly samples: Readonly<Record<FieldName, readonly Held[]>>;
  /** An id of the right form that no record has. */
  readonly absentId: string;
  /** Whether the system refuses a second record with the same identity. */
  readonly identityUnique: boolean;
  /** False where that refusal does not say which record it is. */
  readonly isTwinNamed?: false;
  /** Calls a read takes beside one for each batch, as for associations. */
  readonly readCallsBeside?: number;
  /** Whether the system can destroy this object's records for good. */
  readonly erasable: boolean;
  /** What the system answers when called too often, and when the token is not accepted. */
  tooMany(): Response;
  tokenRefused(): Response;
  /** Changes the rows of a batch answer; null if the body is no batch answer. */
  changeRows(
    body: unknown,
    change: (rows: readonly unknown[]) => readonly unknown[],
  ): unknown | null;
  /** Headers of a webhook that its verification rests on. */
  readonly signedHeaders: readonly string[];
  /** Every event of a delivery, twice. */
  doubled(body: Uint8Array): Uint8Array;
  /** Deliveries that are genuine in form and none of our business. */
  foreign(body: Uint8Array): readonly Uint8Array[];
}

export function conformance(harness: Harness): void {
  describe(`${harness.name} as a connector`, () => {
    readingRows(harness);
    findingRows(harness);
    writingRows(harness);
    refusedRows(harness);
    endingRows(harness);
    truthRows(harness);
    lossRows(harness);
    unknownRows(harness);
    walkingRows(harness);
    deliveryRows(harness);
    verificationRows(harness);
  });
}

function readingRows(harness: Harness): void {
  const { text, absentId, record } = harness;
  const { capabilities } = probe(harness);
  const suite = setUp(harness);

  it("answers for every id asked for, once", async () => {
    const { world } = suite;
    const ids = makeMany(world, harness, 3);
    const asked = [...ids, absentId, ids[0]!];
    const answers = await world.connector.read(world.mapping, asked);
    expect([...answers.keys()].sort()).toEqual([...new Set(asked)].sort());
    expect(answers.get(absentId)).toEqual({ kind: "missing" });
    for (const id of ids) expect(answers.get(id)).toMatchObject({ kind: "found", record: { id } });
  });

  it("tells blank from unknown: a mapped field that is empty is held, as null", async () => {
    const { world } = suite;
    const id = world.person.create({ ...record(1), [text]: null });
    expect((await readOne(world, id)).fields[text]).toMatchObject({ kind: "held", value: null });
  });

  it("does not say missing of an archived record that is still there, nor live", async () => {
    const { world } = suite;
    const id = world.person.create(record(1));
    world.person.archive(id);
    const answer = (await world.connector.read(world.mapping, [id])).get(id);
    if (answer?.kind === "found") expect(answer.record.archived).toBe(true);
    else expect(answer?.kind).toBe("missing");
  });

  it("needs no more calls than its batch size says", async () => {
    const { world } = suite;
    const ids = makeMany(world, harness, world.connector.capabilities.readBatch * 2 + 1);
    await world.connector.read(world.mapping, ids.slice(0, 1));
    suite.network.calls = 0;
    const answers = await world.connector.read(world.mapping, ids);
    expect([...answers.values()].every((answer) => answer.kind === "found")).toBe(true);
    expect(suite.network.calls).toBe(3 + (harness.readCallsBeside ?? 0));
  });

  it.runIf(capabilities.fieldTimestamps)("says when and by whom a field was set", async () => {
    const { world } = suite;
    const id = world.person.create({ ...record(1), [text]: "before" });
    world.pass(60_000);
    const at = world.now();
    world.person.update(id, { [text]: "after" });
    const seen = (await readOne(world, id)).fields[text];
    expect(seen).toMatchObject({ kind: "held", value: "after", actor: { kind: "person" } });
    expect(Math.abs((seen?.at ?? 0) - at)).toBeLessThanOrEqual(1_000);
  });

  for (const [field, values] of Object.entries(harness.samples)) {
    it(`gives back what was written to ${field}`, async () => {
      const { world } = suite;
      const id = world.person.create(record(1));
      for (const value of values) {
        const outcomes = await write(world, [update("round-trip", id, { [field]: value })]);
        expect(outcomes.get("round-trip")?.kind).toBe("done");
        expect((await readOne(world, id)).fields[field]).toMatchObject({ kind: "held", value });
      }
    });
  }
}

function findingRows(harness: Harness): void {
  const { identity, record } = harness;
  const suite = setUp(harness);

  it("finds records by an identity value, and nobody for a value nobody has", async () => {
    const { world } = suite;
    const ids = makeMany(world, harness, 3);
    world.pass(60_000);
    const values = [1, 2, 9].map((number) => String(record(number)[identity]));
    const found = await world.connector.find(world.mapping, identity, values);
    expect(found.map((each) => each.id).sort()).toEqual([ids[0], ids[1]].sort());
    expect(await world.connector.find(world.mapping, identity, values.slice(2))).toEqual([]);
    expect(await world.connector.find(world.mapping, identity, [])).toEqual([]);
  });

  it("finds more values than fit in one call", async () => {
    const { world } = suite;
    const ids = makeMany(world, harness, 120);
    world.pass(60_000);
    const values = ids.map((_, index) => String(record(index + 1)[identity]));
    const found = await world.connector.find(world.mapping, identity, values);
    expect(new Set(found.map((each) => each.id))).toEqual(new Set(ids));
  });

  it("finds created records by their key at once, and says nothing of other keys", async () => {
    const { world } = suite;
    await write(world, [create("c1", "key-1", record(1)), create("c2", "key-2", record(2))]);
    const found = await world.connector.findByKey(world.mapping, ["key-1", "key-2", "key-3"]);
    expect([...found.keys()].sort()).toEqual(["key-1", "key-2"]);
    expect(found.get("key-2")?.fields[identity]).toMatchObject({
      value: record(2)[identity],
    });
    expect((await world.connector.findByKey(world.mapping, [])).size).toBe(0);
  });

  it("throws rather than say that nobody was found, when it could not ask", async () => {
    const { world, network } = suite;
    makeMany(world, harness, 1);
    const values = [String(record(1)[identity])];
    for (const [fault, kind] of refusals(harness)) {
      network.fault = fault;
      await expectError(world.connector.find(world.mapping, identity, values), kind);
      await expectError(world.connector.findByKey(world.mapping, ["key-1"]), kind);
    }
  });
}

function writingRows(harness: Harness): void {
  const { text, record } = harness;
  const suite = setUp(harness);

  it("creates once, however often the same key is sent", async () => {
    const { world } = suite;
    const first = await write(world, [create("c1", "key-1", record(1))]);
    const again = await write(world, [create("c2", "key-1", record(1))]);
    expect(first.get("c1")).toMatchObject({ kind: "done" });
    expect(again.get("c2")).toMatchObject({ kind: "done" });
    expect(idOf(again.get("c2"))).toBe(idOf(first.get("c1")));
    expect(world.liveIds()).toEqual([idOf(first.get("c1"))]);
  });

  it("clears a field with null, and leaves fields alone that it is not told to set", async () => {
    const { world } = suite;
    const id = world.person.create({ ...record(1), [text]: "something" });
    await write(world, [update("u1", id, { [text]: null })]);
    const seen = await readOne(world, id);
    expect(seen.fields[text]).toMatchObject({ kind: "held", value: null });
    expect(seen.fields[harness.identity]).toMatchObject({ value: record(1)[harness.identity] });
  });

  it("answers done with what the record now holds", async () => {
    const { world } = suite;
    const id = world.person.create(record(1));
    const outcome = (await write(world, [update("u1", id, { [text]: "new" })])).get("u1");
    expect(outcome).toMatchObject({ kind: "done", record: { id } });
    if (outcome?.kind === "done") {
      expect(outcome.record.fields[text]).toMatchObject({ kind: "held", value: "new" });
    }
  });

  it("needs no more calls than its batch size says", async () => {
    const { world, network } = suite;
    const count = world.connector.capabilities.writeBatch + 1;
    const ids = makeMany(world, harness, count);
    await write(world, [update("warm", ids[0]!, { [text]: "warm" })]);
    network.calls = 0;
    const updates = ids.map((id, index) => update(`u${index}`, id, { [text]: "all" }));
    expect(kindsOf(await write(world, updates))).toEqual({ done: count });
    expect(network.calls).toBe(2);
    network.calls = 0;
    const creates = ids.map((_, index) =>
      create(`c${index}`, `key-${index}`, record(1_000 + index)),
    );
    expect(kindsOf(await write(world, creates))).toEqual({ done: count });
    expect(network.calls).toBe(2);
  });
}

function refusedRows(harness: Harness): void {
  const { text, record, absentId, refused } = harness;
  const { capabilities } = probe(harness);
  const suite = setUp(harness);

  it("lets one record that is gone stop no other", async () => {
    const { world } = suite;
    const ids = makeMany(world, harness, 4);
    const operations = [...ids, absentId].map((id) => update(id, id, { [text]: "new" }));
    const outcomes = await write(world, operations);
    expect(outcomes.get(absentId)).toMatchObject({
      kind: "failed",
      error: { kind: "skip_record" },
    });
    for (const id of ids) expect(outcomes.get(id)?.kind).toBe("done");
  });

  if (refused !== null) {
    it("lets one refused value stop no other record, and names its field", async () => {
      const { world } = suite;
      const ids = makeMany(world, harness, 9);
      const operations = ids.map((id, index) =>
        update(id, id, index === 4 ? { [refused.field]: refused.value } : { [text]: "new" }),
      );
      const outcomes = await write(world, operations);
      expect(outcomes.get(ids[4]!)).toMatchObject({
        kind: "failed",
        error: { kind: "skip_record", field: refused.field },
      });
      expect(kindsOf(outcomes)).toEqual({ done: 8, failed: 1 });
    });

    it("lets one refused value stop no other creation", async () => {
      const { world } = suite;
      const operations = [1, 2, 3].map((number) => {
        const bad = number === 2 ? { [refused.field]: refused.value } : {};
        return create(`c${number}`, `key-${number}`, { ...record(number), ...bad });
      });
      expect(kindsOf(await write(world, operations))).toEqual({ done: 2, failed: 1 });
      expect(world.liveIds()).toHaveLength(2);
    });
  }

  it.runIf(harness.identityUnique)("says so when a record has the same identity", async () => {
    const { world } = suite;
    const id = world.person.create(record(1));
    const outcomes = await write(world, [
      create("c1", "key-1", record(1)),
      create("c2", "key-2", record(2)),
    ]);
    const recordId = harness.isTwinNamed === false ? null : id;
    expect(outcomes.get("c1")).toMatchObject({ kind: "exists", recordId });
    expect(outcomes.get("c2")).toMatchObject({ kind: "done" });
  });

  it.runIf(capabilities.compareAndSet)("writes nothing over a newer version", async () => {
    const { world } = suite;
    const id = world.person.create({ ...record(1), [text]: "old" });
    const { version } = await readOne(world, id);
    world.pass(60_000);
    world.person.update(id, { [text]: "theirs" });
    const operation = { ...update("u1", id, { [text]: "ours" }), expectedVersion: version! };
    expect((await write(world, [operation])).get("u1")?.kind).toBe("stale");
    expect((await readOne(world, id)).fields[text]).toMatchObject({ value: "theirs" });
  });
}

function endingRows(harness: Harness): void {
  const suite = setUp(harness);

  it("archives, and does not mind when that is done already", async () => {
    const { world } = suite;
    const [id = "", other = ""] = makeMany(world, harness, 2);
    const archive: WriteOperation = { kind: "archive", operationId: "a1", recordId: id };
    expect((await write(world, [archive])).get("a1")?.kind).toBe("done");
    expect((await write(world, [archive])).get("a1")?.kind).toBe("done");
    expect(world.liveIds()).toEqual([other]);
  });

  it("erases for good, or says that it cannot", async () => {
    const { world } = suite;
    const [id = "", other = ""] = makeMany(world, harness, 2);
    const erase: WriteOperation = { kind: "erase", operationId: "e1", recordId: id };
    const outcome = (await write(world, [erase])).get("e1");
    if (!harness.erasable) {
      expect(outcome).toMatchObject({ kind: "failed", error: { kind: "give_up" } });
      return;
    }
    expect(outcome?.kind).toBe("done");
    expect((await world.connector.read(world.mapping, [id])).get(id)).toEqual({ kind: "missing" });
    expect(world.liveIds()).toEqual([other]);
  });
}

/** Whatever goes wrong on the way, the answers stay true. */
function truthRows(harness: Harness): void {
  const { text, record } = harness;
  const suite = setUp(harness);

  for (const [name, fault] of faults(harness)) {
    it(`says of live records that they are there, or that it does not know: ${name}`, async () => {
      const { world, network } = suite;
      const ids = makeMany(world, harness, 5);
      network.fault = fault;
      const answers = await world.connector.read(world.mapping, ids);
      expect([...answers.keys()].sort()).toEqual([...ids].sort());
      for (const [id, answer] of answers) {
        if (answer.kind === "found") expect(answer.record.id).toBe(id);
        else expect(answer.kind).toBe("unknown");
      }
    });

    it(`says done, failed and unknown truly: ${name}`, async () => {
      const { world, network } = suite;
      const ids = makeMany(world, harness, 5);
      const operations: WriteOperation[] = [
        ...ids.map((id) => update(id, id, { [text]: "new" })),
        ...[7, 8, 9].map((number) => create(`key-${number}`, `key-${number}`, record(number))),
      ];
      network.fault = fault;
      const outcomes = await write(world, operations);
      network.fault = null;
      const byId = await world.connector.read(world.mapping, ids);
      const byKey = await world.connector.findByKey(world.mapping, ["key-7", "key-8", "key-9"]);
      for (const [operationId, outcome] of outcomes) {
        const answer = byId.get(operationId);
        const seen = answer?.kind === "found" ? answer.record.fields[text] : undefined;
        const updated = seen?.kind === "held" && equal(seen.value, "new");
        const applied = operationId.startsWith("key-") ? byKey.has(operationId) : updated;
        if (outcome.kind === "done") expect(applied, operationId).toBe(true);
        else if (outcome.kind === "failed") expect(applied, operationId).toBe(false);
        else expect(outcome.kind).toBe("unknown");
      }
    });
  }
}

function lossRows(harness: Harness): void {
  const { text } = harness;
  const suite = setUp(harness);

  it("matches answers by what names the record, in whatever order they come", async () => {
    const { world, network } = suite;
    const ids = makeMany(world, harness, 5);
    network.fault = rowsChanged(harness, (rows) => [...rows].reverse());
    const outcomes = await write(
      world,
      ids.map((id) => update(`of-${id}`, id, { [text]: `for ${id}` })),
    );
    for (const id of ids) expect(idOf(outcomes.get(`of-${id}`))).toBe(id);
    const answers = await world.connector.read(world.mapping, ids);
    for (const [id, answer] of answers) {
      expect(answer).toMatchObject({
        kind: "found",
        record: { id, fields: { [text]: { value: `for ${id}` } } },
      });
    }
  });

  it("calls it unknown when the answer leaves a record out", async () => {
    const { world, network } = suite;
    const ids = makeMany(world, harness, 3);
    network.fault = rowsChanged(harness, (rows) => rows.slice(1));
    const answers = await world.connector.read(world.mapping, ids);
    expect([...answers.values()].map((answer) => answer.kind).sort()).toEqual([
      "found",
      "found",
      "unknown",
    ]);
    const updates = ids.map((id) => update(id, id, { [text]: "new" }));
    expect(kindsOf(await write(world, updates))).toEqual({ done: 2, unknown: 1 });
  });
}

function unknownRows(harness: Harness): void {
  const { text, record } = harness;
  const suite = setUp(harness);

  it("calls a write unknown when its answer is lost; reading settles it", async () => {
    const { world, network } = suite;
    const [id = ""] = makeMany(world, harness, 1);
    network.fault = answerLost;
    const outcomes = await write(world, [
      update("u1", id, { [text]: "new" }),
      create("c1", "key-1", record(5)),
    ]);
    network.fault = null;
    expect(outcomes.get("u1")?.kind).toBe("unknown");
    expect((await readOne(world, id)).fields[text]).toMatchObject({ value: "new" });
    const found = await world.connector.findByKey(world.mapping, ["key-1"]);
    // Creates wait for updates, so this one may not have been sent: then it has failed.
    expect(found.has("key-1")).toBe(outcomes.get("c1")?.kind === "unknown");
  });

  it("calls a creation unknown when its answer is lost; the key settles it", async () => {
    const { world, network } = suite;
    network.fault = answerLost;
    const outcome = (await write(world, [create("c1", "key-1", record(1))])).get("c1");
    network.fault = null;
    expect(outcome?.kind).toBe("unknown");
    const found = await world.connector.findByKey(world.mapping, ["key-1"]);
    expect(found.get("key-1")?.id).toBe(world.liveIds()[0]);
  });

  it("says what to do about a refusal of the whole call", async () => {
    const { world, network } = suite;
    const ids = makeMany(world, harness, 2);
    for (const [fault, kind] of refusals(harness)) {
      network.fault = fault;
      const answers = await world.connector.read(world.mapping, ids);
      const outcomes = await write(
        world,
        ids.map((id) => update(id, id, { [text]: "new" })),
      );
      for (const answer of answers.values()) {
        expect(answer).toMatchObject({ kind: "unknown", error: { kind } });
      }
      for (const outcome of outcomes.values()) {
        expect(outcome).toMatchObject({ kind: "failed", error: { kind } });
      }
    }
  });
}

function walkingRows(harness: Harness): void {
  const { text, record } = harness;
  const { list, changes, describe: describes } = probe(harness);
  const suite = setUp(harness);

  it.runIf(list)("lists every live record once, with its values", async () => {
    const { world } = suite;
    const ids = makeMany(world, harness, 230);
    world.person.archive(ids[7]!);
    const seen: string[] = [];
    let cursor: string | null = null;
    for (let more = true; more; ) {
      const page = await world.connector.list!(world.mapping, cursor);
      for (const item of page.items) {
        seen.push(item.id);
        const identity = record(ids.indexOf(item.id) + 1)[harness.identity];
        expect(item.fields[harness.identity]).toMatchObject({ kind: "held", value: identity });
      }
      ({ cursor, more } = page);
    }
    expect(seen.sort()).toEqual(ids.filter((_, index) => index !== 7).sort());
  });

  it.runIf(changes)("tells of every record that changed, and of later changes later", async () => {
    const { world } = suite;
    const [quiet = "", ...ids] = makeMany(world, harness, 5);
    world.pass(60 * 60_000);
    const since = world.now();
    for (const id of ids.slice(0, 2)) world.person.update(id, { [text]: "changed" });
    world.pass(60_000);
    const first = await walkChanges(world, { since });
    expect([...first.seen].sort()).toEqual(ids.slice(0, 2).sort());
    world.person.update(ids[3]!, { [text]: "later" });
    world.pass(60_000);
    const second = await walkChanges(world, { cursor: first.cursor });
    expect(second.seen).toContain(ids[3]);
    expect(second.seen).not.toContain(quiet);
  });

  it.runIf(changes)("throws rather than end a walk that it could not go on with", async () => {
    const { world, network } = suite;
    makeMany(world, harness, 2);
    for (const [fault, kind] of refusals(harness)) {
      network.fault = fault;
      await expectError(world.connector.changes!(world.mapping, { since: 0 }), kind);
      if (list) await expectError(world.connector.list!(world.mapping, null), kind);
    }
    await expectError(world.connector.changes!(world.mapping, { cursor: "?" }), "give_up");
  });

  it.runIf(describes)("describes every property that is mapped, and finds no drift", async () => {
    const { world } = suite;
    const description = await world.connector.describe!(world.mapping);
    const drift = driftOf(world.mapping, description);
    expect(drift.filter((each) => each.kind !== "name_new")).toEqual([]);
  });
}

async function walkChanges(world: World, from: { since: number } | { cursor: string }) {
  const seen = new Set<string>();
  for (;;) {
    const page = await world.connector.changes!(world.mapping, from);
    for (const id of page.items) seen.add(id);
    from = { cursor: page.cursor };
    if (!page.more) return { seen, cursor: page.cursor };
  }
}

/** A webhook about a record that a person made and changed. */
async function genuine(world: World, { record, text }: Harness): Promise<IncomingWebhook> {
  const id = world.person.create(record(1));
  world.person.update(id, { [text]: "told" });
  world.pass(60_000);
  return (await world.webhooks())[0]!;
}

function deliveryRows(harness: Harness): void {
  const suite = setUp(harness);

  it("pokes the records a delivery tells of, each once", async () => {
    const { world } = suite;
    const ids = makeMany(world, harness, 3);
    for (const id of ids) world.person.update(id, { [harness.text]: "told" });
    world.pass(60_000);
    const pokes = new Set<string>();
    for (const webhook of await world.webhooks()) {
      const delivery = await world.connector.delivery(webhook.body);
      const told = delivery.pokes.map((poke) => `${poke.object}/${poke.recordId}`);
      expect(new Set(told).size).toBe(told.length);
      for (const poke of told) pokes.add(poke);
    }
    expect([...pokes].sort()).toEqual(ids.map((id) => `${world.mapping.object}/${id}`).sort());
  });

  it("makes no more of a delivery whose events come twice", async () => {
    const { world } = suite;
    const { body } = await genuine(world, harness);
    const once = await world.connector.delivery(body);
    const twice = await world.connector.delivery(harness.doubled(body));
    expect(twice.pokes).toEqual(once.pokes);
  });

  it("claims nothing for the change of a person", async () => {
    const { world } = suite;
    const { pokes } = await world.connector.delivery((await genuine(world, harness)).body);
    expect(pokes.every((poke) => poke.echo === null)).toBe(true);
  });

  it("counts what is none of our business, and makes nothing of it", async () => {
    const { world } = suite;
    const { body } = await genuine(world, harness);
    for (const foreign of harness.foreign(body)) {
      const delivery = await world.connector.delivery(foreign);
      expect(delivery.pokes).toEqual([]);
      expect(Object.values(delivery.ignored).reduce((sum, count) => sum + count, 0)).toBe(1);
    }
  });

  it("refuses a malformed delivery for good", async () => {
    const { world } = suite;
    for (const text of ["", "{", "null", "42", '"text"', "[1", "\uFFFE"]) {
      const body = new TextEncoder().encode(text);
      await expectError(world.connector.delivery(body), "give_up");
    }
    await expectError(world.connector.delivery(new Uint8Array([0x5b, 0xff, 0x5d])), "give_up");
  });
}

function verificationRows(harness: Harness): void {
  const suite = setUp(harness);

  it("takes a genuine, fresh delivery for what it is", async () => {
    const { world } = suite;
    expect(await world.connector.verify(await genuine(world, harness))).toBeNull();
  });

  it("refuses a delivery that is forged, tampered with, elsewhere, old or early", async () => {
    const { world } = suite;
    const webhook = await genuine(world, harness);
    const tampered = webhook.body.slice();
    tampered[tampered.length - 2]! ^= 1;
    const cases: Readonly<Record<string, IncomingWebhook>> = {
      forged: await world.forged(webhook),
      tampered: { ...webhook, body: tampered },
      empty: { ...webhook, body: new Uint8Array() },
      longer: { ...webhook, body: new Uint8Array([...webhook.body, 0x20]) },
      elsewhere: { ...webhook, url: webhook.url.replace("https://", "https://not-") },
      old: { ...webhook, now: webhook.now + 301_000 },
      future: { ...webhook, now: webhook.now - 301_000 },
      unsigned: { ...webhook, headers: new Headers() },
    };
    for (const [name, bad] of Object.entries(cases)) {
      expect(await world.connector.verify(bad), name).toEqual(expect.any(String));
    }
    for (const header of harness.signedHeaders) {
      const headers = new Headers(webhook.headers);
      headers.set(header, "0");
      expect(await world.connector.verify({ ...webhook, headers }), header).not.toBeNull();
    }
  });
}

type Fault = (request: Request, pass: Fetch) => Promise<Response>;

interface Suite {
  world: World;
  network: { fault: Fault | null; calls: number };
}

const probe = (harness: Harness) => harness.world({ through: (fetch) => fetch }).connector;

function setUp(harness: Harness): Suite {
  const suite = {} as Suite;
  beforeEach(() => {
    const network: Suite["network"] = { fault: null, calls: 0 };
    suite.network = network;
    suite.world = harness.world({
      through: (fetch) => (request) => {
        network.calls += 1;
        return network.fault === null ? fetch(request) : network.fault(request, fetch);
      },
    });
  });
  return suite;
}

const answerLost: Fault = async (request, pass) => {
  await pass(request);
  throw new Error("connection reset");
};

const answered = (body: string, status: number): Fault => {
  const headers = { "content-type": "text/html" };
  return async () => new Response(body, { status, headers });
};

const answeredAfterwards = (body: string, status: number): Fault => {
  return async (request, pass) => {
    await pass(request);
    return new Response(body, { status });
  };
};

function rowsChanged(
  harness: Harness,
  change: (rows: readonly unknown[]) => readonly unknown[],
): Fault {
  return async (request, pass) => {
    const response = await pass(request);
    const body = await response.clone().text();
    const changed = body === "" ? null : harness.changeRows(JSON.parse(body), change);
    if (changed === null) return response;
    return Response.json(changed, { status: response.status });
  };
}

function refusals(harness: Harness): readonly (readonly [Fault, Recovery])[] {
  return [
    [async () => harness.tooMany(), "rate_limited"],
    [async () => harness.tokenRefused(), "reauthorize"],
  ];
}

function faults(harness: Harness): readonly (readonly [string, Fault])[] {
  return [
    ["rows come in another order", rowsChanged(harness, (rows) => [...rows].reverse())],
    ["a row is left out", rowsChanged(harness, (rows) => rows.slice(0, -1))],
    ["all rows are left out", rowsChanged(harness, () => [])],
    ["rows are nonsense", rowsChanged(harness, (rows) => rows.map(() => ({ oops: true })))],
    ["no connection", () => Promise.reject(new Error("connection refused"))],
    ["the answer is lost", answerLost],
    ["prose with 200", answered("<p>All is well.</p>", 200)],
    ["prose with 200, applied", answeredAfterwards("All is well.", 200)],
    ["null with 200, applied", answeredAfterwards("null", 200)],
    ["a gateway's page", answered("<h1>Bad gateway</h1>", 502)],
    ["a gateway's page, applied", answeredAfterwards("<h1>Gateway timeout</h1>", 504)],
    ["too many calls", async () => harness.tooMany()],
    ["the token is refused", async () => harness.tokenRefused()],
    ["a redirect", async () => new Response(null, { status: 302, headers: { location: "/" } })],
  ];
}

function makeMany(world: World, harness: Harness, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) =>
    world.person.create(harness.record(index + 1)),
  );
}

async function readOne(world: World, id: string) {
  const answer = (await world.connector.read(world.mapping, [id])).get(id);
  expect(answer?.kind).toBe("found");
  if (answer?.kind !== "found") throw new Error("not found");
  return answer.record;
}

/** Writes, and holds the connector to one outcome for each operation. */
async function write(
  world: World,
  operations: readonly WriteOperation[],
): Promise<ReadonlyMap<string, WriteOutcome>> {
  const outcomes = await world.connector.write(world.mapping, operations);
  const ids = (each: readonly { readonly operationId: string }[]) =>
    each.map(({ operationId }) => operationId).sort();
  expect(ids(outcomes)).toEqual(ids(operations));
  return new Map(outcomes.map((outcome) => [outcome.operationId, outcome]));
}

function update(operationId: string, recordId: string, set: Fields) {
  return { kind: "update" as const, operationId, recordId, set };
}

function create(operationId: string, key: string, set: Fields) {
  return { kind: "create" as const, operationId, key, set };
}

function idOf(outcome: WriteOutcome | undefined): string | undefined {
  return outcome?.kind === "done" ? outcome.record.id : undefined;
}

function kindsOf(outcomes: ReadonlyMap<string, WriteOutcome>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of outcomes.values()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

async function expectError(promise: Promise<unknown>, kind: Recovery): Promise<void> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConnectorError);
  expect((error as ConnectorError).kind).toBe(kind);
}
