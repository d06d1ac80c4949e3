/** Starts the run that does what a run that only looked said it would. */
import {
  Button,
  Flex,
  LoadingButton,
  Modal,
  ModalBody,
  ModalFooter,
  Text,
  useExtensionActions,
} from "@hubspot/ui-extensions";
import { useControlAct } from "crm-sync-common/desk.ts";
import type { ControlRun } from "crm-sync-shared/control.ts";
import { Refused } from "./Refused.tsx";

const modalId = "start-writing";

interface StartProps {
  readonly run: ControlRun;
  readonly onStarted: () => void;
}

export function StartWriting({ run, onStarted }: StartProps) {
  const { addAlert, closeOverlay, navigateToPage } = useExtensionActions<"pages">();
  const start = useControlAct("run-start");
  const send = async () => {
    const opened = await start.run({ kind: run.kind, object: run.object, dry: false });
    if (!opened?.ok) return;
    closeOverlay(modalId);
    addAlert(
      opened.data.started
        ? { type: "success", message: "The run has started." }
        : { type: "info", message: "A run over this object is already going on." },
    );
    onStarted();
    navigateToPage({ to: "/runs/:runId", params: { runId: opened.data.runId } });
  };
  return (
    <Modal id={modalId} title="Start the run that writes" width="sm">
      <ModalBody>
        <Flex direction="column" gap="md">
          <Text>
            It writes to your systems what this one said, as far as it still holds. You can pause or
            stop it at any time; the brake holds it if too much would change at once.
          </Text>
          <Refused trouble={start.trouble} />
        </Flex>
      </ModalBody>
      <ModalFooter>
        <LoadingButton
          variant="primary"
          loading={start.isRunning}
          onClick={send}
          testId="start-writing-confirm"
        >
          Start
        </LoadingButton>
        <Button onClick={() => closeOverlay(modalId)}>Cancel</Button>
      </ModalFooter>
    </Modal>
  );
}
