/** Runs over all records of an object: what goes on now, what was found, and a new one. */
import {
  EmptyState,
  StatusTag,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
} from "@hubspot/ui-extensions";
import { PageHeader, PageLink, PageTitle } from "@hubspot/ui-extensions/pages";
import { useControlPages, useDesk } from "crm-sync-common/desk.ts";
import type { ControlRun } from "crm-sync-shared/control.ts";
import { useEffect } from "react";
import { Listed } from "../components/Listed.tsx";
import { StartRun, startRunId } from "../components/StartRun.tsx";
import { foundWords, progressWords, runStates, runWords } from "../run-words.ts";
import { unknownState } from "../words.ts";

const everyMs = 3_000;

export function Runs() {
  const { may, clock } = useDesk();
  const runs = useControlPages("runs", {});
  const all = runs.pages?.flatMap((page) => page.runs) ?? [];
  const isGoing = all.some(({ state }) => state === "running");
  const { look, isLooking, pages } = runs;
  const isFirstPage = pages?.length === 1;
  useEffect(() => {
    // Only the first page is looked at again: further ones are runs long done.
    if (isGoing && isFirstPage && !isLooking) return clock.after(everyMs, look);
  }, [clock, isGoing, isFirstPage, isLooking, look]);
  return (
    <>
      <PageTitle>Runs</PageTitle>
      <PageHeader>
        <PageHeader.PrimaryAction>
          <PageHeader.Link
            disabled={!may("run")}
            onClick={(_, { openPanel }) => openPanel(startRunId)}
          >
            Start a run
          </PageHeader.Link>
        </PageHeader.PrimaryAction>
      </PageHeader>
      <Listed list={runs} label="Reading the runs">
        {() => (all.length === 0 ? <NoRuns /> : <RunTable runs={all} />)}
      </Listed>
      <StartRun onStarted={look} />
    </>
  );
}

function NoRuns() {
  return (
    <EmptyState title="No run yet" layout="vertical" imageWidth={120}>
      <Text>
        A run compares every record of an object in all systems, and tells or mends what differs.
        Start with one that only looks.
      </Text>
    </EmptyState>
  );
}

function RunTable({ runs }: { readonly runs: readonly ControlRun[] }) {
  return (
    <Table density="condensed" bordered>
      <TableHead>
        <TableRow>
          <TableHeader>Run</TableHeader>
          <TableHeader>State</TableHeader>
          <TableHeader>Progress</TableHeader>
          <TableHeader>Found</TableHeader>
          <TableHeader>Started</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {runs.map((run) => (
          <RunRow key={run.id} run={run} />
        ))}
      </TableBody>
    </Table>
  );
}

function RunRow({ run }: { readonly run: ControlRun }) {
  const desk = useDesk();
  const { variant, label } = runStates[run.state] ?? unknownState;
  return (
    <TableRow>
      <TableCell>
        <PageLink to="/runs/:runId" params={{ runId: run.id }}>
          {runWords(run)}
        </PageLink>
        {run.dry && <Text variant="microcopy">Only looks</Text>}
      </TableCell>
      <TableCell>
        <StatusTag variant={variant}>{label}</StatusTag>
      </TableCell>
      <TableCell>{progressWords(run, desk)}</TableCell>
      <TableCell>{foundWords(run, desk)}</TableCell>
      <TableCell>
        <Text>{desk.ago(run.startedAt)}</Text>
        <Text variant="microcopy">{`by ${run.startedBy}`}</Text>
      </TableCell>
    </TableRow>
  );
}
