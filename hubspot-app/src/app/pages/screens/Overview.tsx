/** How the sync is doing: what needs somebody, what is beyond its threshold, and how it went. */
import {
  Accordion,
  Alert,
  AutoGrid,
  EmptyState,
  Flex,
  List,
  Statistics,
  StatisticsItem,
  Text,
} from "@hubspot/ui-extensions";
import { PageHeader, PageLink, PageTitle } from "@hubspot/ui-extensions/pages";
import { useControl, useDesk } from "crm-sync-common/desk.ts";
import { counted } from "crm-sync-common/words.ts";
import type { Overview as OverviewData } from "crm-sync-shared/control.ts";
import { Confidence } from "../components/Confidence.tsx";
import { DailyCharts } from "../components/DailyCharts.tsx";
import { OpenBy } from "../components/OpenBy.tsx";
import { Seen } from "../components/Seen.tsx";
import { SystemTable } from "../components/SystemTable.tsx";

const everyMs = 30_000;
const days = 30;

export function Overview() {
  const look = useControl("overview", { days }, everyMs);
  return (
    <>
      <PageTitle>Sync control center</PageTitle>
      <PageHeader>
        <PageHeader.PrimaryAction>
          <PageHeader.PageLink to="/exceptions">See open exceptions</PageHeader.PageLink>
        </PageHeader.PrimaryAction>
      </PageHeader>
      <Seen look={look} label="Reading how the sync is doing">
        {(overview) => <Board overview={overview} />}
      </Seen>
    </>
  );
}

function Board({ overview }: { readonly overview: OverviewData }) {
  return (
    <Flex direction="column" gap="lg">
      <Crossed overview={overview} />
      <Proposals overview={overview} />
      <Headline overview={overview} />
      {overview.open.total === 0 ? <NothingOpen /> : <OpenBy open={overview.open} />}
      <DailyCharts overview={overview} />
      <AutoGrid columnWidth={480} gap="md" flexible>
        <Confidence overview={overview} />
        <SystemTable overview={overview} />
      </AutoGrid>
      <Definitions overview={overview} />
    </Flex>
  );
}

/** What is beyond its threshold stands first. */
function Crossed({ overview }: { readonly overview: OverviewData }) {
  const { crossed } = overview;
  if (crossed.length === 0) return null;
  const title = counted(crossed.length, "threshold is crossed", "thresholds are crossed");
  return (
    <Alert variant="warning" title={title} testId="crossed">
      <List variant="unordered-styled">
        {crossed.map(({ threshold, system, says }) => (
          <Text key={`${threshold} ${system}`}>{says}</Text>
        ))}
      </List>
    </Alert>
  );
}

function Proposals({ overview }: { readonly overview: OverviewData }) {
  const { proposalsWaiting } = overview;
  const { may } = useDesk();
  if (proposalsWaiting === 0 || !may("answer_proposal")) return null;
  return (
    <Alert
      variant="info"
      title={`${counted(proposalsWaiting, "proposal waits", "proposals wait")} for an answer`}
    >
      <PageLink to="/policies">Reps ask for another rule: see what they propose</PageLink>
    </Alert>
  );
}

function Headline({ overview }: { readonly overview: OverviewData }) {
  const { figures } = useDesk();
  const { open, errorRate, settling, throughput, thresholds, readAt } = overview;
  const oldest =
    open.oldestAt === null
      ? "None is waiting"
      : `The oldest for ${figures.duration(readAt - open.oldestAt)}`;
  return (
    <Statistics>
      <StatisticsItem label="Open exceptions" number={figures.count(open.total)}>
        <Text variant="microcopy">{oldest}</Text>
      </StatisticsItem>
      <StatisticsItem label="Sync error rate" number={figures.share(errorRate.share)}>
        <Text variant="microcopy">Should stay below {figures.share(thresholds.errorRateMax)}</Text>
      </StatisticsItem>
      <StatisticsItem
        label={`Spent settling, ${settling.days} days`}
        number={figures.hours(settling.hours)}
      >
        <Text variant="microcopy">
          {counted(settling.answers, "answer", "answers")} by{" "}
          {counted(settling.people, "person", "people")}
        </Text>
      </StatisticsItem>
      <StatisticsItem label="Written, last 24 hours" number={figures.count(throughput.lastDay)}>
        <Text variant="microcopy">{figures.count(throughput.lastHour)} in the last hour</Text>
      </StatisticsItem>
    </Statistics>
  );
}

function NothingOpen() {
  return (
    <EmptyState title="Nothing waits for a person" layout="horizontal" imageWidth={120}>
      <Text>Every difference was decided by a rule. What cannot be decided shows up here.</Text>
    </EmptyState>
  );
}

function Definitions({ overview }: { readonly overview: OverviewData }) {
  const { errorRate, confidence, settling } = overview;
  return (
    <Accordion title="How these figures are measured" size="sm">
      <Flex direction="column" gap="xs">
        <Text variant="microcopy">Sync error rate: {errorRate.definition}</Text>
        {confidence[0] && (
          <Text variant="microcopy">Pipeline confidence: {confidence[0].definition}</Text>
        )}
        <Text variant="microcopy">Time spent settling: {settling.definition}</Text>
      </Flex>
    </Accordion>
  );
}
