/** A record that may be the same one, side by side with the one that is looked at. */
import {
  Flex,
  Link,
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
import type { ReactNode } from "react";
import { shortened } from "../words.ts";

type CandidateData = Answered<"record">["record"]["problems"][number]["candidates"][number];

interface CandidateProps {
  readonly candidate: CandidateData;
  /** What can be said about it. */
  readonly children: ReactNode;
}

export function Candidate({ candidate, children }: CandidateProps) {
  const { ago } = useDesk();
  const { label, title, url, changedAt, isLinked, recordId, fields } = candidate;
  const name = title ?? `Record ${recordId}`;
  const about = [
    label,
    ...(changedAt === null ? [] : [`changed ${ago(changedAt)}`]),
    ...(isLinked ? ["linked to another record"] : []),
  ].join(", ");
  return (
    <Flex direction="column" gap="xs">
      {url === null ? (
        <Text format={{ fontWeight: "demibold" }}>{name}</Text>
      ) : (
        <Link href={{ url, external: true }}>{name}</Link>
      )}
      <Text variant="microcopy">{about}</Text>
      {fields.length > 0 && <Fields fields={fields} />}
      {children}
    </Flex>
  );
}

function Fields({ fields }: { readonly fields: CandidateData["fields"] }) {
  const { format } = useDesk();
  return (
    <Table density="condensed" bordered>
      <TableHead>
        <TableRow>
          <TableHeader width="min">Field</TableHeader>
          <TableHeader>Here</TableHeader>
          <TableHeader>There</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {fields.map(({ field, label, type, here, there, isSame }) => (
          <TableRow key={field}>
            <TableCell width="min">{label}</TableCell>
            <TableCell>{shortened(format.value(type, here))}</TableCell>
            <TableCell>
              <Text format={{ fontWeight: isSame ? "regular" : "demibold" }}>
                {isSame ? "The same" : shortened(format.value(type, there))}
              </Text>
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
