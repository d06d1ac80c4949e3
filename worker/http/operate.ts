/**
 * The operators' door: pause, resume, look at what is held, release it in slices, replay. Proven
 * by a bearer token of which only the SHA-256 is stored; without one configured it is shut.
 */
import * as z from "zod";
import { replay } from "../jobs/replay.ts";
import { auditRows, roots } from "../store/audit.ts";
import { database } from "../store/database.ts";
import { holds, pause, release, resume } from "../store/holds.ts";
import { replayFilterSchema } from "../store/replay.ts";
import { answer, byline, withInput } from "./answers.ts";
import { boundedBody, type Doors } from "./doors.ts";
import { operateRuns } from "./operate-runs.ts";

const scopeSchema = z
  .string()
  .regex(
    /^(all|system:[\w-]+|object:\w+|field:\w+\.\w+|record:[\w-]+)$/,
    "all, system:<id>, object:<name>, field:<object>.<field> or record:<entity id>",
  );

const pauseSchema = z.strictObject({
  scope: scopeSchema,
  reason: z.string().min(1).max(500),
  by: byline,
});
const resumeSchema = z.strictObject({ scope: scopeSchema, by: byline });
const releaseSchema = z.strictObject({
  system: z.string().min(1),
  object: z.string().min(1),
  /** How many records; null: all, and the brake is off. */
  count: z.nullable(z.int().positive().max(10_000)),
  by: byline,
});

const replaySchema = z.strictObject({
  filter: replayFilterSchema,
  /** Only counts. */
  dry: z.boolean().default(false),
  /** `next` of the page before. */
  after: z.string().max(64).default(""),
  by: byline,
});

/** After which entry a page of the audit begins. */
const positionSchema = z.strictObject({
  entityId: z.string().max(64).default(""),
  entry: z.coerce.number().int().min(-1).default(-1),
});

const heldShown = 1_000;
const auditRowsPerPage = 500;

export async function operate(doors: Doors, request: Request, action: string): Promise<Response> {
  if (!(await isOperator(doors, request))) {
    doors.jobs.log({ event: "operate.refused", action });
    return answer(401, { error: "The operator's token is missing or wrong." });
  }
  const body = await boundedBody(request);
  if (body === null) return answer(413, { error: "The request is larger than 1 MB." });
  const input = parsed(body);
  const db = database(doors.jobs.d1);
  const actOf = (by: string) => ({ by, at: doors.jobs.now(), salt: doors.jobs.newId() });
  switch (`${request.method} ${action}`) {
    case "GET holds":
      return answer(200, await holds(db, heldShown));
    case "GET budgets":
      return answer(200, await doors.budgets());
    case "GET audit":
      return withInput(positionSchema, queryOf(request), async ({ entityId, entry }) => ({
        entries: await auditRows(db, { entityId, entry }, auditRowsPerPage),
      }));
    case "GET roots":
      return answer(200, { roots: await roots(db, "all") });
    case "POST pause":
      return withInput(pauseSchema, input, async ({ by, ...asked }) => {
        await pause(db, asked, actOf(by));
        return { paused: asked.scope };
      });
    case "POST resume":
      return withInput(resumeSchema, input, async ({ scope, by }) => {
        const freed = await resume(db, scope, actOf(by));
        await doors.jobs.ring(freed, 0);
        return { resumed: scope, released: freed.length };
      });
    case "POST release":
      return withInput(releaseSchema, input, async ({ by, ...target }) => {
        const freed = await release(db, target, actOf(by));
        await doors.jobs.ring(freed, 0);
        return { released: freed.length };
      });
    case "POST replay":
      return withInput(replaySchema, input, async ({ by, ...ask }) =>
        replay(doors.jobs, ask, actOf(by)),
      );
    default:
      return operateRuns(doors, { request, action, input, actOf });
  }
}

async function isOperator(doors: Doors, request: Request): Promise<boolean> {
  const token = /^Bearer (\S{16,})$/.exec(request.headers.get("authorization") ?? "")?.[1];
  if (token === undefined || doors.operatorTokenHash === null) return false;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  const hash = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0"));
  // Hashes are compared: how far they agree tells nothing about the token.
  return hash.join("") === doors.operatorTokenHash;
}

const queryOf = (request: Request): unknown =>
  Object.fromEntries(new URL(request.url).searchParams);

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
