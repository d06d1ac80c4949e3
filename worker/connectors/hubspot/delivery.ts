/**
 * A webhook delivery taken apart into pokes. Nothing in it is believed but which records to look
 * at; what we do not know, or did not ask for, is counted and never refused, because HubSpot would
 * send a refused delivery again for a day.
 */
import * as z from "zod";
import type { FieldName, Held, ObjectName } from "../../../shared/record.ts";
import type { ObjectMapping } from "../../core/rules.ts";
import type { Delivery, Poke } from "../connector.ts";
import { ConnectorError } from "../connector.ts";
import type { Context } from "./context.ts";
import { limits } from "./limits.ts";
import { fieldsByProperty, fromWire, isReference } from "./mapping.ts";
import { isOwnSource } from "./record.ts";
import { typeIdOf, typeIdOfClassic } from "./wire.ts";

const id = z.union([z.string(), z.number().int()]).transform(String);

/** https://developers.hubspot.com/docs/guides/crm/private-apps/webhooks */
const eventSchema = z.object({
  portalId: z.number(),
  appId: z.nullish(z.number()),
  subscriptionType: z.string(),
  occurredAt: z.number().catch(0),
  changeSource: z.nullish(z.string()).catch(null),
  sourceId: z.nullish(id).catch(null),
  objectId: z.nullish(id),
  objectTypeId: z.nullish(z.string()),
  propertyName: z.nullish(z.string()),
  propertyValue: z.nullish(z.string()),
  isSensitive: z.nullish(z.boolean()),
  primaryObjectId: z.nullish(id),
  mergedObjectIds: z.nullish(z.array(id)),
  newObjectId: z.nullish(id),
  associationType: z.nullish(z.string()),
  fromObjectId: z.nullish(id),
  toObjectId: z.nullish(id),
  fromObjectTypeId: z.nullish(z.string()),
  toObjectTypeId: z.nullish(z.string()),
});
type HubSpotEvent = z.infer<typeof eventSchema>;

/** A poke, and what our own write is said to have set, by property; null: no such claim. */
interface Told {
  readonly poke: Poke;
  readonly set: Readonly<Record<string, string>> | null;
}

/** What one event comes to: pokes, or the name under which it is counted as ignored. */
type Meaning = readonly Told[] | string;

export function takeApart(context: Context, body: Uint8Array): Delivery {
  const events = parse(context, body);
  const ignored: Record<string, number> = {};
  const told = new Map<string, Told>();
  const read = events.map((event) => eventSchema.safeParse(event));
  // Deliveries come in no order; of two claims about a property the later one counts.
  read.sort((a, b) => (a.data?.occurredAt ?? 0) - (b.data?.occurredAt ?? 0));
  for (const event of read) {
    const meaning = event.success ? meaningOf(context, event.data) : "malformed";
    if (typeof meaning === "string") ignored[meaning] = (ignored[meaning] ?? 0) + 1;
    else for (const one of meaning) add(told, one);
  }
  const pokes = [...told.values()].map(({ poke, set }) => ({
    ...poke,
    echo: set === null ? null : claim(context, context.mappings[poke.object]!, set),
  }));
  return { pokes, ignored };
}

/** Our object that a HubSpot type id stands for, if it is mapped. */
export function objectForTypeId(
  mappings: Readonly<Record<ObjectName, ObjectMapping>>,
  typeId: string,
): ObjectName | null {
  const found = Object.values(mappings).find((each) => typeIdOf(each.systemObject) === typeId);
  return found?.object ?? null;
}

function parse(context: Context, body: Uint8Array): readonly unknown[] {
  const malformed = (cause?: unknown) =>
    new ConnectorError("give_up", context.system, "The delivery is not a list of events.", {
      cause,
    });
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body));
  } catch (cause) {
    throw malformed(cause);
  }
  if (!Array.isArray(json) || json.length > limits.deliveryEventsMax) throw malformed();
  return json;
}

function meaningOf(context: Context, event: HubSpotEvent): Meaning {
  if (event.portalId !== context.portalId) return "other_portal";
  if (event.appId != null && event.appId !== context.appId) return "other_app";
  const [subject = "", verb = ""] = event.subscriptionType.split(".");
  if (verb === "associationChange") return associationChange(context, event);
  const typeId = subject === "object" ? event.objectTypeId : typeIdOfClassic[subject];
  if (typeId == null) return "unknown_type";
  const object = objectForTypeId(context.mappings, typeId);
  if (object === null) return "unmapped_object";
  switch (verb) {
    case "creation": {
      if (event.objectId == null) return "malformed";
      // Of a record that we made ourselves it says nothing that the link does not.
      const set = isOwn(context, event) ? {} : null;
      return [{ ...told(context, object, event.objectId), set }];
    }
    case "deletion":
    case "restore":
      return event.objectId == null ? "malformed" : [told(context, object, event.objectId)];
    case "privacyDeletion": {
      if (event.objectId == null) return "malformed";
      const { poke } = told(context, object, event.objectId);
      return [{ poke: { ...poke, erased: true }, set: null }];
    }
    case "propertyChange":
      return propertyChange(context, object, event);
    case "merge":
      return merge(context, object, event);
    default:
      return "unknown_type";
  }
}

function propertyChange(context: Context, object: ObjectName, event: HubSpotEvent): Meaning {
  if (event.objectId == null || event.propertyName == null) return "malformed";
  if (!fieldsByProperty(context.mappings[object]!).has(event.propertyName)) {
    return "unmapped_property";
  }
  const { propertyName: name, propertyValue: value } = event;
  const tellable = isOwn(context, event) && !event.isSensitive && value != null;
  return [{ ...told(context, object, event.objectId), set: tellable ? { [name]: value } : null }];
}

const isOwn = (context: Context, { changeSource, sourceId }: HubSpotEvent): boolean =>
  isOwnSource(changeSource ?? "", sourceId ?? "", context.appId);

/**
 * What our own write is said to have set, by field; null if that cannot be told without a call.
 * An amount that comes without its currency is claimed in the assumed one: where that is wrong,
 * the claim does not fit what is known, and the record is read.
 */
function claim(
  context: Context,
  mapping: ObjectMapping,
  set: Readonly<Record<string, string>>,
): Poke["echo"] {
  const byProperty = fieldsByProperty(mapping);
  const fields = new Set(Object.keys(set).flatMap((name) => byProperty.get(name) ?? []));
  const owners = context.owners.known();
  const conversion = { timeZone: context.account.known()?.timeZone ?? null, owners };
  const claimed: Record<FieldName, Held> = {};
  for (const field of fields) {
    const value = fromWire(field, set, conversion);
    if (value?.kind !== "held") return null;
    claimed[field.field] = value.value;
  }
  return claimed;
}

/** All ids of a merge: the old ones are links to move, the new one is the record to look at. */
function merge(context: Context, object: ObjectName, event: HubSpotEvent): Meaning {
  const ids = new Set(
    [
      event.newObjectId,
      event.primaryObjectId,
      ...(event.mergedObjectIds ?? []),
      event.objectId,
    ].filter((each) => each != null),
  );
  return ids.size === 0 ? "malformed" : [...ids].map((each) => told(context, object, each));
}

/** Classic events name the pair ("CONTACT_TO_COMPANY"), generic ones the type of each end. */
function associationChange(context: Context, event: HubSpotEvent): Meaning {
  const [fromName, toName] = (event.associationType ?? "").toLowerCase().split("_to_");
  const fromType = event.fromObjectTypeId ?? typeIdOfClassic[fromName ?? ""];
  const toType = event.toObjectTypeId ?? typeIdOfClassic[toName ?? ""];
  if (!fromType || !toType || !event.fromObjectId || !event.toObjectId) return "malformed";
  const from = objectForTypeId(context.mappings, fromType);
  const to = objectForTypeId(context.mappings, toType);
  if (from === null || to === null) return "unmapped_association";
  const forth = referring(context, from, to);
  const back = from === to ? forth : referring(context, to, from);
  // Where one association is several fields, writing the one changes the others as well.
  const set = isOwn(context, event) && forth + back === 1 ? {} : null;
  const pokes = [
    ...(forth > 0 ? [{ ...told(context, from, event.fromObjectId), set }] : []),
    ...(back > 0 ? [{ ...told(context, to, event.toObjectId), set }] : []),
  ];
  return pokes.length === 0 ? "unmapped_association" : pokes;
}

/** How many fields of one object lead to the other. */
function referring(context: Context, from: ObjectName, to: ObjectName): number {
  return context.mappings[from]!.fields.filter(
    (field) => isReference(field) && "object" in field.type && field.type.object === to,
  ).length;
}

function told(context: Context, object: ObjectName, recordId: string): Told {
  return { poke: { system: context.system, object, recordId, echo: null }, set: null };
}

/** One event that makes no claim, and the record has to be looked at. */
function add(all: Map<string, Told>, { poke, set }: Told): void {
  const key = `${poke.object}/${poke.recordId}`;
  const before = all.get(key);
  if (before === undefined) {
    all.set(key, { poke, set });
    return;
  }
  const erased = before.poke.erased ?? poke.erased;
  all.set(key, {
    poke: { ...poke, ...(erased ? { erased } : {}) },
    set: before.set === null || set === null ? null : { ...before.set, ...set },
  });
}
