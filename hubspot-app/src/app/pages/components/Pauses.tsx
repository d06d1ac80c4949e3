/** All that is paused, at any scope, each to be resumed. */
import {
  LoadingButton,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
} from "@hubspot/ui-extensions";
import { useControlAct, useDesk } from "crm-sync-common/desk.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { Refused } from "./Refused.tsx";

type Pause = Answered<"systems">["pauses"][number];

interface PausesProps {
  readonly pauses: readonly Pause[];
  readonly onChanged: () => void;
}

export function Pauses({ pauses, onChanged }: PausesProps) {
  const { may, ago } = useDesk();
  const resume = useControlAct("resume");
  if (pauses.length === 0) return <Text>Nothing is paused.</Text>;
  const end = async (scope: string) => {
    await resume.run({ scope });
    onChanged();
  };
  return (
    <>
      <Refused trouble={resume.trouble} />
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
          {pauses.map(({ scope, label, reason, by, at }) => (
            <TableRow key={scope}>
              <TableCell>{label}</TableCell>
              <TableCell>{reason}</TableCell>
              <TableCell>{by}</TableCell>
              <TableCell width="min">{ago(at)}</TableCell>
              <TableCell width="min" align="right">
                <LoadingButton
                  size="xs"
                  disabled={!may("pause")}
                  loading={resume.isRunning}
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
