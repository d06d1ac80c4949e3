/** What the records are called that a card's values refer to: people never see our own ids. */
import type { CardRelated } from "../../shared/contract.ts";
import type { Fields, FieldType, Held } from "../../shared/record.ts";
import { titleOf } from "../core/title.ts";
import { type JobContext, objectOf } from "../jobs/context.ts";
import { database } from "../store/database.ts";
import { entitiesById, type FoundEntity } from "../store/explore.ts";

/** A value with the type that says whether it is a reference; null: it is of no known field. */
export interface Typed {
  readonly type: FieldType | null;
  readonly value: Held;
}

export type Names = Record<string, string>;

/** Costs two round trips, and only where a value refers to a record. */
export async function namesFor(context: JobContext, values: readonly Typed[]): Promise<Names> {
  return namesOf(context, await entitiesIn(context, values));
}

const idsMax = 200;

async function entitiesIn(
  context: JobContext,
  values: readonly Typed[],
): Promise<readonly FoundEntity[]> {
  const ids = [...new Set(values.flatMap(referencesIn))].slice(0, idsMax);
  return ids.length === 0 ? [] : entitiesById(database(context.d1), ids);
}

const namesOf = (context: JobContext, entities: readonly FoundEntity[]): Names =>
  Object.fromEntries(entities.map((one) => [one.entityId, nameOf(context, one)]));

function nameOf(context: JobContext, { object, base, links }: FoundEntity): string {
  const rules = objectOf(context, object);
  const [recordId] = Object.values(links).map((link) => link.recordId);
  return titleOf(rules, base) ?? `${rules.label} ${recordId ?? ""}`.trim();
}

const relatedShown = 5;

/** The names of all values, and the records that the record itself refers to. */
export async function relatedOf(
  context: JobContext,
  object: string,
  base: Fields,
  values: readonly Typed[],
): Promise<{ names: Names; related: CardRelated[] }> {
  const fields = Object.values(objectOf(context, object).fields).flatMap((field) => {
    const ids = referencesIn({ type: field.type, value: base[field.field] ?? null });
    return ids.length === 0 ? [] : [{ field, ids }];
  });
  const own = fields.map(({ field, ids }) => ({ type: field.type, value: ids }));
  const entities = await entitiesIn(context, [...own, ...values]);
  const byId = new Map(entities.map((one) => [one.entityId, one]));
  const related = fields.map(({ field, ids }) => ({
    field: field.field,
    label: field.label,
    count: ids.length,
    records: ids.slice(0, relatedShown).flatMap((id) => {
      const entity = byId.get(id);
      if (entity === undefined) return [];
      const places = Object.entries(entity.links).flatMap(([system, { url }]) =>
        url === null
          ? []
          : [{ system, label: context.rules.systems[system]?.label ?? system, url }],
      );
      return [{ entityId: id, title: nameOf(context, entity), places }];
    }),
  }));
  return { names: namesOf(context, entities), related };
}

function referencesIn({ type, value }: Typed): readonly string[] {
  if (type?.kind !== "reference" && type?.kind !== "references") return [];
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? (value as readonly string[]) : [];
}
