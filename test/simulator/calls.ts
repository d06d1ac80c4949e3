/** The calls that leave the Worker: to the database, to a queue, to a system. Each is a turn. */
import type { D1Result } from "@cloudflare/workers-types";
import type { Gate } from "./d1.ts";
import { count } from "./faults.ts";
import { faultOf, type Ground } from "./ground.ts";
import type { QueueName } from "./queue.ts";

type Row = Record<string, string | number | null>;

/** D1: a call may fail before the commit, or after it with its answer lost. */
export function createGate({ clock, counts, d1, faults, hooks, scheduler }: Ground): Gate {
  let changesSeen = 0;
  return async (label, run) => {
    const commit = (): D1Result<Row>[] => {
      const results = run();
      const changes = d1.changes();
      if (changes !== changesSeen) hooks.committed();
      changesSeen = changes;
      return [...results];
    };
    const given = await scheduler.turn(label, commit);
    const isDown = clock.time < faults.d1DownUntil;
    const fault = isDown ? "overloaded" : faultOf(given, faults.d1);
    if (fault !== null) count(counts, "F26");
    if (fault === "before") throw new Error("D1_ERROR: Network connection lost.");
    if (fault === "overloaded") {
      throw new Error("D1_ERROR: D1 DB is overloaded. Requests queued for too long.");
    }
    const results = commit();
    if (fault === "after") throw new Error("D1_ERROR: Network connection lost.");
    return results;
  };
}

export type Send = (queue: QueueName, body: unknown, delaySeconds: number) => Promise<void>;

export function createSend({ counts, faults, queues, scheduler }: Ground): Send {
  return async (queue, body, delaySeconds) => {
    const put = () => queues.send(queue, body, delaySeconds * 1_000);
    const fault = faultOf(await scheduler.turn(`send ${queue}`, put), faults.send);
    if (fault !== null) count(counts, "F27");
    if (fault === "before") throw new Error("Queue is overloaded. Please back off.");
    put();
    if (fault === "after") throw new Error("Internal Server Error");
  };
}

export type Fetch = (request: Request) => Promise<Response>;

/** To a system: the request is one turn, its answer another. */
export function createFetch(
  { counts, faults, hooks, scheduler }: Ground,
  doubles: Readonly<Record<string, { readonly fetch: Fetch }>>,
): Fetch {
  return async (request) => {
    const url = new URL(request.url);
    const system = url.hostname.split(".")[0] ?? "";
    const double = doubles[system];
    if (double === undefined) throw new TypeError(`fetch failed: nobody at ${url.host}`);
    const text = request.method === "GET" ? "" : await request.text();
    const body: unknown = text === "" ? null : JSON.parse(text);
    const call = { system, path: url.pathname, body, task: scheduler.current() };
    const carryOut = async () => {
      const { method, headers } = request;
      hooks.requested(call);
      let ok = false;
      try {
        const sent = { method, headers, body: text === "" ? null : text };
        const response = await double.fetch(new Request(request.url, sent));
        ok = response.ok;
        return response;
      } finally {
        hooks.carriedOut(call, ok);
      }
    };
    const label = `${system} ${request.method} ${url.pathname}`;
    const given = await scheduler.turn(label, () => carryOut().catch(() => undefined));
    const fault = faultOf(given, faults.network[system] ?? []);
    if (fault === "before") {
      count(counts, "F12");
      throw new TypeError("fetch failed");
    }
    const response = await carryOut();
    const back = await scheduler.turn(`${label} ${response.status}`);
    if (fault === "after" || back !== "go") {
      count(counts, "F13");
      throw new TypeError("fetch failed");
    }
    return response;
  };
}
