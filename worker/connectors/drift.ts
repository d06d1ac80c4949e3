/**
 * Holds what a system says of an object against how it is mapped. What it finds concerns one field
 * each: that field is held back, the others go on, and a person is told what to do.
 */
import type { FieldName } from "../../shared/record.ts";
import type { MappedField, ObjectMapping } from "../core/rules.ts";
import type { ObjectDescription, PropertyDescription } from "./connector.ts";

export interface Drift {
  readonly field: FieldName;
  /** The system's own name of what drifted. */
  readonly property: string;
  readonly kind: "property_gone" | "type_changed" | "now_read_only" | "name_gone" | "name_new";
  /** What happened, in one sentence. */
  readonly message: string;
  /** What to do about it. */
  readonly mend: string;
}

export function driftOf(mapping: ObjectMapping, description: ObjectDescription): readonly Drift[] {
  const properties = new Map(description.properties.map((each) => [each.name, each]));
  return mapping.fields.flatMap((field) => {
    const names = [field.property, ...(field.currencyProperty ? [field.currencyProperty] : [])];
    const gone = names.filter((name) => !properties.has(name));
    if (gone.length > 0) return gone.map((name) => propertyGone(field, name, description));
    const property = properties.get(field.property)!;
    return [...typeDrift(field, property), ...nameDrift(field, property)];
  });
}

function propertyGone(field: MappedField, name: string, description: ObjectDescription): Drift {
  const likely = description.properties.find(
    (each) => each.label.toLowerCase() === field.field.replaceAll("_", " ").toLowerCase(),
  );
  const hint = likely ? ` ${likely.name} has the same label.` : "";
  return {
    field: field.field,
    property: name,
    kind: "property_gone",
    message: `The property ${name} is gone.`,
    mend: `Restore it, or map ${field.field} to another property.${hint}`,
  };
}

function typeDrift(field: MappedField, property: PropertyDescription): readonly Drift[] {
  const { field: name } = field;
  if (!property.holds.includes(field.type.kind)) {
    const message = `${property.name} is a ${property.type} and cannot hold a ${field.type.kind}.`;
    const mend = `Give ${name} another type in the configuration, or map it elsewhere.`;
    return [{ field: name, property: property.name, kind: "type_changed", message, mend }];
  }
  if (property.readOnly && !field.readOnly) {
    const message = `${property.name} can only be read.`;
    const mend = `Map ${name} as readOnly, or to another property.`;
    return [{ field: name, property: property.name, kind: "now_read_only", message, mend }];
  }
  return [];
}

/** Options and stages: those we write and the system lacks, and those it has and we cannot read. */
function nameDrift(field: MappedField, property: PropertyDescription): readonly Drift[] {
  const ours = namesOf(field);
  if (ours === null || property.options === null) return [];
  const theirs = property.options;
  const drift = (kind: Drift["kind"], message: string, mend: string): Drift => {
    return { field: field.field, property: property.name, kind, message, mend };
  };
  return [
    ...ours
      .filter((name) => !theirs.includes(name))
      .map((name) =>
        drift(
          "name_gone",
          `${property.name} has no "${name}" any more.`,
          `Add "${name}" again, or change its name in the configuration.`,
        ),
      ),
    ...theirs
      .filter((name) => !ours.includes(name))
      .map((name) =>
        drift(
          "name_new",
          `${property.name} has a "${name}" that is not mapped.`,
          `Map "${name}" in the configuration; records that hold it wait until then.`,
        ),
      ),
  ];
}

/** The system's names of what a field may hold; null if that is not a list. */
function namesOf(field: MappedField): readonly string[] | null {
  switch (field.type.kind) {
    case "option":
    case "options":
      return field.type.options.map((name) => field.names?.[name] ?? name);
    case "stage":
      return field.type.order.map((name) => field.names?.[name] ?? name);
    default:
      return null;
  }
}
