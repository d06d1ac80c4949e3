/** "Why?": how a field came to its value, back to who set it where, in a panel. */
import {
  Button,
  Divider,
  Flex,
  LoadingSpinner,
  Panel,
  PanelBody,
  PanelSection,
  Text,
} from "@hubspot/ui-extensions";
import { useAnswer } from "crm-sync-common/use-answer.ts";
import { capitalized } from "crm-sync-common/words.ts";
import type { CardChange, ComparedField } from "crm-sync-shared/contract.ts";
import { useCallback } from "react";
import { withNames } from "../named.ts";
import { describe } from "./Failure.tsx";
import { said } from "./HeldValue.tsx";
import { Change } from "./RecentChanges.tsx";
import type { View } from "./RecordView.tsx";

interface FieldHistoryProps {
  readonly field: ComparedField;
  readonly view: View;
}

export function FieldHistory({ field, view }: FieldHistoryProps) {
  const { service } = view;
  const question = useCallback(() => service.history(field.field), [service, field.field]);
  const [asked, ask] = useAnswer(question);
  return (
    <Button
      size="xs"
      variant="secondary"
      testId={`why-${field.field}`}
      overlay={
        <Panel
          id={`why-${field.field}`}
          title={`Why this ${field.label.toLowerCase()}?`}
          variant="modal"
          width="sm"
          onOpen={ask}
        >
          <PanelBody>
            <PanelSection>
              <Flex direction="column" gap="md">
                <Now field={field} view={view} />
                <Divider />
                {asked.kind !== "replied" ? (
                  <LoadingSpinner label="Looking it up" showLabel />
                ) : asked.reply.kind === "answered" && asked.reply.answer.ok ? (
                  <Chain
                    changes={asked.reply.answer.changes}
                    view={{ ...view, format: withNames(view.format, asked.reply.answer.names) }}
                  />
                ) : (
                  <Text>{describe(asked.reply).text}</Text>
                )}
              </Flex>
            </PanelSection>
          </PanelBody>
        </Panel>
      }
    >
      Why?
    </Button>
  );
}

function Now({ field, view }: FieldHistoryProps) {
  return (
    <Flex direction="column" gap="sm">
      {field.values.map((value) => (
        <Flex key={value.system} direction="column" gap="flush">
          <Text>
            <Text inline format={{ fontWeight: "demibold" }}>
              {value.label}
            </Text>{" "}
            {view.format.value(field.type, value.value)}
          </Text>
          {value.at !== null && (
            <Text variant="microcopy">
              {capitalized(said(value, view.format.moment(value.at)))}
            </Text>
          )}
        </Flex>
      ))}
      <Text variant="microcopy">{field.rule}</Text>
    </Flex>
  );
}

function Chain(props: { readonly changes: readonly CardChange[]; readonly view: View }) {
  if (props.changes.length === 0) {
    return <Text>Nothing was carried over by the sync: this is where it was first set.</Text>;
  }
  return (
    <Flex direction="column" gap="sm">
      {props.changes.map((change) => (
        <Change key={`${change.at} ${change.target}`} change={change} view={props.view} />
      ))}
    </Flex>
  );
}
