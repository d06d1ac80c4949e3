/**
 * A list that goes on from a cursor: its first page now, further ones when asked. Another question
 * begins anew; what was shown stays until its first page is there.
 */
import { useCallback, useEffect, useRef, useState } from "react";
import type { Opened, Trouble } from "./trouble.ts";

export interface Pages<Page> {
  /** Null until the first page is there. */
  readonly pages: readonly Page[] | null;
  readonly trouble: Trouble | null;
  readonly isLooking: boolean;
  /** Whether there is another page. */
  readonly hasMore: boolean;
  readonly more: () => void;
  /** From the beginning again. */
  readonly look: () => void;
}

/** `question` is asked again whenever it is another function: the caller keeps it stable. */
export function usePages<Page extends { readonly cursor: string | null }>(
  question: (cursor: string | null) => Promise<Opened<Page>>,
): Pages<Page> {
  const [pages, setPages] = useState<readonly Page[] | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [isLooking, setLooking] = useState(true);
  const latest = useRef(0);

  const ask = useCallback(
    (before: readonly Page[]) => {
      const mine = ++latest.current;
      setLooking(true);
      question(before.at(-1)?.cursor ?? null).then((opened) => {
        if (latest.current !== mine) return;
        setLooking(false);
        setTrouble(opened.ok ? null : opened.trouble);
        if (opened.ok) setPages([...before, opened.data]);
      });
    },
    [question],
  );
  const look = useCallback(() => ask([]), [ask]);
  useEffect(() => {
    look();
    return () => {
      latest.current++;
    };
  }, [look]);

  const hasMore = (pages?.at(-1)?.cursor ?? null) !== null;
  const more = () => {
    if (hasMore && !isLooking) ask(pages ?? []);
  };
  return { pages, trouble, isLooking, hasMore, more, look };
}
