/**
 * Judges a run at its end: nothing people set is lost, nothing was made twice, the audit is whole
 * and its hashes fit, links lead to records that are there, and nothing is left behind.
 */
import { hash } from "node:crypto";
import type { Case } from "./case.ts";
import { recordKey } from "./ledger.ts";
import { mappingOf, objects, same, systemNames } from "./values.ts";
import type { World } from "./world.ts";

export function judgeEnd(on: Case): void {
  const forgotten = forgottenKeys(on);
  judgeEdits(on, forgotten);
  judgeCreates(on);
  judgeAudit(on, forgotten);
  judgeChains(on);
  judgeLinks(on);
  judgeMailbox(on);
}

/** Records of those whose values may be nowhere any more. */
const forgottenKeys = ({ world, linked }: Case): ReadonlySet<string> =>
  new Set(
    world.d1
      .all("SELECT id FROM entities WHERE erased_at NOT NULL")
      .flatMap(({ id }) => [...(linked.get(String(id)) ?? [])]),
  );

/**
 * I1: what a person set is there still, or was seen by whoever changed it, or stands in the audit
 * or in an exception. Never none of these.
 */
function judgeEdits({ world, ledger, violate }: Case, forgotten: ReadonlySet<string>): void {
  const told = mentions(world);
  const entityOf = new Map(
    world.d1
      .all("SELECT * FROM links")
      .map((row) => [
        recordKey(String(row.system), String(row.object), String(row.record_id)),
        String(row.entity_id),
      ]),
  );
  const byField = Map.groupBy(
    ledger.changes.filter(
      ({ system, object, recordId }) => !forgotten.has(recordKey(system, object, recordId)),
    ),
    (change) => {
      const key = recordKey(change.system, change.object, change.recordId);
      return `${entityOf.get(key) ?? key}/${change.field}`;
    },
  );
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
  for (const row of world.d1.all(
    "SELECT entity_id, kind, detail FROM audit WHERE detail NOT NULL",
  )) {
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
function judgeCreates({ ledger, violate }: Case): void {
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
  // A survivor inherits the key of a record that it swallowed: it was not created by it.
  const created = [...ledger.records].flatMap(([id, one]) => (ledger.born.has(id) ? [one] : []));
  const keyed = created.filter(({ key }) => key !== null);
  const byKey = Map.groupBy(keyed, ({ system, object, key }) =>
    recordKey(system, object, key ?? ""),
  );
  for (const [key, records] of byKey) {
    if (records.length > 1) violate("I5", `${key} was created ${records.length} times`);
  }
}

/** I10: every change we made has its audit entry. */
function judgeAudit({ world, ledger, violate }: Case, forgotten: ReadonlySet<string>): void {
  const rows = world.d1.all(
    `SELECT detail FROM audit
     WHERE kind IN ('wrote', 'created', 'unconfirmed') AND detail NOT NULL`,
  );
  const written = new Set<string>();
  for (const row of rows) {
    const detail = JSON.parse(String(row.detail)) as AuditDetail;
    for (const [field, { to }] of Object.entries(detail.fields ?? {})) {
      written.add(`${detail.system}/${detail.recordId}/${field}/${JSON.stringify(to)}`);
    }
  }
  for (const change of ledger.changes) {
    if (change.by !== "us" || change.birth || change.to === null) continue;
    const { system, object, recordId, field, to } = change;
    if (forgotten.has(recordKey(system, object, recordId))) continue;
    if (!written.has(`${system}/${recordId}/${field}/${JSON.stringify(to)}`)) {
      violate("I10", `${system} ${recordId} ${field}: our write is not in the audit`);
    }
  }
}

const sha256 = (text: string): string => hash("sha256", text, "hex");

/** I11: entries have no gaps, and every hash fits; erased values leave theirs whole. */
function judgeChains({ world, violate }: Case): void {
  const rows = world.d1.all("SELECT * FROM audit ORDER BY entity_id, entry");
  const chains = Map.groupBy(rows, ({ entity_id: id }) => String(id));
  for (const entity of world.d1.all("SELECT id, audit_entries, audit_head FROM entities")) {
    const entries = chains.get(String(entity.id)) ?? [];
    const gapless = entries.every(({ entry }, index) => entry === index);
    if (!gapless || entries.length !== entity.audit_entries) {
      violate("I11", `the audit of ${entity.id} has a gap`);
    }
    if (entity.audit_head !== (entries.at(-1)?.chain ?? "")) {
      violate("I11", `the audit of ${entity.id} has another head than its last entry`);
    }
  }
  for (const [id, entries] of chains) {
    let head = "";
    for (const { entry, at, kind, detail, salt, commitment, chain } of entries) {
      if (detail !== null && sha256(`\u0000${salt}\u0000${detail}`) !== commitment) {
        violate("I11", `entry ${entry} of ${id} holds other values than it commits to`);
      }
      const link = JSON.stringify([head, id, entry, at, kind, commitment]);
      if (sha256(`\u0001${link}`) !== chain) {
        violate("I11", `the chain of ${id} is broken at ${entry}`);
      }
      head = String(chain);
    }
  }
}

/** I15: after any merges every link leads to a survivor, and to each from one entity. */
function judgeLinks({ world, violate }: Case): void {
  const { aliases, objects: definitions, records } = world.hubspot.portal.state;
  for (const object of objects) {
    const plural = mappingOf(object, "hubspot").systemObject;
    const type = Object.values(definitions).find((one) => one.plural === plural)?.objectTypeId;
    const merged = aliases[type ?? ""] ?? {};
    const standing = records[type ?? ""] ?? {};
    const links = world.d1.all(
      `SELECT l.record_id, l.entity_id FROM links l JOIN entities e ON e.id = l.entity_id
       WHERE l.alias = 0 AND l.system = 'hubspot' AND l.object = ?1 AND e.erased_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM exceptions x
                         WHERE x.entity_id = l.entity_id AND x.status <> 'settled')`,
      object,
    );
    for (const { record_id: id, entity_id: entityId } of links) {
      // What was destroyed since leads nowhere, by whichever id it is called.
      if (standing[merged[String(id)] ?? ""] !== undefined) {
        violate("I15", `entity ${entityId} is linked to ${id}, which was merged away`);
      }
    }
  }
}

/** I9, I25: nothing is left behind, and nothing died of being told to wait. */
function judgeMailbox({ world, violate }: Case): void {
  for (const table of ["pokes", "intents"] as const) {
    const [row] = world.d1.all(`SELECT count(*) AS left FROM ${table}`);
    if (row?.left !== 0) violate("I9", `${row?.left} ${table} are left in a quiet world`);
  }
  for (const row of world.d1.all("SELECT detail FROM exceptions WHERE kind = 'dead_letter'")) {
    const { status } = JSON.parse(String(row.detail)) as { status: number | null };
    if (status === 429) violate("I19", "a job was given up because of a limit");
  }
}
