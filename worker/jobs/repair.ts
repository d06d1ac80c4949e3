/**
 * Repairs one record because a person asked for it: everything linked to it is read again, and
 * written as its rules say. The same job as any other; only who asked is new.
 */
import type { Act } from "../store/acts.ts";
import { database } from "../store/database.ts";
import { neighbours } from "../store/load.ts";
import type { RecordKey } from "../store/mailbox.ts";
import { putRepair } from "../store/repair.ts";
import { lookClosely } from "../store/scan.ts";
import type { JobContext } from "./context.ts";
import { type Outcome, outcomeOf } from "./scan-mend.ts";
import { sync } from "./sync.ts";

/** An entity, or a record whether any entity knows it or not. */
export type Repairable = { readonly entityId: string } | RecordKey;

export type Repair =
  /** There is no such entity, or it has no record left. */
  | { readonly kind: "unknown" }
  /** The same everywhere now, waiting for a person, or still under way. */
  | { readonly kind: Outcome; readonly entityId: string | null };

/** How often it is tried at once: a record that was just created is read back. */
const attempts = 3;

export async function repair(context: JobContext, target: Repairable, act: Act): Promise<Repair> {
  const db = database(context.d1);
  const isEntity = "entityId" in target;
  const linked = isEntity
    ? await neighbours(db, [], [target.entityId])
    : await neighbours(db, [target], []);
  const entityId = linked[0]?.entityId ?? null;
  const keys = linked.length > 0 || isEntity ? linked.map(({ key }) => key) : [target];
  const [first] = keys;
  if (first === undefined || !(first.object in context.rules.objects)) return { kind: "unknown" };
  await putRepair(db, keys, { object: first.object, entityId }, act);
  for (let attempt = 1; ; attempt += 1) {
    await sync(context, keys);
    const after = await lookClosely(db, keys);
    const outcomes = new Set(keys.map((key) => outcomeOf(key, after)));
    const kind = (["waiting", "excepted"] as const).find((one) => outcomes.has(one)) ?? "repaired";
    const known = entityId ?? [...after.entityOf.values()][0] ?? null;
    if (kind === "waiting" && attempt < attempts) continue;
    return kind === "repaired" && known === null ? { kind: "unknown" } : { kind, entityId: known };
  }
}
