/**
 * The exceptions as CSV. An extension can neither save a file nor open one, so the rows go to the
 * clipboard; by a click of their own, because a browser gives the clipboard only to a fresh one.
 */
import {
  Button,
  Flex,
  LoadingButton,
  Panel,
  PanelBody,
  PanelFooter,
  PanelSection,
  ProgressBar,
  Text,
  useExtensionActions,
} from "@hubspot/ui-extensions";
import { useDesk } from "crm-sync-common/desk.ts";
import { open, type Trouble } from "crm-sync-common/trouble.ts";
import { counted } from "crm-sync-common/words.ts";
import type { ExceptionFilter } from "crm-sync-shared/control.ts";
import { useRef, useState } from "react";
import { Refused } from "./Refused.tsx";

export const exportPanelId = "export";

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "collecting"; readonly rows: number }
  | { readonly kind: "ready"; readonly rows: number; readonly csv: string }
  | { readonly kind: "failed"; readonly trouble: Trouble };

export function ExportPanel({ filter }: { readonly filter: Partial<ExceptionFilter> }) {
  const { addAlert, closeOverlay, copyTextToClipboard } = useExtensionActions<"pages">();
  const [state, collect] = useCollected(filter);
  const copy = async () => {
    if (state.kind !== "ready") return;
    await copyTextToClipboard(state.csv);
    const rows = counted(state.rows, "row is", "rows are");
    addAlert({ type: "success", message: `${rows} on the clipboard. Paste into a spreadsheet.` });
    closeOverlay(exportPanelId);
  };
  return (
    <Panel id={exportPanelId} title="Export CSV" variant="modal" width="sm" onOpen={collect}>
      <PanelBody>
        <PanelSection>
          <Flex direction="column" gap="md">
            <Text>All exceptions that fit what you chose, with what each system holds.</Text>
            {state.kind === "collecting" && (
              <ProgressBar
                title="Collecting"
                value={0}
                valueDescription={counted(state.rows, "row so far", "rows so far")}
              />
            )}
            {state.kind === "ready" && (
              <Text testId="export-ready">{counted(state.rows, "row", "rows")} collected.</Text>
            )}
            {state.kind === "failed" && <Refused trouble={state.trouble} />}
          </Flex>
        </PanelSection>
      </PanelBody>
      <PanelFooter>
        <LoadingButton
          variant="primary"
          loading={state.kind === "collecting"}
          disabled={state.kind !== "ready"}
          onClick={copy}
          testId="export-copy"
        >
          Copy to the clipboard
        </LoadingButton>
        <Button onClick={() => closeOverlay(exportPanelId)}>Cancel</Button>
      </PanelFooter>
    </Panel>
  );
}

/** A year of them is still one text that a clipboard takes. */
const slicesMax = 500;

function useCollected(filter: Partial<ExceptionFilter>): readonly [State, () => void] {
  const { control } = useDesk();
  const [state, setState] = useState<State>({ kind: "idle" });
  const latest = useRef(0);
  const collect = async () => {
    const mine = ++latest.current;
    let [csv, rows, cursor] = ["", 0, null as string | null];
    for (let slice = 0; slice < slicesMax; slice++) {
      setState({ kind: "collecting", rows });
      const opened = open(await control.ask("export", { filter, cursor }));
      if (latest.current !== mine) return;
      if (!opened.ok) return setState({ kind: "failed", trouble: opened.trouble });
      csv += opened.data.csv;
      rows += opened.data.rows;
      cursor = opened.data.cursor;
      if (cursor === null) break;
    }
    setState({ kind: "ready", rows, csv });
  };
  return [state, collect];
}
