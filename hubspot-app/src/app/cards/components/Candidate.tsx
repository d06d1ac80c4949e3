/** A record that may be the same: what it is called, what tells it apart, and the way to it. */
import { Divider, Flex, Link, Text } from "@hubspot/ui-extensions";
import type { CardCandidate } from "crm-sync-shared/contract.ts";
import type { ReactNode } from "react";
import type { View } from "./RecordView.tsx";

interface CandidateProps {
  readonly candidate: CardCandidate;
  readonly view: View;
  /** What can be said about it. */
  readonly children: ReactNode;
}

export function Candidate({ candidate, view, children }: CandidateProps) {
  const { label, title, url, changedAt, isLinked, recordId } = candidate;
  const name = title ?? `Record ${recordId}`;
  const about = [
    label,
    ...(changedAt === null ? [] : [`changed ${view.ago(changedAt)}`]),
    ...(isLinked ? ["linked to another record"] : []),
  ].join(", ");
  return (
    <Flex direction="column" gap="xs">
      <Divider />
      <Flex direction="column" gap="flush">
        {url === null ? (
          <Text format={{ fontWeight: "demibold" }}>{name}</Text>
        ) : (
          <Link href={{ url, external: true }}>{name}</Link>
        )}
        <Text variant="microcopy">{about}</Text>
      </Flex>
      {candidate.fields.length > 0 && (
        <Flex direction="column" gap="flush">
          {candidate.fields.map((field) => (
            <Text key={field.field} variant="microcopy">
              <Text inline variant="microcopy" format={{ fontWeight: "demibold" }}>
                {field.label}
              </Text>{" "}
              {told(field, view)}
            </Text>
          ))}
        </Flex>
      )}
      {children}
    </Flex>
  );
}

function told(field: CardCandidate["fields"][number], view: View): string {
  const [here, there] = [field.here, field.there].map((value) =>
    view.format.value(field.type, value),
  );
  return field.isSame ? `${here}, the same` : `${here} here, ${there} there`;
}
