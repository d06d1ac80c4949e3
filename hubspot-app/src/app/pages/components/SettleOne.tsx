/** The choice in one conflict: one system's value, the recommended first, or another one typed. */
import {
  Button,
  Flex,
  Form,
  Input,
  LoadingButton,
  StatusTag,
  Text,
  useExtensionActions,
} from "@hubspot/ui-extensions";
import { useControlAct, useDesk } from "crm-sync-common/desk.ts";
import { distinctTexts } from "crm-sync-common/format.ts";
import { who } from "crm-sync-common/words.ts";
import type { Asked, ExceptionItem } from "crm-sync-shared/control.ts";
import { useState } from "react";
import { Refused } from "./Refused.tsx";

interface SettleProps {
  readonly item: ExceptionItem;
  readonly onChanged: () => void;
}

type Choice = Asked<"settle">["choice"];

export function SettleOne({ item, onChanged }: SettleProps) {
  const { addAlert } = useExtensionActions<"pages">();
  const settle = useControlAct("settle");
  const [chosen, setChosen] = useState<string | null>(null);
  const choose = async (choice: Choice, name: string) => {
    setChosen(name);
    const opened = await settle.run({ exceptionId: item.id, shown: item.shown ?? "", choice });
    setChosen(null);
    if (opened?.ok) addAlert({ type: "success", message: "Settled in every system." });
    onChanged();
  };
  const values = useOrdered(item);
  if (values.length === 0) return null;
  return (
    <Flex direction="column" gap="md">
      {values.map(({ value, text }) => (
        <HeldValue
          key={value.system}
          item={item}
          value={value}
          text={text}
          isBusy={settle.isRunning}
          isChosen={chosen === value.system}
          onKeep={() => choose({ kind: "keep", system: value.system }, value.system)}
        />
      ))}
      {item.maySettle && (
        <TypedValue
          label={item.fieldLabel ?? ""}
          isBusy={settle.isRunning}
          isChosen={chosen === typed}
          onType={(text) => choose({ kind: "type", text }, typed)}
        />
      )}
      {!item.maySettle && <Text variant="microcopy">You may look at this, but not settle it.</Text>}
      <Refused trouble={settle.trouble} />
    </Flex>
  );
}

const typed = " typed";

type Value = ExceptionItem["values"][number];

/** The recommended value first; texts that would look alike are told apart. */
function useOrdered({ values, type, recommended }: ExceptionItem) {
  const { format } = useDesk();
  const texts = type
    ? distinctTexts(
        format,
        type,
        values.map(({ value }) => value),
      )
    : [];
  const rank = (value: Value) => (value.system === recommended?.system ? 0 : 1);
  return values
    .map((value, index) => ({ value, text: texts[index] ?? format.value(type, value.value) }))
    .sort((a, b) => rank(a.value) - rank(b.value));
}

interface HeldProps {
  readonly item: ExceptionItem;
  readonly value: Value;
  readonly text: string;
  readonly isBusy: boolean;
  readonly isChosen: boolean;
  readonly onKeep: () => void;
}

function HeldValue({ item, value, text, isBusy, isChosen, onKeep }: HeldProps) {
  const { ago } = useDesk();
  const isRecommended = item.recommended?.system === value.system;
  const name = who(value.actor);
  const when = value.at === null ? "some time ago" : ago(value.at);
  return (
    <Flex direction="column" gap="xs" align="start">
      <Text variant="microcopy">
        <Text inline variant="microcopy" format={{ fontWeight: "demibold" }}>
          {value.label}
        </Text>{" "}
        {name === null ? `changed ${when}` : `${name}, ${when}`}
      </Text>
      <Text format={{ italic: value.value === null }}>{text}</Text>
      {isRecommended && (
        <StatusTag variant="info" hollow>
          {`Suggested: ${item.recommended?.because ?? ""}`}
        </StatusTag>
      )}
      {item.maySettle && (
        <LoadingButton
          size="sm"
          variant={isRecommended ? "primary" : "secondary"}
          loading={isChosen}
          disabled={isBusy && !isChosen}
          onClick={onKeep}
          testId={`keep-${value.system}`}
        >
          {value.value === null ? "Clear everywhere" : `Keep ${value.label} value`}
        </LoadingButton>
      )}
    </Flex>
  );
}

interface TypedProps {
  readonly label: string;
  readonly isBusy: boolean;
  readonly isChosen: boolean;
  readonly onType: (text: string) => void;
}

function TypedValue({ label, isBusy, isChosen, onType }: TypedProps) {
  const [isTyping, setTyping] = useState(false);
  if (!isTyping) {
    return (
      <Flex>
        <Button size="sm" variant="transparent" disabled={isBusy} onClick={() => setTyping(true)}>
          Type another value…
        </Button>
      </Flex>
    );
  }
  return (
    <Form onSubmit={({ targetValue }) => onType(String(targetValue.value ?? ""))}>
      <Flex direction="column" gap="sm" align="start">
        <Input label={`Another ${label.toLowerCase()}`} name="value" required />
        <LoadingButton size="sm" type="submit" loading={isChosen} disabled={isBusy && !isChosen}>
          Keep this everywhere
        </LoadingButton>
      </Flex>
    </Form>
  );
}
