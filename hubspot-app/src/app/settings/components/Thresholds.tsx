/** From where on somebody is told: the lines drawn in the overview. */
import { Flex, Form, LoadingButton, NumberInput, Text } from "@hubspot/ui-extensions";
import { useDesk } from "crm-sync-common/desk.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { useState } from "react";
import type { PartProps } from "../part.ts";
import { useSaving } from "../use-saving.ts";
import { Refused } from "./Failure.tsx";
import { Narrow } from "./Narrow.tsx";

type Values = Answered<"settings">["thresholds"];

interface Line {
  readonly name: keyof Values;
  readonly label: string;
  readonly description: string;
  /** Shares are typed in percent. */
  readonly isShare: boolean;
  readonly min: number;
}

const lines: readonly Line[] = [
  {
    name: "errorRateMax",
    label: "Sync error rate, at most (percent)",
    description: "Writes that failed or were refused, of all writes.",
    isShare: true,
    min: 0,
  },
  {
    name: "confidenceMin",
    label: "Pipeline confidence, at least (percent)",
    description: "How much of what matters is proven the same everywhere.",
    isShare: true,
    min: 0,
  },
  {
    name: "openExceptionsMax",
    label: "Open exceptions, at most",
    description: "Over all objects and systems.",
    isShare: false,
    min: 0,
  },
  {
    name: "oldestExceptionHoursMax",
    label: "Oldest exception, at most (hours)",
    description: "How long somebody may wait for an answer.",
    isShare: false,
    min: 1,
  },
  {
    name: "lagMinutesMax",
    label: "Behind by, at most (minutes)",
    description: "How long a change may take to be carried over.",
    isShare: false,
    min: 1,
  },
  {
    name: "budgetShareMax",
    label: "API calls of a day, at most (percent)",
    description: "Of what each system allows.",
    isShare: true,
    min: 1,
  },
];

export function Thresholds(props: PartProps) {
  const { may } = useDesk();
  const [values, setValues] = useState(props.settings.thresholds);
  const { save, isSaving, trouble } = useSaving(props);
  const isReadOnly = !may("change_settings");
  return (
    <Form onSubmit={() => save({ thresholds: values })}>
      <Narrow>
        <Text>Whoever is told by an alert hears when one of these is crossed.</Text>
        {lines.map(({ name, label, description, isShare, min }) => (
          <NumberInput
            key={name}
            label={label}
            name={name}
            description={description}
            min={min}
            {...(isShare ? { max: 100, precision: 2 } : { precision: 0 })}
            readOnly={isReadOnly}
            value={isShare ? percent(values[name]) : values[name]}
            onChange={(value) => setValues({ ...values, [name]: isShare ? value / 100 : value })}
          />
        ))}
        <Refused trouble={trouble} onLookAgain={props.onChanged} />
        <Flex>
          <LoadingButton
            type="submit"
            variant="primary"
            loading={isSaving}
            disabled={isReadOnly}
            testId="save"
          >
            Save thresholds
          </LoadingButton>
        </Flex>
      </Narrow>
    </Form>
  );
}

const percent = (share: number): number => Math.round(share * 10_000) / 100;
