/**
 * What the audit keeps of an attempt: every write that was confirmed, with the reason for it, and
 * every value that lost.
 */
import type { Fields, SystemId } from "../../shared/record.ts";
import type { WriteOutcome } from "../connectors/connector.ts";
import type { FieldDecision } from "../core/decision.ts";
import type { Unsalted } from "../store/commit-types.ts";
import type { IntendedWrite } from "../store/load.ts";
import { takenBackBy } from "./conclude-answers.ts";
import type { Decided } from "./decide.ts";
import type { SystemOutcomes } from "./propagate.ts";
import { explainedBack } from "./undo.ts";

export function auditOf(
  decided: Decided,
  outcomes: SystemOutcomes,
  held: Readonly<Record<SystemId, Fields>>,
  now: number,
): Unsalted[] {
  const { subject } = decided;
  const because = new Map(
    decided.plan.decisions.map((one) => {
      const back = decided.undone.find(
        ({ kind, field }) =>
          kind === "go" && field === one.field && decided.plan.held.includes(one),
      );
      return [
        one.field,
        back === undefined ? one : { ...one, because: explainedBack(back, one.because) },
      ];
    }),
  );
  const written = decided.writes.filter(({ system }) => outcomes.get(system)?.kind === "done");
  // An edit that was overwritten unseen and loses in hindsight leaves nothing to write.
  const lost = Object.values(decided.lost).flatMap((edits) => Object.keys(edits));
  const fields = new Set([...written.flatMap((write) => Object.keys(write.fields)), ...lost]);
  const explained = [...fields].flatMap((field) => because.get(field) ?? []);
  return [
    ...subject.merges.map((merge) => ({ kind: "relinked" as const, at: now, detail: merge })),
    ...(subject.birth?.matchedBy ? [linkedEntry(decided, subject.birth.matchedBy, now)] : []),
    ...explained.flatMap((decision) => ruledEntry(decided, decision, now)),
    ...written.map((write) => writtenEntry(write, outcomes.get(write.system), because, now)),
    ...explained
      .filter((decision) => decision.because.losers.length > 0)
      .map(({ field, because: explanation }) => ({
        kind: "discarded" as const,
        at: now,
        detail: { field, because: explanation },
      })),
    ...putOff(decided, now),
    ...undoneEntries(decided, held, now),
  ];
}

/**
 * An edit that was overwritten unseen, and cannot be decided about yet: nobody knows how long that
 * takes, or what is left of the record by then. So it is told as soon as it is found, and once.
 */
const putOff = ({ lost, plan, subject }: Decided, at: number): Unsalted[] =>
  Object.entries(lost).flatMap(([system, edits]) =>
    plan.decisions
      .filter(({ field }) => field in edits && !plan.settled.includes(field))
      .filter(({ field }) => subject.written[system]?.[field]?.told !== true)
      .filter((one) => !plan.held.includes(one) && one.because.losers.length === 0)
      .map(({ field, because }) => ({
        kind: "discarded" as const,
        at,
        detail: { field, because: { ...because, losers: [system] } },
      })),
  );

const linkedEntry = (decided: Decided, by: string, now: number): Unsalted => ({
  kind: "linked",
  at: now,
  detail: {
    by,
    records: Object.fromEntries(
      Object.entries(decided.subject.links).map(([system, { recordId }]) => [system, recordId]),
    ),
  },
});

function ruledEntry(decided: Decided, decision: FieldDecision, now: number): Unsalted[] {
  const ruling = decided.view.rulings[decision.field];
  if (ruling === undefined || decision.because.rule !== "person") return [];
  return [{ kind: "ruled", at: now, detail: { field: decision.field, ruling } }];
}

const kinds = { create: "created", update: "wrote", archive: "archived", erase: "erased" } as const;

const writtenEntry = (
  write: IntendedWrite,
  outcome: WriteOutcome | undefined,
  because: ReadonlyMap<string, FieldDecision>,
  now: number,
): Unsalted => ({
  kind: kinds[write.operation],
  at: now,
  detail: {
    system: write.system,
    operation: write.operation,
    recordId: outcome?.kind === "done" ? outcome.record.id : write.recordId,
    fields: Object.fromEntries(
      Object.entries(write.fields).map(([field, change]) => [
        field,
        { ...change, because: because.get(field)?.because ?? null },
      ]),
    ),
  },
});

const undoneEntries = (
  decided: Decided,
  held: Readonly<Record<SystemId, Fields>>,
  at: number,
): Unsalted[] =>
  takenBackBy(decided, held).map(({ exception: { id, ruling, undo }, field }) => ({
    kind: "undone",
    at,
    detail: { field, exceptionId: id, ruling, person: undo?.person ?? null },
  }));
