/**
 * Whether a value has a shape: a small stand-in for the contract's schemas, which would bring the
 * whole of zod, 90 KB, into every page. Words that a later service adds (a new kind of exception)
 * fit; a part that is missing or of another type does not.
 */
export type Shape =
  /** "s" text, "n" number, "b" yes or no, "0" null, "*" anything, "$name" a named part. */
  | string
  /**
   * ["?", shape] or null · ["~", shape] or absent · ["[]", shape] a list · ["%", shape] values by
   * name · ["|", ...shapes] one of them · ["=", ...texts] one of these texts ·
   * ["/", key, shapes] by the text under the key.
   */
  | readonly [string, ...(Shape | Readonly<Record<string, Shape>>)[]]
  | { readonly [key: string]: Shape };

type Parts = Readonly<Record<string, Shape>>;

export function fits(value: unknown, shape: Shape, parts: Parts): boolean {
  if (typeof shape === "string") return fitsPlain(value, shape, parts);
  if (Array.isArray(shape)) return fitsMade(value, shape as readonly [string, ...Shape[]], parts);
  return hasParts(value, shape as Parts, parts);
}

function fitsPlain(value: unknown, shape: string, parts: Parts): boolean {
  switch (shape) {
    case "s":
      return typeof value === "string";
    case "n":
      return typeof value === "number";
    case "b":
      return typeof value === "boolean";
    case "0":
      return value === null;
    case "*":
      return true;
    default:
      return fits(value, parts[shape.slice(1)] ?? "0", parts);
  }
}

function fitsMade(
  value: unknown,
  [how, ...of]: readonly [string, ...Shape[]],
  parts: Parts,
): boolean {
  const [first = "0", second = "0"] = of;
  const every = (values: readonly unknown[]) => values.every((each) => fits(each, first, parts));
  switch (how) {
    case "?":
      return value === null || fits(value, first, parts);
    case "~":
      return value === undefined || fits(value, first, parts);
    case "[]":
      return Array.isArray(value) && every(value);
    case "%":
      return isObject(value) && every(Object.values(value));
    case "|":
      return of.some((each) => fits(value, each, parts));
    case "=":
      return of.includes(value as string);
    case "/":
      return fitsCase(value, String(first), second as Parts, parts);
    default:
      return false;
  }
}

function fitsCase(value: unknown, key: string, cases: Parts, parts: Parts): boolean {
  if (!isObject(value) || typeof value[key] !== "string") return false;
  const rest = cases[value[key]];
  return rest === undefined || fits(value, rest, parts);
}

const hasParts = (value: unknown, shape: Parts, parts: Parts): boolean =>
  isObject(value) && Object.entries(shape).every(([key, of]) => fits(value[key], of, parts));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
