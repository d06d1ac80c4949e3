/**
 * Webhooks as HubSpot sends them: events of subscriptions, in signed batches of at most 100,
 * retried up to ten times over a day, in no order, at least once.
 *
 * Nothing here waits: whoever owns the clock calls `pump` when `nextDueAt` has come.
 */
import type { Fault, FaultKind } from "./faults.ts";
import { signatureHeaders } from "./signature.ts";
import {
  type Batch,
  type Change,
  type Portal,
  resolveType,
  type Source,
  type WebhookEvent,
} from "./state.ts";
import { webhookValue } from "./values.ts";

/** The `config` of webhooks-hsmeta.json. */
export interface WebhookConfig {
  readonly settings?: { readonly maxConcurrentRequests?: number };
  readonly subscriptions: {
    readonly crmObjects?: readonly Subscription[];
    readonly legacyCrmObjects?: readonly Subscription[];
    readonly hubEvents?: readonly Subscription[];
  };
}

export interface Subscription {
  readonly subscriptionType: string;
  readonly objectType?: string;
  readonly propertyName?: string;
  readonly active?: boolean;
}

export interface WebhookTarget {
  /** The public URL, which signatures cover. */
  readonly targetUrl: string;
  /** Delivers the request; should give up after `webhookTimeoutMs`. */
  readonly send: (request: Request) => Promise<Response>;
  /** How long HubSpot gathers events before the first try. */
  readonly gatherMs?: number;
}

/** An answer later than this counts as none. */
export const webhookTimeoutMs = 5_000;

const batchMax = 100;
const minuteMs = 60_000;
/** Ten retries within a day; each is shortened by up to a fifth, at random. */
const retryDelaysMs = [1, 3, 8, 20, 45, 90, 180, 300, 360, 420].map((each) => each * minuteMs);

export function createWebhooks(
  portal: () => Portal,
  config: WebhookConfig,
  target: WebhookTarget,
  clientSecret: string,
) {
  const listed = subscriptions(config);
  const concurrent = config.settings?.maxConcurrentRequests ?? 10;
  return {
    announce(change: Change, source: Source): void {
      for (const subscription of listed) {
        const event = eventFor(portal(), subscription, change, source);
        if (event !== null) enqueue(portal(), event, target.gatherMs ?? 0);
      }
    },
    /** Sends what is due, and says how many requests that were. */
    async pump(): Promise<number> {
      const due = takeDue(portal());
      for (let at = 0; at < due.length; at += concurrent) {
        const now = due.slice(at, at + concurrent);
        await Promise.all(now.map((batch) => deliver(portal(), batch, target, clientSecret)));
      }
      return due.length;
    },
    nextDueAt(): number | null {
      let first: number | null = null;
      const { pending, batches } = portal().state;
      for (const { dueAt } of [...pending, ...batches]) {
        if (first === null || dueAt < first) first = dueAt;
      }
      return first;
    },
  };
}

interface ListedSubscription extends Subscription {
  readonly id: number;
  readonly form: "generic" | "classic";
}

function subscriptions(config: WebhookConfig): ListedSubscription[] {
  const { crmObjects = [], legacyCrmObjects = [], hubEvents = [] } = config.subscriptions;
  const generic = crmObjects.map((each) => ({ ...each, form: "generic" as const }));
  const classic = [...legacyCrmObjects, ...hubEvents].map((each) => ({
    ...each,
    form: "classic" as const,
  }));
  return [...generic, ...classic]
    .map((each, index) => ({ ...each, id: 2_000_001 + index }))
    .filter((each) => each.active !== false);
}

function eventFor(
  portal: Portal,
  subscription: ListedSubscription,
  change: Change,
  source: Source,
): WebhookEvent | null {
  const [prefix = "", kind] = subscription.subscriptionType.split(".");
  if (kind !== change.kind) return null;
  const named = subscription.form === "generic" ? (subscription.objectType ?? "") : prefix;
  if (resolveType(portal, named)?.objectTypeId !== change.typeId) return null;
  if (change.kind === "propertyChange" && subscription.propertyName !== change.property) {
    return null;
  }
  const type = subscription.subscriptionType;
  return {
    eventId: eventId(portal, type),
    subscriptionId: subscription.id,
    portalId: portal.portalId,
    appId: portal.appId,
    occurredAt: portal.now() + (strike(portal, "webhook_skew", type)?.ms ?? 0),
    subscriptionType: type,
    attemptNumber: 0,
    ...details(portal, subscription, change),
    ...(subscription.form === "generic" ? { objectTypeId: change.typeId } : {}),
    changeSource: source.changeSource,
    sourceId: source.sourceId,
  };
}

function details(
  portal: Portal,
  subscription: ListedSubscription,
  change: Change,
): Record<string, unknown> {
  const objectId = Number(change.id);
  switch (change.kind) {
    case "creation":
      return { objectId, changeFlag: subscription.form === "generic" ? "CREATED" : "NEW" };
    case "deletion":
      return { objectId, changeFlag: "DELETED" };
    case "restore":
      return { objectId, changeFlag: "RESTORED" };
    case "privacyDeletion":
      return { objectId };
    case "propertyChange": {
      const definition = portal.state.objects[change.typeId]?.properties[change.property];
      const lie = strike(portal, "webhook_lie", subscription.subscriptionType) !== null;
      const propertyValue = lie ? "not this" : webhookValue(definition, change.value);
      const sensitive = subscription.form === "generic" ? { isSensitive: false } : {};
      return { objectId, propertyName: change.property, propertyValue, ...sensitive };
    }
    case "merge":
      return {
        objectId: Number(change.primaryId),
        primaryObjectId: Number(change.primaryId),
        mergedObjectIds: change.mergedIds.map(Number),
        newObjectId: objectId,
        numberOfPropertiesMoved: change.moved,
      };
    case "associationChange":
      return associationDetails(portal, subscription, change);
  }
}

function associationDetails(
  portal: Portal,
  subscription: ListedSubscription,
  change: Change & { readonly kind: "associationChange" },
): Record<string, unknown> {
  const name = (typeId: string) => portal.state.objects[typeId]!.name.toUpperCase();
  return {
    fromObjectId: Number(change.id),
    toObjectId: Number(change.toId),
    associationRemoved: change.removed,
    associationType: `${name(change.typeId)}_TO_${name(change.toTypeId)}`,
    ...(subscription.form === "generic"
      ? {
          fromObjectTypeId: change.typeId,
          toObjectTypeId: change.toTypeId,
          associationTypeId: change.type.typeId,
          associationCategory: change.type.category,
          isPrimaryAssociation: change.primary,
        }
      : {}),
  };
}

function eventId(portal: Portal, subscriptionType: string): number {
  const same = strike(portal, "webhook_same_event_id", subscriptionType);
  return same === null ? Math.floor(portal.random() * 4_294_967_296) : 100;
}

function enqueue(portal: Portal, event: WebhookEvent, gatherMs: number): void {
  const type = String(event.subscriptionType);
  if (strike(portal, "webhook_drop", type) !== null) return;
  const delay = strike(portal, "webhook_delay", type)?.ms ?? 0;
  const dueAt = portal.now() + gatherMs + delay;
  portal.state.pending.push({ event, dueAt });
  const again = strike(portal, "webhook_duplicate", type);
  // The copy comes in a request of its own, and not necessarily as the second.
  if (again !== null) portal.state.pending.push({ event, dueAt: dueAt + (again.ms ?? 1) });
}

function takeDue(portal: Portal): Batch[] {
  const now = portal.now();
  const { state } = portal;
  const events = state.pending.filter((each) => each.dueAt <= now).map((each) => each.event);
  const batches = state.batches.filter((each) => each.dueAt <= now);
  state.pending = state.pending.filter((each) => each.dueAt > now);
  state.batches = state.batches.filter((each) => each.dueAt > now);
  const reorder = events.length > 1 ? strike(portal, "webhook_reorder", "") : null;
  const ordered = reorder === null ? events : shuffled(events, portal.random);
  for (let at = 0; at < ordered.length; at += batchMax) {
    batches.push({ events: ordered.slice(at, at + batchMax), attempt: 0, dueAt: now });
  }
  state.inFlight.push(...batches);
  return batches;
}

async function deliver(
  portal: Portal,
  batch: Batch,
  target: WebhookTarget,
  clientSecret: string,
): Promise<void> {
  const startedAt = portal.now();
  const accepted = await attempt(portal, batch, target, clientSecret);
  portal.state.inFlight = portal.state.inFlight.filter((each) => each !== batch);
  if (accepted && portal.now() - startedAt <= webhookTimeoutMs) return;
  const delay = retryDelaysMs[batch.attempt];
  if (delay === undefined) {
    portal.state.lost += 1;
    return;
  }
  const jitter = 1 - portal.random() / 5;
  const dueAt = startedAt + Math.round(delay * jitter);
  portal.state.batches.push({ ...batch, attempt: batch.attempt + 1, dueAt });
}

/** Signed afresh at every try. Anything but a 2xx asks for another. */
async function attempt(
  portal: Portal,
  batch: Batch,
  target: WebhookTarget,
  clientSecret: string,
): Promise<boolean> {
  const events: WebhookEvent[] = batch.events.map((event) => ({
    ...event,
    attemptNumber: batch.attempt,
  }));
  if (strike(portal, "webhook_foreign", "") !== null) {
    events.push({ ...events[0], portalId: portal.portalId + 1, attemptNumber: batch.attempt });
    events.push({ ...events[0], appId: portal.appId + 1, attemptNumber: batch.attempt });
    events.push({ ...events[0], subscriptionType: "object.future", attemptNumber: 0 });
  }
  const body = JSON.stringify(events);
  const stale = strike(portal, "webhook_stale_signature", "") === null ? 0 : 301_000;
  const forged = strike(portal, "webhook_forged", "") === null ? "" : "x";
  const signed = {
    clientSecret: clientSecret + forged,
    method: "POST",
    uri: target.targetUrl,
    body,
  };
  const headers = {
    "content-type": "application/json",
    "user-agent":
      "HubSpot Connect 2.0 (http://dev.hubspot.com/) (namespace: webhooks-nio-http-client)",
    ...(await signatureHeaders(signed, portal.now() - stale)),
  };
  try {
    const request = new Request(target.targetUrl, { method: "POST", headers, body });
    const response = await target.send(request);
    await response.body?.cancel();
    return response.ok;
  } catch {
    // No answer is as good as a refusal: HubSpot tries again.
    return false;
  }
}

function strike(portal: Portal, kind: FaultKind, name: string): Fault | null {
  return portal.faults.strike([kind], { method: "WEBHOOK", name })?.fault ?? null;
}

export function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const result = [...list];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const pick = Math.floor(random() * (last + 1));
    [result[last], result[pick]] = [result[pick]!, result[last]!];
  }
  return result;
}
