/**
 * Speaks to any REST tool that a profile describes. Rows are matched by id, never by position;
 * a write without an answer of its own is unknown, never done and never failed.
 */
import type { SystemId } from "../../../shared/record.ts";
import { heldKey } from "../../core/canonical.ts";
import type { ObjectMapping } from "../../core/rules.ts";
import {
  type Connector,
  ConnectorError,
  type Delivery,
  type IncomingWebhook,
  type Outside,
  type Poke,
  type ReadAnswer,
  until,
} from "../connector.ts";
import { chunked, halves, stopsAll } from "./batches.ts";
import { type Context, call, orThrow } from "./client.ts";
import { toActor, toFields, toSystemRecord } from "./fields.ts";
import { findAll, findCreated } from "./find.ts";
import { limits } from "./limits.ts";
import type { Exchange, RestEvent, RestProfile, RestRow } from "./profile.ts";
import { verifySecret, verifyWebhook } from "./standard-webhooks.ts";
import { writeAll } from "./write.ts";

export interface RestOptions {
  readonly system: SystemId;
  /** What people call the tool. */
  readonly label: string;
  /** Its API. */
  readonly baseUrl: string;
  readonly token: string;
  /** Of its webhooks; several while one is being replaced. */
  readonly webhookSecrets: readonly string[];
  /** Our own public address, where its webhooks must arrive. */
  readonly publicUrl: string;
  /** Where people open it; null if there is no such place. */
  readonly pagesUrl: string | null;
  readonly mappings: readonly ObjectMapping[];
  /** Our own actor id in the tool: what it did is an echo. */
  readonly clientId: string;
  readonly profile: RestProfile;
  readonly outside: Outside;
}

export function restConnector(options: RestOptions): Connector {
  const { system, profile } = options;
  const context: Context = {
    ...options,
    reader: (mapping) => ({
      mapping,
      clientId: options.clientId,
      urlOf: (object, id) =>
        options.pagesUrl === null
          ? null
          : options.pagesUrl.replace(/\/+$/, "") + profile.recordPath(object, id),
    }),
  };
  return {
    system,
    capabilities: profile.capabilities,
    read: (mapping, ids) => readAll(context, mapping, ids),
    find: (mapping, field, values) => findAll(context, mapping, field, values),
    findByKey: (mapping, keys) => findCreated(context, mapping, keys),
    write: (mapping, operations, by) =>
      writeAll({ ...context, outside: until(context.outside, by) }, mapping, operations),
    ...walks(context),
    verify: (request) => verify(options, request),
    delivery: async (body) => delivery(options, body),
  };
}

async function readAll(
  context: Context,
  mapping: ObjectMapping,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ReadAnswer>> {
  const answers = new Map<string, ReadAnswer>();
  const { readBatch } = context.profile.capabilities;
  const chunks = chunked([...new Set(ids)], readBatch);
  let bisectCalls = limits.bisectCallsMax;
  for (let chunk = chunks.shift(); chunk; chunk = chunks.shift()) {
    const answer = await call(context, context.profile.read, mapping.systemObject, chunk);
    if (answer.kind === "ok") {
      const { rows, missing } = answer.value;
      const found = new Map(rows.map((row) => [row.id, row]));
      for (const id of chunk) {
        answers.set(id, readAnswer(context, mapping, found.get(id), missing.includes(id)));
      }
      continue;
    }
    const { error } = answer;
    if (error.kind === "skip_record" && chunk.length > 1 && bisectCalls > 0) {
      bisectCalls -= 2;
      chunks.unshift(...halves(chunk));
      continue;
    }
    for (const id of chunk) answers.set(id, { kind: "unknown", error });
    if (!stopsAll(error)) continue;
    for (const id of chunks.splice(0).flat()) answers.set(id, { kind: "unknown", error });
  }
  return answers;
}

function readAnswer(
  context: Context,
  mapping: ObjectMapping,
  row: RestRow | undefined,
  missing: boolean,
): ReadAnswer {
  if (row) return { kind: "found", record: toSystemRecord(context.reader(mapping), row) };
  if (missing) return { kind: "missing" };
  const message = `${context.label} did not answer for this record.`;
  return { kind: "unknown", error: new ConnectorError("retry", context.system, message) };
}

/** Only the verbs for which the tool has something. */
function walks(context: Context): Pick<Connector, "list" | "changes" | "describe"> {
  const { list, changes, describe } = context.profile;
  const ask = async <Ask, Reply>(exchange: Exchange<Ask, Reply>, object: string, what: Ask) =>
    orThrow(await call(context, exchange, object, what));
  return {
    ...(list && {
      list: async (mapping, cursor) => {
        const { items, ...page } = await ask(list, mapping.systemObject, cursor);
        const reader = context.reader(mapping);
        return { ...page, items: items.map((row) => toSystemRecord(reader, row)) };
      },
    }),
    ...(changes && {
      changes: (mapping, from) => ask(changes, mapping.systemObject, from),
    }),
    ...(describe && {
      describe: async (mapping) => ({
        properties: await ask(describe, mapping.systemObject, null),
      }),
    }),
  };
}

/** The signature does not cover the address, so that it is compared by itself. */
async function verify(options: RestOptions, request: IncomingWebhook): Promise<string | null> {
  if (request.method !== "POST") return "a webhook is a POST request";
  if (new URL(request.url).origin !== new URL(options.publicUrl).origin) {
    return "the webhook was sent to another address";
  }
  const secrets = options.webhookSecrets;
  const { webhooks } = options.profile;
  if (webhooks === "standard") return verifyWebhook({ ...request, secrets });
  return verifySecret(request.headers.get(webhooks.secretHeader), secrets);
}

function delivery(options: RestOptions, body: Uint8Array): Delivery {
  const { system, profile, mappings } = options;
  let events: readonly RestEvent[];
  try {
    events = profile.events(
      JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body)),
    );
  } catch (cause) {
    throw new ConnectorError("give_up", system, "The webhook is not understood.", { cause });
  }
  if (events.length > limits.deliveryEventsMax) {
    throw new ConnectorError("give_up", system, "The webhook holds too many events.");
  }
  const pokes = new Map<string, Poke>();
  const ignored: Record<string, number> = {};
  for (const event of events) {
    const mapping = mappings.find((each) => each.systemObject === event.object);
    if (mapping) {
      const poke = toPoke(options, mapping, event);
      const key = `${poke.object}/${poke.recordId}`;
      pokes.set(key, joined(pokes.get(key), poke));
    } else ignored.unmapped_object = (ignored.unmapped_object ?? 0) + 1;
  }
  return { pokes: [...pokes.values()], ignored };
}

/** Two events of one record claim something only if both do, and do not contradict each other. */
function joined(first: Poke | undefined, second: Poke): Poke {
  if (!first) return second;
  const echo = first.echo && second.echo && { ...first.echo, ...second.echo };
  const contradicted = Object.entries(first.echo ?? {}).some(([field, value]) => {
    const later = second.echo?.[field];
    return later !== undefined && heldKey(later) !== heldKey(value);
  });
  return { ...first, ...second, echo: contradicted ? null : echo };
}

function toPoke(options: RestOptions, mapping: ObjectMapping, event: RestEvent): Poke {
  // What is not signed may be changed on the way, and claims nothing.
  const believed = options.profile.webhooks === "standard";
  const own = believed && toActor(options.clientId, event.actor)?.kind === "self";
  return {
    system: options.system,
    object: mapping.object,
    recordId: event.id,
    echo: own && event.kind === "set" ? toFields(withoutReferences(mapping), event.changed) : null,
    ...(event.kind === "erased" ? { erased: true } : {}),
  };
}

/** A poke cannot say in our terms what a reference leads to; that it was ours says enough. */
const withoutReferences = (mapping: ObjectMapping): ObjectMapping => ({
  ...mapping,
  fields: mapping.fields.filter(({ type }) => !type.kind.startsWith("reference")),
});
