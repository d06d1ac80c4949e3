/** What the doors are given: the job context, and how a request proves where it comes from. */
import type { ChannelName } from "../../shared/control.ts";
import type { ObjectName } from "../../shared/record.ts";
import type { Forecast } from "../core/budget.ts";
import type { JobContext } from "../jobs/context.ts";
import type { Notifier } from "../notify/alert.ts";

export interface Doors {
  readonly jobs: JobContext;
  readonly publicUrl: string;
  /** Checks HubSpot's signature over method, public URL, raw body and timestamp. */
  readonly verifyHubSpot: (request: SignedParts) => Promise<string | null>;
  readonly portalId: number;
  readonly appId: number;
  /** The system that HubSpot's cards and pages speak of. */
  readonly cardSystem: string;
  /** For a person who waits for an answer that is only moments away. */
  readonly wait: (delayMs: number) => Promise<void>;
  /** SHA-256 of the operators' token, in hex; null shuts their door. */
  readonly operatorTokenHash: string | null;
  /** How much of each system's API budget is used, by system. */
  readonly budgets: () => Promise<Readonly<Record<string, Forecast>>>;
  /** Rings the doorbell for a run. May fail: cron rings again. */
  readonly ringRun: (runId: string) => Promise<void>;
  /** Our object for HubSpot's object type id ("0-1"), or null. */
  readonly objectForTypeId: (objectTypeId: string) => ObjectName | null;
  /** HubSpot's object type id for our object, or null. */
  readonly typeIdOf: (object: ObjectName) => string | null;
  /** User ids and e-mail addresses of those who are admins whatever is stored. */
  readonly fixedAdmins: readonly string[];
  /** Who works in HubSpot. Throws ConnectorError. */
  readonly people: () => Promise<readonly Colleague[]>;
  /** Alert channels whose address and secrets are there. */
  readonly channels: Readonly<Partial<Record<ChannelName, Notifier>>>;
}

export interface Colleague {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly teams: readonly { readonly id: string; readonly name: string }[];
}

export interface SignedParts {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly now: number;
}

/** Bodies over this are refused before they are read whole; HubSpot's own limit is 1 MB. */
export const bodyBytesMax = 1_048_576;

/** The whole body, or null if it is larger than allowed. */
export async function boundedBody(request: Request): Promise<Uint8Array | null> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > bodyBytesMax) return null;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body?.getReader();
  for (;;) {
    const part = await reader?.read();
    if (part === undefined || part.done) break;
    bytes += part.value.byteLength;
    if (bytes > bodyBytesMax) return null;
    parts.push(part.value);
  }
  const body = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.byteLength;
  }
  return body;
}

/** The URL a caller signed: the configured public base with this request's path and query. */
export function publicUrlOf(publicUrl: string, request: Request): string {
  const { pathname, search } = new URL(request.url);
  return `${publicUrl}${pathname}${search}`;
}
