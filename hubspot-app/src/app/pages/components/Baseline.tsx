/** What a baseline measured: how far the systems agree, whatever keeps them the same today. */
import { Flex, Heading, List, Text, Tile } from "@hubspot/ui-extensions";
import { useDesk } from "crm-sync-common/desk.ts";
import type { ControlRun } from "crm-sync-shared/control.ts";

export function Baseline({ told }: { readonly told: NonNullable<ControlRun["baseline"]> }) {
  const { figures } = useDesk();
  const { errorRate, counts } = told;
  return (
    <Tile>
      <Flex direction="column" gap="sm">
        <Heading>How far they agree</Heading>
        <Text>
          {errorRate === null
            ? "No records that belong together were found yet."
            : `${figures.share(errorRate)} of the records that belong together differ.`}
        </Text>
        <List variant="unordered-styled">
          {counts.map(({ says, count }) => (
            <Text key={says}>{`${says}: ${figures.count(count)}`}</Text>
          ))}
        </List>
      </Flex>
    </Tile>
  );
}
