/**
 * Which open exceptions are answered by what happened, and whose answer does not hold any more. An
 * exception is settled only by what was read, never by what was meant to be written.
 */
import type { Fields, SystemId } from "../../shared/record.ts";
import { equal, heldKey } from "../core/canonical.ts";
import { isPassing } from "./conclude-fate.ts";
import { isGoneEverywhere } from "./conclude-state.ts";
import type { Decided } from "./decide.ts";
import type { SystemOutcomes } from "./propagate.ts";

/** Open exceptions that what happened here has answered. */
export function settledBy(
  decided: Decided,
  outcomes: SystemOutcomes,
  held: Readonly<Record<SystemId, Fields>>,
): { id: string; resolution: string }[] {
  return decided.subject.exceptions.flatMap(({ id, kind, field, system, ruling }) => {
    if (kind !== "duplicate" && lostOne(decided)) return [{ id, resolution: "merged" }];
    switch (kind) {
      case "conflict":
      case "invalid": {
        if (field === null || !decided.plan.settled.includes(field)) return [];
        if (!agreesNow(decided, field, held)) return [];
        // People may have come to agree on something else than what one of them chose here.
        const chosen = Object.values(held).some((fields) => {
          const value = fields[field];
          return ruling !== null && value !== undefined && equal(value, ruling.value);
        });
        return [{ id, resolution: chosen ? "ruled" : "agreed" }];
      }
      case "refused": {
        const outcome = system === null ? undefined : outcomes.get(system);
        const still = decided.refusedStill.has(id) || outcome?.kind === "failed";
        return still || decided.unreadable !== null ? [] : [{ id, resolution: "written" }];
      }
      case "gone":
        if (isGoneEverywhere(decided, outcomes)) return [{ id, resolution: "gone" }];
        if (decided.deletion.kind === "ignored") return [{ id, resolution: "ignored" }];
        return system !== null && !decided.gone.includes(system) && decided.unreadable === null
          ? [{ id, resolution: "back" }]
          : [];
      case "waiting": {
        const still = decided.waits.some((wait) => wait.field === field);
        return still || decided.unreadable !== null ? [] : [{ id, resolution: "arrived" }];
      }
      case "duplicate":
        return isGoneEverywhere(decided, outcomes) ? [{ id, resolution: "gone" }] : [];
      case "dead_letter": {
        const still = system !== null && outcomes.get(system)?.kind === "failed";
        return still || decided.unreadable !== null ? [] : [{ id, resolution: "answered" }];
      }
      default:
        return [];
    }
  });
}

/** What was asked while the entity still had the record is answered by the merge. */
const lostOne = ({ subject }: Decided): boolean =>
  subject.merges.some(({ kind }) => kind === "lost");

const agreesNow = (
  decided: Decided,
  field: string,
  held: Readonly<Record<SystemId, Fields>>,
): boolean => {
  const systems = decided.subject.object.fields[field]?.systems ?? [];
  const keys = systems
    .filter((system) => system in decided.subject.links)
    .map((system) => {
      const value = held[system]?.[field];
      return value === undefined ? "unknown" : heldKey(value);
    });
  return new Set(keys).size <= 1 && !keys.includes("unknown");
};

/** Exceptions whose answer does not hold any more. */
export const reopenedBy = (
  decided: Decided,
  outcomes: SystemOutcomes,
  held: Readonly<Record<SystemId, Fields>>,
): string[] => [
  ...refusedRulings(decided, outcomes),
  ...takenBackBy(decided, held).map(({ exception: { id } }) => id),
];

/** A refused write takes the person's answer with it: the choice is open again. */
const refusedRulings = (decided: Decided, outcomes: SystemOutcomes): string[] => {
  const refused = [...outcomes].flatMap(([system, outcome]) =>
    outcome.kind === "failed" && !isPassing(outcome.error) ? [system] : [],
  );
  const fields = decided.writes
    .filter(({ system }) => refused.includes(system))
    .flatMap((write) => Object.keys(write.fields));
  return decided.subject.exceptions
    .filter(
      ({ status, field, answer }) =>
        status === "ruled" &&
        ((field !== null && fields.includes(field)) || (answer !== null && refused.length > 0)),
    )
    .map(({ id }) => id);
};

/** Answers that are taken back everywhere by now. */
export const takenBackBy = ({ undone, plan }: Decided, held: Readonly<Record<SystemId, Fields>>) =>
  undone.filter(
    ({ kind, field, former }) =>
      kind === "go" &&
      plan.held.some((decision) => decision.field === field) &&
      Object.values(former).every(({ system, value }) => {
        const now = held[system]?.[field];
        return now !== undefined && equal(now, value);
      }),
  );
