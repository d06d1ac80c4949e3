/** API calls that 100 records of each object cost in HubSpot, per verb of the connector. */
import { type CallsPer100, callsPer100 } from "../connectors/hubspot.calls.ts";

export async function bench(): Promise<Readonly<Record<string, CallsPer100>>> {
  return await callsPer100();
}
