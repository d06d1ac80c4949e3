/** What the sync did, newest first: from which value to which, where, when, and why. */
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
} from "@hubspot/ui-extensions";
import { useDesk } from "crm-sync-common/desk.ts";
import { who } from "crm-sync-common/words.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { ChangedValue } from "./ChangedValue.tsx";

type Change = Answered<"exception">["changes"][number];

export function ChangeList({ changes }: { readonly changes: readonly Change[] }) {
  if (changes.length === 0) return <Text>The sync has written nothing here yet.</Text>;
  return (
    <Table density="condensed" bordered>
      <TableHead>
        <TableRow>
          <TableHeader width="min">When</TableHeader>
          <TableHeader>Field</TableHeader>
          <TableHeader>From</TableHeader>
          <TableHeader>To</TableHeader>
          <TableHeader>Why</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {changes.map((change) => (
          <ChangeRow key={`${change.at} ${change.field} ${change.target}`} change={change} />
        ))}
      </TableBody>
    </Table>
  );
}

function ChangeRow({ change }: { readonly change: Change }) {
  const { format, session } = useDesk();
  const labelOf = (system: string) =>
    session.systems.find(({ key }) => key === system)?.label ?? system;
  const { at, label, type, from, to, target, actor, because } = change;
  const name = who(actor);
  return (
    <TableRow>
      <TableCell width="min">{format.brief(at)}</TableCell>
      <TableCell>
        <Text>{label}</Text>
        {target !== null && <Text variant="microcopy">{`in ${labelOf(target)}`}</Text>}
      </TableCell>
      <TableCell>
        <ChangedValue type={type} value={from} />
      </TableCell>
      <TableCell>
        <ChangedValue type={type} value={to} isNew />
      </TableCell>
      <TableCell>
        <Text>{because}</Text>
        {name !== null && <Text variant="microcopy">{`Set by ${name}`}</Text>}
      </TableCell>
    </TableRow>
  );
}
