/**
 * A scripted day in the playground, headless: people edit both tools, things break, a rep settles a
 * conflict in a real browser. Prints what happened, and exits non-zero if anything is wrong.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { launch, openRecord } from "../browser/chromium.ts";
import { identity } from "./addresses.ts";
import { type HostedPlayground, startHosted } from "./hosted.ts";
import type { OpsRecord } from "./ops/wire.ts";

interface Step {
  readonly name: string;
  /** Returns what was seen; throws if it is not what is promised. */
  readonly run: (day: Day) => Promise<string>;
}

interface Day {
  readonly playground: HostedPlayground;
  readonly page: Page;
}

const ada = 71_001;
const mail = (name: string): string => `${name}@demo.example`;

const steps: readonly Step[] = [
  { name: "A record made in HubSpot appears once in operations", run: madeInHubSpot },
  { name: "A record made in operations appears once in HubSpot", run: madeInOps },
  { name: "An edit in HubSpot reaches operations", run: hubspotToOps },
  { name: "An edit in operations reaches HubSpot", run: opsToHubSpot },
  { name: "Edits of different fields merge without a conflict", run: differentFields },
  { name: "The same field by newest: the later edit wins, the loser is kept", run: newestWins },
  { name: "A conflict reaches Slack and is settled in the card in two clicks", run: conflict },
  { name: "Every webhook three times and shuffled: no extra write", run: repeatedWebhooks },
  { name: "Operations down for a while, then everything catches up", run: outage },
  { name: "The Worker killed between write and commit: converges, no duplicate", run: crash },
];

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "crm-sync-demo-"));
  const playground = await startHosted({ folder });
  const rows: { step: string; result: string; took: string }[] = [];
  let failed = 0;
  try {
    await playground.quiet(60_000);
    const browser = await launch();
    try {
      const page = await browser.newPage();
      for (const step of steps) {
        const startedAt = Date.now();
        const result = await step.run({ playground, page }).catch((error: unknown) => {
          failed += 1;
          return `WRONG: ${error instanceof Error ? error.message : String(error)}`;
        });
        rows.push({ step: step.name, result, took: `${Date.now() - startedAt} ms` });
        console.log(`${result.startsWith("WRONG") ? "✗" : "✓"} ${step.name}: ${result}`);
      }
    } finally {
      await browser.close();
    }
  } finally {
    await playground.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  console.table(rows);
  console.log(failed === 0 ? "Everything as promised." : `${failed} of ${steps.length} wrong.`);
  process.exit(failed === 0 ? 0 : 1);
}

function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

const customers = ({ playground }: Day, email: string): OpsRecord[] =>
  playground.ops
    .records("customers")
    .filter(({ email: one, archived }) => one === email && !archived);

const contacts = ({ playground }: Day, email: string) =>
  playground.hubspot
    .records("contacts")
    .filter(({ properties, archived }) => properties.email === email && !archived);

/** The pair of records with this address; throws unless there is exactly one in each. */
function pair(day: Day, email: string) {
  const [customer, ...moreCustomers] = customers(day, email);
  const [contact, ...moreContacts] = contacts(day, email);
  check(customer !== undefined && contact !== undefined, "the record is missing in one system");
  check(moreCustomers.length + moreContacts.length === 0, "there is a duplicate");
  return { customer, contact };
}

/** Writes that reached the systems so far, by our own hand. */
const writes = ({ playground }: Day): number =>
  playground.hubspot.countCalls("POST", "/batch/update") +
  playground.hubspot.countCalls("POST", "/batch/upsert") +
  playground.ops.calls.filter(({ operation }) => operation === "update" || operation === "create")
    .length;

async function madeInHubSpot(day: Day): Promise<string> {
  day.playground.hubspot.person(ada).create("contacts", {
    email: mail("rosa"),
    firstname: "Rosa",
    lastname: "Quispe",
    phone: "(212) 555-0188",
    jobtitle: "Buyer",
  });
  await day.playground.quiet();
  const { customer } = pair(day, mail("rosa"));
  check(customer.phone === "+12125550188", "the phone number is not there");
  return `${customer.id}, phone ${customer.phone}`;
}

async function madeInOps(day: Day): Promise<string> {
  day.playground.ops.person("Dev Raman").create("customers", {
    email: mail("otto"),
    given_name: "Otto",
    family_name: "Brandt",
    role: "Planner",
  });
  await day.playground.quiet();
  const { contact } = pair(day, mail("otto"));
  check(contact.properties.jobtitle === "Planner", "the job title is not there");
  return `contact ${contact.id}, job title ${contact.properties.jobtitle}`;
}

async function hubspotToOps(day: Day): Promise<string> {
  const { contact } = pair(day, mail("rosa"));
  const startedAt = Date.now();
  day.playground.hubspot.person(ada).update("contacts", contact.id, { jobtitle: "Lead buyer" });
  await day.playground.until(() => pair(day, mail("rosa")).customer.role === "Lead buyer");
  return `after ${Date.now() - startedAt} ms`;
}

async function opsToHubSpot(day: Day): Promise<string> {
  const { customer } = pair(day, mail("rosa"));
  const startedAt = Date.now();
  day.playground.ops
    .person("Dev Raman")
    .update("customers", customer.id, { given_name: "Rosalía" });
  await day.playground.until(
    () => pair(day, mail("rosa")).contact.properties.firstname === "Rosalía",
  );
  return `after ${Date.now() - startedAt} ms`;
}

async function differentFields(day: Day): Promise<string> {
  await day.playground.quiet();
  const { contact, customer } = pair(day, mail("rosa"));
  day.playground.hubspot.person(ada).update("contacts", contact.id, { lastname: "Quispe-Mamani" });
  day.playground.ops.person("Dev Raman").update("customers", customer.id, { role: "Purchasing" });
  await day.playground.quiet();
  const after = pair(day, mail("rosa"));
  check(after.customer.family_name === "Quispe-Mamani", "the last name did not travel");
  check(after.contact.properties.jobtitle === "Purchasing", "the job title did not travel");
  check((await openConflicts(day, contact.id)) === 0, "there is a conflict");
  return "both travelled, no conflict";
}

async function newestWins(day: Day): Promise<string> {
  const { contact, customer } = pair(day, mail("otto"));
  const { hubspot } = day.playground;
  const late = hubspot.faults.add({ kind: "webhook_delay", ms: 4_000 });
  hubspot.person(ada).update("contacts", contact.id, { jobtitle: "Older title" });
  await passes(2_500);
  const startedAt = Date.now();
  day.playground.ops.person("Dev Raman").update("customers", customer.id, { role: "Newer title" });
  await day.playground.quiet();
  late.remove();
  const after = pair(day, mail("otto"));
  check(after.contact.properties.jobtitle === "Newer title", "the later edit did not win");
  check((await discarded(day, contact.id)).includes("Older title"), "the loser is not kept");
  return `the later edit stands everywhere after ${Date.now() - startedAt} ms`;
}

async function conflict(day: Day): Promise<string> {
  const { playground, page } = day;
  const { contact, customer } = pair(day, mail("rosa"));
  const before = playground.slack.messages.length;
  playground.hubspot.person(ada).update("contacts", contact.id, { phone: "+1 212 555 0171" });
  playground.ops.person("Dev Raman").update("customers", customer.id, { phone: "+12125550172" });
  const editedAt = Date.now();
  await playground.until(() => playground.slack.messages.length > before);
  const told = JSON.stringify(playground.slack.messages.at(-1)?.post);
  check(told.includes("0171") && told.includes("0172"), "Slack was not told both values");
  await openRecord(page, {
    home: playground.homeUrl,
    portalId: identity.portalId,
    objectTypeId: "0-1",
    id: contact.id,
  });
  const card = page.locator(".extension").first();
  await card.getByText("Phone", { exact: true }).first().waitFor();
  const shown = await card.textContent();
  check(/555.?0171/.test(shown ?? "") && /555.?0172/.test(shown ?? ""), "the card lacks a value");
  const openedAt = Date.now();
  await card
    .getByRole("button", { name: /Operations/ })
    .first()
    .click();
  await card
    .getByText(/Settled/)
    .first()
    .waitFor();
  const took = Date.now() - openedAt;
  const after = pair(day, mail("rosa"));
  check(after.contact.properties.phone?.endsWith("0172") ?? false, "HubSpot does not hold it");
  check(after.customer.phone === "+12125550172", "operations does not hold it");
  const toldMs = openedAt - editedAt;
  return `told in Slack after ${toldMs} ms, settled by one click in ${took} ms`;
}

async function repeatedWebhooks(day: Day): Promise<string> {
  const { playground } = day;
  await playground.quiet();
  playground.hubspot.faults.add({ kind: "webhook_duplicate" });
  playground.hubspot.faults.add({ kind: "webhook_duplicate" });
  playground.hubspot.faults.add({ kind: "webhook_reorder" });
  Object.assign(playground.ops.faults.webhooks, { copies: 3, shuffle: true });
  const { contact } = pair(day, mail("rosa"));
  const before = writes(day);
  for (const jobtitle of ["One", "Two", "Three"]) {
    playground.hubspot.person(ada).update("contacts", contact.id, { jobtitle });
  }
  await playground.quiet();
  playground.hubspot.faults.clear();
  playground.ops.faults.heal();
  check(pair(day, mail("rosa")).customer.role === "Three", "the last edit did not win");
  const needed = writes(day) - before;
  check(needed >= 1 && needed <= 3, `${needed} writes for three edits`);
  return `three edits, ${needed} write${needed === 1 ? "" : "s"}`;
}

async function outage(day: Day): Promise<string> {
  const { playground } = day;
  const downMs = Number(process.env.DEMO_OUTAGE_MS ?? 60_000);
  const { contact } = pair(day, mail("rosa"));
  playground.ops.faults.downUntil = Date.now() + downMs;
  playground.hubspot.person(ada).update("contacts", contact.id, { jobtitle: "During the outage" });
  await passes(downMs);
  const backAt = Date.now();
  await playground.until(
    () => pair(day, mail("rosa")).customer.role === "During the outage",
    90_000,
  );
  return `down for ${downMs / 1_000} s, caught up ${Date.now() - backAt} ms after`;
}

async function crash(day: Day): Promise<string> {
  const { playground } = day;
  await playground.quiet();
  playground.ops.faults.inject({ kind: "hang" }, { operation: "create", times: 1 });
  playground.hubspot.person(ada).create("contacts", {
    email: mail("ines"),
    firstname: "Inês",
    lastname: "Duarte",
  });
  await playground.until(() => customers(day, mail("ines")).length === 1);
  check((await countIntents(day)) === 1, "the intent is not durable");
  await playground.crashWorker();
  playground.ops.faults.release();
  const crashedAt = Date.now();
  await playground.quiet(120_000);
  pair(day, mail("ines"));
  check((await countIntents(day)) === 0, "an intent was left behind");
  return `one record on each side, settled by reading ${Date.now() - crashedAt} ms after the crash`;
}

/** Real time has to go by: an outage lasts, and two edits are told apart by their times. */
const passes = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function countIntents(day: Day): Promise<number> {
  const { results } = await day.playground.worker.d1
    .prepare("SELECT count(*) AS pending FROM intents")
    .all<{ pending: number }>();
  return results[0]?.pending ?? 0;
}

/** What the audit keeps of values that lost, for this record. */
async function discarded(day: Day, recordId: string): Promise<string> {
  const { results } = await day.playground.worker.d1
    .prepare(
      `SELECT a.detail FROM audit a JOIN links l ON l.entity_id = a.entity_id
       WHERE l.system = 'hubspot' AND l.record_id = ?1 AND a.kind = 'discarded'`,
    )
    .bind(recordId)
    .all<{ detail: string }>();
  return results.map(({ detail }) => detail).join("\n");
}

async function openConflicts(day: Day, recordId: string): Promise<number> {
  const { results } = await day.playground.worker.d1
    .prepare(
      `SELECT count(*) AS open FROM exceptions x JOIN links l ON l.entity_id = x.entity_id
       WHERE l.system = 'hubspot' AND l.record_id = ?1 AND x.status <> 'settled'`,
    )
    .bind(recordId)
    .all<{ open: number }>();
  return results[0]?.open ?? 0;
}

await main();
