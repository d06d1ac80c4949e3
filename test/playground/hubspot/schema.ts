/**
 * Object types, properties and pipelines of a fresh portal: those of a real one that the product
 * touches, plus what the product's own setup adds (`crm_sync_key`, `ops_deal_number`).
 */

export interface PropertyDefinition {
  readonly name: string;
  label: string;
  type: string;
  fieldType: string;
  groupName: string;
  description: string;
  options: PropertyOption[];
  /** Chosen at creation and never changed. */
  readonly hasUniqueValue: boolean;
  readonly hubspotDefined: boolean;
  readonly calculated: boolean;
  readonly readOnlyValue: boolean;
  /** Its options live elsewhere: owners, pipelines. */
  readonly externalOptions: boolean;
  archivedAt: number | null;
  createdAt: number;
  updatedAt: number;
}

export interface PropertyOption {
  readonly label: string;
  readonly value: string;
  readonly hidden: boolean;
}

export interface Stage {
  readonly id: string;
  label: string;
  displayOrder: number;
  metadata: Record<string, string>;
}

export interface Pipeline {
  readonly id: string;
  label: string;
  displayOrder: number;
  stages: Stage[];
}

export interface ConditionalRule {
  readonly property: string;
  readonly is: string;
  readonly requires: string;
}

export interface ObjectDefinition {
  readonly objectTypeId: string;
  /** "contact"; for a custom object its short name. */
  readonly name: string;
  /** "contacts", as paths say it. */
  readonly plural: string;
  readonly fullyQualifiedName: string;
  labels: { singular: string; plural: string };
  readonly custom: boolean;
  archived: boolean;
  /** Contacts say lastmodifieddate, everything else hs_lastmodifieddate. */
  readonly modifiedProperty: string;
  readonly createdProperty: string;
  /** Read when a call names no properties. */
  readonly defaultProperties: string[];
  requiredProperties: string[];
  searchableProperties: string[];
  primaryDisplayProperty: string;
  uniqueProperties: string[];
  properties: Record<string, PropertyDefinition>;
  /** Groups a property can be created in. */
  groups: { readonly name: string; label: string }[];
  pipelines: Pipeline[];
  /** Rules of the account: a property needed while another one has a value, or on creation. */
  conditionalRules: ConditionalRule[];
  createRules: string[];
  /** The properties that hold pipeline and stage, where the object has them. */
  readonly stageProperties: { readonly pipeline: string; readonly stage: string } | null;
}

export const lifecycleOrder = [
  "subscriber",
  "lead",
  "marketingqualifiedlead",
  "salesqualifiedlead",
  "opportunity",
  "customer",
  "evangelist",
  "other",
] as const;

/** Contacts, companies, deals, tickets and line items of a portal opened at `at`. */
export function standardObjects(at: number): Record<string, ObjectDefinition> {
  const objects = [contacts(at), companies(at), deals(at), tickets(at), lineItems(at)];
  return Object.fromEntries(objects.map((object) => [object.objectTypeId, object]));
}

export interface PropertyInput {
  readonly name: string;
  readonly type?: string;
  readonly fieldType?: string;
  readonly label?: string;
  readonly description?: string;
  readonly groupName?: string;
  readonly options?: readonly (string | { readonly label: string; readonly value: string })[];
  readonly unique?: boolean;
  readonly readOnly?: boolean;
  readonly calculated?: boolean;
  readonly external?: boolean;
  readonly own?: boolean;
}

export function property(input: PropertyInput, at: number): PropertyDefinition {
  const type = input.type ?? "string";
  return {
    name: input.name,
    label: input.label ?? labelOf(input.name),
    type,
    fieldType: input.fieldType ?? fieldTypeOf(type),
    groupName: input.groupName ?? "",
    description: input.description ?? "",
    options: (input.options ?? []).map((option) =>
      typeof option === "string"
        ? { label: labelOf(option), value: option, hidden: false }
        : { label: option.label, value: option.value, hidden: false },
    ),
    hasUniqueValue: input.unique ?? false,
    hubspotDefined: !(input.own ?? false),
    calculated: input.calculated ?? false,
    readOnlyValue: (input.readOnly ?? false) || (input.calculated ?? false),
    externalOptions: input.external ?? false,
    archivedAt: null,
    createdAt: at,
    updatedAt: at,
  };
}

export interface ObjectInput {
  readonly objectTypeId: string;
  readonly name: string;
  readonly plural: string;
  readonly fullyQualifiedName?: string;
  readonly labels?: { readonly singular: string; readonly plural: string };
  readonly custom?: boolean;
  readonly modifiedProperty?: string;
  readonly createdProperty?: string;
  readonly defaults: readonly string[];
  readonly required?: readonly string[];
  readonly searchable: readonly string[];
  readonly primary: string;
  readonly properties: readonly PropertyInput[];
  readonly pipelines?: Pipeline[];
  readonly stageProperties?: { readonly pipeline: string; readonly stage: string };
}

export function objectDefinition(input: ObjectInput, at: number): ObjectDefinition {
  const modifiedProperty = input.modifiedProperty ?? "hs_lastmodifieddate";
  const createdProperty = input.createdProperty ?? "createdate";
  const group = { name: groupName(input), label: `${labelOf(input.name)} information` };
  const all: PropertyInput[] = [
    ...input.properties,
    { name: "hs_object_id", type: "number", label: "Record ID", readOnly: true },
    { name: createdProperty, type: "datetime", label: "Create date", readOnly: true },
    { name: modifiedProperty, type: "datetime", label: "Last modified date", readOnly: true },
    { name: "hs_merged_object_ids", type: "enumeration", label: "Merged IDs", readOnly: true },
    { name: "hs_object_source", label: "Record source", readOnly: true },
    { name: "hs_object_source_label", label: "Record source label", readOnly: true },
  ];
  return {
    objectTypeId: input.objectTypeId,
    name: input.name,
    plural: input.plural,
    fullyQualifiedName: input.fullyQualifiedName ?? input.name.toUpperCase(),
    labels: {
      ...(input.labels ?? { singular: labelOf(input.name), plural: labelOf(input.plural) }),
    },
    custom: input.custom ?? false,
    archived: false,
    modifiedProperty,
    createdProperty,
    defaultProperties: [...input.defaults, createdProperty, modifiedProperty, "hs_object_id"],
    requiredProperties: [...(input.required ?? [])],
    searchableProperties: [...input.searchable],
    primaryDisplayProperty: input.primary,
    uniqueProperties: all.filter((each) => each.unique).map((each) => each.name),
    properties: Object.fromEntries(
      all.map((each) => [each.name, property({ groupName: group.name, ...each }, at)]),
    ),
    groups: [group],
    conditionalRules: [],
    createRules: [],
    pipelines: input.pipelines ?? [],
    stageProperties: input.stageProperties ?? null,
  };
}

const calculatedYesNo = { type: "bool", calculated: true, options: ["true", "false"] } as const;
const currencies = ["USD", "EUR", "GBP", "CHF", "JPY", "KWD"] as const;

const syncKey: PropertyInput = {
  name: "crm_sync_key",
  label: "CRM Sync key",
  description: "The entity this record belongs to. Set by CRM Sync Control Center.",
  unique: true,
  own: true,
};
const owner: PropertyInput = {
  name: "hubspot_owner_id",
  label: "Owner",
  type: "enumeration",
  external: true,
};
const lifecycle: PropertyInput = {
  name: "lifecyclestage",
  label: "Lifecycle stage",
  type: "enumeration",
  fieldType: "radio",
  options: lifecycleOrder.map((value) => ({ value, label: lifecycleLabel(value) })),
};
/** A few of HubSpot's hundred and fifty. */
const industries = [
  "ACCOUNTING",
  "COMPUTER_SOFTWARE",
  "FARMING",
  "FINANCIAL_SERVICES",
  "HOSPITALITY",
  "INSURANCE",
  "MACHINERY",
  "PUBLISHING",
  "RETAIL",
] as const;
const place = ["address", "city", "state", "zip", "country", "website"].map((name) => ({ name }));

function contacts(at: number): ObjectDefinition {
  return objectDefinition(
    {
      objectTypeId: "0-1",
      name: "contact",
      plural: "contacts",
      modifiedProperty: "lastmodifieddate",
      defaults: ["email", "firstname", "lastname"],
      searchable: ["email", "firstname", "lastname", "phone", "company", "hs_additional_emails"],
      primary: "firstname",
      properties: [
        // Not marked unique in the definitions of a portal, yet unique and usable as idProperty.
        { name: "email", label: "Email", unique: true },
        { name: "firstname", label: "First name" },
        { name: "lastname", label: "Last name" },
        { name: "phone", label: "Phone number", type: "phone_number", fieldType: "phonenumber" },
        {
          name: "mobilephone",
          label: "Mobile phone",
          type: "phone_number",
          fieldType: "phonenumber",
        },
        { name: "jobtitle", label: "Job title" },
        { name: "company", label: "Company name" },
        ...place,
        lifecycle,
        owner,
        {
          name: "hs_lead_status",
          label: "Lead status",
          type: "enumeration",
          options: ["NEW", "OPEN", "IN_PROGRESS", "CONNECTED", "UNQUALIFIED"],
        },
        {
          name: "product_interest",
          type: "enumeration",
          fieldType: "checkbox",
          options: ["hardware", "software", "service", "training"],
          own: true,
        },
        { name: "date_of_birth", type: "date", label: "Date of birth" },
        { name: "newsletter", type: "bool", options: ["true", "false"], own: true },
        { name: "hs_additional_emails", label: "Additional email addresses", readOnly: true },
        { name: "hs_email_domain", label: "Email domain", calculated: true },
        { name: "hs_calculated_merged_vids", label: "Merged vids with timestamps", readOnly: true },
        { name: "associatedcompanyid", label: "Primary company", type: "number", readOnly: true },
        // Exists and stays empty, so that a filter on the wrong name finds nothing, silently.
        { name: "hs_lastmodifieddate", type: "datetime", readOnly: true },
        syncKey,
      ],
    },
    at,
  );
}

function companies(at: number): ObjectDefinition {
  return objectDefinition(
    {
      objectTypeId: "0-2",
      name: "company",
      plural: "companies",
      defaults: ["name", "domain"],
      searchable: ["name", "domain", "phone", "website"],
      primary: "name",
      properties: [
        { name: "name", label: "Company name" },
        { name: "domain", label: "Company domain name" },
        { name: "phone", label: "Phone number", type: "phone_number", fieldType: "phonenumber" },
        ...place,
        { name: "description", fieldType: "textarea" },
        { name: "industry", type: "enumeration", options: industries },
        { name: "numberofemployees", label: "Number of employees", type: "number" },
        { name: "annualrevenue", label: "Annual revenue", type: "number" },
        {
          name: "hs_additional_domains",
          type: "enumeration",
          fieldType: "checkbox",
          readOnly: true,
        },
        { name: "hs_parent_company_id", type: "number", readOnly: true },
        lifecycle,
        owner,
        syncKey,
      ],
    },
    at,
  );
}

function deals(at: number): ObjectDefinition {
  return objectDefinition(
    {
      objectTypeId: "0-3",
      name: "deal",
      plural: "deals",
      defaults: ["dealname", "amount", "closedate", "dealstage", "pipeline"],
      required: ["dealname", "dealstage"],
      searchable: ["dealname", "pipeline", "dealstage", "description", "dealtype"],
      primary: "dealname",
      stageProperties: { pipeline: "pipeline", stage: "dealstage" },
      pipelines: [salesPipeline()],
      properties: [
        { name: "dealname", label: "Deal name" },
        { name: "amount", label: "Amount", type: "number" },
        {
          name: "deal_currency_code",
          label: "Currency",
          type: "enumeration",
          options: currencies.map((code) => ({ value: code, label: code })),
        },
        { name: "dealstage", label: "Deal stage", type: "enumeration", external: true },
        { name: "pipeline", label: "Pipeline", type: "enumeration", external: true },
        { name: "closedate", label: "Close date", type: "datetime", fieldType: "date" },
        { name: "description", label: "Deal description", fieldType: "textarea" },
        {
          name: "dealtype",
          label: "Deal type",
          type: "enumeration",
          fieldType: "radio",
          options: ["newbusiness", "existingbusiness"],
        },
        { ...calculatedYesNo, name: "hs_is_closed", label: "Is closed" },
        { ...calculatedYesNo, name: "hs_is_closed_won", label: "Is closed won" },
        owner,
        syncKey,
        {
          name: "ops_deal_number",
          label: "Deal number",
          description: "The number operations gave the deal.",
          own: true,
        },
      ],
    },
    at,
  );
}

function tickets(at: number): ObjectDefinition {
  return objectDefinition(
    {
      objectTypeId: "0-5",
      name: "ticket",
      plural: "tickets",
      defaults: ["subject", "content", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_priority"],
      required: ["hs_pipeline_stage"],
      searchable: ["subject", "content", "hs_pipeline_stage"],
      primary: "subject",
      stageProperties: { pipeline: "hs_pipeline", stage: "hs_pipeline_stage" },
      pipelines: [supportPipeline()],
      properties: [
        { name: "subject", label: "Ticket name" },
        { name: "content", label: "Ticket description", fieldType: "textarea" },
        { name: "hs_pipeline", label: "Pipeline", type: "enumeration", external: true },
        { name: "hs_pipeline_stage", label: "Status", type: "enumeration", external: true },
        {
          name: "hs_ticket_priority",
          label: "Priority",
          type: "enumeration",
          options: ["LOW", "MEDIUM", "HIGH", "URGENT"],
        },
        owner,
        syncKey,
      ],
    },
    at,
  );
}

function lineItems(at: number): ObjectDefinition {
  return objectDefinition(
    {
      objectTypeId: "0-8",
      name: "line_item",
      plural: "line_items",
      defaults: ["name", "price", "quantity"],
      searchable: ["name"],
      primary: "name",
      properties: [
        { name: "name", label: "Name" },
        { name: "price", label: "Unit price", type: "number" },
        { name: "quantity", label: "Quantity", type: "number" },
        { name: "hs_sku", label: "SKU" },
        syncKey,
      ],
    },
    at,
  );
}

function salesPipeline(): Pipeline {
  const stages: [string, string, string][] = [
    ["appointmentscheduled", "Appointment scheduled", "0.2"],
    ["qualifiedtobuy", "Qualified to buy", "0.4"],
    ["presentationscheduled", "Presentation scheduled", "0.6"],
    ["decisionmakerboughtin", "Decision maker bought-in", "0.8"],
    ["contractsent", "Contract sent", "0.9"],
    ["closedwon", "Closed won", "1.0"],
    ["closedlost", "Closed lost", "0.0"],
  ];
  return {
    id: "default",
    label: "Sales pipeline",
    displayOrder: 0,
    stages: stages.map(([id, label, probability], displayOrder) => ({
      id,
      label,
      displayOrder,
      metadata: { isClosed: String(id.startsWith("closed")), probability },
    })),
  };
}

function supportPipeline(): Pipeline {
  const stages = ["New", "Waiting on contact", "Waiting on us", "Closed"];
  return {
    id: "0",
    label: "Support pipeline",
    displayOrder: 0,
    stages: stages.map((label, index) => ({
      id: String(index + 1),
      label,
      displayOrder: index,
      metadata: { ticketState: label === "Closed" ? "CLOSED" : "OPEN" },
    })),
  };
}

function groupName(input: ObjectInput): string {
  if (input.custom) return `${input.name}_information`;
  return `${input.name.replaceAll("_", "")}information`;
}

function lifecycleLabel(value: string): string {
  return labelOf(value.replace(/^(marketing|sales)qualified/, "$1 qualified "));
}

function fieldTypeOf(type: string): string {
  if (type === "enumeration") return "select";
  if (type === "bool") return "booleancheckbox";
  if (type === "date" || type === "datetime") return "date";
  return type === "number" ? "number" : "text";
}

function labelOf(name: string): string {
  const words = name.replaceAll("_", " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
