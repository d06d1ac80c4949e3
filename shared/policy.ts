/**
 * Field policies as data: per field, who may change it, who wins, and what guards it.
 * A policy is versioned with the configuration it stands in; `worker/core` alone interprets it.
 *
 * A policy is only asked where systems hold different values. Systems that agree have converged, a
 * blank never competes with a value unless the guards say so, and on first match the one value
 * there is survives. `worker/core/words.ts` prints the whole precedence.
 */
import * as z from "zod";

const systemId = z.string().min(1);

/** A condition over the entity and the change at hand; all its parts must hold. */
export const conditionSchema = z.strictObject({
  /** A canonical field of the same record holds one of these values, as last agreed. */
  field: z.optional(z.strictObject({ name: z.string(), in: z.array(z.string()).min(1) })),
  /**
   * The change was made by a person or an automation. A case that asks this, or the next, decides
   * among the changes that meet it alone; where only the agreed value meets it, that one stays:
   * "a person's edit beats an automation's for 24 hours".
   */
  actor: z.optional(z.enum(["person", "automation"])),
  /** The change is at most this old, hours. A change of unknown age meets no such condition. */
  withinHours: z.optional(z.number().positive()),
});
export type Condition = z.infer<typeof conditionSchema>;

export type FieldPolicy =
  /** The change made last wins; within the skew tolerance it is a tie, broken by rank. */
  | { readonly rule: "newest" }
  /** Any system may change it; when several did, this one wins, else the latest of the others. */
  | { readonly rule: "prefer"; readonly system: string }
  /**
   * Only this system may change it; elsewhere a change is reverted, or asked about. Until it has a
   * record, the latest change of the others stands in. The owner itself may be read-only: it is
   * followed and never written, as with a value that the system calculates.
   */
  | { readonly rule: "owned"; readonly system: string; readonly elsewhere: "revert" | "ask" }
  /**
   * A value is only ever taken where the others are blank. Two values are a conflict, and so is a
   * lone edit of an agreed value: whoever chose this rule wants no value overwritten without a
   * person, and to leave the systems different without a word would be drift nobody knows of.
   * Where lone edits may travel, the rule is `ask`.
   */
  | { readonly rule: "fill_blank" }
  /** Sets grow together: what was added anywhere is added, what was removed is removed. */
  | { readonly rule: "union" }
  /** The highest value wins, the agreed one included. Amounts of two currencies are a conflict. */
  | { readonly rule: "max" }
  | { readonly rule: "min" }
  /** A stage moves forward only, in its type's order. */
  | { readonly rule: "forward_only" }
  /** A change that stands alone goes out; between changes that differ, a person decides. */
  | { readonly rule: "ask" }
  /** The first case whose condition holds decides; otherwise the last. */
  | {
      readonly rule: "when";
      readonly cases: readonly { readonly if: Condition; readonly use: FieldPolicy }[];
      readonly otherwise: FieldPolicy;
    };

export const fieldPolicySchema: z.ZodType<FieldPolicy> = z.lazy(() =>
  z.discriminatedUnion("rule", [
    z.strictObject({ rule: z.literal("newest") }),
    z.strictObject({ rule: z.literal("prefer"), system: systemId }),
    z.strictObject({
      rule: z.literal("owned"),
      system: systemId,
      elsewhere: z.enum(["revert", "ask"]),
    }),
    z.strictObject({ rule: z.literal("fill_blank") }),
    z.strictObject({ rule: z.literal("union") }),
    z.strictObject({ rule: z.literal("max") }),
    z.strictObject({ rule: z.literal("min") }),
    z.strictObject({ rule: z.literal("forward_only") }),
    z.strictObject({ rule: z.literal("ask") }),
    z.strictObject({
      rule: z.literal("when"),
      cases: z.array(z.strictObject({ if: conditionSchema, use: fieldPolicySchema })).min(1),
      otherwise: fieldPolicySchema,
    }),
  ]),
) as z.ZodType<FieldPolicy>;

export const guardsSchema = z.strictObject({
  /** A blank never overwrites a value. On unless the field says otherwise. */
  rejectBlank: z.boolean().default(true),
  /** A regular expression the canonical value must match, and what to tell people if not. */
  pattern: z.optional(z.strictObject({ matches: z.string(), message: z.string() })),
  /** `realtime`: at every poke. `scheduled`: only by scans. */
  cadence: z.enum(["realtime", "scheduled"]).default("realtime"),
  /** Counts for pipeline confidence; shown first. */
  critical: z.boolean().default(false),
});
export type Guards = z.infer<typeof guardsSchema>;
