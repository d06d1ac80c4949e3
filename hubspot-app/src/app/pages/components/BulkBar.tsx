/** What can be done with the exceptions that are ticked. */
import { Button, Flex, Text } from "@hubspot/ui-extensions";
import { useDesk } from "crm-sync-common/desk.ts";
import type { ExceptionFilter, ExceptionItem } from "crm-sync-shared/control.ts";
import { countOf, namedMax, noneSelected, type Selected, selectionOf } from "../selection.ts";
import { AssignModal } from "./AssignModal.tsx";
import { ReplayModal } from "./ReplayModal.tsx";
import { SettlePanel } from "./SettlePanel.tsx";

interface BulkBarProps {
  readonly selected: Selected;
  readonly total: number;
  readonly items: readonly ExceptionItem[];
  readonly filter: Partial<ExceptionFilter>;
  readonly onSelect: (selected: Selected) => void;
  /** Something was done: what is listed may be no more. */
  readonly onChanged: () => void;
}

export function BulkBar(props: BulkBarProps) {
  const { selected, total, items, filter, onSelect, onChanged } = props;
  const { figures, may } = useDesk();
  const count = countOf(selected, total);
  const selection = selectionOf(selected, filter);
  const shown = items.map(({ id }) => id).slice(0, namedMax);
  const isIdle = count === 0;
  return (
    <Flex gap="sm" align="center" wrap>
      <Button size="xs" onClick={() => onSelect({ kind: "some", ids: new Set(shown) })}>
        {`Pick the ${figures.count(shown.length)} shown`}
      </Button>
      {total > items.length && (
        <Button size="xs" onClick={() => onSelect({ kind: "all" })} testId="pick-all">
          {`Pick all ${figures.count(total)}`}
        </Button>
      )}
      {!isIdle && (
        <Button size="xs" variant="transparent" onClick={() => onSelect(noneSelected)}>
          Pick none
        </Button>
      )}
      <Text format={{ fontWeight: "demibold" }}>{`${figures.count(count)} picked`}</Text>
      {may("settle") && (
        <Button
          size="xs"
          variant="primary"
          disabled={isIdle}
          overlay={<SettlePanel selection={selection} onChanged={onChanged} />}
          testId="settle-many"
        >
          Settle…
        </Button>
      )}
      {may("assign") && (
        <Button
          size="xs"
          disabled={isIdle || selected.kind === "all"}
          overlay={
            <AssignModal
              exceptionIds={selected.kind === "some" ? [...selected.ids].slice(0, namedMax) : []}
              onChanged={onChanged}
            />
          }
          testId="assign"
        >
          Assign…
        </Button>
      )}
      {may("replay") && (
        <Button
          size="xs"
          disabled={isIdle}
          overlay={<ReplayModal selection={selection} onChanged={onChanged} />}
          testId="replay"
        >
          Try again…
        </Button>
      )}
    </Flex>
  );
}
