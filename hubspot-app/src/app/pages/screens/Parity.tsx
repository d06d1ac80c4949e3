/** How far the systems hold the same: field by field, segment by segment, and what differs now. */
import {
  AutoGrid,
  BarChart,
  EmptyState,
  Flex,
  Heading,
  Select,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
  Tile,
  useExtensionActions,
} from "@hubspot/ui-extensions";
import { PageHeader, PageTitle, usePageRoute } from "@hubspot/ui-extensions/pages";
import { useControl, useDesk } from "crm-sync-common/desk.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { DifferingTable } from "../components/DifferingTable.tsx";
import { Fitted } from "../components/Fitted.tsx";
import { Seen } from "../components/Seen.tsx";

type Report = Answered<"parity">;
const none = " ";

export function Parity() {
  const { params } = usePageRoute();
  const { session } = useDesk();
  const { navigateToPage } = useExtensionActions<"pages">();
  const object = params.object ?? session.objects[0]?.key ?? "";
  const segment = params.segment ?? null;
  const look = useControl("parity", { object, segment });
  return (
    <>
      <PageTitle>Parity</PageTitle>
      <PageHeader>
        <PageHeader.SecondaryActions>
          <PageHeader.PageLink to="/runs">See the runs that measure it</PageHeader.PageLink>
        </PageHeader.SecondaryActions>
      </PageHeader>
      <Fitted>
        <Select
          label="Object"
          name="object"
          value={object}
          options={session.objects.map(({ key, label }) => ({ value: key, label }))}
          onChange={(value) => navigateToPage({ to: "/parity", params: { object: String(value) } })}
        />
        {look.data && look.data.segments.length > 0 && (
          <Select
            label="Cut by"
            name="segment"
            value={segment ?? none}
            options={[
              { value: none, label: "Nothing" },
              ...look.data.segments.map(({ key, label }) => ({ value: key, label })),
            ]}
            onChange={(value) =>
              navigateToPage({
                to: "/parity",
                params: { object, ...(value === none ? {} : { segment: String(value) }) },
              })
            }
          />
        )}
      </Fitted>
      <Seen look={look} label="Reading how far they are the same">
        {(report) => <Board report={report} />}
      </Seen>
    </>
  );
}

function Board({ report }: { readonly report: Report }) {
  const { ago } = useDesk();
  if (report.measuredAt === null) {
    return (
      <EmptyState title="Not measured yet" layout="vertical" imageWidth={120}>
        <Text>Every run that compares an object measures it. Start one that only looks.</Text>
      </EmptyState>
    );
  }
  return (
    <Flex direction="column" gap="lg">
      <Text>
        {`Measured ${ago(report.measuredAt)}.`}
        {!report.isComplete && " The run was not finished: these are the records it got to."}
        {report.oldestDivergenceAt !== null &&
          ` The oldest difference is from ${ago(report.oldestDivergenceAt)}.`}
      </Text>
      <AutoGrid columnWidth={420} gap="md" flexible>
        <Shares title="Field by field" head="Field" rows={report.fields.map(ofField)} />
        {report.bySegment.length > 0 && <Segments rows={report.bySegment} />}
      </AutoGrid>
      <Flex direction="column" gap="sm">
        <Heading>What differs right now</Heading>
        <DifferingTable report={report} />
      </Flex>
    </Flex>
  );
}

interface Row {
  readonly key: string;
  readonly label: string;
  readonly equal: number;
  readonly different: number;
  readonly share: number | null;
}

const ofField = ({ field, ...rest }: Report["fields"][number]): Row => ({ key: field, ...rest });

interface SharesProps {
  readonly title: string;
  readonly head: string;
  readonly rows: readonly Row[];
}

/** Worst first: that is what one looks for. */
function Shares({ title, head, rows }: SharesProps) {
  const { figures } = useDesk();
  const sorted = [...rows].sort((a, b) => (a.share ?? 1) - (b.share ?? 1));
  return (
    <Tile>
      <Flex direction="column" gap="sm">
        <Heading>{title}</Heading>
        <Table density="condensed" bordered={false} flush>
          <TableHead>
            <TableRow>
              <TableHeader>{head}</TableHeader>
              <TableHeader align="right">Same</TableHeader>
              <TableHeader align="right">Different</TableHeader>
              <TableHeader align="right">Share</TableHeader>
            </TableRow>
          </TableHead>
          <TableBody>
            {sorted.map(({ key, label, equal, different, share }) => (
              <TableRow key={key}>
                <TableCell>{label}</TableCell>
                <TableCell align="right">{figures.count(equal)}</TableCell>
                <TableCell align="right">{figures.count(different)}</TableCell>
                <TableCell align="right">{figures.share(share)}</TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </Flex>
    </Tile>
  );
}

const drawnMax = 12;

function Segments({ rows }: { readonly rows: Report["bySegment"] }) {
  const data = rows
    .slice(0, drawnMax)
    .map(({ label, share }) => ({ label, percent: Math.round((share ?? 0) * 1_000) / 10 }));
  return (
    <Tile>
      <Flex direction="column" gap="sm">
        <Heading>The same, in percent</Heading>
        <BarChart
          data={data}
          axes={{
            x: { field: "percent", fieldType: "linear", label: "Percent" },
            y: { field: "label", fieldType: "category" },
          }}
          options={{ showDataLabels: true }}
        />
      </Flex>
    </Tile>
  );
}
