/** Every mapped field below each other, for a narrow place: what it holds, and why. */
import { Button, Flex, LoadingSpinner, Text } from "@hubspot/ui-extensions";
import { useAnswer } from "crm-sync-common/use-answer.ts";
import type { ComparedField } from "crm-sync-shared/contract.ts";
import { useState } from "react";
import { groupHeld } from "../groups.ts";
import { withNames } from "../named.ts";
import { describe } from "./Failure.tsx";
import { FieldHistory } from "./FieldHistory.tsx";
import type { View } from "./RecordView.tsx";

export function FieldList({ view }: { readonly view: View }) {
  const [isOpen, setIsOpen] = useState(false);
  const [asked, ask] = useAnswer(view.service.fields);
  const turn = () => {
    if (!isOpen) ask();
    setIsOpen(!isOpen);
  };
  const answer =
    asked.kind === "replied" && asked.reply.kind === "answered" ? asked.reply.answer : null;
  return (
    <Flex direction="column" gap="sm">
      <Flex>
        <Button size="sm" variant="transparent" onClick={turn} testId="all-fields">
          {isOpen ? "Hide the fields" : "Why is a value here?"}
        </Button>
      </Flex>
      {isOpen && asked.kind !== "replied" && (
        <LoadingSpinner label="Reading every field" showLabel />
      )}
      {isOpen &&
        answer?.ok &&
        answer.fields.map((field) => (
          <FieldLine
            key={field.field}
            field={field}
            view={{ ...view, format: withNames(view.format, answer.names) }}
          />
        ))}
      {isOpen && asked.kind === "replied" && !answer?.ok && (
        <Text>{describe(asked.reply).text}</Text>
      )}
    </Flex>
  );
}

function FieldLine({ field, view }: { readonly field: ComparedField; readonly view: View }) {
  return (
    <Flex direction="row" justify="between" align="start" gap="sm">
      <Flex direction="column" gap="flush">
        <Text variant="microcopy">{field.label}</Text>
        {groupHeld(field.values).map(({ key, labels, value }) => (
          <Text key={key}>
            {view.format.value(field.type, value)}
            {field.isEqual ? "" : ` (${labels.join(", ")})`}
          </Text>
        ))}
      </Flex>
      <FieldHistory field={field} view={view} />
    </Flex>
  );
}
