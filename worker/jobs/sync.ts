/**
 * The one job. Whatever brought a record here (webhook, poll, scan, a person, a replay), it is read
 * in every system, compared with base, decided, written, and committed. At the floor this costs a
 * hundred changed records three D1 round trips and one read and one write call per system.
 */
import type { EntityId, FieldName, SystemId } from "../../shared/record.ts";
import type { WriteOutcome } from "../connectors/connector.ts";
import { commit } from "../store/commit.ts";
import type { Commit, NewException } from "../store/commit-types.ts";
import { type Database, database, StoreError } from "../store/database.ts";
import { type EntityIntent, intend } from "../store/intents.ts";
import { type LoadedPoke, load } from "../store/load.ts";
import { keyText, putPokes, type RecordKey } from "../store/mailbox.ts";
import { wakeWaiting } from "../store/waiting.ts";
import { type Adopted, adopt } from "./adopt.ts";
import { type Concluded, conclude, lostRace } from "./conclude.ts";
import { deadLetterOf } from "./conclude-exceptions.ts";
import { fateOfUnread } from "./conclude-fate.ts";
import { type JobContext, limits, objectOf } from "./context.ts";
import { type Decided, decide } from "./decide.ts";
import { keepDeleted } from "./dropped.ts";
import { type Erased, erase } from "./erase.ts";
import { type Gathered, gather, readAll, type Wanted, want } from "./gather.ts";
import { confirmGone } from "./gone.ts";
import { type Held, holdWrites } from "./holds.ts";
import { followMerges, type Redirected, redirectMerged } from "./merge.ts";
import { propagate } from "./propagate.ts";
import { recover } from "./recover.ts";
import { createReferences, placeReferences, referringFields } from "./references.ts";
import { judgeRivals } from "./rivals.ts";
import { checkAgain } from "./schema.ts";
import type { Subject } from "./subject.ts";

export async function sync(context: JobContext, keys: readonly RecordKey[]): Promise<void> {
  const unique = distinct(keys);
  for (let at = 0; at < unique.length; at += limits.batchRecords) {
    await isolated(context, unique.slice(at, at + limits.batchRecords));
  }
}

/**
 * A fault of ours on one record never stops the others: the batch is halved until the record is
 * alone, and that one becomes an exception. Faults of the database are nobody's in particular.
 */
async function isolated(context: JobContext, keys: readonly RecordKey[]): Promise<void> {
  try {
    await syncBatch(context, keys);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const reason = error instanceof Error ? error.message : "unknown";
    context.log({ event: "sync.failed", pokes: keys.length, reason });
    const [only, ...others] = keys;
    if (only === undefined) return;
    if (others.length === 0) return setAside(context, only, reason);
    const half = Math.ceil(keys.length / 2);
    await isolated(context, keys.slice(0, half));
    await isolated(context, keys.slice(half));
  }
}

async function setAside(context: JobContext, key: RecordKey, reason: string): Promise<void> {
  const db = database(context.d1);
  const { pokes, entityOf } = await load(db, [key]);
  const poke = pokes.get(keyText(key));
  if (poke === undefined) return;
  const told = unreadable(context, poke, `An error of ours: ${reason}`);
  const entityId = entityOf.get(keyText(key)) ?? null;
  const subject = entityId === null ? told.subject : deadLetterOf(entityId, key.system);
  const work: Commit = {
    ...nothing,
    raise: [{ ...told, entityId, subject }],
    done: [{ poke, entityId: null }],
  };
  const { raised } = await commit(db, context.newId(), work, context.now());
  await context.announce(raised);
}

const nothing: Commit = {
  entities: [],
  raise: [],
  answered: [],
  done: [],
  strangers: { raise: [], done: [] },
  abandon: [],
  hold: [],
  defer: [],
  drifted: [],
};

async function syncBatch(house: JobContext, keys: readonly RecordKey[]): Promise<void> {
  const startedAt = house.now();
  const commitId = house.newId();
  const db = database(house.d1);

  const loaded = await load(db, keys, referringIn(house, keys));
  const references = createReferences(db, loaded.neighbours);
  const context: JobContext = { ...house, references, drifted: loaded.drifted };
  const gathered = gather(context, loaded);
  const answers = await readAll(context, wantedOf(gathered));
  const read = gathered.known.map((subject) => ({ ...subject, answers: own(subject, answers) }));
  const here = new Set(read.map(({ entityId }) => entityId));
  const redirected = await redirectMerged(db, gathered.strangers, answers, here);
  const adopted = await adoptAny(context, db, redirected.strangers, answers);
  const { recovered, poke } = await followMerges(
    db,
    await recover(context, db, [...read, ...adopted.births]),
  );
  const erasing = gathered.erasing.map((one) => ({ ...one, answers: own(one, answers) }));
  const erased = await erase(context, db, commitId, erasing, loaded.paused);
  const sure = await keepDeleted(context, await confirmGone(context, recovered));
  const wished = sure.map((one) => decide(context, one, loaded.paused));
  const all = await placeReferences(context, wished);
  const parents = all.flatMap(({ waits }) => waits.map(({ parent }) => parent));
  const others = [...poke, ...redirected.poke, ...parents];
  // Before the commit: what waits for these must not be lost with this job.
  await putPokes(db, distinct(others).map(lookAgain), context.now());
  const holds = holdWrites(context, loaded, all);
  const decided = holds.go;
  const counts = { brakes: holds.counts, windowMs: context.rules.brake.windowMs };
  const lease = { commitId, plannedAt: context.now() };
  const won = await intend(db, commitId, intentsOf(decided), counts, lease.plannedAt);
  const writing = decided.filter(({ subject }) => won.has(subject.entityId));
  const outcomes = await judgeRivals(db, writing, await propagate(context, lease, writing));
  const concluded = decided.map((one) => ({
    decided: one,
    concluded:
      needsIntent(one) && !won.has(one.subject.entityId)
        ? lostRace
        : conclude(context, one, outcomes.get(one.subject.entityId) ?? noOutcomes),
  }));
  const parts = { gathered, adopted, redirected, results: concluded, holds, erased };
  const work = workOf(context, parts);
  const committed = await commit(db, commitId, work, context.now());

  const lost = work.entities.filter(({ entityId }) => !committed.entities.has(entityId));
  await ringAgain(context, work, concluded, new Set(lost.map(({ entityId }) => entityId)));
  await ringOthers(context, db, newlyLinked(adopted, work), [...others, ...committed.again]);
  if (committed.raised.length > 0) await context.announce(committed.raised);
  await checkAgain(house, refusedPlaces(writing, outcomes));
  context.log({
    event: "sync.attempted",
    commit: commitId,
    pokes: keys.length,
    echoes: gathered.echoes.length,
    busy: gathered.busy.length,
    entities: decided.length,
    born: adopted.births.length,
    writes: writing.reduce((sum, { writes }) => sum + writes.length, 0),
    lost: lost.length,
    raised: committed.raised.length,
    deferred: work.defer.length,
    held: work.hold.length,
    outcomes: countOutcomes(outcomes),
    roundTrips: db.count.roundTrips,
    rowsRead: db.count.rowsRead,
    rowsWritten: db.count.rowsWritten,
    durationMs: context.now() - startedAt,
  });
}

const referringIn = (context: JobContext, keys: readonly RecordKey[]): readonly FieldName[] => {
  const objects = new Set(keys.map(({ object }) => object));
  return [...new Set([...objects].flatMap((object) => referringFields(objectOf(context, object))))];
};

async function ringOthers(
  context: JobContext,
  db: Database,
  linked: readonly EntityId[],
  others: readonly RecordKey[],
): Promise<void> {
  const woken = await wakeWaiting(db, linked, context.now());
  await context.ring(distinct([...others, ...woken]), 0);
}

const newlyLinked = ({ births }: Adopted, { entities }: Commit): readonly EntityId[] => [
  ...new Set([
    ...births.map(({ entityId }) => entityId),
    ...entities.flatMap(({ entityId, links }) => (links.length > 0 ? [entityId] : [])),
  ]),
];

/** Where a system refused a property by name: it may look different by now. */
const refusedPlaces = (
  writing: readonly Decided[],
  outcomes: Awaited<ReturnType<typeof propagate>>,
) =>
  writing.flatMap(({ subject }) =>
    [...(outcomes.get(subject.entityId) ?? [])].flatMap(([system, outcome]) =>
      outcome.kind === "failed" && outcome.error.field !== null
        ? [{ system, object: subject.object.object }]
        : [],
    ),
  );

const distinct = (keys: readonly RecordKey[]): RecordKey[] => [
  ...new Map(keys.map((key) => [keyText(key), key])).values(),
];

const lookAgain = (key: RecordKey) => ({ ...key, lane: "event", echo: null }) as const;

const noOutcomes: ReadonlyMap<SystemId, WriteOutcome> = new Map();

/** Linked records in every system, and the strangers themselves. */
function wantedOf({ known, erasing, strangers }: Gathered): Wanted {
  const wanted: Wanted = new Map();
  for (const { object, links } of [...known, ...erasing]) {
    for (const [system, { recordId }] of Object.entries(links)) {
      want(wanted, object.object, system, recordId);
    }
  }
  for (const { object, system, recordId } of strangers) want(wanted, object, system, recordId);
  return wanted;
}

const own = (
  { object, links }: Omit<Subject, "answers">,
  answers: Awaited<ReturnType<typeof readAll>>,
): Subject["answers"] =>
  Object.fromEntries(
    Object.entries(links).flatMap(([system, { recordId }]) => {
      const answer = answers.get(keyText({ system, object: object.object, recordId }));
      return answer === undefined ? [] : [[system, answer]];
    }),
  );

const nobody: Adopted = { births: [], raise: [], gone: [], done: [], busy: [], failed: [] };

const adoptAny = (
  context: JobContext,
  db: Database,
  strangers: readonly LoadedPoke[],
  answers: Awaited<ReturnType<typeof readAll>>,
): Promise<Adopted> =>
  strangers.length === 0 ? Promise.resolve(nobody) : adopt(context, db, strangers, answers);

const needsIntent = ({ subject, writes }: Decided): boolean =>
  subject.birth !== null || subject.abandoned !== null || writes.length > 0;

/** What an earlier job wrote stays in the intent until this one has committed what became of it. */
const intentsOf = (decided: readonly Decided[]): EntityIntent[] =>
  decided.filter(needsIntent).map(({ subject, writes }) => ({
    entityId: subject.entityId,
    version: subject.version,
    birth:
      subject.birth === null
        ? null
        : {
            object: subject.object.object,
            links: Object.entries(subject.links).map(([system, { recordId, url }]) => ({
              system,
              object: subject.object.object,
              recordId,
              url,
            })),
          },
    writes: [...(subject.abandoned?.writes ?? []), ...writes],
    takesOver: subject.abandoned?.commitId ?? null,
  }));

type Result = { readonly decided: Decided; readonly concluded: Concluded };

interface Batch {
  readonly gathered: Gathered;
  readonly adopted: Adopted;
  readonly redirected: Redirected;
  readonly results: readonly Result[];
  readonly holds: Held;
  readonly erased: readonly Erased[];
}

function workOf(context: JobContext, batch: Batch): Commit {
  const { gathered, adopted, redirected, results, holds } = batch;
  const now = context.now();
  const strangers = { raise: [...adopted.raise], done: [...adopted.done] };
  const done: { poke: LoadedPoke; entityId: EntityId | null }[] = [];
  const defer: Commit["defer"][number][] = [];
  const hold: Commit["hold"][number][] = [
    ...gathered.paused,
    ...holds.held.flatMap(({ decided, by }) => decided.subject.pokes.map((poke) => ({ poke, by }))),
  ];
  for (const poke of [...gathered.echoes, ...redirected.done]) {
    done.push({ poke, entityId: null });
  }
  for (const poke of gathered.busy)
    defer.push({ poke, dueAt: now + limits.busyDelayMs, attempted: false });
  for (const poke of adopted.busy)
    defer.push({ poke, dueAt: now + patience(now - poke.firstAt), attempted: false });
  for (const { poke, error } of adopted.failed) {
    const fate = fateOfUnread(context, poke, error);
    if (fate.kind === "again") defer.push({ poke, dueAt: now + fate.delayMs, attempted: true });
    else {
      strangers.raise.push(unreadable(context, poke, error.message));
      strangers.done.push(poke);
    }
  }
  for (const { decided, concluded } of results) {
    const { entityId, pokes } = decided.subject;
    for (const poke of pokes) {
      // What cannot wait for a person comes first: an unknown outcome is settled by reading.
      if (concluded.again !== null) {
        const { delayMs, attempted } = concluded.again;
        defer.push({ poke, dueAt: now + delayMs, attempted });
      } else if (decided.pausedBy !== null) {
        // What a paused field has to do is done when it is resumed.
        hold.push({ poke, by: decided.pausedBy });
      } else {
        done.push({ poke, entityId: concluded.commit === null ? null : entityId });
      }
    }
  }
  for (const { subject, commit: stored, fate } of batch.erased) {
    for (const poke of subject.pokes) {
      if (fate.kind === "held") hold.push({ poke, by: fate.by });
      else if (fate.kind === "done") done.push({ poke, entityId: stored && subject.entityId });
      else defer.push({ poke, dueAt: now + fate.delayMs, attempted: fate.attempted });
    }
  }
  return {
    entities: [...results.map(({ concluded }) => concluded), ...batch.erased].flatMap(
      ({ commit: stored }) => stored ?? [],
    ),
    raise: [...holds.raise, ...results.flatMap(({ concluded }) => concluded.raise)],
    answered: [
      ...adopted.gone.map((poke) => ({ key: keyOf(poke), resolution: "gone" })),
      ...redirected.done.map((poke) => ({ key: keyOf(poke), resolution: "merged" })),
    ],
    done,
    strangers,
    abandon: results.flatMap(({ decided, concluded }) =>
      concluded.abandon ? [decided.subject.entityId] : [],
    ),
    hold,
    defer,
    drifted: results.flatMap(({ decided }) => driftedOf(context, decided.subject)),
  };
}

const driftedOf = ({ drifted = [] }: JobContext, { entityId, object }: Subject) =>
  drifted.flatMap((one) => (one.object === object.object ? [{ ...one, entityId }] : []));

/** As long again as it waited already: the job it waits for may itself be paused for days. */
const patience = (waitedMs: number): number =>
  // The clock may have been set back since.
  Math.min(Math.max(limits.busyDelayMs, Math.abs(waitedMs)), limits.patienceMaxMs);

const keyOf = ({ system, object, recordId }: LoadedPoke): RecordKey => ({
  system,
  object,
  recordId,
});

const unreadable = (context: JobContext, poke: LoadedPoke, message: string): NewException => ({
  id: context.newId(),
  kind: "dead_letter",
  subject: keyText(poke),
  object: poke.object,
  entityId: null,
  system: poke.system,
  recordId: poke.recordId,
  field: null,
  detail: { message, status: null, attempts: poke.attempt + 1 },
  shown: message,
});

/** Pokes that wait are rung when they are due; those of a lost race at once. */
async function ringAgain(
  context: JobContext,
  work: Commit,
  results: readonly Result[],
  lost: ReadonlySet<EntityId>,
): Promise<void> {
  const now = context.now();
  const again = [
    ...work.defer.map(({ poke, dueAt }) => ({ poke, delayMs: Math.max(0, dueAt - now) })),
    ...results
      .filter(({ decided }) => lost.has(decided.subject.entityId))
      .flatMap(({ decided }) => decided.subject.pokes.map((poke) => ({ poke, delayMs: 0 }))),
  ];
  const byDelay = Map.groupBy(again, ({ delayMs }) => Math.ceil(delayMs / 1_000) * 1_000);
  for (const [delayMs, group] of byDelay) {
    await context.ring(
      group.map(({ poke }) => poke),
      delayMs,
    );
  }
}

function countOutcomes(outcomes: Awaited<ReturnType<typeof propagate>>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const bySystem of outcomes.values()) {
    for (const [system, { kind }] of bySystem) {
      counts[`${system}.${kind}`] = (counts[`${system}.${kind}`] ?? 0) + 1;
    }
  }
  return counts;
}
