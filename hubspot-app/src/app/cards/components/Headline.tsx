/** One line that says how the record stands, and how fresh that is. */
import { Flex, StatusTag, Text } from "@hubspot/ui-extensions";
import type { Board } from "../board.ts";
import { counted, listed } from "../words.ts";
import type { View } from "./RecordView.tsx";

export function Headline({ view }: { readonly view: View }) {
  const { record } = view.board;
  const { variant, text } = standing(view.board);
  const match =
    record.state === "unlinked" || record.fieldsTotal === 0
      ? null
      : `${record.fieldsEqual} of ${counted(record.fieldsTotal, "field", "fields")} match`;
  const checked = `checked ${view.ago(record.readAt)}`;
  return (
    <Flex direction="column" gap="flush">
      <StatusTag variant={variant} testId="standing">
        {text}
      </StatusTag>
      <Text variant="microcopy">
        {match ? `${match}, ${checked}` : `${checked.charAt(0).toUpperCase()}${checked.slice(1)}`}
      </Text>
    </Flex>
  );
}

type Variant = "danger" | "warning" | "info" | "success" | "default";

function standing({ record, tiles }: Board): { variant: Variant; text: string } {
  const unsettled = tiles.filter((tile) => tile.stage.kind !== "settled").length;
  if (unsettled > 0) {
    return { variant: "warning", text: counted(unsettled, "field differs", "fields differ") };
  }
  switch (record.state) {
    case "unlinked": {
      const missing = record.systems.filter((system) => system.status === "missing");
      return {
        variant: "default",
        text: `Not in ${listed(missing.map((system) => system.label)) || "the other systems"} yet`,
      };
    }
    case "syncing":
      return { variant: "info", text: "Updating" };
    case "held":
      return { variant: "danger", text: "Needs a look" };
    case "unreachable":
      return { variant: "warning", text: "Can't compare now" };
    case "in_sync":
    case "conflicts":
      return { variant: "success", text: "Same everywhere" };
  }
}
