/** The records that differ right now, with what each system was last seen with. */
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
} from "@hubspot/ui-extensions";
import { PageLink } from "@hubspot/ui-extensions/pages";
import { useDesk } from "crm-sync-common/desk.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { shortened } from "../words.ts";
import { Mend } from "./Findings.tsx";

type Row = Answered<"parity">["differing"][number];

export function DifferingTable({ report }: { readonly report: Answered<"parity"> }) {
  if (report.differing.length === 0) return <Text>Nothing differs.</Text>;
  return (
    <Table density="condensed" bordered>
      <TableHead>
        <TableRow>
          <TableHeader>Record</TableHeader>
          <TableHeader>Field</TableHeader>
          <TableHeader>Last seen with</TableHeader>
          <TableHeader>Why</TableHeader>
          <TableHeader width="min">Since</TableHeader>
          <TableHeader width="min" align="right">
            Mend
          </TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {report.differing.map((row) => (
          <DifferingRow key={`${row.entityId} ${row.field}`} row={row} />
        ))}
      </TableBody>
    </Table>
  );
}

function DifferingRow({ row }: { readonly row: Row }) {
  const { format, ago } = useDesk();
  const { entityId, title, label, type, values, because, since } = row;
  return (
    <TableRow>
      <TableCell>
        <PageLink to="/records/:entityId" params={{ entityId }}>
          {title}
        </PageLink>
      </TableCell>
      <TableCell>{label ?? "The record"}</TableCell>
      <TableCell>
        {values.map(({ system, label: name, value }) => (
          <Text key={system}>
            <Text inline variant="microcopy">
              {name}
            </Text>{" "}
            {shortened(format.value(type, value))}
          </Text>
        ))}
      </TableCell>
      <TableCell>{because}</TableCell>
      <TableCell width="min">{ago(since)}</TableCell>
      <TableCell width="min" align="right">
        <Mend entityId={entityId} />
      </TableCell>
    </TableRow>
  );
}
