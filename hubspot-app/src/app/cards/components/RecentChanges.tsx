/** What was carried from system to system lately, and why; folded until asked for. */
import { Accordion, Flex, Text } from "@hubspot/ui-extensions";
import { distinctTexts } from "crm-sync-common/format.ts";
import { capitalized, who } from "crm-sync-common/words.ts";
import type { CardChange } from "crm-sync-shared/contract.ts";
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

export function Change({ change, view }: { readonly change: CardChange; readonly view: View }) {
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
        {[`${capitalized(view.ago(change.at))}.`, change.because, origin(change, view)]
          .filter((part) => part !== null)
          .join(" ")}
      </Text>
    </Flex>
  );
}

/** Who first set the value, which need not be who decided that it goes everywhere. */
function origin({ actor, source }: CardChange, view: View): string | null {
  const name = who(actor);
  const system = view.board.record.systems.find((each) => each.system === source);
  return name && system ? `Set by ${name} in ${system.label}.` : null;
}
