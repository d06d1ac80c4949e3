/**
 * Judges a run by what people did, what the systems hold and what our own tables say; it knows
 * nothing of how the Worker works. A broken invariant is a violation with its number.
 */
import type { Held } from "../../shared/record.ts";
import { config } from "../../worker/sync.config.ts";
import { type Change, createLedger, type Ledger, recordKey } from "./ledger.ts";
import { mappingOf, meaning, objects, type SystemName, same, systemNames } from "./values.ts";
import type { World, WorldHooks } from "./world.ts";

export interface Violation {
  readonly invariant: string;
  readonly message: string;
}

/** Invariants that wait for a feature; all others are judged. */
export const laterInvariants: Readonly<Record<string, string>> = {
  I11: "the audit chain",
  I13: "deletes that travel",
  I15: "merges",
  I16: "erasure",
  I17: "one deployment serves one portal",
  I20: "polls and scans",
  I26: "associations",
};

export interface Counts {
  writeCalls: number;
  /** Rows written, but for those that are refused over and over and have an exception. */
  writesDue: number;
  fieldsSent: number;
  /** Values sent to where they stood already. */
  fieldsRepeated: number;
  creates: number;
  rulings: number;
}

export interface Auditor {
  readonly hooks: WorldHooks;
  readonly ledger: Ledger;
  readonly violations: readonly Violation[];
  readonly counts: Counts;
  attach(world: World): void;
  /** People did something: look. */
  observe(): void;
  violate(invariant: string, message: string): void;
  /** Of a quiet world whose faults are healed. */
  judgeConvergence(): readonly string[];
  judgeEnd(): void;
  /** A person makes a choice at the card. */
  asked(ruling: Ruled): void;
  /** The card said that it is done. */
  ruled(ruling: Ruled): void;
}

export interface Ruled {
  /** What the person was shown. */
  readonly shown: string;
  readonly exceptionId: string;
  readonly field: string;
  readonly entityId: string;
  readonly value: Held;
  readonly order: number;
}

export function createAuditor(): Auditor {
  const violations: Violation[] = [];
  const counts: Counts = {
    writeCalls: 0,
    writesDue: 0,
    fieldsSent: 0,
    fieldsRepeated: 0,
    creates: 0,
    rulings: 0,
  };
  const violate = (invariant: string, message: string) => {
    if (violations.length < 20) violations.push({ invariant, message });
  };
  let world: World;
  let ledger: Ledger;
  const versions = new Map<string, number>();
  /** When rows were written, by system and object. */
  const sentAt = new Map<string, number[]>();
  /** Pauses by scope, in true time. */
  const pausedSince = new Map<string, number>();
  const settledFor = new Map<string, Ruled>();
  const asked = new Map<string, Ruled>();
  /** Values somebody typed or chose, by object and field. */
  const known = new Set<string>();
  let sent: readonly SentRow[] = [];

  const observe = () => {
    for (const change of ledger.observe()) {
      const { by, system, recordId, field, to: value } = change;
      world.trace.add(`  ${by}: ${system} ${recordId} ${field} = ${JSON.stringify(value)}`);
      if (change.by === "us") judgeWrite(change);
      else known.add(knownKey(change.object, change.field, change.to));
    }
  };

  /** I2: nothing is written that nobody ever chose. */
  const judgeWrite = (change: Change) => {
    const { object, system, field, to, recordId } = change;
    const property = mappingOf(object, system).fields.find((one) => one.field === field)?.property;
    const key = ledger.records.get(recordKey(system, object, recordId))?.key;
    const asked = sent.some(
      ({ ref, properties }) =>
        (ref === recordId || ref === key) && properties.includes(property ?? ""),
    );
    // What a system fills in by itself is its own choice.
    if (!asked) known.add(knownKey(object, field, to));
    else if (to !== null && !known.has(knownKey(object, field, to))) {
      violate("I2", `${system} ${object} ${recordId} ${field} was given a value nobody chose`);
    }
  };

  const hooks: WorldHooks = {
    requested(system, path, body) {
      sent = [];
      const write = writeOf(system, path, body);
      if (write === null) return;
      sent = write.rows;
      counts.writeCalls += 1;
      for (const row of sent) {
        counts.fieldsSent += row.properties.length;
        if (write.operation === "create") counts.creates += 1;
        if (!isRefused(world, write, row)) counts.writesDue += 1;
        judgePause(world, write, row, pausedSince, violate);
        judgeBrake(world, write, sentAt, violate);
        judgeIntent({ world, ledger }, write, row, violate);
        counts.fieldsRepeated += repeated(ledger, write, row);
      }
    },
    carriedOut() {
      observe();
    },
    committed() {
      notePauses(world, pausedSince);
      judgeRecords(world, ledger, versions, violate);
    },
    logged(line) {
      if (/canary|\+1415200/i.test(line))
        violate("I29", `a log line carries a value: ${line.slice(0, 300)}`);
      if (/"reason":"assert|Cannot read prop|is not a function|is not iterable/i.test(line)) {
        violate("assert", line.slice(0, 300));
      }
    },
  };

  return {
    hooks,
    get ledger() {
      return ledger;
    },
    violations,
    counts,
    violate,
    observe,
    attach(to) {
      world = to;
      ledger = createLedger(to);
    },
    judgeConvergence: () => differences(world, ledger),
    judgeEnd() {
      judgeEdits(world, ledger, violate);
      judgeCreates(ledger, violate);
      judgeAudit(world, ledger, violate);
      judgeMailbox(world, violate);
    },
    asked(ruling) {
      if (!asked.has(askedKey(ruling))) asked.set(askedKey(ruling), ruling);
      known.add(knownKey(objectOfEntity(world, ruling.entityId), ruling.field, ruling.value));
    },
    ruled(ruling) {
      counts.rulings += 1;
      // Who repeats an answer is told that it is done, whatever was changed since.
      const first = asked.get(askedKey(ruling)) ?? ruling;
      judgeRuling(world, ledger, { ...ruling, order: first.order }, violate);
      const earlier = settledFor.get(ruling.exceptionId);
      if (earlier !== undefined && !same(earlier.value, ruling.value)) {
        violate("I23", `exception ${ruling.exceptionId} was settled twice, differently`);
      }
      settledFor.set(ruling.exceptionId, ruling);
    },
  };
}

/** I23: told it is done, so every system held it, unless somebody changed it since. */
function judgeRuling(
  world: World,
  ledger: Ledger,
  ruling: Ruled,
  violate: Auditor["violate"],
): void {
  const [exception] = world.d1.all(
    "SELECT ruling FROM exceptions WHERE id = ?1",
    ruling.exceptionId,
  );
  const kept = JSON.parse(String(exception?.ruling ?? null)) as { shown: string } | null;
  if (kept !== null && kept.shown !== ruling.shown) {
    violate("I23", "an answer to other values than those shown was taken as done");
  }
  const links = world.d1.all(
    "SELECT * FROM links WHERE alias = 0 AND entity_id = ?1",
    ruling.entityId,
  );
  for (const { system, object, record_id: recordId } of links) {
    const [name, id] = [String(system), String(recordId)];
    const record = ledger.records.get(recordKey(name, String(object), id));
    // It may have been merged or deleted while the answer was on its way.
    if (record === undefined || same(record.fields[ruling.field], ruling.value)) continue;
    const changedSince = ledger.changes.some(
      (change) =>
        change.order >= ruling.order && change.field === ruling.field && change.by !== "us",
    );
    if (changedSince) continue;
    violate("I23", `${name} ${id} ${ruling.field} was said to be settled and is not`);
  }
}

const askedKey = ({ exceptionId, value }: Ruled): string =>
  `${exceptionId}/${JSON.stringify(value)}`;

const knownKey = (object: string, field: string, value: Held): string =>
  `${object}/${field}/${JSON.stringify(value)}`;

const objectOfEntity = (world: World, entityId: string): string =>
  String(world.d1.all("SELECT object FROM entities WHERE id = ?1", entityId)[0]?.object);

interface SentRow {
  /** A record id, or our key for a create. */
  readonly ref: string;
  readonly properties: readonly string[];
  readonly set: Readonly<Record<string, unknown>>;
}

interface SentWrite {
  readonly system: SystemName;
  readonly object: string;
  readonly operation: "update" | "create" | "other";
  readonly rows: readonly SentRow[];
}

/** What a request would change, if it is one that changes anything. */
function writeOf(system: string, path: string, body: unknown): SentWrite | null {
  const operation = /\/batch\/(update|upsert|create|archive|erase)/.exec(path)?.[1];
  if (operation === undefined || (system !== "hubspot" && system !== "ops")) return null;
  const object = objects.find((one) => path.includes(`/${mappingOf(one, system).systemObject}/`));
  if (object === undefined) return null;
  const kind =
    operation === "update" ? "update" : /create|upsert/.test(operation) ? "create" : "other";
  const { inputs, rows } = body as {
    inputs?: readonly { id: string; properties: Record<string, unknown> }[];
    rows?: readonly { id?: string; external_key?: string; set: Record<string, unknown> }[];
  };
  const given =
    inputs?.map(({ id, properties }) => ({ ref: id, set: properties })) ??
    rows?.map(({ id, external_key: key, set }) => ({ ref: id ?? key ?? "", set })) ??
    [];
  return {
    system,
    object,
    operation: kind,
    rows: given.map(({ ref, set }) => ({ ref, set, properties: Object.keys(set ?? {}) })),
  };
}

/** I10: what is about to be written was durable before. */
function judgeIntent(
  { world, ledger }: { readonly world: World; readonly ledger: Ledger },
  { system, object }: SentWrite,
  row: SentRow,
  violate: Auditor["violate"],
): void {
  const intents = world.d1.all("SELECT entity_id, writes FROM intents");
  const writes = intents.flatMap((intent) =>
    (JSON.parse(String(intent.writes)) as IntendedWrite[]).map((write) => ({
      ...write,
      ref: write.operation === "create" ? String(intent.entity_id) : write.recordId,
    })),
  );
  const fields = mappingOf(object, system).fields;
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
    const field = fields.find((one) => one.property === property)?.field;
    if (field === undefined || intended.some(({ fields: of }) => field in of)) continue;
    violate("I10", `${system} ${object} ${row.ref} ${field} is written and was not intended`);
  }
}

/** I27: a window never takes more than the brake lets through, until somebody releases more. */
function judgeBrake(
  world: World,
  { system, object }: SentWrite,
  sentAt: Map<string, number[]>,
  violate: Auditor["violate"],
): void {
  const { windowMs, writesMax } = config.brake;
  const target = `${system}/${object}`;
  const times = [...(sentAt.get(target) ?? []), world.now()];
  sentAt.set(target, times);
  // Two windows may meet, and calls that failed are sent again.
  const recent = times.filter((at) => at > world.now() - windowMs).length;
  if (recent <= 3 * writesMax) return;
  const released = world.d1.all("SELECT 1 FROM audit WHERE entity_id = '@operators' LIMIT 1");
  if (released.length === 0) violate("I27", `${recent} rows of ${target} in one window`);
}

function notePauses(world: World, pausedSince: Map<string, number>): void {
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
  world: World,
  { system, object }: SentWrite,
  row: SentRow,
  pausedSince: ReadonlyMap<string, number>,
  violate: Auditor["violate"],
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
function isRefused(world: World, { system, object, operation }: SentWrite, row: SentRow): boolean {
  const entity = operation === "create" ? row.ref : entityIdOf(world, system, object, row.ref);
  return (
    world.d1.all(
      `SELECT 1 FROM exceptions
       WHERE entity_id = ?1 AND system = ?2 AND kind = 'refused' AND status <> 'settled'`,
      entity,
      system,
    ).length > 0
  );
}

const entityIdOf = (world: World, system: string, object: string, recordId: string): string =>
  String(
    world.d1.all(
      `SELECT entity_id FROM links
       WHERE alias = 0 AND system = ?1 AND object = ?2 AND record_id = ?3`,
      system,
      object,
      recordId,
    )[0]?.entity_id,
  );

interface IntendedWrite {
  readonly system: string;
  readonly operation: string;
  readonly recordId: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** How many of the values sent stood there already. */
function repeated(ledger: Ledger, { system, object, operation }: SentWrite, row: SentRow): number {
  if (operation !== "update") return 0;
  const record = ledger.records.get(recordKey(system, object, row.ref));
  if (record === undefined) return 0;
  const raw = row.set as Readonly<Record<string, string | null>>;
  return mappingOf(object, system).fields.filter(
    (field) => field.property in raw && same(record.fields[field.field], meaning(field, raw)),
  ).length;
}

/** I8: base is what every linked system was seen holding; versions only count up. */
function judgeRecords(
  world: World,
  ledger: Ledger,
  versions: Map<string, number>,
  violate: Auditor["violate"],
): void {
  for (const entity of world.d1.all("SELECT id, object, version, base FROM entities")) {
    const [id, version] = [String(entity.id), Number(entity.version)];
    const before = versions.get(id) ?? 0;
    if (version === before) continue;
    versions.set(id, version);
    if (version !== before + 1) violate("I8", `entity ${id} went from ${before} to ${version}`);
    const base = JSON.parse(String(entity.base)) as Record<string, Held>;
    const links = world.d1.all(
      "SELECT system, record_id FROM links WHERE alias = 0 AND entity_id = ?1",
      id,
    );
    for (const [field, value] of Object.entries(base)) {
      for (const { system, record_id: recordId } of links) {
        const object = String(entity.object);
        const mapped = mappingOf(object, system as SystemName).fields;
        if (!mapped.some((one) => one.field === field)) continue;
        if (ledger.everHeld(String(system), object, String(recordId), field, value)) continue;
        violate("I8", `base of ${object}.${field} was never held by ${system} ${recordId}`);
      }
    }
  }
}

/** I7: what is linked and not in anybody's hands is equal everywhere, and in base. */
function differences(world: World, ledger: Ledger): string[] {
  const found: string[] = [];
  const { entities, linksOf, openOf, bySubject } = tables(world);
  for (const { id, object, base } of entities) {
    const links = linksOf(id);
    const open = openOf(id);
    if (open.some(({ kind }) => kind !== "conflict" && kind !== "invalid")) continue;
    const records = links.map(({ system, recordId }) =>
      ledger.records.get(recordKey(system, object, recordId)),
    );
    // What was deleted before it had a counterpart never gets one.
    if (records.every((record) => record === undefined || record.archived)) continue;
    if (links.length < 2) found.push(`entity ${id} (${object}) has ${links.length} links`);
    for (const field of Object.keys(config.objects[object]?.fields ?? {})) {
      if (open.some((one) => one.field === field)) continue;
      const [first, ...others] = records.map((record) => record?.fields[field] ?? null);
      const agreed = others.every((value) => same(value, first));
      if (!agreed)
        found.push(`${object} ${links.map(({ recordId }) => recordId)} ${field} differs`);
      else if (!same(base[field], first)) found.push(`${object} ${id} base of ${field} is behind`);
    }
  }
  for (const record of ledger.records.values()) {
    const key = recordKey(record.system, record.object, record.id);
    if (record.archived || bySubject.has(key)) continue;
    const linked = world.d1.all(
      "SELECT 1 FROM links WHERE alias = 0 AND system = ?1 AND object = ?2 AND record_id = ?3",
      record.system,
      record.object,
      record.id,
    );
    if (linked.length === 0) found.push(`${key} is unknown`);
  }
  return found;
}

function tables(world: World) {
  const links = world.d1.all("SELECT * FROM links WHERE alias = 0");
  const open = world.d1.all("SELECT * FROM exceptions WHERE status <> 'settled'");
  const linksOf = Map.groupBy(links, ({ entity_id: id }) => String(id));
  const openOf = Map.groupBy(open, ({ entity_id: id }) => String(id));
  return {
    entities: world.d1.all("SELECT id, object, base FROM entities").map((row) => ({
      id: String(row.id),
      object: String(row.object),
      base: JSON.parse(String(row.base)) as Record<string, Held>,
    })),
    linksOf: (id: string) =>
      (linksOf.get(id) ?? []).map((row) => ({
        system: row.system as SystemName,
        recordId: String(row.record_id),
      })),
    openOf: (id: string) =>
      (openOf.get(id) ?? []).map((row) => ({ kind: String(row.kind), field: row.field })),
    bySubject: new Set(open.map(({ subject }) => String(subject))),
  };
}

/**
 * I1: what a person set is there still, or was seen by whoever changed it, or stands in the audit
 * or in an exception. Never none of these.
 */
function judgeEdits(world: World, ledger: Ledger, violate: Auditor["violate"]): void {
  const told = mentions(world);
  const entityOf = new Map(
    world.d1
      .all("SELECT * FROM links")
      .map((row) => [
        recordKey(String(row.system), String(row.object), String(row.record_id)),
        String(row.entity_id),
      ]),
  );
  const byField = Map.groupBy(ledger.changes, (change) => {
    const key = recordKey(change.system, change.object, change.recordId);
    return `${entityOf.get(key) ?? key}/${change.field}`;
  });
  for (const [group, changes] of byField) {
    for (const change of changes) {
      if (change.by === "us") continue;
      const { system, object, recordId, field, to } = change;
      const record = ledger.records.get(recordKey(system, object, recordId));
      if (record === undefined || same(record.fields[field], to)) continue;
      const seen = changes.some(
        (later) => later.by !== "us" && later.order > change.order && same(later.from, to),
      );
      if (seen || told.has(`${group}/${JSON.stringify(to)}`)) continue;
      const what = to === null ? "a blank" : JSON.stringify(to);
      violate("I1", `${system} ${object} ${recordId} ${field}: ${what} was lost without a trace`);
    }
  }
}

/** Values that audit entries and exceptions name, by entity and field. */
function mentions(world: World): ReadonlySet<string> {
  const told = new Set<string>();
  const tell = (entity: string, field: string, value: unknown) =>
    told.add(`${entity}/${field}/${JSON.stringify(value)}`);
  const tellInputs = (entity: string, field: string, because: Because | null | undefined) => {
    for (const { value } of because?.inputs ?? []) tell(entity, field, value);
  };
  for (const row of world.d1.all("SELECT entity_id, kind, detail FROM audit")) {
    const entity = String(row.entity_id);
    const detail = JSON.parse(String(row.detail)) as AuditDetail;
    if (detail.field !== undefined) tellInputs(entity, detail.field, detail.because);
    for (const [field, change] of Object.entries(detail.fields ?? {})) {
      tellInputs(entity, field, change.because);
      if (change.from !== undefined) tell(entity, field, change.from);
    }
  }
  for (const row of world.d1.all("SELECT entity_id, field, detail FROM exceptions")) {
    const detail = JSON.parse(String(row.detail)) as AuditDetail;
    tellInputs(String(row.entity_id), String(row.field), detail.because);
    for (const [field, change] of Object.entries(detail.fields ?? {})) {
      if (change.from !== undefined) tell(String(row.entity_id), field, change.from);
    }
  }
  return told;
}

interface Because {
  readonly inputs: readonly { readonly value: unknown }[];
}

interface AuditDetail {
  readonly field?: string;
  readonly because?: Because;
  readonly system?: string;
  readonly recordId?: string;
  readonly fields?: Readonly<
    Record<string, { readonly from?: unknown; readonly to: unknown; readonly because?: Because }>
  >;
}

/** I5: one key, one record; one entity, one record in each system. */
function judgeCreates(ledger: Ledger, violate: Auditor["violate"]): void {
  for (const object of objects) {
    const born = [...ledger.born.values()].filter((record) => record.object === object);
    for (const system of systemNames) {
      const ours = born.filter((record) => record.system === system && record.key !== null);
      const theirs = born.filter((record) => record.system !== system && record.key === null);
      // What a merge leaves without a record may get a new one once a person says so.
      if (ours.length <= theirs.length + ledger.merges(object)) continue;
      violate("I5", `${ours.length} of ${object} made in ${system} for ${theirs.length} elsewhere`);
    }
  }
  const keyed = [...ledger.records.values()].filter(({ key }) => key !== null);
  const byKey = Map.groupBy(keyed, ({ system, object, key }) =>
    recordKey(system, object, key ?? ""),
  );
  for (const [key, records] of byKey) {
    if (records.length > 1) violate("I5", `${key} was created ${records.length} times`);
  }
}

/** I10 and I11: every change we made has its audit entry, and entries have no gaps. */
function judgeAudit(world: World, ledger: Ledger, violate: Auditor["violate"]): void {
  const rows = world.d1.all("SELECT entity_id, entry, kind, detail FROM audit ORDER BY entry");
  const written = new Set<string>();
  for (const row of rows) {
    if (row.kind !== "wrote" && row.kind !== "created" && row.kind !== "unconfirmed") continue;
    const detail = JSON.parse(String(row.detail)) as AuditDetail;
    for (const [field, { to }] of Object.entries(detail.fields ?? {})) {
      written.add(`${detail.system}/${detail.recordId}/${field}/${JSON.stringify(to)}`);
    }
  }
  const counted = Map.groupBy(rows, ({ entity_id: id }) => String(id));
  for (const entity of world.d1.all("SELECT id, audit_entries FROM entities")) {
    const entries = (counted.get(String(entity.id)) ?? []).map(({ entry }) => entry);
    const gapless = entries.every((entry, index) => entry === index);
    if (!gapless || entries.length !== entity.audit_entries) {
      violate("I11", `the audit of ${entity.id} has a gap`);
    }
  }
  for (const change of ledger.changes) {
    if (change.by !== "us" || change.birth || change.to === null) continue;
    const { system, recordId, field, to } = change;
    const key = `${system}/${recordId}/${field}/${JSON.stringify(to)}`;
    if (!written.has(key)) {
      violate("I10", `${change.system} ${change.recordId} ${field}: our write is not in the audit`);
    }
  }
}

/** I9, I25: nothing is left behind, and nothing died of being told to wait. */
function judgeMailbox(world: World, violate: Auditor["violate"]): void {
  for (const table of ["pokes", "intents"] as const) {
    const [row] = world.d1.all(`SELECT count(*) AS left FROM ${table}`);
    if (row?.left !== 0) violate("I9", `${row?.left} ${table} are left in a quiet world`);
  }
  for (const row of world.d1.all("SELECT detail FROM exceptions WHERE kind = 'dead_letter'")) {
    const { status } = JSON.parse(String(row.detail)) as { status: number | null };
    if (status === 429) violate("I19", "a job was given up because of a limit");
  }
}
