/** One act of the reader on the record at a time: what is under way, why the last one failed. */
import { useCallback, useRef, useState } from "react";
import { describe } from "../components/Failure.tsx";
import type { Reply } from "../service.ts";

export interface Acting {
  /** The name of what is under way. */
  readonly underWay: string | null;
  /** Why what was tried last is not done; by its name. */
  readonly failure: { readonly name: string; readonly text: string } | null;
  /** Names tell acts apart; a second one waits for nobody, it is not begun. */
  readonly act: (name: string, ask: () => Promise<Reply>) => void;
}

export function useActing(
  takeIn: (reply: Reply) => void,
  after: (isDone: boolean) => void,
): Acting {
  const [underWay, setUnderWay] = useState<string | null>(null);
  const [failure, setFailure] = useState<Acting["failure"]>(null);
  const isBusy = useRef(false);
  const act = useCallback<Acting["act"]>(
    (name, ask) => {
      if (isBusy.current) return;
      isBusy.current = true;
      setUnderWay(name);
      setFailure(null);
      ask().then((reply) => {
        isBusy.current = false;
        setUnderWay(null);
        const isDone = reply.kind === "answered" && reply.answer.ok;
        if (!isDone) setFailure({ name, text: textOf(reply) });
        // A refusal is told where it was asked for, not as trouble of the whole card.
        if (reply.kind === "answered" && reply.answer.record !== null) {
          takeIn({ kind: "answered", answer: { ok: true, record: reply.answer.record } });
        }
        after(isDone);
      });
    },
    [takeIn, after],
  );
  return { underWay, failure, act };
}

const textOf = (reply: Reply): string => {
  if (reply.kind === "answered") return reply.answer.ok ? "" : reply.answer.error.message;
  return reply.kind === "silent"
    ? "No answer came. Nothing is lost: look again in a moment."
    : describe(reply).text;
};
