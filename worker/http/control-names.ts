/**
 * The control center's answers with records called by their names. Invariant: a value that refers
 * to a record reads as what people call it, wherever in an answer it stands.
 */
import type { CanonicalValue, FieldType, Held } from "../../shared/record.ts";
import type { JobContext } from "../jobs/context.ts";
import { namesFor, type Typed } from "./card-names.ts";

/** Costs no round trip where nothing refers to a record. */
export async function withNames<T>(context: JobContext, answer: T): Promise<T> {
  const found: Typed[] = [];
  const collected = swapped(answer, (one) => {
    found.push(one);
    return one.value;
  });
  if (found.length === 0) return collected as T;
  const names = await namesFor(context, found);
  return swapped(answer, ({ value }) => named(value, names)) as T;
}

type Swap = (one: Typed) => Held;

/** What holds one value of the type beside it, and what lists such holders. */
const holding = ["value", "from", "to", "after"];
const listing = ["values", "before"];

function swapped(node: unknown, swap: Swap, outer: FieldType | null = null): unknown {
  if (Array.isArray(node)) return node.map((one) => swapped(one, swap, outer));
  if (typeof node !== "object" || node === null) return node;
  const own = referenceOf(node);
  const type = own ?? outer;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      if (type !== null && holding.includes(key))
        return [key, swap({ type, value: value as Held })];
      return [key, swapped(value, swap, listing.includes(key) ? own : null)];
    }),
  );
}

/** The type of a field's values, if they refer to records. */
function referenceOf(node: object): FieldType | null {
  const type = (node as { readonly type?: FieldType | null }).type;
  return type?.kind === "reference" || type?.kind === "references" ? type : null;
}

function named(value: Held, names: Readonly<Record<string, string>>): Held {
  const nameOf = (id: string) => names[id] ?? id;
  if (typeof value === "string") return nameOf(value);
  return isSet(value) ? value.map(nameOf) : value;
}

const isSet = (value: CanonicalValue | null): value is readonly string[] => Array.isArray(value);
