/** Companies and a custom object beside the configured ones, associations included. */
import type { FieldType, ObjectName } from "../../shared/record.ts";
import { isReference } from "../../worker/connectors/hubspot/mapping.ts";
import type { MappedField, ObjectMapping } from "../../worker/core/rules.ts";
import type { HubSpotDouble } from "../playground/hubspot/double.ts";
import { configured } from "./hubspot.world.ts";

const carTypeId = "2-1000001";

/** Every object of the tests, fields of references included. */
export function everyObject(): Readonly<Record<ObjectName, ObjectMapping>> {
  const { contact, deal } = bare();
  return {
    contact: withFields(contact!, [
      field("employer", { kind: "reference", object: "company" }, "companies:Primary"),
      field("companies", { kind: "references", object: "company" }, "companies"),
    ]),
    deal: withFields(deal!, [
      field("customer", { kind: "reference", object: "company" }, "companies"),
      field("people", { kind: "references", object: "contact" }, "contacts"),
    ]),
    company: company(),
    ticket: ticket(),
    line_item: lineItem(),
    car: car(),
  };
}

/** The configured objects without their fields of references. */
export function bare(): Readonly<Record<ObjectName, ObjectMapping>> {
  return Object.fromEntries(
    Object.entries(configured()).map(([name, mapping]) => [
      name,
      { ...mapping, fields: mapping.fields.filter((each) => !isReference(each)) },
    ]),
  );
}

/** The custom object, and a label, as somebody set them up in HubSpot. */
export function defineCars(double: HubSpotDouble): void {
  const option = (value: string) => ({ label: value, value, hidden: false });
  const typeId = double.admin.defineObject({
    name: "car",
    labels: { singular: "Car", plural: "Cars" },
    primaryDisplayProperty: "vin",
    requiredProperties: ["vin"],
    searchableProperties: ["vin"],
    properties: [
      { name: "vin", label: "VIN", type: "string", fieldType: "text", hasUniqueValue: true },
      { name: "model", label: "Model", type: "string", fieldType: "text" },
      { name: "remarks", label: "Remarks", type: "string", fieldType: "textarea" },
      { name: "mileage", label: "Mileage", type: "number", fieldType: "number" },
      { name: "registered", label: "Registered", type: "date", fieldType: "date" },
      { name: "inspected_at", label: "Inspected", type: "datetime", fieldType: "date" },
      { name: "insured", label: "Insured", type: "bool", fieldType: "booleancheckbox" },
      {
        name: "colour",
        label: "Colour",
        type: "enumeration",
        fieldType: "select",
        options: ["r", "b"].map(option),
      },
      {
        name: "extras",
        label: "Extras",
        type: "enumeration",
        fieldType: "checkbox",
        options: ["heated_seats", "sun_roof"].map(option),
      },
      {
        name: "crm_sync_key",
        label: "CRM Sync key",
        type: "string",
        fieldType: "text",
        hasUniqueValue: true,
      },
    ],
    associatedObjects: ["contact"],
  });
  double.admin.defineLabel("companies", "contacts", "Billing contact");
  if (typeId !== carTypeId) throw new Error(`the custom object is ${typeId}`);
}

function company(): ObjectMapping {
  const industries = ["accounting", "software"];
  return {
    object: "company",
    systemObject: "companies",
    fields: [
      field("name", { kind: "name" }, "name"),
      field("domain", { kind: "domain" }, "domain"),
      field("about", { kind: "text" }, "description"),
      field("industry", { kind: "option", options: industries }, "industry", {
        names: { accounting: "ACCOUNTING", software: "COMPUTER_SOFTWARE" },
      }),
      field("employees", { kind: "decimal", scale: 0 }, "numberofemployees"),
      field("revenue", { kind: "decimal", scale: 2 }, "annualrevenue"),
      field("address", { kind: "address" }, "address"),
      field("people", { kind: "references", object: "contact" }, "contacts"),
      field("billing", { kind: "references", object: "contact" }, "contacts:Billing contact"),
    ],
  };
}

/** Like a custom object: nothing in the connector knows it. */
function ticket(): ObjectMapping {
  const priorities = ["low", "high"];
  return {
    object: "ticket",
    systemObject: "tickets",
    fields: [
      field("subject", { kind: "text" }, "subject"),
      field("content", { kind: "text" }, "content"),
      field("priority", { kind: "option", options: priorities }, "hs_ticket_priority", {
        names: { low: "LOW", high: "HIGH" },
      }),
      field("status", { kind: "stage", order: ["new", "closed"] }, "hs_pipeline_stage", {
        names: { new: "1", closed: "4" },
      }),
      field("owner", { kind: "owner" }, "hubspot_owner_id"),
      field("people", { kind: "references", object: "contact" }, "contacts"),
      field("deal", { kind: "reference", object: "deal" }, "deals"),
    ],
  };
}

function lineItem(): ObjectMapping {
  return {
    object: "line_item",
    systemObject: "line_items",
    fields: [
      field("name", { kind: "text" }, "name"),
      field("sku", { kind: "text" }, "hs_sku"),
      field("price", { kind: "decimal", scale: 2 }, "price"),
      field("quantity", { kind: "decimal", scale: 0 }, "quantity"),
      field("deal", { kind: "reference", object: "deal" }, "deals"),
    ],
  };
}

function car(): ObjectMapping {
  const extras = ["heated seats", "sunroof"];
  return {
    object: "car",
    systemObject: carTypeId,
    fields: [
      field("vin", { kind: "text" }, "vin"),
      field("model", { kind: "text" }, "model"),
      field("remarks", { kind: "text" }, "remarks"),
      field("mileage", { kind: "decimal", scale: 1 }, "mileage"),
      field("registered", { kind: "date" }, "registered"),
      field("inspected", { kind: "datetime" }, "inspected_at"),
      field("insured", { kind: "boolean" }, "insured"),
      field("colour", { kind: "option", options: ["red", "blue"] }, "colour", {
        names: { red: "r", blue: "b" },
      }),
      field("extras", { kind: "options", options: extras }, "extras", {
        names: { "heated seats": "heated_seats", sunroof: "sun_roof" },
      }),
      field("driver", { kind: "reference", object: "contact" }, "contacts"),
    ],
  };
}

function field(
  name: string,
  type: FieldType,
  property: string,
  more: Partial<MappedField> = {},
): MappedField {
  return { field: name, type, property, ...more };
}

function withFields(mapping: ObjectMapping, fields: readonly MappedField[]): ObjectMapping {
  return { ...mapping, fields: [...mapping.fields, ...fields] };
}
