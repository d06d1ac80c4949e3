/**
 * Makes associations be what fields of references should hold: reads what is there, adds what is
 * missing and takes away what is too much, nothing else. People's other associations stay.
 */
import * as z from "zod";
import type { FieldName, Held } from "../../../shared/record.ts";
import type { MappedField, ObjectMapping } from "../../core/rules.ts";
import { ConnectorError } from "../connector.ts";
import { chunksOf } from "./chunks.ts";
import type { Answer } from "./client.ts";
import type { Context } from "./context.ts";
import { sendBatches } from "./isolate.ts";
import { limits } from "./limits.ts";
import { fieldNamed, isReference } from "./mapping.ts";
import type { Associated, AssociationType } from "./references.ts";
import { idsIn, readAssociated, referenceFrom, sameLabel, targetOf } from "./references.ts";
import { refusedRow } from "./refusal.ts";

/** One record and what its fields of references should hold. */
export interface Wish {
  readonly operationId: string;
  readonly recordId: string;
  readonly set: Readonly<Record<FieldName, Held>>;
}

/** What became of a wish. `applied`: whether any part of it was, or may have been. */
export interface Granted {
  readonly error: ConnectorError | null;
  readonly applied: boolean;
}

interface Edit {
  readonly operationId: string;
  readonly field: MappedField;
  readonly verb: "add" | "remove" | "unlabel";
  readonly from: string;
  readonly to: string;
  readonly type: AssociationType;
}

/** The part of what is to be set that associations hold. */
export function referencesIn(
  mapping: ObjectMapping,
  set: Readonly<Record<FieldName, Held>>,
): Readonly<Record<FieldName, Held>> {
  const isOne = (name: string) => {
    const field = fieldNamed(mapping, name);
    return field !== undefined && isReference(field);
  };
  return Object.fromEntries(Object.entries(set).filter(([name]) => isOne(name)));
}

export async function associate(
  context: Context,
  mapping: ObjectMapping,
  wishes: readonly Wish[],
): Promise<ReadonlyMap<string, Granted>> {
  const granted = new Map<string, Granted>(
    wishes.map((wish) => [wish.operationId, { error: null, applied: false }]),
  );
  for (const object of targetsOf(mapping, wishes)) {
    const types = await readTypes(context, mapping, object);
    const ids = [...new Set(wishes.map((wish) => wish.recordId))];
    const held = await readAssociated(context, mapping, object, ids);
    const edits: Edit[] = [];
    for (const wish of wishes) {
      const planned = editsFor(context, mapping, { wish, object, types, held });
      if (planned instanceof ConnectorError) note(granted, wish.operationId, { error: planned });
      else edits.push(...planned);
    }
    // Additions first: a record is never without the association it had until it has the new one.
    for (const verb of ["add", "remove", "unlabel"] as const) {
      const some = edits.filter((edit) => edit.verb === verb);
      await send(context, mapping, { object, verb, edits: some }, granted);
    }
  }
  return granted;
}

function targetsOf(mapping: ObjectMapping, wishes: readonly Wish[]): ReadonlySet<string> {
  const names = new Set(wishes.flatMap((wish) => Object.keys(wish.set)));
  const fields = [...names].flatMap((name) => fieldNamed(mapping, name) ?? []);
  return new Set(fields.map((field) => targetOf(field).object));
}

interface Planning {
  readonly wish: Wish;
  readonly object: string;
  readonly types: readonly AssociationType[] | ConnectorError;
  readonly held: ReadonlyMap<string, readonly Associated[]>;
}

function editsFor(
  context: Context,
  mapping: ObjectMapping,
  { wish, object, types, held }: Planning,
): readonly Edit[] | ConnectorError {
  const edits: Edit[] = [];
  for (const [name, value] of Object.entries(wish.set)) {
    const field = fieldNamed(mapping, name)!;
    const { label, object: target } = targetOf(field);
    if (target !== object) continue;
    const refuse = (kind: "retry" | "skip_record" | "give_up", message: string) =>
      new ConnectorError(kind, context.system, message, { field: name });
    if (types instanceof ConnectorError) return types;
    const type = types.find((each) => sameLabel(each.label, label));
    if (type === undefined) {
      context.associationTypes.delete(pairOfObjects(mapping, object));
      return refuse("give_up", `HubSpot has no association ${field.property}.`);
    }
    const now = held.get(wish.recordId);
    if (now === undefined) return refuse("retry", "The associations could not be read.");
    const reading = referenceFrom(field, now);
    if (reading.kind === "invalid") return refuse("skip_record", reading.reason);
    const edit = { operationId: wish.operationId, field, from: wish.recordId, type };
    edits.push(...difference(edit, idsIn(value), idsIn(reading.value)));
  }
  return edits;
}

function difference(
  edit: Omit<Edit, "verb" | "to">,
  wanted: readonly string[],
  there: readonly string[],
): readonly Edit[] {
  // There is one primary at most: the new one takes the label off the old one.
  const replaced = sameLabel(edit.type.label, "Primary") && wanted.length > 0;
  // A label is taken off; whatever else connects the two records stays.
  const verb = edit.type.label === null ? "remove" : "unlabel";
  const added = wanted.filter((id) => !there.includes(id));
  const ended = replaced ? [] : there.filter((id) => !wanted.includes(id));
  return [
    ...added.map((to): Edit => ({ ...edit, verb: "add", to })),
    ...ended.map((to): Edit => ({ ...edit, verb, to })),
  ];
}

interface Batch {
  readonly object: string;
  readonly verb: Edit["verb"];
  readonly edits: readonly Edit[];
}

async function send(
  context: Context,
  mapping: ObjectMapping,
  batch: Batch,
  granted: Map<string, Granted>,
): Promise<void> {
  const base = `/crm/associations/{version}/${mapping.systemObject}/${batch.object}/batch`;
  const each = (edits: readonly Edit[], outcome: Partial<Granted>) => {
    for (const edit of edits) note(granted, edit.operationId, outcome);
  };
  await sendBatches(chunksOf(batch.edits, limits.associationWrites), {
    send: (edits) =>
      context.client.call({
        method: "POST",
        path: `${base}/${pathOf[batch.verb]}`,
        body: { inputs: edits.map(inputOf) },
        answer: answerSchema,
        effect: "write",
      }),
    answered: (edits, made) => {
      const told = edits.filter((edit) => made === null || made.has(pairOf(edit.from, edit.to)));
      each(told, { applied: true });
      each(
        edits.filter((edit) => !told.includes(edit)),
        { error: unsure(context), applied: true },
      );
    },
    refused: (edits, error, why) => {
      for (const edit of edits) {
        const row = why === null ? null : refusedRow(context.system, mapping, why, error.status);
        const named = new ConnectorError(
          error.kind,
          context.system,
          (row?.error ?? error).message,
          {
            status: error.status,
            retryAfterMs: error.retryAfterMs,
            field: edit.field.field,
          },
        );
        note(granted, edit.operationId, { error: named });
      }
    },
    unanswered: (edits, error) => each(edits, { error, applied: true }),
    guilty: () => [],
    later: () => unsure(context),
  });
}

function unsure(context: Context): ConnectorError {
  const message = "HubSpot does not say which associations it made.";
  return new ConnectorError("retry", context.system, message);
}

const pathOf = { add: "create", remove: "archive", unlabel: "labels/archive" } as const;

function inputOf({ verb, from, to, type }: Edit): unknown {
  if (verb === "remove") return { from: { id: from }, to: [{ id: to }] };
  const types = [{ associationCategory: type.category, associationTypeId: type.typeId }];
  return { from: { id: from }, to: { id: to }, types };
}

const pairOf = (from: string, to: string) => `${from} ${to}`;
const id = z.union([z.string(), z.number()]).transform(String);

/** The pairs that were made. Taking away answers nothing at all. */
const answerSchema = z
  .union([z.null(), z.object({ results: z.array(z.object({ fromObjectId: id, toObjectId: id })) })])
  .transform((answer) =>
    answer === null
      ? null
      : new Set(answer.results.map((made) => pairOf(made.fromObjectId, made.toObjectId))),
  );

const typesSchema = z.object({
  results: z.array(
    z
      .object({ category: z.string(), typeId: z.number(), label: z.nullish(z.string()) })
      .transform((type): AssociationType => ({ ...type, label: type.label ?? null })),
  ),
});

/** Asked once; what is not there is asked for again. */
export async function readTypes(
  context: Context,
  mapping: ObjectMapping,
  object: string,
): Promise<readonly AssociationType[] | ConnectorError> {
  const pair = pairOfObjects(mapping, object);
  const known = context.associationTypes.get(pair);
  if (known !== undefined) return known;
  const answer: Answer<z.infer<typeof typesSchema>> = await context.client.call({
    method: "GET",
    path: `/crm/associations/{version}/${pair}/labels`,
    answer: typesSchema,
    effect: "read",
  });
  if (answer.kind !== "ok") return answer.error;
  context.associationTypes.set(pair, answer.value.results);
  return answer.value.results;
}

/** As paths have it, and as what is known of the pair is kept. */
export function pairOfObjects(mapping: ObjectMapping, object: string): string {
  return `${mapping.systemObject}/${object}`;
}

function note(granted: Map<string, Granted>, operationId: string, more: Partial<Granted>): void {
  const before = granted.get(operationId)!;
  granted.set(operationId, {
    error: before.error ?? more.error ?? null,
    applied: before.applied || (more.applied ?? false),
  });
}
