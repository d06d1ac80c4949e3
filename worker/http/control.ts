/**
 * The control center's door. Invariant: nothing is looked up before it is proven who asks and that
 * their role allows it; every request may be repeated, as HubSpot itself does after a 5xx.
 */
import {
  type ControlAction,
  type ControlReply,
  control as contract,
  type Given,
} from "../../shared/control.ts";
import { may } from "../core/roles.ts";
import { shortened } from "../core/title.ts";
import { database } from "../store/database.ts";
import { accessOf } from "./access.ts";
import { forbidden, type Room, refused } from "./control-ask.ts";
import { withNames } from "./control-names.ts";
import { rooms } from "./control-rooms.ts";
import { boundedBody, type Doors } from "./doors.ts";
import { type Caller, prove } from "./proof.ts";

type Reply = ControlReply<ControlAction>;

export async function control(doors: Doors, request: Request, action: string): Promise<Response> {
  if (!isAction(action)) return answer(refused("not_found", "There is no such action."), 404);
  const body = await boundedBody(request);
  if (body === null) return answer(refused("bad_request", "The request is too large."), 413);
  const proof = await prove(doors, request, body);
  if (proof.kind === "refused") {
    doors.jobs.log({ event: "control.refused", action, reason: proof.reason });
    return answer(refused("forbidden", "This request is not signed by HubSpot."), proof.status);
  }
  const startedAt = doors.jobs.now();
  const reply = await replyTo(doors, proof.caller, action, parsed(body));
  doors.jobs.log({
    event: "control.answered",
    action,
    userId: proof.caller.userId,
    outcome: reply.ok ? "ok" : reply.error.code,
    durationMs: doors.jobs.now() - startedAt,
  });
  return answer(reply, 200);
}

const isAction = (action: string): action is ControlAction => Object.hasOwn(contract, action);

async function replyTo<A extends ControlAction>(
  doors: Doors,
  caller: Caller,
  action: A,
  input: unknown,
): Promise<Reply> {
  const room: Room<A> = rooms[action];
  const asked = contract[action].request.safeParse(input);
  if (!asked.success) {
    const [issue] = asked.error.issues;
    const message = `${issue?.path.join(".") ?? "request"}: ${issue?.message ?? "malformed"}`;
    return refused("bad_request", message);
  }
  try {
    const access = await accessOf(doors, caller);
    if (!may(access.role, room.verb)) return forbidden();
    const asking = { doors, access, db: database(doors.jobs.d1), now: doors.jobs.now() };
    const reply = await room.handle(asking, asked.data as Given<A>);
    return await withNames(doors.jobs, reply);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown";
    doors.jobs.log({ event: "control.failed", action, reason });
    return refused("unavailable", "Sync could not be reached just now. Nothing was changed here.");
  }
}

/** Undefined if it is not JSON; no body asks for nothing in particular. */
function parsed(body: Uint8Array): unknown {
  if (body.byteLength === 0) return {};
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

const answer = (reply: Reply, status: number): Response => {
  const headers = { "cache-control": "no-store", "content-type": "application/json" };
  return new Response(roomy(reply), { status, headers });
};

/** What the contract promises; a record may hold more in a single field. */
const answerBytesMax = 95_000;
const valueLengthsMax = [Number.POSITIVE_INFINITY, 4_000, 1_000, 200] as const;
/** Cut, they would not be what they are. */
const uncut = ["csv", "cursor", "fingerprint", "shown", "change"];

/** The reply as JSON, its long values cut as far as it takes to have room for all of it. */
function roomy(reply: Reply): string {
  let json = "";
  for (const max of valueLengthsMax) {
    json = JSON.stringify(reply, (key, value: unknown) =>
      typeof value === "string" && !uncut.includes(key) ? shortened(value, max) : value,
    );
    if (new TextEncoder().encode(json).byteLength <= answerBytesMax) break;
  }
  return json;
}
