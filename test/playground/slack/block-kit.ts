/**
 * Which messages Slack takes: the block types an incoming webhook may hold, and how much of each
 * (https://docs.slack.dev/reference/block-kit/blocks). Answers the words Slack refuses with.
 */
import * as z from "zod";

const blockId = z.optional(z.string().max(255));
const plainText = (max: number) =>
  z.strictObject({
    type: z.literal("plain_text"),
    text: z.string().regex(/\S/).max(max),
    emoji: z.optional(z.boolean()),
  });
const markdown = (max: number) =>
  z.strictObject({
    type: z.literal("mrkdwn"),
    text: z.string().regex(/\S/).max(max),
    verbatim: z.optional(z.boolean()),
  });
const anyText = (max: number) => z.union([plainText(max), markdown(max)]);

const button = z.strictObject({
  type: z.literal("button"),
  text: plainText(75),
  url: z.optional(z.url().max(3_000)),
  action_id: z.optional(z.string().max(255)),
  value: z.optional(z.string().max(2_000)),
  style: z.optional(z.enum(["primary", "danger"])),
});

export const blockSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("header"), text: plainText(150), block_id: blockId }),
  z.strictObject({ type: z.literal("divider"), block_id: blockId }),
  z
    .strictObject({
      type: z.literal("section"),
      text: z.optional(anyText(3_000)),
      fields: z.optional(z.array(anyText(2_000)).min(1).max(10)),
      accessory: z.optional(button),
      block_id: blockId,
    })
    .refine((section) => section.text !== undefined || section.fields !== undefined),
  z.strictObject({
    type: z.literal("context"),
    elements: z.array(anyText(2_000)).min(1).max(10),
    block_id: blockId,
  }),
  z.strictObject({
    type: z.literal("actions"),
    elements: z.array(button).min(1).max(25),
    block_id: blockId,
  }),
]);

export const messageSchema = z.object({
  text: z.optional(z.string().max(40_000)),
  blocks: z.optional(z.array(blockSchema).max(50)),
  unfurl_links: z.optional(z.boolean()),
  unfurl_media: z.optional(z.boolean()),
});

export type SlackBlock = z.infer<typeof blockSchema>;
export type SlackText = z.infer<ReturnType<typeof anyText>>;
export type SlackPost = z.infer<typeof messageSchema>;

export type Judged =
  | { readonly ok: true; readonly post: SlackPost }
  | { readonly ok: false; readonly word: "invalid_payload" | "invalid_blocks" | "no_text" };

/** What Slack makes of the body of a request. */
export function judge(body: string): Judged {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { ok: false, word: "invalid_payload" };
  }
  const parsed = messageSchema.safeParse(json);
  if (!parsed.success) {
    const inBlocks = parsed.error.issues.some((issue) => issue.path[0] === "blocks");
    return { ok: false, word: inBlocks ? "invalid_blocks" : "invalid_payload" };
  }
  const { text, blocks } = parsed.data;
  if (!text && !blocks?.length) return { ok: false, word: "no_text" };
  return { ok: true, post: parsed.data };
}
