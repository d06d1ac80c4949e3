/** Tries again what was given up: first says how many that are, then does it. */
import {
  Button,
  Flex,
  LoadingButton,
  LoadingSpinner,
  Modal,
  ModalBody,
  ModalFooter,
  Text,
  useExtensionActions,
} from "@hubspot/ui-extensions";
import { useControl, useControlAct } from "crm-sync-common/desk.ts";
import { counted } from "crm-sync-common/words.ts";
import type { Asked } from "crm-sync-shared/control.ts";
import { useState } from "react";
import { Refused } from "./Refused.tsx";

const modalId = "replay";

interface ReplayProps {
  readonly selection: Asked<"replay">["selection"];
  readonly onChanged: () => void;
}

export function ReplayModal(props: ReplayProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Modal
      id={modalId}
      title="Try again"
      width="sm"
      onOpen={() => setOpen(true)}
      onClose={() => setOpen(false)}
    >
      {isOpen && <Replaying {...props} />}
    </Modal>
  );
}

function Replaying({ selection, onChanged }: ReplayProps) {
  const { addAlert, closeOverlay } = useExtensionActions<"pages">();
  const dry = useControl("replay", { selection, dry: true });
  const replay = useControlAct("replay");
  const count = dry.data?.count ?? 0;
  const send = async () => {
    const opened = await replay.run({ selection, dry: false });
    if (!opened?.ok) return;
    const what = counted(opened.data.count, "record is", "records are");
    addAlert({ type: "success", message: `${what} tried again.` });
    closeOverlay(modalId);
    onChanged();
  };
  return (
    <>
      <ModalBody>
        <Flex direction="column" gap="md">
          {dry.isLooking && <LoadingSpinner label="Counting" showLabel />}
          {dry.data && <Text>{forecast(count)}</Text>}
          <Refused trouble={dry.trouble} />
          <Refused trouble={replay.trouble} />
        </Flex>
      </ModalBody>
      <ModalFooter>
        <LoadingButton
          variant="primary"
          loading={replay.isRunning}
          disabled={count === 0}
          onClick={send}
          testId="replay-confirm"
        >
          Try again
        </LoadingButton>
        <Button onClick={() => closeOverlay(modalId)}>Cancel</Button>
      </ModalFooter>
    </>
  );
}

const forecast = (count: number): string =>
  count === 0
    ? "None of these was given up: there is nothing to try again."
    : `${counted(count, "record", "records")} would be looked at again, as if just changed. ` +
      "What still cannot be done comes back here.";
