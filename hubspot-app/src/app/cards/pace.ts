/** How long to wait before looking again: quickly while something moves, ever less when idle. */
import type { Board } from "./board.ts";

const minuteMs = 60_000;

/** Quick looks in a row, about half a minute; what has not settled by then is not in a hurry. */
export const quickLooksMax = 12;

export function isMoving(board: Board): boolean {
  return (
    board.record.state === "syncing" ||
    board.tiles.some(({ stage }) => stage.kind === "waiting" || stage.kind === "unsure")
  );
}

/** `idleMs`: since the reader last did something here; a record page is often left open. */
export function nextLookMs(board: Board | null, quickLooks: number, idleMs: number): number {
  if (board && isMoving(board) && quickLooks < quickLooksMax) {
    return Math.min(4_000, 1_000 + 500 * quickLooks);
  }
  if (idleMs < 5 * minuteMs) return 8_000;
  return idleMs < 60 * minuteMs ? 30_000 : 5 * minuteMs;
}
