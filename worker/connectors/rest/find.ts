/** Finds records in a REST tool, by a field's value or by the key they were created with. */
import type { CanonicalValue, FieldName, SystemRecord } from "../../../shared/record.ts";
import { canonical, heldKey } from "../../core/canonical.ts";
import type { ObjectMapping } from "../../core/rules.ts";
import { ConnectorError } from "../connector.ts";
import { chunked } from "./batches.ts";
import { type Context, call, orThrow } from "./client.ts";
import { toSearchValue, toSystemRecord } from "./fields.ts";
import { limits } from "./limits.ts";
import type { RestRow, RowsPage, Search } from "./profile.ts";

export async function findAll(
  context: Context,
  mapping: ObjectMapping,
  field: FieldName,
  values: readonly CanonicalValue[],
): Promise<readonly SystemRecord[]> {
  const mapped = mapping.fields.find((each) => each.field === field);
  if (!mapped) throw new Error(`${field} is not kept in ${context.system}`);
  const sought = values.map((value) => toSearchValue(mapped, value));
  const wanted = new Set(values.map((value) => canonicalKey(value)));
  const written = sought.filter((each) => each !== null);
  const rows = await search(context, mapping, mapped.property, written);
  return rows
    .filter((row) => !row.archived)
    .map((row) => toSystemRecord(context.reader(mapping), row))
    .filter((record) => {
      const held = record.fields[field];
      return held?.kind === "held" && held.value !== null && wanted.has(heldKey(held.value));
    });

  function canonicalKey(value: CanonicalValue): string {
    const form = mapped ? canonical(mapped.type, value) : null;
    return heldKey(form?.kind === "held" ? form.value : value);
  }
}

export async function findCreated(
  context: Context,
  mapping: ObjectMapping,
  keys: readonly string[],
): Promise<ReadonlyMap<string, SystemRecord>> {
  const rows = await search(context, mapping, context.profile.keyProperty, keys);
  return new Map(
    rows
      .filter((row) => row.key !== null && keys.includes(row.key))
      .map((row) => [row.key ?? "", toSystemRecord(context.reader(mapping), row)]),
  );
}

async function search(
  context: Context,
  mapping: ObjectMapping,
  property: string,
  values: readonly string[],
): Promise<readonly RestRow[]> {
  const { capabilities, search: exchange } = context.profile;
  const rows = new Map<string, RestRow>();
  for (const chunk of chunked([...new Set(values)], capabilities.readBatch)) {
    let cursor: string | null = null;
    for (let page = 0; ; page += 1) {
      if (page === limits.searchPagesMax) {
        const message = `${context.label} finds too many records by ${property}.`;
        throw new ConnectorError("give_up", context.system, message);
      }
      const ask: Search = { property, values: chunk, cursor };
      const found: RowsPage = orThrow(await call(context, exchange, mapping.systemObject, ask));
      for (const row of found.rows) rows.set(row.id, row);
      if (found.next === null) break;
      cursor = found.next;
    }
  }
  return [...rows.values()];
}
