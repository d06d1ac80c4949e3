/**
 * Property values as HubSpot takes and keeps them: everything is a string, "" clears, and what is
 * read back is not always what was written (e-mail lower-cased, dates and numbers rewritten).
 */
import type { InvalidValue } from "./errors.ts";
import { lifecycleOrder, type ObjectDefinition, type PropertyDefinition } from "./schema.ts";
import type { Portal } from "./state.ts";

export type Checked =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly invalid: InvalidValue };

/** `current`: what the record holds, which a leading ";" appends to. */
export function checkValue(
  portal: Portal,
  definition: PropertyDefinition,
  raw: unknown,
  current: string | null,
): Checked {
  const text = String(raw).trim();
  const refuse = (code: string, message: string): Checked => ({
    ok: false,
    invalid: { code, message, property: definition.name, value: text },
  });
  if (text === "") return { ok: true, value: "" };
  if (text.length > 65_536) {
    return refuse("PROPERTY_VALUE_TOO_LONG", "Property values are limited to 65536 characters.");
  }
  switch (definition.type) {
    case "number":
      return checkNumber(text, refuse);
    case "bool":
      return /^(true|false)$/i.test(text)
        ? { ok: true, value: text.toLowerCase() }
        : refuse("INVALID_OPTION", `${text} was not one of the allowed options: [true, false]`);
    case "date":
      return checkDate(text, portal.enforcesRules, refuse);
    case "datetime":
      return checkDatetime(text, portal.enforcesRules, refuse);
    case "enumeration":
      return checkOptions(portal, definition, text, current, refuse);
    default:
      return checkText(definition, text, refuse);
  }
}

/** An instant as HubSpot prints it: no fraction when the milliseconds are zero. */
export function instant(at: number): string {
  return new Date(at).toISOString().replace(".000Z", "Z");
}

/** A value in a webhook: always a string, dates as epoch milliseconds. */
export function webhookValue(definition: PropertyDefinition | undefined, value: string): string {
  const isTime = definition?.type === "date" || definition?.type === "datetime";
  return isTime && value !== "" ? String(Date.parse(value)) : value;
}

export interface Warning {
  readonly category: string;
  readonly context: Readonly<Record<string, string>>;
  readonly message: string;
}

/** From 2026-09 on, an answer says which times were kept otherwise than they were sent. */
export function normalizedWarnings(
  object: ObjectDefinition,
  written: Readonly<Record<string, unknown>>,
  kept: (name: string) => string | null,
): Warning[] {
  return Object.entries(written).flatMap(([propertyName, raw]) => {
    const type = object.properties[propertyName]?.type;
    const value = kept(propertyName);
    if ((type !== "date" && type !== "datetime") || value === null) return [];
    const rawValue = String(raw);
    const normalizedValue = String(Date.parse(value));
    if (rawValue === normalizedValue || rawValue === value) return [];
    return [
      {
        category: "PROPERTY_VALUE_NORMALIZED",
        context: { normalizedValue, propertyName, rawValue },
        message: `${propertyName} was normalized`,
      },
    ];
  });
}

/** The pipeline must exist, and the stage must be one of it. */
export function checkStage(
  object: ObjectDefinition,
  pipelineId: string | null,
  stageId: string,
): InvalidValue | null {
  if (object.stageProperties === null) return null;
  const pipeline = object.pipelines.find((each) => each.id === pipelineId);
  if (pipeline === undefined) {
    const options = object.pipelines.map((each) => each.id).join(", ");
    return {
      code: "INVALID_OPTION",
      message: `${pipelineId} is not a valid pipeline ID. Valid options are: [${options}]`,
      property: object.stageProperties.pipeline,
    };
  }
  if (pipeline.stages.some((stage) => stage.id === stageId)) return null;
  const stages = pipeline.stages.map((stage) => stage.id).join(", ");
  return {
    code: "INVALID_OPTION",
    message:
      `${stageId} is not a valid pipeline stage ID. ` +
      `Valid options are: pipelineId=${pipeline.id} : [${stages}]`,
    property: object.stageProperties.stage,
  };
}

/** The lifecycle stage moves forward only; it is cleared first to go back. */
export function movesBack(from: string | null, to: string): boolean {
  if (from === null || to === "") return false;
  const order: readonly string[] = lifecycleOrder;
  return order.indexOf(to) < order.indexOf(from);
}

type Refuse = (code: string, message: string) => Checked;

function checkNumber(text: string, refuse: Refuse): Checked {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) {
    return refuse("INVALID_DOUBLE", `${text} was not a valid number.`);
  }
  return { ok: true, value: plainDecimal(text) };
}

/** "1500.00" is kept as "1500": a number loses the way it was written. */
function plainDecimal(text: string): string {
  if (/e/i.test(text)) return String(Number(text));
  const negative = text.startsWith("-");
  const [whole = "", fraction = ""] = text.replace(/^[+-]/, "").split(".");
  const digits = whole.replace(/^0+(?=\d)/, "") || "0";
  const rest = fraction.replace(/0+$/, "");
  const plain = rest === "" ? digits : `${digits}.${rest}`;
  return negative && plain !== "0" ? `-${plain}` : plain;
}

/** `lenient`: a time of day is dropped, and seconds are taken for what they are. */
function checkDate(text: string, lenient: boolean, refuse: Refuse): Checked {
  const at = parseTime(text, lenient);
  if (at === null) return refuse("INVALID_DATE", `${text} was not a valid date.`);
  const time = new Date(at).toISOString().slice(11, 23);
  if (at % 86_400_000 !== 0 && !lenient) {
    return refuse("INVALID_DATE", `${text} is at ${time} UTC, not midnight!`);
  }
  return { ok: true, value: new Date(at).toISOString().slice(0, 10) };
}

function checkDatetime(text: string, lenient: boolean, refuse: Refuse): Checked {
  const at = parseTime(text, lenient);
  if (at === null) return refuse("INVALID_LONG", `${text} was not a valid long.`);
  return { ok: true, value: instant(at) };
}

function parseTime(text: string, lenient: boolean): number | null {
  if (lenient && /^\d{9,10}$/.test(text)) return Number(text) * 1_000;
  if (/^-?\d{1,16}$/.test(text)) return Number(text);
  const iso = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2}))?$/;
  const at = iso.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

function checkOptions(
  portal: Portal,
  definition: PropertyDefinition,
  text: string,
  current: string | null,
  refuse: Refuse,
): Checked {
  if (definition.name === "hubspot_owner_id") {
    const known = portal.state.owners.some((owner) => owner.id === text);
    if (known) return { ok: true, value: text };
    return refuse("INVALID_OWNER_ID", `Owner ${text} does not exist`);
  }
  if (definition.externalOptions) return { ok: true, value: text };
  const allowed = definition.options.map((option) => option.value);
  const many = definition.fieldType === "checkbox";
  const appending = many && text.startsWith(";");
  const given = many ? text.split(";").filter((value) => value !== "") : [text];
  for (const value of given) {
    if (allowed.includes(value)) continue;
    return refuse(
      "INVALID_OPTION",
      `${value} was not one of the allowed options: [${allowed.join(", ")}]`,
    );
  }
  const before = appending && current !== null ? current.split(";") : [];
  return { ok: true, value: [...new Set([...before, ...given])].join(";") };
}

function checkText(definition: PropertyDefinition, text: string, refuse: Refuse): Checked {
  if (definition.name === "email") {
    const email = text.toLowerCase();
    return /^[^\s@;,]+@[^\s@;,]+\.[^\s@;,]{2,}$/.test(email)
      ? { ok: true, value: email }
      : refuse("INVALID_EMAIL", `Email address ${text} is invalid`);
  }
  if (definition.name === "domain") {
    const domain = text
      .toLowerCase()
      .replace(/^https?:\/\//, "")
      .replace(/^www\./, "")
      .replace(/[/?#].*$/, "");
    return { ok: true, value: domain };
  }
  return { ok: true, value: text };
}
