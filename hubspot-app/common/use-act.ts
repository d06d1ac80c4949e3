/** One thing a person does: done once however often it is clicked, and what became of it. */
import { useCallback, useRef, useState } from "react";
import type { Opened, Trouble } from "./trouble.ts";

export interface Act<Asked, Data> {
  readonly run: (asked: Asked) => Promise<Opened<Data> | null>;
  readonly isRunning: boolean;
  /** What it brought the last time; null before, meanwhile, and when it went wrong. */
  readonly data: Data | null;
  readonly trouble: Trouble | null;
  /** As if nothing had been done yet. */
  readonly reset: () => void;
}

interface State<Data> {
  readonly isRunning: boolean;
  readonly data: Data | null;
  readonly trouble: Trouble | null;
}

const atRest = { isRunning: false, data: null, trouble: null } as const;

export function useAct<Asked, Data>(
  act: (asked: Asked) => Promise<Opened<Data>>,
): Act<Asked, Data> {
  const [state, setState] = useState<State<Data>>(atRest);
  const isUnderWay = useRef(false);
  const run = useCallback(
    async (asked: Asked) => {
      if (isUnderWay.current) return null;
      isUnderWay.current = true;
      setState({ ...atRest, isRunning: true });
      const opened = await act(asked);
      isUnderWay.current = false;
      setState(
        opened.ok ? { ...atRest, data: opened.data } : { ...atRest, trouble: opened.trouble },
      );
      return opened;
    },
    [act],
  );
  const reset = useCallback(() => setState(atRest), []);
  return { ...state, run, reset };
}
