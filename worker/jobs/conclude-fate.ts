/**
 * What becomes of the pokes that brought an entity here: done with, tried again, or given up. An
 * unknown outcome is never given up.
 */
import type { SystemId } from "../../shared/record.ts";
import type { ConnectorError } from "../connectors/connector.ts";
import { nextAttempt } from "../core/retry.ts";
import type { LoadedPoke } from "../store/load.ts";
import { type JobContext, limits } from "./context.ts";
import type { Decided } from "./decide.ts";
import type { SystemOutcomes } from "./propagate.ts";

/** What to do with the pokes that brought the entity here. */
export type Fate =
  | { readonly kind: "done" }
  | { readonly kind: "again"; readonly delayMs: number }
  | { readonly kind: "dead"; readonly error: ConnectorError };

export function fateOf(context: JobContext, decided: Decided, outcomes: SystemOutcomes): Fate {
  const errors = [
    ...(decided.unreadable === null ? [] : [decided.unreadable]),
    ...[...outcomes.values()].flatMap((outcome) =>
      outcome.kind === "failed" && isPassing(outcome.error) ? [outcome.error] : [],
    ),
  ];
  const [error] = errors;
  if (error !== undefined) {
    const next = nextAttempt(error.kind, attemptOf(decided), context.random(), error.retryAfterMs);
    return next.kind === "retry"
      ? { kind: "again", delayMs: next.delayMs }
      : { kind: "dead", error };
  }
  // With the field named that was refused, the others are sent without it.
  const moved = [...outcomes].some(
    ([system, outcome]) =>
      outcome.kind === "stale" ||
      outcome.kind === "exists" ||
      (outcome.kind === "failed" && namesOneOfMany(decided, system, outcome.error)),
  );
  if (moved) return { kind: "again", delayMs: 0 };
  // A field that was not read, or waits for another record, which was asked for: it looks again.
  const next = nextAttempt("retry", attemptOf(decided), context.random(), null);
  const waits = decided.waits.length > 0 || decided.partly;
  return waits && next.kind === "retry"
    ? { kind: "again", delayMs: next.delayMs }
    : { kind: "done" };
}

const namesOneOfMany = (decided: Decided, system: SystemId, { field }: ConnectorError): boolean => {
  const write = decided.writes.find((one) => one.system === system);
  if (write === undefined || field === null || !(field in write.fields)) return false;
  return write.operation === "create" || Object.keys(write.fields).length > 1;
};

export const isPassing = ({ kind }: ConnectorError): boolean =>
  kind === "retry" || kind === "rate_limited" || kind === "reauthorize";

export const attemptOf = (decided: Decided): number =>
  1 + Math.max(0, ...decided.subject.pokes.map(({ attempt }) => attempt));

export function delayOf(context: JobContext, decided: Decided, outcomes: SystemOutcomes): number {
  const unknown = [...outcomes.values()].find(({ kind }) => kind === "unknown");
  const error = unknown?.kind === "unknown" ? unknown.error : null;
  const next = nextAttempt(
    // An unknown outcome is never given up: it is read until it is known.
    "rate_limited",
    attemptOf(decided),
    context.random(),
    error?.retryAfterMs ?? null,
  );
  return next.kind === "retry" ? next.delayMs : limits.busyDelayMs;
}

/** The fate of pokes whose record could not even be read. */
export function fateOfUnread(
  context: JobContext,
  poke: LoadedPoke,
  error: ConnectorError,
): { kind: "again"; delayMs: number } | { kind: "dead" } {
  const next = nextAttempt(error.kind, poke.attempt + 1, context.random(), error.retryAfterMs);
  return next.kind === "retry" ? { kind: "again", delayMs: next.delayMs } : { kind: "dead" };
}
