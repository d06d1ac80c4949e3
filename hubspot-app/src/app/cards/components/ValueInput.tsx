/** The right input for a field's type. What is typed leaves it as the one text that is sent. */
import {
  CurrencyInput,
  DateInput,
  Input,
  MultiSelect,
  NumberInput,
  Select,
  TextArea,
} from "@hubspot/ui-extensions";
import { plainName, splitMoney } from "crm-sync-common/format.ts";
import type { CardConflict } from "crm-sync-shared/contract.ts";
import type { FieldType } from "crm-sync-shared/record.ts";
import { currencyOf } from "../typed.ts";

interface ValueInputProps {
  readonly conflict: CardConflict;
  readonly text: string;
  readonly problem: string | null;
  readonly isReadOnly: boolean;
  readonly onEdit: (text: string) => void;
}

export function ValueInput(props: ValueInputProps) {
  const { conflict, text, onEdit } = props;
  switch (conflict.type.kind) {
    case "money":
    case "decimal":
      return <AmountInput {...props} />;
    case "date":
      return <DayInput {...props} />;
    case "boolean":
    case "option":
    case "stage":
      return (
        <Select
          {...commonOf(props)}
          value={text}
          options={optionsOf(conflict.type)}
          onChange={(value) => onEdit(String(value))}
        />
      );
    case "options":
      return (
        <MultiSelect
          {...commonOf(props)}
          value={text === "" ? [] : text.split(";")}
          options={optionsOf(conflict.type)}
          onChange={(values) => onEdit(values.join(";"))}
        />
      );
    default:
      return <WordsInput {...props} />;
  }
}

function commonOf({ conflict, problem, isReadOnly }: ValueInputProps) {
  return {
    name: "value",
    label: "New value everywhere",
    readOnly: isReadOnly,
    error: problem !== null,
    ...(problem === null ? {} : { validationMessage: problem }),
    testId: `typed-${conflict.field}`,
  };
}

function optionsOf(type: FieldType): { value: string; label: string }[] {
  switch (type.kind) {
    case "boolean":
      return [
        { value: "true", label: "Yes" },
        { value: "false", label: "No" },
      ];
    case "stage":
      return type.order.map((value) => ({ value, label: plainName(value) }));
    case "option":
    case "options":
      return type.options.map((value) => ({ value, label: plainName(value) }));
    default:
      return [];
  }
}

function AmountInput(props: ValueInputProps) {
  const { conflict, text, onEdit } = props;
  const { type } = conflict;
  const currency = currencyOf(
    type,
    conflict.values.map((value) => value.value),
  );
  const amount = text === "" ? Number.NaN : Number(splitMoney(text, currency).amount);
  const value = Number.isNaN(amount) ? {} : { value: amount };
  const send = (typed: unknown, unit: string) =>
    onEdit(typeof typed === "number" && Number.isFinite(typed) ? `${typed}${unit}` : "");
  return type.kind === "decimal" ? (
    <NumberInput
      {...commonOf(props)}
      {...value}
      precision={type.scale}
      onChange={(typed) => send(typed, "")}
    />
  ) : (
    <CurrencyInput
      {...commonOf(props)}
      {...value}
      currency={currency}
      onChange={(typed) => send(typed, ` ${currency}`)}
    />
  );
}

function DayInput(props: ValueInputProps) {
  const day = dayOf(props.text);
  return (
    <DateInput
      {...commonOf(props)}
      {...(day ? { value: day } : {})}
      format="medium"
      onChange={(picked) => props.onEdit(picked ? isoDate(picked) : "")}
    />
  );
}

function WordsInput(props: ValueInputProps) {
  const { conflict, text, onEdit } = props;
  const isLong = conflict.values.some(
    ({ value }) => typeof value === "string" && (value.length > 60 || value.includes("\n")),
  );
  const input = { ...commonOf(props), defaultValue: text, onInput: onEdit, onChange: onEdit };
  return conflict.type.kind === "text" && isLong ? (
    <TextArea {...input} rows={4} resize="vertical" />
  ) : (
    <Input {...input} />
  );
}

/** As HubSpot's inputs hold a day: January is 0. */
interface Day {
  readonly year: number;
  readonly month: number;
  readonly date: number;
}

const two = (part: number) => String(part).padStart(2, "0");
const isoDate = (day: Day) => `${day.year}-${two(day.month + 1)}-${two(day.date)}`;

function dayOf(text: string): Day | null {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (!year) return null;
  return { year: Number(year), month: Number(month) - 1, date: Number(date) };
}
