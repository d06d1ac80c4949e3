/** What became of a difference, and for ten minutes the way back. */
import { Flex, Icon, LoadingButton, Text } from "@hubspot/ui-extensions";
import { listed } from "crm-sync-common/words.ts";
import { useState } from "react";
import { undoLeftMs } from "../board.ts";
import type { Acting } from "../hooks/use-acting.ts";
import type { Reply } from "../service.ts";
import type { ConflictTileProps } from "./ConflictTile.tsx";

export function SettledTile({ tile, view, acting, onUndo }: ConflictTileProps) {
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
      {settled.always !== null && stage.kind === "settled" && (
        <Always
          rule={settled.always}
          name={`propose-${conflict.exceptionId}`}
          propose={() => view.service.propose(conflict.exceptionId)}
          acting={acting}
        />
      )}
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

interface AlwaysProps {
  readonly rule: string;
  readonly name: string;
  readonly propose: () => Promise<Reply>;
  readonly acting: Acting;
}

/** The same choice as a rule: sent to whoever keeps the rules, who may say no. */
function Always({ rule, name, propose, acting }: AlwaysProps) {
  const [isAsked, setIsAsked] = useState(false);
  const failure = acting.failure?.name === name ? acting.failure.text : null;
  const isUnderWay = acting.underWay === name;
  if (isAsked && !isUnderWay && failure === null) {
    return <Text variant="microcopy">Proposed as a rule. An administrator decides on it.</Text>;
  }
  return (
    <Flex direction="column" gap="flush" align="start">
      <LoadingButton
        size="xs"
        variant="secondary"
        loading={isUnderWay}
        onClick={() => {
          setIsAsked(true);
          acting.act(name, propose);
        }}
        testId={name}
      >
        Always do this…
      </LoadingButton>
      <Text variant="microcopy">{failure ?? `Proposes a rule: ${rule}`}</Text>
    </Flex>
  );
}

/** A value stands apart from the sentence it is in. */
const quoted = (text: string): string => (text === "Empty" ? "empty" : `“${text}”`);

function left(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  return minutes === 1 ? "For one minute more" : `For ${minutes} minutes more`;
}
