/** The systems at a glance: how far behind each is, and how long its API calls last today. */
import {
  Flex,
  Heading,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
  Tile,
} from "@hubspot/ui-extensions";
import { PageLink } from "@hubspot/ui-extensions/pages";
import { useDesk } from "crm-sync-common/desk.ts";
import type { Overview } from "crm-sync-shared/control.ts";
import { BudgetText } from "./BudgetText.tsx";

export function SystemTable({ overview }: { readonly overview: Overview }) {
  const { figures } = useDesk();
  return (
    <Tile>
      <Flex direction="column" gap="sm">
        <Heading>Systems</Heading>
        <Table density="condensed" bordered={false} flush>
          <TableHead>
            <TableRow>
              <TableHeader>System</TableHeader>
              <TableHeader align="right">Waiting</TableHeader>
              <TableHeader align="right">Behind</TableHeader>
              <TableHeader>API calls today</TableHeader>
            </TableRow>
          </TableHead>
          <TableBody>
            {overview.systems.map((system) => (
              <SystemRow key={system.system} system={system} />
            ))}
          </TableBody>
        </Table>
        <Text variant="microcopy">
          Should be behind by at most {figures.duration(overview.thresholds.lagMinutesMax * 60_000)}
          . <PageLink to="/systems">See the systems</PageLink>
        </Text>
      </Flex>
    </Tile>
  );
}

function SystemRow({ system }: { readonly system: Overview["systems"][number] }) {
  const { figures } = useDesk();
  const { label, waiting, held, lagMs, isPaused, budget } = system;
  return (
    <TableRow>
      <TableCell>{isPaused ? `${label} (paused)` : label}</TableCell>
      <TableCell align="right">
        <Text>{figures.count(waiting)}</Text>
        {held > 0 && <Text variant="microcopy">{`${figures.count(held)} held`}</Text>}
      </TableCell>
      <TableCell align="right">{lagMs === null ? "--" : figures.duration(lagMs)}</TableCell>
      <TableCell>
        <BudgetText budget={budget} />
      </TableCell>
    </TableRow>
  );
}
