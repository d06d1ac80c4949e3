/**
 * HubSpot's shapes, as far as we read them; everything else in an answer is let through unseen.
 * Records are parsed one by one, so that one we do not understand does not hide the others.
 */
import * as z from "zod";

const historySchema = z.object({
  value: z.nullish(z.string()),
  timestamp: z.string(),
  sourceType: z.nullish(z.string()),
  sourceId: z.nullish(z.string()),
  updatedByUserId: z.nullish(z.union([z.number(), z.string()])),
});
export type HistoryEntry = z.infer<typeof historySchema>;

export const wireRecordSchema = z.object({
  id: z.string(),
  properties: z.record(z.string(), z.nullable(z.string())),
  propertiesWithHistory: z.nullish(z.record(z.string(), z.array(historySchema))),
  updatedAt: z.nullish(z.string()),
  archived: z.nullish(z.boolean()),
  url: z.nullish(z.string()),
  objectWriteTraceId: z.nullish(z.string()),
});
export type WireRecord = z.infer<typeof wireRecordSchema>;

const text = z.union([z.string(), z.number()]).transform(String);

/** What an error is about, by name. Parts may be missing, and one value come without a list. */
export const contextSchema = z
  .record(z.string(), z.union([z.array(text), text.transform((one) => [one])]).catch([]))
  .catch({});

/** One of the errors inside a 207, which is about the inputs its context names. */
const batchErrorSchema = z.object({
  category: z.string().catch(""),
  message: z.string().catch(""),
  context: contextSchema,
  errors: z
    .array(
      z.object({
        message: z.string().catch(""),
        code: z.nullish(z.string()).catch(null),
        context: contextSchema,
      }),
    )
    .catch([]),
});
export type BatchError = z.infer<typeof batchErrorSchema>;

export const batchAnswerSchema = z.object({
  results: z.array(z.unknown()).transform((items) =>
    items.flatMap((item) => {
      const parsed = wireRecordSchema.safeParse(item);
      return parsed.success ? [parsed.data] : [];
    }),
  ),
  errors: z.array(batchErrorSchema).catch([]),
});
export type BatchAnswer = z.infer<typeof batchAnswerSchema>;

/** The inputs an error of a batch is about: ids, or the trace ids we sent. */
export function namedBy(error: BatchError): readonly string[] {
  return [...(error.context.ids ?? []), ...(error.context.objectWriteTraceId ?? [])];
}

export const ownersAnswerSchema = z.object({
  results: z.array(
    z.object({
      id: z.string(),
      email: z.nullish(z.string()),
      firstName: z.nullish(z.string()),
      lastName: z.nullish(z.string()),
      userId: z.nullish(z.number()),
      userIdIncludingInactive: z.nullish(z.number()),
      teams: z.nullish(z.array(z.object({ id: z.string(), name: z.string() }))),
    }),
  ),
  paging: z.nullish(z.object({ next: z.nullish(z.object({ after: z.string() })) })),
});

export const searchAnswerSchema = z.object({
  total: z.number(),
  results: z.array(wireRecordSchema),
  paging: z.nullish(z.object({ next: z.nullish(z.object({ after: z.string() })) })),
});

/** Type ids of HubSpot's own objects; a custom object is named by its id, "2-123". */
const typeIds: Readonly<Record<string, string>> = {
  contacts: "0-1",
  companies: "0-2",
  deals: "0-3",
  tickets: "0-5",
  products: "0-7",
  line_items: "0-8",
};

export const typeIdOf = (systemObject: string) => typeIds[systemObject] ?? systemObject;

/** The classic webhooks' words for objects. */
export const typeIdOfClassic: Readonly<Record<string, string>> = {
  contact: "0-1",
  company: "0-2",
  deal: "0-3",
  ticket: "0-5",
  product: "0-7",
  line_item: "0-8",
};
