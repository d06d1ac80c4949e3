/**
 * The card's state: what was read, what the reader chose, what became of it. One choice is sent
 * once, however often its button is clicked, and choices are sent one after the other.
 */
import type { Choice } from "crm-sync-shared/contract.ts";
import { useCallback, useEffect, useRef, useState } from "react";
import { type Board, begin, finish, openBoard, refresh } from "../board.ts";
import type { Clock } from "../clock.ts";
import { isMoving, nextLookMs } from "../pace.ts";
import type { Reply, Service } from "../service.ts";

export interface SyncCardState {
  /** Null until the first answer with a record. */
  readonly board: Board | null;
  /** The last reply that was not a plain answer, until one is. */
  readonly trouble: Reply | null;
  /** When this was true, by the reader's own clock; ages are counted to here. */
  readonly now: number;
  readonly isSyncing: boolean;
  readonly choose: (exceptionId: string, choice: Choice) => void;
  readonly syncNow: () => void;
  readonly lookNow: () => void;
  /** For when the record was just edited, and the news is on its way. */
  readonly lookSoon: () => void;
}

export function useSyncCard(service: Service, clock: Clock, onSettled: () => void): SyncCardState {
  const [board, setBoard] = useState<Board | null>(null);
  const [trouble, setTrouble] = useState<Reply | null>(null);
  const [now, setNow] = useState(clock.now);
  const [isSyncing, setIsSyncing] = useState(false);
  const pace = useRef({ quickLooks: 0, actedAt: clock.now() });
  const latest = useRef<Board | null>(null);
  const choices = useRef({ running: new Set<string>(), last: Promise.resolve() });

  const put = useCallback((next: Board | null) => {
    latest.current = next;
    setBoard(next);
  }, []);

  const takeIn = useCallback(
    (reply: Reply) => {
      const at = clock.now();
      setNow(at);
      setTrouble(isPlain(reply) ? null : reply);
      if (reply.kind !== "answered" || !reply.answer.record) return;
      const { record } = reply.answer;
      put(latest.current ? refresh(latest.current, record, at) : openBoard(record, at));
    },
    [clock, put],
  );

  const look = useLooking(service, clock, pace, latest, takeIn);

  const choose = useCallback(
    (exceptionId: string, choice: Choice) => {
      const tile = latest.current?.tiles.find((each) => each.conflict.exceptionId === exceptionId);
      if (!latest.current || tile?.stage.kind !== "open") return;
      if (choices.current.running.has(exceptionId)) return;
      choices.current.running.add(exceptionId);
      pace.current = { quickLooks: 0, actedAt: clock.now() };
      put(begin(latest.current, exceptionId, choice));
      const { shown } = tile.conflict;
      choices.current.last = choices.current.last.then(async () => {
        const reply = await service.settle({ exceptionId, shown, choice });
        choices.current.running.delete(exceptionId);
        if (!latest.current) return;
        setNow(clock.now());
        put(finish(latest.current, exceptionId, reply, clock.now()));
        if (reply.kind === "answered" && reply.answer.ok) onSettled();
        look(isMoving(latest.current) ? 1_000 : null);
      });
    },
    [service, clock, put, look, onSettled],
  );

  const syncing = useRef(false);
  const syncNow = useCallback(() => {
    if (syncing.current) return;
    syncing.current = true;
    setIsSyncing(true);
    pace.current = { quickLooks: 0, actedAt: clock.now() };
    service.sync().then((reply) => {
      syncing.current = false;
      setIsSyncing(false);
      takeIn(reply);
      if (isPlain(reply)) onSettled();
      look(1_000);
    });
  }, [service, clock, takeIn, look, onSettled]);

  const lookIn = useCallback(
    (delayMs: number) => {
      pace.current = { quickLooks: 0, actedAt: clock.now() };
      look(delayMs);
    },
    [clock, look],
  );
  const lookNow = useCallback(() => lookIn(0), [lookIn]);
  const lookSoon = useCallback(() => lookIn(1_500), [lookIn]);

  return { board, trouble, now, isSyncing, choose, syncNow, lookNow, lookSoon };
}

const isPlain = (reply: Reply) => reply.kind === "answered" && reply.answer.ok;

/** Looks at once and then again and again; the answer brings the next look forward. */
function useLooking(
  service: Service,
  clock: Clock,
  pace: { current: { quickLooks: number; actedAt: number } },
  latest: { readonly current: Board | null },
  takeIn: (reply: Reply) => void,
): (soonMs: number | null) => void {
  const timer = useRef<{ cancel: () => void; run: () => void } | null>(null);

  useEffect(() => {
    let alive = true;
    let looking = false;
    const run = () => {
      if (!alive || looking) return;
      looking = true;
      service.look().then((reply) => {
        looking = false;
        if (!alive) return;
        takeIn(reply);
        const board = latest.current;
        const { quickLooks, actedAt } = pace.current;
        pace.current.quickLooks = board && isMoving(board) ? quickLooks + 1 : 0;
        plan(nextLookMs(board, quickLooks, clock.now() - actedAt));
      });
    };
    const plan = (delayMs: number) => {
      timer.current?.cancel();
      timer.current = { run, cancel: clock.after(delayMs, run) };
    };
    run();
    return () => {
      alive = false;
      timer.current?.cancel();
      timer.current = null;
    };
  }, [service, clock, pace, latest, takeIn]);

  return useCallback(
    (soonMs: number | null) => {
      const planned = timer.current;
      if (!planned || soonMs === null) return;
      planned.cancel();
      if (soonMs === 0) planned.run();
      else timer.current = { run: planned.run, cancel: clock.after(soonMs, planned.run) };
    },
    [clock],
  );
}
