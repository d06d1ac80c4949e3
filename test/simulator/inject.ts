/** Arms one fault: a step names it by number, so that shrinking and replaying need no more. */
import type { Fault } from "../playground/hubspot/faults.ts";
import { count, type FaultId } from "./faults.ts";
import { nextVersion, thisVersion } from "./versions.ts";
import type { World } from "./world.ts";

type Arm = (world: World, size: number) => void;
type Injection = readonly [FaultId, Arm];

/** Faults that are counted when they strike; the others when they are armed. */
const countedElsewhere = new WeakSet<Arm>();
function counted(arm: Arm): Arm {
  countedElsewhere.add(arm);
  return arm;
}

const hubspot = (fault: Fault): Arm =>
  counted((world, size) => {
    world.hubspot.faults.add({ times: 1 + (size % 3), after: size % 5, ...fault });
  });

/** Struck faults of the HubSpot double, by the number they count for. */
export const countsFor: Readonly<Partial<Record<Fault["kind"], FaultId>>> = {
  webhook_duplicate: "F1",
  webhook_same_event_id: "F2",
  webhook_reorder: "F3",
  webhook_delay: "F4",
  webhook_drop: "F5",
  webhook_foreign: "F6",
  webhook_forged: "F7",
  webhook_stale_signature: "F7",
  webhook_skew: "F9",
  webhook_lie: "F10",
  ten_secondly: "F11",
  secondly: "F11",
  daily: "F11",
  status: "F12",
  reset: "F12",
  html: "F12",
  locked: "F12",
  apply_then_reset: "F13",
  apply_then_status: "F13",
  batch_shuffled: "F14",
  batch_short: "F14",
  batch_empty: "F14",
  batch_unapplied_empty: "F14",
  search_lag: "F15",
  transient_missing: "F17",
  token_revoked: "F18",
  scope_lost: "F18",
};

const injections: readonly Injection[] = [
  ["F1", hubspot({ kind: "webhook_duplicate", ms: 40_000 })],
  ["F2", hubspot({ kind: "webhook_same_event_id", times: 4 })],
  ["F3", hubspot({ kind: "webhook_reorder" })],
  ["F4", hubspot({ kind: "webhook_delay", ms: 3 * 3_600_000 })],
  ["F5", hubspot({ kind: "webhook_drop" })],
  ["F6", hubspot({ kind: "webhook_foreign" })],
  ["F7", hubspot({ kind: "webhook_forged" })],
  ["F7", hubspot({ kind: "webhook_stale_signature" })],
  ["F9", hubspot({ kind: "webhook_skew", ms: 3_600_000 })],
  ["F10", hubspot({ kind: "webhook_lie" })],
  ["F11", hubspot({ kind: "ten_secondly" })],
  ["F11", hubspot({ kind: "daily" })],
  ["F11", hubspot({ kind: "secondly", matches: "/search" })],
  ["F12", hubspot({ kind: "status", status: 500 })],
  ["F12", hubspot({ kind: "reset" })],
  ["F12", hubspot({ kind: "html" })],
  ["F12", hubspot({ kind: "locked" })],
  ["F13", hubspot({ kind: "apply_then_reset", matches: "/batch/u" })],
  ["F13", hubspot({ kind: "apply_then_status", matches: "/batch/u", status: 504 })],
  ["F14", hubspot({ kind: "batch_shuffled" })],
  ["F14", hubspot({ kind: "batch_short", matches: "/batch/u" })],
  ["F14", hubspot({ kind: "batch_empty", matches: "/batch/u" })],
  ["F14", hubspot({ kind: "batch_unapplied_empty", matches: "/batch/u" })],
  ["F15", hubspot({ kind: "search_lag", ms: 600_000 })],
  ["F17", hubspot({ kind: "transient_missing" })],
  ["F18", hubspot({ kind: "token_revoked" })],
  ["F18", hubspot({ kind: "scope_lost" })],
  ["F1", ({ ops }) => Object.assign(ops.faults.webhooks, { copies: 2 })],
  ["F3", ({ ops }) => Object.assign(ops.faults.webhooks, { shuffle: true })],
  ["F5", ({ ops }, size) => Object.assign(ops.faults.webhooks, { dropShare: (size % 4) / 4 })],
  ["F6", ({ ops }) => Object.assign(ops.faults.webhooks, { phantoms: true })],
  [
    "F11",
    ({ ops }, size) =>
      ops.faults.inject(
        { kind: "answer", status: 429, headers: size % 2 ? { "retry-after": "7" } : {} },
        { times: 1 + (size % 3) },
      ),
  ],
  [
    "F12",
    ({ ops }, size) =>
      ops.faults.inject(size % 2 ? { kind: "refuse" } : { kind: "answer", status: 503 }, {
        times: 1 + (size % 3),
      }),
  ],
  [
    "F12",
    (world, size) => {
      world.ops.faults.downUntil = world.now() + (size % 200) * 1_000;
    },
  ],
  [
    "F13",
    ({ ops }, size) =>
      ops.faults.inject(size % 2 ? { kind: "drop" } : { kind: "garble", body: "<html>" }, {
        operation: size % 4 < 2 ? "update" : "create",
      }),
  ],
  ["F14", ({ ops }) => Object.assign(ops.faults.oddities, { permuteAnswers: true })],
  [
    "F14",
    ({ ops }, size) => Object.assign(ops.faults.oddities, { shortenAnswers: size % 3 === 0 }),
  ],
  ["F19", ({ ops }) => Object.assign(ops.faults.oddities, { normalizeValues: true })],
  ["F17", ({ ops }) => Object.assign(ops.faults.oddities, { missingUnlisted: true })],
  [
    "F12",
    ({ slack }, size) => {
      slack.faults.next.push(size % 2 ? "refuse" : { status: 429, retryAfterSeconds: 3 });
    },
  ],
  [
    "F12",
    ({ faults }, size) =>
      faults.network[size % 2 ? "hubspot" : "ops"]?.push({ kind: "before", after: size % 6 }),
  ],
  [
    "F13",
    ({ faults }, size) =>
      faults.network[size % 2 ? "hubspot" : "ops"]?.push({ kind: "after", after: size % 6 }),
  ],
  ["F26", counted(({ faults }, size) => faults.d1.push({ kind: "before", after: size % 10 }))],
  ["F26", counted(({ faults }, size) => faults.d1.push({ kind: "after", after: size % 10 }))],
  [
    "F26",
    counted((world, size) => {
      world.faults.d1DownUntil = world.now() + (size % 80) * 1_000;
    }),
  ],
  [
    "F27",
    ({ faults }, size) =>
      faults.send.push({ kind: size % 2 ? "before" : "after", after: size % 4 }),
  ],
  [
    "F27",
    ({ queues }, size) =>
      Object.assign(queues.faults, {
        duplicate: (size % 3) / 4,
        lose: (size % 4) / 8,
        delay: (size % 5) / 8,
      }),
  ],
  [
    "F28",
    ({ faults }, size) => {
      if (size % 2) faults.cronSkips += 1 + (size % 3);
      else faults.cronTwice += 1;
    },
  ],
  [
    "F9",
    ({ faults }, size) => {
      const system = size % 2 ? "hubspot" : "ops";
      faults.skewMs[system] = [1_500, -90_000, 200_000, 86_400_000, -86_400_000][size % 5] ?? 0;
    },
  ],
  [
    "F31",
    ({ faults }, size) => {
      faults.skewMs.worker = [40_000, 3_600_000, 86_400_000, 0][size % 4] ?? 0;
    },
  ],
  [
    "F22",
    (world, size) => {
      const { admin } = world.hubspot;
      const name = ["jobtitle", "phone"][size % 2] ?? "";
      if (size % 4 < 2) admin.archiveProperty("contacts", name);
      else admin.unarchiveProperty("contacts", name);
    },
  ],
];

/** Faults that keep the Worker from ever hearing of a change: only a scan finds it then. */
const deafening: ReadonlySet<FaultId> = new Set(["F5", "F7", "F9", "F22", "F31"]);

/** What later editions know besides; never anything in between. */
const laterInjections: readonly Injection[] = [
  ["F15", counted(({ hubspot }) => hubspot.faults.add({ kind: "search_lag", ms: 900_000 }))],
  ["F29", counted((world, size) => deployNext(world, size))],
  ["F29", counted((world) => rollBack(world))],
  ["F34", (world) => replaceSecrets(world, true)],
  ["F34", (world) => replaceSecrets(world, false)],
];

/** To one copy of the Worker, so that two versions run at once, or to both. */
function deployNext(world: World, size: number): void {
  // What the product is compared with has one version only.
  if (world.worker !== thisVersion) return;
  world.deploy({ version: nextVersion, isReplacing: false }, size % 3 === 0 ? undefined : size);
  if (size % 3 !== 0) count(world.counts, "F29");
  const [waiting] = world.d1.all("SELECT count(*) AS n FROM pokes");
  const isBusy = [...world.scheduler.live].some(({ isolate }) => isolate !== null);
  if (isBusy || Number(waiting?.n) > 0) count(world.counts, "F37");
}

const rollBack = (world: World): void =>
  world.deploy({ version: world.worker, isReplacing: false });

const replaceSecrets = (world: World, isReplacing: boolean): void =>
  world.deploy({ version: world.worker, isReplacing });

export function inject(world: World, fault: number, size: number): string {
  const { edition, heard } = world.habits;
  const known = edition === 1 ? injections : [...injections, ...laterInjections];
  const index = fault % known.length;
  const [id, arm] = known[index]!;
  if (heard && deafening.has(id)) return `${id} (${index}) not here`;
  arm(world, size);
  if (!countedElsewhere.has(arm)) count(world.counts, id);
  return `${id} (${index})`;
}

/** Adds what the HubSpot double counted by itself. */
export function countStruck(world: World): void {
  for (const [kind, id] of Object.entries(countsFor)) {
    const times = world.hubspot.faults.struck[kind as Fault["kind"]] ?? 0;
    if (times > 0) count(world.counts, id, times);
  }
}
