/** A form and what every field of it has: its value, label, hint and message. */
import type * as sdk from "@hubspot/ui-extensions";
import {
  createContext,
  type FormEvent,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useState,
} from "react";
import { Glyph } from "./icons.tsx";
import { Hint, useReactions } from "./overlays.tsx";
import { classes, extensionEvent } from "./shared.tsx";

const FormContext = createContext<Map<string, unknown> | null>(null);

export function Form({ children, onSubmit, autoComplete, testId }: sdk.FormProps) {
  const values = useMemo(() => new Map<string, unknown>(), []);
  const reactions = useReactions();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // The field with focus commits first, as it does when focus leaves it.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    const targetValue = Object.fromEntries(values) as sdk.FormInputValues;
    onSubmit?.({ ...extensionEvent(event), targetValue }, reactions);
  };
  return (
    <FormContext.Provider value={values}>
      <form
        className="form"
        noValidate
        autoComplete={autoComplete}
        onSubmit={submit}
        data-test-id={testId}
      >
        {children}
      </form>
    </FormContext.Provider>
  );
}

/**
 * A field's value lives in the page, as in HubSpot: the extension hears of it on commit, and a
 * changed `value` prop wins.
 */
export function useFieldValue<Value>(
  name: string | undefined,
  value: Value | undefined,
  initial: Value | undefined,
) {
  const form = useContext(FormContext);
  const [current, setCurrent] = useState(value ?? initial);
  useEffect(() => {
    if (value !== undefined) setCurrent(value);
  }, [value]);
  useEffect(() => {
    if (form && name) form.set(name, current);
  }, [form, name, current]);
  useEffect(
    () => () => {
      if (form && name) form.delete(name);
    },
    [form, name],
  );
  return [current, setCurrent] as const;
}

export interface FieldProps {
  readonly label?: string | undefined;
  readonly required?: boolean | undefined;
  readonly description?: string | undefined;
  readonly tooltip?: string | undefined;
  readonly error?: boolean | undefined;
  readonly validationMessage?: string | undefined;
}

export function Field(
  props: FieldProps & {
    readonly id: string;
    /** Several controls under one legend. */
    readonly isGroup?: boolean;
    readonly children: ReactNode;
  },
) {
  const { id, label, required, description, tooltip, error, validationMessage, isGroup } = props;
  const labelId = `${id}-label`;
  const Wrapper = isGroup ? "fieldset" : "div";
  // A legend names its group only as the first child; the hint stands beside the name.
  const groupProps = isGroup
    ? { "aria-labelledby": labelId, "aria-describedby": describedBy(id, props) }
    : {};
  const name = label && (
    <>
      {label}
      {required && <span aria-hidden="true"> *</span>}
    </>
  );
  return (
    <Wrapper className={classes("field", error && "field--error")} {...groupProps}>
      {name && (
        <div className="field__label">
          {isGroup ? <span id={labelId}>{name}</span> : <label htmlFor={id}>{name}</label>}
          {tooltip && (
            <Hint text={tooltip}>
              <button type="button" className="field__tooltip" aria-label="More information">
                <Glyph name="info" size={13} />
              </button>
            </Hint>
          )}
        </div>
      )}
      {description && (
        <div className="field__description" id={`${id}-description`}>
          {description}
        </div>
      )}
      {props.children}
      {validationMessage && (
        <div className="field__message" id={`${id}-message`} {...(error ? { role: "alert" } : {})}>
          {validationMessage}
        </div>
      )}
    </Wrapper>
  );
}

/** What ties a control to the texts of its field. */
export function controlProps(id: string, props: FieldProps & { readonly testId?: string }) {
  return {
    id,
    "aria-invalid": props.error || undefined,
    "aria-required": props.required || undefined,
    "aria-describedby": describedBy(id, props),
    "data-test-id": props.testId,
  };
}

function describedBy(id: string, { description, validationMessage }: FieldProps) {
  const ids = classes(description && `${id}-description`, validationMessage && `${id}-message`);
  return ids === "" ? undefined : ids;
}
