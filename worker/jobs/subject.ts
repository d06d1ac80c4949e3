/** One entity at work in a job, with all that is known of it before anything is decided. */
import type { Fields, SystemId } from "../../shared/record.ts";
import type { ReadAnswer } from "../connectors/connector.ts";
import type { ObjectRules } from "../core/rules.ts";
import type { Relink } from "../store/commit-types.ts";
import type {
  Intent,
  LinkedRecord,
  LoadedPoke,
  OpenException,
  WrittenOver,
} from "../store/load.ts";
import type { RecordKey } from "../store/mailbox.ts";

export interface Subject {
  readonly entityId: string;
  readonly object: ObjectRules;
  readonly version: number;
  readonly base: Fields;
  readonly seen: Readonly<Record<SystemId, Fields>>;
  readonly seenAt: number | null;
  readonly written: WrittenOver;
  /** Since when it is gone everywhere; a record that comes back was restored. */
  readonly goneAt: number | null;
  /** Systems that a person said it goes on without. */
  readonly without: readonly SystemId[];
  readonly erasedAt: number | null;
  readonly auditEntries: number;
  readonly auditHead: string;
  readonly links: Readonly<Record<SystemId, LinkedRecord>>;
  readonly exceptions: readonly OpenException[];
  readonly pokes: readonly LoadedPoke[];
  /** A job that died, or lost its answer, left this; it is settled by what is read now. */
  readonly abandoned: Intent | null;
  /** Whether this job brings the entity into the world, and what made it known. */
  readonly birth: { readonly matchedBy: string | null } | null;
  /** What merges in the systems did to its links; `links` has it already. */
  readonly merges: readonly Merge[];
  /** What each linked system answered. */
  readonly answers: Readonly<Record<SystemId, ReadAnswer>>;
}

/** A merge, and if it took the record away: the counterparts of the entity that keeps it. */
export type Merge = Relink & { readonly rivals: readonly RecordKey[] };
