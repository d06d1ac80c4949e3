/** The administrator of the portal, whose changes make the schema drift under a running sync. */

import { addCustomObject, type CustomObjectInput } from "./api-definitions.ts";
import { addType } from "./associations.ts";
import { updateRecord } from "./records.ts";
import type { ConditionalRule, ObjectDefinition, Pipeline, PropertyDefinition } from "./schema.ts";
import { heldValue, type Owner, type Portal, requireType, type Source } from "./state.ts";

export interface Admin {
  /** Returns the object type id. */
  defineObject(input: CustomObjectInput): string;
  /** A label for associations from one object to another. */
  defineLabel(type: string, toType: string, label: string): void;
  archiveProperty(type: string, name: string): void;
  unarchiveProperty(type: string, name: string): void;
  /** Values stay as they were written, whatever the type now says. */
  retypeProperty(type: string, name: string, newType: string, fieldType: string): void;
  /** Records keep a value that is no option any more. */
  setOptions(type: string, name: string, values: readonly string[]): void;
  addStage(type: string, pipelineId: string, stageId: string, label: string): void;
  /** Records in the stage are moved to another one. */
  removeStage(type: string, pipelineId: string, stageId: string, moveTo: string): void;
  addPipeline(type: string, pipeline: Pipeline): void;
  /** A conditional rule: while a property has a value, another one is required. */
  requireWhen(type: string, rule: ConditionalRule): void;
  /** What the form to create a record requires. */
  requireOnCreate(type: string, names: readonly string[]): void;
  addOwner(owner: Omit<Owner, "archived">): void;
  /** A user leaves: the owner id stays on records, and is listed as archived. */
  archiveOwner(id: string): void;
}

export function admin(portal: Portal): Admin {
  const definition = (type: string, name: string) => requireProperty(portal, type, name);
  return {
    defineObject: (input) => addCustomObject(portal, input).objectTypeId,
    defineLabel(type, toType, label) {
      const [from, to] = [requireType(portal, type), requireType(portal, toType)];
      addType(portal, [from.objectTypeId, to.objectTypeId], label);
    },
    archiveProperty(type, name) {
      definition(type, name).archivedAt = portal.now();
    },
    unarchiveProperty(type, name) {
      definition(type, name).archivedAt = null;
    },
    retypeProperty(type, name, newType, fieldType) {
      const property = definition(type, name);
      property.type = newType;
      property.fieldType = fieldType;
      property.updatedAt = portal.now();
    },
    setOptions(type, name, values) {
      const property = definition(type, name);
      property.options = values.map((value) => ({ label: value, value, hidden: false }));
      property.updatedAt = portal.now();
    },
    addStage(type, pipelineId, stageId, label) {
      const { object, pipeline } = pipelineOf(portal, type, pipelineId);
      const displayOrder = pipeline.stages.length;
      const metadata = { isClosed: "false", probability: "0.5" };
      pipeline.stages.push({ id: stageId, label, displayOrder, metadata });
      touchAll(portal, object);
    },
    removeStage(type, pipelineId, stageId, moveTo) {
      const { object, pipeline } = pipelineOf(portal, type, pipelineId);
      moveStage(portal, object, stageId, moveTo);
      pipeline.stages = pipeline.stages.filter((stage) => stage.id !== stageId);
      touchAll(portal, object);
    },
    addPipeline(type, pipeline) {
      requireType(portal, type).pipelines.push(pipeline);
    },
    requireWhen(type, rule) {
      requireType(portal, type).conditionalRules.push(rule);
    },
    requireOnCreate(type, names) {
      requireType(portal, type).createRules = [...names];
    },
    addOwner(owner) {
      portal.state.owners.push({ ...owner, archived: false });
    },
    archiveOwner(id) {
      for (const owner of portal.state.owners) if (owner.id === id) owner.archived = true;
    },
  };
}

const settings: Source = { changeSource: "CRM_UI", sourceType: "SETTINGS", sourceId: "SETTINGS" };

function moveStage(portal: Portal, object: ObjectDefinition, from: string, to: string): void {
  const name = object.stageProperties!.stage;
  for (const record of Object.values(portal.state.records[object.objectTypeId] ?? {})) {
    if (heldValue(record, name) !== from) continue;
    updateRecord(portal, object, record, { [name]: to }, settings);
  }
}

/** An edited pipeline moves the modified date of every record in it, and no webhook tells. */
function touchAll(portal: Portal, object: ObjectDefinition): void {
  const now = portal.now();
  for (const record of Object.values(portal.state.records[object.objectTypeId] ?? {})) {
    record.updatedAt = Math.max(record.updatedAt, now);
  }
}

function requireProperty(portal: Portal, type: string, name: string): PropertyDefinition {
  const found = requireType(portal, type).properties[name];
  if (found === undefined) throw new Error(`no such property: ${type}.${name}`);
  return found;
}

function pipelineOf(
  portal: Portal,
  type: string,
  id: string,
): { object: ObjectDefinition; pipeline: Pipeline } {
  const object = requireType(portal, type);
  const pipeline = object.pipelines.find((each) => each.id === id);
  if (pipeline === undefined) throw new Error(`no such pipeline: ${type} ${id}`);
  return { object, pipeline };
}
