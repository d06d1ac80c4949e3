/** What every page works with: whom it asks, who the reader is, and how the reader writes. */

import type { Answered, Asked, ControlAction, Verb } from "crm-sync-shared/control.ts";
import type { FieldType, Held } from "crm-sync-shared/record.ts";
import { createContext, useCallback, useContext } from "react";
import type { Clock } from "./clock.ts";
import type { Control } from "./control.ts";
import { createFigures, type Figures } from "./figures.ts";
import { createFormat, type Format, usableLocale } from "./format.ts";
import { type Opened, open } from "./trouble.ts";
import { type Act, useAct } from "./use-act.ts";
import { type Look, type Pace, useLook } from "./use-look.ts";
import { type Pages, usePages } from "./use-pages.ts";
import { listed } from "./words.ts";

export type Session = Answered<"session">;

export interface Desk {
  readonly control: Control;
  readonly clock: Clock;
  readonly session: Session;
  readonly format: Format;
  readonly figures: Figures;
  readonly may: (verb: Verb) => boolean;
  /** "3 minutes ago" */
  readonly ago: (at: number) => string;
}

export function createDesk(parts: {
  readonly control: Control;
  readonly clock: Clock;
  readonly session: Session;
  readonly locale: string | undefined;
  readonly timeZone: string;
}): Desk {
  const { control, clock, session } = parts;
  const locale = session.formats.locale ?? parts.locale;
  const plain = createFormat({ locale, timeZone: session.formats.timeZone ?? parts.timeZone });
  const format: Format = { ...plain, value: (type, value) => withNames(plain, type, value) };
  return {
    control,
    clock,
    session,
    format,
    figures: createFigures(usableLocale(locale)),
    may: (verb) => session.may.includes(verb),
    ago: (at) => format.ago(Math.max(0, clock.now() - at), at),
  };
}

const namesShown = 3;

/** The control center's doors call the records that a value refers to by their names. */
function withNames({ value: write }: Format, type: FieldType | null, value: Held): string {
  if (type?.kind !== "references" || !Array.isArray(value) || value.length === 0) {
    return write(type, value);
  }
  const more = value.length - namesShown;
  return more > 0 ? `${value.slice(0, namesShown).join(", ")} and ${more} more` : listed(value);
}

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (desk === null) throw new Error("a part stands outside its page");
  return desk;
}

/** What an action answers now, and again whenever `asked` changes or the time is up. */
export function useControl<A extends ControlAction>(
  action: A,
  asked: Asked<A>,
  pace: Pace<Answered<A>> = null,
): Look<Answered<A>> {
  const { control, clock } = useDesk();
  // Two requests that say the same are one question, whichever objects they are made of.
  const text = JSON.stringify(asked);
  const question = useCallback(
    (): Promise<Opened<Answered<A>>> =>
      control.ask(action, JSON.parse(text) as Asked<A>).then(open<Answered<A>>),
    [control, action, text],
  );
  return useLook(question, { clock, pace });
}

/** The actions that answer with a page of a list. */
type ListAction = {
  [A in ControlAction]: Answered<A> extends { readonly cursor: string | null } ? A : never;
}[ControlAction];

export function useControlPages<A extends ListAction>(
  action: A,
  asked: Omit<Asked<A>, "cursor">,
): Pages<Answered<A> & { readonly cursor: string | null }> {
  const { control } = useDesk();
  const text = JSON.stringify(asked);
  const question = useCallback(
    (cursor: string | null) =>
      control
        .ask(action, { ...JSON.parse(text), cursor } as Asked<A>)
        .then(open<Answered<A> & { readonly cursor: string | null }>),
    [control, action, text],
  );
  return usePages(question);
}

/** Something the reader does. */
export function useControlAct<A extends ControlAction>(action: A): Act<Asked<A>, Answered<A>> {
  const { control } = useDesk();
  const act = useCallback(
    (asked: Asked<A>) => control.ask(action, asked).then(open<Answered<A>>),
    [control, action],
  );
  return useAct(act);
}
