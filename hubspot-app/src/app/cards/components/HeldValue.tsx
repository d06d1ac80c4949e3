/** What one or more systems hold, who set it there and when. */
import { Flex, Text } from "@hubspot/ui-extensions";
import { who } from "crm-sync-common/words.ts";
import type { CardValue } from "crm-sync-shared/contract.ts";
import type { Excerpt } from "../excerpt.ts";
import type { Group } from "../groups.ts";
import type { View } from "./RecordView.tsx";

interface HeldValueProps {
  readonly group: Group;
  readonly text: string;
  readonly excerpt: Excerpt | null;
  readonly view: View;
}

export function HeldValue({ group, text, excerpt, view }: HeldValueProps) {
  return (
    <Flex direction="column" gap="flush">
      {group.values.map((value) => (
        <Text key={value.system} variant="microcopy">
          <Text inline variant="microcopy" format={{ fontWeight: "demibold" }}>
            {value.label}
          </Text>{" "}
          {said(value, value.at === null ? "some time ago" : view.ago(value.at))}
        </Text>
      ))}
      {excerpt && group.value !== null ? (
        <Text>
          {excerpt.before}
          <Text inline format={{ fontWeight: "bold" }}>
            {excerpt.differing}
          </Text>
          {excerpt.after}
        </Text>
      ) : (
        <Text format={{ italic: group.value === null }}>{text}</Text>
      )}
    </Flex>
  );
}

/** "Maria Lopez, 3 minutes ago" */
export function said(value: CardValue, when: string): string {
  const name = who(value.actor);
  return name === null ? `changed ${when}` : `${name}, ${when}`;
}
