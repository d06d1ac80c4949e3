/**
 * The Slack double: an incoming webhook that takes and refuses messages as Slack does, and keeps
 * what it took. It owns no socket and no timer.
 */
import { judge, type SlackPost } from "./block-kit.ts";

export interface SlackDoubleOptions {
  /** The path that is the webhook: "/services/T000/B000/secret". */
  readonly path: string;
  readonly now: () => number;
}

export interface SlackPosted {
  readonly at: number;
  readonly post: SlackPost;
}

export interface SlackDouble {
  fetch(request: Request): Promise<Response>;
  /** Oldest first; may be emptied. */
  readonly messages: SlackPosted[];
  readonly refused: readonly { readonly at: number; readonly word: string }[];
  readonly faults: SlackFaults;
}

export interface SlackFaults {
  /** Answers to the next requests, instead of Slack's own; "refuse" breaks the connection. */
  readonly next: ("refuse" | { readonly status: number; readonly retryAfterSeconds?: number })[];
  /** The webhook was taken back, or its channel archived. */
  gone: "no_service" | "channel_is_archived" | null;
}

const messagesMax = 1_000;

export function createSlackDouble(options: SlackDoubleOptions): SlackDouble {
  const messages: SlackPosted[] = [];
  const refused: { at: number; word: string }[] = [];
  const faults: SlackFaults = { next: [], gone: null };
  const refuse = (status: number, word: string, headers: Record<string, string> = {}) => {
    refused.push({ at: options.now(), word });
    return new Response(word, { status, headers });
  };
  return {
    messages,
    refused,
    faults,
    fetch: async (request) => {
      const fault = faults.next.shift();
      if (fault === "refuse") throw new TypeError("connection refused");
      if (fault) {
        const { status, retryAfterSeconds } = fault;
        const headers = retryAfterSeconds ? { "retry-after": String(retryAfterSeconds) } : {};
        return refuse(status, status === 429 ? "rate_limited" : "", headers);
      }
      if (new URL(request.url).pathname !== options.path) return refuse(404, "no_service");
      if (request.method !== "POST") return refuse(405, "method_not_allowed");
      if (faults.gone) return refuse(faults.gone === "no_service" ? 404 : 410, faults.gone);
      const judged = judge(await request.text());
      if (!judged.ok) return refuse(400, judged.word);
      messages.push({ at: options.now(), post: judged.post });
      if (messages.length > messagesMax) messages.shift();
      return new Response("ok");
    },
  };
}
