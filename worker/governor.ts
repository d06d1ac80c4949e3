/**
 * The rate governor: one Durable Object per system holds its API budget, so that all isolates
 * share it. The budget itself is pure (core/budget.ts); this is where it lives. It is spoken to by
 * fetch and not by RPC, which would need a module that only workerd has.
 */
import type { DurableObjectNamespace, DurableObjectState } from "@cloudflare/workers-types";
import {
  type Ask,
  type BudgetRules,
  type BudgetState,
  type Forecast,
  forecast,
  freshBudget,
  type Grant,
  learn,
  type Told,
  take,
} from "./core/budget.ts";

/** Asks the governor of a system. */
export interface GovernorCalls {
  /** Asks for a call, handing in what was learned since the last one. */
  take(rules: BudgetRules, ask: Ask, told: readonly Told[]): Promise<Grant>;
  forecast(rules: BudgetRules): Promise<Forecast>;
}

type Question =
  | { readonly kind: "take"; readonly rules: BudgetRules; readonly ask: Ask; readonly told: Told[] }
  | { readonly kind: "forecast"; readonly rules: BudgetRules };

export function governorOf(namespace: DurableObjectNamespace, system: string): GovernorCalls {
  const asked = async (question: Question): Promise<unknown> => {
    const body = JSON.stringify(question);
    const response = await namespace
      .getByName(system)
      .fetch("https://governor.internal/", { method: "POST", body });
    return response.json();
  };
  return {
    take: async (rules, ask, told) =>
      (await asked({ kind: "take", rules, ask, told: [...told] })) as Grant,
    forecast: async (rules) => (await asked({ kind: "forecast", rules })) as Forecast,
  };
}

/** The day's count outlives the object; it is written every so many calls, not at each. */
const keepEveryCalls = 25;

export class Governor {
  readonly #storage: DurableObjectState["storage"];
  #state: BudgetState = freshBudget;

  constructor(context: DurableObjectState) {
    this.#storage = context.storage;
    context.blockConcurrencyWhile(async () => {
      const kept = await context.storage.get<Pick<BudgetState, "day" | "used">>("day");
      if (kept !== undefined) this.#state = { ...freshBudget, ...kept };
    });
  }

  /** Only this Worker can reach it: a Durable Object has no address of its own. */
  async fetch(request: Request): Promise<Response> {
    const question = (await request.json()) as Question;
    const now = Date.now();
    if (question.kind === "forecast") {
      return Response.json(forecast(question.rules, this.#state, now));
    }
    for (const one of question.told) {
      this.#state = learn(question.rules, this.#state, one, now);
    }
    const { state, grant } = take(question.rules, this.#state, question.ask, now);
    this.#state = state;
    if (grant.kind === "go" && state.used % keepEveryCalls === 0) {
      await this.#storage.put("day", { day: state.day, used: state.used });
    }
    return Response.json(grant);
  }
}
