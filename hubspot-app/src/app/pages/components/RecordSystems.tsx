/** The record in each system: how it stands there, when that was last seen, and a link to it. */
import {
  Link,
  StatusTag,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
} from "@hubspot/ui-extensions";
import { useDesk } from "crm-sync-common/desk.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { unknownState } from "../words.ts";

type System = Answered<"record">["record"]["systems"][number];

export function RecordSystems({ data }: { readonly data: Answered<"record"> }) {
  return (
    <Table density="condensed" bordered>
      <TableHead>
        <TableRow>
          <TableHeader>System</TableHeader>
          <TableHeader>State</TableHeader>
          <TableHeader>Last seen</TableHeader>
          <TableHeader>Record</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {data.record.systems.map((system) => (
          <SystemRow key={system.system} system={system} />
        ))}
      </TableBody>
    </Table>
  );
}

const states = {
  same: { variant: "success", says: "As agreed" },
  differs: { variant: "warning", says: "Differs" },
  pending: { variant: "info", says: "Being written" },
  unreachable: { variant: "danger", says: "Can't be reached" },
  missing: { variant: "default", says: "Not there" },
  apart: { variant: "default", says: "Kept apart" },
} as const;

function SystemRow({ system }: { readonly system: System }) {
  const { ago } = useDesk();
  const { label, status, checkedAt, message, recordId, url } = system;
  const { variant, says } = states[status] ?? unknownState;
  return (
    <TableRow>
      <TableCell>{label}</TableCell>
      <TableCell>
        <StatusTag variant={variant}>{says}</StatusTag>
        {message !== null && <Text variant="microcopy">{message}</Text>}
      </TableCell>
      <TableCell>{checkedAt === null ? "Never" : ago(checkedAt)}</TableCell>
      <TableCell>
        {url === null ? (
          <Text>{recordId ?? "--"}</Text>
        ) : (
          <Link href={{ url, external: true }}>{`Open ${recordId ?? ""}`}</Link>
        )}
      </TableCell>
    </TableRow>
  );
}
