/** Fields one types into. The extension hears keys in `onInput` and the result in `onChange`. */
import type * as sdk from "@hubspot/ui-extensions";
import {
  type ChangeEvent,
  type InputHTMLAttributes,
  type KeyboardEvent,
  type TextareaHTMLAttributes,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";
import { controlProps, Field, type FieldProps, useFieldValue } from "./form.tsx";
import { classes } from "./shared.tsx";

interface Typed<Value> extends FieldProps {
  readonly name: string;
  readonly value?: Value | undefined;
  readonly defaultValue?: Value | undefined;
  readonly placeholder?: string;
  readonly readOnly?: boolean;
  readonly testId?: string;
  readonly onChange?: (value: never) => void;
  readonly onInput?: (value: never) => void;
  readonly onBlur?: (value: never) => void;
  readonly onFocus?: (value: never) => void;
}

interface Form<Value> {
  /** What the typed text means, and the text of a value. */
  parse(text: string): Value | undefined;
  show(value: Value | undefined): string;
}

/** The state of one typed field: what is in it, and when the extension hears of it. */
function useTyped<Value>(props: Typed<Value>, { parse, show }: Form<Value>) {
  const id = useId();
  const [value, setValue] = useFieldValue(props.name, props.value, props.defaultValue);
  const [text, setText] = useState(show(value));
  const committed = useRef(show(value));
  const shown = show(value);
  useEffect(() => {
    setText(shown);
    committed.current = shown;
  }, [shown]);
  // The callbacks differ in what they take: each typed component takes its own Value.
  const tell = (callback: ((value: never) => void) | undefined, to: string) =>
    (callback as ((value: Value | undefined) => void) | undefined)?.(parse(to));
  const commit = () => {
    if (text === committed.current) return;
    committed.current = text;
    setValue(parse(text));
    tell(props.onChange, text);
  };
  return {
    id,
    text,
    control: {
      ...controlProps(id, props),
      name: props.name,
      value: text,
      placeholder: props.placeholder,
      readOnly: props.readOnly,
      onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => {
        setText(event.target.value);
        tell(props.onInput, event.target.value);
      },
      onBlur: () => {
        commit();
        tell(props.onBlur, text);
      },
      onFocus: () => tell(props.onFocus, text),
    },
    commit,
  };
}

function TypedInput<Value>({
  form,
  attributes,
  prefix,
  ...props
}: Typed<Value> & {
  readonly form: Form<Value>;
  readonly attributes: InputHTMLAttributes<HTMLInputElement>;
  readonly prefix?: string;
}) {
  const { id, control, commit } = useTyped(props, form);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") commit();
  };
  return (
    <Field {...props} id={id}>
      <div className={classes("input-wrap", prefix && "input-wrap--prefixed")}>
        {prefix && <span aria-hidden="true">{prefix}</span>}
        <input className="input" {...control} {...attributes} onKeyDown={onKeyDown} />
      </div>
    </Field>
  );
}

const plainText: Form<string> = { parse: (text) => text, show: (value) => value ?? "" };

const decimal: Form<number> = {
  parse: (text) => (text.trim() === "" ? undefined : Number(text)),
  show: (value) => (value === undefined ? "" : String(value)),
};

const day: Form<sdk.BaseDate | null> = {
  parse: (text) => {
    const [year, month, date] = text.split("-").map(Number);
    // HubSpot counts months from 0.
    return year && month && date ? { year, month: month - 1, date, formattedDate: text } : null;
  },
  show: (value) =>
    value ? `${padded(value.year, 4)}-${padded(value.month + 1)}-${padded(value.date)}` : "",
};

const time: Form<sdk.BaseTime | null> = {
  parse: (text) => {
    const [hours, minutes] = text.split(":").map(Number);
    return hours === undefined || minutes === undefined ? null : { hours, minutes };
  },
  show: (value) => (value ? `${padded(value.hours)}:${padded(value.minutes)}` : ""),
};

const padded = (number: number, length = 2): string => String(number).padStart(length, "0");

export function Input({ type = "text", ...props }: sdk.InputProps) {
  return <TypedInput {...props} form={plainText} attributes={{ type }} />;
}

export function SearchInput(props: sdk.SearchInputProps) {
  return <TypedInput {...props} form={plainText} attributes={{ type: "search" }} />;
}

export function NumberInput({ min, max, textAlign, ...props }: sdk.NumberInputProps) {
  const attributes = { type: "number", step: "any", min, max, style: { textAlign } } as const;
  return <TypedInput {...props} form={decimal} attributes={attributes} />;
}

export function CurrencyInput({ currency, min, max, ...props }: sdk.CurrencyInputProps) {
  const attributes = { type: "number", step: "any", min, max } as const;
  return <TypedInput {...props} form={decimal} attributes={attributes} prefix={symbol(currency)} />;
}

function symbol(currency = "USD"): string {
  const format = new Intl.NumberFormat("en-US", { style: "currency", currency });
  return format.formatToParts(0).find(({ type }) => type === "currency")?.value ?? currency;
}

export function StepperInput({ min, max, stepSize, ...props }: sdk.StepperInputProps) {
  const attributes = { type: "number", min, max, step: stepSize ?? 1 } as const;
  return <TypedInput {...props} form={decimal} attributes={attributes} />;
}

export function DateInput({ min, max, ...props }: sdk.DateInputProps) {
  const attributes = { type: "date", min: day.show(min), max: day.show(max) } as const;
  return <TypedInput {...props} form={day} attributes={attributes} />;
}

export function TimeInput({ min, max, interval, ...props }: sdk.TimeInputProps) {
  const step = interval === undefined ? undefined : interval * 60;
  const attributes = { type: "time", min: time.show(min), max: time.show(max), step } as const;
  return <TypedInput {...props} form={time} attributes={attributes} />;
}

export function TextArea({
  rows = 3,
  cols,
  maxLength,
  resize = "both",
  ...props
}: sdk.TextAreaProps) {
  const { id, control } = useTyped(props, plainText);
  const attributes: TextareaHTMLAttributes<HTMLTextAreaElement> = {
    rows,
    cols,
    maxLength,
    style: { resize },
  };
  return (
    <Field {...props} id={id}>
      <textarea className="input" {...control} {...attributes} />
    </Field>
  );
}
