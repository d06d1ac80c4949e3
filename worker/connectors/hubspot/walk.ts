/**
 * Walking over all records, and over those that changed. The invariant: whatever changes while we
 * walk, no record that was there all along is left out.
 *
 * Changes come from search, which sorts by one property only, gives at most 10,000 results, and
 * keeps no order among equal times. So no page is asked for by its number: each page starts at the
 * time the last one ended with, and where a whole page has one time, its records are walked by id.
 *
 *     time >= T, by time        ... until a page ends with a later time than T: that is the next T
 *     time == T and id > I      ... when a full page is all T; then on with time >= T + 1
 */
import * as z from "zod";
import type { SystemRecord } from "../../../shared/record.ts";
import type { ObjectMapping } from "../../core/rules.ts";
import type { Page } from "../connector.ts";
import { ConnectorError } from "../connector.ts";
import { answered } from "./client.ts";
import type { Context } from "./context.ts";
import { limits } from "./limits.ts";
import { propertiesOf, wireTime } from "./mapping.ts";
import { readWires, recordsOf } from "./read.ts";
import { searchAnswerSchema, wireRecordSchema } from "./wire.ts";

const listAnswerSchema = z.object({
  results: z.array(wireRecordSchema),
  paging: z.nullish(z.object({ next: z.nullish(z.object({ after: z.string() })) })),
});

/** All live records by id. Their values come without times: what differs is read anyway. */
export async function listRecords(
  context: Context,
  mapping: ObjectMapping,
  cursor: string | null,
): Promise<Page<SystemRecord>> {
  const properties = mapping.fields.flatMap(propertiesOf);
  const names = properties.join(",");
  const inUrl = names.length <= limits.urlNamesLength;
  const answer = answered(
    await context.client.call({
      method: "GET",
      path: `/crm/objects/{version}/${mapping.systemObject}`,
      query: {
        limit: String(limits.listPage),
        properties: inUrl ? names : "hs_object_id",
        ...(cursor === null ? {} : { after: cursor }),
      },
      answer: listAnswerSchema,
      effect: "read",
    }),
  );
  const ids = answer.results.map((wire) => wire.id);
  const wires = inUrl ? answer.results : await readWires(context, mapping, ids);
  const after = answer.paging?.next?.after;
  return {
    items: await recordsOf(context, mapping, wires),
    cursor: after ?? cursor ?? "",
    more: after !== undefined,
  };
}

/** Where a walk over changes stands. */
const cursorSchema = z.strictObject({
  /** Records from this time on are still to come. */
  time: z.number(),
  /** Of those with exactly this time, the ones up to this id have come. */
  id: z.nullable(z.string()),
});
type Position = z.infer<typeof cursorSchema>;

export async function changedRecords(
  context: Context,
  mapping: ObjectMapping,
  from: { readonly since: number } | { readonly cursor: string },
): Promise<Page<string>> {
  const position = "since" in from ? { time: from.since, id: null } : parse(context, from.cursor);
  const startedAt = context.outside.now();
  const page = await searchPage(context, mapping, position);
  const items = page.map((each) => each.id);
  if (position.id !== null) {
    const last = page.length < limits.searchPage ? null : (items.at(-1) ?? null);
    const next = last === null ? { time: position.time + 1, id: null } : { ...position, id: last };
    return { items, cursor: JSON.stringify(next), more: true };
  }
  if (page.length < limits.searchPage) {
    // Changes of the last minutes may not be in the index yet: the next poll looks there again.
    const time = Math.max(position.time, startedAt - limits.changesOverlapMs);
    return { items, cursor: JSON.stringify({ time, id: null }), more: false };
  }
  const end = page.at(-1)!.modifiedAt;
  const next = end > position.time ? { time: end, id: null } : { time: position.time, id: "0" };
  return { items, cursor: JSON.stringify(next), more: true };
}

interface Changed {
  readonly id: string;
  readonly modifiedAt: number;
}

async function searchPage(
  context: Context,
  mapping: ObjectMapping,
  { time, id }: Position,
): Promise<readonly Changed[]> {
  const modified = modifiedProperty(mapping);
  const filter = (propertyName: string, operator: string, value: string) => {
    return { propertyName, operator, value };
  };
  const byId = id !== null;
  const filters = byId
    ? [filter(modified, "EQ", String(time)), filter("hs_object_id", "GT", id)]
    : [filter(modified, "GTE", String(time))];
  const sort = { propertyName: byId ? "hs_object_id" : modified, direction: "ASCENDING" };
  const answer = answered(
    await context.client.call({
      method: "POST",
      path: `/crm/objects/{version}/${mapping.systemObject}/search`,
      body: {
        filterGroups: [{ filters }],
        properties: [modified],
        sorts: [sort],
        limit: limits.searchPage,
      },
      answer: searchAnswerSchema,
      effect: "read",
    }),
  );
  return answer.results.map((wire) => {
    const modifiedAt = wireTime(wire.properties[modified] ?? "");
    if (modifiedAt === null) {
      const message = `HubSpot's search leaves out ${modified}.`;
      throw new ConnectorError("give_up", context.system, message);
    }
    return { id: wire.id, modifiedAt };
  });
}

/** Contacts have their own; a filter on the wrong one finds nothing and says nothing. */
function modifiedProperty(mapping: ObjectMapping): string {
  return mapping.systemObject === "contacts" ? "lastmodifieddate" : "hs_lastmodifieddate";
}

function parse(context: Context, cursor: string): Position {
  try {
    return cursorSchema.parse(JSON.parse(cursor));
  } catch (cause) {
    const message = "The cursor is not one of this connector's.";
    throw new ConnectorError("give_up", context.system, message, { cause });
  }
}
