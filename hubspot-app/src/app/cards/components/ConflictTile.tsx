/** One field that differs: each system's value, and one click to settle it. */
import { Alert, Flex, LoadingSpinner, Text, Tile } from "@hubspot/ui-extensions";
import { distinctTexts } from "crm-sync-common/format.ts";
import type { CardConflict, Choice } from "crm-sync-shared/contract.ts";
import { useState } from "react";
import type { Tile as TileState } from "../board.ts";
import { excerpts } from "../excerpt.ts";
import { type Group, groupValues } from "../groups.ts";
import type { Acting } from "../hooks/use-acting.ts";
import { Choices } from "./Choices.tsx";
import { HeldValue } from "./HeldValue.tsx";
import type { View } from "./RecordView.tsx";
import { SettledTile } from "./SettledTile.tsx";
import { TypedValue } from "./TypedValue.tsx";

export interface ConflictTileProps {
  readonly tile: TileState;
  /** One tile a card has a primary button. */
  readonly isPrimary: boolean;
  readonly view: View;
  readonly onChoose: (choice: Choice) => void;
  readonly acting: Acting;
  readonly onUndo: () => void;
}

export function ConflictTile(props: ConflictTileProps) {
  const { conflict, stage } = props.tile;
  return (
    <Tile compact testId={`conflict-${conflict.field}`}>
      <Flex direction="column" gap="sm">
        <Text format={{ fontWeight: "demibold" }}>{conflict.label}</Text>
        {stage.kind === "settled" || stage.kind === "undoing" ? (
          <SettledTile {...props} />
        ) : (
          <Unsettled {...props} />
        )}
      </Flex>
    </Tile>
  );
}

function Unsettled(props: ConflictTileProps) {
  const { view } = props;
  const { conflict, stage } = props.tile;
  const note = stage.kind === "open" ? stage.note : null;
  const groups = groupValues(conflict);
  const held = groups.map((group) => group.value);
  const texts = distinctTexts(view.format, conflict.type, held);
  const parts = excerpts(texts);
  return (
    <>
      {note && note.about !== "input" && (
        <Alert variant={note.about === "moved" ? "info" : "warning"} title={note.title}>
          <Text>{note.text}</Text>
        </Alert>
      )}
      {groups.map((group, index) => (
        <HeldValue
          key={group.key}
          group={group}
          text={texts[index] ?? ""}
          excerpt={parts?.[index] ?? null}
          view={view}
        />
      ))}
      {stage.kind === "waiting" && (
        <LoadingSpinner showLabel label="Saved, waiting for confirmation" />
      )}
      {stage.kind === "unsure" && (
        <LoadingSpinner showLabel label="Checking whether it was saved" />
      )}
      {(stage.kind === "open" || stage.kind === "settling") &&
        (view.board.record.mayResolve ? (
          <Answering {...props} groups={groups} />
        ) : (
          note === null && (
            <Text variant="microcopy">
              You can see this, but not settle it. Your HubSpot admin can give you the right.
            </Text>
          )
        ))}
    </>
  );
}

/**
 * The choices, and the input below them: the button that opened it stays, and so does the focus of
 * whoever works by keyboard.
 */
function Answering(props: ConflictTileProps & { readonly groups: readonly Group[] }) {
  const { tile, groups, isPrimary, view, onChoose } = props;
  const [isTyping, setIsTyping] = useState(false);
  return (
    <>
      <Text variant="microcopy">{reasonOf(tile.conflict)}</Text>
      <Choices
        {...tile}
        groups={groups}
        isPrimary={isPrimary}
        view={view}
        onChoose={onChoose}
        onType={() => setIsTyping((was) => !was)}
      />
      {isTyping && (
        <TypedValue tile={tile} onChoose={onChoose} onCancel={() => setIsTyping(false)} />
      )}
    </>
  );
}

/** Why the first choice is the first, or why nobody but a person can say. */
function reasonOf({ recommended, values, reason }: CardConflict): string {
  const first = values.find((value) => value.system === recommended?.system);
  return recommended && first ? `Suggested: ${first.label}. ${recommended.because}` : reason;
}
