/**
 * What the portal says of itself, asked once: the time zone its days are counted in, and the host
 * people open it at. While it is not known, days of date-times are unknown too, never guessed.
 */
import * as z from "zod";
import type { HubSpotClient } from "./client.ts";

export interface Account {
  readonly timeZone: string;
  readonly uiDomain: string;
}

export interface Accounts {
  /** Null if HubSpot does not tell just now. */
  get(): Promise<Account | null>;
  /** What is known without asking. */
  known(): Account | null;
}

export function accountDirectory(
  client: HubSpotClient,
  given: { readonly timeZone?: string | undefined; readonly uiDomain?: string | undefined },
): Accounts {
  const { timeZone, uiDomain } = given;
  let known: Account | null = timeZone && uiDomain ? { timeZone, uiDomain } : null;
  return {
    known: () => known,
    async get() {
      if (known !== null) return known;
      const answer = await client.call({
        method: "GET",
        path: "/account-info/{version}/details",
        answer: detailsSchema,
        effect: "read",
      });
      if (answer.kind === "ok") {
        known = {
          timeZone: timeZone ?? answer.value.timeZone,
          uiDomain: uiDomain ?? answer.value.uiDomain,
        };
      }
      return known;
    },
  };
}

const detailsSchema = z.object({ timeZone: z.string(), uiDomain: z.string() });
