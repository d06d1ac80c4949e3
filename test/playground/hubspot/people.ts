/** Those who change records inside HubSpot: people in its screens, and workflows. */
import { Temporal } from "temporal-polyfill";
import { associate, associationsOf, defaultType, dissociate } from "./associations.ts";
import {
  addDomain,
  addEmail,
  archiveRecord,
  createRecord,
  erase,
  mergeRecords,
  type Properties,
  requireLive,
  requireStored,
  restoreRecord,
  updateRecord,
} from "./records.ts";
import type { ObjectDefinition } from "./schema.ts";
import { type AssociationType, type Portal, requireType, type Source } from "./state.ts";
import { instant } from "./values.ts";

/** Object types as paths say them ("contacts"); ids as the API gives them. Throws Refused. */
export interface Hand {
  create(type: string, properties: Properties): string;
  update(type: string, id: string, properties: Properties): void;
  archive(type: string, id: string): void;
  restore(type: string, id: string): void;
  /** The id of the record the two became. */
  merge(type: string, primaryId: string, otherId: string): string;
  privacyDelete(contactId: string): void;
  associate(type: string, id: string, toType: string, toId: string, typeId?: number): void;
  dissociate(type: string, id: string, toType: string, toId: string): void;
  associated(type: string, id: string, toType: string): readonly string[];
  addEmail(contactId: string, email: string): void;
  addDomain(companyId: string, domain: string): void;
}

export function person(portal: Portal, userId: number): Hand {
  return hand(
    { ...portal, enforcesRules: true },
    {
      changeSource: "CRM_UI",
      sourceType: "CRM_UI",
      sourceId: `userId:${userId}`,
      userId,
    },
  );
}

export function automation(portal: Portal): Hand {
  return hand(portal, {
    changeSource: "AUTOMATION_PLATFORM",
    sourceType: "AUTOMATION_PLATFORM",
    sourceId: "enrollmentId:480113;actionExecutionIndex:0",
    sourceLabel: "Workflow",
  });
}

/** Somebody's file of many rows. */
export function importer(portal: Portal): Hand {
  return hand(portal, { changeSource: "IMPORT", sourceType: "IMPORT", sourceId: "74471120" });
}

function hand(portal: Portal, source: Source): Hand {
  const object = (type: string) => requireType(portal, type);
  const live = (type: string, id: string) => requireLive(portal, object(type), id);
  return {
    create(type, properties) {
      const values = withDays(portal, object(type), properties);
      return createRecord(portal, object(type), values, source).id;
    },
    update(type, id, properties) {
      const values = withDays(portal, object(type), properties);
      updateRecord(portal, object(type), live(type, id), values, source);
    },
    archive: (type, id) => archiveRecord(portal, live(type, id), source),
    restore: (type, id) => restoreRecord(portal, requireStored(portal, object(type), id), source),
    merge: (type, primaryId, otherId) =>
      mergeRecords(portal, object(type), live(type, primaryId), live(type, otherId), source).id,
    privacyDelete: (id) => erase(portal, requireStored(portal, object("contacts"), id), source),
    associate(type, id, toType, toId, typeId) {
      const [from, to] = ends(portal, type, id, toType, toId);
      const plain = defaultType(portal, from.typeId, to.typeId);
      const known = portal.state.associationDefinitions.find(
        (each) => each.typeId === typeId && each.fromTypeId === from.typeId,
      );
      const wanted: AssociationType = known ?? plain;
      const type_ = { category: wanted.category, typeId: wanted.typeId };
      associate(portal, from, to, [type_], source);
    },
    dissociate(type, id, toType, toId) {
      dissociate(portal, ...ends(portal, type, id, toType, toId), "all", source);
    },
    associated(type, id, toType) {
      const end = { typeId: object(type).objectTypeId, id: live(type, id).id };
      return associationsOf(portal, end, object(toType).objectTypeId).map((each) => each.toId);
    },
    addEmail: (id, email) => addEmail(portal, live("contacts", id), email, source),
    addDomain: (id, domain) => addDomain(portal, live("companies", id), domain, source),
  };
}

/** A day somebody picks for a date and time is a day of the account, from its midnight on. */
function withDays(portal: Portal, object: ObjectDefinition, properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => {
      const isDay = typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value);
      if (!isDay || object.properties[name]?.type !== "datetime") return [name, value];
      const start = Temporal.PlainDate.from(value).toZonedDateTime(portal.timeZone);
      return [name, instant(start.epochMilliseconds)];
    }),
  );
}

function ends(portal: Portal, type: string, id: string, toType: string, toId: string) {
  const from = { typeId: requireType(portal, type).objectTypeId, id };
  return [from, { typeId: requireType(portal, toType).objectTypeId, id: toId }] as const;
}
