/** What is paused, by whom and why; and the ways to pause this record and to end that. */
import {
  Alert,
  Button,
  ButtonRow,
  Flex,
  Form,
  Input,
  LoadingButton,
  Text,
} from "@hubspot/ui-extensions";
import type { CardPause } from "crm-sync-shared/contract.ts";
import { useState } from "react";
import type { Acting } from "../hooks/use-acting.ts";
import type { View } from "./RecordView.tsx";

interface PauseProps {
  readonly acting: Acting;
  readonly view: View;
}

/** Said above everything else: it is why the rest may not move. */
export function Pauses({ acting, view }: PauseProps) {
  const { pauses, mayPause } = view.board.record;
  const failure = acting.failure?.name === "resume" ? acting.failure.text : null;
  return (
    <>
      {pauses.map((pause) => (
        <Alert key={`${pause.of} ${pause.label}`} variant="info" title={titleOf(pause)}>
          <Text>
            “{pause.reason}” {pause.by}, {view.ago(pause.at)}. Nothing is lost: what comes in waits.
          </Text>
          {failure !== null && pause.of === "record" && <Text>{failure}</Text>}
          {pause.of === "record" && mayPause && (
            <Flex>
              <LoadingButton
                size="xs"
                variant="secondary"
                loading={acting.underWay === "resume"}
                onClick={() => acting.act("resume", view.service.resume)}
                testId="resume"
              >
                Resume
              </LoadingButton>
            </Flex>
          )}
        </Alert>
      ))}
    </>
  );
}

function titleOf({ of, label }: CardPause): string {
  switch (of) {
    case "record":
      return "This record is paused";
    case "all":
      return "All syncing is paused";
    case "object":
      return `Every ${(label ?? "record").toLowerCase()} is paused`;
    case "system":
    case "field":
      return `${label ?? "A part of it"} is paused`;
  }
}

/** Asks for the reason in place; `null` where this reader may not, or it is paused already. */
export function PauseRecord({ acting, view }: PauseProps) {
  const [isAsking, setIsAsking] = useState(false);
  const [reason, setReason] = useState("");
  const [isMissing, setIsMissing] = useState(false);
  const { pauses, mayPause } = view.board.record;
  if (!mayPause || pauses.some(({ of }) => of === "record")) return null;
  if (!isAsking) {
    return (
      <Button size="sm" variant="transparent" onClick={() => setIsAsking(true)} testId="pause">
        Pause this record…
      </Button>
    );
  }
  const failure = acting.failure?.name === "pause" ? acting.failure.text : null;
  const problem = isMissing ? "Say why, so that others know." : failure;
  const send = () => {
    setIsMissing(reason.trim() === "");
    if (reason.trim() !== "") acting.act("pause", () => view.service.pause(reason.trim()));
  };
  return (
    <Form onSubmit={send} preventDefault>
      <Flex direction="column" gap="sm">
        <Input
          name="pause-reason"
          label="Why pause it?"
          description="Everybody who opens this record sees it."
          value={reason}
          error={problem !== null}
          validationMessage={problem ?? ""}
          onInput={setReason}
        />
        <ButtonRow>
          <LoadingButton
            size="sm"
            type="submit"
            variant="secondary"
            loading={acting.underWay === "pause"}
            testId="pause-now"
          >
            Pause
          </LoadingButton>
          <Button size="sm" variant="secondary" onClick={() => setIsAsking(false)}>
            Cancel
          </Button>
        </ButtonRow>
      </Flex>
    </Form>
  );
}
