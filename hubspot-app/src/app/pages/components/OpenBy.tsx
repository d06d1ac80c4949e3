/** The open exceptions counted four ways; every count leads to the exceptions it counts. */
import {
  AutoGrid,
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
import type { Counted, Overview } from "crm-sync-shared/control.ts";
import { type ListParams, ofKey, paramsOf } from "../exception-list.ts";
import { shortLabel } from "../words.ts";

export function OpenBy({ open }: { readonly open: Overview["open"] }) {
  return (
    <AutoGrid columnWidth={220} gap="md" flexible>
      <Counts title="By age" head="Open for" rows={open.byAge} param="age" />
      <Counts title="By kind" head="Kind" rows={open.byKind} param="kind" />
      <Counts title="By record owner" head="Owner" rows={open.byOwner} param="owner" />
      <Counts
        title="By who sees to it"
        head="Assigned to"
        rows={open.byAssignee}
        param="assignee"
      />
    </AutoGrid>
  );
}

interface CountsProps {
  readonly title: string;
  readonly head: string;
  readonly rows: readonly Counted[];
  readonly param: keyof ListParams;
}

/** The key of all those that are not listed. */
const others = "*";

function Counts({ title, head, rows, param }: CountsProps) {
  const { figures } = useDesk();
  return (
    <Tile compact>
      <Flex direction="column" gap="xs">
        <Heading>{title}</Heading>
        <Table density="condensed" bordered={false} flush>
          <TableHead>
            <TableRow>
              <TableHeader>{head}</TableHeader>
              <TableHeader align="right" width="min">
                Open
              </TableHeader>
            </TableRow>
          </TableHead>
          <TableBody>
            {rows.map(({ key, label, count }) => (
              <TableRow key={key}>
                <TableCell>
                  {key === others || count === 0 ? (
                    <Text>{label}</Text>
                  ) : (
                    <PageLink to="/exceptions" params={paramsOf({ [param]: ofKey(key) })}>
                      {shortLabel(label)}
                    </PageLink>
                  )}
                </TableCell>
                <TableCell align="right" width="min">
                  {figures.count(count)}
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </Flex>
    </Tile>
  );
}
