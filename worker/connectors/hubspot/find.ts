/**
 * Finding records by an identity value. A unique property is asked for directly, which is
 * consistent; any other goes through search, whose index lags by seconds: what search does not
 * find may yet exist, so creating must stay idempotent, and what it finds is read before it counts.
 */
import type { CanonicalValue, FieldName, SystemRecord } from "../../../shared/record.ts";
import { equal } from "../../core/canonical.ts";
import type { MappedField, ObjectMapping } from "../../core/rules.ts";
import { ConnectorError } from "../connector.ts";
import { answered } from "./client.ts";
import type { Context } from "./context.ts";
import { ownersOrNull } from "./context.ts";
import { limits } from "./limits.ts";
import { fieldNamed, furtherProperty, toWire } from "./mapping.ts";
import { readByUnique, readRecords, recordsOf } from "./read.ts";
import type { WireRecord } from "./wire.ts";
import { searchAnswerSchema } from "./wire.ts";

export async function findRecords(
  context: Context,
  mapping: ObjectMapping,
  name: FieldName,
  values: readonly CanonicalValue[],
): Promise<readonly SystemRecord[]> {
  const field = fieldNamed(mapping, name);
  if (field === undefined) {
    throw new ConnectorError("give_up", context.system, `${name} is not mapped to HubSpot.`);
  }
  const wires = await wireValues(context, field, values);
  if (wires.length === 0) return [];
  const isId = field.property === idProperty;
  const found = isId ? null : await findDirectly(context, mapping, field, wires);
  if (found !== null) return await recordsOf(context, mapping, distinct(found));
  // An id that was merged away is read as its survivor.
  const ids = isId ? wires : await searchIds(context, mapping, field, wires);
  const records: SystemRecord[] = [];
  for (const answer of (await readRecords(context, mapping, ids)).values()) {
    if (answer.kind === "unknown") throw answer.error;
    if (answer.kind === "found" && holdsOne(answer.record, name, values)) {
      records.push(answer.record);
    }
  }
  return distinct(records);
}

const idProperty = "hs_object_id";

/**
 * What HubSpot keeps unique in every account. A property of the user's may be unique too, but that
 * would have to be asked.
 */
export function keepsUnique(mapping: ObjectMapping, name: FieldName): boolean {
  const property = fieldNamed(mapping, name)?.property;
  return property === idProperty || (property === "email" && mapping.systemObject === "contacts");
}

/**
 * By a property that HubSpot keeps unique; null if it does not. Whether it does is learnt from its
 * refusal: asking for definitions would cost a call for every object, this one for a few at most.
 */
async function findDirectly(
  context: Context,
  mapping: ObjectMapping,
  field: MappedField,
  values: readonly string[],
): Promise<readonly WireRecord[] | null> {
  const property = `${mapping.systemObject}/${field.property}`;
  if (context.notUnique.has(property)) return null;
  const answer = await readByUnique(context, mapping, field.property, values, false);
  if (answer.kind === "refused" && answer.error.status === 400) {
    if (/unique/i.test(answer.refusal.message)) context.notUnique.add(property);
    return null;
  }
  return answered(answer);
}

async function wireValues(
  context: Context,
  field: MappedField,
  values: readonly CanonicalValue[],
): Promise<readonly string[]> {
  const owners = field.type.kind === "owner" ? await ownersOrNull(context, () => false) : null;
  const account = await context.account.get();
  const conversion = { timeZone: account?.timeZone ?? null, owners };
  return values.flatMap((value) => {
    const wire = toWire(field, value, conversion);
    const text = wire.kind === "properties" ? wire.properties[field.property] : undefined;
    return text ? [text] : [];
  });
}

/** https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm */
async function searchIds(
  context: Context,
  mapping: ObjectMapping,
  field: MappedField,
  values: readonly string[],
): Promise<readonly string[]> {
  const further = furtherProperty(mapping, field);
  const properties = [field.property, ...(further === null ? [] : [further])];
  const ids = new Set<string>();
  // Every group of filters repeats the values.
  const lengthMax = Math.floor(limits.searchValuesLength / properties.length);
  for (const chunk of searchChunks(values, lengthMax)) {
    let after = "0";
    for (let seen = 0; seen < limits.searchResults; seen += limits.searchPage) {
      const answer = answered(
        await context.client.call({
          method: "POST",
          path: `/crm/objects/{version}/${mapping.systemObject}/search`,
          body: {
            filterGroups: properties.map((propertyName) => ({
              filters: [{ propertyName, operator: "IN", values: chunk }],
            })),
            properties: [idProperty],
            sorts: [{ propertyName: idProperty, direction: "ASCENDING" }],
            limit: limits.searchPage,
            after,
          },
          answer: searchAnswerSchema,
          effect: "read",
        }),
      );
      for (const wire of answer.results) ids.add(wire.id);
      const next = answer.paging?.next?.after;
      if (next === undefined) break;
      after = next;
    }
  }
  return [...ids];
}

/** IN wants strings in lower case, and the whole body has to stay small. */
function searchChunks(
  values: readonly string[],
  lengthMax: number,
): readonly (readonly string[])[] {
  const chunks: string[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const value of new Set(values.map((text) => text.toLowerCase()))) {
    const size = JSON.stringify(value).length + 1;
    const last = chunks.at(-1);
    if (last && last.length < limits.searchValues && length + size <= lengthMax) {
      last.push(value);
      length += size;
    } else {
      chunks.push([value]);
      length = size;
    }
  }
  return chunks;
}

function holdsOne(
  record: SystemRecord,
  name: FieldName,
  values: readonly CanonicalValue[],
): boolean {
  const seen = record.fields[name];
  const known = [...(seen?.kind === "held" ? [seen.value] : []), ...(record.aliases?.[name] ?? [])];
  return known.some((one) => values.some((value) => equal(one, value)));
}

function distinct<T extends { readonly id: string }>(records: readonly T[]): readonly T[] {
  return [...new Map(records.map((record) => [record.id, record])).values()];
}
