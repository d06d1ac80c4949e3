/**
 * What the card shows, as plain data: the record as last read, and one tile per difference. A
 * tile the reader has seen never vanishes under the pointer: it turns into what became of it.
 */
import type {
  CardChange,
  CardConflict,
  CardRecord,
  CardSettled,
  Choice,
} from "crm-sync-shared/contract.ts";
import type { Held } from "crm-sync-shared/record.ts";
import type { Reply } from "./service.ts";

export interface Board {
  readonly record: CardRecord;
  /** When `record` arrived, by the reader's own clock. */
  readonly receivedAt: number;
  readonly tiles: readonly Tile[];
}

export interface Tile {
  readonly conflict: CardConflict;
  readonly stage: Stage;
}

export type Stage =
  | { readonly kind: "open"; readonly note: Note | null }
  /** Sent, or waiting for an earlier choice of the same reader. */
  | { readonly kind: "settling"; readonly choice: Choice }
  /** Nobody said whether the choice arrived; the next look tells. */
  | { readonly kind: "unsure"; readonly choice: Choice }
  /** Safe with the service, but not every system has confirmed it. */
  | { readonly kind: "waiting"; readonly choice: Choice }
  /** The same everywhere. */
  | Settled
  /** Being taken back. */
  | { readonly kind: "undoing"; readonly settled: Settled };

export interface Settled {
  readonly kind: "settled";
  /** Undefined if it is not known which. */
  readonly value: Held | undefined;
  readonly by: string | null;
  /** By the service's clock; null: this reader cannot take it back. */
  readonly undoUntil: number | null;
  /** The rule that would answer so every time; null: there is none to propose. */
  readonly always: string | null;
  /** Why it was not taken back. */
  readonly note: string | null;
}

export interface Note {
  /** `input` belongs beside the typed value, the others above the choices. */
  readonly about: "moved" | "input" | "failed";
  readonly title: string;
  readonly text: string;
}

export function openBoard(record: CardRecord, receivedAt: number): Board {
  const settled = record.settled.map(settledTile);
  return { record, receivedAt, tiles: [...record.conflicts.map(openTile), ...settled] };
}

/** Takes in a newer look at the record; an older one, overtaken on its way, is dropped. */
export function refresh(board: Board, record: CardRecord, receivedAt: number): Board {
  if (record.readAt < board.record.readAt) return board;
  const found = new Map(record.conflicts.map((conflict) => [conflict.exceptionId, conflict]));
  const kept = board.tiles.flatMap((tile) => {
    const conflict = found.get(tile.conflict.exceptionId);
    found.delete(tile.conflict.exceptionId);
    if (conflict) return [refreshTile(tile, conflict)];
    const reopened = record.conflicts.some((other) => other.field === tile.conflict.field);
    return reopened ? [] : [closeTile(tile, record)];
  });
  const tiles = [...kept, ...[...found.values()].map(openTile)];
  const shown = new Set(tiles.map((tile) => tile.conflict.field));
  const others = record.settled.filter(({ conflict }) => !shown.has(conflict.field));
  return { record, receivedAt, tiles: [...tiles, ...others.map(settledTile)] };
}

export function begin(board: Board, exceptionId: string, choice: Choice): Board {
  return withStage(board, exceptionId, { kind: "settling", choice });
}

/** Takes in the reply to a choice. */
export function finish(board: Board, exceptionId: string, reply: Reply, now: number): Board {
  const tile = board.tiles.find((each) => each.conflict.exceptionId === exceptionId);
  if (tile?.stage.kind !== "settling") return board;
  const { choice } = tile.stage;
  if (reply.kind === "silent") return withStage(board, exceptionId, { kind: "unsure", choice });
  if (reply.kind !== "answered") {
    return withStage(board, exceptionId, failed(unsent[reply.kind]));
  }
  const { answer } = reply;
  const outcome = answer.ok
    ? closeTile(tile, answer.record).stage
    : afterError(answer.error, choice, tile.conflict, answer.record);
  const staged = withStage(board, exceptionId, outcome);
  return answer.record ? refresh(staged, answer.record, now) : staged;
}

export function beginUndo(board: Board, exceptionId: string): Board {
  const tile = board.tiles.find((each) => each.conflict.exceptionId === exceptionId);
  if (tile?.stage.kind !== "settled") return board;
  return withStage(board, exceptionId, { kind: "undoing", settled: tile.stage });
}

/** Takes in the reply to an undo. */
export function finishUndo(board: Board, exceptionId: string, reply: Reply, now: number): Board {
  const tile = board.tiles.find((each) => each.conflict.exceptionId === exceptionId);
  if (tile?.stage.kind !== "undoing") return board;
  const { settled } = tile.stage;
  if (reply.kind !== "answered") {
    return withStage(board, exceptionId, { ...settled, note: undoUnsent[reply.kind] });
  }
  const { answer } = reply;
  const note = answer.ok ? null : answer.error.message;
  const staged = withStage(board, exceptionId, { ...settled, undoUntil: null, note });
  return answer.record ? refresh(staged, answer.record, now) : staged;
}

/** How long an answer can still be taken back, milliseconds. */
export function undoLeftMs(board: Board, { undoUntil }: Settled, now: number): number {
  if (undoUntil === null) return 0;
  return Math.max(0, undoUntil - board.record.readAt - (now - board.receivedAt));
}

/** Milliseconds since a moment of the service's clock, whatever the reader's own clock says. */
export function ageMs(board: Board, at: number, now: number): number {
  return Math.max(0, board.record.readAt - at + (now - board.receivedAt));
}

/** The tile that gets the card's one primary button: the first with something to recommend. */
export function primaryTile(board: Board): string | null {
  const tile = board.tiles.find(
    ({ conflict, stage }) =>
      conflict.recommended !== null && (stage.kind === "open" || stage.kind === "settling"),
  );
  return tile?.conflict.exceptionId ?? null;
}

const openTile = (conflict: CardConflict): Tile => ({
  conflict,
  stage: { kind: "open", note: null },
});

const settledTile = ({ conflict, value, by, undoUntil, always }: CardSettled): Tile => ({
  conflict,
  stage: { kind: "settled", value, by: by.name ?? null, undoUntil, always, note: null },
});

const failed = (text: string): Stage => ({
  kind: "open",
  note: { about: "failed", title: "Not settled yet", text },
});

const moved: Note = {
  about: "moved",
  title: "These values changed just now",
  text: "Look again before you choose.",
};
const lost = "No answer came. Nothing is lost: choose again.";
const unsent = {
  refused: "The sync service did not accept this. Reload the page and choose again.",
  busy: "HubSpot is busy right now. Wait a few seconds and choose again.",
  outdated: "This card is out of date. Reload the page and choose again.",
} as const;

const undoUnsent = {
  silent: "No answer came. Nothing is lost: try again.",
  refused: "The sync service did not accept this. Reload the page and try again.",
  busy: "HubSpot is busy right now. Wait a few seconds and try again.",
  outdated: "This card is out of date. Reload the page and try again.",
} as const;

function withStage(board: Board, exceptionId: string, stage: Stage): Board {
  const tiles = board.tiles.map((tile) =>
    tile.conflict.exceptionId === exceptionId ? { ...tile, stage } : tile,
  );
  return { ...board, tiles };
}

/** The difference is still there. */
function refreshTile(tile: Tile, conflict: CardConflict): Tile {
  const { stage } = tile;
  switch (stage.kind) {
    case "open": {
      const same = conflict.shown === tile.conflict.shown;
      return {
        conflict,
        stage: same ? stage : { kind: "open", note: moved },
      };
    }
    case "settling":
      return tile;
    case "unsure":
      return { conflict, stage: failed(lost) };
    case "waiting":
      return { ...tile, conflict };
    case "undoing":
    case "settled":
      return openTile(conflict);
  }
}

/** The difference is gone: by this reader's choice, or because somebody else was first. */
function closeTile(tile: Tile, record: CardRecord): Tile {
  const { conflict, stage } = tile;
  const answer = record.settled.find((one) => one.conflict.exceptionId === conflict.exceptionId);
  const { undoUntil, always } = answer ?? { undoUntil: null, always: null };
  if (stage.kind === "undoing") return tile;
  if (stage.kind === "settled") return { conflict, stage: { ...stage, undoUntil, always } };
  const change = lastChange(record, conflict);
  if (stage.kind === "open") {
    const by = answer?.by.name ?? change?.actor?.name ?? null;
    return { conflict, stage: settledAs(answer?.value ?? change?.to, by, answer) };
  }
  const value = kept(stage.choice, conflict) ?? (change ? change.to : typed(stage.choice));
  return { conflict, stage: settledAs(value, null, answer) };
}

const settledAs = (
  value: Held | undefined,
  by: string | null,
  answer: Pick<CardSettled, "undoUntil" | "always"> | undefined,
): Settled => ({
  kind: "settled",
  value,
  by,
  undoUntil: answer?.undoUntil ?? null,
  always: answer?.always ?? null,
  note: null,
});

function lastChange(record: CardRecord, conflict: CardConflict): CardChange | undefined {
  return record.changes
    .filter((change) => change.field === conflict.field && change.at >= conflict.openedAt)
    .sort((one, other) => other.at - one.at)[0];
}

function kept(choice: Choice, conflict: CardConflict): Held | undefined {
  if (choice.kind !== "keep") return undefined;
  return conflict.values.find((value) => value.system === choice.system)?.value;
}

const typed = (choice: Choice) => (choice.kind === "type" ? choice.text : undefined);

type Refusal = Extract<Extract<Reply, { kind: "answered" }>["answer"], { ok: false }>["error"];

function afterError(
  error: Refusal,
  choice: Choice,
  conflict: CardConflict,
  record: CardRecord | null,
): Stage {
  switch (error.code) {
    case "pending":
      return { kind: "waiting", choice };
    case "settled":
      return settledAs(
        record ? lastChange(record, conflict)?.to : undefined,
        (record && lastChange(record, conflict)?.actor?.name) ?? null,
        undefined,
      );
    case "changed":
      return { kind: "open", note: moved };
    case "invalid":
      return {
        kind: "open",
        note: {
          about: choice.kind === "type" ? "input" : "failed",
          title: "Not settled yet",
          text: error.message,
        },
      };
    case "bad_request":
      return failed(unsent.outdated);
    case "forbidden":
    case "unreachable":
    case "not_found":
    case "unavailable":
      return failed(error.message);
  }
}
