/** One line that says how the record stands, and how fresh that is. */
import { Flex, Inline, StatusTag, Text } from "@hubspot/ui-extensions";
import { counted, listed } from "crm-sync-common/words.ts";
import type { ReactNode } from "react";
import type { Board, Tile } from "../board.ts";
import type { View } from "./RecordView.tsx";

interface HeadlineProps {
  readonly view: View;
  /** What can be done about the whole, at its right. */
  readonly children: ReactNode;
}

export function Headline({ view, children }: HeadlineProps) {
  const { variant, text } = standing(view.board);
  return (
    <Flex direction="column" gap="flush">
      <Inline justify="between" align="center" gap="sm">
        <StatusTag variant={variant} testId="standing">
          {text}
        </StatusTag>
        {children}
      </Inline>
      <Text variant="microcopy">{freshness(view)}</Text>
    </Flex>
  );
}

function freshness({ board, ago }: View): string {
  const { record } = board;
  const checked = ago(record.readAt);
  if (record.state === "unreachable") {
    const reads = record.systems.map((system) => system.checkedAt ?? record.readAt);
    return `Last compared ${ago(Math.min(...reads))}`;
  }
  if (record.state === "unlinked" || record.fieldsTotal === 0) return `Checked ${checked}`;
  const total = counted(record.fieldsTotal, "field", "fields");
  return `${record.fieldsEqual} of ${total} match, checked ${checked}`;
}

const isOpen = ({ stage }: Tile) => stage.kind !== "settled" && stage.kind !== "undoing";

type Variant = "danger" | "warning" | "info" | "success" | "default";

function standing({ record, tiles }: Board): { variant: Variant; text: string } {
  const unsettled = tiles.filter(isOpen).length;
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
    case "paused":
      return { variant: "default", text: "Paused" };
    case "held":
      return { variant: "danger", text: "Needs a look" };
    case "unreachable":
      return { variant: "warning", text: "Can't compare now" };
    case "in_sync":
    case "conflicts":
      return { variant: "success", text: "Same everywhere" };
  }
}
