/** The records that this one belongs with, each leading to its own page. */
import { Flex, Text } from "@hubspot/ui-extensions";
import { PageLink } from "@hubspot/ui-extensions/pages";
import type { Answered } from "crm-sync-shared/control.ts";
import { Facts } from "./Facts.tsx";

export function Related({ data }: { readonly data: Answered<"record"> }) {
  const { related } = data.record;
  if (related.length === 0) return null;
  return (
    <Facts
      facts={related.map(({ field, label, records, count }) => [
        label,
        <Flex key={field} direction="column" gap="flush">
          {records.map(({ entityId, title }) => (
            <PageLink key={entityId} to="/records/:entityId" params={{ entityId }}>
              {title}
            </PageLink>
          ))}
          {count > records.length && (
            <Text variant="microcopy">{`and ${count - records.length} more`}</Text>
          )}
        </Flex>,
      ])}
    />
  );
}
