/**
 * The Worker's bindings, variables and secrets, parsed once. A missing or malformed one is a clear
 * error that names it, before anything is done.
 */
import type { D1Database, DurableObjectNamespace, Queue } from "@cloudflare/workers-types";
import * as z from "zod";

/** A message on the work queue: records whose mailbox rows want to be looked at. */
export const ringMessageSchema = z.object({
  keys: z.array(z.tuple([z.string(), z.string(), z.string()])),
});
export type RingMessage = z.infer<typeof ringMessageSchema>;

/** A message on the work queue: a run that wants to be worked at. */
export const runMessageSchema = z.object({ run: z.string() });
export type RunMessage = z.infer<typeof runMessageSchema>;

/** A message on the exceptions queue: exceptions to announce. */
export const announceMessageSchema = z.object({ exceptionIds: z.array(z.string()) });
export type AnnounceMessage = z.infer<typeof announceMessageSchema>;

export interface Bindings {
  readonly DB: D1Database;
  readonly WORK: Queue<RingMessage>;
  readonly RUNS: Queue<RunMessage>;
  readonly EXCEPTIONS: Queue<AnnounceMessage>;
  /** One object per system, by its id. */
  readonly GOVERNOR: DurableObjectNamespace;
}

/**
 * A list of secrets, newest first, separated by blanks or commas, which no secret holds: two are
 * valid while one is rotated. Two read as one would refuse every delivery.
 */
const secrets = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter((part) => part !== ""))
  .refine((list) => list.length > 0, "at least one secret");

/** A list of words, separated by blanks or commas; may be empty. */
const words = z
  .string()
  .default("")
  .transform((text) => text.split(/[\s,]+/).filter((part) => part !== ""));

const settingsSchema = z.object({
  /** Where HubSpot and the tools reach this Worker; signatures cover it. */
  PUBLIC_URL: z.url({ protocol: /^https$/ }).transform((url) => url.replace(/\/+$/, "")),
  HUBSPOT_BASE_URL: z.url().default("https://api.hubapi.com"),
  HUBSPOT_PORTAL_ID: z.coerce.number().int().positive(),
  HUBSPOT_APP_ID: z.coerce.number().int().positive(),
  HUBSPOT_ACCESS_TOKEN: z.string().min(1),
  HUBSPOT_CLIENT_SECRETS: secrets,
  OPS_BASE_URL: z.url(),
  OPS_TOKEN: z.string().min(1),
  OPS_CLIENT_ID: z.string().min(1),
  OPS_WEBHOOK_SECRETS: secrets,
  /** Where people open the tool; absent if it has no pages. */
  OPS_PAGES_URL: z.optional(z.url()),
  /** SHA-256 of the operators' bearer token, in hex; absent: their door is shut. */
  OPERATOR_TOKEN_SHA256: z.optional(z.string().regex(/^[0-9a-f]{64}$/)),
  /**
   * A long random secret that keys what is kept of erased people. With another one, nobody who was
   * erased is recognised any more.
   */
  ERASURE_KEY: z.string().min(32),
  /**
   * HubSpot user ids or e-mail addresses of those who may do everything and give roles to others,
   * whatever is set in the app itself.
   */
  ADMINS: words,
  /** Absent: exceptions are shown in HubSpot only. */
  SLACK_WEBHOOK_URL: z.optional(z.url()),
  /** A bot's token, and the chat it writes to; both, or neither. */
  TELEGRAM_BOT_TOKEN: z.optional(z.string().regex(/^\d+:[\w-]+$/)),
  TELEGRAM_CHAT_ID: z.optional(z.string().regex(/^(-?\d+|@\w+)$/)),
  /** Any address that takes Standard Webhooks, and the secrets it knows; both, or neither. */
  ALERT_WEBHOOK_URL: z.optional(z.url({ protocol: /^https$/ })),
  ALERT_WEBHOOK_SECRETS: z.optional(secrets),
});
export type Settings = z.infer<typeof settingsSchema>;

export class EnvironmentError extends Error {}

/** Reads the settings; throws one error that names every setting that is missing or malformed. */
export function settingsOf(env: unknown): Settings {
  const parsed = settingsSchema.safeParse(env);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new EnvironmentError(`The Worker's settings cannot be used:\n- ${lines.join("\n- ")}`);
}
