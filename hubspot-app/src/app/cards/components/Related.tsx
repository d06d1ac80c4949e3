/** The records that this one refers to, with the way to each. */
import { Flex, Link, Text } from "@hubspot/ui-extensions";
import type { CardRelated } from "crm-sync-shared/contract.ts";
import type { View } from "./RecordView.tsx";

export function Related({ view }: { readonly view: View }) {
  const { related } = view.board.record;
  if (related.length === 0) return null;
  return (
    <Flex direction="column" gap="xs">
      {related.map((one) => (
        <Group key={one.field} related={one} />
      ))}
    </Flex>
  );
}

function Group({ related }: { readonly related: CardRelated }) {
  const more = related.count - related.records.length;
  return (
    <Flex direction="column" gap="flush">
      <Text variant="microcopy">{related.label}</Text>
      {related.records.map(({ entityId, title, places }) => (
        <Flex key={entityId} direction="row" gap="sm" wrap>
          {places.length === 0 && <Text>{title}</Text>}
          {places.map(({ system, label, url }) => (
            <Link key={system} href={{ url, external: true }}>
              {`${title} in ${label}`}
            </Link>
          ))}
        </Flex>
      ))}
      {more > 0 && <Text variant="microcopy">{`and ${more} more`}</Text>}
    </Flex>
  );
}
