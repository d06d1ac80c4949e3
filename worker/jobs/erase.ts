/**
 * A person asked to be forgotten. Their record is destroyed in every system, and that it is gone
 * is proven by reading; our own values go with the first commit, whatever the systems answer. What
 * stays is a tombstone that nothing resurrects. Where a system cannot destroy, a person must.
 */
import type { SystemId } from "../../shared/record.ts";
import { ConnectorError, type ReadAnswer, type WriteOutcome } from "../connectors/connector.ts";
import type { Described } from "../core/match.ts";
import { nextAttempt } from "../core/retry.ts";
import { tombstonesOf } from "../core/tombstone.ts";
import type { EntityCommit, NewException } from "../store/commit-types.ts";
import type { Database } from "../store/database.ts";
import { intend } from "../store/intents.ts";
import type { IntendedWrite, LoadedPoke } from "../store/load.ts";
import { keyText } from "../store/mailbox.ts";
import type { JobContext } from "./context.ts";
import { limits } from "./context.ts";
import { described } from "./counterparts.ts";
import { readAll, type Wanted, want } from "./gather.ts";
import { followMerges } from "./merge.ts";
import { propagate } from "./propagate.ts";
import { type Recovered, recover } from "./recover.ts";
import type { Subject } from "./subject.ts";

export interface Erased {
  readonly subject: Subject;
  /** Null where there is nothing new to store. */
  readonly commit: EntityCommit | null;
  readonly fate:
    | { readonly kind: "done" }
    | { readonly kind: "again"; readonly delayMs: number; readonly attempted: boolean }
    | { readonly kind: "held"; readonly by: string };
}

/** Where one linked record stands. */
type Place =
  | { readonly kind: "gone" }
  /** Somebody has to destroy it by hand. */
  | { readonly kind: "by_hand"; readonly error: ConnectorError }
  | { readonly kind: "again"; readonly error: ConnectorError }
  | { readonly kind: "paused" };

interface Task extends Recovered {
  readonly writes: readonly IntendedWrite[];
}

export async function erase(
  context: JobContext,
  db: Database,
  commitId: string,
  subjects: readonly Subject[],
  paused: ReadonlySet<string>,
): Promise<readonly Erased[]> {
  if (subjects.length === 0) return [];
  // What a merge gave to somebody else is not theirs to destroy.
  const { recovered } = await followMerges(db, await recover(context, db, subjects));
  const tasks = recovered.map((one): Task => {
    return { ...one, writes: writesOf(one.subject, paused) };
  });
  const writing = tasks.filter(needsIntent);
  const intents = writing.map(({ subject, writes }) => ({
    entityId: subject.entityId,
    version: subject.version,
    birth: null,
    writes: [...unerased(subject), ...writes],
    takesOver: subject.abandoned?.commitId ?? null,
  }));
  const { windowMs } = context.rules.brake;
  const plannedAt = context.now();
  const won = await intend(db, commitId, intents, { brakes: [], windowMs }, plannedAt);
  const sent = writing.filter(({ subject }) => won.has(subject.entityId));
  const outcomes = await propagate(context, { commitId, plannedAt }, sent);
  const proof = await readAll(context, wantedOf(sent));
  return Promise.all(
    tasks.map((task) => {
      const { entityId } = task.subject;
      if (needsIntent(task) && !won.has(entityId)) return again(task.subject);
      return concluded(context, task, outcomes.get(entityId) ?? new Map(), proof, paused);
    }),
  );
}

/** An abandoned intent is taken over though nothing is left to write: nobody else would end it. */
const needsIntent = ({ subject, writes }: Task): boolean =>
  writes.length > 0 || subject.abandoned !== null;

/** What an earlier job wrote stays in the intent; what it erased is erased again or gone. */
const unerased = ({ abandoned }: Subject): IntendedWrite[] =>
  (abandoned?.writes ?? []).filter(({ operation }) => operation !== "erase");

/** Another job won the entity. */
const again = (subject: Subject): Erased => ({
  subject,
  commit: null,
  fate: { kind: "again", delayMs: limits.busyDelayMs, attempted: false },
});

/** Every record that is still there, in a recycle bin too, under the id it goes by now. */
const writesOf = ({ answers }: Subject, paused: ReadonlySet<string>): IntendedWrite[] =>
  Object.entries(answers).flatMap(([system, answer]) =>
    answer.kind === "found" && !paused.has(`system:${system}`)
      ? [{ system, operation: "erase" as const, recordId: answer.record.id, fields: {} }]
      : [],
  );

function wantedOf(tasks: readonly Task[]): Wanted {
  const wanted: Wanted = new Map();
  for (const { subject, writes } of tasks) {
    for (const { system, recordId } of writes) {
      want(wanted, subject.object.object, system, recordId ?? "");
    }
  }
  return wanted;
}

async function concluded(
  context: JobContext,
  task: Task,
  outcomes: ReadonlyMap<SystemId, WriteOutcome>,
  proof: ReadonlyMap<string, ReadAnswer>,
  paused: ReadonlySet<string>,
): Promise<Erased> {
  const { subject } = task;
  const places = Object.keys(subject.links).map((system) => {
    const write = task.writes.find((one) => one.system === system);
    const key = { system, object: subject.object.object, recordId: write?.recordId ?? "" };
    const first = subject.answers[system];
    if (write === undefined && first?.kind === "found" && paused.has(`system:${system}`)) {
      return { system, place: { kind: "paused" } as const };
    }
    const read = write === undefined ? first : proof.get(keyText(key));
    return { system, place: placeOf(system, read, outcomes.get(system)) };
  });
  return {
    subject,
    commit: await commitOf(context, task, places),
    fate: fateOf(context, subject.pokes, places),
  };
}

type Placed = { readonly system: SystemId; readonly place: Place };

/** Only a read that does not find it proves anything. */
function placeOf(
  system: SystemId,
  read: ReadAnswer | undefined,
  outcome: WriteOutcome | undefined,
): Place {
  if (read?.kind === "missing") return { kind: "gone" };
  if (outcome?.kind === "failed") {
    const { error } = outcome;
    const final = error.kind === "give_up" || error.kind === "skip_record";
    return { kind: final ? "by_hand" : "again", error };
  }
  if (read?.kind === "unknown") return { kind: "again", error: read.error };
  const message = "The record is still there after it was erased.";
  return { kind: "again", error: new ConnectorError("retry", system, message) };
}

function fateOf(
  context: JobContext,
  pokes: readonly LoadedPoke[],
  places: readonly Placed[],
): Erased["fate"] {
  const paused = places.find(({ place }) => place.kind === "paused");
  if (paused !== undefined) return { kind: "held", by: `pause:system:${paused.system}` };
  const open = places.flatMap(({ place }) => (place.kind === "again" ? [place.error] : []));
  const [error] = open;
  if (error === undefined) return { kind: "done" };
  const attempt = 1 + Math.max(0, ...pokes.map((poke) => poke.attempt));
  // Asked for by law: it is never given up, however long a system is away.
  const next = nextAttempt("rate_limited", attempt, context.random(), error.retryAfterMs);
  const delayMs = next.kind === "retry" ? next.delayMs : limits.busyDelayMs;
  return { kind: "again", delayMs, attempted: true };
}

async function commitOf(
  context: JobContext,
  { subject, links, unsettled, writes }: Task,
  places: readonly Placed[],
): Promise<EntityCommit | null> {
  const now = context.now();
  const first = subject.erasedAt === null;
  const raise = [
    ...places.flatMap((one) => byHand(context, subject, one)),
    ...mergedAway(context, subject),
  ];
  const settle = subject.exceptions
    .filter(({ system }) =>
      places.some((one) => one.system === system && one.place.kind === "gone"),
    )
    .map(({ id }) => ({ id, resolution: "erased" }));
  const news = [raise, settle, links, writes, subject.merges].flat().length;
  if (!first && news === 0 && subject.abandoned === null) return null;
  const entry = {
    kind: "erased" as const,
    at: now,
    detail: {
      systems: Object.fromEntries(places.map(({ system, place }) => [system, place.kind])),
      records: Object.entries(subject.links).map(([system, { recordId }]) => [system, recordId]),
    },
    salt: context.newId(),
  };
  return {
    entityId: subject.entityId,
    version: subject.version,
    base: {},
    seen: {},
    seenAt: null,
    written: {},
    goneAt: subject.goneAt ?? now,
    erase: { tombstones: first ? await tombstones(context, subject) : [], values: first },
    auditEntries: subject.auditEntries,
    auditHead: subject.auditHead,
    links,
    relinks: subject.merges,
    audit: [entry],
    raise,
    settle,
    reopen: [],
    unsettled,
  };
}

/** Of everything the person was known by, wherever it was held last. */
async function tombstones(context: JobContext, subject: Subject): Promise<readonly string[]> {
  const found = Object.values(subject.answers).flatMap((answer) =>
    answer.kind === "found" ? [described(answer.record)] : [],
  );
  const stored = [subject.base, ...Object.values(subject.seen)].map((fields) => ({ fields }));
  const all = [...stored, ...found].map((one: Pick<Described, "fields" | "aliases">) =>
    tombstonesOf(context.erasureKey, subject.object, one.fields, one.aliases),
  );
  return [...new Set((await Promise.all(all)).flat())];
}

function byHand(context: JobContext, subject: Subject, { system, place }: Placed): NewException[] {
  if (place.kind !== "by_hand") return [];
  const { message, status } = place.error;
  const recordId = subject.links[system]?.recordId ?? null;
  return askedOnce(context, subject, { system, recordId, detail: { message, status } });
}

/** Their record lives on in one that is somebody else's: whether that is the same person, and what
 *  of it has to go, only a person can tell. */
const mergedAway = (context: JobContext, subject: Subject): NewException[] =>
  subject.merges.flatMap((merge) => {
    if (merge.kind !== "lost") return [];
    const { system, recordId } = merge;
    const message = "The record was merged into another one. Look what of it has to be deleted.";
    return askedOnce(context, subject, { system, recordId, detail: { message, status: null } });
  });

function askedOnce(
  context: JobContext,
  subject: Subject,
  what: Pick<NewException, "recordId" | "detail"> & { readonly system: SystemId },
): NewException[] {
  const about = `${subject.entityId}:erasure@${what.system}`;
  if (subject.exceptions.some((one) => one.subject === about)) return [];
  return [
    {
      ...what,
      id: context.newId(),
      kind: "erasure",
      subject: about,
      object: subject.object.object,
      entityId: subject.entityId,
      field: null,
      shown: what.system,
    },
  ];
}
