/** Exceptions in the reader's words: what is the matter, and what to do about it. */
import type { Explanation, Verdict } from "../core/decision.ts";
import type { OpenException } from "../store/load.ts";

interface Words {
  readonly message: string;
  readonly mend: string;
}

export function problemWords(
  { kind, detail }: Pick<OpenException, "kind" | "detail">,
  system: string,
): Words {
  switch (kind) {
    case "invalid": {
      const { because } = detail as { verdict: Verdict; because: Explanation };
      return {
        message: because.sentence,
        mend: `Correct the value in ${system}; it syncs by itself afterwards.`,
      };
    }
    case "ambiguous":
      return ambiguousWords(detail as Doubtful);
    case "refused": {
      const { message } = detail as { message: string };
      return {
        // Most systems' answers are told in a sentence that names them already.
        message: message.startsWith(system) ? message : `${system}: ${message}`,
        mend: "Correct the value here or there; the change is sent again when it moves.",
      };
    }
    case "brake": {
      const { writesMax } = detail as { writesMax: number };
      return {
        message: `More changes than usual were about to be written to ${system}; it is on hold.`,
        mend: `Look at what waits, then release it in slices. The limit is ${writesMax} records.`,
      };
    }
    case "gone": {
      const { edited = [], restored } = detail as { edited?: string[]; restored?: boolean };
      const since = restored ? " It came back elsewhere." : "";
      const meanwhile = edited.length > 0 ? " It was changed elsewhere, so nothing followed." : "";
      return {
        message: `This record was deleted in ${system}.${since}${meanwhile}`,
        mend: `Restore it in ${system}, or delete it here too. Until then nothing is changed.`,
      };
    }
    case "run": {
      return detail as Words;
    }
    case "schema": {
      const { message, mend } = detail as { message: string; mend: string };
      return { message: `${system}: ${message} Only this field is held.`, mend };
    }
    case "erasure": {
      const { message } = detail as { message: string };
      return {
        message: `This person asked to be forgotten, and ${system} keeps the record. ${message}`,
        mend: `Delete it for good in ${system}, by hand.`,
      };
    }
    case "dead_letter": {
      const { message, goesOn = false } = detail as { message: string; goesOn?: boolean };
      return goesOn
        ? {
            message: `${system} does not confirm what is written to it: ${message}`,
            mend: "It is tried again and again. Look whether the record there is as it should be.",
          }
        : {
            message: `Syncing was given up after many attempts: ${message}`,
            mend: "Sync now to try again.",
          };
    }
    default:
      return plainWords[kind]?.(system) ?? unknownWords;
  }
}

/** What adopt.ts stores of a record that nobody could be sure of. */
interface Doubtful {
  readonly reason: string;
  readonly isAnonymous?: boolean;
}

const ambiguousWords = ({ reason, isAnonymous = false }: Doubtful): Words => ({
  message: reason,
  mend: isAnonymous
    ? "Fill it in: the same as there if they are one, its own if not. Then sync again."
    : "Merge the duplicates, or change the value that they share, then sync again.",
});

const unknownWords: Words = {
  message: "Somebody has to look at this record.",
  mend: "Ask your administrator.",
};

/** Exceptions of which all is said by where they are. */
const plainWords: Readonly<Record<string, (system: string) => Words>> = {
  waiting: (system) => ({
    message: `It refers to a record in ${system} that is not kept the same yet.`,
    mend: "See to that record; this field follows by itself.",
  }),
  erased: (system) => ({
    message: "It looks like somebody who asked to be forgotten.",
    mend: `Delete it in ${system}. It is written nowhere else.`,
  }),
  duplicate: (system) => ({
    message: `It was merged in ${system} with a record that has a counterpart of its own.`,
    mend: `Merge or delete one of the two counterparts. This one is not written to ${system}.`,
  }),
};
