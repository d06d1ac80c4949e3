/** A value typed in place, for all systems; the right input for the field's type. */
import {
  Button,
  ButtonRow,
  CurrencyInput,
  DateInput,
  Flex,
  Form,
  Input,
  LoadingButton,
  NumberInput,
  Select,
  TextArea,
} from "@hubspot/ui-extensions";
import type { CardConflict, Choice } from "crm-sync-shared/contract.ts";
import { useState } from "react";
import type { Tile } from "../board.ts";
import { plainName, splitMoney } from "../format.ts";
import { currencyOf, startText, typedProblem } from "../typed.ts";

interface TypedValueProps {
  readonly tile: Tile;
  readonly isPrimary: boolean;
  readonly onChoose: (choice: Choice) => void;
  readonly onCancel: () => void;
}

export function TypedValue({ tile, isPrimary, onChoose, onCancel }: TypedValueProps) {
  const { conflict, stage } = tile;
  const [text, setText] = useState(() => startText(conflict));
  const [problem, setProblem] = useState<string | null>(null);
  const isSettling = stage.kind === "settling";
  const note = stage.kind === "open" && stage.note?.about === "input" ? stage.note.text : null;
  const [isEdited, setIsEdited] = useState(false);

  const edit = (value: string) => {
    setText(value);
    setProblem(null);
    setIsEdited(true);
  };
  const send = () => {
    const wrong = typedProblem(conflict.type, text);
    setProblem(wrong);
    setIsEdited(false);
    if (wrong === null) onChoose({ kind: "type", text: text.trim() });
  };
  return (
    <Form onSubmit={send} preventDefault>
      <Flex direction="column" gap="sm">
        <ValueInput
          conflict={conflict}
          text={text}
          problem={problem ?? (isEdited ? null : note)}
          isReadOnly={isSettling}
          onEdit={edit}
        />
        <ButtonRow>
          <LoadingButton
            size="sm"
            type="submit"
            variant={isPrimary ? "primary" : "secondary"}
            loading={isSettling}
            testId={`use-${conflict.field}`}
          >
            Use this value
          </LoadingButton>
          <Button size="sm" variant="secondary" disabled={isSettling} onClick={onCancel}>
            Cancel
          </Button>
        </ButtonRow>
      </Flex>
    </Form>
  );
}

interface ValueInputProps {
  readonly conflict: CardConflict;
  readonly text: string;
  readonly problem: string | null;
  readonly isReadOnly: boolean;
  readonly onEdit: (text: string) => void;
}

function ValueInput({ conflict, text, problem, isReadOnly, onEdit }: ValueInputProps) {
  const { type } = conflict;
  const common = {
    name: "value",
    label: "New value everywhere",
    readOnly: isReadOnly,
    error: problem !== null,
    ...(problem === null ? {} : { validationMessage: problem }),
    testId: `typed-${conflict.field}`,
  };
  switch (type.kind) {
    case "money": {
      const currency = currencyOf(
        type,
        conflict.values.map((value) => value.value),
      );
      const amount = Number(splitMoney(text, currency).amount);
      return (
        <CurrencyInput
          {...common}
          currency={currency}
          {...(text === "" || Number.isNaN(amount) ? {} : { value: amount })}
          onChange={(value) => onEdit(isAmount(value) ? `${value} ${currency}` : "")}
        />
      );
    }
    case "decimal":
      return (
        <NumberInput
          {...common}
          precision={type.scale}
          {...(text === "" ? {} : { value: Number(text) })}
          onChange={(value) => onEdit(isAmount(value) ? String(value) : "")}
        />
      );
    case "date":
      return (
        <DateInput
          {...common}
          format="medium"
          {...dateValue(text)}
          onChange={(day) => onEdit(day ? isoDate(day) : "")}
        />
      );
    case "boolean":
      return (
        <Select
          {...common}
          value={text}
          options={["true", "false"].map((value) => ({
            value,
            label: value === "true" ? "Yes" : "No",
          }))}
          onChange={(value) => onEdit(String(value))}
        />
      );
    case "option":
    case "stage": {
      const names = type.kind === "stage" ? type.order : type.options;
      return (
        <Select
          {...common}
          value={text}
          options={names.map((value) => ({ value, label: plainName(value) }))}
          onChange={(value) => onEdit(String(value))}
        />
      );
    }
    default:
      return isLong(conflict) ? (
        <TextArea
          {...common}
          rows={4}
          resize="vertical"
          defaultValue={text}
          onInput={onEdit}
          onChange={onEdit}
        />
      ) : (
        <Input {...common} defaultValue={text} onInput={onEdit} onChange={onEdit} />
      );
  }
}

const isAmount = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value);

const isLong = (conflict: CardConflict) =>
  conflict.type.kind === "text" &&
  conflict.values.some(
    ({ value }) => typeof value === "string" && (value.length > 60 || value.includes("\n")),
  );

interface Day {
  readonly year: number;
  readonly month: number;
  readonly date: number;
}

const two = (part: number) => String(part).padStart(2, "0");
const isoDate = (day: Day) => `${day.year}-${two(day.month + 1)}-${two(day.date)}`;

function dateValue(text: string): { value: Day } | Record<never, never> {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return {};
  const [, year, month, date] = match;
  return { value: { year: Number(year), month: Number(month) - 1, date: Number(date) } };
}
