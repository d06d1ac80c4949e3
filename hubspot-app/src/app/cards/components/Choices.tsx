/** One button a value, the recommended first; the exact time of each value is its tooltip. */
import { Button, Flex, LoadingButton, Tooltip } from "@hubspot/ui-extensions";
import { capitalized, listed } from "crm-sync-common/words.ts";
import type { CardConflict, Choice } from "crm-sync-shared/contract.ts";
import type { Stage } from "../board.ts";
import type { Group } from "../groups.ts";
import { isTypable } from "../typed.ts";
import { said } from "./HeldValue.tsx";
import type { View } from "./RecordView.tsx";

interface ChoicesProps {
  readonly conflict: CardConflict;
  readonly stage: Stage;
  readonly groups: readonly Group[];
  readonly isPrimary: boolean;
  readonly view: View;
  readonly onChoose: (choice: Choice) => void;
  readonly onType: () => void;
}

export function Choices(props: ChoicesProps) {
  const { conflict, stage } = props;
  const isSettling = stage.kind === "settling";
  const chosen = isSettling && stage.choice.kind === "keep" ? stage.choice.system : null;
  return (
    <Flex direction="row" gap="xs" wrap>
      {props.groups.map((group) => (
        <KeepButton
          key={group.key}
          {...props}
          group={group}
          isChosen={group.values.some((value) => value.system === chosen)}
        />
      ))}
      {isTypable(conflict.type) && (
        <Button
          size="xs"
          variant="transparent"
          disabled={isSettling}
          onClick={props.onType}
          testId={`type-${conflict.field}`}
        >
          Type another value…
        </Button>
      )}
    </Flex>
  );
}

function KeepButton(props: ChoicesProps & { readonly group: Group; readonly isChosen: boolean }) {
  const { group, isChosen, stage, view } = props;
  const [value] = group.values;
  if (!value) return null;
  const when = value.at === null ? null : view.format.moment(value.at);
  return (
    <LoadingButton
      size="xs"
      variant={props.isPrimary && group.isRecommended ? "primary" : "secondary"}
      loading={isChosen}
      disabled={stage.kind === "settling" && !isChosen}
      onClick={() => props.onChoose({ kind: "keep", system: value.system })}
      overlay={when && <Tooltip placement="bottom">{capitalized(said(value, when))}</Tooltip>}
      testId={`keep-${props.conflict.field}-${value.system}`}
    >
      {label(group, isChosen)}
    </LoadingButton>
  );
}

/** Keeping a blank clears the others: said so, because there is no second question. */
function label(group: Group, isChosen: boolean): string {
  if (group.value === null) return isChosen ? "Clearing everywhere" : "Clear everywhere";
  // About as wide as before, so that nothing moves under the pointer.
  const whose = listed(group.values.map((value) => value.label));
  return `${isChosen ? "Saving" : "Keep"} ${whose} value`;
}
