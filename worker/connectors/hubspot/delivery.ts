/**
 * A webhook delivery taken apart into pokes. Nothing in it is believed but which records to look
 * at; what we do not know, or did not ask for, is counted and never refused, because HubSpot would
 * send a refused delivery again for a day.
 */
import * as z from "zod";
import type { FieldName, Held, ObjectName } from "../../../shared/record.ts";
import type { MappedField, ObjectMapping } from "../../core/rules.ts";
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

/** What one event comes to: pokes, or the name under which it is counted as ignored. */
type Meaning = readonly Poke[] | string;

export function takeApart(context: Context, body: Uint8Array): Delivery {
  const events = parse(context, body);
  const ignored: Record<string, number> = {};
  const pokes = new Map<string, Poke>();
  const told = events.map((event) => eventSchema.safeParse(event));
  // Deliveries come in no order; of two claims about a field the later one counts.
  told.sort((a, b) => (a.data?.occurredAt ?? 0) - (b.data?.occurredAt ?? 0));
  for (const event of told) {
    const meaning = event.success ? meaningOf(context, event.data) : "malformed";
    if (typeof meaning === "string") ignored[meaning] = (ignored[meaning] ?? 0) + 1;
    else for (const poke of meaning) add(pokes, poke);
  }
  return { pokes: [...pokes.values()], ignored };
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
    case "creation":
    case "deletion":
    case "restore":
      return event.objectId == null ? "malformed" : [poke(context, object, event.objectId)];
    case "privacyDeletion":
      return event.objectId == null
        ? "malformed"
        : [{ ...poke(context, object, event.objectId), erased: true }];
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
  const field = fieldsByProperty(context.mappings[object]!).get(event.propertyName);
  if (field === undefined) return "unmapped_property";
  return [{ ...poke(context, object, event.objectId), echo: claim(context, field, event) }];
}

/** What our own write is said to have set; null if there is no such claim to check. */
function claim(context: Context, field: MappedField, event: HubSpotEvent): Poke["echo"] {
  const own = isOwnSource(event.changeSource ?? "", event.sourceId ?? "", context.appId);
  // An owner needs the list of owners, and an amount its currency: not worth a call in here.
  const tellable = field.type.kind !== "owner" && field.currencyProperty === undefined;
  if (!own || !tellable || event.isSensitive || event.propertyValue == null) return null;
  const properties = { [field.property]: event.propertyValue };
  const timeZone = context.account.known()?.timeZone ?? null;
  const value = fromWire(field, properties, { timeZone, owners: null });
  return value?.kind === "held" ? { [field.field]: value.value } : null;
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
  return ids.size === 0 ? "malformed" : [...ids].map((each) => poke(context, object, each));
}

/** Classic events name the pair ("CONTACT_TO_COMPANY"), generic ones the type of each end. */
function associationChange(context: Context, event: HubSpotEvent): Meaning {
  const [fromName, toName] = (event.associationType ?? "").toLowerCase().split("_to_");
  const fromType = event.fromObjectTypeId ?? typeIdOfClassic[fromName ?? ""];
  const toType = event.toObjectTypeId ?? typeIdOfClassic[toName ?? ""];
  if (!fromType || !toType || !event.fromObjectId || !event.toObjectId) return "malformed";
  const from = objectForTypeId(context.mappings, fromType);
  const to = objectForTypeId(context.mappings, toType);
  const pokes: Poke[] = [];
  if (from !== null && to !== null) {
    if (refersTo(context, from, to)) pokes.push(poke(context, from, event.fromObjectId));
    if (refersTo(context, to, from)) pokes.push(poke(context, to, event.toObjectId));
  }
  return pokes.length === 0 ? "unmapped_association" : pokes;
}

function refersTo(context: Context, from: ObjectName, to: ObjectName): boolean {
  return context.mappings[from]!.fields.some(
    (field) => isReference(field) && "object" in field.type && field.type.object === to,
  );
}

function poke(context: Context, object: ObjectName, recordId: string): Poke {
  return { system: context.system, object, recordId, echo: null };
}

function add(pokes: Map<string, Poke>, poke: Poke): void {
  const key = `${poke.object}/${poke.recordId}`;
  const before = pokes.get(key);
  if (before === undefined) {
    pokes.set(key, poke);
    return;
  }
  const erased = before.erased ?? poke.erased;
  const echo = mergeClaims(before.echo, poke.echo);
  pokes.set(key, { ...poke, echo, ...(erased ? { erased } : {}) });
}

/** One event that makes no claim, and the record has to be looked at. */
function mergeClaims(a: Poke["echo"], b: Poke["echo"]): Readonly<Record<FieldName, Held>> | null {
  return a === null || b === null ? null : { ...a, ...b };
}
