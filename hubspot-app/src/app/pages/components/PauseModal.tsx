/** Stops writes to something, with a reason that everybody sees. */
import {
  Button,
  Flex,
  LoadingButton,
  Modal,
  ModalBody,
  ModalFooter,
  Text,
  TextArea,
  useExtensionActions,
} from "@hubspot/ui-extensions";
import { useControlAct } from "crm-sync-common/desk.ts";
import { useState } from "react";
import { Refused } from "./Refused.tsx";

export const pauseModalId = "pause";

interface PauseProps {
  readonly scope: string;
  /** What is paused, as part of a sentence: "this record", "Operations". */
  readonly label: string;
  readonly id?: string;
  readonly onChanged: () => void;
}

export function PauseModal({ scope, label, id = pauseModalId, onChanged }: PauseProps) {
  const { addAlert, closeOverlay } = useExtensionActions<"pages">();
  const [reason, setReason] = useState("");
  const pause = useControlAct("pause");
  const send = async () => {
    const opened = await pause.run({ scope, reason });
    if (!opened?.ok) return;
    addAlert({ type: "success", message: `Nothing is written to ${label} until it is resumed.` });
    closeOverlay(id);
    onChanged();
  };
  return (
    <Modal id={id} title={`Pause ${label}`} width="sm">
      <ModalBody>
        <Flex direction="column" gap="md">
          <Text>
            Nothing is written until somebody resumes it. What comes in waits, and is kept.
          </Text>
          <TextArea
            label="Why"
            name="reason"
            required
            maxLength={500}
            value={reason}
            onInput={(text) => setReason(text)}
          />
          <Refused trouble={pause.trouble} />
        </Flex>
      </ModalBody>
      <ModalFooter>
        <LoadingButton
          variant="primary"
          loading={pause.isRunning}
          disabled={reason.trim() === ""}
          onClick={send}
          testId={`${id}-confirm`}
        >
          Pause
        </LoadingButton>
        <Button onClick={() => closeOverlay(id)}>Cancel</Button>
      </ModalFooter>
    </Modal>
  );
}
