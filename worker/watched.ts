/**
 * The network as one system answers on it, with a note of how it does. Noted when that changes and
 * at most once a minute else: what a screen shows must not cost a write for every call.
 */
import { type Outside, TooLate } from "./connectors/connector.ts";
import type { Outcome } from "./store/health.ts";

const noteEveryMs = 60_000;

export function watched(outside: Outside, note: (outcome: Outcome) => Promise<void>): Outside {
  let last: { readonly outcome: string; readonly at: number } | null = null;
  const told = async (outcome: Outcome) => {
    const [text, at] = [JSON.stringify(outcome), outside.now()];
    if (last?.outcome === text && at - last.at < noteEveryMs) return;
    last = { outcome: text, at };
    await note(outcome);
  };
  return {
    ...outside,
    fetch: async (request, by) => {
      try {
        const response = await outside.fetch(request, by);
        const { status } = response;
        // A refusal of what was asked is an answer; it says nothing against the system.
        const isTrouble = status >= 500 || status === 401 || status === 403 || status === 429;
        await told(isTrouble ? { kind: "failed", status } : { kind: "ok" });
        return response;
      } catch (error) {
        // Nothing was asked of it.
        if (!(error instanceof TooLate)) await told({ kind: "failed", status: null });
        throw error;
      }
    },
  };
}
