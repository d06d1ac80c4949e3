/** Asks one question when told to, and again when told again; the last question's answer counts. */
import { useCallback, useRef, useState } from "react";
import type { Reply } from "./ask.ts";

export type Asked<Answer> =
  | { readonly kind: "idle" }
  | { readonly kind: "asking" }
  | { readonly kind: "replied"; readonly reply: Reply<Answer> };

export function useAnswer<Answer>(
  question: () => Promise<Reply<Answer>>,
): readonly [Asked<Answer>, () => void] {
  const [asked, setAsked] = useState<Asked<Answer>>({ kind: "idle" });
  const latest = useRef(0);
  const ask = useCallback(() => {
    const mine = ++latest.current;
    // What was answered before stays to be seen while it is asked again.
    setAsked((before) => (before.kind === "replied" ? before : { kind: "asking" }));
    question().then((reply) => {
      if (latest.current === mine) setAsked({ kind: "replied", reply });
    });
  }, [question]);
  return [asked, ask];
}
