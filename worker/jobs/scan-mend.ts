/**
 * What becomes of the records that a run found: who is only suspected to be missing is asked for,
 * and the others are poked and worked on at once, a hundred together, in the run's own lane. The
 * pokes are durable first: whatever ends this leaves them to the sweep.
 */
import { ConnectorError } from "../connectors/connector.ts";
import type { Database } from "../store/database.ts";
import { keyText, putPokes, type RecordKey } from "../store/mailbox.ts";
import type { Finding, Found, Run } from "../store/runs.ts";
import { type Closely, lookClosely } from "../store/scan.ts";
import { connectorOf, type JobContext, objectOf } from "./context.ts";
import type { Step } from "./scan.ts";
import { sync } from "./sync.ts";

/**
 * More records than this that are gone, and more than this share of all, are rather out of sight:
 * a token that lost a right, or a view that was cut, looks the same.
 */
const missingMin = 100;
const missingShare = 0.02;

export async function mend(context: JobContext, db: Database, run: Run): Promise<Step> {
  const { found } = run.checkpoint;
  const checkpoint = { ...run.checkpoint, found: [], foundAt: null };
  const { missing, calls } = await confirm(context, db, run, found);
  if (isTooMany(run, missing.length)) return asking(context, run, missing, calls);
  const keys = [
    ...keysOf(
      run,
      found.filter(({ suspect }) => !suspect),
    ),
    ...missing.map(key(run)),
  ];
  const counts = { calls, missing: missing.length };
  if (run.dry || keys.length === 0) return { checkpoint, counts, findings: missing };
  const lane = run.kind === "backfill" ? "backfill" : "scan";
  await putPokes(
    db,
    keys.map((one) => ({ ...one, lane, echo: null })),
    context.now(),
  );
  await sync(context, keys);
  const after = await lookClosely(db, keys);
  const braked = after.brakes.find(({ object, on }) => object === run.object && on);
  const label = context.rules.systems[braked?.system ?? ""]?.label;
  return {
    checkpoint,
    counts: { ...counts, ...outcomes(keys, after) },
    findings: missing,
    ...(braked === undefined ? {} : { pause: `The brake is on for ${label}.` }),
  };
}

const isTooMany = ({ dry, checkpoint, counters, expected }: Run, more: number): boolean =>
  !dry &&
  !checkpoint.missingLet &&
  more > 0 &&
  counters.missing + more > Math.max(missingMin, expected * missingShare);

/** What was found stays in the checkpoint: and is asked for again once a person lets it go on. */
function asking(context: JobContext, run: Run, missing: readonly Finding[], calls: number): Step {
  const system = missing[0]?.system ?? "";
  const label = context.rules.systems[system]?.label ?? system;
  const count = run.counters.missing + missing.length;
  const pause = `${count} linked records or more are gone from ${label}.`;
  const detail = {
    message: `${pause} Nothing followed for the last ${missing.length} of them, nor will for more.`,
    mend: `See whether ${label} shows us all. If they are gone, let the run go on; else stop it.`,
  };
  return {
    checkpoint: { ...run.checkpoint, missingLet: true },
    counts: { calls },
    findings: [],
    pause,
    question: { id: context.newId(), system, detail },
  };
}

const key =
  (run: Run) =>
  ({ system, recordId }: Pick<Found, "system" | "recordId">): RecordKey => ({
    system,
    object: run.object,
    recordId,
  });

const keysOf = (run: Run, found: readonly Found[]): RecordKey[] => found.map(key(run));

/** A record is missing only if its system says so when asked for it, and nobody was told yet. */
async function confirm(context: JobContext, db: Database, run: Run, found: readonly Found[]) {
  const suspects = Map.groupBy(
    found.filter(({ suspect }) => suspect),
    ({ system }) => system,
  );
  const gone: RecordKey[] = [];
  let calls = 0;
  for (const [system, group] of suspects) {
    const mapping = objectOf(context, run.object).mappings[system];
    if (mapping === undefined) continue;
    const connector = connectorOf(context, system);
    const ids = group.map(({ recordId }) => recordId);
    const answers = await connector.read(mapping, ids);
    calls += Math.ceil(ids.length / connector.capabilities.readBatch);
    for (const recordId of ids) {
      const answer = answers.get(recordId);
      if (answer === undefined || answer.kind === "unknown") {
        const message = "The system gave no answer for a record.";
        throw answer?.error ?? new ConnectorError("retry", system, message);
      }
      const isHere = answer.kind === "found" && !answer.record.archived && !answer.mergedInto;
      if (!isHere) gone.push({ system, object: run.object, recordId });
    }
  }
  const close = gone.length === 0 ? null : await lookClosely(db, gone);
  const missing = gone.flatMap(({ system, recordId }): Finding[] => {
    const entityId = close?.entityOf.get(keyText({ system, object: run.object, recordId }));
    if (entityId === undefined) return [];
    const entity = close?.entities.get(entityId);
    const isTold =
      objectOf(context, run.object).deletes === "ignore" ||
      (entity?.goneAt ?? null) !== null ||
      entity?.exceptions.some((one) => one.kind === "gone" && one.system === system);
    return isTold ? [] : [{ system, recordId, kind: "missing", entityId, fields: [] }];
  });
  return { missing, calls };
}

function outcomes(keys: readonly RecordKey[], after: Closely) {
  const counts = { repaired: 0, excepted: 0, waiting: 0 };
  for (const one of keys) counts[outcomeOf(one, after)] += 1;
  return counts;
}

export type Outcome = "repaired" | "excepted" | "waiting";

/** How a record stands after it was worked on. */
export function outcomeOf(key: RecordKey, after: Closely): Outcome {
  const name = keyText(key);
  // The echo of the repair itself may have come in already.
  if (after.pokes.get(name)?.echo === null) return "waiting";
  const entity = after.entities.get(after.entityOf.get(name) ?? "");
  const isAsked = after.own.has(name) || (entity?.exceptions.length ?? 0) > 0;
  return isAsked ? "excepted" : "repaired";
}
