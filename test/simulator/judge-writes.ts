/**
 * Judges every request that would change a system, at the moment it gets there: what it writes was
 * chosen by somebody, intended before, asked for by nobody else, and not there already.
 */
import type { Held } from "../../shared/record.ts";
import { config } from "../../worker/sync.config.ts";
import { type Case, entityOf } from "./case.ts";
import type { Call } from "./ground.ts";
import { judgeEnds } from "./judge-deletes.ts";
import { type Change, recordKey } from "./ledger.ts";
import { type Sent, type SentRow, sentBy } from "./sent.ts";
import { mappingOf, meaning, type Raw, same } from "./values.ts";

export interface WriteJudge {
  requested(call: Call): void;
  carriedOut(call: Call, ok: boolean): void;
  /** Looks at the systems again. */
  observe(): void;
  /** Somebody chose this value at the card. */
  chosen(object: string, field: string, value: Held): void;
  committed(): void;
}

/** What is known of a task's reads: the changes there had been when it read a record last. */
export interface Reads {
  at(task: number, key: string): number | null;
}

const knownKey = (object: string, field: string, value: Held): string =>
  `${object}/${field}/${JSON.stringify(value)}`;

export function createWriteJudge(on: Case): WriteJudge {
  const { world, ledger, counts } = on;
  /** Values somebody typed or chose, by object and field. */
  const known = new Set<string>();
  /** When rows were written, by system and object. */
  const sentAt = new Map<string, number[]>();
  const pausedSince = new Map<string, number>();
  const readAt = new Map<string, number>();
  /** How many changes there were when a read was asked for: people may act before its answer. */
  const askedAt = new WeakMap<Call, number>();
  const reads: Reads = { at: (task, key) => readAt.get(`${task} ${key}`) ?? null };
  let sent: Sent | null = null;

  const observe = () => {
    for (const change of ledger.observe()) {
      const { by, system, recordId, field, object, to } = change;
      world.trace.add(`  ${by}: ${system} ${recordId} ${field} = ${JSON.stringify(to)}`);
      if (by === "us") judgeValue(on, known, sent?.rows ?? [], change);
      else known.add(knownKey(object, field, to));
      if (by === "us") counts.fieldsChanged += 1;
    }
  };

  return {
    observe,
    chosen: (object, field, value) => known.add(knownKey(object, field, value)),
    committed: () => notePauses(on, pausedSince),
    requested(call) {
      sent = sentBy(call);
      askedAt.set(call, ledger.changes.length);
      if (sent === null || sent.operation === "read") return;
      counts.writeCalls += 1;
      for (const row of sent.rows) {
        counts.fieldsSent += row.properties.length;
        if (sent.operation === "create") counts.creates += 1;
        if (!isRefused(on, sent, row)) counts.writesDue += 1;
        judgePause(on, sent, row, pausedSince);
        judgeBrake(on, sent, sentAt);
        judgeIntent(on, sent, row);
        judgeRepeats(on, sent, row, (key) => reads.at(call.task, key));
        judgeEnds(on, sent, row, (key) => reads.at(call.task, key));
      }
    },
    carriedOut(call, ok) {
      observe();
      const read = sentBy(call);
      // Associations are read by the record's id, and say nothing of its fields.
      if (!ok || read?.operation !== "read" || call.path.includes("/associations/")) return;
      for (const { ref } of read.rows) {
        const key = recordKey(read.system, read.object, ref);
        // Who asks for an id that was merged away is answered with the survivor.
        for (const name of new Set([key, ledger.survivorOf(key)])) {
          readAt.set(`${call.task} ${name}`, ledger.changes.length);
        }
      }
    },
  };
}

/** I2: nothing is written that nobody ever chose. */
function judgeValue(
  { ledger, violate }: Case,
  known: Set<string>,
  rows: readonly SentRow[],
  change: Change,
): void {
  const { object, system, field, to, recordId } = change;
  const property = mappingOf(object, system).fields.find((one) => one.field === field)?.property;
  const key = ledger.records.get(recordKey(system, object, recordId))?.key;
  const asked = rows.some(
    ({ ref, properties }) =>
      (ref === recordId || ref === key) && properties.includes(property ?? ""),
  );
  // What a system fills in by itself is its own choice.
  if (!asked) known.add(knownKey(object, field, to));
  else if (to !== null && !known.has(knownKey(object, field, to))) {
    violate("I2", `${system} ${object} ${recordId} ${field} was given a value nobody chose`);
  }
}

/**
 * I4: what stands already is sent again only where an outcome of ours was unknown, or where
 * somebody set the same after we had read. Whoever had read it there must not write it.
 */
function judgeRepeats(
  { ledger, counts, violate }: Case,
  { system, object, operation }: Sent,
  row: SentRow,
  readAt: (key: string) => number | null,
): void {
  if (operation !== "update") return;
  const key = recordKey(system, object, row.ref);
  const record = ledger.records.get(key);
  if (record === undefined) return;
  const raw = row.set as Raw;
  for (const field of mappingOf(object, system).fields) {
    if (!(field.property in raw)) continue;
    const value = meaning(field, raw);
    if (!same(record.fields[field.field], value)) continue;
    const since = ledger.timeline(key, field.field).at(-1)?.order ?? 0;
    const read = readAt(key);
    if (read === null || since < read) {
      counts.fieldsUnexplained += 1;
      const had = read === null ? "was not read" : "was read";
      violate("I4", `${system} ${object} ${row.ref} ${field.field} is sent; it ${had} and stands`);
    } else if (ledger.changes[since]?.by === "us") counts.fieldsResent += 1;
    else counts.fieldsRaced += 1;
  }
}

interface IntendedWrite {
  readonly system: string;
  readonly operation: string;
  readonly recordId: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** I10: what is about to be written was durable before. */
function judgeIntent({ world, ledger, violate }: Case, sent: Sent, row: SentRow): void {
  const { system, object } = sent;
  const intents = world.d1.all("SELECT entity_id, writes FROM intents");
  const writes = intents.flatMap((intent) =>
    (JSON.parse(String(intent.writes)) as IntendedWrite[]).map((write) => ({
      ...write,
      ref: write.operation === "create" ? String(intent.entity_id) : write.recordId,
    })),
  );
  // A record that is being created may take more than one call, the later ones by its id.
  const key = ledger.records.get(recordKey(system, object, row.ref))?.key ?? row.ref;
  const intended = writes.filter(
    (write) =>
      write.system === system &&
      (write.ref === row.ref || (write.operation === "create" && write.ref === key)),
  );
  if (intended.length === 0) {
    violate("I10", `${system} ${object} ${row.ref} is written without an intent`);
    return;
  }
  for (const property of row.properties) {
    const field = mappingOf(object, system).fields.find((one) => one.property === property)?.field;
    if (field === undefined || intended.some(({ fields }) => field in fields)) continue;
    violate("I10", `${system} ${object} ${row.ref} ${field} is written and was not intended`);
  }
}

/** I27: a window never takes more than the brake lets through, until somebody releases more. */
function judgeBrake(
  { world, violate }: Case,
  { system, object }: Sent,
  sentAt: Map<string, number[]>,
): void {
  const { windowMs, writesMax } = config.brake;
  const target = `${system}/${object}`;
  const times = sentAt.get(target) ?? [];
  sentAt.set(target, times);
  times.push(world.now());
  while ((times[0] ?? 0) <= world.now() - windowMs) times.shift();
  // Two windows may meet, and calls that failed are sent again.
  if (times.length <= 3 * writesMax) return;
  const released = world.d1.all("SELECT 1 FROM audit WHERE entity_id = '@operators' LIMIT 1");
  if (released.length === 0) violate("I27", `${times.length} rows of ${target} in one window`);
}

function notePauses({ world }: Case, pausedSince: Map<string, number>): void {
  const scopes = new Set(
    world.d1.all("SELECT scope FROM pauses").map(({ scope }) => String(scope)),
  );
  for (const scope of pausedSince.keys()) if (!scopes.has(scope)) pausedSince.delete(scope);
  for (const scope of scopes) {
    if (!pausedSince.has(scope)) pausedSince.set(scope, world.now());
  }
}

/** I28: what was decided on after a pause is not written while it lasts. */
function judgePause(
  { world, violate }: Case,
  { system, object }: Sent,
  row: SentRow,
  pausedSince: ReadonlyMap<string, number>,
): void {
  for (const scope of ["all", `system:${system}`, `object:${object}`]) {
    const since = pausedSince.get(scope) ?? Number.POSITIVE_INFINITY;
    if (world.now() - since <= pauseTakesMs) continue;
    violate("I28", `${system} ${object} ${row.ref} is written under ${scope}`);
  }
}

/** A job that had loaded its batch before the pause may still finish it. */
const pauseTakesMs = 120_000;

/** Whether the system keeps refusing the record, and somebody was told. */
function isRefused({ world }: Case, { system, object, operation }: Sent, row: SentRow): boolean {
  const entity =
    operation === "create" ? row.ref : entityOf(world, { system, object, id: row.ref });
  const refused = world.d1.all(
    `SELECT 1 FROM exceptions
     WHERE entity_id = ?1 AND system = ?2 AND kind = 'refused' AND status <> 'settled'`,
    String(entity),
    system,
  );
  return refused.length > 0;
}
