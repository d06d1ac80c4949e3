/**
 * Looks at something, and again whenever told or after a while. What was seen last stays to be
 * seen while it is looked at again, also when that goes wrong; an older answer never replaces a
 * newer one.
 */
import { useCallback, useEffect, useRef, useState } from "react";
import type { Clock } from "./clock.ts";
import type { Opened, Trouble } from "./trouble.ts";

export interface Look<Data> {
  readonly data: Data | null;
  /** When `data` arrived, by the reader's own clock. */
  readonly seenAt: number;
  /** What went wrong the last time; null when it went well. */
  readonly trouble: Trouble | null;
  readonly isLooking: boolean;
  readonly look: () => void;
}

/** Look again this long after an answer; null: only when told. */
export type Pace<Data> = number | null | ((data: Data | null) => number | null);

export interface LookOptions<Data> {
  readonly clock: Clock;
  readonly pace: Pace<Data>;
}

/** `question` is asked again whenever it is another function: the caller keeps it stable. */
export function useLook<Data>(
  question: () => Promise<Opened<Data>>,
  { clock, pace }: LookOptions<Data>,
): Look<Data> {
  const [shown, setShown] = useState<{ data: Data | null; seenAt: number }>({
    data: null,
    seenAt: 0,
  });
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [isLooking, setLooking] = useState(true);
  const latest = useRef(0);
  const asked = useRef(question);

  const look = useCallback(() => {
    const mine = ++latest.current;
    setLooking(true);
    question().then((opened) => {
      if (latest.current !== mine) return;
      setLooking(false);
      setTrouble(opened.ok ? null : opened.trouble);
      if (opened.ok) setShown({ data: opened.data, seenAt: clock.now() });
    });
  }, [question, clock]);

  useEffect(() => {
    // Another question: what was seen belongs to the one before.
    if (asked.current !== question) setShown({ data: null, seenAt: 0 });
    asked.current = question;
    look();
    return () => {
      latest.current++;
    };
  }, [question, look]);

  const everyMs = typeof pace === "function" ? pace(shown.data) : pace;
  useEffect(() => {
    if (everyMs === null || isLooking) return;
    return clock.after(everyMs, look);
  }, [everyMs, isLooking, clock, look]);

  return { ...shown, trouble, isLooking, look };
}
