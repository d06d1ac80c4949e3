/** Exceptions in the reader's words: what is the matter, and what to do about it. */
import type { Explanation, Verdict } from "../core/decision.ts";
import type { OpenException } from "../store/load.ts";

export function problemWords(
  { kind, detail }: Pick<OpenException, "kind" | "detail">,
  system: string,
): { message: string; mend: string } {
  switch (kind) {
    case "invalid": {
      const { because } = detail as { verdict: Verdict; because: Explanation };
      return {
        message: because.sentence,
        mend: `Correct the value in ${system}; it syncs by itself afterwards.`,
      };
    }
    case "ambiguous": {
      const { reason } = detail as { reason: string };
      return {
        message: reason,
        mend: "Merge the duplicates, or change the value that they share, then sync again.",
      };
    }
    case "refused": {
      const { message } = detail as { message: string };
      return {
        message: `${system} did not accept the change: ${message}`,
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
    case "erased":
      return {
        message: "It looks like somebody who asked to be forgotten.",
        mend: `Delete it in ${system}. It is written nowhere else.`,
      };
    case "erasure": {
      const { message } = detail as { message: string };
      return {
        message: `This person asked to be forgotten, and ${system} keeps the record. ${message}`,
        mend: `Delete it for good in ${system}, by hand.`,
      };
    }
    case "duplicate":
      return {
        message: `It was merged in ${system} with a record that has a counterpart of its own.`,
        mend: `Merge or delete one of the two counterparts. This one is not written to ${system}.`,
      };
    case "dead_letter": {
      const { message } = detail as { message: string };
      return {
        message: `Syncing was given up after many attempts: ${message}`,
        mend: "Sync now to try again.",
      };
    }
    default:
      return { message: "Somebody has to look at this record.", mend: "Ask your administrator." };
  }
}
