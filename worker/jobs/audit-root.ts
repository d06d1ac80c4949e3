/**
 * Once a day: the root over all audit chains is kept and sent outside. A change of the past then
 * needs not only this database, but everybody who got the message.
 */
import type { Notifier } from "../notify/alert.ts";
import { dayOf, hasRoot, keepRoot, markSent, rootAt, roots } from "../store/audit.ts";
import { database } from "../store/database.ts";
import { type JobContext, limits } from "./context.ts";

const dayMs = 86_400_000;

const keepIt = "Keep this message: it proves that nothing was changed afterwards.";

export async function auditRoot(
  context: JobContext,
  notifiers: readonly Notifier[],
): Promise<void> {
  const db = database(context.d1);
  const now = context.now();
  const midnight = Math.floor(now / dayMs) * dayMs;
  // An entry bears the time its job decided; by now every job of that day has committed or died.
  if (now < midnight + limits.jobMsMax) return;
  const day = dayOf(midnight - 1);
  if (await hasRoot(db, day)) return;
  const root = await rootAt(db, midnight - 1);
  if (await keepRoot(db, root)) {
    context.log({ event: "audit.root", day, root: root.root, chains: root.chains });
  }
  for (const unsent of await roots(db, "unsent")) {
    for (const notifier of notifiers) {
      await notifier.send([
        {
          exceptionId: `audit-root-${unsent.day}`,
          kind: "audit_root",
          object: "audit",
          objectLabel: "Audit",
          field: null,
          fieldLabel: null,
          title: `Audit root of ${unsent.day}`,
          reason: `${unsent.root} over ${unsent.chains} records. ${keepIt}`,
          values: [],
          url: null,
          openedAt: now,
        },
      ]);
    }
    await markSent(db, unsent.day, now);
  }
}
