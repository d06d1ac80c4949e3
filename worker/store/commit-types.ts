/** What a job hands over to be committed, as plain data: it names no table and no statement. */
import type { EntityId, Fields, ObjectName, SystemId } from "../../shared/record.ts";
import type { DriftedField } from "./drifts.ts";
import type { IntendedWrite, LoadedPoke, WrittenOver } from "./load.ts";
import type { RecordKey } from "./mailbox.ts";

export interface Commit {
  readonly entities: readonly EntityCommit[];
  /** Exceptions that hang on no commit of an entity. */
  readonly raise: readonly NewException[];
  /** Records that belong to no entity and are no matter any more, and why. */
  readonly answered: readonly { readonly key: RecordKey; readonly resolution: string }[];
  /** Pokes that are done with; `entityId` names the commit they depend on. */
  readonly done: readonly { readonly poke: LoadedPoke; readonly entityId: EntityId | null }[];
  /**
   * What is asked and done about records that nobody was linked to when they were looked at. Void
   * where another job has linked one since: then its poke stays, to be looked at properly.
   */
  readonly strangers: {
    readonly raise: readonly NewException[];
    readonly done: readonly LoadedPoke[];
  };
  /** Entities whose writes have an unknown outcome: their intent is free to be taken over. */
  readonly abandon: readonly EntityId[];
  /** Pokes that wait for a person; `by` says for what. */
  readonly hold: readonly { readonly poke: LoadedPoke; readonly by: string }[];
  /** Pokes that must wait. */
  readonly defer: readonly {
    readonly poke: LoadedPoke;
    readonly dueAt: number;
    /** Whether this was an attempt that failed, or only waiting for somebody else. */
    readonly attempted: boolean;
  }[];
  /** What was decided without a field that was held: it is looked at again if that is mended. */
  readonly drifted: readonly (DriftedField & { readonly entityId: EntityId })[];
}

export interface Committed {
  /** Entities whose commit took hold; the others lost a race and must look again. */
  readonly entities: ReadonlySet<EntityId>;
  /** Exceptions that were opened, or reopened with other values. */
  readonly raised: readonly string[];
  /** Records to be looked at again: a question of theirs, or a field, is not what it was. */
  readonly again: readonly RecordKey[];
}

export interface EntityCommit {
  readonly entityId: EntityId;
  readonly version: number;
  readonly base: Fields;
  readonly seen: Readonly<Record<SystemId, Fields>>;
  readonly seenAt: number | null;
  readonly written: WrittenOver;
  readonly goneAt: number | null;
  /** A person asked to be forgotten: what is buried, and whether our values go now. */
  readonly erase: { readonly tombstones: readonly string[]; readonly values: boolean } | null;
  /** How many entries the audit of this entity holds already. */
  readonly auditEntries: number;
  readonly auditHead: string;
  readonly links: readonly NewLink[];
  readonly relinks: readonly Relink[];
  readonly audit: readonly AuditEntry[];
  readonly raise: readonly NewException[];
  /** Ids of exceptions that are settled now, and how. */
  readonly settle: readonly { readonly id: string; readonly resolution: string }[];
  /** Exceptions whose ruling did not hold any more: open again. */
  readonly reopen: readonly string[];
  /** Writes of earlier jobs that could not be settled either; empty ends the intent. */
  readonly unsettled: readonly IntendedWrite[];
}

export interface NewLink extends RecordKey {
  readonly url: string | null;
}

/** What a merge in one system does to an entity's link there. */
export type Relink = RecordKey &
  (
    | {
        /** The survivor takes the place of the linked record, unless it is linked already. */
        readonly kind: "moved";
        readonly to: string;
        readonly url: string | null;
        /** Ids that stand for the survivor from now on. */
        readonly aliases: readonly string[];
      }
    /** The survivor belongs to another entity: the id is that one's alias from now on. */
    | { readonly kind: "lost"; readonly keeper: EntityId }
  );

export interface AuditEntry {
  readonly kind:
    | "wrote"
    | "created"
    | "archived"
    | "erased"
    | "unconfirmed"
    | "linked"
    | "relinked"
    | "discarded"
    | "ruled"
    | "undone"
    | "parted";
  readonly at: number;
  readonly detail: unknown;
  /** Random: keeps an erased value from being guessed from its commitment. */
  readonly salt: string;
}

/** As jobs make it; the salt is added where randomness is at hand. */
export type Unsalted = Omit<AuditEntry, "salt">;

export interface NewException {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly object: ObjectName;
  readonly entityId: EntityId | null;
  readonly system: SystemId | null;
  readonly recordId: string | null;
  readonly field: string | null;
  readonly detail: unknown;
  readonly shown: string | null;
}
