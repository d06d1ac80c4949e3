/**
 * What every connector promises of fields of references, beside `conformance.ts`: ids of the
 * system's own records go in and out, also where a change of them leaves the record's own time as
 * it was. The invariant under test: what is said of a reference is what the system holds.
 */
import { beforeEach, describe, expect, it } from "vitest";
import type { FieldName, Fields, Held } from "../../shared/record.ts";
import type { WriteOperation, WriteOutcome } from "../../worker/connectors/connector.ts";
import type { World } from "./conformance.ts";

export interface ReferringWorld extends World {
  /** Makes records that the field may lead to. */
  others(field: FieldName, count: number): readonly string[];
  /** Somebody at the system's own screen makes the field hold exactly these. */
  refer(id: string, field: FieldName, ids: readonly string[]): void;
}

export interface ReferringHarness {
  readonly name: string;
  world(): ReferringWorld;
  /** Fields of a valid record, another one for every number. */
  record(number: number): Fields;
  /** Its fields of references, and how many records each leads to. */
  readonly references: Readonly<Record<FieldName, "one" | "many">>;
  /** An id of the right form that no record has. */
  readonly absentId: string;
  /** Whether a webhook tells that a reference changed. */
  readonly isTold: boolean;
}

export function referenceConformance(harness: ReferringHarness): void {
  for (const [field, arity] of Object.entries(harness.references)) {
    describe(`${harness.name}, ${field}`, () => {
      readingRows(harness, field, arity);
      writingRows(harness, field, arity);
      noticingRows(harness, field, arity);
    });
  }
}

type Arity = "one" | "many";

const setOf = (ids: readonly string[], arity: Arity): Held =>
  ids.length === 0 ? null : arity === "many" ? [...ids].sort() : ids[0]!;

function readingRows(harness: ReferringHarness, field: FieldName, arity: Arity): void {
  const suite = setUp(harness);

  it("is what people made it, and blank where they made it nothing", async () => {
    const { world } = suite;
    const [some = "", none = ""] = [1, 2].map((number) => made(world, harness, number));
    const others = world.others(field, arity === "many" ? 3 : 1).toReversed();
    world.refer(some, field, others);
    expect(await held(world, some, field)).toEqual(setOf(others, arity));
    expect(await held(world, none, field)).toBeNull();
  });

  it("is on the list as it is in a read", async () => {
    const { world } = suite;
    const [some = "", none = ""] = [1, 2].map((number) => made(world, harness, number));
    const others = world.others(field, 1);
    world.refer(some, field, others);
    expect(await listed(world, field)).toEqual(
      new Map([
        [some, setOf(others, arity)],
        [none, null],
      ]),
    );
  });
}

function writingRows(harness: ReferringHarness, field: FieldName, arity: Arity): void {
  const suite = setUp(harness);

  it("is set, changed and cleared, and what is answered is what is held", async () => {
    const { world } = suite;
    const id = made(world, harness, 1);
    const [a = "", b = "", c = ""] = world.others(field, 3);
    for (const ids of arity === "many" ? [[a, b], [b, c], [c], []] : [[a], [b], []]) {
      const value = setOf(ids, arity);
      const outcome = await writeOne(world, update(id, { [field]: value }));
      expect(outcome).toMatchObject({ kind: "done", record: { id } });
      if (outcome.kind === "done") {
        expect(outcome.record.fields[field]).toMatchObject({ kind: "held", value });
      }
      expect(await held(world, id, field)).toEqual(value);
    }
  });

  it("goes along with a creation, once however often that is sent", async () => {
    const { world } = suite;
    const value = setOf(world.others(field, arity === "many" ? 2 : 1), arity);
    const create = {
      kind: "create" as const,
      operationId: "c1",
      key: "key-1",
      set: { ...harness.record(1), [field]: value },
    };
    for (const _ of [1, 2]) expect((await writeOne(world, create)).kind).toBe("done");
    const found = (await world.connector.findByKey(world.mapping, ["key-1"])).get("key-1");
    expect(found?.fields[field]).toMatchObject({ kind: "held", value });
    expect(world.liveIds()).toHaveLength(1);
  });

  it("that leads nowhere stops no other, and is named", async () => {
    const { world } = suite;
    const [bad = "", good = ""] = [1, 2].map((number) => made(world, harness, number));
    const [other = ""] = world.others(field, 1);
    const outcomes = await world.connector.write(world.mapping, [
      update(bad, { [field]: setOf([harness.absentId], arity) }),
      update(good, { [field]: setOf([other], arity) }),
    ]);
    const byId = new Map(outcomes.map((outcome) => [outcome.operationId, outcome]));
    expect(byId.get(bad)).toMatchObject({ kind: "failed", error: { field } });
    expect(byId.get(good)?.kind).toBe("done");
    expect(await held(world, bad, field)).toBeNull();
  });
}

function noticingRows(harness: ReferringHarness, field: FieldName, arity: Arity): void {
  const suite = setUp(harness);

  it("that changed is on the list, whatever the record's own time says", async () => {
    const { world } = suite;
    const id = made(world, harness, 1);
    const [before = "", after = ""] = world.others(field, 2);
    world.refer(id, field, [before]);
    expect(await listed(world, field)).toEqual(new Map([[id, setOf([before], arity)]]));
    world.pass(60_000);
    world.refer(id, field, [after]);
    expect(await listed(world, field)).toEqual(new Map([[id, setOf([after], arity)]]));
  });

  it.runIf(harness.isTold)("that people change is a poke of the record that holds it", async () => {
    const { world } = suite;
    const id = made(world, harness, 1);
    const others = world.others(field, 1);
    world.pass(60_000);
    await world.webhooks();
    for (const ids of [others, []]) {
      world.refer(id, field, ids);
      world.pass(60_000);
      expect(await poked(world)).toContain(`${world.mapping.object}/${id}`);
    }
  });
}

function setUp(harness: ReferringHarness): { world: ReferringWorld } {
  const suite = {} as { world: ReferringWorld };
  beforeEach(() => {
    suite.world = harness.world();
  });
  return suite;
}

const made = (world: World, { record }: ReferringHarness, number: number): string =>
  world.person.create(record(number));

const update = (recordId: string, set: Fields) => {
  return { kind: "update" as const, operationId: recordId, recordId, set };
};

async function writeOne(world: World, operation: WriteOperation): Promise<WriteOutcome> {
  const [outcome] = await world.connector.write(world.mapping, [operation]);
  return outcome!;
}

async function held(world: World, id: string, field: FieldName): Promise<Held | undefined> {
  const answer = (await world.connector.read(world.mapping, [id])).get(id);
  const seen = answer?.kind === "found" ? answer.record.fields[field] : undefined;
  return seen?.kind === "held" ? seen.value : undefined;
}

async function listed(world: World, field: FieldName) {
  const { items } = await world.connector.list!(world.mapping, null);
  return new Map(
    items.map(({ id, fields }) => {
      const seen = fields[field];
      return [id, seen?.kind === "held" ? seen.value : undefined];
    }),
  );
}

async function poked(world: World): Promise<readonly string[]> {
  const pokes: string[] = [];
  for (const webhook of await world.webhooks()) {
    const delivery = await world.connector.delivery(webhook.body);
    pokes.push(...delivery.pokes.map(({ object, recordId }) => `${object}/${recordId}`));
  }
  return pokes;
}
