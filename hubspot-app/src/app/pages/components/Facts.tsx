/** Names and what they are, one below the other. */
import { DescriptionList, DescriptionListItem, Text } from "@hubspot/ui-extensions";
import type { ReactNode } from "react";

interface FactsProps {
  readonly facts: readonly (readonly [label: string, fact: ReactNode])[];
}

export function Facts({ facts }: FactsProps) {
  return (
    <DescriptionList direction="row">
      {facts.map(([label, fact]) => (
        <DescriptionListItem key={label} label={label}>
          {typeof fact === "string" ? <Text>{fact}</Text> : fact}
        </DescriptionListItem>
      ))}
    </DescriptionList>
  );
}
