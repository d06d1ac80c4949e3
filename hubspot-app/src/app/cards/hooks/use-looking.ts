/** Looks at the record at once and then again and again; news brings the next look forward. */

import type { Clock } from "crm-sync-common/clock.ts";
import { useCallback, useEffect, useRef } from "react";
import type { Board } from "../board.ts";
import { isMoving, nextLookMs } from "../pace.ts";
import type { Reply, Service } from "../service.ts";

export interface Looking {
  /** The reader did something: look after this, and often for a while. */
  readonly lookAfter: (delayMs: number) => void;
  /** The reader did something: look often for a while, but not before the planned look. */
  readonly restart: () => void;
}

export function useLooking(
  service: Service,
  clock: Clock,
  read: () => Board | null,
  takeIn: (reply: Reply) => void,
): Looking {
  const pace = useRef({ quickLooks: 0, actedAt: clock.now() });
  const planned = useRef<{ readonly look: () => void; cancel: () => void } | null>(null);

  useEffect(() => {
    let isUnderWay = false;
    const plan = { look, cancel: () => undefined as unknown };
    function look() {
      if (planned.current !== plan || isUnderWay) return;
      isUnderWay = true;
      service.look().then((reply) => {
        isUnderWay = false;
        if (planned.current !== plan) return;
        takeIn(reply);
        const board = read();
        const { quickLooks, actedAt } = pace.current;
        pace.current.quickLooks = board && isMoving(board) ? quickLooks + 1 : 0;
        plan.cancel();
        plan.cancel = clock.after(nextLookMs(board, quickLooks, clock.now() - actedAt), look);
      });
    }
    planned.current = plan;
    look();
    return () => {
      plan.cancel();
      planned.current = null;
    };
  }, [service, clock, read, takeIn]);

  const restart = useCallback(() => {
    pace.current = { quickLooks: 0, actedAt: clock.now() };
  }, [clock]);

  const lookAfter = useCallback(
    (delayMs: number) => {
      restart();
      const plan = planned.current;
      if (!plan) return;
      plan.cancel();
      if (delayMs === 0) plan.look();
      else plan.cancel = clock.after(delayMs, plan.look);
    },
    [clock, restart],
  );
  return { lookAfter, restart };
}
