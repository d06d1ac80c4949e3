/**
 * What the host needs of a HubSpot account to draw record pages and to let a person edit them.
 * Names are HubSpot's own, so that the HubSpot double fits with little between.
 */

export interface HubSpotAccount {
  readRecord(objectTypeId: string, id: string): Promise<HostRecord | null>;
  /** Saves as HubSpot's own screen would: change source CRM_UI, by this user. */
  updateAsPerson(
    objectTypeId: string,
    id: string,
    properties: Readonly<Record<string, string>>,
    user: HostUser,
  ): Promise<SaveAnswer>;
  owners(): Promise<readonly HostOwner[]>;
  properties(objectTypeId: string): Promise<readonly HostProperty[]>;
}

export interface HostRecord {
  readonly id: string;
  readonly properties: Readonly<Record<string, string | null>>;
  /** Newest first. */
  readonly history: readonly HostChange[];
}

export interface HostChange {
  readonly property: string;
  readonly value: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly by: {
    readonly kind: "person" | "integration" | "automation";
    readonly name: string;
  };
}

export type SaveAnswer =
  | { readonly kind: "saved"; readonly record: HostRecord }
  /** HubSpot refuses the value; the message is for the person who typed it. */
  | { readonly kind: "refused"; readonly property: string | null; readonly message: string };

export interface HostOwner {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

export interface HostProperty {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly fieldType: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly readOnly: boolean;
}

/** A person who works in the HubSpot account. */
export interface HostUser {
  readonly id: number;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  /** "en-us" */
  readonly locale: string;
}

/** How HubSpot addresses and names its objects on a record page. */
export const objects = {
  "0-1": { path: "contacts", singular: "Contact", plural: "Contacts" },
  "0-2": { path: "companies", singular: "Company", plural: "Companies" },
  "0-3": { path: "deals", singular: "Deal", plural: "Deals" },
} as const;
export type ObjectTypeId = keyof typeof objects;

export const isObjectTypeId = (id: string): id is ObjectTypeId => id in objects;

/** What a person calls the record: HubSpot's own display rule for each object. */
export function recordName(objectTypeId: ObjectTypeId, record: HostRecord): string {
  const { properties, id } = record;
  switch (objectTypeId) {
    case "0-1": {
      const name = [properties.firstname, properties.lastname].filter(Boolean).join(" ");
      return name || properties.email || `Contact ${id}`;
    }
    case "0-2":
      return properties.name || properties.domain || `Company ${id}`;
    case "0-3":
      return properties.dealname || `Deal ${id}`;
  }
}
