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
import { useControl, useControlAct, useDesk } from "crm-sync-common/desk.ts";
import { counted } from "crm-sync-common/words.ts";
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
  const [isOpen, setOpen] = useState(false);
  const [isDone, setDone] = useState(false);
  const close = () => {
    setOpen(false);
    setDone(false);
    if (isDone) onChanged();
  };
  return (
    <Panel
      id={panelId}
      title="Settle many"
      variant="modal"
      width="md"
      onOpen={() => setOpen(true)}
      onClose={close}
    >
      {isOpen && <Steps selection={selection} onDone={() => setDone(true)} />}
    </Panel>
  );
}

interface StepsProps {
  readonly selection: PanelProps["selection"];
  readonly onDone: () => void;
}

/** First what would be done, then how far it is. */
function Steps({ selection, onDone }: StepsProps) {
  const { closeOverlay } = useExtensionActions<"pages">();
  const [choice, choose] = useState<ManyChoice>({ kind: "recommended" });
  const preview = useControl("settle-preview", { selection, choice });
  const settle = useControlAct("settle-many");
  const count = preview.data?.count ?? 0;
  const send = async () => {
    if (!preview.data) return;
    const { asOf, fingerprint } = preview.data;
    const opened = await settle.run({ selection, choice, asOf, fingerprint });
    if (opened?.ok) onDone();
    else preview.look();
  };
  return (
    <>
      <PanelBody>
        <PanelSection>
          {settle.data ? (
            <SettleProgress {...settle.data} />
          ) : (
            <Flex direction="column" gap="md">
              <Keep choice={choice} onChoose={choose} />
              <Refused trouble={settle.trouble} />
              <Refused trouble={preview.trouble} />
              {preview.isLooking && (
                <LoadingSpinner label="Working out what would change" showLabel />
              )}
              {preview.data && <SettlePreview preview={preview.data} />}
            </Flex>
          )}
        </PanelSection>
      </PanelBody>
      <PanelFooter>
        {!settle.data && (
          <LoadingButton
            variant="primary"
            loading={settle.isRunning}
            disabled={count === 0 || preview.isLooking}
            onClick={send}
            testId="settle-confirm"
          >
            {count === 0 ? "Settle" : `Settle ${counted(count, "exception", "exceptions")}`}
          </LoadingButton>
        )}
        <Button onClick={() => closeOverlay(panelId)}>{settle.data ? "Close" : "Cancel"}</Button>
      </PanelFooter>
    </>
  );
}

interface KeepProps {
  readonly choice: ManyChoice;
  readonly onChoose: (choice: ManyChoice) => void;
}

/** No system is called this. */
const recommended = " ";

function Keep({ choice, onChoose }: KeepProps) {
  const { session } = useDesk();
  return (
    <Select
      label="Keep"
      name="keep"
      value={choice.kind === "keep" ? choice.system : recommended}
      options={[
        { value: recommended, label: "What is recommended for each" },
        ...session.systems.map(({ key, label }) => ({
          value: key,
          label: `${label} value`,
        })),
      ]}
      onChange={(value) =>
        onChoose(
          value === recommended ? { kind: "recommended" } : { kind: "keep", system: String(value) },
        )
      }
    />
  );
}
