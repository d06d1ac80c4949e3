/** Runs at the operators' door: started, watched, paused, resumed, stopped; and what they tell. */
import * as z from "zod";
import { differingOf } from "../jobs/differing.ts";
import { parity } from "../jobs/parity.ts";
import { repair } from "../jobs/repair.ts";
import { systemsOf } from "../jobs/scan.ts";
import type { Act } from "../store/acts.ts";
import { database } from "../store/database.ts";
import { findingsOf, isTried, runKindSchema, runs, startRun, turnRun } from "../store/runs.ts";
import { answer, byline, withInput } from "./answers.ts";
import type { Doors } from "./doors.ts";
import { runView } from "./run-view.ts";

const startSchema = z.strictObject({
  kind: runKindSchema,
  object: z.string().min(1),
  /** Only reports; a baseline never does anything else. */
  dry: z.boolean().default(false),
  by: byline,
});
const turnSchema = z.strictObject({
  run: z.string().min(1).max(64),
  turn: z.enum(["pause", "resume", "stop"]),
  by: byline,
});
const runsSchema = z.strictObject({ before: z.string().max(64).optional() });
const paritySchema = z.strictObject({
  object: z.string().min(1).max(64),
  /** Also by the values of this field. */
  segment: z.string().min(1).max(64).optional(),
});
const repairSchema = z.union([
  z.strictObject({ entityId: z.string().min(1).max(64), by: byline }),
  z.strictObject({
    system: z.string().min(1).max(64),
    object: z.string().min(1).max(64),
    recordId: z.string().min(1).max(256),
    by: byline,
  }),
]);
/** After which finding of a run a page begins. */
const findingSchema = z.strictObject({
  run: z.string().min(1).max(64),
  system: z.string().max(64).default(""),
  recordId: z.string().max(256).default(""),
});

const findingsPerPage = 500;

/** What an operator asked, once it is sure that it is one. */
export interface Asked {
  readonly request: Request;
  readonly action: string;
  /** The body, if it is JSON. */
  readonly input: unknown;
  readonly actOf: (by: string) => Act;
}

export async function operateRuns(doors: Doors, asked: Asked): Promise<Response> {
  const { request, action, input, actOf } = asked;
  const db = database(doors.jobs.d1);
  const query = Object.fromEntries(new URL(request.url).searchParams);
  switch (`${request.method} ${action}`) {
    case "GET runs":
      return withInput(runsSchema, query, async ({ before = null }) => {
        const page = await runs(db, before);
        const views = page.runs.map((run) => runView(doors.jobs, run));
        return { runs: views, before: page.cursor, budgets: await doors.budgets() };
      });
    case "GET parity":
      return withInput(paritySchema, query, async ({ object, segment = null }) =>
        object in doors.jobs.rules.objects
          ? parity(doors.jobs, object, segment)
          : { reason: "There is no such object." },
      );
    case "GET findings":
      return withInput(findingSchema, query, async ({ run, ...after }) => ({
        findings: await findingsOf(db, run, after, findingsPerPage),
      }));
    case "GET differing":
      return withInput(findingSchema, query, async ({ run, ...after }) => ({
        records: (await differingOf(doors.jobs, run, after)) ?? [],
      }));
    case "POST start-run":
      return withInput(startSchema, input, async ({ by, ...wanted }) => {
        const systems = systemsOf(doors.jobs, wanted.object);
        if (systems.length === 0) return { started: false, reason: "There is no such object." };
        const dry = wanted.dry || wanted.kind === "baseline";
        if (wanted.kind === "backfill" && !dry && !(await isTried(db, wanted.object))) {
          return { started: false, reason: "Run it dry first, and look at what it would do." };
        }
        const run = { ...wanted, id: doors.jobs.newId(), dry, systems };
        const result = await startRun(db, run, actOf(by));
        if (result.started) await doors.ringRun(result.id);
        return result;
      });
    case "POST repair":
      return withInput(repairSchema, input, ({ by, ...target }) =>
        repair(doors.jobs, target, actOf(by)),
      );
    case "POST turn-run":
      return withInput(turnSchema, input, async ({ run, turn, by }) => {
        const turned = await turnRun(db, run, turn, actOf(by));
        if (turned && turn === "resume") await doors.ringRun(run);
        return { turned };
      });
    default:
      return answer(404, { error: "There is no such action." });
  }
}
