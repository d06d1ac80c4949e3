/** Rules that people proposed, answered by an administrator, with the change they would be. */
import type { ControlProposal, Given } from "../../shared/control.ts";
import { changeOfRules } from "../core/proposal.ts";
import { policyInWords } from "../core/words.ts";
import { answerProposal, type Proposal, proposalById, proposals } from "../store/proposals.ts";
import { type Asking, actOf, given, refused } from "./control-ask.ts";
import { fieldLabel, objectLabel } from "./control-words.ts";

const proposalsShown = 50;

export async function proposalsView(asking: Asking): Promise<ControlProposal[]> {
  const all = await proposals(asking.db, proposalsShown);
  return all.map((one) => viewOf(asking, one));
}

function viewOf({ doors }: Asking, proposal: Proposal): ControlProposal {
  const { rules } = doors.jobs;
  const { id, object, field, policy, person, at, entityId } = proposal;
  const now = rules.objects[object]?.fields[field]?.policy;
  return {
    id,
    object,
    objectLabel: objectLabel(rules, object),
    field,
    fieldLabel: fieldLabel(rules, object, field),
    now: now === undefined ? "This field is not synced any more." : policyInWords(rules, now),
    proposed: policyInWords(rules, policy),
    by: person.name,
    at,
    entityId,
    state: proposal.state,
    answeredBy: proposal.answeredBy,
    answeredAt: proposal.answeredAt,
    note: proposal.note,
    change: changeOfRules(rules, proposal),
  };
}

export async function proposalAnswer(asking: Asking, input: Given<"proposal-answer">) {
  const { db } = asking;
  const proposal = await proposalById(db, input.proposalId);
  if (proposal === null) return refused("not_found", "There is no such proposal.");
  const state = input.answer === "accept" ? "accepted" : "declined";
  const answered = await answerProposal(db, proposal, { state, note: input.note }, actOf(asking));
  const after = (await proposalById(db, input.proposalId)) ?? proposal;
  // The same answer of the same person again is a double click, or HubSpot's own retry.
  const isRepeat = after.answeredBy === asking.access.person.email && after.state === state;
  if (!answered && !isRepeat) {
    return refused("settled", `${after.answeredBy ?? "Somebody"} answered this meanwhile.`);
  }
  return given<"proposal-answer">({ proposal: viewOf(asking, after) });
}
