/**
 * What the way of one change costs, end to end: the real Worker in workerd between both doubles,
 * with the batch wait of production. Every figure is counted where it is paid: calls in the
 * doubles, round trips and rows in the Worker's own log.
 */
import { type Playground, startPlayground } from "../playground/playground.ts";
import { workerConfig } from "../playground/worker.ts";

const load = {
  records: 500,
  employers: 20,
  edits: 10_000,
  /** Offered faster than it can be worked on: a hundred edits at a time. */
  editsEveryMs: 50,
  batch: 100,
  singles: 40,
  singleEveryMs: 200,
} as const;

/** One entity, by its id in each system. */
interface Pair {
  readonly contactId: string;
  readonly customerId: string;
}

/** One way for a change to go: somebody edits the job title, and it arrives. */
interface Way {
  edit(playground: Playground, pair: Pair, title: string): void;
  arrived(playground: Playground, pair: Pair, title: string): boolean;
}

const fromHubSpot: Way = {
  edit: ({ hubspot }, { contactId }, jobtitle) =>
    hubspot.person(71_001).update("contacts", contactId, { jobtitle }),
  arrived: ({ ops }, { customerId }, title) => ops.record("customers", customerId)?.role === title,
};

const fromOps: Way = {
  edit: ({ ops }, { customerId }, role) =>
    void ops.person("Dev Raman").update("customers", customerId, { role }),
  arrived: ({ hubspot }, { contactId }, title) =>
    hubspot.portal.state.records["0-1"]?.[contactId]?.history.jobtitle?.[0]?.value === title,
};

export async function bench() {
  const playground = await startPlayground({
    ports: { hubspot: 0, ops: 0, slack: 0, worker: 0 },
    empty: true,
  });
  try {
    const pairs = await grow(playground);
    const outward = await latencies(playground, pairs, fromHubSpot);
    const inward = await latencies(playground, pairs, fromOps);
    const batch = pairs.slice(0, load.batch);
    const per100 = {
      hubspotToOps: await cost(playground, batch, fromHubSpot),
      opsToHubSpot: await cost(playground, batch, fromOps),
    };
    const throughput = await flood(playground, pairs);
    const costs = Object.values(per100);
    const [queue] = workerConfig().queues.consumers;
    return {
      eventsPerSecond: throughput.eventsPerSecond,
      ...percentiles([...outward, ...inward]),
      hubspotCallsPer100: Math.max(...costs.map(({ hubspot }) => callsIn(hubspot))),
      opsCallsPer100: Math.max(...costs.map(({ ops }) => callsIn(ops))),
      d1RoundTripsPer100: Math.max(...costs.map(({ d1 }) => d1.job.roundTrips)),
      d1RowsWrittenPerEvent: Math.max(...costs.map((one) => rowsOf(one) / load.batch)),
      coldStartMs: await coldStart(playground),
      latency: { hubspotToOps: percentiles(outward), opsToHubSpot: percentiles(inward) },
      per100,
      throughput,
      load,
      queue: {
        batchWaitMs: (queue?.max_batch_timeout ?? 0) * 1_000,
        messagesPerBatch: queue?.max_batch_size,
        // Miniflare runs one batch of a queue after the other.
        concurrency: 1,
      },
    };
  } finally {
    await playground.stop();
  }
}

/** Records on one side, until each has its counterpart. */
async function grow(playground: Playground): Promise<Pair[]> {
  const { hubspot, ops } = playground;
  const hand = hubspot.person(71_001);
  const employers = Array.from({ length: load.employers }, (_, index) =>
    hand.create("companies", { name: `Bench ${index}`, domain: `bench${index}.example.com` }),
  );
  const ids = Array.from({ length: load.records }, (_, index) => {
    const properties = {
      email: `bench${index}@example.com`,
      firstname: "Bench",
      jobtitle: "Before",
    };
    const id = hand.create("contacts", properties);
    hand.associate("contacts", id, "companies", employers[index % employers.length]!, 1);
    return id;
  });
  await playground.until(() => ops.records("customers").length === ids.length, 60_000);
  await playground.quiet(60_000);
  const customerIds = new Map(ops.records("customers").map((row) => [row.email, row.id]));
  return ids.map((contactId, index) => ({
    contactId,
    customerId: customerIds.get(`bench${index}@example.com`) ?? "",
  }));
}

/** From the edit, which is at most one pump before its webhook, to the other system holding it. */
async function latencies(playground: Playground, pairs: readonly Pair[], way: Way) {
  const tookMs: number[] = [];
  const waiting: Promise<void>[] = [];
  for (const [index, pair] of pairs.slice(0, load.singles).entries()) {
    const title = `Single ${index} ${Date.now()}`;
    const editedAt = performance.now();
    way.edit(playground, pair, title);
    const arrived = playground.until(() => way.arrived(playground, pair, title));
    waiting.push(arrived.then(() => void tookMs.push(performance.now() - editedAt)));
    await passes(load.singleEveryMs);
  }
  await Promise.all(waiting);
  await playground.quiet();
  return tookMs;
}

function percentiles(tookMs: readonly number[]) {
  const sorted = [...tookMs].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
  return { p50Ms: at(0.5), p95Ms: at(0.95) };
}

/** What a hundred records changed in one delivery cost: the change itself, then its echoes. */
async function cost(playground: Playground, pairs: readonly Pair[], way: Way) {
  const { hubspot, ops, log } = playground;
  await playground.quiet();
  const startedAt = Date.now();
  const since = (at: number) => at >= startedAt;
  const title = `Batch ${startedAt}`;
  for (const pair of pairs) way.edit(playground, pair, title);
  const lines = (event: string) =>
    log.filter(({ at, line }) => since(at) && line.event === event).map(({ line }) => line);
  const pokes = () => sum(lines("sync.attempted"), "pokes");
  await playground.until(() => pairs.every((pair) => way.arrived(playground, pair, title)));
  await playground.until(() => pokes() >= pairs.length);
  const changedAt = Date.now();
  await playground.quiet();
  await playground.until(() => pokes() >= 2 * pairs.length);

  const jobs = lines("sync.attempted");
  const echoJobs = jobs.filter((line) => Number(line.writes) === 0);
  const calls = (from: number, to: number) => ({
    hubspot: hubspotCalls(hubspot.calls.filter(({ at }) => at >= from && at < to)),
    ops: opsCalls(ops.calls.filter(({ at }) => at >= from && at < to)),
  });
  return {
    ...calls(startedAt, changedAt),
    d1: {
      job: d1Of(jobs.filter((line) => Number(line.writes) > 0)),
      mailbox: d1Of(lines("webhook.stored")),
    },
    echoes: {
      pokes: sum(echoJobs, "pokes"),
      recognised: sum(echoJobs, "echoes"),
      ...calls(changedAt, Number.POSITIVE_INFINITY),
      d1: d1Of(echoJobs),
    },
  };
}

type Cost = Awaited<ReturnType<typeof cost>>;
type Line = Readonly<Record<string, unknown>>;

const sum = (lines: readonly Line[], name: string): number =>
  lines.reduce((total, line) => total + Number(line[name] ?? 0), 0);

const d1Of = (lines: readonly Line[]) => ({
  times: lines.length,
  roundTrips: sum(lines, "roundTrips"),
  rowsWritten: sum(lines, "rowsWritten"),
});

const rowsOf = ({ d1, echoes }: Cost): number =>
  d1.job.rowsWritten + d1.mailbox.rowsWritten + echoes.d1.rowsWritten;

function hubspotCalls(calls: readonly { readonly method: string; readonly path: string }[]) {
  const reads = calls.filter(({ path }) => /\/batch\/read$|\/search$/.test(path)).length;
  const writes = calls.filter(({ path }) => /\/batch\/(update|create|upsert)$/.test(path)).length;
  return { reads, writes, other: calls.length - reads - writes };
}

function opsCalls(calls: readonly { readonly operation: string }[]) {
  const reads = calls.filter(({ operation }) => /^(read|search)$/.test(operation)).length;
  const writes = calls.filter(({ operation }) => /^(update|create)$/.test(operation)).length;
  return { reads, writes, other: calls.length - reads - writes };
}

const callsIn = (counted: ReturnType<typeof opsCalls>): number =>
  counted.reads + counted.writes + counted.other;

/** Edits in both systems, each record in one of them, until the last value is everywhere. */
async function flood(playground: Playground, pairs: readonly Pair[]) {
  await playground.quiet();
  const startedAt = Date.now();
  const last = new Map<Pair, string>();
  const wayOf = (pair: Pair) => (pairs.indexOf(pair) % 2 === 0 ? fromHubSpot : fromOps);
  for (let edit = 0; edit < load.edits; edit += 1) {
    const pair = pairs[edit % pairs.length]!;
    const title = `Flood ${edit}`;
    wayOf(pair).edit(playground, pair, title);
    last.set(pair, title);
    if (edit % 100 === 99) await passes(load.editsEveryMs);
  }
  const all = () =>
    [...last].every(([pair, title]) => wayOf(pair).arrived(playground, pair, title));
  await playground.until(all, 120_000);
  const seconds = (Date.now() - startedAt) / 1_000;
  await playground.quiet(60_000);
  const jobs = playground.log
    .filter(({ at, line }) => at >= startedAt && line.event === "sync.attempted")
    .map(({ line }) => line);
  const records = sum(jobs, "entities");
  return {
    eventsPerSecond: Math.round(load.edits / seconds),
    // Edits of one record that arrive while it waits are one job.
    recordsPerSecond: Math.round(records / seconds),
    seconds,
    jobs: jobs.length,
    writes: sum(jobs, "writes"),
    echoes: sum(jobs, "echoes"),
  };
}

/** From starting workerd, with the script built already, to the first request answered. */
async function coldStart(playground: Playground): Promise<number> {
  await playground.worker.kill();
  const startedAt = performance.now();
  await playground.crashWorker();
  await fetch(`${playground.urls.worker}/healthz`);
  return Math.round(performance.now() - startedAt);
}

const passes = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
