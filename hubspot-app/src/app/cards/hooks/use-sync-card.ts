/**
 * The card's state: what was read, what the reader chose, what became of it. One choice is sent
 * once, however often its button is clicked, and choices are sent one after the other.
 */

import type { Clock } from "crm-sync-common/clock.ts";
import type { Choice } from "crm-sync-shared/contract.ts";
import { useCallback, useRef, useState } from "react";
import { type Board, begin, beginUndo, finish, finishUndo, openBoard, refresh } from "../board.ts";
import { isMoving } from "../pace.ts";
import type { Reply, Service } from "../service.ts";
import { type Acting, useActing } from "./use-acting.ts";
import { type Looking, useLooking } from "./use-looking.ts";

export interface SyncCardState {
  /** Null until the first answer with a record. */
  readonly board: Board | null;
  /** The last reply that was not a plain answer, until one is. */
  readonly trouble: Reply | null;
  /** When this was true, by the reader's own clock; ages are counted to here. */
  readonly now: number;
  readonly isSyncing: boolean;
  readonly choose: (exceptionId: string, choice: Choice) => void;
  readonly undo: (exceptionId: string) => void;
  readonly acting: Acting;
  readonly syncNow: () => void;
  readonly lookNow: () => void;
  /** For when the record was just edited, and the news is on its way. */
  readonly lookSoon: () => void;
}

/** How long after an edit on the page its news can have arrived. */
const newsMs = 1_500;

export function useSyncCard(service: Service, clock: Clock, onSettled: () => void): SyncCardState {
  const held = useBoard(clock);
  const looking = useLooking(service, clock, held.read, held.takeIn);
  const { choose, undo } = useChoosing(service, held, looking, onSettled);
  const { isSyncing, syncNow } = useSyncing(service, held, looking, onSettled);
  const { lookAfter } = looking;
  const after = useCallback(
    (isDone: boolean) => {
      if (isDone) onSettled();
      lookAfter(1_000);
    },
    [onSettled, lookAfter],
  );
  const acting = useActing(held.takeIn, after);
  return {
    board: held.board,
    trouble: held.trouble,
    now: held.now,
    isSyncing,
    choose,
    undo,
    acting,
    syncNow,
    lookNow: useCallback(() => lookAfter(0), [lookAfter]),
    lookSoon: useCallback(() => lookAfter(newsMs), [lookAfter]),
  };
}

interface HeldBoard {
  readonly board: Board | null;
  readonly trouble: Reply | null;
  readonly now: number;
  /** What `board` will be once drawn: a second click may come before that. */
  readonly read: () => Board | null;
  readonly put: (change: (board: Board, now: number) => Board) => void;
  readonly takeIn: (reply: Reply) => void;
}

function useBoard(clock: Clock): HeldBoard {
  const [board, setBoard] = useState<Board | null>(null);
  const [trouble, setTrouble] = useState<Reply | null>(null);
  const [now, setNow] = useState(clock.now);
  const latest = useRef<Board | null>(null);

  const put = useCallback<HeldBoard["put"]>(
    (change) => {
      if (!latest.current) return;
      const at = clock.now();
      latest.current = change(latest.current, at);
      setNow(at);
      setBoard(latest.current);
    },
    [clock],
  );
  const takeIn = useCallback(
    (reply: Reply) => {
      const at = clock.now();
      setNow(at);
      setTrouble(isPlain(reply) ? null : reply);
      if (reply.kind !== "answered" || !reply.answer.record) return;
      const { record } = reply.answer;
      latest.current = latest.current ? refresh(latest.current, record, at) : openBoard(record, at);
      setBoard(latest.current);
    },
    [clock],
  );
  const read = useCallback(() => latest.current, []);
  return { board, trouble, now, read, put, takeIn };
}

function useChoosing(
  service: Service,
  { read, put }: HeldBoard,
  { lookAfter, restart }: Looking,
  onSettled: () => void,
): Pick<SyncCardState, "choose" | "undo"> {
  const last = useRef(Promise.resolve());
  const choose = useCallback<SyncCardState["choose"]>(
    (exceptionId, choice) => {
      const tile = read()?.tiles.find((each) => each.conflict.exceptionId === exceptionId);
      // A tile that is being settled is no longer open: the second click of two ends here.
      if (tile?.stage.kind !== "open") return;
      const { shown } = tile.conflict;
      restart();
      put((board) => begin(board, exceptionId, choice));
      last.current = last.current.then(async () => {
        const reply = await service.settle({ exceptionId, shown, choice });
        put((board, now) => finish(board, exceptionId, reply, now));
        if (isPlain(reply)) onSettled();
        const board = read();
        if (board && isMoving(board)) lookAfter(1_000);
      });
    },
    [service, read, put, lookAfter, restart, onSettled],
  );
  const undo = useCallback<SyncCardState["undo"]>(
    (exceptionId) => {
      const tile = read()?.tiles.find((each) => each.conflict.exceptionId === exceptionId);
      if (tile?.stage.kind !== "settled" || tile.stage.undoUntil === null) return;
      restart();
      put((board) => beginUndo(board, exceptionId));
      last.current = last.current.then(async () => {
        const reply = await service.undo(exceptionId);
        put((board, now) => finishUndo(board, exceptionId, reply, now));
        if (isPlain(reply)) onSettled();
        lookAfter(1_000);
      });
    },
    [service, read, put, lookAfter, restart, onSettled],
  );
  return { choose, undo };
}

function useSyncing(
  service: Service,
  { takeIn }: HeldBoard,
  { lookAfter }: Looking,
  onSettled: () => void,
): Pick<SyncCardState, "isSyncing" | "syncNow"> {
  const [isSyncing, setIsSyncing] = useState(false);
  const isUnderWay = useRef(false);
  const syncNow = useCallback(() => {
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    setIsSyncing(true);
    service.sync().then((reply) => {
      isUnderWay.current = false;
      setIsSyncing(false);
      takeIn(reply);
      if (isPlain(reply)) onSettled();
      lookAfter(1_000);
    });
  }, [service, takeIn, lookAfter, onSettled]);
  return { isSyncing, syncNow };
}

const isPlain = (reply: Reply) => reply.kind === "answered" && reply.answer.ok;
