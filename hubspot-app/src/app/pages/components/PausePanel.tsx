/** Pauses everything, a system, an object or one field. */
import {
  Button,
  Flex,
  LoadingButton,
  Panel,
  PanelBody,
  PanelFooter,
  PanelSection,
  Select,
  Text,
  TextArea,
  useExtensionActions,
} from "@hubspot/ui-extensions";
import { type Session, useControlAct, useDesk } from "crm-sync-common/desk.ts";
import { useState } from "react";
import { Refused } from "./Refused.tsx";

export const pausePanelId = "pause-something";

export function PausePanel({ onChanged }: { readonly onChanged: () => void }) {
  const { session } = useDesk();
  const { addAlert, closeOverlay } = useExtensionActions<"pages">();
  const [scope, choose] = useState("all");
  const [reason, setReason] = useState("");
  const pause = useControlAct("pause");
  const send = async () => {
    const opened = await pause.run({ scope, reason });
    if (!opened?.ok) return;
    addAlert({ type: "success", message: "Paused. What comes in waits, and is kept." });
    closeOverlay(pausePanelId);
    onChanged();
  };
  return (
    <Panel id={pausePanelId} title="Pause" variant="modal" width="sm">
      <PanelBody>
        <PanelSection>
          <Flex direction="column" gap="md">
            <Text>
              Nothing is written until somebody resumes it. What comes in waits, and is kept.
            </Text>
            <Select
              label="What"
              name="scope"
              value={scope}
              options={scopesOf(session)}
              onChange={(value) => choose(String(value))}
            />
            <TextArea
              label="Why"
              name="reason"
              required
              maxLength={500}
              testId="pause-something-reason"
              value={reason}
              onInput={(text) => setReason(text)}
            />
            <Refused trouble={pause.trouble} />
          </Flex>
        </PanelSection>
      </PanelBody>
      <PanelFooter>
        <LoadingButton
          variant="primary"
          loading={pause.isRunning}
          disabled={reason.trim() === ""}
          onClick={send}
          testId="pause-something-confirm"
        >
          Pause
        </LoadingButton>
        <Button onClick={() => closeOverlay(pausePanelId)}>Cancel</Button>
      </PanelFooter>
    </Panel>
  );
}

const scopesOf = ({ systems, objects }: Session) => [
  { value: "all", label: "Everything" },
  ...systems.map(({ key, label }) => ({ value: `system:${key}`, label: `Writes to ${label}` })),
  ...objects.map(({ key, label }) => ({ value: `object:${key}`, label: `All of ${label}` })),
  ...objects.flatMap(({ key, label, fields }) =>
    fields.map((field) => ({
      value: `field:${key}.${field.key}`,
      label: `${label}: ${field.label}`,
    })),
  ),
];
