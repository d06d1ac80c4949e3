/**
 * Settles many conflicts at once: what to keep, what would change, and how far it is. Only what
 * the preview showed is done; if anything moved in between, nothing is, and it is shown anew.
 */
import {
  Button,
  Flex,
  LoadingButton,
  LoadingSpinner,
  Panel,
  PanelBody,
  PanelFooter,
  PanelSection,
  Select,
  useExtensionActions,
} from "@hubspot/ui-extensions";
import { useControlAct, useDesk } from "crm-sync-common/desk.ts";
import { counted, whose } from "crm-sync-common/words.ts";
import type { Asked, ManyChoice } from "crm-sync-shared/control.ts";
import { useState } from "react";
import { Refused } from "./Refused.tsx";
import { SettlePreview } from "./SettlePreview.tsx";
import { SettleProgress } from "./SettleProgress.tsx";

const panelId = "settle-many";

interface PanelProps {
  readonly selection: Asked<"settle-preview">["selection"];
  readonly onChanged: () => void;
}

export function SettlePanel({ selection, onChanged }: PanelProps) {
  const { session } = useDesk();
  const { closeOverlay } = useExtensionActions<"pages">();
  const [choice, choose] = useState<ManyChoice>({ kind: "recommended" });
  const preview = useControlAct("settle-preview");
  const settle = useControlAct("settle-many");
  const look = (next: ManyChoice) => {
    choose(next);
    settle.reset();
    preview.run({ selection, choice: next });
  };
  const send = async () => {
    if (!preview.data) return;
    const { asOf, fingerprint } = preview.data;
    const opened = await settle.run({ selection, choice, asOf, fingerprint });
    if (opened?.ok === false) preview.run({ selection, choice });
  };
  const close = () => {
    closeOverlay(panelId);
    if (settle.data) onChanged();
  };
  const count = preview.data?.count ?? 0;
  return (
    <Panel
      id={panelId}
      title="Settle many"
      variant="modal"
      width="md"
      onOpen={() => look(choice)}
      onClose={() => settle.data && onChanged()}
    >
      <PanelBody>
        <PanelSection>
          {settle.data ? (
            <SettleProgress {...settle.data} />
          ) : (
            <Flex direction="column" gap="md">
              <Select
                label="Keep"
                name="keep"
                value={choice.kind === "keep" ? choice.system : recommended}
                options={[
                  { value: recommended, label: "What is recommended for each" },
                  ...session.systems.map(({ key, label }) => ({
                    value: key,
                    label: `${whose(label)} value`,
                  })),
                ]}
                onChange={(value) => look(choiceOf(String(value)))}
              />
              <Refused trouble={settle.trouble} />
              <Refused trouble={preview.trouble} />
              {preview.isRunning && (
                <LoadingSpinner label="Working out what would change" showLabel />
              )}
              {preview.data && <SettlePreview preview={preview.data} />}
            </Flex>
          )}
        </PanelSection>
      </PanelBody>
      <PanelFooter>
        {settle.data ? (
          <Button onClick={close}>Close</Button>
        ) : (
          <>
            <LoadingButton
              variant="primary"
              loading={settle.isRunning}
              disabled={count === 0 || preview.isRunning}
              onClick={send}
              testId="settle-confirm"
            >
              {count === 0 ? "Settle" : `Settle ${counted(count, "exception", "exceptions")}`}
            </LoadingButton>
            <Button onClick={close}>Cancel</Button>
          </>
        )}
      </PanelFooter>
    </Panel>
  );
}

const recommended = " ";

const choiceOf = (value: string): ManyChoice =>
  value === recommended ? { kind: "recommended" } : { kind: "keep", system: value };
