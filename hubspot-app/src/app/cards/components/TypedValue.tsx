/** A value typed in place, for all systems: sent on Enter, refused with what to do. */
import { Button, ButtonRow, Flex, Form, LoadingButton } from "@hubspot/ui-extensions";
import type { Choice } from "crm-sync-shared/contract.ts";
import { useState } from "react";
import type { Tile } from "../board.ts";
import { startText, typedProblem } from "../typed.ts";
import { ValueInput } from "./ValueInput.tsx";

interface TypedValueProps {
  readonly tile: Tile;
  readonly onChoose: (choice: Choice) => void;
  readonly onCancel: () => void;
}

export function TypedValue({ tile, onChoose, onCancel }: TypedValueProps) {
  const { conflict, stage } = tile;
  const [text, setText] = useState(() => startText(conflict));
  const [problem, setProblem] = useState<string | null>(null);
  const isSettling = stage.kind === "settling";
  const note = stage.kind === "open" && stage.note?.about === "input" ? stage.note.text : null;
  const [isEdited, setIsEdited] = useState(false);

  const edit = (value: string) => {
    setText(value);
    setProblem(null);
    setIsEdited(true);
  };
  const send = () => {
    const wrong = typedProblem(conflict.type, text);
    setProblem(wrong);
    setIsEdited(false);
    if (wrong === null) onChoose({ kind: "type", text: text.trim() });
  };
  return (
    <Form onSubmit={send} preventDefault>
      <Flex direction="column" gap="sm">
        <ValueInput
          conflict={conflict}
          text={text}
          problem={problem ?? (isEdited ? null : note)}
          isReadOnly={isSettling}
          onEdit={edit}
        />
        <ButtonRow>
          <LoadingButton
            size="sm"
            type="submit"
            variant="secondary"
            loading={isSettling}
            testId={`use-${conflict.field}`}
          >
            Use this value
          </LoadingButton>
          <Button size="sm" variant="secondary" disabled={isSettling} onClick={onCancel}>
            Cancel
          </Button>
        </ButtonRow>
      </Flex>
    </Form>
  );
}
