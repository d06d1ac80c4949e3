/** Asks the control center's doors, one action at a time, and checks what comes back. */
import type { AnswerRequest } from "crm-sync-shared/contract.ts";
import type { Answered, Asked, ControlAction, ControlReply } from "crm-sync-shared/control.ts";
import { ask, type Means, type Reply } from "./ask.ts";
import { fits } from "./fits.ts";
import { answers, parts } from "./generated/control-shapes.ts";

/** An answer, or one of the ways in which there is none. */
export type ControlSaid<A extends ControlAction> = Reply<ControlReply<A>>;

export interface Control {
  /** At the card's door, for a question about a record that is not about values. */
  readonly answer: (asked: AnswerRequest) => Promise<ControlSaid<"record-sync">>;
  readonly ask: <A extends ControlAction>(action: A, asked: Asked<A>) => Promise<ControlSaid<A>>;
}

const timeoutMs = 15_000;
/** These write to systems and read back before they answer. */
const slow: readonly ControlAction[] = ["settle", "record-sync", "repair", "system-check"];
const slowTimeoutMs = 30_000;

export function createControl(address: string, means: Means): Control {
  const base = address.replace(/\/+$/, "");
  return {
    answer: (asked) => {
      const call = { method: "POST", body: asked, timeout: slowTimeoutMs } as const;
      return ask(means, `${base}/card/answer`, call, fromCard);
    },
    ask: (action, asked) => {
      const timeout = slow.includes(action) ? slowTimeoutMs : timeoutMs;
      const body = asked as Readonly<Record<string, unknown>>;
      const call = { method: "POST", body, timeout } as const;
      return ask(means, `${base}/control/${action}`, call, (json) => parsed(action, json));
    },
  };
}

function parsed<A extends ControlAction>(action: A, json: unknown): ControlReply<A> | null {
  const answer = json as { ok?: unknown; data?: unknown } | null;
  if (answer?.ok === true) {
    return fits(answer.data, answers[action] ?? "0", parts)
      ? { ok: true, data: answer.data as Answered<A> }
      : null;
  }
  const isRefusal = fits(json, { ok: "b", error: { code: "s", message: "s" } }, parts);
  return isRefusal ? (json as ControlReply<A>) : null;
}

/** The card's doors say "record" where these say "data". */
function fromCard(json: unknown): ControlReply<"record-sync"> | null {
  const { ok, record, error } = (json ?? {}) as Readonly<Record<string, unknown>>;
  return parsed("record-sync", ok === true ? { ok, data: { record } } : { ok, error });
}
