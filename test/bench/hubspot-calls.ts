/** API calls that 100 records of each object cost in HubSpot, per verb of the connector. */
export { callsPer100 as bench } from "../connectors/hubspot.calls.ts";
