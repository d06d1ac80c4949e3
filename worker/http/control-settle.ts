/**
 * Conflicts settled from the control center: one as on the card, many after a preview. Invariant:
 * many are settled only as the preview showed them, and a repeated request has one effect.
 */
import type { Given, ManyChoice, Selection } from "../../shared/control.ts";
import { settleManyMax } from "../../shared/control.ts";
import type { Held } from "../../shared/record.ts";
import { heldKey } from "../core/canonical.ts";
import type { Ruling } from "../core/decision.ts";
import { shortHeld } from "../core/title.ts";
import { replay as replayAll } from "../jobs/replay.ts";
import { bulkProgress, bulkRuling, ruleMany } from "../store/bulk.ts";
import { StoreError } from "../store/database.ts";
import { type ListedException, listedById } from "../store/exception-lists.ts";
import type { RecordKey } from "../store/mailbox.ts";
import { replayableKinds } from "../store/replay.ts";
import { resolve } from "./card-resolve.ts";
import { type Asking, actOf, given, refused } from "./control-ask.ts";
import { becauseOf, itemOf, selected } from "./control-exceptions.ts";
import { fieldLabel } from "./control-words.ts";

export async function settle(asking: Asking, input: Given<"settle">) {
  const { access, db, doors } = asking;
  const [listed] = await listedById(db, [input.exceptionId]);
  if (listed === undefined) return refused("not_found", "There is no such question any more.");
  const objectId = listed.links[doors.cardSystem]?.recordId;
  const objectTypeId = doors.typeIdOf(listed.object);
  if (objectId === undefined || objectTypeId === null) return settleUnseen(asking, input, listed);
  const caller = { userId: access.person.id, userEmail: access.person.email };
  const answer = await resolve(doors, caller, { ...input, objectTypeId, objectId });
  if (!answer.ok) return refused(answer.error.code, answer.error.message);
  return given<"settle">({ exceptionId: input.exceptionId, settledAt: doors.jobs.now() });
}

/** A conflict between systems other than HubSpot: answered, and carried out by the queue. */
async function settleUnseen(asking: Asking, input: Given<"settle">, listed: ListedException) {
  const { choice, shown, exceptionId } = input;
  if (choice.kind === "type") {
    return refused("invalid", "Choose one of the values: this record is not in HubSpot.");
  }
  if (listed.shown !== shown) return refused("changed", movedOn);
  const selection: Selection = { kind: "ids", ids: [exceptionId] };
  const plan = await planOf(asking, selection, choice, null);
  if (plan.rulings.length === 0) {
    return refused("invalid", plan.skipped[0]?.because ?? "It cannot be settled.");
  }
  await carryOut(asking, plan);
  return refused("pending", "Your choice is kept, and is being written.");
}

const movedOn = "The values changed since you looked. Please look again.";

interface Plan {
  readonly rulings: readonly Ruling[];
  readonly exceptions: readonly ListedException[];
  readonly isCapped: boolean;
  readonly skipped: readonly { readonly count: number; readonly because: string }[];
  readonly fingerprint: string;
}

/** What an answer to a selection would do; nothing is changed. */
async function planOf(
  asking: Asking,
  selection: Selection,
  choice: ManyChoice,
  asOf: number | null,
): Promise<Plan> {
  const listed = await selected(asking, selection, { asOf, limit: settleManyMax + 1 });
  const considered = listed.slice(0, settleManyMax);
  const chosen = considered.map((one) => ({ one, chosen: chosenFor(asking, one, choice) }));
  const skipped = Map.groupBy(
    chosen.flatMap(({ chosen: { because } }) => because ?? []),
    (because) => because,
  );
  const going = chosen.flatMap(({ one, chosen: { value } }) =>
    value === undefined ? [] : [{ one, value }],
  );
  const { person } = asking.access;
  const actor = { kind: "person", id: person.id, name: person.email } as const;
  return {
    rulings: going.map(({ one, value }) => ({
      exceptionId: one.id,
      value,
      shown: one.shown ?? "",
      person: actor,
      at: asking.now,
    })),
    exceptions: going.map(({ one }) => one),
    isCapped: listed.length > settleManyMax,
    skipped: [...skipped].map(([because, all]) => ({ count: all.length, because })),
    fingerprint: await fingerprintOf([
      person.id,
      ...going.map(({ one, value }) => [one.id, one.shown, one.changedAt, heldKey(value)].join()),
    ]),
  };
}

interface Chosen {
  readonly value?: Held;
  /** Why not. */
  readonly because?: string;
}

function chosenFor(asking: Asking, listed: ListedException, choice: ManyChoice): Chosen {
  if (listed.kind !== "conflict") return { because: "They are no choice between values." };
  if (listed.status !== "open") return { because: "They were answered already." };
  if (!itemOf(asking, listed).maySettle) return { because: "They are not yours to settle." };
  const { inputs, recommended } = becauseOf(listed);
  const system = choice.kind === "keep" ? choice.system : recommended?.system;
  if (system === undefined) return { because: "Nothing is recommended for them." };
  const input = inputs.find((one) => one.valid && one.system === system);
  return input === undefined
    ? { because: "That system has no value of theirs to keep." }
    : { value: input.value };
}

async function fingerprintOf(parts: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const samplesShown = 10;
const valueLengthMax = 160;

export async function settlePreview(asking: Asking, input: Given<"settle-preview">) {
  const { selection, choice } = input;
  const plan = await planOf(asking, selection, choice, asking.now);
  const samples = plan.exceptions.slice(0, samplesShown).map((listed, index) => {
    const item = itemOf(asking, listed);
    return {
      exceptionId: listed.id,
      title: item.title,
      label: fieldLabel(asking.doors.jobs.rules, listed.object, listed.field ?? ""),
      type: item.type,
      before: item.values.map((one) => ({ ...one, value: shortHeld(one.value, valueLengthMax) })),
      after: shortHeld(plan.rulings[index]?.value ?? null, valueLengthMax),
    };
  });
  return given<"settle-preview">({
    count: plan.rulings.length,
    isCapped: plan.isCapped,
    skipped: [...plan.skipped],
    samples,
    asOf: asking.now,
    fingerprint: plan.fingerprint,
  });
}

export async function settleMany(asking: Asking, input: Given<"settle-many">) {
  const { access, db } = asking;
  const done = await bulkRuling(db, input.fingerprint);
  if (done !== null) {
    return done.personId === access.person.id
      ? given<"settle-many">({
          count: done.exceptionIds.length,
          fingerprint: done.fingerprint,
        })
      : refused("settled", `${done.by} settled these meanwhile.`);
  }
  const plan = await planOf(asking, input.selection, input.choice, input.asOf);
  if (plan.fingerprint !== input.fingerprint) {
    return refused("changed", "Some of these changed or were settled since. Look at them again.");
  }
  if (plan.rulings.length === 0) return refused("invalid", "There is nothing to settle.");
  await carryOut(asking, plan);
  return given<"settle-many">({ count: plan.rulings.length, fingerprint: plan.fingerprint });
}

async function carryOut(asking: Asking, plan: Plan): Promise<void> {
  const { access, db, doors, now } = asking;
  const keys = plan.exceptions.flatMap((listed) => keyOf(listed) ?? []);
  const bulk = {
    fingerprint: plan.fingerprint,
    personId: access.person.id,
    by: access.person.email,
    at: now,
    exceptionIds: plan.exceptions.map(({ id }) => id),
  };
  const pokes = keys.map((key) => ({ ...key, lane: "event" as const, echo: null }));
  try {
    await ruleMany(db, bulk, plan.rulings, pokes, actOf(asking));
  } catch (error) {
    // The same request at the same moment was a little faster: its effect is the one there is.
    const twin = await bulkRuling(db, plan.fingerprint);
    if (!(error instanceof StoreError) || twin === null) throw error;
  }
  await doors.jobs.ring(keys, 0);
}

/** Any of its records: whichever is looked at, the job looks at all of them. */
function keyOf({ object, links }: ListedException): RecordKey | null {
  const [link] = Object.entries(links);
  return link === undefined ? null : { system: link[0], object, recordId: link[1].recordId };
}

export async function settling({ access, db }: Asking, input: Given<"settling">) {
  const bulk = await bulkRuling(db, input.fingerprint);
  if (bulk === null || bulk.personId !== access.person.id) {
    return refused("not_found", "There is no such step.");
  }
  const { open, ruled, settled } = await bulkProgress(db, bulk.exceptionIds);
  return given<"settling">({
    count: bulk.exceptionIds.length,
    settled,
    answered: ruled,
    reopened: open,
    at: bulk.at,
    by: bulk.by,
  });
}

const replayMax = 1_000;

export async function replay(asking: Asking, input: Given<"replay">) {
  const { doors } = asking;
  const listed = await selected(asking, input.selection, { asOf: null, limit: replayMax });
  const kinds: readonly string[] = replayableKinds;
  const ids = listed
    .filter(({ kind, status }) => kinds.includes(kind) && status !== "settled")
    .map(({ id }) => id);
  if (ids.length === 0) return given<"replay">({ count: 0 });
  const ask = { filter: { exceptionIds: ids }, dry: input.dry, after: "" };
  let count = 0;
  for (let after: string | null = ""; after !== null; ) {
    const page = await replayAll(doors.jobs, { ...ask, after }, actOf(asking));
    count += input.dry ? Object.values(page.found).reduce((a, b) => a + b, 0) : page.replayed;
    after = page.next;
  }
  return given<"replay">({ count });
}
