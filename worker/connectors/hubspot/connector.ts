/** The HubSpot connector: the verbs of Connector, on HubSpot's dated API. */
import type { ObjectName, SystemId, SystemRecord } from "../../../shared/record.ts";
import type { ObjectMapping } from "../../core/rules.ts";
import { type Connector, type Outside, until } from "../connector.ts";
import { accountDirectory } from "./account.ts";
import type { Budget } from "./client.ts";
import { answered, hubspotClient } from "./client.ts";
import type { Context } from "./context.ts";
import { takeApart } from "./delivery.ts";
import { describeObject } from "./describe.ts";
import { findRecords, keepsUnique } from "./find.ts";
import { limits } from "./limits.ts";
import { ownerDirectory } from "./owners.ts";
import { readByUnique, readRecords, recordsOf } from "./read.ts";
import { keyMissing } from "./refusal.ts";
import { verifySignatureV3 } from "./signature.ts";
import { changedRecords, listRecords } from "./walk.ts";
import { writeRecords } from "./write.ts";

export { objectForTypeId } from "./delivery.ts";

export interface HubSpotOptions {
  readonly system: SystemId;
  readonly baseUrl: string;
  readonly token: string;
  /** The app's client secrets: the one in force, and the one before while it is being rotated. */
  readonly clientSecrets: readonly string[];
  /** Where HubSpot sends webhooks to: nothing else is ever taken for one. */
  readonly publicUrl: string;
  readonly portalId: number;
  readonly appId: number;
  readonly mappings: Readonly<Record<ObjectName, ObjectMapping>>;
  /** The unique property of ours that makes creates idempotent. */
  readonly keyProperty: string;
  /** The portal's time zone (an IANA name) and host; the portal is asked for what is left out. */
  readonly timeZone?: string;
  readonly uiDomain?: string;
  readonly outside: Outside;
  /** Told what every answer's rate headers say. */
  readonly onBudget?: (budget: Budget) => void;
}

export function hubspotConnector(options: HubSpotOptions): Connector {
  const client = hubspotClient(options);
  const context: Context = {
    ...options,
    client,
    owners: ownerDirectory(client, options.outside),
    account: accountDirectory(client, options),
    associationTypes: new Map(),
    notUnique: new Set(),
  };
  return {
    system: options.system,
    capabilities: {
      readBatch: limits.historyBatch,
      writeBatch: limits.batch,
      fieldTimestamps: true,
      compareAndSet: false,
    },
    read: (mapping, ids) => readRecords(context, mapping, ids),
    find: (mapping, field, values) => findRecords(context, mapping, field, values),
    keepsUnique,
    findByKey: (mapping, keys) => findByKey(context, mapping, keys),
    list: (mapping, cursor) => listRecords(context, mapping, cursor),
    changes: (mapping, from) => changedRecords(context, mapping, from),
    describe: (mapping) => describeObject(context, mapping),
    write: (mapping, operations, by) => {
      const timely = hubspotClient({ ...options, outside: until(options.outside, by) });
      return writeRecords({ ...context, client: timely }, mapping, operations);
    },
    verify: async (request) =>
      request.url.startsWith(`${options.publicUrl.replace(/\/+$/, "")}/`)
        ? await verifySignatureV3(request, options.clientSecrets)
        : "the URL is not the public one",
    delivery: async (body) => takeApart(context, body),
  };
}

async function findByKey(
  context: Context,
  mapping: ObjectMapping,
  keys: readonly string[],
): Promise<ReadonlyMap<string, SystemRecord>> {
  const answer = await readByUnique(context, mapping, context.keyProperty, keys, true);
  const refusal = answer.kind === "refused" ? answer.refusal : null;
  const keyless = refusal && keyMissing(context.system, context.keyProperty, refusal);
  if (keyless) throw keyless;
  const wires = answered(answer);
  const records = await recordsOf(context, mapping, wires);
  return new Map(
    wires.flatMap((wire, index) => {
      const key = wire.properties[context.keyProperty];
      return key ? [[key, records[index]!] as const] : [];
    }),
  );
}
