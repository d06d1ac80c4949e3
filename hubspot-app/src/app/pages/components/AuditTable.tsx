/** Audit entries as rows: when, who, what, on which record, from which value to which. */
import {
  StatusTag,
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
import type { AuditEntry } from "crm-sync-shared/control.ts";
import { ChangedValue } from "./ChangedValue.tsx";

interface AuditTableProps {
  readonly entries: readonly AuditEntry[];
  /** All of the record whose page this is: it need not be named. */
  readonly isOfOneRecord?: boolean;
}

export function AuditTable({ entries, isOfOneRecord = false }: AuditTableProps) {
  const { format } = useDesk();
  return (
    <Table density="condensed" bordered>
      <TableHead>
        <TableRow>
          <TableHeader width="min">When</TableHeader>
          <TableHeader>Who</TableHeader>
          {!isOfOneRecord && <TableHeader>Record</TableHeader>}
          <TableHeader>What</TableHeader>
          <TableHeader>Values</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {entries.map((entry) => (
          <TableRow key={`${entry.entityId} ${entry.entry}`}>
            <TableCell width="min">{format.brief(entry.at)}</TableCell>
            <TableCell>{entry.person ?? "The sync"}</TableCell>
            {!isOfOneRecord && (
              <TableCell>
                <Record entry={entry} />
              </TableCell>
            )}
            <TableCell>
              <Text>{entry.says}</Text>
              <Text variant="microcopy">{kindOf(entry)}</Text>
            </TableCell>
            <TableCell>
              <Values entry={entry} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

const kindOf = ({ kindLabel, systemLabel }: AuditEntry): string =>
  systemLabel === null ? kindLabel : `${kindLabel}, ${systemLabel}`;

function Record({ entry }: { readonly entry: AuditEntry }) {
  const { title, entityId, objectLabel } = entry;
  if (title === null) return <Text>--</Text>;
  return (
    <>
      <PageLink to="/records/:entityId" params={{ entityId }}>
        {title}
      </PageLink>
      {objectLabel !== null && <Text variant="microcopy">{objectLabel}</Text>}
    </>
  );
}

const valuesMax = 4;

function Values({ entry }: { readonly entry: AuditEntry }) {
  if (entry.isErased) return <StatusTag hollow>Erased on request</StatusTag>;
  if (entry.changes.length === 0) return <Text>--</Text>;
  const left = entry.changes.length - valuesMax;
  return (
    <>
      {entry.changes.slice(0, valuesMax).map(({ label, field, type, from, to }) => (
        <Text key={`${field} ${label}`}>
          <Text inline variant="microcopy">
            {label}
          </Text>{" "}
          {from !== null && (
            <>
              <ChangedValue type={type} value={from} />
              {", then "}
            </>
          )}
          <ChangedValue type={type} value={to} isNew />
        </Text>
      ))}
      {left > 0 && <Text variant="microcopy">{`and ${left} more`}</Text>}
    </>
  );
}
