/**
 * The network as everything that is constructed here uses it. Invariant: no call is sent once its
 * time is up, and none is waited for any longer. A job may write only while nobody takes its intent
 * over, however long it waited for its turn before.
 */
import { type Outside, TooLate } from "./connectors/connector.ts";

/** No call waits longer for an answer; a write that does is of unknown outcome. */
const answerMsMax = 25_000;

type Fetch = (request: Request, init: { readonly signal: AbortSignal }) => Promise<Response>;

export const network = (fetch: Fetch, now: () => number): Outside => ({
  now,
  async fetch(request, by = Number.POSITIVE_INFINITY) {
    const leftMs = Math.min(answerMsMax, by - now());
    if (leftMs <= 0) throw new TooLate();
    return await fetch(request, { signal: AbortSignal.timeout(leftMs) });
  },
});
