/** What became of a difference, and for ten minutes the way back. */
import { Flex, Icon, LoadingButton, Text } from "@hubspot/ui-extensions";
import { listed } from "crm-sync-common/words.ts";
import { undoLeftMs } from "../board.ts";
import type { ConflictTileProps } from "./ConflictTile.tsx";

export function SettledTile({ tile, view, onUndo }: ConflictTileProps) {
  const { conflict, stage } = tile;
  if (stage.kind !== "settled" && stage.kind !== "undoing") return null;
  const settled = stage.kind === "undoing" ? stage.settled : stage;
  const systems = listed(conflict.values.map((value) => value.label));
  const value =
    settled.value === undefined ? null : quoted(view.format.value(conflict.type, settled.value));
  const lead = settled.by ? `Settled by ${settled.by}` : "Settled";
  const leftMs = undoLeftMs(view.board, settled, view.now);
  return (
    <Flex direction="column" gap="xs">
      <Text>
        <Icon name="success" color="success" size="sm" screenReaderText="Done:" />{" "}
        {value === null ? `${lead}: the same in ${systems}` : `${lead}: ${value} in ${systems}`}
      </Text>
      {settled.note !== null && <Text variant="microcopy">{settled.note}</Text>}
      {(leftMs > 0 || stage.kind === "undoing") && (
        <Flex direction="row" gap="sm" align="center">
          <LoadingButton
            size="xs"
            variant="secondary"
            loading={stage.kind === "undoing"}
            onClick={onUndo}
            testId={`undo-${conflict.field}`}
          >
            {stage.kind === "undoing" ? "Taking it back" : "Undo"}
          </LoadingButton>
          {stage.kind !== "undoing" && <Text variant="microcopy">{left(leftMs)}</Text>}
        </Flex>
      )}
    </Flex>
  );
}

/** A value stands apart from the sentence it is in. */
const quoted = (text: string): string => (text === "Empty" ? "empty" : `“${text}”`);

function left(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  return minutes === 1 ? "For one minute more" : `For ${minutes} minutes more`;
}
