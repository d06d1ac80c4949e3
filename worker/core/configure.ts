/**
 * Turns the user's configuration into `Rules`. Invariant: rules that exist are free of
 * contradictions, so that nothing downstream asks "what if"; every refusal names the object, the
 * field and the reason, and all refusals are told at once.
 */
import * as z from "zod";
import { type FieldPolicy, fieldPolicySchema, guardsSchema } from "../../shared/policy.ts";
import { type FieldType, fieldTypeSchema } from "../../shared/record.ts";
import { assert } from "./assert.ts";
import { isOrdered, isSetType } from "./canonical.ts";
import { isPhoneRegion } from "./forms/contact.ts";
import { isCurrency } from "./forms/number.ts";
import type { FieldRules, MappedField, ObjectMapping, ObjectRules, Rules } from "./rules.ts";

export interface Contradiction {
  readonly object: string | null;
  readonly field: string | null;
  readonly reason: string;
}

/** Thrown when the Worker starts: a configuration that contradicts itself must not run. */
export class ConfigurationError extends Error {
  readonly contradictions: readonly Contradiction[];

  constructor(contradictions: readonly Contradiction[]) {
    const lines = contradictions.map(({ object, field, reason }) =>
      [object, field, reason].filter((part) => part !== null).join(": "),
    );
    super(`The configuration cannot be used:\n- ${lines.join("\n- ")}`);
    this.name = "ConfigurationError";
    this.contradictions = contradictions;
  }
}

export function configure(input: Config): Rules {
  const parsed = configSchema.safeParse(input);
  if (!parsed.success) throw new ConfigurationError(parsed.error.issues.map(fromIssue));
  const contradictions = [
    ...systemContradictions(parsed.data),
    ...Object.entries(parsed.data.objects).flatMap(([object, config]) =>
      objectContradictions(parsed.data, object, config),
    ),
  ];
  if (contradictions.length > 0) throw new ConfigurationError(contradictions);
  return compile(parsed.data);
}

// The shared schema lets unknown keys pass, for answers of a newer Worker; a mistyped key in a
// configuration must not pass.
const strictTypeSchema = z.discriminatedUnion(
  "kind",
  fieldTypeSchema.options.map((option) => option.strict()) as never,
) as unknown as typeof fieldTypeSchema;

const mappedSchema = z.union([
  z.string().min(1),
  z.strictObject({
    property: z.string().min(1),
    /** The property that holds the currency of a money field. */
    currencyProperty: z.optional(z.string().min(1)),
    /** Canonical option, stage or boolean name -> this system's name for it. */
    names: z.optional(z.record(z.string(), z.string().min(1))),
    /** Read, compared and reported, but never written. */
    readOnly: z.optional(z.boolean()),
  }),
]);

const nameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/)
  // Plain objects keyed by such a name would find it where nobody put it.
  .refine((name) => !(name in Object.prototype), "this name is taken by the language");

const fieldSchema = z.strictObject({
  label: z.string().min(1),
  type: strictTypeSchema,
  in: z.record(z.string(), mappedSchema),
  policy: fieldPolicySchema,
  guards: guardsSchema.prefault({}),
});

const objectSchema = z.strictObject({
  label: z.string().min(1),
  in: z.record(z.string(), z.string().min(1)),
  identity: z.array(z.string()),
  /** By these a record without any identity is held against others; see ObjectRules. */
  similar: z.array(z.string()).default([]),
  /** What follows elsewhere when a record is deleted in one system; see ObjectRules. */
  deletes: z.enum(["ignore", "archive", "review"]).default("review"),
  /** What its pipeline is worth, for pipeline confidence. */
  pipeline: z.optional(
    z.strictObject({ amount: z.string(), stage: z.string(), closed: z.array(z.string()).min(1) }),
  ),
  fields: z.record(nameSchema, fieldSchema),
});

/** How many calls the system's API allows; none: it names no limit. */
const budgetSchema = z.strictObject({
  windowMs: z.int().positive(),
  windowMax: z.int().positive(),
  dailyMax: z.nullable(z.int().positive()),
  searchesPerSecond: z.nullable(z.int().positive()),
});

/** When to stop and ask: per system and object, in any window. */
const brakeSchema = z.strictObject({
  windowMs: z.int().positive().default(600_000),
  /** Records written. */
  writesMax: z.int().positive().default(5_000),
  /** Values overwritten by a blank. */
  blanksMax: z.int().min(0).default(50),
  /** Records archived because their counterpart was deleted. */
  deletesMax: z.int().min(0).default(10),
});

const configSchema = z.strictObject({
  version: z.int().positive(),
  systems: z.record(
    nameSchema.max(32),
    z.strictObject({
      label: z.string().min(1),
      connector: z.string().min(1),
      budget: z.optional(budgetSchema),
      /** For a tool whose webhooks are lossy, or that has none. */
      pollEveryMinutes: z.optional(z.int().positive()),
    }),
  ),
  rank: z.array(z.string()),
  skewToleranceMs: z.int().min(0),
  brake: brakeSchema.prefault({}),
  objects: z.record(nameSchema, objectSchema),
});

/** The shape of `worker/sync.config.ts`. */
export type Config = z.input<typeof configSchema>;
type Parsed = z.infer<typeof configSchema>;
type ParsedObject = Parsed["objects"][string];
type ParsedField = ParsedObject["fields"][string];

function fromIssue(issue: z.core.$ZodIssue): Contradiction {
  const path = issue.path.map(String);
  const object = path[0] === "objects" ? (path[1] ?? null) : null;
  const field = path[2] === "fields" ? (path[3] ?? null) : null;
  const rest = path.slice(field !== null ? 4 : object !== null ? 2 : 0).join(".");
  const [inner] = issue.code === "invalid_key" ? issue.issues : [];
  const message = inner?.message ?? issue.message;
  return { object, field, reason: rest === "" ? message : `${rest}: ${message}` };
}

function compile(config: Parsed): Rules {
  const systems = mapValues(config.systems, ({ label, connector, budget, ...more }, system) => ({
    system,
    label,
    connector,
    budget: budget ?? null,
    pollEveryMs: more.pollEveryMinutes === undefined ? null : more.pollEveryMinutes * 60_000,
  }));
  const objects = mapValues(config.objects, (object, name) => compileObject(config, name, object));
  const { version, rank, skewToleranceMs, brake } = config;
  return { version, systems, rank, skewToleranceMs, brake, objects };
}

function compileObject(config: Parsed, name: string, object: ParsedObject): ObjectRules {
  const fields = mapValues(object.fields, (field, fieldName): FieldRules => {
    const systems = config.rank.filter((system) => has(field.in, system));
    return {
      field: fieldName,
      label: field.label,
      type: field.type,
      policy: field.policy,
      guards: field.guards,
      systems,
      readOnly: systems.filter((system) => mapped(field, system).readOnly === true),
    };
  });
  const mappings = mapValues(object.in, (systemObject, system): ObjectMapping => {
    const held = Object.entries(object.fields).filter(([, field]) => has(field.in, system));
    return {
      object: name,
      systemObject,
      fields: held.map(([field, config]) => ({
        field,
        type: config.type,
        ...mapped(config, system),
      })),
    };
  });
  const { label, identity, similar, deletes, pipeline = null } = object;
  return { object: name, label, fields, identity, similar, deletes, pipeline, mappings };
}

type Mapped = Omit<MappedField, "field" | "type">;

function mapped(field: ParsedField, system: string): Mapped {
  const entry = field.in[system];
  assert(entry !== undefined, "a field is only asked about in systems that hold it");
  if (typeof entry === "string") return { property: entry };
  const { property, currencyProperty, names, readOnly } = entry;
  return {
    property,
    ...(currencyProperty === undefined ? {} : { currencyProperty }),
    ...(names === undefined ? {} : { names }),
    ...(readOnly === undefined ? {} : { readOnly }),
  };
}

function systemContradictions(config: Parsed): Contradiction[] {
  const systems = Object.keys(config.systems);
  const reasons: string[] = [];
  if (systems.length < 2) reasons.push("there are fewer than two systems");
  for (const system of systems) {
    const places = config.rank.filter((ranked) => ranked === system).length;
    if (places !== 1) reasons.push(`rank names ${system} ${places} times, not once`);
  }
  for (const ranked of config.rank) {
    if (!has(config.systems, ranked)) reasons.push(`rank names an unknown system: ${ranked}`);
  }
  return reasons.map((reason) => ({ object: null, field: null, reason }));
}

function objectContradictions(config: Parsed, name: string, object: ParsedObject): Contradiction[] {
  const reasons: string[] = [];
  for (const system of Object.keys(object.in)) {
    if (!has(config.systems, system)) reasons.push(`in names an unknown system: ${system}`);
  }
  reasons.push(...identityContradictions(object), ...pipelineContradictions(object));
  for (const [system, properties] of propertiesBySystem(object)) {
    for (const [property, fields] of properties) {
      if (fields.length < 2) continue;
      reasons.push(`${fields.join(" and ")} are both held in ${system}'s ${property}`);
    }
  }
  return [
    ...reasons.map((reason) => ({ object: name, field: null, reason })),
    ...Object.entries(object.fields).flatMap(([field, fieldConfig]) =>
      fieldContradictions(config, object, fieldConfig).map((reason) => ({
        object: name,
        field,
        reason,
      })),
    ),
  ];
}

function identityContradictions(object: ParsedObject): string[] {
  const { identity, similar } = object;
  const named = [
    ...identity.map((field) => ["identity", field] as const),
    ...similar.map((field) => ["similar", field] as const),
  ];
  return [
    ...named.flatMap(([what, field]) => {
      const type = ownField(object, field)?.type;
      if (type === undefined) return [`${what} names an unknown field: ${field}`];
      return isSetType(type) || type.kind === "address"
        ? [`${what} names ${field}, whose type (${type.kind}) identifies nothing`]
        : [];
    }),
    // Only an identity that is filled in later can tell a look-alike from the same one.
    ...(similar.length > 0 && identity.length === 0 ? ["similar needs an identity beside it"] : []),
  ];
}

function propertiesBySystem(object: ParsedObject): Map<string, Map<string, string[]>> {
  const systems = new Map<string, Map<string, string[]>>();
  for (const [field, config] of Object.entries(object.fields)) {
    for (const system of Object.keys(config.in)) {
      const properties = systems.get(system) ?? new Map<string, string[]>();
      systems.set(system, properties);
      const { property, currencyProperty } = mapped(config, system);
      for (const used of currencyProperty === undefined
        ? [property]
        : [property, currencyProperty]) {
        properties.set(used, [...(properties.get(used) ?? []), field]);
      }
    }
  }
  return systems;
}

function pipelineContradictions(object: ParsedObject): string[] {
  if (object.pipeline === undefined) return [];
  const { amount, stage, closed } = object.pipeline;
  const stages = ownField(object, stage)?.type;
  if (stages?.kind !== "stage") return [`pipeline names ${stage}, which is no field of stages`];
  return [
    ...(ownField(object, amount)?.type.kind === "money"
      ? []
      : [`pipeline names ${amount}, which is no field of money`]),
    ...closed
      .filter((name) => !stages.order.includes(name))
      .map((name) => `pipeline names an unknown stage: ${name}`),
  ];
}

function fieldContradictions(config: Parsed, object: ParsedObject, field: ParsedField): string[] {
  const systems = Object.keys(field.in);
  return [
    ...(systems.length < 2 ? ["it is held by fewer than two systems"] : []),
    ...systems.flatMap((system) => placeContradictions(config, object, field, system)),
    ...typeContradictions(config, field.type),
    ...referenceContradictions(config, field),
    ...policyContradictions(object, field, field.policy),
    ...readOnlyContradictions(field),
    ...patternContradictions(field),
  ];
}

function placeContradictions(
  config: Parsed,
  object: ParsedObject,
  field: ParsedField,
  system: string,
): string[] {
  if (!has(config.systems, system)) return [`in names an unknown system: ${system}`];
  if (!has(object.in, system)) return [`${system} does not hold this object`];
  const { names, currencyProperty } = mapped(field, system);
  const reasons: string[] = [];
  if (currencyProperty !== undefined && field.type.kind !== "money") {
    reasons.push(`${system} has a currencyProperty, but the type is ${field.type.kind}`);
  }
  return names === undefined ? reasons : [...reasons, ...nameContradictions(field, system, names)];
}

function nameContradictions(
  field: ParsedField,
  system: string,
  names: Readonly<Record<string, string>>,
): string[] {
  const own = namesOf(field.type);
  if (own === null) return [`${system} has names, but a ${field.type.kind} has none`];
  const missing = own.filter((name) => !has(names, name));
  const unknown = Object.keys(names).filter((name) => !own.includes(name));
  const twice = repeated(Object.values(names));
  return [
    ...missing.map((name) => `${system}'s names leave out ${name}`),
    ...unknown.map((name) => `${system}'s names have ${name}, which the type does not`),
    ...twice.map((name) => `${system}'s names use ${name} twice`),
  ];
}

/** The canonical names a type's values are chosen from, if they are. */
function namesOf(type: FieldType): readonly string[] | null {
  switch (type.kind) {
    case "option":
    case "options":
      return type.options;
    case "stage":
      return type.order;
    case "boolean":
      return ["true", "false"];
    default:
      return null;
  }
}

function typeContradictions(config: Parsed, type: FieldType): string[] {
  if (type.kind === "money" && !isCurrency(type.currency)) {
    return [`${type.currency} is not an ISO 4217 currency`];
  }
  if (type.kind === "phone" && type.region !== undefined && !isPhoneRegion(type.region)) {
    return [`${type.region} is not an ISO 3166 region with phone numbers`];
  }
  if (
    (type.kind === "reference" || type.kind === "references") &&
    !(type.object in config.objects)
  ) {
    return [`it refers to an unknown object: ${type.object}`];
  }
  return repeated(namesOf(type) ?? []).map((name) => `its type names ${name} twice`);
}

/** What it refers to has to be where the field is, or the field waits for ever. */
function referenceContradictions(config: Parsed, { type, in: places }: ParsedField): string[] {
  if (type.kind !== "reference" && type.kind !== "references") return [];
  const target = has(config.objects, type.object) ? config.objects[type.object] : undefined;
  if (target === undefined) return [];
  return Object.keys(places)
    .filter((system) => !has(target.in, system))
    .map((system) => `${system} holds no ${type.object} that it could refer to`);
}

function policyContradictions(
  object: ParsedObject,
  field: ParsedField,
  policy: FieldPolicy,
): string[] {
  const { kind } = field.type;
  switch (policy.rule) {
    case "prefer":
    case "owned":
      return has(field.in, policy.system)
        ? []
        : [`${policy.rule} names ${policy.system}, which does not hold the field`];
    case "union":
      return isSetType(field.type) ? [] : [`union needs a set, and a ${kind} is none`];
    case "max":
    case "min":
      return isOrdered(field.type) ? [] : [`${policy.rule} needs an order, and a ${kind} has none`];
    case "forward_only":
      return kind === "stage" ? [] : [`forward_only needs a stage, and a ${kind} is none`];
    case "when":
      return [
        ...policy.cases.flatMap(({ if: condition, use }) => [
          ...(Object.keys(condition).length === 0 ? ["a case of when has no condition"] : []),
          ...(condition.field === undefined
            ? []
            : conditionContradictions(object, condition.field)),
          ...policyContradictions(object, field, use),
        ]),
        ...policyContradictions(object, field, policy.otherwise),
      ];
    default:
      return [];
  }
}

function conditionContradictions(
  object: ParsedObject,
  condition: { readonly name: string; readonly in: readonly string[] },
): string[] {
  const type = ownField(object, condition.name)?.type;
  if (type === undefined) return [`when names an unknown field: ${condition.name}`];
  const names = namesOf(type);
  const strangers = condition.in.filter((value) => names !== null && !names.includes(value));
  return strangers.map((value) => `when asks for ${condition.name} ${value}, which cannot be`);
}

/**
 * A system that is never written can only agree if everybody follows it: any other policy could
 * decide on a value it never gets, and the systems would differ for ever.
 */
function readOnlyContradictions(field: ParsedField): string[] {
  const { policy } = field;
  return Object.keys(field.in)
    .filter((system) => mapped(field, system).readOnly === true)
    .filter((system) => policy.rule !== "owned" || policy.system !== system)
    .map((system) => `it is read-only in ${system}, so only owned by ${system} can hold`);
}

function patternContradictions(field: ParsedField): string[] {
  const { pattern } = field.guards;
  if (pattern === undefined) return [];
  try {
    new RegExp(pattern.matches, "u");
    return [];
  } catch {
    return ["its pattern is not a regular expression"];
  }
}

function ownField(object: ParsedObject, name: string): ParsedField | undefined {
  return has(object.fields, name) ? object.fields[name] : undefined;
}

function has(record: object, key: string): boolean {
  return Object.hasOwn(record, key);
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, change(value, key)]),
  );
}
