/** The host alone for its own tests: the fixture card, a made-up account, an echo back-end. */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { buildExtensions, fixtureApp } from "../playground/host/build.ts";
import type { HostRecord, HostUser, HubSpotAccount } from "../playground/host/crm.ts";
import { hostApp } from "../playground/host/pages.ts";
import { createProxy } from "../playground/host/proxy.ts";

export const portalId = 12345678;
export const users = {
  ana: person(4242, "Ana", "Lee"),
  ben: person(4243, "Ben", "Ortiz"),
};

function person(id: number, firstName: string, lastName: string): HostUser {
  const email = `${firstName}.${lastName}@example.com`.toLowerCase();
  return { id, email, firstName, lastName, locale: "en-us" };
}

export async function startHost() {
  const backend = await listen(echoApp());
  const built = await buildExtensions(fixtureApp);
  const host = await listen(
    hostApp({
      built,
      hubspot: account(),
      proxy: createProxy({
        permittedUrls: built.app.permittedUrls,
        mapping: { "https://sync.example.com": backend.url },
        clientSecret: "a-test-secret",
        portalId,
        appId: 987654,
        now: Date.now,
        fetch: (request) => fetch(request),
      }),
      portal: { id: portalId, timezone: "America/New_York" },
      appId: 987654,
      users,
      about: {
        "0-3": ["dealname"],
        "0-1": ["firstname", "lastname", "phone", "hubspot_owner_id", "birthday"],
      },
      index: async () => ({
        places: [{ label: "Record", url: "/contacts", note: "A place to be." }],
        records: [
          {
            objectTypeId: "0-1",
            id: "151",
            name: "Maria Johnson",
            note: "Two phones.",
            state: "differs",
          },
        ],
      }),
    }),
  );
  return {
    url: host.url,
    close: async () => {
      await Promise.all([host.close(), backend.close()]);
    },
  };
}

/** Answers with what it was asked and by whom. */
function echoApp(): Hono {
  const app = new Hono();
  app.all("/echo", (c) => c.json({ asked: c.req.query(), signed: signedBy(c.req.raw.headers) }));
  return app;
}

const signedBy = (headers: Headers): boolean =>
  headers.has("x-hubspot-signature-v3") && headers.has("x-hubspot-request-timestamp");

function account(): HubSpotAccount {
  const properties = [
    property("firstname", "First name"),
    property("dealname", "Deal name"),
    property("lastname", "Last name"),
    property("phone", "Phone number"),
    { ...property("hubspot_owner_id", "Contact owner"), type: "enumeration" },
    { ...property("birthday", "Birthday"), type: "date", fieldType: "date" },
  ];
  let record: HostRecord = {
    id: "151",
    properties: {
      firstname: "Maria",
      lastname: "Johnson",
      phone: "+14155550132",
      hubspot_owner_id: "77",
      birthday: "1984-02-29",
    },
    history: [
      {
        property: "phone",
        value: "+14155550132",
        at: Date.UTC(2026, 10, 1),
        by: { kind: "integration", name: "CRM Sync" },
      },
    ],
  };
  return {
    readRecord: async (objectTypeId, id) => {
      if (objectTypeId !== "0-1") return { id, properties: names, history: [] };
      return id === record.id ? record : null;
    },
    updateAsPerson: async (_type, _id, changes, user) => {
      if (changes.phone === "nonsense") {
        return { kind: "refused", property: "phone", message: "That is not a phone number." };
      }
      const by = { kind: "person", name: `${user.firstName} ${user.lastName}` } as const;
      const news = Object.entries(changes).map(([property, value]) => ({
        ...{ property, value, by },
        at: Date.now(),
      }));
      record = {
        ...record,
        properties: { ...record.properties, ...changes },
        history: [...news, ...record.history],
      };
      return { kind: "saved", record };
    },
    owners: async () => [{ id: "77", name: "Ana Lee", email: users.ana.email }],
    properties: async () => properties,
  };
}

const names = { name: "Biglytics", dealname: "Biglytics renewal" };

function property(name: string, label: string) {
  return { name, label, type: "string", fieldType: "text", options: [], readOnly: false };
}

async function listen(app: Hono): Promise<{ url: string; close: () => Promise<void> }> {
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) =>
      resolve({
        url: `http://127.0.0.1:${port}`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
          }),
      }),
    );
  });
}
