/** What was carried from system to system lately, and why; folded until asked for. */
import { Accordion, Flex, Text } from "@hubspot/ui-extensions";
import type { CardChange } from "crm-sync-shared/contract.ts";
import { distinctTexts } from "../format.ts";
import { capitalized, who } from "../words.ts";
import type { View } from "./RecordView.tsx";

export function RecentChanges({ view }: { readonly view: View }) {
  const { changes } = view.board.record;
  if (changes.length === 0) return null;
  return (
    <Accordion title="Recent changes" size="sm" testId="changes">
      <Flex direction="column" gap="sm">
        {changes.map((change) => (
          <Change
            key={`${change.at} ${change.field} ${change.target}`}
            change={change}
            view={view}
          />
        ))}
      </Flex>
    </Accordion>
  );
}

function Change({ change, view }: { readonly change: CardChange; readonly view: View }) {
  const [from = "", to = ""] =
    change.type === null || change.from === change.to
      ? [view.format.value(change.type, change.from), view.format.value(change.type, change.to)]
      : distinctTexts(view.format, change.type, [change.from, change.to]);
  return (
    <Flex direction="column" gap="flush">
      <Text>
        <Text inline format={{ fontWeight: "demibold" }}>
          {change.label}
        </Text>{" "}
        {change.field === null ? "" : `from ${from} to ${to}`}
      </Text>
      <Text variant="microcopy">
        {capitalized([who(change.actor), view.ago(change.at)].filter(Boolean).join(", "))}.{" "}
        {change.because}
      </Text>
    </Flex>
  );
}
