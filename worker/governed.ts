/**
 * Fetch under a budget: every call to a system asks its governor first, waits a little if it must,
 * and otherwise answers as the system itself would, with 429, so that the job is put off and
 * nothing is mistaken for a write of unknown outcome.
 */
import type { Outside } from "./connectors/connector.ts";
import type { BudgetLane, BudgetRules, Grant, Told } from "./core/budget.ts";

export interface Governed {
  readonly rules: BudgetRules;
  readonly lane: BudgetLane;
  readonly fetch: Outside["fetch"];
  /** The system's governor. */
  readonly take: (
    rules: BudgetRules,
    ask: { lane: BudgetLane; search: boolean },
    told: readonly Told[],
  ) => Promise<Grant>;
  readonly isSearch: (request: Request) => boolean;
  readonly wait: (ms: number) => Promise<void>;
  /** What answers told since the governor was last asked; shared by all lanes. */
  readonly told: Told[];
}

/** How long each lane waits for its turn within a job before the job is put off. */
const patienceMs: Readonly<Record<BudgetLane, number>> = {
  person: 8_000,
  event: 3_000,
  scan: 20_000,
  backfill: 20_000,
};

export function governed(options: Governed): Outside["fetch"] {
  const { rules, lane, told } = options;
  return async (request, by) => {
    const ask = { lane, search: options.isSearch(request) };
    for (let waitedMs = 0; ; ) {
      const grant = await options.take(rules, ask, told.splice(0));
      if (grant.kind === "go") break;
      if (waitedMs + grant.ms > patienceMs[lane]) return notNow(grant);
      await options.wait(grant.ms);
      waitedMs += grant.ms;
    }
    const response = await options.fetch(request, by);
    if (response.status === 429) told.push({ ...nothingTold, closedForMs: closedFor(response) });
    return response;
  };
}

const nothingTold: Told = {
  windowRemaining: null,
  dailyRemaining: null,
  dailyMax: null,
  closedForMs: null,
};

/** A system that refuses for its budget knows of callers we do not: everybody holds off. */
const closedFor = (response: Response): number => {
  const seconds = Number(response.headers.get("retry-after"));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 1_000;
};

/** In the words of HubSpot's own refusal, which its connector understands. */
const notNow = ({ ms, reason }: Extract<Grant, { kind: "wait" }>): Response =>
  Response.json(
    {
      status: "error",
      message: "Our own budget for this system is used up for now.",
      errorType: "RATE_LIMIT",
      policyName: { day: "DAILY", window: "TEN_SECONDLY_ROLLING", search: "SECONDLY" }[reason],
    },
    { status: 429, headers: { "retry-after": String(Math.ceil(ms / 1_000)) } },
  );
