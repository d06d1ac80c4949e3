/** A run as operators see it: how far it is, how fast it goes, and when it will end. */
import { baselineOf, callsOf } from "../jobs/backfill.ts";
import type { JobContext } from "../jobs/context.ts";
import type { Run } from "../store/runs.ts";

const minuteMs = 60_000;

export function runView(context: JobContext, run: Run) {
  const now = context.now();
  const { checkpoint, counters, expected, version, ...rest } = run;
  const perMs = counters.busyMs === 0 ? 0 : counters.read / counters.busyMs;
  const left = Math.max(0, expected - counters.read);
  const isGoing = run.state === "running" && perMs > 0;
  return {
    ...rest,
    counters,
    /** Of a dry backfill: what it would do, and the API calls that would cost each system. */
    forecast:
      run.kind === "backfill" && run.dry
        ? { ...checkpoint.forecast, calls: callsOf(context, run) }
        : null,
    baseline: run.kind === "baseline" ? baselineOf(run) : null,
    expected,
    /** Records it found that are not poked yet. */
    found: checkpoint.found.length,
    /** The first that is not walked to its end. */
    system: checkpoint.walks[0]?.system ?? null,
    /** As many as it took for each record so far. */
    callsLeft: counters.read === 0 ? null : Math.ceil((left * counters.calls) / counters.read),
    recordsPerMinute: Math.round(perMs * minuteMs),
    /** Of an estimate: how many records there are is known for sure only at the end. */
    endsAt: isGoing ? Math.round(now + left / perMs) : null,
    durationMs: (run.finishedAt ?? now) - run.startedAt,
  };
}
