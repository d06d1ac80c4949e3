/**
 * Speaks to any REST tool that a profile describes. Rows are matched by id, never by position;
 * a write without an answer of its own is unknown, never done and never failed.
 */
import type { CanonicalValue, FieldName, SystemId, SystemRecord } from "../../../shared/record.ts";
import { canonical, heldKey } from "../../core/canonical.ts";
import type { ObjectMapping } from "../../core/rules.ts";
import {
  type Connector,
  ConnectorError,
  type Delivery,
  type IncomingWebhook,
  type Outside,
  type Poke,
  type ReadAnswer,
} from "../connector.ts";
import { chunked, halves, stopsAll } from "./batches.ts";
import { type Context, call, orThrow } from "./client.ts";
import { toActor, toFields, toSearchValue, toSystemRecord } from "./fields.ts";
import { limits } from "./limits.ts";
import type { Exchange, RestEvent, RestProfile, RestRequest, RestRow } from "./profile.ts";
import { verifyWebhook } from "./standard-webhooks.ts";
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
    write: (mapping, operations) => writeAll(context, mapping, operations),
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
    const { read } = context.profile;
    const answer = await call(context, read.request(mapping.systemObject, chunk), read.reply);
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

async function findAll(
  context: Context,
  mapping: ObjectMapping,
  field: FieldName,
  values: readonly CanonicalValue[],
): Promise<readonly SystemRecord[]> {
  const mapped = mapping.fields.find((each) => each.field === field);
  if (!mapped) throw new Error(`${field} is not kept in ${context.system}`);
  const sought = values.map((value) => toSearchValue(mapped, value));
  const wanted = new Set(values.map((value) => canonicalKey(value)));
  const written = sought.filter((each) => each !== null);
  const rows = await search(context, mapping, mapped.property, written);
  return rows
    .filter((row) => !row.archived)
    .map((row) => toSystemRecord(context.reader(mapping), row))
    .filter((record) => {
      const held = record.fields[field];
      return held?.kind === "held" && held.value !== null && wanted.has(heldKey(held.value));
    });

  function canonicalKey(value: CanonicalValue): string {
    const form = mapped ? canonical(mapped.type, value) : null;
    return heldKey(form?.kind === "held" ? form.value : value);
  }
}

async function findCreated(
  context: Context,
  mapping: ObjectMapping,
  keys: readonly string[],
): Promise<ReadonlyMap<string, SystemRecord>> {
  const rows = await search(context, mapping, context.profile.keyProperty, keys);
  return new Map(
    rows
      .filter((row) => row.key !== null && keys.includes(row.key))
      .map((row) => [row.key ?? "", toSystemRecord(context.reader(mapping), row)]),
  );
}

async function search(
  context: Context,
  mapping: ObjectMapping,
  property: string,
  values: readonly string[],
): Promise<readonly RestRow[]> {
  const { capabilities, search: exchange } = context.profile;
  const rows = new Map<string, RestRow>();
  for (const chunk of chunked([...new Set(values)], capabilities.readBatch)) {
    let cursor: string | null = null;
    for (let page = 0; ; page += 1) {
      if (page === limits.searchPagesMax) {
        const message = `${context.label} finds too many records by ${property}.`;
        throw new ConnectorError("give_up", context.system, message);
      }
      const request = exchange.request(mapping.systemObject, { property, values: chunk, cursor });
      const found = orThrow(await call(context, request, exchange.reply));
      for (const row of found.rows) rows.set(row.id, row);
      if (found.next === null) break;
      cursor = found.next;
    }
  }
  return [...rows.values()];
}

/** Only the verbs for which the tool has something. */
function walks(context: Context): Pick<Connector, "list" | "changes" | "describe"> {
  const { list, changes, describe } = context.profile;
  const ask = async <Ask, Reply>(exchange: Exchange<Ask, Reply>, object: string, what: Ask) => {
    let request: RestRequest;
    try {
      request = exchange.request(object, what);
    } catch (cause) {
      const message = `${context.label}: this is not one of its cursors.`;
      throw new ConnectorError("give_up", context.system, message, { cause });
    }
    return orThrow(await call(context, request, exchange.reply));
  };
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
  return verifyWebhook({ ...request, secrets: options.webhookSecrets });
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
  const own = toActor(options.clientId, event.actor)?.kind === "self";
  return {
    system: options.system,
    object: mapping.object,
    recordId: event.id,
    echo: own && event.kind === "set" ? toFields(mapping, event.changed) : null,
    ...(event.kind === "erased" ? { erased: true } : {}),
  };
}
