/** Starts a run: over which object, what it does, and whether it only looks. */
import {
  Alert,
  Button,
  Flex,
  LoadingButton,
  Panel,
  PanelBody,
  PanelFooter,
  PanelSection,
  Select,
  Text,
  Toggle,
  useExtensionActions,
} from "@hubspot/ui-extensions";
import { useControlAct, useDesk } from "crm-sync-common/desk.ts";
import type { ControlRun } from "crm-sync-shared/control.ts";
import { useState } from "react";
import { runKinds } from "../run-words.ts";
import { Refused } from "./Refused.tsx";

export const startRunId = "start-run";

type Kind = ControlRun["kind"];

export function StartRun({ onStarted }: { readonly onStarted: () => void }) {
  const { session } = useDesk();
  const { addAlert, closeOverlay } = useExtensionActions<"pages">();
  const [object, chooseObject] = useState(session.objects[0]?.key ?? "");
  const [kind, chooseKind] = useState<Kind>("scan");
  const [isDry, setDry] = useState(true);
  const start = useControlAct("run-start");
  const send = async () => {
    const opened = await start.run({ object, kind, dry: isDry });
    if (!opened?.ok) return;
    addAlert(
      opened.data.started
        ? { type: "success", message: "The run has started." }
        : { type: "info", message: "A run over this object is already going on." },
    );
    closeOverlay(startRunId);
    onStarted();
  };
  return (
    <Panel id={startRunId} title="Start a run" variant="modal" width="sm">
      <PanelBody>
        <PanelSection>
          <Flex direction="column" gap="md">
            <Select
              label="Over all records of"
              name="object"
              value={object}
              options={session.objects.map(({ key, label }) => ({ value: key, label }))}
              onChange={(value) => chooseObject(String(value))}
            />
            <Select
              label="What it does"
              name="kind"
              value={kind}
              options={Object.entries(runKinds).map(([value, { label }]) => ({ value, label }))}
              onChange={(value) => chooseKind(value as Kind)}
            />
            <Text variant="microcopy">{runKinds[kind].says}</Text>
            {kind !== "baseline" && (
              <Toggle
                label="Only look, write nothing"
                name="dry"
                checked={isDry}
                onChange={setDry}
              />
            )}
            {kind !== "baseline" && !isDry && (
              <Alert variant="warning" title="This writes to your systems">
                <Text>Look first: a run that only looks tells what this one would do.</Text>
              </Alert>
            )}
            <Refused trouble={start.trouble} />
          </Flex>
        </PanelSection>
      </PanelBody>
      <PanelFooter>
        <LoadingButton
          variant="primary"
          loading={start.isRunning}
          onClick={send}
          testId="start-confirm"
        >
          Start
        </LoadingButton>
        <Button onClick={() => closeOverlay(startRunId)}>Cancel</Button>
      </PanelFooter>
    </Panel>
  );
}
