/**
 * A HubSpot record as a SystemRecord: values, since when, by whom, and what was there before.
 * Rewriting a value in another spelling does not make it newer: only a change of meaning counts.
 */
import type {
  Actor,
  Aliases,
  CanonicalValue,
  Earlier,
  Observation,
  SystemRecord,
} from "../../../shared/record.ts";
import type { Canonical } from "../../core/canonical.ts";
import { canonical, equal } from "../../core/canonical.ts";
import type { MappedField, ObjectMapping } from "../../core/rules.ts";
import type { Account } from "./account.ts";
import type { Conversion, Properties } from "./mapping.ts";
import {
  formerIdsProperty,
  fromWire,
  furtherProperty,
  isReference,
  propertiesOf,
} from "./mapping.ts";
import type { OwnerList } from "./owners.ts";
import { noOwners } from "./owners.ts";
import type { References } from "./references.ts";
import type { HistoryEntry, WireRecord } from "./wire.ts";
import { typeIdOf } from "./wire.ts";

export interface Portal extends Conversion {
  readonly portalId: number;
  readonly appId: number;
  /** The property that holds our own key. */
  readonly keyProperty: string;
  readonly account: Account | null;
}

export function systemRecord(
  mapping: ObjectMapping,
  wire: WireRecord,
  portal: Portal,
  references: References = {},
): SystemRecord {
  const fields: Record<string, Observation> = {};
  for (const field of mapping.fields) {
    const seen = isReference(field)
      ? observeReference(references[field.field])
      : observe(field, wire, portal);
    if (seen !== null) fields[field.field] = seen;
  }
  const modifiedAt = Date.parse(wire.updatedAt ?? "");
  const key = wire.properties[portal.keyProperty];
  const formerIds = mergedIds(wire);
  const aliases = aliasesOf(mapping, wire);
  return {
    id: wire.id,
    ...(key ? { key } : {}),
    ...(formerIds.length > 0 ? { formerIds } : {}),
    ...(Object.keys(aliases).length > 0 ? { aliases } : {}),
    fields,
    modifiedAt: Number.isNaN(modifiedAt) ? null : modifiedAt,
    archived: wire.archived ?? false,
    url: wire.url ?? recordUrl(mapping, wire.id, portal),
  };
}

/** Ids that were merged into a record. */
export function mergedIds(wire: WireRecord): readonly string[] {
  return listOf(wire, formerIdsProperty);
}

/** What the record is known by beside what its fields hold. */
function aliasesOf(mapping: ObjectMapping, wire: WireRecord): Aliases {
  const aliases: Record<string, readonly CanonicalValue[]> = {};
  for (const field of mapping.fields) {
    const further = furtherProperty(mapping, field);
    if (further === null) continue;
    const values = listOf(wire, further).flatMap((text) => {
      const value = canonical(field.type, text);
      return value.kind === "held" && value.value !== null ? [value.value] : [];
    });
    if (values.length > 0) aliases[field.field] = values;
  }
  return aliases;
}

const listOf = (wire: WireRecord, property: string): readonly string[] =>
  (wire.properties[property] ?? "").split(";").filter((text) => text !== "");

/** A record of which nothing is known but whether it is still there. */
export function bareRecord(
  mapping: ObjectMapping,
  { id, archived }: { readonly id: string; readonly archived: boolean },
  portal: Portal,
): SystemRecord {
  return { id, fields: {}, modifiedAt: null, archived, url: recordUrl(mapping, id, portal) };
}

function recordUrl(mapping: ObjectMapping, id: string, portal: Portal): string | null {
  if (portal.account === null) return null;
  const typeId = typeIdOf(mapping.systemObject);
  return `https://${portal.account.uiDomain}/contacts/${portal.portalId}/record/${typeId}/${id}`;
}

/** HubSpot does not say when or by whom records were associated. */
function observeReference(reading: Canonical | undefined): Observation | null {
  if (reading === undefined) return null;
  const unsaid = { at: null, actor: null };
  return reading.kind === "held" ? { ...reading, ...unsaid } : { ...reading, raw: "", ...unsaid };
}

/** One value a field had, and what set it. */
interface Moment {
  readonly canonical: Canonical;
  readonly at: number;
  readonly actor: Actor;
}

function observe(field: MappedField, wire: WireRecord, portal: Portal): Observation | null {
  const now = fromWire(field, wire.properties, portal);
  if (now === null) return null;
  const history = wire.propertiesWithHistory ?? null;
  const told = history !== null && propertiesOf(field).some((name) => name in history);
  const moments = told ? runs(momentsOf(field, wire, portal)) : [];
  // The history and the value are two reads inside HubSpot: trust the value, date it if they agree.
  const [newest, ...older] = moments;
  const agrees = newest !== undefined && (same(newest.canonical, now) || now.kind === "invalid");
  const at = agrees ? newest.at : null;
  const actor = agrees ? newest.actor : null;
  if (now.kind === "invalid") {
    const raw = propertiesOf(field).map((name) => wire.properties[name] ?? "");
    return { kind: "invalid", raw: raw.join(" ").trim(), reason: now.reason, at, actor };
  }
  if (!told) return { kind: "held", value: now.value, at, actor };
  const earlier = (agrees ? older : moments).flatMap(earlierOf);
  return { kind: "held", value: now.value, at, actor, earlier };
}

/** Newest first. A field held in two properties had a new value whenever either changed. */
function momentsOf(field: MappedField, wire: WireRecord, portal: Portal): Moment[] {
  const entries = propertiesOf(field)
    .flatMap((property) =>
      // Newest first as told; oldest first, changes of the same moment stay in their order.
      (wire.propertiesWithHistory?.[property] ?? []).toReversed().map((entry) => ({
        property,
        entry,
        at: Date.parse(entry.timestamp),
      })),
    )
    .filter(({ at }) => !Number.isNaN(at))
    .sort((a, b) => a.at - b.at);
  const held: Record<string, string | null> = {};
  for (const property of propertiesOf(field)) {
    // What a property without a history holds, it held all along.
    const told = wire.propertiesWithHistory?.[property]?.length ?? 0;
    held[property] = told > 0 ? null : (wire.properties[property] ?? null);
  }
  const moments: Moment[] = [];
  for (const [index, { property, entry, at }] of entries.entries()) {
    held[property] = entry.value ?? null;
    // Amount and currency written together are one change.
    if (entries[index + 1]?.at === at && entries[index + 1]?.property !== property) continue;
    const value = fromWire(field, { ...held } satisfies Properties, portal);
    if (value !== null) moments.push({ canonical: value, at, actor: actorOf(entry, portal) });
  }
  return moments.reverse();
}

/** Of values equal in meaning one after another, only the first to be set. */
function runs(moments: readonly Moment[]): Moment[] {
  return moments.filter((moment, index) => {
    const before = moments[index + 1];
    return before === undefined || !same(moment.canonical, before.canonical);
  });
}

function earlierOf(moment: Moment): Earlier[] {
  return moment.canonical.kind === "held"
    ? [{ value: moment.canonical.value, at: moment.at, actor: moment.actor }]
    : [];
}

function same(a: Canonical, b: Canonical): boolean {
  return a.kind === "held" && b.kind === "held" && equal(a.value, b.value);
}

const automations: ReadonlySet<string> = new Set([
  "AUTOMATION",
  "AUTOMATION_PLATFORM",
  "AUTOMATION_JOURNEY",
  "WORKFLOWS",
  "WORKFLOW",
  "BOT",
  "CALCULATED",
  "COMPANY_INSIGHTS",
  "COMPANY_FAMILIES",
  "DATA_ENRICHMENT",
  "DEALS",
  "SEQUENCES",
  "INTEGRATION",
  "INTEGRATIONS_SYNC",
  "INTEGRATIONS_PLATFORM",
]);

/** HubSpot's list of sources is open; what names a user is a person's doing, unless a machine's. */
function actorOf(entry: HistoryEntry, portal: Portal): Actor {
  const source = entry.sourceType ?? "";
  const sourceId = entry.sourceId ?? "";
  if (isOwnSource(source, sourceId, portal.appId)) return { kind: "self", id: sourceId };
  if (automations.has(source)) {
    return { kind: "automation", ...(sourceId === "" ? {} : { id: sourceId }) };
  }
  const userId = String(entry.updatedByUserId ?? /^userId:(\d+)$/.exec(sourceId)?.[1] ?? "");
  return userId === "" ? { kind: "unknown" } : person(userId, portal.owners ?? noOwners);
}

function person(userId: string, owners: OwnerList): Actor {
  const name = owners.nameByUserId.get(userId);
  return { kind: "person", id: userId, ...(name === undefined ? {} : { name }) };
}

/** Whether a history entry or an event says that this very app made the change. */
export function isOwnSource(source: string, sourceId: string, appId: number): boolean {
  return source === "INTEGRATION" && sourceId === String(appId);
}
