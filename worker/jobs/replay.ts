/**
 * Sends what was given up, refused or never decided back to the ordinary job: one by one, or all
 * that a filter names, a page at a time. Dry, it only counts.
 */
import type { Act } from "../store/acts.ts";
import { database } from "../store/database.ts";
import { countReplayable, putReplays, type ReplayFilter, replayable } from "../store/replay.ts";
import type { JobContext } from "./context.ts";

export interface ReplayAsk {
  readonly filter: ReplayFilter;
  /** Only counts. */
  readonly dry: boolean;
  /** The exception after which this page begins; empty: from the first. */
  readonly after: string;
}

export interface Replayed {
  /** Open exceptions that the filter names, by kind. */
  readonly found: Readonly<Record<string, number>>;
  /** How many of them are looked at again because of this call. */
  readonly replayed: number;
  /** Exceptions of entities that have no record left to look at. */
  readonly without: readonly string[];
  /** Where the next page begins; null: this was the last. */
  readonly next: string | null;
}

const exceptionsPerPage = 500;

export async function replay(context: JobContext, ask: ReplayAsk, act: Act): Promise<Replayed> {
  const db = database(context.d1);
  const { filter, dry, after } = ask;
  const found = await countReplayable(db, filter);
  if (dry) return { found, replayed: 0, without: [], next: null };
  const page = await replayable(db, filter, after, exceptionsPerPage);
  if (page.length === 0) return { found, replayed: 0, without: [], next: null };
  await putReplays(db, page, filter, act);
  const keys = page.flatMap(({ key }) => key ?? []);
  await context.ring(keys, 0);
  const without = page.flatMap(({ key, exceptionId }) => (key === null ? [exceptionId] : []));
  const last = page.at(-1)?.exceptionId ?? null;
  const next = page.length < exceptionsPerPage ? null : last;
  return { found, replayed: keys.length, without, next };
}
