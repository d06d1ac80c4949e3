/** The full comparison of one record, and how one field came to its value. */
import type {
  CardValue,
  ComparedField,
  FieldsAnswer,
  HistoryAnswer,
} from "../../shared/contract.ts";
import type { Observation, SystemRecord } from "../../shared/record.ts";
import { heldKey } from "../core/canonical.ts";
import type { FieldRules } from "../core/rules.ts";
import { policyInWords } from "../core/words.ts";
import { type JobContext, objectOf } from "../jobs/context.ts";
import { database } from "../store/database.ts";
import { keyText, type RecordKey } from "../store/mailbox.ts";
import { recordState } from "../store/records.ts";
import { namesFor } from "./card-names.ts";
import { changesOf, readLinked } from "./card-record.ts";

/** Entries searched for one field's changes; a record has a few in a week. */
const entriesSearched = 500;
const changesShown = 20;

export async function cardFields(context: JobContext, key: RecordKey): Promise<FieldsAnswer> {
  const { entity } = await recordState(database(context.d1), key, {
    auditEntries: 0,
    settledSince: null,
  });
  const answers = await readLinked(context, key, entity);
  const found = new Map<string, SystemRecord>();
  for (const [system, { recordId }] of Object.entries(entity?.links ?? {})) {
    const answer = answers.get(keyText({ system, object: key.object, recordId }));
    if (answer?.kind === "found" && !answer.record.archived) found.set(system, answer.record);
  }
  const linked = Object.keys(entity?.links ?? {});
  const fields = Object.values(objectOf(context, key.object).fields).map((field) =>
    compared(context, field, linked, found),
  );
  const values = fields.flatMap((field) =>
    field.values.map(({ value }) => ({ type: field.type, value })),
  );
  return { ok: true, fields, names: await namesFor(context, values), readAt: context.now() };
}

function compared(
  context: JobContext,
  field: FieldRules,
  linked: readonly string[],
  found: ReadonlyMap<string, SystemRecord>,
): ComparedField {
  const holders = field.systems.filter((system) => linked.includes(system));
  const values = holders.flatMap((system) => {
    const observation = found.get(system)?.fields[field.field];
    const label = context.rules.systems[system]?.label ?? system;
    return observation === undefined ? [] : [seenValue(system, label, observation)];
  });
  const keys = new Set(values.map(({ value }) => heldKey(value)));
  return {
    field: field.field,
    label: field.label,
    type: field.type,
    values,
    isEqual: values.length === holders.length && keys.size === 1,
    rule: policyInWords(context.rules, field.policy),
  };
}

function seenValue(system: string, label: string, observation: Observation): CardValue {
  const value = observation.kind === "held" ? observation.value : observation.raw;
  return { system, label, value, at: observation.at, actor: observation.actor };
}

export async function cardHistory(
  context: JobContext,
  key: RecordKey,
  field: string,
): Promise<HistoryAnswer> {
  const { audit } = await recordState(database(context.d1), key, {
    auditEntries: entriesSearched,
    settledSince: null,
  });
  const object = objectOf(context, key.object);
  const changes = audit
    .flatMap((row) => changesOf(object, row))
    .filter((change) => change.field === field)
    .slice(0, changesShown);
  const values = changes.flatMap(({ type, from, to }) =>
    [from, to].map((value) => ({ type, value })),
  );
  return { ok: true, changes, names: await namesFor(context, values), readAt: context.now() };
}
