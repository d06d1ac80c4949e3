/** What every verb of the connector needs, put together once. */
import type { ObjectName, SystemId } from "../../../shared/record.ts";
import type { ObjectMapping } from "../../core/rules.ts";
import type { Outside } from "../connector.ts";
import type { Accounts } from "./account.ts";
import type { HubSpotClient } from "./client.ts";
import type { OwnerList, Owners } from "./owners.ts";
import type { Portal } from "./record.ts";
import type { AssociationType } from "./references.ts";
import type { WireRecord } from "./wire.ts";

export interface Context {
  readonly system: SystemId;
  readonly client: HubSpotClient;
  readonly outside: Outside;
  readonly owners: Owners;
  readonly account: Accounts;
  readonly mappings: Readonly<Record<ObjectName, ObjectMapping>>;
  /** What types and labels there are between two objects ("contacts/companies"), once asked. */
  readonly associationTypes: Map<string, readonly AssociationType[]>;
  /** Properties ("deals/number") of which HubSpot has said that they are not unique. */
  readonly notUnique: Set<string>;
  /** The unique property of ours that makes creates idempotent. */
  readonly keyProperty: string;
  readonly portalId: number;
  readonly appId: number;
}

/** The portal as these records need it: with the owners they name. */
export async function portalFor(
  context: Context,
  mapping: ObjectMapping,
  wires: readonly WireRecord[],
): Promise<Portal> {
  const named = wires.length > 0 ? ownerIds(mapping, wires) : null;
  const misses = (list: OwnerList) => [...(named ?? [])].some((id) => !list.emailById.has(id));
  const owners = named === null ? null : await ownersOrNull(context, misses);
  const account = wires.length > 0 ? await context.account.get() : context.account.known();
  const { portalId, appId, keyProperty } = context;
  return { portalId, appId, keyProperty, account, timeZone: account?.timeZone ?? null, owners };
}

/**
 * The owners, or null if HubSpot does not tell them just now. Only owner fields are unknown then;
 * the rest of the record is worth having.
 */
export async function ownersOrNull(
  context: Context,
  misses: (list: OwnerList) => boolean,
): Promise<OwnerList | null> {
  try {
    return await context.owners.list(misses);
  } catch {
    return null;
  }
}

/** Null if the records need no list of owners at all. */
function ownerIds(mapping: ObjectMapping, wires: readonly WireRecord[]): Set<string> | null {
  const fields = mapping.fields.filter((field) => field.type.kind === "owner");
  const byUsers = wires.some((wire) =>
    Object.values(wire.propertiesWithHistory ?? {}).some((entries) =>
      entries.some((entry) => entry.updatedByUserId ?? entry.sourceId?.startsWith("userId:")),
    ),
  );
  const ids = new Set<string>();
  for (const wire of wires) {
    for (const { property } of fields) {
      for (const entry of wire.propertiesWithHistory?.[property] ?? []) ids.add(entry.value ?? "");
      ids.add(wire.properties[property] ?? "");
    }
  }
  ids.delete("");
  return ids.size > 0 || byUsers ? ids : null;
}
