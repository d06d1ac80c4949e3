/** Who works in the HubSpot account: for names, for roles by team, for whom to assign to. */
import { type ClientOptions, hubspotClient } from "./client.ts";
import { type Member, ownerDirectory } from "./owners.ts";

/** Reads the list when it is asked for, and believes it for a while. Throws ConnectorError. */
export function hubspotPeople(options: ClientOptions): () => Promise<readonly Member[]> {
  const owners = ownerDirectory(hubspotClient(options), options.outside);
  return async () => (await owners.list(() => false)).members;
}
