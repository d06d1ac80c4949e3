/**
 * `npm start`: the playground on fixed ports, its state kept in .playground/ between starts.
 * `--fresh` begins anew. Ctrl-C ends all of it.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { addresses, identity } from "./addresses.ts";
import { appPath, settingsPath } from "./host/pages.ts";
import { startHosted } from "./hosted.ts";

const folder = join(fileURLToPath(new URL("../..", import.meta.url)), ".playground", "state");
const portOf = (url: string): number => Number(new URL(url).port);

const startedAt = Date.now();
console.log("Starting the playground ...");
const playground = await startHosted({
  folder,
  fresh: process.argv.includes("--fresh"),
  ports: {
    home: portOf(addresses.home),
    hubspot: portOf(addresses.hubspot),
    ops: portOf(addresses.ops),
    slack: portOf(addresses.slack),
    worker: portOf(addresses.worker),
  },
});
await playground.quiet(30_000).catch(() => undefined);
await playground.applyLaterEdits();

const record = async (object: string, typeId: string): Promise<string> => {
  const { results } = await playground.worker.d1
    .prepare(
      `SELECT l.record_id FROM exceptions x JOIN links l ON l.entity_id = x.entity_id
       WHERE l.system = 'hubspot' AND x.object = ?1 AND x.kind = 'conflict'
         AND x.status <> 'settled' ORDER BY x.opened_at LIMIT 1`,
    )
    .bind(object)
    .all<{ record_id: string }>();
  const [open] = results;
  const plural = object === "contact" ? "contacts" : "deals";
  const id = open?.record_id ?? playground.hubspot.records(plural)[0]?.id ?? "";
  return `${playground.homeUrl}/contacts/${identity.portalId}/record/${typeId}/${id}`;
};

const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1);
console.log(`
Up after ${seconds} s. Nothing here is HubSpot; everything behaves as it does.

  Start here             ${playground.homeUrl}/
  A contact that differs ${await record("contact", "0-1")}
  A deal that differs    ${await record("deal", "0-3")}
  Control center         ${playground.homeUrl}${appPath(identity.portalId, identity.appId)}
  Settings               ${playground.homeUrl}${settingsPath(identity.portalId, identity.appId)}
  HubSpot, editable      ${playground.homeUrl}/hubspot
  Operations, editable   ${playground.homeUrl}/ops
  Slack                  ${playground.homeUrl}/slack
  What the sync does     ${playground.homeUrl}/log

State is kept in .playground/state; \`npm start -- --fresh\` begins anew. Ctrl-C ends it.`);

const saving = setInterval(() => playground.save(), 5_000);
let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  clearInterval(saving);
  await playground.stop();
  process.exit(0);
}
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
