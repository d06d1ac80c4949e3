/** What a page says when it was not answered: what is the matter, and what the reader can do. */
import type { ControlError } from "crm-sync-shared/control.ts";
import type { Reply } from "./ask.ts";

/** `unset`: the app was uploaded without the address of the sync service. */
export type Trouble =
  | { readonly kind: "unset" | "silent" | "refused" | "busy" | "outdated" }
  | { readonly kind: "declined"; readonly error: ControlError };

type Answer<Data> =
  | { readonly ok: true; readonly data: Data }
  | { readonly ok: false; readonly error: ControlError };

export type Opened<Data> =
  | { readonly ok: true; readonly data: Data }
  | { readonly ok: false; readonly trouble: Trouble };

/** The data of a reply, or the trouble with it. */
export function open<Data>(reply: Reply<Answer<Data>>): Opened<Data> {
  if (reply.kind !== "answered") return { ok: false, trouble: reply };
  if (reply.answer.ok) return { ok: true, data: reply.answer.data };
  return { ok: false, trouble: { kind: "declined", error: reply.answer.error } };
}

export interface TroubleWords {
  readonly title: string;
  readonly text: string;
  readonly remedy: "retry" | "reload" | null;
  readonly type: "error" | "support" | "lock";
}

const unavailable: TroubleWords = {
  title: "Sync can't be reached",
  text: "Nothing is lost: changes wait and go out when it answers.",
  remedy: "retry",
  type: "error",
};

export function troubleWords(trouble: Trouble): TroubleWords {
  switch (trouble.kind) {
    case "silent":
      return unavailable;
    case "busy":
      return { ...unavailable, title: "HubSpot is busy", text: "Try again in a few seconds." };
    case "refused":
      return {
        ...unavailable,
        title: "The sync service refused this page",
        text: "Your HubSpot admin can mend this: the app and the service disagree on a secret.",
      };
    case "unset":
      return {
        title: "This page isn't set up yet",
        text: "Your HubSpot admin can mend this: the address of the sync service is missing.",
        remedy: null,
        type: "support",
      };
    case "outdated":
      return {
        title: "This page is out of date",
        text: "The sync service has moved on. Reload to get the current page.",
        remedy: "reload",
        type: "error",
      };
    case "declined":
      return declinedWords(trouble.error);
  }
}

function declinedWords({ code, message }: ControlError): TroubleWords {
  switch (code) {
    case "forbidden":
      return { title: "You can't see this", text: message, remedy: null, type: "lock" };
    case "not_found":
      return { title: "Not found", text: message, remedy: null, type: "support" };
    case "changed":
      return { ...unavailable, title: "This has changed", text: message };
    case "settled":
      return { ...unavailable, title: "Somebody was first", text: message };
    case "invalid":
    case "bad_request":
      return { ...unavailable, title: "That can't be used", text: message };
    case "pending":
      return { ...unavailable, title: "Still under way", text: message };
    case "unreachable":
    case "unavailable":
      return { ...unavailable, text: `${message} ${unavailable.text}` };
  }
}

/** What stands beside a button that did not do it: there, no right means another thing. */
export function actWords(trouble: Trouble): { readonly title: string; readonly text: string } {
  if (trouble.kind === "declined" && trouble.error.code === "forbidden") {
    return { title: "You can't do this", text: trouble.error.message };
  }
  if (trouble.kind === "silent") {
    return {
      title: "No answer",
      text: "It may have been done, or not. Look again before you repeat it.",
    };
  }
  return troubleWords(trouble);
}
