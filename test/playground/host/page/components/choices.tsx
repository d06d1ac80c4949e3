/** Fields one chooses in. The extension hears of a choice at once. */
import type * as sdk from "@hubspot/ui-extensions";
import type { ReactNode } from "react";
import { useId } from "react";
import { controlProps, Field, useFieldValue } from "./form.tsx";
import { Glyph } from "./icons.tsx";
import { classes, Hidden, short } from "./shared.tsx";

export function Select(props: sdk.SelectProps) {
  const { options, placeholder = "Select an option", variant, readOnly } = props;
  const id = useId();
  const [value, setValue] = useFieldValue(props.name, props.value, undefined);
  const index = options.findIndex((option) => option.value === value);
  const select = (next: number) => {
    const option = options[next];
    if (!option) return;
    setValue(option.value);
    props.onChange?.(option.value);
  };
  return (
    <Field {...props} id={id}>
      <div className={classes("select", variant === "transparent" && "select--transparent")}>
        <select
          {...controlProps(id, props)}
          name={props.name}
          aria-label={props.label ? undefined : placeholder}
          value={index}
          disabled={readOnly}
          onChange={(event) => select(Number(event.target.value))}
        >
          {index < 0 && <option value={-1}>{placeholder}</option>}
          {options.map((option, position) => (
            <option key={String(option.value)} value={position}>
              {option.label}
            </option>
          ))}
        </select>
        <Glyph name="downCarat" size={14} />
      </div>
    </Field>
  );
}

export function MultiSelect(props: sdk.MultiSelectProps) {
  const id = useId();
  const [value = [], setValue] = useFieldValue(props.name, props.value, []);
  const toggle = (option: string | number | boolean, isOn: boolean) => {
    const next = isOn ? [...value, option] : value.filter((other) => other !== option);
    setValue(next);
    props.onChange?.(next);
  };
  return (
    <Field {...props} id={id} isGroup>
      <div className="choices" data-test-id={props.testId}>
        {props.options.map((option) => (
          <Choice
            key={String(option.value)}
            type="checkbox"
            checked={value.includes(option.value)}
            disabled={props.readOnly}
            onChange={(isOn) => toggle(option.value, isOn)}
          >
            {option.label}
          </Choice>
        ))}
      </div>
    </Field>
  );
}

interface ChoiceProps {
  readonly type: "checkbox" | "radio";
  readonly checked: boolean;
  readonly disabled?: boolean | undefined;
  readonly name?: string | undefined;
  readonly value?: string | undefined;
  readonly label?: string | undefined;
  readonly description?: string | undefined;
  readonly isInline?: boolean | undefined;
  readonly testId?: string | undefined;
  readonly onChange: (isOn: boolean) => void;
  readonly children?: ReactNode;
}

function Choice(props: ChoiceProps) {
  const { type, checked, disabled, name, value, label, description, isInline, children } = props;
  const id = useId();
  return (
    <div className={classes("choice", isInline && "choice--inline")} data-test-id={props.testId}>
      <input
        {...{ id, type, checked, disabled, name, value }}
        aria-label={label}
        aria-describedby={description ? `${id}-description` : undefined}
        onChange={(event) => props.onChange(event.target.checked)}
      />
      <div>
        <label htmlFor={id}>{children}</label>
        {description && (
          <div className="choice__description" id={`${id}-description`}>
            {description}
          </div>
        )}
      </div>
    </div>
  );
}

export function Checkbox(props: sdk.CheckboxProps) {
  return <Single {...props} type="checkbox" label={props["aria-label"]} />;
}

export function RadioButton(props: sdk.RadioButtonProps) {
  return <Single {...props} type="radio" label={undefined} />;
}

type SingleProps = sdk.RadioButtonProps & {
  readonly type: "checkbox" | "radio";
  readonly label: string | undefined;
};

function Single({ type, label, value = "", onChange, children, ...props }: SingleProps) {
  const { name, description, inline, initialIsChecked = false, testId } = props;
  const [checked = false, setChecked] = useFieldValue(undefined, props.checked, initialIsChecked);
  const change = (isOn: boolean) => {
    // A radio button the extension controls waits for its answer: its neighbours change with it.
    if (type === "checkbox" || props.checked === undefined) setChecked(isOn);
    onChange?.(isOn, value);
  };
  return (
    <Choice
      {...{ type, checked, name, value, label, description, testId }}
      disabled={props.readonly ?? props.readOnly}
      isInline={inline}
      onChange={change}
    >
      {children}
    </Choice>
  );
}

export function ToggleGroup(props: sdk.ToggleGroupProps) {
  const { name, options, inline, testId } = props;
  const isMany = props.toggleType !== "radioButtonList";
  const initial = options.filter((option) => option.initialIsChecked).map(({ value }) => value);
  const given = typeof props.value === "string" ? [props.value] : props.value;
  const [value = [], setValue] = useFieldValue(undefined, given, initial);
  const [, setFormValue] = useFieldValue<string | string[]>(name, undefined, undefined);
  const id = useId();
  const change = (option: string, isOn: boolean) => {
    const others = value.filter((other) => other !== option);
    const next = isMany ? (isOn ? [...others, option] : others) : [option];
    setValue(next);
    const told = isMany ? next : option;
    setFormValue(told);
    // Each toggle type has its own callback type; `told` is of the type that goes with it.
    (props.onChange as ((value: string | string[]) => void) | undefined)?.(told);
  };
  return (
    <Field {...props} id={id} isGroup>
      <div className={classes("choices", inline && "choices--inline")} data-test-id={testId}>
        {options.map((option) => (
          <Choice
            key={option.value}
            type={isMany ? "checkbox" : "radio"}
            name={`${name}-${id}`}
            checked={value.includes(option.value)}
            disabled={option.readonly ?? option.readOnly}
            description={option.description}
            onChange={(isOn) => change(option.value, isOn)}
          >
            {option.label}
          </Choice>
        ))}
      </div>
    </Field>
  );
}

export function Toggle(props: sdk.ToggleProps) {
  const { label, labelDisplay = "inline", size = "md", textChecked = "ON", testId } = props;
  const { textUnchecked = "OFF", initialIsChecked = false } = props;
  const [isOn = false, setOn] = useFieldValue(props.name, props.checked, initialIsChecked);
  const change = (next: boolean) => {
    setOn(next);
    props.onChange?.(next);
  };
  return (
    <label
      className={`toggle toggle--${labelDisplay} toggle--${short(size)}`}
      data-test-id={testId}
    >
      <input
        type="checkbox"
        role="switch"
        className="visually-hidden"
        checked={isOn}
        aria-checked={isOn}
        disabled={props.readonly ?? props.readOnly}
        onChange={(event) => change(event.target.checked)}
      />
      <span className="toggle__track" aria-hidden="true">
        {isOn ? textChecked : textUnchecked}
      </span>
      {labelDisplay === "hidden" ? <Hidden>{label}</Hidden> : <span>{label}</span>}
    </label>
  );
}
