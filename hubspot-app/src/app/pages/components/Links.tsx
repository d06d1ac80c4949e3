/** The records of one entity, each to be opened in its system. */
import { Flex, Link, Text } from "@hubspot/ui-extensions";
import type { ExceptionItem } from "crm-sync-shared/control.ts";

export function Links({ records }: { readonly records: ExceptionItem["records"] }) {
  if (records.length === 0) return <Text>Nowhere yet</Text>;
  return (
    <Flex direction="column" gap="flush">
      {records.map(({ system, label, recordId, url }) =>
        url === null ? (
          <Text key={system}>{`${label}: ${recordId}`}</Text>
        ) : (
          <Link key={system} href={{ url, external: true }}>
            {label}
          </Link>
        ),
      )}
    </Flex>
  );
}
