/**
 * Whether what came back is an answer this card understands. The contract's own schemas would
 * bring the whole of zod, 90 KB, into every record page; these checks are 2 KB. `Check<T>` makes
 * the compiler hold them to the contract, and a test holds them to the schemas.
 */
import type {
  CardAnswer,
  CardChange,
  CardConflict,
  CardError,
  CardProblem,
  CardRecord,
  CardValue,
  ComparedField,
  FieldsAnswer,
  HistoryAnswer,
  SystemState,
} from "crm-sync-shared/contract.ts";
import type { Actor, FieldType, Held } from "crm-sync-shared/record.ts";

/** Null if it does not fit: the card is older or newer than the service. */
export function parseAnswer(json: unknown): CardAnswer | null {
  return answer(json) ? json : null;
}

export const parseFields = (json: unknown): FieldsAnswer | null => (fields(json) ? json : null);
export const parseHistory = (json: unknown): HistoryAnswer | null => (history(json) ? json : null);

type Check<T> = (value: unknown) => value is T;
type Shape<T> = { readonly [K in keyof Required<T>]: Check<T[K]> };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const text: Check<string> = (value) => typeof value === "string";
const number: Check<number> = (value): value is number =>
  typeof value === "number" && Number.isFinite(value);
const yesOrNo: Check<boolean> = (value) => typeof value === "boolean";
const textMap: Check<Record<string, string>> = (value): value is Record<string, string> =>
  isObject(value) && Object.values(value).every(text);

function oneOf<const T extends string>(...names: readonly T[]): Check<T> {
  return (value): value is T => names.includes(value as T);
}
function nullable<T>(check: Check<T>): Check<T | null> {
  return (value): value is T | null => value === null || check(value);
}
function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value): value is T | undefined => value === undefined || check(value);
}
function list<T>(check: Check<T>): Check<T[]> {
  return (value): value is T[] => Array.isArray(value) && value.every(check);
}
function shape<T extends object>(parts: Shape<T>): Check<T> {
  const checks = Object.entries(parts) as [string, Check<unknown>][];
  return (value): value is T =>
    isObject(value) && checks.every(([name, check]) => check(value[name]));
}

const held: Check<Held> = (value): value is Held =>
  value === null || text(value) || list(text)(value) || textMap(value);

/** A kind added to the contract later is shown as plain text rather than refused. */
const fieldType: Check<FieldType> = (value): value is FieldType => {
  if (!isObject(value) || !text(value.kind)) return false;
  if (value.kind === "stage") return list(text)(value.order);
  if (value.kind === "option" || value.kind === "options") return list(text)(value.options);
  if (value.kind === "money") return text(value.currency);
  if (value.kind === "decimal") return number(value.scale);
  return true;
};

const actor = shape<Actor>({
  kind: oneOf("person", "automation", "self", "unknown"),
  id: optional(text),
  name: optional(text),
});

const value = shape<CardValue>({
  system: text,
  label: text,
  value: held,
  at: nullable(number),
  actor: nullable(actor),
});

const system = shape<SystemState>({
  system: text,
  label: text,
  recordId: nullable(text),
  url: nullable(text),
  status: oneOf("same", "differs", "pending", "unreachable", "missing"),
  checkedAt: nullable(number),
  message: nullable(text),
});

const conflict = shape<CardConflict>({
  exceptionId: text,
  field: text,
  label: text,
  type: fieldType,
  reason: text,
  openedAt: number,
  values: list(value),
  shown: text,
  recommended: nullable(
    shape<{ system: string; because: string }>({ system: text, because: text }),
  ),
});

const problem = shape<CardProblem>({
  exceptionId: text,
  kind: text,
  label: nullable(text),
  message: text,
  mend: text,
  openedAt: number,
});

const change = shape<CardChange>({
  at: number,
  field: nullable(text),
  label: text,
  type: nullable(fieldType),
  from: held,
  to: held,
  source: nullable(text),
  target: nullable(text),
  actor: nullable(actor),
  because: text,
});

const record = shape<CardRecord>({
  object: text,
  state: oneOf("unlinked", "in_sync", "syncing", "conflicts", "held", "unreachable"),
  systems: list(system),
  conflicts: list(conflict),
  problems: list(problem),
  changes: list(change),
  fieldsEqual: number,
  fieldsTotal: number,
  mayResolve: yesOrNo,
  readAt: number,
});

const error = shape<CardError>({
  code: oneOf(
    "changed",
    "settled",
    "invalid",
    "forbidden",
    "unreachable",
    "pending",
    "not_found",
    "bad_request",
    "unavailable",
  ),
  message: text,
});

const answer: Check<CardAnswer> = (json): json is CardAnswer => {
  if (!isObject(json)) return false;
  if (json.ok === true) return record(json.record);
  return json.ok === false && error(json.error) && nullable(record)(json.record);
};

const comparedField = shape<ComparedField>({
  field: text,
  label: text,
  type: fieldType,
  values: list(value),
  isEqual: yesOrNo,
  rule: text,
});

const fields: Check<FieldsAnswer> = (json): json is FieldsAnswer => {
  if (!isObject(json)) return false;
  if (json.ok === true) return list(comparedField)(json.fields) && number(json.readAt);
  return json.ok === false && error(json.error);
};

const history: Check<HistoryAnswer> = (json): json is HistoryAnswer => {
  if (!isObject(json)) return false;
  if (json.ok === true) return list(change)(json.changes) && number(json.readAt);
  return json.ok === false && error(json.error);
};
