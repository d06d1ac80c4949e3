/**
 * Who owns and who edited: HubSpot names owners and users by ids, canonical records by e-mail.
 * The list is read whole, believed for a while, and read again when an id is not on it.
 */
import type { Outside } from "../connector.ts";
import type { HubSpotClient } from "./client.ts";
import { answered } from "./client.ts";
import { limits } from "./limits.ts";
import { ownersAnswerSchema } from "./wire.ts";

export interface OwnerList {
  readonly emailById: ReadonlyMap<string, string>;
  /** Only owners a record can be given to; archived ones are left out. */
  readonly idByEmail: ReadonlyMap<string, string>;
  /** What to call a user, by user id. */
  readonly nameByUserId: ReadonlyMap<string, string>;
  /** Those who can work here now. */
  readonly members: readonly Member[];
}

/** A person of the account, and the teams they are in, where the account has teams. */
export interface Member {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly teams: readonly { readonly id: string; readonly name: string }[];
}

export const noOwners: OwnerList = {
  emailById: new Map(),
  idByEmail: new Map(),
  nameByUserId: new Map(),
  members: [],
};

export interface Owners {
  /** The list, read again if it is old or if `misses` says it lacks something. Throws. */
  list(misses: (list: OwnerList) => boolean): Promise<OwnerList>;
  /** What is known without asking, however old. */
  known(): OwnerList | null;
}

export function ownerDirectory(client: HubSpotClient, outside: Outside): Owners {
  let held: { readonly list: OwnerList; readonly at: number } | null = null;
  return {
    known: () => held?.list ?? null,
    async list(misses) {
      const age = held ? outside.now() - held.at : Number.POSITIVE_INFINITY;
      const fresh = age < limits.ownersFreshMs;
      if (held && fresh && (age < limits.ownersAgainMs || !misses(held.list))) return held.list;
      // No promise is shared: in a Worker, one request's I/O must not be awaited by another.
      const list = await readOwners(client);
      held = { list, at: outside.now() };
      return list;
    },
  };
}

async function readOwners(client: HubSpotClient): Promise<OwnerList> {
  const emailById = new Map<string, string>();
  const idByEmail = new Map<string, string>();
  const nameByUserId = new Map<string, string>();
  const members: Member[] = [];
  // Archived ones first, so that a person who came back is known by the id that can be used.
  for (const archived of [true, false]) {
    let after: string | undefined;
    for (let page = 0; page < limits.ownerPagesMax; page++) {
      const answer = answered(await readPage(client, archived, after));
      for (const owner of answer.results) {
        const email = owner.email?.toLowerCase();
        const userId = owner.userId ?? owner.userIdIncludingInactive;
        const name = [owner.firstName, owner.lastName].filter(Boolean).join(" ") || email;
        if (email) emailById.set(owner.id, email);
        if (email && !archived) idByEmail.set(email, owner.id);
        if (name && userId) nameByUserId.set(String(userId), name);
        if (email && name && userId && !archived) {
          members.push({ userId: String(userId), email, name, teams: owner.teams ?? [] });
        }
      }
      after = answer.paging?.next?.after;
      if (after === undefined) break;
    }
  }
  return { emailById, idByEmail, nameByUserId, members };
}

function readPage(client: HubSpotClient, archived: boolean, after: string | undefined) {
  const query = {
    limit: String(limits.ownersPage),
    archived: String(archived),
    ...(after === undefined ? {} : { after }),
  };
  return client.call({
    method: "GET",
    path: "/crm/owners/{version}",
    query,
    answer: ownersAnswerSchema,
    effect: "read",
  });
}
