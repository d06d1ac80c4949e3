/** What the brake holds because too much would change at once, to be let go in slices. */
import {
  Alert,
  Button,
  Flex,
  LoadingButton,
  Modal,
  ModalBody,
  ModalFooter,
  NumberInput,
  Text,
  useExtensionActions,
} from "@hubspot/ui-extensions";
import { useControlAct, useDesk } from "crm-sync-common/desk.ts";
import { counted } from "crm-sync-common/words.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { useState } from "react";
import { Opener } from "./Opener.tsx";
import { Refused } from "./Refused.tsx";

type Brake = Answered<"systems">["brakes"][number];

interface BrakesProps {
  readonly brakes: readonly Brake[];
  readonly onChanged: () => void;
}

export function Brakes({ brakes, onChanged }: BrakesProps) {
  const { may, ago } = useDesk();
  return (
    <Flex direction="column" gap="sm">
      {brakes.map((brake) => (
        <Alert key={keyOf(brake)} variant="warning" title={titleOf(brake)}>
          <Flex direction="column" gap="sm">
            <Text>
              {brake.says}
              {brake.since !== null && ` The oldest is held since ${ago(brake.since)}.`}
            </Text>
            {may("release") && (
              <Flex>
                <Opener label="Release…" size="xs" testId={`release-${keyOf(brake)}`}>
                  <ReleaseModal brake={brake} onChanged={onChanged} />
                </Opener>
              </Flex>
            )}
          </Flex>
        </Alert>
      ))}
    </Flex>
  );
}

const keyOf = ({ system, object }: Brake): string => `${system}-${object}`;

/** Enough to see whether it is right, little enough to mend by hand. */
const firstSlice = 10;
const sliceMax = 10_000;

interface ReleaseProps {
  readonly brake: Brake;
  readonly onChanged: () => void;
}

function ReleaseModal({ brake, onChanged }: ReleaseProps) {
  const { addAlert, closeOverlay } = useExtensionActions<"pages">();
  const [count, setCount] = useState(Math.min(firstSlice, Math.max(1, brake.held)));
  const release = useControlAct("release");
  const id = `release-${keyOf(brake)}`;
  const send = async (slice: number | null) => {
    const { system, object } = brake;
    const opened = await release.run({ system, object, count: slice });
    if (!opened?.ok) return;
    const what = counted(opened.data.released, "record goes", "records go");
    addAlert({ type: "success", message: `${what} on.` });
    closeOverlay(id);
    onChanged();
  };
  return (
    <Modal id={id} title="Release what is held back" width="sm">
      <ModalBody>
        <Flex direction="column" gap="md">
          <Text>
            Release a few, look at them in both systems, then the rest. Releasing all also takes the
            brake off until it is pulled again.
          </Text>
          <NumberInput
            label="How many, oldest first"
            name="count"
            min={1}
            max={sliceMax}
            precision={0}
            value={count}
            onChange={setCount}
          />
          <Refused trouble={release.trouble} />
        </Flex>
      </ModalBody>
      <ModalFooter>
        <LoadingButton
          variant="primary"
          loading={release.isRunning}
          onClick={() => send(Math.max(1, Math.min(sliceMax, Math.round(count))))}
          testId="release-some"
        >
          {`Release ${count}`}
        </LoadingButton>
        <Button disabled={release.isRunning} onClick={() => send(null)} testId="release-all">
          {`Release all ${brake.held}`}
        </Button>
        <Button variant="transparent" onClick={() => closeOverlay(id)}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}

const titleOf = ({ held, objectLabel, systemLabel }: BrakesProps["brakes"][number]): string =>
  `${counted(held, "record", "records")} held back: ${objectLabel} in ${systemLabel}`;
