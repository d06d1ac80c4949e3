/** The audit in the control center: entries in words, searched, and whether its chain holds. */
import * as z from "zod";
import type { AuditEntry, Given } from "../../shared/control.ts";
import { actorSchema, type CanonicalValue, fieldsSchema, heldSchema } from "../../shared/record.ts";
import { unreachable } from "../core/assert.ts";
import { brokenAt } from "../core/audit-chain.ts";
import type { Rules } from "../core/rules.ts";
import { shortened, shortHeld, titleOf } from "../core/title.ts";
import { operatorsEntity } from "../store/acts.ts";
import { chainOf, latestRoot } from "../store/audit.ts";
import {
  type AuditPlace,
  type AuditQuestion,
  auditSlice,
  entriesOf,
  type ListedEntry,
} from "../store/audit-lists.ts";
import { changesOf } from "./card-record.ts";
import { type Asking, cursorOf, fitted, given, positionOf, refused } from "./control-ask.ts";
import { auditKindLabel, fieldLabel, objectLabel, systemLabel } from "./control-words.ts";

const perPage = 40;
/** Entries looked through for one answer. */
const scannedMax = 20_000;
const valueLengthMax = 160;
const sentenceLengthMax = 300;

export async function recordHistory(asking: Asking, input: Given<"record-history">) {
  const [before = null, ...more] = input.cursor === null ? [] : (positionOf(input.cursor) ?? [""]);
  if (typeof before === "string" || more.length > 0) {
    return refused("bad_request", "cursor: not one of ours");
  }
  const looked = input.field === null ? perPage : perPage * 10;
  const rows = await entriesOf(asking.db, input.entityId, before, looked);
  const about = rows.filter((row) => input.field === null || isAbout(row, input.field));
  const { shown, isCut } = fitted(
    about.map((row) => entryView(asking, row)),
    perPage,
  );
  const last = isCut ? shown.at(-1)?.entry : rows.length === looked ? rows.at(-1)?.entry : null;
  return given<"record-history">({
    entries: shown,
    cursor: last == null ? null : cursorOf([last]),
  });
}

function isAbout({ detail }: ListedEntry, field: string): boolean {
  const parsed = detailSchema.safeParse(detail);
  if (!parsed.success) return false;
  return parsed.data.field === field || Object.hasOwn(parsed.data.fields ?? {}, field);
}

export async function audit(asking: Asking, input: Given<"audit">) {
  const { db, now } = asking;
  const after = input.cursor === null ? null : placeOf(input.cursor);
  if (after === undefined) return refused("bad_request", "cursor: not one of ours");
  const person = input.person.trim();
  const holding = [
    ...(person === "" ? [] : [person]),
    ...(input.system === null ? [] : [input.system]),
    ...(input.field === null ? [] : [input.field]),
  ];
  const question = {
    from: input.from ?? 0,
    to: input.to ?? now + dayMs,
    kind: input.kind,
    object: input.object,
    holding,
    after,
  };
  const { entries, next } =
    input.entityId === null
      ? await auditSlice(db, question, { limit: perPage, scanned: scannedFor(question) })
      : await ofEntity(asking, input.entityId, question);
  const { shown, isCut } = fitted(
    entries
      .filter((row) => input.field === null || isAbout(row, input.field))
      .map((row) => entryView(asking, row))
      .filter((one) => fits(one, input)),
    perPage,
  );
  const last = shown.at(-1);
  const place: AuditPlace | null =
    isCut && last !== undefined ? [last.at, last.entityId, last.entry] : next;
  return given<"audit">({
    entries: shown,
    cursor: place === null ? null : cursorOf(place),
    searchedTo: place === null ? null : place[0],
  });
}

const dayMs = 86_400_000;

/** Where nothing is sieved out, the page is all there is to look at. */
const scannedFor = ({ holding, object }: Pick<AuditQuestion, "holding" | "object">): number =>
  holding.length === 0 && object === null ? perPage + 1 : scannedMax;

function placeOf(cursor: string): AuditPlace | undefined {
  const [at, entityId, entry] = positionOf(cursor) ?? [];
  const isPlace =
    typeof at === "number" && typeof entityId === "string" && typeof entry === "number";
  return isPlace ? [at, entityId, entry] : undefined;
}

/** One entity has few entries: they are looked through in their own order. */
async function ofEntity(
  { db }: Asking,
  entityId: string,
  {
    from,
    to,
    kind,
    after,
  }: { from: number; to: number; kind: string | null; after: AuditPlace | null },
) {
  const rows = await entriesOf(db, entityId, after?.[2] ?? null, perPage * 5);
  const last = rows.length === perPage * 5 ? rows.at(-1) : undefined;
  const next: AuditPlace | null = last === undefined ? null : [last.at, entityId, last.entry];
  const entries = rows.filter(
    (row) => row.at >= from && row.at <= to && (kind === null || row.kind === kind),
  );
  return { entries, next };
}

/** The coarse sieve may let through what only happens to hold the text. */
function fits(entry: AuditEntry, input: Given<"audit">): boolean {
  const person = input.person.trim().toLowerCase();
  const people = [entry.person, ...entry.changes.flatMap(({ actor }) => [actor?.name, actor?.id])];
  return (
    (person === "" || people.some((one) => one?.toLowerCase().includes(person))) &&
    (input.system === null ||
      entry.system === input.system ||
      entry.changes.some(({ source }) => source === input.system)) &&
    (input.object === null || entry.object === input.object)
  );
}

export function entryView(asking: Asking, row: ListedEntry): AuditEntry {
  const { rules } = asking.doors.jobs;
  const object = rules.objects[row.object ?? ""];
  const base = fieldsSchema.safeParse(row.base);
  const told = row.detail === null ? erasedTold : toldOf(asking, row);
  const changes =
    row.detail === null || object === undefined ? [] : [...changesOf(object, row), ...told.changes];
  const actor = changes.find((change) => change.actor?.kind === "person")?.actor ?? null;
  return {
    entityId: row.entityId,
    entry: row.entry,
    at: row.at,
    kind: row.kind,
    kindLabel: auditKindLabel(row.kind),
    object: row.object,
    objectLabel: row.object === null ? null : objectLabel(rules, row.object),
    title: object === undefined || !base.success ? null : titleOf(object, base.data),
    system: told.system,
    systemLabel: told.system === null ? null : systemLabel(rules, told.system),
    person: told.person ?? actor?.name ?? actor?.id ?? null,
    says: shortened(told.says, sentenceLengthMax),
    changes: changes.map((change) => ({
      ...change,
      from: shortHeld(change.from, valueLengthMax),
      to: shortHeld(change.to, valueLengthMax),
      because: shortened(change.because, sentenceLengthMax),
    })),
    isErased: row.detail === null,
  };
}

interface Told {
  readonly says: string;
  readonly system: string | null;
  readonly person: string | null;
  readonly changes: AuditEntry["changes"];
}

const told = (says: string, more: Partial<Omit<Told, "says">> = {}): Told => ({
  says,
  system: null,
  person: null,
  changes: [],
  ...more,
});

const erasedTold = told("What it said was erased, because somebody asked to be forgotten.");

/** What entries hold that is said of them; kinds of later versions may hold anything. */
const detailSchema = z.looseObject({
  system: z.optional(z.string()),
  fields: z.optional(z.record(z.string(), z.unknown())),
  field: z.optional(z.string()),
  by: z.optional(z.string()),
  act: z.optional(z.string()),
  ruling: z.optional(
    z.looseObject({
      person: z.optional(
        z.looseObject({ id: z.optional(z.string()), name: z.optional(z.string()) }),
      ),
    }),
  ),
  person: z.nullish(z.looseObject({ id: z.optional(z.string()), name: z.optional(z.string()) })),
});
type Detail = z.infer<typeof detailSchema>;

function toldOf(asking: Asking, row: ListedEntry): Told {
  const { rules } = asking.doors.jobs;
  const parsed = detailSchema.safeParse(row.detail);
  const detail: Detail = parsed.success ? parsed.data : {};
  const object = row.object ?? "";
  const system = detail.system ?? null;
  const where = system === null ? "" : ` in ${systemLabel(rules, system)}`;
  const field = detail.field === undefined ? "" : fieldLabel(rules, object, detail.field);
  const ruler = detail.ruling?.person ?? detail.person;
  const person = ruler?.name ?? ruler?.id ?? null;
  switch (row.kind) {
    case "wrote":
    case "created": {
      const fields = Object.keys(detail.fields ?? {}).map((one) => fieldLabel(rules, object, one));
      const what = row.kind === "created" ? "Created" : `Changed ${fields.join(", ")}`;
      return told(`${what}${where}.`, { system });
    }
    case "archived":
      return told(`Deleted${where}, because it was deleted elsewhere.`, { system });
    case "erased":
      return told("Erased everywhere, because somebody asked to be forgotten.");
    case "unconfirmed":
      return told(`A change was sent and not confirmed${where}.`, { system });
    case "linked":
      return told(`Recognised as the same record${byWhat(rules, object, row.detail)}.`);
    case "relinked":
      return told(`Followed a merge${where}.`, { system });
    case "discarded":
      return lostWords(rules, field, row.detail);
    case "ruled":
      return told(`${person ?? "Somebody"} decided over ${field}.`, { person });
    case "undone":
      return told(`${person ?? "Somebody"} took back what was decided over ${field}.`, { person });
    case "parted":
      return told(`Taken apart, as ${person ?? "somebody"} said.`, { person });
    case "operated":
      return told(operated(asking, detail), { system, person: detail.by ?? null });
    default:
      return told(`${auditKindLabel(row.kind)}${field === "" ? "" : `: ${field}`}.`, {
        system,
        person: person ?? detail.by ?? null,
      });
  }
}

const lostSchema = z.object({
  because: z.object({
    sentence: z.string(),
    losers: z.array(z.string()),
    inputs: z.array(
      z.object({ system: z.string(), value: heldSchema, actor: z.nullable(actorSchema) }),
    ),
  }),
});

/** The value that lost, so that it can be found and set again. */
function lostWords(rules: Rules, field: string, detail: unknown): Told {
  const parsed = lostSchema.safeParse(detail);
  if (!parsed.success) return told(`A change of ${field} was not taken.`);
  const { sentence, losers, inputs } = parsed.data.because;
  const lost = inputs.find(({ system }) => losers.includes(system));
  if (lost === undefined) return told(`A change of ${field} was not taken: ${sentence}`);
  const { system, value, actor } = lost;
  const text = value === null ? "nothing" : shortened(textOf(value), lostLengthMax);
  const where = systemLabel(rules, system);
  return told(`${where} had ${text} for ${field}, which was not taken: ${sentence}`, {
    system,
    person: actor?.name ?? actor?.id ?? null,
  });
}

const lostLengthMax = 120;

const textOf = (value: CanonicalValue): string =>
  typeof value === "string" ? value : Object.values(value).join(", ");

function byWhat(rules: Rules, object: string, detail: unknown): string {
  const by = z.looseObject({ by: z.string() }).safeParse(detail);
  return by.success ? ` by ${fieldLabel(rules, object, by.data.by)}` : "";
}

const acts: Readonly<Record<string, string>> = {
  pause: "Paused",
  resume: "Resumed",
  release: "Released what was on hold",
  start_run: "Started a run",
  pause_run: "Paused a run",
  resume_run: "Resumed a run",
  stop_run: "Stopped a run",
  change_settings: "Changed the settings",
  give_role: "Changed a role",
  settle_many: "Settled many at once",
  replay: "Tried again what was given up",
  assign: "Gave questions to somebody",
  repair: "Repaired a record",
  answer_proposal: "Answered a proposal",
};

/** What was done, and to what, as far as the entry names it. */
function operated(asking: Asking, detail: Detail): string {
  const act = detail.act ?? "";
  const { rules } = asking.doors.jobs;
  const about = ["scope", "reason", "kind", "object", "label", "count", "note"].flatMap((name) => {
    const value = detail[name];
    if (typeof value !== "string" && typeof value !== "number") return [];
    return [name === "object" ? objectLabel(rules, String(value)) : String(value)];
  });
  const what = acts[act] ?? auditKindLabel(act);
  return about.length === 0 ? `${what}.` : `${what}: ${about.join(", ")}.`;
}

/** Entries of one chain that are checked at once; a record has a few hundred in its life. */
const chainMax = 20_000;

export async function auditChain({ db }: Asking, input: Given<"audit-chain">) {
  const entries = await chainOf(db, input.entityId ?? operatorsEntity, chainMax);
  const broken = await brokenAt(entries);
  return given<"audit-chain">({
    entries: entries.length,
    brokenAt: broken === null ? null : { entry: broken.entry, says: brokenWords(broken.reason) },
    root: await latestRoot(db),
  });
}

function brokenWords(reason: NonNullable<Awaited<ReturnType<typeof brokenAt>>>["reason"]): string {
  switch (reason) {
    case "gap":
      return "An entry is missing before this one.";
    case "values":
      return "The values of this entry were changed after it was written.";
    case "chain":
      return "This entry, or the one before it, was changed after it was written.";
    default:
      return unreachable(reason);
  }
}
