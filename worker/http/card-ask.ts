/** What every request of the card has in common: which record it is about, and who may do what. */
import type * as z from "zod";
import type { CardAnswer, CardRecord, recordQuerySchema } from "../../shared/contract.ts";
import type { Verb } from "../../shared/control.ts";
import type { Actor } from "../../shared/record.ts";
import { objectOf } from "../jobs/context.ts";
import { database } from "../store/database.ts";
import type { RecordKey } from "../store/mailbox.ts";
import { recordState } from "../store/records.ts";
import { type Access, accessOf, mayOn, ownerOf } from "./access.ts";
import { cardRecord } from "./card-record.ts";
import type { Doors } from "./doors.ts";
import { refused, refusedWith } from "./errors.ts";
import type { Caller } from "./proof.ts";

export type Asked<T> =
  | { readonly kind: "asked"; readonly input: T; readonly key: RecordKey }
  | { readonly kind: "wrong"; readonly answer: CardAnswer };

export function asked<T extends z.infer<typeof recordQuerySchema>>(
  doors: Doors,
  schema: z.ZodType<T>,
  input: unknown,
): Asked<T> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const message = `${issue?.path.join(".") ?? "request"}: ${issue?.message ?? "malformed"}`;
    return { kind: "wrong", answer: refused("bad_request", message) };
  }
  const object = doors.objectForTypeId(parsed.data.objectTypeId);
  if (object === null) {
    const message = "Records of this kind are not synced.";
    return { kind: "wrong", answer: refused("not_found", message) };
  }
  const key = { system: doors.cardSystem, object, recordId: parsed.data.objectId };
  return { kind: "asked", input: parsed.data, key };
}

/** Who looks, and what they may do to a record by its owner's e-mail address. */
export interface Reader {
  readonly person: Actor & { readonly id: string };
  readonly may: (verb: Verb, owner: string | null) => boolean;
}

export const readerOf = async (doors: Doors, caller: Caller): Promise<Reader> =>
  readerBy(await accessOf(doors, caller));

export const readerBy = (access: Access): Reader => ({
  person: { kind: "person", id: access.person.id, name: access.person.email },
  may: (verb, owner) => mayOn(access, verb, owner),
});

/** The record as this reader is shown it. */
export const lookOf = (
  { jobs }: Doors,
  key: RecordKey,
  reader: Reader,
): (() => Promise<CardRecord>) => {
  return () => cardRecord(jobs, key, reader);
};

export async function ownerAt({ jobs }: Doors, key: RecordKey): Promise<string | null> {
  const nothing = { auditEntries: 0, settledSince: null };
  const { entity } = await recordState(database(jobs.d1), key, nothing);
  return ownerOf(objectOf(jobs, key.object), entity?.base ?? {});
}

/** What is said of something that is kept, but not carried out yet. */
export const keptWords = (what: string, { pauses }: CardRecord): string =>
  pauses.length > 0
    ? `${what} is kept. Syncing is paused here; it is carried out when the pause ends.`
    : `${what} is kept. A system does not answer right now; it is carried out as soon as it does.`;

/** The answer to what is kept. */
export async function kept(what: string, look: () => Promise<CardRecord>): Promise<CardAnswer> {
  const record = await look();
  return refusedWith("pending", keptWords(what, record), record);
}

export const mayOnlyLook = "You may look at this record, but your role does not let you change it.";
