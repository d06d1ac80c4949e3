/**
 * What HubSpot's refusal of one record means: the field it complains about, the record that stands
 * in the way, and what to do. Messages are our own sentences, since HubSpot's quote the values.
 */
import type { FieldName, SystemId } from "../../../shared/record.ts";
import type { ObjectMapping } from "../../core/rules.ts";
import type { Recovery } from "../connector.ts";
import { ConnectorError } from "../connector.ts";
import { fieldsByProperty } from "./mapping.ts";

/** What an error of a whole call and an error inside a 207 have in common. */
export interface Complaint {
  readonly category?: string | null | undefined;
  readonly message: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
  readonly errors: readonly {
    readonly message: string;
    readonly code?: string | null | undefined;
    readonly context: Readonly<Record<string, readonly string[]>>;
  }[];
}

export type RowRefusal =
  | {
      readonly kind: "failed";
      readonly error: ConnectorError;
      /** HubSpot does not let the lifecycle stage move back. */
      readonly movesBack: boolean;
    }
  | { readonly kind: "exists"; readonly recordId: string | null; readonly error: ConnectorError };

export function refusedRow(
  system: SystemId,
  mapping: ObjectMapping,
  complaint: Complaint,
  status: number | null = null,
): RowRefusal {
  const properties = propertiesNamed(complaint);
  const field = fieldOf(mapping, properties);
  const fail = (kind: Recovery, message: string) =>
    new ConnectorError(kind, system, message, { field, status });
  if (isTaken(complaint)) {
    const recordId = holderOf(complaint);
    const holder = recordId === null ? "Another record in HubSpot" : `HubSpot's record ${recordId}`;
    const error = fail("skip_record", `${holder} has this unique value already.`);
    return { kind: "exists", recordId, error };
  }
  const codes = codesOf(complaint);
  const category = complaint.category ?? (status === 404 ? "OBJECT_NOT_FOUND" : "no category");
  const why = [category, ...codes].join(", ");
  const where = field ?? properties[0];
  const what = where === undefined ? "the record" : `the value of ${where}`;
  return {
    kind: "failed",
    error: fail(recoveries[category] ?? "retry", `HubSpot refuses ${what} (${why}).`),
    movesBack: properties[0] === "lifecyclestage" && !codes.includes("INVALID_OPTION"),
  };
}

/** The property that is gone from HubSpot, if that is what it complains about. */
export function propertyGone(complaint: Complaint): string | null {
  const gone = codesOf(complaint).includes("PROPERTY_DOESNT_EXIST");
  return gone ? (propertiesNamed(complaint)[0] ?? null) : null;
}

/**
 * What to tell whoever installed the app if HubSpot lacks the property that makes creates
 * idempotent; null if the refusal is about something else.
 */
export function keyMissing(
  system: SystemId,
  keyProperty: string,
  complaint: Complaint,
): ConnectorError | null {
  const { message } = complaint;
  const lacking = /not (a )?unique|non-unique|does ?n[o']t exist|PROPERTY_DOESNT_EXIST/i;
  if (!message.includes(keyProperty) || !lacking.test(message)) return null;
  const mend = `HubSpot lacks the unique property ${keyProperty} on this object. Run the setup.`;
  return new ConnectorError("give_up", system, mend, { status: 400 });
}

const recoveries: Readonly<Record<string, Recovery>> = {
  VALIDATION_ERROR: "skip_record",
  OBJECT_NOT_FOUND: "skip_record",
  CONFLICT: "skip_record",
  RATE_LIMITS: "rate_limited",
  RATE_LIMIT: "rate_limited",
  MISSING_SCOPES: "reauthorize",
};

/** Of validation errors, some have their list only as JSON inside the message. */
function codesOf(complaint: Complaint): readonly string[] {
  const stated = complaint.errors.flatMap((error) => error.code ?? []);
  return [...new Set([...stated, ...quoted(complaint.message, /"error":"([A-Z_]+)"/g)])];
}

function propertiesNamed(complaint: Complaint): readonly string[] {
  const contexts = [complaint.context, ...complaint.errors.map((error) => error.context)];
  const stated = contexts.flatMap((context) => context.propertyName ?? context.properties ?? []);
  return [...new Set([...stated, ...quoted(complaint.message, /"name":"(\w+)"/g)])];
}

function quoted(message: string, pattern: RegExp): readonly string[] {
  return [...message.matchAll(pattern)].map((match) => match[1]!);
}

function fieldOf(mapping: ObjectMapping, properties: readonly string[]): FieldName | null {
  const fields = fieldsByProperty(mapping);
  for (const property of properties) {
    const field = fields.get(property);
    if (field !== undefined) return field.field;
  }
  return null;
}

function isTaken(complaint: Complaint): boolean {
  return (
    complaint.category === "CONFLICT" ||
    complaint.errors.some((error) => error.code === "CONFLICTING_UNIQUE_VALUE") ||
    /already (exists|has that value)/i.test(complaint.message)
  );
}

/** "Contact already exists. Existing ID: 123", "... another DEAL (123) already has that value." */
function holderOf(complaint: Complaint): string | null {
  const found =
    /Existing ID: ?(\d+)/i.exec(complaint.message) ??
    /(\d+)\)? already has that value/i.exec(complaint.message);
  return found?.[1] ?? null;
}
