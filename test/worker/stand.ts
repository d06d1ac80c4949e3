/**
 * The real Worker between the doubles, nobody in it, and hands that knock at its doors as HubSpot
 * and the tools do. One stand serves a file; each test makes records of its own.
 */
import { createHmac } from "node:crypto";
import * as z from "zod";
import {
  type CardAnswer,
  type CardConflict,
  type Choice,
  cardAnswerSchema,
} from "../../shared/contract.ts";
import {
  type Answered,
  type Asked,
  type ControlAction,
  type ControlReply,
  control as contract,
  refusalSchema,
} from "../../shared/control.ts";
import { identity, publicUrl } from "../playground/addresses.ts";
import { type Playground, startPlayground } from "../playground/playground.ts";

export const ada = { userId: 71_001, userEmail: "ada.okafor@brightwater.example" };
export const ben = { userId: 71_002, userEmail: "ben.lindqvist@brightwater.example" };
export type User = typeof ada;

/** A person who is one entity: a contact in HubSpot, a customer in operations. */
export interface Pair {
  readonly contactId: string;
  readonly customerId: string;
}

export const startStand = (configFile?: string): Promise<Playground> =>
  startPlayground({
    ports: { hubspot: 0, ops: 0, slack: 0, worker: 0 },
    empty: true,
    batchWaitMs: 0,
    ...(configFile === undefined ? {} : { configFile }),
  });

let made = 0;

/** Two linked records that agree. */
export async function makePair(stand: Playground, more: Record<string, string> = {}) {
  made += 1;
  const email = `person${made}@example.com`;
  const contactId = stand.hubspot
    .person(ada.userId)
    .create("contacts", { email, firstname: "Nora", phone: "+1 212 555 0100", ...more });
  await stand.quiet();
  const customer = stand.ops.records("customers").find((row) => row.email === email);
  if (customer === undefined) throw new Error("the contact did not reach operations");
  return { contactId, customerId: customer.id };
}

/** A pair whose phone numbers were changed on both sides, and the question that came of it. */
export async function makeConflict(stand: Playground) {
  const pair = await makePair(stand);
  editBoth(stand, pair, "0171", "0172");
  await stand.quiet();
  return { pair, conflict: await openConflict(stand, pair) };
}

export function editBoth(stand: Playground, pair: Pair, mine: string, theirs: string): void {
  const hubspot = stand.hubspot.person(ada.userId);
  hubspot.update("contacts", pair.contactId, { phone: `+1 212 555 ${mine}` });
  stand.ops.person("Dev Raman").update("customers", pair.customerId, {
    phone: `+1212555${theirs}`,
  });
}

export async function openConflict(stand: Playground, pair: Pair): Promise<CardConflict> {
  const answer = await card(stand, { action: "record", ...ofContact(pair) });
  const [conflict] = answer.record?.conflicts ?? [];
  if (conflict === undefined) throw new Error("there is no conflict");
  return conflict;
}

export const ofContact = ({ contactId }: Pick<Pair, "contactId">) => ({
  objectTypeId: "0-1",
  objectId: contactId,
});

export const phoneOf = (stand: Playground, pair: Pair) => ({
  hubspot: stand.hubspot.portal.state.records["0-1"]?.[pair.contactId]?.history.phone?.[0]?.value,
  ops: stand.ops.record("customers", pair.customerId)?.phone,
});

/** Writes that reached each system through our tokens: records created or updated by us. */
export const writes = ({ hubspot, ops }: Playground) => ({
  hubspot:
    hubspot.countCalls("POST", "/batch/update") + hubspot.countCalls("POST", "/batch/upsert"),
  ops: ops.calls.filter(({ operation }) => operation === "update" || operation === "create").length,
});

type Ask = { readonly action: string; readonly user?: User } & Readonly<Record<string, unknown>>;

/** What the card asks and is answered: `record` by GET, everything else by POST. */
export async function card(stand: Playground, ask: Ask): Promise<CardAnswer> {
  const response = await fetch(await cardRequest(stand, ask));
  if (response.status !== 200) throw new Error(`the card's door answers ${response.status}`);
  return cardAnswerSchema.parse(await response.json());
}

export const resolve = (
  stand: Playground,
  pair: Pair,
  conflict: Pick<CardConflict, "exceptionId" | "shown">,
  choice: Choice,
  user: User = ada,
) => {
  const { exceptionId, shown } = conflict;
  return card(stand, { action: "resolve", ...ofContact(pair), exceptionId, shown, choice, user });
};

export function cardRequest(stand: Playground, ask: Ask): Promise<Request> {
  const { action, user = ada, ...parts } = ask;
  const isGet = action === "record";
  const query = new URLSearchParams(isGet ? (parts as Record<string, string>) : {});
  for (const [name, value] of appended(user)) query.append(name, value);
  return signed(stand, {
    method: isGet ? "GET" : "POST",
    path: `/card/${action}?${query}`,
    body: isGet ? "" : JSON.stringify(parts),
  });
}

/** What HubSpot adds to the query of every request, and signs. */
export const appended = (user: User = ada): [string, string][] => [
  ["userId", String(user.userId)],
  ["userEmail", user.userEmail],
  ["portalId", String(identity.portalId)],
  ["appId", String(identity.appId)],
];

export interface Signing {
  readonly method?: string;
  readonly path: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly secret?: string;
  /** What is signed instead of the public URL of the path. */
  readonly url?: string;
  readonly at?: number;
}

/** A request to the Worker, signed as HubSpot signs (v3). */
export async function signed(stand: Playground, signing: Signing): Promise<Request> {
  const { method = "POST", path, body, at = Date.now() } = signing;
  const url = signing.url ?? `${publicUrl}${path}`;
  const headers = {
    "x-hubspot-signature-v3": signatureV3({ ...signing, method, url, at }),
    "x-hubspot-request-timestamp": String(at),
  };
  return knock(stand, { method, path, body, headers });
}

/** By node:crypto on purpose: neither the Worker's code nor the double's vouches for itself. */
export function signatureV3(
  signing: Required<Pick<Signing, "method" | "body">> & {
    readonly url: string;
    readonly at: number;
    readonly secret?: string;
  },
): string {
  const { method, url, body, at, secret = identity.hubspotClientSecret } = signing;
  const decoded = url.replace(/%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi, (code) =>
    decodeURIComponent(code),
  );
  const hmac = createHmac("sha256", secret);
  return hmac.update(method).update(decoded).update(body).update(String(at)).digest("base64");
}

export const knock = (
  stand: Playground,
  parts: {
    readonly method?: string;
    readonly path: string;
    readonly body: string | Uint8Array<ArrayBuffer>;
    readonly headers?: Readonly<Record<string, string>>;
  },
): Request => {
  const { method = "POST", path, body, headers = {} } = parts;
  return new Request(`${stand.urls.worker}${path}`, {
    method,
    headers,
    ...(method === "GET" ? {} : { body }),
  });
};

/** A delivery of the operations tool, signed as Standard Webhooks says. */
export function standardWebhook(
  stand: Playground,
  parts: {
    readonly body: string;
    readonly id?: string;
    readonly atSeconds?: number;
    readonly secret?: string;
    readonly without?: string;
  },
): Request {
  const { body, id = "msg_test", secret = identity.opsWebhookSecret } = parts;
  const at = parts.atSeconds ?? Math.floor(Date.now() / 1_000);
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${at}.${body}`).digest("base64");
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(at),
    "webhook-signature": `v1,${signature}`,
  };
  const kept = Object.entries(headers).filter(([name]) => name !== parts.without);
  return knock(stand, { path: "/webhooks/ops", body, headers: Object.fromEntries(kept) });
}

/** Rows that a question to the Worker's own store gives. */
export async function rows<T>(stand: Playground, sql: string, ...values: string[]): Promise<T[]> {
  const { results } = await stand.worker.d1
    .prepare(sql)
    .bind(...values)
    .all<T>();
  return results;
}

/** The entries of the audit of a contact's entity, of this kind. */
export const auditOf = (stand: Playground, { contactId }: Pair, kind: string) =>
  rows<{ detail: string }>(
    stand,
    `SELECT a.detail FROM audit a JOIN links l ON l.entity_id = a.entity_id
     WHERE l.system = 'hubspot' AND l.object = 'contact' AND l.record_id = ?1 AND a.kind = ?2`,
    contactId,
    kind,
  );

let barriers = 0;

/** The lines that the Worker logged while something was done. */
export async function logged(stand: Playground, act: () => Promise<unknown>) {
  const before = stand.log.at(-1);
  await act();
  await stand.quiet();
  // Lines travel through one pipe: those of what was done come before that of this request.
  barriers += 1;
  const bytes = 1_000 + barriers;
  await fetch(knock(stand, { path: "/webhooks/hubspot", body: "b".repeat(bytes) }));
  const isBarrier = ({ line }: (typeof stand.log)[number]) => line.bytes === bytes;
  await stand.until(() => stand.log.some(isBarrier));
  const from = before === undefined ? 0 : stand.log.indexOf(before) + 1;
  return stand.log.slice(from, stand.log.findIndex(isBarrier)).map(({ line }) => line);
}

/** What the control center asks, and is answered. */
export async function control<A extends ControlAction>(
  stand: Playground,
  action: A,
  asked: Asked<A>,
  user: User = ada,
): Promise<ControlReply<A>> {
  const response = await fetch(await controlRequest(stand, action, asked, user));
  if (response.status !== 200) throw new Error(`the control center answers ${response.status}`);
  const text = await response.text();
  if (text.length > 100_000) throw new Error(`${action} answers ${text.length} bytes`);
  const reply = z.union([
    z.object({ ok: z.literal(true), data: contract[action].answer }),
    refusalSchema,
  ]);
  return reply.parse(JSON.parse(text)) as ControlReply<A>;
}

/** The same, where nothing but an answer is expected. */
export async function controlled<A extends ControlAction>(
  stand: Playground,
  action: A,
  asked: Asked<A>,
  user: User = ada,
): Promise<Answered<A>> {
  const reply = await control(stand, action, asked, user);
  if (!reply.ok) throw new Error(`${action}: ${reply.error.code} ${reply.error.message}`);
  return reply.data;
}

export function controlRequest(
  stand: Playground,
  action: string,
  asked: unknown,
  user: User = ada,
): Promise<Request> {
  const path = `/control/${action}?${new URLSearchParams(appended(user))}`;
  return signed(stand, { path, body: JSON.stringify(asked) });
}
