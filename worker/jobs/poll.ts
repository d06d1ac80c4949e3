/**
 * Follows the changes of systems that are to be polled, because their webhooks are lossy or there
 * are none: whatever changed since is poked, as an event would have. What a system's own list of
 * changes does not show, deletions above all, a scan finds.
 */
import { ConnectorError, type Page } from "../connectors/connector.ts";
import { delayMaxMs, nextAttempt } from "../core/retry.ts";
import type { ObjectMapping } from "../core/rules.ts";
import { type Cursor, loadCursors, moveCursor } from "../store/cursors.ts";
import { type Database, database } from "../store/database.ts";
import { connectorOf, type JobContext } from "./context.ts";

/** Pages of one system and object that one cron run follows; the next goes on. */
const pagesMax = 20;
/** How far back the first poll looks: what is older is found by a scan. */
const firstLookMs = 60 * 60_000;

interface Followed {
  readonly mapping: ObjectMapping;
  readonly everyMs: number;
  readonly from: Cursor;
}

export async function poll(context: JobContext): Promise<void> {
  const { systems, objects } = context.rules;
  const polled = Object.values(systems).flatMap(({ system, pollEveryMs }) =>
    pollEveryMs === null ? [] : [{ system, everyMs: pollEveryMs }],
  );
  if (polled.length === 0) return;
  const db = database(context.d1);
  const cursors = await loadCursors(db);
  const now = context.now();
  for (const { system, everyMs } of polled) {
    for (const { object, mappings } of Object.values(objects)) {
      const mapping = mappings[system];
      const known = cursors.find((one) => one.system === system && one.object === object);
      if (mapping === undefined || (known !== undefined && !isDue(known, everyMs, now))) continue;
      const fresh = { system, object, cursor: null, version: 0, dueAt: 0, failures: 0 };
      await follow(context, db, { mapping, everyMs, from: known ?? fresh });
    }
  }
}

/** Later than anything puts a poll off, it was set by a clock that was set back since. */
const isDue = ({ dueAt, failures }: Cursor, everyMs: number, now: number): boolean =>
  dueAt <= now || dueAt > now + (failures === 0 ? everyMs : Math.max(everyMs, delayMaxMs));

async function follow(
  context: JobContext,
  db: Database,
  { mapping, everyMs, from }: Followed,
): Promise<void> {
  const { system, object } = from;
  let at = from;
  let found = 0;
  for (let pages = 0; pages < pagesMax; pages += 1) {
    const page = await pageAfter(context, mapping, at);
    const now = context.now();
    if (page instanceof ConnectorError) {
      const failures = at.failures + 1;
      const next = nextAttempt(page.kind, failures, context.random(), page.retryAfterMs);
      // A poll is never given up: it goes on at its own pace.
      const delayMs = next.kind === "retry" ? next.delayMs : everyMs;
      await moveCursor(db, { ...at, failures, dueAt: now + delayMs }, [], now);
      context.log({ event: "poll.failed", system, object, why: page.kind, failures });
      return;
    }
    const pokes = page.items.map(
      (recordId) => ({ system, object, recordId, lane: "event", echo: null }) as const,
    );
    const dueAt = page.more ? now : now + everyMs;
    const moved = { ...at, cursor: page.cursor, failures: 0, dueAt };
    const isMine = await moveCursor(db, moved, pokes, now);
    await context.ring(pokes, 0);
    found += pokes.length;
    if (!isMine || !page.more) break;
    at = { ...moved, version: at.version + 1 };
  }
  context.log({ event: "polled", system, object, found });
}

async function pageAfter(
  context: JobContext,
  mapping: ObjectMapping,
  { system, cursor }: Cursor,
): Promise<Page<string> | ConnectorError> {
  const connector = connectorOf(context, system);
  if (connector.changes === undefined) {
    return new ConnectorError("give_up", system, "This system has no list of changes.");
  }
  const from = cursor === null ? { since: context.now() - firstLookMs } : { cursor };
  try {
    return await connector.changes(mapping, from);
  } catch (error) {
    if (error instanceof ConnectorError) return error;
    throw error;
  }
}
