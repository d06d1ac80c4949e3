/**
 * The canonical record: the one form in which values of different systems are compared.
 *
 * Three things are never confused:
 * - *unknown*: the field was not read (its key is absent);
 * - *blank*: the system holds the field and it is empty (`null`); a blank where base has a value
 *   means somebody *cleared* it;
 * - a value.
 */
import * as z from "zod";

export type SystemId = string;
export type ObjectName = string;
export type FieldName = string;
export type EntityId = string;

/**
 * Scalars are strings ("2026-12-01", "+493012345", "1234.5 EUR"); sets are sorted, unique string
 * arrays; composites (an address) are records of their non-blank parts, keys in a fixed order.
 */
export type CanonicalValue = string | readonly string[] | Readonly<Record<string, string>>;

/** What a system holds in a field it was asked for: a value, or `null` for blank. */
export type Held = CanonicalValue | null;

/** Held values by field; an absent key is unknown. */
export type Fields = Readonly<Record<FieldName, Held>>;

/**
 * By field, further values that a record is known by: secondary e-mail addresses, further domains,
 * ids that were merged into it. They find counterparts; they are never compared and never written.
 */
export type Aliases = Readonly<Record<FieldName, readonly CanonicalValue[]>>;

export const heldSchema: z.ZodType<Held> = z.union([
  z.string(),
  z.array(z.string()),
  z.record(z.string(), z.string()),
  z.null(),
]);
export const fieldsSchema = z.record(z.string(), heldSchema);

/** Who made a change, as far as the system says. `self` is this product's own write. */
export const actorSchema = z.object({
  kind: z.enum(["person", "automation", "self", "unknown"]),
  /** The system's own id of the person or automation. */
  id: z.optional(z.string()),
  /** A name or an e-mail address to show. */
  name: z.optional(z.string()),
});
export type Actor = z.infer<typeof actorSchema>;

/** An earlier value of a field, from a system that keeps a history. Times are in epoch ms. */
export interface Earlier {
  readonly value: Held;
  readonly at: number;
  readonly actor: Actor | null;
}

/** What one read says of one field. */
export type Observation =
  | {
      readonly kind: "held";
      readonly value: Held;
      /** When the value was set, epoch milliseconds; null if the system does not say. */
      readonly at: number | null;
      readonly actor: Actor | null;
      /** Newest first, the current value left out; absent if the system keeps no history. */
      readonly earlier?: readonly Earlier[];
    }
  /** The system holds something that has no canonical form. Only this field is held back. */
  | {
      readonly kind: "invalid";
      readonly raw: string;
      readonly reason: string;
      readonly at: number | null;
      readonly actor: Actor | null;
    };

/** One record as one system answered it just now. */
export interface SystemRecord {
  readonly id: string;
  /** Our own key (the entity's id), if it was us who created the record. */
  readonly key?: string;
  /** Ids that were merged into this record and stand for it now. */
  readonly formerIds?: readonly string[];
  /** Absent where the system told of none. */
  readonly aliases?: Aliases;
  /** By field; a field that was not read, or could not be, is absent. */
  readonly fields: Readonly<Record<FieldName, Observation>>;
  /** The record's own modified time, epoch milliseconds; null if the system does not say. */
  readonly modifiedAt: number | null;
  /** The token for a compare-and-set write, where the system has one. */
  readonly version?: string;
  readonly archived: boolean;
  /** Where a person opens the record. */
  readonly url: string | null;
}

/** The types of canonical fields. How each is written in a system is the connector's business. */
export const fieldTypeSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("text"), lengthMax: z.optional(z.int().positive()) }),
  z.object({ kind: z.literal("email") }),
  /** `region`: the ISO 3166 country whose national numbers are accepted without a prefix. */
  z.object({ kind: z.literal("phone"), region: z.optional(z.string().length(2)) }),
  z.object({ kind: z.literal("url") }),
  z.object({ kind: z.literal("domain") }),
  z.object({ kind: z.literal("name") }),
  z.object({ kind: z.literal("address") }),
  z.object({ kind: z.literal("country") }),
  /** `scale`: decimal places kept; the coarsest of the connected systems. */
  z.object({ kind: z.literal("decimal"), scale: z.int().min(0).max(12) }),
  /** `currency`: assumed where a system holds an amount without one. */
  z.object({ kind: z.literal("money"), currency: z.string().length(3) }),
  z.object({ kind: z.literal("date") }),
  /** `precisionMs`: the coarsest of the connected systems. */
  z.object({ kind: z.literal("datetime"), precisionMs: z.optional(z.int().positive()) }),
  z.object({ kind: z.literal("boolean") }),
  z.object({ kind: z.literal("option"), options: z.array(z.string()).min(1) }),
  z.object({ kind: z.literal("options"), options: z.array(z.string()).min(1) }),
  /** `order`: canonical stage names from first to last. */
  z.object({ kind: z.literal("stage"), order: z.array(z.string()).min(1) }),
  /** A person who owns the record, by e-mail address. */
  z.object({ kind: z.literal("owner") }),
  /** Another entity, by id; `object` is what it must be. */
  z.object({ kind: z.literal("reference"), object: z.string() }),
  z.object({ kind: z.literal("references"), object: z.string() }),
]);
export type FieldType = z.infer<typeof fieldTypeSchema>;
