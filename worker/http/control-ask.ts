/** What every room of the control center is given, and how it answers. */
import type {
  Answered,
  ControlAction,
  ControlError,
  ControlReply,
  Given,
  Verb,
} from "../../shared/control.ts";
import type { Act } from "../store/acts.ts";
import type { Database } from "../store/database.ts";
import type { Access } from "./access.ts";
import type { Doors } from "./doors.ts";

export interface Asking {
  readonly doors: Doors;
  readonly access: Access;
  readonly db: Database;
  readonly now: number;
}

export type Handler<A extends ControlAction> = (
  asking: Asking,
  input: Given<A>,
) => Promise<ControlReply<A>>;

/** Who may ask at all; what depends on the record is checked by the handler. */
export interface Room<A extends ControlAction> {
  readonly verb: Verb;
  readonly handle: Handler<A>;
}

export type Rooms = { readonly [A in ControlAction]: Room<A> };

export const given = <A extends ControlAction>(data: Answered<A>): ControlReply<A> => ({
  ok: true,
  data,
});

export const refused = (code: ControlError["code"], message: string) =>
  ({ ok: false, error: { code, message } }) as const;

export const forbidden = () =>
  refused("forbidden", "Your role does not allow this. Ask an administrator of CRM Sync.");

export const actOf = ({ doors, access, now }: Asking): Act => ({
  by: access.person.email,
  at: now,
  salt: doors.jobs.newId(),
});

/** Positions in lists are ours alone: they say nothing to whoever holds them. */
export const cursorOf = (position: readonly (string | number)[]): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(position))))
    .replaceAll("+", "-")
    .replaceAll("/", "_");

/** Null if it is none of ours. */
export function positionOf(cursor: string): readonly (string | number)[] | null {
  try {
    const text = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const parsed: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const isPosition =
      Array.isArray(parsed) && parsed.every((one) => ["string", "number"].includes(typeof one));
    return isPosition ? parsed : null;
  } catch {
    return null;
  }
}

/** HubSpot takes 1 MB, people on a train do not; room for what stands around the list. */
const listBytesMax = 80_000;

/** As many of a list as an answer has room for, at least one. */
export function fitted<T>(
  items: readonly T[],
  max: number,
): { readonly shown: T[]; readonly isCut: boolean } {
  const shown: T[] = [];
  let bytes = 0;
  for (const item of items) {
    bytes += new TextEncoder().encode(JSON.stringify(item)).byteLength + 1;
    if (shown.length === max || (shown.length > 0 && bytes > listBytesMax)) break;
    shown.push(item);
  }
  return { shown, isCut: shown.length < items.length };
}
