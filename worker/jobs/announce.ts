/** Tells people about exceptions: from what is stored, so that a late message tells the present. */

import type { ChannelName } from "../../shared/control.ts";
import type { Explanation, Input } from "../core/decision.ts";
import type { ObjectRules } from "../core/rules.ts";
import type { Alert, Notifier } from "../notify/alert.ts";
import { database } from "../store/database.ts";
import { type ExceptionRecord, exceptionsById, markAnnounced } from "../store/exceptions.ts";
import { loadSettings } from "../store/settings.ts";
import { type JobContext, objectOf } from "./context.ts";
import { problemWords } from "./words.ts";

/**
 * Sends one message per channel for all exceptions that are still open and that people want to be
 * told of there. A failure of a channel throws, and the queue brings the message again; what was
 * told already may then be told twice.
 */
export async function announce(
  context: JobContext,
  channels: Readonly<Partial<Record<ChannelName, Notifier>>>,
  exceptionIds: readonly string[],
): Promise<void> {
  const db = database(context.d1);
  const exceptions = await exceptionsById(db, [...new Set(exceptionIds)]);
  const open = exceptions.filter(({ status }) => status === "open");
  const alerts = open.map((exception) => alertOf(context, exception));
  if (alerts.length === 0) return;
  const wanted = (await loadSettings(db)).channels.filter(({ isOn }) => isOn);
  for (const { channel, kinds } of wanted) {
    const told = alerts.filter(({ kind }) => kinds.length === 0 || kinds.includes(kind));
    if (told.length > 0) await channels[channel]?.send(told);
  }
  await markAnnounced(
    db,
    open.map(({ id }) => id),
    context.now(),
  );
  const notifiers = wanted.filter(({ channel }) => channel in channels).length;
  context.log({ event: "exceptions.announced", count: alerts.length, notifiers });
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
