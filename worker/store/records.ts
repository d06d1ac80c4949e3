/** One record with everything the card shows of it, in one round trip. */
import type { EntityId } from "../../shared/record.ts";
import { doubtedSql, keptSql } from "./answers.ts";
import { type Database, type Row, regrouped, statementsFor } from "./database.ts";
import { type Pause, pauseOfRow } from "./holds.ts";
import {
  type Entity,
  exceptionOfRow,
  loadedOf,
  loadGroups,
  loadStatements,
  type OpenException,
} from "./load.ts";
import { keyText, type RecordKey } from "./mailbox.ts";

export interface RecordState {
  /** Null for a record that no entity knows. */
  readonly entity: Entity | null;
  /** Whether pokes of any of its records wait, other than what claims to be our own echo. */
  readonly waiting: boolean;
  /** Newest first. */
  readonly audit: readonly AuditRow[];
  /** Answers of people that may still be taken back, the latest first. */
  readonly settled: readonly SettledException[];
  /** Everything that is paused, wherever it is. */
  readonly pauses: readonly Pause[];
  /** What is asked about other records, and names this one. */
  readonly elsewhere: readonly AskedElsewhere[];
  /** Open exceptions of the record itself, where it has no entity. */
  readonly ownExceptions: readonly Row[];
}

export interface SettledException extends OpenException {
  readonly settledAt: number;
}

export interface AskedElsewhere extends OpenException {
  readonly entityId: EntityId | null;
  readonly recordId: string | null;
}

export interface AuditRow {
  readonly entry: number;
  readonly at: number;
  readonly kind: string;
  readonly detail: unknown;
}

export async function recordState(
  db: Database,
  key: RecordKey,
  shown: { readonly auditEntries: number; readonly settledSince: number | null },
): Promise<RecordState> {
  const groups = [
    ...loadStatements(db, [key]),
    statementsFor(db, auditSql, [key], shown.auditEntries),
    statementsFor(db, waitingSql, [key]),
    [db.prepare(ownSql).bind(keyText(key))],
    shown.settledSince === null ? [] : statementsFor(db, settledSql, [key], shown.settledSince),
    statementsFor(db, doubtedSql, [key]),
    statementsFor(db, keptSql, [key]),
    [db.prepare(`SELECT * FROM pauses ORDER BY at`)],
  ];
  const rows = regrouped(groups, await db.batch(groups.flat()));
  const loaded = loadedOf(rows.slice(0, loadGroups));
  const [audit = [], waiting = [], own = [], settled = [], doubted = [], kept = [], pauses = []] =
    rows.slice(loadGroups);
  const entity = loaded.entities.get(loaded.entityOf.get(keyText(key)) ?? "");
  return {
    entity: entity ?? null,
    waiting: waiting.length > 0 || [...loaded.pokes.values()].some(({ echo }) => echo === null),
    audit: audit.map((row) => ({
      entry: Number(row.entry),
      at: Number(row.at),
      kind: String(row.kind),
      detail: JSON.parse(String(row.detail)),
    })),
    settled: settled.map((row) => ({ ...exceptionOfRow(row), settledAt: Number(row.settled_at) })),
    elsewhere: [...doubted, ...kept].map((row) => ({
      ...exceptionOfRow(row),
      entityId: row.entity_id === null ? null : String(row.entity_id),
      recordId: row.record_id === null ? null : String(row.record_id),
    })),
    pauses: pauses.map(pauseOfRow),
    ownExceptions: own,
  };
}

const linked = `
  SELECT l.entity_id FROM json_each(?1) k CROSS JOIN links l
  WHERE l.system = k.value->>'system' AND l.object = k.value->>'object'
    AND l.record_id = k.value->>'recordId'`;

const auditSql = `
  SELECT * FROM audit WHERE entity_id IN (${linked}) AND detail IS NOT NULL
  ORDER BY entry DESC LIMIT ?2`;

const settledSql = `
  SELECT x.* FROM exceptions x
  WHERE x.entity_id IN (${linked}) AND x.status = 'settled' AND x.resolution = 'ruled'
    AND x.settled_at >= ?2 AND x.ruling IS NOT NULL
  ORDER BY x.settled_at DESC LIMIT 20`;

const waitingSql = `
  SELECT p.record_id FROM (${linked}) e CROSS JOIN links o CROSS JOIN pokes p
  WHERE o.entity_id = e.entity_id AND o.alias = 0 AND p.system = o.system AND p.object = o.object
    AND p.record_id = o.record_id AND p.echo IS NULL`;

const ownSql = `SELECT * FROM exceptions WHERE subject = ?1 AND status <> 'settled'`;
