/**
 * The host with our card, and a back-end that answers by the contract: the contact whose id is a
 * fixture's number is in that fixture's state, so that every state can be opened and looked at.
 */
import { Hono } from "hono";
import type { CardAnswer, ResolveRequest } from "../../shared/contract.ts";
import { comparisons, type FixtureName, fixtures, settlements } from "../app/fixtures.ts";
import { identity, publicUrl } from "../playground/addresses.ts";
import { buildExtensions } from "../playground/host/build.ts";
import type { HostUser, HubSpotAccount } from "../playground/host/crm.ts";
import { hostApp } from "../playground/host/pages.ts";
import { createProxy } from "../playground/host/proxy.ts";
import { serve } from "../playground/serve.ts";

export const cardStates = Object.keys(fixtures(0)) as FixtureName[];

export type SettlementName = keyof ReturnType<typeof settlements>;

export interface CardStand {
  readonly url: (state: FixtureName, width?: number) => string;
  /** Every settlement asked for, and what the next ones are answered with. */
  readonly asked: ResolveRequest[];
  answerWith: SettlementName;
  /** Milliseconds a settlement takes. */
  delayMs: number;
  readonly close: () => Promise<void>;
}

const user: HostUser = {
  id: 101,
  email: "maria.lopez@example.com",
  firstName: "Maria",
  lastName: "Lopez",
  locale: "en-us",
};

export async function startCardStand(): Promise<CardStand> {
  const built = await buildExtensions();
  const asked: ResolveRequest[] = [];
  const backend = await serve((request) => backendApp(stand).fetch(request), 0);
  const proxy = createProxy({
    permittedUrls: built.app.permittedUrls,
    mapping: { [publicUrl]: backend.url },
    clientSecret: identity.hubspotClientSecret,
    portalId: identity.portalId,
    appId: identity.appId,
    now: Date.now,
    fetch: (request) => fetch(request),
  });
  const app = hostApp({
    built,
    hubspot: account,
    proxy,
    portal: { id: identity.portalId, timezone: "US/Eastern" },
    appId: identity.appId,
    users: { maria: user },
    about: { "0-1": ["firstname", "lastname", "phone"] },
    index: async () => ({ places: [], records: [] }),
  });
  const host = await serve((request) => app.fetch(request), 0);
  const stand: CardStand = {
    asked,
    answerWith: "settled",
    delayMs: 0,
    url: (state, width = 340) => {
      const id = cardStates.indexOf(state) + 1;
      return `${host.url}/contacts/${identity.portalId}/record/0-1/${id}?width=${width}`;
    },
    close: async () => {
      await host.close();
      await backend.close();
    },
  };
  return stand;
}

function backendApp(stand: CardStand): Hono {
  const app = new Hono();
  app.get("/card/record", (c) => {
    const state = cardStates[Number(c.req.query("objectId")) - 1]!;
    const isSettled = stand.asked.length > 0 && stand.answerWith === "settled";
    const answer: CardAnswer =
      isSettled && state === "oneConflict"
        ? settlements(Date.now()).settled
        : fixtures(Date.now())[state];
    return c.json(atAddressOf(answer, c.req.query("objectId")!));
  });
  app.get("/card/fields", (c) => c.json(comparisons(Date.now()).fields));
  app.get("/card/history", (c) => c.json(comparisons(Date.now()).history));
  app.post("/card/sync", (c) => c.json(fixtures(Date.now()).inSync));
  app.post("/card/undo", (c) => c.json(settlements(Date.now()).undone));
  app.post("/card/resolve", async (c) => {
    stand.asked.push(await c.req.json());
    await new Promise((resolve) => setTimeout(resolve, stand.delayMs));
    const { objectId } = stand.asked.at(-1)!;
    return c.json(atAddressOf(settlements(Date.now())[stand.answerWith], objectId));
  });
  return app;
}

/** The fixtures are record 151; the page is any. */
const atAddressOf = (answer: CardAnswer, id: string): CardAnswer =>
  JSON.parse(JSON.stringify(answer).replaceAll("/0-1/151", `/0-1/${id}`));

const account: HubSpotAccount = {
  readRecord: async (_, id) => ({
    id,
    properties: { firstname: "Ana", lastname: "Silva", phone: "+1 415 555 0132" },
    history: [],
  }),
  updateAsPerson: async () => ({ kind: "refused", property: null, message: "Not here." }),
  owners: async () => [],
  properties: async () =>
    [
      ["firstname", "First name"],
      ["lastname", "Last name"],
      ["phone", "Phone number"],
    ].map(([name = "", label = ""]) => ({
      name,
      label,
      type: "string",
      fieldType: "text",
      options: [],
      readOnly: false,
    })),
};
