/**
 * What becomes of the pokes that a job read: done with, put off, or held for a person. A poke that
 * came while the job was at it is not the one that was read, and stays as it is.
 */
import type { D1PreparedStatement } from "@cloudflare/workers-types";
import { filled, moved, stillStrange } from "./commit-guards.ts";
import type { Commit } from "./commit-types.ts";
import type { Database } from "./database.ts";
import type { LoadedPoke } from "./load.ts";

export const pokeFates = (
  db: Database,
  { done, strangers, defer, hold }: Pick<Commit, "done" | "strangers" | "defer" | "hold">,
  commitId: string,
  now: number,
): D1PreparedStatement[][] => [
  filled(db, doneSql, done.map(doneItem), commitId),
  filled(db, doneSql, strangers.done.map(strangerItem), commitId),
  filled(db, deferSql, defer.map(deferItem)),
  filled(db, holdSql, hold.map(holdItem), now),
];

/**
 * Whose field was mended since it was loaded as held: mending poked who was looked at before, and
 * came too early for this commit. Answers with the records.
 */
export const mendedMeanwhile = (
  db: Database,
  drifted: Commit["drifted"],
  commitId: string,
  now: number,
): D1PreparedStatement[] => filled(db, mendedSql, drifted, commitId, now);

const doneItem = ({ poke, entityId }: Commit["done"][number]) => ({
  system: poke.system,
  object: poke.object,
  recordId: poke.recordId,
  arrivals: poke.arrivals,
  firstAt: poke.firstAt,
  entityId,
});

const strangerItem = (poke: LoadedPoke) => ({
  ...doneItem({ poke, entityId: null }),
  stranger: true,
});

const deferItem = ({ poke, dueAt, attempted }: Commit["defer"][number]) => ({
  system: poke.system,
  object: poke.object,
  recordId: poke.recordId,
  arrivals: poke.arrivals,
  firstAt: poke.firstAt,
  dueAt,
  attempted: attempted ? 1 : 0,
});

const holdItem = ({ poke, by }: Commit["hold"][number]) => ({
  system: poke.system,
  object: poke.object,
  recordId: poke.recordId,
  arrivals: poke.arrivals,
  firstAt: poke.firstAt,
  by,
});

// A row that was removed and came again counts from one again. When it first arrived tells whether
// it is the row that was read, or one that came while this job was at it.
const doneSql = `
  DELETE FROM pokes WHERE (system, object, record_id, arrivals, first_at) IN (
    SELECT j.value->>'system', j.value->>'object', j.value->>'recordId', j.value->>'arrivals',
           j.value->>'firstAt'
    FROM json_each(?1) j
    WHERE (j.value->>'entityId' IS NULL OR ${moved}) AND ${stillStrange})`;

const deferSql = `
  UPDATE pokes SET due_at = j.value->>'dueAt', attempt = attempt + (j.value->>'attempted')
  FROM json_each(?1) j
  WHERE pokes.system = j.value->>'system' AND pokes.object = j.value->>'object'
    AND pokes.record_id = j.value->>'recordId' AND pokes.arrivals = j.value->>'arrivals'
    AND pokes.first_at = j.value->>'firstAt'`;

// What it waits for may have been resumed or released since the job loaded it: then nobody would
// ever let it go, so it stays due. What arrived meanwhile may be none of the pause's business.
const holdSql = `
  UPDATE pokes SET held_by = j.value->>'by', due_at = ?2
  FROM json_each(?1) j
  WHERE pokes.system = j.value->>'system' AND pokes.object = j.value->>'object'
    AND pokes.record_id = j.value->>'recordId' AND pokes.arrivals = j.value->>'arrivals'
    AND pokes.first_at = j.value->>'firstAt'
    AND (EXISTS (SELECT 1 FROM pauses p WHERE 'pause:' || p.scope = j.value->>'by')
      OR EXISTS (SELECT 1 FROM exceptions x
                 WHERE x.subject = j.value->>'by' AND x.status <> 'settled'))`;

const mendedSql = `
  INSERT INTO pokes (system, object, record_id, arrivals, first_at, last_at, due_at, attempt, lane,
                     echo)
  SELECT DISTINCT l.system, l.object, l.record_id, 1, ?3, ?3, ?3, 0, 'event', NULL
  FROM json_each(?1) j CROSS JOIN links l
  WHERE l.entity_id = j.value->>'entityId' AND l.alias = 0 AND l.system = j.value->>'system'
    AND ${moved} AND NOT EXISTS (
      SELECT 1 FROM drifts d WHERE d.system = j.value->>'system'
        AND d.object = j.value->>'object' AND d.field = j.value->>'field')
  ON CONFLICT (system, object, record_id) DO UPDATE SET
    arrivals = arrivals + 1, last_at = excluded.last_at, due_at = min(due_at, excluded.due_at),
    echo = NULL
  RETURNING system, object, record_id`;
