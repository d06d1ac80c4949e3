/**
 * Associations as fields. A field is mapped to the other object and, if only some associations
 * count, their label: "companies", "companies:Primary", "contacts:Billing contact". Its values are
 * HubSpot's record ids. An association moves no modified date and keeps no history.
 */
import * as z from "zod";
import type { FieldName, Held } from "../../../shared/record.ts";
import type { Canonical } from "../../core/canonical.ts";
import { canonical } from "../../core/canonical.ts";
import type { MappedField, ObjectMapping } from "../../core/rules.ts";
import { chunksOf } from "./chunks.ts";
import type { Answer } from "./client.ts";
import type { Context } from "./context.ts";
import { limits } from "./limits.ts";
import { isReference } from "./mapping.ts";

/** What the reference fields of one record hold; an unknown one is absent. */
export type References = Readonly<Record<FieldName, Canonical>>;

export interface AssociationType {
  readonly category: string;
  readonly typeId: number;
  readonly label: string | null;
}

export interface Associated {
  readonly id: string;
  readonly types: readonly AssociationType[];
}

export interface Target {
  /** The other object, as HubSpot's paths want it. */
  readonly object: string;
  readonly label: string | null;
}

export function targetOf(field: MappedField): Target {
  const [object = "", ...label] = field.property.split(":");
  return { object, label: label.length === 0 ? null : label.join(":").trim() };
}

/** The references of records that exist. One call for each other object and 1,000 records. */
export async function readReferences(
  context: Context,
  mapping: ObjectMapping,
  ids: readonly string[],
): Promise<ReadonlyMap<string, References>> {
  const fields = mapping.fields.filter(isReference);
  const found = new Map<string, Record<FieldName, Canonical>>(ids.map((id) => [id, {}]));
  for (const object of new Set(fields.map((field) => targetOf(field).object))) {
    const associated = await readAssociated(context, mapping, object, ids);
    for (const [id, held] of associated) {
      for (const field of fields.filter((each) => targetOf(each).object === object)) {
        found.get(id)![field.field] = referenceFrom(field, held);
      }
    }
  }
  return found;
}

/** By record id, all it is associated with. Records that HubSpot does not speak of are absent. */
export async function readAssociated(
  context: Context,
  mapping: ObjectMapping,
  object: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly Associated[]>> {
  const found = new Map<string, readonly Associated[]>();
  let inputs: readonly { readonly id: string; readonly after?: string }[] = ids.map((id) => ({
    id,
  }));
  for (let round = 0; inputs.length > 0 && round < limits.associationRoundsMax; round++) {
    const more: { id: string; after: string }[] = [];
    for (const chunk of chunksOf(inputs, limits.associationReads)) {
      const answer = await readPage(context, mapping, object, chunk);
      if (answer.kind !== "ok") return new Map();
      for (const id of answer.value.errors) found.set(id, found.get(id) ?? []);
      for (const { id, to, after } of answer.value.results) {
        found.set(id, [...(found.get(id) ?? []), ...to]);
        if (after !== null) more.push({ id, after });
      }
    }
    inputs = more;
  }
  for (const { id } of inputs) found.delete(id);
  return found;
}

/** What a field holds of the associations there are. */
export function referenceFrom(field: MappedField, held: readonly Associated[]): Canonical {
  const { label } = targetOf(field);
  const counting = label === null ? held : held.filter((each) => isLabelled(each, label));
  if (field.type.kind === "references" || counting.length <= 1) {
    return canonical(
      field.type,
      field.type.kind === "references" ? idsOf(counting) : oneOf(counting),
    );
  }
  const primary = counting.filter((each) => isLabelled(each, "Primary"));
  if (primary.length === 1) return canonical(field.type, oneOf(primary));
  const reason = `HubSpot has ${counting.length} associations where one is mapped.`;
  return { kind: "invalid", reason };
}

export function idsIn(value: Held): readonly string[] {
  if (value === null) return [];
  return typeof value === "string" ? [value] : (value as readonly string[]);
}

function isLabelled(associated: Associated, label: string): boolean {
  return associated.types.some((type) => sameLabel(type.label, label));
}

export function sameLabel(a: string | null, b: string | null): boolean {
  return (a ?? "").toLowerCase() === (b ?? "").toLowerCase();
}

const idsOf = (associated: readonly Associated[]) => associated.map((each) => each.id);
const oneOf = (associated: readonly Associated[]) => associated[0]?.id ?? null;

const id = z.union([z.string(), z.number()]).transform(String);
const contextSchema = z.object({ fromObjectId: z.array(id).catch([]) }).catch({ fromObjectId: [] });

/** https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide */
const pageSchema = z.object({
  results: z.array(
    z
      .object({
        from: z.object({ id }),
        to: z.array(
          z
            .object({
              toObjectId: id,
              associationTypes: z.array(
                z.object({
                  category: z.string(),
                  typeId: z.number(),
                  label: z.nullish(z.string()),
                }),
              ),
            })
            .transform(
              (to): Associated => ({
                id: to.toObjectId,
                types: to.associationTypes.map((type) => ({ ...type, label: type.label ?? null })),
              }),
            ),
        ),
        paging: z.nullish(z.object({ next: z.nullish(z.object({ after: z.string() })) })),
      })
      .transform(({ from, to, paging }) => ({
        id: from.id,
        to,
        after: paging?.next?.after ?? null,
      })),
  ),
  // That a record has no associations comes as an error about it.
  errors: z
    .array(z.object({ subCategory: z.nullish(z.string()), context: contextSchema }))
    .transform((errors) =>
      errors
        .filter((error) => error.subCategory?.endsWith("NO_ASSOCIATIONS_FOUND"))
        .flatMap((error) => error.context.fromObjectId),
    )
    .catch([]),
});

function readPage(
  context: Context,
  mapping: ObjectMapping,
  object: string,
  inputs: readonly { readonly id: string; readonly after?: string }[],
): Promise<Answer<z.infer<typeof pageSchema>>> {
  return context.client.call({
    method: "POST",
    path: `/crm/associations/{version}/${mapping.systemObject}/${object}/batch/read`,
    body: { inputs },
    answer: pageSchema,
    effect: "read",
  });
}
