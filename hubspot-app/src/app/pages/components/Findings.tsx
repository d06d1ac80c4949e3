/** What a run found, record by record, each to be mended by itself. */
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
import { PageLink } from "@hubspot/ui-extensions/pages";
import { useControlAct, useControlPages, useDesk } from "crm-sync-common/desk.ts";
import { troubleWords } from "crm-sync-common/trouble.ts";
import type { Answered, ControlRun } from "crm-sync-shared/control.ts";
import { Listed } from "./Listed.tsx";

type Finding = Answered<"run-findings">["findings"][number];

export function Findings({ run }: { readonly run: ControlRun }) {
  const findings = useControlPages("run-findings", { runId: run.id });
  return (
    <Listed list={findings} label="Reading what it found">
      {(pages) => {
        const all = pages.flatMap((page) => page.findings);
        if (all.length === 0) {
          return (
            <Text>
              {run.state === "running" ? "Nothing found so far." : "Nothing was found to differ."}
            </Text>
          );
        }
        return <FindingTable findings={all} />;
      }}
    </Listed>
  );
}

function FindingTable({ findings }: { readonly findings: readonly Finding[] }) {
  return (
    <Table density="condensed" bordered>
      <TableHead>
        <TableRow>
          <TableHeader>Record</TableHeader>
          <TableHeader>Found in</TableHeader>
          <TableHeader>What</TableHeader>
          <TableHeader>Fields</TableHeader>
          <TableHeader width="min">When</TableHeader>
          <TableHeader width="min" align="right">
            Mend
          </TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {findings.map((finding) => (
          <FindingRow key={`${finding.system} ${finding.recordId}`} finding={finding} />
        ))}
      </TableBody>
    </Table>
  );
}

function FindingRow({ finding }: { readonly finding: Finding }) {
  const { ago } = useDesk();
  const { entityId, title, recordId, systemLabel, says, fields, foundAt } = finding;
  const name = title ?? recordId;
  return (
    <TableRow>
      <TableCell>
        {entityId === null ? (
          <Text>{name}</Text>
        ) : (
          <PageLink to="/records/:entityId" params={{ entityId }}>
            {name}
          </PageLink>
        )}
      </TableCell>
      <TableCell>{systemLabel}</TableCell>
      <TableCell>{says}</TableCell>
      <TableCell>{fields.length === 0 ? "--" : fields.join(", ")}</TableCell>
      <TableCell width="min">{ago(foundAt)}</TableCell>
      <TableCell width="min" align="right">
        {entityId === null ? <Text>--</Text> : <Mend entityId={entityId} />}
      </TableCell>
    </TableRow>
  );
}

/** Looks at the record again and writes what its rules say. */
export function Mend({ entityId }: { readonly entityId: string }) {
  const { may } = useDesk();
  const repair = useControlAct("repair");
  if (repair.data) {
    const { state } = repair.data.record;
    return <Text>{state === "in_sync" ? "The same now" : "Looked at"}</Text>;
  }
  return (
    <>
      <LoadingButton
        size="xs"
        loading={repair.isRunning}
        disabled={!may("repair")}
        onClick={async () => {
          await repair.run({ entityId });
        }}
        testId={`mend-${entityId}`}
      >
        Mend
      </LoadingButton>
      {repair.trouble && <Text variant="microcopy">{troubleWords(repair.trouble).text}</Text>}
    </>
  );
}
