/**
 * Crash at every await: a scenario runs once undisturbed to count its calls, then once for every
 * call and every way it can go wrong. After each, everything heals and the usual judgement falls.
 */
import { createRandom } from "./random.ts";
import { onStage, type RunResult, recover } from "./run.ts";
import type { Scenario } from "./scenarios.ts";
import type { Plan } from "./scheduler.ts";

/** Crashed or failed, with the effect of the call or without. */
export const ways: readonly Omit<Plan, "after">[] = [
  { kind: "crash", effect: false, whole: true },
  { kind: "crash", effect: true, whole: true },
  { kind: "fail", effect: false, whole: false },
  { kind: "fail", effect: true, whole: false },
];

export interface Disturbed {
  readonly calls: number;
  readonly runs: number;
  readonly failures: readonly string[];
}

export async function disturbEverywhere(scenario: Scenario): Promise<Disturbed> {
  const undisturbed = await disturb(scenario, null);
  const failures = undisturbed.result.violations.map(({ message }) => `undisturbed: ${message}`);
  const { calls } = undisturbed;
  for (let after = 0; after < calls; after += 1) {
    for (const way of ways) {
      const { result } = await disturb(scenario, { ...way, after });
      const what = `${way.kind} ${way.effect ? "after" : "before"} call ${after}`;
      for (const { invariant, message } of result.violations) {
        failures.push(`${what}: ${invariant}: ${message}`);
      }
    }
  }
  return { calls, runs: 1 + calls * ways.length, failures };
}

/** How many calls the Worker made from then on until it was quiet, and how it all ended. */
export async function disturb(
  { company, before, happens }: Scenario,
  plan: Plan | null,
): Promise<{ readonly calls: number; readonly result: RunResult }> {
  const random = createRandom(1);
  let calls = 0;
  const result = await onStage({ seed: 1, edition: 1 }, async (stage) => {
    const { world } = stage;
    for (const step of [company, before]) {
      step?.(stage);
      await world.quiet(random);
    }
    const from = world.scheduler.turnsGiven;
    if (plan !== null) world.scheduler.plans.push({ ...plan });
    happens(stage);
    stage.auditor.observe();
    await world.quiet(random);
    calls = world.scheduler.turnsGiven - from;
    return recover(stage, random);
  });
  return { calls, result };
}
