/** Small words of the card and the pages: who, whose, lists of systems, and answers. */
import type { AnswerVerb } from "crm-sync-shared/contract.ts";
import type { Actor } from "crm-sync-shared/record.ts";

/** "HubSpot", "HubSpot and Operations", "HubSpot, Operations and Billing" */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const counted = (count: number, one: string, many: string): string =>
  `${count} ${count === 1 ? one : many}`;

/** Null where nobody is known, so that the sentence can do without. */
export function who(actor: Actor | null): string | null {
  if (!actor) return null;
  switch (actor.kind) {
    case "person":
      return actor.name ?? "A person";
    case "automation":
      return actor.name ?? "An automation";
    case "self":
      return "This sync";
    case "unknown":
      return actor.name ?? null;
  }
}

/** What can be answered to a question that is not about values, as buttons say it. */
export const answerWords: Readonly<Record<AnswerVerb, (system: string) => string>> = {
  link: () => "This is the same",
  apart: () => "These are two",
  create: () => "None of these: create it",
  restore: (system) => `Restore it in ${system}`,
  delete: () => "Delete it everywhere",
  keep: () => "Keep it here only",
};
