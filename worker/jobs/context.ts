/** What a job is given: the rules, the connectors, the database, and all that is not pure. */
import type { SystemId } from "../../shared/record.ts";
import type { Connector } from "../connectors/connector.ts";
import { assert } from "../core/assert.ts";
import type { ObjectRules, Rules } from "../core/rules.ts";
import type { D1 } from "../store/database.ts";
import type { DriftedField } from "../store/drifts.ts";
import type { RecordKey } from "../store/mailbox.ts";
import type { References } from "./references.ts";

export interface JobContext {
  readonly rules: Rules;
  readonly connectors: Readonly<Record<SystemId, Connector>>;
  readonly d1: D1;
  /** Keys the hashes that are kept of erased people. */
  readonly erasureKey: string;
  /** What this job has learned of references between records; every batch begins anew. */
  readonly references?: References;
  /** Fields that are neither read nor written in a system just now. */
  readonly drifted?: readonly DriftedField[];
  readonly newId: () => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** Rings the doorbell for records in the mailbox. May fail: the sweep rings again. */
  readonly ring: (keys: readonly RecordKey[], delayMs: number) => Promise<void>;
  /** Asks for exceptions to be announced. May fail: the sweep asks again. */
  readonly announce: (exceptionIds: readonly string[]) => Promise<void>;
  /** One wide line per attempt: ids and counts, never values. */
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
}

export function connectorOf(context: JobContext, system: SystemId): Connector {
  const connector = context.connectors[system];
  assert(connector !== undefined, `no connector for system ${system}`);
  return connector;
}

export function objectOf(context: JobContext, object: string): ObjectRules {
  const rules = context.rules.objects[object];
  assert(rules !== undefined, `no rules for object ${object}`);
  return rules;
}

/** Whether a field is held in a system, because its property is not what it is taken for. */
export const isDrifted = (
  { drifted = [] }: Pick<JobContext, "drifted">,
  system: SystemId,
  object: string,
  field: string,
): boolean =>
  drifted.some((one) => one.system === system && one.object === object && one.field === field);

/** Limits of one job, all in one place. */
export const limits = {
  /** Records worked on together: one read and one write call per system. */
  batchRecords: 100,
  /**
   * How long a job may hold an entity's intent before another takes it over and settles it by
   * reading; longer than any job can run between its two commits.
   */
  intentLeaseMs: 60_000,
  /**
   * How long after its intent a job may still send writes. The rest of the lease is for what was
   * sent at the last moment to arrive, before somebody reads what became of it.
   */
  intentWriteMs: 40_000,
  /** How long to wait for another job that is writing the same entity. */
  busyDelayMs: 2_000,
  /** The longest a record waits between two looks at who is creating it. */
  patienceMaxMs: 60 * 60_000,
  /** A queue consumer's wall time (https://developers.cloudflare.com/queues/platform/limits/). */
  jobMsMax: 900_000,
  /** How often systems are asked what their objects look like. */
  schemaEveryMs: 3_600_000,
  /** How soon again, if one refuses a property. */
  schemaAgainMs: 300_000,
  /** Records one sweep rings for. */
  sweepRecords: 1_000,
  /** How long a poke may wait past its time before the sweep thinks its doorbell was lost. */
  sweepAfterMs: 15_000,
  /** Attempts, about ten minutes of them, after which a write that nobody confirms is told. */
  quietAttempts: 12,
  /** How often a person's answer is tried at once before it is left to the queue. */
  personAttempts: 6,
  /** Between two of these tries. */
  personWaitMs: 250,
} as const;
