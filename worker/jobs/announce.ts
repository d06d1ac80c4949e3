/** Tells people about exceptions: from what is stored, so that a late message tells the present. */

import type { Explanation, Input } from "../core/decision.ts";
import type { ObjectRules } from "../core/rules.ts";
import type { Alert, Notifier } from "../notify/alert.ts";
import { database } from "../store/database.ts";
import { type ExceptionRecord, exceptionsById, markAnnounced } from "../store/exceptions.ts";
import { type JobContext, objectOf } from "./context.ts";
import { problemWords } from "./words.ts";

/**
 * Sends one message per notifier for all exceptions that are still open. A failure of a notifier
 * throws, and the queue brings the message again; what was told already may then be told twice.
 */
export async function announce(
  context: JobContext,
  notifiers: readonly Notifier[],
  exceptionIds: readonly string[],
): Promise<void> {
  const db = database(context.d1);
  const exceptions = await exceptionsById(db, [...new Set(exceptionIds)]);
  const open = exceptions.filter(({ status }) => status === "open");
  const alerts = open.map((exception) => alertOf(context, exception));
  if (alerts.length === 0) return;
  for (const notifier of notifiers) await notifier.send(alerts);
  await markAnnounced(
    db,
    open.map(({ id }) => id),
    context.now(),
  );
  context.log({ event: "exceptions.announced", count: alerts.length, notifiers: notifiers.length });
}

function alertOf(context: JobContext, exception: ExceptionRecord): Alert {
  const object = objectOf(context, exception.object);
  const field = exception.field === null ? undefined : object.fields[exception.field];
  return {
    exceptionId: exception.id,
    kind: exception.kind,
    object: exception.object,
    objectLabel: object.label,
    field: exception.field,
    fieldLabel: field?.label ?? null,
    ...wordsOf(context, object, exception),
    url: urlOf(exception),
    openedAt: exception.openedAt,
  };
}

function wordsOf(
  context: JobContext,
  object: ObjectRules,
  exception: ExceptionRecord,
): Pick<Alert, "title" | "reason" | "values"> {
  const field = exception.field === null ? undefined : object.fields[exception.field];
  const system = context.rules.systems[exception.system ?? ""]?.label ?? "";
  if (exception.kind === "conflict" && field !== undefined) {
    const { because } = exception.detail as { because: Explanation };
    return {
      title: `${object.label}: ${field.label} differs`,
      reason: because.sentence,
      values: because.inputs.map((input) => valueOfInput(context, input)),
    };
  }
  const { message, mend } = problemWords(exception, system);
  const about = field === undefined ? object.label : `${object.label}: ${field.label}`;
  return { title: `${about} needs a look`, reason: `${message} ${mend}`, values: [] };
}

const valueOfInput = (context: JobContext, input: Input): Alert["values"][number] => ({
  label: context.rules.systems[input.system]?.label ?? input.system,
  text: textOf(input),
  at: input.at,
  by: input.actor?.name ?? null,
});

const textOf = ({ value }: Input): string => {
  if (value === null) return "(empty)";
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.join(", ") : Object.values(value).join(", ");
};

/** The record in the system where people work: the first linked one that has an address. */
const urlOf = ({ links }: ExceptionRecord): string | null =>
  Object.values(links).find(({ url }) => url !== null)?.url ?? null;
