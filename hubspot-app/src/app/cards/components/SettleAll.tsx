/** Several differences at once: everything from one system, or every suggestion. */
import { Dropdown } from "@hubspot/ui-extensions";
import type { Choice } from "crm-sync-shared/contract.ts";
import type { Board, Tile } from "../board.ts";

interface SettleAllProps {
  readonly board: Board;
  readonly onChoose: (exceptionId: string, choice: Choice) => void;
}

export function SettleAll({ board, onChoose }: SettleAllProps) {
  const open = board.tiles.filter((tile) => tile.stage.kind === "open");
  if (open.length < 2 || !board.record.mayResolve) return null;
  return (
    <Dropdown buttonText="Settle all" buttonSize="xs" variant="secondary">
      {waysOf(open).map(({ label, systemOf }) => (
        <Dropdown.ButtonItem
          key={label}
          onClick={() => {
            for (const tile of open) {
              onChoose(tile.conflict.exceptionId, { kind: "keep", system: systemOf(tile) });
            }
          }}
        >
          {label}
        </Dropdown.ButtonItem>
      ))}
    </Dropdown>
  );
}

interface Way {
  readonly label: string;
  readonly systemOf: (tile: Tile) => string;
}

/** Only ways that answer every open difference. */
function waysOf(open: readonly Tile[]): readonly Way[] {
  const [first] = open;
  const everywhere = (first?.conflict.values ?? []).filter(({ system }) =>
    open.every(({ conflict }) => conflict.values.some((value) => value.system === system)),
  );
  const isSuggested = open.every(({ conflict }) => conflict.recommended !== null);
  const suggested = {
    label: "Take every suggestion",
    systemOf: ({ conflict }: Tile) => conflict.recommended?.system ?? "",
  };
  return [
    ...(isSuggested ? [suggested] : []),
    ...everywhere.map(({ system, label }) => ({
      label: `Take all from ${label}`,
      systemOf: () => system,
    })),
  ];
}
