/** One run: how far it is, what it found, and record by record what differed. */
import {
  Alert,
  AutoGrid,
  Flex,
  Heading,
  List,
  LoadingButton,
  ProgressBar,
  StatusTag,
  Text,
  Tile,
} from "@hubspot/ui-extensions";
import { PageBreadcrumbs, PageHeader, PageTitle, usePageRoute } from "@hubspot/ui-extensions/pages";
import { type Desk, useControl, useControlAct, useDesk } from "crm-sync-common/desk.ts";
import type { Answered, Asked, ControlRun } from "crm-sync-shared/control.ts";
import { Baseline } from "../components/Baseline.tsx";
import { Facts } from "../components/Facts.tsx";
import { Findings } from "../components/Findings.tsx";
import { Opener } from "../components/Opener.tsx";
import { Refused } from "../components/Refused.tsx";
import { Seen } from "../components/Seen.tsx";
import { StartWriting } from "../components/StartWriting.tsx";
import { runStates, runWords } from "../run-words.ts";
import { unknownState } from "../words.ts";

/** Runs are listed newest first, and one that goes on is among the newest. */
const paceOf = (data: Answered<"runs"> | null) =>
  data?.runs.some(({ state }) => state === "running") ? 2_000 : 15_000;

export function RunPage() {
  const { runId = "" } = usePageRoute().params;
  const look = useControl("runs", {}, paceOf);
  const run = look.data?.runs.find(({ id }) => id === runId);
  const title = run ? runWords(run) : "Run";
  return (
    <>
      <PageTitle>{title}</PageTitle>
      <PageBreadcrumbs>
        <PageBreadcrumbs.PageLink to="/runs">Runs</PageBreadcrumbs.PageLink>
        <PageBreadcrumbs.Current>{title}</PageBreadcrumbs.Current>
      </PageBreadcrumbs>
      <PageHeader>
        <PageHeader.SecondaryActions>
          <PageHeader.Link onClick={look.look}>Look again</PageHeader.Link>
        </PageHeader.SecondaryActions>
      </PageHeader>
      <Seen look={look} label="Reading the run">
        {() =>
          run ? (
            <Board run={run} onChanged={look.look} />
          ) : (
            <Text>This run is not among the latest. What it found is in the audit.</Text>
          )
        }
      </Seen>
    </>
  );
}

interface BoardProps {
  readonly run: ControlRun;
  readonly onChanged: () => void;
}

function Board({ run, onChanged }: BoardProps) {
  return (
    <Flex direction="column" gap="lg">
      <AutoGrid columnWidth={380} gap="md" flexible>
        <Progress run={run} onChanged={onChanged} />
        <Counts run={run} />
        {run.forecast !== null && <Forecast run={run} onChanged={onChanged} />}
        {run.baseline !== undefined && <Baseline told={run.baseline} />}
      </AutoGrid>
      <Flex direction="column" gap="sm">
        <Heading>Record by record</Heading>
        <Findings run={run} />
      </Flex>
    </Flex>
  );
}

type Turn = Asked<"run-turn">["turn"];

function Progress({ run, onChanged }: BoardProps) {
  const desk = useDesk();
  const { figures, ago, may, session } = desk;
  const turn = useControlAct("run-turn");
  const { variant, label } = runStates[run.state] ?? unknownState;
  const system = session.systems.find(({ key }) => key === run.system)?.label;
  const act = async (to: Turn) => {
    await turn.run({ runId: run.id, turn: to });
    onChanged();
  };
  const turns: readonly (readonly [Turn, string])[] =
    run.state === "running"
      ? [
          ["pause", "Pause"],
          ["stop", "Stop"],
        ]
      : run.state === "paused"
        ? [
            ["resume", "Resume"],
            ["stop", "Stop"],
          ]
        : [];
  return (
    <Tile>
      <Flex direction="column" gap="md">
        <Flex gap="sm" align="center">
          <StatusTag variant={variant} testId="run-state">
            {label}
          </StatusTag>
          <Text>{run.dry ? "Only looks" : "Writes what the rules say"}</Text>
        </Flex>
        <ProgressBar
          title={run.state === "running" && system ? `Reading ${system}` : "Progress"}
          value={run.state === "done" ? 100 : Math.round((run.progress ?? 0) * 100)}
          showPercentage
          valueDescription={readWords(run, figures)}
        />
        {run.note !== null && (
          <Alert variant="warning" title="It stands still">
            {run.note}
          </Alert>
        )}
        <Text variant="microcopy">
          {`Started ${ago(run.startedAt)} by ${run.startedBy}. ${paceWords(run, desk)}`}
        </Text>
        <Refused trouble={turn.trouble} />
        {may("run") && turns.length > 0 && (
          <Flex gap="sm">
            {turns.map(([to, name]) => (
              <LoadingButton
                key={to}
                size="sm"
                loading={turn.isRunning}
                onClick={() => act(to)}
                testId={`turn-${to}`}
              >
                {name}
              </LoadingButton>
            ))}
          </Flex>
        )}
      </Flex>
    </Tile>
  );
}

function readWords(run: ControlRun, { count }: Desk["figures"]): string {
  if (run.state === "done") return `${count(run.read)} records`;
  return `${count(run.read)} of about ${count(Math.max(run.read, run.expected))} records`;
}

function paceWords(run: ControlRun, { figures, format }: Desk): string {
  if (run.finishedAt !== null) return `Took ${figures.duration(run.durationMs)}.`;
  if (run.endsAt === null) return `Took ${figures.duration(run.durationMs)} so far.`;
  const pace = `${figures.count(run.recordsPerMinute)} records a minute`;
  return `${pace}; ends about ${format.time(run.endsAt)}.`;
}

function Counts({ run }: { readonly run: ControlRun }) {
  const { figures } = useDesk();
  const { count } = figures;
  return (
    <Tile>
      <Flex direction="column" gap="sm">
        <Heading>Found</Heading>
        <Facts
          facts={[
            ["Differ", count(run.differing)],
            ["Missing somewhere", count(run.missing)],
            ["Not linked", count(run.extra)],
            ["Mended", count(run.repaired)],
            ["For a person", count(run.excepted)],
            ["Still changing", count(run.moving)],
            ["Waiting", count(run.waiting)],
            ["API calls", count(run.calls)],
          ]}
        />
      </Flex>
    </Tile>
  );
}

function Forecast({ run, onChanged }: BoardProps) {
  const { figures, may } = useDesk();
  const calls = Object.entries(run.forecastCalls ?? {});
  return (
    <Tile>
      <Flex direction="column" gap="sm">
        <Heading>What it would do</Heading>
        <List variant="unordered-styled">
          {(run.forecast ?? []).map(({ says, count }) => (
            <Text key={says}>{`${says}: ${figures.count(count)}`}</Text>
          ))}
        </List>
        {calls.length > 0 && (
          <Text variant="microcopy">
            {`It would cost ${calls
              .map(([system, count]) => `${figures.count(count)} calls to ${system}`)
              .join(" and ")}.`}
          </Text>
        )}
        {may("run") && run.state === "done" && (
          <Flex>
            <Opener label="Start the one that writes…" testId="start-writing">
              <StartWriting run={run} onStarted={onChanged} />
            </Opener>
          </Flex>
        )}
      </Flex>
    </Tile>
  );
}
