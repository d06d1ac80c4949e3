/** Every mapped field in every system, who decides over it, and why its value is there. */
import {
  Flex,
  Heading,
  LoadingSpinner,
  StatusTag,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
} from "@hubspot/ui-extensions";
import { useAnswer } from "crm-sync-common/use-answer.ts";
import type { ComparedField, SystemState } from "crm-sync-shared/contract.ts";
import { useEffect } from "react";
import type { Board } from "../board.ts";
import { withNames } from "../named.ts";
import { describe } from "./Failure.tsx";
import { FieldHistory } from "./FieldHistory.tsx";
import type { View } from "./RecordView.tsx";

export function FieldTable({ view }: { readonly view: View }) {
  const [asked, ask] = useAnswer(view.service.fields);
  const version = versionOf(view.board);
  useEffect(() => {
    if (version !== "") ask();
  }, [ask, version]);
  const linked = view.board.record.systems.filter((system) => system.recordId !== null);
  return (
    <Flex direction="column" gap="sm">
      <Heading>All fields</Heading>
      {asked.kind !== "replied" ? (
        <LoadingSpinner label="Reading every field" showLabel />
      ) : asked.reply.kind === "answered" && asked.reply.answer.ok ? (
        <Fields
          fields={asked.reply.answer.fields}
          systems={linked}
          view={{ ...view, format: withNames(view.format, asked.reply.answer.names) }}
        />
      ) : (
        <Text>{describe(asked.reply).text}</Text>
      )}
    </Flex>
  );
}

/** Changes only when the comparison may have: every look would read both systems again. */
const versionOf = ({ record }: Board) =>
  JSON.stringify([
    record.state,
    record.fieldsEqual,
    record.changes[0]?.at,
    record.conflicts.map((conflict) => conflict.shown),
  ]);

interface FieldsProps {
  readonly fields: readonly ComparedField[];
  readonly systems: readonly SystemState[];
  readonly view: View;
}

function Fields({ fields, systems, view }: FieldsProps) {
  return (
    <Table density="condensed" bordered>
      <TableHead>
        <TableRow>
          <TableHeader width="min">Field</TableHeader>
          {systems.map((system) => (
            <TableHeader key={system.system}>{system.label}</TableHeader>
          ))}
          <TableHeader width="min" align="right">
            Origin
          </TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {fields.map((field) => (
          <TableRow key={field.field}>
            <TableCell width="min">
              <StatusTag variant={field.isEqual ? "success" : "warning"} hollow={!field.isEqual}>
                {field.label}
              </StatusTag>
            </TableCell>
            {systems.map((system) => (
              <TableCell key={system.system}>
                <Text>{textIn(field, system, view)}</Text>
              </TableCell>
            ))}
            <TableCell width="min" align="right">
              <FieldHistory field={field} view={view} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

const textMax = 120;

function textIn(field: ComparedField, { system }: SystemState, view: View): string {
  const held = field.values.find((value) => value.system === system);
  const text = held ? view.format.value(field.type, held.value) : "--";
  return text.length > textMax ? `${text.slice(0, textMax)}…` : text;
}
