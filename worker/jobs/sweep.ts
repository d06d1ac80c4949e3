/**
 * The guarantee behind the doorbell: rings again for every poke that is due and still waits, and
 * for every exception nobody was told of. A queue message may be lost; the mailbox is not.
 */
import { database } from "../store/database.ts";
import { unannounced } from "../store/exceptions.ts";
import { duePokes } from "../store/mailbox.ts";
import { type JobContext, limits } from "./context.ts";

export async function sweep(context: JobContext): Promise<void> {
  const db = database(context.d1);
  const now = context.now();
  const before = now - limits.sweepAfterMs;
  const waiting = await duePokes(db, before, limits.sweepRecords);
  if (waiting.length > 0) await context.ring(waiting, 0);
  const untold = await unannounced(db, { openedBefore: before, now }, limits.sweepRecords);
  if (untold.length > 0) await context.announce(untold);
  context.log({ event: "sweep", waiting: waiting.length, untold: untold.length });
}
