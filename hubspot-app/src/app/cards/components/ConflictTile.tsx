/** One field that differs: each system's value, and one click to settle it. */
import {
  Alert,
  Button,
  Flex,
  Icon,
  LoadingButton,
  Tag,
  Text,
  Tile,
  Tooltip,
} from "@hubspot/ui-extensions";
import type { CardConflict, CardValue, Choice } from "crm-sync-shared/contract.ts";
import { useState } from "react";
import type { Stage, Tile as TileState } from "../board.ts";
import { distinctTexts } from "../format.ts";
import { isTypable } from "../typed.ts";
import { listed, who, whose } from "../words.ts";
import type { View } from "./RecordView.tsx";
import { TypedValue } from "./TypedValue.tsx";

interface ConflictTileProps {
  readonly tile: TileState;
  /** Only the first open tile has a primary button: one a card. */
  readonly isFirst: boolean;
  readonly view: View;
  readonly onChoose: (choice: Choice) => void;
}

export function ConflictTile(props: ConflictTileProps) {
  const { conflict, stage } = props.tile;
  return (
    <Tile compact testId={`conflict-${conflict.field}`}>
      <Flex direction="column" gap="xs">
        <Text format={{ fontWeight: "demibold" }}>{conflict.label}</Text>
        {stage.kind === "settled" ? (
          <Settled conflict={conflict} stage={stage} view={props.view} />
        ) : (
          <Unsettled {...props} />
        )}
      </Flex>
    </Tile>
  );
}

function Settled(props: {
  readonly conflict: CardConflict;
  readonly stage: Extract<Stage, { kind: "settled" }>;
  readonly view: View;
}) {
  const { conflict, stage, view } = props;
  const systems = listed(conflict.values.map((value) => value.label));
  const value = stage.value === undefined ? null : view.format.value(conflict.type, stage.value);
  const lead = stage.by ? `Settled by ${stage.by}` : "Settled";
  return (
    <Text>
      <Icon name="success" color="success" size="sm" screenReaderText="Done:" />{" "}
      {value === null ? `${lead}: the same in ${systems}` : `${lead}: ${value} in ${systems}`}
    </Text>
  );
}

function Unsettled({ tile, isFirst, view, onChoose }: ConflictTileProps) {
  const { conflict, stage } = tile;
  const [isTyping, setIsTyping] = useState(false);
  const note = stage.kind === "open" ? stage.note : null;
  const groups = groupValues(conflict);
  const texts = distinctTexts(
    view.format,
    conflict.type,
    groups.map((group) => group.value),
  );
  return (
    <>
      {note && note.about !== "input" && (
        <Alert variant={note.about === "moved" ? "info" : "warning"} title={note.text} />
      )}
      {groups.map((group, index) => (
        <HeldValue key={group.key} group={group} text={texts[index] ?? ""} view={view} />
      ))}
      {stage.kind === "waiting" && <Text>Saved. Waiting for every system to confirm.</Text>}
      {stage.kind === "unsure" && <Text>No answer yet. Looking whether it was saved.</Text>}
      {stage.kind !== "waiting" &&
        stage.kind !== "unsure" &&
        (view.board.record.mayResolve ? (
          <>
            <Text variant="microcopy">{conflict.recommended?.because ?? conflict.reason}</Text>
            {isTyping ? (
              <TypedValue
                tile={tile}
                isPrimary={isFirst}
                onChoose={onChoose}
                onCancel={() => setIsTyping(false)}
              />
            ) : (
              <Choices
                tile={tile}
                groups={groups}
                isFirst={isFirst}
                onChoose={onChoose}
                onType={() => setIsTyping(true)}
              />
            )}
          </>
        ) : (
          <Text variant="microcopy">
            You can see this but not settle it. Ask your HubSpot admin for the right to.
          </Text>
        ))}
    </>
  );
}

/** Systems that hold the same value are one choice. */
interface Group {
  readonly key: string;
  readonly value: CardValue["value"];
  readonly values: readonly CardValue[];
  readonly isRecommended: boolean;
}

/** The recommended value first, then the order of the systems. */
function groupValues(conflict: CardConflict): readonly Group[] {
  const groups = new Map<string, CardValue[]>();
  for (const value of conflict.values) {
    const key = JSON.stringify(value.value);
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  const all = [...groups].map(([key, values]) => ({
    key,
    values,
    value: values[0]?.value ?? null,
    isRecommended: values.some((each) => each.system === conflict.recommended?.system),
  }));
  return [
    ...all.filter((group) => group.isRecommended),
    ...all.filter((group) => !group.isRecommended),
  ];
}

function HeldValue(props: { readonly group: Group; readonly text: string; readonly view: View }) {
  const { group, text, view } = props;
  return (
    <Flex direction="column" gap="flush">
      {group.values.map((value) => (
        <Flex key={value.system} direction="row" justify="between" align="center" gap="xs">
          <Text variant="microcopy">
            {[value.label, who(value.actor)].filter(Boolean).join(", ")}
          </Text>
          {value.at !== null && (
            <Tag overlay={<Tooltip>{view.format.moment(value.at)}</Tooltip>}>
              {view.ago(value.at)}
            </Tag>
          )}
        </Flex>
      ))}
      <Text format={{ italic: group.value === null }}>{text}</Text>
    </Flex>
  );
}

function Choices(props: {
  readonly tile: TileState;
  readonly groups: readonly Group[];
  readonly isFirst: boolean;
  readonly onChoose: (choice: Choice) => void;
  readonly onType: () => void;
}) {
  const { conflict, stage } = props.tile;
  const chosen =
    stage.kind === "settling" && stage.choice.kind === "keep" ? stage.choice.system : null;
  return (
    <>
      <Flex direction="row" gap="xs" wrap>
        {props.groups.map((group) => {
          const [first] = group.values;
          if (!first) return null;
          const isChosen = group.values.some((value) => value.system === chosen);
          return (
            <LoadingButton
              key={group.key}
              size="sm"
              variant={props.isFirst && group.isRecommended ? "primary" : "secondary"}
              loading={isChosen}
              disabled={stage.kind === "settling" && !isChosen}
              onClick={() => props.onChoose({ kind: "keep", system: first.system })}
              testId={`keep-${conflict.field}-${first.system}`}
            >
              Keep {whose(listed(group.values.map((value) => value.label)))}
            </LoadingButton>
          );
        })}
      </Flex>
      {isTypable(conflict.type) && (
        <Flex>
          <Button
            size="xs"
            variant="transparent"
            disabled={stage.kind === "settling"}
            onClick={props.onType}
            testId={`type-${conflict.field}`}
          >
            Type another value…
          </Button>
        </Flex>
      )}
    </>
  );
}
