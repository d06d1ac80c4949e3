/** All that is paused, to be resumed from here too. */
import {
  EmptyState,
  LoadingButton,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
  useExtensionActions,
} from "@hubspot/ui-extensions";
import { useControlAct, useDesk } from "crm-sync-common/desk.ts";
import { counted } from "crm-sync-common/words.ts";
import type { PartProps } from "../part.ts";
import { Refused } from "./Failure.tsx";

export function Pauses({ settings, onChanged }: PartProps) {
  const { may, ago } = useDesk();
  const { addAlert } = useExtensionActions<"settings">();
  const resume = useControlAct("resume");
  if (settings.pauses.length === 0) {
    return (
      <EmptyState title="Nothing is paused" layout="vertical" imageWidth={120}>
        <Text>Systems, objects and fields are paused in the control center, under Systems.</Text>
      </EmptyState>
    );
  }
  const end = async (scope: string) => {
    const opened = await resume.run({ scope });
    if (!opened?.ok) return;
    const what = counted(opened.data.released, "record goes", "records go");
    addAlert({ type: "success", message: `Resumed: ${what} on.` });
    onChanged();
  };
  return (
    <>
      <Refused trouble={resume.trouble} onLookAgain={onChanged} />
      <Table density="condensed" bordered>
        <TableHead>
          <TableRow>
            <TableHeader>What</TableHeader>
            <TableHeader>Why</TableHeader>
            <TableHeader>Who</TableHeader>
            <TableHeader width="min">Since</TableHeader>
            <TableHeader width="min" align="right">
              Resume
            </TableHeader>
          </TableRow>
        </TableHead>
        <TableBody>
          {settings.pauses.map(({ scope, label, reason, by, at }) => (
            <TableRow key={scope}>
              <TableCell>{label}</TableCell>
              <TableCell>{reason}</TableCell>
              <TableCell>{by}</TableCell>
              <TableCell width="min">{ago(at)}</TableCell>
              <TableCell width="min" align="right">
                <LoadingButton
                  size="xs"
                  loading={resume.isRunning}
                  disabled={!may("pause")}
                  onClick={() => end(scope)}
                  testId={`resume-${scope}`}
                >
                  Resume
                </LoadingButton>
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </>
  );
}
