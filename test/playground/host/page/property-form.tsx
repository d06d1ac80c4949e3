/** The properties beside the card. Edits wait in a bar until saved, as in HubSpot. */
import { type FormEvent, useId, useState } from "react";
import type { HostProperty, HostRecord, SaveAnswer } from "../crm.ts";
import type { RecordPageData } from "./data.ts";

interface Props {
  readonly page: RecordPageData;
  readonly record: HostRecord;
  readonly onSave: (properties: Record<string, string>) => Promise<SaveAnswer>;
}

type Drafts = Readonly<Record<string, string>>;
type State =
  | { readonly kind: "editing" }
  | { readonly kind: "saving" }
  | { readonly kind: "refused"; readonly property: string | null; readonly message: string };

export function PropertyForm({ page, record, onSave }: Props) {
  const [drafts, setDrafts] = useState<Drafts>({});
  const [state, setState] = useState<State>({ kind: "editing" });
  const edit = (property: HostProperty, text: string) => {
    setState({ kind: "editing" });
    const { [property.name]: _, ...others } = drafts;
    setDrafts(text === shown(property, record) ? others : { ...drafts, [property.name]: text });
  };
  const discard = () => {
    setDrafts({});
    setState({ kind: "editing" });
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setState({ kind: "saving" });
    const changed = page.properties
      .filter(({ name }) => name in drafts)
      .map((property) => [property.name, written(property, drafts[property.name] ?? "")]);
    const answer = await onSave(Object.fromEntries(changed)).catch((): SaveAnswer => {
      return { kind: "refused", property: null, message: "The account did not answer." };
    });
    if (answer.kind === "saved") discard();
    else setState(answer);
  };
  const count = Object.keys(drafts).length;
  return (
    <form className="properties" onSubmit={submit} noValidate>
      {page.properties.map((property) => (
        <Property
          key={property.name}
          page={page}
          property={property}
          text={drafts[property.name] ?? shown(property, record)}
          isDraft={property.name in drafts}
          problem={
            state.kind === "refused" && state.property === property.name ? state.message : null
          }
          onEdit={(text) => edit(property, text)}
        />
      ))}
      {count > 0 && (
        <div className="properties__bar" role="status">
          <p>
            {state.kind === "refused" && state.property === null
              ? state.message
              : `You've changed ${count} ${count === 1 ? "property" : "properties"}`}
          </p>
          <div className="button-row">
            <button
              type="submit"
              className="button button--primary button--sm"
              disabled={state.kind === "saving"}
            >
              Save
            </button>
            <button type="button" className="button button--secondary button--sm" onClick={discard}>
              Cancel
            </button>
          </div>
        </div>
      )}
    </form>
  );
}

interface PropertyProps {
  readonly page: RecordPageData;
  readonly property: HostProperty;
  readonly text: string;
  readonly isDraft: boolean;
  readonly problem: string | null;
  readonly onEdit: (text: string) => void;
}

function Property({ page, property, text, isDraft, problem, onEdit }: PropertyProps) {
  const id = useId();
  const options = optionsOf(page, property);
  const control = {
    id,
    name: property.name,
    value: text,
    disabled: property.readOnly,
    "aria-invalid": problem !== null || undefined,
    "aria-describedby": problem === null ? undefined : `${id}-problem`,
    onChange: (event: { readonly target: { readonly value: string } }) =>
      onEdit(event.target.value),
  };
  return (
    <div className={isDraft ? "property is-draft" : "property"}>
      <label htmlFor={id}>{property.label}</label>
      {options ? (
        <select {...control}>
          <option value="">--</option>
          {options.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      ) : property.fieldType === "textarea" ? (
        <textarea {...control} rows={2} placeholder="--" />
      ) : (
        <input {...control} type={inputType(property)} placeholder="--" autoComplete="off" />
      )}
      {problem && (
        <p className="property__problem" id={`${id}-problem`} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

const isDay = ({ type }: HostProperty): boolean => type === "date" || type === "datetime";

const inputType = (property: HostProperty): string => (isDay(property) ? "date" : "text");

function optionsOf(page: RecordPageData, property: HostProperty): HostProperty["options"] | null {
  if (property.name === "hubspot_owner_id") {
    return page.owners.map(({ id, name }) => ({ value: id, label: name }));
  }
  const isSingle = property.type === "enumeration" && property.fieldType !== "checkbox";
  return isSingle || property.type === "bool" ? property.options : null;
}

/** What the control shows of the property. */
function shown(property: HostProperty, { properties }: HostRecord): string {
  const value = properties[property.name] ?? "";
  if (!isDay(property)) return value;
  return asDay(property, value)?.toISOString().slice(0, 10) ?? "";
}

/** A day as HubSpot holds it: ISO 8601, or epoch milliseconds in older values. */
export function asDay(property: HostProperty, value: string): Date | null {
  if (!isDay(property) || value === "") return null;
  const at = new Date(/^\d+$/.test(value) ? Number(value) : value);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** What HubSpot is sent for what the control holds. */
const written = ({ type }: HostProperty, text: string): string =>
  type === "datetime" && text !== "" ? `${text}T00:00:00.000Z` : text;
