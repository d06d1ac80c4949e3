/**
 * Writes down the shapes of the control center's answers, from the contract's own schemas, so that
 * the pages can check them without zod. `node test/app/control-shapes.ts --write` after a change
 * of the contract; a test notices when that was forgotten.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type * as z from "zod";
import type { Shape } from "../../hubspot-app/common/fits.ts";
import { control } from "../../shared/control.ts";

export const shapesFile = join(
  import.meta.dirname,
  "../../hubspot-app/common/generated/control-shapes.ts",
);

export function shapesText(): string {
  const uses = usesOf(Object.values(control).map(({ answer }) => answer));
  const named = new Map<z.core.$ZodType, string>();
  const parts: Record<string, Shape> = {};
  const shapeOf = (schema: z.core.$ZodType): Shape => {
    if (!isWorthAName(schema) || (uses.get(schema) ?? 0) < 2) return plainShape(schema, shapeOf);
    const known = named.get(schema);
    if (known !== undefined) return `$${known}`;
    const name = String(named.size);
    named.set(schema, name);
    parts[name] = plainShape(schema, shapeOf);
    return `$${name}`;
  };
  const answers = Object.fromEntries(
    Object.entries(control).map(([action, { answer }]) => [action, shapeOf(answer)]),
  );
  return `/** Generated from shared/control.ts by test/app/control-shapes.ts: not to be edited. */
import type { Shape } from "../fits.ts";

export const parts: Readonly<Record<string, Shape>> = ${JSON.stringify(parts)};

export const answers: Readonly<Record<string, Shape>> = ${JSON.stringify(answers)};
`;
}

const isWorthAName = ({ _zod: { def } }: z.core.$ZodType) =>
  def.type === "object" || def.type === "union";

/** How often each schema is used: one used more than once gets a name. */
function usesOf(schemas: readonly z.core.$ZodType[]): ReadonlyMap<z.core.$ZodType, number> {
  const uses = new Map<z.core.$ZodType, number>();
  const visit = (schema: z.core.$ZodType): Shape => {
    const count = (uses.get(schema) ?? 0) + 1;
    uses.set(schema, count);
    return count > 1 ? "*" : plainShape(schema, visit);
  };
  for (const schema of schemas) visit(schema);
  return uses;
}

function plainShape(schema: z.core.$ZodType, inner: (schema: z.core.$ZodType) => Shape): Shape {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "string":
    case "enum":
      return "s";
    case "number":
      return "n";
    case "boolean":
      return "b";
    case "null":
      return "0";
    case "literal":
      return ["=", ...(def.values as string[])];
    case "nullable":
      return ["?", inner(def.innerType)];
    case "optional":
      return ["~", inner(def.innerType)];
    case "default":
    case "prefault":
      return inner(def.innerType);
    case "array":
      return ["[]", inner(def.element)];
    case "record":
      return ["%", inner(def.valueType)];
    case "object":
      return objectShape(def.shape, inner);
    case "union":
      return "discriminator" in def
        ? choiceShape(def as z.core.$ZodDiscriminatedUnionDef, inner)
        : ["|", ...def.options.map(inner)];
    default:
      throw new Error(`the shapes know no schema of the type ${def.type}`);
  }
}

const objectShape = (
  shape: Readonly<Record<string, z.core.$ZodType>>,
  inner: (schema: z.core.$ZodType) => Shape,
): Shape => Object.fromEntries(Object.entries(shape).map(([key, of]) => [key, inner(of)]));

/** By the value of the discriminator; one not known here fits, as a kind added later does. */
function choiceShape(
  { discriminator, options }: z.core.$ZodDiscriminatedUnionDef,
  inner: (schema: z.core.$ZodType) => Shape,
): Shape {
  const cases = options.map((option) => {
    const { [discriminator]: tag, ...rest } = (option as z.core.$ZodObject)._zod.def.shape;
    const [value] = (tag as z.core.$ZodLiteral)._zod.def.values;
    return [String(value), objectShape(rest, inner)] as const;
  });
  return ["/", discriminator, Object.fromEntries(cases)];
}

if (import.meta.main) {
  if (process.argv.includes("--write")) writeFileSync(shapesFile, shapesText());
  else if (readFileSync(shapesFile, "utf8") !== shapesText()) process.exitCode = 1;
}
