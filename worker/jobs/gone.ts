/**
 * What follows from a record that is gone in one system. Only what a system says of the record
 * itself counts, twice; that it is absent from a list says nothing. Nothing is deleted that was
 * edited since all agreed, and nothing twice: what comes back was restored.
 */
import type { SystemId } from "../../shared/record.ts";
import { ConnectorError, type ReadAnswer } from "../connectors/connector.ts";
import { equal } from "../core/canonical.ts";
import type { EntityView } from "../core/decision.ts";
import type { IntendedWrite } from "../store/load.ts";
import { keyText } from "../store/mailbox.ts";
import type { JobContext } from "./context.ts";
import { readAll, type Wanted, want } from "./gather.ts";
import type { Recovered } from "./recover.ts";
import type { Subject } from "./subject.ts";

export type Deletion =
  /** No record is gone, or all are. */
  | { readonly kind: "none" }
  /** The others go on without it. */
  | { readonly kind: "ignored" }
  /** The others follow: they are archived. */
  | { readonly kind: "follows"; readonly writes: readonly IntendedWrite[] }
  /** Some system could not be heard, and may hold an edit. */
  | { readonly kind: "waits" }
  /** A person decides; `edited` names systems that hold what was never agreed on. */
  | { readonly kind: "asks"; readonly edited: readonly SystemId[] };

export const isGone = (answer: ReadAnswer | undefined): boolean =>
  answer?.kind === "missing" || (answer?.kind === "found" && answer.record.archived);

export const goneIn = ({ answers }: Pick<Subject, "answers">): SystemId[] =>
  Object.keys(answers).filter((system) => isGone(answers[system]));

/** Whether a person said that it is to be deleted everywhere. */
const isEnded = ({ exceptions }: Pick<Subject, "exceptions">): boolean =>
  exceptions.some(({ status, answer }) => status === "ruled" && answer?.verb === "delete");

export function deletionOf(
  subject: Subject,
  { base, systems }: Pick<EntityView, "base" | "systems">,
): Deletion {
  const { object, links, answers, goneAt } = subject;
  const gone = goneIn({ answers });
  const others = Object.keys(links).filter((system) => !gone.includes(system));
  const isTold = isEnded(subject) && others.length > 0;
  if (isTold) return allFound(subject, others) ? follows(subject, others) : { kind: "waits" };
  if (gone.length === 0 || others.length === 0) return { kind: "none" };
  if (object.deletes === "ignore") return { kind: "ignored" };
  if (object.deletes === "review" || goneAt !== null) return { kind: "asks", edited: [] };
  if (!allFound(subject, others)) return { kind: "waits" };
  const edited = others.filter((system) =>
    Object.entries(systems[system] ?? {}).some(
      ([field, observation]) =>
        observation.kind === "invalid" || !equal(observation.value, base[field] ?? null),
    ),
  );
  if (edited.length > 0) return { kind: "asks", edited };
  return follows(subject, others);
}

const allFound = ({ answers }: Subject, systems: readonly SystemId[]): boolean =>
  systems.every((system) => answers[system]?.kind === "found");

const follows = ({ links }: Subject, systems: readonly SystemId[]): Deletion => ({
  kind: "follows",
  writes: systems.map((system) => ({
    system,
    operation: "archive",
    recordId: links[system]?.recordId ?? null,
    fields: {},
  })),
});

/**
 * Reads again what is said to be gone, where others would be archived for it: one call per system,
 * and only then. A system that says first this and then that is not believed yet.
 */
export async function confirmGone(
  context: JobContext,
  recovered: readonly Recovered[],
): Promise<readonly Recovered[]> {
  const wanted: Wanted = new Map();
  const asked = recovered.filter(({ subject }) => {
    const gone = subject.object.deletes === "archive" ? goneIn(subject) : [];
    const follows = gone.length > 0 && gone.length < Object.keys(subject.links).length;
    for (const system of follows ? gone : []) {
      want(wanted, subject.object.object, system, subject.links[system]?.recordId ?? "");
    }
    return follows;
  });
  if (asked.length === 0) return recovered;
  const again = await readAll(context, wanted);
  return recovered.map((one) =>
    asked.includes(one) ? { ...one, subject: confirmed(one.subject, again) } : one,
  );
}

function confirmed(subject: Subject, again: ReadonlyMap<string, ReadAnswer>): Subject {
  const { object, links } = subject;
  const entries = Object.entries(subject.answers).map(([system, answer]) => {
    const recordId = links[system]?.recordId ?? "";
    const second = again.get(keyText({ system, object: object.object, recordId }));
    if (!isGone(answer) || isGone(second)) return [system, answer] as const;
    const message = "The system does not say clearly whether the record is gone.";
    const error =
      second?.kind === "unknown" ? second.error : new ConnectorError("retry", system, message);
    return [system, { kind: "unknown", error } as const] as const;
  });
  return { ...subject, answers: Object.fromEntries(entries) };
}
