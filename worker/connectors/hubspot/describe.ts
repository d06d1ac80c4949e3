/** An object's properties, stages and associations as HubSpot has them just now. */
import * as z from "zod";
import type { FieldType } from "../../../shared/record.ts";
import type { ObjectMapping } from "../../core/rules.ts";
import type { ObjectDescription, PropertyDescription } from "../connector.ts";
import { ConnectorError } from "../connector.ts";
import { pairOfObjects, readTypes } from "./associate.ts";
import { answered } from "./client.ts";
import type { Context } from "./context.ts";
import { isReference } from "./mapping.ts";
import { sameLabel, targetOf } from "./references.ts";

const propertiesSchema = z.object({
  results: z.array(
    z.object({
      name: z.string(),
      label: z.string().catch(""),
      type: z.string(),
      fieldType: z.string().catch(""),
      options: z.array(z.object({ value: z.string() })).catch([]),
      externalOptions: z.nullish(z.boolean()),
      hasUniqueValue: z.nullish(z.boolean()),
      calculated: z.nullish(z.boolean()),
      modificationMetadata: z.nullish(z.object({ readOnlyValue: z.nullish(z.boolean()) })),
    }),
  ),
});
type WireProperty = z.infer<typeof propertiesSchema>["results"][number];

const pipelinesSchema = z.object({
  results: z.array(z.object({ id: z.string(), stages: z.array(z.object({ id: z.string() })) })),
});

export async function describeObject(
  context: Context,
  mapping: ObjectMapping,
): Promise<ObjectDescription> {
  const { results } = answered(
    await context.client.call({
      method: "GET",
      path: `/crm/properties/{version}/${mapping.systemObject}`,
      answer: propertiesSchema,
      effect: "read",
    }),
  );
  const staged = results.some((property) => stageProperties.has(property.name));
  const stages = staged ? await readStages(context, mapping) : null;
  return {
    properties: [
      ...results.map((property) => describeProperty(mapping, property, stages)),
      ...(await describeReferences(context, mapping)),
    ],
  };
}

/** Their options are the stages of the object's pipelines. */
const stageProperties: ReadonlySet<string> = new Set(["dealstage", "hs_pipeline_stage"]);

async function readStages(context: Context, mapping: ObjectMapping): Promise<readonly string[]> {
  const { results } = answered(
    await context.client.call({
      method: "GET",
      path: `/crm/pipelines/{version}/${mapping.systemObject}`,
      answer: pipelinesSchema,
      effect: "read",
    }),
  );
  return [...new Set(results.flatMap((pipeline) => pipeline.stages.map((stage) => stage.id)))];
}

function describeProperty(
  mapping: ObjectMapping,
  property: WireProperty,
  stages: readonly string[] | null,
): PropertyDescription {
  const options = stageProperties.has(property.name)
    ? stages
    : property.externalOptions || property.type !== "enumeration"
      ? null
      : property.options.map((option) => option.value);
  // HubSpot keeps a contact's address unique although its definition does not say so.
  const isEmail = mapping.systemObject === "contacts" && property.name === "email";
  return {
    name: property.name,
    label: property.label,
    type: property.type,
    holds: holdsOf(property),
    options,
    readOnly: (property.calculated || property.modificationMetadata?.readOnlyValue) ?? false,
    unique: isEmail || (property.hasUniqueValue ?? false),
  };
}

const texts = ["text", "name", "email", "phone", "url", "domain", "country", "address"] as const;

/** https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide */
const holdings: Readonly<Record<string, readonly FieldType["kind"][]>> = {
  string: [...texts, "option", "date", "datetime", "decimal"],
  phone_number: ["phone", "text"],
  number: ["decimal", "money"],
  bool: ["boolean"],
  date: ["date"],
  datetime: ["datetime", "date"],
};

function holdsOf(property: WireProperty): readonly FieldType["kind"][] {
  if (property.name === "hubspot_owner_id") return ["owner"];
  // A number to HubSpot; to everybody else a name that happens to have digits only.
  if (property.name === "hs_object_id") return ["text"];
  if (property.type !== "enumeration") return holdings[property.type] ?? [];
  return property.fieldType === "checkbox"
    ? ["options"]
    : ["option", "stage", "boolean", "country", "text"];
}

/** Only the mapped ones: what is associated with what has no list of its own. */
async function describeReferences(
  context: Context,
  mapping: ObjectMapping,
): Promise<readonly PropertyDescription[]> {
  const described: PropertyDescription[] = [];
  for (const field of mapping.fields.filter(isReference)) {
    const { object, label } = targetOf(field);
    context.associationTypes.delete(pairOfObjects(mapping, object));
    const types = await readTypes(context, mapping, object);
    if (types instanceof ConnectorError) {
      if (types.kind === "skip_record") continue;
      throw types;
    }
    if (!types.some((type) => sameLabel(type.label, label))) continue;
    described.push({
      name: field.property,
      label: label ?? object,
      type: "association",
      holds: ["reference", "references"],
      options: null,
      readOnly: false,
      unique: false,
    });
  }
  return described;
}
