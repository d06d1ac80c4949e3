/** What is to be written, in HubSpot's words, and what became of each row of it. */
import type { FieldName, Held } from "../../../shared/record.ts";
import type { ObjectMapping } from "../../core/rules.ts";
import type { WriteOperation } from "../connector.ts";
import { ConnectorError } from "../connector.ts";
import type { Context } from "./context.ts";
import { ownersOrNull } from "./context.ts";
import type { Conversion } from "./mapping.ts";
import { fieldNamed, isReference, toWire } from "./mapping.ts";
import type { RowRefusal } from "./refusal.ts";
import type { WireRecord } from "./wire.ts";

export type Change = Extract<WriteOperation, { readonly kind: "update" | "create" }>;

/** One input of a batch. */
export interface Row {
  readonly operationId: string;
  readonly kind: Change["kind"];
  /** The record's id, or our key. */
  readonly id: string;
  readonly properties: Readonly<Record<string, string>>;
}

export type RowOutcome =
  /** `wire` is null where there was nothing to send. */
  | { readonly kind: "done"; readonly id: string; readonly wire: WireRecord | null }
  | RowRefusal
  | { readonly kind: "unknown"; readonly error: ConnectorError };

export type Outcomes = Map<string, RowOutcome>;

export const unknown = (error: ConnectorError): RowOutcome => ({ kind: "unknown", error });

export function failed(error: ConnectorError): RowOutcome {
  return { kind: "failed", error, movesBack: false };
}

/** The inputs to send; what cannot even be said in HubSpot's words fails here. */
export async function rowsOf(
  context: Context,
  mapping: ObjectMapping,
  changes: readonly Change[],
  outcomes: Outcomes,
): Promise<readonly Row[]> {
  if (changes.length === 0) return [];
  const conversion = await conversionFor(context, mapping, changes);
  return changes.flatMap((change) => {
    const properties = propertiesFor(context, mapping, change.set, conversion);
    if (properties instanceof ConnectorError) {
      outcomes.set(change.operationId, failed(properties));
      return [];
    }
    const id = change.kind === "update" ? change.recordId : change.key;
    return [{ operationId: change.operationId, kind: change.kind, id, properties }];
  });
}

async function conversionFor(
  context: Context,
  mapping: ObjectMapping,
  changes: readonly Change[],
): Promise<Conversion> {
  const owned = mapping.fields.filter((field) => field.type.kind === "owner");
  const emails = changes.flatMap(({ set }) => owned.flatMap(({ field }) => set[field] ?? []));
  const owners =
    emails.length === 0
      ? null
      : await ownersOrNull(context, (list) =>
          emails.some((email) => !list.idByEmail.has(String(email))),
        );
  const account = await context.account.get();
  return { timeZone: account?.timeZone ?? null, owners };
}

function propertiesFor(
  context: Context,
  mapping: ObjectMapping,
  set: Readonly<Record<FieldName, Held>>,
  conversion: Conversion,
): Readonly<Record<string, string>> | ConnectorError {
  const properties: Record<string, string> = {};
  for (const [name, value] of Object.entries(set)) {
    const field = fieldNamed(mapping, name);
    const refuse = (kind: "retry" | "skip_record" | "give_up", message: string) =>
      new ConnectorError(kind, context.system, message, { field: name });
    if (field === undefined) return refuse("give_up", `${name} is not mapped to HubSpot.`);
    if (field.readOnly) return refuse("give_up", `${name} is never written to HubSpot.`);
    if (isReference(field)) continue;
    const wire = toWire(field, value, conversion);
    if (wire.kind === "unready") return refuse("retry", wire.reason);
    if (wire.kind === "refused") return refuse("skip_record", wire.reason);
    Object.assign(properties, wire.properties);
  }
  return properties;
}
