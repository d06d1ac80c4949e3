/** Pipeline confidence: for each object, how much of what matters is proven the same everywhere. */
import {
  Flex,
  Heading,
  StatusTag,
  type StatusTagProps,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
  Tile,
} from "@hubspot/ui-extensions";
import { useDesk } from "crm-sync-common/desk.ts";
import type { Overview } from "crm-sync-shared/control.ts";
import { unknownState } from "../words.ts";

type Row = Overview["confidence"][number];

export function Confidence({ overview }: { readonly overview: Overview }) {
  const { figures, session } = useDesk();
  return (
    <Tile>
      <Flex direction="column" gap="sm">
        <Heading>Pipeline confidence</Heading>
        <Table density="condensed" bordered={false} flush>
          <TableHead>
            <TableRow>
              <TableHeader>Object</TableHeader>
              <TableHeader>Confidence</TableHeader>
              <TableHeader align="right">Proven the same</TableHeader>
            </TableRow>
          </TableHead>
          <TableBody>
            {overview.confidence.map((row) => (
              <TableRow key={row.object}>
                <TableCell>{row.label}</TableCell>
                <TableCell>
                  <StatusTag variant={tones[row.level] ?? unknownState.variant}>
                    {levels[row.level] ?? unknownState.says}
                  </StatusTag>
                </TableCell>
                <TableCell align="right">
                  {sharesOf(row, session.formats.currency, figures.share)}
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
        <Text variant="microcopy">
          Should stay above {figures.share(overview.thresholds.confidenceMin)}.
        </Text>
      </Flex>
    </Tile>
  );
}

/** Of amounts, by currency: euros say nothing of dollars. The one asked for comes first. */
function sharesOf(
  { share, shares }: Row,
  first: string | null,
  write: (share: number | null) => string,
): string {
  const byCurrency = Object.entries(shares).sort(
    ([a], [b]) => Number(b === first) - Number(a === first),
  );
  if (byCurrency.length === 0) return write(share);
  return byCurrency.map(([currency, of]) => `${write(of)} of ${currency}`).join(", ");
}

const levels = { high: "High", medium: "Medium", low: "Low", unverified: "Not measured yet" };
const tones: Readonly<Record<Row["level"], NonNullable<StatusTagProps["variant"]>>> = {
  high: "success",
  medium: "warning",
  low: "danger",
  unverified: "default",
};
