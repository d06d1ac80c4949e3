/** The HubSpot double as the host page needs it: records to draw, people who edit them. */
import type { HostChange, HostProperty, HostRecord, HubSpotAccount } from "./host/crm.ts";
import type { HubSpotDouble } from "./hubspot/double.ts";
import { Refused } from "./hubspot/errors.ts";
import type { ObjectDefinition, PropertyDefinition } from "./hubspot/schema.ts";
import type { Portal, StoredRecord, Version } from "./hubspot/state.ts";

const historyShown = 40;

export function accountOf(hubspot: HubSpotDouble): HubSpotAccount {
  const { portal } = hubspot;
  const read = (objectTypeId: string, id: string): HostRecord | null => {
    const survivor = portal.state.aliases[objectTypeId]?.[id] ?? id;
    const stored = portal.state.records[objectTypeId]?.[survivor];
    return stored === undefined || stored.archivedAt !== null ? null : recordOf(portal, stored);
  };
  return {
    readRecord: async (objectTypeId, id) => read(objectTypeId, id),
    async updateAsPerson(objectTypeId, id, properties, user) {
      const object = portal.state.objects[objectTypeId];
      if (object === undefined) throw new Error(`HubSpot has no object ${objectTypeId}`);
      try {
        hubspot.person(user.id).update(object.plural, id, properties);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        return { kind: "refused", property: null, message: error.message };
      }
      const record = read(objectTypeId, id);
      return record === null
        ? { kind: "refused", property: null, message: "This record is gone." }
        : { kind: "saved", record };
    },
    owners: async () =>
      portal.state.owners.map(({ id, email, firstName, lastName }) => ({
        id,
        email,
        name: `${firstName} ${lastName}`,
      })),
    properties: async (objectTypeId) => {
      const object = portal.state.objects[objectTypeId];
      return object === undefined
        ? []
        : Object.values(object.properties).map((one) => propertyOf(object, one));
    },
  };
}

function recordOf(portal: Portal, stored: StoredRecord): HostRecord {
  const current = Object.entries(stored.history).flatMap(([name, [newest]]) =>
    newest === undefined ? [] : [[name, newest.value === "" ? null : newest.value] as const],
  );
  const history = Object.entries(stored.history).flatMap(([property, versions]) =>
    versions.map((version) => changeOf(portal, property, version)),
  );
  return {
    id: stored.id,
    properties: Object.fromEntries(current),
    history: history.sort((a, b) => b.at - a.at).slice(0, historyShown),
  };
}

function changeOf(portal: Portal, property: string, version: Version): HostChange {
  const userId = version.updatedByUserId;
  const owner = portal.state.owners.find((one) => one.userId === userId);
  const kind =
    userId !== undefined
      ? "person"
      : version.sourceType === "INTEGRATION"
        ? "integration"
        : "automation";
  const name =
    owner !== undefined
      ? `${owner.firstName} ${owner.lastName}`
      : (version.sourceLabel ?? (kind === "integration" ? "CRM Sync" : version.sourceType));
  return { property, value: version.value, at: version.timestamp, by: { kind, name } };
}

function propertyOf(object: ObjectDefinition, property: PropertyDefinition): HostProperty {
  const { name, label, type, fieldType } = property;
  const stages = object.pipelines.flatMap((pipeline) => pipeline.stages);
  const options =
    name === "dealstage"
      ? stages.map((stage) => ({ value: stage.id, label: stage.label }))
      : property.options.map((option) => ({ value: option.value, label: option.label }));
  const readOnly = property.readOnlyValue || property.calculated;
  return { name, label, type, fieldType, options, readOnly };
}
